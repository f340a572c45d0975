//! Random draws that are the same on every machine and in every version.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Where draws start: the same rows give the same report. The number has no meaning.
const SEED: u64 = 20_240_607;

/// A stream of draws.
pub(super) struct Draws(ChaCha8Rng);

impl Draws {
    /// The stream that reports use.
    pub(super) fn new() -> Draws {
        Draws::seeded(SEED)
    }

    /// Another stream.
    pub(super) fn seeded(seed: u64) -> Draws {
        Draws(ChaCha8Rng::seed_from_u64(seed))
    }

    /// 64 bits, each as likely 0 as 1.
    pub(super) fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number below `bound`. The product's bias is below `bound` in 2^64.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.bits()) * bound as u128) >> 64) as usize
    }
}
