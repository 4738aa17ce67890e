//! `.helmignore`: which files of a directory are no part of its chart.
//!
//! Owns Helm's rules, which look like git's and are not: no `**`, the first match decides, and a pattern behind `!`
//! leaves out everything that it does not match. Source: `pkg/ignore/rules.go`.

/// The rules of one chart.
#[derive(Debug)]
pub(super) struct Ignore {
    patterns: Vec<Pattern>,
}

#[derive(Debug)]
struct Pattern {
    glob: String,
    negates: bool,
    only_directories: bool,
    place: Place,
}

/// What a pattern is compared with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    /// The whole path.
    Path,
    /// The last part of it.
    Name,
}

impl Ignore {
    /// Reads a file of rules. An error names the line, from 1, that Helm does not take.
    pub fn parse(text: &str) -> Result<Self, (u32, String)> {
        let mut patterns = Vec::new();
        for (number, line) in (1..).zip(text.strip_prefix('\u{feff}').unwrap_or(text).lines()) {
            match Pattern::parse(line) {
                Ok(pattern) => patterns.extend(pattern),
                Err(message) => return Err((number, message)),
            }
        }
        // What Helm adds itself: hidden files among the templates.
        patterns.extend(Pattern::parse("templates/.?*").ok().flatten());
        Ok(Self { patterns })
    }

    /// Whether a file is left out, by itself or with one of the directories that it lies in.
    pub fn leaves_out(&self, path: &str) -> bool {
        let ends = path.match_indices('/').map(|(at, _)| at);
        ends.filter_map(|end| path.get(..end)).any(|directory| self.ignores(directory, true))
            || self.ignores(path, false)
    }

    fn ignores(&self, path: &str, is_directory: bool) -> bool {
        for pattern in &self.patterns {
            let applies = is_directory || !pattern.only_directories;
            let matches = applies && pattern.matches(path);
            if matches != pattern.negates {
                return true;
            }
        }
        false
    }
}

impl Pattern {
    fn parse(line: &str) -> Result<Option<Self>, String> {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            return Ok(None);
        }
        if line.contains("**") {
            return Err("double-star (**) syntax is not supported".to_owned());
        }
        if !is_glob(line) {
            return Err(format!("`{line}` is no pattern"));
        }
        let (negates, rest) = line.strip_prefix('!').map_or((false, line), |rest| (true, rest));
        let (only_directories, rest) = rest.strip_suffix('/').map_or((false, rest), |rest| (true, rest));
        let place = if rest.contains('/') { Place::Path } else { Place::Name };
        let glob = rest.strip_prefix('/').unwrap_or(rest).to_owned();
        Ok(Some(Self { glob, negates, only_directories, place }))
    }

    fn matches(&self, path: &str) -> bool {
        match self.place {
            Place::Path => matches(&self.glob, path),
            Place::Name => matches(&self.glob, path.rsplit('/').next().unwrap_or(path)),
        }
    }
}

/// One thing that a pattern may ask for.
#[derive(Debug)]
enum Sign<'p> {
    Literal(char),
    AnyOne,
    AnyRun,
    Class(&'p str),
}

/// The first sign of a pattern, and what follows; `None` when it is not closed.
fn sign(pattern: &str) -> Option<(Sign<'_>, &str)> {
    let mut chars = pattern.chars();
    let sign = match chars.next()? {
        '*' => Sign::AnyRun,
        '?' => Sign::AnyOne,
        '\\' => Sign::Literal(chars.next()?),
        '[' => {
            let body = chars.as_str();
            let start = body.strip_prefix('^').map_or(0, |_| 1);
            // A bracket right at the start is not the end.
            let mut end = None;
            let mut escaped = false;
            for (at, found) in body.char_indices().filter(|(at, _)| *at >= start) {
                match found {
                    _ if escaped => escaped = false,
                    '\\' => escaped = true,
                    ']' if at > start => {
                        end = Some(at);
                        break;
                    }
                    _ => {}
                }
            }
            let end = end?;
            return Some((Sign::Class(body.get(..end)?), body.get(end + 1..)?));
        }
        other => Sign::Literal(other),
    };
    Some((sign, chars.as_str()))
}

fn is_glob(mut pattern: &str) -> bool {
    while !pattern.is_empty() {
        match sign(pattern) {
            Some((_, rest)) => pattern = rest,
            None => return false,
        }
    }
    true
}

fn is_in_class(class: &str, found: char) -> bool {
    let (negated, body) = class.strip_prefix('^').map_or((false, class), |body| (true, body));
    let mut chars = body.chars().peekable();
    let mut is_in = false;
    let plain = |chars: &mut std::iter::Peekable<std::str::Chars<'_>>| match chars.next()? {
        '\\' => chars.next(),
        other => Some(other),
    };
    while let Some(low) = plain(&mut chars) {
        let mut high = low;
        if chars.peek() == Some(&'-') {
            chars.next();
            high = plain(&mut chars).unwrap_or(low);
        }
        is_in |= low <= found && found <= high;
    }
    is_in != negated
}

/// Go's `filepath.Match`. Only the last star is tried again, which is enough and keeps it linear in both.
fn matches(pattern: &str, text: &str) -> bool {
    let (mut pattern, mut text) = (pattern, text);
    let mut retry: Option<(&str, &str)> = None;
    loop {
        let next = text.chars().next();
        let step = match sign(pattern) {
            Some((Sign::AnyRun, rest)) => {
                retry = Some((rest, text));
                pattern = rest;
                continue;
            }
            None if text.is_empty() && pattern.is_empty() => return true,
            None => None,
            Some((wanted, rest)) => next
                .filter(|&found| match wanted {
                    Sign::Literal(literal) => literal == found,
                    Sign::AnyOne => found != '/',
                    Sign::Class(class) => is_in_class(class, found),
                    Sign::AnyRun => false,
                })
                .map(|found| (rest, &text[found.len_utf8()..])),
        };
        match (step, &mut retry) {
            (Some((rest, left)), _) => (pattern, text) = (rest, left),
            (None, Some((rest, from))) => match from.chars().next() {
                Some(skipped) if skipped != '/' => {
                    *from = &from[skipped.len_utf8()..];
                    (pattern, text) = (*rest, *from);
                }
                _ => return false,
            },
            (None, None) => return false,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn left_out(rules: &str, paths: &[&str]) -> Vec<String> {
        let ignore = Ignore::parse(rules).unwrap();
        paths.iter().filter(|path| ignore.leaves_out(path)).map(|path| (*path).to_owned()).collect()
    }

    #[test]
    fn the_first_match_decides() {
        let rules = "# c\n*.bak\n/top.txt\ndir/\nsub/*.md\n.hidden\ntemplates/skip.yaml\n";
        let kept = ["Chart.yaml", "x/top.txt", "sub/x/r.md", "directory.txt", "templates/_h.tpl"];
        assert_eq!(left_out(rules, &kept), Vec::<String>::new());
        let gone = [
            "a.bak",
            "x/b.bak",
            "top.txt",
            "dir/f.txt",
            "x/dir/g.txt",
            "sub/r.md",
            ".hidden",
            "templates/.x",
        ];
        assert_eq!(left_out(rules, &gone), gone);
    }

    #[test]
    fn what_is_negated_leaves_out_all_else() {
        assert_eq!(left_out("*.bak\n!keep.bak\n", &["Chart.yaml", "keep.bak"]), ["Chart.yaml", "keep.bak"]);
        assert_eq!(left_out("!*\n*.md\n", &["Chart.yaml", "a.md"]), ["a.md"]);
    }

    #[test]
    fn patterns_are_those_of_go() {
        assert!(Ignore::parse("a/**/b").is_err());
        assert_eq!(Ignore::parse("ok\n[a-").unwrap_err().0, 2);
        assert_eq!(left_out("[a-c]?.txt\n", &["b1.txt", "d1.txt", "b.txt"]), ["b1.txt"]);
        assert_eq!(left_out("/a*b*c\n", &["axbxc", "abbbcc", "axb/c", "ab"]), ["axbxc", "abbbcc"]);
        assert_eq!(left_out("\\*x\n", &["*x", "yx"]), ["*x"]);
    }
}
