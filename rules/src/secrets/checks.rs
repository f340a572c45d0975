//! Checksums and encodings that tell a key from a text of the same shape.

const BASE_62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// How many digits of base 62 a 32 bit checksum takes.
pub(super) const CHECKSUM_DIGITS: usize = 6;

/// CRC-32 as zip has it.
pub(super) fn crc_32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

/// The checksum that GitHub and npm write behind a token's random part.
pub(super) fn checksum_62(random: &[u8]) -> [u8; CHECKSUM_DIGITS] {
    let mut rest = crc_32(random);
    let mut digits = [b'0'; CHECKSUM_DIGITS];
    for digit in digits.iter_mut().rev() {
        *digit = BASE_62[(rest % 62) as usize];
        rest /= 62;
    }
    digits
}

/// Decodes the beginning of base 64, either alphabet, into `into`; stops at what is none. Says how many bytes there are.
pub(super) fn decode_64(text: &[u8], into: &mut [u8]) -> usize {
    let mut bits = 0_u32;
    let mut held = 0;
    let mut length = 0;
    for byte in text {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => break,
        };
        bits = (bits << 6) | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            let Some(slot) = into.get_mut(length) else { break };
            // The eight bits on top of those that are held.
            *slot = (bits >> held & 0xFF) as u8;
            length += 1;
        }
    }
    length
}

/// Whether base 64 decodes to the header of a JWT.
pub(super) fn is_jwt_header(text: &[u8]) -> bool {
    let mut decoded = [0; 96];
    let length = decode_64(text, &mut decoded);
    let decoded = &decoded[..length];
    decoded.starts_with(b"{") && (contains(decoded, b"\"alg\"") || contains(decoded, b"\"enc\""))
}

/// Whether base 64 decodes to text, or to a kind of file that is no secret.
pub(super) fn is_encoded_content(text: &[u8]) -> bool {
    const BEGINNINGS: [&[u8]; 12] = [
        b"\x89PNG",
        b"\xFF\xD8\xFF",
        b"GIF8",
        b"PK\x03\x04",
        b"%PDF",
        b"\x1F\x8B",
        b"RIFF",
        b"wOF",
        b"BM",
        b"<svg",
        b"\0asm",
        b"II*\0",
    ];
    let mut decoded = [0; 48];
    let length = decode_64(text, &mut decoded);
    let decoded = &decoded[..length];
    let printable = decoded.iter().filter(|byte| matches!(byte, b' '..=b'~' | b'\n' | b'\t' | b'\r')).count();
    // A random byte is printable with a chance of 38 in 100: nearly all of twelve are so once in a hundred thousand times.
    (length >= 12 && printable * 20 >= length * 19) || BEGINNINGS.iter().any(|beginning| decoded.starts_with(beginning))
}

pub(super) fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// Whether a text has a part, whatever the case. The part is in lower case.
pub(super) fn contains_ignoring_case(text: &str, part: &str) -> bool {
    text.as_bytes().windows(part.len()).any(|window| window.eq_ignore_ascii_case(part.as_bytes()))
}

/// Bits of a character, as the characters of the text are spread.
pub(super) fn entropy(text: &[u8]) -> f32 {
    let mut counts = [0_u16; 256];
    let text = &text[..text.len().min(usize::from(u16::MAX))];
    for byte in text {
        counts[usize::from(*byte)] += 1;
    }
    let length = text.len() as f32;
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| {
            let share = f32::from(*count) / length;
            -share * share.log2()
        })
        .sum()
}

/// Whether a key is one of a manual: `AKIA...EXAMPLE`, `xxxxxxxx`, `1234567890`.
pub(super) fn is_made_up(body: &str) -> bool {
    const WORDS: [&str; 8] = ["example", "your", "placeholder", "insert", "xxxx", "redacted", "changeme", "dummy"];
    // As many characters in a row that rise or stay by chance: less than once in a million keys.
    const LONGEST_ROW: usize = 7;
    let bytes = body.as_bytes();
    let mut rising = 1;
    let mut same = 1;
    for pair in bytes.windows(2) {
        rising =
            if pair[1] == pair[0].wrapping_add(1) || (pair[0] == b'9' && pair[1] == b'0') { rising + 1 } else { 1 };
        same = if pair[1] == pair[0] { same + 1 } else { 1 };
        if rising >= LONGEST_ROW || same >= LONGEST_ROW {
            return true;
        }
    }
    WORDS.iter().any(|word| contains_ignoring_case(body, word))
}

#[cfg(test)]
mod tests {
    use super::{checksum_62, decode_64, entropy, is_encoded_content, is_jwt_header, is_made_up};

    #[test]
    fn checksum_is_that_of_the_published_token() {
        assert_eq!(&checksum_62(b"zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ"), b"0mLq17");
    }

    #[test]
    fn base_64_is_decoded() {
        let mut decoded = [0; 8];
        assert_eq!(decode_64(b"aGVsbG8=", &mut decoded), 5);
        assert_eq!(&decoded[..5], b"hello");
        assert!(is_jwt_header(b"eyJhbGciOiJIUzI1NiJ9"));
        assert!(!is_jwt_header(b"eyJmb28iOiJiYXIifQ"));
        assert!(is_encoded_content(b"iVBORw0KGgoAAAANSUhEUgAAAAUA"));
        assert!(is_encoded_content(b"VGhlIHF1aWNrIGJyb3duIGZveA=="));
        assert!(!is_encoded_content(b"q83vEjRWeJCrze8SNFZ4kKvN7xI="));
    }

    #[test]
    fn entropy_counts_bits() {
        assert!((entropy(b"aabb") - 1.0).abs() < 0.01);
        assert!((entropy(b"0123456789abcdef") - 4.0).abs() < 0.01);
    }

    #[test]
    fn keys_of_manuals_are_told() {
        for body in ["IOSFODNN7EXAMPLE", "xxxxxxxxxxxxxxxx", "1234567890abcdef", "YOUR_KEY_HERE", "aaaaaaaaaaaa"] {
            assert!(is_made_up(body), "{body}");
        }
        for body in ["q83vEjRWeJCrze8S", "9f8b7c6d5e4f3a2b", "00000a1b2c"] {
            assert!(!is_made_up(body), "{body}");
        }
    }
}
