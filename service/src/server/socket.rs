//! A connection's bytes: a peer that takes none is cut off, and one that still sends when the answer is out can read it.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

use super::connections::Connection;

/// How long, and for how many bytes, a connection is read on after an answer that did not wait for the body. Closed at
/// once, the system would send a reset, which can reach the peer before it has read the answer. A second is several round
/// trips; two megabytes are what is on its way then, at most.
const LINGER: Duration = Duration::from_secs(1);
const LINGER_BYTES: usize = 2 << 20;

/// A connection's socket.
pub(super) struct Socket {
    /// There until the socket is dropped.
    stream: Option<TcpStream>,
    connection: Arc<Connection>,
    most_stall: Duration,
    stalled: Option<Pin<Box<Sleep>>>,
}

impl Socket {
    /// A socket whose peer may take nothing for so long.
    pub(super) fn new(stream: TcpStream, connection: Arc<Connection>, most_stall: Duration) -> Socket {
        Socket { stream: Some(stream), connection, most_stall, stalled: None }
    }

    fn stream(&mut self) -> Pin<&mut TcpStream> {
        Pin::new(self.stream.as_mut().expect("the stream is taken only when the socket is dropped"))
    }

    /// What a write came to; an error where the peer took nothing for too long.
    fn written<T>(&mut self, wrote: Poll<io::Result<T>>, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        if wrote.is_ready() {
            self.stalled = None;
            self.connection.progressed();
            return wrote;
        }
        let most = self.most_stall;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(most)));
        ready!(stalled.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Socket {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, to: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_read(context, to)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let wrote = self.stream().poll_write(context, bytes);
        self.written(wrote, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let wrote = self.stream().poll_write_vectored(context, parts);
        self.written(wrote, context)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_shutdown(context)
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let Some(stream) = self.stream.take() else { return };
        if self.connection.has_unread()
            && !self.connection.is_closed()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            let connection = Arc::clone(&self.connection);
            runtime.spawn(async move {
                tokio::select! {
                    () = linger(stream) => {}
                    () = connection.closed() => {}
                    () = sleep(LINGER) => {}
                }
            });
        }
    }
}

/// Says that there is no more to come, and reads what still comes.
async fn linger(mut stream: TcpStream) {
    let mut buffer = [0; 16 << 10];
    let mut left = LINGER_BYTES;
    if stream.shutdown().await.is_err() {
        return;
    }
    while left > 0 {
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(read) => left = left.saturating_sub(read),
        }
    }
}
