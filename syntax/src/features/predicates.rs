//! The table of named predicates.

use super::program::Program;
use super::{code, database, surroundings};

/// Something that a program's text has or has not.
#[derive(Debug)]
pub struct Predicate {
    /// Its name in task files.
    pub name: &'static str,
    /// When it holds, in one line.
    pub about: &'static str,
    /// What it is asked about.
    pub of: Of,
    holds: fn(&Program<'_>, &[String]) -> bool,
}

/// What a predicate is asked about; the text says what to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// It takes no `of`.
    Nothing,
    /// It may be narrowed down.
    Optional(&'static str),
    /// It says nothing without.
    Needed(&'static str),
}

impl Predicate {
    pub(super) fn holds(&self, program: &Program<'_>, of: &[String]) -> bool {
        (self.holds)(program, of)
    }
}

const NAMES: &str = "names";
/// Names that may be imported.
const DOTTED: &str =
    "names, such as `json.loads`, also under the name that they are imported by; `.commit` is `commit` of anything";

/// Every predicate, in the order of the alphabet.
pub const PREDICATES: &[Predicate] = &[
    Predicate {
        name: "asserts",
        about: "makes an assertion: `assert`, a method such as `self.assertEqual`, or `pytest.raises`",
        of: Of::Nothing,
        holds: code::asserts,
    },
    Predicate { name: "async", about: "uses `async` or `await`", of: Of::Nothing, holds: code::is_async },
    Predicate { name: "calls", about: "calls a function", of: Of::Needed(DOTTED), holds: code::calls },
    Predicate {
        name: "commits",
        about: "keeps changes to a database: `.commit()`, `with` over a connection, or a connection that commits by itself",
        of: Of::Nothing,
        holds: database::commits,
    },
    Predicate {
        name: "comprehension",
        about: "has a comprehension of a list, set or dictionary",
        of: Of::Nothing,
        holds: code::comprehension,
    },
    Predicate {
        name: "context_manager",
        about: "has a `with` statement",
        of: Of::Nothing,
        holds: code::context_manager,
    },
    Predicate {
        name: "decorator",
        about: "decorates a function or class",
        of: Of::Optional(DOTTED),
        holds: code::decorator,
    },
    Predicate { name: "defines_class", about: "defines a class", of: Of::Optional(NAMES), holds: code::defines_class },
    Predicate {
        name: "defines_function",
        about: "defines a function that is not a method",
        of: Of::Optional(NAMES),
        holds: code::defines_function,
    },
    Predicate {
        name: "defines_method",
        about: "defines a method",
        of: Of::Optional(NAMES),
        holds: code::defines_method,
    },
    Predicate {
        name: "docstring",
        about: "has a docstring: of the module, a class or a function",
        of: Of::Nothing,
        holds: code::docstring,
    },
    Predicate {
        name: "exit_code",
        about: "ends with an exit code: `sys.exit(…)`, `exit(…)` or `SystemExit(…)` with an argument",
        of: Of::Nothing,
        holds: surroundings::exit_code,
    },
    Predicate { name: "f_string", about: "has an f-string", of: Of::Nothing, holds: code::f_string },
    Predicate {
        name: "generator",
        about: "has a `yield` or a generator expression",
        of: Of::Nothing,
        holds: code::generator,
    },
    Predicate {
        name: "handles_errors",
        about: "has an `except` that does more than `pass`",
        of: Of::Optional("exceptions, such as `sqlite3.Error`"),
        holds: code::handles_errors,
    },
    Predicate {
        name: "imports",
        about: "imports a module, a submodule of it, or a name from it",
        of: Of::Needed("modules"),
        holds: code::imports,
    },
    Predicate {
        name: "inherits",
        about: "defines a class that has a base class",
        of: Of::Optional(DOTTED),
        holds: code::inherits,
    },
    Predicate {
        name: "keyword_argument",
        about: "gives an argument by keyword, such as `timeout=5`",
        of: Of::Needed(NAMES),
        holds: code::keyword_argument,
    },
    Predicate {
        name: "main_guard",
        about: "has `if __name__ == \"__main__\":`",
        of: Of::Nothing,
        holds: code::main_guard,
    },
    Predicate {
        name: "parameterised_sql",
        about: "hands values to `execute` or `executemany` apart from the SQL, which has placeholders: `?`, `:name`, `%s`",
        of: Of::Nothing,
        holds: database::parameterised_sql,
    },
    Predicate {
        name: "raises",
        about: "has a `raise` statement",
        of: Of::Optional("exceptions, such as `ValueError`"),
        holds: code::raises,
    },
    Predicate {
        name: "reads_argv",
        about: "reads the command line: `sys.argv`, argparse, optparse, getopt, click, typer, fire or docopt",
        of: Of::Nothing,
        holds: surroundings::reads_argv,
    },
    Predicate {
        name: "reads_environment",
        about: "reads environment variables: `os.environ` or `os.getenv`",
        of: Of::Nothing,
        holds: surroundings::reads_environment,
    },
    Predicate {
        name: "reads_files",
        about: "opens a file for reading: `open`, `path.open`, `read_text` or `read_bytes`",
        of: Of::Nothing,
        holds: surroundings::reads_files,
    },
    Predicate {
        name: "reads_stdin",
        about: "reads its input: `input()`, `sys.stdin`, `fileinput.input()` or `getpass.getpass()`",
        of: Of::Nothing,
        holds: surroundings::reads_stdin,
    },
    Predicate {
        name: "recursion",
        about: "has a function that calls itself by its name, or a method that does through `self` or `cls`",
        of: Of::Nothing,
        holds: code::recursion,
    },
    Predicate {
        name: "sql",
        about: "has SQL in a string: one that is executed there, or is known by its words, such as `UPDATE … SET`",
        of: Of::Optional("the first words of statements, such as `CREATE TABLE`"),
        holds: database::sql,
    },
    Predicate {
        name: "string_literal",
        about: "has a string with this text in it, docstrings aside",
        of: Of::Needed("texts, case and spaces as they are"),
        holds: code::string_literal,
    },
    Predicate {
        name: "type_hints",
        about: "has a type annotation: of a parameter, a result or a variable",
        of: Of::Nothing,
        holds: code::type_hints,
    },
    Predicate {
        name: "writes_files",
        about: "opens a file for writing: `open`, `path.open`, `write_text` or `write_bytes`",
        of: Of::Nothing,
        holds: surroundings::writes_files,
    },
];
