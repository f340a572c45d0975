//! APIs that a program uses and that don't exist: modules, attributes of modules, and names that nothing binds.
//!
//! What exists is asked of an [`Inventory`] of the guest. Where it isn't certain what a name stands for, nothing is said: a false alarm
//! on a program that works is worse than a miss.

mod distributions;
mod findings;
mod guards;
mod imports;
mod inventory;
mod nearest;
mod program;
mod standard;
#[cfg(test)]
mod tests;
mod walk;

pub use findings::findings;
pub use inventory::Inventory;
