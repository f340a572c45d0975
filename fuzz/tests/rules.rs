//! The rules on any text: no panic, and the same findings again.

use std::sync::LazyLock;

use proofhouse_rules::Analyser;
use proofhouse_syntax::Grammar;

/// Made once: reading the catalog takes longer than most texts do.
static ANALYSER: LazyLock<Analyser> = LazyLock::new(Analyser::new);

/// The examples that a text is made of, so that more than the prefilter is reached.
static EXAMPLES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let examples = |rule: proofhouse_rules::schema::Rule| rule.bad.into_iter().chain(rule.good);
    ANALYSER.rules().into_iter().flat_map(examples).map(|example| example.code).collect()
});

fn check(grammar: u8, text: &str) {
    let grammar = Grammar::ALL[usize::from(grammar) % Grammar::ALL.len()];
    let findings = ANALYSER.check(text, grammar);
    assert_eq!(findings, ANALYSER.check(text, grammar), "{grammar:?}: the same text, the same findings\n{text}");
    for edit in findings.iter().filter_map(|finding| finding.fix.as_ref()) {
        assert!(text.get(edit.start..edit.end).is_some(), "{grammar:?}: {edit:?} does not fit\n{text}");
    }
}

#[test]
fn any_bytes_are_read_without_a_panic() {
    bolero::check!().for_each(|bytes: &[u8]| {
        if let [grammar, text @ ..] = bytes {
            check(*grammar, &String::from_utf8_lossy(text));
        }
    });
}

#[test]
fn damaged_examples_are_read_without_a_panic() {
    bolero::check!().for_each(|bytes: &[u8]| {
        let [grammar, choices @ ..] = bytes else { return };
        let mut text: Vec<u8> = Vec::new();
        // Each four bytes choose an example, where it is cut, where it goes, and a byte between.
        for choice in choices.chunks_exact(4) {
            let example = &EXAMPLES[(usize::from(choice[0]) * 256 + usize::from(choice[1])) % EXAMPLES.len()];
            let cut = usize::from(choice[2]) * example.len() / 255;
            let at = usize::from(choice[3]) * text.len() / 255;
            let piece = example.bytes().take(cut).chain([choice[3]]);
            text.splice(at..at, piece);
        }
        check(*grammar, &String::from_utf8_lossy(&text));
    });
}
