//! Java's expressions.

use tree_sitter::Node;

use super::text::{dedent, integer, unescape, unescaped};
use super::{Java, children_with_errors};
use crate::ir::{Argument, Call, ExprId, ExprKind, Operator, Parameter, Statement};
use crate::lower::{FunctionParts, named};

impl Java<'_, '_> {
    pub(super) fn expression(&mut self, mut node: Node<'_>) -> ExprId {
        while node.kind() == "parenthesized_expression" {
            let Some(inner) = named(node).next() else { break };
            node = inner;
        }
        self.nested(node, |java| java.expression_of_kind(node))
    }

    /// The child of a field, lowered; what is missing is not known.
    pub(super) fn part(&mut self, node: Node<'_>, field: &str) -> ExprId {
        match node.child_by_field_name(field) {
            Some(child) => self.expression(child),
            None => self.add(ExprKind::Opaque(Vec::new()), node),
        }
    }

    fn expression_of_kind(&mut self, node: Node<'_>) -> ExprId {
        match node.kind() {
            "identifier" | "type_identifier" | "this" | "super" | "underscore_pattern" => self.name_of(node),
            "string_literal"
            | "character_literal"
            | "decimal_integer_literal"
            | "hex_integer_literal"
            | "octal_integer_literal"
            | "binary_integer_literal"
            | "decimal_floating_point_literal"
            | "hex_floating_point_literal"
            | "true"
            | "false"
            | "null_literal"
            | "string_fragment"
            | "template_expression" => self.literal(node),
            "field_access" | "scoped_identifier" => self.field_access(node),
            "class_literal" => {
                let class = match named(node).next() {
                    Some(class) => self.type_path(class),
                    None => self.add(ExprKind::Opaque(Vec::new()), node),
                };
                self.field(class, "class", node)
            }
            "generic_type" | "scoped_type_identifier" | "array_type" => self.type_path(node),
            "array_access" => {
                let of = self.part(node, "array");
                let index = self.part(node, "index");
                self.add(ExprKind::Index { of, index }, node)
            }
            "method_invocation" => self.method_invocation(node),
            "object_creation_expression" => self.object_creation(node),
            "method_reference" => self.method_reference(node),
            "array_creation_expression" => match node.child_by_field_name("value") {
                Some(values) => self.expression(values),
                // Without values an array starts as a list that is known to be empty.
                None => self.add(ExprKind::List(Vec::new()), node),
            },
            "array_initializer" | "element_value_array_initializer" => {
                let items = self.all(node);
                self.add(ExprKind::List(items), node)
            }
            "annotation" | "marker_annotation" => self.annotation(node),
            "binary_expression" => self.binary(node),
            "unary_expression" => self.unary(node),
            "update_expression" => {
                let Some(operand) = named(node).next() else { return self.opaque(node) };
                let target = self.expression(operand);
                let value = self.add(ExprKind::Opaque(vec![target]), node);
                self.add(ExprKind::Assign { target, value }, node)
            }
            "ternary_expression" => {
                let test = self.part(node, "condition");
                let yes = self.part(node, "consequence");
                let no = self.part(node, "alternative");
                self.add(ExprKind::Choice { test, yes, no }, node)
            }
            "assignment_expression" => self.nested_assignment(node),
            "cast_expression" => {
                let value = self.part(node, "value");
                match node.child_by_field_name("type").and_then(|to| self.type_name(to)) {
                    Some(to) => self.add(ExprKind::Cast { to, value }, node),
                    None => value,
                }
            }
            "instanceof_expression" => self.instance_of(node),
            "lambda_expression" => self.lambda(node),
            "switch_expression" => self.switch_value(node),
            _ => self.opaque(node),
        }
    }

    pub(super) fn opaque(&mut self, node: Node<'_>) -> ExprId {
        let parts = children_with_errors(node).into_iter().map(|child| self.expression(child)).collect();
        self.add(ExprKind::Opaque(parts), node)
    }

    /// Every child, lowered as an expression.
    fn all(&mut self, node: Node<'_>) -> Vec<ExprId> {
        named(node).map(|child| self.expression(child)).collect()
    }

    fn field_access(&mut self, node: Node<'_>) -> ExprId {
        let of = match node.child_by_field_name("object").or_else(|| node.child_by_field_name("scope")) {
            Some(object) => self.expression(object),
            None => self.opaque(node),
        };
        let name = node.child_by_field_name("field").or_else(|| node.child_by_field_name("name"));
        let name = name.map_or("", |name| self.text(name));
        self.field(of, name, node)
    }

    fn method_invocation(&mut self, node: Node<'_>) -> ExprId {
        let name = node.child_by_field_name("name");
        let method = name.map_or("", |name| self.text(name));
        if let Some(collection) = self.collection(node, method) {
            return collection;
        }
        if let Some(test) = self.full_match(node, method) {
            return test;
        }
        let at = name.unwrap_or(node);
        let callee = match node.child_by_field_name("object") {
            Some(object) => {
                let of = self.expression(object);
                self.field(of, method, node)
            }
            None => self.name(method, at),
        };
        let arguments = self.arguments(node.child_by_field_name("arguments"));
        self.add(ExprKind::Call(Call { callee, arguments, is_new: false }), node)
    }

    /// `pattern.matcher(text).matches()` as one call, `pattern.matchesAll(text)`, which says what is tested.
    fn full_match(&mut self, node: Node<'_>, method: &str) -> Option<ExprId> {
        let matcher = node.child_by_field_name("object").filter(|_| method == "matches")?;
        let name = matcher.child_by_field_name("name").filter(|_| matcher.kind() == "method_invocation")?;
        let pattern = matcher.child_by_field_name("object").filter(|_| self.text(name) == "matcher")?;
        let of = self.expression(pattern);
        let callee = self.field(of, "matchesAll", node);
        let arguments = self.arguments(matcher.child_by_field_name("arguments"));
        Some(self.add(ExprKind::Call(Call { callee, arguments, is_new: false }), node))
    }

    /// `List.of(a, b)` and its like, as the list or map that it makes.
    fn collection(&mut self, node: Node<'_>, method: &str) -> Option<ExprId> {
        let class = self.text(node.child_by_field_name("object")?);
        let list = node.child_by_field_name("arguments")?;
        let mut given = named(list);
        match (class.rsplit('.').next().unwrap_or(class), method) {
            ("List" | "Set" | "ImmutableList" | "ImmutableSet" | "EnumSet" | "Stream", "of")
            | ("Collections", "singletonList" | "singleton" | "emptyList" | "emptySet") => {
                let items = self.all(list);
                Some(self.add(ExprKind::List(items), node))
            }
            // One argument alone may be an array of all items.
            ("Arrays", "asList") => match (given.next(), given.next()) {
                (Some(array), None) if array.kind() != "string_literal" => Some(self.expression(array)),
                _ => {
                    let items = self.all(list);
                    Some(self.add(ExprKind::List(items), node))
                }
            },
            ("Collections", "unmodifiableList" | "unmodifiableSet" | "unmodifiableMap") => {
                given.next().map(|inner| self.expression(inner))
            }
            ("Map" | "ImmutableMap", "of") => {
                let mut items = self.all(list).into_iter();
                let mut entries = Vec::new();
                while let (Some(key), Some(value)) = (items.next(), items.next()) {
                    entries.push((Some(key), value));
                }
                Some(self.add(ExprKind::Map(entries), node))
            }
            _ => None,
        }
    }

    pub(super) fn arguments(&mut self, list: Option<Node<'_>>) -> Vec<Argument> {
        let Some(list) = list else { return Vec::new() };
        named(list)
            .map(|argument| Argument { name: None, value: self.expression(argument), is_spread: false })
            .collect()
    }

    fn object_creation(&mut self, node: Node<'_>) -> ExprId {
        let class = node.child_by_field_name("type");
        // By its simple name, as where a type is declared.
        let callee = match class.and_then(|class| self.type_name(class)) {
            Some(name) => self.add(ExprKind::Name(name), class.unwrap_or(node)),
            None => self.add(ExprKind::Opaque(Vec::new()), node),
        };
        let arguments = self.arguments(node.child_by_field_name("arguments"));
        if let Some(body) = named(node).find(|child| child.kind() == "class_body") {
            let bases = class.and_then(|class| self.type_name(class)).into_iter().collect();
            self.anonymous_class(bases, body);
        }
        self.add(ExprKind::Call(Call { callee, arguments, is_new: true }), node)
    }

    fn method_reference(&mut self, node: Node<'_>) -> ExprId {
        let mut children = named(node).filter(|child| child.kind() != "type_arguments");
        let Some(first) = children.next() else { return self.opaque(node) };
        let of = self.expression(first);
        let method = children.last().map_or("new", |name| self.text(name));
        self.field(of, method, node)
    }

    fn binary(&mut self, node: Node<'_>) -> ExprId {
        let operator = node.child_by_field_name("operator").map_or("", |operator| operator.kind());
        if operator == "+" {
            return self.sum(node);
        }
        let left = self.part(node, "left");
        let right = self.part(node, "right");
        let operator = match operator {
            "-" => Operator::Subtract,
            "*" => Operator::Multiply,
            "/" => Operator::Divide,
            "%" => Operator::Remainder,
            "==" => Operator::Equal,
            "!=" => Operator::NotEqual,
            "<" => Operator::Less,
            "<=" => Operator::LessEqual,
            ">" => Operator::Greater,
            ">=" => Operator::GreaterEqual,
            "&&" => Operator::And,
            "||" => Operator::Or,
            "<<" => Operator::ShiftLeft,
            "&" => Operator::BitAnd,
            "|" => Operator::BitOr,
            _ => Operator::Other,
        };
        self.add(ExprKind::Binary { operator, left, right }, node)
    }

    /// A chain of `+`, in a loop: generated code has chains of thousands.
    fn sum(&mut self, node: Node<'_>) -> ExprId {
        let mut parts = Vec::new();
        let mut rest = Some(node);
        while let Some(left) = rest {
            let is_sum = left.kind() == "binary_expression"
                && left.child_by_field_name("operator").is_some_and(|operator| operator.kind() == "+");
            if !is_sum {
                parts.push(left);
                break;
            }
            parts.extend(left.child_by_field_name("right"));
            rest = left.child_by_field_name("left");
        }
        let parts = parts.into_iter().rev().map(|part| self.expression(part)).collect();
        self.add(ExprKind::Sum(parts), node)
    }

    fn unary(&mut self, node: Node<'_>) -> ExprId {
        let operand = self.part(node, "operand");
        match node.child_by_field_name("operator").map_or("", |operator| operator.kind()) {
            "!" => self.add(ExprKind::Not(operand), node),
            "-" => self.add(ExprKind::Negative(operand), node),
            "+" => operand,
            _ => self.add(ExprKind::Opaque(vec![operand]), node),
        }
    }

    fn nested_assignment(&mut self, node: Node<'_>) -> ExprId {
        let target = self.part(node, "left");
        let value = self.part(node, "right");
        let value = match assignment_operator(node) {
            None => value,
            Some(Operator::Add) => self.add(ExprKind::Sum(vec![target, value]), node),
            Some(operator) => self.add(ExprKind::Binary { operator, left: target, right: value }, node),
        };
        self.add(ExprKind::Assign { target, value }, node)
    }

    /// A test of a type; the names of its pattern stand for the tested value from there on.
    fn instance_of(&mut self, node: Node<'_>) -> ExprId {
        let mut left = self.part(node, "left");
        let class = node.child_by_field_name("right");
        if let Some(name) = node.child_by_field_name("name") {
            let target = self.name_of(name);
            let to = class.and_then(|class| self.type_name(class));
            let value = to.map_or(left, |to| self.add(ExprKind::Cast { to, value: left }, node));
            left = self.add(ExprKind::Assign { target, value }, node);
        }
        let right = match (class, node.child_by_field_name("pattern")) {
            (Some(class), _) => self.type_path(class),
            (None, Some(pattern)) => {
                let mut names = Vec::new();
                bound_names(pattern, &mut names);
                let mut parts = Vec::new();
                for name in names {
                    let target = self.name_of(name);
                    let value = self.add(ExprKind::Opaque(vec![left]), node);
                    parts.push(self.add(ExprKind::Assign { target, value }, node));
                }
                self.add(ExprKind::Opaque(parts), pattern)
            }
            (None, None) => self.add(ExprKind::Opaque(Vec::new()), node),
        };
        self.add(ExprKind::Binary { operator: Operator::Other, left, right }, node)
    }

    fn lambda(&mut self, node: Node<'_>) -> ExprId {
        let function = self.add_function(node, |java| {
            let parameters = match node.child_by_field_name("parameters") {
                Some(list) if list.kind() == "formal_parameters" => java.parameters(list),
                Some(list) if list.kind() == "inferred_parameters" => {
                    named(list).map(|name| java.bare_parameter(name)).collect()
                }
                Some(name) => vec![java.bare_parameter(name)],
                None => Vec::new(),
            };
            let mut body = Vec::new();
            match node.child_by_field_name("body") {
                Some(block) if block.kind() == "block" => java.statements_in(block, &mut body),
                Some(value) => {
                    let value = java.expression(value);
                    body.append(&mut java.before);
                    body.push(Statement::Return(Some(value)));
                }
                None => {}
            }
            FunctionParts { name: None, parameters, body, decorators: Vec::new(), is_async: false }
        });
        self.add(ExprKind::Function(function), node)
    }

    fn bare_parameter(&mut self, name: Node<'_>) -> Parameter {
        let name = self.symbol_of(name);
        Parameter { name, declared: None, default: None, decorators: Vec::new(), pattern: None }
    }

    fn literal(&mut self, node: Node<'_>) -> ExprId {
        let text = self.text(node);
        match node.kind() {
            "string_literal" => self.string_literal(node),
            "template_expression" => match node.child_by_field_name("template_argument") {
                Some(template) => self.string_literal(template),
                None => self.opaque(node),
            },
            "character_literal" => {
                let inner = text.trim_matches('\'');
                let mut decoded = String::new();
                if inner.starts_with('\\') {
                    unescape(inner, &mut decoded);
                } else {
                    decoded.push_str(if inner.is_empty() && text.len() == 3 { "'" } else { inner });
                }
                self.string(&decoded, node)
            }
            "true" | "false" => self.add(ExprKind::Bool(text == "true"), node),
            "null_literal" => self.add(ExprKind::Null, node),
            "decimal_floating_point_literal" | "hex_floating_point_literal" => self.add(ExprKind::Number, node),
            "string_fragment" => self.string(text, node),
            _ => {
                let kind = integer(text).map_or(ExprKind::Number, ExprKind::Integer);
                self.add(kind, node)
            }
        }
    }

    fn string_literal(&mut self, node: Node<'_>) -> ExprId {
        let text = self.text(node);
        if let Some(block) = text.strip_prefix("\"\"\"") {
            let block = block.strip_suffix("\"\"\"").unwrap_or(block);
            return self.string(&unescaped(&dedent(block)), node);
        }
        let mut parts = Vec::new();
        let mut text = String::new();
        for child in named(node) {
            match child.kind() {
                "escape_sequence" => unescape(self.text(child), &mut text),
                "string_interpolation" => {
                    if !text.is_empty() {
                        parts.push(self.string(&text, node));
                        text.clear();
                    }
                    parts.extend(named(child).map(|hole| self.expression(hole)));
                }
                _ => text.push_str(self.text(child)),
            }
        }
        if parts.is_empty() {
            return self.string(&text, node);
        }
        if !text.is_empty() {
            parts.push(self.string(&text, node));
        }
        self.add(ExprKind::Format(parts), node)
    }
}

/// The operator of `+=` and its like; None for a plain `=`.
pub(super) fn assignment_operator(node: Node<'_>) -> Option<Operator> {
    match node.child_by_field_name("operator")?.kind() {
        "=" => None,
        "+=" => Some(Operator::Add),
        "-=" => Some(Operator::Subtract),
        "*=" => Some(Operator::Multiply),
        "/=" => Some(Operator::Divide),
        "%=" => Some(Operator::Remainder),
        "<<=" => Some(Operator::ShiftLeft),
        "&=" => Some(Operator::BitAnd),
        "|=" => Some(Operator::BitOr),
        _ => Some(Operator::Other),
    }
}

/// The names that a record pattern binds.
pub(super) fn bound_names<'n>(pattern: Node<'n>, into: &mut Vec<Node<'n>>) {
    let mut pending = vec![pattern];
    while let Some(node) = pending.pop() {
        match node.kind() {
            "record_pattern" => pending.extend(named(node).filter(|child| child.kind() == "record_pattern_body")),
            "record_pattern_component" | "type_pattern" => {
                into.extend(named(node).filter(|child| child.kind() == "identifier"));
            }
            "identifier" => {}
            _ => pending.extend(named(node)),
        }
    }
    into.sort_by_key(Node::start_byte);
}
