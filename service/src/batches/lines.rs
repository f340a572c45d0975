//! The rows of a body as it comes: never more of it in memory than a handful of rows. How large all of it may be and how slowly it
//! may come is the edge's to say.

use axum::body::{Body, BodyDataStream};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use crate::config::HttpSettings;
use crate::error::ApiError;
use crate::middleware::body_error;

/// Rows and bytes that are looked at together: enough that their way to another thread and the flush of a transaction weigh little.
const ROWS: usize = 500;
const BYTES: usize = 2 << 20;

/// One row of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    /// The number of its line or submission, from 1.
    pub line: u64,
    /// What it says; nothing where it is larger than a row may be.
    pub text: Option<Bytes>,
}

/// The lines of a body of NDJSON.
pub(super) struct Lines {
    body: BodyDataStream,
    most_row_bytes: usize,
    line: u64,
    /// What came and is not a row yet.
    rest: BytesMut,
    /// Up to where `rest` has no line break.
    searched: usize,
    /// Whether the line under way is too large, and passed over.
    skips: bool,
    has_ended: bool,
    digest: Option<Sha256>,
}

/// Whether the SHA-256 of a body is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Digested {
    No,
    Yes,
}

impl Lines {
    pub(super) fn new(body: Body, settings: &HttpSettings, digested: Digested) -> Lines {
        Lines {
            body: body.into_data_stream(),
            most_row_bytes: usize::try_from(settings.body.0).unwrap_or(usize::MAX),
            line: 0,
            rest: BytesMut::new(),
            searched: 0,
            skips: false,
            has_ended: false,
            digest: (digested == Digested::Yes).then(Sha256::new),
        }
    }

    /// Some rows, without those that are empty; none at the end.
    pub(super) async fn next(&mut self) -> Result<Vec<Row>, ApiError> {
        let (mut rows, mut bytes) = (Vec::new(), 0);
        while rows.len() < ROWS && bytes < BYTES {
            let Some(row) = self.row().await? else { break };
            bytes += row.text.as_ref().map_or(0, Bytes::len);
            rows.push(row);
        }
        Ok(rows)
    }

    /// All of it, where it may be no larger than a request's body.
    pub(super) async fn whole(&mut self) -> Result<Bytes, ApiError> {
        while !self.has_ended {
            self.read().await?;
            if self.rest.len() > self.most_row_bytes {
                return Err(ApiError::TooLarge { most: self.most_row_bytes as u64 });
            }
        }
        Ok(self.rest.split().freeze())
    }

    /// Reads to the end.
    pub(super) async fn drain(&mut self) -> Result<(), ApiError> {
        while !self.has_ended {
            self.read().await?;
            self.rest.clear();
        }
        Ok(())
    }

    /// Hex SHA-256 of what was read.
    pub(super) fn digest(&mut self) -> Option<String> {
        self.digest.take().map(|digest| format!("{:x}", digest.finalize()))
    }

    async fn row(&mut self) -> Result<Option<Row>, ApiError> {
        loop {
            let end = self.rest[self.searched..].iter().position(|byte| *byte == b'\n');
            let text = match end {
                Some(end) => {
                    let mut text = self.rest.split_to(self.searched + end + 1);
                    text.truncate(text.len() - 1);
                    text
                }
                None if self.has_ended && self.rest.is_empty() && !self.skips => return Ok(None),
                None if self.has_ended => self.rest.split(),
                None => {
                    self.skips |= self.rest.len() > self.most_row_bytes;
                    if self.skips {
                        self.rest.clear();
                    }
                    self.searched = self.rest.len();
                    self.read().await?;
                    continue;
                }
            };
            self.searched = 0;
            self.line += 1;
            let is_too_large = std::mem::take(&mut self.skips) || text.len() > self.most_row_bytes;
            if is_too_large || !text.trim_ascii().is_empty() {
                return Ok(Some(Row { line: self.line, text: (!is_too_large).then(|| text.freeze()) }));
            }
        }
    }

    async fn read(&mut self) -> Result<(), ApiError> {
        match self.body.next().await {
            None => self.has_ended = true,
            Some(Err(error)) => return Err(body_error(&error)),
            Some(Ok(chunk)) => {
                if let Some(digest) = &mut self.digest {
                    digest.update(&chunk);
                }
                self.rest.extend_from_slice(&chunk);
            }
        }
        Ok(())
    }
}

/// A batch in one JSON document, with each submission as it stands there: one that is bad costs no other.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document<'d> {
    #[serde(default)]
    suite: Option<String>,
    #[serde(borrow)]
    submissions: Vec<&'d RawValue>,
}

/// The rows of a batch in one JSON document, and the suite of those that name none.
pub(super) fn rows_of(document: &[u8]) -> Result<(Option<String>, Vec<Row>), ApiError> {
    // serde would take a list of the fields in their order.
    if document.trim_ascii_start().first() == Some(&b'[') {
        return Err(ApiError::Invalid { field: None, message: "expected an object".to_owned() });
    }
    let mut reader = serde_json::Deserializer::from_slice(document);
    let document: Document<'_> = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let field = error.path().to_string();
        match error.into_inner() {
            inner if inner.is_data() => ApiError::Invalid { field: Some(field), message: inner.to_string() },
            inner => ApiError::Unreadable(inner.to_string()),
        }
    })?;
    reader.end().map_err(|error| ApiError::Unreadable(error.to_string()))?;
    let row = |(number, raw): (usize, &&RawValue)| Row {
        line: number as u64 + 1,
        text: Some(Bytes::copy_from_slice(raw.get().as_bytes())),
    };
    let rows = document.submissions.iter().enumerate().map(row).collect();
    Ok((document.suite, rows))
}

#[cfg(test)]
mod tests {
    use proofhouse_types::Bytes as Amount;

    use super::*;

    async fn read(chunks: &[&'static str], most_row_bytes: u64) -> Result<String, ApiError> {
        let chunks: Vec<Result<&str, std::io::Error>> = chunks.iter().copied().map(Ok).collect();
        let body = Body::from_stream(futures_util::stream::iter(chunks));
        let settings = HttpSettings { body: Amount(most_row_bytes), ..HttpSettings::default() };
        let mut lines = Lines::new(body, &settings, Digested::No);
        let mut read = String::new();
        loop {
            let rows = lines.next().await?;
            if rows.is_empty() {
                return Ok(read);
            }
            for row in rows {
                let text =
                    row.text.map_or_else(|| "(too large)".to_owned(), |text| String::from_utf8(text.to_vec()).unwrap());
                read.push_str(&format!("{}:{text} ", row.line));
            }
        }
    }

    #[tokio::test]
    async fn rows_are_found_however_the_body_is_cut() {
        let check = async |chunks: &[&'static str], expected: &str| {
            assert_eq!(read(chunks, 5).await.unwrap(), expected, "{chunks:?}");
        };
        check(&[], "").await;
        check(&["\n\n"], "").await;
        check(&["a\nb\n"], "1:a 2:b ").await;
        check(&["a\nb"], "1:a 2:b ").await;
        check(&["a", "b\n", "\n", "c", "", "d"], "1:ab 3:cd ").await;
        check(&["12345\n1"], "1:12345 2:1 ").await;
        check(&["123456\n1"], "1:(too large) 2:1 ").await;
        check(&["1234", "5678", "9012", "3\nx"], "1:(too large) 2:x ").await;
        check(&["1234", "5678"], "1:(too large) ").await;
    }

    #[test]
    fn a_document_is_read_row_by_row() {
        let (suite, rows) = rows_of(br#"{"suite":"s","submissions":[{"code": 1}, 7]}"#).unwrap();
        let texts: Vec<_> = rows.iter().map(|row| row.text.clone().unwrap()).collect();
        assert_eq!((suite.as_deref(), texts), (Some("s"), vec![Bytes::from("{\"code\": 1}"), Bytes::from("7")]));
        assert!(matches!(rows_of(b"{"), Err(ApiError::Unreadable(_))));
        assert!(matches!(rows_of(br#"{"submissions":[]} x"#), Err(ApiError::Unreadable(_))));
        assert!(matches!(rows_of(br#"{"submission":[]}"#), Err(ApiError::Invalid { .. })));
        assert!(matches!(rows_of(br"{}"), Err(ApiError::Invalid { .. })));
    }
}
