//! Hits to findings: messages, places, the way that data took.

use proofhouse_types::{Category, Confidence, Edit, Finding, Severity, Step};

use crate::fingerprint;
use crate::flow::{self, Found, Hit, Note};
use crate::ir::{Program, Span};
use crate::lines::Lines;
use crate::schema::{self, Level};
use crate::table::Table;
use crate::value::StepId;

/// Steps that are shown of one way: its source, and the last ones before the sink.
const STEPS_SHOWN: usize = 12;

/// Makes findings of hits, in the order of the text.
pub(crate) fn findings(text: &str, program: &Program, table: &Table, found: &Found) -> Vec<Finding> {
    if found.hits.is_empty() {
        return Vec::new();
    }
    let writer = Writer { text, program, found, lines: Lines::new(text), damage: Damage::new(&program.damaged) };
    let mut findings: Vec<(Span, Finding)> =
        found.hits.iter().map(|hit| (hit.span, writer.finding(hit, &table.rules[usize::from(hit.rule)]))).collect();
    findings.sort_by(|(_, one), (_, other)| (one.place, &one.rule).cmp(&(other.place, &other.rule)));
    // A rule may hit both a call and a call inside it: on one line, the surer one is enough.
    findings.dedup_by(|(inner, later), (outer, kept)| {
        let is_same = later.rule == kept.rule
            && later.place.line == kept.place.line
            && (outer.contains(*inner) || inner.contains(*outer));
        if is_same && later.confidence > kept.confidence {
            std::mem::swap(kept, later);
        }
        is_same
    });
    fingerprint::fill(findings.iter_mut().map(|(span, finding)| (finding, span.of(text))));
    findings.into_iter().map(|(_, finding)| finding).collect()
}

struct Writer<'a> {
    text: &'a str,
    program: &'a Program,
    found: &'a Found,
    lines: Lines<'a>,
    damage: Damage,
}

/// Where a text does not parse, made so that each of many findings is looked up in no time.
struct Damage {
    /// In their order, each with the furthest end of those up to it and the nearest end of those from it on.
    spans: Vec<(Span, u32, u32)>,
}

impl Damage {
    fn new(damaged: &[Span]) -> Self {
        let mut spans: Vec<(Span, u32, u32)> = damaged.iter().map(|&span| (span, span.end, span.end)).collect();
        spans.sort_by_key(|(span, ..)| (span.start, span.end));
        for at in 1..spans.len() {
            spans[at].1 = spans[at].1.max(spans[at - 1].1);
        }
        for at in (1..spans.len()).rev() {
            spans[at - 1].2 = spans[at - 1].2.min(spans[at].2);
        }
        Damage { spans }
    }

    /// Whether a damaged span contains this one or is inside it.
    fn touches(&self, span: Span) -> bool {
        let started = self.spans.partition_point(|(damaged, ..)| damaged.start <= span.start);
        let later = self.spans.partition_point(|(damaged, ..)| damaged.start < span.start);
        self.spans[..started].last().is_some_and(|&(_, furthest, _)| furthest >= span.end)
            || self.spans.get(later).is_some_and(|&(_, _, nearest)| nearest <= span.end)
    }
}

impl Writer<'_> {
    fn finding(&self, hit: &Hit, rule: &schema::Rule) -> Finding {
        let flow = hit.step.map_or_else(Vec::new, |step| self.flow(step));
        let source = flow.first().map_or("untrusted data", |step| step.note.as_str());
        let message = rule
            .message
            .replace("`{sink}`", "{sink}")
            .replace("`{name}`", "{name}")
            .replace("`{value}`", "{value}")
            .replace("{source}", source)
            .replace("{sink}", &format!("`{}`", hit.sink))
            .replace("{name}", &format!("`{}`", hit.name))
            .replace("{value}", &format!("`{}`", hit.value));
        let severity = if hit.lesser { lesser(rule.severity) } else { rule.severity };
        Finding {
            rule: rule.id.clone(),
            category: match rule.category {
                schema::Category::Security => Category::Security,
                schema::Category::Robustness => Category::Robustness,
                schema::Category::Integrity => Category::Integrity,
            },
            severity: match severity {
                Level::Low => Severity::Low,
                Level::Medium => Severity::Medium,
                Level::High => Severity::High,
            },
            confidence: match hit.confidence {
                Level::Low => Confidence::Low,
                Level::Medium => Confidence::Medium,
                Level::High => Confidence::High,
            },
            cwe: rule.cwe.clone(),
            place: self.lines.place(hit.span),
            message,
            flow,
            damaged: self.damage.touches(hit.span),
            fingerprint: String::new(),
            fix: self.fix(hit, rule),
        }
    }

    /// The way of data from its source to its last step.
    fn flow(&self, last: StepId) -> Vec<Step> {
        let mut steps = Vec::new();
        let mut at = Some(last);
        while let Some(id) = at {
            let step = &self.found.steps[id.0 as usize];
            steps.push(step);
            at = step.before;
        }
        steps.reverse();
        if steps.len() > STEPS_SHOWN {
            steps.drain(1..=steps.len() - STEPS_SHOWN);
        }
        let note = |step: &flow::Step| match &step.note {
            Note::Source(what) => what.to_string(),
            Note::Unknown => format!("`{}`, which is not known here", self.shown(step.span)),
            Note::Returned => {
                let call = self.shown(step.span);
                format!("the result of `{}`, which is not known here", call.split('(').next().unwrap_or(call))
            }
            Note::Kept(name) => format!("kept in `{}`", self.program.name(*name)),
            Note::Handed(name) => format!("handed to the parameter `{}`", self.program.name(*name)),
        };
        steps.into_iter().map(|step| Step { place: self.lines.place(step.span), note: note(step) }).collect()
    }

    /// The beginning of a text, on one line.
    fn shown(&self, span: Span) -> &str {
        let line = span.of(self.text).lines().next().unwrap_or_default();
        &line[..line.floor_char_boundary(60)]
    }

    fn fix(&self, hit: &Hit, rule: &schema::Rule) -> Option<Edit> {
        let (fix, span) = (rule.fix.as_ref()?, hit.fix?);
        let (start, end) = (span.start as usize, span.end as usize);
        if let Some(text) = fix.callee.as_ref().or(fix.value.as_ref()) {
            return Some(Edit { start, end, text: text.clone() });
        }
        let argument = fix.add_argument.as_ref()?;
        let call = self.text.get(start..end)?;
        let close = call.rfind(')')?;
        let before = call[..close].trim_end();
        let separator = if before.ends_with(['(', ',']) { "" } else { ", " };
        let at = start + before.len();
        Some(Edit { start: at, end: start + close, text: format!("{separator}{argument}") })
    }
}

fn lesser(level: Level) -> Level {
    match level {
        Level::High => Level::Medium,
        Level::Medium | Level::Low => Level::Low,
    }
}
