//! A builtin, a part of the test framework or a function of a standard module that is replaced for the whole process.

use proofhouse_syntax::Grammar;

use crate::ir::{Block, ExprId, ExprKind, Operator, Program, Span, Statement};
use crate::native::walk::{Names, bodies, inner_blocks, root};
use crate::native::{Hit, Source};
use crate::schema::Level;

/// Python's modules whose functions tests, and what they measure, rely on.
const MODULES: &[&str] = &[
    "_pytest",
    "bisect",
    "collections",
    "copy",
    "datetime",
    "decimal",
    "doctest",
    "fractions",
    "functools",
    "gc",
    "hashlib",
    "heapq",
    "importlib",
    "inspect",
    "io",
    "itertools",
    "json",
    "math",
    "numbers",
    "numpy",
    "operator",
    "os",
    "pandas",
    "pickle",
    "random",
    "re",
    "statistics",
    "string",
    "subprocess",
    "sympy",
    "threading",
    "time",
    "timeit",
    "tracemalloc",
    "types",
];

/// Parts of these may be replaced by nothing at all.
const TESTING: &[&str] =
    &["__builtin__", "__builtins__", "__main__", "builtins", "doctest", "hypothesis", "pytest", "unittest"];

/// Settings of test frameworks that are there to be set.
const SETTINGS: &[&str] = &["longMessage", "maxDiff", "pytestmark", "register_assert_rewrite"];

/// JavaScript's builtin objects.
const OBJECTS: &[&str] = &[
    "Array",
    "BigInt",
    "Boolean",
    "Date",
    "Error",
    "Function",
    "JSON",
    "Map",
    "Math",
    "Number",
    "Object",
    "Promise",
    "Proxy",
    "Reflect",
    "RegExp",
    "Set",
    "String",
    "Symbol",
    "WeakMap",
    "performance",
];

/// What prototypes have from the start; a name besides them is an addition and no replacement.
const METHODS: &[&str] = &[
    "add",
    "apply",
    "at",
    "bind",
    "call",
    "catch",
    "charAt",
    "concat",
    "endsWith",
    "entries",
    "every",
    "exec",
    "filter",
    "finally",
    "find",
    "findIndex",
    "flat",
    "flatMap",
    "forEach",
    "get",
    "getTime",
    "has",
    "hasOwnProperty",
    "includes",
    "indexOf",
    "join",
    "keys",
    "length",
    "map",
    "match",
    "pop",
    "push",
    "reduce",
    "replace",
    "reverse",
    "set",
    "shift",
    "slice",
    "some",
    "sort",
    "splice",
    "split",
    "startsWith",
    "substring",
    "test",
    "then",
    "toFixed",
    "toISOString",
    "toJSON",
    "toLowerCase",
    "toString",
    "toUpperCase",
    "trim",
    "unshift",
    "valueOf",
    "values",
];

/// Globals of JavaScript's test frameworks, and globals that they rely on.
const GLOBALS: &[&str] = &[
    "Array",
    "Date",
    "Error",
    "JSON",
    "Math",
    "Object",
    "Promise",
    "Proxy",
    "assert",
    "describe",
    "eval",
    "expect",
    "it",
    "jest",
    "parseInt",
    "setTimeout",
    "test",
    "vi",
];

/// JavaScript's modules for tests.
const FRAMEWORKS: &[&str] = &["assert", "chai", "expect", "jest", "mocha", "sinon", "tap", "vitest"];

pub(super) fn find(source: &Source<'_>) -> Vec<Hit> {
    let is_python = match source.grammar {
        Grammar::Python => true,
        Grammar::JavaScript | Grammar::TypeScript | Grammar::Tsx => false,
        _ => return Vec::new(),
    };
    let program = source.program;
    let mut search = Search { source, program, names: Names::new(program), is_python, found: Vec::new() };
    for body in bodies(program) {
        search.block(body);
    }
    for expr in &program.exprs {
        if let ExprKind::Call(call) = &expr.kind {
            search.call(call, expr.span);
        }
    }
    let mut found = search.found;
    found.sort_by_key(|hit| hit.span);
    found
}

struct Search<'a> {
    source: &'a Source<'a>,
    program: &'a Program,
    names: Names<'a>,
    is_python: bool,
    found: Vec<Hit>,
}

impl Search<'_> {
    fn block(&mut self, block: &Block) {
        for statement in block {
            match statement {
                Statement::Assign(assign) => {
                    if let Some(value) = assign.value {
                        self.assigned(assign.target, value, assign.span);
                    }
                }
                // What is missing is added, and older versions are made like newer ones.
                Statement::If { test, otherwise, .. } if self.asks_for_presence(*test) => self.block(otherwise),
                _ => inner_blocks(statement).into_iter().for_each(|block| self.block(block)),
            }
        }
    }

    fn asks_for_presence(&self, test: ExprId) -> bool {
        let text = self.program.span(test).of(self.source.text);
        let words = ["hasattr", "version", "typeof", "undefined", "not in", "not hasattr", "platform"];
        matches!(self.program.kind(test), ExprKind::Not(_)) || words.iter().any(|word| text.contains(word))
    }

    fn assigned(&mut self, target: ExprId, value: ExprId, span: Span) {
        // `a.b = a.b || c` keeps what is there.
        if let ExprKind::Binary { operator: Operator::Or | Operator::Coalesce, left, .. } = self.program.kind(value)
            && self.names.path(*left) == self.names.path(target)
        {
            return;
        }
        match self.program.kind(target) {
            ExprKind::Field { of, name } => {
                let (of, name) = (*of, self.program.name(*name).to_owned());
                self.replaced(of, &name, Some(value), span);
            }
            ExprKind::Index { of, index } => {
                let Some(path) = self.names.path(*of) else { return };
                let is_own_name = self.names.path(*index).as_deref() == Some("__name__");
                let tables = ["sys.modules", "builtins.__dict__", "__builtins__", "require.cache", "__main__.__dict__"];
                if tables.contains(&path.as_str()) && !is_own_name {
                    self.hit(span, path);
                }
            }
            ExprKind::List(targets) => self.assigned_together(targets, value, span),
            _ => {}
        }
    }

    /// `a.b, c.d = e, f`.
    fn assigned_together(&mut self, targets: &[ExprId], value: ExprId, span: Span) {
        let values: &[ExprId] = match self.program.kind(value) {
            ExprKind::List(values) if values.len() == targets.len() => values,
            _ => &[],
        };
        for (place, &target) in targets.iter().enumerate() {
            self.assigned(target, values.get(place).copied().unwrap_or(value), span);
        }
    }

    /// `of.name = value`.
    fn replaced(&mut self, of: ExprId, name: &str, value: Option<ExprId>, span: Span) {
        let Some(path) = self.names.path(of) else { return };
        // A module by its name: `sys.modules["unittest"].TestCase`.
        let is_fetched = ["sys.modules[]", "sys.modules.get()"].iter().any(|table| path.starts_with(table));
        let is_hit = if is_fetched {
            true
        } else if self.is_python {
            self.replaces_python(of, &path, name, value)
        } else {
            replaces_javascript(&path, name)
        };
        if is_hit {
            self.hit(span, format!("{path}.{name}"));
        }
    }

    fn replaces_python(&self, of: ExprId, path: &str, name: &str, value: Option<ExprId>) -> bool {
        if path.contains('(') || SETTINGS.contains(&name) {
            return false;
        }
        if TESTING.contains(&root(path)) {
            return true;
        }
        let is_module = self.root_name(of).is_some_and(|name| self.names.is_imported(name));
        MODULES.contains(&root(path))
            && is_module
            && path != "os.environ"
            && value.is_none_or(|value| self.is_function(value))
    }

    /// A function as it stands there, or by the name that it has in this text.
    fn is_function(&self, value: ExprId) -> bool {
        match self.program.kind(value) {
            ExprKind::Function(_) => true,
            ExprKind::Name(name) => {
                let functions = self.program.functions.iter().any(|function| function.name == Some(*name));
                functions || self.program.classes.iter().any(|class| class.name == Some(*name))
            }
            ExprKind::Call(call) => call.arguments.iter().any(|argument| self.is_function(argument.value)),
            _ => false,
        }
    }

    fn root_name(&self, mut id: ExprId) -> Option<crate::symbols::Symbol> {
        loop {
            match self.program.kind(id) {
                ExprKind::Name(name) => return Some(*name),
                ExprKind::Field { of, .. } | ExprKind::Index { of, .. } => id = *of,
                _ => return None,
            }
        }
    }

    /// Assignments that are calls: `setattr(builtins, "len", ...)`, `Object.defineProperty(Array.prototype, "map", ...)`.
    fn call(&mut self, call: &crate::ir::Call, span: Span) {
        let Some(path) = self.names.path(call.callee) else { return };
        let argument = |number: usize| call.arguments.get(number).map(|argument| argument.value);
        match path.as_str() {
            "setattr" | "Object.defineProperty" | "Reflect.defineProperty" | "Reflect.set" => {
                let (Some(of), Some(name)) = (argument(0), argument(1)) else { return };
                let name = match self.program.kind(name) {
                    ExprKind::Text(name) => name.to_string(),
                    _ => "[]".to_owned(),
                };
                let value = argument(2).filter(|_| path == "setattr");
                self.replaced(of, &name, value, span);
            }
            "Object.assign" | "Object.defineProperties" => {
                let of = argument(0).and_then(|of| self.names.path(of));
                if let Some(of) =
                    of.filter(|of| of.strip_suffix(".prototype").is_some_and(|object| OBJECTS.contains(&object)))
                {
                    self.hit(span, of);
                }
            }
            "unittest.mock.patch().start" | "mock.patch().start" => {
                let ExprKind::Field { of, .. } = self.program.kind(call.callee) else { return };
                let ExprKind::Call(patch) = self.program.kind(*of) else { return };
                let patched = patch.arguments.first().map(|argument| self.program.kind(argument.value));
                if let Some(ExprKind::Text(name)) = patched
                    && TESTING.contains(&root(name))
                {
                    self.hit(span, name.to_string());
                }
            }
            "sys.modules.update"
            | "sys.modules.setdefault"
            | "sys.modules.__setitem__"
            | "builtins.__dict__.update" => {
                self.hit(span, path.rsplit_once('.').map_or(path.clone(), |(of, _)| of.to_owned()));
            }
            _ => {}
        }
    }

    fn hit(&mut self, span: Span, name: String) {
        self.found.push(Hit { span, name, value: String::new(), confidence: Level::High });
    }
}

fn replaces_javascript(path: &str, name: &str) -> bool {
    let path =
        ["globalThis.", "global.", "window."].iter().find_map(|global| path.strip_prefix(global)).unwrap_or(path);
    match path {
        "globalThis" | "global" | "window" => GLOBALS.contains(&name),
        "Object.prototype" => true,
        "console" => name == "assert",
        "process" => matches!(name, "exit" | "hrtime" | "exitCode") && name != "exitCode",
        "Module" | "module.constructor" => matches!(name, "_load" | "_resolveFilename" | "wrap"),
        "Module.prototype" => name == "require",
        _ => {
            let of = path.strip_suffix(".prototype");
            let framework = root(path);
            match of {
                Some(object) => OBJECTS.contains(&object) && METHODS.contains(&name),
                None if FRAMEWORKS.contains(&framework) => !path.contains('('),
                // `Error.prepareStackTrace` and the like have a rule of their own.
                None => OBJECTS.contains(&path) && path != "Error" && name != "prototype",
            }
        }
    }
}
