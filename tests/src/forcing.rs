//! A proxy in front of llama.cpp's server that has a model answer as the test wants: it adds a grammar that allows one text
//! alone. The model still writes that text token by token, and the stream passes through as it comes. What the server says of its
//! own times is kept.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

/// What a model must answer.
#[derive(Debug, Clone)]
pub struct Forced {
    /// A text that stands in the prompts that it is meant for.
    pub found: String,
    /// The answers, of which each request gets the next; the first follows the last.
    pub replies: Vec<String>,
    /// Tokens of the answer at most, whatever the request says.
    pub max_tokens: Option<u32>,
}

impl Forced {
    /// One answer, whole.
    #[must_use]
    pub fn new(found: &str, reply: &str) -> Forced {
        Forced { found: found.to_owned(), replies: vec![reply.to_owned()], max_tokens: None }
    }
}

/// One request that the server answered.
#[derive(Debug, Clone)]
pub struct Served {
    /// The path that was asked.
    pub path: String,
    /// What the client sent.
    pub request: Value,
    /// The text whose answer was forced; none where none was in the prompt.
    pub found: Option<String>,
    /// The server's own times and counts, `timings`; null where it told none.
    pub timings: Value,
}

/// A running proxy. It ends with the process.
pub struct Forcing {
    /// Its address, without a slash at its end.
    pub url: String,
    state: Arc<State>,
}

struct State {
    upstream: String,
    forced: Vec<Forced>,
    /// How many requests had each text so far.
    asked: Mutex<HashMap<String, usize>>,
    served: Mutex<Vec<Served>>,
}

impl Forcing {
    /// Starts a proxy in front of a server.
    #[must_use]
    pub fn start(url: &str, forced: Vec<Forced>) -> Forcing {
        let upstream = url.strip_prefix("http://").expect("the server is on loopback").to_owned();
        let state = Arc::new(State { upstream, forced, asked: Mutex::default(), served: Mutex::default() });
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let url = format!("http://{}", listener.local_addr().expect("it is bound"));
        let shared = state.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let state = shared.clone();
                // A client that went away is no matter of the proxy's.
                std::thread::spawn(move || state.serve(client).ok());
            }
        });
        Forcing { url, state }
    }

    /// Every request that the server answered with times, in the order of their ends.
    #[must_use]
    pub fn served(&self) -> Vec<Served> {
        held(&self.state.served).clone()
    }
}

impl State {
    /// One request of a connection, which is closed behind it.
    fn serve(&self, mut client: TcpStream) -> std::io::Result<()> {
        client.set_nodelay(true)?;
        let mut from = BufReader::new(client.try_clone()?);
        let mut line = String::new();
        if from.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
        let mut head = line;
        let mut length = 0;
        loop {
            let mut line = String::new();
            from.read_line(&mut line)?;
            let (name, value) = line.trim_end().split_once(": ").unwrap_or_default();
            match name.to_ascii_lowercase().as_str() {
                "" => break,
                "content-length" => length = value.parse().expect("a length is a number"),
                "connection" | "host" => {}
                _ => head.push_str(&line),
            }
        }
        let mut body = vec![0; length];
        from.read_exact(&mut body)?;
        let asked = serde_json::from_slice(&body).unwrap_or(Value::Null);
        let (found, sent) = self.force(&asked);
        if found.is_some() {
            body = sent.to_string().into_bytes();
        }
        let mut server = TcpStream::connect(&self.upstream)?;
        server.set_nodelay(true)?;
        let length = body.len();
        write!(server, "{head}host: {}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n", self.upstream)?;
        server.write_all(&body)?;
        let mut answer = Vec::new();
        let mut buffer = [0; 16 * 1024];
        loop {
            let read = server.read(&mut buffer)?;
            answer.extend_from_slice(&buffer[..read]);
            // Before the client sees the end, so that whoever has the reply finds its times here.
            if let Some(timings) = timings(&answer).filter(|_| read == 0 || ends(&answer)) {
                let served = Served { path: path.clone(), request: asked.clone(), found: found.clone(), timings };
                held(&self.served).push(served);
                answer.clear();
            }
            if read == 0 {
                return Ok(());
            }
            client.write_all(&buffer[..read])?;
        }
    }

    /// The text that was found in a request's prompt, and the request with what it leads to.
    fn force(&self, asked: &Value) -> (Option<String>, Value) {
        let mut sent = asked.clone();
        let Some(forced) = self.forced.iter().find(|forced| holds(asked, &forced.found)) else {
            return (None, sent);
        };
        let mut counts = held(&self.asked);
        let count = counts.entry(forced.found.clone()).or_default();
        let reply = &forced.replies[*count % forced.replies.len()];
        *count += 1;
        sent["grammar"] = json!(grammar(reply));
        if let Some(most) = forced.max_tokens {
            for name in ["max_tokens", "n_predict"] {
                if sent.get(name).is_some() {
                    sent[name] = json!(most);
                }
            }
        }
        (Some(forced.found.clone()), sent)
    }
}

/// A grammar in GBNF that allows one text alone.
#[must_use]
pub fn grammar(text: &str) -> String {
    let mut quoted = String::new();
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            _ => quoted.push(letter),
        }
    }
    format!("root ::= \"{quoted}\"")
}

/// Whether a text stands in one of the strings of a value.
fn holds(value: &Value, text: &str) -> bool {
    match value {
        Value::String(there) => there.contains(text),
        Value::Array(items) => items.iter().any(|item| holds(item, text)),
        Value::Object(entries) => entries.values().any(|entry| holds(entry, text)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Whether an answer's stream is at its end: at its end mark, or at the last chunk.
fn ends(answer: &[u8]) -> bool {
    answer.ends_with(b"0\r\n\r\n") || answer.windows(14).any(|window| window == b"data: [DONE]\n\n")
}

/// The last times in an answer. Events are not split between chunks, so that the framing need not be read.
fn timings(answer: &[u8]) -> Option<Value> {
    let answer = String::from_utf8_lossy(answer);
    let (_, behind) = answer.rsplit_once("\"timings\":")?;
    serde_json::Deserializer::from_str(behind).into_iter().next()?.ok()
}

fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}
