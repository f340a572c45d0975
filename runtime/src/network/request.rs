//! Reads requests of HTTP/1.1 (RFC 9112) as their bytes come, in any pieces.

use std::collections::BTreeMap;

use super::head::{Framing, read_head};

/// Request line and headers. Servers in common use take 8 to 64 KiB.
const HEAD_BYTES: usize = 64 << 10;
/// Lines of headers, which is what CPython's client takes of an answer.
const HEADER_LINES: usize = 100;
/// A body larger than this is not what a task asks for; it is nginx's default too.
pub(super) const BODY_BYTES: usize = 1 << 20;
/// The line with the size of a chunk, and its extensions.
const CHUNK_LINE_BYTES: usize = 256;

/// A request that has come in full.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Request {
    pub method: String,
    /// Path and query, with their escapes.
    pub target: String,
    /// By names in small letters; several of a name are joined by commas.
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
    /// Whether the client will send no other on this connection.
    pub last: bool,
}

/// What has come.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Arrived {
    Request(Request),
    /// The client waits for leave to send the body.
    Expectation,
    /// What no request can be read from, and the status that says why. Nothing comes after it.
    Unreadable(u16),
}

/// What the next bytes are.
#[derive(Debug)]
enum Next {
    Head,
    Body(usize),
    ChunkSize,
    Chunk(usize),
    ChunkEnd,
    Trailers,
    /// The request is there.
    End,
    /// Nothing is read any more.
    Nothing,
}

#[derive(Debug)]
pub(crate) struct Reader {
    input: Vec<u8>,
    /// How much of the input is used up, and how much of it holds no end of a line.
    used: usize,
    searched: usize,
    lines: Vec<Vec<u8>>,
    line_bytes: usize,
    request: Request,
    next: Next,
}

impl Reader {
    pub(crate) fn new() -> Reader {
        Reader {
            input: Vec::new(),
            used: 0,
            searched: 0,
            lines: Vec::new(),
            line_bytes: 0,
            request: Request::default(),
            next: Next::Head,
        }
    }

    /// Takes bytes that came. What was read is dropped here and nowhere else, so that many small parts cost no copies.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        if matches!(self.next, Next::Nothing) {
            return;
        }
        self.input.drain(..self.used);
        self.searched -= self.used;
        self.used = 0;
        self.input.extend_from_slice(bytes);
    }

    /// The next thing that has come in full.
    pub(crate) fn arrived(&mut self) -> Option<Arrived> {
        match self.read() {
            Ok(arrived) => arrived,
            Err(status) => {
                self.next = Next::Nothing;
                (self.input, self.used, self.searched) = (Vec::new(), 0, 0);
                Some(Arrived::Unreadable(status))
            }
        }
    }

    fn read(&mut self) -> Result<Option<Arrived>, u16> {
        loop {
            match self.next {
                Next::Head => {
                    let Some(line) = self.line(HEAD_BYTES, 431)? else { return Ok(None) };
                    if !line.is_empty() {
                        self.lines.push(line);
                        // The request line is none of them.
                        if self.lines.len() > HEADER_LINES + 1 {
                            return Err(431);
                        }
                    } else if !self.lines.is_empty() {
                        let lines = std::mem::take(&mut self.lines);
                        self.line_bytes = 0;
                        let head = read_head(&lines)?;
                        self.request = head.request;
                        self.next = match head.framing {
                            Framing::Length(0) => Next::End,
                            Framing::Length(length) => Next::Body(length),
                            Framing::Chunked => Next::ChunkSize,
                        };
                        if head.expects && !matches!(self.next, Next::End) && self.used == self.input.len() {
                            return Ok(Some(Arrived::Expectation));
                        }
                    }
                }
                Next::Body(left) => {
                    self.next = match self.take_body(left) {
                        0 => Next::End,
                        left => Next::Body(left),
                    };
                    if matches!(self.next, Next::Body(_)) {
                        return Ok(None);
                    }
                }
                Next::ChunkSize => {
                    let Some(line) = self.line(CHUNK_LINE_BYTES, 400)? else { return Ok(None) };
                    self.line_bytes = 0;
                    self.next = match chunk_size(&line)? {
                        0 => Next::Trailers,
                        size if size > BODY_BYTES - self.request.body.len() => return Err(413),
                        size => Next::Chunk(size),
                    };
                }
                Next::Chunk(left) => {
                    self.next = match self.take_body(left) {
                        0 => Next::ChunkEnd,
                        left => Next::Chunk(left),
                    };
                    if matches!(self.next, Next::Chunk(_)) {
                        return Ok(None);
                    }
                }
                Next::ChunkEnd => {
                    let Some(line) = self.line(CHUNK_LINE_BYTES, 400)? else { return Ok(None) };
                    if !line.is_empty() {
                        return Err(400);
                    }
                    self.line_bytes = 0;
                    self.next = Next::ChunkSize;
                }
                Next::Trailers => {
                    let Some(line) = self.line(HEAD_BYTES, 431)? else { return Ok(None) };
                    if line.is_empty() {
                        self.line_bytes = 0;
                        self.next = Next::End;
                    }
                }
                Next::End => {
                    self.next = Next::Head;
                    return Ok(Some(Arrived::Request(std::mem::take(&mut self.request))));
                }
                Next::Nothing => return Ok(None),
            }
        }
    }

    /// The next line without its end. Lines since `line_bytes` was 0 may have `most` bytes together.
    fn line(&mut self, most: usize, status: u16) -> Result<Option<Vec<u8>>, u16> {
        let end = self.input[self.searched..].iter().position(|byte| *byte == b'\n');
        let stop = end.map_or(self.input.len(), |end| self.searched + end + 1);
        if self.line_bytes + (stop - self.used) > most {
            return Err(status);
        }
        self.searched = stop;
        if end.is_none() {
            return Ok(None);
        }
        let line = &self.input[self.used..stop - 1];
        let line = line.strip_suffix(b"\r").unwrap_or(line).to_vec();
        self.line_bytes += stop - self.used;
        self.used = stop;
        Ok(Some(line))
    }

    /// Moves bytes into the body, and answers how many are still to come.
    fn take_body(&mut self, left: usize) -> usize {
        let len = left.min(self.input.len() - self.used);
        self.request.body.extend_from_slice(&self.input[self.used..self.used + len]);
        self.used += len;
        self.searched = self.used;
        left - len
    }
}

fn chunk_size(line: &[u8]) -> Result<usize, u16> {
    let digits = line.split(|byte| *byte == b';').next().unwrap_or(line).trim_ascii();
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_hexdigit) {
        return Err(400);
    }
    let digits = std::str::from_utf8(digits).map_err(|_| 400_u16)?;
    usize::from_str_radix(digits, 16).map_err(|_| 413)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What arrives, the same whatever pieces it comes in.
    #[track_caller]
    fn check(bytes: &[u8], expected: &[&str]) {
        for piece in [bytes.len().max(1), 1, 7] {
            let mut reader = Reader::new();
            let mut arrived = Vec::new();
            for piece in bytes.chunks(piece) {
                reader.push(piece);
                while let Some(one) = reader.arrived() {
                    arrived.push(match one {
                        Arrived::Request(request) => {
                            let Request { method, target, body, last, .. } = request;
                            format!("{method} {target} {:?} {last}", String::from_utf8_lossy(&body))
                        }
                        Arrived::Expectation => "expectation".to_owned(),
                        Arrived::Unreadable(status) => status.to_string(),
                    });
                }
            }
            let shown = &bytes[..bytes.len().min(200)];
            assert_eq!(arrived, expected, "{} by {piece}", shown.escape_ascii());
        }
    }

    #[test]
    fn requests_are_read() {
        check(b"", &[]);
        check(b"GET / HTTP/1.1\r\nHost: a\r\n", &[]);
        check(b"GET /x?y=1 HTTP/1.1\r\nHost: a\r\n\r\n", &[r#"GET /x?y=1 "" false"#]);
        check(b"\r\nGET / HTTP/1.1\nhost:a\n\n", &[r#"GET / "" false"#]);
        check(b"GET http://a/x HTTP/1.1\r\nHost: a\r\n\r\n", &[r#"GET /x "" false"#]);
        check(b"GET http://a HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n", &[r#"GET / "" true"#]);
        check(b"GET / HTTP/1.0\r\n\r\n", &[r#"GET / "" true"#]);
        check(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", &[r#"GET / "" false"#]);
        let post = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";
        check(post, &[r#"POST / "abc" false"#]);
        check(
            &[&post[..], b"GET /2 HTTP/1.1\r\nHost: a\r\n\r\n"].concat(),
            &[r#"POST / "abc" false"#, r#"GET /2 "" false"#],
        );
        let chunked = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n\
            3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nT: 1\r\n\r\n";
        check(chunked, &[r#"POST / "abc0123456789" false"#]);
    }

    #[test]
    fn an_expectation_is_met_unless_the_body_is_there() {
        let head = b"PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n";
        check(head, &["expectation"]);
        let mut reader = Reader::new();
        reader.push(&[&head[..], b"x"].concat());
        assert!(matches!(reader.arrived(), Some(Arrived::Request(_))));
    }

    #[test]
    fn what_is_no_request_is_said_to_be_none() {
        let head = |lines: &str| format!("GET / HTTP/1.1\r\nHost: a\r\n{lines}\r\n\r\n");
        let cases = [
            ("GET /\r\n\r\n".to_owned(), "400"),
            ("GET  / HTTP/1.1\r\n\r\n".to_owned(), "400"),
            ("GET x HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(), "400"),
            ("GET /\u{e9} HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(), "400"),
            ("G(T / HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(), "400"),
            ("GET / HTTP/2\r\n\r\n".to_owned(), "505"),
            ("GET / HTTP/1.1\r\n\r\n".to_owned(), "400"),
            (head("Host: b"), "400"),
            (head("X Y: 1"), "400"),
            (head(" folded"), "400"),
            (head("X: \u{1}"), "400"),
            (head("Content-Length: -1"), "400"),
            (head("Content-Length: 1\r\nContent-Length: 2"), "400"),
            (head("Content-Length: 99999999999999999999999"), "413"),
            (head("Content-Length: 1\r\nTransfer-Encoding: chunked"), "400"),
            (head("Transfer-Encoding: gzip"), "501"),
            (head("Transfer-Encoding: chunked") + "x\r\n", "400"),
            (head("Transfer-Encoding: chunked") + "ffffffffffffffffffff\r\n", "413"),
            (head("Transfer-Encoding: chunked") + "1\r\nabc\r\n", "400"),
        ];
        for (bytes, status) in cases {
            check(bytes.as_bytes(), &[status]);
        }
    }

    #[test]
    fn a_request_is_as_large_as_the_limits_and_no_larger() {
        let post = |bytes: usize| format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {bytes}\r\n\r\n");
        let mut reader = Reader::new();
        reader.push(post(BODY_BYTES).as_bytes());
        reader.push(&vec![0; BODY_BYTES]);
        assert!(matches!(reader.arrived(), Some(Arrived::Request(request)) if request.body.len() == BODY_BYTES));
        check(post(BODY_BYTES + 1).as_bytes(), &["413"]);

        let chunks =
            |bytes: usize| format!("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{bytes:x}\r\n");
        check(chunks(BODY_BYTES).as_bytes(), &[]);
        check(chunks(BODY_BYTES + 1).as_bytes(), &["413"]);

        let lines = |count: usize| format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "X: 1\r\n".repeat(count - 1));
        check(lines(HEADER_LINES).as_bytes(), &[r#"GET / "" false"#]);
        check(lines(HEADER_LINES + 1).as_bytes(), &["431"]);

        let head = |bytes: usize| {
            let start = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
            format!("{start}{}\r\n\r\n", "x".repeat(bytes - start.len() - 4))
        };
        check(head(HEAD_BYTES).as_bytes(), &[r#"GET / "" false"#]);
        check(head(HEAD_BYTES + 1).as_bytes(), &["431"]);
    }
}
