//! What git leaves out of a repository, as its `.gitignore` files say.
//!
//! Must not know why anybody asks.

use camino::{Utf8Path, Utf8PathBuf};
use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::discover::FileKind;
use crate::engine::World;

/// The patterns of each `.gitignore`, with the directory they are for.
struct Patterns(Vec<(Utf8PathBuf, Gitignore)>);

/// Whether git leaves out a file that is not here: it is on the disk of whoever works with it.
pub fn is_ignored(path: &Utf8Path, world: &World) -> bool {
    let known = world.memo.get(|| Patterns::of(world));
    // The nearest file that says anything decides.
    let found = known.0.iter().filter_map(|(directory, patterns)| {
        let below = path.strip_prefix(directory).ok()?;
        match patterns.matched_path_or_any_parents(below, false) {
            Match::None => None,
            matched => Some((directory.components().count(), matched.is_ignore())),
        }
    });
    found.max().is_some_and(|(_, is_ignored)| is_ignored)
}

impl Patterns {
    fn of(world: &World) -> Self {
        let files = world.repository.files.iter().filter(|file| file.kind == FileKind::GitIgnore);
        let read = |source| {
            let source = world.map.source(source);
            let mut builder = GitignoreBuilder::new("");
            for line in source.text().lines() {
                // A pattern that cannot be read says nothing; git warns of it.
                let _ = builder.add_line(None, line);
            }
            Some((source.path().parent()?.to_owned(), builder.build().ok()?))
        };
        Self(files.filter_map(|file| read(file.source)).collect())
    }
}
