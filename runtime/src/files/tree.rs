//! The tree of files that one run sees. Image nodes come first and are shared; the run's own nodes follow.

mod names;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::image::{Image, ImageNode};
use super::mount::{HostPath, Mount};
use super::{STANDARD_LIBRARY, WORKSPACE};
use crate::stop::Stop;
use crate::wasi::types::Errno;

pub(crate) type NodeId = u32;

/// What the workspace may hold.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quota {
    pub files: u64,
    pub bytes: u64,
}

/// An error number for the guest, or the end of the run.
#[derive(Debug)]
pub(crate) enum Refusal {
    Errno(Errno),
    Stop(Stop),
}

impl From<Errno> for Refusal {
    fn from(errno: Errno) -> Self {
        Refusal::Errno(errno)
    }
}

type Result<T, E = Refusal> = std::result::Result<T, E>;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Directory,
    File,
    Link,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Stat {
    pub inode: u64,
    pub kind: Kind,
    pub links: u64,
    pub size: u64,
    pub modified_ns: u64,
}

/// What a path leads to.
#[derive(Debug)]
pub(crate) enum Place {
    Node(NodeId),
    /// Nothing yet, but its folder exists.
    Missing {
        parent: NodeId,
        name: String,
    },
    Host(HostPath),
}

#[derive(Debug)]
enum Content {
    Directory { entries: BTreeMap<String, NodeId>, parent: NodeId, writable: bool },
    File(Vec<u8>),
    Link(String),
    Mount(Arc<Mount>),
}

#[derive(Debug)]
struct Node {
    content: Content,
    links: u32,
    /// Open descriptors; a file without links stays until the last is closed.
    opens: u32,
    modified_ns: u64,
}

#[derive(Debug)]
pub(crate) struct Tree {
    image: Arc<Image>,
    own: Vec<Node>,
    /// Own nodes that nothing names any more, to be used again.
    free: Vec<NodeId>,
    quota: Quota,
    files: u64,
    bytes: u64,
    root: NodeId,
}

/// The end of the folder's name that SQLite makes for as long as it locks a database.
const SQLITE_LOCK: &str = ".lock";

impl Tree {
    pub(crate) fn new(image: Arc<Image>, quota: Quota) -> Tree {
        let root = image.len();
        let mut tree = Tree { image, own: Vec::with_capacity(8), free: Vec::new(), quota, files: 0, bytes: 0, root };
        tree.add_directory(root, false);
        let mut folder = root;
        let mut path = STANDARD_LIBRARY.split('/').skip(1).peekable();
        while let Some(name) = path.next() {
            let id = if path.peek().is_some() { tree.add_directory(folder, false) } else { 0 };
            tree.insert(folder, name.to_owned(), id);
            folder = id;
        }
        for name in [&WORKSPACE[1..], "tmp"] {
            let id = tree.add_directory(root, true);
            tree.insert(root, name.to_owned(), id);
        }
        tree
    }

    pub(crate) fn root(&self) -> NodeId {
        self.root
    }

    /// Puts a host folder at an absolute guest path; the folders above it are made, read-only.
    pub(crate) fn mount(&mut self, guest: &str, mount: Arc<Mount>) -> std::result::Result<(), String> {
        let mut names: Vec<&str> = guest.split('/').filter(|name| !name.is_empty()).collect();
        let taken = || format!("guest path `{guest}` is taken");
        let Some(last) = names.pop().filter(|_| guest.starts_with('/') && !names.contains(&"..")) else {
            return Err(format!("guest path `{guest}` is not an absolute path to a folder"));
        };
        let mut folder = self.root;
        for name in names {
            if folder < self.root {
                return Err(taken());
            }
            folder = match self.child(folder, name) {
                Ok(Some(id)) => id,
                Ok(None) => {
                    let id = self.add_directory(folder, false);
                    self.insert(folder, name.to_owned(), id);
                    id
                }
                Err(_) => return Err(taken()),
            };
        }
        if folder < self.root || !matches!(self.child(folder, last), Ok(None)) {
            return Err(taken());
        }
        let id = self.add(Content::Mount(mount), 0);
        self.insert(folder, last.to_owned(), id);
        Ok(())
    }

    fn add(&mut self, content: Content, now_ns: u64) -> NodeId {
        let node = Node { content, links: 1, opens: 0, modified_ns: now_ns };
        if let Some(id) = self.free.pop() {
            self.own[(id - self.root) as usize] = node;
            return id;
        }
        self.own.push(node);
        self.root + self.own.len() as NodeId - 1
    }

    fn add_directory(&mut self, parent: NodeId, writable: bool) -> NodeId {
        self.add(Content::Directory { entries: BTreeMap::new(), parent, writable }, 0)
    }

    fn own(&self, id: NodeId) -> Option<&Node> {
        self.own.get(id.checked_sub(self.root)? as usize)
    }

    fn own_mut(&mut self, id: NodeId) -> Result<&mut Node> {
        let index = id.checked_sub(self.root).ok_or(Errno::Rofs)?;
        self.own.get_mut(index as usize).ok_or(Refusal::Errno(Errno::Noent))
    }

    fn insert(&mut self, folder: NodeId, name: String, id: NodeId) {
        if let Ok(Node { content: Content::Directory { entries, .. }, .. }) = self.own_mut(folder) {
            entries.insert(name, id);
        }
    }

    fn child(&self, folder: NodeId, name: &str) -> Result<Option<NodeId>> {
        let (entries, parent) = match self.own(folder) {
            Some(Node { content: Content::Directory { entries, parent, .. }, .. }) => (entries, *parent),
            Some(_) => return Err(Errno::Notdir.into()),
            None => match self.image.node(folder) {
                ImageNode::Directory { entries, parent } => (entries, parent.unwrap_or_else(|| self.above_image())),
                ImageNode::File { .. } => return Err(Errno::Notdir.into()),
            },
        };
        Ok(match name {
            "." => Some(folder),
            ".." => Some(parent),
            name => entries.get(name).copied(),
        })
    }

    /// The own folder that the image's root stands in: `/usr/lib` was added third.
    fn above_image(&self) -> NodeId {
        self.root + 2
    }

    pub(crate) fn stat(&self, id: NodeId) -> Stat {
        let (kind, links, size, modified_ns) = match self.own(id) {
            Some(node) => {
                let (kind, size) = match &node.content {
                    Content::Directory { .. } | Content::Mount(_) => (Kind::Directory, 0),
                    Content::File(bytes) => (Kind::File, bytes.len() as u64),
                    Content::Link(target) => (Kind::Link, target.len() as u64),
                };
                (kind, u64::from(node.links), size, node.modified_ns)
            }
            None => match self.image.node(id) {
                ImageNode::Directory { .. } => (Kind::Directory, 1, 0, 0),
                ImageNode::File { len, .. } => (Kind::File, 1, *len, 0),
            },
        };
        Stat { inode: u64::from(id) + 1, kind, links, size, modified_ns }
    }

    pub(crate) fn list(&self, id: NodeId) -> Result<Vec<(String, NodeId)>> {
        let entries = match self.own(id) {
            Some(Node { content: Content::Directory { entries, .. }, .. }) => entries,
            Some(_) => return Err(Errno::Notdir.into()),
            None => match self.image.node(id) {
                ImageNode::Directory { entries, .. } => entries,
                ImageNode::File { .. } => return Err(Errno::Notdir.into()),
            },
        };
        Ok(entries.iter().map(|(name, id)| (name.clone(), *id)).collect())
    }

    pub(crate) fn read(&self, id: NodeId, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        match self.own(id) {
            Some(Node { content: Content::File(bytes), .. }) => {
                let rest = usize::try_from(offset).ok().and_then(|offset| bytes.get(offset..)).unwrap_or(&[]);
                let len = rest.len().min(buffer.len());
                buffer[..len].copy_from_slice(&rest[..len]);
                Ok(len)
            }
            Some(_) => Err(Errno::Isdir.into()),
            None => match self.image.node(id) {
                ImageNode::Directory { .. } => Err(Errno::Isdir.into()),
                ImageNode::File { offset: start, len } => {
                    let left = len.saturating_sub(offset).min(buffer.len() as u64) as usize;
                    self.image.read(start + offset.min(*len), &mut buffer[..left]).map_err(|_| Errno::Io.into())
                }
            },
        }
    }

    fn charge_file(&mut self) -> Result<()> {
        if self.files == self.quota.files {
            return Err(Refusal::Stop(Stop::DiskLimit));
        }
        self.files += 1;
        Ok(())
    }

    /// Makes a file as long as asked; fails the run where the workspace can't hold it.
    pub(crate) fn resize(&mut self, id: NodeId, len: u64, now_ns: u64) -> Result<()> {
        let (held, allowed) = (self.bytes, self.quota.bytes);
        let node = self.own_mut(id)?;
        let Content::File(bytes) = &mut node.content else { return Err(Errno::Isdir.into()) };
        let held = held - bytes.len() as u64 + len.min(allowed.saturating_add(1));
        if held > allowed {
            return Err(Refusal::Stop(Stop::DiskLimit));
        }
        bytes.resize(len as usize, 0);
        node.modified_ns = now_ns;
        self.bytes = held;
        Ok(())
    }

    pub(crate) fn write(&mut self, id: NodeId, offset: u64, data: &[u8], now_ns: u64) -> Result<()> {
        let end = offset.checked_add(data.len() as u64).ok_or(Errno::Fbig)?;
        if end > self.stat(id).size {
            self.resize(id, end, now_ns)?;
        }
        let node = self.own_mut(id)?;
        let Content::File(bytes) = &mut node.content else { return Err(Errno::Isdir.into()) };
        bytes[offset as usize..end as usize].copy_from_slice(data);
        node.modified_ns = now_ns;
        Ok(())
    }

    pub(crate) fn read_link(&self, id: NodeId) -> Result<&str> {
        match self.own(id) {
            Some(Node { content: Content::Link(target), .. }) => Ok(target),
            _ => Err(Errno::Inval.into()),
        }
    }

    fn drop_unused(&mut self, id: NodeId) {
        let Ok(node) = self.own_mut(id) else { return };
        if node.links > 0 || node.opens > 0 {
            return;
        }
        if let Content::File(bytes) = std::mem::replace(&mut node.content, Content::File(Vec::new())) {
            self.bytes -= bytes.len() as u64;
        }
        self.free.push(id);
    }

    pub(crate) fn set_modified(&mut self, id: NodeId, modified_ns: u64) -> Result<()> {
        self.own_mut(id)?.modified_ns = modified_ns;
        Ok(())
    }

    pub(crate) fn is_writable(&self, id: NodeId) -> bool {
        matches!(self.own(id), Some(Node { content: Content::File(_), .. }))
    }

    pub(crate) fn opened(&mut self, id: NodeId) {
        if let Ok(node) = self.own_mut(id) {
            node.opens += 1;
        }
    }

    pub(crate) fn closed(&mut self, id: NodeId) {
        if let Ok(node) = self.own_mut(id) {
            node.opens -= 1;
            self.drop_unused(id);
        }
    }

    /// Every file below the workspace, by its path there; an empty folder as an empty file whose path ends in `/`. Folders that
    /// SQLite locks by stay behind when a program ends without closing its database: elsewhere such locks end with their process.
    ///
    /// None where they are more bytes than the quota, as several links to one file can be.
    pub(crate) fn workspace_files(&self) -> Option<BTreeMap<String, Vec<u8>>> {
        let mut files = BTreeMap::new();
        let mut left = self.quota.bytes;
        let mut folders = match self.child(self.root, &WORKSPACE[1..]) {
            Ok(Some(id)) => vec![(String::new(), id)],
            _ => Vec::new(),
        };
        while let Some((prefix, folder)) = folders.pop() {
            for (name, id) in self.list(folder).unwrap_or_default() {
                let path = format!("{prefix}{name}");
                match self.own(id).map(|node| &node.content) {
                    Some(Content::File(bytes)) => {
                        left = left.checked_sub(bytes.len() as u64)?;
                        files.insert(path, bytes.clone());
                    }
                    Some(Content::Directory { entries, .. }) if entries.is_empty() => {
                        if !path.ends_with(SQLITE_LOCK) {
                            files.insert(format!("{path}/"), Vec::new());
                        }
                    }
                    Some(Content::Directory { .. }) => folders.push((format!("{path}/"), id)),
                    Some(Content::Link(_) | Content::Mount(_)) | None => {}
                }
            }
        }
        Some(files)
    }
}
