//! The words and marks of a text with holes, as SQL of any dialect has them.

use crate::sql_text::Piece;

/// A word or mark.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token<'a> {
    pub(super) kind: TokenKind,
    /// What it reads as, for words, names and numbers.
    pub(super) text: &'a str,
    /// Nothing stands between it and the token before.
    pub(super) glued: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    Word(Word),
    Name,
    Number,
    /// `'...'`, with so many holes inside.
    Literal {
        holes: usize,
    },
    /// A name in quotes, backticks or brackets; in double quotes it may as well be a literal.
    QuotedName {
        holes: usize,
    },
    /// `?`, `:id`, `@id`, `$1`, `%s`.
    Parameter,
    Hole,
    Comma,
    Dot,
    Open,
    Close,
    Star,
    Operator {
        compares: bool,
    },
    Semicolon,
    Comment {
        holes: usize,
    },
    Other,
}

/// A keyword, by what it does to what follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    Select,
    Distinct,
    From,
    Join,
    Using,
    Into,
    Insert,
    Update,
    Delete,
    Truncate,
    Create,
    /// `TABLE` and the other things that are created and dropped.
    Object,
    Column,
    Grant,
    Set,
    Where,
    Having,
    On,
    When,
    Then,
    Values,
    Limit,
    Top,
    In,
    And,
    Like,
    Between,
    Is,
    Order,
    Group,
    By,
    Direction,
    Constant,
    Execute,
    Union,
    Begin,
    With,
    As,
    Show,
    Pragma,
    Use,
    Describe,
    Returning,
    /// Changes nothing about what follows.
    Filler,
}

/// The tokens of a text.
#[derive(Debug)]
pub(super) struct Tokens<'a> {
    pub(super) list: Vec<Token<'a>>,
}

impl<'a> Tokens<'a> {
    /// The statements, without comments in front.
    pub(super) fn statements(&self) -> impl Iterator<Item = &[Token<'a>]> {
        self.list.split(|token| token.kind == TokenKind::Semicolon).map(|statement| {
            let is_space = |token: &Token<'_>| matches!(token.kind, TokenKind::Comment { .. } | TokenKind::Open);
            let start = statement.iter().position(|token| !is_space(token)).unwrap_or(statement.len());
            &statement[start..]
        })
    }
}

pub(super) fn tokens<'a>(pieces: &[Piece<'a>]) -> Tokens<'a> {
    let mut reader = Reader { pieces, piece: 0, at: 0 };
    let mut list: Vec<Token<'a>> = Vec::new();
    let mut glued = false;
    // A text that begins with `{}'` begins inside a literal.
    if let [Piece::Hole, Piece::Text(text), ..] = pieces
        && text.starts_with('\'')
    {
        list.push(Token { kind: TokenKind::Literal { holes: 1 }, text: "", glued: false });
        reader = Reader { pieces, piece: 1, at: 1 };
        glued = true;
    }
    while let Some(unit) = reader.peek() {
        let Unit::Byte(byte) = unit else {
            reader.bump();
            list.push(Token { kind: TokenKind::Hole, text: "", glued });
            glued = true;
            continue;
        };
        if byte.is_ascii_whitespace() {
            reader.bump();
            glued = false;
            continue;
        }
        let (kind, text) = reader.token(byte, list.last());
        list.push(Token { kind, text, glued });
        glued = true;
    }
    settle(&mut list);
    Tokens { list }
}

/// Decides the words that are keywords in some places alone.
fn settle(list: &mut [Token<'_>]) {
    let mut starts = true;
    let mut defines = false;
    for at in 0..list.len() {
        let next = list.get(at + 1).map(|token| token.kind);
        let TokenKind::Word(word) = list[at].kind else {
            match list[at].kind {
                TokenKind::Semicolon => (starts, defines) = (true, false),
                TokenKind::Comment { .. } | TokenKind::Open => {}
                _ => starts = false,
            }
            continue;
        };
        let is_dotted = at > 0 && list[at].glued && list[at - 1].kind == TokenKind::Dot;
        let kept = match word {
            Word::Order | Word::Group => next == Some(TokenKind::Word(Word::By)),
            Word::Insert | Word::Delete | Word::Truncate => next != Some(TokenKind::Open),
            Word::Create => starts || next == Some(TokenKind::Word(Word::Column)),
            Word::Object => defines || list[at].text.eq_ignore_ascii_case("table"),
            Word::Column => defines,
            Word::Show | Word::Pragma | Word::Use | Word::Begin | Word::With | Word::Describe | Word::Grant => starts,
            Word::Execute => true,
            _ => true,
        };
        if word == Word::Create && starts {
            defines = true;
        }
        if starts && word == Word::Direction && list[at].text.eq_ignore_ascii_case("desc") {
            list[at].kind = TokenKind::Word(Word::Describe);
        } else if is_dotted {
            list[at].kind = TokenKind::Name;
        } else if !kept {
            let is_with = word == Word::With;
            list[at].kind = if is_with { TokenKind::Word(Word::Filler) } else { TokenKind::Name };
        }
        // `EXPLAIN SELECT`, `BEGIN UPDATE`: the statement is yet to come.
        starts = starts && matches!(word, Word::Describe | Word::Begin);
    }
}

enum Unit {
    Byte(u8),
    Hole,
}

struct Reader<'p, 'a> {
    pieces: &'p [Piece<'a>],
    piece: usize,
    at: usize,
}

impl<'a> Reader<'_, 'a> {
    fn peek(&mut self) -> Option<Unit> {
        loop {
            match self.pieces.get(self.piece)? {
                Piece::Hole => return Some(Unit::Hole),
                Piece::Text(text) => match text.as_bytes().get(self.at) {
                    Some(&byte) => return Some(Unit::Byte(byte)),
                    None => {
                        self.piece += 1;
                        self.at = 0;
                    }
                },
            }
        }
    }

    fn bump(&mut self) {
        match self.pieces.get(self.piece) {
            Some(Piece::Text(_)) => self.at += 1,
            Some(Piece::Hole) => {
                self.piece += 1;
                self.at = 0;
            }
            None => {}
        }
    }

    /// The rest of the current text.
    fn rest(&self) -> &'a str {
        match self.pieces.get(self.piece) {
            Some(Piece::Text(text)) => text.get(self.at..).unwrap_or_default(),
            Some(Piece::Hole) | None => "",
        }
    }

    /// Takes what `belongs` of the current text.
    fn take(&mut self, belongs: impl Fn(u8) -> bool) -> &'a str {
        let rest = self.rest();
        let length = rest.bytes().position(|byte| !belongs(byte)).unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    fn token(&mut self, byte: u8, last: Option<&Token<'_>>) -> (TokenKind, &'a str) {
        let rest = self.rest();
        let second = rest.as_bytes().get(1).copied();
        let is_in_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'#') || byte >= 0x80;
        match byte {
            b'0'..=b'9' => {
                let text = self.take(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
                (TokenKind::Number, text)
            }
            // A letter before a literal belongs to it: `N'...'`, `E'...'`.
            b'N' | b'E' | b'B' | b'X' | b'n' | b'e' | b'x' if second == Some(b'\'') => {
                self.bump();
                (TokenKind::Literal { holes: self.quoted(b'\'') }, "")
            }
            _ if is_in_word(byte) && byte != b'$' => {
                let text = self.take(is_in_word);
                // `don't` is no literal.
                let apostrophe = self.rest().as_bytes();
                if text.len() > 1
                    && apostrophe.first() == Some(&b'\'')
                    && apostrophe.get(1).is_some_and(u8::is_ascii_lowercase)
                    && word(text).is_none()
                {
                    self.bump();
                    self.take(is_in_word);
                    return (TokenKind::Other, text);
                }
                (word(text).map_or(TokenKind::Name, TokenKind::Word), text)
            }
            b'\'' => (TokenKind::Literal { holes: self.quoted(b'\'') }, ""),
            b'"' | b'`' => (TokenKind::QuotedName { holes: self.quoted(byte) }, ""),
            b'[' if !matches!(last, Some(Token { kind: TokenKind::Name, .. })) => {
                (TokenKind::QuotedName { holes: self.quoted(b']') }, "")
            }
            b'-' if second == Some(b'-') => (TokenKind::Comment { holes: self.comment(b"\n") }, ""),
            b'/' if second == Some(b'*') => (TokenKind::Comment { holes: self.comment(b"*/") }, ""),
            b':' if second == Some(b':') => {
                self.bump();
                self.mark(TokenKind::Dot)
            }
            b':' | b'@' | b'$'
                if second.is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'@')) =>
            {
                self.bump();
                self.take(|byte| is_in_word(byte) || byte == b'@');
                (TokenKind::Parameter, "")
            }
            b'%' if matches!(second, Some(b's' | b'd' | b'(')) && !rest.starts_with("%(") => {
                self.bump();
                self.mark(TokenKind::Parameter)
            }
            b'%' if second == Some(b'(') => {
                self.take(|byte| byte != b')');
                self.bump();
                self.take(|byte| byte.is_ascii_lowercase());
                (TokenKind::Parameter, "")
            }
            b'?' => self.mark(TokenKind::Parameter),
            b'{' => {
                self.take(|byte| byte != b'}');
                self.mark(TokenKind::Parameter)
            }
            b',' => self.mark(TokenKind::Comma),
            b'.' => self.mark(TokenKind::Dot),
            b'(' => self.mark(TokenKind::Open),
            b')' => self.mark(TokenKind::Close),
            b'*' => self.mark(TokenKind::Star),
            b';' => self.mark(TokenKind::Semicolon),
            b'=' | b'<' | b'>' | b'!' | b'~' => {
                let text = self.take(|byte| matches!(byte, b'=' | b'<' | b'>' | b'!' | b'~'));
                let compares = text != "!";
                (if compares { TokenKind::Operator { compares } } else { TokenKind::Other }, text)
            }
            b'+' | b'-' | b'/' | b'%' | b'|' | b'&' | b'^' => self.mark(TokenKind::Operator { compares: false }),
            _ => self.mark(TokenKind::Other),
        }
    }

    fn mark(&mut self, kind: TokenKind) -> (TokenKind, &'a str) {
        let text = self.rest().get(..1).unwrap_or_default();
        self.bump();
        (kind, text)
    }

    /// Reads what is in quotes, holes included; says how many there are.
    fn quoted(&mut self, close: u8) -> usize {
        let mut holes = 0;
        self.bump();
        while let Some(unit) = self.peek() {
            self.bump();
            match unit {
                Unit::Hole => holes += 1,
                Unit::Byte(b'\\') => {
                    if let Some(Unit::Byte(_)) = self.peek() {
                        self.bump();
                    }
                }
                Unit::Byte(byte) if byte == close => {
                    // A doubled quote stands for itself.
                    if self.rest().as_bytes().first() != Some(&close) {
                        break;
                    }
                    self.bump();
                }
                Unit::Byte(_) => {}
            }
        }
        holes
    }

    fn comment(&mut self, end: &[u8]) -> usize {
        let mut holes = 0;
        while let Some(unit) = self.peek() {
            if self.rest().as_bytes().starts_with(end) {
                end.iter().for_each(|_| self.bump());
                break;
            }
            holes += usize::from(matches!(unit, Unit::Hole));
            self.bump();
        }
        holes
    }
}

/// The keyword that a word is.
pub(super) fn word(text: &str) -> Option<Word> {
    const LONGEST: usize = 17;
    let mut lower = [0; LONGEST];
    let lower = lower.get_mut(..text.len())?;
    lower.copy_from_slice(text.as_bytes());
    lower.make_ascii_lowercase();
    Some(match &*lower {
        b"select" => Word::Select,
        b"distinct" => Word::Distinct,
        b"from" => Word::From,
        b"join" => Word::Join,
        b"using" => Word::Using,
        b"into" => Word::Into,
        b"insert" | b"replace" | b"merge" | b"upsert" => Word::Insert,
        b"update" => Word::Update,
        b"delete" => Word::Delete,
        b"truncate" => Word::Truncate,
        b"create" | b"alter" | b"drop" | b"rename" => Word::Create,
        b"table" | b"view" | b"index" | b"database" | b"schema" | b"user" | b"role" | b"login" | b"function"
        | b"procedure" | b"trigger" | b"sequence" | b"extension" | b"type" | b"tablespace" | b"publication" => {
            Word::Object
        }
        b"column" | b"add" | b"modify" => Word::Column,
        b"grant" | b"revoke" | b"deny" => Word::Grant,
        b"set" => Word::Set,
        b"where" => Word::Where,
        b"having" => Word::Having,
        b"on" => Word::On,
        b"when" => Word::When,
        b"then" | b"else" => Word::Then,
        b"values" => Word::Values,
        b"limit" | b"offset" | b"fetch" => Word::Limit,
        b"top" => Word::Top,
        b"in" => Word::In,
        b"and" | b"or" => Word::And,
        b"like" | b"ilike" | b"regexp" | b"rlike" | b"glob" | b"match" => Word::Like,
        b"between" => Word::Between,
        b"is" => Word::Is,
        b"order" => Word::Order,
        b"group" | b"partition" => Word::Group,
        b"by" => Word::By,
        b"asc" | b"desc" => Word::Direction,
        b"null" | b"true" | b"false" | b"default" | b"current_timestamp" => Word::Constant,
        b"exec" | b"execute" | b"call" => Word::Execute,
        b"union" | b"except" | b"intersect" => Word::Union,
        b"begin" => Word::Begin,
        b"with" => Word::With,
        b"as" => Word::As,
        b"show" => Word::Show,
        b"pragma" => Word::Pragma,
        b"use" => Word::Use,
        b"describe" | b"explain" => Word::Describe,
        b"returning" => Word::Returning,
        b"not" | b"exists" | b"if" | b"left" | b"right" | b"inner" | b"outer" | b"full" | b"cross" | b"natural"
        | b"case" | b"end" | b"all" | b"only" | b"ignore" | b"temporary" | b"temp" | b"unique" | b"recursive"
        | b"lateral" | b"low_priority" | b"interval" | b"cascade" | b"materialized" | b"global" | b"to" => Word::Filler,
        _ => return None,
    })
}
