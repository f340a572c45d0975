//! Ways through a lowered program that several analyses go: its statements, the function around an expression, dotted names.

use std::collections::HashMap;

use crate::ir::{Block, ExprId, ExprKind, FunctionId, Program, Statement};
use crate::symbols::Symbol;

/// The statements of a block and of the blocks inside, in the order of the text. Functions and classes are not entered.
pub(super) fn statements(block: &Block) -> Vec<&Statement> {
    let mut found = Vec::new();
    let mut work = vec![block.iter()];
    while let Some(rest) = work.last_mut() {
        match rest.next() {
            Some(statement) => {
                found.push(statement);
                work.extend(inner_blocks(statement).into_iter().rev().map(|block| block.iter()));
            }
            None => {
                work.pop();
            }
        }
    }
    found
}

/// The blocks of a statement.
pub(super) fn inner_blocks(statement: &Statement) -> Vec<&Block> {
    match statement {
        Statement::If { then, otherwise, .. } => vec![then, otherwise],
        Statement::Switch { cases, .. } => cases.iter().map(|case| &case.body).collect(),
        Statement::Loop { body, .. } | Statement::Block(body) => vec![body],
        Statement::Try { body, handlers, otherwise, finally } => {
            let handlers = handlers.iter().map(|handler| &handler.body);
            [body].into_iter().chain(handlers).chain([otherwise, finally]).collect()
        }
        Statement::Expr(_)
        | Statement::Assign(_)
        | Statement::Return(_)
        | Statement::Throw(_)
        | Statement::Break
        | Statement::Continue
        | Statement::Function(_)
        | Statement::Class(_)
        | Statement::Import { .. } => Vec::new(),
    }
}

/// Every body of the program: the module's, those of classes and of functions.
pub(super) fn bodies(program: &Program) -> Vec<&Block> {
    let classes = program.classes.iter().map(|class| &class.body);
    let functions = program.functions.iter().map(|function| &function.body);
    [&program.body].into_iter().chain(classes).chain(functions).collect()
}

/// The innermost function around each expression.
pub(super) fn owners(program: &Program) -> Vec<Option<FunctionId>> {
    let mut owners = vec![None; program.exprs.len()];
    // Inner functions come before outer ones in the list, and keep what they own.
    for (number, function) in program.functions.iter().enumerate() {
        let id = FunctionId(u32::try_from(number).expect("functions are counted in 32 bits"));
        let range = function.first as usize..(function.last as usize).min(owners.len());
        owners[range].iter_mut().filter(|owner| owner.is_none()).for_each(|owner| *owner = Some(id));
    }
    owners
}

/// How many segments a path has at most: the figure bounds the work on a chain of thousands of calls.
const LONGEST: usize = 32;

/// The dotted names of expressions, imports resolved.
pub(super) struct Names<'p> {
    program: &'p Program,
    imports: HashMap<Symbol, Symbol>,
}

impl<'p> Names<'p> {
    pub(super) fn new(program: &'p Program) -> Self {
        let statements = bodies(program).into_iter().flat_map(statements);
        let imports = statements.filter_map(|statement| match statement {
            Statement::Import { local, path, .. } => Some((*local, *path)),
            _ => None,
        });
        Names { program, imports: imports.collect() }
    }

    /// Whether a name was imported.
    pub(super) fn is_imported(&self, name: Symbol) -> bool {
        self.imports.contains_key(&name)
    }

    /// `os.path.exists` of `path.exists` after `from os import path`; `a.b()[].c` of what was called and taken.
    pub(super) fn path(&self, id: ExprId) -> Option<String> {
        let mut ends = Vec::new();
        let mut at = id;
        let root = loop {
            if ends.len() > LONGEST {
                return None;
            }
            match self.program.kind(at) {
                ExprKind::Name(name) => break self.imports.get(name).unwrap_or(name),
                ExprKind::Field { of, name } => {
                    ends.push(format!(".{}", self.program.name(*name)));
                    at = *of;
                }
                ExprKind::Index { of, .. } => {
                    ends.push("[]".to_owned());
                    at = *of;
                }
                ExprKind::Call(call) => {
                    ends.push("()".to_owned());
                    at = call.callee;
                }
                _ => return None,
            }
        };
        let mut path = self.program.name(*root).to_owned();
        path.extend(ends.into_iter().rev());
        Some(path)
    }
}

/// A path's first name, and what follows.
pub(super) fn root(path: &str) -> &str {
    path.split(['.', '[', '(']).next().unwrap_or(path)
}

/// The last two names of a path; the first of them is empty where there is one alone.
pub(super) fn last_two(path: &str) -> (&str, &str) {
    let (before, last) = path.rsplit_once('.').unwrap_or(("", path));
    (before.rsplit_once('.').map_or(before, |(_, name)| name), last)
}
