//! A small HTTP server on loopback that answers by script: what a model server would say, byte by byte, and what it would
//! rather not.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use serde_json::Value;

/// A running server. Ends when it is dropped.
pub struct Replay {
    address: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    ending: Arc<AtomicBool>,
    accepting: Option<JoinHandle<()>>,
}

/// A request that came.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// The method.
    pub method: String,
    /// The path with its query.
    pub path: String,
    /// Names in lower case, with their values.
    pub headers: Vec<(String, String)>,
    /// The body; `null` where it is no JSON.
    pub body: Value,
}

/// What the server answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    status: String,
    headers: Vec<(String, String)>,
    steps: Vec<Step>,
}

/// What the server does after the head of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Sends bytes as a chunk of their own.
    Send(Vec<u8>),
    /// Sends nothing more, and keeps the connection until the client has gone.
    Stall,
    /// Closes the connection without the body's end.
    Cut,
}

/// Who decides what is answered.
type Script = Box<dyn FnMut(&Asked) -> Answer + Send>;

impl Asked {
    /// A header's value.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(there, _)| there == name).map(|(_, value)| value.as_str())
    }
}

impl Answer {
    /// An answer with a status such as `200 OK`, and no body yet.
    #[must_use]
    pub fn new(status: &str) -> Answer {
        Answer { status: status.to_owned(), headers: Vec::new(), steps: Vec::new() }
    }

    /// JSON with status 200.
    #[must_use]
    pub fn json(body: &Value) -> Answer {
        Answer::new("200 OK").with("content-type", "application/json").then(body.to_string())
    }

    /// Server-sent events with status 200.
    #[must_use]
    pub fn events(body: &str) -> Answer {
        Answer::new("200 OK").with("content-type", "text/event-stream").then(body)
    }

    /// A recorded answer: a status line, headers, an empty line, and the body.
    ///
    /// # Panics
    /// Where it is none.
    #[must_use]
    pub fn recorded(text: &[u8]) -> Answer {
        let at = text.windows(2).position(|two| two == b"\n\n").expect("an empty line stands before the body");
        let head = str::from_utf8(&text[..at]).expect("heads are ASCII");
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.strip_prefix("HTTP/1.1 ")).expect("a status line comes first");
        let answer = lines.fold(Answer::new(status), |answer, line| {
            let (name, value) = line.split_once(": ").expect("headers have a colon");
            answer.with(name, value)
        });
        answer.then(&text[at + 2..])
    }

    /// The same with a header more.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Answer {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same with a chunk more.
    #[must_use]
    pub fn then(self, bytes: impl AsRef<[u8]>) -> Answer {
        self.and(Step::Send(bytes.as_ref().to_vec()))
    }

    /// The same with a step more.
    #[must_use]
    pub fn and(mut self, step: Step) -> Answer {
        self.steps.push(step);
        self
    }

    /// The bytes of its body.
    #[must_use]
    pub fn body(&self) -> Vec<u8> {
        let bytes = self.steps.iter().filter_map(|step| match step {
            Step::Send(bytes) => Some(bytes.as_slice()),
            Step::Stall | Step::Cut => None,
        });
        bytes.collect::<Vec<_>>().concat()
    }

    /// The same with its body in two chunks, the first of so many bytes.
    #[must_use]
    pub fn split(&self, at: usize) -> Answer {
        let body = self.body();
        let (one, two) = body.split_at(at);
        Answer { steps: Vec::new(), ..self.clone() }.then(one).then(two)
    }

    /// The same with its body broken off after so many bytes, and what happens then.
    #[must_use]
    pub fn broken(&self, at: usize, step: Step) -> Answer {
        Answer { steps: Vec::new(), ..self.clone() }.then(&self.body()[..at]).and(step)
    }
}

impl Replay {
    /// Starts a server that asks the script what to answer to each request.
    #[must_use]
    pub fn start(script: impl FnMut(&Asked) -> Answer + Send + 'static) -> Replay {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("loopback has free ports");
        let address = listener.local_addr().expect("it is bound").to_string();
        let (asked, ending) = (Arc::default(), Arc::new(AtomicBool::new(false)));
        let script: Arc<Mutex<Script>> = Arc::new(Mutex::new(Box::new(script)));
        let (heard, ended) = (Arc::clone(&asked), Arc::clone(&ending));
        let accepting = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if ended.load(Ordering::Relaxed) {
                    return;
                }
                let (Ok(stream), heard, script) = (stream, Arc::clone(&heard), Arc::clone(&script)) else { continue };
                // What the client breaks off is its right.
                std::thread::spawn(move || drop(serve(&stream, &heard, &script)));
            }
        });
        Replay { address, asked, ending, accepting: Some(accepting) }
    }

    /// One that answers the requests in their order, and all after the last with the last.
    #[must_use]
    pub fn answering(answers: impl IntoIterator<Item = Answer>) -> Replay {
        let mut answers = answers.into_iter().collect::<Vec<_>>().into_iter();
        let mut last = None;
        Replay::start(move |_| {
            last = answers.next().or(last.take());
            last.clone().expect("there is an answer")
        })
    }

    /// Its address, with `http://` and without a slash at its end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests so far.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("nobody panics with it").clone()
    }
}

impl Drop for Replay {
    fn drop(&mut self) {
        self.ending.store(true, Ordering::Relaxed);
        // Wakes it; where nothing listens any more, it has ended.
        let _ = TcpStream::connect(&self.address);
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.join();
        }
    }
}

fn serve(stream: &TcpStream, heard: &Mutex<Vec<Asked>>, script: &Mutex<Script>) -> io::Result<()> {
    // A chunk is sent when it is written, and not with the next one.
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    while let Some(asked) = read_request(&mut reader)? {
        heard.lock().expect("nobody panics with it").push(asked.clone());
        let answer = (script.lock().expect("nobody panics with it"))(&asked);
        let mut head = format!("HTTP/1.1 {}\r\ntransfer-encoding: chunked\r\n", answer.status);
        for (name, value) in &answer.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        write(stream, format!("{head}\r\n").as_bytes())?;
        for step in &answer.steps {
            match step {
                Step::Send(bytes) if bytes.is_empty() => {}
                Step::Send(bytes) => {
                    let chunk = [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat();
                    write(stream, &chunk)?;
                }
                Step::Stall => {
                    io::copy(&mut reader, &mut io::sink())?;
                    return Ok(());
                }
                Step::Cut => return stream.shutdown(std::net::Shutdown::Both),
            }
        }
        write(stream, b"0\r\n\r\n")?;
    }
    Ok(())
}

fn write(mut stream: &TcpStream, bytes: &[u8]) -> io::Result<()> {
    stream.write_all(bytes)
}

/// The next request; none where the client has no more.
fn read_request(reader: &mut BufReader<&TcpStream>) -> io::Result<Option<Asked>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.push((name.to_ascii_lowercase(), value.to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length").and_then(|(_, value)| value.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body)?;
    Ok(Some(Asked { method, path, headers, body: serde_json::from_slice(&body).unwrap_or_default() }))
}
