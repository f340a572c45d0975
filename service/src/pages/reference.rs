//! `/docs`: how the API is used, read from its own description.

use std::sync::Arc;

use axum::Extension;
use axum::response::Response;
use maud::{Markup, html};
use serde_json::Value;

use super::layout::{Page, Place};
use super::prose::inline;
use super::schema::{kind, type_section};
use super::viewer::Viewer;

/// Bodies that show how an operation is asked, by its id. Others have a file's name instead.
const BODIES: [(&str, &str); 3] = [
    ("run", r#"{"code": "print(6 * 7)"}"#),
    (
        "score",
        r#"{"code": "def double(x):\n    return 2 * x\n", "task": {"id": "double", "language": "python", "prompt": "", "tests": [{"name": "doubles", "kind": "assert", "code": "assert double(21) == 42"}]}}"#,
    ),
    ("check", r#"{"language": "python", "code": "def run(text):\n    return eval(text)\n"}"#),
];

pub(super) async fn show(viewer: Viewer, Extension(api): Extension<Arc<Value>>) -> Response {
    let operations = operations(&api);
    let types: Vec<(&String, &Value)> = api["components"]["schemas"].as_object().into_iter().flatten().collect();
    let content = html! {
        div.reference {
            nav.contents aria-label="Operations and types" {
                details open {
                    summary { "Operations" }
                    ul {
                        @for operation in &operations {
                            li { a href={ "#" (operation.id()) } { (operation.title()) } }
                        }
                    }
                }
                details {
                    summary { "Types" }
                    ul { @for (name, _) in &types { li { a href={ "#type-" (name) } { code { (name) } } } } }
                }
            }
            div.text {
                h1 { "API" }
                p { (inline(words(&api["info"]["description"]))) }
                p { "For programs: " a href="/openapi.json" { code { "/openapi.json" } } " (OpenAPI 3.1)." }
                @for operation in &operations { (operation.section()) }
                h2 #types { "Types" }
                @for (name, schema) in &types { (type_section(name, schema)) }
            }
        }
    };
    Page { title: "API", place: Place::Reference, viewer: &viewer }.around(content)
}

fn words(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// What is done at one address by one method.
struct Operation<'a> {
    method: String,
    path: &'a str,
    said: &'a Value,
}

fn operations(api: &Value) -> Vec<Operation<'_>> {
    let paths = api["paths"].as_object().into_iter().flatten();
    paths
        .flat_map(|(path, methods)| methods.as_object().into_iter().flatten().map(move |method| (path, method)))
        .map(|(path, (method, said))| Operation { method: method.to_uppercase(), path, said })
        .collect()
}

impl Operation<'_> {
    /// Its id in the page.
    fn id(&self) -> String {
        match self.said["operationId"].as_str() {
            Some(id) => format!("operation-{id}"),
            None => format!("operation-{}-{}", self.method.to_lowercase(), self.path.replace(['/', '{', '}'], "-")),
        }
    }

    fn title(&self) -> &str {
        self.said["summary"].as_str().unwrap_or(self.path)
    }

    /// The kind and the schema of its body, where it takes one; JSON where it takes several.
    fn body(&self) -> Option<(&str, &Value)> {
        let content = self.said["requestBody"]["content"].as_object()?;
        let named = content.get_key_value("application/json").or_else(|| content.iter().next())?;
        Some((named.0, &named.1["schema"]))
    }

    fn section(&self) -> Markup {
        let id = self.id();
        let parameters = self.said["parameters"].as_array().map_or(&[][..], Vec::as_slice);
        html! {
            section.operation aria-labelledby=(id) {
                h2 id=(id) { (self.title()) }
                p.address { span.method { (self.method) } " " code { (self.path) } }
                @if let Some(description) = self.said["description"].as_str() { p { (inline(description)) } }
                @if !parameters.is_empty() { (parameters_table(&id, parameters)) }
                @if let Some((media, schema)) = self.body() {
                    p { "Body: " (kind(schema)) ", as " code { (media) } "." }
                }
                h3 { "Example" }
                pre.example tabindex="0" { code { (self.curl()) } }
                h3 { "Answers" }
                (self.answers())
            }
        }
    }

    /// Statuses, those that carry a problem together at the end.
    fn answers(&self) -> Markup {
        let responses: Vec<(&String, &Value)> = self.said["responses"].as_object().into_iter().flatten().collect();
        let is_problem = |said: &Value| said["content"].get("application/problem+json").is_some();
        let (mut problems, mut answers): (Vec<_>, Vec<_>) =
            responses.into_iter().partition(|(_, said)| is_problem(said));
        answers.sort_by_key(|(status, _)| *status);
        problems.sort_by_key(|(status, _)| *status);
        html! {
            dl.answers {
                @for (status, said) in &answers {
                    dt { (status) }
                    dd {
                        (inline(words(&said["description"])))
                        @for (media, content) in said["content"].as_object().into_iter().flatten() {
                            " " (kind(&content["schema"])) ", as " code { (media) } "."
                        }
                    }
                }
                @if answers.is_empty() { dt { "200" } dd { "As asked." } }
            }
            @if !problems.is_empty() {
                details {
                    summary { "Where it fails, a " a href="#type-Problem" { "problem" } }
                    dl.answers { @for (status, said) in &problems { dt { (status) } dd { (inline(words(&said["description"]))) } } }
                }
            }
        }
    }

    fn curl(&self) -> String {
        let address = format!("http://127.0.0.1:8080{}", self.path);
        let method = match (self.method.as_str(), self.body()) {
            ("GET", _) | ("POST", Some(_)) => String::new(),
            (method, _) => format!(" -X {method}"),
        };
        let Some((media, _)) = self.body() else { return format!("curl{method} '{address}'") };
        let body = BODIES.iter().find(|(id, _)| self.said["operationId"] == *id).map_or("@request", |(_, body)| body);
        let flag = if body.starts_with('@') { "--data-binary" } else { "-d" };
        format!("curl{method} '{address}' \\\n  -H 'Content-Type: {media}' \\\n  {flag} '{body}'")
    }
}

fn parameters_table(id: &str, parameters: &[Value]) -> Markup {
    html! {
        div.wide tabindex="0" role="region" aria-label="Parameters" {
            table {
                thead { tr { th scope="col" { "Parameter" } th scope="col" { "In" } th scope="col" { "Type" } th scope="col" { "Is" } } }
                tbody {
                    @for parameter in parameters {
                        tr id={ (id) "-" (words(&parameter["name"])) } {
                            td { code { (words(&parameter["name"])) } }
                            td { (words(&parameter["in"])) }
                            td { (kind(&parameter["schema"])) }
                            td { (inline(words(&parameter["description"]))) }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proofhouse_types::{CheckRequest, RunRequest, ScoreRequest};

    use super::*;

    #[test]
    fn examples_can_be_sent() {
        for (id, body) in BODIES {
            let wrong = match id {
                "run" => serde_json::from_str::<RunRequest>(body).err(),
                "check" => serde_json::from_str::<CheckRequest>(body).err(),
                _ => serde_json::from_str::<ScoreRequest>(body).err(),
            };
            assert_eq!(wrong.map(|error| error.to_string()), None, "{id}");
            // In a shell's single quotes.
            assert!(!body.contains('\''), "{id}");
        }
    }
}
