//! What running a model takes of the machine's memory, before it is loaded; and what there is.

use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};

use super::header::Header;

/// Tokens that llama.cpp reads at a time, by which its buffers are sized: its own default for one step of the graph.
pub(super) const BATCH_TOKENS: u32 = 512;
/// Bytes of one number of the cache: llama.cpp keeps halves.
const CACHE_NUMBER_BYTES: u64 = 2;
/// Bytes of one number between two layers.
const NUMBER_BYTES: u64 = 4;
/// The process without a model, its vocabulary, and what allocators keep.
const FIXED_BYTES: u64 = 64 << 20;

/// What a model takes of the machine's own memory, in bytes. What a GPU has is its own affair: llama.cpp refuses by itself
/// what does not fit there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Need {
    /// Weights of the layers that stay. They are mapped from the file, but a token needs all of them.
    pub(super) weights: u64,
    /// Keys and values of every token that there is room for.
    pub(super) cache: u64,
    /// What a step computes with, and the process itself.
    pub(super) buffers: u64,
}

impl Need {
    /// What the files with these headers take with `gpu_layers` layers elsewhere.
    pub(super) fn of(headers: &[Header], gpu_layers: u32, sequences: u32, context_tokens: u32) -> Need {
        let first = &headers[0];
        let layers = first.of_architecture("block_count").unwrap_or_default();
        // llama.cpp gives the last layers away, and the one behind them, which makes tokens, first of all.
        let kept = (layers + 1).saturating_sub(gpu_layers.into());
        let tensors = headers.iter().flat_map(|header| &header.tensors);
        let stays = tensors.filter(|tensor| layer(&tensor.name, layers).is_none_or(|layer| layer < kept));
        let weights = stays.map(|tensor| tensor.bytes).fold(0, u64::saturating_add);
        let tokens = u64::from(sequences).saturating_mul(context_tokens.into());
        let cached = token_numbers(first, layers).into_iter().zip(0..kept).map(|(numbers, _)| numbers);
        let cache = cached.fold(0, u64::saturating_add).saturating_mul(tokens).saturating_mul(CACHE_NUMBER_BYTES);
        let buffers = step_numbers(first).saturating_mul(BATCH_TOKENS.into()).saturating_mul(NUMBER_BYTES);
        Need { weights, cache, buffers: buffers.saturating_add(FIXED_BYTES) }
    }

    /// All of it.
    pub(super) fn total(&self) -> u64 {
        self.weights.saturating_add(self.cache).saturating_add(self.buffers)
    }
}

/// Which layer a tensor belongs to, of those that can be elsewhere.
fn layer(name: &str, layers: u64) -> Option<u64> {
    match name.strip_prefix("blk.").and_then(|rest| rest.split('.').next()?.parse().ok()) {
        Some(layer) => Some(layer),
        None if name.starts_with("output") => Some(layers),
        None => None,
    }
}

/// Numbers that each layer keeps of each token.
fn token_numbers(header: &Header, layers: u64) -> Vec<u64> {
    let heads = header.of_architecture("attention.head_count").unwrap_or(1).max(1);
    let width = header.of_architecture("embedding_length").unwrap_or_default() / heads;
    let key = header.of_architecture("attention.key_length").unwrap_or(width);
    let value = header.of_architecture("attention.value_length").unwrap_or(width);
    let each = |key: &str| header.number_each(&header.architecture_key(key)?, layers);
    let heads = each("attention.head_count_kv").or_else(|| each("attention.head_count")).unwrap_or_default();
    heads.into_iter().map(|heads| heads.saturating_mul(key.saturating_add(value))).collect()
}

/// Numbers that one step holds for each token it reads: the scores of all tokens, and what is between two layers.
fn step_numbers(header: &Header) -> u64 {
    let of = |key| header.of_architecture(key).unwrap_or_default();
    let embeddings = header.tensors.iter().find(|tensor| tensor.name == "token_embd.weight");
    let width = of("embedding_length").max(1);
    let vocabulary = embeddings.map_or(0, |tensor| tensor.elements / width);
    vocabulary.saturating_add(of("feed_forward_length").saturating_mul(2)).saturating_add(width.saturating_mul(8))
}

/// Bytes that this process can still have: what the system can free, within the limit of the control group. None where
/// neither says.
pub(super) fn available() -> Option<u64> {
    let mut system = System::new().ok()?;
    system.refresh_memory();
    let own = Pid::from_u32(std::process::id());
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[own]), false, ProcessRefreshKind::nothing());
    // Not what the group has free: pages of files count as used there, and make room when they must.
    let group = system.process(own).and_then(sysinfo::Process::cgroup_limits);
    let group = group.map(|limits| limits.total_memory.saturating_sub(limits.rss));
    let machine = Some(system.available_memory()).filter(|bytes| *bytes > 0);
    [machine, group].into_iter().flatten().min()
}

#[cfg(test)]
mod tests {
    use super::super::header::tests::Written;
    use super::*;

    const MIB: u64 = 1 << 20;

    fn model() -> Written {
        let written = Written::default()
            .text("general.architecture", "llama")
            .number("llama.block_count", 2)
            .number("llama.embedding_length", 1024)
            .number("llama.attention.head_count", 16)
            .number("llama.attention.head_count_kv", 8)
            .tensor("token_embd.weight", &[1024, 1000], MIB)
            .tensor("blk.0.attn_q.weight", &[1024, 1024], 2 * MIB);
        written.tensor("blk.1.attn_q.weight", &[1024, 1024], 2 * MIB).tensor("output.weight", &[1024, 1000], MIB)
    }

    fn check(gpu_layers: u32, weights: u64, cached_layers: u64) {
        let need = Need::of(&[model().header()], gpu_layers, 4, 2048);
        let (heads, width) = (8, 64);
        let cache = cached_layers * heads * (width + width) * 2 * 4 * 2048;
        assert_eq!((need.weights, need.cache), (weights, cache), "{gpu_layers} layers elsewhere");
        assert_eq!(need.total(), need.weights + need.cache + need.buffers);
    }

    #[test]
    fn layers_that_are_elsewhere_take_nothing() {
        check(0, 6 * MIB, 2);
        check(1, 5 * MIB, 2);
        check(2, 3 * MIB, 1);
        check(3, MIB, 0);
        check(99, MIB, 0);
    }

    #[test]
    fn keys_may_be_as_wide_as_the_header_says() {
        let wide = model().number("llama.attention.key_length", 192).number("llama.attention.value_length", 128);
        assert_eq!(Need::of(&[wide.header()], 0, 1, 1).cache, 2 * 8 * (192 + 128) * 2);
    }

    #[test]
    fn numbers_without_bounds_make_a_need_without_bounds() {
        let hostile =
            model().number("llama.attention.key_length", u32::MAX).number("llama.feed_forward_length", u32::MAX);
        let need = Need::of(&[hostile.header()], 0, u32::MAX, u32::MAX);
        assert_eq!(need.total(), u64::MAX);
        let empty = Need::of(&[Written::default().header()], 0, 1, 1);
        assert_eq!((empty.weights, empty.cache), (0, 0));
    }

    #[test]
    fn the_machine_says_what_it_has() {
        assert!(available().is_some_and(|bytes| bytes > MIB));
    }
}
