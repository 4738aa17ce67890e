//! The rules of a Role or ClusterRole as Kubernetes reads them.
//!
//! Must not judge them.

use std::borrow::Cow;

use crate::model::{KindName, ObjectView};
use crate::rules::support::controllers;
use crate::yaml::Cursor;

pub(super) const CLUSTER_ROLE: KindName =
    KindName { group: "rbac.authorization.k8s.io", kind: "ClusterRole" };
pub(super) const ROLE: KindName = KindName { group: "rbac.authorization.k8s.io", kind: "Role" };

/// One item of `rules`.
pub(super) struct PolicyRule<'w> {
    pub verbs: Words<'w>,
    pub groups: Words<'w>,
    pub resources: Words<'w>,
}

/// A list of words, each with its place.
pub(super) struct Words<'w>(Vec<(Cow<'w, str>, Cursor<'w>)>);

impl<'w> Words<'w> {
    fn read(rule: Cursor<'w>, field: &str) -> Self {
        let items = rule.get(field).into_iter().flat_map(|items| items.items());
        Self(items.filter_map(|item| Some((item.text()?, item))).collect())
    }

    /// The place of the first word that is one of these.
    pub fn find(&self, words: &[&str]) -> Option<Cursor<'w>> {
        self.0.iter().find(|(word, _)| words.contains(&word.as_ref())).map(|(_, place)| *place)
    }

    /// The place of the word `*`.
    pub fn wildcard(&self) -> Option<Cursor<'w>> {
        self.find(&["*"])
    }

    /// Whether there is a word, and all words fulfil `condition`.
    pub fn all(&self, condition: impl Fn(&str) -> bool) -> bool {
        !self.0.is_empty() && self.0.iter().all(|(word, _)| condition(word))
    }

    /// The words as a person lists them.
    pub fn list(&self) -> String {
        let quoted: Vec<String> = self.0.iter().map(|(word, _)| format!("`{word}`")).collect();
        quoted.join(", ")
    }
}

/// The rules of a role that can grant too much: not those of Kubernetes' own roles, not those that an aggregation
/// fills in, not those narrowed to named objects or about URLs.
pub(super) fn policy_rules<'w>(role: &ObjectView<'w>) -> Vec<PolicyRule<'w>> {
    if controllers::is_bootstrapped(role) || role.root.get("aggregationRule").is_some() {
        return Vec::new();
    }
    let items = role.root.get("rules").into_iter().flat_map(|rules| rules.items());
    let is_open = |rule: &Cursor<'_>| {
        let names = rule.get("resourceNames").into_iter().flat_map(|names| names.items()).count();
        names == 0 && rule.get("resources").is_some()
    };
    let read = |rule| PolicyRule {
        verbs: Words::read(rule, "verbs"),
        groups: Words::read(rule, "apiGroups"),
        resources: Words::read(rule, "resources"),
    };
    items.filter(is_open).map(read).collect()
}
