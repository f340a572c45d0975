//! Amounts with their unit in the type, and the way people write them: `256MiB`, `10s`.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

/// Units of wasmtime fuel: about one for each wasm instruction, and one nanosecond of the guest's clock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct Fuel(pub u64);

/// A number of bytes. Parses `65536`, `64KiB`, `256MiB`, `1GiB` and `64kB`-style decimal units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline, extend("x-unit" = "bytes"))]
pub struct Bytes(pub u64);

/// A whole number of seconds. Parses `10`, `10s`, `5m` and `1h`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline, extend("x-unit" = "seconds"))]
pub struct Seconds(pub u64);

/// The text is not an amount of the unit that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {expected}")]
pub struct ParseAmountError {
    text: String,
    expected: &'static str,
}

const FUEL_FORM: &str = "a number of fuel units, such as `40000000000` or `40_000_000_000`";
const BYTES_FORM: &str = "a number of bytes, such as `65536`, `64KiB` or `256MiB`";
const SECONDS_FORM: &str = "a number of seconds, such as `10`, `10s` or `1h`";

/// A number, then one of the units; the empty unit is worth 1.
fn parse_amount(text: &str, units: &[(&str, u64)], expected: &'static str) -> Result<u64, ParseAmountError> {
    let error = || ParseAmountError { text: text.to_owned(), expected };
    let trimmed = text.trim();
    let split = trimmed.find(|c: char| !c.is_ascii_digit() && c != '_').unwrap_or(trimmed.len());
    let (digits, unit) = trimmed.split_at(split);
    let number: u64 = digits.replace('_', "").parse().map_err(|_| error())?;
    let unit = unit.trim();
    let (_, factor) = units.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit)).ok_or_else(error)?;
    number.checked_mul(*factor).ok_or_else(error)
}

impl FromStr for Fuel {
    type Err = ParseAmountError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse_amount(text, &[("", 1)], FUEL_FORM).map(Fuel)
    }
}

impl FromStr for Bytes {
    type Err = ParseAmountError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let units = [
            ("", 1),
            ("B", 1),
            ("kB", 1_000),
            ("MB", 1_000_000),
            ("GB", 1_000_000_000),
            ("KiB", 1 << 10),
            ("MiB", 1 << 20),
            ("GiB", 1 << 30),
        ];
        parse_amount(text, &units, BYTES_FORM).map(Bytes)
    }
}

impl FromStr for Seconds {
    type Err = ParseAmountError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse_amount(text, &[("", 1), ("s", 1), ("m", 60), ("h", 3600)], SECONDS_FORM).map(Seconds)
    }
}

impl fmt::Display for Fuel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (shift, unit) in [(30, "GiB"), (20, "MiB"), (10, "KiB")] {
            if self.0 >= 1 << shift && self.0.is_multiple_of(1 << shift) {
                return write!(f, "{}{unit}", self.0 >> shift);
            }
        }
        write!(f, "{}", self.0)
    }
}

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}s", self.0)
    }
}

/// Files may say `memory = 1048576` or `memory = "1MiB"`.
#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a whole number, 0 or more, or a text with a unit")]
enum NumberOrText {
    Number(u64),
    Text(String),
}

impl NumberOrText {
    fn amount<T: FromStr<Err = ParseAmountError>, E: serde::de::Error>(self, of: fn(u64) -> T) -> Result<T, E> {
        match self {
            NumberOrText::Number(number) => Ok(of(number)),
            NumberOrText::Text(text) => text.parse().map_err(E::custom),
        }
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        NumberOrText::deserialize(deserializer)?.amount(Bytes)
    }
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        NumberOrText::deserialize(deserializer)?.amount(Seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_parse_with_binary_and_decimal_units() {
        let cases = [
            ("65536", Some(65536)),
            ("64KiB", Some(65536)),
            ("64 kib", Some(65536)),
            ("256MiB", Some(256 << 20)),
            ("1GiB", Some(1 << 30)),
            ("64kB", Some(64_000)),
            ("16_384", Some(16_384)),
            ("", None),
            ("MiB", None),
            ("-1", None),
            ("1.5MiB", None),
            ("64 potatoes", None),
            ("99999999999GiB", None),
        ];
        for (text, expected) in cases {
            assert_eq!(text.parse::<Bytes>().ok(), expected.map(Bytes), "{text:?}");
        }
    }

    #[test]
    fn seconds_parse_with_units() {
        for (text, expected) in
            [("10", Some(10)), ("10s", Some(10)), ("5m", Some(300)), ("1h", Some(3600)), ("1d", None)]
        {
            assert_eq!(text.parse::<Seconds>().ok(), expected.map(Seconds), "{text:?}");
        }
    }

    #[test]
    fn an_error_shows_the_text_and_the_form() {
        let error = "lots".parse::<Bytes>().unwrap_err();
        assert_eq!(error.to_string(), "`lots` is not a number of bytes, such as `65536`, `64KiB` or `256MiB`");
    }

    #[test]
    fn bytes_print_in_the_largest_whole_unit() {
        for (bytes, text) in [(0, "0"), (1000, "1000"), (65536, "64KiB"), (256 << 20, "256MiB"), (3 << 30, "3GiB")] {
            assert_eq!(Bytes(bytes).to_string(), text);
        }
    }
}
