//! Makes the snapshot: starts the interpreter once, loads our own Python, and bakes the memory into the module.
//!
//! Clock, random numbers, hash seed and files are fixed, so two builds give the same bytes.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use proofhouse_types::{Bytes, Limits, Seconds};
use wasmtime::{Instance, Linker, Module, Store, Val, WasmParams, WasmResults};
use wasmtime_wizer::{InstanceState, SnapshotVal, ValType, Wizer};

use crate::channel;
use crate::engine::{Metering, Purpose, engine};
use crate::error::{Doing, Error, Result};
use crate::files::{Image, STANDARD_LIBRARY};
use crate::guest;
use crate::host::Host;
use crate::packages::Profile;
use crate::wasi;

/// Free heap in the snapshot: runs that allocate less don't grow the memory, and a slot whose memory grew is rebuilt.
const HEAP_ROOM_BYTES: u32 = 8 << 20;
/// Sizes whose holes in the heap are filled before the snapshot, so that what a run allocates comes from the heap's
/// top, from few fresh pages. Page faults a run fell from 809 to 352.
const PLUG_SIZES: [u32; 23] = [
    131072, 65536, 32768, 16384, 8192, 4096, 2048, 1024, 768, 512, 384, 256, 192, 128, 96, 64, 56, 48, 40, 32, 24, 16,
    8,
];
/// Allocations of one size that must come from the top before its holes count as filled.
const PLUG_PROOF: u32 = 4;

/// A module that is the started interpreter, and the address of the function that the host calls.
pub(crate) struct Snapshot {
    pub module: Vec<u8>,
    pub serve: u32,
}

pub(crate) fn build(library: Arc<Image>, profile: Profile) -> Result<Snapshot> {
    let module = guest::module()?;
    let mut wizer = Wizer::new();
    // Any exported start function will do: the start is run below.
    wizer.init_func("relocs.0").keep_init_func(true);
    let (context, instrumented) = wizer.instrument(&module).doing("preparing the snapshot")?;
    let engine = engine(Metering::Unmetered, Purpose::Snapshot)?;
    let compiled = Module::new(&engine, &instrumented).doing("compiling the guest for its start")?;
    let limits = Limits { memory: Bytes(1 << 30), output: Bytes(1 << 20), wall: Seconds(600), ..Limits::default() };
    let mut store = Store::new(&engine, Host::new(library, &limits));
    store.limiter(|host| host);
    let mut linker = Linker::new(&engine);
    wasi::add_to_linker(&mut linker).doing("linking the guest")?;
    channel::add_to_linker(&mut linker).doing("linking the guest")?;
    let instance = linker.instantiate(&mut store, &compiled).doing("instantiating the guest")?;
    let mut start = Start { store, instance };
    let serve = start.run(profile)?;
    let bytes = ready(wizer.snapshot(&context, &mut start))
        .ok_or_else(|| Error::Guest("has a snapshot that waits".to_owned()))?
        .doing("taking the snapshot")?;
    Ok(Snapshot { module: bytes, serve })
}

struct Start {
    store: Store<Host>,
    instance: Instance,
}

impl Start {
    /// Starts the interpreter and answers with the address of `serve`.
    fn run(&mut self, profile: Profile) -> Result<u32> {
        for label in ["relocs", "ctors"] {
            let mut names: Vec<String> =
                self.instance.exports(&mut self.store).map(|export| export.name().to_owned()).collect();
            names.retain(|name| name.starts_with(&format!("{label}.")));
            names.sort_by_key(|name| name[label.len() + 1..].parse::<u32>().unwrap_or(u32::MAX));
            for name in names {
                self.call::<(), ()>(&name, ())?;
            }
        }
        self.call::<(), ()>("allocator_install", ())?;
        let settings = [
            ("PYTHONHOME", "/usr"),
            ("PYTHONPATH", STANDARD_LIBRARY),
            ("PYTHONHASHSEED", "0"),
            ("PYTHONUTF8", "1"),
            ("PYTHONDONTWRITEBYTECODE", "1"),
            ("PYTHONNOUSERSITE", "1"),
        ];
        for (name, value) in settings {
            let (name, value) = (self.text(name)?, self.text(value)?);
            self.call::<(u32, u32, u32), u32>("setenv", (name, value, 1))?;
        }
        self.call::<u32, ()>("Py_InitializeEx", 0)?;
        let builtins = self.text("builtins")?;
        let builtins = self.call::<u32, u32>("PyImport_AddModule", builtins)?;
        let (host_call, name) = (self.call::<(), u32>("channel_new", ())?, self.text("_proofhouse_host_call")?);
        self.call::<(u32, u32, u32), i32>("PyObject_SetAttrString", (builtins, name, host_call))?;
        let script = self.text(&script(profile))?;
        if self.call::<(u32, u32), i32>("PyRun_SimpleStringFlags", (script, 0))? != 0 {
            let said = String::from_utf8_lossy(&self.store.data().output.stderr).into_owned();
            return Err(Error::Guest(format!("did not start: {said}")));
        }
        let name = self.text("_proofhouse_serve")?;
        let serve = self.call::<(u32, u32), u32>("PyObject_GetAttrString", (builtins, name))?;
        if serve == 0 {
            return Err(Error::Guest("has no `serve`".to_owned()));
        }
        self.call::<(), ()>("allocator_seal", ())?;
        self.make_room()?;
        Ok(serve)
    }

    fn make_room(&mut self) -> Result<()> {
        let room = self.call::<u32, u32>("malloc", HEAP_ROOM_BYTES)?;
        self.call::<u32, ()>("free", room)?;
        let top = self.call::<u32, u32>("malloc", 1 << 18)?;
        for size in PLUG_SIZES {
            let mut above = 0;
            while above < PLUG_PROOF {
                above += u32::from(self.call::<u32, u32>("malloc", size)? > top);
            }
        }
        Ok(())
    }

    fn call<P: WasmParams, R: WasmResults>(&mut self, name: &str, arguments: P) -> Result<R> {
        let function = self.instance.get_typed_func::<P, R>(&mut self.store, name);
        let function = function.map_err(|error| Error::Guest(format!("exports no `{name}`: {error}")))?;
        function.call(&mut self.store, arguments).map_err(|error| {
            let said = String::from_utf8_lossy(&self.store.data().output.stderr).into_owned();
            Error::Guest(format!("failed in `{name}`: {error:#}; it said: {said}"))
        })
    }

    /// A C string in the guest's heap.
    fn text(&mut self, text: &str) -> Result<u32> {
        let address = self.call::<u32, u32>("malloc", text.len() as u32 + 1)?;
        let memory = self.instance.get_memory(&mut self.store, "memory");
        let memory = memory.ok_or_else(|| Error::Guest("exports no memory".to_owned()))?;
        let bytes = [text.as_bytes(), &[0]].concat();
        let out_of_bounds = |_| Error::Guest("allocates out of bounds".to_owned());
        memory.write(&mut self.store, address as usize, &bytes).map_err(out_of_bounds)?;
        Ok(address)
    }
}

/// `bootstrap.py` with our other sources in front of it, as text that Python reads back exactly.
fn script(profile: Profile) -> String {
    let mut script = "SOURCES = {".to_owned();
    for (name, source) in guest::SOURCES {
        let hex: String = source.bytes().map(|byte| format!("{byte:02x}")).collect();
        script.push_str(&format!("'{name}': bytes.fromhex('{hex}').decode(), "));
    }
    script.push_str("}\n");
    script.push_str(match profile {
        Profile::Base => "PACKAGES = False\n",
        Profile::Packages => "PACKAGES = True\n",
    });
    script + guest::BOOTSTRAP
}

impl InstanceState for Start {
    async fn global_get(&mut self, name: &str, _: ValType) -> SnapshotVal {
        let global = self.instance.get_global(&mut self.store, name).expect("wizer exported it");
        match global.get(&mut self.store) {
            Val::I32(value) => SnapshotVal::I32(value),
            Val::I64(value) => SnapshotVal::I64(value),
            Val::F32(value) => SnapshotVal::F32(value),
            Val::F64(value) => SnapshotVal::F64(value),
            Val::V128(value) => SnapshotVal::V128(value.as_u128()),
            _ => unreachable!("the merge gives the guest i32 globals alone"),
        }
    }

    async fn memory_contents(&mut self, name: &str, contents: impl FnOnce(&[u8]) + Send) {
        let memory = self.instance.get_memory(&mut self.store, name).expect("wizer exported it");
        contents(memory.data(&self.store));
    }
}

/// The value of a future that never waits.
fn ready<F: Future>(future: F) -> Option<F::Output> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}
