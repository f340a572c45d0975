//! The read-only standard library: one file on the host with all modules and their bytecode, read on demand.
//!
//! Format: magic, index length (u64), index (JSON: path -> offset, length, in order), then the contents.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::tree::NodeId;

const MAGIC: &[u8; 8] = b"phstdlb1";

/// A file or folder of the image. Node 0 is its root.
#[derive(Debug)]
pub(crate) enum ImageNode {
    Directory { entries: BTreeMap<String, NodeId>, parent: Option<NodeId> },
    File { offset: u64, len: u64 },
}

#[derive(Debug)]
pub(crate) struct Image {
    file: Option<File>,
    nodes: Vec<ImageNode>,
}

impl Image {
    /// The bytes of an image with these files.
    pub(crate) fn pack(files: &BTreeMap<String, Vec<u8>>) -> io::Result<Vec<u8>> {
        let mut offset = 0;
        let mut index = BTreeMap::new();
        for (path, content) in files {
            index.insert(path, (offset, content.len() as u64));
            offset += content.len() as u64;
        }
        let index = serde_json::to_vec(&index)?;
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&(index.len() as u64).to_le_bytes());
        bytes.extend_from_slice(&index);
        for content in files.values() {
            bytes.extend_from_slice(content);
        }
        Ok(bytes)
    }

    /// Opens an image that [`Image::pack`] made.
    pub(crate) fn open(path: &Path) -> io::Result<Image> {
        let mut file = File::open(path)?;
        let mut head = [0; 16];
        file.read_exact(&mut head)?;
        if &head[..8] != MAGIC {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "not a standard library image"));
        }
        let index_len = u64::from_le_bytes(head[8..].try_into().expect("eight bytes"));
        let mut index = vec![0; usize::try_from(index_len).map_err(io::Error::other)?];
        file.read_exact(&mut index)?;
        let index: BTreeMap<String, (u64, u64)> = serde_json::from_slice(&index)?;
        let mut image = Image::empty();
        for (path, (offset, len)) in index {
            image.insert(&path, 16 + index_len + offset, len);
        }
        image.file = Some(file);
        Ok(image)
    }

    /// An image without files.
    pub(crate) fn empty() -> Image {
        Image { file: None, nodes: vec![ImageNode::Directory { entries: BTreeMap::new(), parent: None }] }
    }

    fn insert(&mut self, path: &str, offset: u64, len: u64) {
        let mut directory: NodeId = 0;
        let mut names = path.split('/').peekable();
        while let Some(name) = names.next() {
            let next = self.nodes.len() as NodeId;
            let is_file = names.peek().is_none();
            let ImageNode::Directory { entries, .. } = &mut self.nodes[directory as usize] else { return };
            let id = *entries.entry(name.to_owned()).or_insert(next);
            if id == next {
                self.nodes.push(if is_file {
                    ImageNode::File { offset, len }
                } else {
                    ImageNode::Directory { entries: BTreeMap::new(), parent: Some(directory) }
                });
            }
            directory = id;
        }
    }

    pub(crate) fn len(&self) -> NodeId {
        self.nodes.len() as NodeId
    }

    pub(crate) fn node(&self, id: NodeId) -> &ImageNode {
        &self.nodes[id as usize]
    }

    /// Reads part of the host file; short only at its end.
    pub(crate) fn read(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(file) = &self.file else { return Ok(0) };
        file.read_at(buffer, offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_packed_is_read_back() {
        let files =
            BTreeMap::from([("a.py".to_owned(), b"alpha".to_vec()), ("json/decoder.py".to_owned(), b"beta".to_vec())]);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("image");
        std::fs::write(&path, Image::pack(&files).unwrap()).unwrap();
        let image = Image::open(&path).unwrap();
        let ImageNode::Directory { entries, .. } = image.node(0) else { panic!("root") };
        let ImageNode::File { offset, len } = image.node(entries["a.py"]) else { panic!("file") };
        let mut buffer = vec![0; *len as usize];
        assert_eq!(image.read(*offset, &mut buffer).unwrap(), 5);
        assert_eq!(buffer, b"alpha");
        assert_eq!(image.len(), 4);
    }

    #[test]
    fn another_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("image");
        std::fs::write(&path, b"something else entirely").unwrap();
        assert_eq!(Image::open(&path).unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}
