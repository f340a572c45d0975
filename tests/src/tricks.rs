//! The tricks of `fixtures/hostile/judge`: programs that try to pass without solving anything.

use crate::{Header, files};

/// What a trick's header may say.
const KEYS: [&str; 4] = ["tries", "shared", "task", "passes"];

/// A trick, and what it says of itself.
pub struct Trick {
    /// Its file's name without the ending.
    pub name: String,
    /// Its first lines.
    pub header: Header,
    source: String,
}

impl Trick {
    /// Whether it stands for any function, not for those of one task.
    #[must_use]
    pub fn is_generic(&self) -> bool {
        self.header.get("shared").is_some()
    }

    /// The trick as an answer to a task with this entry point: the word `ENTRY` replaced.
    #[must_use]
    pub fn program(&self, entry_point: &str) -> String {
        let (mut out, mut word) = (String::with_capacity(self.source.len()), String::new());
        for character in self.source.chars().chain(['\n']) {
            if character.is_alphanumeric() || character == '_' {
                word.push(character);
                continue;
            }
            out.push_str(if word == "ENTRY" { entry_point } else { &word });
            word.clear();
            out.push(character);
        }
        out
    }
}

/// All tricks, sorted by name.
#[must_use]
pub fn tricks_of_fixtures() -> Vec<Trick> {
    let read = |file: std::path::PathBuf| {
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let source = std::fs::read_to_string(&file).expect("a trick is text");
        Trick { name, header: Header::of(source.as_bytes(), &KEYS), source }
    };
    files("hostile/judge", &["py"]).into_iter().map(read).collect()
}
