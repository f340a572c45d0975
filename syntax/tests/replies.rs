//! Walks `fixtures/replies`: every file there is a reply, with the program that has to be found in it.
//!
//! A file has headers, then sections that start with `=== prompt`, `=== reply` and `=== code`. Headers: `about` (why the file is
//! there), `language` (Python where it is not said, or `sql`), `entry_point`, `finish` (`stop` or `length`), `method` or else `result`
//! (`truncated` or `no_code`), `why` (where there is no code: what the reply is instead), `form` (of the reply: `crlf`, `byte order mark` or
//! `no last newline`: what editors would not keep). What is truncated has the code that there is, if any.

use std::collections::BTreeMap;
use std::fs;

use proofhouse_syntax::{Extracted, Finish, Source, extract};
use proofhouse_types::Language;

const REPLIES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/replies");

/// One file, read and checked for form.
struct Fixture {
    headers: BTreeMap<String, String>,
    sections: BTreeMap<String, String>,
}

impl Fixture {
    fn read(text: &str) -> Result<Self, String> {
        let mut fixture = Self { headers: BTreeMap::new(), sections: BTreeMap::new() };
        let mut section: Option<&str> = None;
        for line in text.split_inclusive('\n') {
            if let Some(name) = line.strip_prefix("=== ") {
                let name = name.trim_end();
                if !["prompt", "reply", "code"].contains(&name) {
                    return Err(format!("unknown section `{name}`"));
                }
                if fixture.sections.insert(name.to_owned(), String::new()).is_some() {
                    return Err(format!("section `{name}` stands twice"));
                }
                section = Some(name);
            } else if let Some(name) = section {
                fixture.sections.get_mut(name).expect("it was inserted").push_str(line);
            } else {
                let (key, value) = line.trim_end().split_once(": ").ok_or(format!("no header: `{line}`"))?;
                if !["about", "language", "entry_point", "finish", "method", "result", "why", "form"].contains(&key) {
                    return Err(format!("unknown header `{key}`"));
                }
                fixture.headers.insert(key.to_owned(), value.to_owned());
            }
        }
        if !fixture.headers.contains_key("about") || !fixture.sections.contains_key("reply") {
            return Err("`about` and a reply are needed".to_owned());
        }
        let has_code = fixture.sections.contains_key("code");
        let fits = match (fixture.headers.get("method"), fixture.headers.get("result").map(String::as_str)) {
            (Some(_), None) => has_code,
            (None, Some("truncated")) => true,
            (None, Some("no_code")) => !has_code,
            _ => false,
        };
        if !fits || has_code == fixture.headers.contains_key("why") {
            let form = "either `method` and code, or `result`: `truncated` with or `no_code` without it; `why` where there is none";
            return Err(form.to_owned());
        }
        Ok(fixture)
    }

    fn reply(&self) -> Result<String, String> {
        let reply = &self.sections["reply"];
        match self.headers.get("form").map(String::as_str) {
            None => Ok(reply.clone()),
            Some("crlf") => Ok(reply.replace('\n', "\r\n")),
            Some("byte order mark") => Ok(format!("\u{feff}{reply}")),
            Some("no last newline") => Ok(reply.trim_end_matches('\n').to_owned()),
            Some(other) => Err(format!("unknown form `{other}`")),
        }
    }

    fn expected(&self) -> String {
        let result = self.headers.get("method").or(self.headers.get("result")).expect("one of them is there");
        let code = self.sections.get("code").map_or("", String::as_str);
        format!("{result}\n{}{code}", self.headers.get("why").map_or("", String::as_str))
    }

    fn found(&self) -> Result<String, String> {
        let finish = match self.headers.get("finish").map(String::as_str) {
            None => Finish::Unknown,
            Some("stop") => Finish::Stop,
            Some("length") => Finish::Length,
            Some(other) => return Err(format!("unknown finish `{other}`")),
        };
        let language = match self.headers.get("language").map(String::as_str) {
            None => Language::Python,
            Some("sql") => Language::Sql,
            Some(other) => return Err(format!("unknown language `{other}`")),
        };
        let extracted = extract(&Source {
            reply: &self.reply()?,
            prompt: self.sections.get("prompt").map_or("", String::as_str),
            entry_point: self.headers.get("entry_point").map(String::as_str),
            language,
            finish,
        });
        let (result, code) = match extracted {
            Extracted::Program { code, method } => (method.name(), code),
            Extracted::Truncated { code } => ("truncated", code),
            Extracted::Unbegun(why) => return Ok(format!("truncated\n{why}")),
            Extracted::NoCode(why) => return Ok(format!("no_code\n{why}")),
        };
        let last_newline = if code.is_empty() || code.ends_with('\n') { "" } else { "\n" };
        Ok(format!("{result}\n{code}{last_newline}"))
    }
}

fn check(text: &str) -> Result<(), String> {
    let fixture = Fixture::read(text)?;
    let (found, expected) = (fixture.found()?, fixture.expected());
    if found == expected { Ok(()) } else { Err(format!("expected {expected}\nfound {found}")) }
}

#[test]
fn every_reply_gives_its_program() {
    let mut wrong = Vec::new();
    let mut methods = BTreeMap::new();
    for entry in fs::read_dir(REPLIES).expect("the fixtures are there") {
        let path = entry.expect("the folder can be read").path();
        // What servers send, which the clients' tests walk.
        if path.ends_with("servers") {
            continue;
        }
        assert_eq!(
            path.extension().and_then(|extension| extension.to_str()),
            Some("txt"),
            "unused: {}",
            path.display()
        );
        let text = fs::read_to_string(&path).expect("a fixture is text");
        if let Err(why) = check(&text) {
            wrong.push(format!("{}: {why}", path.file_name().unwrap_or_default().display()));
        }
        let named =
            text.lines().filter(|line| ["method: ", "result: ", "why: "].iter().any(|name| line.starts_with(name)));
        for line in named {
            *methods.entry(line.to_owned()).or_insert(0) += 1;
        }
    }
    wrong.sort();
    assert!(wrong.is_empty(), "{} wrong\n\n{}", wrong.len(), wrong.join("\n\n"));
    assert_eq!(methods.len(), 15, "each method and result has a fixture: {methods:?}");
}

#[test]
fn malformed_fixtures_are_refused() {
    for text in [
        "",
        "about: a\n",
        "about: a\nwhy: none\nresult: no_code\n",
        "about: a\nresult: no_code\n=== reply\n",
        "about: a\nresult: no_code\nwhy: empty\n=== reply\n=== reply\n",
        "about: a\nresult: perhaps\n=== reply\n",
        "about: a\nmethod: fence\n=== reply\n",
        "about: a\nanswer: b\nresult: no_code\n=== reply\n",
        "about: a\nresult: no_code\nwhy: empty\n=== text\n=== reply\n",
        "about: a\nresult: no_code\n=== reply\n=== code\n",
        "about: a\nlanguage: cobol\nresult: no_code\nwhy: empty\n=== reply\n",
    ] {
        assert!(check(text).is_err(), "{text:?}");
    }
    assert_eq!(check("about: a\nresult: no_code\nwhy: empty\n=== reply\n"), Ok(()));
}
