//! Java's classes, methods and imports.

use tree_sitter::Node;

use super::fields::assign_fields;
use super::statements::assign;
use super::{Java, children_with_errors};
use crate::ir::{Argument, Call, ExprKind, Parameter, Statement};
use crate::lower::{FunctionParts, named};
use crate::symbols::Symbol;

impl Java<'_, '_> {
    pub(super) fn declaration(&mut self, node: Node<'_>, into: &mut Vec<Statement>) {
        match node.kind() {
            "class_declaration"
            | "interface_declaration"
            | "enum_declaration"
            | "record_declaration"
            | "annotation_type_declaration" => self.class_declaration(node, into),
            "method_declaration"
            | "constructor_declaration"
            | "compact_constructor_declaration"
            | "annotation_type_element_declaration" => self.method(node, into),
            "import_declaration" => self.import(node, into),
            "enum_constant" => self.enum_constant(node, None, into),
            "package_declaration" | "module_declaration" => {}
            _ => self.statements_in(node, into),
        }
    }

    /// Only what is imported statically gets another name: a class is known by its simple name anyway.
    fn import(&mut self, node: Node<'_>, into: &mut Vec<Statement>) {
        let is_static = node.children(&mut node.walk()).any(|child| child.kind() == "static");
        let mut parts = named(node);
        let (Some(path), None) = (parts.next(), parts.next()) else { return };
        let path = self.text(path);
        if let (true, Some(local)) = (is_static, path.rsplit('.').next()) {
            let (local, path) = (self.symbol(local), self.symbol(path));
            into.push(Statement::Import { local, path });
        }
    }

    fn class_declaration(&mut self, node: Node<'_>, into: &mut Vec<Statement>) {
        let name = node.child_by_field_name("name").map(|name| self.symbol_of(name));
        let mut bases = Vec::new();
        self.type_names(node.child_by_field_name("superclass"), &mut bases);
        self.type_names(node.child_by_field_name("interfaces"), &mut bases);
        self.type_names(named(node).find(|child| child.kind() == "extends_interfaces"), &mut bases);
        let decorators = self.annotations(node);
        let class = self.lowering.class(name, bases, decorators, node, |lowering| {
            let mut java = Java::new(lowering);
            let mut body = Vec::new();
            if let Some(components) = node.child_by_field_name("parameters") {
                java.record_fields(components, &mut body);
            }
            if let Some(members) = node.child_by_field_name("body") {
                java.members(members, name, &mut body);
            }
            body
        });
        into.push(Statement::Class(class));
    }

    fn members(&mut self, body: Node<'_>, class: Option<Symbol>, into: &mut Vec<Statement>) {
        for member in children_with_errors(body) {
            match member.kind() {
                "enum_constant" => {
                    self.enum_constant(member, class, into);
                }
                "enum_body_declarations" => self.statements_in(member, into),
                _ => self.statement(member, into),
            }
        }
    }

    /// The class of `new T() { .. }`, put before the statement that it stands in.
    pub(super) fn anonymous_class(&mut self, bases: Vec<Symbol>, body: Node<'_>) {
        let class = self.lowering.class(None, bases, Vec::new(), body, |lowering| {
            let mut members = Vec::new();
            Java::new(lowering).members(body, None, &mut members);
            members
        });
        self.before.push(Statement::Class(class));
    }

    fn record_fields(&mut self, components: Node<'_>, into: &mut Vec<Statement>) {
        for component in named(components) {
            let Some(name) = component.child_by_field_name("name") else { continue };
            let declared = component.child_by_field_name("type").and_then(|class| self.type_name(class));
            let field = self.field_assign(name, None, declared, component);
            into.push(field);
        }
    }

    fn enum_constant(&mut self, node: Node<'_>, class: Option<Symbol>, into: &mut Vec<Statement>) {
        let Some(name) = node.child_by_field_name("name") else { return };
        let arguments: Vec<Argument> = self.arguments(node.child_by_field_name("arguments"));
        let callee = match class {
            Some(class) => self.add(ExprKind::Name(class), name),
            None => self.add(ExprKind::Opaque(Vec::new()), name),
        };
        if let Some(body) = node.child_by_field_name("body") {
            self.anonymous_class(class.into_iter().collect(), body);
        }
        let value = self.add(ExprKind::Call(Call { callee, arguments, is_new: true }), node);
        let target = self.name_of(name);
        into.append(&mut self.before);
        into.push(assign(target, Some(value), None, class, node));
    }

    fn method(&mut self, node: Node<'_>, into: &mut Vec<Statement>) {
        let function = self.add_function(node, |java| {
            let decorators = java.annotations(node);
            // A constructor without a class around it reads as a method without a name.
            let name = node.child_by_field_name("name").filter(|name| !name.is_missing());
            let name = name.or_else(|| node.child_by_field_name("type")).map(|name| java.symbol_of(name));
            let parameters = match node.child_by_field_name("parameters") {
                Some(list) => java.parameters(list),
                None => Vec::new(),
            };
            let mut body = java.body_of(node, "body");
            if node.kind() == "constructor_declaration" {
                assign_fields(java.lowering, &mut body, &parameters);
            }
            FunctionParts { name, parameters, body, decorators, is_async: false }
        });
        into.push(Statement::Function(function));
    }

    pub(super) fn parameters(&mut self, list: Node<'_>) -> Vec<Parameter> {
        let mut parameters = Vec::new();
        for node in named(list) {
            let (name, class) = match node.kind() {
                "formal_parameter" => (node.child_by_field_name("name"), node.child_by_field_name("type")),
                "spread_parameter" => {
                    let mut class = None;
                    let mut name = None;
                    for part in named(node) {
                        match part.kind() {
                            "variable_declarator" => name = part.child_by_field_name("name"),
                            "modifiers" | "annotation" | "marker_annotation" => {}
                            _ => class = Some(part),
                        }
                    }
                    (name, class)
                }
                _ => continue,
            };
            let Some(name) = name else { continue };
            let decorators = self.annotations(node);
            let declared = class.and_then(|class| self.type_name(class));
            let name = self.symbol_of(name);
            parameters.push(Parameter { name, declared, default: None, decorators, pattern: None });
        }
        parameters
    }
}
