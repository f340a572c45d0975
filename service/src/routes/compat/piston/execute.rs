//! `/api/v2/execute`: one program.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use super::request::program;
use super::stage::{Stage, stage};
use super::{LANGUAGE, VERSION, foreign, message_of};
use crate::dispatcher::{Client, NotDone, Patience};
use crate::error::{ApiError, Foreign};
use crate::routes::compat::body::Body;
use crate::state::AppState;

/// Piston lets a request wait for as long as it takes. A minute is what proxies wait for an answer.
const PATIENCE: Patience = Patience { admit: Duration::MAX, hold: Duration::from_secs(60) };

#[derive(Debug, Serialize)]
pub(super) struct Executed {
    run: Stage,
    language: &'static str,
    version: &'static str,
}

pub(super) async fn execute(
    State(state): State<AppState>,
    client: Client,
    body: Body,
) -> Result<Json<Executed>, Foreign> {
    let config = state.config.clone();
    let (program, limits) = body.read(move |body| program(body, &config.ceilings), foreign).await?;
    match state.dispatcher.run(&client, program, &limits, PATIENCE).await {
        Ok(run) => Ok(Json(Executed { run: stage(&run), language: LANGUAGE, version: VERSION })),
        Err(NotDone::Fault(fault)) => Err(Foreign::fault(message_of(&format!("a fault of the service: {fault}")))),
        Err(other @ (NotDone::Overloaded { .. } | NotDone::Closing)) => Err(foreign(&ApiError::from(other))),
    }
}
