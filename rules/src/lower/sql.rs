//! SQL. The grammar knows neither T-SQL nor the languages of stored procedures, so this goes by words: a statement is a call of
//! its verb, what a rule may ask for an argument with a name; procedures are functions; assignments are assignments.

mod changes;
mod expressions;
mod routines;
mod statements;
#[cfg(test)]
mod tests;
mod tokens;

use tree_sitter::Node;

use crate::ir::{ExprId, ExprKind, Span, Statement};
use crate::lower::Lowering;
use tokens::{Kind, Token};

/// Lowers a whole file.
pub(crate) fn module(lowering: &mut Lowering<'_>, root: Node<'_>) -> Vec<Statement> {
    let tokens = tokens::tokens(lowering.text);
    let mut parser = Parser { lowering, tokens: &tokens, at: 0, root, depth: 0 };
    let mut body = Vec::new();
    while parser.at < tokens.len() {
        let before = parser.at;
        parser.statement(&mut body);
        // Whatever it is, it is passed over.
        if parser.at == before {
            parser.at += 1;
        }
    }
    body
}

struct Parser<'l, 't, 'k, 'n> {
    lowering: &'l mut Lowering<'t>,
    tokens: &'k [Token<'t>],
    at: usize,
    root: Node<'n>,
    /// How many routines the current one stands in.
    depth: usize,
}

impl<'t> Parser<'_, 't, '_, '_> {
    fn peek(&self) -> Option<&Token<'t>> {
        self.tokens.get(self.at)
    }

    fn peek_at(&self, ahead: usize) -> Option<&Token<'t>> {
        self.tokens.get(self.at + ahead)
    }

    /// The word that comes, in lower case; empty if none does.
    fn word(&self) -> &str {
        self.word_at(0)
    }

    fn word_at(&self, ahead: usize) -> &str {
        self.peek_at(ahead).filter(|token| token.kind == Kind::Word).map_or("", |token| &token.lower)
    }

    fn is_word(&self, words: &str) -> bool {
        let word = self.word();
        !word.is_empty() && words.split(' ').any(|other| other == word)
    }

    /// Passes over the word, if it comes.
    fn skip_word(&mut self, words: &str) -> bool {
        let comes = self.is_word(words);
        self.at += usize::from(comes);
        comes
    }

    fn is_mark(&self, mark: u8) -> bool {
        self.peek().is_some_and(|token| token.kind == Kind::Mark(mark))
    }

    fn skip_mark(&mut self, mark: u8) -> bool {
        let comes = self.is_mark(mark);
        self.at += usize::from(comes);
        comes
    }

    /// From a token to the one before the next.
    fn span_from(&self, first: usize) -> Span {
        let start = self.tokens.get(first).map_or(0, |token| token.span.start);
        let last = self.tokens.get(self.at.saturating_sub(1).max(first)).or(self.tokens.last());
        Span { start, end: last.map_or(start, |token| token.span.end.max(start)) }
    }

    fn add(&mut self, kind: ExprKind, first: usize) -> ExprId {
        let span = self.span_from(first);
        self.lowering.add_at(kind, span)
    }

    fn name(&mut self, name: &str, first: usize) -> ExprId {
        let symbol = self.lowering.symbol(name);
        self.add(ExprKind::Name(symbol), first)
    }

    fn text(&mut self, text: &str, first: usize) -> ExprId {
        self.add(ExprKind::Text(text.into()), first)
    }
}
