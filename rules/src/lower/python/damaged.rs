//! What stands around a syntax error: loose pieces, of which calls, assignments and functions are put together again.

use tree_sitter::Node;

use super::expressions::{argument, expression};
use super::patterns::target;
use super::statements::{declare, parameters, statement};
use crate::ir::{Block, Call, ExprId, ExprKind, Statement};
use crate::lower::{FunctionParts, Lowering, span};

/// Lowers the pieces of an `ERROR` node.
pub(super) fn damaged(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) {
    let mut cursor = node.walk();
    let pieces: Vec<_> = node.children(&mut cursor).filter(|child| !child.is_extra() || child.is_error()).collect();
    run(lowering, &pieces, node, out);
}

fn run(lowering: &mut Lowering<'_>, pieces: &[Node<'_>], node: Node<'_>, out: &mut Block) {
    let mut rest = pieces;
    while let Some((piece, after)) = rest.split_first() {
        rest = match after {
            // A function whose end is missing: all that follows is its body.
            [list, body @ ..] if piece.kind() == "identifier" && list.kind() == "parameters" => {
                lowering.deeper_statement(|lowering| {
                    let function = lowering.function(node, |lowering| {
                        let name = Some(lowering.symbol_of(*piece));
                        let parameters = parameters(lowering, *list);
                        let mut statements = Vec::new();
                        run(lowering, body, node, &mut statements);
                        FunctionParts { name, parameters, body: statements, decorators: Vec::new(), is_async: false }
                    });
                    out.push(Statement::Function(function));
                });
                &[]
            }
            [sign, value, after @ ..] if sign.kind() == "=" && piece.is_named() && value.is_named() => {
                let (value, after) = self::value(lowering, *value, after);
                let target = target(lowering, *piece);
                out.push(declare(target, Some(value), *piece));
                after
            }
            [bracket, ..] if bracket.kind() == "(" && is_callee(*piece) => {
                let (value, after) = value(lowering, *piece, after);
                out.push(Statement::Expr(value));
                after
            }
            _ => {
                if piece.is_named() {
                    statement(lowering, *piece, out);
                }
                after
            }
        };
    }
}

fn is_callee(piece: Node<'_>) -> bool {
    matches!(piece.kind(), "identifier" | "attribute" | "call")
}

/// A piece, or the call that it begins, and the pieces after it.
fn value<'p, 'n>(lowering: &mut Lowering<'_>, piece: Node<'n>, after: &'p [Node<'n>]) -> (ExprId, &'p [Node<'n>]) {
    let value = expression(lowering, piece);
    match after {
        [bracket, inside @ ..] if bracket.kind() == "(" && is_callee(piece) => call(lowering, value, inside, piece),
        _ => (value, after),
    }
}

/// A call whose closing bracket is missing or far away: its arguments are the pieces with commas between them.
fn call<'p, 'n>(
    lowering: &mut Lowering<'_>,
    callee: ExprId,
    inside: &'p [Node<'n>],
    first: Node<'_>,
) -> (ExprId, &'p [Node<'n>]) {
    let mut arguments = Vec::new();
    let mut may_follow = true;
    let mut rest = inside;
    let mut place = span(first);
    while let Some((piece, after)) = rest.split_first() {
        match piece.kind() {
            ")" => {
                rest = after;
                break;
            }
            "," | "(" | "[" | "{" => may_follow = true,
            _ if piece.is_named() && may_follow => {
                arguments.push(argument(lowering, *piece));
                may_follow = false;
            }
            // Of a keyword argument without a value.
            "=" => may_follow = true,
            _ => break,
        }
        place.end = span(*piece).end;
        rest = after;
    }
    (lowering.add_at(ExprKind::Call(Call { callee, arguments, is_new: false }), place), rest)
}
