//! What a run shows while it is under way: a bar for each model on a terminal, and now and then a line elsewhere.

use std::collections::HashMap;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use proofhouse_bench::{Event, SampleRow};

use crate::text;

/// Where there is no terminal, a line comes with each tenth of a model's samples, and after so long at the latest.
const QUIET: Duration = Duration::from_secs(30);

/// How often a bar's clock goes on by itself.
const TICK: Duration = Duration::from_millis(500);

/// The view of one run.
pub struct Live {
    terminal: Option<MultiProgress>,
    models: HashMap<String, Counts>,
}

/// What came of one model so far.
struct Counts {
    of: usize,
    came: usize,
    /// Those that were there before: they say nothing of how fast it goes.
    kept: usize,
    graded: usize,
    passed: usize,
    failed: usize,
    last_failure: Option<&'static str>,
    ttft_ms: Vec<f64>,
    started: Instant,
    last_came: Instant,
    said: Instant,
    said_tenths: usize,
    bar: Option<ProgressBar>,
}

impl Live {
    pub fn new() -> Live {
        let terminal = std::io::stderr().is_terminal().then(MultiProgress::new);
        Live { terminal, models: HashMap::new() }
    }

    /// Shows what happened.
    pub fn show(&mut self, event: &Event<'_>) {
        match event {
            Event::Ungraded(count) => self.note(&format!("{count} replies from before are graded first")),
            Event::Turn { model, of, kept } => self.begin(model, *of, kept),
            Event::Warm { model, facts, warm_up } => {
                let name = facts.name.as_deref().unwrap_or(model);
                let failure = warm_up.failure.as_ref().map(|failure| format!(", which failed: {}", failure.message));
                let load = warm_up.server.and_then(|server| server.load_ms).or(facts.load_ms.map(|ms| ms as f64));
                let load = load.map(|ms| format!(", loaded in {:.1} s", ms / 1000.0)).unwrap_or_default();
                let ttft = warm_up.timing.ttft_ms.map(|ms| format!(" in {ms:.0} ms")).unwrap_or_default();
                self.note(&format!("{model}: {name} warmed up{ttft}{load}{}", failure.unwrap_or_default()));
                if let Some(counts) = self.models.get_mut(*model) {
                    counts.started = Instant::now();
                }
            }
            Event::Came(row) => self.count(row, Counts::come),
            Event::Graded(row) => self.count(row, Counts::grade),
            Event::Lost { model, why } => {
                self.note(&format!("{model}: given up: {why}"));
                if let Some(bar) = self.models.get(*model).and_then(|counts| counts.bar.as_ref()) {
                    bar.abandon();
                }
            }
        }
    }

    /// A line that stays.
    fn note(&self, note: &str) {
        let note = text::harmless(note);
        match &self.terminal {
            Some(terminal) => terminal.suspend(|| text::error_text(&note)),
            None => text::error_text(&note),
        }
    }

    /// Leaves the bars as they are, and goes on below them.
    pub fn end(self) {
        if self.terminal.is_some() {
            text::error_text("");
        }
    }

    fn begin(&mut self, model: &str, of: usize, kept: &[&SampleRow]) {
        let bar = self.terminal.as_ref().map(|terminal| {
            let style = ProgressStyle::with_template("{prefix} [{bar:20}] {msg}");
            let bar = terminal.add(ProgressBar::new(of as u64));
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar.set_prefix(model.to_owned());
            bar.enable_steady_tick(TICK);
            bar
        });
        let mut counts = Counts::new(of, bar);
        for row in kept {
            counts.come(row);
            counts.grade(row);
        }
        counts.kept = kept.len();
        counts.said_tenths = counts.tenths();
        if counts.kept > 0 {
            self.note(&format!("{model}: {} of {of} are there from before", counts.kept));
        }
        counts.draw();
        self.models.insert(model.to_owned(), counts);
    }

    fn count(&mut self, row: &SampleRow, count: fn(&mut Counts, &SampleRow)) {
        let Some(counts) = self.models.get_mut(&row.model) else { return };
        count(counts, row);
        counts.draw();
        if self.terminal.is_none() && counts.is_due() {
            text::error_text(&format!("{}: {}", row.model, counts.line()));
        }
    }
}

impl Counts {
    fn new(of: usize, bar: Option<ProgressBar>) -> Counts {
        let now = Instant::now();
        Counts {
            of,
            came: 0,
            kept: 0,
            graded: 0,
            passed: 0,
            failed: 0,
            last_failure: None,
            ttft_ms: Vec::new(),
            started: now,
            last_came: now,
            said: now,
            said_tenths: 0,
            bar,
        }
    }

    fn come(&mut self, row: &SampleRow) {
        self.came += 1;
        self.last_came = Instant::now();
        match &row.generation.failure {
            Some(failure) => {
                self.failed += 1;
                self.last_failure = Some(failure.kind.name());
            }
            None if row.generation.kept => {}
            None => self.ttft_ms.extend(row.generation.timing.ttft_ms),
        }
    }

    fn grade(&mut self, row: &SampleRow) {
        let Some(report) = &row.report else { return };
        if report.score.is_some() {
            self.graded += 1;
            self.passed += usize::from(report.passed);
        }
    }

    fn tenths(&self) -> usize {
        10 * self.came.min(self.graded + self.failed) / self.of.max(1)
    }

    /// Whether a line is to be written. It counts as written.
    fn is_due(&mut self) -> bool {
        let tenths = self.tenths();
        let is_due = tenths > self.said_tenths || self.said.elapsed() >= QUIET;
        if is_due {
            (self.said, self.said_tenths) = (Instant::now(), tenths);
        }
        is_due
    }

    fn draw(&self) {
        if let Some(bar) = &self.bar {
            bar.set_position(self.came as u64);
            bar.set_message(self.line());
            if self.came == self.of && self.graded + self.failed >= self.of {
                bar.abandon();
            }
        }
    }

    /// `12/108, 0.8/s, 120 s left, 66.7 % of 9 pass, TTFT p50 120 ms, 1 failed (last: idle_timeout)`.
    fn line(&self) -> String {
        let mut line = format!("{}/{}", self.came, self.of);
        let asked = self.came - self.kept;
        let took = self.last_came.duration_since(self.started);
        // What took no time that a clock can tell has no rate.
        if asked > 0 && took >= Duration::from_millis(1) {
            let per_s = asked as f64 / took.as_secs_f64();
            line += &format!(", {per_s:.2}/s");
            if self.came < self.of {
                let left = Duration::from_secs_f64((self.of - self.came) as f64 / per_s);
                line += &format!(", {} left", indicatif::HumanDuration(left));
            }
        }
        if self.graded > 0 {
            line += &format!(", {:.1} % of {} pass", 100.0 * self.passed as f64 / self.graded as f64, self.graded);
        }
        if let Some(ttft_ms) = median(&self.ttft_ms) {
            line += &format!(", TTFT p50 {ttft_ms:.0} ms");
        }
        if let Some(last) = self.last_failure {
            line += &format!(", {} failed (last: {last})", self.failed);
        }
        line
    }
}

fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    let lower = sorted[(sorted.len() - 1) / 2];
    Some(f64::midpoint(lower, upper))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(generation: serde_json::Value) -> SampleRow {
        let mut row = json!({
            "model": "m", "task_id": "t", "sample_id": "0",
            "request": {
                "ask": { "mode": "complete", "prompt": "" }, "sampling": { "max_tokens": 9, "temperature": 0.0 },
            },
            "generation": {
                "text": "", "usage": {}, "attempts": 1,
                "timing": { "sent_unix_ms": 0, "queue_ms": 0.0, "retry_ms": 0.0, "ttft_ms": 40.0 },
            },
        });
        for (name, value) in generation.as_object().unwrap() {
            row["generation"][name] = value.clone();
        }
        serde_json::from_value(row).unwrap()
    }

    #[test]
    fn a_line_says_how_far_it_is_and_what_failed() {
        let mut counts = Counts::new(3, None);
        counts.come(&row(json!({})));
        let line = counts.line();
        assert!(line.starts_with("1/3, ") && line.ends_with(", TTFT p50 40 ms"), "{line}");
        counts.last_came = counts.started;
        assert_eq!(counts.line(), "1/3, TTFT p50 40 ms");
        counts.last_came = counts.started + Duration::from_secs(2);
        assert_eq!(counts.line(), "1/3, 0.50/s, 4 seconds left, TTFT p50 40 ms");
        counts.come(&row(json!({ "failure": { "kind": "idle_timeout", "message": "" } })));
        counts.come(&row(json!({ "kept": true })));
        let line = counts.line();
        assert!(line.starts_with("3/3, ") && !line.contains("left"), "{line}");
        assert!(line.ends_with(", TTFT p50 40 ms, 1 failed (last: idle_timeout)"), "{line}");
    }

    #[test]
    fn a_line_is_due_with_each_tenth() {
        let mut counts = Counts::new(20, None);
        let due: Vec<bool> = (0..20)
            .map(|_| {
                counts.come(&row(json!({ "failure": { "kind": "rejected", "message": "" } })));
                counts.is_due()
            })
            .collect();
        assert_eq!(due.iter().filter(|due| **due).count(), 10);
    }

    #[test]
    fn a_median_lies_between_the_middle_two() {
        assert_eq!([median(&[]), median(&[3.0]), median(&[4.0, 1.0, 2.0, 9.0])], [None, Some(3.0), Some(3.0)]);
    }
}
