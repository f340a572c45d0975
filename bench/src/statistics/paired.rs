//! Tests of two models over the same tasks, and their correction for how many pairs there are.

use statrs::distribution::{Binomial, DiscreteCDF};

use super::draws::Draws;

/// Up to so many tasks that differ, all ways of giving the models' names to the two sides are tried: a million.
const ENUMERATED: usize = 20;

/// So many ways are drawn otherwise: a p-value near 0.05 is then within 0.0014 of the exact one, 19 times of 20.
const DRAWN: usize = 100_000;

/// The exact two-sided McNemar test of tasks that only one of two models solves: how likely so uneven a split is, if
/// each of them were as likely the one's as the other's.
pub(crate) fn mcnemar(wins: usize, losses: usize) -> f64 {
    let (fewer, all) = (wins.min(losses), wins + losses);
    let split = Binomial::new(0.5, all as u64).expect("a half is a chance");
    (2.0 * split.cdf(fewer as u64)).min(1.0)
}

/// The two-sided sign-flip permutation test of differences between two models, task by task: how likely a sum that far
/// from 0 is, if on each task the models' names were given at random.
pub(crate) fn sign_flip(differences: &[f64]) -> f64 {
    let differing: Vec<f64> =
        differences.iter().map(|difference| difference.abs()).filter(|size| *size > 0.0).collect();
    let sum: f64 = differences.iter().sum();
    // Sums that are equal on paper may differ in their last bits.
    let reached = sum.abs() - 1e-9;
    if differing.len() <= ENUMERATED { enumerated(&differing, reached) } else { drawn(&differing, reached, DRAWN) }
}

/// The share of all ways whose sum reaches that far. The first sign stays: the other half is the same with all signs
/// turned.
fn enumerated(sizes: &[f64], reached: f64) -> f64 {
    let Some(turning) = sizes.len().checked_sub(1) else { return 1.0 };
    let mut sum: f64 = sizes.iter().sum();
    let mut signs = vec![1.0; sizes.len()];
    let ways = 1_u64 << turning;
    let mut reaching = u64::from(sum.abs() >= reached);
    // A Gray code turns one sign at each step.
    for step in 1..ways {
        let turned = 1 + step.trailing_zeros() as usize;
        signs[turned] = -signs[turned];
        sum += 2.0 * signs[turned] * sizes[turned];
        reaching += u64::from(sum.abs() >= reached);
    }
    reaching as f64 / ways as f64
}

/// The share of drawn ways whose sum reaches that far. What was seen counts as one of them, so that no p-value is 0
/// (Phipson and Smyth 2010).
fn drawn(sizes: &[f64], reached: f64, ways: usize) -> f64 {
    let mut draws = Draws::new();
    let mut reaching = 0_usize;
    for _ in 0..ways {
        let mut sum = 0.0;
        for sizes in sizes.chunks(64) {
            let mut bits = draws.bits();
            for size in sizes {
                sum += if bits & 1 == 0 { *size } else { -*size };
                bits >>= 1;
            }
        }
        reaching += usize::from(sum.abs() >= reached);
    }
    (reaching + 1) as f64 / (ways + 1) as f64
}

/// p-values corrected for how many there are (Holm 1979), in their order.
pub(crate) fn holm(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|one, other| p_values[*one].total_cmp(&p_values[*other]));
    let mut corrected = vec![0.0; p_values.len()];
    let mut largest = 0.0_f64;
    for (rank, index) in order.into_iter().enumerate() {
        let left = (p_values.len() - rank) as f64;
        largest = largest.max((left * p_values[index]).min(1.0));
        corrected[index] = largest;
    }
    corrected
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mcnemar_gives_published_values() {
        // Fagerland, Lydersen and Laake 2013, table 4: 1 and 7 (Bentur et al. 2009) give 0.070, 6 and 16 (Cavo et al.
        // 2012) give 0.052. The others are binomial: 2 / 2^6 and 12 / 2^10.
        let cases =
            [(1, 7, 0.070), (7, 1, 0.070), (6, 16, 0.052), (0, 6, 0.031), (1, 9, 0.021), (0, 0, 1.0), (5, 5, 1.0)];
        for (wins, losses, expected) in cases {
            let got = mcnemar(wins, losses);
            assert!((got - expected).abs() < 5e-4 + 1e-5, "{wins} {losses}: {got}");
        }
        assert!((mcnemar(1, 7) - 18.0 / 256.0).abs() < 1e-12);
        assert!((mcnemar(6, 16) - 110_056.0 / 2_097_152.0).abs() < 1e-12);
    }

    #[test]
    fn flipping_signs_of_single_samples_is_mcnemars_test() {
        for (wins, losses) in [(0, 0), (1, 0), (3, 1), (1, 7), (6, 14), (10, 10)] {
            let differences: Vec<f64> =
                [vec![1.0; wins], vec![-1.0; losses], vec![0.0; 5]].into_iter().flatten().collect();
            assert!((sign_flip(&differences) - mcnemar(wins, losses)).abs() < 1e-12, "{wins} {losses}");
        }
    }

    #[test]
    fn flipping_signs_gives_fishers_value_for_darwins_maize() {
        // Darwin's fifteen pairs of maize plants, heights in eighths of an inch; Fisher 1935, The Design of
        // Experiments, section 21: of 32,768 ways 863 have a sum as large as 314, so both sides together 1,726.
        let differences = [49., -67., 8., 16., 6., 23., 28., 41., 14., 29., 56., 24., 75., 60., -48.];
        assert_eq!(differences.iter().sum::<f64>(), 314.0);
        assert!((sign_flip(&differences) - 1726.0 / 32768.0).abs() < 1e-12, "{}", sign_flip(&differences));
        let sizes: Vec<f64> = differences.iter().map(|difference| f64::abs(*difference)).collect();
        let sampled = drawn(&sizes, 314.0 - 1e-9, 20_000);
        assert!((sampled - 1726.0 / 32768.0).abs() < 0.006, "{sampled}");
    }

    #[test]
    fn a_drawn_p_value_is_never_zero() {
        let shown = sign_flip(&[1.0; 40]);
        assert!((shown - 1.0 / 100_001.0).abs() < 1e-12, "{shown}");
    }

    #[test]
    fn holm_multiplies_step_by_step_and_keeps_the_order() {
        let check = |p_values: &[f64], expected: &[f64]| {
            let got = holm(p_values);
            let close = got.iter().zip(expected).all(|(got, expected)| (got - expected).abs() < 1e-12);
            assert!(close && got.len() == expected.len(), "{p_values:?}: {got:?}");
        };
        check(&[], &[]);
        check(&[0.04], &[0.04]);
        check(&[0.01, 0.04, 0.03, 0.005], &[0.03, 0.06, 0.06, 0.02]);
        check(&[0.7, 0.5, 0.02], &[1.0, 1.0, 0.06]);
        // R: p.adjust(c(0.01, 0.02, 0.03, 0.04, 0.05), "holm").
        check(&[0.01, 0.02, 0.03, 0.04, 0.05], &[0.05, 0.08, 0.09, 0.09, 0.09]);
    }
}
