//! `namespace-missing`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::graph::GraphView;
use crate::rules::support::deployed::Deployed;

rule! {
    /// A workload that names no namespace, and nobody else does.
    ///
    /// ## Why
    ///
    /// It goes to the namespace that whoever applies it has set last.
    ///
    /// ## What passes
    ///
    /// - kustomizations, Argo CD Applications and Flux Kustomizations that set the namespace
    /// - manifests that nothing in the repository applies: `kubectl -n` says where
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: kustomization.yaml
    /// resources: [web.yaml]
    /// # file: web.yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec:
    ///   template:
    ///     spec:
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.8.2
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: kustomization.yaml
    /// namespace: shop
    /// resources: [web.yaml]
    /// # file: web.yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec:
    ///   selector:
    ///     matchLabels:
    ///       app: web
    ///   template:
    ///     metadata:
    ///       labels:
    ///         app: web
    ///     spec:
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.8.2
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/>
    pub static RULE = "namespace-missing" {
        level: Note,
        profile: Pedantic,
        precision: Medium,
        tags: ["object", "isolation"],
        aliases: [
            Kics "Ensure Administrative Boundaries Between Resources",
            Kics "Using Unrecommended Namespace",
            Kubescape "C-0061",
        ],
        checks: [Check::Graph(check)],
    }
}

fn check(_: &GraphView<'_>, cx: &mut Cx<'_>) {
    let world = cx.world();
    let deployed = Deployed::of(world);
    for id in deployed.workloads().filter(|id| deployed.namespace(*id).is_none() && deployed.is_of_unit(*id))
    {
        let workload = deployed.object(world, id);
        let Some(name) = workload.root.path(&["metadata", "name"]) else { continue };
        if matches!(workload.kind(), "ClusterWorkflowTemplate" | "ClusterTask") {
            continue;
        }
        let report = Report {
            message: format!(
                "nothing says to which namespace {} `{}` goes",
                workload.kind(),
                workload.name()
            ),
            why: "it goes to the one that whoever applies it has set last".into(),
            help: "set `namespace` in the kustomization".into(),
        };
        deployed.report(cx, id, At::value(name), report);
    }
}
