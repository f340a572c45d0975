//! The report's page in a real browser, from a file.

use std::path::Path;

use proofhouse_tests::{Browser, Key, Theme, command, fixtures};
use serde_json::json;

/// A report in a folder of its own.
struct Page {
    _folder: tempfile::TempDir,
    url: String,
}

impl Page {
    fn of(run: &Path) -> Page {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("report.html");
        let output = command().arg("report").arg(run).arg("--html").arg(&file).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Page { url: format!("file://{}", file.display()), _folder: folder }
    }

    fn of_fixture() -> Page {
        Page::of(&fixtures("runs/three-models"))
    }
}

/// The names of the models in the order of the leaderboard.
const RANKING: &str = "[...document.querySelectorAll('#models tbody th code')].map(name => name.innerText)";

/// The tasks that the grid shows.
const SHOWN: &str = "[...document.querySelectorAll('#grid tbody tr')].filter(row => row.checkVisibility()).map(row => row.querySelector('th').innerText)";

/// Whether a sample is open.
const OPEN: &str = "document.querySelector('#sample').open";

const HOSTILE: &str = "#task=algorithms/merge-intervals&model=gguf:./tiny-1b.gguf&sample=0";

#[track_caller]
fn check_quiet(browser: &mut Browser, page: &Page) {
    let asked = browser.requests();
    let elsewhere: Vec<&String> =
        asked.iter().filter(|url| !url.starts_with(&page.url) && !url.starts_with("data:")).collect();
    assert!(!asked.is_empty() && elsewhere.is_empty(), "{elsewhere:?} of {asked:?}");
    assert_eq!(browser.complaints(), [""; 0]);
}

#[test]
fn models_are_sorted_by_any_column_and_the_link_keeps_it() {
    let Some(mut browser) = Browser::start() else { return };
    let page = Page::of_fixture();
    browser.open(&page.url);
    let (qwen, llama, tiny) = ("ollama:qwen2.5-coder:7b", "llamacpp:@http://127.0.0.1:8099", "gguf:./tiny-1b.gguf");
    assert_eq!(browser.evaluate(RANKING), json!([qwen, llama, tiny]));
    let click = |column: &str| format!("document.querySelector('th[data-sort={column}] button').click()");
    // The fastest first, then the slowest, then as it was.
    for (expected, sorted) in [
        (json!([tiny, qwen, llama]), json!("ascending")),
        (json!([llama, qwen, tiny]), json!("descending")),
        (json!([qwen, llama, tiny]), json!(null)),
    ] {
        browser.evaluate(&click("ttft-p50"));
        assert_eq!(browser.evaluate(RANKING), expected);
        assert_eq!(
            browser.evaluate("document.querySelector('th[data-sort=ttft-p50]').getAttribute('aria-sort')"),
            sorted
        );
    }
    // A number that every column has: each sorts without losing a model.
    let columns = browser.evaluate("[...document.querySelectorAll('th[data-sort]')].map(head => head.dataset.sort)");
    let columns: Vec<String> =
        columns.as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect();
    assert!(columns.len() > 12, "{columns:?}");
    for column in &columns {
        browser.evaluate(&click(column));
        assert_eq!(browser.evaluate(&format!("{RANKING}.length")), json!(3), "{column}");
    }
    browser.evaluate(&click("ttft-p50"));
    let address = browser.evaluate("location.href").as_str().unwrap().to_owned();
    assert!(address.contains("sort=ttft-p50"), "{address}");
    browser.open("about:blank");
    browser.open(&address);
    assert_eq!(browser.evaluate(RANKING), json!([tiny, qwen, llama]));
    assert_eq!(browser.complaints(), [""; 0]);
}

#[test]
fn tasks_are_picked_and_the_link_keeps_it() {
    let Some(mut browser) = Browser::start() else { return };
    let page = Page::of_fixture();
    browser.open(&page.url);
    let set = |name: &str, value: &str| {
        format!(
            "{{ const field = document.querySelector('#filter [name={name}]'); field.value = {value:?}; \
             field.dispatchEvent(new Event('input', {{ bubbles: true }})) }}"
        )
    };
    assert_eq!(browser.evaluate(&format!("{SHOWN}.length")), json!(6));
    let cases = [
        ("q", "PAIR", json!(["growth/pair-with-sum"])),
        ("category", "algorithms", json!(["algorithms/merge-intervals", "growth/pair-with-sum"])),
        ("outcome", "disconnected", json!(["growth/pair-with-sum"])),
        ("outcome", "truncated", json!(["classes/lru-cache", "text/roman-numerals"])),
        (
            "only",
            "flips",
            json!([
                "classes/lru-cache",
                "growth/pair-with-sum",
                "sql/split-full-names",
                "stdio/mean-and-deviation",
                "text/roman-numerals"
            ]),
        ),
    ];
    for (name, value, expected) in cases {
        browser.evaluate(&set(name, value));
        assert_eq!(browser.evaluate(SHOWN), expected, "{name}={value}");
        browser.evaluate("document.querySelector('#filter button').click()");
        assert_eq!(browser.evaluate(&format!("{SHOWN}.length")), json!(6), "after {name}={value}");
    }
    browser.evaluate(&set("category", "algorithms"));
    browser.evaluate(&set("only", "flips"));
    assert_eq!(browser.text("#shown"), "1 of 6 tasks");
    let address = browser.evaluate("location.href").as_str().unwrap().to_owned();
    browser.open("about:blank");
    browser.open(&address);
    assert_eq!(browser.evaluate(SHOWN), json!(["growth/pair-with-sum"]));
    assert_eq!(browser.evaluate("document.querySelector('#filter [name=only]').value"), json!("flips"));
    assert_eq!(browser.complaints(), [""; 0]);
}

#[test]
fn a_sample_opens_from_its_sign_and_from_its_link() {
    let Some(mut browser) = Browser::start() else { return };
    let page = Page::of_fixture();
    browser.open(&page.url);
    assert_eq!(browser.evaluate(OPEN), json!(false));
    browser.evaluate("document.querySelector('#filter [name=q]').focus()");
    browser.tab_to("#grid tbody tr:nth-child(3) td:nth-of-type(2) a:nth-of-type(2)");
    browser.press(Key::Enter);
    browser.until(OPEN);
    let shown = browser.text("#sample");
    let said = [
        "growth/pair-with-sum",
        "ollama:qwen2.5-coder:7b, sample 1",
        "failed",
        "90.5 of 100",
        "def pair_with_sum(numbers, total):",
        "grows with the length",
        "found by fence",
        "TTFT",
        "of the reply",
        "Reply as it came",
    ];
    for said in said {
        assert!(shown.contains(said), "{said} in {shown}");
    }
    let address = browser.evaluate("location.href").as_str().unwrap().to_owned();
    // The next one is another sample of the same task, and back leads back.
    browser.evaluate("document.querySelector('#next').click()");
    assert!(browser.text("#sample header").contains("llamacpp"), "{}", browser.text("#sample header"));
    browser.evaluate("history.back()");
    browser.until("document.querySelector('#sample header').innerText.includes('qwen')");
    browser.press(Key::Escape);
    browser.until("!document.querySelector('#sample').open");
    assert!(!browser.evaluate("location.href").as_str().unwrap().contains("sample="));
    browser.open("about:blank");
    browser.open(&address);
    assert_eq!(browser.evaluate(OPEN), json!(true));
    assert_eq!(browser.text("#sample"), shown);
    check_quiet(&mut browser, &page);
}

#[test]
fn a_failed_request_shows_why_and_what_there_is() {
    let Some(mut browser) = Browser::start() else { return };
    let page = Page::of_fixture();
    let of = |task: &str, sample: u32| {
        format!("{}#task={task}&model=llamacpp:@http://127.0.0.1:8099&sample={sample}", page.url)
    };
    for (task, sample, said) in [
        (
            "growth/pair-with-sum",
            1,
            &["no verdict", "The request failed (disconnected)", "after 6 bytes", "There is none in the reply."][..],
        ),
        ("growth/pair-with-sum", 0, &["passed", "An attempt was given up (rate_limited)", "slow down", "Reasoning"]),
        ("text/roman-numerals", 0, &["truncated", "of these of reasoning", "Reasoning"]),
        ("nowhere", 0, &["The report has no such sample."]),
    ] {
        browser.open("about:blank");
        browser.open(&of(task, sample));
        let shown = browser.text("#sample");
        for said in said {
            assert!(shown.contains(said), "{said} in {shown}");
        }
    }
    assert_eq!(browser.complaints(), [""; 0]);
}

#[test]
fn a_hostile_reply_is_nothing_but_text() {
    let Some(mut browser) = Browser::start() else { return };
    let page = Page::of_fixture();
    browser.open(&format!("{}{HOSTILE}", page.url));
    assert_eq!(browser.evaluate(OPEN), json!(true));
    browser.evaluate("document.querySelectorAll('#sample details').forEach(texts => texts.open = true)");
    let shown = browser.text("#sample");
    for said in [
        "</script><script>document.title = \"owned\"</script><img src=x",
        "U+202E",
        "U+2066",
        "<b>Bold</b> & \"quoted\"",
        "漢字",
    ] {
        assert!(shown.contains(said), "{said} in {shown}");
    }
    assert_eq!(browser.evaluate("[document.images.length, document.scripts.length]"), json!([0, 2]));
    assert!(browser.evaluate("document.title").as_str().is_some_and(|title| title.ends_with("Proofhouse")));
    assert_eq!(
        browser
            .evaluate("[...document.querySelectorAll('#sample .line.high .number')].map(number => number.innerText)"),
        json!(["8", "9"])
    );
    check_quiet(&mut browser, &page);
}

#[test]
fn the_page_fits_its_window_in_both_themes() {
    let Some(mut browser) = Browser::start() else { return };
    let page = Page::of_fixture();
    let ground = "getComputedStyle(document.body).backgroundColor";
    let line = "getComputedStyle(document.querySelector('.spread polyline')).stroke";
    for address in [page.url.clone(), format!("{}{HOSTILE}", page.url)] {
        browser.look(1400, Theme::Light);
        browser.open("about:blank");
        browser.open(&address);
        browser.evaluate("document.querySelectorAll('main details').forEach(part => part.open = true)");
        let light = (browser.evaluate(ground), browser.evaluate(line));
        for (width, theme) in [(1400, Theme::Dark), (360, Theme::Dark), (360, Theme::Light)] {
            browser.look(width, theme);
            let wide = browser.evaluate(
                "Math.max(document.documentElement.scrollWidth - innerWidth, \
                 document.querySelector('#sample').scrollWidth - document.querySelector('#sample').clientWidth)",
            );
            assert!(wide.as_i64().is_some_and(|wide| wide <= 0), "{address} is {wide} wider than {width}");
            assert_eq!(browser.evaluate(ground) == light.0, theme == Theme::Light);
            assert_eq!(browser.evaluate(line) == light.1, theme == Theme::Light, "plots follow the theme");
        }
    }
    // The switch stands above what the system prefers.
    browser.look(1400, Theme::Light);
    browser.open("about:blank");
    browser.open(&page.url);
    let light = browser.evaluate(ground);
    browser.evaluate("document.querySelector('#theme').click()");
    assert_ne!(browser.evaluate(ground), light);
    assert_eq!(browser.text("#theme"), "Light");
    browser.evaluate("document.querySelector('#theme').click()");
    assert_eq!(browser.evaluate(ground), light);
    let outline = browser.evaluate(
        "[document.documentElement.lang, document.querySelectorAll('h1').length, document.querySelectorAll('main').length, \
          document.querySelectorAll('table').length - document.querySelectorAll('table > caption').length, \
          [...document.querySelectorAll('input, select')].filter(field => !field.labels.length).length, \
          document.querySelectorAll('[id]').length - new Set([...document.querySelectorAll('[id]')].map(there => there.id)).size]",
    );
    // One heading, one content, no table without a caption, no field without a label, and no id twice.
    assert_eq!(outline, json!(["en", 1, 1, 0, 0, 0]));
    check_quiet(&mut browser, &page);
}

#[test]
fn without_script_everything_but_the_samples_is_there() {
    let Some(mut browser) = Browser::start() else { return };
    let page = Page::of_fixture();
    browser.without_script();
    browser.open(&page.url);
    let shown = browser.text("main");
    for said in
        ["Leaderboard", "no difference shown", "Before comparing", "merge-intervals", "shown by the page's script"]
    {
        assert!(shown.contains(said), "{said} in {shown}");
    }
    assert_eq!(browser.evaluate("document.querySelectorAll('figure svg').length"), json!(4));
    assert_eq!(browser.evaluate("document.querySelector('#filter').checkVisibility()"), json!(false));
    check_quiet(&mut browser, &page);
}
