//! Predicates about how a program is built: its definitions, its statements, its texts.

use tree_sitter::Node;

use super::program::{Call, Program, definition, idle_string, inner, walk};

pub(super) fn main_guard(program: &Program<'_>, _: &[String]) -> bool {
    let is_guard = |condition: Node<'_>| {
        let operands = condition.named_children(&mut condition.walk()).collect::<Vec<_>>();
        condition.kind() == "comparison_operator"
            && condition.child_by_field_name("operators").is_some_and(|operator| operator.kind() == "==")
            && operands.iter().any(|operand| program.text(*operand) == "__name__")
            && operands.iter().any(|operand| program.text(*operand).trim_matches(['"', '\'']) == "__main__")
    };
    program.of_kind("if_statement").filter_map(|node| node.child_by_field_name("condition")).map(inner).any(is_guard)
}

pub(super) fn imports(program: &Program<'_>, of: &[String]) -> bool {
    let is_within = |name: &str, module: &str| {
        name.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    program.imports().any(|name| of.iter().any(|module| is_within(&name, module)))
}

pub(super) fn calls(program: &Program<'_>, of: &[String]) -> bool {
    program.calls_one_of(of)
}

pub(super) fn keyword_argument(program: &Program<'_>, of: &[String]) -> bool {
    let mut keywords = program.calls().flat_map(|call| call.all()).filter(|node| node.kind() == "keyword_argument");
    keywords.any(|keyword| of.iter().any(|name| name == program.name(keyword)))
}

pub(super) fn defines_function(program: &Program<'_>, of: &[String]) -> bool {
    program.functions().any(|function| is_listed(program.name(function), of))
}

pub(super) fn defines_class(program: &Program<'_>, of: &[String]) -> bool {
    program.of_kind("class_definition").any(|class| is_listed(program.name(class), of))
}

pub(super) fn defines_method(program: &Program<'_>, of: &[String]) -> bool {
    program.methods().any(|method| is_listed(program.name(method), of))
}

pub(super) fn inherits(program: &Program<'_>, of: &[String]) -> bool {
    let classes = program.of_kind("class_definition").filter_map(|class| class.child_by_field_name("superclasses"));
    let mut bases = classes.flat_map(|bases| bases.named_children(&mut bases.walk()).collect::<Vec<_>>());
    bases.any(|base| !base.is_extra() && base.kind() != "keyword_argument" && is_named(program, base, of))
}

pub(super) fn decorator(program: &Program<'_>, of: &[String]) -> bool {
    program.of_kind("decorator").filter_map(|node| node.named_child(0)).any(|node| is_named(program, called(node), of))
}

pub(super) fn is_async(program: &Program<'_>, _: &[String]) -> bool {
    let is_token = |node: Node<'_>| matches!(node.kind(), "async" | "await") && !node.is_named();
    program.nodes().any(is_token)
}

pub(super) fn recursion(program: &Program<'_>, _: &[String]) -> bool {
    let calls_in = |function: Node<'_>, is_own: &dyn Fn(Node<'_>) -> bool| {
        let body = function.child_by_field_name("body");
        let mut calls = body.into_iter().flat_map(walk).filter(|node| node.kind() == "call").filter_map(Call::of);
        calls.any(|call| is_own(call.function))
    };
    program.functions().any(|function| calls_in(function, &|called| program.text(called) == program.name(function)))
        || program.methods().any(|method| {
            let is_own = |called: Node<'_>| {
                let rest = ["self.", "cls."].iter().find_map(|object| program.text(called).strip_prefix(object));
                rest == Some(program.name(method))
            };
            calls_in(method, &is_own)
        })
}

pub(super) fn generator(program: &Program<'_>, _: &[String]) -> bool {
    program.nodes().any(|node| node.is_named() && matches!(node.kind(), "yield" | "generator_expression"))
}

pub(super) fn comprehension(program: &Program<'_>, _: &[String]) -> bool {
    program.has(&["list_comprehension", "set_comprehension", "dictionary_comprehension"])
}

pub(super) fn docstring(program: &Program<'_>, _: &[String]) -> bool {
    let definitions = program.nodes().filter(|node| matches!(node.kind(), "class_definition" | "function_definition"));
    let mut bodies = definitions.filter_map(|node| node.child_by_field_name("body")).chain([program.root()]);
    bodies.any(|body| {
        let first = body.named_children(&mut body.walk()).find(|node| !node.is_extra());
        let string = first.filter(|first| first.kind() == "expression_statement").and_then(idle_string);
        string.and_then(|string| program.content(string)).is_some_and(|content| !content.trim().is_empty())
    })
}

pub(super) fn type_hints(program: &Program<'_>, _: &[String]) -> bool {
    program.nodes().any(|node| match node.kind() {
        "typed_parameter" | "typed_default_parameter" => true,
        "function_definition" => node.child_by_field_name("return_type").is_some(),
        "assignment" => node.child_by_field_name("type").is_some(),
        _ => false,
    })
}

pub(super) fn f_string(program: &Program<'_>, _: &[String]) -> bool {
    program.of_kind("string_start").any(|start| program.text(start).contains(['f', 'F']))
}

pub(super) fn string_literal(program: &Program<'_>, of: &[String]) -> bool {
    program.strings().any(|string| of.iter().any(|text| string.contains(text.as_str())))
}

pub(super) fn handles_errors(program: &Program<'_>, of: &[String]) -> bool {
    program.of_kind("except_clause").any(|clause| {
        let handler = clause.named_children(&mut clause.walk()).find(|child| child.kind() == "block");
        let caught = clause.children_by_field_name("value", &mut clause.walk()).collect::<Vec<_>>();
        handler.is_some_and(does_something)
            && (of.is_empty() || caught.into_iter().flat_map(alternatives).any(|node| is_named(program, node, of)))
    })
}

pub(super) fn raises(program: &Program<'_>, of: &[String]) -> bool {
    program.of_kind("raise_statement").any(|statement| {
        let raised = statement.named_children(&mut statement.walk()).find(|node| !node.is_extra());
        of.is_empty() || raised.is_some_and(|raised| is_named(program, called(raised), of))
    })
}

pub(super) fn asserts(program: &Program<'_>, _: &[String]) -> bool {
    let is_assertion = |call: Call<'_>| {
        let is_method = call.function.kind() == "attribute";
        is_method && program.last_name(call.function).is_some_and(|name| name.starts_with("assert"))
    };
    program.has(&["assert_statement"])
        || program.calls().any(is_assertion)
        || program.calls_one_of(&["pytest.raises", ".fail"])
}

pub(super) fn context_manager(program: &Program<'_>, _: &[String]) -> bool {
    program.has(&["with_statement"])
}

fn is_listed(name: &str, of: &[String]) -> bool {
    of.is_empty() || of.iter().any(|listed| listed == name)
}

fn is_named(program: &Program<'_>, node: Node<'_>, of: &[String]) -> bool {
    of.is_empty() || program.is_one_of(node, of)
}

/// What is called, or the node itself: `raise E` is as `raise E()`, `@f` as `@f()`.
fn called(node: Node<'_>) -> Node<'_> {
    Call::of(node).map_or(node, |call| call.function)
}

/// The exceptions that `except` names: `E`, `E as e`, `(E, F)`.
fn alternatives(node: Node<'_>) -> Vec<Node<'_>> {
    let node = if node.kind() == "as_pattern" { node.named_child(0).unwrap_or(node) } else { node };
    match inner(node) {
        tuple if tuple.kind() == "tuple" => tuple.named_children(&mut tuple.walk()).collect(),
        node => vec![node],
    }
}

/// Whether a block has a statement other than `pass` and `...`.
fn does_something(block: Node<'_>) -> bool {
    let is_empty = |statement: Node<'_>| {
        let is_ellipsis = |node: Node<'_>| node.kind() == "ellipsis" || idle_string(statement).is_some();
        match statement.kind() {
            "pass_statement" => true,
            "expression_statement" => statement.named_child(0).is_some_and(is_ellipsis),
            _ => statement.is_extra(),
        }
    };
    block.named_children(&mut block.walk()).map(definition).any(|statement| !is_empty(statement))
}
