//! The Python guest as the host sees it: its bytes, its exports, and one call that carries bytes both ways.

use sha2::{Digest, Sha256};
use wasmtime::{AsContextMut, Global, Instance, Memory, Store, Trap, TypedFunc, Val};

use crate::error::{Doing, Error, Result};
use crate::host::Host;
use crate::packages::Profile;
use crate::stop::Stop;

/// The interpreter.
pub(crate) const VERSION: &str = "CPython 3.14.0";

static MODULE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/python.wasm.z"));
static LIBRARY: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/stdlib.pack.z"));

/// Our own Python, by the name that `bootstrap.py` loads it by.
pub(crate) static SOURCES: [(&str, &str); 44] = [
    ("network", include_str!("../guests/python/network.py")),
    ("sockets", include_str!("../guests/python/sockets.py")),
    ("readiness", include_str!("../guests/python/readiness.py")),
    ("tls_names", include_str!("../guests/python/tls_names.py")),
    ("tls", include_str!("../guests/python/tls.py")),
    ("rewrite", include_str!("../guests/python/rewrite.py")),
    ("twins", include_str!("../guests/python/twins.py")),
    ("scheduler", include_str!("../guests/python/scheduler.py")),
    ("processes", include_str!("../guests/python/processes.py")),
    ("event_loop", include_str!("../guests/python/event_loop.py")),
    ("threads", include_str!("../guests/python/threads.py")),
    ("entrances", include_str!("../guests/python/entrances.py")),
    ("text", include_str!("../guests/python/text.py")),
    ("assertions", include_str!("../guests/python/assertions.py")),
    ("closeness", include_str!("../guests/python/closeness.py")),
    ("values", include_str!("../guests/python/values.py")),
    ("json_cases", include_str!("../guests/python/json_cases.py")),
    ("measure", include_str!("../guests/python/measure.py")),
    ("sql", include_str!("../guests/python/sql.py")),
    ("channel", include_str!("../guests/python/channel.py")),
    ("operations", include_str!("../guests/python/operations.py")),
    ("foreign", include_str!("../guests/python/foreign.py")),
    ("owned", include_str!("../guests/python/owned.py")),
    ("standins", include_str!("../guests/python/standins.py")),
    ("remote", include_str!("../guests/python/remote.py")),
    ("plan", include_str!("../guests/python/plan.py")),
    ("outcomes", include_str!("../guests/python/outcomes.py")),
    ("discovery", include_str!("../guests/python/discovery.py")),
    ("fixtures", include_str!("../guests/python/fixtures.py")),
    ("marks", include_str!("../guests/python/marks.py")),
    ("approx", include_str!("../guests/python/approx.py")),
    ("captures", include_str!("../guests/python/captures.py")),
    ("tools", include_str!("../guests/python/tools.py")),
    ("pytest_standin", include_str!("../guests/python/pytest_standin.py")),
    ("suite", include_str!("../guests/python/suite.py")),
    ("cases", include_str!("../guests/python/cases.py")),
    ("unit", include_str!("../guests/python/unit.py")),
    ("http_log", include_str!("../guests/python/http_log.py")),
    ("inventory", include_str!("../guests/python/inventory.py")),
    ("reports", include_str!("../guests/python/reports.py")),
    ("judging", include_str!("../guests/python/judging.py")),
    ("driver", include_str!("../guests/python/driver.py")),
    ("warm_up", include_str!("../guests/python/warm_up.py")),
    ("warm_up_packages", include_str!("../guests/python/warm_up_packages.py")),
];
pub(crate) static BOOTSTRAP: &str = include_str!("../guests/python/bootstrap.py");

/// Programs that stand for those that will run, each with its tests. The server `https://warm.test` answers `{"ok": true}`.
pub(crate) fn warm_up(profile: Profile) -> impl Iterator<Item = (&'static str, &'static str)> {
    let wanted = match profile {
        Profile::Base => "warm_up",
        Profile::Packages => "warm_up_packages",
    };
    let texts = SOURCES.iter().filter(move |(name, _)| *name == wanted).map(|(_, text)| *text);
    texts.flat_map(|text| text.split("# ---\n")).filter_map(|part| part.split_once("# tests\n"))
}

/// SHA-256 of everything in the guest.
pub(crate) fn digest() -> [u8; 32] {
    let mut digest = Sha256::new();
    // The build's own digest of the module and the library.
    digest.update(env!("PROOFHOUSE_GUEST_SHA256"));
    digest.update(BOOTSTRAP);
    for (name, source) in SOURCES {
        digest.update(name);
        digest.update(source);
    }
    digest.finalize().into()
}

pub(crate) fn inflate(bytes: &[u8]) -> Result<Vec<u8>> {
    miniz_oxide::inflate::decompress_to_vec_zlib(bytes).map_err(|error| Error::Guest(format!("is damaged: {error}")))
}

pub(crate) fn module() -> Result<Vec<u8>> {
    inflate(MODULE)
}

/// The standard library as the build packed it: path and content in turn, each behind its length.
pub(crate) fn library() -> Result<Vec<(String, Vec<u8>)>> {
    let pack = inflate(LIBRARY)?;
    let parts = fields(&pack).ok_or_else(|| Error::Guest("has a damaged library".to_owned()))?;
    Ok(parts.chunks_exact(2).map(|pair| (String::from_utf8_lossy(&pair[0]).into_owned(), pair[1].clone())).collect())
}

/// Splits `length, bytes, length, bytes…`; nothing where the lengths don't fit.
pub(crate) fn fields(mut bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut found = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk::<4>() {
        let (field, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        found.push(field.to_vec());
        bytes = rest;
    }
    bytes.is_empty().then_some(found)
}

/// What ended a call into the guest other than its return.
#[derive(Debug)]
pub(crate) enum Broken {
    Stop(Stop),
    Trap(Trap),
    /// The call came back without an answer.
    Silent,
    /// Not the guest's doing.
    Host(wasmtime::Error),
}

impl From<wasmtime::Error> for Broken {
    fn from(error: wasmtime::Error) -> Self {
        if let Some(stop) = error.downcast_ref::<Stop>() {
            return Broken::Stop(*stop);
        }
        match error.downcast_ref::<Trap>() {
            Some(trap) => Broken::Trap(*trap),
            None => Broken::Host(error),
        }
    }
}

/// The exports of one instance that a run needs.
#[derive(Clone)]
pub(crate) struct Exports {
    pub memory: Memory,
    stack_pointer: Global,
    bytes_new: TypedFunc<(u32, u32), u32>,
    bytes_data: TypedFunc<u32, u32>,
    bytes_len: TypedFunc<u32, i32>,
    call_one: TypedFunc<(u32, u32), u32>,
    release: TypedFunc<u32, ()>,
}

impl Exports {
    pub(crate) fn of(instance: &Instance, store: &mut Store<Host>) -> Result<Exports> {
        let missing = |what| Error::Guest(format!("exports no {what}"));
        let memory = instance.get_memory(&mut *store, "memory").ok_or_else(|| missing("memory"))?;
        let stack_pointer =
            instance.get_global(&mut *store, "stack_pointer").ok_or_else(|| missing("stack pointer"))?;
        let doing = "finding the guest's functions";
        Ok(Exports {
            memory,
            stack_pointer,
            bytes_new: instance.get_typed_func(&mut *store, "PyBytes_FromStringAndSize").doing(doing)?,
            bytes_data: instance.get_typed_func(&mut *store, "PyBytes_AsString").doing(doing)?,
            bytes_len: instance.get_typed_func(&mut *store, "PyBytes_Size").doing(doing)?,
            call_one: instance.get_typed_func(&mut *store, "PyObject_CallOneArg").doing(doing)?,
            release: instance.get_typed_func(&mut *store, "Py_DecRef").doing(doing)?,
        })
    }

    pub(crate) fn stack_pointer(&self, store: &mut Store<Host>) -> Option<i32> {
        if let Val::I32(value) = self.stack_pointer.get(store) { Some(value) } else { None }
    }

    /// Calls a Python function with a bytes object and copies the bytes object that it returns.
    pub(crate) fn call(
        &self,
        mut store: impl AsContextMut<Data = Host>,
        function: u32,
        request: &[u8],
    ) -> Result<Vec<u8>, Broken> {
        let argument = self.write_bytes(&mut store, request)?.ok_or(Broken::Silent)?;
        let reply = self.call_one.call(&mut store, (function, argument))?;
        if reply == 0 {
            return Err(Broken::Silent);
        }
        let bytes = self.read_bytes(&mut store, reply)?.ok_or(Broken::Silent)?;
        self.release.call(&mut store, reply)?;
        self.release.call(&mut store, argument)?;
        Ok(bytes)
    }

    /// A new bytes object; nothing where the guest has no memory for it.
    pub(crate) fn write_bytes(
        &self,
        mut store: impl AsContextMut<Data = Host>,
        bytes: &[u8],
    ) -> wasmtime::Result<Option<u32>> {
        let Ok(len) = u32::try_from(bytes.len()) else { return Ok(None) };
        let object = self.bytes_new.call(&mut store, (0, len))?;
        if object == 0 {
            return Ok(None);
        }
        let data = self.bytes_data.call(&mut store, object)?;
        Ok(self.memory.write(&mut store, data as usize, bytes).is_ok().then_some(object))
    }

    /// Copies a bytes object; nothing where it is none.
    pub(crate) fn read_bytes(
        &self,
        mut store: impl AsContextMut<Data = Host>,
        object: u32,
    ) -> wasmtime::Result<Option<Vec<u8>>> {
        let data = self.bytes_data.call(&mut store, object)? as usize;
        if data == 0 {
            return Ok(None);
        }
        let Ok(len) = usize::try_from(self.bytes_len.call(&mut store, object)?) else { return Ok(None) };
        let bytes = self.memory.data(&store).get(data..).and_then(|rest| rest.get(..len));
        Ok(bytes.map(<[u8]>::to_vec))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_split_and_damaged_ones_are_refused() {
        assert_eq!(fields(b"\x02\0\0\0ab\0\0\0\0"), Some(vec![b"ab".to_vec(), Vec::new()]));
        assert_eq!(fields(b""), Some(Vec::new()));
        for damaged in [&b"\x05\0\0\0ab"[..], b"\x02\0\0\0abx", b"\xff\xff\xff\xff"] {
            assert_eq!(fields(damaged), None, "{damaged:?}");
        }
    }
}
