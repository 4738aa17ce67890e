//! Sets of paths, in the syntax of `.gitignore`.

use camino::Utf8Path;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::{ConfigError, Spanned};

/// The paths that some patterns name. Patterns mean what they mean in `.gitignore`, which the people who write
/// them know and which `exclude` uses as well.
#[derive(Clone, Debug)]
pub struct PathSet(Gitignore);

impl PathSet {
    /// The paths named by these patterns. Patterns that are none go to `errors`.
    pub(super) fn new(patterns: &[Spanned<String>], errors: &mut Vec<ConfigError>) -> Self {
        let mut builder = GitignoreBuilder::new("");
        for Spanned { value, span } in patterns {
            // In a `.gitignore` these lines mean nothing, and here nobody would be told.
            if value.trim().is_empty() || value.starts_with('#') {
                errors.push(ConfigError::new(*span, format!("`{value}` is not a path pattern")));
            } else if let Err(error) = builder.add_line(None, value) {
                errors.push(ConfigError::new(*span, error.to_string()));
            }
        }
        Self(builder.build().unwrap_or_else(|_| Gitignore::empty()))
    }

    /// Whether a path, relative to the root, is in the set.
    pub fn contains(&self, path: &Utf8Path) -> bool {
        // The crate panics on absolute paths. A path of the repository never is one.
        !path.has_root() && self.0.matched_path_or_any_parents(path, false).is_ignore()
    }
}
