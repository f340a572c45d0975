//! Python's annotations: the declared type that they come down to.

use tree_sitter::Node;

use crate::lower::{Lowering, named};

/// What an annotation says of a name.
#[derive(Default)]
pub(super) struct Annotation<'n> {
    /// The type, without what it may be besides and without its items.
    pub(super) declared: Option<String>,
    /// The rest of `Annotated[type, rest]`.
    pub(super) rest: Vec<Node<'n>>,
}

/// How deep annotations may nest: `Optional[Union[...]]` needs two levels.
const DEEPEST: usize = 8;

pub(super) fn annotation<'n>(lowering: &Lowering<'_>, node: Node<'n>) -> Annotation<'n> {
    let mut rest = Vec::new();
    let declared = declared(lowering, node, DEEPEST, &mut rest);
    Annotation { declared, rest }
}

fn declared<'n>(lowering: &Lowering<'_>, node: Node<'n>, depth: usize, rest: &mut Vec<Node<'n>>) -> Option<String> {
    let depth = depth.checked_sub(1)?;
    match node.kind() {
        "type" | "parenthesized_expression" | "constrained_type" => {
            declared(lowering, named(node).next()?, depth, rest)
        }
        "identifier" => Some(lowering.text(node).to_owned()),
        "attribute" | "member_type" | "dotted_name" => path(lowering.text(node)),
        "string" => path(lowering.text(node).trim_matches(['"', '\''])),
        "none" => Some("None".to_owned()),
        "generic_type" => {
            let mut children = named(node);
            let base = lowering.text(children.next()?);
            let items = children.next().map(|items| named(items).collect()).unwrap_or_default();
            generic(lowering, base, items, depth, rest)
        }
        "subscript" => {
            let mut children = named(node);
            let base = lowering.text(children.next()?);
            generic(lowering, base, children.collect(), depth, rest)
        }
        "union_type" => one_of(lowering, named(node).collect(), depth, rest),
        "binary_operator" => {
            let sides = [node.child_by_field_name("left")?, node.child_by_field_name("right")?];
            one_of(lowering, sides.to_vec(), depth, rest)
        }
        _ => None,
    }
}

fn path(text: &str) -> Option<String> {
    let is_path = text.chars().all(|character| character.is_alphanumeric() || matches!(character, '_' | '.'));
    (is_path && !text.is_empty()).then(|| text.to_owned())
}

fn generic<'n>(
    lowering: &Lowering<'_>,
    base: &str,
    mut items: Vec<Node<'n>>,
    depth: usize,
    rest: &mut Vec<Node<'n>>,
) -> Option<String> {
    match base.rsplit('.').next() {
        Some("Optional" | "ClassVar" | "Final" | "Required" | "NotRequired" | "Mapped") => {
            declared(lowering, *items.first()?, depth, rest)
        }
        Some("Annotated") => {
            let of = *items.first()?;
            rest.extend(items.drain(..).skip(1));
            declared(lowering, of, depth, rest)
        }
        Some("Union") => one_of(lowering, items, depth, rest),
        _ => path(base),
    }
}

/// The type of a union that says least: one that is no number, where there is one.
fn one_of<'n>(lowering: &Lowering<'_>, items: Vec<Node<'n>>, depth: usize, rest: &mut Vec<Node<'n>>) -> Option<String> {
    let mut types = Vec::new();
    for item in items {
        let of = declared(lowering, item, depth, rest)?;
        if of != "None" {
            types.push(of);
        }
    }
    let loose = types.iter().position(|of| !matches!(of.as_str(), "int" | "float" | "bool"));
    (!types.is_empty()).then(|| types.swap_remove(loose.unwrap_or_default()))
}

/// The names and types in a route's address: `<int:name>`, `<name:int>`, `{name:int}`.
pub(super) fn converters(address: &str) -> impl Iterator<Item = (&str, &'static str)> {
    address.split(['<', '{']).skip(1).filter_map(|rest| {
        let (one, other) = rest.split(['>', '}']).next()?.split_once(':')?;
        let of = |word: &str| match word.trim() {
            "int" => Some("int"),
            "float" | "number" => Some("float"),
            "uuid" => Some("UUID"),
            _ => None,
        };
        of(one).map(|of| (other.trim(), of)).or_else(|| of(other).map(|of| (one.trim(), of)))
    })
}
