//! Texts that are built from a format and values: `%`, `.format`, `sprintf`, `join`, `concat`.

use crate::flow::Analysis;
use crate::flow::calls::Called;
use crate::flow::collections::join;
use crate::value::{Part, Shape, Value};

impl Analysis<'_> {
    /// Functions that build texts, by their last name.
    pub(super) fn text_building(&mut self, name: &str, called: &Called) -> Option<Value> {
        let values: Vec<Value> = called.arguments.iter().map(|given| given.value.clone()).collect();
        let receiver = called.receiver.as_ref().map(|(_, value)| value);
        let on_text = receiver.filter(|value| matches!(value.shape, Shape::Text(_) | Shape::Parts(_)));
        match (name, on_text) {
            ("format" | "format_map", Some(format)) => Some(self.braces(format, called)),
            ("formatted" | "%", Some(format)) => Some(percents(format, &values)),
            ("join", Some(separator)) => match values.first().map(|value| &value.shape) {
                Some(Shape::List(list)) => Some(join(&list.items, list.others.as_ref(), separator)),
                _ => Some(Value::tainted(values.first().and_then(|value| value.taint.clone()))),
            },
            (
                "Sprintf" | "sprintf" | "Sprint" | "Sprintln" | "vsprintf" | "Errorf" | "format" | "Format" | "printf",
                None,
            ) if !values.is_empty() => {
                // A locale may come first.
                let at = values.iter().position(|value| matches!(value.shape, Shape::Text(_) | Shape::Parts(_)))?;
                let format = &values[at];
                let text = format.constant_text().map_or("", |text| text);
                if text.contains('%') {
                    Some(percents(format, &values[at + 1..]))
                } else if text.contains('{') {
                    Some(self.braces(format, called))
                } else {
                    Some(Value::from_parts(values[at..].iter().flat_map(Value::parts).collect()))
                }
            }
            ("implode", None) => match (values.first(), values.get(1).map(|value| &value.shape)) {
                (Some(separator), Some(Shape::List(list))) => Some(join(&list.items, list.others.as_ref(), separator)),
                _ => None,
            },
            // `strings.Join(list, separator)`, `String.join(separator, items...)`, `String.Join`, `String.Concat`.
            ("Join" | "join", None) => self.joined(&values, receiver),
            ("Concat", None) => Some(Value::from_parts(values.iter().flat_map(Value::parts).collect())),
            ("Replace" | "replace" | "ReplaceAll" | "replaceAll", Some(text)) => Some(replaced(text, &values)),
            _ => None,
        }
    }

    fn joined(&mut self, values: &[Value], receiver: Option<&Value>) -> Option<Value> {
        let name = receiver.and_then(|value| value.path).and_then(|path| self.paths.last_name(path))?;
        match (name, values) {
            ("strings", [list, separator]) => match &list.shape {
                Shape::List(list) => Some(join(&list.items, list.others.as_ref(), separator)),
                _ => None,
            },
            ("String" | "string", [separator, items @ ..]) => match items {
                [Value { shape: Shape::List(list), .. }] => Some(join(&list.items, list.others.as_ref(), separator)),
                _ => Some(join(items, None, separator)),
            },
            // Folders, in whatever module: the pieces in order.
            ("path" | "Path" | "filepath" | "File", items) => Some(join(items, None, &Value::text("/"))),
            _ => None,
        }
    }

    /// `%` on a text.
    pub(super) fn percent(&mut self, format: &Value, arguments: &Value) -> Value {
        match &arguments.shape {
            Shape::List(list) if list.others.is_none() => percents(format, &list.items),
            Shape::Map(map) => {
                let values: Vec<Value> =
                    map.entries.iter().map(|(_, value)| value.clone()).chain(map.others.clone()).collect();
                named(format, &values, |name| map.get(name).cloned())
            }
            _ => percents(format, std::slice::from_ref(arguments)),
        }
    }

    /// `{}`, `{0}`, `{name}` in a text.
    fn braces(&mut self, format: &Value, called: &Called) -> Value {
        let positional: Vec<&Value> = called
            .arguments
            .iter()
            .filter(|given| given.name.is_none() && !std::ptr::eq(&raw const given.value, format))
            .map(|given| &given.value)
            .collect();
        // A format among the arguments is the first text.
        let skip = usize::from(
            called.receiver.as_ref().is_none_or(|(_, value)| !matches!(value.shape, Shape::Text(_) | Shape::Parts(_))),
        );
        let mut next = 0;
        let mut parts = Vec::new();
        for part in format.parts() {
            let Part::Text(text) = part else {
                parts.push(part);
                continue;
            };
            let mut rest = &*text;
            while let Some(open) = rest.find('{') {
                parts.push(Part::Text(rest[..open].into()));
                rest = &rest[open + 1..];
                if let Some(after) = rest.strip_prefix('{') {
                    parts.push(Part::Text("{".into()));
                    rest = after;
                    continue;
                }
                let Some(close) = rest.find('}') else { break };
                let name = rest[..close].split([':', '!', '.', '[', ',']).next().unwrap_or_default();
                rest = &rest[close + 1..];
                let value = match name.parse::<usize>() {
                    Ok(number) => positional.get(number + skip).copied(),
                    Err(_) if name.is_empty() => {
                        next += 1;
                        positional.get(next - 1 + skip).copied()
                    }
                    Err(_) => {
                        let given = called.arguments.iter();
                        let mut given =
                            given.filter(|given| given.name.is_some_and(|symbol| self.program.name(symbol) == name));
                        given.next().map(|given| &given.value)
                    }
                };
                match value {
                    Some(value) => parts.extend(value.parts()),
                    None => {
                        // `*arguments`, `**names`: any of them.
                        let any = called.arguments.iter().filter(|given| given.is_spread).map(|given| &given.value);
                        let taint = any
                            .fold(None, |taint, value| crate::value::join_taint(taint.as_ref(), value.taint.as_ref()));
                        parts.push(Part::Hole(taint));
                    }
                }
            }
            parts.push(Part::Text(rest.into()));
        }
        Value::from_parts(parts)
    }
}

/// `%s`, `%d`, `%1$s` in a text.
fn percents(format: &Value, values: &[Value]) -> Value {
    let mut next = 0;
    let mut parts = Vec::new();
    for part in format.parts() {
        let Part::Text(text) = part else {
            parts.push(part);
            continue;
        };
        let mut rest = &*text;
        while let Some(at) = rest.find('%') {
            parts.push(Part::Text(rest[..at].into()));
            rest = &rest[at + 1..];
            let directive = rest.find(|letter: char| letter.is_ascii_alphabetic() || letter == '%');
            let Some(end) = directive else { break };
            let letter = rest.as_bytes()[end];
            let flags = &rest[..end];
            rest = &rest[end + 1..];
            if letter == b'%' {
                parts.push(Part::Text("%".into()));
                continue;
            }
            let value = match flags.split_once('$').and_then(|(number, _)| number.parse::<usize>().ok()) {
                Some(number) => number.checked_sub(1).and_then(|number| values.get(number)),
                None => {
                    next += 1;
                    values.get(next - 1)
                }
            };
            match value {
                // Numbers carry nothing else.
                Some(_)
                    if matches!(
                        letter,
                        b'd' | b'i' | b'f' | b'F' | b'g' | b'e' | b'x' | b'X' | b'o' | b'u' | b'c' | b'b'
                    ) =>
                {
                    parts.push(Part::Hole(None));
                }
                Some(value) => parts.extend(value.parts()),
                None => {
                    let all = values
                        .iter()
                        .fold(None, |taint, value| crate::value::join_taint(taint.as_ref(), value.taint.as_ref()));
                    parts.push(Part::Hole(all));
                }
            }
        }
        parts.push(Part::Text(rest.into()));
    }
    Value::from_parts(parts)
}

/// `%(name)s` in a text.
fn named(format: &Value, all: &[Value], find: impl Fn(&str) -> Option<Value>) -> Value {
    let Some(text) = format.constant_text() else { return percents(format, all) };
    let mut parts = Vec::new();
    let mut rest = &**text;
    while let Some(at) = rest.find("%(") {
        parts.push(Part::Text(rest[..at].into()));
        rest = &rest[at + 2..];
        let Some(close) = rest.find(')') else { break };
        let value = find(&rest[..close]).unwrap_or_default();
        rest = &rest[close + 1..];
        let skip = rest.find(|letter: char| letter.is_ascii_alphabetic()).map_or(rest.len(), |at| at + 1);
        rest = &rest[skip..];
        parts.extend(value.parts());
    }
    parts.push(Part::Text(rest.into()));
    Value::from_parts(parts)
}

/// A text in which something was replaced by something else.
fn replaced(text: &Value, values: &[Value]) -> Value {
    match (text.constant_text(), values) {
        (Some(whole), [from, to, ..]) => match (from.constant_text(), to.constant_text()) {
            (Some(from), Some(to)) if !from.is_empty() => Value::text(&whole.replace(&**from, to)),
            (Some(from), None) if !from.is_empty() => {
                let mut parts = Vec::new();
                for (number, piece) in whole.split(&**from).enumerate() {
                    if number > 0 {
                        parts.extend(to.parts());
                    }
                    parts.push(Part::Text(piece.into()));
                }
                Value::from_parts(parts)
            }
            _ => Value::from_parts(text.parts().into_iter().chain(to.parts()).collect()),
        },
        _ => text.clone(),
    }
}
