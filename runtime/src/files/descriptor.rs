//! Open files of one run.

use super::mount::{HostFile, HostPath};
use super::tree::{NodeId, Refusal};
use crate::wasi::types::Errno;

/// Open files at a time. Linux gives a process 1,024; a program under test needs few, and each costs host memory.
const OPEN_FILES: usize = 128;

#[derive(Debug)]
pub(crate) enum Target {
    Stdin,
    Stdout,
    Stderr,
    Node(NodeId),
    HostFile(HostFile),
    HostFolder(HostPath),
}

#[derive(Debug)]
pub(crate) struct Descriptor {
    pub target: Target,
    pub position: u64,
    pub append: bool,
    pub reads: bool,
    pub writes: bool,
}

#[derive(Debug)]
pub(crate) struct Descriptors(Vec<Option<Descriptor>>);

impl Descriptors {
    /// stdin, stdout, stderr and the root folder as 3, which libc takes for its only preopen.
    pub(crate) fn new(root: NodeId) -> Descriptors {
        let open = |target, reads, writes| Some(Descriptor { target, position: 0, append: false, reads, writes });
        Descriptors(vec![
            open(Target::Stdin, true, false),
            open(Target::Stdout, false, true),
            open(Target::Stderr, false, true),
            open(Target::Node(root), true, false),
        ])
    }

    pub(crate) fn get(&self, fd: u32) -> Result<&Descriptor, Refusal> {
        Ok(self.0.get(fd as usize).and_then(Option::as_ref).ok_or(Errno::Badf)?)
    }

    pub(crate) fn get_mut(&mut self, fd: u32) -> Result<&mut Descriptor, Refusal> {
        Ok(self.0.get_mut(fd as usize).and_then(Option::as_mut).ok_or(Errno::Badf)?)
    }

    /// The lowest free number, as POSIX wants it.
    pub(crate) fn open(&mut self, descriptor: Descriptor) -> Result<u32, Refusal> {
        let free = self.0.iter().position(Option::is_none).unwrap_or(self.0.len());
        if free >= OPEN_FILES {
            return Err(Errno::Mfile.into());
        }
        if free == self.0.len() {
            self.0.push(None);
        }
        self.0[free] = Some(descriptor);
        Ok(free as u32)
    }

    pub(crate) fn close(&mut self, fd: u32) -> Result<Descriptor, Refusal> {
        Ok(self.0.get_mut(fd as usize).and_then(Option::take).ok_or(Errno::Badf)?)
    }

    /// Moves a descriptor to another open number; what was there is returned.
    pub(crate) fn renumber(&mut self, from: u32, to: u32) -> Result<Option<Descriptor>, Refusal> {
        self.get(to)?;
        let moved = self.close(from)?;
        Ok(self.0[to as usize].replace(moved))
    }
}
