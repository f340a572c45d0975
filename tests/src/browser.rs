//! A real browser without a window: Chromium, driven over its DevTools protocol on two pipes.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

/// How long a browser may take for what is a matter of a second.
const PATIENCE: Duration = Duration::from_secs(60);

/// A browser with one tab. Killed when it is dropped.
pub struct Browser {
    child: Child,
    to: ChildStdin,
    from: Receiver<Value>,
    session: Option<String>,
    calls: u64,
    events: Vec<Value>,
    _profile: TempDir,
}

/// The theme that a person has chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// Keys that are no characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// To the next thing that can be used.
    Tab,
    /// Presses a button.
    Enter,
    /// Both together.
    ControlEnter,
    /// Closes what is open.
    Escape,
}

impl Browser {
    /// Starts one; nothing, with a line that says so, where there is none on this machine.
    #[must_use]
    pub fn start() -> Option<Browser> {
        let profile = tempfile::tempdir().expect("a folder can be made");
        // The shell puts the pipes where the browser looks for them, and is the browser from then on.
        let mut child = Command::new("sh")
            .args(["-c", "exec chromium \"$@\" 3<&0 4>&1 </dev/null >/dev/null", "sh"])
            // Its sandbox needs rights that containers lack; the pages are ours.
            .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", "--no-first-run"])
            .args(["--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("there is a shell");
        let to = child.stdin.take().expect("it is piped");
        let from = messages(child.stdout.take().expect("it is piped"));
        let mut browser = Browser { child, to, from, session: None, calls: 0, events: Vec::new(), _profile: profile };
        let Some(tab) = browser.ask("Target.createTarget", json!({ "url": "about:blank" })) else {
            #[expect(clippy::print_stdout, reason = "what was not tested is said")]
            {
                println!("skipped: there is no chromium");
            }
            return None;
        };
        let attach = json!({ "targetId": tab["targetId"], "flatten": true });
        let attached = browser.call("Target.attachToTarget", attach);
        browser.session = attached["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.call(&format!("{domain}.enable"), json!({}));
        }
        browser.look(1400, Theme::Light);
        Some(browser)
    }

    /// Opens an address and waits until it is there.
    pub fn open(&mut self, url: &str) {
        self.events.retain(|event| event["method"] != "Page.loadEventFired");
        self.call("Page.navigate", json!({ "url": url }));
        self.await_page();
    }

    /// Does what leads to another page, and waits until that is there.
    pub fn follow(&mut self, act: impl FnOnce(&mut Browser)) {
        self.events.retain(|event| event["method"] != "Page.loadEventFired");
        act(self);
        self.await_page();
    }

    fn await_page(&mut self) {
        while !self.events.iter().any(|event| event["method"] == "Page.loadEventFired") {
            let message = self.from.recv_timeout(PATIENCE).expect("the page comes in time");
            self.events.push(message);
        }
    }

    /// The width of the window, and the theme.
    pub fn look(&mut self, width: u32, theme: Theme) {
        let metrics = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
        self.call("Emulation.setDeviceMetricsOverride", metrics);
        let theme = match theme {
            Theme::Light => "light",
            Theme::Dark => "dark",
        };
        let features = json!([{ "name": "prefers-color-scheme", "value": theme }]);
        self.call("Emulation.setEmulatedMedia", json!({ "features": features }));
    }

    /// Has pages do without script from now on.
    pub fn without_script(&mut self) {
        self.call("Emulation.setScriptExecutionDisabled", json!({ "value": true }));
    }

    /// What an expression of JavaScript gives.
    pub fn evaluate(&mut self, expression: &str) -> Value {
        let asked = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let answer = self.call("Runtime.evaluate", asked);
        assert!(answer.get("exceptionDetails").is_none(), "{expression}: {answer}");
        answer["result"]["value"].clone()
    }

    /// The text of an element as it is shown.
    pub fn text(&mut self, selector: &str) -> String {
        let found = self.evaluate(&format!("document.querySelector({selector:?})?.innerText ?? null"));
        found.as_str().unwrap_or_else(|| panic!("nothing is `{selector}`")).to_owned()
    }

    /// Waits until an expression is true.
    pub fn until(&mut self, expression: &str) {
        let begun = Instant::now();
        while self.evaluate(expression) != true {
            assert!(begun.elapsed() < PATIENCE, "never: {expression}: {}", self.text("body"));
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Presses a key.
    pub fn press(&mut self, key: Key) {
        let (name, code, modifiers) = match key {
            Key::Tab => ("Tab", 9, 0),
            Key::Enter => ("Enter", 13, 0),
            Key::ControlEnter => ("Enter", 13, 2),
            Key::Escape => ("Escape", 27, 0),
        };
        for kind in ["rawKeyDown", "char", "keyUp"] {
            let mut event = json!({ "type": kind, "key": name, "code": name, "windowsVirtualKeyCode": code, "modifiers": modifiers });
            match (kind, key) {
                ("char", Key::Enter) => event["text"] = json!("\r"),
                ("char", Key::Tab | Key::ControlEnter | Key::Escape) => continue,
                _ => {}
            }
            self.call("Input.dispatchKeyEvent", event);
        }
    }

    /// Presses Tab until an element has the focus.
    pub fn tab_to(&mut self, selector: &str) {
        // No page of ours has more than this before its first field.
        for _ in 0..40 {
            if self.evaluate(&format!("document.activeElement.matches({selector:?})")) == true {
                return;
            }
            self.press(Key::Tab);
        }
        panic!("no Tab leads to `{selector}`");
    }

    /// Writes where the cursor is.
    pub fn write(&mut self, text: &str) {
        self.call("Input.insertText", json!({ "text": text }));
    }

    /// What the browser asked of any place since it was last asked for its complaints, the page itself among it.
    #[must_use]
    pub fn requests(&self) -> Vec<String> {
        let sent = self.events.iter().filter(|event| event["method"] == "Network.requestWillBeSent");
        sent.filter_map(|event| event["params"]["request"]["url"].as_str().map(str::to_owned)).collect()
    }

    /// What the browser complained of since it was asked last: errors of scripts, of the network, and of the page's policy.
    pub fn complaints(&mut self) -> Vec<String> {
        let is_complaint = |event: &Value| match event["method"].as_str() {
            Some("Log.entryAdded") => event["params"]["entry"]["level"] == "error",
            Some("Runtime.exceptionThrown") => true,
            Some("Runtime.consoleAPICalled") => event["params"]["type"] == "error",
            _ => false,
        };
        let complaints = self.events.iter().filter(|event| is_complaint(event));
        let complaints = complaints.map(|event| event["params"].to_string()).collect();
        self.events.clear();
        complaints
    }

    fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.ask(method, parameters).unwrap_or_else(|| panic!("the browser ended at `{method}`"))
    }

    /// Nothing where there is no browser.
    fn ask(&mut self, method: &str, parameters: Value) -> Option<Value> {
        self.calls += 1;
        let mut message = json!({ "id": self.calls, "method": method, "params": parameters });
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        self.to.write_all(format!("{message}\0").as_bytes()).ok()?;
        let begun = Instant::now();
        loop {
            let left = PATIENCE.checked_sub(begun.elapsed()).expect("the browser answers in time");
            let answer = self.from.recv_timeout(left).ok()?;
            if answer["id"] != self.calls {
                self.events.push(answer);
                continue;
            }
            assert!(answer.get("error").is_none(), "{method}: {answer}");
            return Some(answer["result"].clone());
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // What can't be killed has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Messages end with a NUL.
fn messages(from: ChildStdout) -> Receiver<Value> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for message in BufReader::new(from).split(0).map_while(Result::ok) {
            let message = serde_json::from_slice(&message).expect("messages are JSON");
            if sender.send(message).is_err() {
                return;
            }
        }
    });
    receiver
}
