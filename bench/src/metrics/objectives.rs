//! Objectives for the times of a request, such as `ttft=500ms,e2e=10s`.

use std::fmt;
use std::str::FromStr;

use proofhouse_types::Generation;

use super::speed::tpot_ms;

/// What a request must meet to be of use to whoever waits for it. Times count from when it was first sent, so that
/// attempts that failed are in them.
#[derive(Debug, Clone, PartialEq)]
pub struct Objectives(Vec<(Measure, f64)>);

/// What can be asked of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Measure {
    Ttft,
    Ttfo,
    Tpot,
    E2el,
}

impl Measure {
    const ALL: [Measure; 4] = [Measure::Ttft, Measure::Ttfo, Measure::Tpot, Measure::E2el];

    fn name(self) -> &'static str {
        match self {
            Measure::Ttft => "ttft",
            Measure::Ttfo => "ttfo",
            Measure::Tpot => "tpot",
            Measure::E2el => "e2e",
        }
    }

    /// Milliseconds of a request; none where they were not measured.
    fn of(self, generation: &Generation) -> Option<f64> {
        let timing = &generation.timing;
        let since_first = |ms: Option<f64>| ms.map(|ms| timing.retry_ms + ms);
        match self {
            Measure::Ttft => since_first(timing.ttft_ms),
            Measure::Ttfo => since_first(timing.ttfo_ms),
            // One token has no time from one to the next.
            Measure::Tpot if generation.usage.completion_tokens == Some(1) => Some(0.0),
            Measure::Tpot => tpot_ms(generation),
            Measure::E2el => since_first(timing.e2el_ms),
        }
    }
}

impl Objectives {
    /// Whether a request met all of them. One that failed did not, nor did one whose time is not known.
    pub(crate) fn are_met(&self, generation: &Generation) -> bool {
        let is_met = |(measure, most): &(Measure, f64)| measure.of(generation).is_some_and(|ms| ms <= *most);
        generation.failure.is_none() && self.0.iter().all(is_met)
    }
}

/// Why a text names no objectives.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseObjectivesError {
    /// There is nothing in it.
    #[error("no objective: expected such as `ttft=500ms,e2e=10s`")]
    Nothing,
    /// Not a name and a time.
    #[error("`{0}` is no objective: expected a name and a time, such as `ttft=500ms`")]
    Form(String),
    /// Not a name that is known.
    #[error("`{0}` can't be asked of a request: expected `ttft`, `ttfo`, `tpot` or `e2e`")]
    Name(String),
    /// Not a time.
    #[error("`{0}` is no time: expected a number above 0 with `ms` or `s`, such as `500ms` or `1.5s`")]
    Time(String),
    /// The same twice.
    #[error("`{0}` stands there twice")]
    Twice(String),
}

impl FromStr for Objectives {
    type Err = ParseObjectivesError;

    fn from_str(text: &str) -> Result<Objectives, ParseObjectivesError> {
        if text.trim().is_empty() {
            return Err(ParseObjectivesError::Nothing);
        }
        let mut objectives: Vec<(Measure, f64)> = Vec::new();
        for part in text.split(',').map(str::trim) {
            let (name, time) = part.split_once('=').ok_or_else(|| ParseObjectivesError::Form(part.to_owned()))?;
            let name = name.trim();
            // The metric's own name is as good as the flag's.
            let known = |measure: &Measure| measure.name() == name || (*measure == Measure::E2el && name == "e2el");
            let measure =
                Measure::ALL.into_iter().find(known).ok_or_else(|| ParseObjectivesError::Name(name.to_owned()))?;
            if objectives.iter().any(|(there, _)| *there == measure) {
                return Err(ParseObjectivesError::Twice(measure.name().to_owned()));
            }
            objectives.push((measure, milliseconds(time.trim())?));
        }
        Ok(Objectives(objectives))
    }
}

fn milliseconds(text: &str) -> Result<f64, ParseObjectivesError> {
    let wrong = || ParseObjectivesError::Time(text.to_owned());
    let (number, factor) = match text.strip_suffix("ms") {
        Some(number) => (number, 1.0),
        None => (text.strip_suffix('s').ok_or_else(wrong)?, 1000.0),
    };
    let number: f64 = number.trim().parse().map_err(|_| wrong())?;
    if number.is_finite() && number > 0.0 { Ok(number * factor) } else { Err(wrong()) }
}

impl fmt::Display for Objectives {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (measure, ms)) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            let name = measure.name();
            if *ms >= 1000.0 {
                write!(f, "{comma}{name}={}s", ms / 1000.0)?
            } else {
                write!(f, "{comma}{name}={ms}ms")?
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proofhouse_types::{FailureKind, GenerationFailure, Timing, Usage};

    use super::*;

    #[test]
    fn objectives_are_names_and_times() {
        let check = |text: &str, shown: &str| {
            let objectives: Objectives = text.parse().unwrap();
            assert_eq!(objectives.to_string(), shown, "{text}");
            assert_eq!(shown.parse::<Objectives>().unwrap(), objectives, "{text} again");
        };
        check("ttft=500ms,e2e=10s", "ttft=500ms,e2e=10s");
        check(" tpot = 50ms , ttfo=1.5s", "tpot=50ms,ttfo=1.5s");
        check("e2el=0.5s", "e2e=500ms");
    }

    #[test]
    fn what_names_no_objective_says_what_was_expected() {
        let cases = [
            ("", "no objective: expected such as `ttft=500ms,e2e=10s`"),
            ("ttft", "`ttft` is no objective: expected a name and a time, such as `ttft=500ms`"),
            ("ttft=1s,", "`` is no objective: expected a name and a time, such as `ttft=500ms`"),
            ("itl=1s", "`itl` can't be asked of a request: expected `ttft`, `ttfo`, `tpot` or `e2e`"),
            ("ttft=500", "`500` is no time: expected a number above 0 with `ms` or `s`, such as `500ms` or `1.5s`"),
            ("ttft=-1s", "`-1s` is no time: expected a number above 0 with `ms` or `s`, such as `500ms` or `1.5s`"),
            ("ttft=infs", "`infs` is no time: expected a number above 0 with `ms` or `s`, such as `500ms` or `1.5s`"),
            ("e2e=1s,e2el=2s", "`e2e` stands there twice"),
        ];
        for (text, message) in cases {
            assert_eq!(text.parse::<Objectives>().unwrap_err().to_string(), message, "{text}");
        }
    }

    #[test]
    fn a_request_meets_all_objectives_or_none() {
        let timing = Timing {
            retry_ms: 100.0,
            ttft_ms: Some(400.0),
            ttfo_ms: Some(500.0),
            e2el_ms: Some(2400.0),
            ..Timing::default()
        };
        let usage = Usage { completion_tokens: Some(21), ..Usage::default() };
        let whole = Generation { timing, usage, ..Generation::default() };
        let failure = Some(GenerationFailure { kind: FailureKind::Malformed, message: String::new() });
        let failed = Generation { failure, ..whole.clone() };
        let silent = Generation { usage: Usage::default(), ..whole.clone() };
        let single = Generation { usage: Usage { completion_tokens: Some(1), ..Usage::default() }, ..whole.clone() };
        let cases = [
            ("ttft=500ms", &whole, true),
            ("ttft=499ms", &whole, false),
            ("ttfo=600ms,e2e=2500ms", &whole, true),
            ("ttfo=600ms,e2e=2499ms", &whole, false),
            ("tpot=100ms", &whole, true),
            ("tpot=99ms", &whole, false),
            ("tpot=99ms", &single, true),
            ("tpot=1s", &silent, false),
            ("ttft=10s", &failed, false),
        ];
        for (text, generation, expected) in cases {
            assert_eq!(text.parse::<Objectives>().unwrap().are_met(generation), expected, "{text}");
        }
    }
}
