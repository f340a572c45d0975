//! What rules find in a text, after the comments in it that ignore findings had their say.

use proofhouse_rules::schema::Rule;
use proofhouse_rules::{Analyser, Applied, apply_ignores, ignore_rules};
use proofhouse_syntax::Grammar;

use crate::suite::nearest;

/// What was found, and what comments ignore.
pub type Checked = Applied;

/// Checks a text. Findings come by place, with all confidences.
///
/// ```
/// use proofhouse::{Analyser, Grammar, check};
///
/// let analyser = Analyser::new();
/// let checked = check(&analyser, "def run(text):\n    return eval(text)\n", Grammar::Python);
/// assert_eq!(checked.findings[0].rule, "python/code-injection");
/// ```
pub fn check(analyser: &Analyser, text: &str, grammar: Grammar) -> Checked {
    apply_ignores(text, grammar, analyser.check(text, grammar), |rule| analyser.knows(rule))
}

/// Every rule that a finding can have, by id.
pub fn rules(analyser: &Analyser) -> Vec<Rule> {
    let mut rules = analyser.rules();
    rules.extend_from_slice(ignore_rules());
    rules.sort_by(|one, other| one.id.cmp(&other.id));
    rules
}

/// The rules that a name means: the one with this id, or all that have it behind their language.
///
/// # Errors
/// Where there is no such rule: the id that was probably meant, if one is near.
pub fn named<'r>(rules: &'r [Rule], name: &str) -> Result<Vec<&'r Rule>, Option<&'r str>> {
    let short = |rule: &'r Rule| rule.id.split_once('/').map_or(rule.id.as_str(), |(_, short)| short);
    let found: Vec<&Rule> = match rules.iter().find(|rule| rule.id == name) {
        Some(rule) => vec![rule],
        None => rules.iter().filter(|rule| short(rule) == name).collect(),
    };
    if !found.is_empty() {
        return Ok(found);
    }
    let ids: Vec<&str> = rules.iter().map(|rule| rule.id.as_str()).collect();
    let near_short = || {
        let names: Vec<&str> = rules.iter().map(short).collect();
        nearest(name, &names).and_then(|near| rules.iter().find(|rule| short(rule) == near))
    };
    Err(nearest(name, &ids).or_else(|| near_short().map(|rule| rule.id.as_str())))
}
