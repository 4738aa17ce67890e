//! Which of two tags or chart versions is newer, where that can be told.
//!
//! Only versions of one scheme are compared: semantic versions, whole or cut short (`v2`), dates, numbers behind one
//! word (`build-41`). A hash, a range or a moving tag is newer than nothing.

use std::cmp::Ordering;

/// A version taken apart.
#[derive(PartialEq, Eq, Debug)]
struct Version<'t> {
    /// What stands before the numbers: `build-`. `v` stands before any version.
    prefix: &'t str,
    /// Whether it is a number alone, which may count builds.
    is_count: bool,
    numbers: Vec<u64>,
    /// The pre-release: the kind and the number behind it (`rc`, 2).
    pre: Option<(String, u64)>,
    /// What the image is built on: `-alpine`. Another one is another image.
    variant: &'t str,
}

/// Numbers of a version that is no date; one may leave out the last ones.
const MOST_NUMBERS: usize = 4;

/// Words of pre-releases, the earliest first.
const PRE_RELEASES: [&str; 8] = ["dev", "snapshot", "alpha", "a", "beta", "b", "pre", "rc"];

fn parse(text: &str) -> Option<Version<'_>> {
    let start = text.find(|c: char| c.is_ascii_digit())?;
    let (prefix, rest) = text.split_at(start);
    let is_word = prefix.bytes().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'-' | b'_' | b'.'));
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
    let (numbers, mut rest) = rest.split_at(end);
    let mut parts: Vec<&str> = numbers.split('.').collect();
    // Dates are written with hyphens as well.
    while let Some(after) = rest.strip_prefix('-').filter(|_| parts[0].len() == 4 && parts.len() < 3) {
        let digits = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
        if digits != 2 {
            break;
        }
        parts.push(&after[..digits]);
        rest = &after[digits..];
    }
    // Seven or more digits alone are a date, or a hash that happens to have no letters.
    let is_hash = parts.len() == 1 && prefix.is_empty() && parts[0].len() >= 7 && !is_date(parts[0]);
    let numbers: Option<Vec<u64>> = parts.iter().map(|part| part.parse().ok()).collect();
    let numbers = numbers.filter(|_| is_word && !is_hash)?;
    let rest = rest.split_once('+').map_or(rest, |(rest, _)| rest);
    let is_count = prefix.is_empty() && numbers.len() == 1;
    let prefix = plain(prefix);
    if rest.is_empty() {
        return Some(Version { prefix, is_count, numbers, pre: None, variant: "" });
    }
    let suffix = rest.strip_prefix(['-', '_'])?;
    let word = suffix.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(suffix.len());
    let kind = suffix[..word].to_lowercase();
    if PRE_RELEASES.contains(&kind.as_str()) {
        let number = suffix[word..].trim_start_matches(['.', '-']);
        let number = if number.is_empty() { 0 } else { number.parse().ok()? };
        return Some(Version { prefix, is_count, numbers, pre: Some((kind, number)), variant: "" });
    }
    Some(Version { prefix, is_count, numbers, pre: None, variant: rest })
}

/// `v1` is `1`.
fn plain(prefix: &str) -> &str {
    if prefix.eq_ignore_ascii_case("v") { "" } else { prefix }
}

/// `20260131`
fn is_date(digits: &str) -> bool {
    digits.len() == 8 && (digits.starts_with("19") || digits.starts_with("20"))
}

/// Whether the first number is a year, or a whole date.
fn is_calendar(version: &Version<'_>) -> bool {
    version
        .numbers
        .first()
        .is_some_and(|&first| (1990..2100).contains(&first) || (19_900_101..21_000_101).contains(&first))
}

/// Whether it is a version like `1.2.3`, `v2` or `1.0`: no date and no number of a build.
fn is_plain(version: &Version<'_>) -> bool {
    version.prefix.is_empty()
        && !version.is_count
        && version.numbers.len() <= MOST_NUMBERS
        && !is_calendar(version)
}

/// How versions are written: those of one scheme compare.
#[derive(PartialEq, Eq, Hash, Debug)]
pub struct Scheme<'t> {
    prefix: &'t str,
    variant: &'t str,
    is_calendar: bool,
    /// How many numbers there are, where none may be left out.
    length: Option<usize>,
}

impl<'t> Scheme<'t> {
    /// That of a version; `None` of what is none.
    pub fn of(text: &'t str) -> Option<Self> {
        let version = parse(text)?;
        let length = (!is_plain(&version)).then_some(version.numbers.len());
        let is_calendar = is_calendar(&version);
        Some(Self { prefix: version.prefix, variant: version.variant, is_calendar, length })
    }
}

/// How two versions of one thing compare; `None` when nobody can tell.
pub fn compare(a: &str, b: &str) -> Option<Ordering> {
    if a == b {
        return Some(Ordering::Equal);
    }
    let (a, b) = (parse(a)?, parse(b)?);
    let is_of_one_length = a.numbers.len() == b.numbers.len();
    let is_one_scheme = a.prefix == b.prefix
        && (is_of_one_length || (is_plain(&a) && is_plain(&b)))
        && a.variant == b.variant
        && is_calendar(&a) == is_calendar(&b);
    let by_numbers = a.numbers.iter().zip(&b.numbers).map(|(a, b)| a.cmp(b)).find(|order| order.is_ne());
    // `1.2` is whichever `1.2.3` was the last.
    if by_numbers.is_none() && !is_of_one_length {
        return None;
    }
    let rank = |version: &Version<'_>| {
        let Some((kind, number)) = &version.pre else { return (PRE_RELEASES.len(), 0) };
        (PRE_RELEASES.iter().position(|known| known == kind).unwrap_or_default(), *number)
    };
    is_one_scheme.then(|| by_numbers.unwrap_or_else(|| rank(&a).cmp(&rank(&b))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_one_scheme() {
        for (old, new) in [
            ("2.0", "3.0"),
            ("v1.9.0", "1.10.0"),
            ("1.0.0-rc.1", "1.0.0"),
            ("1.0.0-beta.2", "1.0.0-rc.1"),
            ("1.0.0-rc9", "1.0.0-rc10"),
            ("1.26-alpine", "1.27-alpine"),
            ("2024.5.1", "2024.10.1"),
            ("2024-05-01", "2024-05-12"),
            ("20240501", "20240601"),
            ("build-9", "build-10"),
            ("41", "102"),
            ("1.2.3+b1", "1.2.4+b1"),
            ("1.1", "9.9.9"),
            ("1.5.0", "v2"),
            ("1.9.9.1", "1.10"),
            ("1.5.0-alpine", "1.6-alpine"),
        ] {
            assert_eq!(compare(old, new), Some(Ordering::Less), "{old} {new}");
            assert_eq!(compare(new, old), Some(Ordering::Greater), "{new} {old}");
        }
    }

    #[test]
    fn versions_that_do_not_compare() {
        for (a, b) in [
            ("1.2", "1.2.3"),
            ("v1", "1.2.3"),
            ("1.5.0", "41"),
            ("1.5.0", "20240501"),
            ("2024.1", "2023.1.1"),
            ("build-9", "build-9.1"),
            ("build-9", "v10"),
            ("1.2.3", "2024.1.1"),
            ("1.27-alpine", "1.28-bookworm"),
            ("latest", "1.0.0"),
            ("main", "dev"),
            ("3f1c0b6", "41d2aa9"),
            ("1234567", "7654321"),
            ("build-9", "release-10"),
            (">=1.0.0", ">=2.0.0"),
            ("1.2.x", "1.3.x"),
            ("sha-3f1c0b6", "sha-41d2aa9"),
            ("1.2.3-3f1c0b6", "1.2.4-aaaaaaa"),
            ("", "1"),
        ] {
            assert_eq!(compare(a, b), None, "{a} {b}");
        }
        assert_eq!(compare("latest", "latest"), Some(Ordering::Equal));
    }
}
