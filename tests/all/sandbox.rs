//! The sandbox's promises: exact limits, the same fuel everywhere, nothing of the machine.

use proofhouse::types::{Bytes, Fuel, LimitOverrides, Limits, Outcome, Seconds};
use proofhouse::{Cache, Program, Reuse, Run, Sandbox, SandboxOptions, Slot};
use proofhouse_tests::{cache, sandbox};

fn program(source: &str) -> Program {
    Program { name: "program.py".to_owned(), source: source.into(), ..Program::default() }
}

fn limits(overrides: LimitOverrides) -> Limits {
    overrides.over(&Limits::default())
}

fn run(slot: &mut Slot<'_>, source: &str) -> Run {
    slot.run(&program(source), &Limits::default()).unwrap()
}

fn stdout(run: &Run) -> String {
    String::from_utf8_lossy(&run.stdout).into_owned()
}

const WORK: &str = "
import random, time, uuid, os, hashlib
words = {str(n): n for n in range(500)}
print(sorted(set(words), key=hash)[:3], random.random(), uuid.uuid4(), os.urandom(4), time.time_ns(), id(words) % 4096)
print(hashlib.sha256(repr(list({*'abcdef'})).encode()).hexdigest())
";

#[test]
fn what_programs_can_import_is_listed() {
    let listed: Vec<&str> = sandbox().inventory().lines().filter_map(|line| line.split(' ').next()).collect();
    for module in ["json", "hmac", "secrets", "zipfile", "xml.etree.ElementTree"] {
        assert!(listed.contains(&module), "{module} of {}", listed.len());
    }
    for module in ["bz2", "tkinter", "_ssl"] {
        assert!(!listed.contains(&module), "{module}");
    }
}

#[test]
fn the_same_program_gives_the_same_output_and_fuel_in_every_slot_and_thread() {
    let first = sandbox().with_slot(|slot| run(slot, WORK)).unwrap();
    assert_eq!(first.ran.outcome, Outcome::Passed, "{:?}", first.ran);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let again = sandbox().with_slot(|slot| {
                    // Another history in the slot, one that ends in a trap, must not show.
                    run(slot, "import random; random.seed(1); big = [0] * 10**6");
                    let short = limits(LimitOverrides { fuel: Some(Fuel(50_000_000)), ..LimitOverrides::default() });
                    let ended = slot.run(&program("while True: pass"), &short).unwrap();
                    assert_eq!(ended.ran.outcome, Outcome::OutOfFuel);
                    (run(slot, WORK), run(slot, WORK))
                });
                assert_eq!(again.unwrap(), (first.clone(), first.clone()));
            });
        }
    });
}

#[test]
fn where_instances_are_never_used_again_everything_is_the_same() {
    let options = SandboxOptions { reuse: Reuse::Never, ..SandboxOptions::default() };
    let fresh = Sandbox::open(&Cache::new(cache()), options, &mut |_| {}).unwrap();
    let runs = fresh.with_slot(|slot| {
        let runs = [run(slot, WORK), run(slot, WORK)];
        assert_eq!(slot.instances(), 2);
        runs
    });
    let reused = sandbox().with_slot(|slot| run(slot, WORK)).unwrap();
    assert_eq!(runs.unwrap(), [reused.clone(), reused]);
}

#[test]
fn fuel_is_exact() {
    sandbox()
        .with_slot(|slot| {
            let source = "total = 0\nfor n in range(10000):\n    total += n\n";
            let used = run(slot, source).ran.fuel;
            let with = |slot: &mut Slot<'_>, fuel| {
                let limits = limits(LimitOverrides { fuel: Some(Fuel(fuel)), ..LimitOverrides::default() });
                slot.run(&program(source), &limits).unwrap().ran.outcome
            };
            assert_eq!(with(slot, used.0 + 1), Outcome::Passed);
            // wasmtime checks at calls and loops, so it may let a little more than the limit through.
            assert_eq!(with(slot, used.0 - 20_000), Outcome::OutOfFuel);
        })
        .unwrap();
}

#[test]
fn limits_hold_at_the_limit_and_one_past_it() {
    #[track_caller]
    fn check(overrides: LimitOverrides, at: &str, past: &str, outcome: Outcome) {
        let limits = limits(overrides);
        let (at_run, past_run) = sandbox()
            .with_slot(|slot| (slot.run(&program(at), &limits).unwrap(), slot.run(&program(past), &limits).unwrap()))
            .unwrap();
        assert_eq!(at_run.ran.outcome, Outcome::Passed, "{at}: {:?}", at_run.ran);
        assert_eq!(past_run.ran.outcome, outcome, "{past}: {:?}", past_run.ran);
    }
    let none = LimitOverrides::default;
    check(
        LimitOverrides { output: Some(Bytes(100)), ..none() },
        "import sys; sys.stdout.write('x' * 60); sys.stderr.write('y' * 40)",
        "import sys; sys.stdout.write('x' * 60); sys.stdout.flush(); sys.stderr.write('y' * 41)",
        Outcome::OutputLimit,
    );
    check(
        LimitOverrides { files: Some(3), ..none() },
        "import os; os.mkdir('d'); open('d/a', 'w'); os.symlink('a', 'd/b')",
        "import os; os.mkdir('d'); open('d/a', 'w'); os.symlink('a', 'd/b'); open('c', 'w')",
        Outcome::DiskLimit,
    );
    check(
        LimitOverrides { disk: Some(Bytes(1000)), ..none() },
        "open('a', 'wb').write(bytes(600)); open('b', 'wb').write(bytes(400))",
        "open('a', 'wb').write(bytes(600)); open('b', 'wb').write(bytes(401))",
        Outcome::DiskLimit,
    );
    check(
        LimitOverrides { virtual_time: Some(Seconds(10)), ..none() },
        "import time; time.sleep(4); time.sleep(6)",
        "import time; time.sleep(4); time.sleep(6); time.sleep(0.001)",
        Outcome::VirtualTimeLimit,
    );
    check(
        LimitOverrides { stack: Some(Bytes(1 << 20)), ..none() },
        "x = []\nfor _ in range(100): x = [x]\nrepr(x)",
        "x = []\nfor _ in range(100000): x = [x]\nrepr(x)",
        Outcome::StackOverflow,
    );
}

#[test]
fn a_host_call_that_takes_too_long_is_a_fault_and_no_outcome() {
    let no_time = limits(LimitOverrides { wall: Some(Seconds(0)), ..LimitOverrides::default() });
    let fault = sandbox().with_slot(|slot| slot.run(&program("print(1)"), &no_time)).unwrap().unwrap_err();
    assert_eq!(fault.to_string(), "host calls took longer than 0s");
}

#[test]
fn time_runs_with_sleeping_and_with_fuel() {
    let run = sandbox().with_slot(|slot| {
        run(
            slot,
            "
import time, datetime
print(datetime.datetime.fromtimestamp(time.time(), datetime.UTC).date())
start = time.monotonic()
time.sleep(3600)
print(int(time.monotonic() - start))
start = time.perf_counter_ns()
for _ in range(1000): pass
print(time.perf_counter_ns() > start)
",
        )
    });
    assert_eq!(stdout(&run.unwrap()), "2026-01-01\n3600\nTrue\n");
}

#[test]
fn files_go_in_and_come_out_and_vanish_with_the_run() {
    let mut given = program(
        "
import os
text = open('in/given.txt').read()
open('out.txt', 'w').write(text.upper())
os.remove('in/given.txt')
print(os.getcwd(), sorted(os.listdir('/')))
",
    );
    given.files.insert("in/given.txt".to_owned(), b"hello".to_vec());
    sandbox()
        .with_slot(|slot| {
            let ran = slot.run(&given, &Limits::default()).unwrap();
            assert_eq!(stdout(&ran), "/work ['tmp', 'usr', 'work']\n", "{:?}", ran.ran);
            assert_eq!(
                ran.files.into_iter().collect::<Vec<_>>(),
                [("in/".to_owned(), Vec::new()), ("out.txt".to_owned(), b"HELLO".to_vec())]
            );
            assert_eq!(stdout(&run(slot, "import os; print(os.listdir())")), "[]\n");
        })
        .unwrap();
}

#[test]
fn an_import_from_outside_the_snapshot_costs_no_compilation() {
    // Compiling xml.dom.minidom and what it imports takes about ten times this fuel.
    let run =
        sandbox().with_slot(|slot| run(slot, "import sys; assert 'xml' not in sys.modules; import xml.dom.minidom"));
    let ran = run.unwrap().ran;
    assert_eq!(ran.outcome, Outcome::Passed);
    assert!((1_000_000..60_000_000).contains(&ran.fuel.0), "{}", ran.fuel);
}

#[test]
fn modules_that_generated_programs_import_late_are_there() {
    let source = "
import doctest, pydoc, pdb, timeit, email, http.client, tarfile, zipfile, configparser, tomllib, secrets, graphlib
import xml.etree.ElementTree, html.parser, optparse, ipaddress, difflib, cProfile, zoneinfo, sched, wave, plistlib

def double(x):
    '''
    >>> double(2)
    4
    '''
    return 2 * x

print(doctest.testmod())
";
    let run = sandbox().with_slot(|slot| run(slot, source)).unwrap();
    assert_eq!(stdout(&run), "TestResults(failed=0, attempted=1)\n", "{:?}", run.ran);
}

#[test]
fn a_slot_is_kept_after_a_normal_end_and_rebuilt_after_a_trap_or_growth() {
    sandbox()
        .with_slot(|slot| {
            for source in ["pass", "1 / 0", "import sys; sys.exit(3)"] {
                run(slot, source);
            }
            assert_eq!(slot.instances(), 1);
            run(slot, "import os; os._exit(0)");
            run(slot, "big = bytearray(10**8)");
            run(slot, "pass");
            assert_eq!(slot.instances(), 3);
            assert_eq!(slot.audit(), Vec::<usize>::new());
        })
        .unwrap();
}

/// Linux says of more than 512 dirty ranges that its walk ended early, though it did not.
#[test]
fn a_run_that_dirties_pages_everywhere_keeps_its_instance() {
    let everywhere = program(
        "
import sys
kept = [value for module in list(sys.modules.values()) for value in list(vars(module).values())]
kept += [value for kind in kept if isinstance(kind, type) for value in vars(kind).values()]
print(len(kept) > 10_000)
",
    );
    sandbox()
        .with_slot(|slot| {
            for _ in 0..3 {
                assert_eq!(stdout(&slot.run(&everywhere, &Limits::default()).unwrap()), "True\n");
                assert_eq!(slot.audit(), Vec::<usize>::new());
            }
            assert_eq!(slot.instances(), 1);
        })
        .unwrap();
}
