//! Every program of `fixtures/threads` runs without threads of the machine's own.

use proofhouse::types::Limits;
use proofhouse::{Program, Run, Slot};
use proofhouse_tests::{Header, files, sandbox};

fn run(slot: &mut Slot<'_>, name: &str, source: &[u8]) -> Run {
    let program = Program { name: name.to_owned(), source: source.to_vec(), ..Program::default() };
    slot.run(&program, &Limits::default()).unwrap()
}

#[test]
fn programs_with_threads_end_as_their_headers_say_and_repeat_exactly() {
    let all = files("threads", &["py"]);
    assert!(all.len() >= 40, "the set is there");
    let wrong = sandbox().with_slot(|slot| {
        let mut wrong = Vec::new();
        for file in &all {
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            let bytes = std::fs::read(file).unwrap();
            let header = Header::of(&bytes, &["outcome", "shows"]);
            let (expected, kind) =
                header.get("outcome").map(|text| text.split_once(' ').unwrap_or((text, ""))).unwrap();
            let first = run(slot, &name, &bytes);
            if first.ran.outcome.to_string() != expected || !first.ran.message.contains(kind) {
                wrong.push(format!("{name}: {expected} {kind} expected, got {:?}", first.ran));
            }
            if run(slot, &name, &bytes) != first {
                wrong.push(format!("{name}: the second run differs from the first"));
            }
        }
        wrong
    });
    let wrong = wrong.unwrap();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), all.len(), wrong.join("\n"));
}
