//! Versions of images and charts, as far as their order is beyond doubt.

use std::cmp::Ordering;

/// A tag or version of numbers, with what stands behind them: `v1.2.3-rc.1`.
struct Version<'t> {
    numbers: Vec<u64>,
    /// Before the release of the same numbers when it is not empty.
    pre: &'t str,
}

/// Which of two versions is the newer one; `None` where nobody can tell: of a commit's hash, or of suffixes that name
/// a variant (`1.27-alpine`).
pub fn compare_versions(a: &str, b: &str) -> Option<Ordering> {
    if a == b {
        return Some(Ordering::Equal);
    }
    let (a, b) = (Version::parse(a)?, Version::parse(b)?);
    let length = a.numbers.len().max(b.numbers.len());
    let number = |version: &Version<'_>, at: usize| version.numbers.get(at).copied().unwrap_or_default();
    let numbers = (0..length).map(|at| number(&a, at).cmp(&number(&b, at))).find(|order| order.is_ne());
    if a.pre == b.pre {
        // `1.2` and `1.2.0` are no two versions.
        return Some(numbers.unwrap_or(Ordering::Equal));
    }
    let is_pre = |pre: &str| pre.is_empty() || PRE.iter().any(|word| pre.starts_with(word));
    if !is_pre(a.pre) || !is_pre(b.pre) {
        return None;
    }
    match numbers {
        Some(order) => Some(order),
        None if a.pre.is_empty() => Some(Ordering::Greater),
        None if b.pre.is_empty() => Some(Ordering::Less),
        None => None,
    }
}

/// How suffixes begin that mean "not yet released".
const PRE: [&str; 7] = ["rc", "alpha", "beta", "dev", "pre", "snapshot", "SNAPSHOT"];

impl<'t> Version<'t> {
    fn parse(text: &'t str) -> Option<Self> {
        let rest = text.strip_prefix(['v', 'V']).unwrap_or(text);
        let (core, pre) = rest.split_once('-').unwrap_or((rest, ""));
        let core = core.split_once('+').map_or(core, |(core, _)| core);
        let numbers: Option<Vec<u64>> = core.split('.').map(|part| part.parse().ok()).collect();
        Some(Self { numbers: numbers?, pre })
    }
}

/// Tags that are pushed again and again. Others may be as well; these say so.
const MOVING: [&str; 14] = [
    "latest",
    "main",
    "master",
    "trunk",
    "develop",
    "development",
    "dev",
    "edge",
    "nightly",
    "stable",
    "head",
    "canary",
    "snapshot",
    "current",
];

/// Whether a tag or version of a chart names whatever is newest: a word like `latest`, or a range.
pub fn is_moving(version: &str) -> bool {
    let is_wildcard = |part: &str| matches!(part, "x" | "X" | "*");
    MOVING.iter().any(|word| word.eq_ignore_ascii_case(version))
        || version.is_empty()
        || version.contains(['^', '~', '<', '>', '*', '|', ' ', ','])
        || version.trim_start_matches('v').split('.').any(is_wildcard)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_beyond_doubt_has_an_order() {
        use Ordering::{Equal, Greater, Less};
        for (a, b, expected) in [
            ("1.10.0", "1.9.3", Some(Greater)),
            ("v2.0", "3.0", Some(Less)),
            ("1.2", "1.2.0", Some(Equal)),
            ("1.2.0-rc.1", "1.2.0", Some(Less)),
            ("2.14.0-rc.2", "2.13.4", Some(Greater)),
            ("1.27-alpine", "1.28-alpine", Some(Less)),
            ("1.27-alpine", "1.28", None),
            ("1.2.0-rc.1", "1.2.0-rc.2", None),
            ("latest", "1.0", None),
            ("4f2a91c", "9b1c2d3", None),
            ("main", "main", Some(Equal)),
        ] {
            assert_eq!(compare_versions(a, b), expected, "{a} {b}");
        }
    }

    #[test]
    fn words_and_ranges_move() {
        for moving in ["latest", "HEAD", "", "1.x", "^1.2", ">=1.0 <2.0", "6.*", "~1.2.3"] {
            assert!(is_moving(moving), "{moving}");
        }
        for fixed in ["1.2.3", "v1", "20240101", "xenial", "stable-20240101"] {
            assert!(!is_moving(fixed), "{fixed}");
        }
    }
}
