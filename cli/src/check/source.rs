//! Bytes of a file as a text.

/// Larger files are skipped: nobody writes 16 MiB of source by hand, and what generated them is the place to look.
pub const LARGEST: u64 = 16 << 20;

/// Bytes in which a zero byte says that a file is no text; git and grep look as far.
const SNIFFED: usize = 8000;

const MARK: &[u8] = b"\xef\xbb\xbf";

/// A text and how it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    pub text: String,
    pub encoding: Encoding,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    Utf8,
    /// With a byte order mark before it.
    MarkedUtf8,
    Utf16,
    /// Not in any of these: what is no UTF-8 was replaced.
    Unknown,
}

impl Source {
    /// Reads bytes, whatever they are.
    pub fn of(bytes: Vec<u8>) -> Source {
        let utf16 = |decode: fn([u8; 2]) -> u16| {
            let units: Vec<u16> = bytes[2..].chunks_exact(2).map(|pair| decode([pair[0], pair[1]])).collect();
            Source { text: String::from_utf16_lossy(&units), encoding: Encoding::Utf16 }
        };
        match bytes.as_slice() {
            [0xff, 0xfe, ..] => return utf16(u16::from_le_bytes),
            [0xfe, 0xff, ..] => return utf16(u16::from_be_bytes),
            _ => {}
        }
        let (bytes, encoding) = match bytes.strip_prefix(MARK) {
            Some(rest) => (rest.to_vec(), Encoding::MarkedUtf8),
            None => (bytes, Encoding::Utf8),
        };
        match String::from_utf8(bytes) {
            Ok(text) => Source { text, encoding },
            Err(error) => {
                let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
                Source { text, encoding: Encoding::Unknown }
            }
        }
    }

    /// The bytes of another text, written as this one was; none where that can't be done without loss.
    pub fn bytes_of(&self, text: &str) -> Option<Vec<u8>> {
        match self.encoding {
            Encoding::Utf8 => Some(text.as_bytes().to_vec()),
            Encoding::MarkedUtf8 => Some([MARK, text.as_bytes()].concat()),
            Encoding::Utf16 | Encoding::Unknown => None,
        }
    }
}

/// Whether bytes are no text.
pub fn is_binary(bytes: &[u8]) -> bool {
    !bytes.starts_with(b"\xff\xfe") && !bytes.starts_with(b"\xfe\xff") && bytes[..bytes.len().min(SNIFFED)].contains(&0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_is_read_and_only_exact_ones_are_written() {
        let check = |bytes: &[u8], text: &str, encoding: Encoding, back: Option<&[u8]>| {
            let source = Source::of(bytes.to_vec());
            assert_eq!((source.text.as_str(), source.encoding), (text, encoding));
            assert_eq!(source.bytes_of(&source.text).as_deref(), back);
        };
        check("é".as_bytes(), "é", Encoding::Utf8, Some("é".as_bytes()));
        check(b"\xef\xbb\xbfx", "x", Encoding::MarkedUtf8, Some(b"\xef\xbb\xbfx"));
        check(b"\xff\xfex\0\xe9\0", "xé", Encoding::Utf16, None);
        check(b"\xfe\xff\0x", "x", Encoding::Utf16, None);
        check(b"a\xe9b", "a\u{fffd}b", Encoding::Unknown, None);
        check(b"", "", Encoding::Utf8, Some(b""));
    }

    #[test]
    fn a_zero_byte_near_the_start_is_no_text() {
        assert!(is_binary(b"a\0b") && !is_binary(b"ab") && !is_binary(b"\xff\xfea\0"));
        let mut late = vec![b'a'; SNIFFED];
        late.push(0);
        assert!(!is_binary(&late) && is_binary(&late[1..]));
    }
}
