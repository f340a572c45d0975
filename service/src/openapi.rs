//! The description of the API, made from the handlers' own types.

use aide::OperationOutput;
use aide::generate::GenContext;
use aide::openapi::{Info, MediaType, Operation, Response, SchemaObject, StatusCode};
use aide::transform::TransformOpenApi;
use proofhouse_types::Problem;

use crate::error::ApiError;

/// What stands at the top.
pub(crate) fn describe(mut api: TransformOpenApi<'_>) -> TransformOpenApi<'_> {
    api.inner_mut().info = Info {
        title: "Proofhouse".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        description: Some(
            "Runs generated code in a sandbox, tests it, checks it for security holes and scores it. Verdicts are the same \
             every time. The addresses of SandboxFusion, Piston and Judge0 are answered too; their own projects describe them."
                .to_owned(),
        ),
        ..Info::default()
    };
    api
}

/// Problem details for each of these statuses.
pub(crate) fn problems(context: &mut GenContext, statuses: &[u16]) -> Vec<(Option<StatusCode>, Response)> {
    let json_schema = context.schema.subschema_for::<Problem>();
    let described = |status: &u16| {
        let schema = SchemaObject { json_schema: json_schema.clone(), external_docs: None, example: None };
        let media = MediaType { schema: Some(schema), ..MediaType::default() };
        let content = [("application/problem+json".to_owned(), media)].into_iter().collect();
        let description = ApiError::description(*status).to_owned();
        (Some(StatusCode::Code(*status)), Response { description, content, ..Response::default() })
    };
    statuses.iter().map(described).collect()
}

impl OperationOutput for ApiError {
    type Inner = Problem;

    fn inferred_responses(context: &mut GenContext, _: &mut Operation) -> Vec<(Option<StatusCode>, Response)> {
        problems(context, ApiError::OF_ALL)
    }
}
