//! Version ranges as npm's semver has them, which Piston takes, in the words of cargo's.

use semver::{Version, VersionReq};

/// Whether a version is in a range such as `*`, `3`, `3.x`, `>=3.10 <4`, `3.10 - 3.14`, `^3.12 || 2`, or is the one that is named.
pub(super) fn satisfies(version: &Version, range: &str) -> bool {
    range.split("||").any(|alternative| requirement(alternative.trim()).is_some_and(|range| range.matches(version)))
}

/// One alternative. A bare version means itself in npm's ranges, where cargo's mean it and all that are compatible.
fn requirement(alternative: &str) -> Option<VersionReq> {
    if let Some((low, high)) = alternative.split_once(" - ") {
        return VersionReq::parse(&format!(">={}, <={}", bare(low.trim()), bare(high.trim()))).ok();
    }
    let mut comparators = Vec::new();
    let mut operator = "";
    for word in alternative.split_whitespace() {
        let digits = word.find(|letter: char| !matches!(letter, '<' | '>' | '=' | '~' | '^')).unwrap_or(word.len());
        let (own, version) = word.split_at(digits);
        if version.is_empty() {
            operator = own;
            continue;
        }
        let operator = match std::mem::take(&mut operator) {
            "" if own.is_empty() => "=",
            "" => own,
            before => before,
        };
        match bare(version) {
            "" => {}
            version => comparators.push(format!("{operator}{version}")),
        }
    }
    if comparators.is_empty() {
        return Some(VersionReq::STAR);
    }
    VersionReq::parse(&comparators.join(", ")).ok()
}

/// Without `v`, and without the parts that stand for any: `3.x.x` is `3`.
fn bare(version: &str) -> &str {
    let mut version = version.strip_prefix('v').unwrap_or(version);
    while let Some(rest) = version.strip_suffix(['x', 'X', '*']) {
        version = rest.strip_suffix('.').unwrap_or(rest);
    }
    version
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_those_of_npm() {
        let version = Version::new(3, 14, 0);
        let yes = [
            "*",
            "",
            "x",
            "3",
            "3.x",
            "3.14",
            "3.14.x",
            "3.14.*",
            "3.14.0",
            "v3.14.0",
            "=3.14.0",
            ">=3.10",
            ">= 3.10",
            ">3.10",
            "^3.10.0",
            "~3.14",
            "~3",
            "<4",
            "<=3.14",
            ">=3.10 <4",
            ">=3.10.0 <3.15.0",
            "3.10 - 3.14",
            "3.10.0 - 3.14.0",
            "2 || 3",
            "^2.7 || ^3.9",
            "3.9.4 || *",
        ];
        let no = [
            "2",
            "2.x",
            "3.10",
            "3.10.0",
            "=3.10",
            "3.9.4",
            ">3.14",
            ">=3.15",
            "<3.14",
            "~3.10",
            "^2",
            "3.10 - 3.13",
            "2 || 4",
            "latest",
            "three",
            "3..1",
            ">=3.10 <3.14",
        ];
        for range in yes {
            assert!(satisfies(&version, range), "{range:?}");
        }
        for range in no {
            assert!(!satisfies(&version, range), "{range:?}");
        }
    }
}
