//! The real name that was probably meant.

/// Longer names get no suggestion: nobody mistypes them, and the comparison costs the square of the length.
const LONGEST: usize = 64;

/// Names shorter than this are one edit away from too many others.
const SHORTEST: usize = 3;

/// The candidate that is nearest to a name; of equally near ones, the first in the order of the alphabet.
///
/// Near is at most one edit (insert, delete, replace, swap of neighbours) for each three letters, as in rustc's suggestions; or, failing
/// that, a candidate one of whose words is the name: `ascii_letters` for `letters`.
pub(super) fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    if !(SHORTEST..=LONGEST).contains(&name.len()) || !name.is_ascii() {
        return None;
    }
    let mut edits = Edits::default();
    candidates
        .filter(|candidate| candidate.len() <= LONGEST && (name.starts_with('_') || !candidate.starts_with('_')))
        .filter_map(|candidate| Some((rank(name, candidate, &mut edits)?, candidate)))
        .min()
        .map(|(_, candidate)| candidate)
}

/// How far a candidate is, if it is near.
fn rank(name: &str, candidate: &str, edits: &mut Edits) -> Option<usize> {
    let most = name.len().max(SHORTEST) / 3;
    if name.eq_ignore_ascii_case(candidate) {
        return Some(0);
    }
    if name.len().abs_diff(candidate.len()) <= most {
        let distance = edits.between(name.as_bytes(), candidate.as_bytes());
        if distance <= most {
            return Some(distance);
        }
    }
    // A word of three letters is in too many names.
    let is_word = name.len() > SHORTEST && candidate.split('_').any(|word| word == name);
    is_word.then(|| LONGEST + candidate.len())
}

/// Optimal string alignment distance, with the rows of its table kept between calls.
#[derive(Default)]
struct Edits {
    before_last: Vec<usize>,
    last: Vec<usize>,
    row: Vec<usize>,
}

impl Edits {
    fn between(&mut self, left: &[u8], right: &[u8]) -> usize {
        self.last.clear();
        self.last.extend(0..=right.len());
        for (i, &a) in left.iter().enumerate() {
            self.row.clear();
            self.row.push(i + 1);
            for (j, &b) in right.iter().enumerate() {
                let replaced = self.last[j] + usize::from(a != b);
                let mut least = replaced.min(self.last[j + 1] + 1).min(self.row[j] + 1);
                if i > 0 && j > 0 && a == right[j - 1] && left[i - 1] == b {
                    least = least.min(self.before_last[j - 1] + 1);
                }
                self.row.push(least);
            }
            std::mem::swap(&mut self.before_last, &mut self.last);
            std::mem::swap(&mut self.last, &mut self.row);
        }
        self.last[right.len()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, candidates: &str, expected: Option<&str>) {
        assert_eq!(nearest(name, candidates.split(' ')), expected, "{name}");
    }

    #[test]
    fn the_nearest_name_is_found() {
        check("sqr", "sin sqrt sq", Some("sq"));
        check("sqrrt", "sin sqrt isqrt", Some("sqrt"));
        check("Counter", "counter deque", Some("counter"));
        check("joni", "join jon", Some("join"));
        check("letters", "ascii_letters ascii_lowercase digits", Some("ascii_letters"));
        check("parse", "dump dumps load", None);
        check("ab", "ac", None);
        check("exot", "_exit exit", Some("exit"));
        check("_exot", "_exit exit", Some("_exit"));
        check("naïve", "naive", None);
    }

    #[test]
    fn long_names_get_no_suggestion() {
        let longest = "a".repeat(LONGEST);
        assert_eq!(nearest(&longest, [longest.as_str()].into_iter()), Some(longest.as_str()));
        let longer = "a".repeat(LONGEST + 1);
        assert_eq!(nearest(&longer, [longest.as_str()].into_iter()), None);
    }
}
