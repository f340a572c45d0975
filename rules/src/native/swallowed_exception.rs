//! Handlers that do nothing with what they caught.

use proofhouse_syntax::Grammar;

use crate::ir::{Block, ExprKind, Handler, Program, Span, Statement};
use crate::native::walk::{bodies, statements};
use crate::native::{Hit, Source};
use crate::schema::Level;

/// Types that stand for whatever may go wrong.
const EVERYTHING: &[&str] = &["BaseException", "Error", "Exception", "StandardError", "Throwable"];

/// Types that stand for many things that may go wrong.
const MUCH: &[&str] = &[
    "ApplicationException",
    "ConnectionError",
    "DatabaseError",
    "EnvironmentError",
    "HTTPError",
    "HttpRequestException",
    "IOError",
    "IOException",
    "OSError",
    "PDOException",
    "RequestException",
    "RuntimeError",
    "RuntimeException",
    "SQLAlchemyError",
    "SQLException",
    "SystemException",
    "URLError",
    "WebException",
];

/// Calls after which nobody cares whether they worked: they clean up.
const CLEANING: &[&str] = &[
    "Close",
    "Dispose",
    "cancel",
    "cleanup",
    "close",
    "delete",
    "destroy",
    "disconnect",
    "dispose",
    "end",
    "flush",
    "join",
    "kill",
    "quit",
    "release",
    "remove",
    "rmdir",
    "rmtree",
    "shutdown",
    "stop",
    "terminate",
    "unlink",
    "unlinkSync",
    "unsubscribe",
];

pub(super) fn find(source: &Source<'_>) -> Vec<Hit> {
    let program = source.program;
    let mut found = Vec::new();
    for statement in bodies(program).into_iter().flat_map(statements) {
        let Statement::Try { body, handlers, .. } = statement else { continue };
        if is_cleaning(program, body) {
            continue;
        }
        for handler in handlers.iter().filter(|handler| does_nothing(program, &handler.body)) {
            if let Some(confidence) = loss(program, handler) {
                // Who says why has at least thought of it.
                let text = handler.span.of(source.text);
                let says_why = ["//", "/*", "#"].iter().any(|mark| text.contains(mark));
                let confidence = if says_why { Level::Medium.min(confidence) } else { confidence };
                found.push(Hit { confidence, ..hit(handler.span, caught(program, handler)) });
            }
        }
    }
    if matches!(source.grammar, Grammar::JavaScript | Grammar::TypeScript | Grammar::Tsx) {
        rejections(program, &mut found);
    }
    found.sort_by_key(|hit| hit.span);
    found
}

/// `promise.catch(() => {})`.
fn rejections(program: &Program, found: &mut Vec<Hit>) {
    for expr in &program.exprs {
        let ExprKind::Call(call) = &expr.kind else { continue };
        let ExprKind::Field { of, name } = program.kind(call.callee) else { continue };
        if program.name(*name) != "catch" {
            continue;
        }
        let cleans = matches!(program.kind(*of), ExprKind::Call(inner) if last_name(program, inner.callee).is_some_and(|name| CLEANING.contains(&name)));
        if let [argument] = &call.arguments[..]
            && let ExprKind::Function(id) = program.kind(argument.value)
            && does_nothing(program, &program.function(*id).body)
            && !cleans
        {
            found.push(hit(expr.span, "every error".to_owned()));
        }
    }
}

fn hit(span: Span, name: String) -> Hit {
    Hit { span, name, value: String::new(), confidence: Level::High }
}

fn caught(program: &Program, handler: &Handler) -> String {
    if handler.types.is_empty() {
        return "every error".to_owned();
    }
    let names: Vec<_> = handler.types.iter().map(|name| program.name(*name)).collect();
    names.join(", ")
}

/// How sure it is that something is lost: not at all where a handler names what it expects, such as `KeyError`.
fn loss(program: &Program, handler: &Handler) -> Option<Level> {
    let last = |name: &str| name.rsplit(['.', '\\', ':']).next().map(str::to_owned).unwrap_or_default();
    let types: Vec<String> = handler.types.iter().map(|name| last(program.name(*name))).collect();
    let is_in = |types: &[String], known: &[&str]| types.iter().any(|name| known.contains(&name.as_str()));
    if types.is_empty() || is_in(&types, EVERYTHING) {
        Some(Level::High)
    } else if is_in(&types, MUCH) {
        Some(Level::Medium)
    } else {
        None
    }
}

/// Nothing but constants, and going on with the next round of a loop.
fn does_nothing(program: &Program, block: &Block) -> bool {
    block.iter().all(|statement| match statement {
        Statement::Continue => true,
        Statement::Block(inner) => does_nothing(program, inner),
        Statement::Expr(id) => match program.kind(*id) {
            ExprKind::Text(_) | ExprKind::Integer(_) | ExprKind::Number | ExprKind::Bool(_) | ExprKind::Null => true,
            ExprKind::Opaque(parts) => parts.is_empty(),
            _ => false,
        },
        _ => false,
    })
}

/// One call that closes or removes something.
fn is_cleaning(program: &Program, block: &Block) -> bool {
    let [Statement::Expr(id)] = &block[..] else { return false };
    matches!(program.kind(*id), ExprKind::Call(call) if last_name(program, call.callee).is_some_and(|name| CLEANING.contains(&name)))
}

fn last_name(program: &Program, callee: crate::ir::ExprId) -> Option<&str> {
    match program.kind(callee) {
        ExprKind::Name(name) | ExprKind::Field { name, .. } => Some(program.name(*name)),
        _ => None,
    }
}
