//! What is asked of Piston, read and refused in its own words.

use proofhouse_types::Limits;
use semver::Version;
use serde_json::{Map, Value};

use super::version::satisfies;
use super::{ALIASES, LANGUAGE, VERSION, refused};
use crate::config::Ceilings;
use crate::error::Foreign;
use crate::routes::compat::files::{self, Files};
use crate::routes::compat::limits::{Asked, seconds_of};
use crate::worker::ProgramFrame;

/// Piston's own defaults for a run, in milliseconds.
const DEFAULT_MS: f64 = 3000.0;

/// A program and its limits, or what is wrong, by the checks and in the order of Piston's own.
pub(super) fn program(body: &[u8], ceilings: &Ceilings) -> Result<(ProgramFrame, Limits), Foreign> {
    let body: Map<String, Value> = serde_json::from_slice(body).map_err(|error| refused(&error.to_string()))?;
    let text = |field: &str| body.get(field).and_then(Value::as_str).filter(|text| !text.is_empty());
    let language = text("language").ok_or_else(|| refused("language is required as a string"))?;
    let version = text("version").ok_or_else(|| refused("version is required as a string"))?;
    let files = body.get("files").and_then(Value::as_array).ok_or_else(|| refused("files is required as an array"))?;
    for (index, file) in files.iter().enumerate() {
        if !file.get("content").is_some_and(Value::is_string) {
            return Err(refused(&format!("files[{index}].content is required as a string")));
        }
    }
    let runs = Version::parse(VERSION).expect("a constant that is tested");
    if (language != LANGUAGE && !ALIASES.contains(&language)) || !satisfies(&runs, version) {
        return Err(refused(&format!("{language}-{version} runtime is unknown")));
    }
    let Some(main) = files.iter().position(|file| encoding(file) == Encoding::Utf8) else {
        return Err(refused("files must include at least one utf8 encoded file"));
    };
    let limits = asked(&body, ceilings)?.limits(ceilings);
    let read = read_files(files, main, &limits)?;
    let source = read.get(&name(files, main)?).cloned().unwrap_or_default();
    let program = ProgramFrame {
        name: name(files, main)?,
        source,
        arguments: arguments(&body)?,
        stdin: stdin(&body)?.into_bytes(),
        files: read,
    };
    Ok((program, limits))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Utf8,
    Base64,
    Hex,
}

/// An encoding that is none means the first, as there.
fn encoding(file: &Value) -> Encoding {
    match file.get("encoding").and_then(Value::as_str) {
        Some("base64") => Encoding::Base64,
        Some("hex") => Encoding::Hex,
        Some(_) | None => Encoding::Utf8,
    }
}

fn name(files: &[Value], index: usize) -> Result<String, Foreign> {
    let named = files[index].get("name").and_then(Value::as_str).filter(|name| !name.is_empty());
    let name = named.map_or_else(|| format!("file{index}.code"), str::to_owned);
    files::place(&name).map_err(|error| refused(&error.to_string()))
}

/// All files: the program is one of them, and may read itself.
fn read_files(files: &[Value], main: usize, limits: &Limits) -> Result<Files, Foreign> {
    let mut read = Files::new();
    let main_name = name(files, main)?;
    for (index, file) in files.iter().enumerate() {
        let content = file.get("content").and_then(Value::as_str).unwrap_or_default();
        let bytes = match encoding(file) {
            Encoding::Utf8 => content.as_bytes().to_vec(),
            Encoding::Base64 => files::decoded(content),
            Encoding::Hex => hex(content),
        };
        let name = name(files, index)?;
        if index == main || name != main_name {
            read.insert(name, bytes);
        }
    }
    files::check(&read, limits).map_err(|error| refused(&error.to_string()))?;
    Ok(read)
}

/// Pairs of digits up to the first that is none, as Node's `Buffer.from` has it.
fn hex(text: &str) -> Vec<u8> {
    let digit = |byte: u8| (byte as char).to_digit(16).map(|digit| digit as u8);
    let pair = |pair: &[u8]| match pair {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    };
    text.as_bytes().chunks(2).map_while(pair).collect()
}

/// The end of the last line is added where it lacks, as there.
fn stdin(body: &Map<String, Value>) -> Result<String, Foreign> {
    let mut stdin = match body.get("stdin") {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(_) => return Err(refused("stdin must be a string")),
    };
    if !stdin.ends_with('\n') {
        stdin.push('\n');
    }
    Ok(stdin)
}

fn arguments(body: &Map<String, Value>) -> Result<Vec<String>, Foreign> {
    let wrong = || refused("args must be an array of strings");
    match body.get("args") {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(arguments)) => {
            arguments.iter().map(|argument| argument.as_str().map(str::to_owned).ok_or_else(wrong)).collect()
        }
        Some(_) => Err(wrong()),
    }
}

/// The limits on the run. Those on compiling are checked alike and then let be: nothing is compiled.
fn asked(body: &Map<String, Value>, ceilings: &Ceilings) -> Result<Asked, Foreign> {
    let most_ms = (seconds_of(ceilings.fuel) * 1000.0).floor();
    let configured = [("memory_limit", ceilings.memory.0 as f64), ("timeout", most_ms), ("cpu_time", most_ms)];
    for (constraint, most) in configured {
        for stage in ["compile", "run"] {
            limit(body, &format!("{stage}_{constraint}"), most)?;
        }
    }
    let run = |constraint: &str| body.get(constraint).and_then(Value::as_f64).filter(|value| *value > 0.0);
    Ok(Asked {
        cpu_seconds: run("run_cpu_time").unwrap_or_else(|| run("run_timeout").unwrap_or(DEFAULT_MS)) / 1000.0,
        wall_seconds: run("run_timeout").unwrap_or_else(|| run("run_cpu_time").unwrap_or(DEFAULT_MS)) / 1000.0,
        memory_bytes: run("run_memory_limit").map(|bytes| bytes as u64),
    })
}

/// A limit that is a number and not above the configured one. What is negative asks for none, as `-1` does in the documentation.
fn limit(body: &Map<String, Value>, name: &str, most: f64) -> Result<(), Foreign> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(()),
        Some(value) => match value.as_f64() {
            None => Err(refused(&format!("If specified, {name} must be a number"))),
            Some(asked) if asked > most => {
                Err(refused(&format!("{name} cannot exceed the configured limit of {most}")))
            }
            Some(_) => Ok(()),
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::routes::compat::limits::fuel_of;

    fn read(body: Value) -> Result<(ProgramFrame, Limits), String> {
        let read = program(body.to_string().as_bytes(), &Ceilings::default());
        read.map_err(|error| error.body()["message"].as_str().unwrap().to_owned())
    }

    fn with(fields: Value) -> Result<(ProgramFrame, Limits), String> {
        let mut body = json!({"language": "python", "version": "*", "files": [{"content": "print(1)"}]});
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        read(body)
    }

    #[test]
    fn the_first_text_is_the_program_and_the_others_lie_beside_it() {
        let files = json!([
            {"name": "data.bin", "content": "/w==", "encoding": "base64"},
            {"content": "import helper"},
            {"name": "helper.py", "content": "783d31zz", "encoding": "hex"},
        ]);
        let (program, limits) = with(json!({"files": files, "args": ["a"], "stdin": "in"})).unwrap();
        assert_eq!((program.name.as_str(), program.source.as_slice()), ("file1.code", &b"import helper"[..]));
        assert_eq!(
            (program.files["data.bin"].as_slice(), program.files["helper.py"].as_slice()),
            (&[0xff][..], &b"x=1"[..])
        );
        assert_eq!((program.arguments, program.stdin), (vec!["a".to_owned()], b"in\n".to_vec()));
        assert_eq!((limits.fuel, limits.virtual_time.0), (fuel_of(3.0), 3));
    }

    #[test]
    fn times_are_milliseconds_and_memory_is_bytes() {
        let limits = |fields| with(fields).unwrap().1;
        let both = limits(json!({"run_timeout": 10_000, "run_cpu_time": 500, "run_memory_limit": 134_217_728}));
        assert_eq!((both.fuel, both.virtual_time.0, both.memory.0), (fuel_of(0.5), 10, 128 << 20));
        assert_eq!(limits(json!({"run_timeout": 1500})).fuel, fuel_of(1.5));
        let none = limits(json!({"compile_memory_limit": -1, "run_memory_limit": -1, "compile_timeout": 10_000}));
        assert_eq!(none.memory, Limits::default().memory);
    }

    #[test]
    fn refusals_are_worded_as_there() {
        let cases = [
            (json!({"language": 1}), "language is required as a string"),
            (json!({"version": null}), "version is required as a string"),
            (json!({"files": {}}), "files is required as an array"),
            (json!({"files": [{"name": "a"}]}), "files[0].content is required as a string"),
            (json!({"language": "rust"}), "rust-* runtime is unknown"),
            (json!({"version": "2.7.18"}), "python-2.7.18 runtime is unknown"),
            (
                json!({"files": [{"content": "", "encoding": "hex"}]}),
                "files must include at least one utf8 encoded file",
            ),
            (json!({"run_timeout": "1"}), "If specified, run_timeout must be a number"),
            (json!({"run_timeout": 30_001}), "run_timeout cannot exceed the configured limit of 30000"),
            (json!({"compile_cpu_time": 1e9}), "compile_cpu_time cannot exceed the configured limit of 30000"),
            (
                json!({"run_memory_limit": 1u64 << 31}),
                "run_memory_limit cannot exceed the configured limit of 1073741824",
            ),
            (json!({"files": [{"name": "../a", "content": ""}]}), "the path `../a` leads out of the working directory"),
            (json!({"args": [1]}), "args must be an array of strings"),
        ];
        for (fields, expected) in cases {
            assert_eq!(with(fields.clone()).unwrap_err(), expected, "{fields}");
        }
        assert!(with(json!({"run_timeout": 30_000})).is_ok());
    }
}
