//! `proofhouse model-worker`: what commands start to run a GGUF file, one for each. Nobody types it.

use anyhow::Result;

use crate::exit::Exit;

#[cfg(feature = "embedded")]
pub fn model_worker() -> Result<Exit> {
    use crate::exit::{Ending, UserError};
    use proofhouse_generator::{WorkerError, run_worker};

    match run_worker() {
        Err(error @ WorkerError::NoLoad) => Err(UserError(error.to_string()).into()),
        ended => Ok(ended.map(|()| Exit::Ending(Ending::AllGood))?),
    }
}

#[cfg(not(feature = "embedded"))]
pub fn model_worker() -> Result<Exit> {
    use crate::exit::UserError;
    use proofhouse_generator::OpenError;

    Err(UserError(OpenError::NoEmbedded.to_string()).into())
}
