//! How fast replies came, with the field's own terms.

use proofhouse_types::Generation;

use crate::config::{Load, RunConfig};
use crate::metrics::Measured;
use crate::row::SampleRow;
use crate::statistics::spread;
use crate::summary::{Speed, Spread};

/// Without a request under way for so long, in ms, the run stood still: it was stopped and started again, or its
/// machine slept. Between two requests a client that is not stopped needs milliseconds.
const PAUSE_MS: f64 = 30_000.0;

/// In an open loop, so many mean distances between arrivals are a pause: by chance alone one in 500 million is as long.
const PAUSE_ARRIVALS: f64 = 20.0;

/// Time per output token of a whole reply, in ms: (E2EL - TTFT) / (completion tokens - 1). None of fewer than two
/// tokens, where one of the three is not known, and where tokens of reasoning were counted that never came: the time
/// for them lies before the first piece.
#[must_use]
pub fn tpot_ms(generation: &Generation) -> Option<f64> {
    let timing = &generation.timing;
    if generation.usage.reasoning_tokens.is_some_and(|tokens| tokens > 0) && generation.reasoning.is_empty() {
        return None;
    }
    per_further_token(timing.e2el_ms? - timing.ttft_ms?, generation)
}

/// What a time comes to for each token after the first, which it begins with.
fn per_further_token(ms: f64, generation: &Generation) -> Option<f64> {
    let further = generation.usage.completion_tokens?.checked_sub(1).filter(|further| *further > 0)?;
    Some(ms / further as f64)
}

/// How fast the whole replies of one model came that this run asked for; none where no time was measured.
pub(crate) fn speed(measured: &Measured<'_>) -> Option<Speed> {
    let sent: Vec<&SampleRow> = measured.sent().collect();
    let whole: Vec<&Generation> =
        sent.iter().map(|row| &row.generation).filter(|generation| generation.failure.is_none()).collect();
    let span_s = span_ms(&sent, pause_ms(measured.config)) / 1000.0;
    if span_s <= 0.0 {
        return None;
    }
    let over = |value: &dyn Fn(&Generation) -> Option<f64>| -> Option<Spread> {
        spread(whole.iter().filter_map(|generation| value(generation)).collect())
    };
    // Of a server that does not count all of its tokens, nothing can be said.
    let tokens = |count: &dyn Fn(&Generation) -> Option<u64>| -> Option<f64> {
        let counts: Option<Vec<u64>> = whole.iter().map(|generation| count(generation)).collect();
        // As real numbers: what a server claims has no bound.
        counts.filter(|counts| !counts.is_empty()).map(|counts| counts.iter().map(|count| *count as f64).sum())
    };
    let completion = tokens(&|generation| generation.usage.completion_tokens);
    let prompt = tokens(&|generation| generation.usage.prompt_tokens);
    let warm_up = measured.model.warm_up.as_ref();
    let loaded_by_server = warm_up.and_then(|warm_up| warm_up.server?.load_ms);
    Some(Speed {
        ttft_ms: over(&|generation| generation.timing.ttft_ms),
        ttfo_ms: over(&|generation| generation.timing.ttfo_ms),
        tpot_ms: over(&tpot_ms),
        icl_ms: spread(whole.iter().flat_map(|generation| generation.timing.icl_ms.iter().copied()).collect()),
        e2el_ms: over(&|generation| generation.timing.e2el_ms),
        queue_ms: over(&|generation| Some(generation.timing.queue_ms)),
        server_tpot_ms: over(&|generation| per_further_token(generation.server?.generation_ms?, generation)),
        span_s,
        requests_per_s: whole.len() as f64 / span_s,
        output_tokens_per_s: completion.map(|tokens| tokens / span_s),
        total_tokens_per_s: completion.zip(prompt).map(|(completion, prompt)| (completion + prompt) / span_s),
        load_ms: measured.model.facts.load_ms.map(|ms| ms as f64).or(loaded_by_server),
        warm_up_ttft_ms: warm_up.and_then(|warm_up| warm_up.timing.ttft_ms),
    })
}

fn pause_ms(config: &RunConfig) -> f64 {
    match config.asking.load {
        Load::Concurrency(_) => PAUSE_MS,
        Load::Rate(per_second) => PAUSE_MS.max(PAUSE_ARRIVALS * 1000.0 / per_second),
    }
}

/// From the first request to the end of the last one, in ms, without the times of a `pause` and more in which no
/// request was under way.
fn span_ms(rows: &[&SampleRow], pause_ms: f64) -> f64 {
    let mut busy: Vec<(f64, f64)> = rows
        .iter()
        .map(|row| &row.generation.timing)
        .map(|timing| {
            let sent = timing.sent_unix_ms as f64;
            let ended_ms = timing.ended_ms.or(timing.e2el_ms).or(timing.ttft_ms);
            (sent, sent + timing.retry_ms + ended_ms.unwrap_or(0.0))
        })
        .collect();
    busy.sort_by(|one, other| one.0.total_cmp(&other.0));
    let mut span = 0.0;
    let mut ended: Option<f64> = None;
    for (sent, end) in busy {
        let since = ended.filter(|ended| sent - ended < pause_ms).unwrap_or(sent);
        span += (end - since).max(0.0);
        ended = Some(ended.map_or(end, |ended| ended.max(end)));
    }
    span
}

#[cfg(test)]
mod tests {
    use proofhouse_types::{FailureKind, Outcome, ServerTiming, Timing, Usage};

    use super::*;
    use crate::example::{config, failed, row, run, timed};
    use crate::read::Run;
    use crate::summarise::{SummaryOptions, summarise};

    fn of_rows(rows: Vec<SampleRow>) -> Option<Speed> {
        of_run(&run("r", config(&["m"], &[("a", "x"), ("b", "x")], 3), rows))
    }

    fn of_run(run: &Run) -> Option<Speed> {
        summarise(std::slice::from_ref(run), &SummaryOptions::default()).models[0].speed.clone()
    }

    fn passed(task: &str, sample: usize) -> SampleRow {
        row("m", task, sample, Outcome::Passed)
    }

    #[test]
    fn times_and_rates_are_those_of_their_definitions() {
        let rows = vec![
            timed(passed("a", 0), 0, 100.0, 1100.0),
            timed(passed("b", 0), 1100, 300.0, 900.0),
            timed(passed("a", 1), 2000, 200.0, 2000.0),
        ];
        let speed = of_rows(rows).unwrap();
        assert_eq!(speed.span_s, 4.0);
        assert_eq!(speed.requests_per_s, 0.75);
        assert_eq!((speed.output_tokens_per_s, speed.total_tokens_per_s), (Some(33.0 / 4.0), Some(333.0 / 4.0)));
        let ttft = speed.ttft_ms.unwrap();
        assert_eq!((ttft.count, ttft.mean, ttft.p50, ttft.max), (3, 200.0, 200.0, 300.0));
        // 1000, 600 and 1800 ms for the ten tokens after the first.
        let tpot = speed.tpot_ms.unwrap();
        assert_eq!((tpot.count, tpot.p50, tpot.max), (3, 100.0, 180.0));
        assert_eq!(speed.icl_ms.unwrap().count, 6);
        assert_eq!(speed.e2el_ms.unwrap().p50, 1100.0);
    }

    #[test]
    fn kept_and_failed_replies_are_in_no_time() {
        let mut kept = timed(passed("a", 0), 0, 1.0, 2.0);
        kept.generation.kept = true;
        let broken = failed(timed(passed("a", 1), 10_000, 1.0, 500.0), FailureKind::Disconnected);
        let whole = timed(passed("b", 0), 9_000, 100.0, 1000.0);
        let speed = of_rows(vec![kept.clone(), broken, whole]).unwrap();
        assert_eq!(speed.e2el_ms.unwrap().count, 1);
        // The time of what failed is part of the run's.
        assert_eq!((speed.span_s, speed.requests_per_s), (1.5, 1.0 / 1.5));
        assert_eq!(of_rows(vec![kept]), None);
    }

    #[test]
    fn requests_that_came_to_nothing_take_their_time() {
        // The second one waited for its first token for ten minutes, which is no pause.
        let mut nothing = failed(passed("a", 1), FailureKind::FirstTokenTimeout);
        nothing.generation.timing = Timing {
            sent_unix_ms: timed(passed("a", 1), 1_000, 0.0, 0.0).generation.timing.sent_unix_ms,
            ended_ms: Some(600_000.0),
            ..Timing::default()
        };
        let rows = vec![timed(passed("a", 0), 0, 1.0, 1000.0), nothing, timed(passed("b", 0), 601_000, 1.0, 1000.0)];
        assert_eq!(of_rows(rows).unwrap().span_s, 602.0);
    }

    #[test]
    fn counts_that_can_not_be_so_overflow_nothing() {
        let rows = ["a", "b"].map(|task| {
            let mut row = timed(passed(task, 0), 0, 100.0, 1000.0);
            let most = Some(u64::MAX);
            row.generation.usage =
                Usage { prompt_tokens: most, completion_tokens: most, reasoning_tokens: most, ..Usage::default() };
            row
        });
        assert_eq!(of_rows(Vec::from(rows)).unwrap().output_tokens_per_s, Some(2.0 * u64::MAX as f64));
    }

    #[test]
    fn reasoning_that_is_counted_and_never_shown_has_no_time_per_token() {
        let mut row = timed(passed("a", 0), 0, 100.0, 1100.0);
        row.generation.usage.reasoning_tokens = Some(9);
        assert_eq!(tpot_ms(&row.generation), None);
        row.generation.reasoning = "hm".to_owned();
        assert_eq!(tpot_ms(&row.generation), Some(100.0));
    }

    #[test]
    fn time_in_which_the_run_stood_still_is_left_out() {
        let check = |second: u64, expected: f64| {
            let rows = vec![timed(passed("a", 0), 0, 1.0, 1000.0), timed(passed("a", 1), second, 1.0, 1000.0)];
            assert_eq!(of_rows(rows).unwrap().span_s, expected, "{second}");
        };
        check(500, 1.5);
        check(2_000, 3.0);
        check(30_999, 31.999);
        check(31_000, 2.0);
        check(86_400_000, 2.0);
    }

    #[test]
    fn a_slow_open_loop_waits_longer_before_it_stands_still() {
        let rows = vec![timed(passed("a", 0), 0, 1.0, 1000.0), timed(passed("a", 1), 61_000, 1.0, 1000.0)];
        let mut config = config(&["m"], &[("a", "x")], 2);
        config.asking.load = Load::Rate(0.1);
        assert_eq!(of_run(&run("r", config, rows)).unwrap().span_s, 62.0);
    }

    #[test]
    fn requests_at_the_same_time_share_it() {
        let rows = vec![
            timed(passed("a", 0), 0, 1.0, 4000.0),
            timed(passed("b", 0), 1000, 1.0, 1000.0),
            timed(passed("a", 1), 3000, 1.0, 2000.0),
        ];
        assert_eq!(of_rows(rows).unwrap().span_s, 5.0);
    }

    #[test]
    fn what_attempts_lost_is_part_of_the_span_and_of_no_latency() {
        let mut retried = timed(passed("a", 0), 0, 100.0, 1000.0);
        retried.generation.timing.retry_ms = 2000.0;
        let speed = of_rows(vec![retried]).unwrap();
        assert_eq!((speed.span_s, speed.e2el_ms.unwrap().max), (3.0, 1000.0));
    }

    #[test]
    fn a_server_that_does_not_count_its_tokens_has_no_rate_of_them() {
        let mut silent = timed(passed("a", 0), 0, 100.0, 1000.0);
        silent.generation.usage = Usage::default();
        let speed = of_rows(vec![silent, timed(passed("b", 0), 1000, 100.0, 1000.0)]).unwrap();
        assert_eq!((speed.output_tokens_per_s, speed.requests_per_s), (None, 1.0));
        assert_eq!(speed.tpot_ms.unwrap().count, 1);
    }

    #[test]
    fn one_token_has_no_time_per_token() {
        let of = |tokens| {
            let mut row = timed(passed("a", 0), 0, 100.0, 1000.0);
            row.generation.usage.completion_tokens = tokens;
            tpot_ms(&row.generation)
        };
        assert_eq!(
            [of(None), of(Some(0)), of(Some(1)), of(Some(2)), of(Some(11))],
            [None, None, None, Some(900.0), Some(90.0)]
        );
    }

    #[test]
    fn loading_and_warming_up_stand_apart() {
        let mut warm_up = timed(passed("a", 0), 0, 5000.0, 6000.0).generation;
        warm_up.server = Some(ServerTiming { load_ms: Some(4500.0), ..ServerTiming::default() });
        let mut row = timed(passed("a", 0), 7000, 100.0, 1100.0);
        row.generation.server = Some(ServerTiming { generation_ms: Some(990.0), ..ServerTiming::default() });
        let mut config = config(&["m"], &[("a", "x")], 1);
        config.models[0].warm_up = Some(warm_up);
        let speed = of_run(&run("r", config, vec![row])).unwrap();
        assert_eq!(
            (speed.load_ms, speed.warm_up_ttft_ms, speed.ttft_ms.unwrap().max),
            (Some(4500.0), Some(5000.0), 100.0)
        );
        assert_eq!(speed.server_tpot_ms.unwrap().mean, 99.0);
    }
}
