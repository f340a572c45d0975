//! How findings are printed.

use serde_json::{Value, json};

use super::Folder;

/// One finding with characters of one, two and four bytes before it, one that is ignored, and one that data flows to.
fn folder() -> Folder {
    Folder::with_rule(&[
        ("a b.py", "x = 'é𝒳', old_call(1)\nold_call(2)  # proofhouse: ignore[old-call] it stays\n"),
        ("c.py", "def run(text):\n\tcode = 'x = ' + text\n\treturn eval(code)\n"),
        ("d.txt", ""),
    ])
}

#[test]
fn text_shows_the_line_a_caret_and_the_way_of_the_data() {
    let done = folder().check(&["--rules", "rules"]);
    assert_eq!(done.code, 1);
    let (first, rest) = done.stdout.split_once("\n\n").unwrap();
    assert_eq!(
        first,
        "\
a b.py:1:11 low high python/old-call
  This call is old
    |
  1 | x = 'é𝒳', old_call(1)
    |           ^^^^^^^^^^^
  --fix mends it"
    );
    let (second, last) = rest.split_once("\n\n").unwrap();
    let lines: Vec<&str> = second.lines().collect();
    assert_eq!(lines[0], "c.py:3:9 high medium python/code-injection");
    assert_eq!(lines[2..5], ["    |", "  3 |     return eval(code)", "    |            ^^^^^^^^^^"]);
    assert_eq!(lines[5], "  1. 1:9 the parameter `text`");
    assert!(lines[6..].iter().any(|line| line.contains("kept in `code`")), "{second}");
    assert_eq!(last, "2 findings in 2 files (2 checked, 2 skipped: 1 .toml, 1 .txt), 1 ignored, 0 in the baseline\n");
    assert!(!done.stdout.contains('\u{1b}'), "no colours where no terminal is");
}

#[test]
fn what_a_program_says_can_t_change_the_terminal() {
    let folder = Folder::new(&[("a.py", "def f(x):\n    return eval(x + '\u{1b}[2J\u{202e}')\n")]);
    folder.write("\u{1b}[31m.py", "def f(x):\n    return eval(x)\n");
    let done = folder.check(&[]);
    assert_eq!(done.code, 1);
    assert!(!done.stdout.contains(['\u{1b}', '\u{202e}']), "{:?}", done.stdout);
    assert!(done.stdout.contains("'\u{fffd}[2J\u{fffd}'"), "{}", done.stdout);
}

#[test]
fn json_has_findings_a_summary_and_errors() {
    let done = folder().check(&["--rules", "rules", "--format", "json", ".", "nowhere.py"]);
    let printed: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!((done.code, &printed["version"]), (2, &json!(1)));
    let mut first = printed["findings"][0].clone();
    let fingerprint = first.as_object_mut().unwrap().remove("fingerprint").unwrap();
    assert_eq!(fingerprint.as_str().unwrap().len(), 16);
    assert_eq!(
        first,
        json!({
            "path": "a b.py", "rule": "python/old-call", "category": "security", "severity": "low", "confidence": "high",
            "cwe": [477, 1104], "line": 1, "column": 11, "end_line": 1, "end_column": 22, "message": "This call is old",
            "fix": {"start": 14, "end": 22, "text": "new_call"},
        })
    );
    assert_eq!(printed["findings"][1]["flow"][0]["note"], "the parameter `text`");
    assert_eq!(
        printed["summary"],
        json!({
            "findings": 2, "files": 2, "checked": 2, "skipped": {".toml": 1, ".txt": 1}, "ignored": 1, "in_baseline": 0,
            "unchanged": 0, "fixed": 0,
        })
    );
    assert_eq!(printed["errors"][0]["path"], "nowhere.py");
    assert_eq!(printed["notes"], json!([]));
}

#[test]
fn github_gets_a_command_for_each_finding() {
    let folder = folder();
    folder.write("odd,name:1.py", "old_call(\n  1)\n");
    let done = folder.check(&["--rules", "rules", "--format", "github", ".", "nowhere.py"]);
    let lines: Vec<&str> = done.stdout.lines().collect();
    assert!(lines[0].starts_with("::error file=nowhere.py,title=proofhouse::reading it: No such file"), "{}", lines[0]);
    assert_eq!(
        lines[1],
        "::notice file=a b.py,line=1,endLine=1,col=11,endColumn=22,title=python/old-call::This call is old"
    );
    assert!(
        lines[2].starts_with("::error file=c.py,line=3,endLine=3,col=9,endColumn=19,title=python/code-injection::"),
        "{}",
        lines[2]
    );
    assert!(lines[2].contains("%0A1. line 1: the parameter `text`%0A2. "), "{}", lines[2]);
    assert_eq!(lines[3], "::notice file=odd%2Cname%3A1.py,line=1,endLine=2,title=python/old-call::This call is old");
    assert!(lines[4].starts_with("3 findings in 3 files "), "{}", lines[4]);
}

#[test]
fn sarif_has_rules_weaknesses_ways_and_what_comments_ignore() {
    let done = folder().check(&["--rules", "rules", "--format", "sarif", ".", "nowhere.py"]);
    let log: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!((done.code, &log["version"]), (2, &json!("2.1.0")));
    let run = &log["runs"][0];
    assert_eq!((&run["columnKind"], &run["tool"]["driver"]["name"]), (&json!("utf16CodeUnits"), &json!("Proofhouse")));

    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let ids: Vec<&Value> = rules.iter().map(|rule| &rule["id"]).collect();
    assert_eq!(ids, ["python/code-injection", "python/old-call"]);
    let taxa = run["taxonomies"][0]["taxa"].as_array().unwrap();
    for rule in rules {
        for relationship in rule["relationships"].as_array().unwrap() {
            let target = &relationship["target"];
            assert_eq!(taxa[target["index"].as_u64().unwrap() as usize]["id"], target["id"]);
        }
    }
    assert_eq!(rules[1]["relationships"][1]["target"]["id"], "1104");
    assert!(rules[1]["help"]["markdown"].as_str().unwrap().starts_with("# An old function is called\n"));

    let results = run["results"].as_array().unwrap();
    let region = |result: &Value| result["locations"][0]["physicalLocation"]["region"].clone();
    let (reported, ignored, flows) = (&results[0], &results[1], &results[2]);
    assert_eq!(region(reported), json!({"startLine": 1, "startColumn": 12, "endLine": 1, "endColumn": 23}));
    assert_eq!(reported["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "a%20b.py");
    assert_eq!(
        (&reported["level"], &reported["ruleIndex"], &reported["suppressions"]),
        (&json!("note"), &json!(1), &json!([]))
    );
    let replacement = &reported["fixes"][0]["artifactChanges"][0]["replacements"][0];
    assert_eq!(replacement["deletedRegion"], json!({"startLine": 1, "startColumn": 12, "endLine": 1, "endColumn": 20}));
    assert_eq!(replacement["insertedContent"]["text"], "new_call");
    assert_eq!(ignored["suppressions"], json!([{"kind": "inSource", "justification": "it stays"}]));
    let prints = [reported, ignored].map(|result| result["partialFingerprints"]["proofhouse/v1"].as_str().unwrap());
    assert!(prints[0].len() == 16 && prints[0] != prints[1], "{prints:?}");
    let steps = flows["codeFlows"][0]["threadFlows"][0]["locations"].as_array().unwrap();
    assert_eq!(steps[0]["location"]["message"]["text"], "the parameter `text`");
    assert_eq!(steps[0]["location"]["physicalLocation"]["region"]["startColumn"], 9);
    assert!(steps.len() >= 2);

    let invocation = &run["invocations"][0];
    assert_eq!((&invocation["executionSuccessful"], &invocation["exitCode"]), (&json!(false), &json!(2)));
    let notification = &invocation["toolExecutionNotifications"][0];
    assert_eq!(notification["level"], "error");
    assert_eq!(notification["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "nowhere.py");
}

#[test]
fn a_run_without_findings_is_a_whole_document() {
    let folder = Folder::new(&[("a.py", "x = 1\n")]);
    let sarif: Value = serde_json::from_str(&folder.check(&["--format", "sarif"]).stdout).unwrap();
    assert_eq!(sarif["runs"][0]["results"], json!([]));
    assert_eq!(sarif["runs"][0]["invocations"][0]["exitCode"], 0);
    let printed: Value = serde_json::from_str(&folder.check(&["--format", "json"]).stdout).unwrap();
    assert_eq!(printed["findings"], json!([]));
}
