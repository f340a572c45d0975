//! A secret that is read from the environment and falls back to a literal: `process.env.JWT_SECRET || "secret"`.
//!
//! Calls that take a default, such as `os.getenv("KEY", "secret")`, are patterns of the rule files.

use crate::ir::{ExprId, ExprKind, Operator, Program, Statement};
use crate::native::walk::{Names, bodies, statements};
use crate::native::{Hit, Source};
use crate::schema::Level;

/// Parts of names that secrets have.
const SECRET: &[&str] = &[
    "secret",
    "passw",
    "passphrase",
    "apikey",
    "privatekey",
    "signingkey",
    "encryptionkey",
    "accesskey",
    "jwtkey",
    "credential",
    "salt",
];

/// Ends of names that say that something about a secret is meant, not the secret.
const ABOUT: &[&str] = &[
    "name",
    "url",
    "uri",
    "path",
    "file",
    "dir",
    "id",
    "ttl",
    "length",
    "min",
    "max",
    "algorithm",
    "header",
    "prefix",
    "policy",
    "timeout",
    "arn",
    "region",
    "field",
    "type",
    "version",
    "store",
    "manager",
    "backend",
    "expiry",
    "expires",
    "expiresin",
    "expiration",
    "rounds",
];

/// What environments are called.
const ENVIRONMENTS: &[&str] =
    &["env", "ENV", "environ", "getenv", "GetEnvironmentVariable", "$_ENV", "$_SERVER", "environment"];

pub(super) fn find(source: &Source<'_>) -> Vec<Hit> {
    let program = source.program;
    let names = Names::new(program);
    let mut found = Vec::new();
    let mut hit = |span, name: String, value: ExprId| {
        if is_secret(&name) && is_literal(program, value) {
            found.push(Hit { span, name, value: String::new(), confidence: Level::High });
        }
    };
    for expr in &program.exprs {
        match &expr.kind {
            ExprKind::Binary { operator: Operator::Or | Operator::Coalesce, left, right } => {
                if let Some(name) = variable(program, &names, *left) {
                    hit(expr.span, name, *right);
                }
            }
            // PHP's `getenv("X") ?: "..."`.
            ExprKind::Choice { test, yes, no } => {
                let read = variable(program, &names, *yes).or_else(|| variable(program, &names, *test));
                if let Some(name) = read {
                    hit(expr.span, name, *no);
                }
            }
            _ => {}
        }
    }
    // `const { JWT_SECRET = "..." } = process.env`.
    for statement in bodies(program).into_iter().flat_map(statements) {
        let Statement::Assign(assign) = statement else { continue };
        if let (Some(Operator::Coalesce | Operator::Or), ExprKind::Name(name), Some(value)) =
            (assign.operator, program.kind(assign.target), assign.value)
            && source.text.contains("env")
        {
            hit(assign.span, program.name(*name).to_owned(), value);
        }
    }
    found.sort_by_key(|hit| hit.span);
    found.dedup_by(|one, other| other.span.contains(one.span));
    found
}

/// The name of the variable of the environment that an expression reads.
fn variable(program: &Program, names: &Names<'_>, id: ExprId) -> Option<String> {
    let text = |id: ExprId| match program.kind(id) {
        ExprKind::Text(text) => Some(text.to_string()),
        _ => None,
    };
    let is_environment = |id: ExprId| {
        let path = names.path(id)?;
        path.split(['.', '(', '[']).any(|part| ENVIRONMENTS.contains(&part)).then_some(())
    };
    match program.kind(id) {
        ExprKind::Field { of, name } => {
            is_environment(*of)?;
            Some(program.name(*name).to_owned())
        }
        ExprKind::Index { of, index } => {
            is_environment(*of)?;
            text(*index)
        }
        ExprKind::Call(call) => {
            is_environment(call.callee)?;
            text(call.arguments.first()?.value)
        }
        _ => None,
    }
}

fn is_secret(name: &str) -> bool {
    let plain: String = name.chars().filter(|letter| letter.is_alphanumeric()).collect::<String>().to_ascii_lowercase();
    let is_about = ABOUT.iter().any(|end| plain.ends_with(end));
    !is_about && (SECRET.iter().any(|part| plain.contains(part)) || plain.ends_with("token"))
}

/// A text that could be a secret; a path or an address is none.
fn is_literal(program: &Program, id: ExprId) -> bool {
    match program.kind(id) {
        ExprKind::Text(text) => !text.is_empty() && !text.starts_with(['/', '.']) && !text.contains("://"),
        _ => false,
    }
}
