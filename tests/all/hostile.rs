//! Every program of `fixtures/hostile` ends as its header says, and leaves nothing behind.

use proofhouse::types::{LimitOverrides, Limits, Outcome, Submission, Task};
use proofhouse::{Program, Slot};
use proofhouse_tests::{Header, files, grader, sandbox};

const KEYS: [&str; 6] = ["outcome", "because", "limits", "message", "stdout", "repeat"];

/// A program that passes only in an interpreter that nobody has touched.
const CLEAN: &str = "
import builtins, json, os, sys
assert json.loads('[1]') == [1] and os.listdir('/work') == [] and os.listdir('/tmp') == []
assert len(sys.argv) == 1 and not os.environ and sum([1, 2]) == 3 and print is builtins.print
print('clean')
";

fn limits(header: &Header) -> Limits {
    let text = header.get("limits").unwrap_or("");
    let mut json = serde_json::Map::new();
    for part in text.split(',').filter(|part| !part.trim().is_empty()) {
        let (name, value) = part.split_once('=').expect("a limit is `name=value`");
        let number = value.trim().replace('_', "").parse::<u64>();
        json.insert(name.trim().to_owned(), number.map_or_else(|_| value.trim().into(), Into::into));
    }
    let overrides: LimitOverrides = serde_json::from_value(json.into()).expect("limits are known");
    overrides.over(&Limits::default())
}

/// What is wrong with how the program ended.
fn check(slot: &mut Slot<'_>, name: &str, bytes: &[u8]) -> Option<String> {
    let header = Header::of(bytes, &KEYS);
    let expected = header.get("outcome").expect("every program says its outcome");
    assert!(header.get("because").is_some(), "{name} says why");
    let repeats = header.get("repeat").map_or(1, |text| text.parse().expect("a number"));
    let source = if repeats > 1 { header.body.repeat(repeats) } else { bytes.to_vec() };
    let program = Program { name: name.to_owned(), source, ..Program::default() };
    let run = match slot.run(&program, &limits(&header)) {
        Ok(run) => run,
        Err(fault) => return Some(format!("{name}: fault: {fault}")),
    };
    let got = run.ran.outcome.to_string();
    let stdout = String::from_utf8_lossy(&run.stdout).replace('\n', "\\n");
    if got != expected {
        return Some(format!("{name}: {expected} expected, got {got}: {}", run.ran.message));
    }
    if let Some(message) = header.get("message").filter(|message| !run.ran.message.contains(*message)) {
        return Some(format!("{name}: `{message}` expected in `{}`", run.ran.message));
    }
    if let Some(expected) = header.get("stdout").filter(|expected| stdout != **expected) {
        return Some(format!("{name}: stdout `{expected}` expected, got `{stdout}`"));
    }
    let differs = slot.audit();
    if !differs.is_empty() {
        return Some(format!("{name}: {} pages differ from the snapshot afterwards", differs.len()));
    }
    None
}

#[test]
fn every_hostile_reply_ends_as_its_header_says() {
    let grader = grader();
    let task = Task::new("add", "def add(a, b):\n").test("adds", "assert add(1, 2) == 3");
    let all = files("hostile", &["md"]);
    assert!(all.len() >= 4, "the set is there");
    for file in all {
        let header = Header::of(&std::fs::read(&file).unwrap(), &KEYS);
        let reply = String::from_utf8(header.body.clone()).unwrap();
        let report = grader.grade(&task, &Submission::reply("add", &reply)).unwrap();
        let outcome = report.outcome.unwrap().to_string();
        assert_eq!((Some(outcome.as_str()), report.passed), (header.get("outcome"), false), "{}", file.display());
    }
}

#[test]
fn every_hostile_program_ends_as_its_header_says_and_the_next_runs_clean() {
    let all = files("hostile", &["py"]);
    assert!(all.len() >= 100, "the set is there");
    let wrong = sandbox().with_slot(|slot| {
        let mut wrong = Vec::new();
        for file in &all {
            let name = file.file_name().unwrap().to_string_lossy();
            wrong.extend(check(slot, &name, &std::fs::read(file).unwrap()));
            let clean = Program { source: CLEAN.into(), name: "clean.py".into(), ..Program::default() };
            let after = slot.run(&clean, &Limits::default()).unwrap();
            if after.ran.outcome != Outcome::Passed || after.stdout != b"clean\n" {
                wrong.push(format!("after {name}: {:?}", after.ran));
            }
        }
        wrong
    });
    let wrong = wrong.unwrap();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), all.len(), wrong.join("\n"));
}
