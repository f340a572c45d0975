//! The keys that a server knows, by their digests: a key itself is compared and forgotten.

use std::num::NonZeroU32;
use std::sync::Arc;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::turn::Allowance;
use crate::config::{ConfigError, KeySettings};
use crate::dispatcher::{Client, TURNS};

/// All keys of a server. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Keys(Arc<[Known]>);

/// A key that is known.
pub(crate) struct Known {
    digest: [u8; 32],
    /// Whose it is.
    pub client: Client,
    /// How much it may ask.
    pub allowance: Allowance,
}

impl Keys {
    /// The keys of settings. That they can be used together is what [`Config::check`](crate::Config::check) says.
    ///
    /// # Errors
    /// A digest or a figure that is none: a key that were left out could leave a server that needs none.
    pub(crate) fn of(settings: &[KeySettings]) -> Result<Keys, ConfigError> {
        let known = settings.iter().enumerate().map(|(position, key)| {
            let KeySettings { name, sha256, requests_per_second, concurrent, weight } = key;
            let wrong = |field: &str, message: &str| ConfigError {
                field: format!("keys[{position}].{field}"),
                message: message.to_owned(),
            };
            let digest = digest(sha256).ok_or_else(|| wrong("sha256", "is no SHA-256, expected 64 hex digits"))?;
            let bound = |field: &str, figure: Option<u32>| match figure.map(NonZeroU32::new) {
                Some(None) => Err(wrong(field, "is 0, expected 1 or more, or nothing for no bound")),
                Some(bound) => Ok(bound),
                None => Ok(None),
            };
            let allowance =
                Allowance::of(bound("requests_per_second", *requests_per_second)?, bound("concurrent", *concurrent)?);
            Ok(Known {
                digest,
                client: Client { name: name.as_str().into(), weight: weight.saturating_mul(TURNS) },
                allowance,
            })
        });
        Ok(Keys(known.collect::<Result<_, _>>()?))
    }

    /// Whether everybody may ask.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The key of a name.
    pub(crate) fn named(&self, name: &str) -> Option<&Known> {
        self.0.iter().find(|known| *known.client.name == *name)
    }

    /// The key that was shown, where it is one of these. Takes as long whichever it is, and where it is none.
    pub(crate) fn find(&self, shown: &[u8]) -> Option<&Known> {
        let digest: [u8; 32] = Sha256::digest(shown).into();
        let mut found = None;
        for known in self.0.iter() {
            if bool::from(known.digest.ct_eq(&digest)) {
                found = Some(known);
            }
        }
        found
    }
}

fn digest(hex: &str) -> Option<[u8; 32]> {
    let digits: &[u8; 64] = hex.as_bytes().try_into().ok()?;
    let mut digest = [0; 32];
    for (byte, pair) in digest.iter_mut().zip(digits.chunks_exact(2)) {
        let digit = |digit: u8| char::from(digit).to_digit(16);
        *byte = (digit(pair[0])? * 16 + digit(pair[1])?) as u8;
    }
    Some(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_key_is_found_by_its_digest() {
        let digest = |key: &str| format!("{:x}", Sha256::digest(key));
        let keys = [key("one", &digest("ph_1")), key("other", &digest("ph_2").to_uppercase())];
        let keys = Keys::of(&keys).unwrap();
        let name = |shown: &str| keys.find(shown.as_bytes()).map(|known| known.client.name.to_string());
        assert_eq!(name("ph_1").as_deref(), Some("one"));
        assert_eq!(name("ph_2").as_deref(), Some("other"));
        for shown in ["", "ph_", &digest("ph_1"), "ph_11"] {
            assert_eq!(name(shown), None, "{shown}");
        }
    }

    #[test]
    fn what_is_no_digest_and_no_figure_is_refused() {
        let a = "a".repeat(64);
        let check = |key: KeySettings, expected: &str| {
            let error = Keys::of(&[key]).err().map(|error| error.to_string());
            assert_eq!(error.as_deref(), Some(expected));
        };
        for sha256 in [&a[1..], &"g".repeat(64), &"é".repeat(32), ""] {
            check(key("a", sha256), "`keys[0].sha256` is no SHA-256, expected 64 hex digits");
        }
        let none = "is 0, expected 1 or more, or nothing for no bound";
        check(KeySettings { concurrent: Some(0), ..key("a", &a) }, &format!("`keys[0].concurrent` {none}"));
        let rate = KeySettings { requests_per_second: Some(0), ..key("a", &a) };
        check(rate, &format!("`keys[0].requests_per_second` {none}"));
    }
}
