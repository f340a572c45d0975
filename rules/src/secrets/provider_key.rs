//! Keys of providers, wherever in a text they stand.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};

use crate::native::{Hit, Source};
use crate::secrets::provider_table::PROVIDERS;
use crate::secrets::providers::{Anchor, Match, Provider};
use crate::secrets::{masked, span};

/// Every anchor, and which provider each one is of.
struct Anchors {
    search: AhoCorasick,
    providers: Vec<usize>,
}

static ANCHORS: LazyLock<Anchors> = LazyLock::new(|| {
    let mut texts = Vec::new();
    let mut providers = Vec::new();
    for (at, provider) in PROVIDERS.iter().enumerate() {
        for text in anchors(provider) {
            texts.push(text);
            providers.push(at);
        }
    }
    let search = AhoCorasickBuilder::new()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::Standard)
        .build(texts)
        .expect("some hundred short words fit any automaton");
    Anchors { search, providers }
});

pub(super) fn anchors(provider: &Provider) -> impl Iterator<Item = &'static str> {
    let (many, one) = match provider.anchor {
        Anchor::Prefix(texts) | Anchor::Keyword(texts) => (texts, None),
        Anchor::Infix { text, .. } => (&[] as &[&str], Some(text)),
    };
    many.iter().copied().chain(one)
}

pub(crate) fn provider_key(source: &Source<'_>) -> Vec<Hit> {
    let mut hits = Vec::new();
    for (found, provider) in keys(source.text) {
        let key = &source.text[found.start..found.end];
        hits.push(Hit {
            span: span(found.start, found.end),
            name: provider.name.to_owned(),
            value: masked(key),
            confidence: found.confidence,
        });
    }
    hits
}

/// The keys of a text, in its order; of two that overlap, the one that begins first, then the longer, then the surer one.
pub(super) fn keys(text: &str) -> Vec<(Match, &'static Provider)> {
    let mut found: Vec<(Match, &'static Provider)> = Vec::new();
    for hit in ANCHORS.search.find_overlapping_iter(text) {
        let provider = &PROVIDERS[ANCHORS.providers[hit.pattern().as_usize()]];
        if let Some(matched) = provider.matches(text, hit.start(), hit.end()) {
            found.push((matched, provider));
        }
    }
    found.sort_by_key(|(matched, _)| (matched.start, usize::MAX - matched.end, std::cmp::Reverse(matched.confidence)));
    let mut end = 0;
    found.retain(|(matched, _)| {
        let is_new = matched.start >= end;
        if is_new {
            end = matched.end;
        }
        is_new
    });
    found
}

/// Whether a text has a key of a provider.
pub(super) fn has_key(text: &str) -> bool {
    !keys(text).is_empty()
}
