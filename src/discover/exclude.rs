//! Which paths a run leaves out, and in whose name.

use camino::{Utf8Path, Utf8PathBuf};
use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// Directories that hold no configuration anybody deploys: dependencies, test data, examples, what was put away.
// From real false-positive reports (gitleaks 1508, trufflehog 907, kics 6746): scanners report the fixtures of
// other scanners. A path that the user names is looked at all the same.
pub const BUILT_IN: [&str; 9] = [
    "node_modules/",
    "vendor/",
    "testdata/",
    "fixtures/",
    "examples/",
    ".archive/",
    ".chainsaw-test/",
    ".kyverno-test/",
    "**/charts/*/ci/",
];

/// The patterns of a run, in `.gitignore` syntax, and the paths the user named.
#[derive(Debug)]
pub struct Exclude {
    built_in: Gitignore,
    own: Gitignore,
    named: Vec<Utf8PathBuf>,
    runbooks: bool,
}

impl Exclude {
    /// `patterns` are the user's: they hold for named paths too, because pre-commit names every file there is,
    /// and `!pattern` takes a built-in one back. `named` are paths relative to the root that the user gave: the
    /// built-in patterns do not hold for them and for what leads to them.
    ///
    /// # Errors
    /// The pattern that is none, and why.
    pub fn new(patterns: &[String], named: Vec<Utf8PathBuf>) -> Result<Self, String> {
        let own = patterns.iter().map(String::as_str);
        Ok(Self { built_in: compile(BUILT_IN.into_iter())?, own: compile(own)?, named, runbooks: false })
    }

    /// The same, and whether Markdown is read. It is much text, and nothing but rules about runbooks wants it.
    #[must_use]
    pub fn with_runbooks(self, runbooks: bool) -> Self {
        Self { runbooks, ..self }
    }

    /// Whether Markdown is left out.
    pub fn leaves_runbooks_out(&self) -> bool {
        !self.runbooks
    }

    /// The pattern that excludes a path, if one does. A walk asks from the top down.
    pub fn pattern(&self, path: &Utf8Path, is_dir: bool) -> Option<&str> {
        let leads_to_named = self.named.iter().any(|named| named.starts_with(path));
        let matched = match self.own.matched_path_or_any_parents(path, is_dir) {
            Match::None if leads_to_named => return None,
            Match::None if self.is_named(path) => self.built_in.matched(path, is_dir),
            Match::None => self.built_in.matched_path_or_any_parents(path, is_dir),
            matched => matched,
        };
        match matched {
            Match::Ignore(glob) => Some(glob.original()),
            Match::None | Match::Whitelist(_) => None,
        }
    }

    /// Whether the path is one the user named, or lies below one.
    pub fn is_named(&self, path: &Utf8Path) -> bool {
        self.named.iter().any(|named| named.as_str().is_empty() || path.starts_with(named))
    }

    /// The paths the user named, relative to the root.
    pub fn named(&self) -> &[Utf8PathBuf] {
        &self.named
    }
}

fn compile<'a>(patterns: impl Iterator<Item = &'a str>) -> Result<Gitignore, String> {
    let mut builder = GitignoreBuilder::new("");
    for pattern in patterns {
        // `dir/**` means the directory to most people; as a pattern for it, it also spares the walk.
        let directory = pattern.strip_suffix("**").filter(|rest| rest.ends_with('/') && rest.len() > 1);
        builder.add_line(None, directory.unwrap_or(pattern)).map_err(|error| error.to_string())?;
    }
    builder.build().map_err(|error| error.to_string())
}
