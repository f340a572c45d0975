//! Literals that look random and that nothing names as something harmless.

use crate::native::{Hit, Source};
use crate::schema::Level;
use crate::secrets::checks::{contains_ignoring_case, entropy, is_encoded_content, is_made_up};
use crate::secrets::literals::Literal;
use crate::secrets::names::{is_harmless, promise};
use crate::secrets::provider_key::has_key;
use crate::secrets::{addresses, context, masked, span};

/// Shorter ones are ids and words; longer ones are data.
pub(crate) const LENGTHS: std::ops::RangeInclusive<usize> = 20..=200;

pub(crate) fn high_entropy(source: &Source<'_>) -> Vec<Hit> {
    let literals = source.literals;
    literals.list.iter().filter_map(|literal| hit(source, literal)).collect()
}

fn hit(source: &Source<'_>, literal: &Literal<'_>) -> Option<Hit> {
    let content = literal.content;
    if literal.has_holes {
        return None;
    }
    let confidence = randomness(content)?;
    if has_key(content) || addresses::find(content).is_some() {
        return None;
    }
    let place = context::place(source.text, literal);
    let name = place.map_or("", |place| place.name);
    // Those that are named like credentials are another rule's.
    if promise(name).is_some() || is_harmless(name) || is_of_something_harmless(source.text, literal) {
        return None;
    }
    Some(Hit {
        span: span(literal.start, literal.start + content.len()),
        name: name.to_owned(),
        value: masked(content),
        confidence,
    })
}

/// Whether the text right before the literal says that it is a hash, an address or an id.
fn is_of_something_harmless(text: &str, literal: &Literal<'_>) -> bool {
    const FARTHEST: usize = 60;
    let start = literal.whole.start as usize;
    let mut from = start.saturating_sub(FARTHEST);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let before = &text[from..start];
    let line = &before[before.rfind('\n').map_or(0, |at| at + 1)..];
    [
        "hash",
        "sha1",
        "sha2",
        "sha5",
        "md5",
        "checksum",
        "integrity",
        "digest",
        "class",
        "commit",
        "assert",
        "uuid",
        "href",
        "src=",
    ]
    .iter()
    .any(|part| contains_ignoring_case(line, part))
}

/// How random a text looks: medium for what nothing else explains, low for what may be a hash.
pub(super) fn randomness(text: &str) -> Option<Level> {
    // Eight bytes of base 64 that are random differ from their neighbours in kind more often than words do.
    const LEAST_CHANGES: f32 = 0.35;
    let bytes = text.as_bytes();
    if !LENGTHS.contains(&bytes.len()) || is_made_up(text) {
        return None;
    }
    let is_allowed = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'_' | b'-');
    if !bytes.iter().all(is_allowed) {
        return None;
    }
    let is_hex = bytes.iter().all(u8::is_ascii_hexdigit);
    if is_hex {
        let is_mixed = bytes.iter().any(u8::is_ascii_alphabetic) && bytes.iter().any(u8::is_ascii_digit);
        return (is_mixed && bytes.len() >= 32 && entropy(bytes) > 3.0).then_some(Level::Low);
    }
    let has = |test: fn(&u8) -> bool| bytes.iter().any(test);
    if !(has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase) && has(u8::is_ascii_digit))
        || is_encoded_content(bytes)
    {
        return None;
    }
    let kind = |byte: u8| match byte {
        b'a'..=b'z' => 0,
        b'A'..=b'Z' => 1,
        b'0'..=b'9' => 2,
        _ => 3,
    };
    let changes = bytes.windows(2).filter(|pair| kind(pair[0]) != kind(pair[1])).count();
    let longest =
        longest_run(bytes, |byte| byte.is_ascii_lowercase()).max(longest_run(bytes, |byte| byte.is_ascii_uppercase()));
    let share = changes as f32 / (bytes.len() - 1) as f32;
    // A text of 20 can't have more than 4.3 bits, one of 40 has some 4.8.
    let least = if bytes.len() < 32 { 3.6 } else { 4.2 };
    let marks = bytes.iter().filter(|byte| matches!(byte, b'-' | b'_' | b'/')).count();
    let is_random = capitalised(bytes) * 2 < bytes.len()
        && share >= LEAST_CHANGES
        && longest <= 7
        && entropy(bytes) >= least
        && marks * 6 <= bytes.len();
    is_random.then_some(if bytes.len() >= 24 { Level::Medium } else { Level::Low })
}

/// How many letters stand in words with a capital: in random text a quarter do, in names nearly all.
fn capitalised(bytes: &[u8]) -> usize {
    let mut count = 0;
    let mut at = 0;
    while at < bytes.len() {
        let length = bytes[at + 1..].iter().take_while(|byte| byte.is_ascii_lowercase()).count();
        if bytes[at].is_ascii_uppercase() && length >= 2 {
            count += length + 1;
        }
        at += length + 1;
    }
    count
}

fn longest_run(bytes: &[u8], belongs: impl Fn(u8) -> bool) -> usize {
    let mut longest = 0;
    let mut run = 0;
    for byte in bytes {
        run = if belongs(*byte) { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::randomness;
    use crate::schema::Level;

    #[test]
    fn random_texts_are_told_from_others() {
        for (text, expected) in [
            ("q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQ", Some(Level::Medium)),
            ("wJalrXUtnF3MI7K9MDENGbPxRfiCYzq1k8Lm2Vt0", Some(Level::Medium)),
            ("9f86d081884c7d659a2feaa0c55ad015", Some(Level::Low)),
            ("550e8400-e29b-41d4-a716-446655440000", None),
            ("getUserAccountInformationById2", None),
            ("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", None),
            ("iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAA", None),
            ("VGhlIHF1aWNrIGJyb3duIGZveCBqdW1wcw==", None),
            ("Lorem ipsum dolor sit amet", None),
            ("com/example/App2/MainActivity", None),
            ("btn-primary-large-rounded-2xl", None),
            ("application/vnd.api+json", None),
            ("SomeVeryLongConstantName2Value", None),
        ] {
            assert_eq!(randomness(text), expected, "{text}");
        }
    }
}
