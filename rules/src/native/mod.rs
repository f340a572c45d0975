//! Analyses that patterns of a rule file can't say. Each reads the text, the tree or the lowered program, and says where it hit.

mod allocation_overflow;
mod check_then_use;
mod constant_equality;
mod dangerous_sql;
mod downloaded_script;
mod exit_at_import;
mod ignored_error;
mod open_route;
mod patched_builtin;
mod secret_default;
mod swallowed_exception;
#[cfg(test)]
mod tests;
mod unbounded_change;
mod unjustified_unsafe;
mod unquoted_variable;
mod use_after_free;
mod walk;

use proofhouse_syntax::Grammar;
use tree_sitter::Tree;

use crate::ir::{Program, Span};
use crate::schema::{Level, Native};
use crate::secrets::{self, Literals};

/// What an analysis may look at.
pub(crate) struct Source<'a> {
    pub(crate) text: &'a str,
    pub(crate) grammar: Grammar,
    pub(crate) tree: &'a Tree,
    pub(crate) program: &'a Program,
    /// The literals of the text; none where no analysis that runs reads them.
    pub(crate) literals: &'a Literals<'a>,
}

/// One place that an analysis found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hit {
    pub(crate) span: Span,
    /// What `{name}` in the rule's message stands for.
    pub(crate) name: String,
    /// What `{value}` in the rule's message stands for. Never a secret in full.
    pub(crate) value: String,
    pub(crate) confidence: Level,
}

impl Native {
    /// Whether the analysis looks at [`Source::literals`].
    pub(crate) fn reads_literals(self) -> bool {
        matches!(self, Self::NamedCredential | Self::PasswordInAddress | Self::HighEntropy)
    }
}

/// Runs one analysis; hits come in the order of the text.
pub(crate) fn run(native: Native, source: &Source<'_>) -> Vec<Hit> {
    match native {
        Native::ProviderKey => secrets::provider_key(source),
        Native::NamedCredential => secrets::named_credential(source),
        Native::PrivateKey => secrets::private_key(source),
        Native::PasswordInAddress => secrets::password_in_address(source),
        Native::HighEntropy => secrets::high_entropy(source),
        Native::UnboundedChange => unbounded_change::find(source),
        Native::DangerousSql => dangerous_sql::find(source),
        Native::UnquotedVariable => unquoted_variable::find(source),
        Native::DownloadedScript => downloaded_script::find(source),
        Native::UseAfterFree => use_after_free::find(source),
        Native::AllocationOverflow => allocation_overflow::find(source),
        Native::UnjustifiedUnsafe => unjustified_unsafe::find(source),
        Native::IgnoredError => ignored_error::find(source),
        Native::SecretDefault => secret_default::find(source),
        Native::SwallowedException => swallowed_exception::find(source),
        Native::CheckThenUse => check_then_use::find(source),
        Native::OpenRoute => open_route::find(source),
        Native::ConstantEquality => constant_equality::find(source),
        Native::ExitAtImport => exit_at_import::find(source),
        Native::PatchedBuiltin => patched_builtin::find(source),
    }
}
