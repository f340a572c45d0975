//! Applies the changes that mend findings.

use proofhouse::types::{Edit, Finding};

/// A text after some changes.
#[derive(Debug, PartialEq, Eq)]
pub struct Fixed {
    pub text: String,
    /// Changes that were made.
    pub made: usize,
    /// Changes that would have touched others, and were not.
    pub left: usize,
}

/// Makes the changes that don't touch each other, the first in the text first.
pub fn apply(text: &str, findings: &[Finding]) -> Fixed {
    let fits = |edit: &&Edit| text.get(edit.start..edit.end).is_some();
    let mut edits: Vec<&Edit> = findings.iter().filter_map(|finding| finding.fix.as_ref()).filter(fits).collect();
    edits.sort_by(|one, other| (one.start, one.end, &one.text).cmp(&(other.start, other.end, &other.text)));
    // Two findings may ask for the same change.
    edits.dedup();
    let mut fixed = Fixed { text: String::with_capacity(text.len()), made: 0, left: 0 };
    let (mut end, mut last) = (0, None);
    for edit in edits {
        if edit.start < end || last == Some(edit.start) {
            fixed.left += 1;
            continue;
        }
        fixed.text.push_str(&text[end..edit.start]);
        fixed.text.push_str(&edit.text);
        (end, last) = (edit.end, Some(edit.start));
        fixed.made += 1;
    }
    fixed.text.push_str(&text[end..]);
    fixed
}

#[cfg(test)]
mod tests {
    use proofhouse::types::{Category, Confidence, Place, Severity};

    use super::*;

    fn check(text: &str, edits: &[(usize, usize, &str)], expected: (&str, usize, usize)) {
        let finding = |&(start, end, text): &(usize, usize, &str)| Finding {
            rule: String::new(),
            category: Category::Security,
            severity: Severity::High,
            confidence: Confidence::High,
            cwe: Vec::new(),
            place: Place::default(),
            message: String::new(),
            flow: Vec::new(),
            damaged: false,
            fingerprint: String::new(),
            fix: Some(Edit { start, end, text: text.to_owned() }),
        };
        let fixed = apply(text, &edits.iter().map(finding).collect::<Vec<_>>());
        assert_eq!((fixed.text.as_str(), fixed.made, fixed.left), expected, "{edits:?}");
    }

    #[test]
    fn changes_that_touch_others_are_left() {
        check("abcdef", &[], ("abcdef", 0, 0));
        check("abcdef", &[(4, 5, "E"), (0, 1, "A")], ("AbcdEf", 2, 0));
        check("abcdef", &[(0, 3, "x"), (2, 4, "y"), (3, 4, "z")], ("xzef", 2, 1));
        check("abcdef", &[(2, 2, "x"), (2, 2, "y")], ("abxcdef", 1, 1));
        check("abcdef", &[(2, 2, "x"), (2, 2, "x")], ("abxcdef", 1, 0));
        check("abcdef", &[(0, 2, "x"), (2, 2, "y"), (6, 6, "!")], ("xycdef!", 3, 0));
    }

    #[test]
    fn changes_outside_the_text_are_none() {
        check("é", &[(1, 2, "x"), (0, 9, "x"), (2, 1, "x")], ("é", 0, 0));
    }
}
