//! C#'s string literals: plain, verbatim, raw and interpolated.

use tree_sitter::Node;

use super::expressions::expression;
use crate::ir::{ExprId, ExprKind};
use crate::lower::java::text::{dedent, unescape, unescaped};
use crate::lower::{Lowering, named};

pub(super) fn literal(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let text = lowering.text(node);
    let decoded = match node.kind() {
        "verbatim_string_literal" => {
            let inner = text.trim_start_matches('@').strip_prefix('"').unwrap_or(text);
            inner.strip_suffix('"').unwrap_or(inner).replace("\"\"", "\"")
        }
        "raw_string_literal" => {
            let content = named(node).find(|child| child.kind() == "raw_string_content");
            let content = dedent(content.map_or("", |content| lowering.text(content)));
            content.strip_suffix('\n').unwrap_or(&content).to_owned()
        }
        "character_literal" => {
            unescaped(text.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')).unwrap_or(text))
        }
        _ => {
            let mut decoded = String::new();
            for part in named(node) {
                match part.kind() {
                    "escape_sequence" => unescape(lowering.text(part), &mut decoded),
                    "string_literal_content" => decoded.push_str(lowering.text(part)),
                    _ => {}
                }
            }
            decoded
        }
    };
    lowering.string(&decoded, node)
}

pub(super) fn interpolated(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let mut parts = Vec::new();
    let mut text = String::new();
    let is_verbatim = lowering.text(node).split('"').next().is_some_and(|start| start.contains('@'));
    for part in named(node) {
        match part.kind() {
            "interpolation" => {
                if !text.is_empty() {
                    parts.push(lowering.string(&text, node));
                    text.clear();
                }
                let hole = named(part).find(|child| !child.kind().starts_with("interpolation_"));
                parts.extend(hole.map(|hole| expression(lowering, hole)));
            }
            "escape_sequence" => match lowering.text(part) {
                brace @ ("{{" | "}}") => text.push_str(&brace[1..]),
                escape => unescape(escape, &mut text),
            },
            "string_content" => {
                let content = lowering.text(part).replace("{{", "{").replace("}}", "}");
                text.push_str(&if is_verbatim { content.replace("\"\"", "\"") } else { content });
            }
            _ => {}
        }
    }
    if parts.is_empty() {
        return lowering.string(&text, node);
    }
    if !text.is_empty() {
        parts.push(lowering.string(&text, node));
    }
    lowering.add(ExprKind::Format(parts), node)
}
