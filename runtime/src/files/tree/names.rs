//! What names do in the tree: following them, and making, moving and removing them.
//!
//! Links are resolved inside the tree, so that `..` and absolute links can't leave it.

use std::collections::BTreeMap;

use super::{Content, Kind, NodeId, Place, Result, Tree};
use crate::files::WORKSPACE;
use crate::files::mount::HostPath;
use crate::wasi::types::Errno;

/// As Linux has them: `MAXSYMLINKS`, `NAME_MAX`, `PATH_MAX`.
const LINKS_FOLLOWED: u32 = 40;
const NAME_BYTES: usize = 255;
const PATH_BYTES: usize = 4096;

impl Tree {
    /// Follows a path from a folder. The last name's own link is followed only where asked.
    pub(crate) fn resolve(&self, start: NodeId, path: &str, follow_last: bool) -> Result<Place> {
        let mut links_left = LINKS_FOLLOWED;
        let mut folder = if path.starts_with('/') { self.root } else { start };
        let mut rest: Vec<String> = names_backwards(path)?;
        if path.is_empty() {
            return Err(Errno::Noent.into());
        }
        let wants_folder = path.ends_with('/');
        while let Some(name) = rest.pop() {
            let last = rest.is_empty();
            let Some(id) = self.child(folder, &name)? else {
                return if last { Ok(Place::Missing { parent: folder, name }) } else { Err(Errno::Noent.into()) };
            };
            match self.own(id).map(|node| &node.content) {
                Some(Content::Link(target)) if !last || follow_last || wants_folder => {
                    links_left = links_left.checked_sub(1).ok_or(Errno::Loop)?;
                    rest.extend(names_backwards(target)?);
                    if target.starts_with('/') {
                        folder = self.root;
                    }
                }
                Some(Content::Mount(mount)) => {
                    rest.reverse();
                    return Ok(Place::Host(HostPath::new(mount, &rest.join("/"))));
                }
                _ => folder = id,
            }
        }
        if wants_folder && self.stat(folder).kind != Kind::Directory {
            return Err(Errno::Notdir.into());
        }
        Ok(Place::Node(folder))
    }

    fn attach(&mut self, parent: NodeId, name: String, id: NodeId) -> Result<()> {
        if name.len() > NAME_BYTES {
            return Err(Errno::Nametoolong.into());
        }
        self.writable_entries(parent)?.insert(name, id);
        Ok(())
    }

    /// What a folder holds, where it may be changed.
    fn writable_entries(&mut self, folder: NodeId) -> Result<&mut BTreeMap<String, NodeId>> {
        match &mut self.own_mut(folder)?.content {
            Content::Directory { writable: false, .. } => Err(Errno::Rofs.into()),
            Content::Directory { entries, .. } => Ok(entries),
            _ => Err(Errno::Notdir.into()),
        }
    }

    fn create(&mut self, parent: NodeId, name: String, content: Content, now_ns: u64) -> Result<NodeId> {
        let id = self.free.last().copied().unwrap_or(self.root + self.own.len() as NodeId);
        self.attach(parent, name, id)?;
        self.charge_file()?;
        Ok(self.add(content, now_ns))
    }

    pub(crate) fn create_file(&mut self, parent: NodeId, name: String, now_ns: u64) -> Result<NodeId> {
        self.create(parent, name, Content::File(Vec::new()), now_ns)
    }

    pub(crate) fn create_directory(&mut self, parent: NodeId, name: String, now_ns: u64) -> Result<NodeId> {
        let content = Content::Directory { entries: BTreeMap::new(), parent, writable: true };
        self.create(parent, name, content, now_ns)
    }

    pub(crate) fn create_link(&mut self, parent: NodeId, name: String, target: &str, now_ns: u64) -> Result<NodeId> {
        names_backwards(target)?;
        self.create(parent, name, Content::Link(target.to_owned()), now_ns)
    }

    /// A second name for a file.
    pub(crate) fn link(&mut self, id: NodeId, parent: NodeId, name: String) -> Result<()> {
        if !matches!(self.own_mut(id)?.content, Content::File(_)) {
            return Err(Errno::Perm.into());
        }
        self.attach(parent, name, id)?;
        self.charge_file()?;
        self.own_mut(id)?.links += 1;
        Ok(())
    }

    /// Takes a name away: of an empty folder, or of anything else.
    pub(crate) fn remove(&mut self, folder: NodeId, name: &str, folders: bool) -> Result<()> {
        let id = self.child(folder, name)?.ok_or(Errno::Noent)?;
        match &self.own(id).ok_or(Errno::Rofs)?.content {
            Content::Directory { .. } if !folders => return Err(Errno::Isdir.into()),
            Content::Directory { entries, .. } if !entries.is_empty() => return Err(Errno::Notempty.into()),
            Content::Mount(_) => return Err(Errno::Busy.into()),
            Content::File(_) | Content::Link(_) if folders => return Err(Errno::Notdir.into()),
            _ => {}
        }
        self.detach(folder, name)?;
        self.release(id)
    }

    fn detach(&mut self, folder: NodeId, name: &str) -> Result<()> {
        self.writable_entries(folder)?.remove(name);
        Ok(())
    }

    /// One name less for a node.
    fn release(&mut self, id: NodeId) -> Result<()> {
        self.files -= 1;
        self.own_mut(id)?.links -= 1;
        self.drop_unused(id);
        Ok(())
    }

    pub(crate) fn rename(&mut self, from: (NodeId, &str), to: (NodeId, String)) -> Result<()> {
        let id = self.child(from.0, from.1)?.ok_or(Errno::Noent)?;
        let moved = self.stat(id).kind;
        let mut above = to.0;
        while above != self.root {
            if above == id {
                return Err(Errno::Inval.into());
            }
            above = self.child(above, "..")?.ok_or(Errno::Noent)?;
        }
        self.own(id).ok_or(Errno::Rofs)?;
        if let Some(replaced) = self.child(to.0, &to.1)? {
            if replaced == id {
                return Ok(());
            }
            match (moved, self.stat(replaced).kind) {
                (Kind::Directory, Kind::Directory) => self.remove(to.0, &to.1, true)?,
                (Kind::Directory, _) => return Err(Errno::Notdir.into()),
                (_, Kind::Directory) => return Err(Errno::Isdir.into()),
                _ => self.remove(to.0, &to.1, false)?,
            }
        }
        self.detach(from.0, from.1)?;
        if let Err(refusal) = self.attach(to.0, to.1, id) {
            self.attach(from.0, from.1.to_owned(), id)?;
            return Err(refusal);
        }
        if let Content::Directory { parent, .. } = &mut self.own_mut(id)?.content {
            *parent = to.0;
        }
        Ok(())
    }

    /// Puts a file into the workspace before the run, with the folders above it; an empty folder, where the path ends in `/`.
    pub(crate) fn put(&mut self, path: &str, content: &[u8]) -> Result<()> {
        let mut folder = self.child(self.root, &WORKSPACE[1..])?.ok_or(Errno::Noent)?;
        let mut names = names_backwards(path)?;
        if names.is_empty() || names.iter().any(|name| name == "..") {
            return Err(Errno::Inval.into());
        }
        let file = names.remove(0);
        while let Some(name) = names.pop() {
            folder = match self.child(folder, &name)? {
                Some(id) => id,
                None => self.create_directory(folder, name, 0)?,
            };
        }
        if path.ends_with('/') {
            self.create_directory(folder, file, 0)?;
            return Ok(());
        }
        let id = self.create_file(folder, file, 0)?;
        self.write(id, 0, content, 0)
    }
}

fn names_backwards(path: &str) -> Result<Vec<String>> {
    if path.len() > PATH_BYTES {
        return Err(Errno::Nametoolong.into());
    }
    Ok(path.split('/').filter(|name| !name.is_empty() && *name != ".").rev().map(str::to_owned).collect())
}
