//! What replies cost at a price per hour of a GPU.

use crate::metrics::Measured;
use crate::summary::{Cost, Speed};

/// What the machine that runs a model costs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Price {
    /// Of one GPU for an hour, in whatever currency.
    pub gpu_hour: f64,
    /// How many GPUs.
    pub gpus: f64,
}

/// What a model costs: the price of the time that its requests took, by what came of them. Nothing is known of replies
/// that were kept from before.
pub(crate) fn cost(measured: &Measured<'_>, speed: &Speed, price: Price) -> Cost {
    let Price { gpu_hour, gpus } = price;
    let per_second = gpu_hour * gpus / 3600.0;
    let accepted = measured.sent().filter(|row| row.is_accepted()).count();
    Cost {
        gpu_hour,
        gpus,
        per_1k_output_tokens: speed
            .output_tokens_per_s
            .filter(|tokens| *tokens > 0.0)
            .map(|tokens| per_second * 1000.0 / tokens),
        per_accepted: (accepted > 0).then(|| per_second * speed.span_s / accepted as f64),
    }
}
