//! Settings in layers: the defaults, a file, the environment, flags. Each complaint names the layer that it is about.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use proofhouse::suite::{nearest, read_toml};
use proofhouse::types::{Bytes, Seconds};
use proofhouse_service::{Config, Expects, Setting, SuiteSettings};

use super::arguments::Serve;
use crate::exit::UserError;

/// What the names of variables begin with.
const PREFIX: &str = "PROOFHOUSE_SERVE_";
/// Names the file, and is no setting.
pub const CONFIG_VARIABLE: &str = "PROOFHOUSE_SERVE_CONFIG";

/// Entries of a list that variables may have: more is a slip.
const MOST_ENTRIES: usize = 1000;

/// The settings, checked.
pub fn read(flags: &Serve, variables: impl Iterator<Item = (String, String)>) -> Result<Config> {
    let mut config = match &flags.config {
        Some(file) => from_file(file)?,
        None => Config::default(),
    };
    let suites_of_file = config.suites.len();
    let variables = Variables::of(variables)?;
    config = variables.over(&config)?;
    flags.over(&mut config)?;
    config.check().map_err(|complaints| {
        let lines = complaints.iter().map(|complaint| {
            let layer = flags
                .layer(&complaint.field, suites_of_file)
                .or_else(|| variables.layer(&complaint.field))
                .or_else(|| flags.config.as_ref().map(|file| format!("`{}`", file.display())));
            layer.map_or_else(|| complaint.to_string(), |layer| format!("{layer}: {complaint}"))
        });
        UserError(several(lines.collect()))
    })?;
    Ok(config)
}

fn from_file(file: &Path) -> Result<Config> {
    let text = std::fs::read_to_string(file);
    let text = text.map_err(|error| UserError(format!("reading `{}`: {error}", file.display())))?;
    let read = read_toml::<Config>(file, &text, &Config::keys_of_file());
    let mut config =
        read.map_err(|problems| UserError(several(problems.iter().map(|p| plain(&p.to_string())).collect())))?;
    let folder = file.parent().unwrap_or_else(|| Path::new(""));
    for suite in config.suites.iter_mut().filter(|suite| !suite.path.as_os_str().is_empty()) {
        suite.path = absolute(&folder.join(&suite.path))?;
    }
    Ok(config)
}

/// Errors in one text: the only one, or each on its line.
fn several(errors: Vec<String>) -> String {
    match errors.as_slice() {
        [error] => error.clone(),
        errors => format!("the settings can't be used:\n  {}", errors.join("\n  ")),
    }
}

/// Names of numbers in Rust say nothing to those who write settings.
fn plain(message: &str) -> String {
    let kinds = ["expected usize", "expected u16", "expected u32", "expected u64"];
    let number = |message: String, kind: &str| message.replace(kind, "expected a whole number");
    kinds.into_iter().fold(message.to_owned(), number)
}

fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).with_context(|| format!("finding `{}`", path.display()))
}

/// The variables that are settings, by the path that the setting has, such as `keys[0].name`.
struct Variables(BTreeMap<String, (String, Typed)>);

/// A variable's value, as its key takes it.
enum Typed {
    Number(u64),
    Switch(bool),
    Text(String),
}

impl Variables {
    /// An empty variable counts as none.
    fn of(variables: impl Iterator<Item = (String, String)>) -> Result<Variables> {
        let settings = Config::described();
        let (mut found, mut errors) = (BTreeMap::new(), Vec::new());
        let ours = variables.filter(|(name, value)| name != CONFIG_VARIABLE && !value.is_empty());
        for (name, value) in ours {
            let Some(key) = name.strip_prefix(PREFIX) else { continue };
            match variable(&settings, &name, key, &value) {
                Ok((path, typed)) => drop(found.insert(path, (name, typed))),
                Err(error) => errors.push(error),
            }
        }
        errors.sort();
        if errors.is_empty() { Ok(Variables(found)) } else { Err(UserError(several(errors)).into()) }
    }

    fn over(&self, config: &Config) -> Result<Config> {
        let mut builder = config::Config::builder().add_source(config::Config::try_from(config)?);
        for (path, (_, value)) in &self.0 {
            builder = match value {
                Typed::Number(number) => builder.set_override(path, *number),
                Typed::Switch(switch) => builder.set_override(path, *switch),
                Typed::Text(text) => builder.set_override(path, text.as_str()),
            }?;
        }
        let read = builder.build().and_then(config::Config::try_deserialize::<Config>);
        let mut config = read.map_err(|error| match error {
            // It leaves out the dot after an index.
            config::ConfigError::NotFound(field) => {
                UserError(format!("the environment: `{}` is missing", field.replace(']', "].").replace("..", ".")))
            }
            error => UserError(plain(&format!("the environment: {error}"))),
        })?;
        for suite in config.suites.iter_mut().filter(|suite| !suite.path.as_os_str().is_empty()) {
            suite.path = absolute(&suite.path)?;
        }
        Ok(config)
    }

    /// The variable that set a field, if one did.
    fn layer(&self, field: &str) -> Option<String> {
        self.0.get(field).map(|(name, _)| format!("`{name}`"))
    }
}

/// The path and the value that a variable stands for.
fn variable(settings: &[Setting], name: &str, key: &str, value: &str) -> Result<(String, Typed), String> {
    let parts: Vec<String> = key.split("__").map(str::to_ascii_lowercase).collect();
    let (generic, path) = match parts.as_slice() {
        [list, entry, field] => {
            let entry = entry.parse::<usize>().ok().filter(|entry| *entry < MOST_ENTRIES);
            let entry = entry.ok_or_else(|| unknown(settings, name))?;
            (format!("{list}[].{field}"), format!("{list}[{entry}].{field}"))
        }
        parts => (parts.join("."), parts.join(".")),
    };
    let setting = settings.iter().find(|setting| setting.path == generic && setting.expects != Expects::Tables);
    let setting = setting.ok_or_else(|| unknown(settings, name))?;
    // Values of texts may be secret, and no text is of a wrong kind: they are not repeated.
    let wrong = || format!("`{name}` is `{value}`, expected {}", setting.expects);
    let typed = match &setting.expects {
        Expects::Number => Typed::Number(value.replace('_', "").parse().map_err(|_| wrong())?),
        Expects::Bytes => Typed::Number(value.parse::<Bytes>().map_err(|_| wrong())?.0),
        Expects::Seconds => Typed::Number(value.parse::<Seconds>().map_err(|_| wrong())?.0),
        Expects::Switch => Typed::Switch(value.parse().map_err(|_| wrong())?),
        Expects::OneOf(words) if !words.iter().any(|word| word == value) => return Err(wrong()),
        Expects::OneOf(_) | Expects::Text | Expects::Tables => Typed::Text(value.to_owned()),
    };
    Ok((path, typed))
}

fn unknown(settings: &[Setting], name: &str) -> String {
    let plain = settings.iter().filter(|setting| setting.expects != Expects::Tables);
    let mut known: Vec<String> = plain.map(|setting| variable_of(&setting.path)).collect();
    known.push(CONFIG_VARIABLE.to_owned());
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    match nearest(name, &known) {
        Some(near) => format!("unknown variable `{name}`, did you mean `{near}`?"),
        None => format!("unknown variable `{name}`: `proofhouse serve --print-config` lists the keys"),
    }
}

/// The variable of a setting; for one in a list, that of the first entry.
fn variable_of(path: &str) -> String {
    format!("{PREFIX}{}", path.replace("[].", "__0__").replace('.', "__").to_ascii_uppercase())
}

impl Serve {
    fn over(&self, config: &mut Config) -> Result<()> {
        if let Some(listen) = &self.listen {
            config.listen.clone_from(listen);
        }
        if let Some(workers) = self.workers {
            config.workers = Some(workers.get());
        }
        if let Some(format) = self.log_format {
            config.log.format = format.into();
        }
        config.database = self.database.clone().or_else(|| config.database.take());
        config.otlp = self.otlp.clone().or_else(|| config.otlp.take());
        config.insecure |= self.insecure;
        for path in &self.suites {
            config.suites.push(SuiteSettings { path: absolute(path)?, name: None });
        }
        Ok(())
    }

    /// The flag that set a field, if one did.
    fn layer(&self, field: &str, suites_of_file: usize) -> Option<String> {
        let flag = match field {
            "listen" if self.listen.is_some() => "--listen",
            "workers" if self.workers.is_some() => "--workers",
            "database" if self.database.is_some() => "--database",
            "otlp" if self.otlp.is_some() => "--otlp",
            _ => {
                let position = field.strip_prefix("suites[")?.split_once(']')?.0.parse::<usize>().ok()?;
                (position >= suites_of_file && !self.suites.is_empty()).then_some("--suite")?
            }
        };
        Some(format!("`{flag}`"))
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use proofhouse_service::LogFormat;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        serve: Serve,
    }

    fn layered(file: Option<&str>, variables: &[(&str, &str)], flags: &[&str]) -> Result<Config, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("serve.toml");
        let mut line = vec!["serve".to_owned()];
        if let Some(text) = file {
            std::fs::write(&path, text).unwrap();
            line.extend(["--config".to_owned(), path.to_str().unwrap().to_owned()]);
        }
        line.extend(flags.iter().map(|&flag| flag.to_owned()));
        let serve = Line::try_parse_from(line).map_err(|error| error.to_string())?.serve;
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let read = read(&serve, variables).map_err(|error| format!("{error:#}"));
        read.map_err(|error| error.replace(path.to_str().unwrap(), "FILE"))
    }

    fn check(file: Option<&str>, variables: &[(&str, &str)], flags: &[&str], expected: &Config) {
        let found = layered(file, variables, flags).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(found, *expected, "{file:?} {variables:?} {flags:?}");
    }

    fn refused(file: Option<&str>, variables: &[(&str, &str)], flags: &[&str], expected: &str) {
        assert_eq!(layered(file, variables, flags).unwrap_err(), expected, "{file:?} {variables:?} {flags:?}");
    }

    #[test]
    fn the_later_layer_wins() {
        let at = |listen: &str| Config { listen: listen.to_owned(), ..Config::default() };
        let (file, variable, flag) =
            (Some("listen = '[::1]:1'"), [("PROOFHOUSE_SERVE_LISTEN", "[::1]:2")], ["--listen", "[::1]:3"]);
        check(None, &[], &[], &Config::default());
        check(file, &[], &[], &at("[::1]:1"));
        check(None, &variable, &[], &at("[::1]:2"));
        check(file, &variable, &[], &at("[::1]:2"));
        check(file, &variable, &flag, &at("[::1]:3"));
        check(file, &[], &flag, &at("[::1]:3"));
    }

    #[test]
    fn every_kind_of_key_is_read_from_variables() {
        let mut expected = Config { insecure: true, workers: Some(3), shutdown: Seconds(60), ..Config::default() };
        expected.http.body = Bytes(1 << 20);
        expected.queue.length = 10_000;
        expected.log.format = LogFormat::Json;
        expected.otlp = Some("http://localhost:4318/v1/traces".to_owned());
        let variables = [
            ("PROOFHOUSE_SERVE_INSECURE", "true"),
            ("PROOFHOUSE_SERVE_WORKERS", "3"),
            ("PROOFHOUSE_SERVE_SHUTDOWN", "1m"),
            ("PROOFHOUSE_SERVE_HTTP__BODY", "1MiB"),
            ("PROOFHOUSE_SERVE_QUEUE__LENGTH", "10_000"),
            ("PROOFHOUSE_SERVE_LOG__FORMAT", "json"),
            ("PROOFHOUSE_SERVE_OTLP", "http://localhost:4318/v1/traces"),
            ("PROOFHOUSE_SERVE_CONFIG", "is no setting"),
            ("PROOFHOUSE_SERVE_DATABASE", ""),
            ("PROOFHOUSE_CACHE", "elsewhere"),
            ("PATH", "/bin"),
        ];
        check(None, &variables, &[], &expected);
    }

    #[test]
    fn keys_and_suites_can_stand_in_variables() {
        let hash = "ab".repeat(32);
        let variables = [
            ("PROOFHOUSE_SERVE_KEYS__0__NAME", "trainer"),
            ("PROOFHOUSE_SERVE_KEYS__0__SHA256", hash.as_str()),
            ("PROOFHOUSE_SERVE_KEYS__0__CONCURRENT", "7"),
            ("PROOFHOUSE_SERVE_SUITES__0__PATH", "/suites/a.jsonl"),
        ];
        let config = layered(None, &variables, &["--suite", "/suites/b.jsonl"]).unwrap();
        let key = &config.keys[0];
        assert_eq!((key.name.as_str(), &key.sha256, key.concurrent, key.weight), ("trainer", &hash, Some(7), 1));
        let paths: Vec<&str> = config.suites.iter().map(|suite| suite.path.to_str().unwrap()).collect();
        assert_eq!(paths, ["/suites/a.jsonl", "/suites/b.jsonl"]);
        refused(None, &variables[..1], &[], "the environment: `keys[0].sha256` is missing");
    }

    #[test]
    fn suites_of_a_file_are_relative_to_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("serve.toml");
        std::fs::write(&path, "[[suites]]\npath = 'suites/a'\n[[suites]]\npath = '/b'\n").unwrap();
        let config = from_file(&path).unwrap();
        let paths: Vec<_> = config.suites.iter().map(|suite| suite.path.clone()).collect();
        assert_eq!(paths, [folder.path().join("suites/a"), PathBuf::from("/b")]);
    }

    #[test]
    fn complaints_name_the_file_and_the_line() {
        let file = |text: &str, expected: &str| refused(Some(text), &[], &[], expected);
        file("listen = '[::1]:1'\nworkres = 2", "FILE:2: unknown key `workres`, did you mean `workers`?");
        file("[queue]\nlenght = 2", "FILE:2: unknown key `lenght`, did you mean `length`?");
        file("[[keys]]\nnmae = 'a'", "FILE:2: unknown key `nmae`, did you mean `name`?");
        file("[queue]\nlength = 'many'", "FILE:2: invalid type: string \"many\", expected a whole number");
        file("[log]\nformat = 'xml'", "FILE:2: unknown variant `xml`, expected `text` or `json`");
        file(
            "[http]\nbody = '1 lot'",
            "FILE:2: `1 lot` is not a number of bytes, such as `65536`, `64KiB` or `256MiB`",
        );
        file("workers = 0", "`FILE`: `workers` is 0, expected 1 to 1024");
        file(
            "a = 1\nb = 2",
            "the settings can't be used:\n  FILE:1: unknown key `a`, expected one of `listen`, `database`, `workers`, \
             `insecure`, `result_cache`, `shutdown`, `otlp`, `retention_days`, `suites`, `keys`, `queue`, `worker`, \
             `ceilings`, `http`, `log`\n  FILE:2: unknown key `b`, expected one of `listen`, `database`, `workers`, \
             `insecure`, `result_cache`, `shutdown`, `otlp`, `retention_days`, `suites`, `keys`, `queue`, `worker`, \
             `ceilings`, `http`, `log`",
        );
    }

    #[test]
    fn complaints_name_the_variable() {
        let variable = |name: &str, value: &str, expected: &str| refused(None, &[(name, value)], &[], expected);
        variable(
            "PROOFHOUSE_SERVE_WORKRES",
            "2",
            "unknown variable `PROOFHOUSE_SERVE_WORKRES`, did you mean `PROOFHOUSE_SERVE_WORKERS`?",
        );
        variable(
            "PROOFHOUSE_SERVE_QUEUE_LENGTH",
            "2",
            "unknown variable `PROOFHOUSE_SERVE_QUEUE_LENGTH`, did you mean `PROOFHOUSE_SERVE_QUEUE__LENGTH`?",
        );
        variable(
            "PROOFHOUSE_SERVE_QUEUE__LENGTH",
            "many",
            "`PROOFHOUSE_SERVE_QUEUE__LENGTH` is `many`, expected a whole number",
        );
        variable(
            "PROOFHOUSE_SERVE_INSECURE",
            "yes",
            "`PROOFHOUSE_SERVE_INSECURE` is `yes`, expected `true` or `false`",
        );
        variable(
            "PROOFHOUSE_SERVE_LOG__FORMAT",
            "xml",
            "`PROOFHOUSE_SERVE_LOG__FORMAT` is `xml`, expected `text` or `json`",
        );
        variable("PROOFHOUSE_SERVE_WORKERS", "0", "`PROOFHOUSE_SERVE_WORKERS`: `workers` is 0, expected 1 to 1024");
    }

    #[test]
    fn complaints_name_the_flag() {
        refused(
            Some("listen = '[::1]:1'"),
            &[],
            &["--listen", "8080"],
            "`--listen`: `listen` is `8080`, expected an address and a port, such as `127.0.0.1:8080` or `[::]:8080`",
        );
        refused(
            None,
            &[],
            &["--database", "mysql://x"],
            "`--database`: `database` is of no known kind, expected `sqlite:PATH` or `postgres://USER@HOST/NAME`",
        );
    }

    #[test]
    fn what_is_printed_is_read_again() {
        let config = layered(Some("[[keys]]\nname = 'a'\nsha256 = '0000000000000000000000000000000000000000000000000000000000000000'\n[queue]\nlength = 7"), &[], &["--workers", "2"]).unwrap();
        check(Some(&config.to_toml()), &[], &[], &config);
    }
}
