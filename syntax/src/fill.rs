//! Where a model may be asked to fill in a program: gaps that are whole nodes of its syntax tree, with the text around them.
//!
//! Of Python alone, and of damaged programs as well. What a model is sent to fill a gap is no business of this file.

use std::collections::HashSet;
use std::ops::Range;

use proofhouse_types::Language;
use tree_sitter::Node;

use crate::tree::python_tree;

/// The share of a window that is kept for what stands behind the gap. The text before it says more: definitions stand there.
const SUFFIX_SHARE: usize = 4;

/// The share of a window that imports from further above take at most.
const IMPORTS_SHARE: usize = 2;

/// A gap with the text around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FillIn {
    /// The text before the gap.
    pub prefix: String,
    /// The text behind it.
    pub suffix: String,
    /// The text that stood in it.
    pub gap: String,
    /// The kind of the node that stood in it, as tree-sitter names it; `line` where a line stood there that is no node, such as
    /// one with two statements, and where nothing did.
    pub kind: String,
}

/// Where a gap is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FillPoint<'a> {
    /// The body of the function of that name, or of the longest method of the class of that name; without a name, of the longest
    /// function. A docstring is no part of it.
    Body(Option<&'a str>),
    /// The smallest statement or expression that has the whole of a line, from 1.
    Line(usize),
    /// The smallest statement or expression that has a character.
    Character {
        /// Its line, from 1.
        line: usize,
        /// Its place in the line, from 1.
        column: usize,
    },
    /// The place in front of a byte: nothing stands in the gap.
    Cursor(usize),
}

/// Makes a gap in a program; nothing where there is no such place, and in SQL, for which there is no grammar here.
///
/// With a window, at most so many bytes of text stand around the gap: the nearest whole lines, and in front of them the
/// program's imports from further above, each once. Without one it is the whole text: prefix, gap and suffix are the program.
pub fn fill_in(program: &str, language: Language, point: FillPoint<'_>, window: Option<usize>) -> Option<FillIn> {
    match language {
        Language::Python => {}
        Language::Sql => return None,
    }
    let tree = python_tree(program);
    let root = tree.root_node();
    let (gap, kind) = match point {
        FillPoint::Body(name) => body(root, program, name)?,
        FillPoint::Line(line) => aligned(root, program, content(program, line)?),
        FillPoint::Character { line, column } => {
            let content = content(program, line)?;
            let start = program[..content.start].rfind('\n').map_or(0, |newline| newline + 1);
            let letter = program[start..content.end].char_indices().nth(column.checked_sub(1)?);
            let letter = letter.map(|(at, letter)| start + at..start + at + letter.len_utf8());
            // Beside the text of its line, it is the line that is meant.
            aligned(root, program, letter.filter(|letter| letter.start >= content.start).unwrap_or(content))
        }
        FillPoint::Cursor(at) if program.is_char_boundary(at) => (at..at, "line".to_owned()),
        FillPoint::Cursor(_) => return None,
    };
    let (prefix, suffix) = match window {
        Some(bytes) => windowed(root, program, &gap, bytes),
        None => (program[..gap.start].to_owned(), program[gap.end..].to_owned()),
    };
    Some(FillIn { prefix, suffix, gap: program[gap].to_owned(), kind })
}

/// What stands between a body's docstring and its end, of the definition that a name means.
fn body(root: Node<'_>, program: &str, name: Option<&str>) -> Option<(Range<usize>, String)> {
    let definitions = definitions(root);
    let functions = || definitions.iter().map(|(_, node)| *node).filter(|node| node.kind() == "function_definition");
    let longest = |functions: &mut dyn Iterator<Item = Node<'_>>| {
        functions.filter_map(written).max_by_key(|gap| (gap.len(), std::cmp::Reverse(gap.start)))
    };
    let gap = match name {
        None => longest(&mut functions())?,
        Some(name) => {
            let is_named = |node: Node<'_>| {
                node.child_by_field_name("name").is_some_and(|there| &program[there.byte_range()] == name)
            };
            // Of several the outermost, and of those the last, which is the one that is called.
            let named = definitions.iter().rev().filter(|(_, node)| is_named(*node));
            let (_, meant) = named.min_by_key(|(depth, _)| *depth)?;
            match meant.kind() {
                "function_definition" => written(*meant)?,
                _ => longest(&mut functions().filter(|node| meant.byte_range().contains(&node.start_byte())))?,
            }
        }
    };
    Some((gap, "block".to_owned()))
}

/// The functions and classes with their depths in the tree, in the order of the text. Iterative: a hostile text nests deeper
/// than the stack.
fn definitions(root: Node<'_>) -> Vec<(u32, Node<'_>)> {
    let mut found = Vec::new();
    walk(root, |depth, node| {
        if matches!(node.kind(), "function_definition" | "class_definition") {
            found.push((depth, node));
        }
        true
    });
    found
}

/// Visits nodes in the order of the text, and those under them where the visit says so.
fn walk<'t>(root: Node<'t>, mut visit: impl FnMut(u32, Node<'t>) -> bool) {
    let mut cursor = root.walk();
    loop {
        if visit(cursor.depth(), cursor.node()) && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return;
            }
        }
    }
}

/// A function's body without its docstring; nothing where there is no more.
fn written(function: Node<'_>) -> Option<Range<usize>> {
    let body = function.child_by_field_name("body")?;
    let mut statements = body.named_children(&mut body.walk()).collect::<Vec<_>>();
    if let Some(first) = statements.iter().position(|node| !node.is_extra())
        && is_docstring(statements[first])
    {
        statements.drain(..=first);
    }
    let has_code = statements.iter().any(|node| !node.is_extra());
    has_code.then(|| statements[0].start_byte()..statements[statements.len() - 1].end_byte())
}

fn is_docstring(node: Node<'_>) -> bool {
    let text = node.named_child(0).filter(|_| node.kind() == "expression_statement");
    text.is_some_and(|text| matches!(text.kind(), "string" | "concatenated_string"))
}

/// A line's text without the blanks around it; behind its indentation where it has none. Lines are counted from 1.
fn content(program: &str, line: usize) -> Option<Range<usize>> {
    let text = program.split_inclusive('\n').nth(line.checked_sub(1)?)?;
    let start = text.as_ptr().addr() - program.as_ptr().addr();
    let text = text.trim_end_matches(['\n', '\r']);
    let indentation = text.len() - text.trim_start().len();
    Some(start + indentation..start + text.trim_end().len().max(indentation))
}

/// The smallest statement, expression or comment that has a range; the range itself where that is none of one statement, or
/// stands where the text is damaged.
fn aligned(root: Node<'_>, program: &str, range: Range<usize>) -> (Range<usize>, String) {
    let expressions = expressions();
    let mut cursor = root.walk();
    let mut chosen = None;
    let mut above = root;
    while !range.is_empty() && cursor.goto_first_child_for_byte(range.start).is_some() {
        let node = cursor.node();
        if node.start_byte() > range.start || node.end_byte() < range.end {
            break;
        }
        let is_statement = node.is_named() && matches!(above.kind(), "module" | "block");
        if node.is_error() || node.kind() == "block" {
            chosen = None;
        } else if is_statement || node.kind() == "comment" || expressions.contains(node.kind()) {
            chosen = Some(node);
        }
        above = node;
    }
    match chosen {
        // A statement of tree-sitter's may have the newline behind it.
        Some(node) => {
            let text = program[node.byte_range()].trim_end();
            (node.start_byte()..node.start_byte() + text.len(), node.kind().to_owned())
        }
        None => (range, "line".to_owned()),
    }
}

/// The kinds of nodes that are expressions.
fn expressions() -> HashSet<String> {
    let language = tree_sitter::Language::from(tree_sitter_python::LANGUAGE);
    let is_expression = |id: &u16| {
        language.node_kind_for_id(*id).is_some_and(|name| matches!(name, "expression" | "primary_expression"))
    };
    let kinds = language.supertypes().iter().copied().filter(is_expression);
    let kinds = kinds.flat_map(|id| language.subtypes_for_supertype(id));
    kinds.filter_map(|id| language.node_kind_for_id(*id).map(str::to_owned)).collect()
}

/// The text around a gap that a window has room for.
fn windowed(root: Node<'_>, program: &str, gap: &Range<usize>, bytes: usize) -> (String, String) {
    let (before, behind) = (&program[..gap.start], &program[gap.end..]);
    let behind_room = (bytes / SUFFIX_SHARE).max(bytes.saturating_sub(before.len()));
    let suffix = &behind[..last_line_end(behind, behind_room)];
    let room = bytes - suffix.len();
    let (mut start, mut imports) = (first_line_start(before, room), String::new());
    // What imports take moves the start, and may leave more of them above it.
    loop {
        let wanted = imports_above(root, program, start, room / IMPORTS_SHARE);
        if wanted == imports {
            return (imports + &before[start..], suffix.to_owned());
        }
        imports = wanted;
        start = start.max(first_line_start(before, room - imports.len()));
    }
}

/// How much of a text's start is whole lines in so many bytes; where not even one is, as much of it as there is room for.
fn last_line_end(text: &str, room: usize) -> usize {
    if text.len() <= room {
        return text.len();
    }
    let end = text.floor_char_boundary(room);
    text[..end].rfind('\n').map_or(end, |newline| newline + 1)
}

/// Where the whole lines begin that end a text and take up to so many bytes; where not even one does, as much of it as there is
/// room for.
fn first_line_start(text: &str, room: usize) -> usize {
    if text.len() <= room {
        return 0;
    }
    let start = text.ceil_char_boundary(text.len() - room);
    if text[..start].ends_with('\n') {
        return start;
    }
    text[start..].find('\n').map_or(start, |newline| start + newline + 1)
}

/// The imports outside functions and classes that end before a place and do not stand behind it too, each once and on lines of
/// their own; the first of them, up to so many bytes.
fn imports_above(root: Node<'_>, program: &str, place: usize, room: usize) -> String {
    let mut found = Vec::new();
    walk(root, |_, node| match node.kind() {
        "import_statement" | "import_from_statement" | "future_import_statement" => {
            found.push(node);
            false
        }
        "function_definition" | "class_definition" => false,
        _ => true,
    });
    let (above, below): (Vec<_>, Vec<_>) = found.into_iter().partition(|node| node.end_byte() <= place);
    let mut known: HashSet<_> = below.into_iter().map(|node| &program[node.byte_range()]).collect();
    let mut imports = String::new();
    for text in above.into_iter().map(|node| &program[node.byte_range()]) {
        if known.insert(text) && imports.len() + text.len() < room {
            imports.push_str(text);
            imports.push('\n');
        }
    }
    imports
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROGRAM: &str = "\
import a
from b import (
    c,
)

try:
    import d
except ImportError:
    d = None


def f(x):
    \"\"\"Doc.\"\"\"
    # why
    y = a.é(x, 1)
    for z in y:
        c(z); d(z)

    return [y, z]


class A:
    def short(self): return 1

    @property
    async def long(self):
        import a
        await f(1)

    def f(self):
        \"\"\"Nothing else.\"\"\"
";

    fn check(point: FillPoint<'_>, expected: Option<(&str, &str)>) {
        let found = fill_in(PROGRAM, Language::Python, point, None);
        let gap = found.as_ref().map(|found| (found.gap.as_str(), found.kind.as_str()));
        assert_eq!(gap, expected, "{point:?}");
        if let Some(FillIn { prefix, suffix, gap, .. }) = found {
            assert_eq!(prefix + &gap + &suffix, PROGRAM, "{point:?}");
        }
    }

    #[test]
    fn a_body_is_filled_in_without_its_docstring() {
        let body = "# why\n    y = a.é(x, 1)\n    for z in y:\n        c(z); d(z)\n\n    return [y, z]";
        check(FillPoint::Body(Some("f")), Some((body, "block")));
        check(FillPoint::Body(None), Some((body, "block")));
        check(FillPoint::Body(Some("short")), Some(("return 1", "block")));
        check(FillPoint::Body(Some("A")), Some(("import a\n        await f(1)", "block")));
        check(FillPoint::Body(Some("a")), None);
        let last = fill_in("def f(): 1\ndef f(): 2\n", Language::Python, FillPoint::Body(Some("f")), None);
        assert_eq!(last.map(|found| found.gap), Some("2".to_owned()));
        assert_eq!(fill_in("SELECT 1", Language::Sql, FillPoint::Line(1), None), None);
    }

    #[test]
    fn a_place_is_widened_to_the_smallest_node_around_it() {
        let line = FillPoint::Line;
        let character = |line, column| FillPoint::Character { line, column };
        check(line(1), Some(("import a", "import_statement")));
        check(character(3, 5), Some(("c", "identifier")));
        check(line(4), Some(("from b import (\n    c,\n)", "import_from_statement")));
        check(line(5), Some(("", "line")));
        check(line(14), Some(("# why", "comment")));
        check(line(15), Some(("y = a.é(x, 1)", "expression_statement")));
        check(line(16), Some(("for z in y:\n        c(z); d(z)", "for_statement")));
        check(line(17), Some(("c(z); d(z)", "line")));
        check(character(15, 5), Some(("y", "identifier")));
        check(character(15, 9), Some(("a", "identifier")));
        check(character(15, 10), Some(("a.é", "attribute")));
        check(character(15, 12), Some(("a.é(x, 1)", "call")));
        check(character(15, 16), Some(("1", "integer")));
        check(character(15, 3), Some(("y = a.é(x, 1)", "expression_statement")));
        check(character(15, 99), Some(("y = a.é(x, 1)", "expression_statement")));
        check(character(16, 5), Some(("for z in y:\n        c(z); d(z)", "for_statement")));
        check(character(17, 16), Some(("d(z)", "call")));
        check(character(19, 7), Some(("return [y, z]", "return_statement")));
        check(character(19, 12), Some(("[y, z]", "list")));
        check(FillPoint::Cursor(0), Some(("", "line")));
        check(FillPoint::Cursor(PROGRAM.len()), Some(("", "line")));
        check(FillPoint::Cursor(PROGRAM.len() + 1), None);
        check(FillPoint::Cursor(PROGRAM.find('é').unwrap() + 1), None);
        for nowhere in [line(0), line(99), character(1, 0), character(0, 1)] {
            check(nowhere, None);
        }
    }

    #[test]
    fn a_window_has_the_nearest_lines_and_the_imports() {
        let check = |bytes: usize, prefix: &str, suffix: &str| {
            let found = fill_in(PROGRAM, Language::Python, FillPoint::Line(17), Some(bytes)).unwrap();
            assert_eq!((found.prefix.as_str(), found.suffix.as_str()), (prefix, suffix), "{bytes}");
            assert!(prefix.len() + suffix.len() <= bytes, "{bytes}");
        };
        let imports = "import a\nfrom b import (\n    c,\n)\nimport d\n";
        let near = "    y = a.é(x, 1)\n    for z in y:\n        ";
        let behind = "\n\n    return [y, z]\n\n\n";
        check(108, &format!("{imports}{near}"), behind);
        check(60, "import a\nimport d\n    for z in y:\n        ", "\n\n");
        check(8, "      ", "\n\n");
        check(0, "", "");
        let (before, after) = PROGRAM.split_once("c(z); d(z)").unwrap();
        check(PROGRAM.len(), before, after);
    }

    #[test]
    fn an_import_stands_in_a_window_once() {
        let program = format!("import a\nimport b\nimport a\n{}import b\nx = 1\n", "#\n".repeat(50));
        let found = fill_in(&program, Language::Python, FillPoint::Line(55), Some(40)).unwrap();
        assert_eq!(found.prefix, format!("import a\n{}import b\n", "#\n".repeat(10)));
    }

    #[test]
    fn damaged_programs_are_put_together_again() {
        for end in (0..=PROGRAM.len()).step_by(11).filter(|end| PROGRAM.is_char_boundary(*end)) {
            let damaged = format!("{}{}", &PROGRAM[..end], &PROGRAM[PROGRAM.ceil_char_boundary(end + 7)..]);
            let points = (1..=damaged.lines().count()).flat_map(|line| {
                [FillPoint::Line(line), FillPoint::Character { line, column: 9 }, FillPoint::Body(None)]
            });
            for point in points {
                if let Some(FillIn { prefix, suffix, gap, .. }) = fill_in(&damaged, Language::Python, point, None) {
                    assert_eq!(prefix + &gap + &suffix, damaged, "{point:?}");
                }
                if let Some(FillIn { prefix, suffix, .. }) = fill_in(&damaged, Language::Python, point, Some(50)) {
                    assert!(prefix.len() + suffix.len() <= 50, "{point:?} of {damaged}");
                }
            }
        }
    }
}
