//! The name that a person may have meant.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use crate::engine::World;

/// Names less alike than this are not proposed.
const ALIKE: f64 = 0.8;

/// The directory of the repository whose path is most like this one.
pub fn directory(world: &World, path: &str) -> Option<Utf8PathBuf> {
    let wanted = path.trim_matches('/').trim_start_matches("./");
    let files = world.map.files().iter().map(|source| source.path());
    let directories: BTreeSet<&Utf8Path> = files.flat_map(|path| path.ancestors().skip(1)).collect();
    best(wanted, directories.into_iter().filter(|directory| !directory.as_str().is_empty()))
}

/// The file beside a path whose name is most like its own.
pub fn file(world: &World, path: &Utf8Path) -> Option<Utf8PathBuf> {
    let directory = path.parent().unwrap_or(Utf8Path::new(""));
    let files = world.repository.directory(directory).map(|file| world.map.source(file.source).path());
    best(path.as_str(), files)
}

fn best<'a>(wanted: &str, candidates: impl Iterator<Item = &'a Utf8Path>) -> Option<Utf8PathBuf> {
    let scored = candidates.map(|path| (strsim::normalized_damerau_levenshtein(wanted, path.as_str()), path));
    let best =
        scored.filter(|(score, _)| *score >= ALIKE).max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(a.1)));
    best.map(|(_, path)| path.to_owned())
}
