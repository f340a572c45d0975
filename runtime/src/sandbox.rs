//! The sandbox: a compiled guest, ready to be run in any number of slots.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use proofhouse_types::{Bytes, Limits};
use wasmtime::{InstancePre, Linker, Memory, Module, Store};

use crate::cache::{self, Cache};
use crate::channel;
use crate::engine::{Metering, Purpose, engine};
use crate::error::{Doing, Error, Result};
use crate::files::Image;
use crate::guest;
use crate::host::Host;
use crate::packages::Profile;
use crate::pair::Pair;
use crate::setup::{self, Progress};
use crate::slot::Slot;
use crate::wasi;

/// Native stack of a thread that runs guests: the largest stack limit of each of a pair, and room for our own frames.
const THREAD_STACK_BYTES: usize = 112 << 20;
/// The largest stack limit.
const STACK_LIMIT_BYTES: u64 = 48 << 20;

/// What a slot does with its instance after a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reuse {
    /// Restores it and uses it again, where the kernel can tell which pages are dirty (Linux 6.7).
    WherePossible,
    /// Takes a new one from wasmtime's pool each time: what kernels without that get.
    Never,
}

/// How a sandbox is opened.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Workers that may be busy at a time, each with a pair of slots or with one.
    pub slots: u32,
    /// Whether fuel is counted.
    pub metering: Metering,
    /// What slots do with their instances.
    pub reuse: Reuse,
    /// What the guest has besides the standard library.
    pub profile: Profile,
}

impl Default for Options {
    fn default() -> Self {
        Options { slots: 2, metering: Metering::Fuel, reuse: Reuse::WherePossible, profile: Profile::Base }
    }
}

/// A compiled guest. Share it between threads; each thread runs its own [`Slot`].
pub struct Sandbox {
    options: Options,
    entry: PathBuf,
    serve: u32,
    hot_pages: Vec<u32>,
    image: Arc<Image>,
    /// One for each stack limit in use: wasmtime knows that limit for a whole engine only.
    by_stack: Mutex<HashMap<Bytes, Arc<Loaded>>>,
}

/// The module in one engine.
pub(crate) struct Loaded {
    pub stack: Bytes,
    pub pre: InstancePre<Host>,
    pub image: Arc<Image>,
    pub hot_pages: Vec<u32>,
    /// An instance that nothing ever runs in: its memory is the snapshot, and costs nothing until it is read.
    pristine: (Store<Host>, Memory),
}

impl Sandbox {
    /// Opens the guest from the cache, and makes it first where the cache has none that can be used.
    ///
    /// # Errors
    /// Where the cache's folder can't be used, or wasmtime doesn't work on this machine; or where the profile asks for
    /// packages that [`install_packages`](crate::install_packages) has not brought.
    pub fn open(cache: &Cache, options: Options, progress: &mut dyn FnMut(Progress)) -> Result<Sandbox> {
        let key = cache::key(&engine(options.metering, Purpose::Compile)?, options.profile);
        if let Some(manifest) = cache.load(&key) {
            return Sandbox::of_entry(cache.entry(&key), manifest.serve, manifest.hot_pages, options);
        }
        let lock = cache.lock()?;
        // Another process may have made it while this one waited.
        if cache.load(&key).is_none() {
            setup::build(cache, &lock, &key, options, progress)?;
        }
        drop(lock);
        let manifest = cache.load(&key).ok_or_else(|| Error::Guest("can't be read back from the cache".to_owned()))?;
        Sandbox::of_entry(cache.entry(&key), manifest.serve, manifest.hot_pages, options)
    }

    pub(crate) fn of_entry(entry: PathBuf, serve: u32, hot_pages: Vec<u32>, options: Options) -> Result<Sandbox> {
        let path = entry.join(cache::LIBRARY);
        let image = Image::open(&path).map_err(|source| Error::Cache { doing: "opening", path, source })?;
        Ok(Sandbox { options, entry, serve, hot_pages, image: Arc::new(image), by_stack: Mutex::default() })
    }

    /// What can be imported in the guest, and what each module has: a line a module, the names divided by spaces.
    ///
    /// # Errors
    /// Where the cache's file can't be read.
    pub fn inventory(&self) -> Result<String> {
        let path = self.entry.join(cache::INVENTORY);
        std::fs::read_to_string(&path).map_err(cache::failed("reading", &path))
    }

    /// The interpreter's version and a digest of everything in the guest.
    pub fn guest_version() -> String {
        let digest: String = guest::digest()[..6].iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{} ({digest})", guest::VERSION)
    }

    /// Runs a job with a slot of its own, on a thread with the stack that guests need.
    pub fn with_slot<T: Send>(&self, job: impl FnOnce(&mut Slot<'_>) -> T + Send) -> Result<T> {
        on_guest_thread(|| Slot::new(self).map(|mut slot| job(&mut slot)))
    }

    /// Runs a job with a pair of slots of its own, on a thread with the stack that two guests need.
    pub fn with_pair<T: Send>(&self, job: impl FnOnce(&mut Pair<'_>) -> T + Send) -> Result<T> {
        on_guest_thread(|| Pair::new(self).map(|mut pair| job(&mut pair)))
    }

    /// The same with a pair of slots of another sandbox besides.
    pub fn with_pairs<'s, T: Send>(
        &'s self,
        other: Option<&'s Sandbox>,
        job: impl FnOnce(&mut Pair<'s>, Option<&mut Pair<'s>>) -> T + Send,
    ) -> Result<T> {
        on_guest_thread(|| {
            let mut pair = Pair::new(self)?;
            let mut second = other.map(Pair::new).transpose()?;
            Ok(job(&mut pair, second.as_mut()))
        })
    }

    pub(crate) fn reuse(&self) -> Reuse {
        self.options.reuse
    }

    pub(crate) fn serve(&self) -> u32 {
        self.serve
    }

    pub(crate) fn loaded(&self, stack: Bytes) -> Result<Arc<Loaded>> {
        if stack.0 > STACK_LIMIT_BYTES {
            return Err(Error::StackLimitTooHigh { limit: stack, highest: Bytes(STACK_LIMIT_BYTES) });
        }
        let mut by_stack = self.by_stack.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(loaded) = by_stack.get(&stack) {
            return Ok(loaded.clone());
        }
        let loaded = Arc::new(self.load(stack)?);
        by_stack.insert(stack, loaded.clone());
        Ok(loaded)
    }

    fn load(&self, stack: Bytes) -> Result<Loaded> {
        // Two a worker, and one more for the pristine instance.
        let engine = engine(self.options.metering, Purpose::Run { slots: 2 * self.options.slots + 1, stack })?;
        // SAFETY: the file was compiled by us, its folder is ours alone, and its checksum was compared when the entry
        // was opened; wasmtime itself checks its own version and settings.
        let module = unsafe { Module::deserialize_file(&engine, self.entry.join(cache::MODULE)) };
        let module = module.doing("loading the compiled guest")?;
        let mut linker = Linker::new(&engine);
        wasi::add_to_linker(&mut linker).doing("linking the guest")?;
        channel::add_to_linker(&mut linker).doing("linking the guest")?;
        let pre = linker.instantiate_pre(&module).doing("linking the guest")?;
        let mut store = Store::new(&engine, Host::new(self.image.clone(), &Limits::default()));
        let instance = pre.instantiate(&mut store).doing("instantiating the guest")?;
        let memory = instance.get_memory(&mut store, "memory");
        let memory = memory.ok_or_else(|| Error::Guest("exports no memory".to_owned()))?;
        let (image, hot_pages) = (self.image.clone(), self.hot_pages.clone());
        Ok(Loaded { stack, pre, image, hot_pages, pristine: (store, memory) })
    }
}

fn on_guest_thread<T: Send>(job: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    std::thread::scope(|scope| {
        let builder = std::thread::Builder::new().name("guest".to_owned()).stack_size(THREAD_STACK_BYTES);
        let thread = builder.spawn_scoped(scope, job);
        let thread = thread.map_err(|error| Error::Guest(format!("got no thread: {error}")))?;
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

impl Loaded {
    /// The bytes of the snapshot.
    pub(crate) fn pristine(&self) -> &[u8] {
        self.pristine.1.data(&self.pristine.0)
    }

    pub(crate) fn memory_size(&self) -> Bytes {
        Bytes(self.pristine().len() as u64)
    }
}
