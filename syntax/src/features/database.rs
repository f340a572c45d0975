//! Predicates about databases: the SQL in a program's strings, how values get into it, and whether changes are kept.

use std::borrow::Cow;
use std::collections::BTreeSet;

use tree_sitter::Node;

use super::program::{Call, Program, walk};

/// Methods that take SQL as their first argument.
const EXECUTE: [&str; 3] = [".execute", ".executemany", ".executescript"];

/// How many links there are between `connect()` and the `with` over its result: a function returns the connection, an attribute
/// keeps it, a variable or `as` names it.
const LINKS: usize = 3;

/// Statements by their first words, with a word that must follow. It tells SQL from a sentence such as `update failed`.
const STATEMENTS: [(&str, &str); 12] = [
    ("SELECT", "FROM"),
    ("INSERT", "INTO"),
    ("REPLACE", "INTO"),
    ("UPDATE", "SET"),
    ("DELETE", "FROM"),
    ("CREATE", "TABLE"),
    ("CREATE", "INDEX"),
    ("CREATE", "VIEW"),
    ("CREATE", "TRIGGER"),
    ("ALTER", "TABLE"),
    ("DROP", "TABLE"),
    ("DROP", "INDEX"),
];

pub(super) fn sql(program: &Program<'_>, of: &[String]) -> bool {
    let wanted = of.iter().map(|statement| words(statement)).collect::<Vec<_>>();
    let is_wanted = |statement: &[String]| {
        wanted.is_empty() || wanted.iter().any(|wanted| statement.starts_with(wanted.as_slice()))
    };
    let mut executed = program.calls().filter_map(|call| executed(program, &call));
    executed.any(|sql| statements(&sql).any(|statement| is_wanted(&words(statement))))
        || program.strings().any(|string| {
            statements(&string).any(|text| {
                let statement = words(text);
                is_wanted(&statement) && is_statement(text, &statement)
            })
        })
}

pub(super) fn parameterised_sql(program: &Program<'_>, _: &[String]) -> bool {
    program.calls().filter(|call| program.is_one_of(call.function, &EXECUTE[..2])).any(|call| {
        let arguments = call.positional();
        let has_values = arguments.len() > 1 || call.keyword(program, "parameters").is_some();
        // SQL from a variable can't be looked at: its values are still handed over apart.
        has_values
            && arguments.first().is_some_and(|sql| first_string(program, *sql).is_none_or(|sql| has_placeholder(&sql)))
    })
}

pub(super) fn commits(program: &Program<'_>, _: &[String]) -> bool {
    if program.calls_one_of(&[".commit"]) || program.calls().any(|call| is_autocommit(program, &call)) {
        return true;
    }
    let mut connections = BTreeSet::new();
    for _ in 0..LINKS {
        for node in program.nodes() {
            connections.extend(new_connection(program, node, &connections));
        }
    }
    let managed = program.of_kind("with_item").filter_map(|item| item.child_by_field_name("value"));
    managed
        .map(|value| if value.kind() == "as_pattern" { value.named_child(0).unwrap_or(value) } else { value })
        .any(|value| is_connection(program, value, &connections))
}

/// The SQL that a call executes, as far as it is written there.
fn executed<'a>(program: &Program<'a>, call: &Call<'a>) -> Option<Cow<'a, str>> {
    let executes = program.is_one_of(call.function, &EXECUTE);
    executes.then(|| call.positional().first().copied()).flatten().and_then(|sql| first_string(program, sql))
}

/// The string that an expression is, or starts with: `"…" + x`, `"…".format(x)`.
fn first_string<'a>(program: &Program<'a>, expression: Node<'a>) -> Option<Cow<'a, str>> {
    walk(expression)
        .take_while(|node| node.start_byte() == expression.start_byte())
        .find_map(|node| program.content(node))
}

/// The statements of a text, each with its comments and the space before it taken away.
fn statements(text: &str) -> impl Iterator<Item = &str> {
    text.split(';').map(|statement| {
        let mut statement = statement.trim_start();
        while let Some(comment) = statement.strip_prefix("--") {
            statement = comment.split_once('\n').map_or("", |(_, rest)| rest).trim_start();
        }
        statement
    })
}

/// The words of a statement in capitals.
fn words(statement: &str) -> Vec<String> {
    let words = statement.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    words.map(str::to_uppercase).collect()
}

/// Whether a text is SQL rather than a sentence that starts with the same word, such as `Select an item from the list`.
fn is_statement(text: &str, words: &[String]) -> bool {
    let is_sentence =
        text.starts_with(|c: char| c.is_uppercase()) && text.chars().nth(1).is_some_and(char::is_lowercase);
    let has_shape = |(first, other): &(&str, &str)| {
        words.first().is_some_and(|word| word == first) && words[1..].iter().any(|word| word == other)
    };
    !is_sentence && STATEMENTS.iter().any(has_shape)
}

/// Whether SQL has one of the placeholders of Python's database interface: `?`, `:name`, `%s`, `%(name)s`, `$1`.
fn has_placeholder(sql: &str) -> bool {
    let is_name = |rest: &str| rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
    sql.contains('?')
        || sql.contains("%s")
        || sql.contains("%(")
        || sql.match_indices([':', '$', '@']).any(|(at, _)| is_name(&sql[at + 1..]))
}

/// Whether a call opens a connection that keeps each change at once.
fn is_autocommit(program: &Program<'_>, call: &Call<'_>) -> bool {
    let keyword_is = |name, value| call.keyword(program, name).is_some_and(|node| node.kind() == value);
    program.last_name(call.function) == Some("connect")
        && (keyword_is("isolation_level", "none") || keyword_is("autocommit", "true"))
}

/// The name that a connection gets at this node: a variable, an attribute, `as`, a parameter, or a function that returns it.
fn new_connection<'a>(program: &Program<'a>, node: Node<'a>, known: &BTreeSet<&'a str>) -> Option<&'a str> {
    let field = |name| node.child_by_field_name(name);
    let is_connection = |value| is_connection(program, value, known);
    match node.kind() {
        "assignment" => field("right")
            .filter(|right| is_connection(*right))
            .and(field("left"))
            .and_then(|left| program.last_name(left)),
        "as_pattern" => {
            let value = node.named_child(0)?;
            let closed = Call::of(value).filter(|call| program.is_named(call.function, "contextlib.closing"));
            let value = closed.and_then(|call| call.positional().first().copied()).unwrap_or(value);
            let alias = field("alias").and_then(|alias| alias.named_child(0));
            alias.filter(|_| is_connection(value)).and_then(|alias| program.last_name(alias))
        }
        "typed_parameter" => {
            let is_typed = field("type").is_some_and(|kind| program.text(kind).ends_with("Connection"));
            node.named_child(0).filter(|_| is_typed).and_then(|name| program.last_name(name))
        }
        "function_definition" => {
            let mut returned =
                walk(node).filter(|node| node.kind() == "return_statement").filter_map(|node| node.named_child(0));
            returned.any(is_connection).then(|| program.name(node))
        }
        _ => None,
    }
}

fn is_connection(program: &Program<'_>, value: Node<'_>, known: &BTreeSet<&str>) -> bool {
    let function = Call::of(value).map(|call| call.function);
    let name = program.last_name(function.unwrap_or(value));
    name.is_some_and(|name| known.contains(name) || function.is_some() && name == "connect")
}
