//! The loop, held to real sockets.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::{get, post};
use proofhouse_types::Seconds;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Notify, Semaphore, mpsc};
use tokio::time::{sleep, timeout};

use super::loopback::{Answer, PATIENCE, Running, impatient};
use super::process::{Room, raise_descriptors};
use crate::config::HttpSettings;

const GET: &str = "GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
const GET_AND_STAY: &str = "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";
/// As many as the issue of slow clients is usually shown with.
const MANY: usize = 10_000;

fn app() -> Router {
    Router::new().route("/", get(async || "fine"))
}

/// A route that waits until it is let go, and tells when it was entered.
fn held_app() -> (Router, Arc<Semaphore>, Arc<Notify>) {
    let (entered, go) = (Arc::new(Semaphore::new(0)), Arc::new(Notify::new()));
    let (enter, wait) = (Arc::clone(&entered), Arc::clone(&go));
    let held = move || {
        let (enter, wait) = (Arc::clone(&enter), Arc::clone(&wait));
        async move {
            let waiting = wait.notified();
            enter.add_permits(1);
            waiting.await;
            "done"
        }
    };
    (Router::new().route("/", get(held)), entered, go)
}

async fn entered(entered: &Semaphore) {
    timeout(PATIENCE, entered.acquire()).await.unwrap().unwrap().forget();
}

/// Waits until the server closes, having said nothing.
async fn is_closed(stream: &mut TcpStream) {
    let mut byte = [0];
    let read = timeout(PATIENCE, stream.read(&mut byte)).await.expect("the server closes");
    assert!(!matches!(read, Ok(1)), "the server said something");
}

/// Reads one answer of a connection that stays.
async fn one_answer(stream: &mut TcpStream) {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\nfine") {
        timeout(PATIENCE, stream.read_buf(&mut bytes)).await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn connections_answer_one_request_after_the_other() {
    let server = Running::start(app(), HttpSettings::default(), PATIENCE).await;
    let mut stream = server.connect().await;
    for _ in 0..3 {
        stream.write_all(GET_AND_STAY.as_bytes()).await.unwrap();
        one_answer(&mut stream).await;
    }
    let answer = server.ask(GET).await;
    assert_eq!((answer.status, answer.body.as_str(), answer.header("server")), (200, "fine", None));
}

#[tokio::test]
async fn slow_heads_and_idle_connections_are_closed() {
    let server = Running::start(app(), impatient(), PATIENCE).await;
    let mut silent = server.connect().await;
    let mut idle = server.connect().await;
    idle.write_all(GET_AND_STAY.as_bytes()).await.unwrap();
    one_answer(&mut idle).await;
    let mut slow = server.connect().await;
    let dripped = async {
        // A write fails once the server has closed.
        for byte in GET.bytes().cycle() {
            if slow.write_all(&[byte.max(b'a')]).await.is_err() {
                return;
            }
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(PATIENCE, dripped).await.expect("the server closes");
    is_closed(&mut silent).await;
    is_closed(&mut idle).await;
}

#[tokio::test]
async fn at_the_bound_the_longest_idle_gives_way() {
    let settings = HttpSettings { connections: 8, ..HttpSettings::default() };
    let server = Running::start(app(), settings, PATIENCE).await;
    let mut idle = Vec::new();
    for _ in 0..8 {
        let mut stream = server.connect().await;
        stream.write_all(GET_AND_STAY.as_bytes()).await.unwrap();
        one_answer(&mut stream).await;
        idle.push(stream);
    }
    assert_eq!(server.ask(GET).await.status, 200);
    is_closed(&mut idle[0]).await;
    idle[7].write_all(GET_AND_STAY.as_bytes()).await.unwrap();
    one_answer(&mut idle[7]).await;
}

#[tokio::test]
async fn where_all_are_at_work_one_more_is_closed_at_once() {
    let (app, has_entered, go) = held_app();
    let settings = HttpSettings { connections: 2, ..HttpSettings::default() };
    let server = Running::start(app, settings, PATIENCE).await;
    let mut busy = [server.connect().await, server.connect().await];
    for stream in &mut busy {
        stream.write_all(GET.as_bytes()).await.unwrap();
        entered(&has_entered).await;
    }
    is_closed(&mut server.connect().await).await;
    go.notify_waiters();
    for stream in &mut busy {
        assert_eq!(Answer::read(stream).await.body, "done");
    }
}

#[tokio::test]
async fn a_gentle_stop_finishes_what_runs_and_refuses_the_rest() {
    let (app, has_entered, go) = held_app();
    let server = Running::start(app, HttpSettings::default(), PATIENCE).await;
    let mut running = server.connect().await;
    running.write_all(GET_AND_STAY.as_bytes()).await.unwrap();
    entered(&has_entered).await;
    let mut idle = server.connect().await;
    server.stop.ask();
    is_closed(&mut idle).await;
    assert!(TcpStream::connect(server.address).await.is_err());
    go.notify_waiters();
    let answer = Answer::read(&mut running).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "done"));
    assert_eq!(timeout(PATIENCE, server.ended).await.unwrap().unwrap(), 0);
}

#[tokio::test]
async fn a_stop_ends_after_its_grace_or_when_asked_twice() {
    for (grace, times) in [(Duration::from_millis(50), 1), (Duration::from_secs(3600), 2)] {
        let (app, has_entered, _go) = held_app();
        let server = Running::start(app, HttpSettings::default(), grace).await;
        let mut running = server.connect().await;
        running.write_all(GET.as_bytes()).await.unwrap();
        entered(&has_entered).await;
        (0..times).for_each(|_| server.stop.ask());
        assert_eq!(timeout(PATIENCE, server.ended).await.unwrap().unwrap(), 1, "{times}");
        is_closed(&mut running).await;
    }
}

#[tokio::test]
async fn who_takes_nothing_of_an_answer_is_cut_off() {
    let (sender, mut dropped) = mpsc::channel::<()>(1);
    let endless = move || {
        let held = sender.clone();
        async move {
            let chunk = Bytes::from(vec![b'x'; 1 << 16]);
            Body::from_stream(futures_util::stream::unfold((held, chunk), async |(held, chunk)| {
                Some((Ok::<_, std::io::Error>(chunk.clone()), (held, chunk)))
            }))
        }
    };
    let server = Running::start(Router::new().route("/", get(endless)), impatient(), PATIENCE).await;
    let mut stream = server.connect().await;
    stream.write_all(GET.as_bytes()).await.unwrap();
    server.stop.ask();
    // The server has let go of everything, and of the route with it.
    assert_eq!(timeout(PATIENCE, server.ended).await.unwrap().unwrap(), 0);
    assert_eq!(timeout(PATIENCE, dropped.recv()).await, Ok(None));
}

#[tokio::test]
async fn an_answer_reaches_who_still_sends() {
    let server =
        Running::start(Router::new().route("/", post(async || "fine")), HttpSettings::default(), PATIENCE).await;
    let mut stream = server.connect().await;
    let head = "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000000\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    for _ in 0..100 {
        stream.write_all(&[b'x'; 10_000]).await.unwrap();
    }
    let answer = Answer::read(&mut stream).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "fine"));
}

/// HTTP/2 by prior knowledge: the preface, and empty settings.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

/// `GET / HTTP/2` on a stream.
fn head_of_http2(stream: u32) -> Vec<u8> {
    let fields = b"\x82\x84\x86\x41\x09localhost";
    let mut frame = vec![0, 0, fields.len() as u8, 1, 5];
    frame.extend(stream.to_be_bytes());
    frame.extend(fields);
    frame
}

/// Reads frames until one of this type: its flags and its payload.
async fn frame(stream: &mut TcpStream, kind: u8) -> Vec<u8> {
    loop {
        let mut head = [0; 9];
        timeout(PATIENCE, stream.read_exact(&mut head)).await.unwrap().unwrap();
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; length as usize];
        timeout(PATIENCE, stream.read_exact(&mut payload)).await.unwrap().unwrap();
        if head[3] == kind {
            return payload;
        }
    }
}

#[tokio::test]
async fn http2_is_answered_and_its_floods_are_not() {
    let server = Running::start(app(), HttpSettings::default(), PATIENCE).await;
    let mut stream = server.connect().await;
    stream.write_all(PREFACE).await.unwrap();
    // SETTINGS_MAX_CONCURRENT_STREAMS.
    assert!(frame(&mut stream, 4).await.chunks(6).any(|setting| setting == [0, 3, 0, 0, 0, 128]));
    stream.write_all(&head_of_http2(1)).await.unwrap();
    // `:status: 200` by its number.
    assert_eq!(frame(&mut stream, 1).await[0], 0x88);
    assert_eq!(frame(&mut stream, 0).await, b"fine");
    let mut flood = Vec::new();
    for number in 1..2000_u32 {
        let stream = number * 2 + 1;
        flood.extend(head_of_http2(stream));
        // RST_STREAM, CANCEL.
        flood.extend([0, 0, 4, 3, 0]);
        flood.extend(stream.to_be_bytes());
        flood.extend([0, 0, 0, 8]);
    }
    // The server may close in the middle of it.
    let _written = stream.write_all(&flood).await;
    // GOAWAY, ENHANCE_YOUR_CALM.
    assert_eq!(frame(&mut stream, 7).await[4..8], [0, 0, 0, 11]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_idle_connections_keep_nobody_out() {
    let Room(room) = raise_descriptors();
    if room < MANY {
        println!("left out: this process may have {room} connections alone");
        return;
    }
    for connections in [HttpSettings::default().connections, MANY] {
        let settings = HttpSettings { connections, head: Seconds(3600), ..HttpSettings::default() };
        let server = Running::start(app(), settings, PATIENCE).await;
        let begun = Instant::now();
        let mut client = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "--nocapture", "server::tests::client_of_many_connections"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        writeln!(client.stdin.as_mut().unwrap(), "{}", server.address).unwrap();
        let mut lines = BufReader::new(client.stdout.take().unwrap()).lines();
        let open = tokio::task::spawn_blocking(move || {
            let is_open = lines.by_ref().map_while(Result::ok).any(|line| line.ends_with("open"));
            (is_open, lines)
        });
        let (is_open, _rest) = timeout(PATIENCE, open).await.unwrap().unwrap();
        assert!(is_open);
        println!("opened in {:?}", begun.elapsed());
        let begun = Instant::now();
        assert_eq!(server.ask(GET).await.status, 200);
        println!("{MANY} idle, {connections} at most: answered in {:?}", begun.elapsed());
        // A moment, for a debug build on a busy machine.
        assert!(begun.elapsed() < Duration::from_secs(5));
        drop(client.stdin.take());
        client.wait().unwrap();
    }
}

#[test]
#[ignore = "is the client of the test above, in a process of its own"]
fn client_of_many_connections() {
    raise_descriptors();
    let mut address = String::new();
    std::io::stdin().read_line(&mut address).unwrap();
    let connect = |_| std::net::TcpStream::connect(address.trim()).unwrap();
    let held: Vec<std::net::TcpStream> = (0..MANY).map(connect).collect();
    println!("open");
    std::io::stdin().read_line(&mut address).unwrap();
    drop(held);
}
