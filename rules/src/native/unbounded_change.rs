//! `UPDATE` and `DELETE` that concern every row.

use proofhouse_syntax::Grammar;

use crate::ir::{Call, ExprId, ExprKind, Operator, Program};
use crate::native::{Hit, Source};
use crate::schema::Level;

/// Finds changes without a condition, and with one that always holds.
pub(crate) fn find(source: &Source<'_>) -> Vec<Hit> {
    if source.grammar != Grammar::Sql {
        return Vec::new();
    }
    let program = source.program;
    let changes = program.exprs.iter().filter_map(|expr| {
        let ExprKind::Call(call) = &expr.kind else { return None };
        let ExprKind::Name(name) = program.kind(call.callee) else { return None };
        let verb = match program.name(*name) {
            "update" => "UPDATE",
            "delete" => "DELETE",
            _ => return None,
        };
        let ExprKind::Text(table) = program.kind(call.arguments.first()?.value) else { return None };
        let is_hit = !is_temporary(table) && concerns_all(program, call);
        is_hit.then(|| Hit {
            span: expr.span,
            name: verb.to_owned(),
            value: table.to_string(),
            confidence: Level::High,
        })
    });
    changes.collect()
}

/// Whether nobody minds: a table that is a variable or lives for a session. A `MERGE` names none.
fn is_temporary(table: &str) -> bool {
    let name = table.to_ascii_lowercase();
    name.is_empty() || name.starts_with(['#', '@']) || ["tmp", "temp", "staging"].iter().any(|word| name.contains(word))
}

fn concerns_all(program: &Program, call: &Call) -> bool {
    let argument = |wanted: &str| {
        let mut named =
            call.arguments.iter().filter(|argument| argument.name.is_some_and(|name| program.name(name) == wanted));
        named.next().map(|argument| argument.value)
    };
    let is_joined = ["join", "inner", "using", "from", "limit"].iter().any(|clause| argument(clause).is_some());
    match argument("where") {
        Some(condition) => always_holds(program, condition),
        None => !is_joined,
    }
}

/// `1 = 1`, `true`.
fn always_holds(program: &Program, condition: ExprId) -> bool {
    match program.kind(condition) {
        ExprKind::Bool(value) => *value,
        ExprKind::Integer(value) => *value != 0,
        ExprKind::Binary { operator: Operator::Equal, left, right } => {
            match (program.kind(*left), program.kind(*right)) {
                (ExprKind::Integer(one), ExprKind::Integer(other)) => one == other,
                (ExprKind::Text(one), ExprKind::Text(other)) => one == other,
                _ => false,
            }
        }
        _ => false,
    }
}
