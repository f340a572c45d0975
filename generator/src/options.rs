//! How models are asked: deadlines, retries, how many requests at a time, the key, and where replies are kept.

use std::ffi::OsString;
use std::fmt;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

/// How one model is asked.
#[derive(Debug, Clone)]
pub struct Options {
    /// When a request is given up.
    pub deadlines: Deadlines,
    /// How often one that failed is sent again.
    pub retries: Retries,
    /// Requests under way at a time; more wait for their place. One by default: times of requests that share a server
    /// say little of each.
    pub concurrency: NonZeroU32,
    /// What the server wants to see of its users.
    pub key: Option<Key>,
    /// Where replies are kept for the next time that the same is asked.
    pub replies: KeepReplies,
    /// How a file is run, where the model is one.
    pub embedded: EmbeddedOptions,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            deadlines: Deadlines::default(),
            retries: Retries::default(),
            concurrency: NonZeroU32::MIN,
            key: None,
            replies: KeepReplies::No,
            embedded: EmbeddedOptions::default(),
        }
    }
}

/// When one attempt is given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadlines {
    /// For the connection. Ten seconds: what takes longer on a local network is not there.
    pub connect: Duration,
    /// From sending to the first piece. Ten minutes: Ollama and LM Studio load the model first, and 70 GB from a hard disk
    /// take six.
    pub first_token: Duration,
    /// From each piece to the next. Two minutes: a model that swaps writes a token in seconds, and a server that stops for
    /// others' prompts has long read them.
    pub idle: Duration,
    /// For the whole reply. An hour: 32,768 tokens of reasoning at 10 a second.
    pub total: Duration,
}

impl Default for Deadlines {
    fn default() -> Deadlines {
        Deadlines {
            connect: Duration::from_secs(10),
            first_token: Duration::from_secs(600),
            idle: Duration::from_secs(120),
            total: Duration::from_secs(3600),
        }
    }
}

/// How often a request that failed is sent again. Only one of which nothing came yet: what came is billed, and was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retries {
    /// Attempts after the first. Six, with the waits below, are half a minute: a server's restart.
    pub most: u32,
    /// What is waited before the first of them, on average; each next one waits twice as long.
    pub first_wait: Duration,
    /// The longest that is waited at a time, also where the server asks for more.
    pub longest_wait: Duration,
}

impl Default for Retries {
    fn default() -> Retries {
        Retries { most: 6, first_wait: Duration::from_millis(500), longest_wait: Duration::from_secs(60) }
    }
}

/// What a server wants to see of its users. It goes into one header, and nowhere else.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(String);

impl Key {
    /// A key as its server gave it out.
    #[must_use]
    pub fn new(key: String) -> Key {
        Key(key)
    }

    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// Where whole replies are kept. Only those to requests with a seed: without one, the same question asked again wants
/// another answer.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum KeepReplies {
    /// Nowhere.
    #[default]
    No,
    /// As files of a folder, which is made.
    Folder(PathBuf),
    /// In a Redis, `redis://HOST:PORT/DATABASE` or `redis+unix:///PATH`.
    Redis(String),
}

impl fmt::Debug for KeepReplies {
    /// Without the address of a Redis, which may have its password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeepReplies::No => f.write_str("No"),
            KeepReplies::Folder(folder) => f.debug_tuple("Folder").field(folder).finish(),
            KeepReplies::Redis(_) => f.write_str("Redis(…)"),
        }
    }
}

/// How a GGUF file is run.
#[derive(Debug, Clone)]
pub struct EmbeddedOptions {
    /// The program that runs it, with its arguments; empty where there is none.
    pub worker: Vec<OsString>,
    /// Threads; none takes all but those of `stand_aside`.
    pub threads: Option<NonZeroU32>,
    /// Layers that the GPU has.
    pub gpu_layers: u32,
    /// Replies that are written at a time.
    pub sequences: NonZeroU32,
    /// Tokens of prompt and reply that each has room for; none takes what the model was trained with, 8,192 at most.
    pub context_tokens: Option<u32>,
    /// Cores that are left to the sandbox.
    pub stand_aside: u32,
}

impl Default for EmbeddedOptions {
    fn default() -> EmbeddedOptions {
        EmbeddedOptions {
            worker: Vec::new(),
            threads: None,
            gpu_layers: 0,
            sequences: NonZeroU32::MIN,
            context_tokens: None,
            stand_aside: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_passwords_are_not_shown() {
        let options = Options {
            key: Some(Key::new("secret".to_owned())),
            replies: KeepReplies::Redis("redis://:secret@host".to_owned()),
            ..Options::default()
        };
        let shown = format!("{options:?}");
        assert!(!shown.contains("secret"), "{shown}");
        assert!(shown.contains("Key(…)") && shown.contains("Redis(…)"), "{shown}");
    }
}
