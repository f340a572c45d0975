//! The words in which models are asked for a task's solution, and what of a reply is the solution. The same words for every
//! model: whoever changes them raises [`PROMPTS_VERSION`], and runs of two versions are not mixed.

use proofhouse::{FillIn, fill, is_stub};
use proofhouse_types::{
    Ask, Check, Generation, GenerationRequest, Language, Sampling, Submission, SubmissionText, Task,
};

use crate::config::{Asking, Mode};
use crate::row::SampleRow;

/// The version of the words around tasks.
pub const PROMPTS_VERSION: u32 = 1;

/// The system prompt, unless another one is given. Short: what a task wants stands in the task.
pub const SYSTEM_PROMPT: &str = "You are an expert programmer. Your code is complete, correct and runs as it stands.";

/// How a model is asked for a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    pub(crate) ask: Ask,
    /// Texts that end the reply.
    pub(crate) stop: Vec<String>,
}

impl Prompt {
    /// A prompt that is no task's.
    #[must_use]
    pub fn new(ask: Ask) -> Prompt {
        Prompt { ask, stop: Vec::new() }
    }

    /// The prompt of a task; none where the task can't be asked for in this mode.
    #[must_use]
    pub fn of(task: &Task, asking: &Asking) -> Option<Prompt> {
        match asking.mode {
            Mode::Chat => {
                let ask = Ask::Chat { system: asking.system.clone(), user: message(task) };
                Some(Prompt::new(ask))
            }
            Mode::Complete => Some(Prompt { ask: Ask::Complete { prompt: task.prompt.clone() }, stop: stops(task) }),
            Mode::Fim => {
                let FillIn { prefix, suffix, gap: _, kind: _ } = fill(task)?;
                Some(Prompt::new(Ask::Fim { prefix, suffix }))
            }
        }
    }

    /// The request for one sample: each repeat has the next seed.
    #[must_use]
    pub fn request(&self, sampling: &Sampling, repeat: u32) -> GenerationRequest {
        let seed = sampling.seed.map(|seed| seed.wrapping_add(u64::from(repeat)));
        let sampling = Sampling { seed, stop: self.stop.clone(), ..sampling.clone() };
        GenerationRequest { ask: self.ask.clone(), sampling }
    }

    /// A short one of the same kind, which is not part of any task.
    pub(crate) fn to_warm_up(asking: &Asking) -> Ask {
        match asking.mode {
            Mode::Chat => Ask::Chat { system: asking.system.clone(), user: "Say that you are ready.".to_owned() },
            Mode::Complete => Ask::Complete { prompt: "# The first ten primes:\nprimes = [".to_owned() },
            Mode::Fim => {
                Ask::Fim { prefix: "def add(a, b):\n    ".to_owned(), suffix: "\n\n\nprint(add(1, 2))\n".to_owned() }
            }
        }
    }
}

/// What a reply hands in for its task.
pub(crate) fn submission(row: &SampleRow) -> Submission {
    Submission {
        task_id: row.task_id.clone(),
        sample_id: row.sample_id.clone(),
        model: Some(row.model.clone()),
        finish: row.generation.finish,
        text: submission_text(&row.request.ask, &row.generation),
    }
}

/// What a reply to a request hands in: itself, or what was filled in with what stands around it.
#[must_use]
pub fn submission_text(ask: &Ask, generation: &Generation) -> SubmissionText {
    let Generation { text, reasoning, .. } = generation;
    match ask {
        // What the server took out of the reply was there, and was no answer.
        Ask::Chat { .. } | Ask::Complete { .. } if text.trim().is_empty() && !reasoning.is_empty() => {
            SubmissionText::Reply("<think>".to_owned())
        }
        Ask::Chat { .. } | Ask::Complete { .. } => SubmissionText::Reply(text.clone()),
        Ask::Fim { prefix, suffix } => SubmissionText::Program(format!("{prefix}{text}{suffix}")),
    }
}

fn message(task: &Task) -> String {
    let prompt = task.prompt.trim();
    match task.language {
        Language::Python if is_stub(&task.prompt, task.entry_point.as_deref()) => {
            let fence = fence_around(prompt);
            format!(
                "Complete this Python code. Answer with the whole of it, what stands here included, in one fenced block of \
                 Python, and with nothing behind it.\n\n{fence}python\n{prompt}\n{fence}"
            )
        }
        Language::Python => {
            let tests = if writes_tests(task) { String::new() } else { called(task) };
            format!(
                "{prompt}\n\nIt is run by Python 3.14{}.{tests} Answer with the whole code in one fenced block of Python, and \
                 with nothing behind it.",
                modules(&task.packages)
            )
        }
        Language::Sql => format!(
            "{prompt}\n\nIt is run by SQLite. Answer with the whole SQL in one fenced block of SQL, and with nothing behind it."
        ),
    }
}

/// Whether tests are what the model is to write: the entry point is then what they test.
fn writes_tests(task: &Task) -> bool {
    task.tests.iter().any(|test| matches!(test.check, Check::Generated(_)))
}

fn called(task: &Task) -> String {
    task.entry_point.as_ref().map(|name| format!(" Tests use `{name}`.")).unwrap_or_default()
}

fn modules(packages: &[String]) -> String {
    match packages {
        [] => " with its standard library".to_owned(),
        packages => format!(" with its standard library and {}", packages.join(", ")),
    }
}

/// A fence that no line of the text closes.
fn fence_around(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    "`".repeat(longest.max(2) + 1)
}

/// What ends a completion. Nothing that a program may have at the start of a line in front of what the tests use: the extractor
/// cuts the rest.
fn stops(task: &Task) -> Vec<String> {
    let ends = match (task.language, &task.entry_point) {
        // What tests call by its name needs no main program.
        (Language::Python, Some(_)) => &["\n```", "\nif __name__ =="][..],
        (Language::Python, None) | (Language::Sql, _) => &["\n```"],
    };
    ends.iter().map(|end| (*end).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn python(prompt: &str, entry_point: Option<&str>) -> Task {
        Task { entry_point: entry_point.map(str::to_owned), ..Task::new("t", prompt) }
    }

    fn check(task: &Task, expected: &str) {
        assert_eq!(message(task), expected);
    }

    #[test]
    fn chats_name_language_entry_point_and_form() {
        check(
            &python("Write f.\n", Some("f")),
            "Write f.\n\nIt is run by Python 3.14 with its standard library. Tests use `f`. Answer with the whole code in one \
             fenced block of Python, and with nothing behind it.",
        );
        let task = Task { packages: vec!["requests".to_owned()], ..python("Write a client.", None) };
        check(
            &task,
            "Write a client.\n\nIt is run by Python 3.14 with its standard library and requests. Answer with the whole code in \
             one fenced block of Python, and with nothing behind it.",
        );
        let task = Task { language: Language::Sql, ..python("Count them.", None) };
        check(
            &task,
            "Count them.\n\nIt is run by SQLite. Answer with the whole SQL in one fenced block of SQL, and with nothing behind \
             it.",
        );
    }

    #[test]
    fn code_is_to_be_completed_inside_a_fence_that_it_does_not_close() {
        let head = "Complete this Python code. Answer with the whole of it, what stands here included, in one fenced block of \
                    Python, and with nothing behind it.\n\n";
        check(&python("def f():\n", Some("f")), &format!("{head}```python\ndef f():\n```"));
        let fenced = "def f():\n    \"\"\"```\n    f()\n    ```\"\"\"\n";
        check(&python(fenced, Some("f")), &format!("{head}````python\n{}\n````", fenced.trim()));
    }

    #[test]
    fn completions_get_the_prompt_as_it_is() {
        let asking = asking(Mode::Complete);
        let prompt = Prompt::of(&python("def f():\n    ", Some("f")), &asking).unwrap();
        assert_eq!(prompt.ask, Ask::Complete { prompt: "def f():\n    ".to_owned() });
        assert_eq!(prompt.stop, ["\n```", "\nif __name__ =="]);
        assert_eq!(Prompt::of(&python("Write a program.", None), &asking).unwrap().stop, ["\n```"]);
    }

    #[test]
    fn gaps_are_made_of_references_and_tasks_without_one_are_left_out() {
        let asking = asking(Mode::Fim);
        let task = Task { reference: Some("def f():\n    return 1\n".to_owned()), ..python("Write f.", Some("f")) };
        let ask = Ask::Fim { prefix: "def f():\n    ".to_owned(), suffix: "\n".to_owned() };
        assert_eq!(Prompt::of(&task, &asking).unwrap().ask, ask);
        assert_eq!(Prompt::of(&python("Write f.", Some("f")), &asking), None);
    }

    fn asking(mode: Mode) -> Asking {
        let sampling = serde_json::from_str(r#"{"max_tokens": 9, "temperature": 0}"#).unwrap();
        Asking { mode, prompts: PROMPTS_VERSION, system: None, repeats: 1, sampling, load: crate::Load::Concurrency(1) }
    }

    #[test]
    fn each_sample_of_a_task_has_the_next_seed() {
        let prompt = Prompt { ask: Ask::Complete { prompt: "p".to_owned() }, stop: vec!["s".to_owned()] };
        let sampling: Sampling = serde_json::from_str(r#"{"max_tokens": 9, "temperature": 0, "seed": 7}"#).unwrap();
        let request = |repeat| prompt.request(&sampling, repeat).sampling;
        assert_eq!((request(0).seed, request(2).seed, request(2).stop), (Some(7), Some(9), vec!["s".to_owned()]));
        let unseeded = Sampling { seed: None, ..sampling.clone() };
        assert_eq!(prompt.request(&unseeded, 2).sampling.seed, None);
    }

    #[test]
    fn what_was_filled_in_is_handed_in_with_what_stood_around_it() {
        let row: SampleRow = serde_json::from_value(serde_json::json!({
            "model": "m", "task_id": "t", "sample_id": "0",
            "request": {
                "ask": { "mode": "fim", "prefix": "def f():\n    return ", "suffix": "\n" },
                "sampling": { "max_tokens": 9, "temperature": 0.0 },
            },
            "generation": { "text": "1", "usage": {}, "timing": { "sent_unix_ms": 0, "queue_ms": 0.0, "retry_ms": 0.0 }, "attempts": 1 },
        }))
        .unwrap();
        assert_eq!(submission(&row).text, SubmissionText::Program("def f():\n    return 1\n".to_owned()));
    }

    #[test]
    fn reasoning_that_the_server_took_out_is_no_empty_reply() {
        let ask = Ask::Chat { system: None, user: "f?".to_owned() };
        let check = |text: &str, reasoning: &str, expected: &str| {
            let generation =
                Generation { text: text.to_owned(), reasoning: reasoning.to_owned(), ..Generation::default() };
            assert_eq!(submission_text(&ask, &generation), SubmissionText::Reply(expected.to_owned()));
        };
        check("1", "hm", "1");
        check("\n", "hm", "<think>");
        check("", "", "");
    }
}
