//! Clients of model servers, over a real socket.

mod faults;
mod kept;
mod llama;
mod replies;

use proofhouse_generator::{Model, ModelName, Options, Piece};
use proofhouse_tests::Replay;
use proofhouse_types::{Ask, Generation, GenerationRequest, Sampling};
use tokio_util::sync::CancellationToken;

/// A model of a kind of server, on the server of a test.
async fn open(backend: &str, model: &str, server: &Replay, options: Options) -> Model {
    let name: ModelName = format!("{backend}:{model}@{}", server.url()).parse().unwrap();
    Model::open(name, options).await.unwrap()
}

/// A request for some code, at most 16 tokens of it.
fn request(ask: Ask) -> GenerationRequest {
    let sampling = Sampling::greedy(16);
    GenerationRequest { ask, sampling }
}

fn chat() -> GenerationRequest {
    request(Ask::Chat { system: None, user: "Write add.".to_owned() })
}

/// Asks without an end in mind.
async fn generate(model: &Model, request: &GenerationRequest) -> Generation {
    model.generate(request, &CancellationToken::new(), &mut |_: Piece<'_>| {}).await
}
