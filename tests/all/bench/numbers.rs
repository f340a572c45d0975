//! Holds the numbers of a run's rows and of its report against what llama.cpp's server says of each request.

use proofhouse_bench::{SampleRow, Spread, tpot_ms};
use proofhouse_tests::Served;

use super::llama::{Done, Model};

/// What may lie between the time per token of the server and that of the client, in parts of it.
const TPOT_OFF: f64 = 0.05;

/// What the server says a request cost: a number of its `timings`.
fn timed(served: &Served, name: &str) -> f64 {
    served.timings[name].as_f64().unwrap_or_else(|| panic!("no `{name}` in {}", served.timings))
}

fn sum(served: &[Served], name: &str) -> f64 {
    served.iter().map(|served| timed(served, name)).sum()
}

/// Holds every row, and every number of the report that the server has too, against what the server measured.
pub fn check_numbers(done: &Done, model: &Model) {
    let (served, rows) = (model.served(), done.rows(model));
    assert_eq!(served.len(), rows.len(), "{}", done.printed);
    for (row, served) in rows.iter().zip(&served) {
        let (generation, timing) = (&row.generation, &row.generation.timing);
        let (usage, server) = (generation.usage, generation.server.unwrap());
        let what = format!("{} {:?} {}", row.task_id, timing, served.timings);
        assert_eq!(usage.completion_tokens, served.timings["predicted_n"].as_u64(), "{what}");
        assert_eq!(usage.cached_tokens, served.timings["cache_n"].as_u64(), "{what}");
        let prompt = timed(served, "prompt_n") + timed(served, "cache_n");
        assert_eq!(usage.prompt_tokens, Some(prompt as u64), "{what}");
        let (prompt_ms, generation_ms) = (timed(served, "prompt_ms"), timed(served, "predicted_ms"));
        assert_eq!((server.prompt_ms, server.generation_ms), (Some(prompt_ms), Some(generation_ms)), "{what}");
        // The client waits for all of it, and sees the last token but not the end mark behind it.
        if let (Some(ttft_ms), Some(e2el_ms)) = (timing.ttft_ms, timing.e2el_ms) {
            assert!(ttft_ms >= prompt_ms, "{what}");
            assert!(timing.ttfo_ms.is_none_or(|ttfo_ms| ttfo_ms >= ttft_ms), "{what}");
            assert!((timing.icl_ms.iter().sum::<f64>() - (e2el_ms - ttft_ms)).abs() < 0.01, "{what}");
        }
    }

    let summary = done.model(model);
    let speed = summary.speed.as_ref().unwrap();
    let endings = &summary.endings;
    assert_eq!(endings.completion_tokens as f64, sum(&served, "predicted_n"));
    assert_eq!(endings.prompt_tokens as f64, sum(&served, "prompt_n") + sum(&served, "cache_n"));
    let per_token = served.iter().filter(|served| timed(served, "predicted_n") > 1.0);
    let per_token = per_token.map(|served| timed(served, "predicted_ms") / (timed(served, "predicted_n") - 1.0));
    check_spread("server TPOT", speed.server_tpot_ms, per_token.collect());
    check_spread("TPOT", speed.tpot_ms, rows.iter().filter_map(|row| tpot_ms(&row.generation)).collect());
    let of_timing = |value: &dyn Fn(&SampleRow) -> Option<f64>| rows.iter().filter_map(|row| value(row)).collect();
    check_spread("TTFT", speed.ttft_ms, of_timing(&|row| row.generation.timing.ttft_ms));
    check_spread("TTFO", speed.ttfo_ms, of_timing(&|row| row.generation.timing.ttfo_ms));
    check_spread("E2EL", speed.e2el_ms, of_timing(&|row| row.generation.timing.e2el_ms));
    let chunks = rows.iter().flat_map(|row| row.generation.timing.icl_ms.iter().copied());
    check_spread("ICL", speed.icl_ms, chunks.collect());
    // The span has all of the server's work in it, and what lies between requests.
    let busy_s = (sum(&served, "prompt_ms") + sum(&served, "predicted_ms")) / 1000.0;
    let last = served.last().unwrap();
    let end_mark_s = timed(last, "predicted_ms") / (timed(last, "predicted_n") - 1.0).max(1.0) / 1000.0;
    assert!(speed.span_s >= busy_s - end_mark_s - 0.01, "{} s of {busy_s} s", speed.span_s);
    let rate = speed.output_tokens_per_s.unwrap();
    assert!((rate - sum(&served, "predicted_n") / speed.span_s).abs() < 1e-6 * rate, "{rate}");
    assert!((speed.requests_per_s - rows.len() as f64 / speed.span_s).abs() < 1e-6 * rate, "{rate}");
}

/// Holds a spread against its values: each quantile has its share of them below it.
fn check_spread(what: &str, spread: Option<Spread>, mut values: Vec<f64>) {
    let spread = spread.unwrap_or_else(|| panic!("no {what}"));
    values.sort_by(f64::total_cmp);
    let rank = |share: f64| share * (values.len() - 1) as f64;
    assert_eq!((spread.count, spread.max), (values.len(), values[values.len() - 1]), "{what}");
    for (share, got) in [(0.5, spread.p50), (0.9, spread.p90), (0.95, spread.p95), (0.99, spread.p99)] {
        let (low, high) = (values[rank(share).floor() as usize], values[rank(share).ceil() as usize]);
        assert!((low - 1e-9..=high + 1e-9).contains(&got), "{what}: {got} at {share}, between {low} and {high}");
    }
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    assert!((spread.mean - mean).abs() < 1e-6 * mean.abs().max(1.0), "{what}: {} and {mean}", spread.mean);
}

/// Holds the client's time per token against the server's. Every reply has 60 tokens and more.
///
/// The server's has one step more in it, that of the end mark, which no client sees. On a busy machine that step alone can be a
/// twentieth of a short reply; the tails of a run of 36 are single replies, so they are shown and not held.
pub fn check_tpot(done: &Done, model: &Model) {
    let speed = done.model(model).speed.as_ref().unwrap();
    let (client, server) = (speed.tpot_ms.unwrap(), speed.server_tpot_ms.unwrap());
    let off = |name: &str, client: f64, server: f64| {
        let off = client / server - 1.0;
        println!("TPOT {name}: {client:.4} ms by the client, {server:.4} ms by the server: {:+.2} %", 100.0 * off);
        off.abs()
    };
    let tails = [("p95", client.p95, server.p95), ("p99", client.p99, server.p99)];
    for (name, client, server) in tails {
        off(name, client, server);
    }
    let held = [("mean", client.mean, server.mean), ("p50", client.p50, server.p50), ("p90", client.p90, server.p90)];
    let held = held.map(|(name, client, server)| off(name, client, server));
    assert!(held.iter().all(|off| *off <= TPOT_OFF), "{held:?}");
}

/// Holds goodput and cost against the rows: two GPUs at 3 an hour, and an end within 1.5 s.
pub fn check_measures(done: &Done, model: &Model, passed: usize) {
    let summary = done.model(model);
    let (speed, cost) = (summary.speed.as_ref().unwrap(), summary.cost.unwrap());
    let a_second = 2.0 * 3.0 / 3600.0;
    let close = |got: Option<f64>, expected: f64| assert!((got.unwrap() / expected - 1.0).abs() < 1e-9, "{got:?}");
    close(cost.per_1k_output_tokens, 1000.0 * a_second / speed.output_tokens_per_s.unwrap());
    close(cost.per_accepted, a_second * speed.span_s / passed as f64);
    let rows = done.rows(model);
    let in_time = |row: &&&SampleRow| row.generation.timing.e2el_ms.is_some_and(|ms| ms <= 1500.0);
    let good = rows.iter().filter(in_time).filter(|row| row.is_accepted()).count();
    let goodput = summary.goodput.as_ref().unwrap();
    assert_eq!(goodput.in_time.value, rows.iter().filter(in_time).count() as f64 / rows.len() as f64);
    assert_eq!(goodput.share.value, good as f64 / rows.len() as f64);
    assert!((goodput.requests_per_s - good as f64 / speed.span_s).abs() < 1e-9, "{goodput:?}");
}
