//! Code that only runs, or may fail, under a condition: there, what doesn't exist may be left out on purpose.

/// A part of a program: a function's body, or a statement or expression that may guard what is in it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Region {
    parent: usize,
    /// The function's body that it is in, or the whole program.
    body: usize,
    kind: RegionKind,
    is_guarded: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RegionKind {
    /// A function's body, or the program. It is guarded by a condition within it: what follows an early return is under it.
    Body,
    /// `try`, whose handlers may swallow an exception.
    Try,
    /// `with`, whose context may: `suppress(ImportError)`.
    With,
    /// `if`, `while` and `match`.
    Condition,
    /// `a if b else c`, `a and b`.
    Choice,
}

/// The whole program.
pub(super) const PROGRAM: usize = 0;

/// The regions of a program. One is numbered after those around it.
#[derive(Debug)]
pub(super) struct Regions(Vec<Region>);

impl Regions {
    pub(super) fn new() -> Self {
        Self(vec![Region { parent: PROGRAM, body: PROGRAM, kind: RegionKind::Body, is_guarded: false }])
    }

    pub(super) fn add(&mut self, parent: usize, kind: RegionKind) -> usize {
        let number = self.0.len();
        let body = if kind == RegionKind::Body { number } else { self.0[parent].body };
        self.0.push(Region { parent, body, kind, is_guarded: false });
        number
    }

    pub(super) fn kind(&self, region: usize) -> RegionKind {
        self.0[region].kind
    }

    pub(super) fn guard(&mut self, region: usize) {
        self.0[region].is_guarded = true;
        let Region { kind, body, .. } = self.0[region];
        if kind == RegionKind::Condition && body != PROGRAM {
            self.0[body].is_guarded = true;
        }
    }

    /// Looks at a name in the header of a region: an exception that is caught, or what a condition asks for.
    pub(super) fn see(&mut self, region: usize, name: &str) {
        let guards = match self.kind(region) {
            RegionKind::Body => false,
            // A variable may hold any exception.
            RegionKind::Try => catches(name) || !name.starts_with(char::is_uppercase),
            RegionKind::With => catches(name),
            RegionKind::Condition | RegionKind::Choice => asks_for_the_platform(name),
        };
        if guards {
            self.guard(region);
        }
    }

    /// Whether each region is guarded, by itself or from around it.
    pub(super) fn guarded(&self) -> Vec<bool> {
        let mut guarded = Vec::with_capacity(self.0.len());
        for region in &self.0 {
            let from_around = guarded.get(region.parent).is_some_and(|is_guarded| *is_guarded);
            guarded.push(region.is_guarded || from_around);
        }
        guarded
    }
}

/// Whether a handler for this catches what a missing module, attribute or name raises.
fn catches(name: &str) -> bool {
    matches!(
        name,
        "ImportError" | "ModuleNotFoundError" | "AttributeError" | "NameError" | "Exception" | "BaseException"
    )
}

/// Whether a condition on this tells versions, platforms or type checkers apart.
fn asks_for_the_platform(name: &str) -> bool {
    matches!(
        name,
        "TYPE_CHECKING"
            | "PY2"
            | "PY3"
            | "find_spec"
            | "hexversion"
            | "implementation"
            | "platform"
            | "python_implementation"
            | "version"
            | "version_info"
    )
}
