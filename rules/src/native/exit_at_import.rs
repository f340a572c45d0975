//! Work at import time that ends the process: whoever imports the module to test it ends with it.

use proofhouse_syntax::Grammar;

use crate::ir::{Block, ExprId, ExprKind, Handler, Program, Span, Statement};
use crate::native::walk::{Names, last_two, owners};
use crate::native::{Hit, Source};
use crate::schema::Level;

/// Functions that end the process, after handlers have run.
const EXITS: &[&str] =
    &["sys.exit", "exit", "quit", "SystemExit", "builtins.exit", "builtins.quit", "process.exit", "Deno.exit"];

/// Functions that end it at once, wherever they are called.
const KILLS: &[&str] = &["os._exit", "os.abort", "os.kill", "os.killpg", "process.reallyExit", "process.abort"];

/// Words of tests that say what the program was called with or runs on: a script may well end there.
const CIRCUMSTANCES: &[&str] =
    &["argv", "argc", "args", "environ", "getenv", "process.env", "platform", "version", "isatty", "stdin"];

pub(super) fn find(source: &Source<'_>) -> Vec<Hit> {
    if !matches!(source.grammar, Grammar::Python | Grammar::JavaScript | Grammar::TypeScript | Grammar::Tsx) {
        return Vec::new();
    }
    let mut search = Search { source, program: source.program, names: Names::new(source.program), found: Vec::new() };
    search.block(&source.program.body, Level::High);
    search.kills();
    let mut found = search.found;
    found.sort_by_key(|hit| hit.span);
    found.dedup_by(|one, other| other.span.contains(one.span));
    found
}

struct Search<'a> {
    source: &'a Source<'a>,
    program: &'a Program,
    names: Names<'a>,
    found: Vec<Hit>,
}

impl Search<'_> {
    /// Statements that run when the module is imported; how sure it is that they do.
    fn block(&mut self, block: &Block, level: Level) {
        for statement in block {
            match statement {
                Statement::Expr(id) => self.exit(*id, level),
                Statement::Throw(Some(id)) => {
                    let path = match self.program.kind(*id) {
                        ExprKind::Call(call) => self.names.path(call.callee),
                        _ => self.names.path(*id),
                    };
                    if path.as_deref() == Some("SystemExit") && !self.fails(*id) {
                        self.hit(self.program.span(*id), "SystemExit".to_owned(), level);
                    }
                }
                Statement::If { test, then, otherwise } => self.branch(*test, then, otherwise, level),
                Statement::Switch { cases, .. } => {
                    cases.iter().for_each(|case| self.block(&case.body, Level::Medium.min(level)))
                }
                Statement::Loop { body, .. } | Statement::Block(body) => self.block(body, level),
                Statement::Try { body, handlers, otherwise, finally } => {
                    self.block(body, level);
                    for handler in handlers {
                        if is_about_imports(self.program, handler) {
                            continue;
                        }
                        self.block(&handler.body, Level::Medium.min(level));
                    }
                    self.block(otherwise, level);
                    self.block(finally, level);
                }
                Statement::Assign(_)
                | Statement::Return(_)
                | Statement::Throw(None)
                | Statement::Break
                | Statement::Continue
                | Statement::Function(_)
                | Statement::Class(_)
                | Statement::Import { .. } => {}
            }
        }
    }

    fn branch(&mut self, test: ExprId, then: &Block, otherwise: &Block, level: Level) {
        let text = self.program.span(test).of(self.source.text);
        if text.contains("__name__") || text.contains("require.main") || text.contains("import.meta") {
            return self.block(otherwise, level);
        }
        match self.program.kind(test) {
            ExprKind::Bool(true) => self.block(then, level),
            ExprKind::Integer(number) if *number != 0 => self.block(then, level),
            _ if CIRCUMSTANCES.iter().any(|word| text.contains(word)) => {}
            _ => {
                self.block(then, Level::Medium.min(level));
                self.block(otherwise, Level::Medium.min(level));
            }
        }
    }

    fn exit(&mut self, id: ExprId, level: Level) {
        let ExprKind::Call(call) = self.program.kind(id) else { return };
        let Some(path) = self.names.path(call.callee) else { return };
        if EXITS.contains(&path.as_str()) && !self.fails(id) {
            // A script that nobody imports may end with what its work returned.
            let is_of_work = call.arguments.first().is_some_and(|argument| !self.is_constant(argument.value));
            let level = if is_of_work { Level::Medium.min(level) } else { level };
            self.hit(self.program.span(id), path, level);
        }
    }

    fn is_constant(&self, id: ExprId) -> bool {
        matches!(self.program.kind(id), ExprKind::Integer(_) | ExprKind::Null | ExprKind::Bool(_))
    }

    /// Whether a call ends the process with a message or a number that says that it failed: then no test passes.
    fn fails(&self, id: ExprId) -> bool {
        let ExprKind::Call(call) = self.program.kind(id) else { return false };
        match call.arguments.first().map(|argument| self.program.kind(argument.value)) {
            Some(ExprKind::Integer(number)) => *number != 0,
            Some(ExprKind::Text(_) | ExprKind::Format(_) | ExprKind::Sum(_) | ExprKind::Negative(_)) => true,
            _ => false,
        }
    }

    /// Calls that leave no time for anything; in Python their mention too: `atexit.register(os._exit, 0)`.
    fn kills(&mut self) {
        let owners = owners(self.program);
        let mut is_called = vec![self.source.grammar == Grammar::Python; self.program.exprs.len()];
        for expr in &self.program.exprs {
            if let ExprKind::Call(call) = &expr.kind {
                is_called[call.callee.0 as usize] = true;
            }
        }
        for (number, expr) in self.program.exprs.iter().enumerate().filter(|(number, _)| is_called[*number]) {
            let ExprKind::Field { name, .. } = &expr.kind else {
                if matches!(expr.kind, ExprKind::Name(name) if self.names.is_imported(name)) {
                    self.kill(number, expr.span, &owners);
                }
                continue;
            };
            if KILLS.iter().any(|kill| last_two(kill).1 == self.program.name(*name)) {
                self.kill(number, expr.span, &owners);
            }
        }
    }

    fn kill(&mut self, number: usize, span: Span, owners: &[Option<crate::ir::FunctionId>]) {
        let id = ExprId(u32::try_from(number).expect("expressions are counted in 32 bits"));
        let Some(path) = self.names.path(id).filter(|path| KILLS.contains(&path.as_str())) else { return };
        // The child of a fork must end so.
        let around = owners[number]
            .map_or(self.source.text, |function| self.program.function(function).span.of(self.source.text));
        let is_own = !path.starts_with("os.kill") || around.contains("getpid");
        if is_own && !around.contains("fork") {
            self.hit(span, path, Level::High);
        }
    }

    fn hit(&mut self, span: Span, name: String, confidence: Level) {
        self.found.push(Hit { span, name, value: String::new(), confidence });
    }
}

fn is_about_imports(program: &Program, handler: &Handler) -> bool {
    handler.types.iter().any(|name| matches!(program.name(*name), "ImportError" | "ModuleNotFoundError"))
}
