//! Whole runs against a real llama.cpp server, whose replies a grammar forces: the verdicts are known before, and every number is
//! held against the server's own.

use std::path::{Path, PathBuf};

use proofhouse::{FillIn, fill, suite};
use proofhouse_bench::{ModelSummary, Run, SampleRow, Summary};
use proofhouse_tests::{Forced, Forcing, Gguf, LlamaServer, Served, command, finish, fixtures};
use proofhouse_types::{Language, Outcome, Task};
use serde_json::Value;

use super::numbers::{check_measures, check_numbers, check_tpot};
use super::scripted;

/// A model: a server of its own, which answers as forced.
pub struct Model {
    _server: LlamaServer,
    forcing: Forcing,
}

impl Model {
    fn start(gguf: Gguf, forced: Vec<Forced>) -> Model {
        // One request at a time: another one would slow it down.
        let server = LlamaServer::start(gguf, 1);
        let forcing = Forcing::start(&server.url, forced);
        Model { _server: server, forcing }
    }

    fn name(&self) -> String {
        format!("llamacpp:@{}", self.forcing.url)
    }

    /// The requests for tasks, in their order.
    pub fn served(&self) -> Vec<Served> {
        self.forcing.served().into_iter().filter(|served| served.found.is_some()).collect()
    }
}

/// A finished run.
pub struct Done {
    run: Run,
    summary: Summary,
    code: i32,
    pub printed: String,
}

impl Done {
    pub fn rows(&self, model: &Model) -> Vec<&SampleRow> {
        self.run.rows.iter().filter(|row| row.model == model.name()).collect()
    }

    pub fn model(&self, model: &Model) -> &ModelSummary {
        self.summary.models.iter().find(|summary| summary.name == model.name()).expect("the report has every model")
    }
}

fn bench(suite: &Path, models: &[&Model], out: &Path, flags: &[&str]) -> Done {
    let suite = ["--suite", suite.to_str().expect("a path of ours is a text")];
    bench_of(models, out, &[&suite, flags].concat())
}

/// The suite is among the flags, or the one that comes with the command.
fn bench_of(models: &[&Model], out: &Path, flags: &[&str]) -> Done {
    let mut command = command();
    command.arg("bench").arg("--out").arg(out).args(flags);
    command.arg("--model").args(models.iter().map(|model| model.name()));
    let done = finish(&mut command);
    let report = std::fs::read_to_string(out.join("report.json")).unwrap_or_else(|_| panic!("{}", done.stderr));
    let summary = serde_json::from_str(&report).unwrap();
    Done { run: Run::read(out).unwrap(), summary, code: done.code, printed: done.stdout + &done.stderr }
}

/// A program as models hand it in.
fn fenced(task: &Task, program: &str) -> String {
    let tag = match task.language {
        Language::Python => "python",
        Language::Sql => "sql",
    };
    format!("This does it:\n\n```{tag}\n{}\n```\n", program.trim_end())
}

#[test]
#[ignore = "needs pip"]
fn a_run_over_the_fixtures_has_the_verdicts_that_are_known_and_the_servers_numbers() {
    let suite_folder = fixtures("tasks");
    let suite = suite::read(&suite_folder).unwrap();
    // One model solves every task. The other does every second one wrong, where there is a wrong solution.
    let (mut right, mut wrong) = (Vec::new(), Vec::new());
    let mut fails = Vec::new();
    for (number, task) in suite.tasks.iter().enumerate() {
        let reference = task.reference.as_deref().unwrap();
        right.push(Forced::new(task.prompt.trim(), &fenced(task, reference)));
        let bad = suite.natives[&task.id].wrong.first().filter(|_| number % 2 == 0);
        wrong.push(Forced::new(task.prompt.trim(), &fenced(task, bad.map_or(reference, |bad| &bad.program))));
        fails.push(bad.map(|bad| bad.fails.clone()).unwrap_or_default());
    }
    let (one, two) = (Model::start(Gguf::Steady, right), Model::start(Gguf::Steady, wrong));
    let out = tempfile::tempdir().unwrap();
    let asking = ["--repeats", "1", "--max-tokens", "6000"];
    let measures = ["--slo", "e2e=1500ms", "--price-per-gpu-hour", "3", "--gpus", "2"];
    let done = bench(&suite_folder, &[&one, &two], &out.path().join("run"), &[&asking[..], &measures[..]].concat());
    assert_eq!(done.code, 1, "{}", done.printed);

    for (model, fails) in [(&one, vec![Vec::new(); suite.tasks.len()]), (&two, fails)] {
        let rows = done.rows(model);
        assert_eq!(rows.len(), suite.tasks.len());
        for ((row, task), fails) in rows.iter().zip(&suite.tasks).zip(&fails) {
            let report = row.report.as_ref().unwrap_or_else(|| panic!("{}: {:?}", task.id, row.generation.failure));
            let what = format!("{}: {:?} {}\n{}", task.id, report.outcome, report.message, row.generation.text);
            assert_eq!((&row.task_id, report.passed), (&task.id, fails.is_empty()), "{what}");
            assert_eq!((report.extraction.method.as_str(), report.fault.as_deref()), ("fence", None), "{what}");
            let failed = report.tests.iter().filter(|test| test.outcome != Outcome::Passed);
            let failed: Vec<&str> = failed.map(|test| test.name.as_str()).collect();
            let is_named =
                |failed: &&str| fails.iter().any(|name| *failed == name || failed.starts_with(name.as_str()));
            assert!(
                failed.iter().all(is_named) && failed.is_empty() == fails.is_empty(),
                "{what}: {failed:?}, {fails:?}"
            );
            assert!(row.generation.usage.completion_tokens >= Some(60), "{what}");
        }
        let passed = fails.iter().filter(|fails| fails.is_empty()).count();
        let summary = done.model(model);
        assert_eq!((summary.asked, summary.samples, summary.graded), (rows.len(), rows.len(), rows.len()));
        assert_eq!((summary.passed, summary.faults), (passed, 0));
        let pass_at_1 = summary.quality.pass_at_k[&1];
        assert!((pass_at_1.value - passed as f64 / rows.len() as f64).abs() < 1e-9, "{pass_at_1:?}");
        assert!(pass_at_1.low <= pass_at_1.value && pass_at_1.value <= pass_at_1.high, "{pass_at_1:?}");
        assert_eq!(summary.endings.truncated.unwrap().value, 0.0);
        assert_eq!(summary.endings.extraction["fence"], rows.len());
        check_numbers(&done, model);
        check_tpot(&done, model);
        check_measures(&done, model, passed);
    }
    let column = |model: &Model| done.summary.models.iter().position(|summary| summary.name == model.name()).unwrap();
    let (first, second) = (column(&one), column(&two));
    for (row, task) in done.summary.tasks.iter().zip(&suite.tasks) {
        assert_eq!(row.id, task.id);
        assert!(row.samples[first][0].passed, "{}", task.id);
    }
    let solved = done.summary.tasks.iter().filter(|row| row.samples[second][0].passed).count();
    assert_eq!(solved, done.model(&two).passed);
    let pair = &done.summary.pairs[0];
    assert_eq!(
        (pair.better.as_str(), pair.other.as_str(), pair.is_shown),
        (&*one.name(), &*two.name(), true),
        "{pair:?}"
    );
    assert_eq!((pair.wins, pair.losses), (suite.tasks.len() - solved, 0));
}

/// What the README's line does: no suite is named. Of its tasks some, since a model of random weights writes a page in seconds.
#[test]
#[ignore = "needs pip"]
fn the_practical_suite_is_asked_where_none_is_named() {
    let suite = suite::read(&fixtures("suites/practical")).unwrap();
    let some = ["*/b*", "*/re*"];
    let is_some = |task: &&Task| task.id.0.contains("/b") || task.id.0.contains("/re");
    let tasks: Vec<&Task> = suite.tasks.iter().filter(is_some).collect();
    let fails_in = |number: usize| number.is_multiple_of(5);
    let reply = |(number, task): (usize, &&Task)| {
        let wrong = suite.natives[&task.id].wrong.first().filter(|_| fails_in(number));
        let program = wrong.map_or(task.reference.as_deref().unwrap(), |wrong| &wrong.program);
        Forced::new(task.prompt.trim(), &fenced(task, program))
    };
    let model = Model::start(Gguf::Tiny, tasks.iter().enumerate().map(reply).collect());
    let out = tempfile::tempdir().unwrap();
    let flags = ["--repeats", "1", "--max-tokens", "12000", "--task", some[0], "--task", some[1]];
    let done = bench_of(&[&model], &out.path().join("run"), &flags);
    assert_eq!(done.code, 1, "{}", done.printed);
    let rows = done.rows(&model);
    assert_eq!(rows.len(), tasks.len());
    for (number, (row, task)) in rows.into_iter().zip(&tasks).enumerate() {
        let report = row.report.as_ref().unwrap_or_else(|| panic!("{}: {:?}", task.id, row.generation.failure));
        let what = format!("{}: {:?} {}\n{}", task.id, report.outcome, report.message, row.generation.text);
        assert_eq!((&row.task_id, report.passed), (&task.id, !fails_in(number)), "{what}");
    }
    let summary = done.model(&model);
    assert_eq!(
        (summary.graded, summary.passed, summary.faults),
        (tasks.len(), tasks.len() - tasks.len().div_ceil(5), 0)
    );
    assert_eq!((done.summary.suite.name.as_str(), &done.summary.suite.release), ("practical", &suite.release));
}

#[test]
#[ignore = "needs pip"]
fn repeats_that_differ_are_flips() {
    let suite_folder = fixtures("suites/todo");
    let suite = suite::read(&suite_folder).unwrap();
    let task = &suite.tasks[0];
    let natives = &suite.natives[&task.id];
    let wrong = |name: &str| {
        let file = natives.wrong.iter().find(|wrong| wrong.file.ends_with(name)).unwrap();
        fenced(task, &file.program)
    };
    let reference = fenced(task, task.reference.as_deref().unwrap());
    let by_hand = fenced(task, &natives.right[0].program);
    let replies = |replies: &[&String]| {
        let replies = replies.iter().map(|reply| (*reply).clone()).collect();
        vec![Forced { replies, ..Forced::new(task.prompt.trim(), "") }]
    };
    let one = Model::start(Gguf::Tiny, replies(&[&reference, &by_hand, &reference]));
    let (forgets, hides) = (wrong("wrong-forgets.py"), wrong("wrong-only-hides.py"));
    let two = Model::start(Gguf::Tiny, replies(&[&forgets, &reference, &hides]));
    let out = tempfile::tempdir().unwrap();
    let flags = ["--repeats", "3", "--max-tokens", "6000"];
    let done = bench(&suite_folder, &[&one, &two], &out.path().join("run"), &flags);
    let passed = |model: &Model| {
        let reports = done.rows(model).into_iter().map(|row| row.report.as_ref().unwrap().passed);
        reports.collect::<Vec<_>>()
    };
    assert_eq!((passed(&one), passed(&two)), (vec![true; 3], vec![false, true, false]), "{}", done.printed);
    let quality = |model: &Model| &done.model(model).quality;
    assert_eq!((quality(&one).flips, quality(&two).flips), (0, 1));
    assert_eq!((quality(&one).pass_hat_k[&3].value, quality(&two).pass_hat_k[&3].value), (1.0, 0.0));
    assert!((quality(&two).pass_at_k[&1].value - 1.0 / 3.0).abs() < 1e-9);
    assert_eq!(quality(&two).pass_at_k[&3].value, 1.0);
    for model in [&one, &two] {
        check_numbers(&done, model);
    }
}

/// A kind of reply, and what must be reported of it.
struct Kind {
    reply: &'static str,
    max_tokens: Option<u32>,
    passed: bool,
    outcome: Outcome,
    method: &'static str,
}

/// Tasks `T/0` and so on, and the kind of reply that each is answered with; `f0` stands in the replies for the task's function.
fn kinds() -> Vec<Kind> {
    let kind =
        |reply, outcome, method| Kind { reply, max_tokens: None, passed: outcome == Outcome::Passed, outcome, method };
    vec![
        kind("```python\ndef f0():\n    return 0\n```", Outcome::Passed, "fence"),
        Kind {
            max_tokens: Some(14),
            ..kind("```python\ndef f1():\n    total = 1\n    return total\n```", Outcome::Truncated, "none")
        },
        kind(
            "<think>\nMaybe:\n```python\ndef f2():\n    return 9\n```\nNo.\n</think>\n\n```python\ndef f2():\n    return 2\n```",
            Outcome::Passed,
            "fence",
        ),
        kind("Two or three?\n</think>\n\n```python\ndef f3():\n    return 3\n```", Outcome::Passed, "fence"),
        kind("", Outcome::NoCode, "empty"),
        kind("I'm sorry, but I can't help with that.", Outcome::NoCode, "refusal"),
        Kind {
            max_tokens: Some(20),
            ..kind(
                "<think>\n```python\ndef f6():\n    return 6\n```\nThat may be right, or else",
                Outcome::Truncated,
                "only_reasoning",
            )
        },
        kind("```go\nfunc f7() int { return 7 }\n```", Outcome::NoCode, "other_language"),
    ]
}

fn forced(kinds: &[Kind]) -> Vec<Forced> {
    let forced = kinds.iter().enumerate();
    forced
        .map(|(task, kind)| Forced {
            max_tokens: kind.max_tokens,
            ..Forced::new(&format!("def f{task}():"), kind.reply)
        })
        .collect()
}

fn suite_of_kinds(folder: &Path) -> PathBuf {
    scripted::suite_of(folder, kinds().len())
}

#[test]
#[ignore = "needs pip"]
fn every_kind_of_reply_is_reported_as_what_it_is() {
    let out = tempfile::tempdir().unwrap();
    let suite = suite_of_kinds(out.path());
    let kinds = kinds();
    let model = Model::start(Gguf::Tiny, forced(&kinds));
    let done = bench(&suite, &[&model], &out.path().join("run"), &["--repeats", "1"]);
    assert_eq!(done.code, 1, "{}", done.printed);
    for (row, kind) in done.rows(&model).iter().zip(&kinds) {
        let what = serde_json::to_string_pretty(row).unwrap();
        let report = row.report.as_ref().unwrap_or_else(|| panic!("{what}"));
        assert_eq!((report.outcome, report.passed), (Some(kind.outcome), kind.passed), "{what}");
        assert_eq!(report.extraction.method, kind.method, "{what}");
        assert!(kind.reply.starts_with(row.generation.text.as_str()), "{what}");
        let is_whole = kind.max_tokens.is_none();
        assert_eq!(row.generation.text == kind.reply, is_whole, "{what}");
        let reason = if is_whole { "stop" } else { "length" };
        assert_eq!(row.generation.finish_reason.as_deref(), Some(reason), "{what}");
        // What is empty has no first token, and reasoning inside the answer is no answer yet.
        let timing = &row.generation.timing;
        assert_eq!(timing.ttft_ms.is_none(), kind.reply.is_empty(), "{what}");
        if row.generation.text.contains("</think>") {
            assert!(timing.ttfo_ms > timing.ttft_ms, "{what}");
        } else if kind.reply.starts_with("<think>") {
            assert_eq!(timing.ttfo_ms, None, "{what}");
        } else {
            assert_eq!(timing.ttfo_ms, timing.ttft_ms, "{what}");
        }
    }
    let endings = &done.model(&model).endings;
    assert_eq!(endings.truncated.unwrap().value, 2.0 / kinds.len() as f64);
    assert_eq!(endings.failed.unwrap().value, 0.0);
    for method in ["fence", "none", "empty", "refusal", "only_reasoning", "other_language"] {
        let expected = kinds.iter().filter(|kind| kind.method == method).count();
        assert_eq!(endings.extraction.get(method), Some(&expected), "{method}: {:?}", endings.extraction);
    }
    for outcome in [Outcome::Passed, Outcome::Truncated, Outcome::NoCode] {
        let expected = kinds.iter().filter(|kind| kind.outcome == outcome).count();
        assert_eq!(endings.outcomes.get(outcome.name()), Some(&expected), "{:?}", endings.outcomes);
    }
    check_numbers(&done, &model);
}

#[test]
#[ignore = "needs pip"]
fn a_model_that_reasons_has_its_reasoning_apart_from_its_answer() {
    let out = tempfile::tempdir().unwrap();
    let suite = scripted::suite_of(out.path(), 2);
    // The template has opened the reasoning before the model begins.
    let answer = "Let me see: `return 1`?\n</think>\n\n```python\ndef f0():\n    return 0\n```";
    let cut =
        Forced { max_tokens: Some(12), ..Forced::new("def f1():", "Let me see, and see again, and then once more.") };
    let model = Model::start(Gguf::Think, vec![Forced::new("def f0():", answer), cut]);
    let done = bench(&suite, &[&model], &out.path().join("run"), &["--repeats", "1"]);
    let rows = done.rows(&model);
    let what = serde_json::to_string_pretty(&rows).unwrap();
    let methods: Vec<&str> = rows.iter().map(|row| row.report.as_ref().unwrap().extraction.method.as_str()).collect();
    assert_eq!(methods, ["fence", "only_reasoning"], "{what}");
    let outcomes: Vec<_> = rows.iter().map(|row| row.report.as_ref().unwrap().outcome).collect();
    assert_eq!(outcomes, [Some(Outcome::Passed), Some(Outcome::Truncated)], "{what}");
    let (whole, cut) = (&rows[0].generation, &rows[1].generation);
    assert_eq!(whole.reasoning.trim(), "Let me see: `return 1`?", "{what}");
    assert!(whole.text.trim_start().starts_with("```python"), "{what}");
    assert!(whole.timing.ttfo_ms > whole.timing.ttft_ms, "{what}");
    assert_eq!((cut.text.as_str(), cut.timing.ttfo_ms), ("", None), "{what}");
    assert!(cut.reasoning.starts_with("Let me see"), "{what}");
    check_numbers(&done, &model);
}

#[test]
#[ignore = "needs pip"]
fn a_gap_that_is_filled_with_what_stood_there_passes() {
    let suite_folder = fixtures("tasks");
    let suite = suite::read(&suite_folder).unwrap();
    let tasks: Vec<&Task> = suite.tasks.iter().filter(|task| task.id.0.starts_with("algorithms/")).collect();
    let gaps: Vec<FillIn> = tasks.iter().filter_map(|task| fill(task)).collect();
    let model = Model::start(Gguf::Tiny, gaps.iter().map(|gap| Forced::new(&gap.prefix, &gap.gap)).collect());
    let out = tempfile::tempdir().unwrap();
    let flags = ["--mode", "fim", "--task", "algorithms/*", "--repeats", "1"];
    let done = bench(&suite_folder, &[&model], &out.path().join("run"), &flags);
    assert_eq!((done.code, done.rows(&model).len(), gaps.len()), (0, tasks.len(), tasks.len()), "{}", done.printed);
    for ((row, gap), task) in done.rows(&model).iter().zip(&gaps).zip(&tasks) {
        assert_eq!((&row.generation.text, &row.code), (&gap.gap, task.reference.as_ref().unwrap()));
    }
    check_numbers(&done, &model);
}

#[test]
#[ignore = "needs pip"]
fn facts_of_the_model_stand_in_the_report() {
    let out = tempfile::tempdir().unwrap();
    let suite = scripted::suite_of(out.path(), 1);
    let model = Model::start(Gguf::Tiny, vec![Forced::new("def f0():", "```python\ndef f0():\n    return 0\n```")]);
    let done = bench(&suite, &[&model], &out.path().join("run"), &["--repeats", "1"]);
    assert_eq!(done.code, 0, "{}", done.printed);
    let facts = serde_json::to_value(&done.model(&model).facts).unwrap();
    let props: Value =
        ureq::get(format!("{}/props", model.forcing.url)).call().unwrap().body_mut().read_json().unwrap();
    assert_eq!(facts["name"], Gguf::Tiny.file_name(), "{facts}");
    assert_eq!(facts["context_tokens"], props["default_generation_settings"]["n_ctx"], "{facts}");
    assert_eq!((&facts["parallel"], &facts["parameters"].is_u64()), (&props["total_slots"], &true), "{facts}");
}
