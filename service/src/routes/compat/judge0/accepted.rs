//! A submission as it is kept until it has run, and longer.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proofhouse_types::Limits;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::config::Ceilings;
use crate::dispatcher::Client;
use crate::routes::compat::archive::{ArchiveError, unzip};
use crate::routes::compat::files::Files;
use crate::routes::compat::limits::Asked;
use crate::worker::ProgramFrame;

/// The file that the program is in, as there.
const SOURCE_FILE: &str = "script.py";

/// Bytes; base64 where they are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Blob(pub Vec<u8>);

impl Serialize for Blob {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        STANDARD.encode(&self.0).serialize(to)
    }
}

impl<'de> Deserialize<'de> for Blob {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        STANDARD.decode(text).map(Blob).map_err(serde::de::Error::custom)
    }
}

/// A submission that was taken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Accepted {
    pub client: String,
    pub weight: u32,
    pub created_at: String,
    pub source_code: Option<Blob>,
    pub language_id: Option<u64>,
    pub stdin: Option<Blob>,
    pub expected_output: Option<Blob>,
    pub additional_files: Option<Blob>,
    pub command_line_arguments: Option<String>,
    pub number_of_runs: u64,
    /// Seconds, as the other times are.
    pub cpu_time_limit: f64,
    pub cpu_extra_time: f64,
    pub wall_time_limit: f64,
    /// Kilobytes, as the other sizes are.
    pub memory_limit: u64,
    pub stack_limit: u64,
    pub max_processes_and_or_threads: u64,
    pub max_file_size: u64,
    pub enable_per_process_and_thread_time_limit: bool,
    pub enable_per_process_and_thread_memory_limit: bool,
    pub redirect_stderr_to_stdout: bool,
}

impl Accepted {
    /// Who handed it in.
    pub(super) fn client(&self) -> Client {
        Client { name: self.client.as_str().into(), weight: self.weight }
    }

    pub(super) fn limits(&self, ceilings: &Ceilings) -> Limits {
        let memory_bytes = Some(self.memory_limit.saturating_mul(1024));
        Asked { cpu_seconds: self.cpu_time_limit, wall_seconds: self.wall_time_limit, memory_bytes }.limits(ceilings)
    }

    /// The program. Its own file comes before one of the archive.
    pub(super) fn program(&self, limits: &Limits) -> Result<ProgramFrame, ArchiveError> {
        let bytes = |blob: &Option<Blob>| blob.as_ref().map(|blob| blob.0.clone()).unwrap_or_default();
        let mut files = match &self.additional_files {
            Some(archive) => unzip(&archive.0, limits)?,
            None => Files::new(),
        };
        let source = bytes(&self.source_code);
        files.insert(SOURCE_FILE.to_owned(), source.clone());
        Ok(ProgramFrame {
            name: SOURCE_FILE.to_owned(),
            source,
            arguments: words(self.command_line_arguments.as_deref().unwrap_or_default()),
            stdin: bytes(&self.stdin),
            files,
        })
    }
}

/// The words of a command line: what Judge0 leaves of it for its shell, taken apart as the shell would.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    let mut letters = text.chars().filter(|letter| !"$&;<>|`".contains(*letter));
    while let Some(letter) = letters.next() {
        match (quote, letter) {
            (Some(end), letter) if letter == end => quote = None,
            (Some('"') | None, '\\') => word.get_or_insert_default().extend(letters.next()),
            (Some(_), letter) => word.get_or_insert_default().push(letter),
            (None, '"' | '\'') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (None, letter) if letter.is_whitespace() => words.extend(word.take()),
            (None, letter) => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_is_split_as_a_shell_does() {
        let cases: [(&str, &[&str]); 8] = [
            ("", &[]),
            ("  a  b ", &["a", "b"]),
            ("'a b' c", &["a b", "c"]),
            (r#""a \" b" c"#, &[r#"a " b"#, "c"]),
            (r"a\ b", &["a b"]),
            ("'' x", &["", "x"]),
            ("a; rm -rf $HOME", &["a", "rm", "-rf", "HOME"]),
            ("'open", &["open"]),
        ];
        for (text, expected) in cases {
            assert_eq!(words(text), expected, "{text:?}");
        }
    }
}
