//! What commands that report have in common: objectives for requests, and what the machine costs.

use clap::Args;
use proofhouse_bench::{Objectives, Price, SummaryOptions};

/// What a report says besides what was measured.
#[derive(Debug, Args)]
#[command(next_help_heading = "Report")]
pub struct MeasureFlags {
    /// What a request must meet to count as goodput, such as `ttft=500ms,tpot=50ms,e2e=10s`; its code must pass besides
    #[arg(long, value_name = "NAME=TIME,…")]
    pub slo: Option<Objectives>,
    /// What a GPU costs for an hour, in whatever currency: for the cost of tokens and of accepted solutions
    #[arg(long, value_name = "X", value_parser = parse_amount)]
    pub price_per_gpu_hour: Option<f64>,
    /// How many GPUs the price is to be paid for
    #[arg(long, value_name = "N", default_value_t = 1.0, value_parser = parse_amount, requires = "price_per_gpu_hour")]
    pub gpus: f64,
}

impl MeasureFlags {
    pub fn options(&self) -> SummaryOptions {
        let price = self.price_per_gpu_hour.map(|gpu_hour| Price { gpu_hour, gpus: self.gpus });
        SummaryOptions { objectives: self.slo.clone(), price }
    }
}

fn parse_amount(text: &str) -> Result<f64, String> {
    let is_amount = |amount: &f64| amount.is_finite() && *amount > 0.0;
    text.parse().ok().filter(is_amount).ok_or_else(|| "expected a number above 0".to_owned())
}
