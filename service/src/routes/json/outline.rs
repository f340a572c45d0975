//! One pass over a JSON document before it is read into types: whether it is JSON at all, how many values it has, and
//! whether an object has a key twice. serde_json refuses what is nested more than 128 deep on the way.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::error::ApiError;

/// What an object counts: in memory a small one takes some 650 bytes, and a number 32.
const VALUES_OF_AN_OBJECT: usize = 16;

/// Objects of more keys than this are searched by hash. Those of requests have a dozen.
const FEW_KEYS: usize = 16;

/// Checks a document of at most so many values.
///
/// # Errors
/// [`ApiError::Unreadable`] for what is no JSON, or too large a document; [`ApiError::Invalid`] for a key that comes twice,
/// since readers differ in which of the two they hear.
pub(crate) fn check(bytes: &[u8], most_values: usize) -> Result<(), ApiError> {
    let mut left = most_values;
    let mut repeated = None;
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let read = Node { left: &mut left, repeated: &mut repeated }.deserialize(&mut json).and_then(|()| json.end());
    let Err(error) = read else { return Ok(()) };
    match repeated {
        Some(key) => {
            Err(ApiError::Invalid { field: None, message: format!("the key `{key}` comes twice, {}", at(&error)) })
        }
        None if left == 0 && error.is_data() => {
            Err(ApiError::Unreadable(format!("the JSON has more than {most_values} values")))
        }
        None => Err(ApiError::Unreadable(format!("no JSON: {error}"))),
    }
}

fn at(error: &serde_json::Error) -> String {
    format!("at line {} column {}", error.line(), error.column())
}

/// One value and all below it.
struct Node<'n> {
    left: &'n mut usize,
    repeated: &'n mut Option<String>,
}

impl Node<'_> {
    fn below(&mut self) -> Node<'_> {
        Node { left: self.left, repeated: self.repeated }
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        match self.left.checked_sub(1) {
            Some(left) => *self.left = left,
            None => return Err(D::Error::custom("too many values")),
        }
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(self.below())?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<(), A::Error> {
        match self.left.checked_sub(VALUES_OF_AN_OBJECT - 1) {
            Some(left) => *self.left = left,
            None => {
                *self.left = 0;
                return Err(A::Error::custom("too many values"));
            }
        }
        let mut few: Vec<Cow<'de, str>> = Vec::new();
        let mut many: HashSet<Cow<'de, str>> = HashSet::new();
        while let Some(Key(key)) = entries.next_key()? {
            if few.contains(&key) || many.contains(&key) {
                *self.repeated = Some(key.into_owned());
                return Err(A::Error::custom("a key comes twice"));
            }
            if few.len() < FEW_KEYS {
                few.push(key);
            } else {
                many.insert(key);
            }
            entries.next_value_seed(self.below())?;
        }
        Ok(())
    }
}

#[derive(Deserialize)]
struct Key<'k>(#[serde(borrow)] Cow<'k, str>);

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_refused(text: impl AsRef<[u8]>, most: usize, expected: &str) {
        let error = check(text.as_ref(), most).expect_err(expected);
        assert!(error.to_string().starts_with(expected), "{error}");
        let is_invalid = matches!(error, ApiError::Invalid { .. });
        assert_eq!(is_invalid, expected.starts_with("the key"), "{error}");
    }

    #[test]
    fn values_are_counted_exactly() {
        // The object, the list, three numbers, the inner object, its text, and null.
        let text = r#"{"a": [1, 2.5, -3, {"b": "c,[{:"}], "d": null}"#;
        let values = 6 + 2 * VALUES_OF_AN_OBJECT;
        assert_eq!(check(text.as_bytes(), values), Ok(()));
        check_refused(text, values - 1, &format!("the JSON has more than {} values", values - 1));
        check_refused("[{}]", VALUES_OF_AN_OBJECT, "the JSON has more than 16 values");
        let million = format!("[{}0]", "0,".repeat(999_998));
        assert_eq!(check(million.as_bytes(), 1_000_000), Ok(()));
        check_refused(&million, 999_999, "the JSON has more than 999999 values");
        assert_eq!(check(b"0", 1), Ok(()));
        check_refused(b"0", 0, "the JSON has more than 0 values");
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth: usize| [vec![b'['; depth], vec![b']'; depth]].concat();
        assert_eq!(check(&nested(127), 1000), Ok(()));
        check_refused(nested(128), 1000, "no JSON: recursion limit exceeded");
        check_refused(nested(100_000), 1_000_000, "no JSON: recursion limit exceeded");
        let objects = format!("{}1{}", "{\"a\":".repeat(100_000), "}".repeat(100_000));
        check_refused(objects, 1_000_000, "no JSON: recursion limit exceeded");
    }

    #[test]
    fn what_is_no_json_is_unreadable() {
        check_refused("", 99, "no JSON: EOF while parsing");
        check_refused([0; 1000], 99, "no JSON: expected value at line 1 column 1");
        check_refused("\"a\0\"", 99, "no JSON: control character");
        check_refused(b"\"\xff\xfe\"", 99, "no JSON: invalid unicode code point");
        check_refused(b"{\"\xff\": 1}", 99, "no JSON: invalid unicode code point");
        check_refused(r#""\ud800""#, 99, "no JSON: ");
        check_refused("{} {}", 99, "no JSON: trailing characters");
        check_refused("{\"a\": 1,}", 99, "no JSON: trailing comma");
        check_refused("1e999", 99, "no JSON: number out of range");
        check_refused("NaN", 99, "no JSON: expected value");
    }

    #[test]
    fn a_key_comes_once() {
        check_refused(r#"{"a": 1, "a": 2}"#, 99, "the key `a` comes twice, at line 1 column ");
        check_refused(r#"{"a": {"b": 1, "\u0062": 2}}"#, 99, "the key `b` comes twice");
        let keys: Vec<String> = (0..100).map(|number| format!("\"k{number}\": {number}")).collect();
        assert_eq!(check(format!("{{{}}}", keys.join(",")).as_bytes(), 1000), Ok(()));
        check_refused(format!("{{{}, \"k99\": 0}}", keys.join(",")), 1000, "the key `k99` comes twice");
        assert_eq!(check(br#"[{"a": 1}, {"a": 1}]"#, 99), Ok(()));
    }
}
