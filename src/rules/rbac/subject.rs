//! Whom bindings are for.
//!
//! Must not judge it.

use std::borrow::Cow;

use rustc_hash::FxHashSet;

use crate::engine::World;
use crate::model::{KindName, ObjectView};
use crate::rules::support::controllers;
use crate::rules::support::deployed::Deployed;
use crate::yaml::Cursor;

use super::policy_rule::{CLUSTER_ROLE, CLUSTER_ROLE_BINDING, ROLE_BINDING};

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

/// How the ClusterRole of the account is called under which Argo CD applies manifests.
const CONTROLLER: &str = "argocd-application-controller";

/// ClusterRoles of this name that somebody else holds as well.
struct Shared(FxHashSet<String>);

impl Shared {
    fn of(world: &World) -> Self {
        let deployed = Deployed::of(world);
        let bindings = BINDINGS.iter().flat_map(|binding| deployed.of_kind(binding.kind));
        let shared = bindings.filter_map(|id| {
            let binding = deployed.object(world, id);
            let role = binding.root.path(&["roleRef", "name"])?.text()?;
            let mut subjects = binding.root.get("subjects").into_iter().flat_map(|list| list.items());
            let is_shared = role.ends_with(CONTROLLER)
                && subjects.any(|subject| !controllers::is_applying_controller(subject));
            is_shared.then(|| role.into_owned())
        });
        Self(shared.collect())
    }
}

/// Whether a role comes with a GitOps controller. Manifests of Argo CD that somebody shortened keep its role, and not
/// always the label: it counts as long as nobody but the controller holds it.
pub(super) fn is_of_a_controller(role: &ObjectView<'_>, world: &World) -> bool {
    let is_alone = || !world.memo.get(|| Shared::of(world)).0.contains(&*role.name());
    controllers::is_generated(role)
        || role.is(CLUSTER_ROLE) && role.name().ends_with(CONTROLLER) && is_alone()
}
