//! `hpa-replicas-conflict`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::Related;
use crate::graph::{GraphView, OwnerView};
use crate::model::{KindName, ObjectView};
use crate::rules::support::together::{Group, groups};

rule! {
    /// A workload with a fixed number of replicas that an autoscaler scales.
    ///
    /// ## Why
    ///
    /// Each sync sets the number from the repository, and the autoscaler sets its own again: pods are stopped and
    /// started under load, and a controller that heals drift does it every few minutes.
    ///
    /// ## What passes
    ///
    /// - a workload without `replicas`
    /// - an autoscaler of another workload, or in another unit
    /// - an Application of Argo CD that ignores `/spec/replicas` of it
    /// - `replicas` that a template fills in
    /// - an autoscaler whose least and most are the number that the workload has
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: deployment.yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    ///   namespace: shop
    /// spec:
    ///   replicas: 10
    ///   selector:
    ///     matchLabels:
    ///       app: web
    ///   template:
    ///     spec:
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.8.2
    /// # file: hpa.yaml
    /// apiVersion: autoscaling/v2
    /// kind: HorizontalPodAutoscaler
    /// metadata:
    ///   name: web
    ///   namespace: shop
    /// spec:
    ///   scaleTargetRef:
    ///     apiVersion: apps/v1
    ///     kind: Deployment
    ///     name: web
    ///   minReplicas: 2
    ///   maxReplicas: 20
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: deployment.yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    ///   namespace: shop
    /// spec:
    ///   selector:
    ///     matchLabels:
    ///       app: web
    ///   template:
    ///     spec:
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.8.2
    /// # file: hpa.yaml
    /// apiVersion: autoscaling/v2
    /// kind: HorizontalPodAutoscaler
    /// metadata:
    ///   name: web
    ///   namespace: shop
    /// spec:
    ///   scaleTargetRef:
    ///     apiVersion: apps/v1
    ///     kind: Deployment
    ///     name: web
    ///   minReplicas: 2
    ///   maxReplicas: 20
    /// ```
    ///
    /// ## References
    ///
    /// - <https://argo-cd.readthedocs.io/en/stable/user-guide/best_practices/#leaving-room-for-imperativeness>
    /// - <https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#replicas>
    pub static RULE = "hpa-replicas-conflict" {
        level: Warning,
        precision: High,
        tags: ["drift", "availability"],
        aliases: [
            Kics "HPA Targeted Deployments With Configured Replica Count",
            KubeScore "deployment-targeted-by-hpa-does-not-have-replicas-configured",
        ],
        checks: [Check::Graph(check)],
    }
}

const SCALERS: [KindName; 2] = [
    KindName { group: "autoscaling", kind: "HorizontalPodAutoscaler" },
    KindName { group: "keda.sh", kind: "ScaledObject" },
];

fn check(view: &GraphView<'_>, cx: &mut Cx<'_>) {
    for group in groups(view) {
        for scaler in group.objects.iter().filter(|object| SCALERS.iter().any(|kind| object.is(*kind))) {
            conflict(view, &group, scaler, cx);
        }
    }
}

fn conflict(view: &GraphView<'_>, group: &Group<'_>, scaler: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let Some(target) = scaler.root.path(&["spec", "scaleTargetRef"]) else { return };
    let text = |field: &str| target.get(field).and_then(|value| value.text());
    let kind = text("kind").unwrap_or("Deployment".into());
    let Some(name) = text("name") else { return };
    let is_it = |object: &&ObjectView<'_>| {
        object.kind() == kind && object.name() == name && object.namespace() == scaler.namespace()
    };
    let Some(workload) = group.objects.iter().find(|object| is_it(object)) else { return };
    let Some(replicas) =
        workload.root.path(&["spec", "replicas"]).filter(|replicas| replicas.int().is_some())
    else {
        return;
    };
    if is_fixed(scaler, replicas.int()) {
        return;
    }
    if group.owners(view).any(|owner| ignores_replicas(&owner)) {
        return;
    }
    let finding = cx.report(
        At::value(replicas),
        Report {
            message: format!(
                "{kind} `{name}` has a fixed number of replicas, and {} `{}` scales it",
                scaler.kind(),
                scaler.name()
            ),
            why: "each sync sets the number of the repository again, whatever the load is".into(),
            help: "remove `replicas`, or let the controller ignore `/spec/replicas` of it".into(),
        },
    );
    finding.object = Some(workload.object_name());
    finding.units = group.units();
    if let Some(span) = scaler.map.editable(target.span(), target.step()) {
        finding.related.push(Related { span, message: "scaled here".into() });
    }
}

/// Whether a scaler has no choice but the number that the workload has.
fn is_fixed(scaler: &ObjectView<'_>, replicas: Option<i64>) -> bool {
    let bound = |name: &str| scaler.root.path(&["spec", name]).and_then(|value| value.int());
    let least = bound("minReplicas").or_else(|| bound("minReplicaCount"));
    let most = bound("maxReplicas").or_else(|| bound("maxReplicaCount"));
    // Without a word a HorizontalPodAutoscaler keeps one pod at least.
    let least = least.or_else(|| scaler.is(SCALERS[0]).then_some(1));
    least.is_some() && least == most && most == replicas
}

/// Whether an Application leaves the number of replicas to others. For which objects is not looked at: a wrong
/// warning is worse than none.
fn ignores_replicas(owner: &OwnerView<'_>) -> bool {
    let ignored = owner.spec().and_then(|spec| spec.get("ignoreDifferences"));
    let pointers = ignored.into_iter().flat_map(|list| list.items()).flat_map(|entry| entry.scalars());
    pointers.into_iter().any(|pointer| pointer.text().is_some_and(|text| text.contains("replicas")))
}
