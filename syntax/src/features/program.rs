//! A program as predicates see it: its nodes, the names that its imports give, its calls and its strings.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use tree_sitter::{Node, TreeCursor};

/// How many parts a dotted name may have. The standard library's longest have four; a chain of attributes without a bound would
/// be read again from each of its links.
const NAME_PARTS: usize = 8;

/// A tree with its text.
pub(super) struct Program<'a> {
    root: Node<'a>,
    text: &'a str,
    /// What names that came by import are called where they come from.
    origins: BTreeMap<&'a str, String>,
    /// Strings that are statements, by the ids of their nodes: docstrings and such, which do nothing.
    idle_strings: BTreeSet<usize>,
}

impl<'a> Program<'a> {
    /// Reads the imports.
    pub(super) fn new(root: Node<'a>, text: &'a str) -> Self {
        let mut program = Self { root, text, origins: BTreeMap::new(), idle_strings: BTreeSet::new() };
        for node in walk(root) {
            match node.kind() {
                "import_statement" | "import_from_statement" => program.add_import(node),
                "expression_statement" => {
                    program.idle_strings.extend(idle_string(node).into_iter().flat_map(walk).map(|node| node.id()));
                }
                _ => {}
            }
        }
        program
    }

    /// The whole tree.
    pub(super) fn root(&self) -> Node<'a> {
        self.root
    }

    /// The text of a node.
    pub(super) fn text(&self, node: Node<'_>) -> &'a str {
        &self.text[node.byte_range()]
    }

    /// All nodes in the order of the text, but for the names within imports.
    pub(super) fn nodes(&self) -> impl Iterator<Item = Node<'a>> + use<'a> {
        walk(self.root)
    }

    /// The nodes of one kind.
    pub(super) fn of_kind(&self, kind: &'static str) -> impl Iterator<Item = Node<'a>> + use<'a> {
        self.nodes().filter(move |node| node.kind() == kind)
    }

    /// Whether there is a node of one of the kinds.
    pub(super) fn has(&self, kinds: &[&str]) -> bool {
        self.nodes().any(|node| kinds.contains(&node.kind()))
    }

    /// What a name or a chain of attributes is called where it comes from: `argv` after `from sys import argv` is `sys.argv`.
    pub(super) fn origin(&self, node: Node<'_>) -> Option<Cow<'a, str>> {
        let mut first = node;
        for _ in 0..NAME_PARTS {
            match first.kind() {
                "identifier" => {
                    let rest = &self.text[first.end_byte()..node.end_byte()];
                    return Some(match self.origins.get(self.text(first)) {
                        Some(origin) => Cow::Owned(format!("{origin}{rest}")),
                        None => Cow::Borrowed(self.text(node)),
                    });
                }
                "attribute" => first = first.child_by_field_name("object")?,
                _ => return None,
            }
        }
        None
    }

    /// Whether a name is the one that is wanted: `sys.argv` under whatever name it was imported, `.commit` after anything.
    pub(super) fn is_named(&self, node: Node<'_>, wanted: &str) -> bool {
        match wanted.strip_prefix('.') {
            Some(last) => node.kind() == "attribute" && self.last_name(node) == Some(last),
            None => self.origin(node).is_some_and(|origin| origin == wanted),
        }
    }

    /// Whether a name is one of those that are wanted.
    pub(super) fn is_one_of(&self, node: Node<'_>, wanted: &[impl AsRef<str>]) -> bool {
        wanted.iter().any(|wanted| self.is_named(node, wanted.as_ref()))
    }

    /// The name itself, or the last attribute.
    pub(super) fn last_name(&self, node: Node<'_>) -> Option<&'a str> {
        match node.kind() {
            "identifier" => Some(self.text(node)),
            "attribute" => node.child_by_field_name("attribute").map(|attribute| self.text(attribute)),
            _ => None,
        }
    }

    /// Whether one of the names is used, called or not.
    pub(super) fn refers_to(&self, wanted: &[&str]) -> bool {
        let names = self.nodes().filter(|node| matches!(node.kind(), "identifier" | "attribute"));
        names.filter_map(|name| self.origin(name)).any(|origin| wanted.contains(&origin.as_ref()))
    }

    /// The calls.
    pub(super) fn calls(&self) -> impl Iterator<Item = Call<'a>> + use<'a> {
        self.of_kind("call").filter_map(Call::of)
    }

    /// Whether one of the functions is called.
    pub(super) fn calls_one_of(&self, wanted: &[impl AsRef<str>]) -> bool {
        self.calls().any(|call| self.is_one_of(call.function, wanted))
    }

    /// The modules that are imported, and what is imported from them.
    pub(super) fn imports(&self) -> impl Iterator<Item = String> {
        self.nodes().flat_map(|node| match node.kind() {
            "import_statement" => self.imported(node).map(|(name, _)| name.to_owned()).collect(),
            "import_from_statement" => {
                let module = node.child_by_field_name("module_name").map_or("", |module| self.text(module));
                let members = self.imported(node).map(|(name, _)| format!("{module}.{name}"));
                members.chain([module.to_owned()]).collect()
            }
            "future_import_statement" => vec!["__future__".to_owned()],
            _ => Vec::new(),
        })
    }

    /// Strings with what is between their quotes, adjacent ones as one too; not those that do nothing.
    pub(super) fn strings(&self) -> impl Iterator<Item = Cow<'a, str>> {
        self.nodes().filter(|node| !self.idle_strings.contains(&node.id())).filter_map(|node| self.content(node))
    }

    /// What is between the quotes of a string, or of several in a row.
    pub(super) fn content(&self, node: Node<'a>) -> Option<Cow<'a, str>> {
        match node.kind() {
            "string" => {
                let (first, last) = (node.child(0)?, node.child(node.child_count().checked_sub(1)?)?);
                let end = if last.kind() == "string_end" { last.start_byte() } else { node.end_byte() };
                Some(Cow::Borrowed(&self.text[first.end_byte()..end.max(first.end_byte())]))
            }
            "concatenated_string" => {
                let strings = node.named_children(&mut node.walk()).collect::<Vec<_>>();
                Some(Cow::Owned(strings.into_iter().filter_map(|string| self.content(string)).collect()))
            }
            _ => None,
        }
    }

    /// The functions that stand directly in the body of a class.
    pub(super) fn methods(&self) -> impl Iterator<Item = Node<'a>> {
        self.of_kind("class_definition").filter_map(|class| class.child_by_field_name("body")).flat_map(|body| {
            let members = body.named_children(&mut body.walk()).collect::<Vec<_>>();
            members.into_iter().map(definition).filter(|member| member.kind() == "function_definition")
        })
    }

    /// The functions that are no methods.
    pub(super) fn functions(&self) -> impl Iterator<Item = Node<'a>> {
        let methods = self.methods().map(|method| method.id()).collect::<BTreeSet<_>>();
        self.of_kind("function_definition").filter(move |function| !methods.contains(&function.id()))
    }

    /// The name of a function or class.
    pub(super) fn name(&self, definition: Node<'_>) -> &'a str {
        definition.child_by_field_name("name").map_or("", |name| self.text(name))
    }

    /// The names of an import statement, each with the name that it gets, if another.
    fn imported(&self, import: Node<'a>) -> impl Iterator<Item = (&'a str, Option<&'a str>)> {
        let names = import.children_by_field_name("name", &mut import.walk()).collect::<Vec<_>>();
        names.into_iter().map(|name| {
            let field = |field| name.child_by_field_name(field).map(|node| self.text(node));
            (field("name").unwrap_or(self.text(name)), field("alias"))
        })
    }

    fn add_import(&mut self, import: Node<'a>) {
        let module = import.child_by_field_name("module_name").map(|module| self.text(module));
        let imported = self.imported(import).collect::<Vec<_>>();
        for (name, alias) in imported {
            match (module, alias) {
                (Some(module), alias) => drop(self.origins.insert(alias.unwrap_or(name), format!("{module}.{name}"))),
                (None, Some(alias)) => drop(self.origins.insert(alias, name.to_owned())),
                // `import a.b` gives the name `a`, which is called so where it comes from.
                (None, None) => {}
            }
        }
    }
}

/// One call.
pub(super) struct Call<'a> {
    /// What is called.
    pub(super) function: Node<'a>,
    /// The list of arguments, or the generator that is the only one.
    arguments: Node<'a>,
}

impl<'a> Call<'a> {
    /// Reads a node of the kind `call`.
    pub(super) fn of(node: Node<'a>) -> Option<Self> {
        let (function, arguments) = (node.child_by_field_name("function")?, node.child_by_field_name("arguments")?);
        Some(Self { function, arguments })
    }

    /// The arguments without a keyword.
    pub(super) fn positional(&self) -> Vec<Node<'a>> {
        self.all().into_iter().filter(|argument| argument.kind() != "keyword_argument").collect()
    }

    /// All arguments.
    pub(super) fn all(&self) -> Vec<Node<'a>> {
        match self.arguments.kind() {
            "generator_expression" => vec![self.arguments],
            _ => self.arguments.named_children(&mut self.arguments.walk()).filter(|node| !node.is_extra()).collect(),
        }
    }

    /// The value of an argument with a keyword.
    pub(super) fn keyword(&self, program: &Program<'a>, name: &str) -> Option<Node<'a>> {
        let keywords = self.all().into_iter().filter(|argument| argument.kind() == "keyword_argument");
        keywords.filter(|keyword| program.name(*keyword) == name).find_map(|node| node.child_by_field_name("value"))
    }
}

/// A node and all below it in the order of the text, but for what is within imports. Iterative: a hostile text nests deeper than
/// the stack.
pub(super) fn walk(node: Node<'_>) -> Walk<'_> {
    Walk { cursor: node.walk(), started: false }
}

/// See [`walk`].
pub(super) struct Walk<'a> {
    cursor: TreeCursor<'a>,
    started: bool,
}

impl<'a> Iterator for Walk<'a> {
    type Item = Node<'a>;

    fn next(&mut self) -> Option<Node<'a>> {
        if !self.started {
            self.started = true;
            return Some(self.cursor.node());
        }
        let is_import = self.cursor.node().kind().contains("import");
        if is_import || !self.cursor.goto_first_child() {
            while !self.cursor.goto_next_sibling() {
                if !self.cursor.goto_parent() {
                    return None;
                }
            }
        }
        Some(self.cursor.node())
    }
}

/// The function or class under its decorators.
pub(super) fn definition(node: Node<'_>) -> Node<'_> {
    match node.kind() {
        "decorated_definition" => node.child_by_field_name("definition").unwrap_or(node),
        _ => node,
    }
}

/// An expression without the parentheses around it.
pub(super) fn inner(node: Node<'_>) -> Node<'_> {
    let mut node = node;
    while node.kind() == "parenthesized_expression" {
        match node.named_children(&mut node.walk()).find(|child| !child.is_extra()) {
            Some(child) => node = child,
            None => break,
        }
    }
    node
}

/// The string that an expression statement is.
pub(super) fn idle_string(statement: Node<'_>) -> Option<Node<'_>> {
    let child = statement.child(0).filter(|_| statement.child_count() == 1)?;
    matches!(child.kind(), "string" | "concatenated_string").then_some(child)
}
