//! The process that runs a model: it may die, and it may be handed any file.

use std::fs;
use std::num::NonZeroU32;
use std::path::Path;

use proofhouse_generator::{EmbeddedOptions, Model, Piece};
use proofhouse_tests::Gguf;
use proofhouse_types::{Ask, FailureKind};
use tempfile::tempdir;
use tokio_util::sync::CancellationToken;

use super::{chat, embedded, forced, generate, number, open, request, runtime, with_number};

fn kill(number: i32) {
    // SAFETY: it is the number of a process that this test started, and that has not been waited for.
    assert_eq!(unsafe { libc::kill(number, libc::SIGKILL) }, 0);
}

/// Asks for a long reply, and kills the process at its first piece. What is said of it.
async fn killed_at_first_piece(model: &Model, number_file: &Path) -> String {
    let mut long = request(chat("Hi"));
    long.sampling.max_tokens = 450;
    let mut first = Some(number_file);
    let mut on_piece = |_: Piece<'_>| first.take().into_iter().for_each(|file| kill(number(file)));
    let failure = model.generate(&long, &CancellationToken::new(), &mut on_piece).await.failure.unwrap();
    assert_eq!(failure.kind, FailureKind::WorkerDied);
    failure.message
}

#[test]
#[ignore = "needs pip"]
fn a_process_that_is_killed_is_named_and_started_anew() {
    runtime().block_on(async {
        let folder = tempdir().unwrap();
        let (embedded, file) = with_number(embedded(2), folder.path());
        let model = open(&Gguf::Steady.file(), embedded).await.unwrap();
        let first = number(&file);
        let other = tokio::spawn({
            let (model, mut long) = (model.clone(), request(chat("other")));
            long.sampling.max_tokens = 450;
            async move { generate(&model, &long).await }
        });
        assert_eq!(killed_at_first_piece(&model, &file).await, "signal: 9 (SIGKILL)");
        assert_eq!(other.await.unwrap().failure.unwrap().kind, FailureKind::WorkerDied);
        assert_eq!(generate(&model, &forced("again")).await.text, "again");
        assert_ne!(number(&file), first);
        // Three deaths in a row are the end of it.
        for _ in 0..4 {
            killed_at_first_piece(&model, &file).await;
        }
        let failure = generate(&model, &forced("again")).await.failure.unwrap();
        assert_eq!(failure.message, "the model is given up after 3 deaths of its process: signal: 9 (SIGKILL)");
    });
}

#[test]
#[ignore = "needs pip"]
fn the_process_is_locked_and_nothing_of_it_is_left_behind() {
    let folder = tempdir().unwrap();
    let runtime = runtime();
    let (embedded, file) = with_number(embedded(1), folder.path());
    let model = runtime.block_on(open(&Gguf::Tiny.file(), embedded)).unwrap();
    let folder_of_process = Path::new("/proc").join(number(&file).to_string());
    assert!(folder_of_process.exists());
    let environment = String::from_utf8(fs::read(folder_of_process.join("environ")).unwrap()).unwrap();
    let names: Vec<_> =
        environment.split('\0').filter_map(|entry| entry.split_once('=')).map(|(name, _)| name).collect();
    let expected = ["GGML_NO_BACKTRACE", "OMP_WAIT_POLICY"];
    // The shell in between adds some of its own.
    assert!(expected.iter().all(|name| names.contains(name)) && !names.contains(&"PATH"), "{names:?}");
    let status = fs::read_to_string(folder_of_process.join("status")).unwrap();
    assert!(status.contains("Seccomp:\t2\n") && status.contains("NoNewPrivs:\t1\n"), "{status}");
    drop(model);
    drop(runtime);
    // SAFETY: waits for a child of this process; what is not one, or not any more, is an error.
    while unsafe { libc::waitpid(number(&file), std::ptr::null_mut(), 0) } > 0 {}
    assert!(!folder_of_process.exists());
}

/// Replaces the number of a key of a header.
fn change(bytes: &mut [u8], key: &str, number: u32) {
    let at = bytes.windows(key.len()).position(|window| window == key.as_bytes()).unwrap() + key.len();
    // The type of the value stands in between.
    bytes[at + 4..at + 8].copy_from_slice(&number.to_le_bytes());
}

async fn refusal(file: &Path, embedded: EmbeddedOptions) -> String {
    let error = open(file, embedded).await.err().expect("it is refused");
    let causes = std::iter::successors(std::error::Error::source(&error), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

#[test]
#[ignore = "needs pip"]
fn a_model_that_does_not_fit_is_refused_before_it_is_loaded() {
    runtime().block_on(async {
        let folder = tempdir().unwrap();
        let (file, mut bytes) = (folder.path().join("large.gguf"), fs::read(Gguf::Tiny.file()).unwrap());
        change(&mut bytes, "llama.context_length", u32::MAX);
        fs::write(&file, bytes).unwrap();
        // A program that is never started.
        let nobody = vec!["/nothing".into()];
        let large = EmbeddedOptions { context_tokens: Some(u32::MAX), worker: nobody, ..embedded(4) };
        let refused = refusal(&file, large.clone()).await;
        assert!(
            refused.starts_with("the model needs 4096.1 GiB of memory (weights 0.0 GiB, room for tokens 4096.0 GiB,"),
            "{refused}"
        );
        assert!(refused.contains("fewer replies at a time, a smaller context"), "{refused}");
        let threads = EmbeddedOptions { threads: NonZeroU32::new(100_000), stand_aside: 1, ..embedded(1) };
        assert!(refusal(&file, threads).await.starts_with("100000 threads would take cores of the sandbox"));
        let layers = EmbeddedOptions { gpu_layers: 7, ..embedded(1) };
        let no_gpu = "this build has no GPU for 7 layers: build it with `--features cuda` or `--features metal`";
        assert_eq!(refusal(&file, layers).await, no_gpu);
        let absent = refusal(&folder.path().join("absent.gguf"), embedded(1)).await;
        assert!(absent.contains("absent.gguf`: No such file"), "{absent}");
    });
}

#[test]
#[ignore = "needs pip"]
fn no_file_brings_this_program_down() {
    runtime().block_on(async {
        let folder = tempdir().unwrap();
        let whole = fs::read(Gguf::Tiny.file()).unwrap();
        let file = folder.path().join("hostile.gguf");
        fs::write(&file, &whole[..whole.len() / 8]).unwrap();
        let refused = refusal(&file, embedded(1)).await;
        assert!(refused.contains("it is not whole"), "{refused}");
        // Headers that can be read, and models that can't be: llama.cpp refuses them, or its process dies.
        for (key, number, expected) in [
            ("llama.attention.head_count", 0, "has wrong shape; expected 64, 0"),
            ("llama.attention.head_count_kv", 3, "has wrong shape; expected 64, 48"),
            ("llama.block_count", 1000, "signal: 6 (SIGABRT)"),
            ("llama.embedding_length", 1 << 20, "error loading model hyperparameters"),
            ("llama.rope.dimension_count", u32::MAX, "error loading model hyperparameters"),
        ] {
            let mut bytes = whole.clone();
            change(&mut bytes, key, number);
            fs::write(&file, bytes).unwrap();
            let refused = refusal(&file, embedded(1)).await;
            assert!(
                refused.starts_with("the model can't be loaded: ") && refused.contains(expected),
                "{key}: {refused}"
            );
        }
        // A token that the vocabulary does not have: llama.cpp takes another.
        let mut bytes = whole.clone();
        change(&mut bytes, "tokenizer.ggml.fim_pre_token_id", 1 << 30);
        fs::write(&file, bytes).unwrap();
        let model = open(&file, embedded(1)).await.unwrap();
        let gap = request(Ask::Fim { prefix: "a".to_owned(), suffix: "b".to_owned() });
        assert_eq!(generate(&model, &gap).await.failure, None);
        assert_eq!(generate(&model, &forced("fine")).await.text, "fine");
        let model = open(&Gguf::Tiny.file(), embedded(1)).await.unwrap();
        assert_eq!(generate(&model, &forced("fine")).await.text, "fine");
    });
}
