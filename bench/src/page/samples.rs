//! Every sample as JSON inside the page, for the script to show on demand.
//!
//! The texts share a bound, so that a page of thousands of samples still opens; what is cut says so, and where the whole is.

use std::collections::HashMap;

use proofhouse_types::{Ask, Generation, GenerationFailure, Report, ServerTiming, Timing, Usage};
use serde::Serialize;

use super::rows::rows_of;
use crate::metrics::tpot_ms;
use crate::read::Run;
use crate::row::SampleRow;
use crate::summary::Summary;

/// Bytes of all texts together. Browsers open a page of ten megabytes within a second, and much else of it is no text.
const TEXTS: usize = 6 << 20;

/// The samples, as the script reads them.
#[derive(Serialize)]
struct Samples<'a> {
    /// The folder of each model's run.
    folders: HashMap<&'a str, &'a str>,
    /// What models were asked; many samples are asked the same.
    prompts: Vec<Vec<(&'static str, Text<'a>)>>,
    rows: Vec<Sample<'a>>,
}

/// One sample. Its fields are those of a run's rows, but for what a reader does not look for: chunk by chunk latencies.
#[derive(Serialize)]
struct Sample<'a> {
    model: &'a str,
    task: &'a str,
    sample: &'a str,
    /// Which of the prompts.
    prompt: usize,
    seed: Option<u64>,
    code: Text<'a>,
    text: Text<'a>,
    reasoning: Text<'a>,
    finish: Option<&'a str>,
    usage: Usage,
    timing: Timing,
    tpot_ms: Option<f64>,
    server: Option<ServerTiming>,
    attempts: u32,
    retries: &'a [GenerationFailure],
    kept: bool,
    doubts: &'a [String],
    failure: Option<&'a GenerationFailure>,
    report: Option<&'a Report>,
}

/// A text, or its start with the number of bytes of the whole.
#[derive(Debug, PartialEq, Serialize)]
#[serde(untagged)]
enum Text<'a> {
    Whole(&'a str),
    Start { start: &'a str, of: usize },
}

/// The JSON of all samples, fit for a `script` element: it has no `<`.
pub(super) fn samples(summary: &Summary, runs: &[Run]) -> Result<String, serde_json::Error> {
    serde_json::to_string(&collect(summary, runs)).map(|json| json.replace('<', "\\u003c"))
}

fn collect<'a>(summary: &'a Summary, runs: &'a [Run]) -> Samples<'a> {
    let rows: Vec<(&str, &SampleRow)> =
        summary.models.iter().flat_map(|model| rows_of(model, runs).map(|row| (model.name.as_str(), row))).collect();
    let mut places: HashMap<&Ask, usize> = HashMap::new();
    let mut asks: Vec<&Ask> = Vec::new();
    for (_, row) in &rows {
        places.entry(&row.request.ask).or_insert_with(|| {
            asks.push(&row.request.ask);
            asks.len() - 1
        });
    }
    let of_rows = rows.iter().flat_map(|(_, row)| [&row.code, &row.generation.text, &row.generation.reasoning]);
    let of_asks = asks.iter().flat_map(|ask| parts(ask)).map(|(_, text)| text);
    let bound = bound(of_rows.map(String::as_str).chain(of_asks).map(str::len).collect(), TEXTS);
    let cut = |text| cut(text, bound);
    let sample = |(model, row): &(&'a str, &'a SampleRow)| {
        let Generation {
            text,
            reasoning,
            finish_reason,
            usage,
            timing,
            server,
            attempts,
            retries,
            kept,
            doubts,
            failure,
            ..
        } = &row.generation;
        Sample {
            model,
            task: &row.task_id.0,
            sample: &row.sample_id.0,
            prompt: places[&row.request.ask],
            seed: row.request.sampling.seed,
            code: cut(&row.code),
            text: cut(text),
            reasoning: cut(reasoning),
            finish: finish_reason.as_deref(),
            usage: *usage,
            timing: Timing { icl_ms: Vec::new(), ..timing.clone() },
            tpot_ms: tpot_ms(&row.generation),
            server: *server,
            attempts: *attempts,
            retries,
            kept: *kept,
            doubts,
            failure: failure.as_ref(),
            report: row.report.as_ref(),
        }
    };
    Samples {
        folders: summary
            .models
            .iter()
            .filter_map(|model| Some((model.name.as_str(), runs.get(model.run)?.folder.as_str())))
            .collect(),
        prompts: asks
            .iter()
            .map(|ask| parts(ask).into_iter().map(|(name, text)| (name, cut(text))).collect())
            .collect(),
        rows: rows.iter().map(sample).collect(),
    }
}

/// The texts that a model was handed, with what they are.
fn parts(ask: &Ask) -> Vec<(&'static str, &str)> {
    match ask {
        Ask::Chat { system, user } => {
            let system = system.as_deref().map(|system| ("System prompt", system));
            system.into_iter().chain([("Prompt", user.as_str())]).collect()
        }
        Ask::Complete { prompt } => vec![("Prompt", prompt)],
        Ask::Fim { prefix, suffix } => vec![("Before the gap", prefix), ("After the gap", suffix)],
    }
}

/// The largest number of bytes such that texts of these lengths, each cut there, stay within a total.
fn bound(mut lengths: Vec<usize>, total: usize) -> usize {
    lengths.sort_unstable();
    let mut left = total;
    for (place, length) in lengths.iter().enumerate() {
        let share = left / (lengths.len() - place);
        if *length > share {
            return share;
        }
        left -= length;
    }
    usize::MAX
}

fn cut(text: &str, bound: usize) -> Text<'_> {
    if text.len() <= bound {
        return Text::Whole(text);
    }
    Text::Start { start: &text[..text.floor_char_boundary(bound)], of: text.len() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_share_what_room_there_is() {
        for (lengths, total, expected) in [
            (&[][..], 10, usize::MAX),
            (&[5, 5], 10, usize::MAX),
            (&[5, 6], 10, 5),
            (&[1, 100, 2], 10, 7),
            (&[100, 100, 100], 10, 3),
            (&[0, 0], 0, usize::MAX),
            (&[1], 0, 0),
        ] {
            assert_eq!(bound(lengths.to_vec(), total), expected, "{lengths:?} in {total}");
        }
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!(cut("aü", 3), Text::Whole("aü"));
        assert_eq!(cut("aü", 2), Text::Start { start: "a", of: 3 });
    }
}
