//! Tags and chart versions that name whatever is newest.

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
pub(super) fn is_moving(version: &str) -> bool {
    let is_wildcard = |part: &str| matches!(part, "x" | "X" | "*");
    MOVING.iter().any(|word| word.eq_ignore_ascii_case(version))
        || version.is_empty()
        || version.contains(['^', '~', '<', '>', '*', '|', ' ', ','])
        || version.trim_start_matches('v').split('.').any(is_wildcard)
}

#[cfg(test)]
mod tests {
    use super::is_moving;

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
