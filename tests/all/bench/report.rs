//! `proofhouse report` on the terminal and in files.

use std::path::Path;
use std::process::Output;

use proofhouse_bench::Summary;
use proofhouse_tests::{command, fixtures};

fn report(arguments: &[&Path]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = command().arg("report").args(arguments).output().unwrap();
    (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

#[test]
fn a_run_is_told_in_text_and_written_in_files() {
    let run = fixtures("runs/three-models");
    let (code, text, errors) = report(&[&run]);
    assert_eq!((code, errors.as_str()), (0, ""));
    assert!(text.contains("ollama:qwen2.5-coder:7b") && text.contains("no difference shown"), "{text}");
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let flags = ["--html", "--json", "--csv", "--evalplus", "--slo", "--price-per-gpu-hour"].map(Path::new);
    let [html, json, csv, evalplus] = ["r.html", "r.json", "r.csv", "evalplus"].map(at);
    let arguments = [
        &*run,
        flags[0],
        &html,
        flags[1],
        &json,
        flags[2],
        &csv,
        flags[3],
        &evalplus,
        flags[4],
        Path::new("ttft=500ms,e2e=10s"),
        flags[5],
        Path::new("2.5"),
    ];
    assert_eq!(report(&arguments), (0, String::new(), String::new()));
    let read = |path: &Path| std::fs::read_to_string(path).unwrap();
    let summary: Summary = serde_json::from_str(&read(&json)).unwrap();
    assert_eq!(summary.models.len(), 3);
    assert!(summary.models.iter().all(|model| model.goodput.is_some() && model.cost.is_some()));
    assert_eq!(read(&csv).lines().next().unwrap().split(',').take(2).count(), 2);
    assert!(read(&html).starts_with("<!DOCTYPE html>"));
    assert!(std::fs::read_dir(&evalplus).unwrap().count() >= 3);
}

#[test]
fn comparing_names_the_tasks_at_which_models_differ() {
    let (code, text, _) = report(&[&fixtures("runs/three-models"), Path::new("--compare")]);
    assert_eq!(code, 0);
    assert!(text.contains("models differ at 6 of 6 tasks"), "{text}");
    assert!(text.contains("growth/pair-with-sum") && text.contains("1/2    1/1    0/2"), "{text}");
}

#[test]
fn what_is_no_run_and_what_can_t_be_written_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let run = fixtures("runs/three-models");
    let torn = folder.path().join("torn");
    std::fs::create_dir(&torn).unwrap();
    std::fs::write(torn.join("run.json"), "{\"format\": 1,\n\"started\"").unwrap();
    let nowhere = folder.path().join("nowhere");
    let under = folder.path().join("no/folder/r.html");
    let flag = Path::new("--html");
    for (arguments, said) in [
        (&[folder.path()][..], "there is no `run.json` in it"),
        (&[&nowhere], "nowhere` is no run"),
        (&[&run, &nowhere], "nowhere` is no run"),
        (&[&torn], "run.json`, line 2"),
        (&[&run, flag, &under], "can't write `"),
        (&[&run, flag, folder.path()], "can't write `"),
        (&[&run, Path::new("--evalplus"), &run.join("run.json")], "run.json"),
        (&[&run, Path::new("--slo"), Path::new("ttft=soon")], "`soon` is no time"),
        (&[], "required"),
    ] {
        let (code, _, errors) = report(arguments);
        assert!(code == 2 && errors.contains(said), "{arguments:?}: {code}, {errors}");
    }
}
