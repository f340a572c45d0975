//! C and C++: memory whose size is a product that nobody checked: `malloc(width * height)`.
//!
//! Reports a product with a size from outside, where the function nowhere compares or divides the sizes in it. How sure it is
//! depends on whether two sizes are multiplied, and on whether one is read from outside the program.

use std::collections::BTreeSet;

use crate::ir::{Block, Call, ExprId, ExprKind, Function, Operator, Program, Statement};
use crate::native::{Hit, Source};
use crate::schema::Level;
use crate::symbols::Symbol;

/// Functions that read a number from outside.
const READING: [&str; 15] = [
    "atoi", "atol", "atoll", "strtol", "strtoul", "strtoull", "strtoll", "ntohl", "ntohs", "be32toh", "le32toh",
    "stoi", "stoul", "scanf", "fscanf",
];

/// Types whose products overflow.
const NUMBERS: [&str; 18] = [
    "int", "long", "short", "size_t", "ssize_t", "uint32_t", "int32_t", "uint64_t", "int64_t", "uint16_t", "int16_t",
    "uint", "u32", "DWORD", "UINT", "unsigned", "u_int", "off_t",
];

pub(super) fn find(source: &Source<'_>) -> Vec<Hit> {
    let program = source.program;
    let mut hits = Vec::new();
    for function in &program.functions {
        let mut facts = Facts { program, outside: BTreeSet::new(), read: BTreeSet::new(), checked: BTreeSet::new() };
        facts.parameters(function);
        facts.block(&function.body);
        let last = (function.last as usize).min(program.exprs.len());
        for number in function.first as usize..last {
            let expr = &program.exprs[number];
            if let ExprKind::Call(call) = &expr.kind
                && let Some((name, confidence)) = facts.allocation(call)
            {
                let value = expr.span.of(source.text).chars().take(60).collect();
                hits.push(Hit { span: expr.span, name, value, confidence });
            }
        }
    }
    hits.sort_by_key(|hit| hit.span);
    hits.dedup_by_key(|hit| hit.span);
    hits
}

/// What is known of the names in a function.
struct Facts<'a> {
    program: &'a Program,
    /// Numbers that come from outside the function, and those of them that come from outside the program.
    outside: BTreeSet<Symbol>,
    read: BTreeSet<Symbol>,
    /// Names that are compared or divided.
    checked: BTreeSet<Symbol>,
}

impl Facts<'_> {
    fn parameters(&mut self, function: &Function) {
        for parameter in &function.parameters {
            let is_number = parameter.declared.is_some_and(|of| NUMBERS.contains(&self.program.name(of)));
            if is_number {
                self.outside.insert(parameter.name);
            }
        }
    }

    fn block(&mut self, block: &Block) {
        for statement in block {
            match statement {
                Statement::Expr(id) => self.expr(*id),
                Statement::Assign(assign) => {
                    let Some(value) = assign.value else { continue };
                    self.expr(value);
                    if let ExprKind::Name(name) = self.program.kind(assign.target)
                        && self.reads(value)
                    {
                        self.outside.insert(*name);
                        self.read.insert(*name);
                    }
                }
                Statement::If { test, then, otherwise } => {
                    self.check(*test);
                    self.expr(*test);
                    self.block(then);
                    self.block(otherwise);
                }
                Statement::Switch { cases, .. } => cases.iter().for_each(|case| self.block(&case.body)),
                // A loop's test counts up to a size and is no check of it.
                Statement::Loop { body, .. } | Statement::Block(body) => self.block(body),
                Statement::Try { body, handlers, .. } => {
                    self.block(body);
                    handlers.iter().for_each(|handler| self.block(&handler.body));
                }
                Statement::Return(Some(id)) => self.expr(*id),
                Statement::Return(None)
                | Statement::Throw(_)
                | Statement::Break
                | Statement::Continue
                | Statement::Function(_)
                | Statement::Class(_)
                | Statement::Import { .. } => {}
            }
        }
    }

    /// Choices, asserts and what `scanf` fills.
    fn expr(&mut self, id: ExprId) {
        match self.program.kind(id) {
            ExprKind::Choice { test, .. } => self.check(*test),
            ExprKind::Call(call) => {
                let name = self.callee(call);
                let is_check = matches!(name, "assert" | "min" | "MIN" | "clamp" | "__builtin_mul_overflow" | "CHECK");
                let fills = name == "sscanf";
                for argument in call.arguments.iter().filter(|_| is_check) {
                    self.checked.extend(self.names(argument.value));
                }
                // The addresses that it fills.
                for argument in call.arguments.iter().filter(|_| fills) {
                    let names = self.names(argument.value);
                    self.outside.extend(&names);
                    self.read.extend(names);
                }
            }
            ExprKind::Assign { target, value } if self.reads(*value) => {
                let names = self.names(*target);
                self.outside.extend(&names);
                self.read.extend(names);
            }
            ExprKind::Opaque(parts) => parts.iter().for_each(|part| self.expr(*part)),
            _ => {}
        }
    }

    /// A test: what it compares is checked.
    fn check(&mut self, id: ExprId) {
        match self.program.kind(id) {
            ExprKind::Binary { operator, left, right } => match operator {
                Operator::Less
                | Operator::LessEqual
                | Operator::Greater
                | Operator::GreaterEqual
                | Operator::Divide => {
                    self.checked.extend(self.names(*left));
                    self.checked.extend(self.names(*right));
                }
                _ => {
                    self.check(*left);
                    self.check(*right);
                }
            },
            ExprKind::Not(inner) => self.check(*inner),
            ExprKind::Call(call) => {
                for argument in &call.arguments {
                    self.checked.extend(self.names(argument.value));
                }
            }
            _ => {}
        }
    }

    fn reads(&self, id: ExprId) -> bool {
        match self.program.kind(id) {
            ExprKind::Call(call) => READING.contains(&self.callee(call)),
            ExprKind::Cast { value, .. } | ExprKind::Assign { value, .. } => self.reads(*value),
            _ => false,
        }
    }

    fn callee(&self, call: &Call) -> &str {
        match self.program.kind(call.callee) {
            ExprKind::Name(name) | ExprKind::Field { name, .. } => self.program.name(*name),
            _ => "",
        }
    }

    /// The variables in a number.
    fn names(&self, id: ExprId) -> Vec<Symbol> {
        match self.program.kind(id) {
            ExprKind::Name(name) => vec![*name],
            ExprKind::Field { name, .. } => vec![*name],
            ExprKind::Cast { value, .. } | ExprKind::Negative(value) => self.names(*value),
            ExprKind::Binary { left, right, .. } => [self.names(*left), self.names(*right)].concat(),
            ExprKind::Sum(parts) | ExprKind::List(parts) => parts.iter().flat_map(|part| self.names(*part)).collect(),
            _ => Vec::new(),
        }
    }

    /// The function, and how sure it is, where a call allocates a product that nobody checked.
    fn allocation(&self, call: &Call) -> Option<(String, Level)> {
        let name = self.callee(call);
        let at = match name {
            "malloc" | "alloca" | "valloc" | "xmalloc" | "kmalloc" | "g_malloc" | "_alloca" => 0,
            "realloc" | "xrealloc" | "krealloc" | "g_realloc" | "aligned_alloc" => 1,
            _ => return None,
        };
        let size = call.arguments.get(at)?.value;
        let factors = self.factors(size)?;
        let dynamic: Vec<Symbol> = factors.iter().flat_map(|factor| self.names(*factor)).collect();
        let dynamic: Vec<Symbol> = dynamic.into_iter().filter(|symbol| !self.is_constant(*symbol)).collect();
        if dynamic.is_empty() || dynamic.iter().any(|symbol| self.checked.contains(symbol)) {
            return None;
        }
        let from_outside = dynamic.iter().filter(|symbol| self.outside.contains(symbol)).count();
        let is_two = dynamic.len() > 1 && dynamic[0] != dynamic[1];
        let is_read = dynamic.iter().any(|symbol| self.read.contains(symbol));
        // One parameter times a constant is how every table is made; whoever calls with too much is rarely an attacker.
        let level = match (is_two, is_read) {
            (true, true) => Level::High,
            (true, false) | (false, true) => Level::Medium,
            (false, false) => Level::Low,
        };
        (from_outside > 0).then(|| (name.to_owned(), level))
    }

    /// The factors of a product, under casts and with something added to it.
    fn factors(&self, id: ExprId) -> Option<Vec<ExprId>> {
        match self.program.kind(id) {
            ExprKind::Cast { value, .. } => self.factors(*value),
            ExprKind::Sum(parts) => parts.iter().find_map(|part| self.factors(*part)),
            ExprKind::Binary { operator: Operator::Multiply, left, right } => {
                let mut found = self.factors(*left).unwrap_or_else(|| vec![*left]);
                found.extend(self.factors(*right).unwrap_or_else(|| vec![*right]));
                Some(found)
            }
            _ => None,
        }
    }

    /// By custom, a name in capitals is a macro with a number.
    fn is_constant(&self, symbol: Symbol) -> bool {
        let name = self.program.name(symbol);
        name.len() > 1 && !name.chars().any(|letter| letter.is_ascii_lowercase())
    }
}
