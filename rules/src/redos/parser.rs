//! The text of a regular expression as a tree, in what the dialects of Python, JavaScript, Java, .NET, PCRE, Ruby and Go share.
//!
//! Never fails: what is no regular expression is read as the characters that it consists of.

use super::letters::Letters;

/// A regular expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    /// Takes no character: an empty alternative, a border, a look ahead.
    Nothing,
    /// One character of a set, or the end of the text.
    One(Letters),
    Sequence(Vec<Node>),
    Either(Vec<Node>),
    Repeat {
        node: Box<Node>,
        least: u32,
        most: Option<u32>,
    },
    /// A group that is not entered again once it was left, and what is repeated with `++`.
    Atomic(Box<Node>),
    /// `(?=...)`: read as a part of the whole where it stands last.
    Ahead(Box<Node>),
}

/// How deep groups are read; deeper ones are characters.
const DEEPEST: usize = 40;

/// The expression, and every look around in it as an expression of its own.
pub(super) fn parse(text: &str) -> Vec<Node> {
    let (text, flags) = without_delimiters(text);
    let letters: Vec<char> = text.chars().collect();
    let mut parser = Parser {
        letters,
        at: 0,
        depth: 0,
        apart: Vec::new(),
        is_folded: flags.contains('i'),
        takes_lines: flags.contains('s'),
    };
    let mut root = parser.either();
    while parser.at < parser.letters.len() {
        // A parenthesis that closes nothing.
        parser.at += 1;
        root = Node::Sequence(vec![root, parser.either()]);
    }
    if let Node::Sequence(nodes) = &mut root
        && let Some(last) = nodes.last_mut()
        && let Node::Ahead(inner) = last
    {
        *last = (**inner).clone();
    }
    parser.apart.push(root);
    parser.apart
}

/// The inside of `/.../i`, and the flags.
fn without_delimiters(text: &str) -> (&str, &str) {
    let Some(mark) = text.chars().next().filter(|mark| matches!(mark, '/' | '#' | '~' | '@' | '%' | '!')) else {
        return (text, "");
    };
    match text[1..].rfind(mark) {
        Some(end) if text[end + 2..].bytes().all(|flag| flag.is_ascii_lowercase()) && end > 0 => {
            (&text[1..=end], &text[end + 2..])
        }
        _ => (text, ""),
    }
}

struct Parser {
    letters: Vec<char>,
    at: usize,
    depth: usize,
    apart: Vec<Node>,
    /// `(?i)`
    is_folded: bool,
    /// `(?s)`
    takes_lines: bool,
}

impl Parser {
    fn peek(&self) -> Option<char> {
        self.letters.get(self.at).copied()
    }

    fn take(&mut self, wanted: &str) -> bool {
        let holds =
            wanted.chars().enumerate().all(|(place, letter)| self.letters.get(self.at + place) == Some(&letter));
        if holds {
            self.at += wanted.chars().count();
        }
        holds
    }

    fn one(&self, letters: Letters) -> Node {
        Node::One(if self.is_folded { letters.folded() } else { letters })
    }

    fn either(&mut self) -> Node {
        let mut ways = vec![self.sequence()];
        while self.take("|") {
            ways.push(self.sequence());
        }
        if ways.len() == 1 { ways.remove(0) } else { Node::Either(ways) }
    }

    fn sequence(&mut self) -> Node {
        let mut nodes = Vec::new();
        while let Some(letter) = self.peek() {
            if matches!(letter, '|' | ')') {
                break;
            }
            let node = self.atom(letter);
            nodes.push(self.repeated(node));
        }
        if nodes.len() == 1 { nodes.remove(0) } else { Node::Sequence(nodes) }
    }

    fn repeated(&mut self, mut node: Node) -> Node {
        // `a**` and the like: each one more is no more than a loop around a loop, so that two are enough.
        for _ in 0..2 {
            let Some((least, most)) = self.quantifier() else { break };
            node = Node::Repeat { node: Box::new(node), least, most };
            if self.take("+") {
                node = Node::Atomic(Box::new(node));
            } else {
                self.take("?");
            }
        }
        while self.quantifier().is_some() {
            self.take("?");
        }
        node
    }

    fn quantifier(&mut self) -> Option<(u32, Option<u32>)> {
        let found = match self.peek()? {
            '*' => (0, None),
            '+' => (1, None),
            '?' => (0, Some(1)),
            '{' => return self.counted(),
            _ => return None,
        };
        self.at += 1;
        Some(found)
    }

    /// `{2}`, `{2,}`, `{,5}`, `{2,5}`; other braces are characters.
    fn counted(&mut self) -> Option<(u32, Option<u32>)> {
        let close = self.letters[self.at..].iter().take(24).position(|&letter| letter == '}')? + self.at;
        let inside: String = self.letters[self.at + 1..close].iter().collect();
        let number = |text: &str| text.trim().parse::<u32>().ok();
        let found = match inside.split_once(',') {
            None => number(&inside).map(|number| (number, Some(number)))?,
            Some((least, most)) => {
                let least = if least.trim().is_empty() { 0 } else { number(least)? };
                let most = if most.trim().is_empty() { None } else { Some(number(most)?) };
                if inside.trim() == "," {
                    return None;
                }
                (least, most)
            }
        };
        self.at = close + 1;
        Some(found)
    }

    fn atom(&mut self, letter: char) -> Node {
        self.at += 1;
        match letter {
            '(' if self.depth < DEEPEST => {
                self.depth += 1;
                let node = self.group();
                self.depth -= 1;
                node
            }
            '[' => {
                let letters = self.class();
                self.one(letters)
            }
            '\\' => self.escape(),
            '.' => self.one(if self.takes_lines { Letters::ALL } else { Letters::any() }),
            '^' => Node::Nothing,
            '$' => Node::One(Letters::END),
            _ => self.one(Letters::of(letter)),
        }
    }

    fn group(&mut self) -> Node {
        if !self.take("?") {
            return self.closed();
        }
        if self.take("#") {
            while self.peek().is_some_and(|letter| letter != ')') {
                self.at += 1;
            }
            self.at += 1;
            return Node::Nothing;
        }
        if self.take("=") {
            let inner = self.closed();
            self.apart.push(inner.clone());
            return Node::Ahead(Box::new(inner));
        }
        if self.take("!") || self.take("<=") || self.take("<!") {
            let inner = self.closed();
            self.apart.push(inner);
            return Node::Nothing;
        }
        if self.take(">") {
            return Node::Atomic(Box::new(self.closed()));
        }
        if self.take("P=") {
            self.closed();
            return Node::Nothing;
        }
        if self.take("P<") || self.take("<") || self.take("'") {
            while self.peek().is_some_and(|letter| !matches!(letter, '>' | '\'' | ')')) {
                self.at += 1;
            }
            self.at += 1;
            return self.closed();
        }
        if self.take("|") {
            return self.closed();
        }
        self.flags()
    }

    /// `(?i)`, `(?i-s:...)`, `(?:...)`.
    fn flags(&mut self) -> Node {
        let mut on = true;
        while let Some(letter) = self.peek() {
            match letter {
                '-' => on = false,
                'i' => self.is_folded = on,
                's' => self.takes_lines = on,
                'a'..='z' | 'A'..='Z' | '^' => {}
                ':' => {
                    self.at += 1;
                    return self.closed();
                }
                ')' => {
                    self.at += 1;
                    return Node::Nothing;
                }
                _ => break,
            }
            self.at += 1;
        }
        self.closed()
    }

    /// What stands before the closing parenthesis.
    fn closed(&mut self) -> Node {
        let node = self.either();
        self.take(")");
        node
    }

    fn escape(&mut self) -> Node {
        let Some(letter) = self.peek() else { return self.one(Letters::of('\\')) };
        match letter {
            'b' | 'B' | 'A' | 'G' | 'K' | '<' | '>' => {
                self.at += 1;
                Node::Nothing
            }
            'Z' | 'z' => {
                self.at += 1;
                Node::One(Letters::END)
            }
            // What a group has matched: nothing is known of it.
            '1'..='9' => {
                while self.peek().is_some_and(|letter| letter.is_ascii_digit()) {
                    self.at += 1;
                }
                Node::Nothing
            }
            'k' | 'g' if matches!(self.letters.get(self.at + 1), Some('<' | '{' | '\'')) => {
                while self.peek().is_some_and(|letter| !matches!(letter, '>' | '}')) {
                    self.at += 1;
                }
                self.at += 1;
                Node::Nothing
            }
            _ => {
                let letters = self.escaped();
                self.one(letters)
            }
        }
    }

    /// The characters of an escape, the backslash read.
    fn escaped(&mut self) -> Letters {
        let Some(letter) = self.peek() else { return Letters::of('\\') };
        self.at += 1;
        match letter {
            'd' => Letters::digits(),
            'D' => !Letters::digits(),
            'w' => Letters::words(),
            'W' => !Letters::words(),
            's' => Letters::spaces(),
            'S' => !Letters::spaces(),
            'h' => Letters::of(' ') | Letters::of('\t'),
            'v' => Letters::of('\u{b}'),
            'N' => Letters::any(),
            'R' => Letters::range('\n'..='\r'),
            'n' => Letters::of('\n'),
            't' => Letters::of('\t'),
            'r' => Letters::of('\r'),
            'f' => Letters::of('\u{c}'),
            'a' => Letters::of('\u{7}'),
            'e' => Letters::of('\u{1b}'),
            'p' | 'P' => {
                let is_named = self.take("{");
                while is_named && self.peek().is_some_and(|letter| letter != '}') {
                    self.at += 1;
                }
                self.at += 1;
                let letters = Letters::alphabet() | Letters::FOREIGN;
                if letter == 'P' { !letters } else { letters }
            }
            'c' => {
                self.at += 1;
                Letters::of('\u{1}')
            }
            'x' => self.code(2),
            'u' => self.code(4),
            'U' => self.code(8),
            _ => Letters::of(letter),
        }
    }

    /// The character of `\x41`, `\u0041` and `\u{41}`.
    fn code(&mut self, digits: usize) -> Letters {
        let is_braced = self.take("{");
        let mut code = 0_u32;
        let mut count = 0;
        while let Some(digit) = self.peek().and_then(|letter| letter.to_digit(16)) {
            if !is_braced && count == digits {
                break;
            }
            code = code.saturating_mul(16).saturating_add(digit);
            count += 1;
            self.at += 1;
        }
        if is_braced {
            self.take("}");
        }
        char::from_u32(code).map_or(Letters::FOREIGN, Letters::of)
    }

    /// The inside of brackets, the opening one read.
    fn class(&mut self) -> Letters {
        let is_negated = self.take("^");
        let mut letters = Letters::NONE;
        let mut is_first = true;
        while let Some(letter) = self.peek() {
            self.at += 1;
            // `[]a]` has the bracket; JavaScript's `[]` and `[^]` are rare.
            if letter == ']' && !(is_first && self.letters[self.at..].contains(&']')) {
                break;
            }
            is_first = false;
            let start = self.member(letter);
            let ends = self.letters.get(self.at + 1).is_some_and(|&letter| letter != ']');
            if self.peek() == Some('-')
                && ends
                && let Some(first) = start.1
            {
                let before = self.at;
                self.at += 1;
                let letter = self.letters[self.at];
                self.at += 1;
                let end = self.member(letter);
                match end.1 {
                    Some(last) if first <= last => letters = letters | Letters::range(first..=last),
                    _ => {
                        self.at = before;
                        letters = letters | start.0;
                    }
                }
            } else {
                letters = letters | start.0;
            }
        }
        if is_negated { !letters } else { letters }
    }

    /// One member of a class, its first character read; and the character, if it is only one.
    fn member(&mut self, letter: char) -> (Letters, Option<char>) {
        match letter {
            '[' if self.peek() == Some(':') => {
                let close = self.letters[self.at..].iter().take(12).position(|&letter| letter == ']');
                let name: String =
                    close.map_or_else(String::new, |close| self.letters[self.at..self.at + close].iter().collect());
                let letters = match name.as_str() {
                    ":alpha:" => Letters::alphabet(),
                    ":digit:" => Letters::digits(),
                    ":alnum:" => Letters::alphabet() | Letters::digits(),
                    ":word:" => Letters::words(),
                    ":space:" | ":blank:" => Letters::spaces(),
                    ":upper:" => Letters::range('A'..='Z'),
                    ":lower:" => Letters::range('a'..='z'),
                    ":punct:" => Letters::range('!'..='/') | Letters::range(':'..='@') | Letters::range('['..='`'),
                    _ => return (Letters::of('['), Some('[')),
                };
                self.at += name.chars().count() + 1;
                (letters, None)
            }
            '\\' => {
                let next = self.peek();
                if next == Some('b') {
                    self.at += 1;
                    return (Letters::of('\u{8}'), None);
                }
                let letters = self.escaped();
                let single = letters.0.count_ones() == 1 && letters != Letters::FOREIGN;
                let single = single.then(|| char::from_u32(letters.0.trailing_zeros())).flatten();
                // `\u00ff` as an end of a range.
                (letters, single.or((letters == Letters::FOREIGN).then_some('\u{ffff}')))
            }
            _ => (Letters::of(letter), Some(letter)),
        }
    }
}
