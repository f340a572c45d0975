//! Java's statements, and damaged text as far as it reads as such.

use tree_sitter::Node;

use super::expressions::assignment_operator;
use super::{Java, children_with_errors};
use crate::ir::{Assign, ExprId, ExprKind, Handler, Operator, Statement};
use crate::lower::{FunctionParts, named, span};
use crate::symbols::Symbol;

impl Java<'_, '_> {
    /// The statements that are a node's children.
    pub(super) fn statements_in(&mut self, node: Node<'_>, into: &mut Vec<Statement>) {
        for child in children_with_errors(node) {
            self.statement(child, into);
        }
    }

    pub(super) fn body_of(&mut self, node: Node<'_>, field: &str) -> Vec<Statement> {
        let mut body = Vec::new();
        if let Some(child) = node.child_by_field_name(field) {
            self.statement_or_block(child, &mut body);
        }
        body
    }

    /// A block's statements without the block.
    fn statement_or_block(&mut self, node: Node<'_>, into: &mut Vec<Statement>) {
        match node.kind() {
            "block" | "constructor_body" => self.statements_in(node, into),
            _ => self.statement(node, into),
        }
    }

    pub(super) fn statement_of_kind(&mut self, node: Node<'_>, into: &mut Vec<Statement>) {
        match node.kind() {
            "expression_statement" => {
                for child in named(node) {
                    self.expression_statement(child, into);
                }
            }
            "local_variable_declaration" => self.variables(node, into),
            "field_declaration" | "constant_declaration" => self.fields(node, into),
            "if_statement" => {
                let test = self.part(node, "condition");
                let then = self.body_of(node, "consequence");
                let otherwise = self.body_of(node, "alternative");
                into.push(Statement::If { test, then, otherwise });
            }
            "for_statement" => self.for_loop(node, into),
            "enhanced_for_statement" => self.for_each(node, into),
            "while_statement" | "do_statement" => {
                let test = Some(self.part(node, "condition"));
                let body = self.body_of(node, "body");
                into.push(Statement::Loop { binding: None, over: None, test, body });
            }
            "return_statement" => {
                let value = named(node).next().map(|value| self.expression(value));
                into.push(Statement::Return(value));
            }
            "throw_statement" => {
                let value = named(node).next().map(|value| self.expression(value));
                into.push(Statement::Throw(value));
            }
            "yield_statement" => self.yielded(node, into),
            "break_statement" => into.push(Statement::Break),
            "continue_statement" => into.push(Statement::Continue),
            "switch_expression" => self.switch_statement(node, into),
            "try_statement" | "try_with_resources_statement" => self.try_statement(node, into),
            "block" | "constructor_body" | "static_initializer" => {
                let mut body = Vec::new();
                match named(node).next().filter(|_| node.kind() == "static_initializer") {
                    Some(block) => self.statements_in(block, &mut body),
                    None => self.statements_in(node, &mut body),
                }
                into.push(Statement::Block(body));
            }
            "synchronized_statement" => {
                let mut body = Vec::new();
                for child in named(node).filter(|child| child.kind() == "parenthesized_expression") {
                    let lock = self.expression(child);
                    body.push(Statement::Expr(lock));
                }
                body.extend(self.body_of(node, "body"));
                into.push(Statement::Block(body));
            }
            "labeled_statement" => {
                for child in named(node).skip(1) {
                    self.statement(child, into);
                }
            }
            "assert_statement" => {
                for child in named(node) {
                    let value = self.expression(child);
                    into.push(Statement::Expr(value));
                }
            }
            "ERROR" => self.damaged_statement(node, into),
            kind if kind.ends_with("_declaration") || kind == "enum_constant" => self.declaration(node, into),
            "explicit_constructor_invocation" => {
                let callee = match node.child_by_field_name("constructor") {
                    Some(constructor) => self.name_of(constructor),
                    None => self.name("super", node),
                };
                let arguments = self.arguments(node.child_by_field_name("arguments"));
                let call = self.add(ExprKind::Call(crate::ir::Call { callee, arguments, is_new: false }), node);
                into.push(Statement::Expr(call));
            }
            _ => self.expression_statement(node, into),
        }
    }

    fn expression_statement(&mut self, node: Node<'_>, into: &mut Vec<Statement>) {
        match node.kind() {
            "assignment_expression" => {
                let target = self.part(node, "left");
                let value = self.part(node, "right");
                into.push(assign(target, Some(value), assignment_operator(node), None, node));
            }
            "update_expression" => {
                let Some(operand) = named(node).next() else { return };
                let target = self.expression(operand);
                let one = self.add(ExprKind::Integer(1), node);
                let operator = if self.text(node).contains("++") { Operator::Add } else { Operator::Subtract };
                into.push(assign(target, Some(one), Some(operator), None, node));
            }
            // Left over where text is damaged.
            "modifiers" | "identifier" | "type_identifier" | "void_type" | "integral_type" | "dimensions" => {}
            _ => {
                let value = self.expression(node);
                into.push(Statement::Expr(value));
            }
        }
    }

    /// The variables or fields that a declaration declares.
    fn variables(&mut self, node: Node<'_>, into: &mut Vec<Statement>) {
        let declared = node.child_by_field_name("type").and_then(|class| self.type_name(class));
        for declarator in named(node).filter(|child| child.kind() == "variable_declarator") {
            let Some(name) = declarator.child_by_field_name("name") else { continue };
            let value = declarator.child_by_field_name("value").map(|value| self.expression(value));
            let target = self.name_of(name);
            into.push(assign(target, value, None, declared, node));
        }
    }

    fn fields(&mut self, node: Node<'_>, into: &mut Vec<Statement>) {
        let declared = node.child_by_field_name("type").and_then(|class| self.type_name(class));
        for declarator in named(node).filter(|child| child.kind() == "variable_declarator") {
            let Some(name) = declarator.child_by_field_name("name") else { continue };
            let value = declarator.child_by_field_name("value").map(|value| self.expression(value));
            let field = self.field_assign(name, value, declared, node);
            into.push(field);
        }
    }

    /// A field of the class around it. One without a value is filled in by whoever makes the object.
    pub(super) fn field_assign(
        &mut self,
        name: Node<'_>,
        value: Option<ExprId>,
        declared: Option<Symbol>,
        node: Node<'_>,
    ) -> Statement {
        let value = value.unwrap_or_else(|| self.add(ExprKind::Opaque(Vec::new()), name));
        let this = self.name("this", name);
        let field = self.text(name);
        let target = self.field(this, field, name);
        assign(target, Some(value), None, declared, node)
    }

    fn for_loop(&mut self, node: Node<'_>, into: &mut Vec<Statement>) {
        for start in node.children_by_field_name("init", &mut node.walk()).filter(Node::is_named) {
            self.statement(start, into);
        }
        let test = node.child_by_field_name("condition").map(|test| self.expression(test));
        let mut body = self.body_of(node, "body");
        for update in node.children_by_field_name("update", &mut node.walk()).filter(Node::is_named) {
            self.statement(update, &mut body);
        }
        into.push(Statement::Loop { binding: None, over: None, test, body });
    }

    fn for_each(&mut self, node: Node<'_>, into: &mut Vec<Statement>) {
        let over = Some(self.part(node, "value"));
        let declared = node.child_by_field_name("type").and_then(|class| self.type_name(class));
        let mut body = Vec::new();
        let mut binding = None;
        if let Some(name) = node.child_by_field_name("name") {
            let target = self.name_of(name);
            binding = Some(target);
            if declared.is_some() {
                // Gives the variable its type, which a loop has no place for.
                let value = self.name_of(name);
                body.push(assign(target, Some(value), None, declared, name));
            }
        }
        body.extend(self.body_of(node, "body"));
        into.push(Statement::Loop { binding, over, test: None, body });
    }

    fn try_statement(&mut self, node: Node<'_>, into: &mut Vec<Statement>) {
        let mut body = Vec::new();
        for resource in node.child_by_field_name("resources").into_iter().flat_map(named) {
            self.resource(resource, &mut body);
        }
        body.extend(self.body_of(node, "body"));
        let mut handlers = Vec::new();
        let mut finally = Vec::new();
        for child in named(node) {
            match child.kind() {
                "catch_clause" => handlers.push(self.handler(child)),
                "finally_clause" => {
                    for block in named(child) {
                        self.statement_or_block(block, &mut finally);
                    }
                }
                _ => {}
            }
        }
        into.push(if handlers.is_empty() && finally.is_empty() {
            Statement::Block(body)
        } else {
            Statement::Try { body, handlers, otherwise: Vec::new(), finally }
        });
    }

    fn resource(&mut self, node: Node<'_>, into: &mut Vec<Statement>) {
        match (node.child_by_field_name("name"), node.child_by_field_name("value")) {
            (Some(name), Some(value)) => {
                let declared = node.child_by_field_name("type").and_then(|class| self.type_name(class));
                let value = self.expression(value);
                into.append(&mut self.before);
                let target = self.name_of(name);
                into.push(assign(target, Some(value), None, declared, node));
            }
            _ => {
                for child in named(node) {
                    self.expression_statement(child, into);
                }
            }
        }
    }

    fn handler(&mut self, node: Node<'_>) -> Handler {
        let mut types = Vec::new();
        let mut name = None;
        for parameter in named(node).filter(|child| child.kind() == "catch_formal_parameter") {
            for part in named(parameter) {
                match part.kind() {
                    "catch_type" => types.extend(named(part).filter_map(|class| self.type_name(class))),
                    "identifier" => name = Some(self.symbol_of(part)),
                    _ => {}
                }
            }
        }
        Handler { types, name, body: self.body_of(node, "body"), span: span(node) }
    }

    /// Text that does not parse. What follows a list of parameters is taken as the body of a function that was cut off.
    pub(super) fn damaged_statement(&mut self, node: Node<'_>, into: &mut Vec<Statement>) {
        let children = children_with_errors(node);
        let is_list = |child: &Node<'_>| child.kind() == "formal_parameters";
        let heads: Vec<usize> = (0..children.len()).filter(|&at| is_list(&children[at])).collect();
        let head_end = heads.first().copied().unwrap_or(children.len());
        for &child in &children[..head_end] {
            self.statement(child, into);
        }
        for (number, &at) in heads.iter().enumerate() {
            let end = heads.get(number + 1).copied().unwrap_or(children.len());
            let name = at.checked_sub(1).map(|before| children[before]).filter(|name| name.kind() == "identifier");
            let function = self.add_function(node, |java| {
                let mut decorators = Vec::new();
                for &before in children[..at].iter().rev().take(3).filter(|child| child.kind() == "modifiers") {
                    decorators.extend(java.annotations(before));
                }
                let name = name.map(|name| java.symbol_of(name));
                let parameters = java.parameters(children[at]);
                let mut body = Vec::new();
                for &child in &children[at + 1..end] {
                    java.statement(child, &mut body);
                }
                FunctionParts { name, parameters, body, decorators, is_async: false }
            });
            into.push(Statement::Function(function));
        }
    }
}

pub(super) fn assign(
    target: ExprId,
    value: Option<ExprId>,
    operator: Option<Operator>,
    declared: Option<Symbol>,
    node: Node<'_>,
) -> Statement {
    Statement::Assign(Assign { target, value, operator, declared, span: span(node) })
}
