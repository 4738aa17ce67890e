//! The name that a person may have meant.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use crate::engine::World;
use crate::source::SourceMap;

/// Names less alike than this are not proposed.
const ALIKE: f64 = 0.8;

/// The directory that a path leads to when the first part of it that is not there is corrected.
pub fn directory(map: &SourceMap, path: &str) -> Option<Utf8PathBuf> {
    let wanted: Utf8PathBuf = path.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    let known = wanted.ancestors().skip(1).find(|parent| below(map, parent).next().is_some())?;
    let missing = wanted.strip_prefix(known).ok()?.components().next()?.as_str().to_owned();
    let inner = below(map, known).filter_map(|path| {
        let mut parts = path.strip_prefix(known).ok()?.components();
        let first = parts.next()?.as_str();
        parts.next().map(|_| first)
    });
    let names: BTreeSet<&str> = inner.collect();
    let name = best(&missing, names.into_iter().map(Utf8Path::new))?;
    let rest = wanted.strip_prefix(known.join(&missing)).ok()?;
    let corrected = if rest.as_str().is_empty() { known.join(name) } else { known.join(name).join(rest) };
    let is_there = below(map, &corrected).next().is_some();
    is_there.then_some(corrected)
}

/// The paths of the files below a directory.
fn below<'w>(map: &'w SourceMap, directory: &Utf8Path) -> impl Iterator<Item = &'w Utf8Path> + use<'w> {
    map.below(directory).map(|id| map.source(id).path())
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

/// Whether two names differ by a slip of the fingers: one letter, or two that changed places. Numbers at the end
/// tell things apart that belong together.
pub fn is_slip(a: &str, b: &str) -> bool {
    let stem = |name: &str| name.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let long = a.len().min(b.len()) >= 5 && a.len().abs_diff(b.len()) <= 1;
    long && strsim::damerau_levenshtein(a, b) == 1 && a[..stem(a)] != b[..stem(b)]
}
