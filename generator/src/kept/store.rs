//! Kept replies in a Redis, under `proofhouse:reply:KEY`. How long they stay is the Redis's own rule for full memory.

use std::time::Duration;

use redis::AsyncCommands;
use redis::aio::MultiplexedConnection;
use tokio::sync::Mutex;

use super::{Complaint, ReplyKey};
use crate::error::OpenError;

/// What a Redis gets to answer. One that needs longer costs more than it saves.
const PATIENCE: Duration = Duration::from_secs(2);

/// A Redis, connected when it is first needed, and again after it was lost.
pub(crate) struct Store {
    client: redis::Client,
    connection: Mutex<Option<MultiplexedConnection>>,
    complaint: Complaint,
}

impl Store {
    pub(super) fn open(url: &str) -> Result<Store, OpenError> {
        let client = redis::Client::open(url).map_err(OpenError::RedisAddress)?;
        Ok(Store { client, connection: Mutex::new(None), complaint: Complaint::default() })
    }

    pub(super) async fn find(&self, key: &ReplyKey) -> Option<Vec<u8>> {
        let found = self.ask(async |connection| connection.get(name(key)).await).await;
        found.unwrap_or_else(|error| {
            self.complaint.make(&error, "the Redis for kept replies can't be asked");
            None
        })
    }

    pub(super) async fn keep(&self, key: &ReplyKey, text: Vec<u8>) {
        let kept: redis::RedisResult<()> = self.ask(async |connection| connection.set(name(key), &text).await).await;
        match kept {
            Ok(()) => self.complaint.settle(),
            Err(error) => self.complaint.make(&error, "a reply can't be kept in Redis"),
        }
    }

    /// Asks once; a connection that failed is left, and the next question makes another.
    async fn ask<T>(
        &self,
        question: impl AsyncFnOnce(&mut MultiplexedConnection) -> redis::RedisResult<T>,
    ) -> redis::RedisResult<T> {
        let answer = async {
            let mut connection = self.connect().await?;
            question(&mut connection).await
        };
        let late = || Err(redis::RedisError::from(std::io::Error::from(std::io::ErrorKind::TimedOut)));
        let answer = tokio::time::timeout(PATIENCE, answer).await.unwrap_or_else(|_| late());
        if answer.is_err() {
            *self.connection.lock().await = None;
        }
        answer
    }

    async fn connect(&self) -> redis::RedisResult<MultiplexedConnection> {
        let mut there = self.connection.lock().await;
        if let Some(connection) = &*there {
            return Ok(connection.clone());
        }
        let connection = self.client.get_multiplexed_async_connection().await?;
        *there = Some(connection.clone());
        Ok(connection)
    }
}

fn name(key: &ReplyKey) -> String {
    format!("proofhouse:reply:{}", key.0)
}
