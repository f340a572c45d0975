//! A report to test with: a run with flips, cut-off replies, a failed request, findings, and a reply that attacks the page.

use std::path::Path;

use crate::metrics::Price;
use crate::read::Run;
use crate::summarise::{SummaryOptions, summarise};
use crate::summary::Summary;

pub(crate) fn run() -> Run {
    Run::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/runs/three-models")).unwrap()
}

pub(crate) fn summary(runs: &[Run]) -> Summary {
    let objectives = Some("ttft=500ms,e2e=10s".parse().unwrap());
    summarise(runs, &SummaryOptions { objectives, price: Some(Price { gpu_hour: 1.5, gpus: 1.0 }) })
}
