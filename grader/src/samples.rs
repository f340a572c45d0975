//! Samples: what models wrote for the tasks of a suite, from JSON lines, single files or folders of files. Programs are not
//! looked for in the texts here.

use std::collections::{BTreeSet, HashMap};
use std::io;
use std::path::{Path, PathBuf};

use proofhouse_types::{Finish, SampleId, Submission, SubmissionText};

use crate::suite::{Problem, Records, Row, RowError, Suite, TextOrNumber, read_text};

/// Samples that were read together.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Samples {
    /// In the order of the file, or of the file names. No two have both task and sample id in common.
    pub submissions: Vec<Submission>,
    /// What could not be read, in the order in which it was met.
    pub problems: Vec<Problem>,
}

/// Why no samples could be read.
#[derive(Debug, thiserror::Error)]
pub enum SamplesError {
    /// The file system refused.
    #[error("can't read `{path}`", path = path.display())]
    Read {
        /// What was to be read.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
}

/// Reads the samples of a suite.
///
/// JSON lines, plain or gzip, have `task_id` (for MBPP its number will do) and either `completion`, also called `reply`, or
/// `solution`, a whole program, which goes first where both are there, as in EvalPlus. `sample_id`, a text or a number, and
/// `model` are optional, and so is why the model stopped: `finish_reason` (OpenAI), or else `done_reason` (Ollama), which
/// [`Finish::of_reason`] reads. A `.py` or `.sql` file is a program, a `.md` or `.txt` file a reply, of the task that it is named after
/// (its id, with `_`, `-` or `__` for `/`) or of the suite's only task. A folder of such files is read in the order of their
/// names.
///
/// A sample without an id gets its index among the samples of its task, bad ones counted, from 0.
///
/// # Errors
/// Where the path can't be read. A sample that can't be is a problem.
pub fn read_samples(path: &Path, suite: &Suite) -> Result<Samples, SamplesError> {
    let failed = |source| SamplesError::Read { path: path.to_owned(), source };
    let mut reading = Reading::new(suite);
    if path.is_dir() {
        reading.folder(path).map_err(failed)?;
    } else if let Some(kind) = FileKind::of(path) {
        let text = read_text(path).map_err(failed)?;
        reading.file(path, kind, text);
    } else {
        for (line, record) in Records::open(path).map_err(failed)? {
            reading.row(path, line, record);
        }
    }
    Ok(reading.samples)
}

/// What a file that holds one sample is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FileKind {
    Program,
    Reply,
}

impl FileKind {
    fn of(path: &Path) -> Option<FileKind> {
        match path.extension()?.to_str()? {
            "py" | "sql" => Some(FileKind::Program),
            "md" | "txt" => Some(FileKind::Reply),
            _ => None,
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum SampleError {
    #[error(transparent)]
    Row(#[from] RowError),
    #[error("the suite `{suite}` has no task `{task}`")]
    UnknownTask { suite: String, task: String },
    #[error("no text: expected `completion` or `solution`")]
    NoText,
    #[error("sample `{sample}` of task `{task}` is there already")]
    Duplicate { task: String, sample: String },
    #[error("not named after a task of the suite `{suite}`: expected a task's id with `_` for `/`")]
    FileName { suite: String },
    #[error("could be task `{first}` or task `{second}`")]
    Ambiguous { first: String, second: String },
    #[error("not a sample: expected a `.py`, `.sql`, `.md` or `.txt` file")]
    FileKind,
    #[error("can't be read: {0}")]
    Unreadable(io::Error),
}

/// Samples in the course of being read.
struct Reading<'s> {
    suite: &'s Suite,
    /// Where each task stands in the suite.
    by_id: HashMap<&'s str, usize>,
    /// The tasks that a file of this name may be for: more than one where ids differ only in what `/` became.
    by_file_name: HashMap<String, Vec<usize>>,
    /// How many samples each task has so far, bad ones included.
    counts: Vec<usize>,
    seen: BTreeSet<(usize, SampleId)>,
    samples: Samples,
}

impl<'s> Reading<'s> {
    fn new(suite: &'s Suite) -> Self {
        let by_id = suite.tasks.iter().enumerate().map(|(index, task)| (task.id.0.as_str(), index)).collect();
        let mut by_file_name: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, task) in suite.tasks.iter().enumerate() {
            let names: BTreeSet<String> =
                ["_", "-", "__"].into_iter().map(|slash| task.id.0.replace('/', slash)).collect();
            for name in names {
                by_file_name.entry(name).or_default().push(index);
            }
        }
        let counts = vec![0; suite.tasks.len()];
        Reading { suite, by_id, by_file_name, counts, seen: BTreeSet::new(), samples: Samples::default() }
    }

    fn row(&mut self, path: &Path, line: usize, record: Result<String, RowError>) {
        let added = record.map_err(SampleError::from).and_then(|text| self.add_row(&text));
        self.note(path, Some(line), added);
    }

    fn file(&mut self, path: &Path, kind: FileKind, text: String) {
        let text = match kind {
            FileKind::Program => SubmissionText::Program(text),
            FileKind::Reply => SubmissionText::Reply(text),
        };
        let added = self.task_of_file(path).and_then(|task| {
            let index = self.next_index(task);
            self.add(task, index, None, Finish::Unknown, text)
        });
        self.note(path, None, added);
    }

    fn folder(&mut self, folder: &Path) -> io::Result<()> {
        let mut paths = Vec::new();
        for entry in folder.read_dir()? {
            let entry = entry?;
            // Hidden files and `__pycache__` are no one's samples.
            let name = entry.file_name();
            if !name.as_encoded_bytes().starts_with(b".") && !name.as_encoded_bytes().starts_with(b"__") {
                paths.push(entry.path());
            }
        }
        paths.sort();
        for path in paths {
            match FileKind::of(&path).ok_or(SampleError::FileKind) {
                Ok(kind) => match read_text(&path) {
                    Ok(text) => self.file(&path, kind, text),
                    Err(error) => self.note(&path, None, Err(SampleError::Unreadable(error))),
                },
                Err(error) => self.note(&path, None, Err(error)),
            }
        }
        Ok(())
    }

    fn note(&mut self, path: &Path, line: Option<usize>, added: Result<(), SampleError>) {
        if let Err(error) = added {
            self.samples.problems.push(Problem { file: path.to_owned(), line, message: error.to_string() });
        }
    }

    fn add_row(&mut self, text: &str) -> Result<(), SampleError> {
        let row = Row::parse(text)?;
        let task = self.task_of_row(&row)?;
        let index = self.next_index(task);
        let sample_id = match row.text_or_number("sample_id")? {
            Some(TextOrNumber::Text(id) | TextOrNumber::Number(id)) => SampleId(id),
            None => index,
        };
        let text = if let Some(program) = row.optional_text("solution")? {
            SubmissionText::Program(program)
        } else {
            let reply = row.optional_text("completion")?.or(row.optional_text("reply")?);
            SubmissionText::Reply(reply.ok_or(SampleError::NoText)?)
        };
        let reason = row.optional_text("finish_reason")?.or(row.optional_text("done_reason")?);
        let finish = reason.map_or(Finish::Unknown, |reason| Finish::of_reason(&reason));
        self.add(task, sample_id, row.optional_text("model")?, finish, text)
    }

    fn add(
        &mut self,
        task: usize,
        sample_id: SampleId,
        model: Option<String>,
        finish: Finish,
        text: SubmissionText,
    ) -> Result<(), SampleError> {
        let task_id = self.suite.tasks[task].id.clone();
        if !self.seen.insert((task, sample_id.clone())) {
            return Err(SampleError::Duplicate { task: task_id.0, sample: sample_id.0 });
        }
        self.samples.submissions.push(Submission { task_id, sample_id, model, finish, text });
        Ok(())
    }

    fn next_index(&mut self, task: usize) -> SampleId {
        let index = self.counts[task];
        self.counts[task] += 1;
        SampleId(index.to_string())
    }

    fn task_of_row(&self, row: &Row<'_>) -> Result<usize, SampleError> {
        let (names, shown) = match row.text_or_number("task_id")? {
            Some(TextOrNumber::Text(id)) => (vec![id.clone()], id),
            Some(TextOrNumber::Number(number)) => (vec![format!("MBPP/{number}"), format!("Mbpp/{number}")], number),
            None => return Err(RowError::Missing { field: "task_id", expected: "a text or a number" }.into()),
        };
        let found = names.iter().find_map(|name| self.by_id.get(name.as_str()).copied());
        found.ok_or_else(|| SampleError::UnknownTask { suite: self.suite.name.clone(), task: shown })
    }

    fn task_of_file(&self, path: &Path) -> Result<usize, SampleError> {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        if let Some(&index) = self.by_id.get(stem.as_ref()) {
            return Ok(index);
        }
        let named = self.by_file_name.get(stem.as_ref()).map_or([].as_slice(), Vec::as_slice);
        let id = |index: usize| self.suite.tasks[index].id.0.clone();
        match (named, self.suite.tasks.as_slice()) {
            (&[index], _) => Ok(index),
            (&[first, second, ..], _) => Err(SampleError::Ambiguous { first: id(first), second: id(second) }),
            ([], [_only]) => Ok(0),
            ([], _) => Err(SampleError::FileName { suite: self.suite.name.clone() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use proofhouse_types::TaskId;

    use super::*;
    use crate::suite;

    /// A suite with one HumanEval task for each id.
    fn suite_of(ids: &[&str]) -> Suite {
        let row = |id: &&str| {
            format!("{{\"task_id\": \"{id}\", \"prompt\": \"p\", \"entry_point\": \"f\", \"test\": \"t\"}}\n")
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("own.jsonl");
        fs::write(&path, ids.iter().map(row).collect::<String>()).unwrap();
        suite::read(&path).unwrap()
    }

    fn read(files: &[(&str, &str)], given: &str, ids: &[&str]) -> (Vec<String>, Vec<String>) {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let samples = read_samples(&folder.path().join(given), &suite_of(ids)).unwrap();
        let prefix = format!("{}/", folder.path().display());
        let shown = |submission: &Submission| {
            let Submission { task_id, sample_id, model, finish, text } = submission;
            let text = match text {
                SubmissionText::Program(text) => format!("program {text}"),
                SubmissionText::Reply(text) => format!("reply {text}"),
            };
            let model = model.as_ref().map(|model| format!(" by {model}")).unwrap_or_default();
            let finish = match finish {
                Finish::Unknown => "",
                Finish::Stop => " (stop)",
                Finish::Length => " (length)",
            };
            format!("{task_id}#{sample_id}{model}{finish}: {text}")
        };
        let problems = samples.problems.iter().map(|problem| problem.to_string().replace(&prefix, ""));
        (samples.submissions.iter().map(shown).collect(), problems.collect())
    }

    fn owned(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|&text| text.to_owned()).collect()
    }

    fn check_rows(rows: &str, submissions: &[&str], problems: &[&str]) {
        let found = read(&[("s.jsonl", rows)], "s.jsonl", &["Own/0", "Own/1", "MBPP/7"]);
        assert_eq!(found, (owned(submissions), owned(problems)), "{rows}");
    }

    fn check_files(files: &[(&str, &str)], given: &str, ids: &[&str], submissions: &[&str], problems: &[&str]) {
        assert_eq!(read(files, given, ids), (owned(submissions), owned(problems)), "{files:?}");
    }

    #[test]
    fn rows_are_replies_or_programs() {
        check_rows(r#"{"task_id": "Own/0", "completion": "x"}"#, &["Own/0#0: reply x"], &[]);
        check_rows(r#"{"task_id": "Own/0", "reply": "x", "extra": [1]}"#, &["Own/0#0: reply x"], &[]);
        check_rows(r#"{"task_id": "Own/0", "solution": "x", "model": "m"}"#, &["Own/0#0 by m: program x"], &[]);
        check_rows(r#"{"task_id": "Own/0", "completion": "x", "solution": "y"}"#, &["Own/0#0: program y"], &[]);
        check_rows(r#"{"task_id": "Own/0", "completion": "x", "solution": null}"#, &["Own/0#0: reply x"], &[]);
        check_rows(r#"{"task_id": 7, "completion": ""}"#, &["MBPP/7#0: reply "], &[]);
        check_rows(r#"[{"task_id": "Own/1", "completion": "x"}]"#, &["Own/1#0: reply x"], &[]);
        check_rows("", &[], &[]);
    }

    #[test]
    fn a_row_may_say_why_the_model_stopped() {
        let check = |fields: &str, shown: &str| {
            let row = format!(r#"{{"task_id": "Own/0", "completion": "x", {fields}}}"#);
            check_rows(&row, &[&format!("Own/0#0{shown}: reply x")], &[]);
        };
        check(r#""finish_reason": "length""#, " (length)");
        check(r#""done_reason": "stop", "model": "m""#, " by m (stop)");
        check(r#""finish_reason": null, "done_reason": "length""#, " (length)");
        check(r#""finish_reason": "stop", "done_reason": "length""#, " (stop)");
        check(r#""finish_reason": "content_filter""#, "");
    }

    #[test]
    fn ids_are_given_or_counted_within_the_task() {
        let rows = r#"{"task_id": "Own/1", "completion": "a"}
            {"task_id": "Own/0", "completion": "b", "sample_id": "x"}
            {"task_id": "Own/1"}
            {"task_id": "Own/1", "completion": "c"}
            {"task_id": "Own/0", "completion": "d", "sample_id": 1}
            {"task_id": "Own/0", "completion": "e"}
            {"task_id": "Own/0", "completion": "f", "sample_id": "1"}"#;
        let submissions =
            ["Own/1#0: reply a", "Own/0#x: reply b", "Own/1#2: reply c", "Own/0#1: reply d", "Own/0#2: reply e"];
        let problems = [
            "s.jsonl:3: no text: expected `completion` or `solution`",
            "s.jsonl:7: sample `1` of task `Own/0` is there already",
        ];
        check_rows(rows, &submissions, &problems);
    }

    #[test]
    fn bad_rows_are_named_and_cost_no_other() {
        let rows = r#"{"task_id": "Own/9", "completion": "x"}
            {"task_id": 8, "completion": "x"}
            {"completion": "x"}
            {"task_id": "Own/0", "completion": 5}
            {"task_id": "Own/0", "completion": "x", "sample_id": []}
            {"task_id": "Own/0", "completion": "x", "model": {}}
            {"task_id": "Own/0", "completion": "x", "finish_reason": 1}
            nonsense
            {"task_id": "Own/0", "completion": "x"}"#;
        let problems = [
            "s.jsonl:1: the suite `own` has no task `Own/9`",
            "s.jsonl:2: the suite `own` has no task `8`",
            "s.jsonl:3: `task_id` is missing: expected a text or a number",
            "s.jsonl:4: `completion` must be a text, not a number",
            "s.jsonl:5: `sample_id` must be a text or a number, not a list",
            "s.jsonl:6: `model` must be a text, not an object",
            "s.jsonl:7: `finish_reason` must be a text, not a number",
            "s.jsonl:8: not JSON: expected ident at column `14`",
        ];
        check_rows(rows, &["Own/0#4: reply x"], &problems);
    }

    #[test]
    fn a_file_is_a_sample_of_the_task_that_it_is_named_after() {
        let ids = ["Own/0", "Own/1", "plain"];
        for name in ["Own_1.py", "Own-1.py", "Own__1.py"] {
            check_files(&[(name, "x")], name, &ids, &["Own/1#0: program x"], &[]);
        }
        check_files(&[("plain.md", "\u{FEFF}x\r\n")], "plain.md", &ids, &["plain#0: reply x\r\n"], &[]);
        check_files(&[("any.txt", "x")], "any.txt", &["Own/0"], &["Own/0#0: reply x"], &[]);
        let unknown = "any.py: not named after a task of the suite `own`: expected a task's id with `_` for `/`";
        check_files(&[("any.py", "x")], "any.py", &ids, &[], &[unknown]);
        check_files(&[("a_b.py", "x")], "a_b.py", &["a/b", "a_b"], &["a_b#0: program x"], &[]);
        let ambiguous = "a_b_c.py: could be task `a/b_c` or task `a_b/c`";
        check_files(&[("a_b_c.py", "x")], "a_b_c.py", &["a/b_c", "a_b/c"], &[], &[ambiguous]);
    }

    #[test]
    fn a_folder_is_read_in_the_order_of_its_names() {
        let files = [("Own_1.py", "b"), ("Own_0.md", "a"), ("Own__1.py", "c"), ("notes.pdf", ""), (".hidden.py", "")];
        let problems = ["notes.pdf: not a sample: expected a `.py`, `.sql`, `.md` or `.txt` file"];
        check_files(
            &files,
            "",
            &["Own/0", "Own/1"],
            &["Own/0#0: reply a", "Own/1#0: program b", "Own/1#1: program c"],
            &problems,
        );
    }

    #[test]
    fn what_is_not_there_or_not_utf_8_is_said() {
        let suite = suite_of(&["Own/0"]);
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(read_samples(&folder.path().join("none.jsonl"), &suite), Err(SamplesError::Read { .. })));
        fs::write(folder.path().join("a.py"), b"\xFF").unwrap();
        let samples = read_samples(folder.path(), &suite).unwrap();
        assert_eq!(samples.problems[0].message, "can't be read: stream did not contain valid UTF-8");
        assert_eq!(suite.tasks[0].id, TaskId("Own/0".to_owned()));
    }
}
