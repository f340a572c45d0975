//! Parsing: text to a tree-sitter tree plus a list of errors.
//!
//! The grammar lets through what Python's own tokenizer and compiler refuse (empty blocks, stray indentation, `return` outside a
//! function, Python 2's `print x`, backquotes); those are errors here. It is still not Python: it may refuse brand-new syntax.

use std::fmt;
use std::ops::Range;
use std::sync::OnceLock;

use proofhouse_types::Language;
use tree_sitter::{Node, Parser, Tree};

use crate::mend::{Mended, mend};

/// How many errors are listed for one text. A text with more is no program, and nobody reads on; the figure bounds memory.
const ERRORS_LISTED: usize = 100;

/// A tree, which is there however damaged the text, and what is wrong with it.
#[derive(Debug)]
pub struct Parsed {
    tree: Tree,
    errors: Vec<SyntaxError>,
    mended: OnceLock<Option<Mended>>,
}

/// One place where a text breaks its language's syntax.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// The line, from 1.
    pub line: usize,
    /// The character within the line, from 1.
    pub column: usize,
    /// What is wrong there.
    pub problem: Problem,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.problem)
    }
}

/// What is wrong at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// Text that fits nowhere.
    Unexpected,
    /// A token that the grammar needs is not there.
    Missing(String),
    /// A header such as `def f():` without a body.
    EmptyBlock,
    /// A line that is indented like none of the blocks around it.
    Indentation,
    /// `return` or `yield` outside a function.
    OutsideFunction,
    /// Syntax that left the language with Python 2.
    PythonTwo,
    /// The text was not read: its language has no grammar here.
    NoGrammar,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unexpected => f.write_str("invalid syntax"),
            Self::Missing(token) => write!(f, "missing `{token}`"),
            Self::EmptyBlock => f.write_str("expected an indented block"),
            Self::Indentation => f.write_str("unexpected indentation"),
            Self::OutsideFunction => f.write_str("`return` or `yield` outside a function"),
            Self::PythonTwo => f.write_str("syntax of Python 2"),
            Self::NoGrammar => f.write_str("no grammar for this language"),
        }
    }
}

impl Parsed {
    /// The tree, damaged where there are errors.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// What is wrong, in the order of the text; at most the first 100.
    pub fn errors(&self) -> &[SyntaxError] {
        &self.errors
    }

    /// Whether nothing is wrong.
    pub fn is_valid(&self) -> bool {
        self.errors.is_empty()
    }

    /// The text with its end mended, where the damage left no structure; none where that did not help. The text must be the
    /// one that was parsed.
    pub(crate) fn mended(&self, text: &str) -> Option<&Mended> {
        self.mended.get_or_init(|| mend(&self.tree, text)).as_ref()
    }

    /// Whether the text would be valid as the body of a function.
    pub(crate) fn is_valid_in_function(&self) -> bool {
        self.errors.iter().all(|error| error.problem == Problem::OutsideFunction)
    }
}

/// Parses a text. Takes time in proportion to its length, about a second a megabyte.
///
/// There is no grammar for SQL: its text is not read, the tree is empty, and [`Problem::NoGrammar`] is the one error.
pub fn parse(text: &str, language: Language) -> Parsed {
    match language {
        Language::Python => parse_python(text),
        Language::Sql => {
            let unread = SyntaxError { line: 1, column: 1, problem: Problem::NoGrammar };
            Parsed { errors: vec![unread], ..parse_python("") }
        }
    }
}

fn parse_python(text: &str) -> Parsed {
    let tree = python_tree(text);
    let mut errors = Audit::new(text).run(&tree);
    errors.sort_by_key(|error| (error.line, error.column));
    Parsed { tree, errors, mended: OnceLock::new() }
}

/// The tree of a Python text, however damaged.
pub(crate) fn python_tree(text: &str) -> Tree {
    let mut parser = Parser::new();
    parser
        .set_language(&tree_sitter_python::LANGUAGE.into())
        .expect("the grammar is built for this version of tree-sitter");
    parser.parse(text, None).expect("a parser with a language and without a deadline returns a tree")
}

/// Whether a text has no syntax error. Never true of SQL, which is not read.
pub fn parses(text: &str, language: Language) -> bool {
    parse(text, language).is_valid()
}

/// One walk over a tree, in which errors are collected. Iterative: a hostile text nests deeper than the stack.
struct Audit<'a> {
    text: &'a str,
    errors: Vec<SyntaxError>,
    /// The functions (true) and classes (false) around the current node.
    scopes: Vec<bool>,
    /// For each block around the current node: its indentation, once a line of it was seen.
    blocks: Vec<Option<Range<usize>>>,
    /// The last row whose indentation was looked at: a row counts once, however many statements it has.
    row: Option<usize>,
}

impl<'a> Audit<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, errors: Vec::new(), scopes: Vec::new(), blocks: Vec::new(), row: None }
    }

    fn run(mut self, tree: &Tree) -> Vec<SyntaxError> {
        let mut cursor = tree.walk();
        let mut in_block = vec![false];
        'walk: loop {
            let node = cursor.node();
            let descend = self.enter(node, in_block.last().copied().unwrap_or(false));
            if self.errors.len() >= ERRORS_LISTED {
                break;
            }
            if descend && cursor.goto_first_child() {
                in_block.push(is_block(node));
                continue;
            }
            self.leave(node);
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    break 'walk;
                }
                in_block.pop();
                self.leave(cursor.node());
            }
        }
        self.errors
    }

    /// Looks at one node; says whether its children are worth a look.
    fn enter(&mut self, node: Node<'_>, in_block: bool) -> bool {
        if in_block && node.is_named() && !node.is_extra() {
            self.check_indentation(node);
        }
        match node.kind() {
            "else_clause" | "elif_clause" | "except_clause" | "finally_clause" => self.check_indentation(node),
            "module" => self.blocks.push(Some(0..0)),
            "block" => {
                if node.named_children(&mut node.walk()).all(|child| child.is_extra()) {
                    self.report(node, Problem::EmptyBlock);
                }
                self.blocks.push(None);
            }
            "function_definition" | "lambda" => self.scopes.push(true),
            "class_definition" => self.scopes.push(false),
            "return_statement" | "yield" if self.scopes.last() != Some(&true) => {
                self.report(node, Problem::OutsideFunction);
            }
            "print_statement" | "exec_statement" => self.report(node, Problem::PythonTwo),
            "string_start" if self.text[node.byte_range()].contains('`') => self.report(node, Problem::PythonTwo),
            _ if node.is_missing() => self.report(node, Problem::Missing(node.kind().to_owned())),
            _ if node.is_error() => self.report(node, Problem::Unexpected),
            _ => {}
        }
        !node.is_error()
    }

    fn leave(&mut self, node: Node<'_>) {
        match node.kind() {
            "module" | "block" => drop(self.blocks.pop()),
            "function_definition" | "lambda" | "class_definition" => drop(self.scopes.pop()),
            _ => {}
        }
    }

    fn check_indentation(&mut self, node: Node<'_>) {
        let start = node.start_position();
        if self.row.replace(start.row) == Some(start.row) {
            return;
        }
        let line = node.start_byte() - start.column..node.start_byte();
        if !self.text[line.clone()].bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\x0c')) {
            return;
        }
        let Some(block) = self.blocks.last_mut() else {
            return;
        };
        let expected = block.get_or_insert_with(|| line.clone()).clone();
        if depth(&self.text[expected]) != depth(&self.text[line]) {
            self.report(node, Problem::Indentation);
        }
    }

    fn report(&mut self, node: Node<'_>, problem: Problem) {
        let start = node.start_position();
        let line = &self.text[node.start_byte() - start.column..node.start_byte()];
        self.errors.push(SyntaxError { line: start.row + 1, column: line.chars().count() + 1, problem });
    }
}

fn is_block(node: Node<'_>) -> bool {
    matches!(node.kind(), "module" | "block")
}

/// How deep an indentation is with tabs of eight and of one, which must agree for two lines to be in one block (Python's tokenizer).
fn depth(indentation: &str) -> (usize, usize) {
    indentation.bytes().fold((0, 0), |(eight, one), byte| match byte {
        b'\t' => ((eight / 8 + 1) * 8, one + 1),
        b'\x0c' => (0, 0),
        _ => (eight + 1, one + 1),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let errors = parse(text, Language::Python).errors().iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(errors, expected, "{text:?}");
    }

    #[test]
    fn errors_have_their_places() {
        check("", &[]);
        check("def f(x):\n    return x\n", &[]);
        check("def f(x):\n\treturn x\n", &[]);
        check("async def f():\n    yield 1\nawait f()\n", &[]);
        check("f = lambda: (yield)\n", &[]);
        check("try:\n    pass\nexcept A, B:\n    pass\n", &[]);
        check("x = t\"{a}\"\nmatch x:\n    case 1:\n        pass\n", &[]);
        check("if x: y; z\nw = (1,\n  2); v = 3\n", &[]);
        check("x = (1\ny = 2\n", &["line 1, column 3: invalid syntax"]);
        check("def f():\n", &["line 1, column 9: expected an indented block"]);
        check("def f():\n    # nothing\nx = 1\n", &["line 1, column 9: expected an indented block"]);
        check("x = 1\n    y = 2\n", &["line 2, column 5: unexpected indentation"]);
        check("def f():\n        x\n    y\n", &["line 3, column 5: unexpected indentation"]);
        check("if x:\n\ty\n        z\n", &["line 3, column 9: unexpected indentation"]);
        check("if x:\n        y\n    else:\n        z\n", &["line 3, column 5: unexpected indentation"]);
        check("for x in y: pass\nelse: pass\n", &[]);
        check("return 1\n", &["line 1, column 1: `return` or `yield` outside a function"]);
        check("class A:\n    return 1\n", &["line 2, column 5: `return` or `yield` outside a function"]);
        check("print 'é' + 1\n", &["line 1, column 1: syntax of Python 2"]);
        check("x = `y`\n", &["line 1, column 5: syntax of Python 2"]);
    }

    #[test]
    fn sql_is_not_read() {
        let parsed = parse("SELECT 1", Language::Sql);
        assert_eq!(parsed.errors(), [SyntaxError { line: 1, column: 1, problem: Problem::NoGrammar }]);
        assert_eq!(parsed.tree().root_node().child_count(), 0);
    }

    #[test]
    fn errors_are_listed_up_to_a_limit() {
        let errors = |lines: usize| parse(&"return\n".repeat(lines), Language::Python).errors().len();
        assert_eq!(errors(ERRORS_LISTED), ERRORS_LISTED);
        assert_eq!(errors(ERRORS_LISTED + 1), ERRORS_LISTED);
    }
}
