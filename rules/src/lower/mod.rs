//! Lowering: a syntax tree of any language to the one form that the analysis reads. One file a language.
//!
//! Nothing here knows of rules. What a language file does not know becomes [`ExprKind::Opaque`] over its children, so that data
//! still flows through it.

mod bash;
mod c;
mod csharp;
mod go;
mod java;
mod javascript;
mod literals;
mod php;
mod python;
mod ruby;
mod rust;
mod sql;

use proofhouse_syntax::Grammar;
use tree_sitter::{Node, Tree};

use crate::ir::{
    Argument, Call, Class, ClassId, Expr, ExprId, ExprKind, Function, FunctionId, Parameter, Program, Span, Statement,
};
use crate::symbols::Symbol;

/// How deep expressions and statements may nest; what is deeper is left out. People nest some twenty deep, and at this depth
/// the stack of a thread with 2 MiB is safe in a debug build.
const DEEPEST: usize = 120;

/// Texts up to this many bytes can be the names of keys; longer ones are prose.
const LONGEST_KEY: usize = 64;

/// Lowers a tree.
pub(crate) fn lower(text: &str, tree: &Tree, grammar: Grammar) -> Program {
    let mut lowering = Lowering { text, program: Program::default(), depth: 0, class: None };
    let root = tree.root_node();
    let body = match grammar {
        Grammar::Bash => bash::module(&mut lowering, root),
        Grammar::C | Grammar::Cpp => c::module(&mut lowering, root),
        Grammar::CSharp => csharp::module(&mut lowering, root),
        Grammar::Go => go::module(&mut lowering, root),
        Grammar::Java => java::module(&mut lowering, root),
        Grammar::JavaScript | Grammar::TypeScript | Grammar::Tsx => javascript::module(&mut lowering, root),
        Grammar::Php => php::module(&mut lowering, root),
        Grammar::Python => python::module(&mut lowering, root),
        Grammar::Ruby => ruby::module(&mut lowering, root),
        Grammar::Rust => rust::module(&mut lowering, root),
        Grammar::Sql => sql::module(&mut lowering, root),
    };
    lowering.program.body = body;
    if root.has_error() {
        lowering.program.damaged = damaged(root);
    }
    lowering.program
}

/// A program being made.
pub(crate) struct Lowering<'t> {
    pub(crate) text: &'t str,
    pub(crate) program: Program,
    depth: usize,
    /// The class whose body is being lowered.
    pub(crate) class: Option<ClassId>,
}

/// What a function is made of, once its body was lowered.
pub(crate) struct FunctionParts {
    pub(crate) name: Option<Symbol>,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) body: Vec<Statement>,
    pub(crate) decorators: Vec<ExprId>,
    pub(crate) is_async: bool,
}

impl<'t> Lowering<'t> {
    /// The text of a node.
    pub(crate) fn text(&self, node: Node<'_>) -> &'t str {
        self.text.get(node.byte_range()).unwrap_or_default()
    }

    pub(crate) fn symbol(&mut self, text: &str) -> Symbol {
        self.program.symbols.intern(text)
    }

    /// The node's text as a name.
    pub(crate) fn symbol_of(&mut self, node: Node<'_>) -> Symbol {
        let text = self.text(node);
        self.program.symbols.intern(text)
    }

    pub(crate) fn add(&mut self, kind: ExprKind, node: Node<'_>) -> ExprId {
        self.add_at(kind, span(node))
    }

    pub(crate) fn add_at(&mut self, kind: ExprKind, span: Span) -> ExprId {
        // A key names what it holds.
        if let ExprKind::Text(text) = &kind
            && text.len() <= LONGEST_KEY
        {
            self.program.symbols.intern(text);
        }
        let id = ExprId(u32::try_from(self.program.exprs.len()).expect("a text of 4 GiB is refused before"));
        self.program.exprs.push(Expr { kind, span });
        id
    }

    /// A name that stands at the node.
    pub(crate) fn name(&mut self, name: &str, node: Node<'_>) -> ExprId {
        let symbol = self.symbol(name);
        self.add(ExprKind::Name(symbol), node)
    }

    pub(crate) fn field(&mut self, of: ExprId, name: &str, node: Node<'_>) -> ExprId {
        let name = self.symbol(name);
        self.add(ExprKind::Field { of, name }, node)
    }

    pub(crate) fn string(&mut self, text: &str, node: Node<'_>) -> ExprId {
        self.add(ExprKind::Text(text.into()), node)
    }

    /// A call with positional arguments alone.
    pub(crate) fn call(&mut self, callee: ExprId, arguments: Vec<ExprId>, node: Node<'_>) -> ExprId {
        let arguments = arguments.into_iter().map(|value| Argument { name: None, value, is_spread: false }).collect();
        self.add(ExprKind::Call(Call { callee, arguments, is_new: false }), node)
    }

    /// Runs `lower` one level deeper; past the deepest level, nothing is known of the node.
    pub(crate) fn deeper(&mut self, node: Node<'_>, lower: impl FnOnce(&mut Self) -> ExprId) -> ExprId {
        if self.depth >= DEEPEST {
            return self.add(ExprKind::Opaque(Vec::new()), node);
        }
        self.depth += 1;
        let id = lower(self);
        self.depth -= 1;
        id
    }

    /// Runs `lower` for a statement one level deeper; past the deepest level it is left out.
    pub(crate) fn deeper_statement(&mut self, lower: impl FnOnce(&mut Self)) {
        if self.depth < DEEPEST {
            self.depth += 1;
            lower(self);
            self.depth -= 1;
        }
    }

    /// Adds a function. `lower` makes its parts, with every expression that belongs to it.
    pub(crate) fn function(&mut self, node: Node<'_>, lower: impl FnOnce(&mut Self) -> FunctionParts) -> FunctionId {
        let class = self.class.take();
        let first = self.next();
        let parts = lower(self);
        let last = self.next();
        self.class = class;
        let FunctionParts { name, parameters, body, decorators, is_async } = parts;
        let id = FunctionId(u32::try_from(self.program.functions.len()).expect("fewer functions than bytes"));
        let span = span(node);
        let function = Function { name, parameters, body, decorators, is_async, class, span, first, last };
        self.program.functions.push(function);
        id
    }

    /// Adds a class. `lower` makes its body, in which functions are its methods.
    pub(crate) fn class(
        &mut self,
        name: Option<Symbol>,
        bases: Vec<Symbol>,
        decorators: Vec<ExprId>,
        node: Node<'_>,
        lower: impl FnOnce(&mut Self) -> Vec<Statement>,
    ) -> ClassId {
        let id = ClassId(u32::try_from(self.program.classes.len()).expect("fewer classes than bytes"));
        self.program.classes.push(Class { name, bases, decorators, body: Vec::new(), span: span(node) });
        let outer = self.class.replace(id);
        let body = lower(self);
        self.class = outer;
        self.program.classes[id.0 as usize].body = body;
        id
    }

    fn next(&self) -> u32 {
        u32::try_from(self.program.exprs.len()).expect("a text of 4 GiB is refused before")
    }
}

pub(crate) fn span(node: Node<'_>) -> Span {
    let offset = |byte: usize| u32::try_from(byte).expect("a text of 4 GiB is refused before");
    Span { start: offset(node.start_byte()), end: offset(node.end_byte()) }
}

/// The children of a node that are no comments, tokens too. The tree marks damage as extra like comments, and that is kept.
pub(crate) fn all<'t>(node: Node<'t>) -> impl Iterator<Item = Node<'t>> {
    let mut cursor = node.walk();
    let mut more = cursor.goto_first_child();
    std::iter::from_fn(move || {
        while more {
            let child = cursor.node();
            more = cursor.goto_next_sibling();
            if !child.is_extra() || child.is_error() {
                return Some(child);
            }
        }
        None
    })
}

/// The named children of a node that are no comments, damaged parts included.
pub(crate) fn named<'t>(node: Node<'t>) -> impl Iterator<Item = Node<'t>> {
    all(node).filter(|child| child.is_named())
}

/// The statements, and other small nodes, around each syntax error.
///
/// Keeps the way down from the root: `Node::parent` would look for it from the root each time, in time and in stack.
fn damaged(root: Node<'_>) -> Vec<Span> {
    let mut found: Vec<Span> = Vec::new();
    let mut above: Vec<Node<'_>> = Vec::new();
    let mut cursor = root.walk();
    loop {
        let node = cursor.node();
        if node.is_error() || node.is_missing() {
            let around = if above.len() > 1 { above.last().copied() } else { None };
            found.push(span(around.unwrap_or(node)));
        }
        if node.has_error() && !node.is_error() && cursor.goto_first_child() {
            above.push(node);
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return found;
            }
            above.pop();
        }
    }
}
