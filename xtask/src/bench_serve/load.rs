//! Clients that send requests and take the time.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// What is sent, and where.
pub struct Load {
    pub address: String,
    pub bodies: Vec<Bytes>,
}

/// An answer to one request.
#[derive(Debug, Clone)]
pub struct Answer {
    /// From when it was due to the end of the answer.
    took: Duration,
    status: u16,
    passed: bool,
    /// The beginning of an answer that is not as it should be.
    said: String,
}

/// All answers, and the time that they took together.
pub struct Taken {
    pub answers: Vec<Answer>,
    wall: Duration,
}

type Connection = SendRequest<Full<Bytes>>;

impl Load {
    /// So many clients, each of which sends its next request when it has the answer to its last.
    pub async fn closed(&self, clients: usize, requests: usize) -> Result<Taken> {
        let (next, answers) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
        let started = Instant::now();
        let client = async || -> Result<()> {
            let mut connection = connect(&self.address).await?;
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= requests {
                    return Ok(());
                }
                let body = self.bodies[number % self.bodies.len()].clone();
                let answer = ask(&mut connection, &self.address, body, Instant::now()).await?;
                answers.lock().expect("nobody panics with it").push(answer);
            }
        };
        futures_util::future::try_join_all((0..clients).map(|_| client())).await?;
        let answers = answers.into_inner().expect("nobody panics with it");
        Ok(Taken { answers, wall: started.elapsed() })
    }

    /// So many requests a second, whatever becomes of those before.
    pub async fn open(&self, rate: f64, length: Duration) -> Result<Taken> {
        let idle = std::sync::Arc::new(Mutex::new(Vec::<Connection>::new()));
        let mut asked = JoinSet::new();
        let started = Instant::now();
        for number in 0..(rate * length.as_secs_f64()) as usize {
            let due = started + Duration::from_secs_f64(number as f64 / rate);
            tokio::time::sleep_until(due.into()).await;
            let (idle, address) = (idle.clone(), self.address.clone());
            let body = self.bodies[number % self.bodies.len()].clone();
            asked.spawn(async move {
                let kept = idle.lock().expect("nobody panics with it").pop();
                let mut connection = match kept {
                    Some(connection) => connection,
                    None => connect(&address).await?,
                };
                let answer = ask(&mut connection, &address, body, due).await?;
                idle.lock().expect("nobody panics with it").push(connection);
                anyhow::Ok(answer)
            });
        }
        let answers = asked.join_all().await.into_iter().collect::<Result<Vec<Answer>>>()?;
        Ok(Taken { answers, wall: started.elapsed() })
    }
}

async fn connect(address: &str) -> Result<Connection> {
    let stream = TcpStream::connect(address).await.context("connecting")?;
    stream.set_nodelay(true)?;
    let (connection, driver) = handshake(TokioIo::new(stream)).await?;
    tokio::spawn(driver);
    Ok(connection)
}

async fn ask(connection: &mut Connection, address: &str, body: Bytes, due: Instant) -> Result<Answer> {
    let request = Request::post("/v1/score").header("host", address).header("content-type", "application/json");
    connection.ready().await?;
    let response = connection.send_request(request.body(Full::new(body))?).await?;
    let status = response.status().as_u16();
    let text = response.into_body().collect().await?.to_bytes();
    let took = due.elapsed();
    let verdict = serde_json::from_slice::<serde_json::Value>(&text).unwrap_or_default();
    let passed = status == 200 && verdict["passed"] == true && verdict["fault"].is_null();
    let said = if passed { String::new() } else { String::from_utf8_lossy(&text).chars().take(400).collect() };
    Ok(Answer { took, status, passed, said })
}

impl Taken {
    /// Answers that say that the program passed.
    pub fn right(&self) -> usize {
        self.answers.iter().filter(|answer| answer.passed).count()
    }

    /// The status and the beginning of the first answer that is not right.
    pub fn first_wrong(&self) -> Option<(u16, &str)> {
        self.answers.iter().find(|answer| !answer.passed).map(|answer| (answer.status, answer.said.as_str()))
    }

    pub fn a_second(&self) -> f64 {
        self.answers.len() as f64 / self.wall.as_secs_f64()
    }

    /// The time that so many of a hundred did not take longer than.
    pub fn percentile(&self, percent: usize) -> Duration {
        let mut times: Vec<Duration> = self.answers.iter().map(|answer| answer.took).collect();
        times.sort_unstable();
        let last = times.len().saturating_sub(1);
        times.get(last * percent / 100).copied().unwrap_or_default()
    }

    /// Those that were answered, and those that were turned away.
    pub fn split(self) -> (Taken, Taken) {
        let (refused, accepted) = self.answers.into_iter().partition(|answer| answer.status == 503);
        (Taken { answers: accepted, wall: self.wall }, Taken { answers: refused, wall: self.wall })
    }
}
