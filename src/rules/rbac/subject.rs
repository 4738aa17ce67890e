//! Whom bindings are for.
//!
//! Must not judge it.

use std::borrow::Cow;

use crate::engine::World;
use crate::model::{KindName, ObjectView};
use crate::rules::support::controllers;
use crate::rules::support::deployed::Deployed;
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

/// Groups of APIs that people log in with begin so.
const LOG_IN: [&str; 4] = ["authentication", "authorization", "identity", "login"];

/// Whether the role of a binding lets nobody do more than log in, or ask who they are: it makes requests of that kind, and
/// nothing else.
pub(super) fn is_for_logging_in(binding: &ObjectView<'_>, world: &World) -> bool {
    let field = |name| binding.root.path(&["roleRef", name]).and_then(|value| value.text());
    let (Some(kind), Some(name)) = (field("kind"), field("name")) else { return false };
    let deployed = Deployed::of(world);
    let mut roles = deployed.of_kind(&kind).map(|id| deployed.object(world, id));
    let Some(role) = roles.find(|role| role.name() == name) else { return false };
    let rules = role.root.get("rules").map(|rules| rules.items().collect::<Vec<_>>()).unwrap_or_default();
    let all = |rule: &Cursor<'_>, field: &str, is_fine: &dyn Fn(&str) -> bool| {
        let values: Vec<_> = rule.get(field).into_iter().flat_map(|list| list.items()).collect();
        !values.is_empty() && values.iter().all(|value| value.text().is_some_and(|text| is_fine(&text)))
    };
    let is_request = |rule: &Cursor<'_>| {
        all(rule, "apiGroups", &|group| LOG_IN.contains(&group.split('.').next().unwrap_or_default()))
            && all(rule, "resources", &|it| it.ends_with("requests") || it.ends_with("reviews"))
            && all(rule, "verbs", &|verb| matches!(verb, "create" | "get" | "list" | "watch"))
    };
    !rules.is_empty() && rules.iter().all(is_request)
}
