//! Text that SQL builds and then runs.

use proofhouse_syntax::Grammar;

use crate::ir::{Block, ExprId, ExprKind, Program, Span, Statement};
use crate::native::{Hit, Source};
use crate::schema::Level;
use crate::symbols::Symbol;

/// Calls that run a text.
const RUNNERS: &str = "exec prepare sp_executesql dbms_sql execute_immediate";

/// Calls that make a text safe to be a part of another.
const QUOTERS: &str = "quotename quote_ident quote_literal quote_nullable enquote_name enquote_literal simple_sql_name sql_object_name \
    sqlstring quote object_id object_name db_name to_char cast";

/// Types whose values can't say anything in SQL.
const NUMBERS: &str = "int integer bigint smallint tinyint serial bigserial numeric decimal float real double money bit boolean bool date \
    time timestamp timestamptz datetime datetime2 uuid uniqueidentifier number regclass regproc pls_integer oid";

/// Finds texts that are run and that something not quoted is a part of.
pub(crate) fn find(source: &Source<'_>) -> Vec<Hit> {
    if source.grammar != Grammar::Sql {
        return Vec::new();
    }
    let mut search = Search { program: source.program, hits: Vec::new() };
    search.scope(&source.program.body, &[]);
    for function in &source.program.functions {
        let declared: Vec<_> =
            function.parameters.iter().filter_map(|parameter| Some((parameter.name, parameter.declared?))).collect();
        search.scope(&function.body, &declared);
    }
    search.hits.sort_by_key(|hit| hit.span);
    search.hits
}

struct Search<'p> {
    program: &'p Program,
    hits: Vec<Hit>,
}

/// A variable and what it is made of, as of a statement.
struct Known {
    name: Symbol,
    value: ExprId,
}

impl Search<'_> {
    fn scope(&mut self, block: &Block, declared: &[(Symbol, Symbol)]) {
        let mut known: Vec<Known> = Vec::new();
        for statement in block {
            match statement {
                Statement::Assign(assign) => {
                    if let (ExprKind::Name(name), Some(value)) = (self.program.kind(assign.target), assign.value) {
                        known.push(Known { name: *name, value });
                    }
                }
                Statement::Expr(id) => self.runs(*id, &known, declared),
                _ => {}
            }
        }
    }

    fn runs(&mut self, id: ExprId, known: &[Known], declared: &[(Symbol, Symbol)]) {
        let ExprKind::Call(call) = self.program.kind(id) else { return };
        let ExprKind::Name(name) = self.program.kind(call.callee) else { return };
        let runner = self.program.name(*name);
        if !RUNNERS.split(' ').any(|other| other == runner) {
            return;
        }
        let Some(text) = call.arguments.iter().find(|argument| argument.name.is_none()) else { return };
        let mut unsafe_part = None;
        self.unsafe_part(text.value, known, declared, 0, &mut unsafe_part);
        if let Some(part) = unsafe_part {
            let span: Span = self.program.span(id);
            let shown = self.shown(part);
            self.hits.push(Hit { span, name: runner.to_owned(), value: shown, confidence: Level::High });
        }
    }

    /// The first part of a text that is neither constant nor quoted. A text that is one variable is judged by what that holds.
    fn unsafe_part(
        &self,
        id: ExprId,
        known: &[Known],
        declared: &[(Symbol, Symbol)],
        depth: usize,
        found: &mut Option<ExprId>,
    ) {
        // Variables that hold variables that hold variables.
        const DEEPEST: usize = 6;
        if depth > DEEPEST || found.is_some() {
            return;
        }
        match self.program.kind(id) {
            ExprKind::Sum(parts) | ExprKind::Format(parts) => {
                for part in parts {
                    self.unsafe_operand(*part, known, declared, depth + 1, found);
                }
            }
            ExprKind::Name(name) => {
                if let Some(at) = known.iter().rposition(|known| known.name == *name) {
                    self.unsafe_part(known[at].value, &known[..at], declared, depth + 1, found);
                }
            }
            ExprKind::Call(call) => {
                let callee = self.callee(call.callee);
                if callee == "format" {
                    let template = call.arguments.first().map(|argument| self.program.kind(argument.value));
                    let is_quoted = match template {
                        // `%I` and `%L` quote, `%s` does not.
                        Some(ExprKind::Text(template)) => !template.contains("%s") && !template.contains("$s"),
                        _ => false,
                    };
                    if !is_quoted {
                        *found = call.arguments.iter().skip(1).map(|argument| argument.value).find(|value| {
                            let mut part = None;
                            self.unsafe_operand(*value, known, declared, depth + 1, &mut part);
                            part.is_some()
                        });
                    }
                } else if matches!(callee, "replace" | "upper" | "lower" | "trim" | "coalesce" | "isnull" | "convert") {
                    for argument in &call.arguments {
                        self.unsafe_part(argument.value, known, declared, depth + 1, found);
                    }
                }
            }
            _ => {}
        }
    }

    /// As [`Self::unsafe_part`], for a part of a text: here a variable of which nothing is known is unsafe.
    fn unsafe_operand(
        &self,
        id: ExprId,
        known: &[Known],
        declared: &[(Symbol, Symbol)],
        depth: usize,
        found: &mut Option<ExprId>,
    ) {
        if found.is_some() {
            return;
        }
        match self.program.kind(id) {
            ExprKind::Name(name) => {
                let declared_as =
                    declared.iter().find(|(other, _)| other == name).map(|(_, of)| self.program.name(*of));
                let is_number =
                    declared_as.is_some_and(|of| NUMBERS.split_ascii_whitespace().any(|number| number == of));
                let at = known.iter().rposition(|known| known.name == *name);
                match at {
                    _ if is_number => {}
                    Some(at) => match self.program.kind(known[at].value) {
                        ExprKind::Name(_) | ExprKind::Sum(_) | ExprKind::Format(_) => {
                            self.unsafe_operand(known[at].value, &known[..at], declared, depth + 1, found);
                        }
                        _ => self.unsafe_part(known[at].value, &known[..at], declared, depth + 1, found),
                    },
                    None => *found = Some(id),
                }
            }
            ExprKind::Field { of, name } => {
                // A row's column; `new.id` and its like are numbers mostly.
                let is_id = self.program.name(*name).ends_with("id");
                let _ = of;
                if !is_id {
                    *found = Some(id);
                }
            }
            ExprKind::Call(call) => {
                let callee = self.callee(call.callee);
                if callee == "format" {
                    self.unsafe_part(id, known, declared, depth + 1, found);
                } else if !QUOTERS.split_ascii_whitespace().any(|quoter| quoter == callee) {
                    for argument in &call.arguments {
                        self.unsafe_operand(argument.value, known, declared, depth + 1, found);
                    }
                }
            }
            ExprKind::Sum(_) | ExprKind::Format(_) => self.unsafe_part(id, known, declared, depth + 1, found),
            _ => {}
        }
    }

    fn callee(&self, id: ExprId) -> &str {
        match self.program.kind(id) {
            ExprKind::Name(name) | ExprKind::Field { name, .. } => self.program.name(*name),
            _ => "",
        }
    }

    fn shown(&self, id: ExprId) -> String {
        match self.program.kind(id) {
            ExprKind::Name(name) => self.program.name(*name).to_owned(),
            ExprKind::Field { of, name } => format!("{}.{}", self.shown(*of), self.program.name(*name)),
            ExprKind::Call(call) => format!("{}(...)", self.callee(call.callee)),
            _ => "...".to_owned(),
        }
    }
}
