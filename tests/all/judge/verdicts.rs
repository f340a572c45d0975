//! What is proof, whose fuel and whose fault it is, and which tasks are judged how.

use proofhouse::Isolating;
use proofhouse::types::{Blame, IsolationMode, Outcome, Submission, Task};

use super::{ends, grade, grader, isolated, only, passes, task};

#[test]
fn names_of_the_tests_come_from_the_task_where_it_has_them() {
    let mut task = task("encode", &["assert decode(encode('ab')) == 'ab'\nassert math.floor(LIMIT) == 2"]);
    task.prompt = "def decode(s):\n    return s[::-1]\n\ndef encode(s):\n    \"\"\"Turns round.\"\"\"\n".to_owned();
    task.reference = Some("import math\nLIMIT = 2.5\ndef encode(s):\n    return s[::-1]\n".to_owned());
    let solution = "LIMIT = 2.5\ndef decode(s):\n    return 'ab'\ndef encode(s):\n    return 'wrong'\n";
    let report = isolated().grade(&task, &Submission::program("t", solution)).unwrap();
    assert_eq!((report.outcome, report.tests[0].calls), (Some(Outcome::Failed), 1), "{:?}", report.tests);
    let right = "LIMIT = 2.5\ndef encode(s):\n    return s[::-1]\n";
    assert!(isolated().grade(&task, &Submission::program("t", right)).unwrap().passed);
}

#[test]
fn a_pass_needs_an_assertion_that_held() {
    ends(
        "def f():\n    return []\n",
        "for x in f():\n    assert x > 0",
        Outcome::Failed,
        "no assertion of the test was reached",
    );
    passes("def f():\n    pass\n", "f()");
    ends(
        "def f():\n    pass\n",
        "def check(g):\n    assert g() is None\n",
        Outcome::Failed,
        "no assertion of the test was reached",
    );
}

#[test]
fn limits_are_each_guests_own_and_say_whose_they_were() {
    let check = |solution: &str, test: &str, outcome: Outcome| {
        let report = grade(solution, &[test, "assert g() == 1"]);
        let ended: Vec<_> = report.tests.iter().map(|test| (test.outcome, test.blame)).collect();
        assert_eq!(
            ended,
            [(outcome, Some(Blame::Solution)), (Outcome::Passed, None)],
            "{solution}: {:?}",
            report.tests
        );
    };
    let with_g = |body: &str| format!("import os, sys, time\ndef g(): return 1\ndef f():\n    {body}\n");
    check(&with_g("while True: pass"), "assert f()", Outcome::OutOfFuel);
    check(
        &with_g("while True: pass"),
        "try:\n    f()\nexcept BaseException:\n    pass\nassert True",
        Outcome::OutOfFuel,
    );
    check(&with_g("x = 'a' * 10**9"), "assert f()", Outcome::OutOfMemory);
    check(&with_g("while True: print('x' * 999)"), "assert f()", Outcome::OutputLimit);
    check(&with_g("time.sleep(99999)"), "assert f()", Outcome::VirtualTimeLimit);
    check(&with_g("os._exit(0)"), "assert f()", Outcome::Exited);
    check(&with_g("os.abort()"), "assert f()", Outcome::Trapped);
    check(&with_g("input()"), "assert f()", Outcome::WaitedForInput);
    check(&with_g("return 1"), "while f(): pass\nassert True", Outcome::OutOfFuel);
    check(&with_g("yield from iter(int, 1)"), "assert list(f())", Outcome::OutOfFuel);
    check(&with_g("return lambda h: h()"), "def h():\n    while True: pass\nassert f()(h)", Outcome::OutOfFuel);
    check(&with_g("return lambda h: h()"), "import os\nassert f()(lambda: os._exit(0))", Outcome::Exited);
}

#[test]
fn a_test_that_the_reference_fails_is_to_blame_itself() {
    let mut task = task("f", &["assert f() == 1", "assert f() == 2", "while True: pass"]);
    task.reference = Some("def f():\n    return 1\n".to_owned());
    let report = isolated().grade(&task, &Submission::program("t", "def f():\n    return 3\n")).unwrap();
    let blames: Vec<_> = report.tests.iter().map(|test| (test.outcome, test.blame)).collect();
    let (solution, tests) = (Some(Blame::Solution), Some(Blame::Tests));
    assert_eq!(blames, [(Outcome::Failed, solution), (Outcome::Failed, tests), (Outcome::OutOfFuel, tests)]);
}

#[test]
fn fuel_is_counted_for_each_guest_and_never_for_compiling() {
    let solution = "def f(n):\n    return sum(range(n))\n";
    let once = only(grade(solution, &["assert f(100000) == 4999950000"]));
    let again = only(grade(solution, &["assert f(100000) == 4999950000"]));
    assert_eq!(once, again);
    assert!(once.fuel.0 > 10 * once.judge_fuel.0 && once.judge_fuel.0 > 0 && once.calls == 1, "{once:?}");
    let padded =
        only(grade(solution, &[&format!("assert f(100000) == 4999950000\nif False:\n{}", "    f(1)\n".repeat(500))]));
    assert_eq!(padded.fuel, once.fuel);
    let many = only(grade(solution, &["assert all(f(10) == 45 for _ in range(100))"]));
    assert_eq!(many.calls, 100);
}

#[test]
fn a_fresh_task_calls_a_new_solution_for_each_test() {
    let solution = "calls = 0\ndef f():\n    global calls\n    calls += 1\n    return calls\n";
    let tests = ["assert f() == 1 and f() == 2", "assert f() == 3", "assert f() == 1"];
    let outcomes = |fresh| {
        let task = Task { fresh, ..task("f", &tests) };
        let report = isolated().grade(&task, &Submission::program("t", solution)).unwrap();
        report.tests.iter().map(|test| test.outcome == Outcome::Passed).collect::<Vec<_>>()
    };
    assert_eq!(outcomes(false), [true, true, false]);
    assert_eq!(outcomes(true), [true, false, true]);
}

#[test]
fn the_solution_never_sees_the_tests() {
    // Looks for a word that only the tests have, in every object, frame, module, file and argument.
    let solution = "
import gc, io, os, sys, linecache, threading, builtins
def look(x):
    try:
        return ''.join(['need', 'le', 'word']) in repr(x)
    except Exception:
        return False
def f(x):
    found = [type(o).__name__ for o in gc.get_objects() if look(o)]
    frame = sys._getframe()
    while frame:
        found += [name for name, o in frame.f_locals.items() if look(o)]
        found += [c for c in frame.f_code.co_consts if look(c)]
        frame = frame.f_back
    found += [m for m in list(sys.modules) if look(vars(sys.modules[m]))]
    found += [path for path in os.listdir('.') + sys.argv + list(os.environ) if look(path)]
    return found + list(linecache.cache)
";
    let test = "needleword = 'needleword'\ndef check(g):\n    'a needleword'\n    found = g('x')\n    assert found == [], found\ncheck(f)";
    passes(solution, test);
    let leaked = grader(Isolating::Shared).grade(&task("f", &[test]), &Submission::program("t", solution)).unwrap();
    assert_eq!(leaked.outcome, Some(Outcome::Failed), "the search finds what is there");
}

#[test]
fn a_task_that_needs_one_interpreter_gets_it_and_says_why() {
    let mut task = task("f", &["import solution\nsolution.STEP = 5\nassert f(1) == 6", "assert f(0) == 5"]);
    task.reference = Some("STEP = 1\ndef f(x):\n    return x + STEP\n".to_owned());
    let submission = Submission::program("t", task.reference.as_ref().unwrap());
    let report = grader(Isolating::Auto).grade(&task, &submission).unwrap();
    assert_eq!((report.passed, report.isolation.mode), (true, IsolationMode::Shared));
    assert!(
        report.isolation.why.starts_with("the reference is failed in `test 0`: assert f(1) == 6"),
        "{}",
        report.isolation.why
    );
    let report = isolated().grade(&task, &submission).unwrap();
    assert_eq!((report.passed, report.outcome), (false, Some(Outcome::NotJudged)));
    assert!(report.tests[0].message.starts_with("can't be judged apart"), "{:?}", report.tests);
    // A submission can't bring it about.
    let report = grader(Isolating::Auto)
        .grade(&task_with_reference(), &Submission::program("t", "import math\ndef f(x):\n    return math\n"))
        .unwrap();
    assert_eq!((report.outcome, report.isolation.mode), (Some(Outcome::Uncrossable), IsolationMode::Isolated));
}

fn task_with_reference() -> Task {
    let mut task = task("f", &["assert f(1) == 2"]);
    task.reference = Some("def f(x):\n    return x + 1\n".to_owned());
    task
}

#[test]
fn tests_may_use_threads() {
    let pool = "from concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor(2) as pool:\n    assert list(pool.map(f, [1, 2])) == [2, 3]";
    passes("def f(x):\n    return x + 1\n", pool);
    let thread = "import threading\nout = []\nt = threading.Thread(target=lambda: out.append(f(1)))\nt.start()\nt.join()\nassert out == [2]";
    passes("def f(x):\n    return x + 1\n", thread);
}

#[test]
fn tests_see_the_time_that_a_call_took_and_the_solution_never_theirs() {
    let timed = "import time\nstart = time.perf_counter()\nf()\ntook = time.perf_counter() - start\n";
    passes("import time\ndef f():\n    time.sleep(3)\n", &format!("{timed}assert 3 <= took < 3.1"));
    passes("def f():\n    sum(range(10**6))\n", &format!("{timed}assert 0.001 < took"));
    let clock = "import time\ndef f():\n    return time.perf_counter()\n";
    passes(clock, "import time\nfirst = f()\ntime.sleep(100)\nsum(range(10**6))\nassert f() - first < 0.001");
}
