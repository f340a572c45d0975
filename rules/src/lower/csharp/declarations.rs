//! C#'s classes, members, variables and `using` directives.

use tree_sitter::Node;

use super::expressions::{expression, unknown};
use super::objects::{arguments, creation};
use super::statements::{assign, children, statement, statement_or_block, target};
use super::types::{attribute, attributes, declared, name_of, symbol_of, type_name};
use crate::ir::{Call, ExprId, ExprKind, Parameter, Statement};
use crate::lower::java::fields::assign_fields;
use crate::lower::{FunctionParts, Lowering, named};
use crate::symbols::Symbol;

pub(super) fn declaration(lowering: &mut Lowering<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    match node.kind() {
        "using_directive" => using(lowering, node, into),
        "namespace_declaration" | "file_scoped_namespace_declaration" => {
            let name = node.child_by_field_name("name");
            for child in named(node).filter(|child| Some(*child) != name) {
                statement(lowering, child, into);
            }
        }
        "class_declaration"
        | "struct_declaration"
        | "interface_declaration"
        | "record_declaration"
        | "enum_declaration" => class(lowering, node, into),
        "enum_member_declaration" => {
            let Some(name) = node.child_by_field_name("name") else { return };
            let value = node.child_by_field_name("value").map(|value| expression(lowering, value));
            let target = name_of(lowering, name);
            into.push(assign(target, value, None, None, node));
        }
        "property_declaration" | "indexer_declaration" | "event_declaration" => property(lowering, node, into),
        "method_declaration"
        | "constructor_declaration"
        | "destructor_declaration"
        | "operator_declaration"
        | "conversion_operator_declaration"
        | "local_function_statement" => method(lowering, node, into),
        _ => {}
    }
}

/// Only `using X = A.B;` gives a name: a class is known by its simple name anyway.
fn using(lowering: &mut Lowering<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let Some(alias) = node.child_by_field_name("name") else { return };
    let Some(path) = named(node).filter(|child| *child != alias).last() else { return };
    let path: String = lowering.text(path).split('<').next().unwrap_or_default().to_owned();
    let local = symbol_of(lowering, alias);
    let path = lowering.symbol(path.trim_start_matches("global::"));
    into.push(Statement::Import { local, path });
}

fn class(lowering: &mut Lowering<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let name = node.child_by_field_name("name").map(|name| symbol_of(lowering, name));
    let mut bases = Vec::new();
    for base in named(node).filter(|child| child.kind() == "base_list").flat_map(named) {
        bases.extend(type_name(lowering, base));
    }
    let decorators = attributes(lowering, node);
    let class = lowering.class(name, bases, decorators, node, |lowering| {
        let mut body = Vec::new();
        for list in named(node).filter(|child| child.kind() == "parameter_list") {
            primary_parameters(lowering, list, &mut body);
        }
        if let Some(members) = node.child_by_field_name("body") {
            children(lowering, members, &mut body);
        }
        body
    });
    into.push(Statement::Class(class));
}

/// The parameters of a record or of a primary constructor: its methods see them as fields.
fn primary_parameters(lowering: &mut Lowering<'_>, list: Node<'_>, into: &mut Vec<Statement>) {
    for parameter in named(list).filter(|child| child.kind() == "parameter") {
        let Some(name) = parameter.child_by_field_name("name") else { continue };
        let declared = declared(lowering, parameter);
        into.push(field(lowering, name, None, declared, parameter));
    }
}

/// The variables or fields of a declaration. `at` is the whole of it.
pub(super) fn variables(lowering: &mut Lowering<'_>, node: Node<'_>, at: Node<'_>, into: &mut Vec<Statement>) {
    let class = node.child_by_field_name("type");
    let declared = class.and_then(|class| type_name(lowering, class));
    for declarator in named(node).filter(|child| child.kind() == "variable_declarator") {
        let mut parts = named(declarator).filter(|child| child.kind() != "bracketed_argument_list");
        let Some(name) = parts.next() else { continue };
        let value = parts.last().map(|value| match value.kind() {
            "implicit_object_creation_expression" => creation(lowering, value, class),
            _ => expression(lowering, value),
        });
        if at.kind().ends_with("field_declaration") {
            into.push(field(lowering, name, value, declared, at));
        } else {
            let target = target(lowering, name);
            into.push(assign(target, value, None, declared, at));
        }
    }
}

/// A field of the class around it. One without a value is filled in by whoever makes the object.
fn field(
    lowering: &mut Lowering<'_>,
    name: Node<'_>,
    value: Option<ExprId>,
    declared: Option<Symbol>,
    node: Node<'_>,
) -> Statement {
    let value = value.unwrap_or_else(|| unknown(lowering, name));
    let this = lowering.name("this", name);
    let text = lowering.text(name);
    let target = lowering.field(this, text.trim_start_matches('@'), name);
    assign(target, Some(value), None, declared, node)
}

/// A property: a field, and a function for each accessor that has a body.
fn property(lowering: &mut Lowering<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let name = node.child_by_field_name("name");
    let symbol = name.map(|name| symbol_of(lowering, name));
    let value = node.child_by_field_name("value");
    let arrow = value.filter(|value| value.kind() == "arrow_expression_clause");
    if let Some(name) = name.filter(|_| arrow.is_none()) {
        let class = node.child_by_field_name("type");
        let declared = class.and_then(|class| type_name(lowering, class));
        let value = value.map(|value| match value.kind() {
            "implicit_object_creation_expression" => creation(lowering, value, class),
            _ => expression(lowering, value),
        });
        into.push(field(lowering, name, value, declared, node));
    }
    if let Some(arrow) = arrow {
        accessor(lowering, node, arrow, symbol, Some(arrow), into);
    }
    for one in node.child_by_field_name("accessors").into_iter().flat_map(named) {
        if let Some(body) = one.child_by_field_name("body") {
            accessor(lowering, node, one, symbol, Some(body), into);
        }
    }
}

fn accessor(
    lowering: &mut Lowering<'_>,
    property: Node<'_>,
    node: Node<'_>,
    name: Option<Symbol>,
    body: Option<Node<'_>>,
    into: &mut Vec<Statement>,
) {
    let is_getter = node.child_by_field_name("name").is_none_or(|name| lowering.text(name) == "get");
    let function = lowering.function(node, |lowering| {
        let decorators = attributes(lowering, property);
        let mut parameters = match property.child_by_field_name("parameters") {
            Some(list) => parameters(lowering, list),
            None => Vec::new(),
        };
        if !is_getter {
            let name = lowering.symbol("value");
            let declared = declared(lowering, property);
            parameters.push(Parameter { name, declared, default: None, decorators: Vec::new(), pattern: None });
        }
        let body = body_statements(lowering, body);
        FunctionParts { name, parameters, body, decorators, is_async: false }
    });
    into.push(Statement::Function(function));
}

/// Classes whose public methods answer requests, with or without attributes.
const CONTROLLERS: [&str; 6] = ["Controller", "ControllerBase", "ApiController", "ODataController", "Hub", "PageModel"];

/// Whether a method answers requests by its place alone.
fn is_action(lowering: &Lowering<'_>, node: Node<'_>) -> bool {
    let Some(class) = lowering.class.filter(|_| node.kind() == "method_declaration") else { return false };
    let is = |word: &str| named(node).any(|child| child.kind() == "modifier" && lowering.text(child) == word);
    let mut bases = lowering.program.class(class).bases.iter();
    let base = bases.find_map(|base| CONTROLLERS.into_iter().find(|name| *name == lowering.program.name(*base)));
    let name = node.child_by_field_name("name").map_or("", |name| lowering.text(name));
    is("public") && !is("static") && base.is_some_and(|base| base != "PageModel" || name.starts_with("On"))
}

fn method(lowering: &mut Lowering<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let is_action = is_action(lowering, node);
    let is_async = named(node).any(|child| child.kind() == "modifier" && lowering.text(child) == "async");
    let function = lowering.function(node, |lowering| {
        let mut decorators = attributes(lowering, node);
        if is_action {
            decorators.push(lowering.name("ControllerAction", node));
        }
        let name = node.child_by_field_name("name").map(|name| symbol_of(lowering, name));
        let parameters = match node.child_by_field_name("parameters") {
            Some(list) => parameters(lowering, list),
            None => Vec::new(),
        };
        let mut body = Vec::new();
        if let Some(initializer) = named(node).find(|child| child.kind() == "constructor_initializer") {
            let is_base = initializer.children(&mut initializer.walk()).any(|child| child.kind() == "base");
            let callee = lowering.name(if is_base { "base" } else { "this" }, initializer);
            let list = named(initializer).find(|child| child.kind() == "argument_list");
            let arguments = arguments(lowering, list, None);
            let call = lowering.add(ExprKind::Call(Call { callee, arguments, is_new: false }), initializer);
            body.push(Statement::Expr(call));
        }
        body.append(&mut body_statements(lowering, node.child_by_field_name("body")));
        if node.kind() == "constructor_declaration" {
            if let Some(Statement::Return(Some(value))) = body.last() {
                // `A(T x) => field = x;`
                let value = *value;
                if let ExprKind::Assign { target, value } = *lowering.program.kind(value) {
                    body.pop();
                    body.push(assign(target, Some(value), None, None, node));
                }
            }
            assign_fields(lowering, &mut body, &parameters);
        }
        FunctionParts { name, parameters, body, decorators, is_async }
    });
    into.push(Statement::Function(function));
}

/// A function whose header is in damaged text: what stands before its parameters, and after them.
pub(super) fn attributed_function(
    lowering: &mut Lowering<'_>,
    node: Node<'_>,
    before: &[Node<'_>],
    list: Node<'_>,
    after: &[Node<'_>],
) -> Statement {
    let function = lowering.function(node, |lowering| {
        // The method's own attributes follow what ends the member before it.
        let is_header = |piece: &&Node<'_>| {
            matches!(piece.kind(), "attribute_list" | "modifier" | "identifier" | "predefined_type" | "generic_name")
        };
        let header: Vec<_> = before.iter().rev().take_while(is_header).copied().collect();
        let mut decorators = Vec::new();
        for list in header.iter().filter(|piece| piece.kind() == "attribute_list") {
            for one in named(*list).filter(|child| child.kind() == "attribute") {
                decorators.push(attribute(lowering, one));
            }
        }
        let name = header.first().filter(|name| name.kind() == "identifier").map(|name| symbol_of(lowering, *name));
        let parameters = parameters(lowering, list);
        let mut body = Vec::new();
        for &piece in after {
            statement(lowering, piece, &mut body);
        }
        FunctionParts { name, parameters, body, decorators, is_async: false }
    });
    Statement::Function(function)
}

/// The body of a function: the statements of a block, or the value behind an arrow.
pub(super) fn body_statements(lowering: &mut Lowering<'_>, body: Option<Node<'_>>) -> Vec<Statement> {
    let mut statements = Vec::new();
    match body {
        Some(block) if block.kind() == "block" => statement_or_block(lowering, block, &mut statements),
        Some(value) => {
            let value = expression(lowering, value);
            statements.push(Statement::Return(Some(value)));
        }
        None => {}
    }
    statements
}

pub(super) fn parameters(lowering: &mut Lowering<'_>, list: Node<'_>) -> Vec<Parameter> {
    let mut found = Vec::new();
    for node in named(list).filter(|child| child.kind() == "parameter") {
        let Some(name) = node.child_by_field_name("name") else { continue };
        let class = node.child_by_field_name("type");
        let decorators = attributes(lowering, node);
        let declared = declared(lowering, node);
        let is_default = |child: &Node<'_>| {
            *child != name && Some(*child) != class && !matches!(child.kind(), "attribute_list" | "modifier")
        };
        let default = named(node).find(is_default).map(|value| expression(lowering, value));
        let name = symbol_of(lowering, name);
        found.push(Parameter { name, declared, default, decorators, pattern: None });
    }
    // `params T[] rest` stands in the list itself.
    if let Some(name) = list.child_by_field_name("name") {
        let declared = declared(lowering, list);
        let name = symbol_of(lowering, name);
        found.push(Parameter { name, declared, default: None, decorators: Vec::new(), pattern: None });
    }
    found
}
