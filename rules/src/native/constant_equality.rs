//! `__eq__` and its like that always say the same, so that every comparison with what a test expects holds.

use crate::ir::{Block, ExprId, ExprKind, FunctionId, Operator, Program, Span, Statement};
use crate::native::walk::{bodies, statements};
use crate::native::{Hit, Source};
use crate::schema::Level;

/// Methods that answer a question about another object.
const QUESTIONS: &[&str] = &[
    "==",
    "!=",
    "===",
    "Equals",
    "__contains__",
    "__eq__",
    "__instancecheck__",
    "__ne__",
    "__subclasscheck__",
    "asymmetricMatch",
    "eq",
    "eql?",
    "equal?",
    "equals",
    "isEqual",
    "ne",
    "operator!=",
    "operator==",
];

pub(super) fn find(source: &Source<'_>) -> Vec<Hit> {
    let program = source.program;
    let mut found = Vec::new();
    for function in program.functions.iter().filter(|function| function.class.is_some()) {
        let Some(name) = function.name.map(|name| program.name(name)) else { continue };
        if let Some(answer) = answer(program, source.text, &function.body) {
            ask(name, answer, function.span, &mut found);
        }
    }
    // `__eq__ = lambda self, other: True` in a class, `Answer.__eq__ = ...` outside.
    for statement in bodies(program).into_iter().flat_map(statements) {
        let Statement::Assign(assign) = statement else { continue };
        let (ExprKind::Name(name) | ExprKind::Field { name, .. }) = program.kind(assign.target) else { continue };
        if let Some(answer) = assign.value.and_then(|value| answer_of(program, source.text, value)) {
            ask(program.name(*name), answer, assign.span, &mut found);
        }
    }
    // `{ asymmetricMatch: () => true }`.
    for expr in &program.exprs {
        let ExprKind::Map(entries) = &expr.kind else { continue };
        for &(key, value) in entries {
            let Some(ExprKind::Text(name)) = key.map(|key| program.kind(key)) else { continue };
            if let Some(answer) = answer_of(program, source.text, value) {
                ask(name, answer, program.span(value), &mut found);
            }
        }
    }
    found.sort_by_key(|hit| hit.span);
    found.dedup_by(|one, other| other.span.contains(one.span));
    found
}

fn ask(name: &str, answer: bool, span: Span, found: &mut Vec<Hit>) {
    // An object that is equal to nothing passes no test.
    let passes = if matches!(name, "!=" | "__ne__" | "ne" | "operator!=") { !answer } else { answer };
    if QUESTIONS.contains(&name) && passes {
        found.push(Hit { span, name: name.to_owned(), value: answer.to_string(), confidence: Level::High });
    }
}

fn answer_of(program: &Program, text: &str, value: ExprId) -> Option<bool> {
    match program.kind(value) {
        ExprKind::Function(id) => answer_of_function(program, text, *id),
        _ => None,
    }
}

fn answer_of_function(program: &Program, text: &str, id: FunctionId) -> Option<bool> {
    answer(program, text, &program.function(id).body)
}

/// What a body returns on all its ways, if that is always the same.
fn answer(program: &Program, text: &str, body: &Block) -> Option<bool> {
    let mut answers = statements(body).into_iter().filter_map(|statement| match statement {
        Statement::Return(value) => Some(value.and_then(|value| truth(program, text, value))),
        // An error is an answer of its own.
        Statement::Throw(_) => Some(None),
        _ => None,
    });
    let first = answers.next()??;
    answers.all(|answer| answer == Some(first)).then_some(first)
}

fn truth(program: &Program, text: &str, id: ExprId) -> Option<bool> {
    match program.kind(id) {
        ExprKind::Bool(value) => Some(*value),
        ExprKind::Integer(number) => Some(*number != 0),
        ExprKind::Not(inner) => truth(program, text, *inner).map(|value| !value),
        ExprKind::Binary { operator: Operator::Or, left, right } => {
            let ways = [truth(program, text, *left), truth(program, text, *right)];
            ways.contains(&Some(true)).then_some(true)
        }
        // `self == self`.
        ExprKind::Binary { operator: Operator::Equal, left, right } => {
            let same = program.span(*left).of(text) == program.span(*right).of(text);
            same.then_some(true)
        }
        // `isinstance(other, object)`.
        ExprKind::Call(call) => {
            let is_test =
                matches!(program.kind(call.callee), ExprKind::Name(name) if program.name(*name) == "isinstance");
            let of = call.arguments.get(1).map(|argument| program.span(argument.value).of(text));
            (is_test && of == Some("object")).then_some(true)
        }
        ExprKind::Choice { yes, no, .. } => {
            let yes = truth(program, text, *yes)?;
            (truth(program, text, *no) == Some(yes)).then_some(yes)
        }
        _ => None,
    }
}
