//! What the guest asks of the network, and what it is told. `guests/python/network.py` is the other end.
//!
//! A message is an operation byte and its fields; numbers are little-endian, ids `u32`, ports `u16`.
//!
//! ```text
//! n port host    look a name up, for a port or for 0           -> k | d
//! c port host    connect                                       -> c id | r | d
//! s id bytes     send                                          -> k | e
//! r id max:u32   receive so many bytes at most                 -> b bytes | f | w ns:u64 | e
//! q id           close                                         -> k
//!
//! k  it is done           b  bytes, one at least       w  nothing yet: ask again after so long
//! d  no such name         f  the server has closed     ?  no message of ours
//! r  refused              e  the connection was reset
//! ```
//!
//! The guest does all waiting, so that its other threads and coroutines run meanwhile. Not to wait gains it nothing: no
//! bytes are handed over before their time.
//!
//! A connection that begins with [`HELLO`] is TLS, which is bytes as they are from there on. The server answers with the
//! same, or with a plain 400 where it speaks no TLS.

/// What stands for the handshake of TLS: the head of a handshake record, with nothing in it.
pub(crate) const HELLO: [u8; 5] = [0x16, 3, 1, 0, 0];

/// What a connection is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ConnectionId(pub u32);

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Message<'a> {
    Resolve { host: &'a str, port: u16 },
    Connect { host: &'a str, port: u16 },
    Send { id: ConnectionId, bytes: &'a [u8] },
    Receive { id: ConnectionId, max: usize },
    Close { id: ConnectionId },
}

impl<'a> Message<'a> {
    /// `None` for what no guest of ours writes.
    pub(crate) fn read(message: &'a [u8]) -> Option<Message<'a>> {
        let (operation, fields) = message.split_first()?;
        Some(match operation {
            b'n' | b'c' => {
                let (port, host) = fields.split_first_chunk()?;
                let (port, host) = (u16::from_le_bytes(*port), std::str::from_utf8(host).ok()?);
                if *operation == b'n' { Message::Resolve { host, port } } else { Message::Connect { host, port } }
            }
            b's' => {
                let (id, bytes) = id(fields)?;
                Message::Send { id, bytes }
            }
            b'r' => {
                let (id, max) = id(fields)?;
                Message::Receive { id, max: u32::from_le_bytes(max.try_into().ok()?) as usize }
            }
            b'q' => match id(fields)? {
                (id, []) => Message::Close { id },
                (_, [_, ..]) => return None,
            },
            _ => return None,
        })
    }
}

fn id(fields: &[u8]) -> Option<(ConnectionId, &[u8])> {
    let (id, rest) = fields.split_first_chunk()?;
    Some((ConnectionId(u32::from_le_bytes(*id)), rest))
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    Done,
    Connected(ConnectionId),
    Refused,
    UnknownName,
    Bytes(Vec<u8>),
    Closed,
    NothingFor(u64),
    Reset,
    Unreadable,
}

impl Reply {
    pub(crate) fn encode(self) -> Vec<u8> {
        match self {
            Reply::Done => b"k".to_vec(),
            Reply::Connected(ConnectionId(id)) => [&b"c"[..], &id.to_le_bytes()].concat(),
            Reply::Refused => b"r".to_vec(),
            Reply::UnknownName => b"d".to_vec(),
            Reply::Bytes(bytes) => [&b"b"[..], &bytes].concat(),
            Reply::Closed => b"f".to_vec(),
            Reply::NothingFor(ns) => [&b"w"[..], &ns.to_le_bytes()].concat(),
            Reply::Reset => b"e".to_vec(),
            Reply::Unreadable => b"?".to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_read_and_what_is_none_is_not() {
        let id = ConnectionId(7);
        let cases: [(&[u8], Option<Message<'_>>); 14] = [
            (b"n\x50\0api.test", Some(Message::Resolve { host: "api.test", port: 80 })),
            (b"c\xbb\x01api.test", Some(Message::Connect { host: "api.test", port: 443 })),
            (b"s\x07\0\0\0ab", Some(Message::Send { id, bytes: b"ab" })),
            (b"s\x07\0\0\0", Some(Message::Send { id, bytes: b"" })),
            (b"r\x07\0\0\0\0\x01\0\0", Some(Message::Receive { id, max: 256 })),
            (b"q\x07\0\0\0", Some(Message::Close { id })),
            (b"", None),
            (b"x", None),
            (b"c\x50", None),
            (b"c\x50\0\xff", None),
            (b"s\x07\0\0", None),
            (b"r\x07\0\0\0\0\x01\0", None),
            (b"r\x07\0\0\0\0\x01\0\0\0", None),
            (b"q\x07\0\0\0\0", None),
        ];
        for (bytes, expected) in cases {
            assert_eq!(Message::read(bytes), expected, "{}", bytes.escape_ascii());
        }
    }
}
