//! `dangling-role-ref`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::Level;
use crate::graph::GraphView;
use crate::rules::support::deployed::Deployed;

rule! {
    /// A binding to a Role or ClusterRole that is not there.
    ///
    /// ## Why
    ///
    /// Such a binding grants nothing. Whoever makes a role of that name later grants it to the subjects without
    /// noticing.
    ///
    /// ## What is reported
    ///
    /// - **error**: a ClusterRoleBinding that names a Role, which the API server refuses
    /// - **warning**: a role that nothing provides
    ///
    /// ## What passes
    ///
    /// - the roles that Kubernetes and OpenShift ship, and those of `system:`
    /// - ClusterRoles where a chart or an operator may make them: anything in the repository that is not
    ///   rendered
    /// - units that hold no role at all, or of which a part is not rendered
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: kustomization.yaml
    /// resources: [rbac.yaml]
    /// # file: rbac.yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata:
    ///   name: ci
    ///   namespace: shop
    /// roleRef:
    ///   apiGroup: rbac.authorization.k8s.io
    ///   kind: Role
    ///   name: deployer
    /// subjects:
    ///   - kind: ServiceAccount
    ///     name: ci
    ///     namespace: ci
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata:
    ///   name: deploy-ci
    ///   namespace: shop
    /// rules:
    ///   - apiGroups: [apps]
    ///     resources: [deployments]
    ///     verbs: [get, patch]
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: kustomization.yaml
    /// resources: [rbac.yaml]
    /// # file: rbac.yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata:
    ///   name: ci
    ///   namespace: shop
    /// roleRef:
    ///   apiGroup: rbac.authorization.k8s.io
    ///   kind: Role
    ///   name: deployer
    /// subjects:
    ///   - kind: ServiceAccount
    ///     name: ci
    ///     namespace: ci
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata:
    ///   name: deployer
    ///   namespace: shop
    /// rules:
    ///   - apiGroups: [apps]
    ///     resources: [deployments]
    ///     verbs: [get, patch]
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/reference/access-authn-authz/rbac/#rolebinding-and-clusterrolebinding>
    pub static RULE = "dangling-role-ref" {
        level: Warning,
        precision: High,
        tags: ["rbac", "reference"],
        aliases: [
            Polaris "rolebindingRolePodExecAttach",
        ],
        checks: [Check::Graph(check)],
    }
}

/// ClusterRoles that are there before anybody makes one.
const GIVEN: [&str; 14] = [
    "admin",
    "basic-user",
    "cluster-admin",
    "cluster-debugger",
    "cluster-monitoring-view",
    "cluster-reader",
    "cluster-status",
    "edit",
    "registry-admin",
    "registry-editor",
    "registry-viewer",
    "self-provisioner",
    "storage-admin",
    "view",
];

fn check(_: &GraphView<'_>, cx: &mut Cx<'_>) {
    let world = cx.world();
    let deployed = Deployed::of(world);
    for id in ["RoleBinding", "ClusterRoleBinding"].into_iter().flat_map(|kind| deployed.of_kind(kind)) {
        let binding = deployed.object(world, id);
        let field = |name| binding.root.path(&["roleRef", name]);
        let (Some(kind), Some(name)) = (field("kind").and_then(|kind| kind.text()), field("name")) else {
            continue;
        };
        if binding.kind() == "ClusterRoleBinding" && kind == "Role" {
            let report = Report {
                message: "a ClusterRoleBinding cannot name a Role".into(),
                why: "the API server refuses the object".into(),
                help: "name a ClusterRole, or write a RoleBinding".into(),
            };
            deployed.report(cx, id, At::value(name), report).level = Level::Error;
            continue;
        }
        let Some(text) = name.text().filter(|name| !name.contains(['$', '{', '<'])) else { continue };
        let is_there = match &*kind {
            "Role" => deployed.find(id, "Role", &text, deployed.namespace(id)).is_some(),
            "ClusterRole" => {
                let is_given = GIVEN.contains(&&*text) || text.starts_with("system:");
                is_given
                    || deployed.has_open_parts()
                    || deployed.find(id, "ClusterRole", &text, None).is_some()
            }
            _ => continue,
        };
        if is_there || deployed.is_open(id, &kind) {
            continue;
        }
        let report = Report {
            message: format!(
                "the binding names the {kind} `{text}`, which nothing in the repository provides"
            ),
            why: "it grants nothing now, and whatever somebody puts into a role of that name later".into(),
            help: format!("add the {kind} to the unit, or name one that exists").into(),
        };
        deployed.report(cx, id, At::value(name), report);
    }
}
