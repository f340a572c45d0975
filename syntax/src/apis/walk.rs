//! One walk over a tree that fills a [`Program`]. Iterative: a hostile text nests deeper than the stack.

use tree_sitter::{Node, Tree, TreeCursor};

use super::guards::{PROGRAM, RegionKind};
use super::program::{Import, MODULE, Meaning, Program, Read, ScopeKind};

/// Attributes of one chain that are looked at. No module of the standard library lies deeper than four names.
const CHAIN: usize = 8;

/// What a name within a node does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Reads,
    Binds,
}

/// A node that the walk is in, and what holds for its children unless they say otherwise.
#[derive(Debug, Clone, Copy)]
struct Frame<'t> {
    node: Node<'t>,
    kind: &'t str,
    role: Role,
    scope: usize,
    /// The scope around the function or class that the node belongs to: there its defaults and bases are evaluated.
    outer: usize,
    region: usize,
    /// Whether the node decides over its region: a condition, or the exceptions of a handler.
    in_header: bool,
    is_damaged: bool,
}

/// Reads a program from its tree.
pub(super) fn read<'a>(tree: &Tree, text: &'a str) -> Program<'a> {
    let is_damaged = tree.root_node().has_error();
    let mut walk = Walk { text, is_damaged, program: Program::new(), frames: Vec::new() };
    let mut cursor = tree.walk();
    loop {
        if let Some(frame) = walk.enter(&cursor)
            && cursor.goto_first_child()
        {
            walk.frames.push(frame);
            continue;
        }
        while !cursor.goto_next_sibling() {
            if walk.frames.pop().is_none() || !cursor.goto_parent() {
                return walk.program;
            }
        }
    }
}

struct Walk<'a, 't> {
    text: &'a str,
    /// Whether anything in the tree is.
    is_damaged: bool,
    program: Program<'a>,
    frames: Vec<Frame<'t>>,
}

impl<'a, 't> Walk<'a, 't> {
    /// Looks at one node; none where its children are not worth a look.
    fn enter(&mut self, cursor: &TreeCursor<'t>) -> Option<Frame<'t>> {
        let node = cursor.node();
        if !node.is_named() {
            return None;
        }
        let mut frame = self.inherited(node, cursor)?;
        match frame.kind {
            "identifier" => self.name(&frame),
            "dotted_name" => self.dotted_name(&frame),
            "import_statement" | "import_from_statement" | "future_import_statement" => self.import(&frame),
            "global_statement" | "nonlocal_statement" => self.declare(&frame),
            "comment" | "integer" | "float" | "none" | "true" | "string_content" => {}
            "false" if frame.in_header => self.program.regions.guard(frame.region),
            "except_clause" => {
                if node.child_by_field_name("value").is_none() {
                    self.program.regions.guard(frame.region);
                }
                return Some(frame);
            }
            // Annotations are evaluated when asked for, from Python 3.14 on.
            "type" if !matches!(self.above_kind(), "type_alias_statement" | "type_parameter" | "constrained_type") => {}
            _ => {
                self.open(&mut frame);
                return Some(frame);
            }
        }
        None
    }

    /// What a node is in the light of those around it; none where nothing in it runs.
    fn inherited(&self, node: Node<'t>, cursor: &TreeCursor<'t>) -> Option<Frame<'t>> {
        let kind = node.kind();
        let Some(above) = self.frames.last() else {
            return Some(Frame {
                node,
                kind,
                role: if node.is_error() { Role::Binds } else { Role::Reads },
                scope: MODULE,
                outer: MODULE,
                region: PROGRAM,
                in_header: false,
                is_damaged: node.is_error(),
            });
        };
        let mut frame = Frame { node, kind, ..*above };
        if self.is_damaged {
            frame.is_damaged |= is_simple(kind) && (node.has_error() || has_broken_header(above));
            if node.is_error() {
                frame.role = Role::Binds;
                return Some(frame);
            }
        }
        // Within these, a child's field decides; reading it costs, so not for the others.
        match above.kind {
            "function_definition" | "class_definition" | "lambda" => match cursor.field_name() {
                Some("name") => (frame.role, frame.scope) = (Role::Binds, above.outer),
                Some("parameters") => frame.role = Role::Binds,
                Some("superclasses") => frame.scope = above.outer,
                Some("return_type") => return None,
                Some("type_parameters") => (frame.role, frame.scope) = (Role::Binds, MODULE),
                _ => {}
            },
            "default_parameter" | "typed_default_parameter" if cursor.field_name() == Some("value") => {
                (frame.role, frame.scope) = (Role::Reads, above.outer);
            }
            "assignment" | "augmented_assignment" | "for_statement" | "for_in_clause" => {
                frame.role = if cursor.field_name() == Some("left") { Role::Binds } else { Role::Reads };
            }
            "type_alias_statement" => {
                if cursor.field_name() == Some("right") {
                    return None;
                }
                (frame.role, frame.scope) = (Role::Binds, MODULE);
            }
            "named_expression" if cursor.field_name() == Some("name") => {
                (frame.role, frame.scope) = (Role::Binds, self.program.host(above.scope));
            }
            "as_pattern" if kind == "as_pattern_target" => (frame.role, frame.in_header) = (Role::Binds, false),
            "keyword_argument" if cursor.field_name() == Some("name") => return None,
            "keyword_pattern" if kind == "identifier" => return None,
            "class_pattern" if kind == "dotted_name" => frame.role = Role::Reads,
            "case_clause" if kind == "case_pattern" => frame.role = Role::Binds,
            "delete_statement" => frame.role = Role::Binds,
            "attribute" | "subscript" | "call" => frame.role = Role::Reads,
            "except_clause" => frame.in_header = kind != "block",
            "with_statement" => frame.in_header = kind == "with_clause",
            "if_statement" | "elif_clause" | "while_statement" => {
                frame.in_header = cursor.field_name() == Some("condition");
            }
            "match_statement" => frame.in_header = cursor.field_name() == Some("subject"),
            _ => {}
        }
        Some(frame)
    }

    /// Opens the scope or region that a node is.
    fn open(&mut self, frame: &mut Frame<'t>) {
        let scope = match frame.kind {
            "function_definition" | "lambda" => Some(ScopeKind::Function),
            "class_definition" => Some(ScopeKind::Class),
            "list_comprehension" | "set_comprehension" | "dictionary_comprehension" | "generator_expression" => {
                Some(ScopeKind::Comprehension)
            }
            _ => None,
        };
        if let Some(kind) = scope {
            frame.outer = frame.scope;
            frame.scope = self.program.add_scope(frame.scope, kind);
        }
        let region = match frame.kind {
            "function_definition" => RegionKind::Body,
            "try_statement" => RegionKind::Try,
            "with_statement" => RegionKind::With,
            "if_statement" | "while_statement" | "match_statement" => RegionKind::Condition,
            // A condition's own parts speak for all of it.
            "boolean_operator" | "conditional_expression" if !self.is_in_condition(frame) => RegionKind::Choice,
            _ => return,
        };
        frame.region = self.program.regions.add(frame.region, region);
        frame.in_header = region == RegionKind::Choice;
    }

    fn is_in_condition(&self, frame: &Frame<'t>) -> bool {
        let kind = self.program.regions.kind(frame.region);
        frame.in_header && matches!(kind, RegionKind::Condition | RegionKind::Choice)
    }

    fn name(&mut self, frame: &Frame<'t>) {
        let name = self.text_of(frame.node);
        if frame.in_header {
            self.program.regions.see(frame.region, name);
        }
        if self.above_kind() == "attribute" && self.is_attribute(frame.node) {
            self.attribute(frame, name);
            return;
        }
        if frame.role == Role::Binds {
            self.program.bind(frame.scope, name, Meaning::Other);
            return;
        }
        self.program.has_unseen_names |= makes_names(name);
        let chain = self.frames.iter().rev().take(CHAIN).take_while(|above| above.kind == "attribute").last();
        let end = chain.map_or(frame.node.end_byte(), |outermost| outermost.node.end_byte());
        self.program.reads.push(Read {
            chain: &self.text[frame.node.start_byte()..end],
            line: line_of(frame.node),
            scope: frame.scope,
            region: frame.region,
            is_changed: chain.is_some_and(|outermost| outermost.role == Role::Binds),
            is_damaged: frame.is_damaged,
        });
    }

    /// Whether an identifier right under an attribute is the attribute's name, and not the object.
    fn is_attribute(&self, node: Node<'t>) -> bool {
        self.frames.last().is_some_and(|above| above.node.start_byte() != node.start_byte())
    }

    fn attribute(&mut self, frame: &Frame<'t>, name: &'a str) {
        self.program.has_unseen_names |= makes_names(name);
        match name {
            "modules" | "meta_path" | "path_hooks" => {
                self.program.has_unseen_modules = true;
                self.program.has_unseen_names = true;
            }
            "name"
                if frame.in_header && self.frames.last().is_some_and(|above| self.text_of(above.node) == "os.name") =>
            {
                self.program.regions.guard(frame.region);
            }
            _ => {}
        }
    }

    /// In a pattern of `match`: one name catches, several are read.
    fn dotted_name(&mut self, frame: &Frame<'t>) {
        let chain = self.text_of(frame.node);
        if frame.role == Role::Binds && !chain.contains('.') {
            self.program.bind(frame.scope, chain, Meaning::Other);
            return;
        }
        let (line, scope, region) = (line_of(frame.node), frame.scope, frame.region);
        let read = Read { chain, line, scope, region, is_changed: false, is_damaged: frame.is_damaged };
        self.program.reads.push(read);
    }

    fn declare(&mut self, frame: &Frame<'t>) {
        for name in frame.node.named_children(&mut frame.node.walk()).filter(|child| child.kind() == "identifier") {
            let name = self.text_of(name);
            self.program.bind(frame.scope, name, Meaning::Declared);
            if frame.kind == "global_statement" {
                self.program.bind(MODULE, name, Meaning::Declared);
            }
        }
    }

    fn import(&mut self, frame: &Frame<'t>) {
        let statement = frame.node;
        let source = match frame.kind {
            "import_statement" => None,
            "future_import_statement" => Some("__future__"),
            _ => Some(statement.child_by_field_name("module_name").map_or("", |module| self.module(module))),
        };
        if let Some(module) = source
            && !module.is_empty()
        {
            self.add_import(frame, statement, module, None, None);
        }
        let from = source.map(|_| statement.child_by_field_name("module_name").map_or(0, |module| module.end_byte()));
        let mut cursor = statement.walk();
        for child in
            statement.named_children(&mut cursor).filter(|child| from.is_none_or(|end| child.start_byte() >= end))
        {
            let (named, alias) = match child.kind() {
                "dotted_name" => (Some(child), None),
                "aliased_import" => (child.child_by_field_name("name"), child.child_by_field_name("alias")),
                "wildcard_import" => {
                    self.program.has_unseen_names = true;
                    continue;
                }
                _ => continue,
            };
            let Some(named) = named else { continue };
            let name = self.module(named);
            let alias = alias.map(|alias| self.text_of(alias));
            let first = named.named_child(0).map_or(name, |first| self.text_of(first));
            let binds = alias.unwrap_or(first);
            let meaning = match (source, alias) {
                _ if name.is_empty() => Meaning::Other,
                (None, None) => Meaning::Module(first),
                (None, Some(_)) => Meaning::Module(name),
                (Some(""), _) => Meaning::Other,
                (Some(module), _) => Meaning::Member(module, name),
            };
            if !binds.is_empty() {
                self.program.bind(frame.scope, binds, meaning);
            }
            match source {
                _ if name.is_empty() => {}
                None => self.add_import(frame, named, name, None, Some(binds)),
                Some("") => {}
                Some(module) => self.add_import(frame, named, module, Some(name), Some(binds)),
            }
        }
    }

    fn add_import(
        &mut self,
        frame: &Frame<'t>,
        place: Node<'t>,
        module: &'a str,
        member: Option<&'a str>,
        binds: Option<&'a str>,
    ) {
        if matches!(module, "builtins" | "__builtin__" | "__main__") {
            self.program.has_unseen_names = true;
        }
        let (line, region, is_damaged) = (line_of(place), frame.region, frame.is_damaged);
        self.program.imports.push(Import { module, member, binds, line, region, is_damaged });
    }

    /// A module's dotted name; empty where it is relative, or written with spaces between its parts.
    fn module(&self, node: Node<'t>) -> &'a str {
        let name = self.text_of(node);
        let is_plain = name.chars().all(|char| char == '.' || char == '_' || char.is_alphanumeric());
        if node.kind() == "dotted_name" && is_plain { name } else { "" }
    }

    fn above_kind(&self) -> &'t str {
        self.frames.last().map_or("", |above| above.kind)
    }

    fn text_of(&self, node: Node<'t>) -> &'a str {
        &self.text[node.byte_range()]
    }
}

/// Whether a program that reads this may bind names that don't stand in its text.
fn makes_names(name: &str) -> bool {
    matches!(
        name,
        "__builtins__"
            | "__dict__"
            | "__globals__"
            | "_convert_"
            | "dir"
            | "exec"
            | "f_builtins"
            | "f_globals"
            | "f_locals"
            | "global_enum"
            | "globals"
            | "locals"
            | "vars"
    )
}

/// Whether a node holds no statements, so that an error in it damages all of it.
fn is_simple(kind: &str) -> bool {
    !matches!(
        kind,
        "module"
            | "block"
            | "decorated_definition"
            | "function_definition"
            | "class_definition"
            | "if_statement"
            | "elif_clause"
            | "else_clause"
            | "for_statement"
            | "while_statement"
            | "try_statement"
            | "except_clause"
            | "finally_clause"
            | "with_statement"
            | "match_statement"
            | "case_clause"
    )
}

/// Whether a statement's header may be what is damaged in it.
fn has_broken_header(above: &Frame<'_>) -> bool {
    !is_simple(above.kind) && !matches!(above.kind, "module" | "block") && above.node.has_error()
}

fn line_of(node: Node<'_>) -> usize {
    node.start_position().row + 1
}
