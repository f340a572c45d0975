//! Imports, `require` and exports.

use tree_sitter::Node;

use super::literals::string_text;
use super::patterns::key_text;
use super::{classes, expressions, field, named, statements};
use crate::ir::{ExprId, Statement};
use crate::lower::Lowering;

/// The dotted path that a module's name stands for: `node:fs/promises` is `fs.promises`, and a file of the project's own
/// is below `local`, so that it is not taken for a package.
pub(super) fn module_path(name: &str) -> String {
    let name = name.strip_prefix("node:").unwrap_or(name);
    let inner = name.trim_start_matches("../").trim_start_matches("./");
    let inner = inner.strip_prefix("@/").or_else(|| inner.strip_prefix("~/")).unwrap_or(inner);
    let is_local = inner.len() < name.len() || name.starts_with('/') || name.starts_with('.');
    let endings = [".js", ".mjs", ".cjs", ".ts", ".tsx", ".jsx", ".json"];
    let inner = if is_local { endings.iter().find_map(|end| inner.strip_suffix(end)).unwrap_or(inner) } else { inner };
    let dotted = inner.trim_matches('/').replace('/', ".");
    match (is_local, dotted.is_empty()) {
        (true, true) => "local".to_owned(),
        (true, false) => format!("local.{dotted}"),
        (false, _) => dotted,
    }
}

/// The path of `require("x")`, `await import("x")` and their fields, if that is all an expression is.
pub(super) fn required(lowering: &Lowering<'_>, node: Node<'_>) -> Option<String> {
    let mut node = expressions::plain(node);
    let mut fields = Vec::new();
    loop {
        match node.kind() {
            "member_expression" => {
                fields.push(lowering.text(field(node, "property")?));
                node = expressions::plain(field(node, "object")?);
            }
            "call_expression" => {
                let callee = lowering.text(field(node, "function")?);
                let argument = named(field(node, "arguments")?).next()?;
                match callee {
                    "require" | "import" if matches!(argument.kind(), "string" | "template_string") => {
                        if named(argument).any(|part| part.kind() == "template_substitution") {
                            return None;
                        }
                        let mut path = module_path(&string_text(lowering, argument));
                        for name in fields.iter().rev().filter(|name| **name != "default") {
                            path.push('.');
                            path.push_str(name);
                        }
                        return Some(path);
                    }
                    "promisify" | "util.promisify" => node = expressions::plain(argument),
                    _ => return None,
                }
            }
            _ => return None,
        }
    }
}

/// The names and fields of a dotted path, as an expression.
pub(super) fn path_expression(lowering: &mut Lowering<'_>, path: &str, node: Node<'_>) -> ExprId {
    let mut segments = path.split('.');
    let mut id = lowering.name(segments.next().unwrap_or_default(), node);
    for segment in segments {
        id = lowering.field(id, segment, node);
    }
    id
}

/// Binds what a pattern takes out of a module.
pub(super) fn import_pattern(lowering: &mut Lowering<'_>, pattern: Node<'_>, path: &str, out: &mut Vec<Statement>) {
    match pattern.kind() {
        "identifier" | "shorthand_property_identifier_pattern" => {
            import(lowering, lowering.text(pattern), path, out);
        }
        "object_pattern" => {
            for entry in named(pattern) {
                match entry.kind() {
                    "shorthand_property_identifier_pattern" => {
                        let name = lowering.text(entry);
                        import(lowering, name, &member(path, name), out);
                    }
                    "object_assignment_pattern" => {
                        if let Some(left) = field(entry, "left") {
                            let name = lowering.text(left);
                            import(lowering, name, &member(path, name), out);
                        }
                    }
                    "pair_pattern" => {
                        let (Some(key), Some(value)) = (field(entry, "key"), field(entry, "value")) else { continue };
                        let inner = member(path, &key_text(lowering, key));
                        let value =
                            if value.kind() == "assignment_pattern" { field(value, "left") } else { Some(value) };
                        if let Some(value) = value {
                            lowering.deeper_statement(|lowering| import_pattern(lowering, value, &inner, out));
                        }
                    }
                    "rest_pattern" => {
                        if let Some(rest) = named(entry).next() {
                            import(lowering, lowering.text(rest), path, out);
                        }
                    }
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

/// `import` in all its forms.
pub(super) fn import_statement(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Vec<Statement>) {
    let source = field(node, "source");
    let path = source.map(|source| module_path(&string_text(lowering, source)));
    for clause in named(node) {
        match clause.kind() {
            "import_clause" => {
                for part in named(clause) {
                    import_part(lowering, part, path.as_deref().unwrap_or_default(), out);
                }
            }
            "import_require_clause" => {
                let local = named(clause).next();
                let source = field(clause, "source");
                if let (Some(local), Some(source)) = (local, source) {
                    let path = module_path(&string_text(lowering, source));
                    import(lowering, lowering.text(local), &path, out);
                }
            }
            _ => {}
        }
    }
}

fn import_part(lowering: &mut Lowering<'_>, part: Node<'_>, path: &str, out: &mut Vec<Statement>) {
    match part.kind() {
        "identifier" => import(lowering, lowering.text(part), path, out),
        "namespace_import" => {
            if let Some(local) = named(part).next() {
                import(lowering, lowering.text(local), path, out);
            }
        }
        "named_imports" => {
            for specifier in named(part).filter(|specifier| specifier.kind() == "import_specifier") {
                let Some(name) = field(specifier, "name") else { continue };
                let local = field(specifier, "alias").unwrap_or(name);
                let path = member(path, &key_text(lowering, name));
                import(lowering, lowering.text(local), &path, out);
            }
        }
        _ => {}
    }
}

/// `import a = B.C`.
pub(super) fn import_alias(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Vec<Statement>) {
    let mut parts = named(node);
    if let (Some(local), Some(path)) = (parts.next(), parts.next()) {
        import(lowering, lowering.text(local), lowering.text(path), out);
    }
}

/// What an export declares; decorators of an exported class stand before `export`.
pub(super) fn export_statement(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Vec<Statement>) {
    let decorators: Vec<_> = named(node).filter(|child| child.kind() == "decorator").collect();
    if let Some(declaration) = field(node, "declaration") {
        if matches!(declaration.kind(), "class_declaration" | "abstract_class_declaration") {
            classes::declaration(lowering, declaration, &decorators, None, out);
        } else {
            statements::statement(lowering, declaration, out);
        }
    } else if let Some(value) = field(node, "value") {
        if value.kind() == "class" {
            classes::declaration(lowering, value, &decorators, None, out);
        } else {
            statements::statement(lowering, value, out);
        }
    } else if field(node, "source").is_none() {
        for child in named(node).filter(|child| child.kind() != "export_clause") {
            statements::statement(lowering, child, out);
        }
    }
}

fn member(path: &str, name: &str) -> String {
    if name == "default" { path.to_owned() } else { format!("{path}.{name}") }
}

fn import(lowering: &mut Lowering<'_>, local: &str, path: &str, out: &mut Vec<Statement>) {
    let local = lowering.symbol(local);
    let path = lowering.symbol(path);
    out.push(Statement::Import { local, path });
}
