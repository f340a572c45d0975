//! One JSON object of a JSON lines file, its fields asked for by name and kind. Fields that nobody asks for are let be.

use std::collections::BTreeMap;
use std::io;

use serde::Deserialize;
use serde_json::value::RawValue;

/// Why a row could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RowError {
    #[error("not JSON: {message} at column `{column}`")]
    Json { message: String, column: usize },
    #[error("not UTF-8")]
    NotUtf8,
    #[error("longer than `{max_bytes}` bytes")]
    TooLong { max_bytes: u64 },
    #[error("the file can't be read any further: {0}")]
    Cut(io::Error),
    #[error("expected a JSON object, not {found}")]
    NotAnObject { found: &'static str },
    #[error("`{field}` is missing: expected {expected}")]
    Missing { field: &'static str, expected: &'static str },
    #[error("`{field}` must be {expected}, not {found}")]
    Kind { field: &'static str, expected: &'static str, found: &'static str },
    #[error("`{field}[{index}]` must be {expected}, not {found}")]
    ItemKind { field: &'static str, index: usize, expected: &'static str, found: &'static str },
    #[error("`{field}` holds text that is not JSON: {message}")]
    NestedJson { field: &'static str, message: String },
    #[error("`{field}` must not be empty")]
    Empty { field: &'static str },
    #[error("`atol` must be 0 or more, not `{atol}`")]
    Tolerance { atol: f64 },
    #[error("{inputs} `inputs` and {outputs} `outputs`: expected as many")]
    Lengths { inputs: usize, outputs: usize },
    #[error("not a task of any known format")]
    Unrecognised,
    #[error("a sample, not a task: it has a `completion` and no tests")]
    Sample,
    #[error("the task is in `{language}`: this version grades Python")]
    Language { language: String },
    #[error("MBPP+ is not in this version: its inputs stand for Python values that JSON doesn't have")]
    MbppPlus,
}

impl RowError {
    pub(crate) fn json(error: &serde_json::Error) -> RowError {
        let shown = error.to_string();
        let message = shown.rsplit_once(" at line ").map_or(shown.as_str(), |(message, _)| message).to_owned();
        RowError::Json { message, column: error.column() }
    }
}

/// The fields of one JSON object, each as it is written.
pub(crate) struct Row<'a> {
    fields: BTreeMap<String, &'a RawValue>,
}

impl<'a> Row<'a> {
    pub(crate) fn parse(text: &'a str) -> Result<Self, RowError> {
        let value: &RawValue = serde_json::from_str(text).map_err(|error| RowError::json(&error))?;
        match kind(value.get()) {
            "an object" => {
                let fields = serde_json::from_str(text).map_err(|error| RowError::json(&error))?;
                Ok(Row { fields })
            }
            found => Err(RowError::NotAnObject { found }),
        }
    }

    pub(crate) fn has(&self, field: &str) -> bool {
        self.fields.contains_key(field)
    }

    /// The field as it is written; null is as good as absent.
    pub(crate) fn raw(&self, field: &str) -> Option<&'a RawValue> {
        self.fields.get(field).copied().filter(|value| value.get() != "null")
    }

    pub(crate) fn required(&self, field: &'static str, expected: &'static str) -> Result<&'a RawValue, RowError> {
        self.raw(field).ok_or(RowError::Missing { field, expected })
    }

    pub(crate) fn text(&self, field: &'static str) -> Result<String, RowError> {
        value(field, "a text", self.required(field, "a text")?)
    }

    pub(crate) fn filled_text(&self, field: &'static str) -> Result<String, RowError> {
        let text = self.text(field)?;
        if text.trim().is_empty() { Err(RowError::Empty { field }) } else { Ok(text) }
    }

    pub(crate) fn optional_text(&self, field: &'static str) -> Result<Option<String>, RowError> {
        self.raw(field).map(|raw| value(field, "a text", raw)).transpose()
    }

    pub(crate) fn optional_number(&self, field: &'static str) -> Result<Option<f64>, RowError> {
        self.raw(field).map(|raw| value(field, "a number", raw)).transpose()
    }

    pub(crate) fn optional_texts(&self, field: &'static str) -> Result<Option<Vec<String>>, RowError> {
        let Some(raw) = self.raw(field) else { return Ok(None) };
        let items: Vec<&RawValue> = value(field, "a list of texts", raw)?;
        let text = |(index, item): (usize, &RawValue)| {
            let found = kind(item.get());
            serde_json::from_str(item.get()).map_err(|_| RowError::ItemKind { field, index, expected: "a text", found })
        };
        items.into_iter().enumerate().map(text).collect::<Result<_, _>>().map(Some)
    }

    pub(crate) fn texts(&self, field: &'static str) -> Result<Vec<String>, RowError> {
        self.optional_texts(field)?.ok_or(RowError::Missing { field, expected: "a list of texts" })
    }

    /// A name that some files write as a number: the number's own digits, or the text.
    pub(crate) fn text_or_number(&self, field: &'static str) -> Result<Option<TextOrNumber>, RowError> {
        let Some(raw) = self.raw(field) else { return Ok(None) };
        match kind(raw.get()) {
            "a number" => Ok(Some(TextOrNumber::Number(raw.get().to_owned()))),
            "a text" => value(field, "a text", raw).map(|text| Some(TextOrNumber::Text(text))),
            found => Err(RowError::Kind { field, expected: "a text or a number", found }),
        }
    }
}

/// A name as it was written.
pub(crate) enum TextOrNumber {
    /// In quotes.
    Text(String),
    /// The digits of a number.
    Number(String),
}

impl TextOrNumber {
    pub(crate) fn into_text(self) -> String {
        match self {
            TextOrNumber::Text(text) | TextOrNumber::Number(text) => text,
        }
    }
}

fn value<'a, T: Deserialize<'a>>(
    field: &'static str,
    expected: &'static str,
    raw: &'a RawValue,
) -> Result<T, RowError> {
    let wrong_kind = |_| RowError::Kind { field, expected, found: kind(raw.get()) };
    serde_json::from_str(raw.get()).map_err(wrong_kind)
}

/// What kind of JSON a text is, by its first character.
pub(crate) fn kind(json: &str) -> &'static str {
    match json.trim_start().as_bytes().first() {
        Some(b'"') => "a text",
        Some(b'{') => "an object",
        Some(b'[') => "a list",
        Some(b't' | b'f') => "true or false",
        Some(b'n') | None => "null",
        Some(_) => "a number",
    }
}
