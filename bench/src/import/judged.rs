//! Samples that others judged, as a run.

use std::path::Path;

use proofhouse_types::{
    Ask, Extraction, Fuel, Generation, GenerationRequest, Isolation, Outcome, Parts, Report, SampleId, Sampling,
    TaskId, Versions,
};
use sha2::{Digest, Sha256};

use crate::config::{Asking, FORMAT, Grading, Load, Mode, ModelRun, RunConfig, TaskFacts};
use crate::read::Run;
use crate::row::SampleRow;
use crate::summary::{Hardware, SuiteFacts};

/// One sample and what others say of it.
pub(super) struct Judged {
    /// The task.
    pub task_id: String,
    /// What the model wrote.
    pub code: String,
    /// What came of it.
    pub outcome: Outcome,
    /// Why it did not pass.
    pub message: String,
}

/// The model that a file is named after.
fn model_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let known = [".jsonl_results.jsonl", "_results.jsonl", ".jsonl", "_eval_results.json", ".json"];
    let stem = known.iter().find_map(|suffix| name.strip_suffix(suffix)).unwrap_or(&name);
    stem.to_owned()
}

/// A run of samples that others judged, in their order.
pub(super) fn run(path: &Path, origin: &str, digest: String, judged: Vec<Judged>) -> Run {
    let model = model_of(path);
    let mut tasks: Vec<(String, usize)> = Vec::new();
    let mut rows = Vec::with_capacity(judged.len());
    for sample in judged {
        let place = tasks.iter().rposition(|(id, _)| *id == sample.task_id).unwrap_or_else(|| {
            tasks.push((sample.task_id.clone(), 0));
            tasks.len() - 1
        });
        rows.push(row(&model, tasks[place].1, sample));
        tasks[place].1 += 1;
    }
    let repeats = tasks.iter().map(|(_, samples)| *samples).max().unwrap_or(0);
    let name = tasks.first().and_then(|(id, _)| id.split_once('/')).map_or(model.as_str(), |(suite, _)| suite);
    let suite = SuiteFacts { name: name.to_owned(), release: None, digest, tasks: tasks.len() };
    let facts = |(id, _): (String, usize)| TaskFacts {
        id: TaskId(id),
        category: None,
        language: "python".to_owned(),
        efficiency_tests: 0,
    };
    let config = RunConfig {
        format: FORMAT,
        started_unix_ms: 0,
        versions: Versions { proofhouse: String::new(), guest: String::new(), extractor: 0 },
        suite,
        tasks: tasks.into_iter().map(facts).collect(),
        asking: Asking {
            mode: Mode::Complete,
            prompts: 0,
            system: None,
            repeats: u32::try_from(repeats).unwrap_or(u32::MAX),
            sampling: sampling(),
            load: Load::Concurrency(1),
        },
        models: vec![ModelRun::new(model)],
        grading: Grading::default(),
        hardware: Hardware::default(),
        other_hardware: Vec::new(),
        imported: Some(origin.to_owned()),
    };
    Run { folder: path.display().to_string(), config, rows }
}

/// How tokens were chosen, which nobody says.
fn sampling() -> Sampling {
    Sampling::greedy(0)
}

fn row(model: &str, index: usize, sample: Judged) -> SampleRow {
    let (task_id, sample_id) = (TaskId(sample.task_id), SampleId(index.to_string()));
    let report = Report {
        task_id: task_id.clone(),
        sample_id: sample_id.clone(),
        model: Some(model.to_owned()),
        code_sha256: format!("{:x}", Sha256::digest(&sample.code)),
        passed: sample.outcome == Outcome::Passed,
        score: None,
        outcome: Some(sample.outcome),
        message: sample.message,
        blame: None,
        parts: Parts::default(),
        losses: Vec::new(),
        tests: Vec::new(),
        findings: Vec::new(),
        fuel: Fuel(0),
        extraction: Extraction { method: "imported".to_owned(), version: 0 },
        isolation: Isolation::default(),
        fault: None,
    };
    SampleRow {
        model: model.to_owned(),
        task_id,
        sample_id,
        request: GenerationRequest { ask: Ask::Complete { prompt: String::new() }, sampling: sampling() },
        generation: Generation { text: sample.code.clone(), ..Generation::default() },
        code: sample.code,
        report: Some(report),
        grading_ms: None,
    }
}
