//! The form of a rule file and of a language's tables. The build reads the catalog with it, the command users' own folders.

mod conditions;
mod flow;
mod patterns;

use serde::{Deserialize, Serialize};

pub use conditions::{Condition, Is, Which};
pub use flow::{Guard, Needs, Sanitizer, Sink, Source, Tables};
pub use patterns::{AssignPattern, CallPattern, ComparePattern, SettingPattern, StringPattern, UsePattern};

/// One rule: `catalog/<language>/<name>.toml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// `<language>/<name>`, as the file is called.
    pub id: String,
    /// One line for lists and headings.
    pub title: String,
    /// Weaknesses by CWE number, the closest first.
    pub cwe: Vec<u32>,
    /// Categories of the OWASP Top 10, such as `A03:2021`. Empty where none fits.
    #[serde(default)]
    pub owasp: Vec<String>,
    /// How bad it is if it is true.
    pub severity: Level,
    /// What kind of trouble it is.
    #[serde(default)]
    pub category: Category,
    /// How sure a match of a pattern without data flow is. Data flow brings a confidence of its own.
    #[serde(default = "high")]
    pub confidence: Level,
    /// What a finding says. `{source}` is where the data came from, `{sink}` what it reaches, `{name}` the name that was
    /// matched, `{value}` a constant argument.
    pub message: String,
    /// Why it matters.
    pub why: String,
    /// How to fix it.
    pub remedy: String,
    /// Words of which one must stand in a text for the rule to be tried. Without any, those of its patterns.
    #[serde(default)]
    pub anchors: Vec<String>,
    /// What a sanitizer must clear to make data safe here, such as `sql`, `shell`, `path`, `html`. Rules with sinks need it.
    #[serde(default)]
    pub class: Option<String>,
    /// Where untrusted data must not arrive.
    #[serde(default)]
    pub sinks: Vec<Sink>,
    /// Sources, sanitizers and guards of this rule alone, besides the language's.
    #[serde(default)]
    pub sources: Vec<Source>,
    /// Calls and fields whose results are safe.
    #[serde(default)]
    pub sanitizers: Vec<Sanitizer>,
    /// Tests after which a value is safe.
    #[serde(default)]
    pub guards: Vec<Guard>,
    /// Calls that are wrong whatever data they get.
    #[serde(default)]
    pub calls: Vec<CallPattern>,
    /// Options with a bad value: keyword arguments, entries of maps, fields of literals, assignments to attributes.
    #[serde(default)]
    pub settings: Vec<SettingPattern>,
    /// Names that are wrong to mention, such as `ssl.PROTOCOL_SSLv3`.
    #[serde(default)]
    pub uses: Vec<UsePattern>,
    /// Assignments of a bad value to a variable, attribute or map entry.
    #[serde(default)]
    pub assigns: Vec<AssignPattern>,
    /// Comparisons with `==` or `!=`.
    #[serde(default)]
    pub compares: Vec<ComparePattern>,
    /// String literals that match.
    #[serde(default)]
    pub strings: Vec<StringPattern>,
    /// An analysis that patterns can't say.
    #[serde(default)]
    pub native: Option<Native>,
    /// A tree-sitter query; the capture `@finding`, or the first one, is where the finding is. For users' own rules.
    #[serde(default)]
    pub query: Option<String>,
    /// An automatic fix, where one is always right.
    #[serde(default)]
    pub fix: Option<Fix>,
    /// Code in which the rule fires.
    #[serde(default)]
    pub bad: Vec<Example>,
    /// Code in which it does not, the closer to a bad one the better.
    #[serde(default)]
    pub good: Vec<Example>,
    /// Bad code that is known to be missed.
    #[serde(default)]
    pub missed: Vec<Example>,
    /// Good code that is known to be reported.
    #[serde(default)]
    pub noisy: Vec<Example>,
}

fn low() -> Level {
    Level::Low
}

fn high() -> Level {
    Level::High
}

/// Severity and confidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Worth knowing; or the data comes from something that is not known.
    Low,
    /// To be mended; or the data comes from a parameter.
    Medium,
    /// To be mended first; or the data comes from outside.
    High,
}

/// What kind of trouble a rule is about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Category {
    /// It can be attacked.
    #[default]
    Security,
    /// Fails in production, though nobody attacks.
    Robustness,
    /// Games the grading.
    Integrity,
}

/// Analyses that patterns can't say; each is a file of `native/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Native {
    /// Keys of providers, by their prefixes, structure and checksums.
    ProviderKey,
    /// A literal in a place that is named like a credential.
    NamedCredential,
    /// A literal that stands in for a secret that the environment does not have.
    SecretDefault,
    /// A block of a private key.
    PrivateKey,
    /// A password inside an address.
    PasswordInAddress,
    /// A literal that looks random.
    HighEntropy,
    /// A handler that does nothing with what it caught.
    SwallowedException,
    /// A test of a file's state before its use.
    CheckThenUse,
    /// A route that changes something and that nothing protects.
    OpenRoute,
    /// Memory used, or freed again, after it was freed.
    UseAfterFree,
    /// A size that is a product without a check.
    AllocationOverflow,
    /// `__eq__` and its like that always say the same.
    ConstantEquality,
    /// Work at import time that ends the process.
    ExitAtImport,
    /// A builtin, or a part of the test framework, that is replaced.
    PatchedBuiltin,
    /// `UPDATE` or `DELETE` without `WHERE`.
    UnboundedChange,
    /// SQL that hands out all rights, or runs text.
    DangerousSql,
    /// A variable outside quotes where a shell splits it.
    UnquotedVariable,
    /// A download that is run at once.
    DownloadedScript,
    /// `unsafe` without a comment that says why it holds.
    UnjustifiedUnsafe,
    /// A returned error that nobody looks at.
    IgnoredError,
}

/// An automatic fix. One of the keys.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fix {
    /// The callee's last name becomes this.
    #[serde(default)]
    pub callee: Option<String>,
    /// The value of the matched setting or argument becomes this.
    #[serde(default)]
    pub value: Option<String>,
    /// This argument is added to the call.
    #[serde(default)]
    pub add_argument: Option<String>,
}

/// A piece of code with a verdict.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// The code itself.
    pub code: String,
    /// What it shows; for a known miss, why it is missed.
    #[serde(default)]
    pub note: String,
    /// The confidence that the finding has at least; `medium` if not said, which is what users see.
    #[serde(default)]
    pub confidence: Option<Level>,
    /// The line that the finding is at, from 1.
    #[serde(default)]
    pub line: Option<usize>,
}

impl Rule {
    /// What is wrong with a rule that reads well, if anything.
    pub fn problem(&self) -> Option<String> {
        let patterns = self.sinks.len()
            + self.calls.len()
            + self.settings.len()
            + self.uses.len()
            + self.assigns.len()
            + self.compares.len()
            + self.strings.len();
        if patterns == 0 && self.native.is_none() && self.query.is_none() {
            return Some("nothing says when it fires: expected sinks, calls, settings or another pattern".to_owned());
        }
        if !self.sinks.is_empty() && self.class.is_none() {
            return Some("a rule with sinks needs a `class`".to_owned());
        }
        if self.message.is_empty() {
            return Some("`message` is empty".to_owned());
        }
        None
    }
}
