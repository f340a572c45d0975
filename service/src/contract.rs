//! What the description of the API says beyond the types of the handlers: what every answer may be, the headers, the keys, and
//! what the settings of this server allow. Changes the description alone, never an answer.

use aide::openapi::OpenApi;
use proofhouse::Grammar;
use serde_json::{Map, Value, json};

use crate::config::Config;
use crate::error::ApiError;

/// Those who watch over a server ask these without a key.
const WITHOUT_KEY: [&str; 2] = ["/healthz", "/readyz"];

/// Paths by which the rules know a language, of those that a text without `language` may have.
const KNOWN_PATH: &str = r"[^./]\.(py|js|jsx|ts|tsx|java|go|rb|php|rs|c|cpp|cs|sh)$";

/// The whole description, for a server with these settings.
pub(crate) fn contract(api: &OpenApi, config: &Config) -> Value {
    let mut api = serde_json::to_value(api).expect("a description is plain data");
    let schemas = &mut api["components"]["schemas"];
    put_ceilings(&mut schemas["LimitOverrides"]["properties"], config);
    schemas["BatchRequest"]["properties"]["submissions"]["maxItems"] = json!(config.http.batch_submissions);
    put_languages(&mut schemas["CheckRequest"]);
    for (path, operations) in api["paths"].as_object_mut().into_iter().flatten() {
        for operation in operations.as_object_mut().into_iter().flat_map(Map::values_mut) {
            put_problems(operation);
            put_headers(operation);
            put_example(operation);
            if WITHOUT_KEY.contains(&path.as_str()) {
                operation["security"] = json!([]);
            }
        }
    }
    put_batches(&mut api["paths"]);
    api["components"]["securitySchemes"] = json!({
        "key": { "type": "http", "scheme": "bearer", "description": "A key of this server's settings, where there are any." }
    });
    if !config.keys.is_empty() {
        api["security"] = json!([{ "key": [] }]);
    }
    api
}

fn put_ceilings(limits: &mut Value, config: &Config) {
    let ceilings = &config.ceilings;
    let pairs = [
        ("fuel", ceilings.fuel.0),
        ("memory", ceilings.memory.0),
        ("output", ceilings.output.0),
        ("files", ceilings.files),
        ("disk", ceilings.disk.0),
    ];
    for (name, ceiling) in pairs {
        limits[name]["maximum"] = json!(ceiling);
    }
}

/// A text has a language by its name or by its path.
fn put_languages(request: &mut Value) {
    let Some(Value::Object(fields)) = request.get_mut("properties").map(Value::take) else { return };
    let names: Vec<&str> = Grammar::ALL.iter().map(|grammar| grammar.name()).collect();
    let described = |name: &str| fields[name]["description"].clone();
    let mut by_name = fields.clone();
    by_name["language"] = json!({ "type": "string", "enum": names, "description": described("language") });
    let mut by_path = fields.clone();
    by_path["language"] = json!({ "type": "null" });
    by_path["path"] = json!({ "type": "string", "pattern": KNOWN_PATH, "description": described("path") });
    let form = |properties: Map<String, Value>, other: &str| json!({ "type": "object", "properties": properties, "required": ["code", other], "additionalProperties": false });
    let description = request["description"].take();
    *request = json!({ "description": description, "oneOf": [form(by_name, "language"), form(by_path, "path")] });
}

/// What any request may be answered with, and one with a body besides.
fn put_problems(operation: &mut Value) {
    let of_bodies = if operation.get("requestBody").is_some() { ApiError::OF_BODIES } else { &[] };
    let schema = json!({ "$ref": "#/components/schemas/Problem" });
    for status in ApiError::OF_ALL.iter().chain(of_bodies) {
        let responses = &mut operation["responses"];
        if responses.get(status.to_string()).is_none() {
            responses[status.to_string()] = json!({
                "description": ApiError::description(*status),
                "content": { "application/problem+json": { "schema": schema } },
            });
        }
    }
}

fn put_headers(operation: &mut Value) {
    for (status, response) in operation["responses"].as_object_mut().into_iter().flatten() {
        let mut add = |name: &str, description: &str, schema: Value| {
            response["headers"][name] = json!({ "description": description, "required": true, "schema": schema });
        };
        add(
            "x-request-id",
            "The request's own, where it had one that can stand in a log.",
            json!({ "type": "string" }),
        );
        match status.as_str() {
            "401" => add("WWW-Authenticate", "How a key is shown.", json!({ "type": "string" })),
            "429" | "503" => add("Retry-After", "Seconds.", json!({ "type": "integer", "minimum": 1 })),
            _ => {}
        }
    }
    if operation["operationId"] == "score" {
        operation["responses"]["200"]["headers"]["Cache-Status"] = json!({
            "description": "Whether the verdict was there already (RFC 9211).",
            "required": true,
            "schema": { "type": "string" },
        });
    }
}

/// A request that works on any server, for those that can hardly be made up from their schema.
fn put_example(operation: &mut Value) {
    let test = json!({ "name": "of 21", "kind": "assert", "code": "assert double(21) == 42" });
    let task = json!({ "id": "double", "language": "python", "prompt": "Write double(x).", "tests": [test] });
    let submission = json!({ "task": task, "code": "def double(x):\n    return x + x\n" });
    let example = match operation["operationId"].as_str() {
        Some("score") => submission,
        Some("createBatch") => json!({ "submissions": [submission] }),
        _ => return,
    };
    operation["requestBody"]["content"]["application/json"]["example"] = example;
}

/// Streams, the rows of a batch, and the way from a new batch to all that can be asked of it.
fn put_batches(paths: &mut Value) {
    let create = &mut paths["/v1/batches"]["post"];
    create["requestBody"]["content"]["application/x-ndjson"] = json!({
        "schema": { "type": "string", "description": "A submission a line, as `submissions` has them." }
    });
    let accepted = &mut create["responses"]["202"];
    accepted["headers"]["Location"] = json!({ "description": "The batch.", "required": true, "schema": { "type": "string", "format": "uri-reference" } });
    let link = |operation: &str| json!({ "operationId": operation, "parameters": { "id": "$response.body#/id" } });
    accepted["links"] = ["batch", "cancelBatch", "batchResults", "batchEvents"]
        .into_iter()
        .map(|operation| (operation.to_owned(), link(operation)))
        .collect::<Map<String, Value>>()
        .into();
    if let Some(parameters) = create["parameters"].as_array_mut() {
        parameters.push(json!({
            "in": "header",
            "name": "Idempotency-Key",
            "description": "Names the request: the same again gives the same batch, and another body is refused.",
            "schema": { "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$" },
        }));
    }
    for (path, kind) in [("results", "application/x-ndjson"), ("events", "text/event-stream")] {
        let answer = &mut paths[format!("/v1/batches/{{id}}/{path}")]["get"]["responses"]["200"];
        let schema = json!({ "type": "string" });
        answer["content"] = json!({ kind: { "schema": schema } });
    }
}

#[cfg(test)]
mod tests {
    use proofhouse_types::{BatchRequest, ScoreRequest};

    use super::*;
    use crate::app::api_for;
    use crate::config::KeySettings;

    #[test]
    fn ceilings_and_keys_are_those_of_the_settings() {
        let mut config = Config::default();
        config.ceilings.files = 7;
        let open = api_for(&config);
        assert_eq!(open["components"]["schemas"]["LimitOverrides"]["properties"]["files"]["maximum"], 7);
        assert_eq!(open.get("security"), None);
        let sha256 = "0".repeat(64);
        config.keys =
            vec![KeySettings { name: "a".to_owned(), sha256, requests_per_second: None, concurrent: None, weight: 1 }];
        let closed = api_for(&config);
        assert_eq!(closed["security"], json!([{ "key": [] }]));
        assert_eq!(closed["paths"]["/healthz"]["get"]["security"], json!([]));
    }

    #[test]
    fn examples_are_requests() {
        let api = api_for(&Config::default());
        let of =
            |path: &str| api["paths"][path]["post"]["requestBody"]["content"]["application/json"]["example"].clone();
        let score: ScoreRequest = serde_json::from_value(of("/v1/score")).unwrap();
        let batch: BatchRequest = serde_json::from_value(of("/v1/batches")).unwrap();
        assert_eq!(batch.submissions, [score]);
    }

    #[test]
    fn every_operation_says_what_it_may_be_answered_with() {
        let api = api_for(&Config::default());
        for (path, operations) in api["paths"].as_object().expect("there are some") {
            for (method, operation) in operations.as_object().expect("there are some") {
                let responses = operation["responses"].as_object().expect("there are some");
                let has_success = responses.keys().any(|status| status.starts_with('2'));
                assert!(has_success && responses.contains_key("503"), "{method} {path}: {:?}", responses.keys());
            }
        }
    }
}
