//! What holds for the page as a whole.

use std::collections::BTreeMap;

use proofhouse_types::SampleId;

use super::document::{SCRIPT, STYLE};
use super::fixture;
use super::html;
use super::series::{COLOURS, style};
use crate::read::Run;
use crate::summarise::{SummaryOptions, summarise};
use crate::summary::{Estimate, Spread, Summary};

fn page() -> String {
    let runs = [fixture::run()];
    html(&fixture::summary(&runs), &runs)
}

/// What stands between two texts, each time.
fn between<'a>(text: &'a str, start: &str, end: &str) -> Vec<&'a str> {
    text.split(start).skip(1).filter_map(|rest| rest.split(end).next()).collect()
}

#[test]
fn nothing_of_a_reply_is_markup() {
    let mut run = fixture::run();
    let hostile = "</script><script>alert(1)</script><!--<img src=x onerror=alert(1)>";
    for row in &mut run.rows {
        row.generation.text = hostile.to_owned();
        row.generation.reasoning = hostile.to_owned();
        row.code = hostile.to_owned();
        row.task_id.0.push_str(hostile);
    }
    for task in &mut run.config.tasks {
        task.id.0.push_str(hostile);
        task.category = Some(hostile.to_owned());
    }
    for model in &mut run.config.models {
        model.facts.name = Some(hostile.to_owned());
    }
    run.config.suite.name = hostile.to_owned();
    let runs = [run];
    let page = html(&fixture::summary(&runs), &runs);
    assert!(!page.contains("<script>alert") && !page.contains("<img") && !page.contains("<!--"));
    // Its own two: the samples and the script.
    assert_eq!(page.matches("<script").count(), 2);
    assert_eq!(page.matches("</script").count(), 2);
}

#[test]
fn samples_are_whole_in_the_page() {
    let page = page();
    let json = between(&page, "<script id=\"samples\" type=\"application/json\">", "</script>");
    let samples: serde_json::Value = serde_json::from_str(json[0]).unwrap();
    let rows = samples["rows"].as_array().unwrap();
    let run = fixture::run();
    assert_eq!(rows.len(), run.rows.len());
    for row in &run.rows {
        let shown = rows.iter().find(|shown| {
            shown["model"] == *row.model && shown["task"] == *row.task_id.0 && shown["sample"] == *row.sample_id.0
        });
        let shown = shown.unwrap();
        assert_eq!((&shown["text"], &shown["code"]), (&row.generation.text.as_str().into(), &row.code.as_str().into()));
        let prompt = &samples["prompts"][shown["prompt"].as_u64().unwrap() as usize];
        assert_eq!(prompt[0][0], "System prompt");
    }
    // The six tasks' prompts stand there once each.
    assert_eq!(samples["prompts"].as_array().unwrap().len(), 6);
}

#[test]
fn every_plot_names_itself_and_has_axes_with_units() {
    let page = page();
    let figures = between(&page, "<figure class=\"plot", "</figure>");
    assert_eq!(figures.len(), 4);
    for (figure, axes) in figures.iter().zip([
        ["end-to-end latency, median (E2EL p50), s, logarithmic", "pass@1, %"],
        ["TTFT, ms, logarithmic", "replies within that time, %"],
        ["E2EL, s, logarithmic", "replies within that time, %"],
        ["pass@1, %", "category"],
    ]) {
        assert!(figure.contains("role=\"img\"") && figure.contains("aria-label=\"") && figure.contains("<figcaption"));
        assert!(!figure.contains("<script") && !figure.contains("could not be drawn"), "{figure}");
        let texts: Vec<&str> =
            between(figure, "<text", "</text>").iter().filter_map(|text| text.split('>').nth(1)).collect();
        for axis in axes {
            assert!(texts.iter().any(|text| text.trim() == axis), "{axis} in {texts:?}");
        }
        // Every model is in it.
        for colour in COLOURS.iter().take(3) {
            let colour = format!("#{:02X}{:02X}{:02X}", colour.0, colour.1, colour.2);
            assert!(figure.contains(&colour), "{colour}");
        }
    }
}

#[test]
fn the_document_asks_nothing_of_any_place_and_allows_one_script() {
    let page = page();
    for asking in
        ["src=", "@import", "url(", "<link rel=\"stylesheet\"", "fetch(", "XMLHttpRequest", "innerHTML", "eval("]
    {
        assert!(!STYLE.contains(asking) && !SCRIPT.contains(asking), "{asking}");
    }
    let policy = between(&page, "http-equiv=\"Content-Security-Policy\" content=\"", "\"");
    let said = ["default-src 'none'", "script-src 'sha256-", "base-uri 'none'", "form-action 'none'"];
    for said in said {
        assert!(policy[0].replace("&#39;", "'").contains(said), "{said} in {policy:?}");
    }
    assert!(page.contains(SCRIPT), "the script stands there as its digest has it");
}

#[test]
fn a_summary_of_nothing_and_of_one_model_is_a_page() {
    let nothing = html(&summarise(&[], &SummaryOptions::default()), &[]);
    assert!(nothing.contains("There are no samples yet.") && !nothing.contains("<figure"));
    let mut run = fixture::run();
    run.rows.clear();
    let runs = [run];
    let empty = html(&summarise(&runs, &SummaryOptions::default()), &runs);
    assert!(empty.contains("Leaderboard") && !empty.contains("NaN"));
    let mut run = fixture::run();
    run.config.models.truncate(1);
    let one = run.config.models[0].name.clone();
    run.rows.retain(|row| row.model == one);
    let runs = [run];
    let page = html(&summarise(&runs, &SummaryOptions::default()), &runs);
    assert!(page.contains("1 model, 6 tasks") && !page.contains("Which is better"));
    assert_eq!(page.matches("<figure").count(), 4);
}

#[test]
fn results_of_others_have_no_speed() {
    let runs = [fixture::run()];
    let mut summary = fixture::summary(&runs);
    for model in &mut summary.models {
        model.speed = None;
        model.goodput = None;
        model.cost = None;
    }
    let page = html(&summary, &[]);
    assert!(!page.contains("data-sort=\"ttft-p50\"") && page.contains("data-sort=\"pass-at-1\""));
    assert_eq!(page.matches("<figure").count(), 1, "categories alone");
}

#[test]
fn what_is_no_number_is_never_written() {
    let runs = [fixture::run()];
    let mut summary = fixture::summary(&runs);
    for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        spoil(&mut summary, number);
        let page = html(&summary, &runs);
        let seen = page.split("<script").next().unwrap();
        for word in ["NaN", ">inf", "-inf", " inf"] {
            assert!(
                !seen.contains(word),
                "{word} for {number}: …{}",
                &seen[seen.find(word).unwrap().saturating_sub(200)..][..300]
            );
        }
    }
}

fn spoil(summary: &mut Summary, number: f64) {
    let estimate = Estimate { value: number, low: number, high: number, count: 1 };
    let spread = Spread { count: 1, mean: number, p50: number, p90: number, p95: number, p99: number, max: number };
    for model in &mut summary.models {
        let quality = &mut model.quality;
        for estimates in [&mut quality.by_category, &mut quality.by_language, &mut quality.findings_by_severity] {
            estimates.values_mut().for_each(|there| *there = estimate);
        }
        quality.pass_at_k.values_mut().chain(quality.pass_hat_k.values_mut()).for_each(|there| *there = estimate);
        for there in [
            &mut quality.syntax,
            &mut quality.features,
            &mut quality.score,
            &mut quality.findings_per_100,
            &mut quality.hallucinated_per_100,
            &mut quality.efficiency,
            &mut quality.fuel_ratio,
            &mut model.endings.truncated,
            &mut model.endings.failed,
        ] {
            *there = Some(estimate);
        }
        quality.agreement = Some(number);
        model.endings.completion_tokens_mean = Some(number);
        if let Some(speed) = &mut model.speed {
            for there in
                [&mut speed.ttft_ms, &mut speed.ttfo_ms, &mut speed.tpot_ms, &mut speed.icl_ms, &mut speed.e2el_ms]
            {
                *there = Some(spread);
            }
            speed.span_s = number;
            speed.output_tokens_per_s = Some(number);
        }
        if let Some(cost) = &mut model.cost {
            cost.per_1k_output_tokens = Some(number);
        }
        if let Some(goodput) = &mut model.goodput {
            (goodput.requests_per_s, goodput.share, goodput.in_time) = (number, estimate, estimate);
        }
    }
    for pair in &mut summary.pairs {
        (pair.difference, pair.p_value, pair.p_corrected) = (estimate, number, number);
    }
}

#[test]
fn a_page_of_thousands_of_long_replies_can_still_be_opened() {
    let run = Run { rows: Vec::new(), ..fixture::run() };
    let rows = fixture::run().rows.into_iter().flat_map(|row| {
        (0..40).map(move |number| {
            let mut row = row.clone();
            row.sample_id = SampleId(number.to_string());
            row.generation.text = "a long reply, ".repeat(2_000);
            row
        })
    });
    let runs = [Run { rows: rows.collect(), ..run }];
    let page = html(&summarise(&runs, &SummaryOptions::default()), &runs);
    assert!(runs[0].rows.len() > 1_400 && page.len() < 12 << 20, "{} bytes", page.len());
    assert!(page.contains("\"of\":28000"), "a cut text says how long it was");
}

/// The relative luminance of WCAG 2.
fn luminance(colour: &str) -> f64 {
    let channel = |at: usize| {
        let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
}

fn contrast(one: &str, other: &str) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// The colours by their names: `--name: light-dark(#light, #dark)`.
fn colours() -> BTreeMap<&'static str, [&'static str; 2]> {
    let declared = STYLE.lines().filter_map(|line| line.trim().strip_prefix("--")?.split_once(": light-dark("));
    declared
        .map(|(name, values)| {
            let (light, dark) = values.trim_end_matches(");").split_once(", ").unwrap();
            (name, [light, dark])
        })
        .collect()
}

#[test]
fn every_text_and_line_can_be_seen_in_both_themes() {
    let colours = colours();
    for theme in [0, 1] {
        let of = |name: &str| colours[name][theme];
        for ground in ["ground", "surface", "raised"] {
            for ink in ["ink", "muted", "accent", "good", "bad", "warn", "ours"] {
                let contrast = contrast(of(ink), of(ground));
                // WCAG AA for text of any size.
                assert!(contrast >= 4.5, "{theme}: {ink} on {ground} has {contrast:.2}");
            }
            // WCAG AA for the bounds of what can be used.
            assert!(contrast(of("edge"), of(ground)) >= 3.0, "{theme}: edge on {ground}");
        }
        for number in 1..=COLOURS.len() {
            let series = format!("series-{number}");
            // A model's number is written in its colour.
            for ground in ["surface", "raised", "ground"] {
                let contrast = contrast(of(&series), of(ground));
                assert!(contrast >= 4.5, "{theme}: {series} on {ground} has {contrast:.2}");
            }
        }
    }
}

#[test]
fn plots_have_the_colours_of_the_light_theme() {
    let (colours, rules) = (colours(), style());
    let names = ["muted", "line"]
        .map(str::to_owned)
        .into_iter()
        .chain((1..=COLOURS.len()).map(|number| format!("series-{number}")));
    for name in names {
        let rule = format!("[stroke=\"{}\"]{{stroke:var(--{name})}}", colours[&*name][0].to_uppercase());
        assert!(rules.contains(&rule), "{rule}");
        if let Some(number) = name.strip_prefix("series-").filter(|number| *number != "1") {
            let dashes = format!(
                ".sign.series-{number} line, .spread polyline[stroke=\"{}\"]",
                colours[&*name][0].to_uppercase()
            );
            assert!(STYLE.contains(&dashes), "{dashes}");
        }
    }
}
