//! Bodies of these APIs: JSON within the bounds that all JSON has here, whatever its content type says. Clients send several types.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};

use crate::error::{ApiError, Foreign};
use crate::routes::json::{collected, outline};
use crate::state::AppState;

/// A body above this is read on a thread that may block: one of this size takes a millisecond or two.
const SMALL_BODY_BYTES: usize = 256 << 10;

/// A body that is JSON, and not too much of it.
pub(super) struct Body(Bytes);

impl FromRequest<AppState> for Body {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &AppState) -> Result<Body, ApiError> {
        let bytes = collected(request.into_body()).await?;
        let most_values = state.config.http.json_values;
        let check = move |bytes: Bytes| outline(&bytes, most_values).map(|()| Body(bytes));
        if bytes.len() <= SMALL_BODY_BYTES {
            return check(bytes);
        }
        let checking = tokio::task::spawn_blocking(move || check(bytes));
        checking.await.map_err(|_| ApiError::Fault("the body's reader broke off".to_owned()))?
    }
}

impl Body {
    /// Reads it, beside the threads that serve where that may take a while.
    pub(super) async fn read<T: Send + 'static>(
        self,
        read: impl FnOnce(&[u8]) -> Result<T, Foreign> + Send + 'static,
        broken_off: impl FnOnce(&ApiError) -> Foreign,
    ) -> Result<T, Foreign> {
        if self.0.len() <= SMALL_BODY_BYTES {
            return read(&self.0);
        }
        self.read_aside(read, broken_off).await
    }

    /// Reads one that may be small and take a while nonetheless, as archives do.
    pub(super) async fn read_aside<T: Send + 'static>(
        self,
        read: impl FnOnce(&[u8]) -> Result<T, Foreign> + Send + 'static,
        broken_off: impl FnOnce(&ApiError) -> Foreign,
    ) -> Result<T, Foreign> {
        let reading = tokio::task::spawn_blocking(move || read(&self.0)).await;
        reading.unwrap_or_else(|_| Err(broken_off(&ApiError::Fault("the body's reader broke off".to_owned()))))
    }
}
