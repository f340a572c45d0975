//! The suite's releases: whatever of its files decides a verdict belongs to one release, and the changelog names it. Rules and
//! default limits belong to the program.

use std::path::Path;

use anyhow::{Context, Result};
use proofhouse::Suite;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::FOLDER;

/// The list of releases, the newest last. A line of it is never changed.
const RELEASES: &str = "releases.toml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Releases {
    releases: Vec<Release>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Release {
    release: String,
    digest: String,
}

/// What of the release does not hold.
pub(super) fn problems(root: &Path, suite: &Suite) -> Result<Vec<String>> {
    let file = format!("{FOLDER}/{RELEASES}");
    let text = std::fs::read_to_string(root.join(&file)).with_context(|| format!("reading `{file}`"))?;
    let Releases { releases } = toml::from_str(&text).with_context(|| format!("reading `{file}`"))?;
    let changelog = std::fs::read_to_string(root.join("CHANGELOG.md")).context("reading `CHANGELOG.md`")?;
    let last = releases.last().with_context(|| format!("`{file}` has no release"))?;
    let mut problems = Vec::new();
    if suite.release.as_deref() != Some(&last.release) {
        let said = suite.release.as_deref().unwrap_or("none");
        problems
            .push(format!("{FOLDER}/suite.toml: release `{said}`, and the last of {RELEASES} is `{}`", last.release));
    }
    let digest = digest(suite);
    if last.digest != digest {
        let message = "its tasks are not those of its last release: raise `release` in suite.toml, say in CHANGELOG.md what changed, and add to";
        problems.push(format!(
            "{FOLDER}: {message} {RELEASES}:\n    [[releases]]\n    release = \"…\"\n    digest = \"{digest}\""
        ));
    }
    for (position, Release { release, digest }) in releases.iter().enumerate() {
        let before = &releases[..position];
        if before.iter().any(|earlier| earlier.release == *release || earlier.digest == *digest) {
            problems.push(format!("{file}: `{release}` is there twice"));
        }
        if !is_told(&changelog, release) {
            problems.push(format!("CHANGELOG.md says nothing of the practical suite {release}"));
        }
    }
    Ok(problems)
}

/// Whether the changelog names a release of the suite, and not one whose number goes on.
fn is_told(changelog: &str, release: &str) -> bool {
    let goes_on = |rest: &str| rest.strip_prefix('.').unwrap_or(rest).starts_with(|next: char| next.is_ascii_digit());
    changelog.split(&format!("practical suite {release}")).skip(1).any(|rest| !goes_on(rest))
}

/// Hex SHA-256 over what decides verdicts: the digests of the suite and of the suites of its variants.
fn digest(suite: &Suite) -> String {
    let mut hasher = Sha256::new();
    hasher.update(&suite.digest);
    for variant in suite.variants().into_iter().filter_map(|name| suite.variant(name)) {
        hasher.update(&variant.digest);
    }
    format!("{:x}", hasher.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_is_told_by_its_whole_number() {
        let cases = [
            ("- The practical suite 1.0.1: new", true),
            ("practical suite 1.0.1.", true),
            ("practical suite 1.0.10", false),
            ("practical suite 1.0.1.2", false),
            ("practical suite 1.0.10 and practical suite 1.0.1", true),
            ("", false),
        ];
        for (changelog, expected) in cases {
            assert_eq!(is_told(changelog, "1.0.1"), expected, "{changelog}");
        }
    }
}
