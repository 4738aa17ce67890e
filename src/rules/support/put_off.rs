//! Directories for what is not in use any more, or not yet.
//!
//! Must not judge whether something applies what is in them: some overlay may still.

use camino::Utf8Path;

/// Whether a path says of what it leads to that it is not in use: `archive/web`, `observability.old/base`.
pub fn is_put_off(path: &Utf8Path) -> bool {
    const WORDS: [&str; 8] =
        ["archive", "archived", "deferred", "deprecated", "disabled", "old", "unused", "wip"];
    let mut words = path.as_str().split(['/', '-', '_', '.']);
    words.any(|word| WORDS.contains(&word))
}
