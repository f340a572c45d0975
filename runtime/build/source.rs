//! Finds the packages that carry the guest, by asking cargo where it put them.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// The folders of the two packages.
pub struct Source {
    libraries: PathBuf,
    standard_library: PathBuf,
}

/// Downloads what the manifest names, unless cargo has it already, and finds its folders.
pub fn find(manifest: &Path) -> Result<Source> {
    let cargo = std::env::var_os("CARGO").context("cargo sets CARGO")?;
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--locked", "--manifest-path"])
        .arg(manifest)
        // The outer build's wrappers and target folder are not this command's business.
        .env_remove("RUSTC_WORKSPACE_WRAPPER")
        .output()
        .context("running `cargo metadata` for the guest's packages")?;
    if !output.status.success() {
        bail!(
            "the guest's packages can't be had: `cargo metadata --manifest-path {}` failed:\n{}",
            manifest.display(),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).context("reading cargo's metadata")?;
    let folder = |name: &str| -> Result<PathBuf> {
        metadata["packages"]
            .as_array()
            .and_then(|packages| packages.iter().find(|package| package["name"] == name))
            .and_then(|package| package["manifest_path"].as_str())
            .and_then(|path| Path::new(path).parent())
            .map(Path::to_owned)
            .with_context(|| format!("package `{name}` is not among those of `{}`", manifest.display()))
    };
    Ok(Source {
        libraries: folder("eryx-runtime")?.join("libs"),
        standard_library: folder("eryx")?.join("python-stdlib.tar.zst"),
    })
}

impl Source {
    /// The bytes of one wasm library.
    pub fn library(&self, name: &str) -> Result<Vec<u8>> {
        decompress(&self.libraries.join(format!("{name}.zst")))
    }

    /// The tar archive of the standard library.
    pub fn standard_library(&self) -> Result<Vec<u8>> {
        decompress(&self.standard_library)
    }
}

fn decompress(path: &Path) -> Result<Vec<u8>> {
    let compressed = std::fs::read(path).with_context(|| format!("reading `{}`", path.display()))?;
    let mut bytes = Vec::new();
    let mut decoder = ruzstd::decoding::StreamingDecoder::new(compressed.as_slice())
        .with_context(|| format!("`{}` is not zstd", path.display()))?;
    std::io::Read::read_to_end(&mut decoder, &mut bytes).with_context(|| format!("unpacking `{}`", path.display()))?;
    Ok(bytes)
}
