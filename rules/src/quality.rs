//! How good the rules are on families of labelled programs: recall, false alarms and precision, with floors that must hold.
//!
//! A family is `quality/<name>.toml`. Its cases are written without a look at the rules.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use proofhouse_syntax::Grammar;
use proofhouse_types::Confidence;
use serde::Deserialize;

use crate::Analyser;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Family {
    /// The least part of bad cases that is found.
    recall: f64,
    /// The greatest part of good cases that is reported.
    false_positives: f64,
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    language: String,
    /// The rule's name without its language.
    class: String,
    bad: bool,
    /// Other rules that mean the same.
    #[serde(default)]
    also: Vec<String>,
    code: String,
}

#[derive(Default, Clone, Copy)]
struct Counts {
    bad: u32,
    found: u32,
    good: u32,
    alarms: u32,
}

impl Counts {
    fn add(&mut self, case: &Case, is_hit: bool) {
        let (all, hits) = if case.bad { (&mut self.bad, &mut self.found) } else { (&mut self.good, &mut self.alarms) };
        *all += 1;
        *hits += u32::from(is_hit);
    }

    fn recall(self) -> f64 {
        part(self.found, self.bad)
    }

    fn false_positives(self) -> f64 {
        part(self.alarms, self.good)
    }

    fn line(self, name: &str) -> String {
        let precision = part(self.found, self.found + self.alarms);
        let (recall, alarms) = (self.recall(), self.false_positives());
        format!(
            "{name:45} {:4} bad {:4} good  recall {recall:.2}  false positives {alarms:.2}  precision {precision:.2}  youden {:.2}",
            self.bad,
            self.good,
            recall - alarms
        )
    }
}

fn part(of: u32, all: u32) -> f64 {
    if all == 0 { 0.0 } else { f64::from(of) / f64::from(all) }
}

fn is_hit(analyser: &Analyser, case: &Case) -> bool {
    let grammar = Grammar::named(&case.language).expect("a case names a known language");
    let code = crate::secrets::samples::expand(&case.code);
    analyser.check(&code, grammar).iter().any(|finding| {
        let name = finding.rule.split_once('/').map_or("", |(_, name)| name);
        finding.confidence >= Confidence::Medium && (name == case.class || case.also.iter().any(|also| also == name))
    })
}

/// `PROOFHOUSE_QUALITY` names a family by a part of its name; with `PROOFHOUSE_WRONG` every wrong case is printed.
#[test]
fn families_hold_their_floors() {
    let analyser = Analyser::new();
    let wanted = std::env::var("PROOFHOUSE_QUALITY").unwrap_or_default();
    let shows_wrong = std::env::var_os("PROOFHOUSE_WRONG").is_some();
    let mut files: Vec<_> = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("quality"))
        .expect("the folder of families")
        .map(|entry| entry.expect("a file").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .filter(|path| path.to_string_lossy().contains(&wanted))
        .collect();
    files.sort();
    let mut below = String::new();
    for path in files {
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let family: Family = toml::from_str(&std::fs::read_to_string(&path).expect("a readable family"))
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut whole = Counts::default();
        let mut classes: BTreeMap<(&str, &str), Counts> = BTreeMap::new();
        for (number, case) in family.case.iter().enumerate() {
            let is_hit = is_hit(&analyser, case);
            whole.add(case, is_hit);
            classes.entry((&case.language, &case.class)).or_default().add(case, is_hit);
            if shows_wrong && is_hit != case.bad {
                let kind = if case.bad { "MISSED" } else { "FALSE ALARM" };
                println!("=== {kind} {name} {number} {}/{}\n{}", case.language, case.class, case.code);
            }
        }
        for ((language, class), counts) in classes {
            println!("{}", counts.line(&format!("{name} {language}/{class}")));
        }
        println!("{}\n", whole.line(&name));
        if whole.recall() < family.recall || whole.false_positives() > family.false_positives {
            writeln!(below, "{}", whole.line(&name)).expect("a string takes it");
        }
    }
    assert!(below.is_empty(), "below their floors:\n{below}");
}
