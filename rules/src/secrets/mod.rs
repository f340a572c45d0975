//! Secrets that stand in a text: keys of providers, literals in places named like credentials, passwords in addresses, private
//! keys, and literals that look random.
//!
//! What is found is never shown in full.

mod addresses;
mod checks;
mod context;
mod entropy;
mod inside;
mod literals;
pub(crate) use entropy::LENGTHS as RANDOM_LENGTHS;
pub(crate) use literals::Literals;
mod named;
mod names;
mod private_keys;
mod program;
mod provider_key;
mod provider_table;
mod providers;
#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod tests;
mod values;

pub(crate) use addresses::password_in_address;
pub(crate) use entropy::high_entropy;
pub(crate) use named::named_credential;
pub(crate) use private_keys::private_key;
pub(crate) use provider_key::provider_key;

use crate::ir::Span;

/// A secret as a message may show it: its first characters, if that leaves enough unsaid, and its length.
pub(crate) fn masked(secret: &str) -> String {
    // Four of sixteen characters say which key it is and leave twelve to guess.
    const SHOWN: usize = 4;
    const LONG_ENOUGH: usize = 16;
    let length = secret.chars().count();
    if length < LONG_ENOUGH {
        return format!("({length} characters)");
    }
    let shown: String = secret.chars().take(SHOWN).collect();
    format!("{shown}… ({length} characters)")
}

fn span(start: usize, end: usize) -> Span {
    let offset = |byte: usize| u32::try_from(byte).expect("a text of 4 GiB is refused before");
    Span { start: offset(start), end: offset(end) }
}
