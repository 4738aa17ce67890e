//! How much a range of versions leaves open, as Helm and Flux read ranges.
//!
//! Must not know what the versions are of.

/// What a range allows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Breadth {
    /// Any version there is.
    Everything,
    /// Any version from some one on.
    Open,
    /// The versions up to some one.
    Bounded,
}

/// How much a range leaves open; `None` for one version, and for what is no range.
pub fn breadth(range: &str) -> Option<Breadth> {
    let range = range.trim();
    if is_everything(range) || matches!(range, "" | "latest") {
        return Some(Breadth::Everything);
    }
    if range.contains(" - ") {
        return Some(Breadth::Bounded);
    }
    let alternatives: Vec<Option<Breadth>> =
        range.split("||").map(alternative).collect::<Option<Vec<_>>>()?;
    let is_choice = alternatives.len() > 1;
    if alternatives.contains(&Some(Breadth::Open)) {
        Some(Breadth::Open)
    } else if is_choice || alternatives.contains(&Some(Breadth::Bounded)) {
        Some(Breadth::Bounded)
    } else {
        None
    }
}

/// What comparators that must all hold leave open: `Some(None)` for one version, `None` for what is no range.
fn alternative(text: &str) -> Option<Option<Breadth>> {
    let mut joined = String::new();
    for c in text.trim().chars() {
        // `>= 1.0.0` is one comparator.
        let is_behind_sign = joined.ends_with(['<', '>', '=', '~', '^', '!']);
        if !(c.is_whitespace() && is_behind_sign) {
            joined.push(c);
        }
    }
    let comparators: Vec<&str> =
        joined.split(|c: char| c == ',' || c.is_whitespace()).filter(|it| !it.is_empty()).collect();
    let mut found = None;
    let mut is_open = !comparators.is_empty();
    for comparator in &comparators {
        let version = comparator.trim_start_matches(['<', '>', '=', '~', '^', '!']);
        let sign = &comparator[..comparator.len() - version.len()];
        let parts = parts(version)?;
        if matches!(sign, ">" | ">=" | "=>" | "!=") {
            continue;
        }
        is_open = false;
        if !matches!(sign, "" | "=" | "==") || parts < 3 {
            found = Some(Breadth::Bounded);
        }
    }
    Some(if is_open { Some(Breadth::Open) } else { found })
}

/// How many parts of a version are numbers, before the first that is left open; `None` for what is no version.
fn parts(version: &str) -> Option<usize> {
    let core = version.strip_prefix('v').unwrap_or(version).split(['-', '+']).next().unwrap_or_default();
    let is_wild = |part: &str| matches!(part, "x" | "X" | "*");
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let all: Vec<&str> = core.split('.').collect();
    let is_version = all.iter().all(|part| is_wild(part) || is_number(part));
    is_version.then(|| all.iter().take_while(|part| is_number(part)).count())
}

/// Whether a range has no end, and no beginning to speak of.
pub fn is_everything(range: &str) -> bool {
    let range: String = range.chars().filter(|c| !c.is_whitespace()).collect();
    let start = range.strip_prefix(">=").or_else(|| range.strip_prefix('>'));
    let is_zero = |version: &str| {
        let version = version.split('-').next().unwrap_or_default().trim_start_matches('v');
        !version.is_empty() && version.split('.').all(|part| matches!(part, "0" | "x" | "X" | "*"))
    };
    matches!(range.as_str(), "*" | "x" | "X" | "*.*" | "x.x" | "x.x.x" | "*.*.*" | "*-0")
        || start.is_some_and(is_zero)
}

#[cfg(test)]
mod tests {
    use super::{Breadth, breadth};

    #[test]
    fn ranges() {
        let of = |ranges: &[&str], expected: Option<Breadth>| {
            ranges.iter().for_each(|range| assert_eq!(breadth(range), expected, "{range}"));
        };
        of(&["", "*", "x", "latest", ">=0.0.0", ">= 0", "> 0.0.0-0"], Some(Breadth::Everything));
        of(&[">=1.0.0", ">1", "> 1.2", ">=1.2.3-0", "1.x || >=3.0.0", ">=1, !=1.5.0"], Some(Breadth::Open));
        of(
            &[
                "1.x",
                "1",
                "v1.2",
                "1.2.*",
                "~1.2",
                "^1.2.3",
                ">=1 <2",
                ">= 1.0.0, < 2.0.0",
                "<3",
                "1.0.0 - 2.0.0",
                "1.0.0 || 2.0.0",
            ],
            Some(Breadth::Bounded),
        );
        of(&["1.2.3", "v1.2.3", "=1.2.3", "1.2.3-rc.1+b", "main", "HEAD", "sha-abc", "2024.01.02"], None);
    }
}
