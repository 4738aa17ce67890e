//! What several rules must agree on: which manifests are generated, which images are built locally or are
//! placeholders, which pods are agents of a node, what is applied together, how alike objects are, which branches machines
//! write, what is tried before production.
//!
//! Must not report anything.

pub(super) mod applied;
pub(super) mod controllers;
pub(super) mod generated;
pub(super) mod hydrated;
pub(super) mod images;
pub(super) mod likeness;
pub(super) mod near;
pub(super) mod needs;
pub(super) mod node_agents;
pub(super) mod promotion;
pub(super) mod rollout;
pub(super) mod together;

use crate::source::SourceMap;

/// Whether one of the words stands in any file: the set-up of controllers is not looked into further.
pub(super) fn mentions(map: &SourceMap, words: &[&str]) -> bool {
    map.files().iter().any(|file| words.iter().any(|word| file.text().contains(word)))
}

/// The name that somebody who wrote `word` most likely meant; `None` when none is close.
pub(super) fn nearest<'a>(word: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let scored = names.map(|name| (strsim::normalized_damerau_levenshtein(word, name), name));
    let best = scored.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(a.1)))?;
    (best.0 >= 0.6).then_some(best.1)
}
