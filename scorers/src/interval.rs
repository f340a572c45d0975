//! The Wilson score interval of a share.

/// The two-sided 95 % quantile of the standard normal distribution.
const Z: f64 = 1.959_963_984_540_054;

/// The 95 % Wilson score interval of a mean of `count` values that lie in [0, 1] (Wilson 1927): its lower and its
/// upper end.
///
/// Made for values that are 0 or 1, whose variance is `mean * (1 - mean)`. Values in between vary at most as much for
/// the same mean, so for them the interval is wider than it need be, never narrower. Where it is known how many values
/// of 0 or 1 would vary as little, that number, which need not be whole, is the `count` to ask for.
#[must_use]
pub fn wilson(mean: f64, count: f64) -> (f64, f64) {
    let n = count;
    let z2 = Z * Z;
    let centre = (mean + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = Z / (1.0 + z2 / n) * (mean * (1.0 - mean) / n + z2 / (4.0 * n * n)).sqrt();
    // Rounding can carry an end past a bound that it equals in exact arithmetic: with a mean of 0 or 1, the mean itself.
    ((centre - half).clamp(0.0, mean), (centre + half).clamp(mean, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_values_are_met() {
        // Newcombe 1998, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
        let cases = [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0000, 0.1611),
            (1, 29, 0.0061, 0.1718),
            (20, 20, 0.8389, 1.0000),
        ];
        for (passed, of, low, high) in cases {
            let (got_low, got_high) = wilson(f64::from(passed) / f64::from(of), f64::from(of));
            assert!((got_low - low).abs() < 5e-5, "{passed} of {of}: {got_low}");
            assert!((got_high - high).abs() < 5e-5, "{passed} of {of}: {got_high}");
        }
    }

    #[test]
    fn the_interval_holds_the_mean_and_stays_in_bounds() {
        for count in [1.0, 2.0, 7.0, 164.0, 100_000.0] {
            for step in 0..=20 {
                let mean = f64::from(step) / 20.0;
                let (low, high) = wilson(mean, count);
                assert!(0.0 <= low && low <= mean && mean <= high && high <= 1.0, "{mean} of {count}: {low} {high}");
            }
        }
    }
}
