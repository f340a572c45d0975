//! Whether a prompt says what its tests rely on: every name of the solution that they use, and every text that solution and tests
//! have to agree in. It finds what is missing word for word; what is missing in meaning takes a person.

use std::collections::BTreeSet;

use proofhouse::Suite;
use proofhouse_types::{CallCase, CallCheck, Check, CliCheck, CliStep, IoCase, IoCheck, Language, Task, TestCase};
use serde_json::Value;

/// Texts shorter than this are punctuation and units, which tests and solutions have in common by chance.
const SHORTEST: usize = 3;

/// What every program of the language has, whoever wrote the prompt.
const KNOWN: [&str; 3] = ["utf-8", "__main__", ":memory:"];

pub(super) fn problems(suite: &Suite) -> Vec<String> {
    suite.tasks.iter().flat_map(of_task).collect()
}

fn of_task(task: &Task) -> Vec<String> {
    let reference = without_comments(task.reference.as_deref().unwrap_or_default(), task.language);
    let tests: String = task.tests.iter().map(text_of).collect::<Vec<_>>().join("\n");
    let in_prompt: BTreeSet<String> = words(&task.prompt).into_iter().map(|word| word.to_lowercase()).collect();
    let said = |name: &str| in_prompt.contains(&name.to_lowercase());
    let used: BTreeSet<String> = match task.language {
        Language::Python => used(&reference, &tests),
        // Whatever of a schema the reference names.
        Language::Sql => {
            let shared = words(&schemas(task)).intersection(&words(&reference)).cloned().collect::<BTreeSet<_>>();
            shared.into_iter().filter(|word| !is_keyword(word)).collect()
        }
    };
    let unsaid = used.iter().filter(|name| !said(name));
    let mut problems: Vec<String> =
        unsaid.map(|name| format!("{}: tests use `{name}`, of which the prompt says nothing", task.id)).collect();
    let prompt = task.prompt.to_lowercase();
    let agreed = literals(&reference);
    let is_agreed = |text: &&String| {
        text.chars().filter(|letter| letter.is_alphanumeric()).count() >= SHORTEST
            && tests.contains(text.as_str())
            && !KNOWN.contains(&text.as_str())
    };
    let unsaid = agreed.iter().filter(is_agreed).filter(|text| !prompt.contains(&text.to_lowercase()));
    problems.extend(
        unsaid.map(|text| {
            format!("{}: tests and reference agree in `{text}`, of which the prompt says nothing", task.id)
        }),
    );
    for name in raised(task).into_iter().filter(|name| !said(name)) {
        problems.push(format!("{}: tests expect `{name}`, of which the prompt says nothing", task.id));
    }
    problems
}

/// What a test is made of, as one text.
fn text_of(test: &TestCase) -> String {
    match &test.check {
        Check::Assert(check) => check.code.clone(),
        Check::Unittest(check) => check.code.clone(),
        Check::Http(check) => format!("{}\n{}", check.code, json(&check.endpoints)),
        Check::Efficiency(check) => check.generator.clone(),
        Check::Sql(check) => format!("{}\n{}", check.schema, check.query.as_deref().unwrap_or_default()),
        // Without what cases and steps are called, which is for reports.
        Check::Io(check) => {
            let cases = check.cases.iter().map(|case| IoCase { name: None, ..case.clone() }).collect();
            json(&IoCheck { cases, ..check.clone() })
        }
        Check::Call(check) => {
            let cases = check.cases.iter().map(|case| CallCase { name: None, ..case.clone() }).collect();
            json(&CallCheck { cases, ..check.clone() })
        }
        Check::Cli(check) => {
            let steps = check.steps.iter().map(|step| CliStep { name: None, ..step.clone() }).collect();
            json(&CliCheck { steps, ..check.clone() })
        }
        // The tests are the submission's there.
        Check::Generated(_) | Check::Security(_) | Check::Reference(_) => String::new(),
    }
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).map_or_else(|_| String::new(), |value| texts(&value).join("\n"))
}

/// The texts and keys in a value.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(entries) => {
            entries.iter().flat_map(|(key, value)| [vec![key.clone()], texts(value)].concat()).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}

fn schemas(task: &Task) -> String {
    let schema = |test: &TestCase| match &test.check {
        Check::Sql(check) => Some(check.schema.clone()),
        Check::Assert(_)
        | Check::Unittest(_)
        | Check::Http(_)
        | Check::Efficiency(_)
        | Check::Io(_)
        | Check::Call(_)
        | Check::Cli(_)
        | Check::Generated(_)
        | Check::Security(_)
        | Check::Reference(_) => None,
    };
    task.tests.iter().filter_map(schema).collect()
}

/// Exceptions that tests wait for by name, but for those that they raise themselves.
fn raised(task: &Task) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let whole: String = task.tests.iter().map(text_of).chain([task.setup.clone()]).collect();
    for test in &task.tests {
        if let Check::Call(check) = &test.check {
            names.extend(check.cases.iter().filter_map(|case| case.raises.clone()));
        }
        let code = text_of(test);
        for (mark, end) in [("raises(", &[',', ')'][..]), ("assertRaises(", &[',', ')']), ("except ", &[':'])] {
            let behind = code.split(mark).skip(1).filter_map(|rest| rest.split(end).next());
            let errors = behind.flat_map(words).filter(|name| name.ends_with("Error"));
            names.extend(errors.filter(|name| !whole.contains(&format!("raise {name}"))));
        }
    }
    names
}

/// The names that a program defines and tests use: functions and classes that they call or import, attributes that they look
/// at, parameters that they name.
fn used(program: &str, tests: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut add = |name: Option<String>, ways: &[&str]| {
        let Some(name) = name.filter(|name| !name.starts_with('_')) else { return };
        let theirs = ["def _(", "class _"].iter().any(|way| tests.contains(&way.replace('_', &name)));
        if !theirs && ways.iter().any(|way| is_in(tests, &way.replace('_', &name), &name)) {
            names.insert(name);
        }
    };
    for line in program.lines() {
        let (is_inner, line) = (line.starts_with(char::is_whitespace), line.trim_start());
        let callable = ["def ", "async def ", "class "].iter().find_map(|mark| line.strip_prefix(mark));
        if let Some(rest) = callable {
            add(first_word(rest), if is_inner { &["._"] } else { &["_(", "import _"] });
            let parameters = rest.split_once('(').map_or("", |(_, parameters)| parameters);
            for parameter in parameters.split(',') {
                add(first_word(parameter.trim_start_matches([' ', '*'])), &["(_=", ", _="]);
            }
        }
        if let Some((name, _)) = line.strip_prefix("self.").and_then(|rest| rest.split_once(" = ")) {
            add(first_word(name), &["._"]);
        }
    }
    names
}

/// Whether a text has this use of a name, which no further letters belong to.
fn is_in(text: &str, way: &str, name: &str) -> bool {
    let whole = |(at, _): (usize, &str)| {
        let before = text[..at].chars().next_back();
        let behind = text[at + way.len()..].chars().next();
        let starts = !way.starts_with(name) || before.is_none_or(|before| !is_of_word(before) && before != '.');
        starts && (!way.ends_with(name) || behind.is_none_or(|behind| !is_of_word(behind)))
    };
    text.match_indices(way).any(whole)
}

fn first_word(text: &str) -> Option<String> {
    let end = text.find(|next: char| !is_of_word(next)).unwrap_or(text.len());
    (end > 0).then(|| text[..end].to_owned())
}

/// The plain texts that a program writes out on one line, in either kind of quotes.
fn literals(program: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in program.lines() {
        let mut rest = line;
        while let Some(start) = rest.find(['"', '\'']) {
            let quote = rest[start..].chars().next().unwrap_or('"');
            let inner = &rest[start + 1..];
            let Some(end) = inner.find(quote) else { break };
            let text = &inner[..end];
            // What is asked of a database is the solution's own way, whoever else asks the same.
            let is_query =
                ["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "PRAGMA "].iter().any(|word| text.starts_with(word));
            if !is_query && !text.contains(['{', '\\', '%']) {
                found.insert(text.trim().to_owned());
            }
            rest = &inner[end + 1..];
        }
    }
    found
}

fn without_comments(program: &str, language: Language) -> String {
    let mark = match language {
        Language::Python => "#",
        Language::Sql => "--",
    };
    program.lines().filter(|line| !line.trim_start().starts_with(mark)).collect::<Vec<_>>().join("\n")
}

fn words(text: &str) -> BTreeSet<String> {
    text.split(|next: char| !is_of_word(next)).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn is_of_word(next: char) -> bool {
    next.is_alphanumeric() || next == '_'
}

/// SQL's own words, and numbers.
fn is_keyword(word: &str) -> bool {
    word.chars().all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(program: &str, tests: &str, expected: &[&str]) {
        let found: Vec<String> = used(program, tests).into_iter().collect();
        assert_eq!(found, expected, "{tests}");
    }

    #[test]
    fn names_that_tests_use_are_found() {
        let program = "def fence(trees, wide=1):\n    self.size = 1\nclass Post:\n    def put(self, *, by): pass\ndef _own(): pass\n";
        check(program, "assert fence([])", &["fence"]);
        check(program, "from solution import Post\n", &["Post"]);
        check(program, "p.put(1); q.size", &["put", "size"]);
        check(program, "f(1, by=2, wide=3)", &["by", "wide"]);
        check(program, "put = 1; size(put); fences(); a.fence(); _own()", &[]);
    }

    #[test]
    fn texts_that_a_program_writes_out_are_found() {
        let found: Vec<String> = literals("x = {\"user id\": f'{a}', 'b': \"c\\n\"}").into_iter().collect();
        assert_eq!(found, ["b", "user id"]);
    }

    #[test]
    fn a_prompt_that_lacks_what_its_test_relies_on_is_told() {
        let task = |prompt: &str| Task {
            reference: Some("def size(path):\n    return {'total bytes': 1}\n".to_owned()),
            ..Task::new("a", prompt)
                .test("t", "assert size('x') == {'total bytes': 1}\ntry: size(1)\nexcept TypeError: pass")
        };
        assert_eq!(of_task(&task("size gives `total bytes`, and raises TypeError")), [""; 0]);
        let problems = [
            "a: tests use `size`, of which the prompt says nothing",
            "a: tests and reference agree in `total bytes`, of which the prompt says nothing",
            "a: tests expect `TypeError`, of which the prompt says nothing",
        ];
        assert_eq!(of_task(&task("Write it.")), problems);
    }
}
