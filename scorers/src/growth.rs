//! The class of growth that measured fuel follows. It is handed points and runs nothing.

use proofhouse_types::{Growth, GrowthFit};

/// Different sizes that a fit needs: curves have about three coefficients, and one point more must be there to be missed.
const POINTS: usize = 4;

/// How far the largest size must be from the smallest: over less, n and n log n differ by no more than hash tables leap.
/// What is exponential shows over any range.
const RANGE: f64 = 3.0;

/// The relative error that is not a fit's fault: functions that do the same at every size were seen to vary by up to 1 %,
/// as numbers grow longer.
const JITTER: f64 = 0.01;

/// How much better a faster class must fit to be preferred to a slower one. Of the functions in `tests/growth.rs`, one
/// that is n passes for n log n at 1.25; at 1.7 an n² of which 0.3 is quadratic at the largest size passes for n log n.
const BETTER: f64 = 1.4;

/// The least share that the term which names a class has in what varies, at the largest size. Without it every function
/// fits all faster classes as well, with next to nothing of their terms. Of the n log n functions in `tests/growth.rs`
/// the least such share is 0.39, and 0.15 would do as well.
const LEAD: f64 = 0.25;

/// The least share of the cost, at the largest size, that varies in every class but the constant one. Of a binary search
/// in C over 65,536 items a tenth varies, most of the rest being the call itself.
const VARIES: f64 = 0.05;

/// CPython keeps the integers up to 256 ready, and makes all others anew.
const KEPT: f64 = 256.0;

/// How much more a step may cost from some size on. Loops that do little but count were seen to cost 1.3 times as much
/// beyond the integers that are kept, and again beyond those of 30 bits: 1.3² is 1.7.
const DEARER: f64 = 0.7;

/// The bases of exponential growth that are tried. Recursion that grows slower is measured at sizes that no test waits
/// for, and permutations, which outgrow every base, are at about 10 when they become too slow to measure.
const BASES: (f64, f64) = (1.1, 16.0);

/// Finds the class of growth of fuel over the size of the input, from pairs of size and fuel.
///
/// Each class is fitted as a constant, slower terms and a term of its own, none of them negative, by least squares of the
/// relative error, in which large sizes weigh more than small ones. The class is the one with the least error, or the
/// slowest of those that fit about as well. Growth between two classes goes to the one above, such as √n to n and n^1.5
/// to n², but n log² n is n log n and n² log n is n²; n³ stands for all higher powers.
///
/// `None` with fewer than 4 different sizes, and where the largest is less than 3 times the smallest, unless the growth is
/// exponential. Of points with the same size the first counts.
#[must_use]
pub fn fit(points: &[(u64, u64)]) -> Option<GrowthFit> {
    let mut points = points.to_vec();
    points.sort_by_key(|&(size, _)| size);
    points.dedup_by_key(|&mut (size, _)| size);
    if points.len() < POINTS {
        return None;
    }
    let curve = Curve::new(&points);
    let errors = Growth::ALL.map(|class| curve.error(class).hypot(JITTER));
    let least = errors.into_iter().fold(f64::INFINITY, f64::min);
    let best = errors.iter().position(|&error| error <= least * BETTER)?;
    let class = Growth::ALL[best];
    if class != Growth::Exponential && curve.range() < RANGE {
        return None;
    }
    let others = errors.iter().enumerate().filter(|&(other, _)| other != best);
    let next = others.fold(f64::INFINITY, |next, (_, &error)| next.min(error));
    let confidence = (1.0 - errors[best] / next).max(0.0);
    // The last digits of logarithms and powers differ between machines.
    let confidence = (confidence * 10_000.0).round() / 10_000.0;
    Some(GrowthFit { class, confidence, points })
}

/// What a part of a cost grows with.
#[derive(Clone, Copy)]
enum Term {
    Constant,
    Logarithm,
    /// n to the first power, log n to the second.
    Power(f64, i32),
    /// n to the first, times the share of n that lies beyond the second.
    Beyond(f64, f64),
    /// The base to the power of n.
    Exponential(f64),
}

use Term::{Beyond, Constant, Exponential, Logarithm, Power};

const N: Term = Power(1.0, 0);
const N2: Term = Power(2.0, 0);

impl Term {
    /// Its value at a size, over its value, or about that, at the largest.
    fn at(self, size: f64, largest: f64) -> f64 {
        let logarithms = || size.max(1.0).ln() / largest.max(2.0).ln();
        match self {
            Constant => 1.0,
            Logarithm => logarithms(),
            Power(exponent, logarithm) => (size / largest).powf(exponent) * logarithms().powi(logarithm),
            Beyond(exponent, knot) => (size / largest).powf(exponent) * (1.0 - knot / size).max(0.0),
            Exponential(base) => base.powf(size - largest),
        }
    }
}

/// The points, from the smallest size to the largest.
struct Curve {
    sizes: Vec<f64>,
    fuel: Vec<f64>,
    /// The roots of what the points weigh, 1 in sum.
    weights: Vec<f64>,
}

impl Curve {
    fn new(points: &[(u64, u64)]) -> Curve {
        // Large sizes show what a function tends to. At small ones its first allocations and the call itself hide that.
        let total = (points.len() * (points.len() + 1) / 2) as f64;
        Curve {
            sizes: points.iter().map(|&(size, _)| size as f64).collect(),
            fuel: points.iter().map(|&(_, fuel)| fuel.max(1) as f64).collect(),
            weights: (1..=points.len()).map(|rank| (rank as f64 / total).sqrt()).collect(),
        }
    }

    fn largest(&self) -> f64 {
        self.sizes[self.sizes.len() - 1]
    }

    fn range(&self) -> f64 {
        self.largest() / self.sizes[0].max(1.0)
    }

    /// The least relative error with which a class follows the points.
    fn error(&self, class: Growth) -> f64 {
        let least = |fits: &[(Term, &[Term])]| {
            fits.iter().fold(f64::INFINITY, |least, &(lead, lower)| least.min(self.led_by(lead, lower)))
        };
        match class {
            Growth::Constant => self.residual(&[self.column(Constant)]),
            Growth::Logarithmic => self.led_by(Logarithm, &[]),
            Growth::Linear => least(&[(N, &[Logarithm]), (Power(0.5, 0), &[Logarithm])]),
            Growth::Linearithmic => {
                let lower = [N, Beyond(1.0, KEPT)];
                least(&[(Power(1.0, 1), &lower), (Power(1.0, 2), &lower)])
            }
            Growth::Quadratic => least(&[(N2, &[N]), (Power(1.5, 0), &[N]), (Power(2.0, 1), &[N])]),
            Growth::Cubic => least(&[
                (Power(3.0, 0), &[N, N2]),
                (Power(4.0, 0), &[N, N2]),
                (Power(5.0, 0), &[N2]),
                (Power(6.0, 0), &[N2]),
            ]),
            Growth::Exponential => self.exponential(),
        }
    }

    /// The error of the best base: the best of a grid, then by golden section between that one's neighbours.
    fn exponential(&self) -> f64 {
        const STEPS: i32 = 64;
        const GOLDEN: f64 = 0.618_033_988_749_895;
        let error = |logarithm: f64| self.led_by(Exponential(logarithm.exp()), &[]);
        let (lowest, highest) = (BASES.0.ln(), BASES.1.ln());
        let step = (highest - lowest) / f64::from(STEPS);
        let (mut least, mut best) = (f64::INFINITY, lowest);
        for logarithm in (0..=STEPS).map(|i| lowest + step * f64::from(i)) {
            let here = error(logarithm);
            if here < least {
                (least, best) = (here, logarithm);
            }
        }
        let (mut low, mut high) = (best - step, best + step);
        // The interval shrinks to a millionth, far below what a base must be known to.
        for _ in 0..30 {
            let (left, right) = (high - GOLDEN * (high - low), low + GOLDEN * (high - low));
            if error(left) <= error(right) {
                high = right;
            } else {
                low = left;
            }
        }
        least.min(error((low + high) / 2.0))
    }

    /// The error of a constant, slower terms, and a leading one that has at least its share in what varies.
    ///
    /// A sum in which the lead has at least the share s is one in which each other term, times 1 - s, comes with s of the
    /// lead. So least squares without negative coefficients keep the shares too.
    fn led_by(&self, lead: Term, lower: &[Term]) -> f64 {
        let column = self.column(lead);
        let with = |share: f64, term: Term| mix(&self.column(term), 1.0 - share, &column, share);
        let mut columns = vec![column.clone(), with(VARIES, Constant)];
        columns.extend(lower.iter().map(|&term| with(LEAD, term)));
        let even = self.residual(&columns);
        let Power(exponent, 0) = lead else { return even };
        // Where steps become dearer is a matter of the numbers that a function counts to, so that any size may be it.
        let later = self.sizes.iter().copied().filter(|&size| size > KEPT && size < self.largest() / 2.0);
        [KEPT].into_iter().chain(later).fold(even, |least, knot| {
            let dearer = mix(&self.column(Beyond(exponent, knot)), DEARER, &column, 1.0);
            least.min(self.residual(&[columns.as_slice(), &[dearer]].concat()))
        })
    }

    /// A term at every point, over the fuel there, times the root of the point's weight.
    fn column(&self, term: Term) -> Vec<f64> {
        let largest = self.largest();
        // As large as the fuel at the largest size, so that coefficients and pivots are of like size.
        let scale = self.fuel[self.fuel.len() - 1];
        let points = self.sizes.iter().zip(&self.fuel).zip(&self.weights);
        points.map(|((&size, fuel), weight)| term.at(size, largest) * scale / fuel * weight).collect()
    }

    /// The relative error that columns leave when they are added up with the best coefficients, none of them negative.
    ///
    /// The best coefficients are those of one subset of the columns, the rest being 0, and there are few subsets. A
    /// subset pays for its size: with as many coefficients as points, every curve fits.
    fn residual(&self, columns: &[Vec<f64>]) -> f64 {
        let product = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
        let squares: Vec<Vec<f64>> = columns.iter().map(|a| columns.iter().map(|b| product(a, b)).collect()).collect();
        let target: Vec<f64> = columns.iter().map(|column| product(column, &self.weights)).collect();
        let count = self.weights.len();
        let mut least = f64::INFINITY;
        for subset in 1..1_u32 << columns.len() {
            let chosen: Vec<usize> = (0..columns.len()).filter(|column| subset >> column & 1 == 1).collect();
            if chosen.len() >= count {
                continue;
            }
            let Some(coefficients) = solve(&squares, &target, &chosen) else { continue };
            if coefficients.iter().any(|&coefficient| coefficient < 0.0) {
                continue;
            }
            let explained: f64 = chosen.iter().zip(&coefficients).map(|(&column, c)| c * target[column]).sum();
            // The weights are 1 in sum. Rounding may explain a little more than all.
            let square = (1.0 - explained).max(0.0);
            least = least.min((square * count as f64 / (count - chosen.len()) as f64).sqrt());
        }
        least
    }
}

/// The sum of two columns, each times a number.
fn mix(a: &[f64], times: f64, b: &[f64], times_b: f64) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| times * a + times_b * b).collect()
}

/// Solves the normal equations of the chosen columns by elimination; none where these depend on one another.
fn solve(squares: &[Vec<f64>], target: &[f64], chosen: &[usize]) -> Option<Vec<f64>> {
    let row = |&a: &usize| chosen.iter().map(|&b| squares[a][b]).chain([target[a]]).collect();
    let mut rows: Vec<Vec<f64>> = chosen.iter().map(row).collect();
    for (i, &column) in chosen.iter().enumerate() {
        let from = rows[i].clone();
        // The matrix is positive, so its diagonal does for pivots; what is left of one is rounding when columns depend.
        if from[i] <= 1e-12 * squares[column][column] {
            return None;
        }
        for (_, row) in rows.iter_mut().enumerate().filter(|&(j, _)| j != i) {
            let factor = row[i] / from[i];
            row.iter_mut().zip(&from).for_each(|(value, from)| *value -= factor * from);
        }
    }
    Some(rows.iter().enumerate().map(|(i, row)| row[chosen.len()] / row[i]).collect())
}
