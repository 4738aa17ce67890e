//! What several rules must agree on: which manifests are generated, which images are built locally or are
//! placeholders, which pods are agents of a node, what is applied together, how alike objects are, which branches machines
//! write, what is tried before production, what runs in each environment.
//!
//! Must not report anything.

pub(super) mod accounts;
pub(super) mod applied;
pub(super) mod bases;
pub(super) mod components;
pub(super) mod controllers;
pub(super) mod delivered;
pub(super) mod deployed;
pub(super) mod flux_patches;
pub(super) mod generated;
pub(super) mod hydrated;
pub(super) mod images;
pub(super) mod likeness;
pub(super) mod makers;
pub(super) mod near;
pub(super) mod needs;
pub(super) mod node_agents;
pub(super) mod promotion;
pub(super) mod quantity;
pub(super) mod rollout;
pub(super) mod scripts;
pub(super) mod security;
pub(super) mod selector;
pub(super) mod throwaway;
pub(super) mod together;
pub(super) mod versions;

use camino::Utf8Path;

use crate::source::SourceMap;

/// The fields of a container in which the kubelet finds what to call.
pub(super) const HANDLERS: [&[&str]; 5] = [
    &["livenessProbe"],
    &["readinessProbe"],
    &["startupProbe"],
    &["lifecycle", "postStart"],
    &["lifecycle", "preStop"],
];

/// Whether one of the words stands in any file: the set-up of controllers is not looked into further.
pub(super) fn mentions(map: &SourceMap, words: &[&str]) -> bool {
    map.files().any(|file| words.iter().any(|word| file.text().contains(word)))
}

/// Whether a path leads through a directory for what is filled in before anything reads it.
pub(super) fn is_among_templates(path: &Utf8Path) -> bool {
    const WORDS: [&str; 8] = [
        "template",
        "templates",
        "skeleton",
        "skeletons",
        "scaffold",
        "scaffolds",
        "scaffolding",
        "boilerplate",
    ];
    path.components().any(|part| WORDS.contains(&part.as_str()) || part.as_str().contains("{{"))
}

/// The name that somebody who wrote `word` most likely meant; `None` when none is close.
pub(super) fn nearest<'a>(word: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let scored = names.map(|name| (strsim::normalized_damerau_levenshtein(word, name), name));
    let best = scored.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(a.1)))?;
    (best.0 >= 0.6).then_some(best.1)
}

/// How many things of a kind a message names before it only counts them.
pub(super) const NAMED: usize = 3;

/// Names as a sentence lists them: at most three, then how many more there are. What makes a hundred of something
/// makes no message that anybody reads.
pub(super) fn listed(names: &[impl AsRef<str>], conjunction: &str) -> String {
    let shown: Vec<&str> = names.iter().take(NAMED).map(AsRef::as_ref).collect();
    match (shown.as_slice(), names.len().saturating_sub(NAMED)) {
        ([one, other], 0) => format!("{one} {conjunction} {other}"),
        (_, 0) => shown.join(", "),
        (_, more) => format!("{} {conjunction} {more} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::listed;

    #[test]
    fn messages_stay_short() {
        assert_eq!(listed(&["a"], "and"), "a");
        assert_eq!(listed(&["a", "b"], "or"), "a or b");
        assert_eq!(listed(&["a", "b", "c"], "and"), "a, b, c");
        assert_eq!(listed(&["a", "b", "c", "d", "e"], "and"), "a, b, c and 2 more");
    }
}
