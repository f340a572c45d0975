//! Runs with known answers, for tests.

use proofhouse_types::{
    Ask, Extraction, FailureKind, FeaturesPart, Finish, Fuel, Generation, GenerationFailure, GenerationRequest,
    Isolation, Outcome, Parts, Report, SampleId, Sampling, SecurityPart, TaskId, TestsPart, Timing, Usage, Versions,
};

use crate::config::{Asking, FORMAT, Grading, Load, Mode, ModelRun, RunConfig, TaskFacts};
use crate::read::Run;
use crate::row::SampleRow;
use crate::summary::{Hardware, SuiteFacts};

/// When the first request of a run was sent.
pub(crate) const START: u64 = 1_700_000_000_000;

pub(crate) fn sampling() -> Sampling {
    Sampling::greedy(512)
}

pub(crate) fn model(name: &str) -> ModelRun {
    ModelRun::new(name.to_owned())
}

/// A run of models over tasks with these names and categories.
pub(crate) fn config(models: &[&str], tasks: &[(&str, &str)], repeats: u32) -> RunConfig {
    let facts = |(id, category): &(&str, &str)| TaskFacts {
        id: TaskId((*id).to_owned()),
        category: Some((*category).to_owned()),
        language: "python".to_owned(),
        efficiency_tests: 0,
    };
    RunConfig {
        format: FORMAT,
        started_unix_ms: START,
        versions: Versions { proofhouse: "0.1.0".to_owned(), guest: "cpython".to_owned(), extractor: 1 },
        suite: SuiteFacts { name: "own".to_owned(), release: None, digest: "d1".to_owned(), tasks: tasks.len() },
        tasks: tasks.iter().map(facts).collect(),
        asking: Asking {
            mode: Mode::Chat,
            prompts: 0,
            system: None,
            repeats,
            sampling: sampling(),
            load: Load::Concurrency(1),
        },
        models: models.iter().map(|name| model(name)).collect(),
        grading: Grading::default(),
        hardware: Hardware { cpu: "a processor".to_owned(), cores: 2, memory_bytes: 1 << 30, ..Hardware::default() },
        other_hardware: Vec::new(),
        imported: None,
    }
}

/// A row without times, whose code passed or failed.
pub(crate) fn row(model: &str, task: &str, sample: usize, outcome: Outcome) -> SampleRow {
    let (task_id, sample_id) = (TaskId(task.to_owned()), SampleId(sample.to_string()));
    let passed = outcome == Outcome::Passed;
    let report = Report {
        task_id: task_id.clone(),
        sample_id: sample_id.clone(),
        model: Some(model.to_owned()),
        code_sha256: "00".to_owned(),
        passed,
        score: Some(if passed { 100.0 } else { 20.0 }),
        outcome: Some(outcome),
        message: String::new(),
        blame: None,
        parts: Parts {
            syntax: Some(outcome != Outcome::SyntaxError),
            features: Some(FeaturesPart { found: usize::from(passed), of: 1, missing: Vec::new() }),
            tests: Some(TestsPart { passed: usize::from(passed), of: 1 }),
            efficiency: None,
            security: Some(SecurityPart { share: 1.0, ..SecurityPart::default() }),
        },
        losses: Vec::new(),
        tests: Vec::new(),
        findings: Vec::new(),
        fuel: Fuel(1000),
        extraction: Extraction { method: "fence".to_owned(), version: 1 },
        isolation: Isolation::default(),
        fault: None,
    };
    let ask = Ask::Chat { system: None, user: "Write it.".to_owned() };
    SampleRow {
        model: model.to_owned(),
        task_id,
        sample_id,
        request: GenerationRequest { ask, sampling: sampling() },
        generation: Generation {
            text: "```\npass\n```".to_owned(),
            finish: Finish::Stop,
            attempts: 1,
            ..Generation::default()
        },
        code: "pass\n".to_owned(),
        report: Some(report),
        grading_ms: Some(1.0),
    }
}

/// The same with times: sent at so many ms of the run, 11 tokens, of which the first came after `ttft`.
pub(crate) fn timed(row: SampleRow, sent: u64, ttft: f64, e2el: f64) -> SampleRow {
    let timing = Timing {
        sent_unix_ms: START + sent,
        ttft_ms: Some(ttft),
        ttfo_ms: Some(ttft),
        e2el_ms: Some(e2el),
        icl_ms: vec![(e2el - ttft) / 2.0; 2],
        ..Timing::default()
    };
    let usage = Usage { prompt_tokens: Some(100), completion_tokens: Some(11), ..Usage::default() };
    SampleRow { generation: Generation { timing, usage, ..row.generation }, ..row }
}

/// A row whose request failed.
pub(crate) fn failed(row: SampleRow, kind: FailureKind) -> SampleRow {
    let failure = Some(GenerationFailure { kind, message: "it is gone".to_owned() });
    SampleRow {
        generation: Generation { failure, text: String::new(), finish: Finish::Unknown, ..row.generation },
        code: String::new(),
        report: None,
        grading_ms: None,
        ..row
    }
}

/// A row that our own host failed at.
pub(crate) fn faulted(row: SampleRow) -> SampleRow {
    let report = row.report.map(|report| Report {
        passed: false,
        score: None,
        outcome: None,
        parts: Parts::default(),
        fault: Some("no memory".to_owned()),
        ..report
    });
    SampleRow { report, ..row }
}

pub(crate) fn run(folder: &str, config: RunConfig, rows: Vec<SampleRow>) -> Run {
    Run { folder: folder.to_owned(), config, rows }
}
