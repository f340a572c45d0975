//! Which rows of the runs belong to which model of the summary.

use crate::read::Run;
use crate::row::SampleRow;
use crate::summary::ModelSummary;

/// The rows of a model.
pub(super) fn rows_of<'a>(model: &'a ModelSummary, runs: &'a [Run]) -> impl Iterator<Item = &'a SampleRow> {
    runs.get(model.run).into_iter().flat_map(|run| &run.rows).filter(|row| row.model == model.model)
}
