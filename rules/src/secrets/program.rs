//! Credentials that have no name next to them: several names that are assigned to at once, and tables of users.

use crate::ir::{Assign, Block, ExprId, ExprKind, Program, Statement};
use crate::schema::Level;
use crate::secrets::names::{self, Promise};
use crate::secrets::values::judge;

/// A literal, and what it is a credential for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unnamed {
    pub(super) literal: ExprId,
    pub(super) name: String,
    pub(super) confidence: Level,
}

/// The literals of a program that stand where a password is expected.
pub(super) fn unnamed(program: &Program) -> Vec<Unnamed> {
    let mut found = Vec::new();
    block(program, &program.body, &mut found);
    program.functions.iter().for_each(|function| block(program, &function.body, &mut found));
    program.classes.iter().for_each(|class| block(program, &class.body, &mut found));
    found
}

fn text(program: &Program, id: ExprId) -> Option<&str> {
    match program.kind(id) {
        ExprKind::Text(text) => Some(text),
        _ => None,
    }
}

fn last_name(program: &Program, id: ExprId) -> &str {
    match program.kind(id) {
        ExprKind::Name(name) | ExprKind::Field { name, .. } => program.name(*name),
        ExprKind::Index { index, .. } => text(program, *index).unwrap_or_default(),
        _ => "",
    }
}

fn block(program: &Program, body: &Block, found: &mut Vec<Unnamed>) {
    for statement in body {
        match statement {
            Statement::Assign(assign) => assigned(program, assign, found),
            Statement::If { then, otherwise, .. } => {
                block(program, then, found);
                block(program, otherwise, found);
            }
            Statement::Loop { body, .. } | Statement::Block(body) => block(program, body, found),
            Statement::Try { body, otherwise, finally, .. } => {
                [body, otherwise, finally].into_iter().for_each(|part| block(program, part, found));
            }
            _ => {}
        }
    }
}

fn assigned(program: &Program, assign: &Assign, found: &mut Vec<Unnamed>) {
    let Some(value) = assign.value else { return };
    match (program.kind(assign.target), program.kind(value)) {
        // `user, password = "admin", "x"`.
        (ExprKind::List(targets), ExprKind::List(values)) if targets.len() == values.len() => {
            for (target, literal) in targets.iter().zip(values) {
                let name = last_name(program, *target);
                if let Some(promise) = names::promise(name)
                    && let Some(value) = text(program, *literal)
                    && let Some(confidence) = judge(value, name, promise)
                {
                    found.push(Unnamed { literal: *literal, name: name.to_owned(), confidence });
                }
            }
        }
        // `USERS = {"admin": "x"}`.
        (_, ExprKind::Map(entries)) if is_table_of_users(last_name(program, assign.target)) => {
            for (key, literal) in entries {
                let is_user = key.and_then(|key| text(program, key)).is_some_and(|key| !key.contains(' '));
                if let Some(value) = text(program, *literal).filter(|value| is_user && is_like_password(value))
                    && judge(value, "password", Promise::Password).is_some()
                {
                    let name = last_name(program, assign.target).to_owned();
                    found.push(Unnamed { literal: *literal, name, confidence: Level::Medium });
                }
            }
        }
        _ => {}
    }
}

fn is_table_of_users(name: &str) -> bool {
    let name = name.trim_start_matches(['$', '@']).to_ascii_lowercase();
    let words = "users user_db users_db userdb user_database valid_users validusers accounts credentials logins passwords user_passwords userpasswords valid_credentials";
    words.split(' ').any(|word| word == name)
}

/// Names, roles and addresses of users are no passwords.
fn is_like_password(value: &str) -> bool {
    let has = |test: fn(&u8) -> bool| value.as_bytes().iter().any(test);
    let is_mixed = has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic);
    let says_so =
        ["pass", "secret", "pw", "qwerty", "letmein"].iter().any(|part| value.to_ascii_lowercase().contains(part));
    (is_mixed || says_so) && !value.contains(['.', ' ', '/', ':']) && value.len() >= 4
}
