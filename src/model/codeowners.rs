//! CODEOWNERS files: who has to approve a change of a path, as GitHub and GitLab decide it.
//!
//! Owns where the file must lie, how its lines are read and which of them counts. Must not know which paths matter.
//! Sources: <https://docs.github.com/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners>,
//! <https://docs.gitlab.com/user/project/codeowners/reference/>.

use camino::Utf8Path;
use regex::Regex;

use crate::source::{SourceId, Span};

/// Whose rules count.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Forge {
    /// GitHub, and those that do as it does: Gitea, Forgejo, Bitbucket.
    GitHub,
    /// GitLab: sections, exclusions, patterns that match at any depth.
    GitLab,
}

impl Forge {
    /// Where the file may lie; the first that is there counts.
    pub const fn places(self) -> &'static [&'static str] {
        match self {
            Forge::GitHub => &[
                ".github/CODEOWNERS",
                "CODEOWNERS",
                "docs/CODEOWNERS",
                ".gitea/CODEOWNERS",
                ".forgejo/CODEOWNERS",
                ".bitbucket/CODEOWNERS",
            ],
            Forge::GitLab => &["CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"],
        }
    }
}

/// A line with a pattern.
#[derive(Debug)]
pub struct OwnerLine {
    /// The pattern as it is written.
    pub pattern: Span,
    /// The owners it names, or those of its section.
    pub owners: Vec<Span>,
    /// Words behind the pattern that name no owner on any forge.
    strangers: Vec<Span>,
    /// The forge passes over the line, since it names nothing but these.
    is_void: bool,
    /// The section, in their order; 0 before the first.
    section: usize,
    /// Takes paths away from its section.
    excludes: bool,
    /// `None` for a pattern that the forge passes over.
    matches: Option<Regex>,
}

/// A CODEOWNERS file.
#[derive(Debug)]
pub struct Codeowners {
    /// The file.
    pub source: SourceId,
    /// Its lines, without comments and headings.
    pub lines: Vec<OwnerLine>,
    /// For each section whether it may approve, and need not.
    optional: Vec<bool>,
}

impl Codeowners {
    /// Reads a file.
    pub fn read(source: SourceId, text: &str, forge: Forge) -> Self {
        let mut file = Self { source, lines: Vec::new(), optional: vec![false] };
        // The owners and the strangers of the section.
        let mut default: (Vec<Span>, Vec<Span>) = Default::default();
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let words = words(line);
            let span =
                |(from, to): &(usize, usize)| Span::new(source, (start + from) as u32, (start + to) as u32);
            let part = |span: Span| text.get(span.start as usize..span.end() as usize).unwrap_or_default();
            let first = words.first().and_then(|&(from, to)| line.get(from..to)).unwrap_or_default();
            if forge == Forge::GitLab && (first.starts_with('[') || first.starts_with("^[")) {
                // The name of a section may have blanks; owners stand behind the last bracket.
                let end = line.rfind(']').map_or(0, |at| at + 1);
                let behind = words.iter().filter(|word| word.0 >= end);
                default = behind.map(span).partition(|span| is_owner(part(*span), forge));
                file.optional.push(first.starts_with('^'));
            } else if let Some((pattern, owners)) = words.split_first() {
                let (owners, strangers) = match owners.is_empty() {
                    true => default.clone(),
                    false => owners.iter().map(span).partition(|span| is_owner(part(*span), forge)),
                };
                let excludes = forge == Forge::GitLab && first.starts_with('!');
                file.lines.push(OwnerLine {
                    pattern: span(pattern),
                    // GitLab takes such a line for one without owners.
                    is_void: forge == Forge::GitHub && owners.is_empty() && !strangers.is_empty(),
                    owners,
                    strangers,
                    section: file.optional.len() - 1,
                    excludes,
                    matches: expression(first.trim_start_matches(if excludes { "!" } else { "" }), forge),
                });
            }
            start += line.len();
        }
        file
    }

    /// The line that decides about a path, of each section that must approve. In a section the last one that matches
    /// counts; GitHub has one section.
    pub fn deciding(&self, path: &Utf8Path) -> impl Iterator<Item = &OwnerLine> {
        let is_needed = |section: &usize| !self.optional.get(*section).copied().unwrap_or_default();
        (0..self.optional.len()).filter(is_needed).filter_map(move |section| {
            let counts = move |line: &&OwnerLine| line.section == section && !line.is_void;
            let mut lines = self.lines.iter().filter(counts).rev();
            let line = lines.find(|line| line.matches(path))?;
            let is_excluded =
                self.lines.iter().any(|line| line.section == section && line.excludes && line.matches(path));
            (!is_excluded).then_some(line)
        })
    }

    /// The word of the last line about a path that stands in the place of an owner and names none.
    pub fn stranger(&self, path: &Utf8Path) -> Option<Span> {
        let line = self.lines.iter().rev().find(|line| line.matches(path))?;
        line.strangers.first().copied().filter(|_| line.owners.is_empty())
    }

    /// Whether somebody has to approve a change of a path.
    pub fn covers(&self, path: &Utf8Path) -> bool {
        self.deciding(path).any(|line| !line.owners.is_empty())
    }
}

impl OwnerLine {
    /// Whether the forge passes over the line.
    pub fn is_unreadable(&self) -> bool {
        self.matches.is_none() || self.is_void
    }

    fn matches(&self, path: &Utf8Path) -> bool {
        self.matches.as_ref().is_some_and(|pattern| pattern.is_match(path.as_str()))
    }
}

/// Roles that GitLab knows, behind `@@`.
const ROLES: [&str; 6] = ["developer", "developers", "maintainer", "maintainers", "owner", "owners"];

/// Whether a word can name somebody: `@user`, `@org/team`, `me@example.com`, and for GitLab `@@role`. Whether there is
/// anybody of that name only the forge knows. Bitbucket, which counts as GitHub, has `@@"a group"`.
fn is_owner(word: &str, forge: Forge) -> bool {
    match word.strip_prefix('@') {
        Some(name) => match name.strip_prefix('@') {
            Some(role) if forge == Forge::GitLab => ROLES.contains(&role),
            _ => name.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '@' | '_' | '"' | '.' | '-')),
        },
        None => word.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.')),
    }
}

/// Where the words of a line begin and end, without its comment. A blank behind a backslash belongs to a word.
fn words(line: &str) -> Vec<(usize, usize)> {
    let mut words = Vec::new();
    let mut open: Option<usize> = None;
    let mut escaped = false;
    for (at, c) in line.char_indices() {
        let is_blank = c.is_whitespace() && !escaped;
        if c == '#' && open.is_none() && !escaped {
            return words;
        }
        match (open, is_blank) {
            (None, false) => open = Some(at),
            (Some(from), true) => {
                words.push((from, at));
                open = None;
            }
            _ => {}
        }
        escaped = c == '\\' && !escaped;
    }
    words.extend(open.map(|from| (from, line.len())));
    words
}

/// A pattern as an expression over whole paths. GitHub knows neither `!` nor `[a-z]` and passes over lines with them.
fn expression(pattern: &str, forge: Forge) -> Option<Regex> {
    if forge == Forge::GitHub && (pattern.starts_with('!') || pattern.contains(['[', ']'])) {
        return None;
    }
    if pattern.is_empty() || pattern == "/" || pattern.contains("***") {
        return None;
    }
    let is_anchored = match forge {
        // As in a `.gitignore`: a slash inside of a pattern binds it to the root.
        Forge::GitHub => pattern.trim_end_matches('/').contains('/'),
        Forge::GitLab => pattern.starts_with('/'),
    };
    let mut segments: Vec<&str> = pattern.trim_start_matches('/').split('/').collect();
    if !is_anchored && segments.first() != Some(&"**") {
        segments.insert(0, "**");
    }
    if let Some(last) = segments.last_mut().filter(|last| last.is_empty()) {
        *last = "**";
    }
    let mut text = String::from(r"\A");
    let mut needs_slash = false;
    for (index, &segment) in segments.iter().enumerate() {
        let is_last = index + 1 == segments.len();
        if segment == "**" {
            text += match (index, is_last) {
                (0, true) => ".+",
                (0, false) => "(?:.+/)?",
                (_, true) => "/.+",
                (_, false) => "(?:/.+)?",
            };
            needs_slash = index > 0;
            continue;
        }
        if needs_slash {
            text.push('/');
        }
        glob(segment, &mut text);
        // `docs` is the directory with all in it; `docs/*` is what lies in it, and no deeper. For GitLab a directory
        // ends with a slash.
        if is_last && segment != "*" && forge == Forge::GitHub {
            text += "(?:/.*)?";
        }
        needs_slash = true;
    }
    text += r"\z";
    Regex::new(&text).ok()
}

/// Appends a part of a pattern between slashes.
fn glob(segment: &str, text: &mut String) {
    let mut escaped = false;
    for c in segment.chars() {
        match c {
            _ if escaped => text.push_str(&regex::escape(c.encode_utf8(&mut [0; 4]))),
            '\\' => {}
            '*' if segment == "*" => text.push_str("[^/]+"),
            '*' => text.push_str("[^/]*"),
            '?' => text.push_str("[^/]"),
            _ => text.push_str(&regex::escape(c.encode_utf8(&mut [0; 4]))),
        }
        escaped = c == '\\' && !escaped;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owners(text: &str, path: &str, forge: Forge) -> Vec<String> {
        let file = Codeowners::read(SourceId(0), text, forge);
        let slice = |span: &Span| text[span.start as usize..span.end() as usize].to_owned();
        file.deciding(path.into()).flat_map(|line| line.owners.iter().map(slice)).collect()
    }

    /// Patterns and paths of the documentation of GitHub and of github.com/hmarr/codeowners.
    #[test]
    fn patterns_of_github() {
        for (pattern, path, expected) in [
            ("*", "a/b.go", true),
            ("*.js", "a/b/c.js", true),
            ("*.js", "a.jsx", false),
            ("/build/logs/", "build/logs/a/b", true),
            ("/build/logs/", "x/build/logs/a", false),
            ("docs/*", "docs/a.md", true),
            ("docs/*", "docs/a/b.md", false),
            ("docs/*", "x/docs/a.md", false),
            ("apps/", "x/apps/y/z", true),
            ("/docs/", "docs/x/y", true),
            ("/docs/", "docs", false),
            ("/scripts", "scripts/x", true),
            ("**/logs", "a/logs/b", true),
            ("**/logs", "logs", true),
            ("/apps/*/overlays/prod/", "apps/web/overlays/prod/k.yaml", true),
            ("/apps/*/overlays/prod/", "apps/a/b/overlays/prod/k.yaml", false),
            ("a/**/z", "a/z", true),
            ("a/**/z", "a/b/c/z", true),
            ("/a/**", "a/b/c", true),
            ("a b", "a b", false),
            (r"a\ b", "a b/c", true),
            ("!a", "a", false),
            ("[ab]", "a", false),
        ] {
            let found = owners(&format!("{pattern} @x # @y\n"), path, Forge::GitHub);
            assert_eq!(found.iter().any(|owner| owner == "@x"), expected, "{pattern} {path} {found:?}");
        }
    }

    #[test]
    fn the_last_line_of_github_counts() {
        let text = "# all\n* @a\n/apps/ @b c@example.com # people\n/apps/free\n";
        assert_eq!(owners(text, "x", Forge::GitHub), ["@a"]);
        assert_eq!(owners(text, "apps/x", Forge::GitHub), ["@b", "c@example.com"]);
        assert!(owners(text, "apps/free/x", Forge::GitHub).is_empty());
    }

    #[test]
    fn sections_of_gitlab() {
        let text =
            "*.md @docs\n[Apps][2] @apps\n/apps/\n/apps/web/ @web\n!/apps/web/README.md\n^[Maybe] @m\n*\n";
        assert_eq!(owners(text, "a/b.md", Forge::GitLab), ["@docs"]);
        assert_eq!(owners(text, "apps/x", Forge::GitLab), ["@apps"]);
        assert_eq!(owners(text, "apps/web/x", Forge::GitLab), ["@web"]);
        assert_eq!(owners(text, "apps/web/README.md", Forge::GitLab), ["@docs"]);
        assert!(owners("docs/a @x\n", "deep/docs/a", Forge::GitLab) == ["@x"]);
        assert!(owners("/docs @x\n", "docs/a", Forge::GitLab).is_empty());
    }

    #[test]
    fn words_that_name_nobody_are_no_owners() {
        for forge in [Forge::GitHub, Forge::GitLab] {
            assert!(owners("* platform\n", "a", forge).is_empty());
            assert!(owners("* @\n", "a", forge).is_empty());
            assert!(owners("* me@\n", "a", forge).is_empty());
            assert_eq!(owners("* platform @a\n", "a", forge), ["@a"]);
            assert_eq!(owners("* me@example.com @a/b-c_d @e.f\n", "a", forge).len(), 3);
        }
        // GitHub passes over the line, so an earlier one counts; GitLab takes the path away.
        assert_eq!(owners("* @a\n/b none\n", "b", Forge::GitHub), ["@a"]);
        assert!(owners("* @a\n/b none\n", "b", Forge::GitLab).is_empty());
        assert_eq!(owners("* @@maintainers\n", "b", Forge::GitLab), ["@@maintainers"]);
        assert!(owners("* @@everybody\n", "b", Forge::GitLab).is_empty());
        assert_eq!(owners("[Apps] apps @apps\n/apps/\n", "apps/x", Forge::GitLab), ["@apps"]);
        assert!(owners("[Apps] apps\n/apps/\n", "apps/x", Forge::GitLab).is_empty());
        let text = "* @a\n/b none\n";
        let file = Codeowners::read(SourceId(0), text, Forge::GitLab);
        assert_eq!(file.stranger("b".into()).map(|span| span.start), Some(8));
        assert_eq!(file.stranger("c".into()), None);
    }

    #[test]
    fn places_are_places() {
        let text = "  \n* @a\n/b @c #d";
        let file = Codeowners::read(SourceId(0), text, Forge::GitHub);
        let slice = |span: Span| &text[span.start as usize..span.end() as usize];
        let lines: Vec<_> =
            file.lines.iter().map(|line| (slice(line.pattern), slice(line.owners[0]))).collect();
        assert_eq!(lines, [("*", "@a"), ("/b", "@c")]);
        assert!(Codeowners::read(SourceId(0), "!a @x\n", Forge::GitHub).lines[0].is_unreadable());
    }
}
