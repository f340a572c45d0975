//! Files that a request brings along: where they may stand, and how many.

use std::collections::BTreeMap;
use std::path::{Component, Path};

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use proofhouse_types::{Limits, MOST_PATH_BYTES};

/// Takes base64 with padding and without.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What base64 stands for, read as Python's and Ruby's own decoders read it: what is not of the alphabet is passed over, such as
/// the ends of lines, and padding ends it.
pub(super) fn decoded(text: &str) -> Vec<u8> {
    let digit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let mut digits: Vec<u8> = text.bytes().take_while(|byte| *byte != b'=').filter(digit).collect();
    if digits.len() % 4 == 1 {
        digits.pop();
    }
    LENIENT.decode(digits).expect("digits of the alphabet, and no single one at the end")
}

/// Files for the working directory, by their paths.
pub(super) type Files = BTreeMap<String, Vec<u8>>;

/// Why files can't be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum FilesError {
    #[error("the path `{0}` leads out of the working directory")]
    Outside(String),
    #[error("`{0}` would be a file and a folder")]
    FileAndFolder(String),
    #[error("more than {0} files and folders")]
    TooMany(u64),
    #[error("more than {0} bytes in the files")]
    TooLarge(u64),
}

/// The path within the working directory: without `./` and doubled slashes, and nowhere else.
pub(super) fn place(path: &str) -> Result<String, FilesError> {
    let outside = || FilesError::Outside(path.to_owned());
    let mut parts = Vec::new();
    for component in Path::new(path).components() {
        match component {
            Component::Normal(part) => parts.push(part.to_str().ok_or_else(outside)?),
            Component::CurDir => {}
            Component::RootDir | Component::ParentDir | Component::Prefix(_) => return Err(outside()),
        }
    }
    // What the path leaves out at its end is a folder's sign, and NUL ends a path in C.
    if parts.is_empty() || path.len() > MOST_PATH_BYTES || path.ends_with('/') || path.contains('\0') {
        return Err(outside());
    }
    Ok(parts.join("/"))
}

/// Holds files to the limits of the run: what the sandbox could not take would be a fault there, and is the request's here.
pub(super) fn check(files: &Files, limits: &Limits) -> Result<(), FilesError> {
    let mut folders = std::collections::BTreeSet::new();
    for path in files.keys() {
        for (end, _) in path.match_indices('/') {
            folders.insert(&path[..end]);
            // Before there are as many as the slashes of a whole body.
            if (files.len() + folders.len()) as u64 > limits.files {
                return Err(FilesError::TooMany(limits.files));
            }
        }
    }
    if let Some(both) = folders.iter().find(|folder| files.contains_key(**folder)) {
        return Err(FilesError::FileAndFolder((*both).to_owned()));
    }
    if (files.len() + folders.len()) as u64 > limits.files {
        return Err(FilesError::TooMany(limits.files));
    }
    if files.values().map(|content| content.len() as u64).sum::<u64>() > limits.disk.0 {
        return Err(FilesError::TooLarge(limits.disk.0));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proofhouse_types::Bytes;

    use super::*;

    #[test]
    fn paths_stay_in_the_working_directory() {
        let cases = [
            ("a.py", Some("a.py")),
            ("./a//b.txt", Some("a/b.txt")),
            ("a/./b", Some("a/b")),
            ("../a", None),
            ("a/../../b", None),
            ("/etc/passwd", None),
            ("", None),
            (".", None),
            ("a/", None),
            ("a\0b", None),
        ];
        for (path, expected) in cases {
            assert_eq!(place(path).ok().as_deref(), expected, "{path:?}");
        }
    }

    #[test]
    fn base64_is_read_as_it_comes() {
        let cases: [(&str, &[u8]); 8] = [
            ("aGk=", b"hi"),
            ("aGk", b"hi"),
            ("aG\nk=\n", b"hi"),
            ("aGkh", b"hi!"),
            ("aGkhA", b"hi!"),
            ("a-G_k=", b"hi"),
            ("", b""),
            ("=", b""),
        ];
        for (text, expected) in cases {
            assert_eq!(decoded(text), expected, "{text:?}");
        }
    }

    #[test]
    fn limits_count_folders_and_bytes() {
        let limits = Limits { files: 3, disk: Bytes(10), ..Limits::default() };
        let of = |paths: &[(&str, usize)]| -> Files {
            paths.iter().map(|(path, length)| ((*path).to_owned(), vec![0; *length])).collect()
        };
        assert_eq!(check(&of(&[("a/b", 5), ("a/c", 5)]), &limits), Ok(()));
        assert_eq!(check(&of(&[("a/b", 5), ("d/c", 5)]), &limits), Err(FilesError::TooMany(3)));
        assert_eq!(check(&of(&[("a", 11)]), &limits), Err(FilesError::TooLarge(10)));
        assert_eq!(check(&of(&[("a", 1), ("a/b", 1)]), &limits), Err(FilesError::FileAndFolder("a".to_owned())));
    }
}
