//! What is decided before a model is loaded: which files it is, how many threads it gets, and whether it fits.

use std::fs::File;
use std::io::{self, BufReader};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use proofhouse_types::ModelFacts;
use sha2::{Digest, Sha256};

use super::error::EmbeddedError;
use super::header::Header;
use super::memory::{Need, available};
use super::wire::Load;
use crate::options::EmbeddedOptions;

/// Room for prompt and reply unless told otherwise, as far as the model has it: prompts of the known suites have 2,000 tokens
/// at most, and most replies with reasoning end below 6,000. Models are trained with up to a million, whose cache no machine has.
const CONTEXT_TOKENS: u32 = 8192;
/// `LLAMA_MAX_SEQ`.
const MOST_SEQUENCES: u32 = 256;
/// What runs files, by the version of its bindings, which say no other.
const LLAMA: &str = "llama.cpp (llama-cpp-2 0.1.160)";
/// The pace at which a file is read for its digest.
const READ_BYTES: usize = 1 << 20;

/// How a file will be run.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) load: Load,
    /// What the header says of it.
    pub(super) facts: ModelFacts,
}

impl Plan {
    /// Reads the headers, and refuses what can't be run. Blocks.
    pub(super) fn new(path: &Path, options: &EmbeddedOptions) -> Result<Plan, EmbeddedError> {
        if options.gpu_layers > 0 && !cfg!(any(feature = "cuda", feature = "metal")) {
            return Err(EmbeddedError::NoGpu(options.gpu_layers));
        }
        let sequences = options.sequences.get();
        if sequences > MOST_SEQUENCES {
            return Err(EmbeddedError::Sequences { asked: sequences, most: MOST_SEQUENCES });
        }
        let cores =
            std::thread::available_parallelism().map_or(1, |cores| u32::try_from(cores.get()).unwrap_or(u32::MAX));
        let threads = threads(cores, options.stand_aside, options.threads)?;
        // llama.cpp is handed a path from a process with another working directory.
        let path = std::path::absolute(path).map_err(|source| EmbeddedError::File { path: path.to_owned(), source })?;
        if path.to_str().is_none() {
            let source =
                io::Error::new(io::ErrorKind::InvalidInput, "its path is no UTF-8, and llama.cpp takes no other");
            return Err(EmbeddedError::File { path, source });
        }
        let (first, first_bytes) = read(&path)?;
        let parts = parts(&path, first.number("split.count").unwrap_or(1))?;
        let (mut headers, mut size_bytes) = (vec![first], first_bytes);
        for part in &parts[1..] {
            let (header, bytes) = read(part)?;
            headers.push(header);
            size_bytes += bytes;
        }
        let context_tokens = context(&headers[0], options.context_tokens)?;
        fits(&Need::of(&headers, options.gpu_layers, sequences, context_tokens), available())?;
        let facts = ModelFacts {
            size_bytes: Some(size_bytes),
            context_tokens: Some(context_tokens.into()),
            parallel: Some(sequences.into()),
            ..facts(&headers)
        };
        let gpu_layers = options.gpu_layers;
        Ok(Plan { load: Load { path, parts, threads, gpu_layers, sequences, context_tokens }, facts })
    }
}

/// SHA-256 of files, one after the other, in hex. Blocks for as long as the disk takes.
pub(super) fn digest(paths: &[PathBuf]) -> Result<String, EmbeddedError> {
    let mut digest = Sha256::new();
    for path in paths {
        let failed = |source| EmbeddedError::File { path: path.clone(), source };
        let file = File::open(path).map_err(failed)?;
        io::copy(&mut BufReader::with_capacity(READ_BYTES, file), &mut digest).map_err(failed)?;
    }
    Ok(format!("sha256:{}", hex(&digest.finalize())))
}

fn read(path: &Path) -> Result<(Header, u64), EmbeddedError> {
    let failed = |source| EmbeddedError::File { path: path.to_owned(), source };
    let file = File::open(path).map_err(failed)?;
    let bytes = file.metadata().map_err(failed)?.len();
    let header = Header::read(BufReader::new(file), bytes);
    Ok((header.map_err(|source| EmbeddedError::Header { path: path.to_owned(), source })?, bytes))
}

/// The files of a model that was split, by the names that llama.cpp knows: `…-00001-of-00003.gguf`.
fn parts(path: &Path, count: u64) -> Result<Vec<PathBuf>, EmbeddedError> {
    if count <= 1 {
        return Ok(vec![path.to_owned()]);
    }
    // llama.cpp counts in 16 bits, and five digits.
    let count = count.min(u16::MAX.into());
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let stem = name.strip_suffix(&format!("-00001-of-{count:05}.gguf"));
    let stem = stem.ok_or_else(|| EmbeddedError::Part(path.to_owned()))?;
    Ok((1..=count).map(|part| path.with_file_name(format!("{stem}-{part:05}-of-{count:05}.gguf"))).collect())
}

fn threads(cores: u32, stand_aside: u32, asked: Option<NonZeroU32>) -> Result<u32, EmbeddedError> {
    let most = cores.saturating_sub(stand_aside).max(1);
    match asked.map(NonZeroU32::get) {
        None => Ok(most),
        Some(asked) if asked <= most => Ok(asked),
        Some(asked) => Err(EmbeddedError::Threads { asked, cores, stand_aside, most }),
    }
}

fn context(header: &Header, asked: Option<u32>) -> Result<u32, EmbeddedError> {
    let trained = header.of_architecture("context_length").and_then(|tokens| u32::try_from(tokens).ok());
    match (asked, trained) {
        (Some(asked), Some(trained)) if asked > trained => Err(EmbeddedError::Context { asked, trained }),
        (Some(asked), _) => Ok(asked.max(1)),
        (None, trained) => Ok(trained.unwrap_or(CONTEXT_TOKENS).clamp(1, CONTEXT_TOKENS)),
    }
}

fn fits(need: &Need, available: Option<u64>) -> Result<(), EmbeddedError> {
    let Need { weights, cache, buffers } = *need;
    match available {
        Some(available) if need.total() > available => {
            Err(EmbeddedError::Memory { needed: need.total(), weights, cache, buffers, available })
        }
        Some(_) | None => Ok(()),
    }
}

fn facts(headers: &[Header]) -> ModelFacts {
    let first = &headers[0];
    let text = |key| first.text(key).map(str::to_owned);
    let elements = headers.iter().flat_map(|header| &header.tensors).map(|tensor| tensor.elements);
    let quantization = first.number("general.file_type").and_then(quantization);
    ModelFacts {
        name: text("general.name"),
        server: Some(LLAMA.to_owned()),
        architecture: text("general.architecture"),
        parameters: Some(elements.fold(0, u64::saturating_add)),
        quantization: quantization.map(str::to_owned),
        template_sha256: first.text("tokenizer.chat_template").map(|text| hex(&Sha256::digest(text))),
        ..ModelFacts::default()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `llama_ftype` of llama.h.
fn quantization(kind: u64) -> Option<&'static str> {
    Some(match kind {
        0 => "F32",
        1 => "F16",
        2 => "Q4_0",
        3 => "Q4_1",
        7 => "Q8_0",
        8 => "Q5_0",
        9 => "Q5_1",
        10 => "Q2_K",
        11 => "Q3_K_S",
        12 => "Q3_K_M",
        13 => "Q3_K_L",
        14 => "Q4_K_S",
        15 => "Q4_K_M",
        16 => "Q5_K_S",
        17 => "Q5_K_M",
        18 => "Q6_K",
        19 => "IQ2_XXS",
        20 => "IQ2_XS",
        21 => "Q2_K_S",
        22 => "IQ3_XS",
        23 => "IQ3_XXS",
        24 => "IQ1_S",
        25 => "IQ4_NL",
        26 => "IQ3_S",
        27 => "IQ3_M",
        28 => "IQ2_S",
        29 => "IQ2_M",
        30 => "IQ4_XS",
        31 => "IQ1_M",
        32 => "BF16",
        36 => "TQ1_0",
        37 => "TQ2_0",
        38 => "MXFP4_MOE",
        39 => "NVFP4",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::header::tests::Written;
    use super::*;

    fn check_threads(cores: u32, stand_aside: u32, asked: Option<u32>, expected: Result<u32, &str>) {
        let given = threads(cores, stand_aside, asked.and_then(NonZeroU32::new)).map_err(|error| error.to_string());
        assert_eq!(given.as_ref().map_err(String::as_str), expected.as_ref().map_err(|text| *text));
    }

    #[test]
    fn the_sandbox_keeps_its_cores() {
        check_threads(8, 2, None, Ok(6));
        check_threads(8, 2, Some(6), Ok(6));
        check_threads(8, 2, Some(1), Ok(1));
        check_threads(2, 2, None, Ok(1));
        check_threads(2, 5, Some(1), Ok(1));
        let refused = "7 threads would take cores of the sandbox: of 8 it has 2, which leaves 6";
        check_threads(8, 2, Some(7), Err(refused));
    }

    fn check_context(asked: Option<u32>, trained: Option<u32>, expected: Option<u32>) {
        let mut written = Written::default().text("general.architecture", "llama");
        if let Some(trained) = trained {
            written = written.number("llama.context_length", trained);
        }
        assert_eq!(context(&written.header(), asked).ok(), expected, "{asked:?} of {trained:?}");
    }

    #[test]
    fn room_is_what_was_asked_for_and_never_more_than_the_model_has() {
        check_context(None, Some(2048), Some(2048));
        check_context(None, Some(131_072), Some(8192));
        check_context(None, None, Some(8192));
        check_context(Some(131_072), Some(131_072), Some(131_072));
        check_context(Some(4096), Some(2048), None);
    }

    #[test]
    fn what_does_not_fit_is_refused_with_both_numbers() {
        let gib = 1 << 30;
        let need = Need { weights: 4 * gib, cache: 2 * gib, buffers: gib };
        assert!(fits(&need, Some(7 * gib)).is_ok());
        assert!(fits(&need, None).is_ok());
        let refused = fits(&need, Some(7 * gib - 1)).unwrap_err().to_string();
        let expected = "the model needs 7.0 GiB of memory (weights 4.0 GiB, room for tokens 2.0 GiB, buffers 1.0 GiB), and 7.0 GiB are there: ";
        assert!(refused.starts_with(expected), "{refused}");
    }

    #[test]
    fn the_version_is_the_manifest_s() {
        let manifest = include_str!("../../../Cargo.toml");
        let pinned = manifest.lines().find_map(|line| line.strip_prefix("llama-cpp-2 = { version = \"=")).unwrap();
        let version = pinned.split('"').next().unwrap();
        assert_eq!(LLAMA, format!("llama.cpp (llama-cpp-2 {version})"));
    }

    #[test]
    fn a_split_model_is_all_of_its_files() {
        let names = |name: &str, count| parts(Path::new(name), count).map(|parts| parts.len()).ok();
        assert_eq!(names("/models/a.gguf", 1), Some(1));
        assert_eq!(names("/models/a-00001-of-00003.gguf", 3), Some(3));
        assert_eq!(names("/models/a-00002-of-00003.gguf", 3), None);
        assert_eq!(names("/models/a.gguf", 3), None);
        let last = parts(Path::new("/models/a-00001-of-00012.gguf"), 12).unwrap().pop();
        assert_eq!(last, Some(PathBuf::from("/models/a-00012-of-00012.gguf")));
    }

    #[test]
    fn a_header_says_what_the_model_is() {
        let template = "{{ messages }}";
        let written = Written::default()
            .text("general.name", "Random")
            .text("general.architecture", "qwen2")
            .number("general.file_type", 15)
            .text("tokenizer.chat_template", template);
        let facts = facts(&[written.tensor("token_embd.weight", &[64, 100], 64).header()]);
        assert_eq!((facts.name.as_deref(), facts.architecture.as_deref()), (Some("Random"), Some("qwen2")));
        assert_eq!((facts.quantization.as_deref(), facts.parameters), (Some("Q4_K_M"), Some(6400)));
        assert_eq!(facts.template_sha256, Some(hex(&Sha256::digest(template))));
    }
}
