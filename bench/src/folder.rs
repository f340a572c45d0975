//! A run's folder while it is written: `run.json` says what the run is made of, `samples.jsonl` has one row a sample, appended as
//! they come, so that a run that was killed goes on where it was. `run.lock` keeps a second process out.
//!
//! A reply is written down when it came, without a verdict, and once more when it was graded: of two rows of a sample the later
//! one counts. At the end of a run the file is written anew, each sample once, in the order in which they were asked.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

use proofhouse_types::{Generation, ModelFacts, SampleId, TaskId};
use serde::Serialize;

use crate::config::{Manner, ModelRun, RunConfig};
use crate::error::{BenchError, failed};
use crate::read::{CONFIG_FILE, ROWS_FILE, Run};
use crate::row::SampleRow;
use crate::schedule::Place;

/// The file that whoever writes to a folder holds a lock on.
const LOCK_FILE: &str = "run.lock";

/// What tells the rows of a run apart: model, task and sample.
type Key = (String, TaskId, SampleId);

/// What becomes of a run that is already in a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// It is gone on with.
    GoOn,
    /// Its rows are thrown away.
    Fresh,
}

/// The folder of a run that is under way. Nobody else writes to it meanwhile.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    config: RunConfig,
    rows: HashMap<Key, SampleRow>,
    file: File,
    _lock: File,
}

impl RunFolder {
    /// Opens a folder, which is made where there is none, for a run. Models that it does not have yet are added to those that it
    /// has; another machine is noted. A torn last row is cut off.
    ///
    /// # Errors
    /// Where the folder has a run that was made with something else, another process writes to it, or it can't be used.
    pub fn open(path: &Path, config: RunConfig, start: Start) -> Result<RunFolder, BenchError> {
        if let Some(model) = named_twice(&config.models) {
            return Err(BenchError::NamedTwice(model));
        }
        fs::create_dir_all(path).map_err(failed("making", path))?;
        let lock = lock(path)?;
        let rows_path = path.join(ROWS_FILE);
        let open = || OpenOptions::new().create(true).append(true).open(&rows_path);
        let file = open().map_err(failed("opening", &rows_path))?;
        let is_there = path.join(CONFIG_FILE).try_exists().map_err(failed("reading", path))?;
        let (config, rows) = match start {
            Start::Fresh => {
                file.set_len(0).map_err(failed("emptying", &rows_path))?;
                (config, Vec::new())
            }
            Start::GoOn if is_there => {
                cut_torn_row(&file, &rows_path)?;
                let run = Run::read(path)?;
                (joined(path, run.config, config)?, run.rows)
            }
            Start::GoOn if fs::metadata(&rows_path).is_ok_and(|there| there.len() > 0) => {
                return Err(BenchError::NoConfig(path.to_owned()));
            }
            Start::GoOn => (config, Vec::new()),
        };
        let rows = rows.into_iter().map(|row| (key(&row), row)).collect();
        let folder = RunFolder { path: path.to_owned(), config, rows, file, _lock: lock };
        folder.write_config()?;
        Ok(folder)
    }

    /// What the run is made of.
    #[must_use]
    pub fn config(&self) -> &RunConfig {
        &self.config
    }

    /// The row of a model's place, as far as there is one.
    pub(crate) fn row(&self, model: &str, place: Place) -> Option<&SampleRow> {
        let task = &self.config.tasks.get(place.task)?.id;
        self.rows.get(&(model.to_owned(), task.clone(), place.sample_id()))
    }

    /// All rows that there are, in no order.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &SampleRow> {
        self.rows.values()
    }

    /// Appends a row, in one write, so that a kill tears at most the last line.
    pub(crate) fn append(&mut self, row: SampleRow) -> Result<(), BenchError> {
        self.file.write_all(&line(&row)).map_err(failed("writing", &self.path.join(ROWS_FILE)))?;
        self.rows.insert(key(&row), row);
        Ok(())
    }

    /// Keeps what a server says of a model, and the request that warmed it up, unless they are known from one that did. How it is
    /// run is noted beside other ways.
    pub(crate) fn know(
        &mut self,
        model: &str,
        facts: ModelFacts,
        warm_up: Generation,
        manner: Manner,
    ) -> Result<(), BenchError> {
        self.note(model, |there| {
            there.lost = None;
            if !there.manners.contains(&manner) {
                there.manners.push(manner);
            }
            if there.warm_up.as_ref().is_none_or(|before| before.failure.is_some()) {
                (there.facts, there.warm_up) = (facts, Some(warm_up));
            }
        })
    }

    /// Keeps why a model can't be asked, or no more.
    pub(crate) fn lose(&mut self, model: &str, why: &str) -> Result<(), BenchError> {
        self.note(model, |there| there.lost = Some(why.to_owned()))
    }

    fn note(&mut self, model: &str, change: impl FnOnce(&mut ModelRun)) -> Result<(), BenchError> {
        let Some(there) = self.config.models.iter_mut().find(|there| there.name == model) else { return Ok(()) };
        change(there);
        self.write_config()
    }

    /// Writes each row once, in the order in which they were asked, and hands the run back.
    ///
    /// # Errors
    /// Where the file can't be written; the one that is there stays.
    pub(crate) fn finish(self) -> Result<Run, BenchError> {
        let models: HashMap<&str, usize> = positions(self.config.models.iter().map(|model| model.name.as_str()));
        let tasks: HashMap<&TaskId, usize> = positions(self.config.tasks.iter().map(|task| &task.id));
        let mut rows: Vec<SampleRow> = self.rows.into_values().collect();
        rows.sort_by_cached_key(|row| {
            let repeat: u32 = row.sample_id.0.parse().unwrap_or(u32::MAX);
            (models.get(row.model.as_str()).copied(), repeat, tasks.get(&row.task_id).copied())
        });
        replace(&self.path.join(ROWS_FILE), &rows.iter().flat_map(line).collect::<Vec<u8>>())?;
        Ok(Run { folder: self.path.display().to_string(), config: self.config, rows })
    }

    fn write_config(&self) -> Result<(), BenchError> {
        let mut bytes = serde_json::to_vec_pretty(&self.config).expect("it is plain data");
        bytes.push(b'\n');
        replace(&self.path.join(CONFIG_FILE), &bytes)
    }
}

fn key(row: &SampleRow) -> Key {
    (row.model.clone(), row.task_id.clone(), row.sample_id.clone())
}

fn line(row: &SampleRow) -> Vec<u8> {
    let mut line = serde_json::to_vec(row).expect("a row is plain data");
    line.push(b'\n');
    line
}

fn positions<T: std::hash::Hash + Eq>(all: impl Iterator<Item = T>) -> HashMap<T, usize> {
    all.enumerate().map(|(position, one)| (one, position)).collect()
}

fn named_twice(models: &[ModelRun]) -> Option<String> {
    let twice = |number: usize| models[..number].iter().any(|before| before.name == models[number].name);
    (0..models.len()).find(|number| twice(*number)).map(|number| models[number].name.clone())
}

fn lock(folder: &Path) -> Result<File, BenchError> {
    let path = folder.join(LOCK_FILE);
    let file = OpenOptions::new().create(true).append(true).open(&path).map_err(failed("opening", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(BenchError::UnderWay(folder.to_owned())),
        Err(TryLockError::Error(error)) => Err(failed("locking", &path)(error)),
    }
}

/// Cuts off what a kill left of a row that was being written: the next one would be glued to it.
fn cut_torn_row(file: &File, path: &Path) -> Result<(), BenchError> {
    let bytes = fs::read(path).map_err(failed("reading", path))?;
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    if whole < bytes.len() {
        file.set_len(whole as u64).map_err(failed("shortening", path))?;
    }
    Ok(())
}

/// Writes a whole file, or leaves the one that is there, also where the power fails.
///
/// # Errors
/// Where the system says no.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), BenchError> {
    let beside = path.with_added_extension("new");
    let write = || {
        let mut file = File::create(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(failed("writing", &beside))?;
    fs::rename(&beside, path).map_err(failed("replacing", path))
}

/// The config of a run that goes on: as it began, with the models and the machine that are new.
fn joined(folder: &Path, there: RunConfig, now: RunConfig) -> Result<RunConfig, BenchError> {
    if let Some((what, there, now)) = difference(&there, &now) {
        return Err(BenchError::MadeOtherwise { folder: folder.to_owned(), what, there, now });
    }
    let mut config = there;
    for model in now.models {
        if config.models.iter().all(|there| there.name != model.name) {
            config.models.push(model);
        }
    }
    if config.hardware != now.hardware && !config.other_hardware.contains(&now.hardware) {
        config.other_hardware.push(now.hardware);
    }
    Ok(config)
}

/// What keeps a run from going on: how it was made, and what it would be gone on with.
fn difference(there: &RunConfig, now: &RunConfig) -> Option<(&'static str, String, String)> {
    let of = |config: &RunConfig| {
        let asking = &config.asking;
        [
            ("suite", short(&config.suite.digest)),
            ("choice of tasks", tasks(config)),
            ("mode", json(&asking.mode)),
            ("version of the prompts", asking.prompts.to_string()),
            ("system prompt", json(&asking.system)),
            ("number of repeats", asking.repeats.to_string()),
            ("sampling", json(&asking.sampling)),
            ("load", json(&asking.load)),
            ("limits", json(&config.grading.limits)),
            ("isolation", config.grading.isolation.to_string()),
            ("version", config.versions.proofhouse.clone()),
            ("guest", config.versions.guest.clone()),
            ("extractor", config.versions.extractor.to_string()),
        ]
    };
    let both = of(there).into_iter().zip(of(now));
    let other = both.map(|((what, there), (_, now))| (what, there, now)).find(|(_, there, now)| there != now);
    other.map(|(what, there, now)| (what, cut(&there), cut(&now)))
}

/// What fits into a message.
fn cut(text: &str) -> String {
    const MOST: usize = 120;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("it is plain data")
}

/// A digest needs only its first characters to be told from another.
fn short(digest: &str) -> String {
    digest.chars().take(12).collect()
}

fn tasks(config: &RunConfig) -> String {
    let ids: Vec<&str> = config.tasks.iter().map(|task| task.id.0.as_str()).collect();
    format!("{} of them ({})", ids.len(), ids.join(", "))
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use proofhouse_types::{FailureKind, GenerationFailure};
    use serde_json::{Value, json};

    use super::*;
    use crate::run::Graded;

    fn config(change: Value) -> RunConfig {
        let mut config = json!({
            "format": 1, "started_unix_ms": 0,
            "versions": { "proofhouse": "0", "guest": "g", "extractor": 1 },
            "suite": { "name": "s", "digest": "d", "tasks": 2 },
            "tasks": [{ "id": "b", "language": "python" }, { "id": "a", "language": "python" }],
            "asking": {
                "mode": "chat", "prompts": 1, "repeats": 2, "load": { "concurrency": 1 },
                "sampling": { "max_tokens": 9, "temperature": 0.0 },
            },
            "models": [{ "name": "m" }],
            "hardware": { "cpu": "c", "cores": 1, "memory_bytes": 1, "system": "s" },
        });
        for (name, value) in change.as_object().unwrap() {
            config[name] = value.clone();
        }
        serde_json::from_value(config).unwrap()
    }

    fn row(model: &str, task: &str, sample: &str, text: &str) -> SampleRow {
        let row = json!({
            "model": model, "task_id": task, "sample_id": sample,
            "request": {
                "ask": { "mode": "complete", "prompt": "" }, "sampling": { "max_tokens": 9, "temperature": 0.0 },
            },
            "generation": {
                "text": text, "usage": {}, "timing": { "sent_unix_ms": 0, "queue_ms": 0.0, "retry_ms": 0.0 },
                "attempts": 1,
            },
        });
        serde_json::from_value(row).unwrap()
    }

    fn go_on(path: &Path) -> RunFolder {
        RunFolder::open(path, config(json!({})), Start::GoOn).unwrap()
    }

    fn texts(run: &Run) -> Vec<&str> {
        run.rows.iter().map(|row| row.generation.text.as_str()).collect()
    }

    #[test]
    fn a_torn_row_is_cut_off_and_the_later_of_two_counts() {
        let folder = tempfile::tempdir().unwrap();
        let mut run = go_on(folder.path());
        run.append(row("m", "a", "0", "first")).unwrap();
        run.append(row("m", "b", "0", "other")).unwrap();
        run.append(row("m", "a", "0", "second")).unwrap();
        drop(run);
        let path = folder.path().join(ROWS_FILE);
        let mut bytes = fs::read(&path).unwrap();
        let whole = bytes.len();
        bytes.extend_from_slice(&line(&row("m", "a", "0", "torn"))[..40]);
        fs::write(&path, bytes).unwrap();

        let mut run = go_on(folder.path());
        assert_eq!(fs::metadata(&path).unwrap().len(), whole as u64);
        run.append(row("m", "a", "1", "third")).unwrap();
        let run = run.finish().unwrap();
        assert_eq!(texts(&run), ["other", "second", "third"]);
        assert_eq!(Run::read(folder.path()).unwrap(), run);
    }

    #[test]
    fn a_finished_file_has_its_rows_in_the_order_in_which_they_are_asked() {
        let folder = tempfile::tempdir().unwrap();
        let models = json!({ "models": [{ "name": "m" }, { "name": "l" }] });
        let mut run = RunFolder::open(folder.path(), config(models), Start::GoOn).unwrap();
        for (model, task, sample) in
            [("l", "a", "0"), ("m", "a", "1"), ("m", "a", "0"), ("m", "b", "1"), ("m", "b", "0")]
        {
            run.append(row(model, task, sample, &format!("{model}{task}{sample}"))).unwrap();
        }
        assert_eq!(texts(&run.finish().unwrap()), ["mb0", "ma0", "mb1", "ma1", "la0"]);
    }

    #[test]
    fn new_models_and_another_machine_are_noted_and_the_first_facts_stay() {
        let folder = tempfile::tempdir().unwrap();
        let facts = |name: &str| ModelFacts { name: Some(name.to_owned()), ..ModelFacts::default() };
        let manner = |graded| Manner { jobs: NonZeroU32::MIN, graded, file: None };
        let failure = Some(GenerationFailure { kind: FailureKind::ServerError, message: String::new() });
        let failed = Generation { failure, ..Generation::default() };
        go_on(folder.path()).know("m", facts("before"), failed, manner(Graded::AtOnce)).unwrap();
        go_on(folder.path()).lose("m", "it is gone").unwrap();
        assert_eq!(Run::read(folder.path()).unwrap().config.models[0].lost.as_deref(), Some("it is gone"));
        go_on(folder.path()).know("m", facts("first"), Generation::default(), manner(Graded::AtOnce)).unwrap();
        let hardware = json!({ "cpu": "other", "cores": 1, "memory_bytes": 1, "system": "s" });
        let now = json!({ "models": [{ "name": "l" }, { "name": "m" }], "hardware": hardware });
        for _ in 0..2 {
            RunFolder::open(folder.path(), config(now.clone()), Start::GoOn)
                .unwrap()
                .know("m", facts("second"), Generation::default(), manner(Graded::Last))
                .unwrap();
        }
        let there = Run::read(folder.path()).unwrap().config;
        let names: Vec<&str> = there.models.iter().map(|model| model.name.as_str()).collect();
        assert_eq!((names, there.models[0].facts.clone()), (vec!["m", "l"], facts("first")));
        assert_eq!(there.models[0].manners, [manner(Graded::AtOnce), manner(Graded::Last)]);
        assert_eq!(there.models[0].lost, None);
        assert_eq!((there.hardware.cpu.as_str(), there.other_hardware.len()), ("c", 1));
        assert_eq!(there.other_hardware[0].cpu, "other");
    }

    #[test]
    fn what_can_not_be_gone_on_with_is_refused_and_stays() {
        let check = |prepare: &dyn Fn(&Path), now: Value, said: &str| {
            let folder = tempfile::tempdir().unwrap();
            prepare(folder.path());
            let before = fs::read(folder.path().join(ROWS_FILE)).unwrap_or_default();
            let error = RunFolder::open(folder.path(), config(now), Start::GoOn).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
            assert_eq!(fs::read(folder.path().join(ROWS_FILE)).unwrap_or_default(), before);
        };
        let made = |path: &Path| go_on(path).append(row("m", "a", "0", "x")).unwrap();
        let versions = |guest: &str| json!({ "versions": { "proofhouse": "0", "guest": guest, "extractor": 1 } });
        check(&made, versions("h"), "a run with another guest: g, now h; start over with `--fresh`");
        check(&made, json!({ "models": [{ "name": "m" }, { "name": "m" }] }), "`m` is named twice");
        let rows_alone = |path: &Path| {
            made(path);
            fs::remove_file(path.join(CONFIG_FILE)).unwrap();
        };
        check(&rows_alone, json!({}), "no `run.json`");
        let damaged = |path: &Path| {
            made(path);
            fs::write(path.join(ROWS_FILE), "{}\n").unwrap();
        };
        check(&damaged, json!({}), "samples.jsonl`, line 1: not a row of a run");
        let of_another_format = |path: &Path| {
            made(path);
            fs::write(path.join(CONFIG_FILE), r#"{"format": 2}"#).unwrap();
        };
        check(&of_another_format, json!({}), "is of format 2");
    }

    #[test]
    fn a_fresh_start_throws_the_rows_away() {
        let folder = tempfile::tempdir().unwrap();
        go_on(folder.path()).append(row("m", "a", "0", "x")).unwrap();
        let run = RunFolder::open(
            folder.path(),
            config(json!({ "suite": { "name": "t", "digest": "e", "tasks": 2 } })),
            Start::Fresh,
        );
        assert_eq!(run.unwrap().finish().unwrap().rows, []);
        assert_eq!(Run::read(folder.path()).unwrap().config.suite.name, "t");
    }

    #[test]
    fn one_process_writes_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let first = go_on(folder.path());
        let second = RunFolder::open(folder.path(), config(json!({})), Start::Fresh).unwrap_err();
        assert!(second.to_string().contains("is another run's, which is under way"), "{second}");
        drop(first);
        go_on(folder.path());
    }
}
