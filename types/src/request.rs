//! What is asked of the service: one struct an operation, and no field that is not heard.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::{Finish, LimitOverrides, SampleId, Task, TaskId};

/// Bytes of a file's path: what file systems take as one name.
pub const MOST_PATH_BYTES: usize = 255;

/// Names with `/` between them; `.` and `..` are none.
const FILE_PATH: &str = r"^(?!\.{1,2}(/|$))[^/\u0000]+(/(?!\.{1,2}(/|$))[^/\u0000]+)*$";

/// A Python program to run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunRequest {
    /// Python source.
    pub code: String,
    /// What it reads on its standard input.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub stdin: String,
    /// `sys.argv[1:]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arguments: Vec<String>,
    /// Texts of files in its working directory, by their paths in it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("propertyNames" = { "pattern": FILE_PATH, "maxLength": MOST_PATH_BYTES }))]
    pub files: BTreeMap<String, String>,
    /// Limits other than the defaults.
    #[serde(default)]
    pub limits: LimitOverrides,
}

/// One submission to score: for a task that comes with it or for one of a suite's, as a program or as a model's reply.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(transform = forms_of_score)]
pub struct ScoreRequest {
    /// The task itself. Without it, `suite` and `task_id` name one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<Task>,
    /// One of the suites that the service was started with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suite: Option<String>,
    /// A task of that suite.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_id: Option<TaskId>,
    /// A whole program, taken as it is.
    #[serde(default, alias = "solution", skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What a model went on with after the task's prompt, or a whole reply with prose around the code.
    #[serde(default, alias = "completion", skip_serializing_if = "Option::is_none")]
    pub reply: Option<String>,
    /// Why the model stopped writing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finish_reason: Option<Finish>,
    /// Tells the samples of one task apart; in a batch, the number of the sample within its task by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample_id: Option<SampleId>,
    /// The model that wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Limits that stand above those of the task.
    #[serde(default)]
    pub limits: LimitOverrides,
}

/// A text to look for security holes in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckRequest {
    /// The text.
    pub code: String,
    /// Its language, by name or by file extension, such as `python` or `ts`. By default that of `path`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The name that findings have for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

/// Many submissions at once. As NDJSON, each line is one of `submissions`, and `suite` is a query parameter.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchRequest {
    /// The suite of those that name none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suite: Option<String>,
    /// The submissions, 100,000 at most. One that can be used is enough: the others are named in the answer.
    #[schemars(length(min = 1, max = 100_000), transform = one_is_enough)]
    pub submissions: Vec<ScoreRequest>,
}

/// Says which fields go together: a task or the name of one, and code or a reply.
fn forms_of_score(schema: &mut Schema) {
    let Some(Value::Object(fields)) = schema.remove("properties") else { return };
    let tasks: [(&[&str], &[&str]); 2] = [(&["task"], &["suite", "task_id"]), (&["suite", "task_id"], &["task"])];
    let texts = [("code", "reply"), ("reply", "code")];
    let forms = tasks.iter().flat_map(|(named, unnamed)| {
        texts.iter().map(|(text, other)| {
            let required = [*named, &[*text]].concat();
            form(&fields, &required, &[*unnamed, &[*other]].concat())
        })
    });
    let forms: Vec<Value> = forms.collect();
    schema.remove("additionalProperties");
    schema.insert("oneOf".to_owned(), Value::Array(forms));
}

/// An object that must have some of the fields, and must not have others.
fn form(fields: &Map<String, Value>, required: &[&str], absent: &[&str]) -> Value {
    let mut properties = fields.clone();
    for name in absent {
        properties.insert((*name).to_owned(), json!({ "type": "null" }));
    }
    for name in required {
        if let Some(field) = properties.get_mut(*name) {
            without_null(field);
        }
    }
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

fn without_null(field: &mut Value) {
    let null = json!("null");
    if let Some(Value::Array(kinds)) = field.get_mut("type") {
        kinds.retain(|kind| *kind != null);
    }
    if let Some(Value::Array(forms)) = field.get_mut("anyOf") {
        forms.retain(|form| form["type"] != null);
    }
}

/// A bad submission costs no other, so that the items may be anything.
fn one_is_enough(schema: &mut Schema) {
    if let Some(submission) = schema.remove("items") {
        schema.insert("contains".to_owned(), submission);
    }
}
