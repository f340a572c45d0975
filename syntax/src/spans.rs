//! Code without fences: runs of top-level statements in the middle of prose.
//!
//! Each statement is parsed once, on its own, so the work stays in proportion to the text.

use crate::Method;
use crate::candidate::Candidate;
use crate::lines::{dedent, defines};
use crate::search::Search;
use crate::statements::{Weight, has_code, weight};

/// What one piece of text is.
enum Piece {
    /// Statements, or a definition with an error in it.
    Code,
    /// Blank lines, comments and strings, which join the code around them.
    Neutral,
    /// Neither.
    Prose,
}

/// The runs of code in a text, in their order. `last` says whether the reply ends where this text does.
pub(crate) fn spans(search: &mut Search, text: &str, last: bool) -> Vec<Candidate> {
    let mut spans = Vec::new();
    let mut run: Option<(usize, usize)> = None;
    let mut close = |search: &mut Search, run: &mut Option<(usize, usize)>| {
        if let Some((start, end)) = run.take() {
            let closed = !last || !text[end..].trim().is_empty();
            let code = text[start..end].trim_start_matches('\n').to_owned();
            spans.push(Candidate::new(search, code, Method::LongestSpan, false, closed));
        }
    };
    let mut neutral_from = None;
    let mut at = 0;
    while at < text.len() {
        let Some(end) = search.statement_end(text, at) else {
            break;
        };
        let piece = &text[at..end];
        match kind(search, piece) {
            Piece::Code => {
                let start = neutral_from.take().unwrap_or(at);
                run = Some((run.map_or(start, |(start, _)| start), end));
                at = end;
            }
            Piece::Neutral => {
                neutral_from.get_or_insert(at);
                at = end;
            }
            Piece::Prose => {
                neutral_from = None;
                close(search, &mut run);
                let line_end = piece.find('\n').map_or(end, |newline| at + newline + 1);
                let block_end = block_end(text, line_end);
                let block = dedent(&text[line_end..block_end]);
                if !block.trim().is_empty() && matches!(kind(search, &block), Piece::Code) {
                    run = Some((line_end, block_end));
                    close(search, &mut run);
                }
                at = block_end;
            }
        }
    }
    close(search, &mut run);
    spans
}

fn kind(search: &mut Search, piece: &str) -> Piece {
    if piece.trim().is_empty() {
        return Piece::Neutral;
    }
    let header = piece.lines().find(|line| !line.trim().is_empty() && !line.starts_with(['#', '@']));
    match search.read(piece) {
        Some(parsed) if parsed.is_valid() => {
            let root = parsed.tree().root_node();
            let neutral = root.named_children(&mut root.walk()).all(|node| weight(node) == Weight::Neutral);
            match (has_code(&parsed), neutral) {
                (true, _) => Piece::Code,
                (false, true) => Piece::Neutral,
                (false, false) => Piece::Prose,
            }
        }
        _ if header.is_some_and(|line| defines(line, None)) => Piece::Code,
        _ => Piece::Prose,
    }
}

/// Where the indented or blank lines from `from` on end.
fn block_end(text: &str, from: usize) -> usize {
    let lines = text[from..].split_inclusive('\n');
    from + lines.take_while(|line| line.trim().is_empty() || line.starts_with([' ', '\t'])).map(str::len).sum::<usize>()
}
