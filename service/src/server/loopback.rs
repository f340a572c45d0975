//! A server on loopback and a client that says just what a test wants: for tests.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use proofhouse_types::Seconds;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::process::raise_descriptors;
use super::{Stop, listen, serve};
use crate::config::HttpSettings;

/// How long a test waits for what is a matter of seconds: debug builds on busy machines are slow.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The shortest times that settings can say.
pub(crate) fn impatient() -> HttpSettings {
    HttpSettings { head: Seconds(1), body_pause: Seconds(1), ..HttpSettings::default() }
}

/// A running server.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) stop: Stop,
    pub(crate) ended: JoinHandle<usize>,
}

impl Running {
    pub(crate) async fn start(app: Router, settings: HttpSettings, grace: Duration) -> Running {
        let listener = listen("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = Stop::default();
        let told = stop.clone();
        let room = raise_descriptors();
        let ended = tokio::spawn(async move { serve(listener, app, &settings, room, grace, told).await });
        Running { address, stop, ended }
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends bytes on a connection of their own, and reads what comes until the server closes.
    pub(crate) async fn ask(&self, request: impl AsRef<[u8]>) -> Answer {
        let mut stream = self.connect().await;
        stream.write_all(request.as_ref()).await.unwrap();
        Answer::read(&mut stream).await
    }
}

/// What a server said until it closed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// In lower case.
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    /// Reads until the server closes; an answer without a status is none.
    pub(crate) async fn read(stream: &mut TcpStream) -> Answer {
        let mut bytes = Vec::new();
        // A reset after the answer is as good as an end.
        let _end = timeout(PATIENCE, stream.read_to_end(&mut bytes)).await.expect("the server closes");
        let text = String::from_utf8(bytes).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head.get(9..12).and_then(|status| status.parse().ok()).unwrap_or_default();
        Answer { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}
