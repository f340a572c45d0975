//! The analysis: an abstract run of the program in which every path is taken that constants don't rule out. Rules are asked at
//! every call, name, assignment and comparison on the way.
//!
//! Work is bounded: loops run twice at most, calls of the program's own functions are followed a few levels deep, and all of it
//! within a budget in proportion to the text. Nothing depends on hashing or time: the same text gives the same hits.

mod arguments;
mod calls;
mod collections;
mod conditions;
mod expressions;
mod folding;
mod formats;
mod functions;
mod guards;
mod library;
mod objects;
mod reading;
mod sinks;
mod statements;
mod targets;

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use crate::condition::Expression;
use crate::environment::{Changes, Environment, Mark, Slot};
use crate::ir::{ClassId, ExprId, FunctionId, Program, Span};
use crate::path::{PathId, Paths, Segment};
use crate::prefilter::Alive;
use crate::schema::Level;
use crate::symbols::Symbol;
use crate::table::{OnRead, RuleNumber, Table};
use crate::value::{StepId, Taint, Value};

/// How many expressions are looked at for each one that the text has. Two passes of two nested loops and a few followed calls
/// stay below; what is above is machine-made.
const WORK_PER_EXPRESSION: usize = 16;

/// Work that every text may take, so that small ones are followed to their end.
const LEAST_WORK: usize = 20_000;

/// One hit of one rule.
#[derive(Debug, Clone)]
pub(crate) struct Hit {
    pub(crate) rule: RuleNumber,
    pub(crate) span: Span,
    pub(crate) confidence: Level,
    /// Whether it is a little less bad than the rule says.
    pub(crate) lesser: bool,
    /// The last step of the data on its way.
    pub(crate) step: Option<StepId>,
    /// What `{sink}`, `{name}` and `{value}` stand for in the rule's message.
    pub(crate) sink: String,
    pub(crate) name: String,
    pub(crate) value: String,
    /// Where an automatic fix goes.
    pub(crate) fix: Option<Span>,
}

/// One step of data on its way.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) span: Span,
    pub(crate) note: Note,
    pub(crate) before: Option<StepId>,
}

/// What happens to data at a step.
#[derive(Debug, Clone)]
pub(crate) enum Note {
    /// It comes from here: what it is.
    Source(Rc<str>),
    /// It is read here, and nobody knows what it is.
    Unknown,
    /// A call of something that is not in the text gave it.
    Returned,
    /// It is kept under a name.
    Kept(Symbol),
    /// It is handed to a parameter of a function.
    Handed(Symbol),
}

/// What the analysis found.
pub(crate) struct Found {
    pub(crate) hits: Vec<Hit>,
    pub(crate) steps: Vec<Step>,
}

/// Runs the analysis for the rules that are alive.
pub(crate) fn analyse(text: &str, program: &Program, table: &Table, alive: &Alive) -> Found {
    let mut analysis = Analysis::new(text, program, table, alive);
    analysis.run();
    let hits = analysis.hits.into_values().collect();
    Found { hits, steps: analysis.steps }
}

pub(crate) struct Analysis<'a> {
    text: &'a str,
    program: &'a Program,
    table: &'a Table,
    alive: &'a Alive,
    paths: Paths<'a>,
    environment: Environment,
    steps: Vec<Step>,
    hits: BTreeMap<(Span, RuleNumber), Hit>,
    frames: Vec<Frame>,
    /// Loops and switches around the current statement, each with what was changed at its `break`s.
    breaks: Vec<(Mark, Vec<Changes>)>,
    loops: usize,
    work: usize,
    /// What the value that is being made will be called: a variable, a keyword, a key.
    target: Option<Symbol>,
    /// The calls whose arguments are being looked at.
    within: Vec<PathId>,
    /// Names that imports gave, and what they stand for.
    imported: HashMap<Symbol, PathId>,
    /// What reading a path means.
    read: HashMap<PathId, Rc<[OnRead]>>,
    /// Whether the text has what an expression looks for, by the expression's address in the table.
    file: HashMap<*const Expression, bool>,
    methods: HashMap<(ClassId, Symbol), FunctionId>,
    functions: HashMap<Symbol, FunctionId>,
    classes: HashMap<Symbol, ClassId>,
    /// For each name, whether a pattern over names matches it.
    named: HashMap<(Symbol, u16), bool>,
    /// Names of what methods are called on: `self`, `this`, `$this`.
    receivers: Vec<Symbol>,
    /// What the last segments of all calls are, by the function that they stand in; made when a rule asks.
    calls_by_function: Option<HashMap<Option<FunctionId>, Vec<Symbol>>>,
}

/// A function that is being run, or the text outside functions.
#[derive(Default)]
struct Frame {
    function: Option<FunctionId>,
    class: Option<ClassId>,
    /// The values that it returned, joined.
    returned: Option<Value>,
    /// Functions and classes that were declared in it, to be run at its end.
    pending: Vec<Pending>,
    /// Whether it is followed from a call, with the call's arguments.
    is_followed: bool,
    /// The sinks that its returned value reaches.
    returns_to: Vec<u16>,
}

#[derive(Debug, Clone, Copy)]
enum Pending {
    Function(FunctionId),
    Class(ClassId),
}

impl<'a> Analysis<'a> {
    fn new(text: &'a str, program: &'a Program, table: &'a Table, alive: &'a Alive) -> Self {
        let mut methods = HashMap::new();
        let mut functions = HashMap::new();
        for (number, function) in program.functions.iter().enumerate() {
            let id = FunctionId(u32::try_from(number).expect("functions are counted in 32 bits"));
            let Some(name) = function.name else { continue };
            if let Some(class) = function.class {
                methods.entry((class, name)).or_insert(id);
            } else {
                functions.entry(name).or_insert(id);
            }
        }
        let classes = program.classes.iter().enumerate().filter_map(|(number, class)| {
            Some((class.name?, ClassId(u32::try_from(number).expect("classes are counted in 32 bits"))))
        });
        Analysis {
            text,
            program,
            table,
            alive,
            paths: Paths::new(&program.symbols),
            environment: Environment::new(program.symbols.count()),
            steps: Vec::new(),
            hits: BTreeMap::new(),
            frames: vec![Frame::default()],
            breaks: Vec::new(),
            loops: 0,
            work: program.exprs.len().saturating_mul(WORK_PER_EXPRESSION).saturating_add(LEAST_WORK),
            target: None,
            within: Vec::new(),
            imported: HashMap::new(),
            read: HashMap::new(),
            file: HashMap::new(),
            methods,
            functions,
            classes: classes.collect(),
            named: HashMap::new(),
            receivers: ["self", "this", "$this"].iter().filter_map(|name| program.symbols.find(name)).collect(),
            calls_by_function: None,
        }
    }

    fn run(&mut self) {
        let program = self.program;
        self.top(&program.body);
        self.run_pending();
    }

    fn frame(&mut self) -> &mut Frame {
        self.frames.last_mut().expect("the text outside functions has a frame")
    }

    fn function(&self) -> Option<FunctionId> {
        self.frames.last().and_then(|frame| frame.function)
    }

    /// Whether there is work left for what need not be done.
    fn has_work(&self) -> bool {
        self.work > 0
    }

    fn step(&mut self, span: Span, note: Note, before: Option<StepId>) -> StepId {
        let id = StepId(u32::try_from(self.steps.len()).expect("fewer steps than work"));
        self.steps.push(Step { span, note, before });
        id
    }

    /// Data that comes from here.
    fn source(&mut self, span: Span, what: &str, level: Level) -> Rc<Taint> {
        let step = self.step(span, Note::Source(what.into()), None);
        Rc::new(Taint::new(level, step))
    }

    /// Data of which nothing is known.
    fn unknown(&mut self, span: Span, note: Note) -> Rc<Taint> {
        let step = self.step(span, note, None);
        Rc::new(Taint::new(Level::Low, step))
    }

    /// A value whose data made one step more.
    fn stepped(&mut self, mut value: Value, span: Span, note: &Note) -> Value {
        if let Some(taint) = &value.taint {
            // A step that stands where the last one does says nothing new.
            let stepped = taint.stepped(|before| {
                let last = &self.steps[before.0 as usize];
                if last.span == span { before } else { self.step(span, note.clone(), Some(before)) }
            });
            value.taint = Some(Rc::new(stepped));
        }
        value
    }

    fn name_path(&mut self, name: Symbol) -> PathId {
        self.paths.child(None, Segment::Name(name))
    }

    /// The slot of a name or of a chain of fields, if the expression is one.
    fn slot(&mut self, id: ExprId) -> Option<Slot> {
        match self.program.kind(id) {
            crate::ir::ExprKind::Name(name) => Some(Environment::slot(*name)),
            crate::ir::ExprKind::Field { of, name } => {
                let of = self.slot(*of)?;
                Some(self.environment.field(of, *name))
            }
            _ => None,
        }
    }

    /// Whether the whole text has what an expression looks for. It is asked at every call: the text is searched once.
    fn file_has(&mut self, expression: &Expression) -> bool {
        let text = self.text;
        *self.file.entry(std::ptr::from_ref(expression)).or_insert_with(|| expression.is_match(text))
    }

    fn hit(&mut self, hit: Hit) {
        if !self.alive.has(hit.rule) {
            return;
        }
        match self.hits.entry((hit.span, hit.rule)) {
            std::collections::btree_map::Entry::Vacant(entry) => {
                entry.insert(hit);
            }
            std::collections::btree_map::Entry::Occupied(mut entry) => {
                let old = entry.get();
                if (hit.confidence, old.lesser) > (old.confidence, hit.lesser) {
                    entry.insert(hit);
                }
            }
        }
    }
}
