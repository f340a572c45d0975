//! Starts everything, and ends it.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tracing::{info, warn};

use crate::app::app;
use crate::batches::{BatchSettings, Batches};
use crate::config::{Config, ConfigError};
use crate::dispatcher::{Dispatcher, Patience};
use crate::metrics::Metrics;
use crate::middleware::Edge;
use crate::pool::WorkerCommand;
use crate::server::{self, Stop};
use crate::state::{AppState, ServedSuite, Suites};
use crate::store::{Store, StoreError};
use crate::telemetry::{Telemetry, TelemetryError};

/// Why a server can't begin, or ended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The runtime could not be made.
    #[error("starting the runtime")]
    Runtime(#[source] io::Error),
    /// The address can't be listened on.
    #[error("listening on `{address}`")]
    Listen {
        /// The address.
        address: String,
        /// Why.
        source: io::Error,
    },
    /// A suite can't be read.
    #[error("reading the suite `{path}`")]
    Suite {
        /// Its file or folder.
        path: String,
        /// Why.
        source: proofhouse::SuiteError,
    },
    /// The database can't be opened.
    #[error("opening the database")]
    Database(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A setting can't be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The log can't be started.
    #[error("starting the log")]
    Telemetry(#[from] TelemetryError),
    /// The accept loop failed.
    #[error("serving")]
    Serve(#[source] io::Error),
}

impl ServeError {
    fn store(error: StoreError) -> ServeError {
        ServeError::Database(Box::new(error))
    }
}

/// How long the database may take to close: a hung one must not keep the server from ending.
const CLOSING: Duration = Duration::from_secs(2);

/// Serves until it is told to end.
///
/// # Errors
/// What keeps it from beginning.
pub fn serve(config: Config, command: WorkerCommand) -> Result<(), ServeError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(ServeError::Runtime)?;
    runtime.block_on(async {
        let telemetry = Telemetry::start(&config.log, config.otlp.as_deref())?;
        let ended = run(config, command).await;
        telemetry.close().await;
        ended
    })
}

async fn run(config: Config, command: WorkerCommand) -> Result<(), ServeError> {
    let room = server::prepare();
    let stop = Stop::on_signals().map_err(ServeError::Serve)?;
    // Workers start while suites are read.
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    let workers = config.workers.map_or_else(cores, usize::from).max(1);
    let metrics = Metrics::new();
    let dispatcher = Dispatcher::start(&config, workers, command, metrics.clone());
    let suites = Arc::new(suites(&config)?);
    let address = config.listen.clone();
    let listener = server::listen(&address).await.map_err(|source| ServeError::Listen { address, source })?;
    let address = listener.local_addr().map_err(ServeError::Serve)?;
    let database = config.database.as_deref().ok_or_else(|| ConfigError {
        field: "database".to_owned(),
        message: "missing: expected `sqlite:PATH` or `postgres://…`".to_owned(),
    })?;
    let store = Store::open(database).await.map_err(ServeError::store)?;
    let scorer = dispatcher.clone();
    let settings = BatchSettings { in_flight: 2 * workers, retention_days: config.retention_days };
    let batches = Batches::start(store.clone(), settings, move |client, task, submission| {
        let dispatcher = scorer.clone();
        async move {
            let patience = Patience { admit: Duration::MAX, hold: Duration::MAX };
            Ok(dispatcher.score(&client, task, submission, patience).await?.report)
        }
    });
    let edge = Edge::new(&config, address.ip(), metrics.clone())?;
    let (http, grace) = (config.http.clone(), Duration::from_secs(config.shutdown.0));
    let state = AppState { config: Arc::new(config), dispatcher, suites, store: store.clone(), metrics };
    let (told, closing) = (stop.clone(), state.dispatcher.clone());
    let halting = tokio::spawn(async move {
        told.asked().await;
        closing.close();
        // What is left of batches goes on after the next start.
        tokio::select! {
            ended = tokio::time::timeout(grace, batches.stop()) => ended.is_ok(),
            () = told.at_once() => false,
        }
    });
    let app = app(state, edge);
    info!(%address, workers, "listening");
    let cut_off = server::serve(listener, app, &http, room, grace, stop).await;
    if !halting.await.unwrap_or(false) {
        warn!("batches were cut off");
    }
    if tokio::time::timeout(CLOSING, store.close()).await.is_err() {
        warn!("the database did not close in time");
    }
    info!(cut_off, "stopped");
    Ok(())
}

fn suites(config: &Config) -> Result<Suites, ServeError> {
    let mut suites = Suites::default();
    for settings in &config.suites {
        let read = proofhouse::suite::read(&settings.path);
        let suite = read.map_err(|source| ServeError::Suite { path: settings.path.display().to_string(), source })?;
        for problem in &suite.problems {
            tracing::warn!(%problem, "a task can't be read");
        }
        let name = settings.name.clone().unwrap_or_else(|| suite.name.clone());
        suites.0.insert(name, ServedSuite::of(suite));
    }
    Ok(suites)
}
