//! The two globs of the git generator.
//!
//! Owns matching. Directories are matched by Go's `path.Match`, where `*` stays within a segment; files by git's own
//! globs (`git ls-files -- pattern`), where it does not.

/// Whether a directory matches, as `path.Match` has it.
pub fn directory(pattern: &str, path: &str) -> bool {
    let mut patterns = pattern.split('/');
    let mut segments = path.split('/');
    loop {
        match (patterns.next(), segments.next()) {
            (None, None) => return true,
            (Some(pattern), Some(segment)) if matches(pattern.as_bytes(), segment.as_bytes()) => {}
            _ => return false,
        }
    }
}

/// Whether a file matches, as git's pathspecs have it: a directory matches all that is below it.
pub fn file(pattern: &str, path: &str) -> bool {
    let pattern = pattern.strip_prefix("./").unwrap_or(pattern).trim_end_matches('/');
    let below = path.strip_prefix(pattern).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    below || matches(pattern.as_bytes(), path.as_bytes())
}

/// Whether a file matches as the new globbing has it: `*` stays within a segment, and `**` stands for any number of them.
pub fn segments(pattern: &str, path: &str) -> bool {
    let pattern: Vec<&str> = pattern.trim_start_matches("./").trim_start_matches('/').split('/').collect();
    let path: Vec<&str> = path.split('/').collect();
    let (mut at, mut segment) = (0, 0);
    // Only the last `**` is tried again, one segment further: what an earlier one takes makes no difference.
    let mut last: Option<(usize, usize)> = None;
    while let Some(name) = path.get(segment) {
        match (pattern.get(at), last) {
            (Some(&"**"), _) => {
                last = Some((at, segment));
                at += 1;
            }
            (Some(glob), _) if matches(glob.as_bytes(), name.as_bytes()) => {
                at += 1;
                segment += 1;
            }
            (_, Some((stars, from))) => {
                last = Some((stars, from + 1));
                (at, segment) = (stars + 1, from + 1);
            }
            (_, None) => return false,
        }
    }
    pattern.get(at..).is_some_and(|rest| rest.iter().all(|glob| *glob == "**"))
}

/// The directories that a glob begins with.
pub fn literal(pattern: &str) -> &str {
    let special = pattern.find(['*', '?', '[', '\\']).unwrap_or(pattern.len());
    match pattern[..special].rfind('/') {
        _ if special == pattern.len() => pattern.trim_end_matches('/'),
        Some(end) => &pattern[..end],
        None => "",
    }
}

fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut from) = (0, 0);
    // Where to go on when a star has to take one byte more.
    let mut star: Option<(usize, usize)> = None;
    loop {
        let step = match pattern.get(at) {
            Some(b'*') => {
                star = Some((at + 1, from));
                at += 1;
                continue;
            }
            None if from == text.len() => return true,
            None => None,
            Some(_) => one(&pattern[at..], text.get(from).copied()),
        };
        match (step, star) {
            (Some(length), _) => {
                at += length;
                from += 1;
            }
            (None, Some((behind, start))) if start < text.len() => {
                (at, from) = (behind, start + 1);
                star = Some((behind, start + 1));
            }
            (None, _) => return false,
        }
    }
}

/// The length of the part of a pattern that matches one byte.
fn one(pattern: &[u8], byte: Option<u8>) -> Option<usize> {
    let byte = byte?;
    match *pattern.first()? {
        b'?' => Some(1),
        b'\\' => (pattern.get(1) == Some(&byte)).then_some(2),
        b'[' => {
            let is_negated = matches!(pattern.get(1), Some(b'^' | b'!'));
            let start = if is_negated { 2 } else { 1 };
            // The first bracket of a class means itself.
            let end = pattern.iter().skip(start + 1).position(|sign| *sign == b']')? + start + 1;
            let mut class = &pattern[start..end];
            let mut is_in = false;
            while let [first, rest @ ..] = class {
                if let [b'-', last, rest @ ..] = rest {
                    is_in |= (*first..=*last).contains(&byte);
                    class = rest;
                } else {
                    is_in |= *first == byte;
                    class = rest;
                }
            }
            (is_in != is_negated).then_some(end + 1)
        }
        sign => (sign == byte).then_some(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_globs_know_segments() {
        let hostile = format!("{}x.json", "**/a/".repeat(30));
        for (pattern, path, expected) in [
            ("apps/**/config.yaml", "apps/config.yaml", true),
            ("apps/**/config.yaml", "apps/a/b/config.yaml", true),
            ("apps/*/config.yaml", "apps/a/b/config.yaml", false),
            ("**/b/*.yaml", "a/b/c/b/d.yaml", true),
            ("apps/**", "apps/a/b", true),
            ("./apps/*.yaml", "apps/a.yaml", true),
            (hostile.as_str(), &"a/".repeat(60), false),
        ] {
            assert_eq!(segments(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn globs() {
        for (pattern, path, as_directory, as_file) in [
            ("apps/*", "apps/shop", true, true),
            ("apps/*", "apps/shop/prod", false, true),
            ("apps/*/envs/*", "apps/shop/envs/prod", true, true),
            ("apps/**", "apps/shop", true, true),
            ("apps/**", "apps/shop/x", false, true),
            ("apps/**/config.yaml", "apps/a/b/config.yaml", false, true),
            ("apps", "apps/a.yaml", false, true),
            ("apps/s[a-i]op", "apps/shop", true, true),
            ("apps/[!s]*", "apps/shop", false, false),
            ("apps/sh?p", "apps/shop", true, true),
            ("*", "a", true, true),
            ("*", "a/b", false, true),
            ("*-prod", "a-prod-prod", true, true),
            (r"a\*", "a*", true, true),
        ] {
            assert_eq!(directory(pattern, path), as_directory, "{pattern} {path}");
            assert_eq!(file(pattern, path), as_file, "{pattern} {path}");
        }
        assert_eq!(literal("apps/*/x"), "apps");
        assert_eq!(literal("apps/shop"), "apps/shop");
        assert_eq!(literal("*"), "");
        assert_eq!(literal("apps/sh*"), "apps");
    }
}
