//! The loop that takes connections and has each answered.

use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::{Request, Response};
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::net::TcpListener;
use tokio::time::{MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;
use tracing::{debug, info, warn};

use super::connections::{Connection, Connections, InFlight};
use super::held::Held;
use super::process::Room;
use super::socket::Socket;
use super::stop::Stop;
use crate::config::HttpSettings;

/// How often idle connections are looked at: they may stay this much longer than the settings say.
const IDLE_CHECK: Duration = Duration::from_millis(250);
/// How long nothing is accepted where the process has no descriptors left. One is freed meanwhile.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);
/// How often such a lack is logged.
const ACCEPT_WARNING: Duration = Duration::from_secs(10);
/// Bytes of a request's head: twice what nginx and Apache take, which clients are used to.
const HEAD_BYTES: usize = 16 << 10;
/// Requests at a time on one HTTP/2 connection. The RFC asks for no fewer than 100.
const STREAMS: u32 = 128;
/// Resets of streams that no handler has seen yet, after which a connection is closed: a client has no reason for many
/// (CVE-2023-44487).
const PENDING_RESETS: usize = 20;
/// Resets that the server itself had to send for what a client did wrong, after which a connection is closed (CVE-2025-8671).
const LOCAL_RESETS: usize = 128;
/// How often an HTTP/2 peer with open requests is asked whether it is there, so that one that vanished gives up its requests.
const PING: Duration = Duration::from_secs(20);

/// Answers what comes in until it is asked to stop; then what runs has `grace` to end. Gives how many connections were
/// cut off at the end.
pub(crate) async fn serve(
    listener: TcpListener,
    app: Router,
    settings: &HttpSettings,
    room: Room,
    grace: Duration,
    stop: Stop,
) -> usize {
    let connections = Connections::new(settings.connections.min(room.0));
    let tasks = TaskTracker::new();
    let cut = CancellationToken::new();
    let idle = Duration::from_secs(settings.head.0);
    let mut idle_check = interval(IDLE_CHECK);
    idle_check.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let builder = Arc::new(builder());
    let most_stall = Duration::from_secs(settings.body_pause.0);
    let mut warned: Option<tokio::time::Instant> = None;
    loop {
        tokio::select! {
            () = stop.asked() => break,
            _ = idle_check.tick() => connections.close_idle_for(idle),
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let Some(connection) = connections.open() else {
                        debug!("all connections are at work, one is refused");
                        continue;
                    };
                    // Answers are whole when they are written: nothing is won by waiting for more.
                    let _best_effort = stream.set_nodelay(true);
                    let socket = Socket::new(stream, Arc::clone(&connection), most_stall);
                    tasks.spawn(answer(socket, connection, app.clone(), Arc::clone(&builder), stop.clone(), cut.clone()));
                }
                Err(error) if is_of_the_peer(&error) => {}
                Err(error) => {
                    let freed = connections.close_longest_idle();
                    if warned.is_none_or(|last| last.elapsed() > ACCEPT_WARNING) {
                        warn!(%error, freed, "no connection can be accepted");
                        warned = Some(tokio::time::Instant::now());
                    }
                    tokio::select! { () = sleep(ACCEPT_PAUSE) => {}, () = stop.asked() => break }
                }
            }
        }
    }
    // From here on, new connections are refused by the system.
    drop(listener);
    connections.close_idle_for(Duration::ZERO);
    tasks.close();
    info!(connections = tasks.len(), grace_s = grace.as_secs(), "stopping");
    tokio::select! {
        () = tasks.wait() => return 0,
        () = sleep(grace) => {}
        () = stop.at_once() => {}
    }
    let left = tasks.len();
    cut.cancel();
    tasks.wait().await;
    left
}

fn builder() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).max_buf_size(HEAD_BYTES);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .max_pending_accept_reset_streams(PENDING_RESETS)
        .max_local_error_reset_streams(LOCAL_RESETS)
        .max_header_list_size(HEAD_BYTES as u32)
        .keep_alive_interval(PING);
    builder
}

/// Answers the requests of one connection until it ends.
async fn answer(
    socket: Socket,
    connection: Arc<Connection>,
    app: Router,
    builder: Arc<Builder<TokioExecutor>>,
    stop: Stop,
    cut: CancellationToken,
) {
    let of_request = Arc::clone(&connection);
    let service = service_fn(move |request: Request<Incoming>| {
        let in_flight = of_request.request();
        let watched = Arc::clone(&of_request);
        let request = request.map(|body| Watched { body, connection: watched });
        let app = app.clone();
        async move { app.oneshot(request).await.map(|response| held(response, in_flight)) }
    });
    let mut served = pin!(builder.serve_connection(TokioIo::new(socket), service));
    let ended = tokio::select! {
        ended = served.as_mut() => ended,
        () = connection.closed() => return,
        () = stop.asked() => {
            served.as_mut().graceful_shutdown();
            tokio::select! {
                ended = served => ended,
                () = connection.closed() => return,
                () = cut.cancelled() => return,
            }
        }
    };
    if let Err(error) = ended {
        debug!(error, "a connection ended early");
    }
}

fn held(response: Response<Body>, in_flight: InFlight) -> Response<Body> {
    response.map(|body| Body::new(Held::new(body, in_flight)))
}

/// Whether a failure to accept is of one peer alone, and the next may do better.
fn is_of_the_peer(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::Interrupted
    )
}

/// A request's body that says of itself whether it was read to its end.
struct Watched {
    body: Incoming,
    connection: Arc<Connection>,
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if !self.body.is_end_stream() {
            self.connection.leaves_unread();
        }
    }
}
