//! The same program written differently, for tests: variables with other names, lines wrapped elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use proofhouse_syntax::Grammar;
use tree_sitter::Node;

use crate::ir::{ExprId, ExprKind, Program, Statement};
use crate::lower::lower;

/// The program with other names for its local variables and parameters, but for those in `kept`.
pub(crate) fn renamed(text: &str, grammar: Grammar, kept: &BTreeSet<String>) -> String {
    let tree = grammar.tree(text);
    let program = lower(text, &tree, grammar);
    let names: BTreeMap<String, String> = locals(&program)
        .into_iter()
        .filter(|name| !kept.contains(name) && !kept.contains(name.trim_start_matches(['$', '@'])))
        .enumerate()
        .map(|(number, name)| {
            let sigil: String = name.chars().take_while(|letter| !letter.is_alphanumeric() && *letter != '_').collect();
            (name, format!("{sigil}renamed_{number}"))
        })
        .collect();
    let mut edits = Vec::new();
    each_leaf(tree.root_node(), &mut |node| {
        let whole = node.parent().filter(|parent| parent.kind() == "variable_name").unwrap_or(node);
        let name = &text[whole.byte_range()];
        if let Some(new) = names.get(name)
            && is_variable(node)
        {
            edits.push((whole.byte_range(), new.clone()));
        }
    });
    edited(text, edits)
}

/// The program with a line break after each comma of an argument list.
pub(crate) fn wrapped(text: &str, grammar: Grammar) -> String {
    let tree = grammar.tree(text);
    let mut edits = Vec::new();
    each_leaf(tree.root_node(), &mut |node| {
        let Some(parent) = node.parent() else { return };
        let in_list = parent.kind().contains("argument") && !parent.kind().contains("type");
        let mut around = std::iter::successors(Some(parent), Node::parent);
        // A line break inside a string is part of it, and ends a macro or a command without parentheses.
        let is_fixed = around.any(|node| {
            ["string", "interpolation", "template", "heredoc", "preproc", "token_tree"]
                .iter()
                .any(|kind| node.kind().contains(kind))
        });
        if node.kind() == "," && in_list && !is_fixed {
            edits.push((node.byte_range(), ",\n        ".to_owned()));
        }
    });
    edited(text, edits)
}

fn edited(text: &str, edits: Vec<(std::ops::Range<usize>, String)>) -> String {
    let mut result = String::new();
    let mut done = 0;
    for (range, new) in edits {
        result.push_str(&text[done..range.start]);
        result.push_str(&new);
        done = range.end;
    }
    result.push_str(&text[done..]);
    result
}

/// Whether an identifier is a variable and not a field, a keyword, a type or a label of the same name.
fn is_variable(node: Node<'_>) -> bool {
    if node.kind() == "name" && node.parent().is_some_and(|parent| parent.kind() != "variable_name") {
        return false;
    }
    let kinds = [
        "identifier",
        "name",
        "shorthand_property_identifier_pattern",
        "instance_variable",
        "global_variable",
        "constant",
    ];
    if !kinds.contains(&node.kind()) {
        return false;
    }
    let Some(parent) = node.parent() else { return true };
    let field_of = |field: &str| parent.child_by_field_name(field) == Some(node);
    match parent.kind() {
        "attribute" => !field_of("attribute"),
        "keyword_argument" | "labeled_argument" => !field_of("name"),
        "field_access" => !field_of("field"),
        "member_access_expression" | "call" | "method_invocation" | "scoped_identifier" | "field_expression" => {
            field_of("object")
                || field_of("expression")
                || field_of("receiver")
                || field_of("value")
                || field_of("argument")
                || (parent.kind() == "call" && field_of("function"))
        }
        "argument" => !field_of("name"),
        "property_declaration"
        | "method_declaration"
        | "shorthand_property_identifier"
        | "literal_element"
        | "keyed_element" => false,
        "assignment_expression" if parent.parent().is_some_and(|list| list.kind() == "initializer_expression") => {
            !field_of("left")
        }
        _ => true,
    }
}

fn each_leaf<'t>(root: Node<'t>, visit: &mut impl FnMut(Node<'t>)) {
    let mut cursor = root.walk();
    loop {
        if cursor.node().child_count() == 0 {
            visit(cursor.node());
        }
        if cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return;
            }
        }
    }
}

/// The names that the program gives to variables inside functions, and to parameters.
fn locals(program: &Program) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for function in &program.functions {
        for parameter in &function.parameters {
            names.insert(program.name(parameter.name).to_owned());
        }
        assigned(program, &function.body, &mut names);
    }
    assigned(program, &program.body, &mut names);
    // What is also a field's, a function's or a module's name can't be told apart by its text.
    for function in &program.functions {
        if let Some(name) = function.name {
            names.remove(program.name(name));
        }
    }
    for class in &program.classes {
        assigned_fields(program, &class.body, &mut names);
    }
    names.retain(|name| name.len() > 1 || name != "_");
    names
}

fn assigned_fields(program: &Program, block: &[Statement], names: &mut BTreeSet<String>) {
    let mut fields = BTreeSet::new();
    assigned(program, block, &mut fields);
    names.retain(|name| !fields.contains(name));
}

fn assigned(program: &Program, block: &[Statement], names: &mut BTreeSet<String>) {
    let mut target = |id: ExprId| add_target(program, id, names);
    for statement in block {
        match statement {
            Statement::Assign(assign) => target(assign.target),
            Statement::Loop { binding: Some(binding), .. } => target(*binding),
            _ => {}
        }
    }
    for statement in block {
        match statement {
            Statement::If { then, otherwise, .. } => {
                assigned(program, then, names);
                assigned(program, otherwise, names);
            }
            Statement::Switch { cases, .. } => cases.iter().for_each(|case| assigned(program, &case.body, names)),
            Statement::Loop { body, .. } | Statement::Block(body) => assigned(program, body, names),
            Statement::Try { body, handlers, otherwise, finally } => {
                for block in [body, otherwise, finally] {
                    assigned(program, block, names);
                }
                handlers.iter().for_each(|handler| assigned(program, &handler.body, names));
            }
            Statement::Expr(_)
            | Statement::Assign(_)
            | Statement::Return(_)
            | Statement::Throw(_)
            | Statement::Break
            | Statement::Continue
            | Statement::Function(_)
            | Statement::Class(_)
            | Statement::Import { .. } => {}
        }
    }
}

fn add_target(program: &Program, id: ExprId, names: &mut BTreeSet<String>) {
    match program.kind(id) {
        ExprKind::Name(name) => {
            names.insert(program.name(*name).to_owned());
        }
        ExprKind::List(items) => items.iter().for_each(|&item| add_target(program, item, names)),
        _ => {}
    }
}
