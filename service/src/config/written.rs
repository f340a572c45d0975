//! Settings as a TOML file that says what each key means, and that reads back to the same settings.

use std::fmt::Write as _;

use proofhouse_types::Bytes;
use serde_json::Value;

use super::described::{Expects, Setting};
use super::settings::Config;

/// Characters of a line of comment, as the code's own.
const COMMENT_WIDTH: usize = 118;

impl Config {
    /// The settings as a TOML file, complete and with a comment on each key. What is not set stands there as a comment.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let values = serde_json::to_value(self).expect("settings are texts and numbers");
        let settings = Config::described();
        let mut out = String::new();
        // Plain keys come first: in TOML they would belong to the table above them.
        for setting in settings.iter().filter(|setting| below(&settings, &setting.path).next().is_none()) {
            if !setting.path.contains('.') {
                key(&mut out, setting, &values[&setting.path]);
            }
        }
        for setting in settings.iter().filter(|setting| setting.expects == Expects::Tables) {
            comment(&mut out, &setting.about);
            let path = &setting.path;
            match &values[path] {
                Value::Object(table) => {
                    let _ = writeln!(out, "[{path}]");
                    for (name, setting) in below(&settings, path) {
                        key(&mut out, setting, table.get(name).unwrap_or(&Value::Null));
                    }
                }
                Value::Array(list) => list.iter().for_each(|table| {
                    let _ = writeln!(out, "[[{path}]]");
                    for (name, setting) in below(&settings, path) {
                        key(&mut out, setting, &table[name]);
                    }
                }),
                // A list without entries: one entry as a comment shows what it would have.
                _ => {
                    let _ = writeln!(out, "#[[{path}]]");
                    for (_, setting) in below(&settings, path) {
                        key(&mut out, setting, &Value::Null);
                    }
                }
            }
        }
        out.truncate(out.trim_end().len());
        out.push('\n');
        out
    }
}

/// The settings in a table, with their names there.
fn below<'s>(settings: &'s [Setting], table: &'s str) -> impl Iterator<Item = (&'s str, &'s Setting)> {
    settings.iter().filter_map(move |setting| {
        let name = setting.path.strip_prefix(table)?.trim_start_matches("[]").strip_prefix('.')?;
        Some((name, setting))
    })
}

fn key(out: &mut String, setting: &Setting, value: &Value) {
    comment(out, &setting.about);
    let name = setting.path.rsplit('.').next().unwrap_or(&setting.path);
    let _ = match (value, &setting.expects) {
        (Value::Null, _) => writeln!(out, "#{name} =\n"),
        (Value::Number(bytes), Expects::Bytes) => {
            writeln!(out, "{name} = \"{}\"\n", Bytes(bytes.as_u64().unwrap_or_default()))
        }
        (Value::String(text), _) => writeln!(out, "{name} = {}\n", toml::Value::String(text.clone())),
        (other, _) => writeln!(out, "{name} = {other}\n"),
    };
}

fn comment(out: &mut String, text: &str) {
    let mut width = 0;
    for word in text.split(' ') {
        if width == 0 || width + 1 + word.chars().count() > COMMENT_WIDTH {
            out.push_str(if width == 0 { "#" } else { "\n#" });
            width = 1;
        }
        out.push(' ');
        out.push_str(word);
        width += 1 + word.chars().count();
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use proofhouse_types::{Bytes, Seconds};

    use super::*;
    use crate::config::{KeySettings, LogFormat, LogSettings, SuiteSettings};

    fn check(config: &Config) {
        let written = config.to_toml();
        let read: Config = toml::from_str(&written).unwrap_or_else(|error| panic!("{error}\n{written}"));
        assert_eq!(read, *config, "{written}");
    }

    #[test]
    fn what_is_written_reads_back_the_same() {
        check(&Config::default());
        let suite =
            |path: &str, name: Option<&str>| SuiteSettings { path: PathBuf::from(path), name: name.map(str::to_owned) };
        let key = |name: &str, concurrent| KeySettings {
            name: name.to_owned(),
            sha256: "0".repeat(64),
            requests_per_second: None,
            concurrent,
            weight: 3,
        };
        check(&Config {
            listen: "[::1]:0".to_owned(),
            database: Some("postgres://user:\"x\\y\"@host/db?a=\u{7f}é".to_owned()),
            workers: Some(7),
            result_cache: Bytes(0),
            shutdown: Seconds(0),
            otlp: Some("http://127.0.0.1:4318/v1/traces".to_owned()),
            suites: vec![suite("a b.jsonl", None), suite("C:\\suites\\x", Some("x"))],
            keys: vec![key("trainer", None), key("another \"one\"", Some(4))],
            log: LogSettings { format: LogFormat::Json, filter: "info,sqlx=warn".to_owned() },
            ..Config::default()
        });
    }

    #[test]
    fn every_key_is_written_with_its_comment() {
        let written = Config::default().to_toml();
        for setting in Config::described() {
            let name = setting.path.rsplit('.').next().unwrap();
            let there = |line: &str| {
                let line = line.trim_start_matches('#');
                line.starts_with(&format!("{name} =")) || line == format!("[{name}]") || line == format!("[[{name}]]")
            };
            assert!(written.lines().any(there), "{}\n{written}", setting.path);
        }
        assert!(written.lines().all(|line| line.chars().count() <= COMMENT_WIDTH), "{written}");
    }
}
