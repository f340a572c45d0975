//! Rust: the names of types.

use tree_sitter::Node;

use crate::lower::Lowering;
use crate::lower::literals::sound;
use crate::symbols::Symbol;

/// Wrappers that a value is reached through as if they were not there.
const WRAPPERS: [&str; 11] =
    ["Option", "Result", "Box", "Arc", "Rc", "Mutex", "RwLock", "RefCell", "Cell", "Cow", "Pin"];

/// Extractors of web frameworks: of a plain value they are that value.
const EXTRACTORS: [&str; 4] = ["Path", "Query", "Form", "Json"];

/// Values that no attack fits into.
const PLAIN: [&str; 17] = [
    "u8",
    "u16",
    "u32",
    "u64",
    "u128",
    "usize",
    "i8",
    "i16",
    "i32",
    "i64",
    "i128",
    "isize",
    "f32",
    "f64",
    "bool",
    "Uuid",
    "NaiveDate",
];

/// The name of a type, as the head of `rust` says; none for what has none.
pub(super) fn declared(lowering: &mut Lowering<'_>, node: Option<Node<'_>>) -> Option<Symbol> {
    let mut node = node?;
    let mut brackets = "";
    let name = loop {
        match node.kind() {
            "reference_type" | "pointer_type" => node = node.child_by_field_name("type")?,
            "array_type" => {
                brackets = "[]";
                node = node.child_by_field_name("element")?;
            }
            "abstract_type" | "dynamic_type" => node = node.child_by_field_name("trait")?,
            "bounded_type" => node = sound(node).next()?,
            "generic_type" | "generic_type_with_turbofish" => {
                let outer = node.child_by_field_name("type")?;
                let mut arguments = node.child_by_field_name("type_arguments").into_iter().flat_map(sound);
                let first = arguments.find(|argument| argument.kind() != "lifetime");
                let last = lowering.text(outer).rsplit("::").next().unwrap_or_default();
                match first {
                    Some(inner) if WRAPPERS.contains(&last) => node = inner,
                    Some(inner) if EXTRACTORS.contains(&last) && PLAIN.contains(&lowering.text(inner)) => node = inner,
                    // Without a type in it, `Path` is one of the file system.
                    Some(_) if EXTRACTORS.contains(&last) => break format!("extract.{last}"),
                    _ => break path(lowering.text(outer)),
                }
            }
            "tuple_type" | "unit_type" => break "tuple".to_owned(),
            "function_type" => break "Fn".to_owned(),
            "never_type" | "metavariable" | "macro_invocation" | "_" => return None,
            _ if lowering.text(node) == "_" => return None,
            _ => break path(lowering.text(node)),
        }
    };
    Some(lowering.symbol(&format!("{name}{brackets}")))
}

fn path(text: &str) -> String {
    // Generics inside a path, `a::B<C>::D`, are rare enough to be cut off with what follows.
    let text = text.split('<').next().unwrap_or_default();
    text.split("::").map(str::trim).filter(|segment| !segment.is_empty()).collect::<Vec<_>>().join(".")
}
