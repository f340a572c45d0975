//! What a program says, in one form for every language: expressions in an arena, statements around them.
//!
//! Lowering writes it, the analysis reads it. It keeps what rules need and drops the rest: no types but declared names, no
//! comments, no layout.

use crate::symbols::{Symbol, Symbols};

/// A range of bytes of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// An expression of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ExprId(pub(crate) u32);

/// A function of a program, lambdas included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct FunctionId(pub(crate) u32);

/// A class of a program: anything that has methods and fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ClassId(pub(crate) u32);

/// A whole text.
#[derive(Debug, Default)]
pub(crate) struct Program {
    pub(crate) exprs: Vec<Expr>,
    pub(crate) functions: Vec<Function>,
    pub(crate) classes: Vec<Class>,
    pub(crate) body: Block,
    pub(crate) symbols: Symbols,
    /// Statements around syntax errors, in the order of the text.
    pub(crate) damaged: Vec<Span>,
}

#[derive(Debug)]
pub(crate) struct Expr {
    pub(crate) kind: ExprKind,
    pub(crate) span: Span,
}

#[derive(Debug)]
pub(crate) enum ExprKind {
    /// A string without holes, as the program has it once escapes are read; bytes and character literals too.
    Text(Box<str>),
    Integer(i64),
    /// Any other number.
    Number,
    Bool(bool),
    Null,
    /// A variable, function, module or type. PHP's `$x`, Ruby's `@x` and shell's `$x` keep their sigils.
    Name(Symbol),
    /// `of.name`, also `of->name`, `of::name`, `of?.name`.
    Field {
        of: ExprId,
        name: Symbol,
    },
    /// `of[index]`. Ruby's symbols are `Text`.
    Index {
        of: ExprId,
        index: ExprId,
    },
    Call(Call),
    /// String building in which every part becomes text: templates, f-strings, PHP's `.`, a shell word, adjacent literals.
    Format(Vec<ExprId>),
    /// `a + b + c`: numbers or strings, nobody knows; the parts of one chain, in order.
    Sum(Vec<ExprId>),
    /// Any other operator of two operands.
    Binary {
        operator: Operator,
        left: ExprId,
        right: ExprId,
    },
    /// `not x`, `!x`.
    Not(ExprId),
    /// `-x`.
    Negative(ExprId),
    /// `yes if test else no`, `test ? yes : no`.
    Choice {
        test: ExprId,
        yes: ExprId,
        no: ExprId,
    },
    /// A list, tuple, set or array; as an assignment's target, what is taken apart.
    List(Vec<ExprId>),
    /// Key and value of each entry; keys that are bare words are `Text`. `**x` and `...x` have no key.
    Map(Vec<(Option<ExprId>, ExprId)>),
    /// A function as a value.
    Function(FunctionId),
    /// An assignment inside an expression; its value is the assigned one.
    Assign {
        target: ExprId,
        value: ExprId,
    },
    /// `(type) value`, `value as type`.
    Cast {
        to: Symbol,
        value: ExprId,
    },
    /// A comprehension, or `x for x in xs`: what is made of each item.
    Each {
        binding: ExprId,
        over: ExprId,
        test: Option<ExprId>,
        value: ExprId,
    },
    /// Anything else: its value may come from any of these.
    Opaque(Vec<ExprId>),
}

#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) callee: ExprId,
    pub(crate) arguments: Vec<Argument>,
    /// `new T(...)`, a composite literal: the callee is the type, and the value is an object of it.
    pub(crate) is_new: bool,
}

#[derive(Debug)]
pub(crate) struct Argument {
    /// The keyword, or the field of a composite literal.
    pub(crate) name: Option<Symbol>,
    pub(crate) value: ExprId,
    /// `*x`, `**x`, `...x`.
    pub(crate) is_spread: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    /// `+=` on a variable; elsewhere a sum is [`ExprKind::Sum`].
    Add,
    Subtract,
    Multiply,
    Divide,
    /// `%`: in Python and Ruby also string building, decided by the left side.
    Remainder,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    And,
    Or,
    /// `??`, `?:` without a middle, `or` where it picks a default.
    Coalesce,
    In,
    NotIn,
    /// `<<`: a shift, C++'s and Ruby's append.
    ShiftLeft,
    BitAnd,
    BitOr,
    /// Matches a pattern: Ruby's and Bash's `=~`.
    Match,
    Other,
}

pub(crate) type Block = Vec<Statement>;

#[derive(Debug)]
pub(crate) enum Statement {
    Expr(ExprId),
    Assign(Assign),
    /// `elif` and `else if` nest in `otherwise`.
    If {
        test: ExprId,
        then: Block,
        otherwise: Block,
    },
    Switch {
        subject: ExprId,
        cases: Vec<Case>,
    },
    /// Any loop. `over` is what is iterated, and `binding` what each item is given to.
    Loop {
        binding: Option<ExprId>,
        over: Option<ExprId>,
        test: Option<ExprId>,
        body: Block,
    },
    Return(Option<ExprId>),
    /// `throw`, `raise`, `panic`: what follows in the block is not reached.
    Throw(Option<ExprId>),
    Break,
    Continue,
    Try {
        body: Block,
        handlers: Vec<Handler>,
        otherwise: Block,
        finally: Block,
    },
    /// A block that is neither branch nor loop.
    Block(Block),
    /// A function with a name, where it is declared.
    Function(FunctionId),
    Class(ClassId),
    /// `local` now stands for the dotted `path`.
    Import {
        local: Symbol,
        path: Symbol,
    },
}

#[derive(Debug)]
pub(crate) struct Assign {
    /// A name, field, index, or a list of them.
    pub(crate) target: ExprId,
    /// None for a declaration without a value.
    pub(crate) value: Option<ExprId>,
    /// The operator of `+=` and its like.
    pub(crate) operator: Option<Operator>,
    /// The declared type, without its generics.
    pub(crate) declared: Option<Symbol>,
    pub(crate) span: Span,
}

#[derive(Debug)]
pub(crate) struct Case {
    /// Empty for `default`.
    pub(crate) labels: Vec<ExprId>,
    pub(crate) body: Block,
    /// Whether the next case is run too, as in C without `break`.
    pub(crate) falls_through: bool,
}

#[derive(Debug)]
pub(crate) struct Handler {
    /// The exceptions' types; empty catches all.
    pub(crate) types: Vec<Symbol>,
    pub(crate) name: Option<Symbol>,
    pub(crate) body: Block,
    pub(crate) span: Span,
}

#[derive(Debug)]
pub(crate) struct Function {
    /// None for a lambda.
    pub(crate) name: Option<Symbol>,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) body: Block,
    /// Decorators, annotations and attributes, as calls or names.
    pub(crate) decorators: Vec<ExprId>,
    pub(crate) is_async: bool,
    /// The class that it is a method of.
    pub(crate) class: Option<ClassId>,
    pub(crate) span: Span,
    /// The expressions of its parameters, decorators and body, nested functions included: `exprs[first..last]`.
    pub(crate) first: u32,
    pub(crate) last: u32,
}

#[derive(Debug)]
pub(crate) struct Parameter {
    /// The name that it is known by inside; of a pattern, the target's names are bound one by one.
    pub(crate) name: Symbol,
    /// The declared type, without its generics, pointers and references.
    pub(crate) declared: Option<Symbol>,
    pub(crate) default: Option<ExprId>,
    /// Annotations of the parameter alone, such as Spring's `@RequestParam`.
    pub(crate) decorators: Vec<ExprId>,
    /// A pattern that takes the argument apart.
    pub(crate) pattern: Option<ExprId>,
}

#[derive(Debug)]
pub(crate) struct Class {
    pub(crate) name: Option<Symbol>,
    pub(crate) bases: Vec<Symbol>,
    pub(crate) decorators: Vec<ExprId>,
    /// Fields, methods and nested classes.
    pub(crate) body: Block,
    pub(crate) span: Span,
}

impl Span {
    pub(crate) fn of(self, text: &str) -> &str {
        text.get(self.start as usize..self.end as usize).unwrap_or_default()
    }

    pub(crate) fn contains(self, other: Span) -> bool {
        self.start <= other.start && other.end <= self.end
    }
}

impl Program {
    pub(crate) fn expr(&self, id: ExprId) -> &Expr {
        &self.exprs[id.0 as usize]
    }

    pub(crate) fn kind(&self, id: ExprId) -> &ExprKind {
        &self.expr(id).kind
    }

    pub(crate) fn span(&self, id: ExprId) -> Span {
        self.expr(id).span
    }

    pub(crate) fn function(&self, id: FunctionId) -> &Function {
        &self.functions[id.0 as usize]
    }

    pub(crate) fn class(&self, id: ClassId) -> &Class {
        &self.classes[id.0 as usize]
    }

    pub(crate) fn name(&self, symbol: Symbol) -> &str {
        self.symbols.text(symbol)
    }
}
