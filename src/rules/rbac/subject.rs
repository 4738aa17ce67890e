//! Whom bindings are for.
//!
//! Must not judge it.

use std::borrow::Cow;

use crate::model::{KindName, ObjectView};
use crate::rules::support::controllers;
use crate::yaml::Cursor;

use super::policy_rule::{CLUSTER_ROLE_BINDING, ROLE_BINDING};

/// Both kinds of bindings.
pub(super) const BINDINGS: [KindName; 2] = [CLUSTER_ROLE_BINDING, ROLE_BINDING];

/// The subjects of a binding that are among these kinds and names, with the places of their names; none of a binding
/// that Kubernetes itself ships.
pub(super) fn subjects<'w>(
    binding: &ObjectView<'w>,
    wanted: &[(&str, &str)],
) -> Vec<(Cow<'w, str>, Cursor<'w>)> {
    if controllers::is_bootstrapped(binding) {
        return Vec::new();
    }
    let subjects = binding.root.get("subjects").into_iter().flat_map(|subjects| subjects.items());
    let read = |subject: Cursor<'w>| {
        let kind = subject.get("kind")?.text()?;
        let name = subject.get("name")?;
        let text = name.text()?;
        wanted.contains(&(&*kind, &*text)).then_some((text, name))
    };
    subjects.filter_map(read).collect()
}

/// Roles that are there for everybody: what they show is no secret.
const FOR_ALL: [&str; 6] = [
    "kubeadm:bootstrap-signer-clusterinfo",
    "system:basic-user",
    "system:discovery",
    "system:openshift:public-info-viewer",
    "system:public-info-viewer",
    "system:service-account-issuer-discovery",
];

/// Whether the role of a binding is one that is there for everybody.
pub(super) fn is_made_for_all(binding: &ObjectView<'_>) -> bool {
    let role = binding.root.path(&["roleRef", "name"]).and_then(|name| name.text());
    role.is_some_and(|role| FOR_ALL.contains(&&*role))
}
