//! C and C++: library functions that write to what they are handed. Their calls assign, so that the analysis follows the data.
//!
//! A call that fills a buffer from outside is the buffer's new value: `(buf := fgets(buf, n, f))`. One that copies, appends or
//! prints stays beside the assignment: `opaque(strcpy(d, s), (d := s))`.

use tree_sitter::Node;

use super::formats::{Piece, print_format};
use crate::ir::{ExprId, ExprKind};
use crate::lower::Lowering;
use crate::lower::literals::sound;

/// What a function does to its arguments, which are counted from 0.
enum Effect {
    /// Fills it from outside.
    Read(usize),
    /// Fills those from this one on from outside.
    ReadAll(usize),
    /// Fills those from this one on from the first argument.
    Scan(usize),
    Copy {
        to: usize,
        from: usize,
    },
    Append {
        to: usize,
        from: usize,
    },
    /// Prints by the format at this position.
    Print {
        to: usize,
        format: usize,
    },
}

fn effect(name: &str) -> Option<Effect> {
    Some(match name {
        "gets" | "fgets" | "fread" | "gets_s" | "fgetws" | "getcwd" | "getline" | "getdelim" => Effect::Read(0),
        "read" | "recv" | "recvfrom" | "pread" | "SSL_read" | "BIO_read" | "readlink" | "gethostname" => {
            Effect::Read(1)
        }
        "scanf" | "wscanf" | "scanf_s" => Effect::ReadAll(1),
        "fscanf" | "fwscanf" => Effect::ReadAll(2),
        "sscanf" | "swscanf" => Effect::Scan(2),
        "strcpy" | "strncpy" | "stpcpy" | "stpncpy" | "strlcpy" | "memcpy" | "memmove" | "mempcpy" | "wcscpy"
        | "wcsncpy" | "lstrcpy" | "lstrcpyA" | "CopyMemory" | "StrCpy" => Effect::Copy { to: 0, from: 1 },
        "bcopy" => Effect::Copy { to: 1, from: 0 },
        "strcpy_s" | "strncpy_s" | "memcpy_s" => Effect::Copy { to: 0, from: 2 },
        "strcat" | "strncat" | "strlcat" | "wcscat" | "wcsncat" | "lstrcat" | "lstrcatA" | "StrCat" => {
            Effect::Append { to: 0, from: 1 }
        }
        "strcat_s" | "strncat_s" => Effect::Append { to: 0, from: 2 },
        "sprintf" | "vsprintf" | "asprintf" | "vasprintf" | "wsprintf" | "wsprintfA" => {
            Effect::Print { to: 0, format: 1 }
        }
        "snprintf" | "vsnprintf" | "swprintf" | "sprintf_s" | "_snprintf" | "StringCbPrintf" | "StringCchPrintf" => {
            Effect::Print { to: 0, format: 2 }
        }
        "sqlite3_snprintf" => Effect::Print { to: 1, format: 2 },
        _ => return None,
    })
}

/// A call, with what it writes.
pub(super) fn written(
    lowering: &mut Lowering<'_>,
    node: Node<'_>,
    callee: ExprId,
    list: Node<'_>,
    values: Vec<ExprId>,
) -> ExprId {
    let name = match lowering.program.kind(callee) {
        ExprKind::Name(name) | ExprKind::Field { name, .. } => *name,
        _ => return lowering.call(callee, values, node),
    };
    let is_method = matches!(lowering.program.kind(callee), ExprKind::Field { .. });
    let name = lowering.program.name(name);
    let effect = match name {
        // A stream's own: `in.getline(buf, n)`. Strings have methods by the other names.
        "getline" | "read" | "readsome" | "get" if is_method && values.len() > 1 => Some(Effect::Read(0)),
        _ if is_method => None,
        // C++ reads from the first argument into the second.
        "getline" if sound(list).next().is_some_and(|first| first.kind() != "pointer_expression") => {
            Some(Effect::Read(1))
        }
        _ => effect(name),
    };
    let is_plain_text_format = name == "swprintf";
    let call = lowering.call(callee, values.clone(), node);
    let Some(effect) = effect else { return call };
    let get = |at: usize| values.get(at).copied();
    match effect {
        Effect::Read(at) => assigned(lowering, node, get(at), call),
        Effect::ReadAll(from) => {
            let target = targets(lowering, node, &values, from);
            assigned(lowering, node, target, call)
        }
        Effect::Scan(from) => {
            let target = targets(lowering, node, &values, from);
            let value = lowering.add(ExprKind::Opaque(get(0).into_iter().collect()), node);
            beside(lowering, node, call, target, value)
        }
        Effect::Copy { to, from } => match get(from) {
            Some(value) => beside(lowering, node, call, get(to), value),
            None => call,
        },
        Effect::Append { to, from } => match (get(to), get(from)) {
            (Some(target), Some(more)) => {
                let value = lowering.add(ExprKind::Format(vec![target, more]), node);
                beside(lowering, node, call, Some(target), value)
            }
            _ => call,
        },
        Effect::Print { to, format } => {
            // Wide printing has a size or not, by the compiler.
            let is_text = |at: usize| get(at).is_some_and(|id| matches!(lowering.program.kind(id), ExprKind::Text(_)));
            let format = if is_plain_text_format && !is_text(format) && is_text(1) { 1 } else { format };
            let value = printed(lowering, node, &values, format);
            beside(lowering, node, call, get(to), value)
        }
    }
}

fn assigned(lowering: &mut Lowering<'_>, node: Node<'_>, target: Option<ExprId>, value: ExprId) -> ExprId {
    match target.and_then(|target| place(lowering, target)) {
        Some(target) => lowering.add(ExprKind::Assign { target, value }, node),
        None => value,
    }
}

fn beside(lowering: &mut Lowering<'_>, node: Node<'_>, call: ExprId, target: Option<ExprId>, value: ExprId) -> ExprId {
    match target.and_then(|target| place(lowering, target)) {
        Some(target) => {
            let assign = lowering.add(ExprKind::Assign { target, value }, node);
            lowering.add(ExprKind::Opaque(vec![call, assign]), node)
        }
        None => call,
    }
}

/// What is written to: the variable under casts and offsets.
fn place(lowering: &Lowering<'_>, target: ExprId) -> Option<ExprId> {
    let mut target = target;
    loop {
        target = match lowering.program.kind(target) {
            ExprKind::Cast { value, .. } => *value,
            ExprKind::Sum(parts) => *parts.first()?,
            ExprKind::Name(_) | ExprKind::Field { .. } | ExprKind::Index { .. } | ExprKind::List(_) => {
                return Some(target);
            }
            _ => return None,
        };
    }
}

fn targets(lowering: &mut Lowering<'_>, node: Node<'_>, values: &[ExprId], from: usize) -> Option<ExprId> {
    let found: Vec<_> = values.iter().skip(from).filter_map(|value| place(lowering, *value)).collect();
    match found.as_slice() {
        [] => None,
        [only] => Some(*only),
        _ => Some(lowering.add(ExprKind::List(found), node)),
    }
}

/// What printing gives: its pieces where the format is known, anything of its arguments where not.
fn printed(lowering: &mut Lowering<'_>, node: Node<'_>, values: &[ExprId], format: usize) -> ExprId {
    let known = values.get(format).map(|id| lowering.program.kind(*id));
    let Some(ExprKind::Text(text)) = known else {
        let parts = values.iter().skip(format).copied().collect();
        return lowering.add(ExprKind::Opaque(parts), node);
    };
    let pieces = print_format(text);
    let mut rest = values.iter().skip(format + 1).copied();
    let mut parts = Vec::with_capacity(pieces.len());
    for piece in pieces {
        match piece {
            Piece::Text(text) => parts.push(lowering.add(ExprKind::Text(text.into()), node)),
            Piece::Width => {
                rest.next();
            }
            Piece::Number => {
                let value = match rest.next() {
                    Some(value) => value,
                    None => lowering.add(ExprKind::Number, node),
                };
                let to = lowering.symbol("int");
                parts.push(lowering.add(ExprKind::Cast { to, value }, node));
            }
            Piece::Value => {
                // `vsprintf` has its values in a list that nobody sees.
                let value = rest.next();
                parts.push(value.unwrap_or_else(|| lowering.add(ExprKind::Opaque(Vec::new()), node)));
            }
        }
    }
    lowering.add(ExprKind::Format(parts), node)
}
