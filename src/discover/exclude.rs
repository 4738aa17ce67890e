//! Which paths a run leaves out, and in whose name.

use camino::{Utf8Path, Utf8PathBuf};
use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// Directories that hold no configuration anybody deploys: dependencies, test data, examples.
// From real false-positive reports (gitleaks 1508, trufflehog 907, kics 6746): scanners report the fixtures of
// other scanners. A path that the user names is looked at all the same.
pub const BUILT_IN: [&str; 6] =
    ["node_modules/", "vendor/", "testdata/", "fixtures/", "examples/", "**/charts/*/ci/"];

/// The patterns of a run, in `.gitignore` syntax, and the paths the user named.
#[derive(Debug)]
pub struct Exclude {
    patterns: Gitignore,
    named: Vec<Utf8PathBuf>,
}

impl Exclude {
    /// Built-in patterns, then `patterns`; a later `!pattern` takes an earlier one back. `named` are paths
    /// relative to the root that the user gave: they and what leads to them are never excluded.
    ///
    /// # Errors
    /// The pattern that is none, and why.
    pub fn new(patterns: &[String], named: Vec<Utf8PathBuf>) -> Result<Self, String> {
        let mut builder = GitignoreBuilder::new("");
        for pattern in BUILT_IN.iter().copied().chain(patterns.iter().map(String::as_str)) {
            // `dir/**` means the directory to most people; as a pattern for it, it also spares the walk.
            let directory = pattern.strip_suffix("**").filter(|rest| rest.ends_with('/') && rest.len() > 1);
            builder.add_line(None, directory.unwrap_or(pattern)).map_err(|error| error.to_string())?;
        }
        let patterns = builder.build().map_err(|error| error.to_string())?;
        Ok(Self { patterns, named })
    }

    /// The pattern that excludes a path, if one does. A walk asks from the top down.
    pub fn pattern(&self, path: &Utf8Path, is_dir: bool) -> Option<&str> {
        if self.named.iter().any(|named| named.starts_with(path)) {
            return None;
        }
        let matched = if self.is_named(path) {
            self.patterns.matched(path, is_dir)
        } else {
            self.patterns.matched_path_or_any_parents(path, is_dir)
        };
        match matched {
            ignore::Match::Ignore(glob) => Some(glob.original()),
            ignore::Match::None | ignore::Match::Whitelist(_) => None,
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
