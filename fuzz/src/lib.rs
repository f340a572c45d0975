//! Fuzz targets. `cargo test --manifest-path fuzz/Cargo.toml` runs each for a second on stable;
//! `BOLERO_RANDOM_TEST_TIME_MS=600000` in front of it makes that ten minutes, and `cargo bolero test` uses libFuzzer.
//!
//! The code under fuzzing is the runtime's own file, so that nothing else has to be built.

#![cfg(test)]

#[expect(dead_code, reason = "the target needs the check alone")]
#[path = "../../runtime/src/wire.rs"]
mod wire;

/// Writes a message that must pass, every choice taken from the fuzzer's bytes.
struct Writer<'a> {
    choices: std::slice::Iter<'a, u8>,
    out: Vec<u8>,
    /// Whether each object that can be referred to is hashable.
    known: Vec<bool>,
}

impl Writer<'_> {
    fn choice(&mut self) -> u8 {
        self.choices.next().copied().unwrap_or(0)
    }

    fn value(&mut self, depth: usize, hashable: bool) {
        const MUTABLE: [u8; 3] = *b"[{<";
        let choice = self.choice();
        let kinds: &[u8] = match (depth > 6, hashable) {
            (true, _) => b"NTFigyzr",
            (false, true) => b"NTF.igylzuar)(>",
            (false, false) => b"NTF.igylzuar)(>[{<",
        };
        let kind = kinds[usize::from(choice) % kinds.len()];
        let referable = choice & 0x40 != 0 && !b"NTF.r".contains(&kind);
        if kind == b'r' {
            let fits = |known: &bool| *known || !hashable;
            let Some(position) = self.known.iter().rposition(fits).filter(|_| choice & 0x20 != 0) else {
                return self.out.push(b'N');
            };
            self.out.push(b'r');
            return self.out.extend_from_slice(&(position as u32).to_le_bytes());
        }
        self.out.push(kind | if referable { 0x80 } else { 0 });
        if referable {
            // Only what is complete is referred to here: tuples in the making are refused.
            self.known.push(false);
        }
        let position = self.known.len().wrapping_sub(1);
        let count = self.choice() % 4;
        match kind {
            b'i' => self.out.extend_from_slice(&[count; 4]),
            b'g' => self.out.extend_from_slice(&[count; 8]),
            b'y' => self.out.extend_from_slice(&[count; 16]),
            b'l' => self.out.extend_from_slice(&[2, 0, 0, 0, count, 0x7f, 1, 0]),
            b'z' => self.out.extend_from_slice(&[1, b'a' + count]),
            b'u' => self.out.extend_from_slice(&[3, 0, 0, 0, 0xed, 0xa0, 0x80 + count]),
            b'a' => self.out.extend_from_slice(&[2, 0, 0, 0, b'x', b'0' + count]),
            b')' => {
                self.out.push(count);
                (0..count).for_each(|_| self.value(depth + 1, true));
            }
            b'{' => {
                for _ in 0..count {
                    self.value(depth + 1, true);
                    self.value(depth + 1, false);
                }
                self.out.push(b'0');
            }
            b'(' | b'[' | b'<' | b'>' => {
                self.out.extend_from_slice(&u32::from(count).to_le_bytes());
                (0..count).for_each(|_| self.value(depth + 1, hashable || kind != b'['));
            }
            _ => {}
        }
        if referable {
            self.known[position] = !MUTABLE.contains(&kind);
        }
    }
}

#[test]
fn any_bytes_are_read_without_a_panic() {
    bolero::check!().for_each(|bytes: &[u8]| {
        let verdict = wire::check(bytes);
        assert_eq!(verdict, wire::check(bytes), "the same bytes, the same verdict");
        if let (Ok(kind), [.., last, wire::VERSION]) = (verdict, bytes) {
            assert_eq!(kind, *last);
        }
    });
}

#[test]
fn what_guests_write_passes_and_what_is_changed_in_it_never_panics() {
    bolero::check!().for_each(|bytes: &[u8]| {
        let mut writer = Writer { choices: bytes.iter(), out: Vec::new(), known: Vec::new() };
        writer.value(0, false);
        let (choices, mut message) = (writer.choices.as_slice().to_vec(), writer.out);
        message.extend_from_slice(b"p\x01");
        assert_eq!(wire::check(&message), Ok(b'p'), "{message:?}");
        for pair in choices.chunks_exact(2) {
            let position = usize::from(pair[0]) % message.len();
            message[position] ^= pair[1];
            let _verdict = wire::check(&message);
        }
        message.truncate(bytes.len() % (message.len() + 1));
        let _verdict = wire::check(&message);
    });
}
