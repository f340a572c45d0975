//! WASI for the guest: preview 1 over [`crate::files`], and the few WASI 0.2 clock functions that its libc calls.

mod clocks;
mod paths;
mod preview1;
mod streams;

pub(crate) use preview1::types;

use crate::host::Host;

/// Gives the linker every function that the guest imports.
pub(crate) fn add_to_linker(linker: &mut wasmtime::Linker<Host>) -> wasmtime::Result<()> {
    preview1::add_to_linker(linker)?;
    clocks::add_to_linker(linker)
}
