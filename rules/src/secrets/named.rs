//! Literals in places that are named like credentials.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use proofhouse_syntax::Grammar;

use crate::ir::ExprKind;
use crate::native::{Hit, Source};
use crate::schema::Level;
use crate::secrets::context::{self, Manner, Place};
use crate::secrets::inside::{self, Quotes};
use crate::secrets::literals::Literal;
use crate::secrets::names::{self, Promise};
use crate::secrets::provider_key::has_key;
use crate::secrets::{addresses, masked, program, span, values};

/// Parts of every name that promises a credential, and of the functions that take one by its position.
pub(super) const WORDS: [&str; 32] = [
    "pass",
    "pwd",
    "pswd",
    "secret",
    "token",
    "key",
    "auth",
    "cred",
    "jwt",
    "bearer",
    "senha",
    "kennwort",
    "contrasena",
    "basic ",
    "login",
    "sequelize",
    "mysql",
    "pdo(",
    "getconnection",
    "cipheriv",
    "createhmac",
    "tochararray",
    "hmac",
    "aes",
    "fernet",
    "ftp",
    "ldap",
    "simple_bind",
    "users",
    "userdb",
    "user_d",
    "accounts",
];

static SEARCH: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasick::builder().ascii_case_insensitive(true).build(WORDS).expect("a dozen short words fit any automaton")
});

pub(crate) fn named_credential(source: &Source<'_>) -> Vec<Hit> {
    let mut hits: Vec<Hit> = Vec::new();
    if !SEARCH.is_match(source.text) {
        return hits;
    }
    let literals = source.literals;
    for literal in &literals.list {
        if is_others(literal) {
            continue;
        }
        match credential(source, literal) {
            Some(hit) => hits.push(hit),
            None => inner(literal, &mut hits),
        }
    }
    for unnamed in program::unnamed(source.program) {
        let place = source.program.span(unnamed.literal);
        let ExprKind::Text(content) = source.program.kind(unnamed.literal) else { continue };
        let is_known = hits.iter().any(|hit| place.contains(hit.span) || hit.span.contains(place));
        if !is_known && !has_key(content) {
            hits.push(Hit { span: place, name: unnamed.name, value: masked(content), confidence: unnamed.confidence });
        }
    }
    for damaged in &source.program.damaged {
        let start = damaged.start as usize;
        for pair in inside::pairs(damaged.of(source.text), Quotes::Needed) {
            let place = span(start + pair.start, start + pair.end);
            let is_known = hits.iter().any(|hit| hit.span.contains(place) || place.contains(hit.span));
            if !is_known && !literals.is_comment(start + pair.start) {
                let value = masked(place.of(source.text));
                hits.push(Hit {
                    span: place,
                    name: pair.name.to_owned(),
                    value,
                    confidence: pair.confidence.min(Level::Medium),
                });
            }
        }
    }
    hits.sort_by_key(|hit| hit.span);
    hits.dedup_by_key(|hit| hit.span);
    hits
}

/// Whether another rule speaks of the literal.
fn is_others(literal: &Literal<'_>) -> bool {
    let content = literal.content;
    has_key(content) || content.contains("PRIVATE KEY-----") || addresses::find(content).is_some()
}

/// The literal itself as a credential.
fn credential(source: &Source<'_>, literal: &Literal<'_>) -> Option<Hit> {
    const LONGEST: usize = 512;
    let content = literal.content;
    if literal.has_holes || content.len() > LONGEST {
        return None;
    }
    let place = context::place(source.text, literal)?;
    let is_shell = source.grammar == Grammar::Bash;
    let touches = source.text.as_bytes().get((literal.whole.start as usize).wrapping_sub(1)) == Some(&b'=');
    // A shell's word is given to a name only if nothing stands between.
    if is_shell && place.manner == Manner::Given && !touches {
        return None;
    }
    let promise = names::promise(place.name).or_else(|| is_plain_key(&place, content).then_some(Promise::Token))?;
    let confidence = values::judge(content, place.name, promise)?;
    // `password: "Passwort"` is a label.
    let is_label = matches!(place.manner, Manner::Entry | Manner::Passed)
        && content.chars().next().is_some_and(char::is_uppercase)
        && content.chars().skip(1).all(|letter| letter.is_lowercase());
    Some(Hit {
        span: span(literal.start, literal.start + content.len()),
        name: place.name.to_owned(),
        value: masked(content),
        confidence: if is_label { Level::Low } else { confidence },
    })
}

/// Whether something that is called just `key` holds one of a cipher, not one of a map.
fn is_plain_key(place: &Place<'_>, content: &str) -> bool {
    let is_key = place.name.trim_start_matches(['$', '@']).eq_ignore_ascii_case("key");
    let is_dense = content.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='));
    is_key && place.manner == Manner::Given && is_dense && content.len() >= 16
}

/// The credentials inside the literal.
fn inner(literal: &Literal<'_>, hits: &mut Vec<Hit>) {
    let content = literal.content;
    if !SEARCH.is_match(content) {
        return;
    }
    let hit = |name: &str, start: usize, end: usize, confidence: Level| Hit {
        span: span(literal.start + start, literal.start + end),
        name: name.to_owned(),
        value: masked(&content[start..end]),
        confidence,
    };
    if let Some((name, start)) = inside::fallback(content) {
        let end = content.len() - 1;
        let level = names::promise(name).and_then(|promise| values::judge(&content[start..end], name, promise));
        hits.extend(level.map(|level| hit(name, start, end, level)));
        return;
    }
    if let Some((start, end)) = inside::authorization(content) {
        hits.push(hit("Authorization", start, end, Level::High));
        return;
    }
    hits.extend(
        inside::pairs(content, Quotes::Optional)
            .into_iter()
            .map(|pair| hit(pair.name, pair.start, pair.end, pair.confidence)),
    );
}
