//! Zip archives of a few small files, read within bounds: what unpacks to more than a run may have is refused before it is there.

use miniz_oxide::inflate::decompress_to_vec_with_limit;
use proofhouse_types::Limits;

use super::files::{Files, FilesError, check, place};

/// Why an archive can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum ArchiveError {
    #[error("not a zip archive")]
    NotZip,
    #[error("the archive is damaged")]
    Damaged,
    #[error("the entry `{0}` is encrypted, a link, or compressed by other means than deflate")]
    Unreadable(String),
    #[error(transparent)]
    Files(#[from] FilesError),
}

/// Where the list of entries stands, at the end of the archive.
const END: u32 = 0x0605_4b50;
/// An entry of that list.
const ENTRY: u32 = 0x0201_4b50;
/// What stands before an entry's bytes.
const LOCAL: u32 = 0x0403_4b50;
/// The end, without its comment.
const END_BYTES: usize = 22;
/// The longest comment.
const LONGEST_COMMENT: usize = u16::MAX as usize;

/// Little-endian numbers at places of the archive.
struct Archive<'a>(&'a [u8]);

impl<'a> Archive<'a> {
    fn bytes(&self, at: usize, length: usize) -> Result<&'a [u8], ArchiveError> {
        let end = at.checked_add(length).ok_or(ArchiveError::Damaged)?;
        self.0.get(at..end).ok_or(ArchiveError::Damaged)
    }

    fn short(&self, at: usize) -> Result<usize, ArchiveError> {
        self.bytes(at, 2).map(|bytes| usize::from(u16::from_le_bytes([bytes[0], bytes[1]])))
    }

    fn long(&self, at: usize) -> Result<u32, ArchiveError> {
        self.bytes(at, 4).map(|bytes| u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    fn end(&self) -> Result<usize, ArchiveError> {
        let last = self.0.len().checked_sub(END_BYTES).ok_or(ArchiveError::NotZip)?;
        let first = last.saturating_sub(LONGEST_COMMENT);
        (first..=last).rev().find(|at| self.long(*at) == Ok(END)).ok_or(ArchiveError::NotZip)
    }
}

/// The files of an archive, by their paths. Folders are made where files need them.
pub(super) fn unzip(bytes: &[u8], limits: &Limits) -> Result<Files, ArchiveError> {
    let archive = Archive(bytes);
    let end = archive.end()?;
    let entries = archive.short(end + 10)?;
    if entries as u64 > limits.files {
        return Err(FilesError::TooMany(limits.files).into());
    }
    let mut at = archive.long(end + 16)? as usize;
    let mut files = Files::new();
    let mut left = limits.disk.0 as usize;
    for _ in 0..entries {
        if archive.long(at)? != ENTRY {
            return Err(ArchiveError::Damaged);
        }
        let lengths = (archive.short(at + 28)?, archive.short(at + 30)?, archive.short(at + 32)?);
        let name = std::str::from_utf8(archive.bytes(at + 46, lengths.0)?).map_err(|_| ArchiveError::Damaged)?;
        if !name.ends_with('/') {
            let content = content(&archive, at, name, left).map_err(|error| match error {
                ArchiveError::Files(FilesError::TooLarge(_)) => FilesError::TooLarge(limits.disk.0).into(),
                other => other,
            })?;
            left -= content.len();
            files.insert(place(name)?, content);
        }
        at += 46 + lengths.0 + lengths.1 + lengths.2;
    }
    check(&files, limits)?;
    Ok(files)
}

/// The bytes of the entry that is listed at `at`, `most` of them at most.
fn content(archive: &Archive<'_>, at: usize, name: &str, most: usize) -> Result<Vec<u8>, ArchiveError> {
    let is_encrypted = archive.short(at + 8)? & 1 != 0;
    let method = archive.short(at + 10)?;
    let (packed, unpacked) = (archive.long(at + 20)? as usize, archive.long(at + 24)? as usize);
    // Unix keeps the mode in the upper half of the attributes.
    let is_link = (archive.long(at + 38)? >> 16) & 0o170_000 == 0o120_000;
    if is_encrypted || is_link || !matches!(method, 0 | 8) {
        return Err(ArchiveError::Unreadable(name.to_owned()));
    }
    if unpacked > most {
        return Err(FilesError::TooLarge(most as u64).into());
    }
    let local = archive.long(at + 42)? as usize;
    if archive.long(local)? != LOCAL {
        return Err(ArchiveError::Damaged);
    }
    let start = local + 30 + archive.short(local + 26)? + archive.short(local + 28)?;
    let packed = archive.bytes(start, packed)?;
    let content = match method {
        0 => packed.to_vec(),
        // The list's word on the size is not taken: the limit is.
        _ => decompress_to_vec_with_limit(packed, unpacked).map_err(|_| ArchiveError::Damaged)?,
    };
    if content.len() == unpacked { Ok(content) } else { Err(ArchiveError::Damaged) }
}

/// An archive with entries of a name, a mode and bytes, deflated.
#[cfg(test)]
pub(super) fn zip(entries: &[(&str, u32, &[u8])]) -> Vec<u8> {
    let (mut archive, mut list) = (Vec::new(), Vec::new());
    for (name, mode, bytes) in entries {
        let packed = miniz_oxide::deflate::compress_to_vec(bytes, 6);
        let offset = archive.len() as u32;
        let mut sizes = Vec::new();
        for number in [0, packed.len() as u32, bytes.len() as u32] {
            sizes.extend(number.to_le_bytes());
        }
        archive.extend(LOCAL.to_le_bytes());
        archive.extend([20, 0, 0, 0, 8, 0, 0, 0, 0, 0]);
        archive.extend(&sizes);
        archive.extend((name.len() as u16).to_le_bytes());
        archive.extend([0, 0]);
        archive.extend(name.as_bytes());
        archive.extend(&packed);
        list.extend(ENTRY.to_le_bytes());
        list.extend([20, 3, 20, 0, 0, 0, 8, 0, 0, 0, 0, 0]);
        list.extend(&sizes);
        list.extend((name.len() as u16).to_le_bytes());
        list.extend([0; 8]);
        list.extend((mode << 16).to_le_bytes());
        list.extend(offset.to_le_bytes());
        list.extend(name.as_bytes());
    }
    let (start, length, count) = (archive.len() as u32, list.len() as u32, (entries.len() as u16).to_le_bytes());
    archive.extend(list);
    archive.extend(END.to_le_bytes());
    archive.extend([0; 4]);
    archive.extend(count);
    archive.extend(count);
    archive.extend(length.to_le_bytes());
    archive.extend(start.to_le_bytes());
    archive.extend([0, 0]);
    archive
}

#[cfg(test)]
mod tests {
    use proofhouse_types::Bytes;

    use super::*;

    const FILE: u32 = 0o100_644;

    #[test]
    fn files_come_out_as_they_went_in() {
        let bytes =
            zip(&[("a.txt", FILE, b"hello hello hello"), ("d/", 0o40_755, b""), ("d/b.bin", FILE, &[0xff; 1000])]);
        let files = unzip(&bytes, &Limits::default()).unwrap();
        assert_eq!(files.keys().collect::<Vec<_>>(), ["a.txt", "d/b.bin"]);
        assert_eq!(files["a.txt"], b"hello hello hello");
        assert_eq!(unzip(&zip(&[]), &Limits::default()), Ok(Files::new()));
    }

    #[test]
    fn bombs_and_tricks_are_refused() {
        let limits = Limits { disk: Bytes(1 << 20), files: 10, ..Limits::default() };
        let check = |bytes: &[u8], expected: ArchiveError| assert_eq!(unzip(bytes, &limits), Err(expected));
        let nuls = vec![0; 2 << 20];
        check(&zip(&[("nuls", FILE, &nuls)]), FilesError::TooLarge(1 << 20).into());
        let half = vec![0; 600 << 10];
        check(&zip(&[("a", FILE, &half), ("b", FILE, &half)]), FilesError::TooLarge(1 << 20).into());
        let many: Vec<String> = (0..11).map(|number| number.to_string()).collect();
        let many: Vec<(&str, u32, &[u8])> = many.iter().map(|name| (name.as_str(), FILE, &b""[..])).collect();
        check(&zip(&many), FilesError::TooMany(10).into());
        check(&zip(&[("../a", FILE, b"x")]), FilesError::Outside("../a".to_owned()).into());
        check(&zip(&[("link", 0o120_777, b"/etc/passwd")]), ArchiveError::Unreadable("link".to_owned()));
        check(b"not a zip at all, but long enough to be one", ArchiveError::NotZip);
        check(b"", ArchiveError::NotZip);
        // The list says less than there is.
        let mut lying = zip(&[("a", FILE, &half)]);
        let at = lying.windows(4).position(|window| window == ENTRY.to_le_bytes()).unwrap();
        lying[at + 24..at + 28].copy_from_slice(&10u32.to_le_bytes());
        check(&lying, ArchiveError::Damaged);
    }

    #[test]
    fn damage_anywhere_is_no_panic() {
        let bytes = zip(&[("a.txt", FILE, b"hello hello hello"), ("b.txt", FILE, b"x")]);
        for at in 0..bytes.len() {
            for value in [0, 0x7f, 0xff] {
                let mut damaged = bytes.clone();
                damaged[at] = value;
                let _ = unzip(&damaged, &Limits::default());
            }
            let _ = unzip(&bytes[..at], &Limits::default());
        }
    }
}
