//! Sinks: whether the data that reaches one can harm there.

use std::rc::Rc;

use crate::flow::calls::Called;
use crate::flow::{Analysis, Hit};
use crate::ir::{Call, ExprId, Span};
use crate::path::PathId;
use crate::schema::{Level, Needs};
use crate::sql_text::{self, HolePlace, Piece};
use crate::table::Classes;
use crate::value::{Items, Part, Shape, StepId, Taint, Value};

/// Data that harms where it arrives.
struct Exposure {
    level: Level,
    step: StepId,
    /// It can only choose among names: a table, a column.
    lesser: bool,
}

/// Programs that run what stands in an argument.
const SHELLS: [&str; 12] =
    ["sh", "bash", "zsh", "dash", "ksh", "ash", "cmd", "cmd.exe", "powershell", "powershell.exe", "pwsh", "busybox"];

/// Options after which a shell's next word is a script.
const SCRIPT_OPTIONS: [&str; 8] = ["-c", "/c", "/C", "-lc", "-Command", "-command", "-ec", "-xc"];

impl Analysis<'_> {
    /// A call of a sink. Says whether its result is something else than what went in.
    pub(super) fn call_sink(&mut self, number: u16, called: &Called, _call: &Call) -> bool {
        let table = self.table;
        let sink = &table.sinks[usize::from(number)];
        if !self.called_holds(sink.tests, called) {
            return false;
        }
        let class = table.rules[usize::from(sink.rule)].class.as_deref();
        let hands_on = class.is_some_and(|class| {
            matches!(
                class,
                "sql" | "nosql" | "shell" | "ssrf" | "ldap" | "xpath" | "path" | "log" | "header" | "redirect"
            )
        });
        let arguments = self.arguments(called, &sink.sink.arguments);
        if sink.sink.needs == Needs::ShellWords && arguments.len() > 1 {
            let items = arguments.into_iter().flat_map(|value| match &value.shape {
                Shape::List(list) => list.items.iter().chain(&list.others).cloned().collect(),
                _ => vec![value.clone()],
            });
            let list = Items { items: items.collect(), others: None };
            let row = Value { taint: list.taint(), shape: Shape::List(Rc::new(list)), path: None };
            self.reached(number, &row, called.span, Some(called.path));
            return hands_on;
        }
        let values: Vec<Value> = arguments.into_iter().cloned().collect();
        for value in &values {
            self.reached(number, value, called.span, Some(called.path));
        }
        hands_on
    }

    /// A value that a function returns to whoever shows it.
    pub(super) fn returned_to_sink(&mut self, sink: u16, from: ExprId, value: &Value) {
        let span = self.program.span(from);
        if self.value_holds(self.table.sinks[usize::from(sink)].tests, value, Some(from)) {
            self.reached(sink, value, span, None);
        }
    }

    /// A value that reached a sink.
    pub(super) fn reached(&mut self, number: u16, value: &Value, span: Span, path: Option<PathId>) {
        let table = self.table;
        let sink = &table.sinks[usize::from(number)];
        if !self.alive.has(sink.rule) {
            return;
        }
        let class = table.classes[usize::from(sink.rule)];
        let Some(exposure) = exposure(sink.sink.needs, value, class) else { return };
        if exposure.level < sink.sink.least {
            return;
        }
        let rule = &table.rules[usize::from(sink.rule)];
        let name = path.map_or_else(|| "its response".to_owned(), |path| self.paths.print(path));
        self.hit(Hit {
            rule: sink.rule,
            span,
            confidence: exposure.level.min(sink.sink.confidence).min(rule.confidence),
            lesser: exposure.lesser,
            step: Some(exposure.step),
            sink: name.clone(),
            name,
            value: String::new(),
            fix: None,
        });
    }
}

fn exposure(needs: Needs, value: &Value, class: Classes) -> Option<Exposure> {
    match needs {
        Needs::Anything => of_taint(value.taint.as_deref(), class),
        Needs::Text => match &value.shape {
            Shape::List(_) | Shape::Map(_) | Shape::Number | Shape::Function(_) => None,
            _ => of_taint(value.taint.as_deref(), class),
        },
        Needs::Whole => match &value.shape {
            Shape::Parts(_) => None,
            _ => of_taint(value.taint.as_deref(), class),
        },
        Needs::Beginning => match &value.shape {
            Shape::Parts(parts) => match parts.first() {
                Some(Part::Hole(taint)) => of_taint(taint.as_deref(), class),
                Some(Part::Text(_)) | None => None,
            },
            _ => of_taint(value.taint.as_deref(), class),
        },
        Needs::Host => match &value.shape {
            Shape::Parts(parts) => host(parts, class),
            _ => of_taint(value.taint.as_deref(), class),
        },
        Needs::Sql => sql(value, class),
        Needs::Html => match &value.shape {
            Shape::List(_) | Shape::Map(_) => None,
            Shape::Parts(parts) => match parts.first() {
                // JSON that was put together by hand is not shown as a page.
                Some(Part::Text(text)) if text.trim_start().starts_with(['{', '[']) => None,
                _ => of_taint(value.taint.as_deref(), class),
            },
            _ => of_taint(value.taint.as_deref(), class),
        },
        Needs::ShellWords => shell(value, class),
    }
}

fn of_taint(taint: Option<&Taint>, class: Classes) -> Option<Exposure> {
    let (level, step) = taint?.worst(class)?;
    Some(Exposure { level, step, lesser: false })
}

/// The worst of several.
fn worst(exposures: impl Iterator<Item = Exposure>) -> Option<Exposure> {
    exposures.reduce(|one, other| {
        let rank = |exposure: &Exposure| (exposure.level, !exposure.lesser);
        if rank(&other) > rank(&one) { other } else { one }
    })
}

/// An address whose host the data can choose.
fn host(parts: &[Part], class: Classes) -> Option<Exposure> {
    let mut fixed = String::new();
    for part in parts {
        match part {
            Part::Text(text) => fixed.push_str(text),
            Part::Hole(taint) => {
                if is_host_fixed(&fixed) {
                    return None;
                }
                match of_taint(taint.as_deref(), class) {
                    Some(exposure) => return Some(exposure),
                    // An address of the program's own goes first.
                    None if fixed.is_empty() => return None,
                    None => fixed.push('x'),
                }
            }
        }
    }
    None
}

/// Whether scheme and host are settled by the beginning of an address.
fn is_host_fixed(beginning: &str) -> bool {
    match beginning.split_once("://") {
        Some((_, rest)) => rest.contains(['/', '?', '#']),
        // A path on the same host.
        None => !beginning.is_empty() && !beginning.starts_with("//"),
    }
}

fn sql(value: &Value, class: Classes) -> Option<Exposure> {
    match &value.shape {
        Shape::Parts(parts) => {
            let pieces: Vec<Piece<'_>> = parts
                .iter()
                .map(|part| match part {
                    Part::Text(text) => Piece::Text(text),
                    Part::Hole(_) => Piece::Hole,
                })
                .collect();
            let Some(reading) = sql_text::read(&pieces) else {
                // It does not read as SQL, but nothing else can be executed there: only a sure source counts.
                return of_taint(value.taint.as_deref(), class).filter(|exposure| exposure.level == Level::High);
            };
            let holes = parts.iter().filter_map(|part| if let Part::Hole(taint) = part { Some(taint) } else { None });
            worst(holes.zip(reading.holes).filter_map(|(taint, place)| {
                let exposure = of_taint(taint.as_deref(), class)?;
                Some(Exposure { lesser: place == HolePlace::Identifier, ..exposure })
            }))
        }
        Shape::List(_) | Shape::Map(_) | Shape::Number | Shape::Function(_) => None,
        // All of it comes from somewhere else. A function that runs what it is handed is a wrapper more often than a hole.
        _ => of_taint(value.taint.as_deref(), class).map(|exposure| Exposure {
            level: if exposure.level == Level::High { Level::High } else { Level::Low },
            ..exposure
        }),
    }
}

fn shell(value: &Value, class: Classes) -> Option<Exposure> {
    let Shape::List(list) = &value.shape else {
        return match &value.shape {
            Shape::Map(_) | Shape::Number | Shape::Function(_) => None,
            _ => of_taint(value.taint.as_deref(), class),
        };
    };
    let program = list.items.first();
    let is_shell = program.is_some_and(|program| match &program.shape {
        Shape::Text(text) => SHELLS.contains(&text.rsplit(['/', '\\']).next().unwrap_or(text)),
        // One constant or another: which shell it is depends on the machine.
        Shape::Constant => true,
        _ => false,
    });
    if is_shell {
        let option = list
            .items
            .iter()
            .position(|item| item.constant_text().is_some_and(|text| SCRIPT_OPTIONS.contains(&&**text)));
        let script = list.items.iter().skip(option.map_or(1, |option| option + 1)).chain(&list.others);
        return worst(script.filter_map(|item| of_taint(item.taint.as_deref(), class)));
    }
    // The program itself is chosen by the data, or all is in one text: `["ls " + name]`.
    let chosen = match program {
        Some(program) => of_taint(program.taint.as_deref(), class),
        None => of_taint(value.taint.as_deref(), class).map(|exposure| Exposure { level: Level::Low, ..exposure }),
    };
    // A constant command line such as `cmd /c dir x` in one item.
    let line = list.items.iter().find(|item| match &item.shape {
        Shape::Parts(parts) => matches!(parts.first(), Some(Part::Text(text)) if SHELLS.iter().any(|shell| text.starts_with(&format!("{shell} ")))),
        _ => false,
    });
    worst(chosen.into_iter().chain(line.and_then(|item| of_taint(item.taint.as_deref(), class))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_fixed_by_what_stands_before() {
        let cases = [
            ("https://example.com/", true),
            ("https://example.com/users?id=", true),
            ("https://example.com", false),
            ("https://", false),
            ("//", false),
            ("/", true),
            ("users/", true),
            ("", false),
        ];
        for (beginning, expected) in cases {
            assert_eq!(is_host_fixed(beginning), expected, "{beginning}");
        }
    }
}
