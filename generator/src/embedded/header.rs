//! What stands in front of a GGUF file's weights, read without llama.cpp: nothing in it is believed before it was checked
//! against the size of the file, and nothing is loaded.
//!
//! The format: <https://github.com/ggml-org/ggml/blob/master/docs/gguf.md>.

use std::collections::BTreeMap;
use std::io::{self, Read};

/// Values and tensors of one file at most. The largest models that there are have some hundred values and 60,000 tensors.
const MOST_ENTRIES: u64 = 1 << 17;
/// Bytes of one text at most. The longest are chat templates, with some ten thousand.
const MOST_TEXT_BYTES: u64 = 1 << 20;
/// Numbers of a list that are kept: one a layer. Longer lists are vocabularies, which nobody here needs.
const MOST_NUMBERS: u64 = 4096;
/// Entries of a list at most. The largest vocabularies have a quarter of a million.
const MOST_LIST: u64 = 1 << 24;
/// Bytes of a header at most, so that none keeps this program busy. The largest, with such a vocabulary, have 20 MB.
const MOST_HEADER_BYTES: u64 = 1 << 28;
/// As ggml has it.
const MOST_DIMENSIONS: u32 = 4;
/// Where nothing is said of it: what tensors' offsets are multiples of.
const ALIGNMENT: u64 = 32;

/// Why a file is no model.
#[derive(Debug, thiserror::Error)]
pub enum HeaderError {
    /// It can't be read, or ends before its time.
    #[error("it ends within its header, or can't be read")]
    Read(#[source] io::Error),
    /// It is another kind of file.
    #[error("it does not begin with `GGUF`")]
    Magic,
    /// It is from a time before, or after, this program's.
    #[error("it is of version {0} of the format, and 2 and 3 are known")]
    Version(u32),
    /// A number in it can't be.
    #[error("its header says what can't be: {what} of {value}")]
    Impossible {
        /// What the number counts.
        what: &'static str,
        /// The number.
        value: u64,
    },
    /// A text in it is none.
    #[error("a text in its header is no UTF-8")]
    Text,
    /// The file ends before its tensors do: half of a download.
    #[error("its tensors want {wanted} bytes, and it has {there}: it is not whole")]
    NotWhole {
        /// Bytes that the file must have at least.
        wanted: u64,
        /// Bytes that it has.
        there: u64,
    },
}

/// A value of the header. Lists of anything but numbers are left out.
#[derive(Debug, Clone, PartialEq)]
enum Value {
    Number(u64),
    Numbers(Vec<u64>),
    Text(String),
}

/// One tensor, without its weights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tensor {
    pub(super) name: String,
    pub(super) elements: u64,
    /// Bytes up to the next tensor.
    pub(super) bytes: u64,
}

/// The header of one file.
#[derive(Debug)]
pub(super) struct Header {
    values: BTreeMap<String, Value>,
    pub(super) tensors: Vec<Tensor>,
}

impl Header {
    /// Reads the header of a file of `size` bytes.
    pub(super) fn read(file: impl Read, size: u64) -> Result<Header, HeaderError> {
        let mut source = Source { file, size: size.min(MOST_HEADER_BYTES), at: 0 };
        if source.bytes(4)? != b"GGUF" {
            return Err(HeaderError::Magic);
        }
        let version = source.u32()?;
        if !(2..=3).contains(&version) {
            return Err(HeaderError::Version(version));
        }
        let tensors = source.count("a number of tensors")?;
        let count = source.count("a number of values")?;
        let mut values = BTreeMap::new();
        for _ in 0..count {
            let key = source.text()?;
            let kind = source.u32()?;
            if let Some(value) = source.value(kind)? {
                values.insert(key, value);
            }
        }
        let mut header = Header { values, tensors: Vec::new() };
        let tensors: Vec<(Tensor, u64)> = (0..tensors).map(|_| source.tensor()).collect::<Result<_, _>>()?;
        let alignment = header.number("general.alignment").unwrap_or(ALIGNMENT);
        if !alignment.is_power_of_two() || alignment > 1 << 20 {
            return Err(HeaderError::Impossible { what: "an alignment", value: alignment });
        }
        header.tensors = placed(tensors, source.at.next_multiple_of(alignment), size)?;
        Ok(header)
    }

    /// A number that is not negative.
    pub(super) fn number(&self, key: &str) -> Option<u64> {
        match self.values.get(key)? {
            Value::Number(number) => Some(*number),
            Value::Numbers(_) | Value::Text(_) => None,
        }
    }

    /// A number for each of `layers` layers, whether the header has one for each or one for all.
    pub(super) fn number_each(&self, key: &str, layers: u64) -> Option<Vec<u64>> {
        match self.values.get(key)? {
            Value::Number(number) => Some(vec![*number; usize::try_from(layers.min(MOST_NUMBERS)).ok()?]),
            Value::Numbers(numbers) => Some(numbers.clone()),
            Value::Text(_) => None,
        }
    }

    /// A text.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        match self.values.get(key)? {
            Value::Text(text) => Some(text),
            Value::Number(_) | Value::Numbers(_) => None,
        }
    }

    /// A number whose key begins with the architecture's name.
    pub(super) fn of_architecture(&self, key: &str) -> Option<u64> {
        self.number(&self.architecture_key(key)?)
    }

    /// The architecture's name, and what follows it.
    pub(super) fn architecture_key(&self, key: &str) -> Option<String> {
        Some(format!("{}.{key}", self.text("general.architecture")?))
    }
}

/// Sizes of tensors, from where each begins: types of weights come and go, and offsets stay.
fn placed(mut tensors: Vec<(Tensor, u64)>, start: u64, size: u64) -> Result<Vec<Tensor>, HeaderError> {
    tensors.sort_by_key(|(_, offset)| *offset);
    let mut end = size.saturating_sub(start);
    for (tensor, offset) in tensors.iter_mut().rev() {
        if *offset >= end {
            return Err(HeaderError::NotWhole { wanted: start.saturating_add(*offset).saturating_add(1), there: size });
        }
        tensor.bytes = end - *offset;
        end = *offset;
    }
    Ok(tensors.into_iter().map(|(tensor, _)| tensor).collect())
}

/// A file, and how much of it was read.
struct Source<R> {
    file: R,
    /// Bytes that may be read.
    size: u64,
    at: u64,
}

impl<R: Read> Source<R> {
    /// The next bytes, for which there is memory only if the file has them.
    fn bytes(&mut self, count: u64) -> Result<Vec<u8>, HeaderError> {
        self.check(count)?;
        let mut bytes = Vec::new();
        self.file.by_ref().take(count).read_to_end(&mut bytes).map_err(HeaderError::Read)?;
        self.moved(bytes.len() as u64, count)?;
        Ok(bytes)
    }

    fn skip(&mut self, count: u64) -> Result<(), HeaderError> {
        self.check(count)?;
        let skipped = io::copy(&mut self.file.by_ref().take(count), &mut io::sink()).map_err(HeaderError::Read)?;
        self.moved(skipped, count)
    }

    fn check(&self, count: u64) -> Result<(), HeaderError> {
        match count > self.size - self.at {
            true => Err(HeaderError::Read(io::ErrorKind::UnexpectedEof.into())),
            false => Ok(()),
        }
    }

    fn moved(&mut self, read: u64, wanted: u64) -> Result<(), HeaderError> {
        self.at += read;
        if read < wanted {
            // The file became shorter while it was read.
            return Err(HeaderError::Read(io::ErrorKind::UnexpectedEof.into()));
        }
        Ok(())
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], HeaderError> {
        let bytes = self.bytes(N as u64)?;
        Ok(*bytes.first_chunk().expect("as many bytes as were asked for"))
    }

    fn u32(&mut self) -> Result<u32, HeaderError> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    fn u64(&mut self) -> Result<u64, HeaderError> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    fn count(&mut self, what: &'static str) -> Result<u64, HeaderError> {
        let value = self.u64()?;
        if value > MOST_ENTRIES { Err(HeaderError::Impossible { what, value }) } else { Ok(value) }
    }

    fn text(&mut self) -> Result<String, HeaderError> {
        let length = self.u64()?;
        if length > MOST_TEXT_BYTES {
            return Err(HeaderError::Impossible { what: "a text's length", value: length });
        }
        String::from_utf8(self.bytes(length)?).map_err(|_| HeaderError::Text)
    }

    /// A value of one of the format's types; none where it is nothing that is asked for here.
    fn value(&mut self, kind: u32) -> Result<Option<Value>, HeaderError> {
        match kind {
            TEXT => self.text().map(|text| Some(Value::Text(text))),
            LIST => self.list(),
            _ => Ok(self.scalar(kind)?.map(Value::Number)),
        }
    }

    fn scalar(&mut self, kind: u32) -> Result<Option<u64>, HeaderError> {
        Ok(match kind {
            U8 | BOOL => Some(self.array::<1>()?[0].into()),
            U16 => Some(u16::from_le_bytes(self.array()?).into()),
            U32 => Some(self.u32()?.into()),
            U64 => Some(self.u64()?),
            I8 => u64::try_from(i8::from_le_bytes(self.array()?)).ok(),
            I16 => u64::try_from(i16::from_le_bytes(self.array()?)).ok(),
            I32 => u64::try_from(i32::from_le_bytes(self.array()?)).ok(),
            I64 => u64::try_from(i64::from_le_bytes(self.array()?)).ok(),
            F32 | F64 => {
                self.skip(width(kind).unwrap_or_default())?;
                None
            }
            value => return Err(HeaderError::Impossible { what: "a type", value: value.into() }),
        })
    }

    fn list(&mut self) -> Result<Option<Value>, HeaderError> {
        let kind = self.u32()?;
        let count = self.u64()?;
        if count > MOST_LIST {
            return Err(HeaderError::Impossible { what: "a list's length", value: count });
        }
        match width(kind) {
            Some(_) if count <= MOST_NUMBERS => {
                let numbers: Vec<Option<u64>> = (0..count).map(|_| self.scalar(kind)).collect::<Result<_, _>>()?;
                Ok(numbers.into_iter().collect::<Option<Vec<u64>>>().map(Value::Numbers))
            }
            Some(width) => self.skip(count * width).map(|()| None),
            None if kind == TEXT => {
                for _ in 0..count {
                    let length = self.u64()?;
                    self.skip(length)?;
                }
                Ok(None)
            }
            None => Err(HeaderError::Impossible { what: "a list's type", value: kind.into() }),
        }
    }

    /// A tensor, and its offset from where tensors begin.
    fn tensor(&mut self) -> Result<(Tensor, u64), HeaderError> {
        let name = self.text()?;
        let dimensions = self.u32()?;
        if dimensions > MOST_DIMENSIONS {
            return Err(HeaderError::Impossible { what: "a number of dimensions", value: dimensions.into() });
        }
        let mut elements = 1_u64;
        for _ in 0..dimensions {
            let value = self.u64()?;
            let product = elements.checked_mul(value).filter(|product| i64::try_from(*product).is_ok());
            elements = product.ok_or(HeaderError::Impossible { what: "a dimension", value })?;
        }
        // The type of its weights, which its size says all of that is asked for here.
        self.u32()?;
        let offset = self.u64()?;
        Ok((Tensor { name, elements, bytes: 0 }, offset))
    }
}

// `gguf_metadata_value_type`.
const U8: u32 = 0;
const I8: u32 = 1;
const U16: u32 = 2;
const I16: u32 = 3;
const U32: u32 = 4;
const I32: u32 = 5;
const F32: u32 = 6;
const BOOL: u32 = 7;
const TEXT: u32 = 8;
const LIST: u32 = 9;
const U64: u32 = 10;
const I64: u32 = 11;
const F64: u32 = 12;

/// Bytes of a value of a type, where they are always as many.
fn width(kind: u32) -> Option<u64> {
    match kind {
        U8 | I8 | BOOL => Some(1),
        U16 | I16 => Some(2),
        U32 | I32 | F32 => Some(4),
        U64 | I64 | F64 => Some(8),
        _ => None,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The bytes of a header.
    #[derive(Default)]
    pub(crate) struct Written {
        values: Vec<Vec<u8>>,
        tensors: Vec<Vec<u8>>,
        weights: u64,
    }

    fn text(text: &str) -> Vec<u8> {
        [(text.len() as u64).to_le_bytes().as_slice(), text.as_bytes()].concat()
    }

    impl Written {
        pub(crate) fn value(mut self, key: &str, kind: u32, bytes: &[u8]) -> Written {
            self.values.push([text(key), kind.to_le_bytes().to_vec(), bytes.to_vec()].concat());
            self
        }

        pub(crate) fn number(self, key: &str, number: u32) -> Written {
            self.value(key, U32, &number.to_le_bytes())
        }

        pub(crate) fn text(self, key: &str, value: &str) -> Written {
            self.value(key, TEXT, &text(value))
        }

        pub(crate) fn tensor(mut self, name: &str, dimensions: &[u64], bytes: u64) -> Written {
            let numbers = dimensions.iter().flat_map(|dimension| dimension.to_le_bytes()).collect();
            let count = u32::try_from(dimensions.len()).unwrap().to_le_bytes().to_vec();
            let place = [0_u32.to_le_bytes().as_slice(), &self.weights.to_le_bytes()].concat();
            self.tensors.push([text(name), count, numbers, place].concat());
            self.weights += bytes;
            self
        }

        pub(crate) fn bytes(&self) -> Vec<u8> {
            let counts = [self.tensors.len() as u64, self.values.len() as u64];
            let counts: Vec<u8> = counts.iter().flat_map(|count| count.to_le_bytes()).collect();
            let head = [b"GGUF".to_vec(), 3_u32.to_le_bytes().to_vec(), counts].concat();
            let mut bytes = [head, self.values.concat(), self.tensors.concat()].concat();
            bytes.resize(bytes.len().next_multiple_of(32) + usize::try_from(self.weights).unwrap(), 0);
            bytes
        }

        pub(crate) fn header(&self) -> Header {
            read(&self.bytes()).unwrap()
        }
    }

    fn read(bytes: &[u8]) -> Result<Header, HeaderError> {
        Header::read(bytes, bytes.len() as u64)
    }

    fn written() -> Written {
        let list = [TEXT.to_le_bytes().to_vec(), 2_u64.to_le_bytes().to_vec(), text("a"), text("ü")].concat();
        let heads = [I32.to_le_bytes().as_slice(), &2_u64.to_le_bytes(), &[8, 0, 0, 0, 0, 0, 0, 0]].concat();
        Written::default()
            .text("general.architecture", "llama")
            .number("llama.block_count", 2)
            .value("tokenizer.ggml.tokens", LIST, &list)
            .value("llama.attention.head_count_kv", LIST, &heads)
            .value("llama.rope.freq_base", F32, &10_000_f32.to_le_bytes())
            .value("negative", I32, &(-1_i32).to_le_bytes())
            .tensor("token_embd.weight", &[64, 100], 25_600)
            .tensor("blk.0.attn_q.weight", &[64, 64], 16_384)
    }

    #[test]
    fn values_and_tensors_are_read() {
        let header = written().header();
        assert_eq!(header.text("general.architecture"), Some("llama"));
        assert_eq!(header.of_architecture("block_count"), Some(2));
        assert_eq!(header.number_each("llama.attention.head_count_kv", 2), Some(vec![8, 0]));
        assert_eq!(header.number_each("llama.block_count", 3), Some(vec![2, 2, 2]));
        assert_eq!((header.number("negative"), header.text("tokenizer.ggml.tokens")), (None, None));
        let expected = [("token_embd.weight", 6400, 25_600), ("blk.0.attn_q.weight", 4096, 16_384)];
        let tensors = header.tensors.iter().map(|tensor| (tensor.name.as_str(), tensor.elements, tensor.bytes));
        assert_eq!(tensors.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_file_that_ends_anywhere_is_no_model() {
        let whole = written().bytes();
        let last_tensor = 16_384;
        for end in 0..=whole.len() - last_tensor {
            assert!(read(&whole[..end]).is_err(), "{end} of {}", whole.len());
        }
    }

    #[test]
    fn a_file_that_shrinks_while_it_is_read_is_no_model() {
        let whole = written().bytes();
        assert!(matches!(Header::read(&whole[..100], whole.len() as u64), Err(HeaderError::Read(_))));
    }

    #[test]
    fn any_changed_byte_is_read_or_refused() {
        let whole = written().bytes();
        let header = whole.len() - 25_600 - 16_384;
        for at in 0..header {
            for value in [0, 1, 0x7f, 0x80, 0xff] {
                let mut changed = whole.clone();
                changed[at] = value;
                let _ = read(&changed);
            }
        }
    }

    fn check(written: Vec<u8>, expected: &str) {
        assert_eq!(read(&written).unwrap_err().to_string(), expected);
    }

    #[test]
    fn what_can_not_be_is_named() {
        let magic = b"GGML".to_vec();
        check(magic, "it does not begin with `GGUF`");
        let one = Written::default().bytes();
        check(
            [&one[..4], &1_u32.to_le_bytes(), &one[8..]].concat(),
            "it is of version 1 of the format, and 2 and 3 are known",
        );
        let many = [&one[..8], &u64::MAX.to_le_bytes(), &one[16..]].concat();
        check(many, "its header says what can't be: a number of tensors of 18446744073709551615");
        let long = Written::default().value("key", TEXT, &u64::MAX.to_le_bytes());
        check(long.bytes(), "its header says what can't be: a text's length of 18446744073709551615");
        let list = [F64.to_le_bytes().as_slice(), &u64::MAX.to_le_bytes()].concat();
        check(
            Written::default().value("key", LIST, &list).bytes(),
            "its header says what can't be: a list's length of 18446744073709551615",
        );
        let long_texts = [TEXT.to_le_bytes().as_slice(), &MOST_LIST.to_le_bytes()].concat();
        check(
            Written::default().value("key", LIST, &long_texts).bytes(),
            "it ends within its header, or can't be read",
        );
        let nested = [LIST.to_le_bytes().as_slice(), &1_u64.to_le_bytes()].concat();
        check(
            Written::default().value("key", LIST, &nested).bytes(),
            "its header says what can't be: a list's type of 9",
        );
        check(Written::default().value("key", 13, &[]).bytes(), "its header says what can't be: a type of 13");
        let huge = Written::default().tensor("a", &[1 << 40, 1 << 40], 4);
        check(huge.bytes(), "its header says what can't be: a dimension of 1099511627776");
        check(
            Written::default().number("general.alignment", 3).bytes(),
            "its header says what can't be: an alignment of 3",
        );
        let whole = Written::default().tensor("a", &[1], 64).tensor("b", &[1], 64).bytes();
        check(whole[..whole.len() - 64].to_vec(), "its tensors want 161 bytes, and it has 160: it is not whole");
    }
}
