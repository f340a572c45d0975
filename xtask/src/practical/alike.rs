//! Near-duplicates: how many runs of words two texts have in common (Broder 1997, "On the resemblance and containment of
//! documents").

use std::collections::BTreeSet;

use proofhouse::Suite;
use proofhouse_types::Task;

/// Words in a run. Prose has few such runs in common by chance; programs, whose words are fewer, take longer ones.
const PROSE: usize = 5;
const CODE: usize = 8;

/// The share of their runs that two texts may have in common. The closest prompts of this suite share 0.03 and the closest references
/// 0.15; a prompt with every tenth word changed still shares 0.42 with the old one, and a program 0.27.
const MOST: f64 = 0.25;
/// The same for solutions of one task, which solve the same problem: only what is all but the same program is too much.
const MOST_WITHIN: f64 = 0.9;

/// A text and the runs of words in it.
struct Shingled<'a> {
    name: String,
    task: &'a str,
    runs: BTreeSet<Vec<&'a str>>,
}

impl<'a> Shingled<'a> {
    fn new(name: String, task: &'a str, tokens: &[&'a str], length: usize) -> Shingled<'a> {
        Shingled { name, task, runs: tokens.windows(length).map(<[&str]>::to_vec).collect() }
    }

    /// The runs that two texts share, of all that they have.
    fn resemblance(&self, other: &Shingled<'_>) -> f64 {
        let shared = self.runs.intersection(&other.runs).count();
        let all = self.runs.len() + other.runs.len() - shared;
        if all == 0 { 0.0 } else { shared as f64 / all as f64 }
    }
}

/// The words of a text.
fn words(text: &str) -> Vec<&str> {
    text.split(|next: char| !is_of_word(next)).filter(|word| !word.is_empty()).collect()
}

/// The words of a program, and each of its signs.
fn tokens(program: &str) -> Vec<&str> {
    let pieces = program.split_inclusive(|next: char| !is_of_word(next));
    let apart = pieces.flat_map(|piece| {
        let sign =
            piece.char_indices().next_back().filter(|(_, last)| !is_of_word(*last)).map_or(piece.len(), |(at, _)| at);
        [&piece[..sign], &piece[sign..]]
    });
    apart.filter(|token| !token.trim().is_empty()).collect()
}

fn is_of_word(next: char) -> bool {
    next.is_alphanumeric() || next == '_'
}

/// Tasks that are nearly the same as others of the suite or of other suites, and solutions of one task that are nearly the same.
pub(super) fn problems(suite: &Suite, others: &[Suite]) -> Vec<String> {
    let of_suites = || std::iter::once(suite).chain(others).flat_map(|suite| &suite.tasks);
    let prompts: Vec<Shingled<'_>> = of_suites().map(prompt).collect();
    let references: Vec<Shingled<'_>> = of_suites().map(reference).collect();
    let mut problems = between(&prompts, suite.tasks.len());
    problems.extend(between(&references, suite.tasks.len()));
    for task in &suite.tasks {
        problems.extend(within(suite, task));
    }
    problems
}

fn prompt(task: &Task) -> Shingled<'_> {
    Shingled::new(format!("the prompt of {}", task.id), &task.id.0, &words(&task.prompt), PROSE)
}

fn reference(task: &Task) -> Shingled<'_> {
    let text = task.reference.as_deref().unwrap_or_default();
    Shingled::new(format!("the reference of {}", task.id), &task.id.0, &tokens(text), CODE)
}

/// Pairs of different tasks, one of them at least among the first ones.
fn between(texts: &[Shingled<'_>], first: usize) -> Vec<String> {
    let pairs = (0..first).flat_map(|one| (one + 1..texts.len()).map(move |other| (&texts[one], &texts[other])));
    pairs.filter(|(one, other)| one.task != other.task).filter_map(|(one, other)| told(one, other, MOST)).collect()
}

fn within(suite: &Suite, task: &Task) -> Vec<String> {
    let Some(files) = suite.natives.get(&task.id) else { return Vec::new() };
    let name =
        |file: &std::path::Path| format!("{}/{}", task.id, file.file_name().unwrap_or_default().to_string_lossy());
    let right = files.right.iter().map(|right| (name(&right.file), right.program.as_str()));
    let wrong = files.wrong.iter().map(|wrong| (name(&wrong.file), body(&wrong.program)));
    let others: Vec<Shingled<'_>> =
        right.chain(wrong).map(|(name, program)| Shingled::new(name, &task.id.0, &tokens(program), CODE)).collect();
    // A right program in the reference's words proves nothing; a wrong one may differ in little.
    let rights = &others[..files.right.len()];
    let mut problems: Vec<String> =
        rights.iter().filter_map(|right| told(&reference(task), right, MOST_WITHIN)).collect();
    for (position, one) in others.iter().enumerate() {
        problems.extend(
            others[position + 1..]
                .iter()
                .filter(|other| !one.runs.is_empty() && one.runs == other.runs)
                .map(|other| format!("{} and {} are the same program", one.name, other.name)),
        );
    }
    problems
}

/// A wrong program without its first lines.
fn body(program: &str) -> &str {
    let lines = program.split_inclusive('\n').take_while(|line| line.starts_with('#') || line.starts_with("--"));
    &program[lines.map(str::len).sum::<usize>()..]
}

fn told(one: &Shingled<'_>, other: &Shingled<'_>, most: f64) -> Option<String> {
    let resemblance = one.resemblance(other);
    (resemblance > most)
        .then(|| format!("{} and {} are alike: {:.0} % of their words", one.name, other.name, resemblance * 100.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(one: &str, other: &str, expected: f64) {
        let shingled = |text| Shingled::new(String::new(), "", &words(text), 2);
        assert!((shingled(one).resemblance(&shingled(other)) - expected).abs() < 1e-9, "{one} / {other}");
    }

    #[test]
    fn resemblance_is_the_share_of_common_runs() {
        check("a b c", "a b c", 1.0);
        check("a b c", "a, b; c!", 1.0);
        check("a b c", "a b d", 1.0 / 3.0);
        check("a b c", "c b a", 0.0);
        check("a", "a", 0.0);
    }

    #[test]
    fn signs_are_tokens_of_their_own() {
        assert_eq!(tokens("a_b<=2 # é\n"), ["a_b", "<", "=", "2", "#", "é"]);
    }

    #[test]
    fn the_first_lines_of_a_wrong_program_do_not_count() {
        assert_eq!(body("# fails: a; because b\n# mistake: c\nx = 1\n"), "x = 1\n");
        assert_eq!(body("-- fails: a; because b"), "");
    }
}
