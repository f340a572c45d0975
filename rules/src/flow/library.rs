//! What well-known functions do with their values, whatever the language calls their classes: texts, lists, maps, builders.

use std::rc::Rc;

use crate::environment::Slot;
use crate::flow::Analysis;
use crate::flow::calls::Called;
use crate::flow::expressions::character;
use crate::ir::{ExprId, ExprKind};
use crate::path::{Paths, Segment};
use crate::value::{Entries, Items, Shape, Value};

impl Analysis<'_> {
    /// The result of a call that is known by its name; none where it is not.
    pub(super) fn library(&mut self, called: &Called, callbacks: Option<&Value>) -> Option<Value> {
        let Segment::Name(symbol) = self.paths.segment(called.path) else { return None };
        let name = self.paths.text(symbol).to_owned();
        let of_module = matches!(
            name.as_str(),
            "StringIO"
                | "ConfigParser"
                | "RawConfigParser"
                | "SafeConfigParser"
                | "OrderedDict"
                | "defaultdict"
                | "deque"
        );
        if (called.is_new || called.receiver.is_none() || of_module)
            && let Some(value) = self.constructed(&name, called)
        {
            return Some(value);
        }
        if let Some(value) = self.text_building(&name, called) {
            return Some(value);
        }
        if let Some(value) = converted(&self.paths, &name, called) {
            return Some(value);
        }
        let (of, receiver) = called.receiver.as_ref()?;
        if let (Some(item), "map" | "flatMap" | "Select" | "collect") = (callbacks, name.as_str()) {
            let taint = item.taint.clone();
            let list = Items { items: Vec::new(), others: Some(item.clone()) };
            return Some(Value { shape: Shape::List(Rc::new(list)), taint, path: None });
        }
        self.collection_method(&name, *of, receiver, called)
            .or_else(|| text_method(&name, receiver, called))
            .or_else(|| self.builder_method(&name, *of, receiver, called))
    }

    /// `list()`, `new HashMap()`, `String(x)` and their like.
    fn constructed(&mut self, name: &str, called: &Called) -> Option<Value> {
        let first = called.arguments.first().map(|given| &given.value);
        let path = Some(called.path);
        Some(match name {
            "ArrayList" | "LinkedList" | "Vector" | "Stack" | "List" | "HashSet" | "TreeSet" | "LinkedHashSet"
            | "ArrayDeque" | "list" | "set" | "tuple" | "Set" | "Array" | "frozenset" | "deque" => match first {
                None => Value { shape: Shape::List(Rc::default()), taint: None, path },
                Some(value) => match &value.shape {
                    Shape::List(list) => {
                        Value { shape: Shape::List(Rc::clone(list)), taint: value.taint.clone(), path }
                    }
                    Shape::Integer(_) | Shape::Number => Value { shape: Shape::List(Rc::default()), taint: None, path },
                    _ => return None,
                },
            },
            "HashMap" | "TreeMap" | "LinkedHashMap" | "Hashtable" | "ConcurrentHashMap" | "Dictionary" | "Map"
            | "dict" | "OrderedDict" | "defaultdict" | "ConfigParser" | "RawConfigParser" | "SafeConfigParser"
            | "Properties" => {
                let mut map = Entries::default();
                for given in &called.arguments {
                    match (given.name, &given.value.shape) {
                        (Some(name), _) => {
                            let key: Rc<str> = self.program.name(name).into();
                            map.set(&key, given.value.clone());
                        }
                        (None, Shape::Map(other)) => {
                            other.entries.iter().for_each(|(key, value)| map.set(key, value.clone()));
                            other.others.iter().for_each(|value| map.add_other(value.clone()));
                        }
                        (None, Shape::Integer(_) | Shape::Number | Shape::Function(_)) => {}
                        (None, _) => map.add_other(given.value.clone()),
                    }
                }
                Value { taint: map.taint(), shape: Shape::Map(Rc::new(map)), path }
            }
            "StringBuilder" | "StringBuffer" | "StringIO" | "StringWriter" => match first {
                Some(value) if !matches!(value.shape, Shape::Integer(_) | Shape::Number) => {
                    Value { path, ..Value::from_parts(value.parts()) }
                }
                _ => Value { path, ..Value::text("") },
            },
            // A pattern is known by its text.
            "RegExp" | "Regexp" => match first.map(|value| &value.shape) {
                Some(Shape::Text(text)) => Value { shape: Shape::Text(Rc::clone(text)), taint: None, path },
                _ => return None,
            },
            // Each item with its place.
            "enumerate" => {
                let pair = Items { items: vec![Value::of(Shape::Number), self.item_of(first?)], others: None };
                let others = Value { taint: pair.taint(), shape: Shape::List(Rc::new(pair)), path: None };
                let list = Items { items: Vec::new(), others: Some(others) };
                Value { taint: list.taint(), shape: Shape::List(Rc::new(list)), path: None }
            }
            "str" | "String" | "strval" | "unicode" | "bytes" | "bytearray" | "repr" | "string" | "ToString"
            | "to_string" => {
                let value = first?;
                Value { path: None, ..value.clone() }
            }
            "len" | "count" | "strlen" | "sizeof" | "size" | "bool" | "isinstance" | "hasattr" | "callable" | "any"
            | "all" | "ord" | "hash" | "id" => match first.and_then(Value::constant_text) {
                Some(text) if matches!(name, "len" | "strlen") => {
                    Value::of(Shape::Integer(i64::try_from(text.chars().count()).ok()?))
                }
                _ => Value::of(Shape::Number),
            },
            _ => return None,
        })
    }

    /// Builders of text: `builder.append(x)`.
    fn builder_method(&mut self, name: &str, of: ExprId, receiver: &Value, called: &Called) -> Option<Value> {
        let is_text = matches!(receiver.shape, Shape::Text(_) | Shape::Parts(_)) || self.is_builder(receiver);
        if !is_text
            || !matches!(
                name,
                "append"
                    | "Append"
                    | "AppendLine"
                    | "WriteString"
                    | "WriteRune"
                    | "WriteByte"
                    | "push_str"
                    | "concat"
                    | "write"
                    | "insert"
                    | "AppendFormat"
                    | "<<"
            )
        {
            return None;
        }
        let mut parts =
            if matches!(receiver.shape, Shape::Text(_) | Shape::Parts(_)) { receiver.parts() } else { Vec::new() };
        parts.extend(called.arguments.iter().flat_map(|given| given.value.parts()));
        let value = Value { path: receiver.path, ..Value::from_parts(parts) };
        // `concat` gives a new text; the others change theirs.
        if name != "concat"
            && let Some(slot) = self.root(of)
        {
            self.environment.set(slot, value.clone());
        }
        Some(value)
    }

    fn is_builder(&self, value: &Value) -> bool {
        let name = value.path.and_then(|path| self.paths.last_name(path));
        name.is_some_and(|name| {
            matches!(name, "StringBuilder" | "StringBuffer" | "Builder" | "Buffer" | "StringIO" | "StringWriter")
        }) && value.taint.as_ref().is_none_or(|taint| taint.level() == crate::schema::Level::Low)
    }

    /// The variable that a chain of calls works on: of `list.append(x).append(y)`, `list`.
    pub(super) fn root(&mut self, of: ExprId) -> Option<Slot> {
        let mut at = of;
        loop {
            if let Some(slot) = self.slot(at) {
                return Some(slot);
            }
            let ExprKind::Call(call) = self.program.kind(at) else { return None };
            let ExprKind::Field { of, .. } = self.program.kind(call.callee) else { return None };
            at = *of;
        }
    }
}

/// Functions that give the same constant for the same constants: encodings and their like.
fn converted(paths: &Paths<'_>, name: &str, called: &Called) -> Option<Value> {
    let converts = matches!(
        name,
        "from"
            | "fromhex"
            | "b64decode"
            | "b64encode"
            | "unhexlify"
            | "hexlify"
            | "getBytes"
            | "GetBytes"
            | "encode"
            | "decode"
            | "hex2bin"
            | "base64_decode"
            | "base64_encode"
            | "pack"
            | "DecodeString"
            | "bytes"
            | "bytearray"
            | "fromHex"
            | "FromHexString"
            | "FromBase64String"
            | "parseHex"
            | "decodeBase64"
            | "toByteArray"
            | "toCharArray"
            | "ToCharArray"
            | "parse"
            | "unpack"
            | "b"
            | "strict_decode64"
            | "decode64"
    );
    let known = |value: &Value| value.is_constant();
    let all_known = called.arguments.iter().all(|given| known(&given.value));
    let from_something =
        !called.arguments.is_empty() || called.receiver.as_ref().is_some_and(|(_, value)| known(value));
    // `base64.decode("a2V5")` converts what it gets, `key.decode("ascii")` what it is called on.
    let of_receiver =
        called.arguments.first().and_then(|given| given.value.constant_text()).is_some_and(|text| is_charset(text));
    let is_module = |value: &Value| {
        matches!(value.shape, Shape::Unknown)
            && value.taint.as_ref().is_none_or(|taint| taint.level() == crate::schema::Level::Low)
    };
    let by_module = called.receiver.as_ref().is_none_or(|(_, value)| known(value) || !of_receiver && is_module(value));
    // `SecureRandom.bytes(16)` is no conversion.
    let draws = called.receiver.as_ref().is_some_and(|(_, value)| {
        value
            .path
            .and_then(|path| paths.last_name(path))
            .is_some_and(|name| name.to_ascii_lowercase().contains("random"))
    });
    (converts && all_known && from_something && by_module && !draws).then(|| Value::of(Shape::Constant))
}

/// Whether a text names an encoding of texts.
fn is_charset(text: &str) -> bool {
    let name = text.replace(['-', '_'], "").to_ascii_lowercase();
    matches!(
        &*name,
        "utf8"
            | "utf16"
            | "utf16le"
            | "utf16be"
            | "utf32"
            | "ascii"
            | "usascii"
            | "latin1"
            | "iso88591"
            | "cp1252"
            | "windows1252"
    )
}

/// Methods of texts.
fn text_method(name: &str, receiver: &Value, called: &Called) -> Option<Value> {
    let arguments: Vec<&Value> = called.arguments.iter().map(|given| &given.value).collect();
    let constant = receiver.constant_text();
    let number = |at: usize| arguments.get(at).and_then(|value| value.constant_integer());
    Some(match name {
        "strip" | "trim" | "lstrip" | "rstrip" | "trimStart" | "trimEnd" | "Trim" | "chomp" | "toString"
        | "ToString" | "to_s" | "encode" | "decode" | "getBytes" | "str" | "string" | "clone" | "freeze" | "dup"
        | "as_str" | "to_string" | "to_owned" | "into" | "unwrap" | "expect" | "String" | "intern" | "valueOf"
        | "copy" | "as_bytes" | "build" | "normalize" | "unwrap_or_default" | "getvalue" | "bytes" | "c_str" => {
            match constant {
                Some(text) => Value::text(text.trim()),
                None if called.arguments.is_empty() || !receiver_is_module(receiver) => {
                    Value { path: None, ..receiver.clone() }
                }
                None => return None,
            }
        }
        "lower" | "toLowerCase" | "ToLower" | "downcase" | "upper" | "toUpperCase" | "ToUpper" | "upcase" | "title"
        | "capitalize" => match constant {
            Some(text) if name.to_ascii_lowercase().contains("low") || name == "downcase" => {
                Value::text(&text.to_lowercase())
            }
            Some(text) if name.to_ascii_lowercase().contains("up") => Value::text(&text.to_uppercase()),
            _ => Value { path: None, ..receiver.clone() },
        },
        "length" | "size" | "len" | "count" | "indexOf" | "find" | "index" | "hashCode" | "compareTo"
        | "lastIndexOf" | "charCodeAt" => match (constant, name) {
            (Some(text), "length" | "size" | "len") => {
                Value::of(Shape::Integer(i64::try_from(text.chars().count()).ok()?))
            }
            (Some(_), _) => Value::of(Shape::Number),
            (None, "find" | "index" | "count") => return None,
            (None, _) => Value::of(Shape::Number),
        },
        "charAt" | "at" | "CharAt" => match (constant, number(0)) {
            (Some(text), Some(at)) => character(text, at),
            _ => return None,
        },
        "equals" | "equalsIgnoreCase" | "Equals" => {
            match (constant, arguments.first().and_then(|value| value.constant_text())) {
                (Some(one), Some(other)) => Value::of(Shape::Bool(one == other)),
                _ => Value::of(Shape::Number),
            }
        }
        "startsWith" | "endsWith" | "startswith" | "endswith" | "isdigit" | "isalpha" | "isalnum" | "isnumeric"
        | "isEmpty" | "is_empty" | "StartsWith" | "EndsWith" | "start_with?" | "end_with?" | "empty?" | "nil?"
        | "matches" | "contains" | "includes" | "Contains" => Value::of(Shape::Number),
        "substring" | "substr" | "Substring" | "slice" => match (constant, number(0), number(1)) {
            (Some(text), Some(from), to) => {
                let from = usize::try_from(from).ok()?;
                let to = to.and_then(|to| usize::try_from(to).ok()).unwrap_or(usize::MAX);
                let to = if matches!(name, "substr" | "Substring") { to.saturating_add(from) } else { to };
                Value::text(&text.chars().skip(from).take(to.saturating_sub(from)).collect::<String>())
            }
            _ => Value { path: None, ..Value::tainted(receiver.taint.clone()) },
        },
        "hexdigest" | "hexDigest" => Value::of(Shape::Number),
        "append" | "concat" if constant.is_none() && !matches!(receiver.shape, Shape::Parts(_)) => return None,
        _ => return None,
    })
}

/// A module or a class is called on: the argument is what counts.
fn receiver_is_module(receiver: &Value) -> bool {
    matches!(receiver.shape, Shape::Unknown)
        && receiver.taint.as_ref().is_none_or(|taint| taint.level() == crate::schema::Level::Low)
}
