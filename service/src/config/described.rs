//! The settings as people read of them: each key with what it means and what it takes, from the doc comments of the types.

use proofhouse::suite::Keys;
use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::settings::{
    Ceilings, Config, HttpSettings, KeySettings, LogSettings, QueueSettings, SuiteSettings, WorkerSettings,
};

/// One key of the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Its path, such as `queue.length`, or `keys[].sha256` in a list of tables.
    pub path: String,
    /// What it means, and its unit.
    pub about: String,
    /// What it takes.
    pub expects: Expects,
}

/// What a key takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expects {
    /// A whole number.
    Number,
    /// A number of bytes, with a unit or without.
    Bytes,
    /// A number of seconds, with a unit or without.
    Seconds,
    /// `true` or `false`.
    Switch,
    /// A text.
    Text,
    /// One of some words.
    OneOf(Vec<String>),
    /// A table, or a list of tables, whose keys follow.
    Tables,
}

impl std::fmt::Display for Expects {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Expects::Number => f.write_str("a whole number"),
            Expects::Bytes => f.write_str("a number of bytes, such as `65536`, `64KiB` or `256MiB`"),
            Expects::Seconds => f.write_str("a number of seconds, such as `10`, `10s` or `1h`"),
            Expects::Switch => f.write_str("`true` or `false`"),
            Expects::Text => f.write_str("a text"),
            Expects::OneOf(words) => write!(f, "`{}`", words.join("` or `")),
            Expects::Tables => f.write_str("a table"),
        }
    }
}

impl Config {
    /// The keys that a file of settings may have.
    #[must_use]
    pub fn keys_of_file() -> Keys {
        Keys::of::<Config>()
            .with("suites", Keys::of::<SuiteSettings>())
            .with("keys", Keys::of::<KeySettings>())
            .with("queue", Keys::of::<QueueSettings>())
            .with("worker", Keys::of::<WorkerSettings>())
            .with("ceilings", Keys::of::<Ceilings>())
            .with("http", Keys::of::<HttpSettings>())
            .with("log", Keys::of::<LogSettings>())
    }

    /// Every key with what it means, in the order of the types.
    #[must_use]
    pub fn described() -> Vec<Setting> {
        let schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Config>();
        let mut settings = Vec::new();
        describe(schema.as_value(), schema.as_value(), &Config::keys_of_file(), "", &mut settings);
        settings
    }
}

fn describe(root: &Value, table: &Value, keys: &Keys, prefix: &str, settings: &mut Vec<Setting>) {
    for name in keys.names() {
        let property = &table["properties"][*name];
        let path = format!("{prefix}{name}");
        let about = property["description"].as_str().expect("every field has a doc comment");
        let one_line = about.split_whitespace().collect::<Vec<_>>().join(" ");
        settings.push(Setting { path: path.clone(), about: one_line, expects: expects(root, property) });
        if let Some(below) = keys.below(name) {
            let (table, prefix) = match property.get("items") {
                Some(item) => (resolved(root, item), format!("{path}[].")),
                None => (resolved(root, property), format!("{path}.")),
            };
            describe(root, table, below, &prefix, settings);
        }
    }
}

fn expects(root: &Value, property: &Value) -> Expects {
    // What may be left out is this or null.
    let property = property["anyOf"].get(0).unwrap_or(property);
    match property["x-unit"].as_str() {
        Some("bytes") => return Expects::Bytes,
        Some("seconds") => return Expects::Seconds,
        Some(_) | None => {}
    }
    let schema = resolved(root, property);
    let words = schema["oneOf"].as_array().into_iter().flatten().filter_map(|word| word["const"].as_str());
    let words: Vec<String> = words.map(str::to_owned).collect();
    if !words.is_empty() {
        return Expects::OneOf(words);
    }
    match schema["type"].as_str().or_else(|| schema["type"][0].as_str()) {
        Some("integer") => Expects::Number,
        Some("boolean") => Expects::Switch,
        Some("string") => Expects::Text,
        Some(_) | None => Expects::Tables,
    }
}

fn resolved<'s>(root: &'s Value, schema: &'s Value) -> &'s Value {
    let name = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix("#/$defs/"));
    name.map_or(schema, |name| &root["$defs"][name])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_says_what_it_takes() {
        let settings = Config::described();
        let expected = [
            ("listen", Expects::Text),
            ("workers", Expects::Number),
            ("insecure", Expects::Switch),
            ("result_cache", Expects::Bytes),
            ("shutdown", Expects::Seconds),
            ("keys", Expects::Tables),
            ("keys[].sha256", Expects::Text),
            ("keys[].weight", Expects::Number),
            ("suites[].path", Expects::Text),
            ("queue", Expects::Tables),
            ("queue.length", Expects::Number),
            ("ceilings.fuel", Expects::Number),
            ("http.body", Expects::Bytes),
            ("log.format", Expects::OneOf(vec!["text".to_owned(), "json".to_owned()])),
        ];
        for (path, expects) in expected {
            let setting = settings.iter().find(|setting| setting.path == path).expect(path);
            assert_eq!(setting.expects, expects, "{path}");
            assert!(!setting.about.is_empty(), "{path}");
        }
    }
}
