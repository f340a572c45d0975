//! Where a model is asked to fill in a task's solution.

use proofhouse_syntax::{FillIn, FillPoint, fill_in};
use proofhouse_types::Task;

/// The reference solution with the body of its entry point as a gap; where it has none, such as a file of tests, that of its
/// longest function. Nothing for a task without a reference, for a program without functions, and in languages without a grammar.
#[must_use]
pub fn fill(task: &Task) -> Option<FillIn> {
    let reference = task.reference.as_deref()?;
    let of = |name| fill_in(reference, task.language, FillPoint::Body(name), None);
    of(task.entry_point.as_deref()).or_else(|| of(None))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proofhouse_types::Language;

    use super::*;
    use crate::suite::read;

    #[test]
    fn every_python_task_with_a_function_has_a_gap() {
        let suite = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/tasks")).unwrap();
        for task in &suite.tasks {
            let reference = task.reference.clone().unwrap();
            let has_function = task.language == Language::Python && reference.contains("def ");
            let filled = fill(task);
            assert_eq!(filled.is_some(), has_function, "{}", task.id);
            if let Some(FillIn { prefix, suffix, gap, kind }) = filled {
                let name = task.entry_point.as_deref().unwrap_or("def ");
                assert!(prefix.contains(name) || !reference.contains(&format!("def {name}")), "{}: {prefix}", task.id);
                assert_eq!((prefix + &gap + &suffix, kind.as_str()), (reference, "block"), "{}", task.id);
            }
        }
    }
}
