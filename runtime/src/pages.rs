//! Puts a guest's memory back into the state of the snapshot, page by page, without unmapping anything.
//!
//! wasmtime's own reset decommits what a run dirtied, so that every run takes some 250 copy-on-write faults, each of
//! which interrupts every other core of the process. Here the pages that a run made private are found with
//! PAGEMAP_SCAN (Linux 6.7) and copied back from an untouched instance. Pages that most runs dirty are kept private
//! for good; if many others are, they are dropped, so that one large run doesn't slow all that follow.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::sync::Arc;

/// What tells which pages are private.
pub(crate) const PAGEMAP: &str = "/proc/self/pagemap";

const PAGE_BYTES: usize = 4096;
/// More separate dirty ranges than this are not worth restoring: the slot is rebuilt.
const REGIONS: usize = 8192;
/// Cold pages that may stay private for good. Above it, giving them back is cheaper than copying them ever after. Over the
/// HumanEval programs, 160 leaves 5 faults a run where 64 leaves 35; more gains nothing.
const COLD_PAGES: usize = 160;
/// Cold pages that may stay private for a while, 8 MiB. Above it, giving them back is cheaper than copying them once.
const MOST_COLD_PAGES: usize = 2048;
/// Runs for which they may: where one run touches many pages, the next ones of its suite mostly touch the same. Calls by
/// `requests` touch 1,150, and took 8.7 ms with these given back after each.
const PATIENCE: u32 = 16;

/// `struct page_region` of linux/fs.h.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
struct Region {
    start: u64,
    end: u64,
    categories: u64,
}

/// `struct pm_scan_arg` of linux/fs.h.
#[repr(C)]
#[derive(Debug, Default)]
struct ScanArguments {
    size: u64,
    flags: u64,
    start: u64,
    end: u64,
    walk_end: u64,
    regions: u64,
    regions_len: u64,
    max_pages: u64,
    category_inverted: u64,
    category_mask: u64,
    category_any_of: u64,
    return_mask: u64,
}

/// `_IOWR('f', 16, struct pm_scan_arg)`.
const PAGEMAP_SCAN: u64 = (3 << 30) | ((size_of::<ScanArguments>() as u64) << 16) | ((b'f' as u64) << 8) | 16;
const IS_FILE: u64 = 1 << 2;
const IS_PRESENT: u64 = 1 << 3;
const IS_SWAPPED: u64 = 1 << 4;
const IS_ZERO_PAGE: u64 = 1 << 5;

pub(crate) struct Pages {
    pagemap: Arc<File>,
    regions: Vec<Region>,
    hot: Vec<bool>,
    /// Runs in a row after which there were more than [`COLD_PAGES`].
    runs_above: u32,
}

/// The memory can't be restored: its slot must be rebuilt.
#[derive(Debug)]
pub(crate) struct NotRestored;

impl Pages {
    /// Nothing where the kernel can't scan. The file is this process's [`PAGEMAP`].
    pub(crate) fn new(pagemap: Arc<File>, memory: &mut [u8], hot_pages: &[u32]) -> Option<Pages> {
        let mut hot = vec![false; memory.len() / PAGE_BYTES];
        for page in hot_pages {
            *hot.get_mut(*page as usize)? = true;
        }
        let mut pages = Pages { pagemap, regions: vec![Region::default(); REGIONS], hot, runs_above: 0 };
        pages.scan(memory).ok()?;
        pages.populate(memory);
        Some(pages)
    }

    /// The private pages of the memory, in order.
    pub(crate) fn dirty(&mut self, memory: &[u8]) -> io::Result<Vec<u32>> {
        let found = self.scan(memory)?;
        let page = |address: u64| ((address - memory.as_ptr() as u64) as usize / PAGE_BYTES) as u32;
        Ok(self.regions[..found].iter().flat_map(|region| page(region.start)..page(region.end)).collect())
    }

    /// How many private ranges there are; they stand in `regions`.
    fn scan(&mut self, memory: &[u8]) -> io::Result<usize> {
        let mut found = 0;
        let mut start = memory.as_ptr() as u64;
        let end = start + memory.len() as u64;
        loop {
            let room = &mut self.regions[found..];
            let mut arguments = ScanArguments {
                size: size_of::<ScanArguments>() as u64,
                start,
                end,
                regions: room.as_mut_ptr() as u64,
                regions_len: room.len() as u64,
                // Present or swapped out, and neither the image's own page nor the shared page of zeros: a private copy.
                category_mask: IS_FILE | IS_ZERO_PAGE,
                category_inverted: IS_FILE | IS_ZERO_PAGE,
                category_any_of: IS_PRESENT | IS_SWAPPED,
                ..ScanArguments::default()
            };
            // SAFETY: the kernel reads `arguments` and writes at most `regions_len` entries to `regions`, which outlives
            // the call; it only looks at the memory's page tables.
            let more = unsafe { libc::ioctl(self.pagemap.as_raw_fd(), PAGEMAP_SCAN as _, &mut arguments) };
            found += usize::try_from(more).map_err(|_| io::Error::last_os_error())?;
            if arguments.walk_end == end {
                return Ok(found);
            }
            // With more than 512 ranges, Linux gives as the end of its walk where it filled a buffer of its own first, though it
            // went on. So the rest is asked for until there is none.
            match found.checked_sub(1) {
                Some(last) if more > 0 && found < self.regions.len() => start = self.regions[last].end,
                Some(_) | None => return Err(io::Error::other("more dirty ranges than are looked for")),
            }
        }
    }

    /// Makes the hot pages private ahead of time, so that no run pays a fault for them.
    fn populate(&self, memory: &mut [u8]) {
        for range in self.hot.chunk_by(|a, b| a == b).scan(0, |start, chunk| {
            let range = (chunk[0], *start * PAGE_BYTES..(*start + chunk.len()) * PAGE_BYTES);
            *start += chunk.len();
            Some(range)
        }) {
            if let (true, range) = range {
                let part = &mut memory[range];
                // SAFETY: the range is ours and writable; its contents stay as they are. A kernel that can't leaves the
                // pages to be faulted in by the first run.
                unsafe { libc::madvise(part.as_mut_ptr().cast(), part.len(), libc::MADV_POPULATE_WRITE) };
            }
        }
    }

    /// Makes `memory` equal to `pristine` again.
    pub(crate) fn restore(&mut self, memory: &mut [u8], pristine: &[u8]) -> Result<(), NotRestored> {
        if memory.len() != pristine.len() {
            return Err(NotRestored);
        }
        let found = self.scan(memory).map_err(|_| NotRestored)?;
        let base = memory.as_ptr() as u64;
        let mut cold = Vec::new();
        for region in &self.regions[..found] {
            let first = (region.start - base) as usize / PAGE_BYTES;
            let end = (region.end - base) as usize / PAGE_BYTES;
            let mut start = first;
            for chunk in self.hot[first..end].chunk_by(|a, b| a == b) {
                let bytes = start * PAGE_BYTES..(start + chunk.len()) * PAGE_BYTES;
                start += chunk.len();
                if chunk[0] {
                    memory[bytes.clone()].copy_from_slice(&pristine[bytes]);
                } else {
                    cold.push(bytes);
                }
            }
        }
        let cold_pages = cold.iter().map(|bytes| bytes.len() / PAGE_BYTES).sum::<usize>();
        self.runs_above = if cold_pages > COLD_PAGES { self.runs_above + 1 } else { 0 };
        let give_back = cold_pages > MOST_COLD_PAGES || self.runs_above > PATIENCE;
        if give_back {
            self.runs_above = 0;
        }
        for bytes in cold {
            if give_back {
                drop_pages(&mut memory[bytes])?;
            } else {
                memory[bytes.clone()].copy_from_slice(&pristine[bytes]);
            }
        }
        Ok(())
    }
}

/// Gives private pages back: what shows then is the image below, or zeros where it has none.
fn drop_pages(part: &mut [u8]) -> Result<(), NotRestored> {
    // SAFETY: the range lies in a linear memory that wasmtime mapped copy-on-write from the module's image
    // (`memory_init_cow`, proved by `is_copy_on_write` on every new instance), so its pages read as the
    // snapshot's again.
    let done = unsafe { libc::madvise(part.as_mut_ptr().cast(), part.len(), libc::MADV_DONTNEED) };
    if done == 0 { Ok(()) } else { Err(NotRestored) }
}

/// Whether dropping a private page brings the image back: the proof that [`drop_pages`] may be used on this memory.
/// Tried on the page of an address that the snapshot has bytes at.
pub(crate) fn is_copy_on_write(memory: &mut [u8], pristine: &[u8], address: u32) -> bool {
    let start = address as usize / PAGE_BYTES * PAGE_BYTES;
    let bytes = start..start + PAGE_BYTES;
    // Without bytes in it, a plain anonymous mapping, which turns to zeros, would pass.
    if !pristine.get(bytes.clone()).is_some_and(|page| page.iter().any(|byte| *byte != 0)) {
        return false;
    }
    memory[start] ^= 0xff;
    // SAFETY: on a memory of ours that no run has used yet; whatever shows afterwards is compared below.
    let done = unsafe { libc::madvise(memory[bytes.clone()].as_mut_ptr().cast(), PAGE_BYTES, libc::MADV_DONTNEED) };
    done == 0 && memory[bytes.clone()] == pristine[bytes]
}
