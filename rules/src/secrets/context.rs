//! The name that a literal is given to, compared with or passed under. Goes by the text before and behind the literal, which reads
//! the same in nearly every language, also where a tree is damaged.

mod positions;
#[cfg(test)]
mod tests;

use crate::secrets::literals::Literal;
use crate::secrets::{names, values};

/// How far from a literal its name may be.
const FARTHEST: usize = 240;

/// What a literal's place is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place<'t> {
    pub(super) name: &'t str,
    pub(super) manner: Manner,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// Assigned, a default, a constant, a keyword argument.
    Given,
    /// An entry of a map or an object.
    Entry,
    Compared,
    /// Handed to a setter, or behind its name in a call's arguments.
    Passed,
    Returned,
}

/// The place of a literal.
pub(super) fn place<'t>(text: &'t str, literal: &Literal<'_>) -> Option<Place<'t>> {
    let (start, end) = (literal.whole.start as usize, literal.whole.end as usize);
    let back = Back { text, bytes: text.as_bytes(), floor: start.saturating_sub(FARTHEST), end };
    let is_letters = text.get(end..).is_some_and(|rest| rest.starts_with(".toCharArray()"));
    let near = back.before(start).or_else(|| behind(text, end));
    // What the call's result is given to may say nothing: `cipher = AES.new("x")`.
    match near.is_some_and(|near| names::promise(near.name).is_some()) {
        true => near,
        false => back.argument(start, is_letters).or(near),
    }
}

/// The part of a line that stands before a place, read from its end.
struct Back<'t> {
    text: &'t str,
    bytes: &'t [u8],
    floor: usize,
    /// Where the literal ends.
    end: usize,
}

impl<'t> Back<'t> {
    fn before(&self, start: usize) -> Option<Place<'t>> {
        // Wrappers nest a few deep: `String::from(`, `Some(SecretString::new(`.
        const MOST_WRAPPERS: usize = 4;
        let mut at = self.blanks(start);
        for _ in 0..MOST_WRAPPERS {
            let last = self.byte(at)?;
            let second = self.byte(at - 1).unwrap_or(b' ');
            return match (second, last) {
                (b'=' | b'!', b'=') => self.place(self.operator(at), Manner::Compared),
                (b'<' | b'>' | b'+' | b'-' | b'*' | b'/' | b'.', b'=') => None,
                (b':' | b'?' | b'|', b'=') => self.assigned(self.operator(at)),
                (b'=', b'>') => self.place(at - 2, Manner::Entry),
                (_, b'=') => self.assigned(at - 1),
                (b'|', b'|') | (b'?', b'?' | b':') => self.fallback(at - 2),
                (b':', b':') => None,
                (_, b':') => self.place(at - 1, Manner::Entry),
                (_, b',') => self.behind_comma(at - 1),
                (_, b'(') => {
                    let callee = self.word(self.blanks(at - 1));
                    match callee.and_then(|(from, to)| self.called(from, to)) {
                        Some(place) => Some(place),
                        None => {
                            at = self.unwrapped(at - 1)?;
                            continue;
                        }
                    }
                }
                _ => {
                    let (from, to) = self.word(at)?;
                    match &self.text[from..to] {
                        "or" => self.fallback(from),
                        "return" => self.returned(from),
                        // `#define PASSWORD "x"`.
                        name => {
                            let defined =
                                self.word(self.blanks(from)).is_some_and(|(from, to)| &self.text[from..to] == "define");
                            defined.then_some(Place { name, manner: Manner::Given })
                        }
                    }
                }
            };
        }
        None
    }

    fn byte(&self, end: usize) -> Option<u8> {
        (end > self.floor).then(|| self.bytes[end - 1])
    }

    fn blanks(&self, mut at: usize) -> usize {
        while self.byte(at).is_some_and(|byte| byte.is_ascii_whitespace() || byte == b'\\') {
            at -= 1;
        }
        at
    }

    fn operator(&self, mut at: usize) -> usize {
        while self.byte(at).is_some_and(|byte| matches!(byte, b'=' | b'!' | b':' | b'?' | b'|')) {
            at -= 1;
        }
        at
    }

    /// The word that ends at `end`.
    fn word(&self, end: usize) -> Option<(usize, usize)> {
        let mut at = end;
        while self
            .byte(at)
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'@') || byte >= 0x80)
        {
            at -= 1;
        }
        (at < end && self.text.is_char_boundary(at)).then_some((at, end))
    }

    /// The content of the quotes that end at `end`, and where they begin.
    fn quoted(&self, end: usize) -> Option<(usize, &'t str)> {
        let quote = self.byte(end).filter(|byte| matches!(byte, b'"' | b'\'' | b'`'))?;
        let mut at = end - 1;
        while self.byte(at)? != quote {
            if self.byte(at)? == b'\n' {
                return None;
            }
            at -= 1;
        }
        Some((at - 1, self.text.get(at..end - 1)?))
    }

    /// The name of the expression that ends at `end`: its last word, or what it is indexed or called with.
    fn name(&self, end: usize) -> Option<&'t str> {
        let end = self.blanks(end);
        match self.byte(end)? {
            b'"' | b'\'' | b'`' => self.quoted(end).map(|(_, content)| content),
            b'?' | b'!' => self.name(end - 1),
            b')' | b']' => {
                let open = self.opening(end)?;
                let inside = self.blanks(end - 1);
                let named = match self.quoted(inside) {
                    Some((_, content)) => Some(content),
                    None => self.first_quoted(open, inside),
                };
                if let Some(content) = named.filter(|content| names::promise(content).is_some()) {
                    return Some(content);
                }
                // `char password[] =`, `getPassword() ==`.
                self.name(open)
            }
            _ => {
                let (from, to) = self.word(end)?;
                Some(self.text[from..to].trim_start_matches(['$', '@']))
            }
        }
    }

    fn first_quoted(&self, from: usize, to: usize) -> Option<&'t str> {
        let inside = self.text.get(from..to)?;
        let open = inside.find(['"', '\''])?;
        let quote = inside.as_bytes()[open];
        let length = inside.as_bytes()[open + 1..].iter().position(|byte| *byte == quote)?;
        inside.get(open + 1..open + 1 + length)
    }

    /// Where the bracket opens that closes at `end`.
    fn opening(&self, end: usize) -> Option<usize> {
        let mut at = end;
        let mut depth = 0;
        loop {
            match self.byte(at)? {
                b')' | b']' => depth += 1,
                b'(' | b'[' => depth -= 1,
                b';' | b'{' => return None,
                _ => {}
            }
            at -= 1;
            if depth == 0 {
                return Some(at);
            }
        }
    }

    fn place(&self, end: usize, manner: Manner) -> Option<Place<'t>> {
        Some(Place { name: self.name(end)?, manner })
    }

    /// What stands left of the `=` at `end`.
    fn assigned(&self, end: usize) -> Option<Place<'t>> {
        let direct = self.name(end)?;
        let given = |name| Place { name, manner: Manner::Given };
        if self.takes_apart(end) {
            return None;
        }
        if names::promise(direct).is_some() {
            return Some(given(direct));
        }
        if matches!(direct, "default" | "default_value" | "defaultValue" | "fallback") {
            return self.default_of(end).map(given);
        }
        // `password: Optional[str] =`, `var password string =`.
        let line = self.text.get(self.floor..end).unwrap_or_default();
        let line = &line[line.rfind(['\n', ',', ';', '{']).map_or(0, |at| at + 1)..];
        let typed = line.bytes().enumerate().rev().find_map(|(at, byte)| {
            let is_path = line.as_bytes().get(at + 1) == Some(&b':') || (at > 0 && line.as_bytes()[at - 1] == b':');
            (byte == b':' && !is_path).then_some(at)
        });
        let before = match typed {
            Some(colon) if is_condition(&line[..colon]) => None,
            Some(colon) => self.name(end - line.len() + colon),
            None => {
                let (from, _) = self.word(self.blanks(end))?;
                self.before_type(from).filter(|_| self.byte(end).is_some_and(|byte| byte.is_ascii_whitespace()))
            }
        };
        let named = before.filter(|name| names::promise(name).is_some());
        Some(given(named.unwrap_or(direct)))
    }

    /// The plain name on the same line before a type that begins at `from`: `var password string =`. What a call or an index says
    /// there is another statement's: `if (has("password")) port =`.
    fn before_type(&self, from: usize) -> Option<&'t str> {
        let before = self.blanks(from);
        let is_near = before < from && !self.text[before..from].contains('\n');
        let (start, end) = self.word(before).filter(|_| is_near)?;
        Some(self.text[start..end].trim_start_matches(['$', '@']))
    }

    /// Whether several names are assigned to at once: `user, password = `.
    fn takes_apart(&self, end: usize) -> bool {
        let before = self.text.get(self.floor..end).unwrap_or_default();
        let line = before[before.rfind('\n').map_or(0, |at| at + 1)..].trim_start();
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'.' | b' ' | b',');
        let goes_on = self.bytes[self.end..].iter().find(|byte| **byte != b' ') == Some(&b',');
        goes_on && line.contains(',') && line.ends_with(' ') && line.bytes().all(is_name)
    }

    /// What a `default=` is the default of: the option that the call names first, or what the call's result is given to.
    fn default_of(&self, end: usize) -> Option<&'t str> {
        let mut at = end;
        let mut depth = 0;
        loop {
            match self.byte(at)? {
                b')' => depth += 1,
                b'(' if depth == 0 => break,
                b'(' => depth -= 1,
                b';' => return None,
                _ => {}
            }
            at -= 1;
        }
        if let Some(name) = self.first_quoted(at, end).filter(|name| names::promise(name).is_some()) {
            return Some(name);
        }
        let before = self.blanks(self.chain(at - 1));
        (self.byte(before) == Some(b'=')).then(|| self.assigned(before - 1)).flatten().map(|place| place.name)
    }

    /// What the name left of `||` says; if nothing, what the line assigns to.
    fn fallback(&self, end: usize) -> Option<Place<'t>> {
        let direct = self.name(end).filter(|name| names::promise(name).is_some());
        if let Some(name) = direct {
            return Some(Place { name, manner: Manner::Given });
        }
        let from = self.piece(end);
        let piece = self.text.get(from..end)?;
        let equals = piece.find(" = ").or_else(|| piece.find(": "))?;
        self.assigned(from + equals + usize::from(piece.as_bytes()[equals] == b' '))
    }

    /// Where the statement, argument or entry begins on the line that ends at `end`. Goes out of brackets that are open: what is in
    /// them is given to what they are given to.
    fn piece(&self, end: usize) -> usize {
        let mut at = end;
        let mut depth = 0_usize;
        while let Some(byte) = self.byte(at) {
            if let Some((open, _)) = self.quoted(at) {
                at = open;
                continue;
            }
            match byte {
                b'\n' | b';' => break,
                b',' | b'{' if depth == 0 => break,
                b')' | b']' | b'}' => depth += 1,
                b'(' | b'[' | b'{' => depth = depth.saturating_sub(1),
                _ => {}
            }
            at -= 1;
        }
        at
    }

    /// A call's second argument, behind its name: `getenv("PASSWORD", "x")`, or behind what it is compared with.
    fn behind_comma(&self, comma: usize) -> Option<Place<'t>> {
        const GIVERS: &str = "getenv get env fetch getOrDefault getProperty setProperty put set setItem addDataSourceProperty header setHeader \
            addHeader append add define setenv putenv option config insert Header param set_header \
            addParameter queryParam setRequestProperty Add Set SetHeader AddHeader Setenv getEnv \
            setParameter with arg store put_string get_env setValue GetEnv setdefault Replace_ \
            addRequestHeader SetDefault environ constant Getenv";
        const COMPARERS: &str = "strcmp strncmp strcasecmp compare_digest hash_equals equals Equals memcmp compare \
            timingSafeEqual constantTimeEqual secure_compare equalsIgnoreCase isEqual ConstantTimeCompare \
            EqualFold";
        let end = self.blanks(comma);
        let (from, name, givers) = match self.quoted(end) {
            Some((from, name)) => (self.blanks(from), name, true),
            None => {
                let name = self.name(end)?;
                let line = self.text.get(self.floor..end)?;
                let open = self.floor + line.rfind('(')? + 1;
                let is_plain = !self.text[open..end].contains([',', ';', '"', '\n']);
                is_plain.then_some((open, name, false))?
            }
        };
        if self.byte(from)? != b'(' {
            return None;
        }
        let (start, stop) = self.word(self.blanks(from - 1))?;
        let callee = &self.text[start..stop];
        match givers {
            true => GIVERS.split(' ').any(|name| name == callee).then_some(Place { name, manner: Manner::Passed }),
            false => {
                COMPARERS.split(' ').any(|name| name == callee).then_some(Place { name, manner: Manner::Compared })
            }
        }
    }

    /// What a call of a setter, or a comparison, says by its callee.
    fn called(&self, from: usize, to: usize) -> Option<Place<'t>> {
        let callee = &self.text[from..to];
        let receiver = self.byte(from).filter(|byte| matches!(byte, b'.' | b'>' | b':')).map(|byte| match byte {
            b'.' => from - 1,
            _ => from - 2,
        });
        if matches!(callee, "equals" | "Equals" | "equalsIgnoreCase" | "compareTo" | "eq" | "startsWith") {
            return self.place(receiver?, Manner::Compared);
        }
        let setters = ["set_", "with_", "set", "with", "Set", "With"];
        let name = setters.iter().find_map(|setter| {
            let rest = callee.strip_prefix(setter)?;
            (setter.ends_with('_') || rest.as_bytes().first().is_some_and(u8::is_ascii_uppercase)).then_some(rest)
        });
        let name = match name {
            Some(name) => Some(name),
            // A builder's: `.password("x")`. Its name begins small: `Mac.SecretKey("x")` is a type.
            None => receiver.map(|_| callee).filter(|callee| callee.as_bytes()[0].is_ascii_lowercase()),
        }?;
        names::promise(name)?;
        Some(Place { name, manner: Manner::Passed })
    }

    /// Where the expression begins that a call makes of its literal, if it keeps it as it is.
    fn unwrapped(&self, open: usize) -> Option<usize> {
        const WRAPPERS: &str = "String str string bytes byte from of encode Some Ok SecretStr SecretString new Buffer bytearray \
            b64decode FromBase64String GetBytes strdup unhexlify fromhex decode atob Fernet hmacShaKeyFor \
            SecretKeySpec DecodeString hex into Secret Password to_string wordArray parse \
            SymmetricSecurityKey SymmetricKey u b alloc owned";
        let end = self.blanks(open);
        if self.byte(end) == Some(b'=') || self.byte(end) == Some(b':') {
            // Brackets around the literal alone.
            return Some(end);
        }
        let (from, to) = self.word(end)?;
        if !WRAPPERS.split(' ').any(|name| name == &self.text[from..to]) || self.is_of_receiver(open, from, to) {
            return None;
        }
        let before = self.blanks(self.chain(to));
        let is_new = self.word(before).is_some_and(|(from, to)| matches!(&self.text[from..to], "new" | "await"));
        Some(if is_new { self.blanks(before - 3) } else { before })
    }

    /// Whether what a method makes is made of its receiver, and the literal behind the bracket at `open` only says how:
    /// `password.encode("utf-8")`, `hashlib.new("sha256", password)`. A receiver may also do the work: `encoder.encode("x")`.
    fn is_of_receiver(&self, open: usize, from: usize, to: usize) -> bool {
        let receiver = match self.byte(from) {
            Some(b'.') => self.name(from - 1),
            Some(b'>') if self.byte(from - 1) == Some(b'-') => self.name(from - 2),
            _ => None,
        };
        let Some(receiver) = receiver else { return false };
        match &self.text[from..to] {
            "encode" | "decode" => {
                let argument = self.text.get(open + 1..self.end).unwrap_or_default().trim_end_matches(['"', '\'', '`']);
                let argument = argument.rsplit(['"', '\'', '`']).next().unwrap_or_default();
                // `Password.encode("x")` is a type's.
                let is_type = receiver.starts_with(|first: char| first.is_ascii_uppercase())
                    && receiver.bytes().any(|byte| byte.is_ascii_lowercase());
                values::is_encoding(argument) || (!is_type && names::promise(receiver).is_some())
            }
            "new" => matches!(receiver, "hashlib" | "Cipher" | "Digest"),
            _ => false,
        }
    }

    /// Where the dotted name begins that ends at `end`.
    fn chain(&self, end: usize) -> usize {
        let mut at = end;
        while self.byte(at).is_some_and(|byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b':' | b'[' | b']' | b'$' | b'@')
        }) {
            // A single colon is that of an entry.
            if self.byte(at) == Some(b':') && self.byte(at - 1) != Some(b':') && self.bytes.get(at) != Some(&b':') {
                break;
            }
            at -= 1;
        }
        at
    }

    /// The function whose first statement returns the literal.
    fn returned(&self, end: usize) -> Option<Place<'t>> {
        let mut at = self.blanks(end);
        if !matches!(self.byte(at)?, b'{' | b':') {
            return None;
        }
        at = self.blanks(at - 1);
        // `-> str`, `: string`.
        if self.byte(at)? != b')' {
            let line = self.text.get(self.floor..at)?;
            at = self.floor + line.rfind(')')? + 1;
            if self.text[at..end].contains('\n') && self.text[at..end].trim_end().contains('\n') {
                return None;
            }
        }
        let (from, to) = self.word(self.opening(at)?)?;
        let name = &self.text[from..to];
        let name =
            ["get_", "get", "Get", "fetch_", "load_"].iter().find_map(|verb| name.strip_prefix(verb)).unwrap_or(name);
        names::promise(name)?;
        Some(Place { name, manner: Manner::Returned })
    }
}

/// Whether a line begins a condition or a branch, behind whose colon a statement follows: `if password: port =`.
fn is_condition(line: &str) -> bool {
    const WORDS: &str = "if elif else while for with case default except when";
    let line = line.trim_start();
    let length = line.bytes().take_while(u8::is_ascii_alphanumeric).count();
    let (word, rest) = line.split_at(length);
    // `if port: password: str =` has one for each.
    let has_colon = rest.replace("::", "").contains(':');
    !has_colon && !rest.starts_with('_') && WORDS.split(' ').any(|known| known == word)
}

/// What the literal is compared with by what follows: `"x" == password`, `"x".equals(password)`.
fn behind(text: &str, end: usize) -> Option<Place<'_>> {
    let limit = (end + FARTHEST).min(text.len());
    let rest = &text.as_bytes()[end..limit];
    let start = rest.iter().position(|byte| *byte != b' ')?;
    let rest = &rest[start..];
    let operators: [&[u8]; 6] = [b"===", b"!==", b"==", b"!=", b".equals(", b".Equals("];
    let operator = operators.iter().find(|operator| rest.starts_with(operator))?;
    let rest = &rest[operator.len()..];
    let from = rest.iter().position(|byte| *byte != b' ')?;
    let length = rest[from..]
        .iter()
        .position(|byte| {
            !(byte.is_ascii_alphanumeric()
                || matches!(byte, b'_' | b'$' | b'@' | b'.' | b'-' | b'>' | b'[' | b']' | b'(' | b'"' | b'\''))
        })
        .unwrap_or(rest.len() - from);
    let from = end + start + operator.len() + from;
    let expression = text.get(from..from + length)?;
    let name = expression.split(['.', '>', '[', ']', '(', '"', '\'']).rfind(|part| !part.is_empty())?;
    Some(Place { name, manner: Manner::Compared })
}
