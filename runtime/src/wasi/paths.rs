//! What names do: opening, listing, making, removing and renaming.

use cap_std::fs::OpenOptions;
use wiggle::{GuestMemory, GuestPtr};

use super::preview1::{filestat, filetype};
use super::types::{self, Errno, Error, Fstflags, Lookupflags, Oflags};
use crate::files::{Descriptor, Kind, NodeId, Place, Refusal, Target};
use crate::host::{ENTRY_FUEL, Host};

type Result<T> = std::result::Result<T, Error>;

/// How a path is opened.
pub(super) struct Open {
    pub follow: bool,
    pub oflags: Oflags,
    pub append: bool,
    pub reads: bool,
    pub writes: bool,
}

/// Where a path leads, seen from an open folder.
fn resolve(host: &Host, fd: u32, path: &str, follow: bool) -> Result<Place> {
    match &host.descriptors.get(fd)?.target {
        Target::Node(id) => Ok(host.tree.resolve(*id, path, follow)?),
        Target::HostFolder(folder) => Ok(Place::Host(folder.join(path))),
        Target::Stdin | Target::Stdout | Target::Stderr | Target::HostFile(_) => Err(Errno::Notdir.into()),
    }
}

fn follows(flags: Lookupflags) -> bool {
    flags.contains(Lookupflags::SYMLINK_FOLLOW)
}

pub(super) fn open(host: &mut Host, fd: u32, path: &str, how: &Open) -> Result<u32> {
    let now = host.clock.realtime_ns();
    let exclusive = how.oflags.contains(Oflags::CREAT | Oflags::EXCL);
    let (target, fresh) = match resolve(host, fd, path, how.follow && !exclusive)? {
        Place::Node(_) if exclusive => return Err(Errno::Exist.into()),
        Place::Node(id) => (Target::Node(open_node(host, id, how, now)?), false),
        Place::Missing { parent, name } if how.oflags.contains(Oflags::CREAT) && !path.ends_with('/') => {
            (Target::Node(host.tree.create_file(parent, name, now)?), true)
        }
        Place::Missing { .. } => return Err(Errno::Noent.into()),
        Place::Host(path) if path.stat(true).is_ok_and(|stat| stat.kind == Kind::Directory) => {
            if how.writes {
                return Err(Errno::Isdir.into());
            }
            (Target::HostFolder(path), false)
        }
        Place::Host(path) => {
            let creates = how.oflags.contains(Oflags::CREAT);
            let mut options = OpenOptions::new();
            options.read(how.reads).write(how.writes).create(creates && how.writes);
            options.create_new(exclusive).truncate(how.oflags.contains(Oflags::TRUNC) && how.writes);
            (Target::HostFile(path.open(&options, how.writes || creates)?), false)
        }
    };
    let node = if let Target::Node(id) = target { Some(id) } else { None };
    let descriptor = Descriptor {
        target,
        position: 0,
        append: how.append,
        reads: how.reads,
        writes: how.writes && (fresh || node.is_none_or(|id| host.tree.is_writable(id))),
    };
    let opened = host.descriptors.open(descriptor)?;
    if let Some(id) = node {
        host.tree.opened(id);
    }
    Ok(opened)
}

fn open_node(host: &mut Host, id: NodeId, how: &Open, now: u64) -> Result<NodeId> {
    match host.tree.stat(id).kind {
        Kind::Link => return Err(Errno::Loop.into()),
        Kind::Directory if how.writes => return Err(Errno::Isdir.into()),
        Kind::File if how.oflags.contains(Oflags::DIRECTORY) => return Err(Errno::Notdir.into()),
        Kind::File if how.writes && !host.tree.is_writable(id) => return Err(Errno::Rofs.into()),
        Kind::File if how.oflags.contains(Oflags::TRUNC) => host.tree.resize(id, 0, now)?,
        Kind::Directory | Kind::File => {}
    }
    Ok(id)
}

pub(super) fn stat(host: &Host, fd: u32, path: &str, flags: Lookupflags) -> Result<types::Filestat> {
    match resolve(host, fd, path, follows(flags))? {
        Place::Node(id) => Ok(filestat(host.tree.stat(id))),
        Place::Missing { .. } => Err(Errno::Noent.into()),
        Place::Host(path) => Ok(filestat(path.stat(follows(flags))?)),
    }
}

/// Entries from the cookie on, the last cut where the buffer ends, as the specification has it.
pub(super) fn read_directory(
    host: &mut Host,
    memory: &mut GuestMemory<'_>,
    fd: u32,
    buffer: GuestPtr<[u8]>,
    cookie: u64,
) -> Result<u32> {
    let entries: Vec<(String, u64, Kind)> = match &host.descriptors.get(fd)?.target {
        Target::Node(id) => {
            let entries = host.tree.list(*id)?;
            entries.into_iter().map(|(name, id)| (name, u64::from(id) + 1, host.tree.stat(id).kind)).collect()
        }
        Target::HostFolder(path) => path.list()?.into_iter().map(|(name, kind)| (name, 1, kind)).collect(),
        Target::Stdin | Target::Stdout | Target::Stderr | Target::HostFile(_) => return Err(Errno::Notdir.into()),
    };
    host.call_fuel += entries.len() as u64 * ENTRY_FUEL;
    let room = buffer.len() as usize;
    let mut bytes = Vec::new();
    let first = usize::try_from(cookie).unwrap_or(usize::MAX);
    for (position, (name, inode, kind)) in entries.iter().enumerate().skip(first) {
        bytes.extend_from_slice(&(position as u64 + 1).to_le_bytes());
        bytes.extend_from_slice(&inode.to_le_bytes());
        bytes.extend_from_slice(&(name.len() as u32).to_le_bytes());
        bytes.push(filetype(*kind).into());
        // A dirent is 24 bytes; the name follows at once, so the next dirent need not be aligned.
        bytes.extend_from_slice(&[0; 3]);
        bytes.extend_from_slice(name.as_bytes());
        if bytes.len() >= room {
            bytes.truncate(room);
            break;
        }
    }
    memory.copy_from_slice(&bytes, buffer.as_ptr().as_array(bytes.len() as u32))?;
    Ok(bytes.len() as u32)
}

pub(super) fn create_directory(host: &mut Host, fd: u32, path: &str) -> Result<()> {
    let now = host.clock.realtime_ns();
    match resolve(host, fd, path, false)? {
        Place::Node(_) => Err(Errno::Exist.into()),
        Place::Missing { parent, name } => {
            host.tree.create_directory(parent, name, now)?;
            Ok(())
        }
        Place::Host(path) => Ok(path.create_directory()?),
    }
}

pub(super) fn symlink(host: &mut Host, target: &str, fd: u32, path: &str) -> Result<()> {
    let now = host.clock.realtime_ns();
    match resolve(host, fd, path, false)? {
        Place::Node(_) => Err(Errno::Exist.into()),
        Place::Missing { parent, name } => {
            host.tree.create_link(parent, name, target, now)?;
            Ok(())
        }
        // A link made there could lead other programs of the host astray.
        Place::Host(_) => Err(Errno::Perm.into()),
    }
}

pub(super) fn link(host: &mut Host, old: (u32, &str), flags: Lookupflags, new: (u32, &str)) -> Result<()> {
    let from = resolve(host, old.0, old.1, follows(flags))?;
    match (from, resolve(host, new.0, new.1, false)?) {
        (Place::Node(id), Place::Missing { parent, name }) => Ok(host.tree.link(id, parent, name)?),
        (Place::Missing { .. }, _) => Err(Errno::Noent.into()),
        (_, Place::Node(_)) => Err(Errno::Exist.into()),
        (Place::Host(_), _) | (_, Place::Host(_)) => Err(Errno::Perm.into()),
    }
}

pub(super) fn read_link(host: &Host, fd: u32, path: &str) -> Result<String> {
    match resolve(host, fd, path, false)? {
        Place::Node(id) => Ok(host.tree.read_link(id)?.to_owned()),
        Place::Missing { .. } => Err(Errno::Noent.into()),
        Place::Host(path) => Ok(path.read_link()?),
    }
}

/// The folder that a path's last name stands in, and that name.
fn split(host: &Host, fd: u32, path: &str) -> Result<(Place, String)> {
    let trimmed = path.trim_end_matches('/');
    let (folder, name) = trimmed.rsplit_once('/').map_or((".", trimmed), |(folder, name)| (folder, name));
    if matches!(name, "" | "." | "..") {
        return Err(Errno::Inval.into());
    }
    let folder = if folder.is_empty() { "/" } else { folder };
    Ok((resolve(host, fd, folder, true)?, name.to_owned()))
}

pub(super) fn remove(host: &mut Host, fd: u32, path: &str, kind: Kind) -> Result<()> {
    match split(host, fd, path)? {
        (Place::Node(folder), name) => Ok(host.tree.remove(folder, &name, kind == Kind::Directory)?),
        (Place::Missing { .. }, _) => Err(Errno::Noent.into()),
        (Place::Host(folder), name) if kind == Kind::Directory => Ok(folder.join(&name).remove_directory()?),
        (Place::Host(folder), name) => Ok(folder.join(&name).remove_file()?),
    }
}

pub(super) fn rename(host: &mut Host, old: (u32, &str), new: (u32, &str)) -> Result<()> {
    match (split(host, old.0, old.1)?, split(host, new.0, new.1)?) {
        ((Place::Node(from), old), (Place::Node(to), new)) => Ok(host.tree.rename((from, &old), (to, new))?),
        ((Place::Host(from), old), (Place::Host(to), new)) => Ok(from.join(&old).rename(&to.join(&new))?),
        ((Place::Missing { .. }, _), _) | (_, (Place::Missing { .. }, _)) => Err(Errno::Noent.into()),
        _ => Err(Errno::Xdev.into()),
    }
}

pub(super) fn set_times(
    host: &mut Host,
    fd: u32,
    path: &str,
    flags: Lookupflags,
    modified: u64,
    times: Fstflags,
) -> Result<()> {
    match resolve(host, fd, path, follows(flags))? {
        Place::Node(id) => set_modified(host, id, modified, times),
        Place::Missing { .. } => Err(Errno::Noent.into()),
        // Times of host files are not shown, so there is nothing to set.
        Place::Host(path) => path.stat(true).map(drop).map_err(|errno| Refusal::Errno(errno).into()),
    }
}

pub(super) fn set_modified(host: &mut Host, id: NodeId, modified: u64, times: Fstflags) -> Result<()> {
    let now = host.clock.realtime_ns();
    if times.contains(Fstflags::MTIM_NOW) {
        host.tree.set_modified(id, now)?;
    } else if times.contains(Fstflags::MTIM) {
        host.tree.set_modified(id, modified)?;
    }
    Ok(())
}
