//! The pages in a real browser.

use proofhouse_tests::{Browser, Key, Server, Theme, fixtures};
use serde_json::json;
use sha2::{Digest, Sha256};

/// Without packages, whose interpreter takes a minute to be made.
const SETTINGS: &str = "[worker]\npackages = false\n";

fn server() -> Server {
    let suite = fixtures("tasks").display().to_string();
    Server::start(&format!("{SETTINGS}[[suites]]\npath = {suite:?}\nname = \"tasks\"\n"))
}

/// Line 5 has a hole, and line 9 a syntax that is fine.
const PROGRAM: &str = "import pickle\nfrom sys import stdin\n\ndef load():\n    return pickle.loads(stdin.buffer.read())\n\n\ndef double(x):\n    return 2 * x\n";

#[test]
fn a_program_is_scored_by_keyboard_alone() {
    let Some(mut browser) = Browser::start() else { return };
    let server = server();
    browser.open(&server.url("/"));
    browser.tab_to("#text");
    browser.write(PROGRAM);
    browser.tab_to("#tests-entered");
    browser.write("assert double(2) == 4\nassert double(3) == 7");
    browser.press(Key::ControlEnter);
    browser.until("!!document.querySelector('#verdict h2')");
    assert!(browser.text("#verdict h2").contains("failed"), "{}", browser.text("#verdict"));
    let tests = browser.text("#verdict table.tests");
    for said in ["✓ passed", "1: double(2) == 4", "✗ failed", "2: double(3) == 7", "program"] {
        assert!(tests.contains(said), "{said} in {tests}");
    }
    // The mark is at its line, leads to what explains it, and back.
    assert_eq!(
        browser.evaluate("[...document.querySelectorAll('.line.high')].map(line => line.id)"),
        json!(["line-5"])
    );
    let mark = "document.querySelector('#line-5 + a.mark')";
    assert!(browser.evaluate(&format!("{mark}.innerText")).as_str().is_some_and(|text| text.contains("pickle.loads")));
    browser.evaluate(&format!("{mark}.click()"));
    let explained = "document.querySelector('li:target')";
    assert_eq!(
        browser.evaluate(&format!("{explained}.querySelector('a[href=\"#line-5\"]').innerText")),
        json!("line 5")
    );
    let rule = browser.evaluate(&format!("{explained}.querySelector('a[href^=\"/rules/\"]').getAttribute('href')"));
    assert_eq!(rule, json!("/rules/python/unsafe-deserialization"));
    // What was entered stays, and so does the page.
    assert_eq!(browser.evaluate("document.querySelector('#text').value"), json!(PROGRAM));
    assert_eq!(browser.evaluate("location.pathname"), json!("/"));
    assert_eq!(browser.complaints(), [""; 0]);
}

#[test]
fn pages_work_without_script_and_say_what_is_missing() {
    let Some(mut browser) = Browser::start() else { return };
    let server = server();
    browser.without_script();
    browser.open(&server.url("/"));
    browser.tab_to("#text");
    browser.write("def double(x):\n    return 2 *\n\nprint(1)\n");
    browser.tab_to("button");
    browser.follow(|browser| browser.press(Key::Enter));
    assert_eq!(
        browser.text("#tests-entered-complaint"),
        "Write at least one assertion, such as `assert double(21) == 42`."
    );
    browser.tab_to("#tests-entered");
    browser.write("assert double(2) == 4");
    browser.tab_to("button");
    browser.follow(|browser| browser.press(Key::Enter));
    assert!(browser.text("#verdict h2").contains("syntax_error"), "{}", browser.text("#verdict"));
    assert_eq!(browser.text("#loading a"), "line 2");
    assert_eq!(browser.evaluate("document.querySelector('#line-2').className"), json!("line high"));
    assert_eq!(
        browser.evaluate("document.querySelector('#text').value"),
        json!("def double(x):\n    return 2 *\n\nprint(1)\n")
    );
}

#[test]
fn a_hostile_program_is_nothing_but_text() {
    let Some(mut browser) = Browser::start() else { return };
    let server = server();
    let hostile =
        "</textarea></script><img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>";
    let program = format!("# {hostile}\n# \u{202e}gnp\u{2066}\nraise ValueError({hostile:?})\n");
    let texts = [program.clone(), format!("Sure:\n```python\n{program}```\n")];
    for (form, text) in ["program", "reply"].into_iter().zip(texts) {
        browser.open(&server.url("/"));
        browser.evaluate(&format!("document.querySelector('[name=form][value={form}]').click()"));
        browser.evaluate("document.querySelector('#text').focus()");
        browser.write(&text);
        browser.evaluate("document.querySelector('#tests-entered').focus()");
        browser.write(&format!("assert {hostile:?}"));
        browser.evaluate("document.querySelector('form.entry').requestSubmit()");
        browser.until("!!document.querySelector('#verdict h2')");
        assert_eq!(browser.evaluate("document.images.length + document.scripts.length"), json!(1));
        assert!(browser.evaluate("document.title").as_str().is_some_and(|title| title.ends_with("Proofhouse")));
        assert!(browser.text("#line-2").contains("U+202E"), "{}", browser.text(".code"));
        assert!(browser.text("#line-1").contains("</script><img"), "{}", browser.text(".code"));
        assert!(browser.text("#verdict").contains("ValueError"));
        assert_eq!(browser.complaints(), [""; 0]);
    }
}

#[test]
fn every_page_fits_its_window_in_both_themes() {
    let Some(mut browser) = Browser::start() else { return };
    let server = server();
    let task = "/?by=suite&suite=tasks&task=algorithms%2Fbinary-search";
    let pages = [
        "/",
        "/?example",
        task,
        "/suites",
        "/suites/tasks",
        "/rules",
        "/rules/python/sql-injection",
        "/docs",
        "/batches",
    ];
    for page in pages {
        browser.look(1400, Theme::Light);
        browser.open(&server.url(page));
        let ground = "getComputedStyle(document.body).backgroundColor";
        let light = browser.evaluate(ground);
        for (width, theme) in [(1400, Theme::Dark), (320, Theme::Dark), (320, Theme::Light)] {
            browser.look(width, theme);
            let wide = browser.evaluate("document.documentElement.scrollWidth - innerWidth");
            assert!(wide.as_i64().is_some_and(|wide| wide <= 0), "{page} is {wide} wider than {width}");
            assert_eq!(browser.evaluate(ground) == light, theme == Theme::Light, "{page}");
        }
        let outline = browser.evaluate(
            "[document.documentElement.lang, document.querySelectorAll('h1').length, document.querySelectorAll('main').length, \
              document.querySelectorAll('input:not([type=hidden]), select, textarea').length \
              - [...document.querySelectorAll('input:not([type=hidden]), select, textarea')].filter(field => field.labels.length).length, \
              document.querySelectorAll('[id]').length - new Set([...document.querySelectorAll('[id]')].map(there => there.id)).size]",
        );
        // One heading, one content, no field without a label, and no id twice.
        assert_eq!(outline, json!(["en", 1, 1, 0, 0]), "{page}");
        assert_eq!(browser.complaints(), [""; 0], "{page}");
    }
    browser.open(&server.url("/nowhere"));
    assert!(browser.text("main").contains("There is nothing at this address."));
    assert_eq!(server.get("/nowhere").header("content-type"), Some("application/problem+json"));
}

#[test]
fn a_key_is_shown_once_and_a_session_stands_for_it() {
    let Some(mut browser) = Browser::start() else { return };
    let server =
        Server::start(&format!("{SETTINGS}[[keys]]\nname = \"ada\"\nsha256 = \"{:x}\"\n", Sha256::digest("ph_right")));
    browser.open(&server.url("/suites"));
    assert_eq!(browser.evaluate("location.pathname + location.search"), json!("/sign-in?to=%2Fsuites"));
    let sign_in = |browser: &mut Browser, key: &str| {
        browser.evaluate("document.querySelector('#key').focus()");
        browser.write(key);
        browser.follow(|browser| browser.press(Key::Enter));
    };
    sign_in(&mut browser, "ph_wrong");
    assert_eq!(browser.text("#key-complaint"), "This server does not know this key.");
    // The browser itself logs a status of 401.
    browser.complaints();
    sign_in(&mut browser, "ph_right");
    assert_eq!(browser.evaluate("location.pathname"), json!("/suites"));
    assert!(browser.text("header").contains("ada"));
    assert_eq!(browser.evaluate("document.cookie"), json!(""));
    browser.open(&server.url("/?example"));
    browser.evaluate("document.querySelector('form.entry').requestSubmit()");
    browser.until("!!document.querySelector('#verdict h2')");
    assert_eq!(browser.complaints(), [""; 0]);
    browser.follow(|browser| drop(browser.evaluate("document.querySelector('header button').click()")));
    assert_eq!(browser.evaluate("location.pathname"), json!("/sign-in"));
    browser.open(&server.url("/"));
    assert_eq!(browser.evaluate("location.pathname"), json!("/sign-in"));
    // Programs are told as ever.
    assert_eq!(server.get("/suites").status, 401);
}

#[test]
fn a_batch_is_followed_to_its_end() {
    let Some(mut browser) = Browser::start() else { return };
    let server = server();
    browser.open(&server.url("/batches"));
    assert!(browser.text("main").contains("None yet."));
    let row =
        |code: String| json!({ "suite": "tasks", "task_id": "algorithms/binary-search", "code": code }).to_string();
    let right =
        |number| row(format!("# {number}\ndef binary_search(a, x):\n    return a.index(x) if x in a else -1\n"));
    let wrong = "import os\ndef unused():\n    os.system(input())\ndef binary_search(a, x):\n    return 0\n".to_owned();
    let mut rows: Vec<String> = (0..120).map(right).collect();
    rows[7] = "{\"task_id\": \"nowhere\", \"suite\": \"tasks\", \"code\": \"<b>\"}".to_owned();
    rows[50] = row(wrong);
    browser.tab_to("#rows");
    browser.write(&rows.join("\n"));
    browser.follow(|browser| browser.press(Key::ControlEnter));
    browser.until("document.querySelector('#progress p')?.innerText.includes('119 of 119 scored, done') === true");
    assert_eq!(browser.evaluate("document.querySelector('#progress progress').value"), json!(119));
    assert!(browser.text("[aria-labelledby=problems] tbody").contains("nowhere"), "{}", browser.text("main"));
    // A hundred on the first page, the others on the next.
    let count = "document.querySelectorAll('[aria-labelledby=reports] tbody tr').length";
    assert_eq!(browser.evaluate(count), json!(100));
    browser.follow(|browser| drop(browser.evaluate("document.querySelector('a[rel=next]').click()")));
    assert_eq!(browser.evaluate(count), json!(19));
    browser.evaluate("document.querySelector('#outcome').value = 'failed'");
    browser.follow(|browser| drop(browser.evaluate("document.querySelector('form.filter').requestSubmit()")));
    assert_eq!(browser.evaluate(count), json!(1));
    browser.follow(|browser| drop(browser.evaluate("location.search = ''")));
    browser.follow(|browser| {
        browser
            .evaluate("document.querySelectorAll('[aria-labelledby=reports] tbody tr')[49].querySelector('a').click()");
    });
    assert!(browser.text("h1").contains("algorithms/binary-search"));
    assert_eq!(
        browser.evaluate("document.querySelector('.line.high')?.id"),
        json!("line-3"),
        "{}",
        browser.text("main")
    );
    assert_eq!(browser.complaints(), [""; 0]);
    browser.open(&server.url("/batches"));
    assert_eq!(browser.evaluate("document.querySelectorAll('main tbody tr').length"), json!(1));
}

#[test]
fn a_file_is_sent_as_it_is_and_a_batch_can_be_cancelled() {
    let Some(mut browser) = Browser::start() else { return };
    let server = server();
    browser.open(&server.url("/batches"));
    let rows = "const row = number => JSON.stringify({ suite: 'tasks', task_id: 'algorithms/binary-search', code: `x = ${number}` }); \
                const rows = [...Array(3000).keys()].map(row).join('\\n'); \
                const chosen = new DataTransfer(); chosen.items.add(new File([rows], 'rows.jsonl')); \
                document.querySelector('#file').files = chosen.files; ";
    browser.follow(|browser| {
        drop(browser.evaluate(&format!("{rows} document.querySelector('form.entry').requestSubmit()")))
    });
    assert!(browser.text("#progress").contains("3,000"), "{}", browser.text("main"));
    browser.follow(|browser| drop(browser.evaluate("document.querySelector('form[action$=cancel] button').click()")));
    assert!(browser.text("#progress").contains("cancelled"), "{}", browser.text("main"));
    browser.open(&server.url("/batches"));
    browser.evaluate(
        "{ const chosen = new DataTransfer(); chosen.items.add(new File(['no json'], 'x')); \
         document.querySelector('#file').files = chosen.files; document.querySelector('form.entry').requestSubmit() }",
    );
    browser.until("document.querySelector('#rows-complaint').innerText !== ''");
}
