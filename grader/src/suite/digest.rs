//! A digest of what decides verdicts, so that results of one suite are not taken for those of another.

use proofhouse_types::{Feature, Language, LimitOverrides, Rubric, Task, TestCase};
use serde::Serialize;
use sha2::{Digest, Sha256};

/// The fields of a task that decide a verdict. Category, difficulty and tags don't.
#[derive(Serialize)]
struct Deciding<'a> {
    id: &'a str,
    language: Language,
    prompt: &'a str,
    entry_point: Option<&'a str>,
    setup: &'a str,
    tests: &'a [TestCase],
    reference: Option<&'a str>,
    fresh: bool,
    allow_vouched: bool,
    limits: &'a LimitOverrides,
    rubric: &'a Rubric,
    packages: &'a [String],
    features: &'a [Feature],
}

/// Hex SHA-256 over the tasks in the order of their ids, one JSON object a line.
pub(super) fn digest(tasks: &[Task]) -> String {
    let mut sorted: Vec<&Task> = tasks.iter().collect();
    sorted.sort_by(|a, b| a.id.cmp(&b.id));
    let mut hasher = Sha256::new();
    for task in sorted {
        let line = serde_json::to_vec(&deciding(task)).expect("plain data with texts as keys serialises");
        hasher.update(line);
        hasher.update(b"\n");
    }
    format!("{:x}", hasher.finalize())
}

fn deciding(task: &Task) -> Deciding<'_> {
    // Named in full, so that a new field has to be put on one side or the other.
    let Task {
        id,
        language,
        prompt,
        entry_point,
        setup,
        tests,
        reference,
        category: _,
        difficulty: _,
        tags: _,
        fresh,
        allow_vouched,
        packages,
        features,
        limits,
        rubric,
    } = task;
    Deciding {
        id: &id.0,
        language: *language,
        prompt,
        entry_point: entry_point.as_deref(),
        setup,
        tests,
        reference: reference.as_deref(),
        fresh: *fresh,
        allow_vouched: *allow_vouched,
        limits,
        rubric,
        packages,
        features,
    }
}

#[cfg(test)]
mod tests {
    use proofhouse_types::{Bytes, Check, ReferenceCheck, TaskId};

    use super::*;

    fn task(id: &str) -> Task {
        Task::new(id, "p").test("t", "1")
    }

    fn check(change: impl FnOnce(&mut Task), expect_same: &str) {
        let mut changed = task("a");
        change(&mut changed);
        let same = digest(&[changed]) == digest(&[task("a")]);
        assert_eq!(if same { "same" } else { "other" }, expect_same);
    }

    #[test]
    fn whatever_decides_a_verdict_changes_the_digest() {
        check(|_| (), "same");
        check(|task| task.category = Some("x".to_owned()), "same");
        check(|task| task.tags.push("x".to_owned()), "same");
        check(|task| task.id = TaskId("b".to_owned()), "other");
        check(|task| task.prompt.push(' '), "other");
        check(|task| task.entry_point = Some("f".to_owned()), "other");
        check(|task| task.setup.push('\n'), "other");
        check(|task| task.tests[0].name.push('u'), "other");
        let reference = ReferenceCheck { arguments: "1".to_owned(), tolerance: 0.0 };
        check(|task| task.tests[0].check = Check::Reference(reference), "other");
        check(|task| task.packages.push("requests".to_owned()), "other");
        check(|task| task.features.push(Feature { name: "f".to_owned(), ..Feature::default() }), "other");
        check(|task| task.tests.clear(), "other");
        check(|task| task.reference = Some(String::new()), "other");
        check(|task| task.fresh = true, "other");
        check(|task| task.allow_vouched = true, "other");
        check(|task| task.limits.memory = Some(Bytes(1)), "other");
        check(|task| task.rubric.tests = 41.0, "other");
    }

    #[test]
    fn the_order_of_the_tasks_does_not() {
        assert_eq!(digest(&[task("a"), task("b")]), digest(&[task("b"), task("a")]));
        assert_ne!(digest(&[task("a"), task("b")]), digest(&[task("a")]));
    }

    #[test]
    fn it_is_hex_of_sha_256() {
        assert_eq!(digest(&[]), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
}
