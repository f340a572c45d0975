//! The string literals of a text, whatever its language: a grammar's nodes for them all have quotes, and `string` in their kind.

use tree_sitter::{Node, Tree};

use crate::ir::Span;
use crate::secrets::span;
use proofhouse_syntax::Grammar;

/// A literal, or a word of a shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Literal<'t> {
    /// With its quotes and prefix.
    pub(super) whole: Span,
    /// What is between the quotes, escapes as they are written.
    pub(super) content: &'t str,
    /// Where the content begins.
    pub(super) start: usize,
    /// Something is put into it when the program runs.
    pub(super) has_holes: bool,
}

/// The literals and the comments of a text, in its order.
#[derive(Debug, Default)]
pub(crate) struct Literals<'t> {
    pub(super) list: Vec<Literal<'t>>,
    pub(super) comments: Vec<Span>,
}

impl<'t> Literals<'t> {
    pub(crate) fn of(text: &'t str, tree: &Tree, grammar: Grammar) -> Self {
        let mut literals = Literals::default();
        let mut cursor = tree.walk();
        loop {
            let node = cursor.node();
            if literals.enters(text, node, grammar) && cursor.goto_first_child() {
                continue;
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    return literals;
                }
            }
        }
    }

    /// Whether a place is inside a comment.
    pub(super) fn is_comment(&self, at: usize) -> bool {
        let behind = self.comments.partition_point(|comment| comment.start as usize <= at);
        behind > 0 && self.comments[behind - 1].end as usize > at
    }

    /// Takes a node if it is a literal or a comment; says whether to look inside it.
    fn enters(&mut self, text: &'t str, node: Node<'_>, grammar: Grammar) -> bool {
        let kind = node.kind();
        if !node.is_named() {
            return true;
        }
        if kind.contains("comment") {
            self.comments.push(span(node.start_byte(), node.end_byte()));
            return false;
        }
        let is_word = grammar == Grammar::Bash && matches!(kind, "word" | "number");
        let is_sql = grammar == Grammar::Sql && kind == "literal";
        // C keeps what a macro stands for as one piece.
        let is_macro = kind == "preproc_arg";
        let is_block = matches!(kind, "heredoc_body" | "nowdoc_body" | "heredoc_content" | "jsx_text");
        let is_string = kind.contains("string") && !kind.contains("concatenated") && kind != "chained_string";
        if !(is_word || is_sql || is_macro || is_block || is_string) {
            return true;
        }
        let range = node.byte_range();
        let Some(whole) = text.get(range.clone()) else { return true };
        if is_macro {
            self.quoted_in(text, range.start, range.end);
            return false;
        }
        let (before, after) = match is_word || is_block {
            true => (0, 0),
            false => match quotes(whole) {
                Some(quotes) => quotes,
                // `string` is also the name of types and lists of words.
                None => return true,
            },
        };
        let start = range.start + before;
        let content = text.get(start..range.end - after).unwrap_or_default();
        let has_holes = has_holes(node);
        self.list.push(Literal { whole: span(range.start, range.end), content, start, has_holes });
        has_holes && is_block
    }

    /// The literals of a piece of text that the grammar does not look into.
    fn quoted_in(&mut self, text: &'t str, from: usize, to: usize) {
        let mut at = from;
        while let Some(open) = text.get(at..to).and_then(|rest| rest.find('"')) {
            let open = at + open;
            let Some(length) = text.get(open + 1..to).and_then(|rest| rest.find('"')) else { return };
            let content = &text[open + 1..open + 1 + length];
            at = open + length + 2;
            self.list.push(Literal { whole: span(open, at), content, start: open + 1, has_holes: false });
        }
    }
}

/// Whether something is put into a literal.
fn has_holes(node: Node<'_>) -> bool {
    let mut cursor = node.walk();
    node.children(&mut cursor).any(|child| {
        let kind = child.kind();
        kind.contains("interpolation")
            || kind.contains("substitution")
            || kind.contains("expansion")
            || kind == "variable_name"
            || kind == "{"
            || kind == "member_access_expression"
    })
}

/// How long a literal's opening is, prefix included, and its closing; none if it has no quotes.
fn quotes(whole: &str) -> Option<(usize, usize)> {
    // `$@"`, `br##"`, `u8R"`, `%q(` is left out: it is rare.
    const LONGEST_PREFIX: usize = 6;
    let bytes = whole.as_bytes();
    let quote_at = bytes.iter().take(LONGEST_PREFIX).position(|byte| matches!(byte, b'"' | b'\'' | b'`'))?;
    if !bytes[..quote_at].iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'@' | b'$' | b'#')) {
        return None;
    }
    let quote = bytes[quote_at];
    let run = bytes[quote_at..].iter().take(3).take_while(|byte| **byte == quote).count();
    let opening = if run == 3 { 3 } else { 1 };
    let hashes = bytes[..quote_at].iter().filter(|byte| **byte == b'#').count();
    let before = quote_at + opening;
    let rest = &bytes[before..];
    let closing =
        rest.iter().rev().take(opening + hashes).take_while(|byte| matches!(**byte, b'#') || **byte == quote).count();
    // A literal that is cut off has no closing.
    Some((before, closing))
}

#[cfg(test)]
mod tests {
    use super::{Literals, quotes};
    use proofhouse_syntax::Grammar;

    fn contents(grammar: Grammar, text: &str) -> Vec<String> {
        let tree = grammar.tree(text);
        let literals = Literals::of(text, &tree, grammar);
        literals.list.iter().filter(|literal| !literal.has_holes).map(|literal| literal.content.to_owned()).collect()
    }

    #[test]
    fn quotes_are_measured() {
        for (whole, expected) in [
            ("\"a\"", Some((1, 1))),
            ("''", Some((1, 1))),
            ("b'a'", Some((2, 1))),
            ("\"\"\"a\"\"\"", Some((3, 3))),
            ("r#\"a\"#", Some((3, 2))),
            ("$@\"a\"", Some((3, 1))),
            ("\"a", Some((1, 0))),
            ("string", None),
        ] {
            assert_eq!(quotes(whole), expected, "{whole}");
        }
    }

    #[test]
    fn literals_of_every_language_are_found() {
        for (grammar, text) in [
            (Grammar::Python, "x = 'secret'"),
            (Grammar::Python, "x = b\"\"\"secret\"\"\" # 'comment'"),
            (Grammar::JavaScript, "const x = `secret`; // 'comment'"),
            (Grammar::TypeScript, "const x: string = 'secret';"),
            (Grammar::Tsx, "const x: string = 'secret';"),
            (Grammar::Java, "class A { String x = \"secret\"; }"),
            (Grammar::Go, "package a\nvar x = `secret`"),
            (Grammar::Go, "package a\nvar x = \"secret\""),
            (Grammar::C, "char *x = \"secret\";"),
            (Grammar::C, "#define X \"secret\"\n"),
            (Grammar::Cpp, "std::string x = \"secret\";"),
            (Grammar::CSharp, "class A { string x = \"secret\"; }"),
            (Grammar::CSharp, "class A { string x = @\"secret\"; }"),
            (Grammar::Php, "<?php $x = 'secret';"),
            (Grammar::Php, "<?php $x = \"secret\";"),
            (Grammar::Ruby, "x = 'secret'"),
            (Grammar::Rust, "const X: &str = \"secret\";"),
            (Grammar::Rust, "const X: &str = r#\"secret\"#;"),
        ] {
            assert_eq!(contents(grammar, text), ["secret"], "{grammar:?} {text}");
        }
        assert!(contents(Grammar::Bash, "X='secret'").contains(&"secret".to_owned()));
        assert!(contents(Grammar::Bash, "X=secret").contains(&"secret".to_owned()));
        assert!(contents(Grammar::Sql, "UPDATE t SET a = 'secret'").contains(&"secret".to_owned()));
    }

    #[test]
    fn what_has_holes_says_so() {
        for (grammar, text) in [
            (Grammar::Python, "x = f'a{b}'"),
            (Grammar::JavaScript, "x = `a${b}`"),
            (Grammar::CSharp, "class A { string x = $\"a{b}\"; }"),
            (Grammar::Php, "<?php $x = \"a$b\";"),
            (Grammar::Php, "<?php $x = \"a{$b}\";"),
            (Grammar::Ruby, "x = \"a#{b}\""),
        ] {
            assert_eq!(contents(grammar, text), [""; 0], "{text}");
        }
    }
}
