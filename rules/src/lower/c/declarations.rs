//! C and C++: declarators, types and initial values.

use tree_sitter::Node;

use super::expressions::{self, expression};
use crate::ir::{Assign, Call, ExprId, ExprKind, Statement};
use crate::lower::literals::sound;
use crate::lower::{Lowering, span};
use crate::symbols::Symbol;

/// Plain types by the names that Windows has for them.
const WINDOWS_TYPES: [&str; 10] = ["BYTE", "CHAR", "DWORD", "INT", "LONG", "TCHAR", "UCHAR", "UINT", "WCHAR", "WORD"];

/// What a declarator says: `*name[3]`, `name(int)`.
#[derive(Clone, Copy, Default)]
pub(super) struct Declarator<'t> {
    pub(super) name: Option<Node<'t>>,
    /// Of a function.
    pub(super) parameters: Option<Node<'t>>,
    pointers: usize,
    is_array: bool,
}

/// Takes a declarator apart.
pub(super) fn dig<'t>(declarator: Node<'t>) -> Declarator<'t> {
    let mut found = Declarator::default();
    let mut node = declarator;
    loop {
        match node.kind() {
            "pointer_declarator" | "abstract_pointer_declarator" => found.pointers += 1,
            "array_declarator" | "abstract_array_declarator" => found.is_array = true,
            // The innermost list is the function's own: the outer one is what the returned function takes.
            "function_declarator" | "abstract_function_declarator" => {
                found.parameters = node.child_by_field_name("parameters").or(found.parameters);
            }
            "init_declarator" => {}
            "reference_declarator"
            | "parenthesized_declarator"
            | "attributed_declarator"
            | "variadic_declarator"
            | "abstract_reference_declarator"
            | "abstract_parenthesized_declarator" => {
                match sound(node).find(|child| child.kind() != "attribute_declaration") {
                    Some(inner) => node = inner,
                    None => return found,
                }
                continue;
            }
            "identifier"
            | "field_identifier"
            | "type_identifier"
            | "qualified_identifier"
            | "destructor_name"
            | "operator_name"
            | "template_function"
            | "structured_binding_declarator"
            | "primitive_type" => {
                found.name = Some(node);
                return found;
            }
            _ => return found,
        }
        match node.child_by_field_name("declarator") {
            Some(inner) => node = inner,
            None => return found,
        }
    }
}

/// The declared type of what a declarator declares.
pub(super) fn declared(
    lowering: &mut Lowering<'_>,
    of: Option<Node<'_>>,
    declarator: &Declarator<'_>,
) -> Option<Symbol> {
    let name = type_name(lowering, of?)?;
    let base = lowering.program.name(name);
    let is_plain = of.is_some_and(|of| matches!(of.kind(), "primitive_type" | "sized_type_specifier"))
        || base.ends_with("_t")
        || WINDOWS_TYPES.contains(&base);
    if declarator.parameters.is_some() {
        return Some(lowering.symbol("function"));
    }
    if !(declarator.is_array || is_plain && declarator.pointers > 0) {
        return Some(name);
    }
    let stars = if is_plain { "*".repeat(declarator.pointers.min(3)) } else { String::new() };
    let brackets = if declarator.is_array { "[]" } else { "" };
    let text = format!("{base}{stars}{brackets}");
    Some(lowering.symbol(&text))
}

/// The name of a type, as the head of `c` says; none for `auto`.
pub(super) fn type_name(lowering: &mut Lowering<'_>, node: Node<'_>) -> Option<Symbol> {
    let mut segments = Vec::new();
    let mut node = node;
    let last = loop {
        match node.kind() {
            "qualified_identifier" => {
                if let Some(scope) = node.child_by_field_name("scope") {
                    let scope = if scope.kind() == "template_type" {
                        scope.child_by_field_name("name").unwrap_or(scope)
                    } else {
                        scope
                    };
                    segments.push(lowering.text(scope));
                }
                node = node.child_by_field_name("name")?;
            }
            "template_type" | "template_function" => {
                let name = node.child_by_field_name("name")?;
                let pointee = match lowering.text(name) {
                    "unique_ptr" | "shared_ptr" | "weak_ptr" | "optional" => {
                        node.child_by_field_name("arguments").and_then(|list| sound(list).next())
                    }
                    _ => None,
                };
                if let Some(pointee) = pointee {
                    segments.clear();
                    node = pointee;
                } else {
                    node = name;
                }
            }
            "type_descriptor" => node = node.child_by_field_name("type")?,
            "dependent_type" => node = sound(node).next()?,
            "struct_specifier" | "class_specifier" | "union_specifier" | "enum_specifier" => {
                node = node.child_by_field_name("name")?;
            }
            "placeholder_type_specifier" | "decltype" => return None,
            "sized_type_specifier" => break sized(lowering.text(node)),
            _ => break lowering.text(node),
        }
    };
    segments.push(last);
    let text = segments.into_iter().filter(|segment| *segment != "std").collect::<Vec<_>>().join(".");
    Some(lowering.symbol(&text))
}

/// `unsigned long long` is a `long`, `unsigned` an `int`.
fn sized(text: &str) -> &str {
    text.split_whitespace().rfind(|word| !matches!(*word, "unsigned" | "signed" | "const" | "int")).unwrap_or("int")
}

/// The type of a cast: with its pointers.
pub(super) fn cast_type(lowering: &mut Lowering<'_>, descriptor: Node<'_>) -> Option<Symbol> {
    let declarator = descriptor.child_by_field_name("declarator").map(dig).unwrap_or_default();
    declared(lowering, descriptor.child_by_field_name("type").or(Some(descriptor)), &declarator)
}

/// Where a declaration stands. Outside of bodies, what looks like a function is one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    File,
    Body,
}

/// A declaration of variables, fields or functions; the latter give nothing.
pub(super) fn declaration(lowering: &mut Lowering<'_>, node: Node<'_>, place: Place, out: &mut Vec<Statement>) {
    let of = node.child_by_field_name("type");
    if let Some(of) = of {
        super::class(lowering, of, None, out);
    }
    let mut cursor = node.walk();
    let declarators: Vec<_> = node.children_by_field_name("declarator", &mut cursor).collect();
    let mut default = node.child_by_field_name("default_value").or_else(|| node.child_by_field_name("value"));
    for declarator in declarators {
        let found = dig(declarator);
        let Some(name) = found.name else { continue };
        let value = if declarator.kind() == "init_declarator" {
            declarator.child_by_field_name("value")
        } else {
            default.take()
        };
        if let Some(list) = found.parameters.filter(|_| value.is_none()) {
            if declarator.kind() == "function_declarator" && place == Place::Body {
                constructed(lowering, node, name, list, out);
            }
            continue;
        }
        let declared = declared(lowering, of, &found);
        let target = expression(lowering, name);
        let value = value.map(|value| initial(lowering, value, of, &found));
        out.push(Statement::Assign(Assign { target, value, operator: None, declared, span: span(declarator) }));
    }
}

/// `std::ifstream in(path);` reads as the declaration of a function; in a body, with bare words as parameters, it is a variable.
fn constructed(lowering: &mut Lowering<'_>, node: Node<'_>, name: Node<'_>, list: Node<'_>, out: &mut Vec<Statement>) {
    let Some(of) = node.child_by_field_name("type").filter(|of| !matches!(of.kind(), "primitive_type")) else { return };
    let mut arguments = Vec::new();
    for parameter in sound(list) {
        let word = parameter.child_by_field_name("type");
        let Some(word) = word.filter(|word| matches!(word.kind(), "type_identifier" | "qualified_identifier")) else {
            return;
        };
        let mut argument = expression(lowering, word);
        if let Some(declarator) = parameter.child_by_field_name("declarator") {
            let index = declarator.child_by_field_name("size");
            let Some(index) = index.filter(|_| declarator.kind() == "abstract_array_declarator") else { return };
            let index = expression(lowering, index);
            argument = lowering.add(ExprKind::Index { of: argument, index }, parameter);
        }
        arguments.push(argument);
    }
    if arguments.is_empty() {
        return;
    }
    let target = expression(lowering, name);
    let declared = declared(lowering, Some(of), &Declarator::default());
    let value = Some(object(lowering, node, of, arguments));
    out.push(Statement::Assign(Assign { target, value, operator: None, declared, span: span(node) }));
}

/// The value that a variable starts with.
fn initial(lowering: &mut Lowering<'_>, value: Node<'_>, of: Option<Node<'_>>, declarator: &Declarator<'_>) -> ExprId {
    match (value.kind(), of) {
        ("argument_list", Some(of)) => {
            let arguments = expressions::arguments(lowering, value);
            if declarator.pointers > 0 && arguments.len() == 1 {
                return arguments[0];
            }
            object(lowering, value, of, arguments)
        }
        ("initializer_list", Some(of)) if !declarator.is_array => braces(lowering, value, of),
        _ => expression(lowering, value),
    }
}

/// `{...}` of a type that is written.
pub(super) fn braces(lowering: &mut Lowering<'_>, list: Node<'_>, of: Node<'_>) -> ExprId {
    let name = type_name(lowering, of).map(|name| lowering.program.name(name).to_owned()).unwrap_or_default();
    let is_collection = ["vector", "array", "set", "unordered_set", "list", "deque", "initializer_list", "map"]
        .iter()
        .any(|known| name.rsplit('.').next() == Some(known))
        || name == "unordered_map";
    if is_collection || matches!(of.kind(), "placeholder_type_specifier") {
        return expression(lowering, list);
    }
    let mut arguments = Vec::new();
    for child in sound(list) {
        arguments.push(expressions::entry(lowering, child));
    }
    let is_plain = matches!(of.kind(), "primitive_type" | "sized_type_specifier") || name == "string";
    if is_plain && arguments.len() == 1 {
        return arguments[0].value;
    }
    let callee = expression(lowering, of);
    lowering.add(ExprKind::Call(Call { callee, arguments, is_new: true }), list)
}

/// `T(...)` as a value. A string or a number made of one thing is that thing.
pub(super) fn object(lowering: &mut Lowering<'_>, node: Node<'_>, of: Node<'_>, mut arguments: Vec<ExprId>) -> ExprId {
    let is_number = matches!(of.kind(), "primitive_type" | "sized_type_specifier");
    let to = type_name(lowering, of);
    let name = to.map_or("", |to| lowering.program.name(to));
    let is_text = matches!(name, "string" | "string_view" | "wstring" | "auto") || to.is_none();
    if arguments.len() == 1 && (is_number || is_text) {
        let value = arguments.remove(0);
        return match to {
            Some(to) => lowering.add(ExprKind::Cast { to, value }, node),
            None => value,
        };
    }
    let callee = expression(lowering, of);
    let arguments = arguments.into_iter().map(expressions::positional).collect();
    lowering.add(ExprKind::Call(Call { callee, arguments, is_new: true }), node)
}
