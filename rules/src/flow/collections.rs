//! Lists and maps: what their methods do with items and entries.

use std::rc::Rc;

use crate::flow::Analysis;
use crate::flow::calls::Called;
use crate::flow::expressions::list_item;
use crate::flow::targets::pushed;
use crate::ir::ExprId;
use crate::value::{Entries, Items, Part, Shape, Value, join_taint};

impl Analysis<'_> {
    /// Methods of lists and maps.
    pub(super) fn collection_method(
        &mut self,
        name: &str,
        of: ExprId,
        receiver: &Value,
        called: &Called,
    ) -> Option<Value> {
        let arguments: Vec<&Value> = called.arguments.iter().map(|given| &given.value).collect();
        match &receiver.shape {
            Shape::List(list) => self.list_method(name, of, list, receiver, &arguments),
            Shape::Map(map) => self.map_method(name, of, map, receiver, &arguments),
            _ => self.unknown_collection(name, of, receiver, &arguments),
        }
    }

    fn list_method(
        &mut self,
        name: &str,
        of: ExprId,
        list: &Rc<Items>,
        receiver: &Value,
        arguments: &[&Value],
    ) -> Option<Value> {
        let slot = self.root(of);
        let changed = |analysis: &mut Self, list: Items| {
            let value = Value { taint: list.taint(), shape: Shape::List(Rc::new(list)), path: receiver.path };
            if let Some(slot) = slot {
                analysis.environment.set(slot, value.clone());
            }
            value
        };
        Some(match (name, arguments) {
            (
                "append" | "add" | "push" | "Add" | "push_back" | "addLast" | "Push" | "offer" | "enqueue" | "Enqueue",
                [item],
            ) => changed(self, pushed(list, (*item).clone())),
            ("push" | "concat", items) if !items.is_empty() => {
                let list = items.iter().fold((**list).clone(), |list, item| match &item.shape {
                    Shape::List(more) if name == "concat" => {
                        more.items.iter().chain(&more.others).fold(list, |list, item| pushed(&list, item.clone()))
                    }
                    _ => pushed(&list, (*item).clone()),
                });
                changed(self, list)
            }
            ("insert" | "add" | "Insert", [at, item]) => {
                let mut list = (**list).clone();
                let at = at.constant_integer().and_then(|at| usize::try_from(at).ok());
                match at.filter(|&at| at <= list.items.len() && list.others.is_none()) {
                    Some(at) => list.items.insert(at, (*item).clone()),
                    None => {
                        list = pushed(&Items { others: Some(receiver.any_item()), ..Items::default() }, (*item).clone())
                    }
                }
                changed(self, list)
            }
            ("unshift" | "addFirst" | "appendleft" | "prepend", [item]) => {
                let mut list = (**list).clone();
                list.items.insert(0, (*item).clone());
                changed(self, list)
            }
            ("set" | "Set", [at, item]) => {
                if let Some(slot) = slot {
                    self.put_entry_of(slot, at, (*item).clone());
                }
                Value::of(Shape::Constant)
            }
            ("extend" | "addAll" | "AddRange", [more]) => {
                let items = match &more.shape {
                    Shape::List(more) => more.items.iter().chain(&more.others).cloned().collect(),
                    _ => vec![more.any_item()],
                };
                changed(self, items.into_iter().fold((**list).clone(), |list, item| pushed(&list, item)))
            }
            (
                "pop" | "remove" | "removeAt" | "RemoveAt" | "shift" | "delete_at" | "removeFirst" | "removeLast"
                | "poll" | "popleft",
                at,
            ) => {
                let place = match (name, at) {
                    ("pop" | "removeLast", []) => Some(-1),
                    ("shift" | "removeFirst" | "poll" | "popleft", []) => Some(0),
                    (_, [at]) => at.constant_integer(),
                    _ => None,
                };
                let item = place.and_then(|place| list_item(list, place)).unwrap_or_else(|| receiver.any_item());
                let mut list = (**list).clone();
                let length = i64::try_from(list.items.len()).ok()?;
                let place = place.map(|place| if place < 0 { place + length } else { place });
                match place.and_then(|place| usize::try_from(place).ok()).filter(|&place| place < list.items.len()) {
                    Some(place) => drop(list.items.remove(place)),
                    // An item by its value, or nobody knows which: it may be any.
                    None => list = Items { items: Vec::new(), others: Some(receiver.any_item()) },
                }
                changed(self, list);
                item
            }
            ("clear", []) => changed(self, Items::default()),
            ("get" | "elementAt" | "ElementAt" | "at" | "getItem" | "fetch", [at]) => match at.constant_integer() {
                Some(at) => list_item(list, at).unwrap_or_else(|| receiver.any_item()),
                None => receiver.any_item(),
            },
            ("first" | "getFirst" | "First" | "peek" | "front", []) => {
                list_item(list, 0).unwrap_or_else(|| receiver.any_item())
            }
            ("last" | "getLast" | "Last" | "back", []) => list_item(list, -1).unwrap_or_else(|| receiver.any_item()),
            (
                "size" | "length" | "count" | "Count" | "len" | "contains" | "includes" | "Contains" | "indexOf"
                | "isEmpty" | "is_empty" | "index",
                _,
            ) => Value::of(Shape::Number),
            ("join", [separator]) => join(&list.items, list.others.as_ref(), separator),
            ("join", []) => join(&list.items, list.others.as_ref(), &Value::text(",")),
            (
                "copy" | "slice" | "toArray" | "ToArray" | "to_a" | "clone" | "reverse" | "sort" | "stream" | "toList"
                | "collect" | "iterator" | "iter",
                _,
            ) => Value { shape: Shape::List(Rc::clone(list)), taint: receiver.taint.clone(), path: None },
            _ => return None,
        })
    }

    fn map_method(
        &mut self,
        name: &str,
        of: ExprId,
        map: &Rc<Entries>,
        receiver: &Value,
        arguments: &[&Value],
    ) -> Option<Value> {
        let slot = self.root(of);
        let found = |key: &Value| match key.constant_text() {
            Some(key) => map.get(key).cloned().or_else(|| map.others.clone()),
            None => Some(receiver.any_item()),
        };
        Some(match (name, arguments) {
            (
                "put" | "set" | "Add" | "setdefault" | "setProperty" | "store" | "insert" | "putIfAbsent",
                [key, value],
            ) => {
                if let Some(slot) = slot {
                    self.put_entry_of(slot, key, (*value).clone());
                }
                Value::of(Shape::Constant)
            }
            ("set", [section, key, value]) => {
                if let Some(slot) = slot {
                    self.put_entry_of(slot, &pair(section, key), (*value).clone());
                }
                Value::of(Shape::Constant)
            }
            ("add_section" | "addSection", _) => Value::of(Shape::Constant),
            ("get" | "getProperty" | "fetch" | "pop" | "remove" | "getOrDefault" | "GetValueOrDefault", [key]) => {
                found(key).unwrap_or_else(|| Value::tainted(receiver.taint.clone()))
            }
            ("get", [section, key]) if map.entries.iter().any(|(name, _)| name.contains(PAIRED)) => {
                found(&pair(section, key)).unwrap_or_default()
            }
            ("get" | "getProperty" | "fetch" | "pop" | "getOrDefault" | "GetValueOrDefault", [key, default]) => {
                found(key).map_or_else(|| (*default).clone(), |value| value.join(default))
            }
            ("update" | "putAll" | "merge", [other]) => {
                let mut map = (**map).clone();
                match &other.shape {
                    Shape::Map(other) => other.entries.iter().for_each(|(key, value)| map.set(key, value.clone())),
                    _ => map.add_other(other.any_item()),
                }
                let value = Value { taint: map.taint(), shape: Shape::Map(Rc::new(map)), path: receiver.path };
                if let Some(slot) = slot {
                    self.environment.set(slot, value);
                }
                Value::of(Shape::Null)
            }
            ("keys" | "keySet" | "Keys", []) => Value::tainted(None),
            ("values" | "Values", []) => {
                let items = map.entries.iter().map(|(_, value)| value.clone()).collect();
                let list = Items { items, others: map.others.clone() };
                Value { taint: list.taint(), shape: Shape::List(Rc::new(list)), path: None }
            }
            (
                "containsKey" | "has" | "ContainsKey" | "has_key" | "key?" | "size" | "isEmpty" | "has_section"
                | "has_option",
                _,
            ) => Value::of(Shape::Number),
            _ => return None,
        })
    }

    /// A list or map of which nothing is known yet: `new Foo()` that something is added to.
    fn unknown_collection(&mut self, name: &str, of: ExprId, receiver: &Value, arguments: &[&Value]) -> Option<Value> {
        match (name, arguments) {
            (
                "add" | "append" | "push" | "Add" | "put" | "set" | "insert" | "write" | "addAll" | "setAttribute"
                | "putExtra",
                [.., item],
            ) => {
                if item.taint.is_some() && !matches!(receiver.shape, Shape::Text(_) | Shape::Parts(_)) {
                    self.taint_holder(of, item);
                }
                None
            }
            _ => None,
        }
    }
}

/// What joins the section and the key of an entry.
const PAIRED: char = '\u{1f}';

fn pair(section: &Value, key: &Value) -> Value {
    match (section.constant_text(), key.constant_text()) {
        (Some(section), Some(key)) => Value::text(&format!("{section}{PAIRED}{key}")),
        _ => Value::default(),
    }
}

/// Items with a separator between them.
pub(super) fn join(items: &[Value], others: Option<&Value>, separator: &Value) -> Value {
    if let Some(others) = others {
        let taint =
            items.iter().fold(others.taint.clone(), |taint, item| join_taint(taint.as_ref(), item.taint.as_ref()));
        return match taint {
            // A list of placeholders, as in `", ".join(["?"] * n)`.
            None => Value::of(Shape::Constant),
            Some(taint) => Value::from_parts(vec![Part::Hole(Some(taint))]),
        };
    }
    let mut parts = Vec::new();
    for (number, item) in items.iter().enumerate() {
        if number > 0 {
            parts.extend(separator.parts());
        }
        parts.extend(item.parts());
    }
    Value::from_parts(parts)
}
