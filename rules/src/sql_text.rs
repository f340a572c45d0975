//! Whether a text with holes reads as SQL, and where in it each hole stands.
//!
//! Goes by words and marks alone, so that fragments and every dialect are read. English that begins with `select` or `update` is
//! told apart by its shape.

mod prose;
mod words;

use words::{Token, TokenKind, Tokens, Word};

/// A part of a text that a program builds.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Piece<'a> {
    Text(&'a str),
    /// Something that is put in when the program runs.
    Hole,
}

/// Where in SQL a hole stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HolePlace {
    /// A value: compared, inserted, a limit, or a part of a literal. A parameter can stand for it.
    Value,
    /// The name of a table or column, or the direction of an order. No parameter can stand for it.
    Identifier,
    /// A clause, a condition or a whole statement.
    Whole,
}

/// What a text says as SQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reading {
    /// The place of each hole, in the order of the text.
    pub(crate) holes: Vec<HolePlace>,
}

/// Reads a text as SQL; none if it does not look like SQL.
pub(crate) fn read(pieces: &[Piece<'_>]) -> Option<Reading> {
    if !may_be_sql(pieces) {
        return None;
    }
    let tokens = words::tokens(pieces);
    let reads = tokens.statements().any(prose::reads_as_sql);
    reads.then(|| Reading { holes: places(&tokens) })
}

/// A cheap look: a text without a word is no SQL.
fn may_be_sql(pieces: &[Piece<'_>]) -> bool {
    pieces.iter().any(|piece| match piece {
        Piece::Text(text) => text.len() > 2 && text.bytes().any(|byte| byte.is_ascii_alphabetic()),
        Piece::Hole => false,
    })
}

/// The part of a statement that a token stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Clause {
    /// Before the first keyword, and behind one that a whole statement follows.
    Statement,
    Columns,
    Tables,
    /// `ORDER BY`, whose items have a direction.
    Order,
    /// `SET a = b, c = d`.
    Changes,
    Condition,
    Values,
}

/// What stands right before a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Before {
    Start,
    /// A keyword, comma or bracket: an operand is due.
    Opening,
    /// A comparison or another operator.
    Operator,
    Operand,
    Dot,
}

fn places(tokens: &Tokens<'_>) -> Vec<HolePlace> {
    let mut holes = Vec::new();
    let mut clause = Clause::Statement;
    let mut outer = Vec::new();
    let mut before = Before::Start;
    // The place of the operand that is being read: holes and words without a blank between them share it.
    let mut shared = HolePlace::Whole;
    // `INSERT INTO t (` and `CREATE TABLE t (` list columns, `f(` values.
    let mut lists_columns = false;
    let mut is_between = false;
    let list = &tokens.list;
    for (at, token) in list.iter().enumerate() {
        let continues = token.glued && before == Before::Operand && is_name_like(list, at);
        let place = match continues {
            true => shared,
            false if is_qualifier(list, at) => HolePlace::Identifier,
            false => place(before, clause, compares(list, at + 1)),
        };
        match token.kind {
            TokenKind::Hole => {
                shared = place;
                holes.push(place);
                before = Before::Operand;
            }
            TokenKind::Literal { holes: inside } => {
                holes.extend((0..inside).map(|_| HolePlace::Value));
                before = Before::Operand;
            }
            TokenKind::QuotedName { holes: inside } => {
                shared = place;
                let inside_place = if place == HolePlace::Value { place } else { HolePlace::Identifier };
                holes.extend((0..inside).map(|_| inside_place));
                before = Before::Operand;
            }
            TokenKind::Comment { holes: inside } => holes.extend((0..inside).map(|_| HolePlace::Whole)),
            TokenKind::Number | TokenKind::Parameter | TokenKind::Name => {
                shared = place;
                before = Before::Operand;
            }
            TokenKind::Comma => before = Before::Opening,
            TokenKind::Dot => before = Before::Dot,
            TokenKind::Open => {
                outer.push((clause, lists_columns));
                clause = match clause {
                    Clause::Columns => Clause::Columns,
                    Clause::Tables if lists_columns => Clause::Columns,
                    Clause::Condition if before == Before::Opening => Clause::Condition,
                    Clause::Statement => Clause::Statement,
                    Clause::Tables | Clause::Order | Clause::Changes | Clause::Condition | Clause::Values => {
                        Clause::Values
                    }
                };
                before = Before::Opening;
            }
            TokenKind::Close => {
                (clause, lists_columns) = outer.pop().unwrap_or((Clause::Values, false));
                before = Before::Operand;
            }
            TokenKind::Star => {
                before = if before == Before::Operand { Before::Operator } else { Before::Operand };
            }
            TokenKind::Operator { .. } => before = Before::Operator,
            TokenKind::Semicolon => {
                clause = Clause::Statement;
                before = Before::Start;
                outer.clear();
            }
            TokenKind::Other => {}
            TokenKind::Word(_) if before == Before::Dot => {
                shared = HolePlace::Identifier;
                before = Before::Operand;
            }
            TokenKind::Word(word) => {
                before = Before::Opening;
                match word {
                    Word::Select | Word::Distinct | Word::Column | Word::Returning | Word::Group => {
                        clause = Clause::Columns;
                    }
                    Word::From | Word::Join | Word::Using => {
                        clause = Clause::Tables;
                        lists_columns = false;
                    }
                    Word::Into | Word::Update | Word::Object | Word::Truncate | Word::Use | Word::Describe => {
                        clause = Clause::Tables;
                        lists_columns = true;
                    }
                    Word::Order => clause = Clause::Order,
                    Word::Set => clause = Clause::Changes,
                    Word::Where | Word::Having | Word::On | Word::When => clause = Clause::Condition,
                    Word::Values | Word::Limit | Word::Top | Word::In | Word::Then => {
                        if word == Word::In {
                            before = Before::Operator;
                        } else if word != Word::Then {
                            clause = Clause::Values;
                        } else {
                            before = Before::Operator;
                        }
                    }
                    Word::And if is_between => {
                        is_between = false;
                        before = Before::Operator;
                    }
                    Word::And => {
                        if matches!(clause, Clause::Statement) {
                            clause = Clause::Condition;
                        }
                    }
                    Word::Like => before = Before::Operator,
                    Word::Between => {
                        is_between = true;
                        before = Before::Operator;
                    }
                    Word::Is | Word::Direction | Word::Constant => before = Before::Operand,
                    Word::Execute => clause = Clause::Tables,
                    Word::Union | Word::Begin | Word::With => {
                        clause = Clause::Statement;
                        before = Before::Start;
                    }
                    Word::As | Word::By | Word::Filler => {}
                    Word::Insert | Word::Delete | Word::Create | Word::Grant | Word::Show | Word::Pragma => {
                        clause = Clause::Tables;
                    }
                }
                shared = place;
            }
        }
    }
    holes
}

fn place(before: Before, clause: Clause, is_compared: bool) -> HolePlace {
    match (before, clause) {
        (Before::Dot, _) => HolePlace::Identifier,
        (Before::Operator, _) => HolePlace::Value,
        (Before::Start, _) => HolePlace::Whole,
        (Before::Operand, Clause::Order) => HolePlace::Identifier,
        (Before::Operand, _) => HolePlace::Whole,
        (Before::Opening, Clause::Columns | Clause::Tables | Clause::Order) => HolePlace::Identifier,
        (Before::Opening, Clause::Values) => HolePlace::Value,
        (Before::Opening, Clause::Changes | Clause::Condition) if is_compared => HolePlace::Identifier,
        (Before::Opening, Clause::Changes | Clause::Condition | Clause::Statement) => HolePlace::Whole,
    }
}

/// Whether a hole or name stands directly behind another one.
fn is_name_like(list: &[Token<'_>], at: usize) -> bool {
    let joins = |token: &Token<'_>| matches!(token.kind, TokenKind::Hole | TokenKind::Name | TokenKind::Number);
    at > 0 && joins(&list[at]) && joins(&list[at - 1])
}

/// Whether a name follows behind a dot: `{}.id`.
fn is_qualifier(list: &[Token<'_>], at: usize) -> bool {
    let is_glued = |at: usize, kind: TokenKind| list.get(at).is_some_and(|token| token.glued && token.kind == kind);
    is_glued(at + 1, TokenKind::Dot)
        && (is_glued(at + 2, TokenKind::Name) || is_glued(at + 2, TokenKind::Hole) || is_glued(at + 2, TokenKind::Star))
}

/// Whether the token is a comparison.
fn compares(list: &[Token<'_>], at: usize) -> bool {
    match list.get(at).map(|token| token.kind) {
        Some(TokenKind::Operator { compares }) => compares,
        Some(TokenKind::Word(word)) => matches!(word, Word::Like | Word::In | Word::Between | Word::Is),
        // A name that goes on: `{table}.{column} =`, `{prefix}_name =`.
        Some(TokenKind::Dot) => compares_behind(list, at + 1),
        Some(TokenKind::Name | TokenKind::Hole) if list[at].glued => compares_behind(list, at),
        Some(_) | None => false,
    }
}

fn compares_behind(list: &[Token<'_>], at: usize) -> bool {
    // One name on: longer chains are rare.
    match list.get(at + 1).map(|token| token.kind) {
        Some(TokenKind::Operator { compares }) => compares,
        Some(TokenKind::Word(word)) => matches!(word, Word::Like | Word::In | Word::Between | Word::Is),
        Some(_) | None => false,
    }
}

#[cfg(test)]
mod tests;
