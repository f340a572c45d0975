//! What tasks add to a share or a rate.

/// What one task adds to a share or a rate: so much of so much.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Tally {
    /// What is counted.
    pub got: f64,
    /// Out of what it is counted.
    pub of: f64,
}

/// What the tallies come to together; none where nothing was there to count.
pub(super) fn ratio(tallies: &[Tally]) -> Option<f64> {
    let of: f64 = tallies.iter().map(|tally| tally.of).sum();
    (of > 0.0).then(|| tallies.iter().map(|tally| tally.got).sum::<f64>() / of)
}
