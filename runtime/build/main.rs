//! Makes the Python guest at build time: finds the two locked packages that carry CPython for WASI,
//! links their libraries into one wasm module and packs the standard library, both compressed.
//!
//! Everything comes from cargo alone. No C compiler, no wasm target, no network but cargo's own.

#![expect(clippy::print_stdout, reason = "cargo is told things on stdout")]

mod library;
mod link;
mod pack;
mod source;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

/// Bytes of the C stack in linear memory. CPython's own depth checks are made for 8 MiB on this platform.
const SHADOW_STACK_BYTES: u32 = 8 << 20;

/// CPython and the libraries that it needs, in link order: a symbol is taken from the first that exports it.
const LIBRARIES: [&str; 6] = [
    "libc.so",
    "libpython3.14.so",
    "libwasi-emulated-signal.so",
    "libwasi-emulated-process-clocks.so",
    "libwasi-emulated-mman.so",
    "libwasi-emulated-getpid.so",
];

/// What the host calls in the guest.
const EXPORTS: [&str; 16] = [
    "allocator_install",
    "allocator_seal",
    "channel_new",
    "free",
    "malloc",
    "setenv",
    "PyBytes_AsString",
    "PyBytes_FromStringAndSize",
    "PyBytes_Size",
    "PyImport_AddModule",
    "PyObject_CallOneArg",
    "PyObject_GetAttrString",
    "PyObject_SetAttrString",
    "PyRun_SimpleStringFlags",
    "Py_DecRef",
    "Py_InitializeEx",
];

fn main() -> Result<()> {
    let here = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").context("cargo sets CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(std::env::var_os("OUT_DIR").context("cargo sets OUT_DIR")?);
    let guest = here.join("guests/python");
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-changed=guests/python");

    let target = std::env::var("TARGET").context("cargo sets TARGET")?;
    println!("cargo::rustc-env=PROOFHOUSE_TARGET={target}");
    let source = source::find(&guest.join("Cargo.toml"))?;
    let mut libraries = Vec::new();
    for name in ["allocator", "channel"] {
        libraries.push((name.to_owned(), wat::parse_file(guest.join(name).with_extension("wat"))?));
    }
    for name in LIBRARIES {
        libraries.push((name.to_owned(), source.library(name)?));
    }
    let module = link::link(&libraries, SHADOW_STACK_BYTES, &EXPORTS)?;
    let standard_library = pack::standard_library(&source.standard_library()?)?;

    let mut digest = Sha256::new();
    digest.update(&module);
    digest.update(&standard_library);
    println!("cargo::rustc-env=PROOFHOUSE_GUEST_SHA256={:x}", digest.finalize());
    write_compressed(&out.join("python.wasm.z"), &module)?;
    write_compressed(&out.join("stdlib.pack.z"), &standard_library)
}

fn write_compressed(path: &Path, bytes: &[u8]) -> Result<()> {
    // Level 6: half the time of 9 for 1 % more bytes.
    let compressed = miniz_oxide::deflate::compress_to_vec_zlib(bytes, 6);
    std::fs::write(path, compressed).with_context(|| format!("writing `{}`", path.display()))
}
