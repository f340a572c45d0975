//! What a model is asked: a task, or a prompt from a file.

use std::path::Path;
use std::str::FromStr;

use anyhow::Result;
use proofhouse::{FillIn, FillPoint, fill_in, suite};
use proofhouse_bench::{Asking, Load, Mode, PROMPTS_VERSION, Prompt, SYSTEM_PROMPT};
use proofhouse_types::{Ask, Language, Task};

use super::{Generate, LanguageName};
use crate::exit::UserError;
use crate::models::{system_of, text_of};

/// What stands in a prompt where the gap is.
const MARK: &str = "<FILL>";

/// What is asked, and what makes a program of the answer.
pub struct Question {
    pub prompt: Prompt,
    /// What is asked, with all of the text around a gap.
    pub whole: Ask,
    /// What the program is looked for by. Of a prompt from a file it is made up.
    pub task: Task,
}

/// A place in a program: a line, and a character of it where there is a column, both from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    line: usize,
    column: Option<usize>,
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Place, String> {
        let number = |text: &str| text.parse().ok().filter(|number| *number > 0);
        let (line, column) = text.split_once(':').map_or((text, None), |(line, column)| (line, Some(column)));
        let place = number(line).map(|line| Place { line, column: None });
        let place = match column {
            None => place,
            Some(column) => place.zip(number(column)).map(|(place, column)| Place { column: Some(column), ..place }),
        };
        place.ok_or_else(|| "expected a line, or a line and a column, both from 1".to_owned())
    }
}

impl Question {
    /// Reads what the command line names.
    pub fn of(arguments: &Generate) -> Result<Question> {
        match (&arguments.task, &arguments.suite, &arguments.prompt) {
            (Some(task), Some(suite), _) => Question::of_task(arguments, task, suite),
            (_, _, Some(prompt)) => Question::of_file(arguments, prompt),
            (_, _, None) => Err(UserError("expected `--prompt`, or `--task` with `--suite`".to_owned()).into()),
        }
    }

    fn of_task(arguments: &Generate, id: &str, suite: &Path) -> Result<Question> {
        let suite = suite::read(suite)?;
        let task = suite.tasks.into_iter().find(|task| task.id.0 == id);
        let task = task.ok_or_else(|| UserError(format!("`{}` has no task `{id}`", suite.name)))?;
        let system = match &arguments.system {
            Some(file) => system_of(file)?,
            None => Some(SYSTEM_PROMPT.to_owned()),
        };
        let asking = Asking {
            mode: arguments.mode.into(),
            prompts: PROMPTS_VERSION,
            system,
            repeats: arguments.n.get(),
            sampling: arguments.asking.sampling(),
            load: Load::Concurrency(1),
        };
        let prompt = Prompt::of(&task, &asking)
            .ok_or_else(|| UserError(format!("`{id}` can't be asked for so: there is no gap in it to fill in")))?;
        Ok(Question { whole: prompt.request(&asking.sampling, 0).ask, prompt, task })
    }

    fn of_file(arguments: &Generate, file: &Path) -> Result<Question> {
        let text = text_of(file)?;
        let language = match arguments.language {
            LanguageName::Python => Language::Python,
            LanguageName::Sql => Language::Sql,
        };
        let system = arguments.system.as_deref().map(system_of).transpose()?.flatten();
        let (ask, whole) = match Mode::from(arguments.mode) {
            Mode::Chat => {
                let ask = Ask::Chat { system, user: text.clone() };
                (ask.clone(), ask)
            }
            Mode::Complete => {
                let ask = Ask::Complete { prompt: text.clone() };
                (ask.clone(), ask)
            }
            Mode::Fim => {
                let (program, point) = gap(&text, arguments.at)?;
                let around = |window| match fill_in(&program, language, point, window) {
                    Some(FillIn { prefix, suffix, gap: _, kind: _ }) => Ok(Ask::Fim { prefix, suffix }),
                    None => Err(UserError(format!("`{}` has no such place", file.display()))),
                };
                (around(Some(arguments.window))?, around(None)?)
            }
        };
        let task = Task { language, ..Task::new("prompt", &text) };
        Ok(Question { prompt: Prompt::new(ask), whole, task })
    }
}

/// The program, and where its gap is.
fn gap(text: &str, at: Option<Place>) -> Result<(String, FillPoint<'static>), UserError> {
    let marks: Vec<usize> = text.match_indices(MARK).map(|(start, _)| start).collect();
    match (at, marks.as_slice()) {
        (Some(Place { line, column: Some(column) }), _) => Ok((text.to_owned(), FillPoint::Character { line, column })),
        (Some(Place { line, column: None }), _) => Ok((text.to_owned(), FillPoint::Line(line))),
        (None, [start]) => Ok((text.replacen(MARK, "", 1), FillPoint::Cursor(*start))),
        (None, []) => Err(UserError(format!("nothing says where the gap is: give `--at`, or write `{MARK}` there"))),
        (None, [_, ..]) => Err(UserError(format!("`{MARK}` stands in the prompt {} times", marks.len()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_line_with_or_without_a_column() {
        let cases = [
            ("3", Some((3, None))),
            ("3:1", Some((3, Some(1)))),
            ("0", None),
            ("3:0", None),
            ("", None),
            ("3:", None),
            ("a", None),
        ];
        for (text, expected) in cases {
            let place = expected.map(|(line, column)| Place { line, column });
            assert_eq!(text.parse::<Place>().ok(), place, "{text}");
        }
    }

    #[test]
    fn a_gap_is_marked_once_or_named() {
        assert_eq!(gap("a<FILL>b", None).ok(), Some(("ab".to_owned(), FillPoint::Cursor(1))));
        let place = Place { line: 1, column: None };
        assert_eq!(gap("a<FILL>b", Some(place)).ok(), Some(("a<FILL>b".to_owned(), FillPoint::Line(1))));
        assert!(gap("ab", None).is_err());
        assert!(gap("<FILL><FILL>", None).is_err());
    }
}
