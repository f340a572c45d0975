//! The guest's files: a read-only standard library, a writable workspace in memory, and folders of the host
//! where they were granted. Nothing here can name a host path that was not.

mod descriptor;
mod image;
mod mount;
mod tree;

pub(crate) use descriptor::{Descriptor, Descriptors, Target};
pub(crate) use image::Image;
pub(crate) use mount::Mount;
pub use mount::{Access, Grant};
pub(crate) use tree::{Kind, NodeId, Place, Quota, Refusal, Stat, Tree};

/// Where the guest finds its standard library.
pub(crate) const STANDARD_LIBRARY: &str = "/usr/lib/python3.14";
/// The working directory.
pub(crate) const WORKSPACE: &str = "/work";
