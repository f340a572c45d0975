//! A run: models are asked for what the folder lacks, what comes back is written down at once, then graded, and written down with
//! its verdict. Three kinds of threads: one that asks, some that grade, and this one, which alone writes and tells.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};

use proofhouse::{Grader, Suite, TaskKey};
use proofhouse_generator::{ModelName, Options};
use proofhouse_types::{Task, TaskId};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use crate::asking::{Asker, Turn};
use crate::came::{Came, telling};
use crate::config::{Manner, RunConfig};
use crate::error::BenchError;
use crate::event::Event;
use crate::folder::RunFolder;
use crate::grading::Grading;
use crate::prompts::Prompt;
use crate::read::Run;
use crate::row::SampleRow;
use crate::schedule::{Place, places};

/// What a run needs besides its folder.
pub struct Bench<'a> {
    /// The suite that the folder's config was made of.
    pub suite: &'a Suite,
    /// The models to ask, each with how it is asked. Others of the folder are left as they are.
    pub models: Vec<(ModelName, Options)>,
    /// What judges programs.
    pub grader: &'a Grader,
    /// Replies that are graded at a time.
    pub jobs: NonZeroU32,
    /// When they are.
    pub graded: Graded,
    /// Ends the asking. Requests that are under way are waited for.
    pub stop: CancellationToken,
    /// Gives up requests that are under way, and what is not graded yet.
    pub give_up: CancellationToken,
}

/// When replies are graded. Those of one model always are before the next one is asked: grading meets none but the model whose
/// replies it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Graded {
    /// When they come.
    AtOnce,
    /// When their model was asked for everything: nothing else then works on this machine while it is measured.
    Last,
}

/// What became of a run.
#[derive(Debug)]
pub struct Ended {
    /// All that the folder has now.
    pub run: Run,
    /// Models that could not be asked, or no more, and why.
    pub lost: Vec<(String, String)>,
    /// Samples of the models to ask that are not there, or not graded.
    pub missing: usize,
}

impl Bench<'_> {
    /// Runs until there is nothing left to ask and to grade, or until it is stopped. Tells what happens on the way.
    ///
    /// # Errors
    /// Where the folder can't be written, or programs can't be judged at all. What was written down by then stays.
    pub fn run(self, folder: RunFolder, on_event: &mut dyn FnMut(Event<'_>)) -> Result<Ended, BenchError> {
        let config = folder.config().clone();
        let tasks: Vec<&Task> = chosen(self.suite, &config).collect();
        let prompts: Vec<(TaskId, Prompt)> =
            tasks.iter().filter_map(|task| Some((task.id.clone(), Prompt::of(task, &config.asking)?))).collect();
        let keyed: Vec<(TaskKey, &Task)> = tasks.iter().map(|task| (TaskKey::of(task).0, *task)).collect();
        let names: Vec<String> = self.models.iter().map(|(model, _)| model.to_string()).collect();
        let turn_of = |(model, options): (ModelName, Options)| {
            let manner = Manner::of(&model, &options, self.jobs, self.graded);
            turn(&folder, &config, model, options, manner)
        };
        let turns: Vec<Turn> = self.models.into_iter().map(turn_of).collect();
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(BenchError::Runtime)?;

        let (came, all_that_came) = channel();
        let (to_grade, replies) = channel();
        let grading =
            Grading { grader: self.grader, tasks: &keyed, replies: Mutex::new(replies), give_up: &self.give_up };
        let asker = Asker {
            asking: &config.asking,
            prompts: &prompts,
            stop: &self.stop,
            give_up: &self.give_up,
            came: came.clone(),
        };
        let mut writer = Writer {
            folder,
            names: &names,
            graded: self.graded,
            to_grade: Some(to_grade),
            in_grading: 0,
            held: Vec::new(),
            next: None,
            lost: Vec::new(),
            on_event,
        };
        let written = std::thread::scope(|scope| {
            for _ in 0..self.jobs.get() {
                let (came, grading) = (came.clone(), &grading);
                scope.spawn(move || grading.work(&came));
            }
            scope.spawn(move || {
                telling(&came, || {
                    runtime.block_on(asker.ask_all(turns));
                    Ok(())
                });
            });
            writer.grade_what_is_there();
            let written = writer.write(&all_that_came);
            if written.is_err() {
                self.give_up.cancel();
                writer.to_grade = None;
            }
            // Whoever still tells something learns that nobody listens.
            drop(all_that_came);
            written
        });
        written?;
        let Writer { folder, lost, .. } = writer;
        let missing = names.iter().map(|name| missing(&folder, name)).sum();
        Ok(Ended { run: folder.finish()?, lost, missing })
    }
}

/// The tasks of a suite that a run is of.
fn chosen<'a>(suite: &'a Suite, config: &'a RunConfig) -> impl Iterator<Item = &'a Task> {
    let by_id: HashMap<&TaskId, &Task> = suite.tasks.iter().map(|task| (&task.id, task)).collect();
    config.tasks.iter().filter_map(move |task| by_id.get(&task.id).copied())
}

/// What a model still has to be asked for.
fn turn(folder: &RunFolder, config: &RunConfig, model: ModelName, options: Options, manner: Manner) -> Turn {
    let name = model.to_string();
    let there = config.models.iter().find(|there| there.name == name && there.warm_up.is_some());
    let is_lacking = |place: &Place| folder.row(&name, *place).is_none_or(|row| row.generation.failure.is_some());
    let places = places(config.tasks.len(), config.asking.repeats).filter(is_lacking).collect();
    Turn { model, options, manner, known: there.map(|there| there.facts.clone()), places }
}

/// How many samples of a model have neither a verdict nor a failure.
fn missing(folder: &RunFolder, model: &str) -> usize {
    let is_missing = |row: &SampleRow| row.generation.failure.is_none() && row.report.is_none();
    let config = folder.config();
    places(config.tasks.len(), config.asking.repeats)
        .filter(|place| folder.row(model, *place).is_none_or(is_missing))
        .count()
}

/// The only one that writes to the folder, and tells of it.
struct Writer<'a> {
    folder: RunFolder,
    /// The models, by turn.
    names: &'a [String],
    graded: Graded,
    /// Where replies go; none once there are no more.
    to_grade: Option<Sender<SampleRow>>,
    /// Replies that are there, or on their way.
    in_grading: usize,
    /// Replies that are to be graded last.
    held: Vec<SampleRow>,
    /// The model whose turn comes when everything is graded, and who waits for it.
    next: Option<(usize, oneshot::Sender<()>)>,
    lost: Vec<(String, String)>,
    on_event: &'a mut dyn FnMut(Event<'_>),
}

impl Writer<'_> {
    /// Replies that were there before, and were not graded, or not without a fault of ours.
    fn grade_what_is_there(&mut self) {
        let waits = |row: &&SampleRow| {
            let measured = row.report.as_ref().is_some_and(|report| report.score.is_some());
            row.generation.failure.is_none() && !measured
        };
        let rows: Vec<SampleRow> = self.folder.rows().filter(waits).cloned().collect();
        if !rows.is_empty() {
            (self.on_event)(Event::Ungraded(rows.len()));
        }
        for row in rows {
            self.grade(row);
        }
    }

    fn grade(&mut self, row: SampleRow) {
        if let Some(to_grade) = &self.to_grade {
            self.in_grading += 1;
            // Where nobody grades any more, the row waits for the next time.
            let _ = to_grade.send(row);
        }
    }

    fn grade_held(&mut self) {
        for row in std::mem::take(&mut self.held) {
            self.grade(row);
        }
    }

    /// Writes down what comes until nobody is left to tell anything.
    fn write(&mut self, all_that_came: &Receiver<Came>) -> Result<(), BenchError> {
        for came in all_that_came {
            match came {
                Came::Turn { number, idle } => {
                    self.grade_held();
                    self.next = Some((number, idle));
                    self.turn();
                }
                Came::Warm { model, manner, facts, warm_up } => {
                    (self.on_event)(Event::Warm { model: &model, facts: &facts, warm_up: &warm_up });
                    self.folder.know(&model, *facts, *warm_up, *manner)?;
                }
                Came::Reply { row, written } => {
                    self.folder.append((*row).clone())?;
                    // Who does not wait any more was given up.
                    let _ = written.send(());
                    (self.on_event)(Event::Came(&row));
                    if row.generation.failure.is_none() {
                        match self.graded {
                            Graded::AtOnce => self.grade(*row),
                            Graded::Last => self.held.push(*row),
                        }
                    }
                }
                Came::Graded(row) => {
                    (self.on_event)(Event::Graded(&row));
                    self.folder.append(*row)?;
                    self.in_grading -= 1;
                    self.turn();
                }
                Came::Lost { model, why } => {
                    (self.on_event)(Event::Lost { model: &model, why: &why });
                    self.folder.lose(&model, &why)?;
                    self.lost.push((model, why));
                }
                Came::AllAsked => {
                    self.grade_held();
                    self.to_grade = None;
                }
                Came::NoDesk(error) => return Err(error.into()),
                Came::Panicked(said) => return Err(BenchError::Panicked(said)),
            }
        }
        Ok(())
    }

    /// Gives the next model its turn, if everything is graded.
    fn turn(&mut self) {
        if self.in_grading > 0 {
            return;
        }
        let Some((number, idle)) = self.next.take() else { return };
        let model = self.names[number].as_str();
        let config = self.folder.config();
        let kept = self.folder.rows().filter(|row| row.model == model && row.generation.failure.is_none()).collect();
        let of = config.tasks.len() * config.asking.repeats as usize;
        (self.on_event)(Event::Turn { model, of, kept });
        // Who does not wait any more was given up.
        let _ = idle.send(());
    }
}
