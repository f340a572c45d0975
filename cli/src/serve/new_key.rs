//! A new key for a client of the server.

use anyhow::{Context, Result};
use proofhouse_service::KeySettings;
use sha2::{Digest, Sha256};

use crate::text;

/// What keys begin with, so that tools that look for leaked secrets can know one.
const PREFIX: &str = "ph_";
/// Random bytes in a key: as many as its hash has.
const KEY_BYTES: usize = 32;

/// Prints the settings of a new key to stdout, and the key to stderr.
pub fn print(name: &str) -> Result<()> {
    let mut random = [0; KEY_BYTES];
    getrandom::fill(&mut random).context("getting random numbers")?;
    let key = format!("{PREFIX}{}", hex(&random));
    let settings = settings(name, &key);
    // JSON's texts are TOML's.
    let name_in_toml = serde_json::to_string(&settings.name)?;
    text::line(&format!("[[keys]]\nname = {name_in_toml}\nsha256 = \"{}\"", settings.sha256));
    text::error_text(&format!("the key of `{name}`, which is shown this once: {key}"));
    Ok(())
}

fn settings(name: &str, key: &str) -> KeySettings {
    let sha256 = hex(&Sha256::digest(key.as_bytes()));
    KeySettings { name: name.to_owned(), sha256, requests_per_second: None, concurrent: None, weight: 1 }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_that_of_the_keys_text() {
        // As `printf %s abc | sha256sum` has it.
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(settings("a", "abc").sha256, expected);
    }
}
