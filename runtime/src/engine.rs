//! How wasmtime is set up. Whatever changes the compiled code is part of the cache's key by way of
//! [`wasmtime::Engine::precompile_compatibility_hash`].

use proofhouse_types::Bytes;
use wasmtime::{Config, Engine, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig};

use crate::error::{Doing, Result};

/// Whether guest code counts fuel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metering {
    /// Fuel is counted and limited.
    Fuel,
    /// No limit on the guest's work: for measuring what fuel costs, never for untrusted code.
    Unmetered,
}

/// What an engine is for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Purpose {
    /// Running the guest's start once: compiled fast, not well.
    Snapshot,
    /// Compiling, and nothing else.
    Compile,
    /// Running programs in so many slots at a time.
    Run { slots: u32, stack: Bytes },
}

/// x86-64-v2 and what it implies: any x86-64 processor since 2009. A cache or an image made on one machine
/// then runs on another, whatever that processor has besides.
#[cfg(target_arch = "x86_64")]
const CPU_BASELINE: [&str; 5] = ["has_sse3", "has_ssse3", "has_sse41", "has_sse42", "has_popcnt"];
/// Elsewhere the architecture's own baseline.
#[cfg(not(target_arch = "x86_64"))]
const CPU_BASELINE: [&str; 0] = [];

/// More than CPython's function table has.
const TABLE_ELEMENTS: usize = 200_000;

pub(crate) fn engine(metering: Metering, purpose: Purpose) -> Result<Engine> {
    let mut config = Config::new();
    config.wasm_exceptions(true);
    config.cranelift_opt_level(if matches!(purpose, Purpose::Snapshot) { OptLevel::None } else { OptLevel::Speed });
    // NaN bits would otherwise tell one machine from another.
    config.cranelift_nan_canonicalization(true);
    config.consume_fuel(metering == Metering::Fuel);
    config.memory_init_cow(true);
    // Nobody reads wasm backtraces here: Python has its own, and collecting one takes time on every trap.
    config.wasm_backtrace_max_frames(None);
    config.generate_address_map(false);
    config.target(env!("PROOFHOUSE_TARGET")).doing("choosing the target")?;
    for flag in CPU_BASELINE {
        // SAFETY: the flag states a processor feature; `Engine::new` and loading check that the host has it.
        unsafe { config.cranelift_flag_enable(flag) };
    }
    if let Purpose::Run { slots, stack } = purpose {
        let stack = usize::try_from(stack.0).unwrap_or(usize::MAX);
        // wasmtime wants the second at least as large, though nothing here is async.
        config.max_wasm_stack(stack).async_stack_size(stack);
        let mut pool = PoolingAllocationConfig::new();
        pool.total_core_instances(slots).total_memories(slots).total_tables(slots);
        pool.max_unused_warm_slots(slots).table_elements(TABLE_ELEMENTS);
        // The memory limit is the run's own; the pool only keeps addresses for it.
        pool.max_memory_size(u32::MAX as usize & !0xffff);
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    }
    Engine::new(&config).doing("setting up wasmtime")
}
