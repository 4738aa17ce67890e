//! Globs as Argo CD reads them: with `gobwas/glob` for projects and directories, with `doublestar` for value files.
//!
//! Sources: <https://pkg.go.dev/github.com/gobwas/glob>, <https://pkg.go.dev/github.com/bmatcuk/doublestar/v4>.

use regex::{Regex, RegexBuilder};

/// A compiled pattern.
#[derive(Clone, Debug)]
pub struct Glob(Regex);

/// What `*` and `**` stand for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flavor {
    /// `*` is anything.
    Flat,
    /// `*` ends at a slash, `**` is anything.
    Separated,
    /// As [`Flavor::Separated`], and `**/` is any number of directories, none included.
    Path,
}

impl Glob {
    /// A pattern in which `*` also stands for slashes: namespaces, clusters, and `include` and `exclude` of a directory.
    /// `None` when it is no pattern; Argo CD then matches nothing.
    pub fn flat(pattern: &str) -> Option<Self> {
        Self::compile(pattern, Flavor::Flat)
    }

    /// A pattern over addresses: `*` ends at a slash.
    pub fn separated(pattern: &str) -> Option<Self> {
        Self::compile(pattern, Flavor::Separated)
    }

    /// A pattern over paths, as in `valueFiles`.
    pub fn path(pattern: &str) -> Option<Self> {
        Self::compile(pattern, Flavor::Path)
    }

    /// Whether the whole of a text matches.
    pub fn matches(&self, text: &str) -> bool {
        self.0.is_match(text)
    }

    fn compile(pattern: &str, flavor: Flavor) -> Option<Self> {
        let mut expression = String::from("^");
        let mut chars = pattern.chars().peekable();
        let mut alternatives = 0;
        let one = if flavor == Flavor::Flat { "." } else { "[^/]" };
        while let Some(c) = chars.next() {
            match c {
                '*' => {
                    let mut is_deep = flavor == Flavor::Flat;
                    while chars.next_if_eq(&'*').is_some() {
                        is_deep = true;
                    }
                    if is_deep && flavor == Flavor::Path && chars.next_if_eq(&'/').is_some() {
                        expression.push_str("(?:.*/)?");
                    } else {
                        expression.push_str(if is_deep { ".*" } else { "[^/]*" });
                    }
                }
                '?' => expression.push_str(one),
                '[' => {
                    expression.push('[');
                    if chars.next_if(|c| matches!(c, '!' | '^')).is_some() {
                        expression.push('^');
                    }
                    loop {
                        match chars.next()? {
                            ']' => break,
                            '-' => expression.push('-'),
                            c => expression.push_str(&regex::escape(&c.to_string())),
                        }
                    }
                    expression.push(']');
                }
                '{' => {
                    alternatives += 1;
                    expression.push_str("(?:");
                }
                '}' if alternatives > 0 => {
                    alternatives -= 1;
                    expression.push(')');
                }
                ',' if alternatives > 0 => expression.push('|'),
                '\\' => expression.push_str(&regex::escape(&chars.next()?.to_string())),
                c => expression.push_str(&regex::escape(&c.to_string())),
            }
        }
        expression.push('$');
        RegexBuilder::new(&expression).dot_matches_new_line(true).build().ok().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars() {
        for (flavor, pattern, text, expected) in [
            (Flavor::Flat, "shop-*", "shop-prod", true),
            (Flavor::Flat, "*.yaml", "a/b.yaml", true),
            (Flavor::Flat, "{a,b}.yaml", "b.yaml", true),
            (Flavor::Flat, "[!a]*", "abc", false),
            (Flavor::Separated, "github.com/acme/*", "github.com/acme/a", true),
            (Flavor::Separated, "github.com/acme/*", "github.com/acme/a/b", false),
            (Flavor::Separated, "github.com/**", "github.com/acme/a/b", true),
            (Flavor::Path, "envs/**/values.yaml", "envs/values.yaml", true),
            (Flavor::Path, "envs/**/values.yaml", "envs/a/b/values.yaml", true),
            (Flavor::Path, "envs/*.yaml", "envs/a/b.yaml", false),
        ] {
            let glob = Glob::compile(pattern, flavor);
            assert_eq!(glob.is_some_and(|glob| glob.matches(text)), expected, "{pattern} on {text}");
        }
    }
}
