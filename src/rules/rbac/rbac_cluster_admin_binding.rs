//! `rbac-cluster-admin-binding`

use crate::engine::{Check, Cx, Report, rule};
use crate::finding::Level;
use crate::model::ObjectView;
use crate::rules::support::controllers;
use crate::yaml::Cursor;

use super::policy_rule::{CLUSTER_ROLE_BINDING, ROLE_BINDING};

rule! {
    /// A binding to `cluster-admin`.
    ///
    /// ## Why
    ///
    /// Its subjects may do everything: read all secrets, delete every namespace, change every policy. A program
    /// that holds it turns each of its weaknesses into the loss of the cluster.
    ///
    /// A RoleBinding, which gives all permissions inside one namespace, is a warning.
    ///
    /// ## What passes
    ///
    /// - bindings without subjects, and the binding that Kubernetes ships
    /// - a Role of one's own that happens to be called `cluster-admin`
    /// - the controllers that apply the repository (Flux's kustomize-controller and helm-controller, Argo CD's
    ///   application controller) are a note, and so are their installation manifests: what deploys anything must
    ///   be allowed anything, until it is split up by tenants
    /// - people and groups of people are a warning: somebody administers the cluster
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata:
    ///   name: ci
    /// roleRef:
    ///   apiGroup: rbac.authorization.k8s.io
    ///   kind: ClusterRole
    ///   name: cluster-admin
    /// subjects:
    ///   - kind: ServiceAccount
    ///     name: ci
    ///     namespace: ci
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
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
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/reference/access-authn-authz/rbac/#user-facing-roles>
    pub static RULE = "rbac-cluster-admin-binding" {
        level: Error,
        security: 8.5,
        precision: VeryHigh,
        tags: ["rbac", "least-privilege", "nsa-cisa", "cis"],
        aliases: [
            Kics "Cluster Admin Rolebinding With Superuser Permissions",
            KubeLinter "cluster-admin-role-binding",
            Kubescape "C-0035",
            Kubescape "C-0272",
            Polaris "clusterrolebindingClusterAdmin",
            Polaris "rolebindingClusterAdminClusterRole",
            Polaris "rolebindingClusterAdminRole",
            Trivy "KSV-0111",
        ],
        checks: [Check::Object(&[CLUSTER_ROLE_BINDING, ROLE_BINDING], check)],
    }
}

fn check(binding: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let field = |name| binding.root.path(&["roleRef", name]);
    let is = |name, text: &str| field(name).and_then(|value| value.text()).is_some_and(|value| value == text);
    let Some(role) = field("name").filter(|_| is("name", "cluster-admin") && is("kind", "ClusterRole"))
    else {
        return;
    };
    let subjects: Vec<_> = binding.root.get("subjects").into_iter().flat_map(|list| list.items()).collect();
    if controllers::is_bootstrapped(binding) {
        return;
    }
    let names: Vec<String> = subjects
        .iter()
        .filter_map(|subject| {
            Some(format!("{} `{}`", subject.get("kind")?.text()?, subject.get("name")?.text()?))
        })
        .collect();
    // Without anybody that can be named, nobody gets anything.
    if names.is_empty() {
        return;
    }
    let (level, scope) = match binding.is(ROLE_BINDING) {
        true => (cx.level().lowered(), "all permissions in the namespace"),
        false => (cx.level(), "all permissions in the cluster"),
    };
    let report = Report {
        message: format!("the binding gives {} {scope}", names.join(", ")),
        why: "every weakness of what holds this role becomes the loss of all it reaches, secrets first"
            .into(),
        help: "bind a role that lists the resources and verbs that are used".into(),
    };
    let applies = subjects.iter().all(|&subject| controllers::is_applying_controller(subject));
    // Somebody administers the cluster; who that should be, a file does not say.
    let level = if subjects.iter().all(|&subject| is_person(subject)) { level.lowered() } else { level };
    let finding = cx.report(role, report);
    finding.level = if applies { Level::Note } else { level };
}

/// Whether a subject is a person or a group of persons, by its name: none of the cluster's own, such as
/// `system:authenticated`.
fn is_person(subject: Cursor<'_>) -> bool {
    let text = |name: &str| subject.get(name).and_then(|value| value.text()).unwrap_or_default();
    matches!(text("kind").as_ref(), "User" | "Group") && !text("name").starts_with("system:")
}
