//! A lowered program as text, for tests of lowering.

use crate::ir::{Assign, Block, ExprId, ExprKind, FunctionId, Operator, Program, Statement};
use crate::symbols::Symbol;

/// One statement a line, blocks indented; strings in quotes, calls as `f(a, k=b)`.
pub(crate) fn print(program: &Program) -> String {
    let mut printer = Printer { program, text: String::new(), indent: 0 };
    printer.block(&program.body);
    printer.text
}

struct Printer<'a> {
    program: &'a Program,
    text: String,
    indent: usize,
}

impl Printer<'_> {
    fn line(&mut self, line: &str) {
        self.text.push_str(&"  ".repeat(self.indent));
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn block(&mut self, block: &Block) {
        for statement in block {
            self.statement(statement);
        }
    }

    fn nested(&mut self, block: &Block) {
        self.indent += 1;
        self.block(block);
        self.indent -= 1;
    }

    fn section(&mut self, head: &str, block: &Block) {
        if !block.is_empty() {
            self.line(head);
            self.nested(block);
        }
    }

    fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Expr(id) => {
                let text = self.expr(*id);
                self.line(&text);
                self.functions_in(*id);
            }
            Statement::Assign(assign) => self.assign(assign),
            Statement::If { test, then, otherwise } => {
                let test = self.expr(*test);
                self.line(&format!("if {test}"));
                self.nested(then);
                self.section("else", otherwise);
            }
            Statement::Switch { subject, cases } => {
                let subject = self.expr(*subject);
                self.line(&format!("switch {subject}"));
                for case in cases {
                    let labels: Vec<_> = case.labels.iter().map(|label| self.expr(*label)).collect();
                    let falls = if case.falls_through { " falls through" } else { "" };
                    let head =
                        if labels.is_empty() { "default".to_owned() } else { format!("case {}", labels.join(" | ")) };
                    self.line(&format!("{head}{falls}"));
                    self.nested(&case.body);
                }
            }
            Statement::Loop { binding, over, test, body, .. } => {
                let mut head = "loop".to_owned();
                for (word, part) in [(" ", binding), (" in ", over), (" while ", test)] {
                    if let Some(part) = part {
                        head.push_str(word);
                        head.push_str(&self.expr(*part));
                    }
                }
                self.line(&head);
                self.nested(body);
            }
            Statement::Return(value) => {
                let value = value.map_or_else(String::new, |value| format!(" {}", self.expr(value)));
                self.line(&format!("return{value}"));
            }
            Statement::Throw(value) => {
                let value = value.map_or_else(String::new, |value| format!(" {}", self.expr(value)));
                self.line(&format!("throw{value}"));
            }
            Statement::Break => self.line("break"),
            Statement::Continue => self.line("continue"),
            Statement::Try { body, handlers, otherwise, finally } => {
                self.line("try");
                self.nested(body);
                for handler in handlers {
                    let types: Vec<_> = handler.types.iter().map(|name| self.program.name(*name)).collect();
                    let name = handler.name.map_or("", |name| self.program.name(name));
                    self.line(format!("catch {} {name}", types.join("|")).trim_end());
                    self.nested(&handler.body);
                }
                self.section("else", otherwise);
                self.section("finally", finally);
            }
            Statement::Block(block) => {
                self.line("block");
                self.nested(block);
            }
            Statement::Function(id) => self.function(*id),
            Statement::Class(id) => {
                let class = self.program.class(*id);
                let bases: Vec<_> = class.bases.iter().map(|base| self.program.name(*base)).collect();
                let decorators = self.decorators(&class.decorators);
                let name = class.name.map_or("_", |name| self.program.name(name));
                self.line(&format!("{decorators}class {name}({})", bases.join(", ")));
                self.nested(&class.body);
            }
            Statement::Import { local, path, .. } => {
                let line = format!("import {} as {}", self.program.name(*path), self.program.name(*local));
                self.line(&line);
            }
        }
    }

    fn assign(&mut self, assign: &Assign) {
        let target = self.expr(assign.target);
        let declared = assign.declared.map_or_else(String::new, |name| format!(": {}", self.program.name(name)));
        let operator = assign.operator.map_or("", operator);
        let value = assign.value.map_or_else(|| "?".to_owned(), |value| self.expr(value));
        self.line(&format!("{target}{declared} {operator}= {value}"));
        if let Some(value) = assign.value {
            self.functions_in(value);
        }
    }

    fn decorators(&self, decorators: &[ExprId]) -> String {
        decorators.iter().map(|decorator| format!("@{} ", self.expr(*decorator))).collect()
    }

    fn function(&mut self, id: FunctionId) {
        let function = self.program.function(id);
        let mut parameters = Vec::new();
        for parameter in &function.parameters {
            let mut text = self.decorators(&parameter.decorators);
            text.push_str(self.program.name(parameter.name));
            if let Some(declared) = parameter.declared {
                text.push_str(&format!(": {}", self.program.name(declared)));
            }
            if let Some(default) = parameter.default {
                text.push_str(&format!(" = {}", self.expr(default)));
            }
            if let Some(pattern) = parameter.pattern {
                text.push_str(&format!(" of {}", self.expr(pattern)));
            }
            parameters.push(text);
        }
        let word = if function.is_async { "async function" } else { "function" };
        let decorators = self.decorators(&function.decorators);
        let name = function.name.map_or("_", |name| self.program.name(name));
        self.line(&format!("{decorators}{word} {name}({})", parameters.join(", ")));
        self.nested(&function.body);
    }

    /// The bodies of lambdas, below the statement that they stand in.
    fn functions_in(&mut self, id: ExprId) {
        let mut found = Vec::new();
        functions_in(self.program, id, &mut found);
        self.indent += 1;
        for function in found {
            self.function(function);
        }
        self.indent -= 1;
    }

    fn list(&self, ids: &[ExprId]) -> String {
        ids.iter().map(|id| self.expr(*id)).collect::<Vec<_>>().join(", ")
    }

    fn symbol(&self, symbol: Symbol) -> &str {
        self.program.name(symbol)
    }

    fn expr(&self, id: ExprId) -> String {
        match self.program.kind(id) {
            ExprKind::Text(text) => format!("{text:?}"),
            ExprKind::Integer(number) => number.to_string(),
            ExprKind::Number => "number".to_owned(),
            ExprKind::Bool(value) => value.to_string(),
            ExprKind::Null => "null".to_owned(),
            ExprKind::Name(name) => self.symbol(*name).to_owned(),
            ExprKind::Field { of, name } => format!("{}.{}", self.expr(*of), self.symbol(*name)),
            ExprKind::Index { of, index } => format!("{}[{}]", self.expr(*of), self.expr(*index)),
            ExprKind::Call(call) => {
                let arguments = call.arguments.iter().map(|argument| {
                    let name = argument.name.map_or_else(String::new, |name| format!("{}=", self.symbol(name)));
                    let spread = if argument.is_spread { "..." } else { "" };
                    format!("{spread}{name}{}", self.expr(argument.value))
                });
                let arguments = arguments.collect::<Vec<_>>().join(", ");
                format!("{}{}({arguments})", if call.is_new { "new " } else { "" }, self.expr(call.callee))
            }
            ExprKind::Format(parts) => format!("format({})", self.list(parts)),
            ExprKind::Sum(parts) => format!("sum({})", self.list(parts)),
            ExprKind::Binary { operator: sign, left, right } => {
                format!("({} {} {})", self.expr(*left), operator(*sign), self.expr(*right))
            }
            ExprKind::Not(value) => format!("not {}", self.expr(*value)),
            ExprKind::Negative(value) => format!("-{}", self.expr(*value)),
            ExprKind::Choice { test, yes, no } => {
                format!("({} ? {} : {})", self.expr(*test), self.expr(*yes), self.expr(*no))
            }
            ExprKind::List(items) => format!("[{}]", self.list(items)),
            ExprKind::Map(entries) => {
                let entries = entries.iter().map(|(key, value)| match key {
                    Some(key) => format!("{}: {}", self.expr(*key), self.expr(*value)),
                    None => format!("...{}", self.expr(*value)),
                });
                format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
            }
            ExprKind::Function(_) => "<function>".to_owned(),
            ExprKind::Assign { target, value } => format!("({} := {})", self.expr(*target), self.expr(*value)),
            ExprKind::Cast { to, value } => format!("({} as {})", self.expr(*value), self.symbol(*to)),
            ExprKind::Each { binding, over, test, value } => {
                let test = test.map_or_else(String::new, |test| format!(" if {}", self.expr(test)));
                format!("each({} for {} in {}{test})", self.expr(*value), self.expr(*binding), self.expr(*over))
            }
            ExprKind::Opaque(parts) => format!("opaque({})", self.list(parts)),
        }
    }
}

fn functions_in(program: &Program, id: ExprId, found: &mut Vec<FunctionId>) {
    let mut visit = |id: &ExprId| functions_in(program, *id, found);
    match program.kind(id) {
        ExprKind::Function(function) => found.push(*function),
        ExprKind::Call(call) => {
            visit(&call.callee);
            call.arguments.iter().for_each(|argument| visit(&argument.value));
        }
        ExprKind::Field { of, .. } | ExprKind::Not(of) | ExprKind::Negative(of) | ExprKind::Cast { value: of, .. } => {
            visit(of)
        }
        ExprKind::Format(parts) | ExprKind::Sum(parts) | ExprKind::List(parts) | ExprKind::Opaque(parts) => {
            parts.iter().for_each(visit);
        }
        ExprKind::Index { of: one, index: other }
        | ExprKind::Binary { left: one, right: other, .. }
        | ExprKind::Assign { target: one, value: other } => [one, other].into_iter().for_each(visit),
        ExprKind::Choice { test, yes, no } => [test, yes, no].into_iter().for_each(visit),
        ExprKind::Map(entries) => entries.iter().for_each(|(_, value)| visit(value)),
        ExprKind::Each { over, value, .. } => [over, value].into_iter().for_each(visit),
        ExprKind::Text(_)
        | ExprKind::Integer(_)
        | ExprKind::Number
        | ExprKind::Bool(_)
        | ExprKind::Null
        | ExprKind::Name(_) => {}
    }
}

fn operator(operator: Operator) -> &'static str {
    match operator {
        Operator::Add => "+",
        Operator::Subtract => "-",
        Operator::Multiply => "*",
        Operator::Divide => "/",
        Operator::Remainder => "%",
        Operator::Equal => "==",
        Operator::NotEqual => "!=",
        Operator::Less => "<",
        Operator::LessEqual => "<=",
        Operator::Greater => ">",
        Operator::GreaterEqual => ">=",
        Operator::And => "and",
        Operator::Or => "or",
        Operator::Coalesce => "??",
        Operator::In => "in",
        Operator::NotIn => "not in",
        Operator::ShiftLeft => "<<",
        Operator::BitAnd => "&",
        Operator::BitOr => "|",
        Operator::Match => "=~",
        Operator::Other => "@",
    }
}
