//! Which benchmark a row comes from, told from the fields that it has.

use std::cmp::Reverse;

use proofhouse_types::Task;

use super::row::{Row, RowError};
use super::{eval_plus, human_eval, mbpp, verl};

/// The formats of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    HumanEval,
    Mbpp,
    EvalPlus,
    Verl,
}

impl Format {
    const ALL: [Format; 4] = [Format::HumanEval, Format::Mbpp, Format::EvalPlus, Format::Verl];

    pub(super) fn name(self) -> &'static str {
        match self {
            Format::HumanEval => "HumanEval",
            Format::Mbpp => "MBPP",
            Format::EvalPlus => "EvalPlus",
            Format::Verl => "verl",
        }
    }

    /// The fields that tell the format, each with the other names that it goes by.
    fn fields(self) -> &'static [&'static [&'static str]] {
        match self {
            Format::HumanEval => &[&["task_id"], &["prompt"], &["entry_point"], &["test"]],
            Format::Mbpp => &[&["task_id"], &["text", "prompt"], &["code"], &["test_list"]],
            Format::EvalPlus => &[
                &["task_id"],
                &["prompt"],
                &["entry_point"],
                &["canonical_solution"],
                &["base_input"],
                &["plus_input"],
            ],
            Format::Verl => &[
                &["inputs", "reward_model", "input_output", "assert_case"],
                &["outputs", "reward_model", "input_output", "assert_case"],
            ],
        }
    }

    /// The format that the row lacks the fewest fields of, so that a row with a field missing is still told apart.
    pub(super) fn of(row: &Row<'_>) -> Result<Format, RowError> {
        let present = |format: Format| {
            let fields = format.fields();
            (fields.iter().filter(|names| names.iter().any(|name| row.has(name))).count(), fields.len())
        };
        let ranked = Format::ALL.into_iter().map(|format| (format, present(format)));
        let closest = ranked.min_by_key(|&(_, (present, of))| (of - present, Reverse(present)));
        match closest {
            Some((_, (present, of))) if present < of && row.has("completion") => Err(RowError::Sample),
            // With half of the fields gone, naming the others would be guesswork.
            Some((format, (present, of))) if present * 2 > of => Ok(format),
            Some(_) | None => Err(RowError::Unrecognised),
        }
    }

    /// The task that a row describes.
    pub(super) fn task(self, row: &Row<'_>) -> Result<Task, RowError> {
        match self {
            Format::HumanEval => human_eval::task(row),
            Format::Mbpp => mbpp::task(row),
            Format::EvalPlus => eval_plus::task(row),
            Format::Verl => verl::task(row),
        }
    }

    /// The formats and their fields, for a message.
    pub(super) fn known() -> String {
        let one = |format: Format| {
            let fields: Vec<String> = format.fields().iter().map(|names| format!("`{}`", names[0])).collect();
            format!("{} ({})", format.name(), fields.join(", "))
        };
        Format::ALL.map(one).join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(fields: &[&str], expected: Result<Format, &str>) {
        let object: Vec<String> = fields.iter().map(|field| format!("\"{field}\": 1")).collect();
        let text = format!("{{{}}}", object.join(", "));
        let format = Format::of(&Row::parse(&text).unwrap()).map_err(|error| error.to_string());
        assert_eq!(format, expected.map_err(str::to_owned), "{text}");
    }

    #[test]
    fn the_closest_format_is_taken() {
        check(&["task_id", "prompt", "entry_point", "canonical_solution", "test"], Ok(Format::HumanEval));
        check(&["task_id", "prompt", "entry_point", "test"], Ok(Format::HumanEval));
        check(&["task_id", "prompt", "entry_point", "canonical_solution"], Ok(Format::HumanEval));
        check(&["prompt", "entry_point", "canonical_solution", "test"], Ok(Format::HumanEval));
        check(&["text", "code", "task_id", "test_setup_code", "test_list"], Ok(Format::Mbpp));
        check(&["prompt", "code", "task_id", "test_imports", "test_list"], Ok(Format::Mbpp));
        check(&["text", "code", "task_id"], Ok(Format::Mbpp));
        let plus =
            ["task_id", "prompt", "entry_point", "canonical_solution", "base_input", "plus_input", "atol", "contract"];
        check(&plus, Ok(Format::EvalPlus));
        check(&plus[..5], Ok(Format::EvalPlus));
    }

    #[test]
    fn other_rows_are_not_guessed_at() {
        check(&[], Err("not a task of any known format"));
        check(&["task_id", "prompt"], Err("not a task of any known format"));
        check(&["task_id", "completion"], Err("a sample, not a task: it has a `completion` and no tests"));
        check(
            &["task_id", "prompt", "entry_point", "completion"],
            Err("a sample, not a task: it has a `completion` and no tests"),
        );
    }
}
