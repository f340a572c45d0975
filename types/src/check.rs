//! What a test checks: one kind for each way in which the field tests code.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Endpoint, Growth, Severity};

/// What a test checks. A kind with cases, steps or members gives each a verdict of its own, named `TEST: MEMBER`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Check {
    /// Statements that raise when the answer is wrong.
    Assert(AssertCheck),
    /// A file of tests in the manner of unittest or pytest.
    Unittest(UnittestCheck),
    /// The whole program, with input on stdin and its output compared.
    Io(IoCheck),
    /// Calls of a function, with arguments and results in JSON.
    Call(CallCheck),
    /// Runs of the program one after the other, over one workspace.
    Cli(CliCheck),
    /// SQL over a database of the task's.
    Sql(SqlCheck),
    /// Code that calls HTTP servers, which the task scripts.
    Http(HttpCheck),
    /// The submission is a file of tests, held to a right program and to mutants of it.
    Generated(GeneratedCheck),
    /// Fuel at growing sizes of input.
    Efficiency(EfficiencyCheck),
    /// What the rules of `proofhouse check` must not find in the program's text.
    Security(SecurityCheck),
    /// A call whose result must equal the reference's own (EvalPlus).
    Reference(ReferenceCheck),
}

/// Statements that raise when the answer is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AssertCheck {
    /// Python source that runs in the submission's namespace.
    pub code: String,
}

/// A file of tests: subclasses of `unittest.TestCase`, functions `test_…`, and what is in common use of pytest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UnittestCheck {
    /// Python source; it may `import` what it tests from `solution`.
    pub code: String,
}

/// The whole program, once a case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IoCheck {
    /// How output is compared.
    #[serde(default)]
    pub compare: Compare,
    /// Numbers may differ by this much, or by this share of the expected one. For `numeric`; the default is 1e-9.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub tolerance: Option<f64>,
    /// A Python program that decides instead: its working directory has `input`, `expected` and `output`, and it accepts by
    /// exit code 0. What it prints is the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checker: Option<String>,
    /// Files in the working directory of every case.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, String>,
    /// The cases.
    #[schemars(length(min = 1))]
    pub cases: Vec<IoCase>,
}

/// Input and expected output.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct IoCase {
    /// Its name; its number, from 1, where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `sys.argv[1:]`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<String>,
    /// What it reads on stdin.
    pub stdin: String,
    /// What it must write to stdout. A checker may do without.
    pub expected: String,
}

/// How output is compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Compare {
    /// Byte for byte.
    Exact,
    /// Without spaces at the ends of lines, and empty lines at the end.
    #[default]
    Trimmed,
    /// Word by word, whatever is between them.
    Tokens,
    /// Word by word, numbers by their value.
    Numeric,
}

/// Calls of a function.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CallCheck {
    /// `function`, or `Class.method` on an object that was made without arguments. The task's entry point by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
    /// Numbers may differ by this much, or by this share of the expected one. 0 by default.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub tolerance: f64,
    /// Whether the order of a list's items is free.
    #[serde(default)]
    pub unordered: bool,
    /// Whether an expected list may be the answer within a list of one, as APPS and TACO write it.
    #[serde(default, skip_serializing_if = "is_not")]
    pub wrapped: bool,
    /// The calls.
    #[schemars(length(min = 1))]
    pub cases: Vec<CallCase>,
}

/// One call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CallCase {
    /// Its name; its number, from 1, where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The arguments in their order.
    pub arguments: Vec<Value>,
    /// What it must return. A tuple counts as a list.
    #[serde(default)]
    pub expected: Value,
    /// The exception that it must raise instead, by the name of its class or of one above it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raises: Option<String>,
}

/// Runs of the program one after the other: what one leaves in its working directory, the next finds there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CliCheck {
    /// Files that are there before the first step.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, String>,
    /// The runs.
    #[schemars(length(min = 1))]
    pub steps: Vec<CliStep>,
}

/// One run of the program, and what must come of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct CliStep {
    /// Its name; its number, from 1, where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `sys.argv[1:]`.
    pub args: Vec<String>,
    /// What it reads on stdin.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub stdin: String,
    /// The exit code that it must end with.
    pub exit_code: i32,
    /// Regular expressions that must be found in stdout.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stdout: Vec<String>,
    /// Regular expressions that must not be found in stdout.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stdout_not: Vec<String>,
    /// Regular expressions that must be found in stderr.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stderr: Vec<String>,
    /// Files that must be in the working directory afterwards.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
    /// Files that must not be there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files_not: Vec<String>,
}

/// SQL that runs on SQLite, over a database of the task's. The submission is SQL, and held to what the reference's comes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SqlCheck {
    /// SQL that makes the tables.
    pub schema: String,
    /// SQL that fills them.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub rows: String,
    /// What is compared.
    #[serde(default)]
    pub compare: SqlCompare,
    /// A query that runs after the submission's SQL; its rows are compared then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// Whether the names of the columns must agree.
    #[serde(default)]
    pub columns: bool,
}

/// What of a database is compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SqlCompare {
    /// The rows of the last query; their order only where the reference's query orders.
    #[default]
    Rows,
    /// The schema and all rows of all tables afterwards.
    Database,
}

/// Code that calls HTTP servers. The tests see as `http.calls` what was called, and when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HttpCheck {
    /// Python source that runs like that of `assert`, with `http` besides.
    pub code: String,
    /// What answers.
    #[schemars(length(min = 1))]
    pub endpoints: Vec<Endpoint>,
    /// Requests that the code may make; one more fails the test. 30 by default: a client that works needs few, and one that
    /// never ends is stopped within milliseconds.
    #[serde(default = "thirty")]
    pub requests: u32,
}

fn thirty() -> u32 {
    30
}

/// The submission is a file of tests: it must pass on a right program, and fail on mutants of it, each of which is a test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GeneratedCheck {
    /// The right program. The tests import from `solution`, or use its names as they are.
    pub subject: String,
    /// The function whose answers tell a mutant from the program. The task's entry point by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
    /// A Python expression: a list of argument tuples. A mutant that answers them all as the program does is dropped.
    pub inputs: String,
}

/// Fuel at growing sizes of input, and the class of its growth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EfficiencyCheck {
    /// The function, or `Class.method`. The task's entry point by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
    /// Python source that defines `make(n)`: a list of the arguments for an input of size n.
    pub generator: String,
    /// The fastest growth that passes.
    pub bound: Growth,
    /// The sizes, growing. By default they grow until a call takes much fuel.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sizes: Vec<u64>,
    /// Whether the answers must be the reference's. Not where there are several right ones.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub compare: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_not(value: &bool) -> bool {
    !value
}

fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_yes(value: &bool) -> bool {
    *value
}

/// What the rules of `proofhouse check` must not find in the program's text: findings of the category security, of medium or high
/// confidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SecurityCheck {
    /// The least severity that fails the test.
    #[serde(default = "medium")]
    pub severity: Severity,
}

fn medium() -> Severity {
    Severity::Medium
}

/// A call whose result must equal the reference's own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReferenceCheck {
    /// The arguments, a JSON array, as written in the file: numbers keep their digits.
    pub arguments: String,
    /// Floats may differ by this much, plus 1e-7 of the expected value. 0 asks for equality, but for floats, where it means 1e-6.
    #[schemars(range(min = 0))]
    pub tolerance: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_read_from_json_and_written_as_it_was() {
        let texts = [
            r#"{"kind":"assert","code":"assert f()"}"#,
            r#"{"kind":"unittest","code":"def test_f(): pass"}"#,
            r#"{"kind":"io","compare":"numeric","tolerance":0.1,"cases":[{"stdin":"1","expected":"2"}]}"#,
            r#"{"kind":"call","function":"f","tolerance":0.0,"unordered":true,"cases":[{"arguments":[null,1],"expected":[1.5]}]}"#,
            r#"{"kind":"sql","schema":"CREATE TABLE t (a)","compare":"database","columns":false}"#,
            r#"{"kind":"http","code":"","endpoints":[{"url":"http://a.test/"}],"requests":30}"#,
            r#"{"kind":"generated","subject":"def f(): return 1","inputs":"[()]"}"#,
            r#"{"kind":"efficiency","generator":"","bound":"n log n"}"#,
            r#"{"kind":"security","severity":"medium"}"#,
            r#"{"kind":"reference","arguments":"[1]","tolerance":0.0}"#,
        ];
        for text in texts {
            let check: Check = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&check).unwrap(), text);
        }
        let steps = r#"{"kind":"cli","steps":[{"args":["a"]}]}"#;
        let check: Check = serde_json::from_str(steps).unwrap();
        assert_eq!(check, serde_json::from_str(&serde_json::to_string(&check).unwrap()).unwrap());
    }
}
