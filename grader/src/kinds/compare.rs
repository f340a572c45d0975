//! The output of a program against the expected one. Pure text; where they differ first is the message.

use proofhouse_types::Compare;

use super::cut;

/// Characters of a line or word that a message shows.
const QUOTED: usize = 200;
/// Numbers may differ by this much where the test does not say: what is left of a double's digits after some arithmetic.
const TOLERANCE: f64 = 1e-9;

/// The first difference; none where the output is as expected.
pub(super) fn difference(got: &str, expected: &str, compare: Compare, tolerance: Option<f64>) -> Option<String> {
    match compare {
        Compare::Exact if got == expected => None,
        Compare::Exact => first(got.split_inclusive('\n'), expected.split_inclusive('\n'), "line", |a, b| a == b),
        Compare::Trimmed => {
            let lines = |text: &str| text.trim_end().lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>();
            let (got, expected) = (lines(got), lines(expected));
            first(got.iter().map(String::as_str), expected.iter().map(String::as_str), "line", |a, b| a == b)
        }
        Compare::Tokens => first(got.split_whitespace(), expected.split_whitespace(), "word", |a, b| a == b),
        Compare::Numeric => {
            let tolerance = tolerance.unwrap_or(TOLERANCE);
            first(got.split_whitespace(), expected.split_whitespace(), "word", |a, b| same_number(a, b, tolerance))
        }
    }
}

/// Whether two words are equal, or numbers that are near: by the difference, or by its share of the expected one.
fn same_number(got: &str, expected: &str, tolerance: f64) -> bool {
    if got == expected {
        return true;
    }
    let (Ok(got), Ok(expected)) = (got.parse::<f64>(), expected.parse::<f64>()) else { return false };
    got == expected
        || (got.is_nan() && expected.is_nan())
        || (got.is_finite() && expected.is_finite() && (got - expected).abs() <= tolerance * expected.abs().max(1.0))
}

fn first<'t>(
    got: impl Iterator<Item = &'t str>,
    expected: impl Iterator<Item = &'t str>,
    what: &str,
    same: impl Fn(&str, &str) -> bool,
) -> Option<String> {
    let (mut got_parts, mut expected_parts) = (got.fuse(), expected.fuse());
    for number in 1.. {
        let (got, expected) = (got_parts.next(), expected_parts.next());
        // Newlines are quoted where they are the difference.
        let bare = |part: Option<&str>| part.map(|part| part.trim_end_matches('\n').to_owned());
        let newline = bare(got) == bare(expected);
        let said = |part: Option<&str>| match part {
            None => "nothing".to_owned(),
            Some(part) if newline => format!("{:?}", cut(part, QUOTED)),
            Some(part) => format!("{:?}", cut(part.trim_end_matches('\n'), QUOTED)),
        };
        match (got, expected) {
            (None, None) => return None,
            (Some(a), Some(b)) if same(a, b) => {}
            (a, b) => return Some(format!("{what} {number}: got {}, expected {}", said(a), said(b))),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_differ_where_their_comparison_says() {
        #[track_caller]
        fn check(compare: Compare, got: &str, expected: &str, message: &str) {
            assert_eq!(difference(got, expected, compare, None).unwrap_or_default(), message, "{got:?} {expected:?}");
        }
        use Compare::{Exact, Numeric, Tokens, Trimmed};
        check(Exact, "a\nb\n", "a\nb\n", "");
        check(Exact, "a\nb", "a\nb\n", r#"line 2: got "b", expected "b\n""#);
        check(Exact, "a \n", "a\n", r#"line 1: got "a ", expected "a""#);
        check(Trimmed, "a  \nb\r\n\n\n", "a\nb", "");
        check(Trimmed, "\na", "a", r#"line 1: got "", expected "a""#);
        check(Trimmed, "1\n5\n", "1\n6\n", r#"line 2: got "5", expected "6""#);
        check(Trimmed, "1", "1\n6", r#"line 2: got nothing, expected "6""#);
        check(Trimmed, "1\n7", "1", r#"line 2: got "7", expected nothing"#);
        check(Tokens, "1  2\n3", "1 2 3\n", "");
        check(Tokens, "1 2.0", "1 2", r#"word 2: got "2.0", expected "2""#);
        check(Numeric, "1 2.0", "1 2", "");
        check(Numeric, "0.30000000000000004", "0.3", "");
        check(Numeric, "0.3001", "0.3", r#"word 1: got "0.3001", expected "0.3""#);
        check(Numeric, "nan yes", "NaN yes", "");
        check(Numeric, "0.5", "inf", r#"word 1: got "0.5", expected "inf""#);
        check(Numeric, "1 no", "1 yes", r#"word 2: got "no", expected "yes""#);
        assert_eq!(difference("1000.5", "1000", Numeric, Some(1e-3)), None);
        assert_eq!(difference("1002", "1000", Numeric, Some(1e-3)).unwrap(), r#"word 1: got "1002", expected "1000""#);
    }
}
