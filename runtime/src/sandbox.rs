//! The sandbox: a compiled guest, ready to be run in any number of slots.

use std::collections::HashMap;
use std::fs::{self, File};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use proofhouse_types::{Bytes, Limits};
use wasmtime::{InstancePre, Linker, Memory, Module, Store};

use crate::cache::{self, Cache, Manifest};
use crate::channel;
use crate::engine::{Metering, Purpose, engine};
use crate::error::{Doing, Error, Result};
use crate::files::Image;
use crate::guest;
use crate::host::Host;
use crate::packages::Profile;
use crate::pages::PAGEMAP;
use crate::pair::Pair;
use crate::setup::{self, Progress};
use crate::slot::Slot;
use crate::wasi;

/// Native stack of a thread that runs guests: the largest stack limit of each of a pair, and room for our own frames.
const THREAD_STACK_BYTES: usize = 112 << 20;
/// The largest stack limit.
const STACK_LIMIT_BYTES: u64 = 48 << 20;
/// Stack limits whose modules are kept while no slot uses them. Suites have one or two; whoever sends a new one each time
/// must not fill this process with modules.
const IDLE_MODULES: usize = 4;

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
///
/// Once it is open, it opens no file any more, so that a process can give up the right to.
pub struct Sandbox {
    options: Options,
    serve: u32,
    hot_pages: Vec<u32>,
    inventory: String,
    module: File,
    image: Arc<Image>,
    /// Nothing where the system has none.
    pagemap: Option<Arc<File>>,
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
    /// Whether the cache has the guest, so that opening it is a matter of milliseconds. That it is whole is seen when it is opened.
    ///
    /// # Errors
    /// Where the compiler can't be configured.
    pub fn is_made(cache: &Cache, options: Options) -> Result<bool> {
        let key = cache::key(&engine(options.metering, Purpose::Compile)?, options.profile);
        Ok(cache.entry(&key).is_dir())
    }

    /// Opens the guest from the cache, and makes it first where the cache has none that can be used.
    ///
    /// # Errors
    /// Where the cache's folder can't be used, or wasmtime doesn't work on this machine; or where the profile asks for
    /// packages that [`install_packages`](crate::install_packages) has not brought.
    pub fn open(cache: &Cache, options: Options, progress: &mut dyn FnMut(Progress)) -> Result<Sandbox> {
        let key = cache::key(&engine(options.metering, Purpose::Compile)?, options.profile);
        if let Some(manifest) = cache.load(&key) {
            return Sandbox::of_cache(cache, &key, manifest, options);
        }
        let lock = cache.lock()?;
        // Another process may have made it while this one waited.
        if cache.load(&key).is_none() {
            setup::build(cache, &lock, &key, options, progress)?;
        }
        drop(lock);
        let manifest = cache.load(&key).ok_or_else(|| Error::Guest("can't be read back from the cache".to_owned()))?;
        Sandbox::of_cache(cache, &key, manifest, options)
    }

    fn of_cache(cache: &Cache, key: &str, manifest: Manifest, options: Options) -> Result<Sandbox> {
        let entry = cache.entry(key);
        let path = entry.join(cache::INVENTORY);
        let inventory = fs::read_to_string(&path).map_err(cache::failed("reading", &path))?;
        Sandbox::of_entry(&entry, manifest.serve, manifest.hot_pages, inventory, options)
    }

    pub(crate) fn of_entry(
        entry: &Path,
        serve: u32,
        hot_pages: Vec<u32>,
        inventory: String,
        options: Options,
    ) -> Result<Sandbox> {
        let path = entry.join(cache::LIBRARY);
        let image = Arc::new(Image::open(&path).map_err(cache::failed("opening", &path))?);
        let path = entry.join(cache::MODULE);
        let module = File::open(&path).map_err(cache::failed("opening", &path))?;
        let pagemap = File::open(PAGEMAP).ok().map(Arc::new);
        let by_stack = Mutex::default();
        Ok(Sandbox { options, serve, hot_pages, inventory, module, image, pagemap, by_stack })
    }

    /// What can be imported in the guest, and what each module has: a line a module, the names divided by spaces.
    pub fn inventory(&self) -> &str {
        &self.inventory
    }

    /// The least memory limit that the interpreter can start in.
    ///
    /// # Errors
    /// Where wasmtime doesn't work on this machine.
    pub fn least_memory(&self) -> Result<Bytes> {
        Ok(self.loaded(Limits::default().stack)?.memory_size())
    }

    /// The largest stack limit that can be kept.
    pub fn most_stack() -> Bytes {
        Bytes(STACK_LIMIT_BYTES)
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

    pub(crate) fn pagemap(&self) -> Option<Arc<File>> {
        self.pagemap.clone()
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
        if by_stack.len() >= IDLE_MODULES {
            by_stack.retain(|_, loaded| Arc::strong_count(loaded) > 1);
        }
        by_stack.insert(stack, loaded.clone());
        Ok(loaded)
    }

    fn load(&self, stack: Bytes) -> Result<Loaded> {
        // Two a worker, and one more for the pristine instance.
        let engine = engine(self.options.metering, Purpose::Run { slots: 2 * self.options.slots + 1, stack })?;
        let doing = "loading the compiled guest";
        let file = self.module.try_clone().map_err(|error| Error::Wasmtime { doing, source: error.into() })?;
        // SAFETY: the file was compiled by us, its folder is ours alone, and its checksum was compared when the entry
        // was opened; wasmtime itself checks its own version and settings.
        let module = unsafe { Module::deserialize_open_file(&engine, file) }.doing(doing)?;
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
