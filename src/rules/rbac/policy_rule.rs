//! The rules of a Role or ClusterRole as Kubernetes reads them.
//!
//! Must not judge them.

use std::borrow::Cow;

use crate::engine::World;
use crate::model::{FileView, KindName, ObjectView};
use crate::rules::support::controllers;
use crate::yaml::Cursor;

const GROUP: &str = "rbac.authorization.k8s.io";
pub(super) const CLUSTER_ROLE: KindName = KindName { group: GROUP, kind: "ClusterRole" };
pub(super) const ROLE: KindName = KindName { group: GROUP, kind: "Role" };
pub(super) const CLUSTER_ROLE_BINDING: KindName = KindName { group: GROUP, kind: "ClusterRoleBinding" };
pub(super) const ROLE_BINDING: KindName = KindName { group: GROUP, kind: "RoleBinding" };

/// One item of `rules`.
pub(super) struct PolicyRule<'w> {
    pub verbs: Words<'w>,
    pub groups: Words<'w>,
    pub resources: Words<'w>,
    /// `resourceNames`: the objects that the rule is narrowed to.
    pub names: Words<'w>,
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

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether there is a word, and all words fulfil `condition`.
    pub fn all(&self, condition: impl Fn(&str) -> bool) -> bool {
        !self.0.is_empty() && self.0.iter().all(|(word, _)| condition(word))
    }

    /// The words with their places.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Cursor<'w>)> {
        self.0.iter().map(|(word, place)| (word.as_ref(), *place))
    }

    /// The words as a person lists them: the first ones, and how many there are more.
    pub fn list(&self) -> String {
        const SHOWN: usize = 3;
        let quoted: Vec<String> = self.0.iter().take(SHOWN).map(|(word, _)| format!("`{word}`")).collect();
        let listed = quoted.join(", ");
        match self.0.len().saturating_sub(SHOWN) {
            0 => listed,
            more => format!("{listed} and {more} more"),
        }
    }
}

/// The rules of a role that can grant too much: of those about objects, the ones that are not narrowed to named ones.
pub(super) fn policy_rules<'w>(role: &ObjectView<'w>) -> Vec<PolicyRule<'w>> {
    let mut rules = written_rules(role);
    rules.retain(|rule| rule.names.is_empty());
    rules
}

/// The rules of a role about objects: not those of Kubernetes' own roles, not those that an aggregation fills in, not
/// those about URLs.
pub(super) fn written_rules<'w>(role: &ObjectView<'w>) -> Vec<PolicyRule<'w>> {
    if controllers::is_bootstrapped(role) || role.root.get("aggregationRule").is_some() {
        return Vec::new();
    }
    let items = role.root.get("rules").into_iter().flat_map(|rules| rules.items());
    let is_about_objects = |rule: &Cursor<'_>| rule.get("resources").is_some();
    let read = |rule| PolicyRule {
        verbs: Words::read(rule, "verbs"),
        groups: Words::read(rule, "apiGroups"),
        resources: Words::read(rule, "resources"),
        names: Words::read(rule, "resourceNames"),
    };
    items.filter(is_about_objects).map(read).collect()
}

/// Whether what a role grants may reach every namespace: it is a ClusterRole, unless RoleBindings beside it bind it
/// and no ClusterRoleBinding does.
// Bindings are looked for in the role's own directory, where nearly all of them lie. A role without any is taken
// for what its kind says.
pub(super) fn reaches_all_namespaces(role: &ObjectView<'_>, world: &World) -> bool {
    if !role.is(CLUSTER_ROLE) {
        return false;
    }
    let Some(file) = role.file() else { return true };
    let directory = role.map.source(file.source).path().parent();
    let neighbours = world
        .repository
        .files
        .iter()
        .filter(|file| !file.objects.is_empty() && role.map.source(file.source).path().parent() == directory)
        .flat_map(|file| FileView { map: role.map, file }.objects());
    let name = role.name();
    let mut is_bound = false;
    for binding in neighbours.filter(|object| object.is(CLUSTER_ROLE_BINDING) || object.is(ROLE_BINDING)) {
        let role_ref = |field| binding.root.path(&["roleRef", field]).and_then(|value| value.text());
        if role_ref("kind").as_deref() == Some("ClusterRole") && role_ref("name").as_ref() == Some(&name) {
            if binding.is(CLUSTER_ROLE_BINDING) {
                return true;
            }
            is_bound = true;
        }
    }
    !is_bound
}
