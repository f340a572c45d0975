//! Chooses tokens as llama.cpp's server does by default, so that its models and ours write alike: the 40 likeliest, of those the
//! likeliest that make up 0.95, none below a twentieth of the likeliest, then temperature and chance.

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::sampling::LlamaSampler;
use llama_cpp_2::token::LlamaToken;
use llama_cpp_2::token::data::LlamaTokenData;
use llama_cpp_2::token::data_array::LlamaTokenDataArray;
use proofhouse_types::{FailureKind, GenerationFailure, Sampling};

use crate::refusal::failure;

/// `top_k` of llama.cpp's server.
const TOP_K: i32 = 40;
/// `top_p` of llama.cpp's server.
const TOP_P: f32 = 0.95;
/// `min_p` of llama.cpp's server.
const MIN_P: f32 = 0.05;
/// Candidates that each of them leaves at least.
const LEAST: usize = 1;

/// How one reply's tokens are chosen.
pub(super) struct Sampler {
    chain: LlamaSampler,
    grammar: Option<LlamaSampler>,
}

impl Sampler {
    pub(super) fn new(model: &LlamaModel, sampling: &Sampling) -> Result<Sampler, GenerationFailure> {
        let chain = match sampling.temperature > 0.0 {
            true => vec![
                LlamaSampler::top_k(TOP_K),
                LlamaSampler::top_p(sampling.top_p.map_or(TOP_P, |top_p| top_p as f32), LEAST),
                LlamaSampler::min_p(MIN_P, LEAST),
                LlamaSampler::temp(sampling.temperature as f32),
                LlamaSampler::dist(sampling.seed.map_or_else(rand::random, seed)),
            ],
            false => vec![LlamaSampler::greedy()],
        };
        let grammar = sampling.grammar.as_deref().map(|grammar| LlamaSampler::grammar(model, grammar, "root"));
        let unreadable = |error| failure(FailureKind::Rejected, &format!("the grammar can't be read: {error}"));
        Ok(Sampler { chain: LlamaSampler::chain(chain, true), grammar: grammar.transpose().map_err(unreadable)? })
    }

    /// The token after the one in a row of the last step.
    pub(super) fn sample(&mut self, context: &LlamaContext<'_>, row: i32) -> Result<LlamaToken, GenerationFailure> {
        let Some(grammar) = &mut self.grammar else { return Ok(self.chain.sample(context, row)) };
        let choose = |mut candidates: LlamaTokenDataArray, chain: &mut LlamaSampler| {
            candidates.apply_sampler(chain);
            candidates.selected_token()
        };
        let dead = || failure(FailureKind::Rejected, "the grammar allows nothing here");
        // Most tokens fit, and asking a grammar about one is quicker than about all.
        let token = choose(context.token_data_array_ith(row), &mut self.chain).ok_or_else(dead)?;
        let mut alone = LlamaTokenDataArray::new(vec![LlamaTokenData::new(token, 1.0, 0.0)], false);
        alone.apply_sampler(grammar);
        let token = match alone.data[0].logit() == f32::NEG_INFINITY {
            false => token,
            true => {
                let mut candidates = context.token_data_array_ith(row);
                candidates.apply_sampler(grammar);
                if candidates.data.iter().all(|candidate| candidate.logit() == f32::NEG_INFINITY) {
                    return Err(dead());
                }
                choose(candidates, &mut self.chain).ok_or_else(dead)?
            }
        };
        grammar.try_accept(token).map_err(|_| dead())?;
        Ok(token)
    }
}

/// A seed as llama.cpp takes it, for whom one of them means chance.
fn seed(seed: u64) -> u32 {
    let folded = (seed ^ (seed >> 32)) as u32;
    if folded == u32::MAX { 0 } else { folded }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_seed_means_chance() {
        for (given, expected) in
            [(0, 0), (7, 7), (0xFFFF_FFFF, 0), (1 << 32, 1), (u64::MAX, 0), (0xFFFF_FFFE, 0xFFFF_FFFE)]
        {
            assert_eq!(seed(given), expected, "{given}");
        }
    }
}
