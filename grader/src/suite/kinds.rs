//! The kinds of tests, and the keys of each, wherever a test is written.

use proofhouse_types::{
    AssertCheck, CallCase, CallCheck, Check, CliCheck, CliStep, EfficiencyCheck, Endpoint, GeneratedCheck, HttpCheck,
    IoCase, IoCheck, Pages, RateLimit, Response, SecurityCheck, SqlCheck, UnittestCheck,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::keys::{Keys, nearest};

/// Every kind of test that can be written.
const KINDS: [&str; 10] =
    ["assert", "unittest", "io", "call", "cli", "sql", "http", "generated", "efficiency", "security"];
/// The keys of every test.
pub(super) const HEAD: [&str; 4] = ["name", "kind", "visible", "quotes"];
/// What every test may say besides its name and kind.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Head {
    pub(super) visible: bool,
    pub(super) quotes: Vec<String>,
}

/// A case of a call has one of the two.
pub(super) const EITHER: &str = "expected either `expected` or `raises`";

/// One test's table or object.
pub(super) trait Written {
    type Problem;

    /// Reads it as one kind of check: unknown keys first, then values of a wrong kind.
    fn read<T: DeserializeOwned>(&self, keys: &Keys) -> Result<T, Vec<Self::Problem>>;

    /// Reads calls, whose cases can say nothing of a value and that it is null.
    fn read_call(&self, keys: &Keys) -> Result<CallCheck, Vec<Self::Problem>>;

    /// What is wrong with its `kind`.
    fn of_kind(&self, message: String) -> Self::Problem;
}

/// Reads a test of this kind.
pub(super) fn read<W: Written>(kind: &str, written: &W) -> Result<Check, Vec<W::Problem>> {
    Ok(match kind {
        "assert" => Check::Assert(written.read(&Keys::of::<AssertCheck>())?),
        "unittest" => Check::Unittest(written.read(&Keys::of::<UnittestCheck>())?),
        "io" => Check::Io(written.read(&Keys::of::<IoCheck>().with("cases", Keys::of::<IoCase>()))?),
        "call" => Check::Call(written.read_call(&Keys::of::<CallCheck>().with("cases", Keys::of::<CallCase>()))?),
        "cli" => Check::Cli(written.read(&Keys::of::<CliCheck>().with("steps", Keys::of::<CliStep>()))?),
        "sql" => Check::Sql(written.read(&Keys::of::<SqlCheck>())?),
        "http" => {
            let endpoint = Keys::of::<Endpoint>()
                .with("responses", Keys::of::<Response>())
                .with("pages", Keys::of::<Pages>())
                .with("rate_limit", Keys::of::<RateLimit>());
            Check::Http(written.read(&Keys::of::<HttpCheck>().with("endpoints", endpoint))?)
        }
        "generated" => Check::Generated(written.read(&Keys::of::<GeneratedCheck>())?),
        "efficiency" => Check::Efficiency(written.read(&Keys::of::<EfficiencyCheck>())?),
        "security" => Check::Security(written.read(&Keys::of::<SecurityCheck>())?),
        other => {
            let message = match nearest(other, &KINDS) {
                Some(near) => format!("unknown kind `{other}`, did you mean `{near}`?"),
                None => format!("unknown kind `{other}`, expected one of `{}`", KINDS.join("`, `")),
            };
            return Err(vec![written.of_kind(message)]);
        }
    })
}
