//! Completions: replies that go on where the prompt stops, in the middle of a function.
//!
//! The prompt and the reply are joined as they are. Only indentation that was lost on the way is put back; no code is added.

use std::ops::ControlFlow;

use crate::lines::{first_line, indent, indentation, last_statement};
use crate::search::Search;
use crate::statements::{Weight, has_code, weight};
use crate::stub::Stub;
use crate::tree::Parsed;

/// A prompt with its completion.
#[derive(Debug)]
pub(crate) struct Completed {
    /// The prompt and the reply, as far as it was kept.
    pub(crate) code: String,
    /// Whether all of the reply was kept.
    pub(crate) whole: bool,
    /// Whether the reply may have stopped in the middle of the function: nothing follows it, nor does it end by returning.
    pub(crate) open_ended: bool,
}

/// Joins a prompt with a reply that adds statements to the prompt's last function. None if the reply does not.
pub(crate) fn complete(search: &mut Search, stub: &Stub, reply: &str) -> Option<Completed> {
    let (start, first) = first_line(reply)?;
    let joined = stub.text.clone() + reply;
    let plain = whole(search, stub, joined.clone()).or_else(|| prefix(search, stub, &joined));
    if plain.is_some() {
        return plain;
    }
    if !stub.text.ends_with('\n') && !reply.starts_with('\n') {
        let joined = format!("{}\n{reply}", stub.text);
        let on_a_new_line = whole(search, stub, joined.clone()).or_else(|| prefix(search, stub, &joined));
        if on_a_new_line.is_some() {
            return on_a_new_line;
        }
    }
    let head = if stub.text.ends_with('\n') { stub.text.clone() } else { format!("{}\n", stub.text) };
    let kept = if indentation(first).is_empty() { flat_body(search, &reply[start..]) } else { 0 };
    if kept > 0 {
        let (body, rest) = reply[start..].split_at(kept);
        let all_moved = head.clone() + &indent(body, &stub.body_indentation);
        if let Some(completed) = whole(search, stub, all_moved) {
            let whole = rest.trim().is_empty();
            return Some(Completed { whole, open_ended: completed.open_ended && whole, ..completed });
        }
    }
    // A first statement that is a program of its own, such as `print(f(1))`, never stood in the function.
    let first_end = search.statement_end(reply, start)?;
    if search.read(&reply[start..first_end])?.is_valid() {
        return None;
    }
    let first_moved = format!("{head}{}{}", stub.body_indentation, reply[start..].trim_start_matches([' ', '\t']));
    whole(search, stub, first_moved.clone()).or_else(|| prefix(search, stub, &first_moved))
}

/// Takes all of the text, if it parses and the function has grown.
fn whole(search: &mut Search, stub: &Stub, joined: String) -> Option<Completed> {
    let parsed = search.read(&joined)?;
    if !parsed.is_valid() || !has_grown(&parsed, stub) {
        return None;
    }
    let open_ended = is_open_ended(&parsed, &joined, Some(&stub.name));
    Some(Completed { code: joined, whole: true, open_ended })
}

/// Takes the longest run of lines that parses. It ends where a top-level statement ends, so never inside the function.
fn prefix(search: &mut Search, stub: &Stub, joined: &str) -> Option<Completed> {
    let end = search.statement_end(joined, stub.statement)?;
    let parsed = search.read(&joined[stub.statement..end])?;
    // Parsed from the function on, so that a long prompt is not paid for again.
    let moved = |place: usize| place - stub.statement;
    let grown = parsed.is_valid() && has_grown_at(&parsed, moved(stub.definition), moved(stub.text.len()));
    if end <= stub.text.len() || end == joined.len() || !grown {
        return None;
    }
    let mut kept = end;
    let mut code_end = end;
    let _ = statements_from(search, joined, end, |search, piece, piece_end| match search.read(piece) {
        Some(parsed) if parsed.is_valid() => {
            kept = piece_end;
            if has_code(&parsed) {
                code_end = piece_end;
            }
            ControlFlow::Continue(())
        }
        _ => ControlFlow::Break(()),
    });
    let whole = joined[code_end..].trim().is_empty() && kept == joined.len();
    Some(Completed { code: joined[..code_end].to_owned(), whole, open_ended: false })
}

/// How many bytes of an unindented text are statements of a function's body; 0 if none of them returns.
fn flat_body(search: &mut Search, text: &str) -> usize {
    let mut kept = 0;
    let mut returns = false;
    let _ = statements_from(search, text, 0, |search, piece, end| match search.read(piece) {
        Some(parsed) if parsed.is_valid_in_function() && (has_code(&parsed) || piece.trim().is_empty()) => {
            returns |= !parsed.is_valid();
            kept = end;
            ControlFlow::Continue(())
        }
        _ => ControlFlow::Break(()),
    });
    if returns { kept } else { 0 }
}

fn statements_from(
    search: &mut Search,
    text: &str,
    from: usize,
    mut visit: impl FnMut(&mut Search, &str, usize) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let mut at = from;
    while at < text.len() {
        let Some(end) = search.statement_end(text, at) else {
            return ControlFlow::Break(());
        };
        visit(search, &text[at..end], end)?;
        at = end;
    }
    ControlFlow::Continue(())
}

fn has_grown(parsed: &Parsed, stub: &Stub) -> bool {
    has_grown_at(parsed, stub.definition, stub.text.trim_end().len())
}

/// Whether the definition that starts at `definition` has a statement, and no mere prose, beyond `end`.
fn has_grown_at(parsed: &Parsed, definition: usize, end: usize) -> bool {
    let root = parsed.tree().root_node();
    let node = root.descendant_for_byte_range(definition, definition + 1).and_then(|keyword| keyword.parent());
    let Some(body) = node.and_then(|node| node.child_by_field_name("body")) else {
        return false;
    };
    body.named_children(&mut body.walk()).any(|node| node.end_byte() > end && weight(node) == Weight::Code)
}

/// Whether a program may go on where its text ends: in the middle of the entry point, or anywhere if there is none.
///
/// A function that ends with a whole line of `return` or `raise` is complete: nothing behind it could run.
pub(crate) fn is_open_ended(parsed: &Parsed, text: &str, entry_point: Option<&str>) -> bool {
    let root = parsed.tree().root_node();
    let Some(last) = root.named_children(&mut root.walk()).filter(|node| !node.is_extra()).last() else {
        return true;
    };
    let last = crate::stub::undecorated(last);
    let name = last.child_by_field_name("name").map(|node| &text[node.byte_range()]);
    if entry_point.is_some() && last.kind() != "class_definition" && name != entry_point {
        return false;
    }
    let body = last.child_by_field_name("body").filter(|_| last.kind() == "function_definition");
    let end = body.and_then(|body| body.named_children(&mut body.walk()).filter(|node| !node.is_extra()).last());
    !(text.ends_with('\n') && end.is_some_and(|node| matches!(node.kind(), "return_statement" | "raise_statement")))
}

/// Whether a text that does not parse would without its last statement, and the headers of blocks that then stand empty: it stopped
/// in the middle of that statement.
pub(crate) fn ends_midway(search: &mut Search, text: &str) -> bool {
    let mut kept = text[..last_statement(text)].trim_end();
    while kept.ends_with(':') {
        kept = kept[..kept.rfind('\n').unwrap_or(0)].trim_end();
    }
    search.read(kept).is_some_and(|parsed| parsed.is_valid())
}

#[cfg(test)]
mod tests {
    use proofhouse_types::Language;

    use super::*;

    fn check(prompt: &str, reply: &str, expected: Option<(&str, bool, bool)>) {
        let mut search = Search::new(Language::Python);
        let stub = Stub::of(&mut search, prompt, Some("f")).expect("the prompt is a stub");
        let completed = complete(&mut search, &stub, reply);
        let found =
            completed.as_ref().map(|completed| (completed.code.as_str(), completed.whole, completed.open_ended));
        assert_eq!(found, expected, "{prompt:?} {reply:?}");
    }

    #[test]
    fn prompts_end_where_they_like() {
        let whole = Some(("def f():\n    return 1\n", true, false));
        check("def f():\n", "    return 1\n", whole);
        check("def f():\n    ", "return 1\n", whole);
        check("def f():", "\n    return 1\n", whole);
        check("def f():", "    return 1\n", Some(("def f():    return 1\n", true, false)));
        check("def f():\n  'a'", "  return 1\n", Some(("def f():\n  'a'\n  return 1\n", true, false)));
        let method = "class A:\n  def f(self):\n      return 1\n";
        check("class A:\n  def f(self):\n", "return 1\n", Some((method, true, true)));
    }

    #[test]
    fn a_body_has_to_add_to_the_function() {
        for reply in ["print(f())\n", "Sure\n", "    Sure\n", "x = 1\n", "def f():\n    return 1\n", "```\n", "", "\n"]
        {
            check("def f():\n    'a'\n", reply, None);
        }
    }

    #[test]
    fn only_a_function_that_returned_is_done() {
        check("def f():\n", "    return 1", Some(("def f():\n    return 1", true, true)));
        check("def f():\n", "    x = 1\n", Some(("def f():\n    x = 1\n", true, true)));
        check("def f():\n", "    x = 1\ny = 2\n", Some(("def f():\n    x = 1\ny = 2\n", true, false)));
        check("def f():\n", "    x = 1\ny = (\n", Some(("def f():\n    x = 1\n", false, false)));
    }

    #[test]
    fn an_unfinished_statement_is_told_from_a_wrong_one() {
        let midway = |text| ends_midway(&mut Search::new(Language::Python), text);
        assert!(midway("def f():\n    x = (1,\n      2,\n"));
        assert!(midway("def f():\n    y = 1\n    for x in y:\n        if x >"));
        assert!(midway("def f():\n    return 1\nx = '''a\n\nb\n"));
        assert!(!midway("def f():\n    x = = 1\n    return x\n"));
    }
}
