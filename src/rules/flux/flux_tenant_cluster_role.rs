//! `flux-tenant-cluster-role`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::{KindName, ObjectView};

use super::tenants::Tenants;

rule! {
    /// A ClusterRoleBinding for the service account of a tenant.
    ///
    /// ## Why
    ///
    /// A tenant's account may do what it may do in the tenant's namespace. Bound for the whole cluster, whatever is
    /// committed to the tenant's repository reaches all other namespaces.
    ///
    /// ## What passes
    ///
    /// - RoleBindings, also those to a ClusterRole
    /// - roles that only read, by their names
    /// - repositories without tenants: no account with the label `toolkit.fluxcd.io/tenant`, no directory
    ///   `tenants` in a repository with objects of Flux
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: ServiceAccount
    /// metadata:
    ///   name: team-a
    ///   namespace: team-a
    ///   labels:
    ///     toolkit.fluxcd.io/tenant: team-a
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata:
    ///   name: team-a
    /// roleRef:
    ///   apiGroup: rbac.authorization.k8s.io
    ///   kind: ClusterRole
    ///   name: edit
    /// subjects:
    ///   - kind: ServiceAccount
    ///     name: team-a
    ///     namespace: team-a
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: ServiceAccount
    /// metadata:
    ///   name: team-a
    ///   namespace: team-a
    ///   labels:
    ///     toolkit.fluxcd.io/tenant: team-a
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata:
    ///   name: team-a
    ///   namespace: team-a
    /// roleRef:
    ///   apiGroup: rbac.authorization.k8s.io
    ///   kind: ClusterRole
    ///   name: edit
    /// subjects:
    ///   - kind: ServiceAccount
    ///     name: team-a
    ///     namespace: team-a
    /// ```
    ///
    /// ## References
    ///
    /// - <https://fluxcd.io/flux/installation/configuration/multitenancy/>
    pub static RULE = "flux-tenant-cluster-role" {
        level: Error,
        security: 8.0,
        precision: High,
        tags: ["flux", "tenancy", "rbac"],
        aliases: [],
        checks: [Check::Around(&Check::Object(KINDS, check))],
    }
}

const KINDS: &[KindName] = &[KindName { group: "rbac.authorization.k8s.io", kind: "ClusterRoleBinding" }];

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let role = object.root.path(&["roleRef", "name"]).and_then(|name| name.text()).unwrap_or_default();
    if ["view", "read", "get"]
        .iter()
        .any(|word| role.split(['-', ':', '.']).any(|part| part.starts_with(word)))
    {
        return;
    }
    for subject in object.root.get("subjects").into_iter().flat_map(|list| list.items()) {
        let text = |name: &str| subject.get(name).and_then(|value| value.text()).unwrap_or_default();
        let (namespace, name) = (text("namespace"), text("name"));
        if text("kind") != "ServiceAccount" || !Tenants::of(cx.world()).contains(&namespace) {
            continue;
        }
        cx.report(
            At::value(subject.get("name").unwrap_or(subject)),
            Report {
                message: format!(
                    "service account `{namespace}/{name}` of a tenant has `{role}` in the whole cluster"
                ),
                why: "what is committed to the tenant's repository reaches all other namespaces".into(),
                help: "bind the role with a RoleBinding in the tenant's namespace".into(),
            },
        );
    }
}
