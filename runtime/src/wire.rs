//! Checks the messages that cross between guests, so that the judge's C code never reads bytes that a hostile guest made
//! up. What passes is well-formed `marshal` (version 4) of plain data: no code, no unfinished references.
//!
//! The meaning of a message is the guests' own business; see `guests/python/channel.py`.

/// Bytes of one message. Larger values are better judged where they are made.
pub(crate) const MESSAGE_BYTES: usize = 32 << 20;
/// CPython's own limit on WASI is above it; a table holds values nested more deeply.
const DEPTH: usize = 1000;
/// What CPython's `marshal` adds to the type of an object that later bytes may refer to.
const REFERABLE: u8 = 0x80;

/// The version of the format, the last byte of every message.
pub(crate) const VERSION: u8 = 1;

/// The kinds of messages: the byte before the version.
pub(crate) mod kind {
    pub(crate) const PLAIN: u8 = b'p';
    pub(crate) const TABLE: u8 = b't';
    pub(crate) const RAISED: u8 = b'x';
    pub(crate) const AGAIN: u8 = b'a';
    pub(crate) const UNCROSSABLE: u8 = b'u';
    pub(crate) const PRINTED: u8 = b'o';
    pub(crate) const LOST: u8 = b'l';
    pub(crate) const NOBODY: u8 = b'n';
    /// To the host: for the network, and for what was called there.
    pub(crate) const NETWORK: u8 = b'h';
    pub(crate) const CALLS: u8 = b'g';
}

/// A message without a body.
pub(crate) fn bare(kind: u8) -> Vec<u8> {
    vec![kind, VERSION]
}

/// A message whose body is text.
pub(crate) fn text(kind: u8, text: &str) -> Vec<u8> {
    [text.as_bytes(), &[kind, VERSION]].concat()
}

/// An exception of a builtin class, with a message.
pub(crate) fn raised(class: &str, message: &str) -> Vec<u8> {
    let short = |text: &str| [&[b'z', text.len() as u8], text.as_bytes()].concat();
    [&[b')', 2][..], &short(class), &[b')', 1], &short(message), &[kind::RAISED, VERSION]].concat()
}

/// Why a message does not go on as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It must be said again, as a table: bytes may stand for other types, or it nests too deeply.
    Again,
    /// No guest of ours writes this.
    Malformed,
    /// More than [`MESSAGE_BYTES`].
    TooLarge,
}

/// Splits off the kind of a message, with whatever is particular to it checked.
pub(crate) fn check(message: &[u8]) -> Result<u8, Refused> {
    if message.len() > MESSAGE_BYTES {
        return Err(Refused::TooLarge);
    }
    let [body @ .., kind, VERSION] = message else { return Err(Refused::Malformed) };
    match *kind {
        kind::PLAIN | kind::RAISED => check_values(body, Bytes::Refused)?,
        kind::TABLE => check_values(body, Bytes::Allowed)?,
        kind::UNCROSSABLE => {}
        _ => return Err(Refused::Malformed),
    }
    Ok(*kind)
}

/// Whether an answer about names, which stands outside a message, is a table.
pub(crate) fn check_table(table: &[u8]) -> Result<(), Refused> {
    if table.len() > MESSAGE_BYTES { Err(Refused::TooLarge) } else { check_values(table, Bytes::Allowed) }
}

#[derive(Clone, Copy, PartialEq)]
enum Bytes {
    Allowed,
    Refused,
}

/// What is known of an object that others may refer to.
#[derive(Clone, Copy, PartialEq)]
enum Known {
    /// A list, dict or set that is being read: it may contain itself.
    OpenMutable,
    /// A tuple or frozenset that is being read.
    OpenImmutable,
    Hashable,
    Unhashable,
}

struct Reader<'a> {
    rest: &'a [u8],
    bytes: Bytes,
    known: Vec<Known>,
}

fn check_values(body: &[u8], bytes: Bytes) -> Result<(), Refused> {
    let mut reader = Reader { rest: body, bytes, known: Vec::new() };
    reader.value(0)?;
    if reader.rest.is_empty() { Ok(()) } else { Err(Refused::Malformed) }
}

impl<'a> Reader<'a> {
    fn take(&mut self, len: usize) -> Result<&'a [u8], Refused> {
        let (taken, rest) = self.rest.split_at_checked(len).ok_or(Refused::Malformed)?;
        self.rest = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, Refused> {
        Ok(self.take(1)?[0])
    }

    fn number(&mut self) -> Result<u32, Refused> {
        let bytes = self.take(4)?;
        Ok(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    /// A count of things that take a byte each at least.
    fn count(&mut self) -> Result<usize, Refused> {
        let count = self.number()? as usize;
        if count <= self.rest.len() { Ok(count) } else { Err(Refused::Malformed) }
    }

    /// Reads one value and answers whether Python can hash it.
    fn value(&mut self, depth: usize) -> Result<bool, Refused> {
        if depth > DEPTH {
            return Err(Refused::Again);
        }
        let code = self.byte()?;
        let referable = code & REFERABLE != 0;
        match code & !REFERABLE {
            b'N' | b'T' | b'F' | b'.' if !referable => return Ok(true),
            b'r' if !referable => return self.reference(),
            b'i' => drop(self.take(4)?),
            b'g' => drop(self.take(8)?),
            b'y' => drop(self.take(16)?),
            b'l' => self.integer()?,
            b's' => {
                let len = self.count()?;
                self.take(len)?;
                if self.bytes == Bytes::Refused {
                    return Err(Refused::Again);
                }
            }
            b'u' | b't' => {
                let len = self.count()?;
                check_utf8(self.take(len)?)?;
            }
            b'a' | b'A' => {
                let len = self.count()?;
                self.ascii(len)?;
            }
            b'z' | b'Z' => {
                let len = usize::from(self.byte()?);
                self.ascii(len)?;
            }
            container => return self.container(container, referable, depth),
        }
        if referable {
            self.known.push(Known::Hashable);
        }
        Ok(true)
    }

    fn ascii(&mut self, len: usize) -> Result<(), Refused> {
        if self.take(len)?.is_ascii() { Ok(()) } else { Err(Refused::Malformed) }
    }

    /// Digits of 15 bits, the highest not zero; a negative count for a negative number.
    fn integer(&mut self) -> Result<(), Refused> {
        let count = self.number()?.cast_signed().unsigned_abs() as usize;
        if count == 0 || count > self.rest.len() / 2 {
            return Err(Refused::Malformed);
        }
        let digits = self.take(2 * count)?;
        let digit = |pair: &[u8]| u16::from_le_bytes([pair[0], pair[1]]);
        let normal = digits.chunks_exact(2).all(|pair| digit(pair) < 1 << 15) && digit(&digits[2 * count - 2..]) != 0;
        if normal { Ok(()) } else { Err(Refused::Malformed) }
    }

    fn reference(&mut self) -> Result<bool, Refused> {
        let position = self.number()? as usize;
        match self.known.get(position) {
            Some(Known::Hashable) => Ok(true),
            Some(Known::Unhashable | Known::OpenMutable) => Ok(false),
            Some(Known::OpenImmutable) | None => Err(Refused::Malformed),
        }
    }

    fn container(&mut self, code: u8, referable: bool, depth: usize) -> Result<bool, Refused> {
        let mutable = match code {
            b'(' | b')' | b'>' => false,
            b'[' | b'{' | b'<' => true,
            _ => return Err(Refused::Malformed),
        };
        let position = self.known.len();
        if referable {
            self.known.push(if mutable { Known::OpenMutable } else { Known::OpenImmutable });
        }
        let mut hashable = !mutable;
        match code {
            b'{' => {
                while self.rest.first().ok_or(Refused::Malformed)? != &b'0' {
                    self.hashed(depth)?;
                    self.value(depth + 1)?;
                }
                self.byte()?;
            }
            b'<' | b'>' => {
                for _ in 0..self.count()? {
                    self.hashed(depth)?;
                }
            }
            _ => {
                let count = if code == b')' { usize::from(self.byte()?) } else { self.count()? };
                for _ in 0..count {
                    hashable &= self.value(depth + 1)?;
                }
            }
        }
        if referable {
            self.known[position] = if hashable { Known::Hashable } else { Known::Unhashable };
        }
        Ok(hashable)
    }

    /// A key or an element of a set.
    fn hashed(&mut self, depth: usize) -> Result<(), Refused> {
        if self.value(depth + 1)? { Ok(()) } else { Err(Refused::Malformed) }
    }
}

/// UTF-8 in which lone surrogates may stand, as Python's `surrogatepass` writes them.
fn check_utf8(mut bytes: &[u8]) -> Result<(), Refused> {
    while let Err(error) = std::str::from_utf8(bytes) {
        match &bytes[error.valid_up_to()..] {
            [0xed, 0xa0..=0xbf, 0x80..=0xbf, rest @ ..] => bytes = rest,
            _ => return Err(Refused::Malformed),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use Refused::{Again, Malformed, TooLarge};

    fn message(body: &[u8], kind: u8) -> Vec<u8> {
        [body, &[kind, VERSION]].concat()
    }

    #[track_caller]
    fn check_plain(body: &[u8], expected: Result<u8, Refused>) {
        assert_eq!(check(&message(body, kind::PLAIN)), expected, "{}", body.escape_ascii());
    }

    #[test]
    fn plain_data_passes() {
        let bodies: [&[u8]; 12] = [
            b"N",
            b"i\x01\0\0\0",
            b"l\xfe\xff\xff\xff\x01\0\x02\0",
            b"g\0\0\0\0\0\0\xf8\x7f",
            b"z\x02ab",
            b"u\x03\0\0\0\xed\xa0\x80",
            b")\x02TF",
            b"[\x02\0\0\0N)\0",
            b"{z\x01aN)\x01NT0",
            b"<\x01\0\0\0>\0\0\0\0",
            // A list that holds itself, and a string that comes twice.
            b"\xdb\x01\0\0\0r\0\0\0\0",
            b")\x02\xfa\x01ar\0\0\0\0",
        ];
        for body in bodies {
            check_plain(body, Ok(kind::PLAIN));
        }
        assert_eq!(check(&raised("ValueError", "no")), Ok(kind::RAISED));
        assert_eq!(check(&text(kind::UNCROSSABLE, "why")), Ok(kind::UNCROSSABLE));
    }

    #[test]
    fn what_no_guest_of_ours_writes_is_refused() {
        let bodies: [&[u8]; 20] = [
            b"",
            b"NN",
            b"c\0\0\0\0",
            b"S",
            b"\xce",
            b"i\x01\0\0",
            b"[\xff\xff\xff\x7f",
            b"z\x05ab",
            b"z\x01\xff",
            b"u\x03\0\0\0\xed\xa0\x00",
            b"u\x02\0\0\0\xc3\x28",
            b"l\0\0\0\0",
            b"l\x01\0\0\0\0\0",
            b"l\x01\0\0\0\xff\xff",
            b"r\0\0\0\0",
            // A tuple that holds itself: reading its hash would never end.
            b"\xa9\x01r\0\0\0\0",
            // Keys that can't be hashed, one of them by way of a reference.
            b"{[\0\0\0\0N0",
            b"<\x01\0\0\0)\x01[\0\0\0\0",
            b")\x02\xdb\0\0\0\0{r\0\0\0\0N0",
            b"{z\x01aN",
        ];
        for body in bodies {
            check_plain(body, Err(Malformed));
        }
        for bytes in [&b""[..], b"p", b"N", b"Np\x02", b"Nz\x01", b"Na\x01", b"Nl\x01"] {
            assert_eq!(check(bytes), Err(Malformed), "{bytes:?}");
        }
    }

    #[test]
    fn bytes_and_deep_values_are_asked_for_as_a_table() {
        check_plain(b"s\x01\0\0\0x", Err(Again));
        assert_eq!(check(&message(b"s\x01\0\0\0x", kind::TABLE)), Ok(kind::TABLE));
        let nested = |depth: usize| [b")\x01".repeat(depth).as_slice(), b"N"].concat();
        check_plain(&nested(DEPTH), Ok(kind::PLAIN));
        check_plain(&nested(DEPTH + 1), Err(Again));
    }

    #[test]
    fn a_message_is_as_large_as_the_limit_and_no_larger() {
        let body = |len: usize| [&b"s"[..], &(len as u32).to_le_bytes(), &vec![0; len]].concat();
        assert_eq!(check(&message(&body(MESSAGE_BYTES - 7), kind::TABLE)), Ok(kind::TABLE));
        assert_eq!(check(&message(&body(MESSAGE_BYTES - 6), kind::TABLE)), Err(TooLarge));
    }
}
