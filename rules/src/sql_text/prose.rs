//! What tells a statement of SQL from an English sentence that begins with the same word.

use crate::sql_text::words::{Token, TokenKind, Word};

/// How many words of a statement are looked at: what it is shows long before, and some of the looks are quadratic.
const LONGEST: usize = 600;

/// Whether a statement, or a piece of one, is SQL.
pub(super) fn reads_as_sql(statement: &[Token<'_>]) -> bool {
    let statement = &statement[..statement.len().min(LONGEST)];
    let Some((first, rest)) = statement.split_first() else { return false };
    let TokenKind::Word(word) = first.kind else {
        return match first.kind {
            TokenKind::Hole | TokenKind::Literal { .. } => continues_query(rest, Begins::Hole),
            _ => false,
        };
    };
    let is_sentence = is_sentence(statement);
    let shape = Shape { first: *first, rest, case: case(first.text) };
    match word {
        Word::Describe if rest.first().is_some_and(|token| is_statement_word(token.kind)) => reads_as_sql(rest),
        Word::Begin => rest.is_empty() || reads_as_sql(rest),
        Word::Select => !is_sentence && shape.select(),
        Word::Insert => !is_sentence && shape.insert(),
        Word::Update => !is_sentence && shape.update(),
        Word::Delete => !is_sentence && shape.delete(),
        Word::Create | Word::Truncate => !is_sentence && shape.definition(),
        Word::With => !is_sentence && shape.with(),
        Word::Grant => !is_sentence && shape.is_upper() && has(rest, Word::On) | has_text(rest, "to"),
        Word::Execute => !is_sentence && shape.execute(),
        Word::Show | Word::Use | Word::Describe | Word::Pragma | Word::Set => !is_sentence && shape.command(),
        Word::Values => rest.first().is_some_and(|token| token.kind == TokenKind::Open),
        Word::Union => rest.iter().any(|token| token.kind == TokenKind::Word(Word::Select)),
        Word::Filler if first.text.eq_ignore_ascii_case("if") => rest
            .iter()
            .position(|token| token.kind == TokenKind::Word(Word::Select))
            .is_some_and(|at| reads_as_sql(&rest[at..])),
        _ => continues_query(statement, Begins::Keyword),
    }
}

/// How a fragment begins.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Begins {
    /// With a hole, which may be the statement so far.
    Hole,
    Keyword,
}

/// Whether what follows an unknown beginning is a clause: ` WHERE id = {}`, ` ORDER BY {}`.
fn continues_query(tokens: &[Token<'_>], begins: Begins) -> bool {
    if is_sentence(tokens) {
        return false;
    }
    tokens.iter().enumerate().any(|(at, token)| {
        let TokenKind::Word(word) = token.kind else { return false };
        let rest = &tokens[at + 1..];
        let upper = case(token.text) == Case::Upper;
        let leads = at == 0;
        let next = rest.first().map(|token| token.kind);
        match word {
            Word::Where | Word::Having => {
                is_condition(rest)
                    || (leads && upper && matches!(next, Some(TokenKind::Hole)))
                    || (upper && next.is_none())
            }
            Word::And | Word::On => {
                is_condition(rest) && (upper || leads || begins == Begins::Hole) && compares_with_value(rest)
            }
            Word::Order | Word::Group => {
                let item = rest.get(1).map(|token| token.kind);
                let is_item = matches!(item, None | Some(TokenKind::Hole | TokenKind::Name | TokenKind::Number));
                is_item && (upper || (leads && case(token.text) == Case::Lower))
            }
            Word::Limit => {
                let is_count = matches!(next, Some(TokenKind::Hole | TokenKind::Number | TokenKind::Parameter));
                is_count && upper
            }
            Word::From => {
                let is_table = next.is_some_and(is_name);
                is_table
                    && rest.iter().any(|token| {
                        matches!(token.kind, TokenKind::Word(Word::Where | Word::Join | Word::Order))
                            && (upper || leads)
                    })
                    && (upper || is_condition_somewhere(rest))
            }
            Word::Join => upper && next.is_some_and(is_name) && has(rest, Word::On),
            Word::Set => (upper || leads) && is_condition(rest),
            Word::Values => upper && next == Some(TokenKind::Open),
            Word::Select => (upper || leads) && Shape { first: *token, rest, case: case(token.text) }.select(),
            _ => false,
        }
    })
}

/// A statement by its first word.
struct Shape<'a> {
    first: Token<'a>,
    rest: &'a [Token<'a>],
    case: Case,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Case {
    Upper,
    Lower,
    /// As a sentence begins.
    Title,
}

fn case(text: &str) -> Case {
    let mut bytes = text.bytes();
    let first = bytes.next().is_some_and(|byte| byte.is_ascii_uppercase());
    match (first, bytes.any(|byte| byte.is_ascii_lowercase())) {
        (true, true) => Case::Title,
        (true, false) => Case::Upper,
        (false, _) => Case::Lower,
    }
}

impl Shape<'_> {
    fn is_upper(&self) -> bool {
        self.case == Case::Upper
    }

    fn next(&self) -> Option<TokenKind> {
        self.rest.first().map(|token| token.kind)
    }

    fn select(&self) -> bool {
        let rest = skip(self.rest, |token| matches!(token.kind, TokenKind::Word(Word::Distinct | Word::Filler)));
        let from = rest.iter().position(|token| token.kind == TokenKind::Word(Word::From));
        if let Some(from) = from {
            let columns = &rest[..from];
            let tables = &rest[from + 1..];
            if columns.is_empty() {
                return false;
            }
            if self.is_upper() && case(rest[from].text) == Case::Upper {
                return tables.first().is_none_or(|token| is_table(token.kind));
            }
            let listed =
                columns.iter().any(|token| matches!(token.kind, TokenKind::Star | TokenKind::Comma | TokenKind::Open));
            let is_table = tables.first().is_none_or(|token| is_table(token.kind));
            let loose = pairs_of_names(columns) + usize::from(has_article(columns)) + usize::from(has_article(tables));
            let ends_well = pairs_of_names(tables) < 2;
            let is_clear = listed || is_condition_somewhere(tables) || self.case == Case::Lower;
            return is_table && loose == 0 && ends_well && is_clear;
        }
        match rest.first().map(|token| token.kind) {
            None => self.is_upper(),
            Some(TokenKind::Star) => rest.len() == 1 || self.is_upper(),
            Some(TokenKind::Number | TokenKind::Parameter | TokenKind::Literal { .. }) => {
                self.is_upper() || rest.len() == 1
            }
            Some(TokenKind::Hole) => self.is_upper(),
            Some(TokenKind::Name) => {
                let called = rest.get(1).is_some_and(|token| token.kind == TokenKind::Open && token.glued);
                called || (self.is_upper() && pairs_of_names(rest) == 0)
            }
            Some(TokenKind::Word(Word::Top)) => self.is_upper(),
            Some(_) => self.is_upper() && pairs_of_names(rest) == 0,
        }
    }

    fn insert(&self) -> bool {
        let Some(into) = self.rest.iter().position(|token| token.kind == TokenKind::Word(Word::Into)) else {
            return self.first.text.eq_ignore_ascii_case("insert")
                && self.is_upper()
                && self.next().is_some_and(is_name)
                && has(self.rest, Word::Values);
        };
        let tables = &self.rest[into + 1..];
        let upper = self.is_upper() && case(self.rest[into].text) == Case::Upper;
        let goes_on = tables.iter().any(|token| {
            matches!(
                token.kind,
                TokenKind::Open | TokenKind::Word(Word::Values | Word::Select | Word::Set | Word::Using)
            )
        });
        let ends = tables.len() <= 1 && self.case == Case::Lower;
        into <= 3 && tables.first().is_none_or(|token| is_table(token.kind)) && (upper || goes_on || ends)
    }

    fn update(&self) -> bool {
        let Some(set) = self.rest.iter().position(|token| token.kind == TokenKind::Word(Word::Set)) else {
            // `UPDATE {} ` with the rest to come.
            return self.is_upper()
                && self.rest.len() == 1
                && self.rest[0].kind == TokenKind::Name
                && !self.rest[0].glued;
        };
        let changes = &self.rest[set + 1..];
        let upper = self.is_upper() && case(self.rest[set].text) == Case::Upper;
        let is_change =
            is_condition(changes) || matches!(changes.first().map(|token| token.kind), None | Some(TokenKind::Hole));
        (1..=8).contains(&set) && self.next().is_some_and(is_table) && (upper || is_change)
    }

    fn delete(&self) -> bool {
        if self.next() != Some(TokenKind::Word(Word::From)) {
            return false;
        }
        let tables = &self.rest[1..];
        let upper = self.is_upper() && case(self.rest[0].text) == Case::Upper;
        let is_bare = tables.len() <= 1 && self.case == Case::Lower;
        tables.first().is_none_or(|token| is_table(token.kind)) && (upper || is_bare || is_condition_somewhere(tables))
    }

    fn definition(&self) -> bool {
        let object = self.rest.iter().position(|token| token.kind == TokenKind::Word(Word::Object));
        let is_truncate = self.first.text.eq_ignore_ascii_case("truncate");
        let Some(object) = object.or(is_truncate.then_some(0)) else { return false };
        let behind = &self.rest[object..];
        let structured = behind.iter().any(|token| {
            matches!(token.kind, TokenKind::Open | TokenKind::Word(Word::Filler | Word::Column | Word::On))
        });
        let is_short = behind.len() <= 3 && self.case == Case::Lower && behind[0].text == "table";
        object <= 4 && (self.is_upper() || (structured && self.case == Case::Lower && !has_article(behind)) || is_short)
    }

    fn with(&self) -> bool {
        let starts = self.next().is_some_and(|kind| is_name(kind) || kind == TokenKind::Word(Word::Filler));
        starts
            && self
                .rest
                .windows(2)
                .any(|pair| pair[0].kind == TokenKind::Word(Word::As) && pair[1].kind == TokenKind::Open)
    }

    fn execute(&self) -> bool {
        let Some(procedure) = self.rest.first() else { return false };
        let called = self.rest.get(1).is_some_and(|token| token.kind == TokenKind::Open && token.glued);
        let is_qualified = procedure.text.contains('_')
            || self.rest.get(1).is_some_and(|token| matches!(token.kind, TokenKind::Dot | TokenKind::Parameter));
        match procedure.kind {
            TokenKind::Name | TokenKind::QuotedName { .. } | TokenKind::Parameter => {
                self.is_upper() || (self.case == Case::Lower && (called || is_qualified))
            }
            TokenKind::Hole | TokenKind::Open | TokenKind::Word(_) => self.is_upper(),
            _ => false,
        }
    }

    fn command(&self) -> bool {
        const SHOWN: [&str; 10] = [
            "tables",
            "databases",
            "columns",
            "create",
            "index",
            "indexes",
            "grants",
            "variables",
            "status",
            "processlist",
        ];
        let Some(next) = self.rest.first() else { return false };
        let assigns =
            self.rest.get(1).is_some_and(|token| matches!(token.kind, TokenKind::Operator { compares: true }));
        match self.first.kind {
            TokenKind::Word(Word::Show) => {
                SHOWN.iter().any(|word| next.text.eq_ignore_ascii_case(word)) && self.case != Case::Title
            }
            TokenKind::Word(Word::Pragma) => self.case != Case::Title && (is_name(next.kind)),
            TokenKind::Word(Word::Set) => self.is_upper() || (assigns && self.case == Case::Lower),
            _ => self.is_upper() && is_name(next.kind) && self.rest.len() <= 3,
        }
    }
}

fn skip<'s, 't>(tokens: &'s [Token<'t>], is_skipped: impl Fn(&Token<'_>) -> bool) -> &'s [Token<'t>] {
    let start = tokens.iter().position(|token| !is_skipped(token)).unwrap_or(tokens.len());
    &tokens[start..]
}

fn has(tokens: &[Token<'_>], word: Word) -> bool {
    tokens.iter().any(|token| token.kind == TokenKind::Word(word))
}

fn has_text(tokens: &[Token<'_>], text: &str) -> bool {
    tokens.iter().any(|token| token.text.eq_ignore_ascii_case(text))
}

fn is_statement_word(kind: TokenKind) -> bool {
    matches!(kind, TokenKind::Word(Word::Select | Word::Update | Word::Insert | Word::Delete | Word::With))
}

fn is_name(kind: TokenKind) -> bool {
    matches!(kind, TokenKind::Name | TokenKind::Hole | TokenKind::QuotedName { .. } | TokenKind::Parameter)
}

fn is_table(kind: TokenKind) -> bool {
    is_name(kind)
        || matches!(kind, TokenKind::Open | TokenKind::Literal { .. } | TokenKind::Word(Word::Filler | Word::Object))
}

/// Whether a condition stands at the start: `name = `, `t.name LIKE`, `{} IN (`, `lower(name) =`.
fn is_condition(tokens: &[Token<'_>]) -> bool {
    let tokens = skip(tokens, |token| matches!(token.kind, TokenKind::Open) || token.text.eq_ignore_ascii_case("not"));
    if !tokens.first().is_some_and(|token| is_name(token.kind) || token.kind == TokenKind::Number) {
        return tokens.first().is_some_and(|token| token.text.eq_ignore_ascii_case("exists"));
    }
    // `schema.table.column`, or a call with a few arguments.
    let behind = tokens.iter().take(12).skip(1).find(|token| {
        !matches!(
            token.kind,
            TokenKind::Name
                | TokenKind::Hole
                | TokenKind::Dot
                | TokenKind::Open
                | TokenKind::Close
                | TokenKind::QuotedName { .. }
        ) || (token.kind == TokenKind::Name && !token.glued)
    });
    behind.is_some_and(|token| match token.kind {
        TokenKind::Operator { compares } => compares,
        TokenKind::Word(word) => matches!(word, Word::Like | Word::In | Word::Between | Word::Is | Word::Filler),
        _ => false,
    })
}

fn compares_with_value(tokens: &[Token<'_>]) -> bool {
    tokens.windows(2).take(12).any(|pair| {
        let is_comparison = match pair[0].kind {
            TokenKind::Operator { compares } => compares,
            TokenKind::Word(word) => matches!(word, Word::Like | Word::In | Word::Between),
            _ => false,
        };
        is_comparison
            && matches!(
                pair[1].kind,
                TokenKind::Literal { .. }
                    | TokenKind::Hole
                    | TokenKind::Number
                    | TokenKind::Parameter
                    | TokenKind::Open
                    | TokenKind::QuotedName { .. }
                    | TokenKind::Name
            )
    })
}

fn is_condition_somewhere(tokens: &[Token<'_>]) -> bool {
    tokens.iter().enumerate().any(|(at, token)| {
        token.kind == TokenKind::Word(Word::Where)
            && tokens.get(at + 1).is_none_or(|next| next.kind == TokenKind::Hole || is_condition(&tokens[at + 1..]))
    })
}

/// How often two bare names follow each other, as words of a sentence do.
fn pairs_of_names(tokens: &[Token<'_>]) -> usize {
    let is_bare = |token: &Token<'_>| token.kind == TokenKind::Name;
    tokens.windows(2).filter(|pair| is_bare(&pair[0]) && is_bare(&pair[1]) && !pair[1].glued).count()
}

fn has_article(tokens: &[Token<'_>]) -> bool {
    tokens.windows(2).any(|pair| pair[0].text.eq_ignore_ascii_case("a") && pair[1].kind == TokenKind::Name)
}

/// Whether words stand in it that SQL does not have and that nobody names a column.
fn is_sentence(tokens: &[Token<'_>]) -> bool {
    const ENGLISH: [&str; 34] = [
        "the",
        "your",
        "this",
        "that",
        "these",
        "those",
        "please",
        "an",
        "failed",
        "was",
        "were",
        "has",
        "have",
        "will",
        "cannot",
        "could",
        "should",
        "you",
        "we",
        "my",
        "our",
        "its",
        "their",
        "must",
        "can",
        "successfully",
        "which",
        "because",
        "every",
        "below",
        "above",
        "here",
        "wants",
        "it",
    ];
    let mut before = None;
    for (at, token) in tokens.iter().enumerate() {
        let english = match token.kind {
            TokenKind::Name => {
                !matches!(before, Some(TokenKind::Dot))
                    && !matches!(
                        tokens.get(at + 1).map(|next| next.kind),
                        Some(TokenKind::Dot | TokenKind::Operator { .. })
                    )
                    && ENGLISH.iter().any(|word| token.text.eq_ignore_ascii_case(word))
            }
            // `!`, `don't`, and a colon as in `Update failed: ...`.
            TokenKind::Other => token.glued && (token.text.len() > 1 || matches!(token.text, "!" | ":")),
            _ => false,
        };
        if english {
            return true;
        }
        before = Some(token.kind);
    }
    false
}
