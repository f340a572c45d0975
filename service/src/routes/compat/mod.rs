//! The APIs of SandboxFusion, Piston and Judge0, so that their clients work by changing the URL. Each is read and answered
//! as its own documentation and source say; `docs/compat.md` lists what differs. Programs run as everywhere else.

mod archive;
mod body;
mod dialect;
mod ending;
mod files;
mod judge0;
mod limits;
mod piston;
mod sandbox_fusion;

use axum::Router;

use crate::state::AppState;

pub(crate) use dialect::in_dialect;
pub(crate) use judge0::{Judge0, resume as resume_judge0};

/// All of their addresses.
pub(crate) fn router(judge0: Judge0) -> Router<AppState> {
    sandbox_fusion::router().merge(piston::router()).merge(judge0::router(judge0))
}
