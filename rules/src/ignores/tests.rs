//! What comments ignore, and what is said of them.

use proofhouse_types::Place;

use super::*;
use crate::schema::Level;

fn finding_on(line: usize, end_line: usize, rule: &str) -> Finding {
    let place = Place { line, column: 1, end_line, end_column: 9 };
    Finding {
        rule: rule.to_owned(),
        category: Category::Security,
        severity: Severity::High,
        place,
        ..finding("", &nothing(), String::new())
    }
}

fn nothing() -> Comment<'static> {
    let place = Place::default();
    Comment { place, text: "", covers: 0, is_alone: false, rules: Vec::new(), reason: String::new() }
}

fn is_known(rule: &str) -> bool {
    ["sql", "shell", "x/sql", "x/shell"].contains(&rule)
}

/// The lines that are ignored of those that have a finding of `x/sql`, and what is said besides, as `line rule`.
fn check(grammar: Grammar, text: &str, findings: &[usize], ignored: &[usize], said: &[&str]) {
    let findings = findings.iter().map(|line| finding_on(*line, *line, "x/sql")).collect();
    let applied = apply(text, grammar, findings, is_known);
    let lines: Vec<usize> = applied.ignored.iter().map(|ignored| ignored.finding.place.line).collect();
    assert_eq!(lines, ignored, "{text}");
    let of_comments = applied.findings.iter().filter(|finding| finding.rule.starts_with("ignore/"));
    let of_comments: Vec<String> =
        of_comments.map(|finding| format!("{} {}", finding.place.line, finding.rule)).collect();
    assert_eq!(of_comments, said, "{text}");
}

#[test]
fn every_language_has_its_comments() {
    use Grammar::{Bash, C, CSharp, Cpp, Go, Java, JavaScript, Php, Python, Ruby, Rust, Sql, Tsx, TypeScript};
    for grammar in [Bash, Python, Ruby] {
        check(grammar, "f # proofhouse: ignore[sql] fine\n", &[1], &[1], &[]);
        check(grammar, "# proofhouse: ignore[sql] fine\nf\n", &[2], &[2], &[]);
    }
    for grammar in [C, CSharp, Cpp, Go, Java, JavaScript, Rust, Tsx, TypeScript] {
        check(grammar, "f(); // proofhouse: ignore[sql] fine\n", &[1], &[1], &[]);
        check(grammar, "f(); /* proofhouse: ignore[sql] fine */\n", &[1], &[1], &[]);
        check(grammar, "/* proofhouse: ignore[sql] fine */ f();\n", &[1], &[1], &[]);
        check(grammar, "// proofhouse: ignore[sql] fine\n/* more */\nf();\n", &[3], &[3], &[]);
        check(grammar, "/*\n proofhouse: ignore[sql] fine\n*/\nf();\n", &[4], &[4], &[]);
    }
    check(Rust, "/// proofhouse: ignore[sql] fine\nfn f() {}\n", &[2], &[2], &[]);
    check(Sql, "SELECT 1; -- proofhouse: ignore[sql] fine\n", &[1], &[1], &[]);
    check(Sql, "/* proofhouse: ignore[sql] fine */\nSELECT 1;\n", &[2], &[2], &[]);
    check(
        Php,
        "<?php\nf(); // proofhouse: ignore[sql] fine\ng(); # proofhouse: ignore[sql] fine\n",
        &[2, 3],
        &[2, 3],
        &[],
    );
    check(Php, "<p>\n<!-- proofhouse: ignore[sql] fine -->\n<?= $x ?>\n", &[3], &[3], &[]);
    check(Tsx, "const a = <p>\n  {/* proofhouse: ignore[sql] fine */}\n  <b x={y} />\n</p>;\n", &[3], &[3], &[]);
}

#[test]
fn a_comment_covers_its_line_or_the_next_that_is_no_comment() {
    let python = |text: &str, findings: &[usize], ignored: &[usize], said: &[&str]| {
        check(Grammar::Python, text, findings, ignored, said);
    };
    let unused = "1 ignore/unused";
    python("f # proofhouse: ignore[sql] fine\nf\n", &[1, 2], &[1], &[]);
    python("# proofhouse: ignore[sql] fine\n# more\nf\nf\n", &[3, 4], &[3], &[]);
    python("# proofhouse: ignore[sql] fine\n\nf\n", &[3], &[], &[unused]);
    python("# proofhouse: ignore[sql] fine", &[1], &[], &[unused]);
    python("f # proofhouse:ignore [ sql , shell ] - fine\n", &[1], &[1], &["1 ignore/unused"]);
    python("f # noqa  # proofhouse: ignore[sql] fine\n", &[1], &[1], &[]);
    python("f # proofhouse: ignore[sql] fine\r\nf\r\n", &[1, 2], &[1], &[]);
    python("f # proofhouse: ignore[x/sql] fine\n", &[1], &[1], &[]);
    python("f # proofhouse: ignore[y/sql] fine\n", &[1], &[], &["1 ignore/unknown-rule"]);
    python("# proofhouse: ignore[sql] one\n# proofhouse: ignore[shell] two\nf\n", &[3], &[3], &["2 ignore/unused"]);
}

#[test]
fn a_finding_of_several_lines_is_covered_at_its_start_and_at_its_end() {
    let ignored = |text: &str| {
        let findings = vec![finding_on(2, 4, "x/sql")];
        apply(text, Grammar::Python, findings, is_known).ignored.len()
    };
    assert_eq!(ignored("# proofhouse: ignore[sql] fine\nf(\n 1\n)\n"), 1);
    assert_eq!(ignored("\nf( # proofhouse: ignore[sql] fine\n 1\n)\n"), 1);
    assert_eq!(ignored("\nf(\n 1\n) # proofhouse: ignore[sql] fine\n"), 1);
    assert_eq!(ignored("\nf(\n 1 # proofhouse: ignore[sql] fine\n)\n"), 0);
    assert_eq!(ignored("\nf(\n # proofhouse: ignore[sql] fine\n)\n"), 0);
}

#[test]
fn words_that_are_no_comment_of_ours_do_nothing() {
    let nothing = |grammar: Grammar, text: &str| check(grammar, text, &[1, 2], &[], &[]);
    nothing(Grammar::Python, "f('# proofhouse: ignore[sql] fine')\nf");
    nothing(Grammar::Python, "\"\"\"\n# proofhouse: ignore[sql] fine\n\"\"\"\nf");
    nothing(Grammar::JavaScript, "f(`// proofhouse: ignore[sql] fine`)\nf");
    nothing(Grammar::Bash, "cat <<X\n# proofhouse: ignore[sql] fine\nX\n");
    nothing(Grammar::Python, "f # write `proofhouse: ignore[sql] fine`\n");
    nothing(Grammar::Python, "f # proofhouse: ignored\n");
    nothing(Grammar::Python, "f # see proofhouse: ignore comments\n");
    nothing(Grammar::Python, "f # proofhouse is a tool\n");
}

#[test]
fn what_is_wrong_with_a_comment_is_a_finding() {
    let python = |text: &str, ignored: &[usize], said: &[&str]| check(Grammar::Python, text, &[1], ignored, said);
    python("f # proofhouse: ignore[sql]\n", &[1], &["1 ignore/no-reason"]);
    python("f # proofhouse: ignore[sql] --\n", &[1], &["1 ignore/no-reason"]);
    python("f # proofhouse: ignore[sqk] fine\n", &[], &["1 ignore/unknown-rule"]);
    python("f # proofhouse: ignore\n", &[], &["1 ignore/unknown-rule"]);
    python("f # proofhouse: ignore sql, fine\n", &[], &["1 ignore/unknown-rule"]);
    python("f # proofhouse: ignore[] fine\n", &[], &["1 ignore/unknown-rule"]);
    python("f # proofhouse: ignore[shell]\n", &[], &["1 ignore/no-reason", "1 ignore/unused"]);
    check(Grammar::C, "f(); /* proofhouse: ignore[sql] */\n", &[1], &[1], &["1 ignore/no-reason"]);
}

#[test]
fn findings_about_comments_point_at_them_and_have_fingerprints() {
    let text = "é # proofhouse: ignore[shell] fine\né # proofhouse: ignore[shell] fine\n";
    let found = apply(text, Grammar::Python, Vec::new(), is_known).findings;
    assert_eq!(found[0].place, Place { line: 1, column: 5, end_line: 1, end_column: 35 });
    assert_eq!(found[0].fingerprint.len(), 16);
    assert_ne!(found[0].fingerprint, found[1].fingerprint);
}

#[test]
fn reasons_are_kept() {
    let applied = apply(
        "f(); /* proofhouse: ignore[sql]: only numbers */\n",
        Grammar::C,
        vec![finding_on(1, 1, "x/sql")],
        is_known,
    );
    assert_eq!(applied.ignored[0].reason, "only numbers");
}

#[test]
fn damaged_text_and_many_comments_are_read_in_linear_time() {
    check(Grammar::Python, "def f(:\n  f((( # proofhouse: ignore[sql] fine\n", &[2], &[2], &[]);
    let many = "# proofhouse: ignore[sql] fine\n".repeat(50_000) + "f\n";
    let applied = apply(&many, Grammar::Python, vec![finding_on(50_001, 50_001, "x/sql")], is_known);
    assert_eq!((applied.ignored.len(), applied.findings.len()), (1, 49_999));
}

#[test]
fn the_rules_about_comments_are_whole() {
    let ids: Vec<&str> = rules().iter().map(|rule| rule.id.as_str()).collect();
    assert_eq!(ids, [NO_REASON, UNKNOWN_RULE, UNUSED]);
    for rule in rules() {
        assert_eq!((rule.severity, rule.confidence), (Level::Low, Level::High));
        assert!(!rule.bad.is_empty() && !rule.good.is_empty());
    }
}
