//! The records of a JSON lines file, or of a JSON array, plain or gzip, one after another. What is in a record is not
//! looked at here.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;
use serde_json::value::RawValue;

use super::row::RowError;

/// The longest record, and the longest text file. The largest row of the public suites, in EvalPlus's full release, has
/// under 20 MiB; a decompression bomb has no end.
const MAX_RECORD_BYTES: u64 = 256 << 20;

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";
const GZIP_MAGIC: &[u8] = b"\x1F\x8B";

/// The records of one file, each with the line that it begins on, from 1.
pub(crate) struct Records {
    shape: Shape,
    max_bytes: u64,
}

enum Shape {
    /// One record a line.
    Lines { input: Box<dyn BufRead>, line: usize },
    /// One JSON array, already split.
    Array(std::vec::IntoIter<(usize, Result<String, RowError>)>),
}

/// What a file looks like from its first characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opening {
    /// A JSON object or an array of them.
    Json,
    /// Something else.
    Other,
    /// Nothing but white space.
    Empty,
}

impl Records {
    /// Opens a file. The error is that of the file system, or a gzip header that is broken.
    pub(crate) fn open(path: &Path) -> io::Result<Records> {
        Ok(Records::sniff(path, MAX_RECORD_BYTES)?.1)
    }

    /// Opens a file and says what it looks like.
    pub(super) fn open_suite(path: &Path) -> io::Result<(Opening, Records)> {
        Records::sniff(path, MAX_RECORD_BYTES)
    }

    fn sniff(path: &Path, max_bytes: u64) -> io::Result<(Opening, Records)> {
        let mut input = open(path)?;
        let mut line = 1;
        let opening = skip_white_space(&mut input, &mut line)?;
        let shape = match opening {
            Some(b'[') if opens_array(input.fill_buf()?) => Shape::Array(array(input, line, max_bytes)?.into_iter()),
            Some(_) | None => Shape::Lines { input, line },
        };
        let opening = match (&shape, opening) {
            (_, None) => Opening::Empty,
            (Shape::Array(_), _) | (_, Some(b'{')) => Opening::Json,
            (Shape::Lines { .. }, Some(_)) => Opening::Other,
        };
        Ok((opening, Records { shape, max_bytes }))
    }
}

impl Iterator for Records {
    type Item = (usize, Result<String, RowError>);

    /// The next record. After an error of the file itself there is no more.
    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.shape {
            Shape::Array(records) => records.next(),
            Shape::Lines { input, line } => loop {
                let here = *line;
                match next_line(input, self.max_bytes) {
                    Ok(None) => return None,
                    Ok(Some(Ok(text))) if text.trim().is_empty() => *line += 1,
                    Ok(Some(record)) => {
                        *line += 1;
                        return Some((here, record));
                    }
                    Err(error) => {
                        self.shape = Shape::Array(Vec::new().into_iter());
                        return Some((here, Err(RowError::Cut(error))));
                    }
                }
            },
        }
    }
}

/// Reads a whole text file, plain or gzip, without its byte order mark.
pub(crate) fn read_text(path: &Path) -> io::Result<String> {
    whole(&mut open(path)?, MAX_RECORD_BYTES)
}

fn open(path: &Path) -> io::Result<Box<dyn BufRead>> {
    let mut file = BufReader::new(File::open(path)?);
    let mut input: Box<dyn BufRead> = if file.fill_buf()?.starts_with(GZIP_MAGIC) {
        Box::new(BufReader::new(MultiGzDecoder::new(file)))
    } else {
        Box::new(file)
    };
    if input.fill_buf()?.starts_with(BYTE_ORDER_MARK) {
        input.consume(BYTE_ORDER_MARK.len());
    }
    Ok(input)
}

/// The first byte that is not white space, which stays unread.
fn skip_white_space(input: &mut impl BufRead, line: &mut usize) -> io::Result<Option<u8>> {
    loop {
        let Some(&byte) = input.fill_buf()?.first() else { return Ok(None) };
        if !byte.is_ascii_whitespace() {
            return Ok(Some(byte));
        }
        *line += usize::from(byte == b'\n');
        input.consume(1);
    }
}

/// Whether `[` opens an array of objects, and not a TOML table such as `[limits]`.
fn opens_array(start: &[u8]) -> bool {
    let next = start.iter().skip(1).find(|byte| !byte.is_ascii_whitespace());
    matches!(next, None | Some(b'{' | b']'))
}

fn array(
    mut input: Box<dyn BufRead>,
    first_line: usize,
    max_bytes: u64,
) -> io::Result<Vec<(usize, Result<String, RowError>)>> {
    let text = whole(&mut input, max_bytes)?;
    let items: Vec<&RawValue> = match serde_json::from_str(&text) {
        Ok(items) => items,
        Err(error) => return Ok(vec![(first_line + error.line() - 1, Err(RowError::json(&error)))]),
    };
    let (mut line, mut counted) = (first_line, 0);
    let numbered = items.into_iter().map(|item| {
        let start = item.get().as_ptr().addr() - text.as_ptr().addr();
        line += newlines(&text[counted..start]);
        counted = start;
        (line, Ok(item.get().to_owned()))
    });
    Ok(numbered.collect())
}

fn newlines(text: &str) -> usize {
    text.bytes().filter(|&byte| byte == b'\n').count()
}

/// The next line, `None` at the end of the file. A line that is too long is skipped to its end, however long.
fn next_line(input: &mut impl BufRead, max_bytes: u64) -> io::Result<Option<Result<String, RowError>>> {
    let mut bytes = Vec::new();
    if input.by_ref().take(max_bytes + 1).read_until(b'\n', &mut bytes)? == 0 {
        return Ok(None);
    }
    if bytes.len() as u64 > max_bytes && !bytes.ends_with(b"\n") {
        drop(bytes);
        input.skip_until(b'\n')?;
        return Ok(Some(Err(RowError::TooLong { max_bytes })));
    }
    Ok(Some(String::from_utf8(bytes).map_err(|_| RowError::NotUtf8)))
}

fn whole(input: &mut impl BufRead, max_bytes: u64) -> io::Result<String> {
    let mut text = String::new();
    if input.take(max_bytes + 1).read_to_string(&mut text)? as u64 > max_bytes {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("larger than `{max_bytes}` bytes")));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn sniffed(bytes: &[u8], max_bytes: u64) -> (Opening, Vec<(usize, String)>) {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        let (opening, records) = Records::sniff(file.path(), max_bytes).unwrap();
        let shown = |record: Result<String, RowError>| record.unwrap_or_else(|error| format!("! {error}"));
        (opening, records.map(|(line, record)| (line, shown(record).trim_end().to_owned())).collect())
    }

    fn check(bytes: &[u8], expected: &[(usize, &str)]) {
        for bytes in [bytes.to_vec(), gzip(bytes)] {
            let (_, records) = sniffed(&bytes, 1000);
            let records: Vec<_> = records.iter().map(|(line, text)| (*line, text.as_str())).collect();
            assert_eq!(records, expected, "{}", String::from_utf8_lossy(&bytes));
        }
    }

    #[test]
    fn records_come_with_their_lines() {
        check(b"{\"a\":1}\n{\"b\":2}\n", &[(1, "{\"a\":1}"), (2, "{\"b\":2}")]);
        check(b"\xEF\xBB\xBF{}\r\n\r\n \n{}", &[(1, "{}"), (4, "{}")]);
        check(b"\n\n{}\nx\xFF\n{}", &[(3, "{}"), (4, "! not UTF-8"), (5, "{}")]);
        check(b"[\n {\"a\":\n1},\n {}\n]\n", &[(2, "{\"a\":\n1}"), (4, "{}")]);
        check(b"\n[{},\n {},,]", &[(3, "! not JSON: expected value at column `5`")]);
        check(b"", &[]);
        check(b" \n\n", &[]);
        check(b"[]", &[]);
    }

    #[test]
    fn the_opening_tells_json_from_other_text() {
        let cases = [
            ("{\"a\": 1}", Opening::Json),
            ("\n [ \n {}]", Opening::Json),
            ("[limits]\nfuel = 1", Opening::Other),
            ("id = 'x'", Opening::Other),
            ("\n \n", Opening::Empty),
        ];
        for (text, expected) in cases {
            assert_eq!(sniffed(text.as_bytes(), 1000).0, expected, "{text:?}");
        }
    }

    #[test]
    fn a_line_may_be_as_long_as_the_bound_and_no_longer() {
        let records = sniffed(b"aaaa\nbbbbb\ncc\nddddd", 4).1;
        let too_long = "! longer than `4` bytes".to_owned();
        assert_eq!(records, [(1, "aaaa".to_owned()), (2, too_long.clone()), (3, "cc".to_owned()), (4, too_long)]);
    }

    #[test]
    fn a_cut_off_gzip_file_keeps_what_came_before_and_says_so() {
        let noise: String = (0..20_000_u32).map(|i| format!("{{\"n\":{}}}\n", i.wrapping_mul(2_654_435_761))).collect();
        let mut bytes = gzip(noise.as_bytes());
        bytes.truncate(bytes.len() / 2);
        let records = sniffed(&bytes, 1000).1;
        let (last, before) = records.split_last().unwrap();
        assert!(before.len() > 100 && before.iter().all(|(_, text)| text.starts_with('{')));
        assert!(last.1.starts_with("! the file can't be read any further"), "{last:?}");
    }
}
