//! `proofhouse report`: what runs came to, on the terminal or in files.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;
use proofhouse_bench::{Run, csv, differences, html, summarise, text as report_text, write_eval_plus};

use crate::exit::{self, Ending, Exit, UserError};
use crate::measures::MeasureFlags;
use crate::text;

#[derive(Debug, Args)]
#[command(after_help = exit::HELP)]
pub struct Report {
    /// Folders of runs, finished or not, or files with results of human-eval or EvalPlus. Several are put side by side
    #[arg(value_name = "DIR", required = true)]
    pub runs: Vec<PathBuf>,
    /// Write one HTML file with tables, plots and every sample, which needs no network
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Write the numbers as JSON
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Write one line a sample as CSV
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
    /// Write each model's samples and verdicts to this folder, in EvalPlus's format
    #[arg(long, value_name = "DIR")]
    pub evalplus: Option<PathBuf>,
    /// Print the tasks at which models differ besides
    #[arg(long)]
    pub compare: bool,
    #[command(flatten)]
    pub measures: MeasureFlags,
}

pub fn report(arguments: &Report) -> Result<Exit> {
    let runs: Vec<Run> = arguments.runs.iter().map(|run| Run::read(run)).collect::<Result<_, _>>()?;
    let summary = summarise(&runs, &arguments.measures.options());
    if let Some(path) = &arguments.html {
        write(path, &html(&summary, &runs))?;
    }
    if let Some(path) = &arguments.json {
        write(path, &(serde_json::to_string_pretty(&summary)? + "\n"))?;
    }
    if let Some(path) = &arguments.csv {
        write(path, &csv(&runs))?;
    }
    if let Some(folder) = &arguments.evalplus {
        write_eval_plus(&runs, folder).map_err(|error| cant_write(folder, &error))?;
    }
    let writes_files =
        [&arguments.html, &arguments.json, &arguments.csv, &arguments.evalplus].iter().any(|path| path.is_some());
    if arguments.compare || !writes_files {
        text::line(&text::harmless(report_text(&summary).trim_end()));
    }
    if arguments.compare {
        text::line(&format!("\n{}", text::harmless(differences(&summary).trim_end())));
    }
    Ok(Exit::Ending(Ending::AllGood))
}

fn write(path: &Path, content: &str) -> Result<(), UserError> {
    std::fs::write(path, content).map_err(|error| cant_write(path, &error))
}

/// Where to write is the user's to say.
fn cant_write(path: &Path, error: &dyn std::error::Error) -> UserError {
    let cause = error.source().map_or_else(String::new, |cause| format!(": {cause}"));
    UserError(format!("can't write `{}`: {error}{cause}", path.display()))
}
