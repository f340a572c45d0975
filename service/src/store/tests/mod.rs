//! The store over a real SQLite file and a real Postgres: each test runs on both.

mod acceptance;
pub(crate) mod databases;
mod expiry;
mod judge0;
pub(crate) mod postgres;
mod trouble;
mod work;

use proofhouse_types::{BatchStatus, Report, Submission, Task};

use crate::dispatcher::ReadyTask;
use crate::store::{Acceptance, BatchId, ScoredRow, StagedRow, Staging, Store};

/// A row with a program that is only text here, for a task of this name.
pub(super) fn row(task: &str, text: &str) -> StagedRow {
    let ready = ReadyTask::of(Task::new(task, ""));
    let key = ready.key.0.iter().map(|byte| format!("{byte:02x}")).collect();
    let json = String::from_utf8(ready.json.to_vec()).unwrap();
    let submission = serde_json::to_string(&Submission::program(task, text)).unwrap();
    StagedRow { task_key: key, task: Some(json), submission }
}

pub(super) fn accepted(acceptance: Acceptance) -> BatchStatus {
    match acceptance {
        Acceptance::Accepted(status) => status,
        Acceptance::Repeated(_) | Acceptance::OtherBody => panic!("{acceptance:?}"),
    }
}

/// A batch of so many rows, as accepted.
pub(super) async fn batch(store: &Store, client: &str, rows: usize) -> BatchId {
    let mut staging: Staging = store.stage(client).await.unwrap();
    let rows: Vec<StagedRow> = (0..rows).map(|number| row("a", &number.to_string())).collect();
    staging.add(&rows).await.unwrap();
    let status = accepted(staging.accept(0, &[], None).await.unwrap());
    BatchId::of(&status.id).unwrap()
}

/// A report that passed.
pub(crate) fn report(task: &str, message: &str) -> Report {
    serde_json::from_value(serde_json::json!({
        "task_id": task, "sample_id": "0", "code_sha256": "", "passed": true, "score": 100.0, "outcome": "passed",
        "message": message, "blame": null, "parts": {}, "tests": [], "findings": [], "fuel": 1,
        "extraction": {"method": "whole", "version": 1}, "isolation": {"mode": "isolated"},
    }))
    .unwrap()
}

pub(super) fn scored(batch: &BatchId, position: i64) -> ScoredRow {
    ScoredRow::of(batch.clone(), position, &report("a", &position.to_string()))
}

/// The positions of a batch that have reports.
pub(super) async fn positions(store: &Store, batch: &BatchId) -> Vec<i64> {
    let (mut positions, mut from) = (Vec::new(), 0);
    loop {
        let page = store.reports(batch, from).await.unwrap();
        positions.extend(page.reports.iter().map(|(position, _)| *position));
        if page.is_last {
            return positions;
        }
        from = positions.last().unwrap() + 1;
    }
}
