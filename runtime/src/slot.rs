//! A slot: one instance of the guest that is used again and again, put back into the state of the snapshot after
//! each submission. It is rebuilt after a trap, or when its memory grew.

use std::marker::PhantomData;

use proofhouse_types::Limits;
use wasmtime::Store;

use crate::channel::{Channel, Role};
use crate::error::{Doing, Error, Result};
use crate::guest::Exports;
use crate::host::Host;
use crate::pages::{Pages, is_copy_on_write};
use crate::run::{Program, Run};
use crate::sandbox::{Loaded, Reuse, Sandbox};
use crate::session::{Room, Session};

/// Runs submissions one after the other, each as if it were the first. Stays on the thread that made it, which has the
/// stack that guests need.
pub struct Slot<'s> {
    sandbox: &'s Sandbox,
    loaded: std::sync::Arc<Loaded>,
    live: Option<Live>,
    rebuilt: u64,
    stays_on_its_thread: PhantomData<*const ()>,
}

pub(crate) struct Live {
    pub store: Store<Host>,
    pub exports: Exports,
    /// Nothing where the kernel can't tell which pages are dirty: then every session gets a new instance.
    pages: Option<Pages>,
    stack_pointer: Option<i32>,
}

impl<'s> Slot<'s> {
    pub(crate) fn new(sandbox: &'s Sandbox) -> Result<Slot<'s>> {
        let loaded = sandbox.loaded(Limits::default().stack)?;
        Ok(Slot { sandbox, loaded, live: None, rebuilt: 0, stays_on_its_thread: PhantomData })
    }

    /// Runs a whole program.
    ///
    /// # Errors
    /// Only what is not the program's doing; see [`Error`].
    pub fn run(&mut self, program: &Program, limits: &Limits) -> Result<Run> {
        let mut session = self.session(limits)?;
        match session.prepare(program)? {
            Room::Enough => session.run(program),
            Room::TooLittle => Ok(Run::without_room(limits)),
        }
    }

    /// Begins a submission: a program is loaded, then its tests run, all in one interpreter that nothing else has used.
    ///
    /// # Errors
    /// Where the limits can't be kept or no instance can be had.
    pub fn session(&mut self, limits: &Limits) -> Result<Session<'_, 's>> {
        self.session_as(Role::Alone, limits)
    }

    pub(crate) fn session_as(&mut self, role: Role, limits: &Limits) -> Result<Session<'_, 's>> {
        if self.loaded.stack != limits.stack {
            self.live = None;
            self.loaded = self.sandbox.loaded(limits.stack)?;
        }
        let needed = self.loaded.memory_size();
        if limits.memory < needed {
            return Err(Error::MemoryLimitTooLow { limit: limits.memory, needed });
        }
        let host = Host::new(self.loaded.image.clone(), limits);
        let mut live = match self.live.take() {
            Some(mut live) => {
                *live.store.data_mut() = host;
                live
            }
            None => self.instantiate(host)?,
        };
        live.store.data_mut().channel = Channel::new(role, live.exports.clone(), self.serve());
        Ok(Session::new(self, live, limits.clone()))
    }

    fn instantiate(&mut self, host: Host) -> Result<Live> {
        self.rebuilt += 1;
        let loaded = &self.loaded;
        let mut store = Store::new(loaded.pre.module().engine(), host);
        store.limiter(|host| host);
        let instance = loaded.pre.instantiate(&mut store).doing("instantiating the guest")?;
        let exports = Exports::of(&instance, &mut store)?;
        let stack_pointer = exports.stack_pointer(&mut store);
        let memory = exports.memory.data_mut(&mut store);
        let reuse = self.sandbox.reuse() == Reuse::WherePossible;
        let restorable = reuse && is_copy_on_write(memory, loaded.pristine(), self.sandbox.serve());
        let pagemap = self.sandbox.pagemap().filter(|_| restorable);
        let pages = pagemap.and_then(|pagemap| Pages::new(pagemap, memory, &loaded.hot_pages));
        Ok(Live { store, exports, pages, stack_pointer })
    }

    /// Takes an instance back after a submission: restored, or dropped so that the next gets a new one.
    pub(crate) fn take_back(&mut self, mut live: Live, usable: bool) {
        if usable && live.exports.stack_pointer(&mut live.store) == live.stack_pointer {
            let memory = live.exports.memory.data_mut(&mut live.store);
            if let Some(pages) = &mut live.pages
                && pages.restore(memory, self.loaded.pristine()).is_ok()
            {
                self.live = Some(live);
            }
        }
    }

    pub(crate) fn serve(&self) -> u32 {
        self.sandbox.serve()
    }

    /// Instances made so far: 1, and one more for each trap or growth since.
    pub fn instances(&self) -> u64 {
        self.rebuilt
    }

    /// The pages whose bytes differ from the snapshot now, between submissions. Always none: this is the proof of the
    /// reset that tests ask for after every run.
    pub fn audit(&mut self) -> Vec<usize> {
        let Some(live) = &mut self.live else { return Vec::new() };
        let pristine = self.loaded.pristine();
        let memory = live.exports.memory.data(&live.store);
        if memory.len() != pristine.len() {
            return vec![memory.len() / 4096];
        }
        let pages = memory.chunks(4096).zip(pristine.chunks(4096)).enumerate();
        pages.filter(|(_, (a, b))| a != b).map(|(page, _)| page).collect()
    }

    /// The pages that the submission before the reset made private.
    pub(crate) fn dirty_pages(live: &mut Live) -> Vec<u32> {
        let memory = live.exports.memory.data(&live.store);
        live.pages.as_mut().and_then(|pages| pages.dirty(memory).ok()).unwrap_or_default()
    }
}
