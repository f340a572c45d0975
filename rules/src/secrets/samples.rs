//! A key of each provider that looks real, made when it is asked for: none stands in this repository.

use crate::secrets::checks::checksum_62;
use crate::secrets::provider_key::anchors;
use crate::secrets::provider_table::PROVIDERS;
use crate::secrets::providers::{Alphabet, Anchor, Check, Part, Provider};

/// A key of a provider, the same at every call; none for a provider that is not known. A provider that is told by a word before
/// its keys gets that word as a variable's name: `heroku = "..."`.
pub(crate) fn sample(key: &str) -> Option<String> {
    match key {
        "private-key" => return Some(private_key("\n")),
        "private-key-line" => return Some(private_key("\\n")),
        _ => {}
    }
    PROVIDERS.iter().find(|provider| provider.key == key).map(of)
}

pub(super) fn of(provider: &Provider) -> String {
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    if provider.check == Check::Jwt {
        return jwt(&mut random);
    }
    let mut body: String = provider.parts.iter().map(|part| random.part(*part)).collect();
    if provider.check == Check::Checksum {
        let random = body.len() - 6;
        let sum = checksum_62(&body.as_bytes()[..random]);
        body.truncate(random);
        body.extend(sum.map(char::from));
    }
    let anchor = anchors(provider).next().expect("every provider has an anchor");
    match provider.anchor {
        Anchor::Prefix(_) => format!("{anchor}{body}"),
        Anchor::Infix { before, .. } => format!("{}{anchor}{body}", random.part(before)),
        Anchor::Keyword(_) => format!("{anchor} = \"{body}\""),
    }
}

/// Replaces `{{SECRET:github}}` in the code of a rule's example.
pub(crate) fn expand(code: &str) -> String {
    let mut expanded = String::new();
    let mut rest = code;
    while let Some((before, behind)) = rest.split_once("{{SECRET:") {
        expanded.push_str(before);
        let (key, after) = behind.split_once("}}").expect("a placeholder ends with }}");
        expanded.push_str(&sample(key).unwrap_or_else(|| panic!("no provider `{key}`")));
        rest = after;
    }
    expanded.push_str(rest);
    expanded
}

fn private_key(line: &str) -> String {
    let mut random = Random(0x2545_F491_4F6C_DD1D);
    let body: Vec<String> =
        (0..6).map(|_| random.part(Part::Run { of: Alphabet::Alnum, least: 64, most: 64 })).collect();
    let label = ["RSA PRIVATE", " KEY-----"].concat();
    format!("-----BEGIN {label}{line}{}{line}-----END {label}", body.join(line))
}

fn jwt(random: &mut Random) -> String {
    // {"alg":"HS256","typ":"JWT"} and {"sub":"1
    let signature = random.part(Part::Run { of: Alphabet::Alnum, least: 43, most: 43 });
    ["eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9", ".eyJzdWIiOiI", "xIiwicm9sZSI6ImEifQ.", &signature].concat()
}

/// Knuth's generator of 64 bits.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }

    fn part(&mut self, part: Part) -> String {
        match part {
            Part::Text(text) => text.to_owned(),
            Part::Run { of, least, .. } => {
                // Letters and digits alone: a mark at the end would read as the end of the key.
                let all: Vec<u8> = (b'0'..=b'z').filter(|byte| byte.is_ascii_alphanumeric() && of.has(*byte)).collect();
                (0..least).map(|_| char::from(all[self.below(all.len())])).collect()
            }
        }
    }
}
