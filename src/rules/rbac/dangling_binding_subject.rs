//! `dangling-binding-subject`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::graph::GraphView;
use crate::rules::support::deployed::Deployed;
use crate::yaml::Cursor;

rule! {
    /// A binding for a service account that nothing provides.
    ///
    /// ## Why
    ///
    /// It grants nothing now. Whoever makes an account of that name later has the permissions at once.
    ///
    /// ## What passes
    ///
    /// - `default`, and accounts of namespaces where nothing of the repository is
    /// - units that hold no account at all, or of which a part is not rendered, and namespaces where a chart or
    ///   an operator makes accounts that nobody sees here
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata:
    ///   name: ci
    ///   namespace: shop
    /// roleRef:
    ///   apiGroup: rbac.authorization.k8s.io
    ///   kind: ClusterRole
    ///   name: edit
    /// subjects:
    ///   - kind: ServiceAccount
    ///     name: deployer
    ///     namespace: shop
    /// ---
    /// apiVersion: v1
    /// kind: ServiceAccount
    /// metadata:
    ///   name: other
    ///   namespace: shop
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
    ///   kind: ClusterRole
    ///   name: edit
    /// subjects:
    ///   - kind: ServiceAccount
    ///     name: ci
    ///     namespace: shop
    ///   - kind: ServiceAccount
    ///     name: prometheus
    ///     namespace: monitoring
    /// ---
    /// apiVersion: v1
    /// kind: ServiceAccount
    /// metadata:
    ///   name: ci
    ///   namespace: shop
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-subjects>
    pub static RULE = "dangling-binding-subject" {
        level: Note,
        profile: Pedantic,
        precision: Medium,
        tags: ["rbac", "reference"],
        aliases: [],
        checks: [Check::Graph(check)],
    }
}

fn check(_: &GraphView<'_>, cx: &mut Cx<'_>) {
    let world = cx.world();
    let deployed = Deployed::of(world);
    for id in ["RoleBinding", "ClusterRoleBinding"].into_iter().flat_map(|kind| deployed.of_kind(kind)) {
        let binding = deployed.object(world, id);
        if deployed.is_open(id, "ServiceAccount") {
            continue;
        }
        let subjects = binding.root.get("subjects").into_iter().flat_map(|subjects| subjects.items());
        for subject in subjects {
            let text = |name| subject.get(name).and_then(|value: Cursor<'_>| value.text());
            let Some(name) =
                subject.get("name").filter(|_| text("kind").as_deref() == Some("ServiceAccount"))
            else {
                continue;
            };
            let namespace = text("namespace");
            let wanted = namespace.as_deref().or(deployed.namespace(id));
            let is_own = wanted.is_none() || wanted == deployed.namespace(id);
            let Some(account) = name.text().filter(|it| *it != "default" && !it.contains(['$', '{', '<']))
            else {
                continue;
            };
            if !is_own || deployed.find(id, "ServiceAccount", &account, wanted).is_some() {
                continue;
            }
            let report = Report {
                message: format!("nothing in the repository provides the ServiceAccount `{account}`"),
                why:
                    "the binding grants nothing now, and everything to whoever makes an account of that name"
                        .into(),
                help: "add the ServiceAccount, or remove the subject".into(),
            };
            deployed.report(cx, id, At::value(name), report);
        }
    }
}
