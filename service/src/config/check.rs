//! Whether settings can be used: numbers in their ranges, addresses that are addresses. Opens and resolves nothing.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::net::SocketAddr;

use proofhouse_types::Limits;
use tracing_subscriber::EnvFilter;

use super::settings::{Ceilings, Config, HttpSettings, KeySettings};
use crate::worker::MOST_FRAME_BYTES;

/// A day: waits and pauses above it are slips.
const MOST_SECONDS: u64 = 24 * 60 * 60;

/// What wasm can address with 32 bits.
const MOST_GUEST_MEMORY: u64 = 4 << 30;

/// What a task may have in a frame besides the body, the output or the files that are bounded here.
const FRAME_MARGIN: u64 = 1 << 20;

/// A setting that can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{field}` {message}")]
pub struct ConfigError {
    /// The setting, as a path such as `keys[0].sha256`.
    pub field: String,
    /// What is wrong with it.
    pub message: String,
}

/// What is wrong so far.
struct Complaints(Vec<ConfigError>);

impl Complaints {
    fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.0.push(ConfigError { field: field.into(), message: message.into() });
    }

    fn within<N: PartialOrd + Display>(&mut self, field: impl Into<String>, value: N, least: N, most: N) {
        if value < least || value > most {
            self.add(field, format!("is {value}, expected {least} to {most}"));
        }
    }
}

impl Config {
    /// Whether these settings can be used.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub fn check(&self) -> Result<(), Vec<ConfigError>> {
        let mut complaints = Complaints(Vec::new());
        self.check_addresses(&mut complaints);
        self.check_suites(&mut complaints);
        check_keys(&self.keys, &mut complaints);
        complaints.within("workers", self.workers.unwrap_or(1), 1, 1024);
        complaints.within("shutdown", self.shutdown.0, 0, MOST_SECONDS);
        complaints.within("retention_days", self.retention_days, 1, 36_500);
        // What waits stands in memory: a body each.
        complaints.within("queue.length", self.queue.length, 1, 1_000_000);
        complaints.within("queue.max_wait_ms", self.queue.max_wait_ms, 1, MOST_SECONDS * 1000);
        complaints.within("worker.job_wall", self.worker.job_wall.0, 1, MOST_SECONDS);
        complaints.within("worker.tasks", self.worker.tasks, 1, 1_000_000);
        check_ceilings(&self.ceilings, &mut complaints);
        check_http(&self.http, &mut complaints);
        if let Err(error) = EnvFilter::try_new(&self.log.filter) {
            complaints.add("log.filter", format!("is `{}`: {error}", self.log.filter));
        }
        if complaints.0.is_empty() { Ok(()) } else { Err(complaints.0) }
    }

    fn check_addresses(&self, complaints: &mut Complaints) {
        let listen = &self.listen;
        match loopback(listen) {
            None => complaints.add(
                "listen",
                format!("is `{listen}`, expected an address and a port, such as `127.0.0.1:8080` or `[::]:8080`"),
            ),
            Some(Reach::Others) if self.keys.is_empty() && !self.insecure => complaints.add(
                "listen",
                format!(
                    "is `{listen}`, which other machines reach: make a key with `proofhouse serve --new-key NAME`, or \
                     pass `--insecure` where whoever reaches it may use it"
                ),
            ),
            Some(Reach::Others | Reach::ThisMachine) => {}
        }
        let schemes = ["sqlite:", "postgres://", "postgresql://"];
        if let Some(database) = &self.database
            && !schemes.iter().any(|scheme| database.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty()))
        {
            // The address may hold a password: it is not repeated.
            complaints.add("database", "is of no known kind, expected `sqlite:PATH` or `postgres://USER@HOST/NAME`");
        }
        if let Some(otlp) = &self.otlp
            && otlp.strip_prefix("http://").is_none_or(str::is_empty)
        {
            complaints.add(
                "otlp",
                format!("is `{otlp}`, expected an address such as `http://127.0.0.1:4318/v1/traces`; for TLS, put a collector beside the server"),
            );
        }
    }

    fn check_suites(&self, complaints: &mut Complaints) {
        let mut names = BTreeSet::new();
        for (position, suite) in self.suites.iter().enumerate() {
            if suite.path.as_os_str().is_empty() {
                complaints.add(format!("suites[{position}].path"), "is empty, expected a file or a folder");
            }
            if let Some(name) = &suite.name
                && (name.is_empty() || !names.insert(name))
            {
                complaints.add(format!("suites[{position}].name"), format!("is `{name}`, expected a name of its own"));
            }
        }
    }
}

/// Who can reach an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    ThisMachine,
    Others,
}

/// Who can reach an address; nothing where it is none. A name other than `localhost` may be anybody's.
fn loopback(listen: &str) -> Option<Reach> {
    if let Ok(address) = listen.parse::<SocketAddr>() {
        return Some(if address.ip().is_loopback() { Reach::ThisMachine } else { Reach::Others });
    }
    let (host, port) = listen.rsplit_once(':')?;
    port.parse::<u16>().ok()?;
    let is_name = !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'));
    is_name.then_some(if host == "localhost" { Reach::ThisMachine } else { Reach::Others })
}

fn check_keys(keys: &[KeySettings], complaints: &mut Complaints) {
    let (mut names, mut hashes) = (BTreeSet::new(), BTreeSet::new());
    for (position, key) in keys.iter().enumerate() {
        let KeySettings { name, sha256, requests_per_second, concurrent, weight } = key;
        let field = |field: &str| format!("keys[{position}].{field}");
        if name.is_empty() || !names.insert(name) {
            complaints.add(field("name"), format!("is `{name}`, expected a name of its own"));
        }
        if sha256.len() != 64 || !sha256.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            // Somebody may have put the key itself there: it is not repeated.
            complaints.add(field("sha256"), "is no SHA-256, expected 64 hex digits, as `--new-key` prints them");
        } else if !hashes.insert(sha256.to_ascii_lowercase()) {
            complaints.add(field("sha256"), "is that of another key");
        }
        complaints.within(field("requests_per_second"), requests_per_second.unwrap_or(1), 1, 1_000_000);
        complaints.within(field("concurrent"), concurrent.unwrap_or(1), 1, 1_000_000);
        complaints.within(field("weight"), *weight, 1, 1000);
    }
}

fn check_ceilings(ceilings: &Ceilings, complaints: &mut Complaints) {
    let Ceilings { fuel, memory, output, files, disk } = ceilings;
    // Requests that ask for nothing have the defaults: those must be allowed. The largest are what fits a TOML number.
    let limits = Limits::default();
    let most_bytes = MOST_FRAME_BYTES as u64 - FRAME_MARGIN;
    complaints.within("ceilings.fuel", fuel.0, limits.fuel.0, i64::MAX as u64);
    complaints.within("ceilings.memory", memory.0, limits.memory.0, MOST_GUEST_MEMORY);
    complaints.within("ceilings.output", output.0, limits.output.0, most_bytes);
    complaints.within("ceilings.files", *files, limits.files, 1_000_000);
    complaints.within("ceilings.disk", disk.0, limits.disk.0, most_bytes);
    // What a program wrote comes back in one frame with its files.
    if output.0.saturating_add(disk.0) > most_bytes {
        complaints
            .add("ceilings.disk", format!("is {disk}, which is more than {most_bytes} bytes with `ceilings.output`"));
    }
}

fn check_http(http: &HttpSettings, complaints: &mut Complaints) {
    let HttpSettings { body, batch_body, batch_submissions, json_values, head, body_pause, connections } = http;
    complaints.within("http.body", body.0, 1024, MOST_FRAME_BYTES as u64 - FRAME_MARGIN);
    complaints.within("http.batch_body", batch_body.0, 1024, 1 << 40);
    complaints.within("http.batch_submissions", *batch_submissions, 1, 10_000_000);
    complaints.within("http.json_values", *json_values, 1, 1_000_000_000);
    complaints.within("http.head", head.0, 1, MOST_SECONDS);
    complaints.within("http.body_pause", body_pause.0, 1, MOST_SECONDS);
    complaints.within("http.connections", *connections, 1, 1_000_000);
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use proofhouse_types::{Bytes, Fuel, Seconds};

    use super::*;
    use crate::config::{LogSettings, QueueSettings, SuiteSettings};

    /// The settings have just these complaints, by their fields.
    fn check(config: &Config, fields: &[&str]) {
        let complaints = config.check().err().unwrap_or_default();
        let found: Vec<&str> = complaints.iter().map(|complaint| complaint.field.as_str()).collect();
        assert_eq!(found, fields, "{complaints:?}");
    }

    fn key(name: &str, sha256: &str) -> KeySettings {
        KeySettings {
            name: name.to_owned(),
            sha256: sha256.to_owned(),
            requests_per_second: None,
            concurrent: None,
            weight: 1,
        }
    }

    #[test]
    fn the_defaults_can_be_used() {
        check(&Config::default(), &[]);
    }

    #[test]
    fn an_address_that_others_reach_needs_a_key_or_a_word() {
        let at = |listen: &str| Config { listen: listen.to_owned(), ..Config::default() };
        for listen in ["127.0.0.1:0", "127.8.8.8:80", "[::1]:8080", "localhost:8080"] {
            check(&at(listen), &[]);
        }
        for listen in ["0.0.0.0:8080", "[::]:8080", "192.168.0.7:80", "example.org:80", "localhost.example.org:80"] {
            check(&at(listen), &["listen"]);
            check(&Config { insecure: true, ..at(listen) }, &[]);
            check(&Config { keys: vec![key("one", &"ab".repeat(32))], ..at(listen) }, &[]);
        }
        for listen in ["", "8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", ":8080", "a b:80", "::1:x"] {
            check(&Config { insecure: true, ..at(listen) }, &["listen"]);
        }
    }

    #[test]
    fn databases_and_collectors_are_of_known_kinds() {
        for database in ["sqlite:/var/x.db", "sqlite::memory:", "postgres://u@h/n", "postgresql://u@h/n"] {
            check(&Config { database: Some(database.to_owned()), ..Config::default() }, &[]);
        }
        for database in ["", "sqlite:", "mysql://u@h/n", "/var/x.db"] {
            check(&Config { database: Some(database.to_owned()), ..Config::default() }, &["database"]);
        }
        check(&Config { otlp: Some("http://127.0.0.1:4318/v1/traces".to_owned()), ..Config::default() }, &[]);
        for otlp in ["", "http://", "https://collector/v1/traces", "127.0.0.1:4318"] {
            check(&Config { otlp: Some(otlp.to_owned()), ..Config::default() }, &["otlp"]);
        }
    }

    #[test]
    fn numbers_stay_in_their_ranges() {
        let default = Config::default;
        check(&Config { workers: Some(0), ..default() }, &["workers"]);
        check(&Config { workers: Some(1024), ..default() }, &[]);
        check(&Config { workers: Some(1025), ..default() }, &["workers"]);
        check(&Config { retention_days: 0, ..default() }, &["retention_days"]);
        check(&Config { shutdown: Seconds(MOST_SECONDS + 1), ..default() }, &["shutdown"]);
        check(
            &Config { queue: QueueSettings { length: 0, max_wait_ms: 0 }, ..default() },
            &["queue.length", "queue.max_wait_ms"],
        );
        let ceilings = |change: fn(&mut Ceilings)| {
            let mut ceilings = Ceilings::default();
            change(&mut ceilings);
            Config { ceilings, ..default() }
        };
        check(&ceilings(|ceilings| ceilings.fuel = Limits::default().fuel), &[]);
        check(&ceilings(|ceilings| ceilings.fuel = Fuel(Limits::default().fuel.0 - 1)), &["ceilings.fuel"]);
        check(&ceilings(|ceilings| ceilings.memory = Bytes(MOST_GUEST_MEMORY)), &[]);
        check(&ceilings(|ceilings| ceilings.memory = Bytes(MOST_GUEST_MEMORY + 1)), &["ceilings.memory"]);
        let most = MOST_FRAME_BYTES as u64 - FRAME_MARGIN;
        check(&ceilings(|ceilings| ceilings.output = Bytes(1 << 30)), &["ceilings.output", "ceilings.disk"]);
        assert!(ceilings(|ceilings| ceilings.disk = Bytes(most_disk())).check().is_ok());
        check(&ceilings(|ceilings| ceilings.disk = Bytes(most_disk() + 1)), &["ceilings.disk"]);
        assert_eq!(most_disk() + Ceilings::default().output.0, most);
        check(&Config { http: HttpSettings { body: Bytes(most), ..HttpSettings::default() }, ..default() }, &[]);
        check(
            &Config { http: HttpSettings { body: Bytes(most + 1), ..HttpSettings::default() }, ..default() },
            &["http.body"],
        );
    }

    /// The largest ceiling on files with the default one on output.
    fn most_disk() -> u64 {
        MOST_FRAME_BYTES as u64 - FRAME_MARGIN - Ceilings::default().output.0
    }

    #[test]
    fn keys_have_names_and_hashes_of_their_own() {
        let with = |keys| Config { keys, ..Config::default() };
        let (one, other) = ("ab".repeat(32), "cd".repeat(32));
        check(&with(vec![key("a", &one), key("b", &other)]), &[]);
        check(&with(vec![key("a", &one), key("a", &other)]), &["keys[1].name"]);
        check(&with(vec![key("a", &one), key("b", &one.to_uppercase())]), &["keys[1].sha256"]);
        check(&with(vec![key("", "ph_secret")]), &["keys[0].name", "keys[0].sha256"]);
        check(
            &with(vec![KeySettings { weight: 0, concurrent: Some(0), ..key("a", &one) }]),
            &["keys[0].concurrent", "keys[0].weight"],
        );
    }

    #[test]
    fn a_complaint_never_repeats_a_secret() {
        let config = Config {
            database: Some("mysql://user:secret@host/name".to_owned()),
            keys: vec![key("a", "ph_secret")],
            ..Config::default()
        };
        let complaints = config.check().unwrap_err();
        assert!(complaints.iter().all(|complaint| !complaint.to_string().contains("secret")), "{complaints:?}");
    }

    #[test]
    fn suites_and_filters_are_looked_at() {
        let suite = |path: &str, name: &str| SuiteSettings { path: PathBuf::from(path), name: Some(name.to_owned()) };
        check(&Config { suites: vec![suite("a", "x"), suite("b", "x")], ..Config::default() }, &["suites[1].name"]);
        check(&Config { suites: vec![suite("", "x")], ..Config::default() }, &["suites[0].path"]);
        let log = |filter: &str| LogSettings { filter: filter.to_owned(), ..LogSettings::default() };
        check(&Config { log: log("info,proofhouse_service=debug"), ..Config::default() }, &[]);
        check(&Config { log: log("proofhouse_service=loud"), ..Config::default() }, &["log.filter"]);
    }
}
