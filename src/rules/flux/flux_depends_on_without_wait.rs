//! `flux-depends-on-without-wait`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::Related;
use crate::graph::{OwnerKind, OwnerView, Waits, kustomization_waits};

use super::depends_on;

rule! {
    /// A Kustomization that others depend on and that is ready before its objects are.
    ///
    /// ## Why
    ///
    /// Without `wait: true` or health checks, a Kustomization is ready as soon as its objects were accepted by the API
    /// server. What depends on it starts although the operator, the database or the webhook is not up yet, and fails
    /// now and then.
    ///
    /// ## What passes
    ///
    /// - `wait: true`, `healthChecks`, `healthCheckExprs`
    /// - entries with `readyExpr`, which wait for what the expression says
    /// - a Kustomization without workloads, releases and Kustomizations: sources, configuration, policies and custom
    ///   resource definitions are what they are once they are accepted
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: cluster.yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata:
    ///   name: infra
    ///   namespace: flux-system
    /// spec:
    ///   path: ./infra
    ///   prune: true
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: flux-system
    /// ---
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata:
    ///   name: apps
    ///   namespace: flux-system
    /// spec:
    ///   dependsOn:
    ///     - name: infra
    ///   path: ./apps
    ///   prune: true
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: flux-system
    /// # file: infra/release.yaml
    /// apiVersion: helm.toolkit.fluxcd.io/v2
    /// kind: HelmRelease
    /// metadata:
    ///   name: cert-manager
    ///   namespace: cert-manager
    /// spec:
    ///   interval: 1h
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: cluster.yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata:
    ///   name: infra
    ///   namespace: flux-system
    /// spec:
    ///   path: ./infra
    ///   prune: true
    ///   wait: true
    ///   timeout: 5m
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: flux-system
    /// ---
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata:
    ///   name: apps
    ///   namespace: flux-system
    /// spec:
    ///   dependsOn:
    ///     - name: infra
    ///   path: ./apps
    ///   prune: true
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: flux-system
    /// # file: infra/release.yaml
    /// apiVersion: helm.toolkit.fluxcd.io/v2
    /// kind: HelmRelease
    /// metadata:
    ///   name: cert-manager
    ///   namespace: cert-manager
    /// spec:
    ///   interval: 1h
    /// ```
    ///
    /// ## References
    ///
    /// - <https://fluxcd.io/flux/components/kustomize/kustomizations/#wait>
    pub static RULE = "flux-depends-on-without-wait" {
        level: Warning,
        precision: High,
        tags: ["flux", "order"],
        aliases: [],
        checks: [Check::Owner(&[OwnerKind::Kustomization], check)],
    }
}

/// Kinds whose objects take their time until they are of use.
const ACTIVE: [&str; 8] = [
    "HelmRelease",
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "Job",
    "Kustomization",
    "Application",
    "ResourceSet",
];

fn check(owner: &OwnerView<'_>, cx: &mut Cx<'_>) {
    let Some(spec) = owner.spec() else { return };
    if kustomization_waits(spec) != Waits::No || is_passive(owner) {
        return;
    }
    let dependents: Vec<_> = owner
        .view
        .owners()
        .filter(|other| other.owner.key.cluster == owner.owner.key.cluster && other.id != owner.id)
        .filter(|other| other.owner.kind == OwnerKind::Kustomization)
        .filter_map(|other| {
            let mut entries = depends_on::references(&other).into_iter();
            let entry = entries.find(|entry| {
                entry.at.get("readyExpr").is_none()
                    && (&*entry.namespace, &*entry.name)
                        == (owner.owner.key.namespace.as_str(), owner.owner.key.name.as_str())
            })?;
            Some((other, entry))
        })
        .collect();
    let Some((first, entry)) = dependents.first() else { return };
    let others = match dependents.len() {
        1 => format!("`{}` depends", first.owner.key.name),
        count => format!("{count} Kustomizations depend"),
    };
    let finding = cx.report(
        spec.get("wait").map_or_else(|| At::missing(&owner.object, &["spec", "wait"]), At::value),
        Report {
            message: format!("{} does not wait for its objects, and {others} on it", owner.display()),
            why: "it is ready as soon as its objects are accepted, before anything runs".into(),
            help: "set `wait: true` with a `timeout`, or list `healthChecks`".into(),
        },
    );
    if let Some(span) = owner.view.map.editable(entry.name_at.span(), entry.name_at.step()) {
        finding.related.push(Related { span, message: "this depends on it".into() });
    }
}

/// Whether there is nothing to wait for, or nothing is known about what there is.
fn is_passive(owner: &OwnerView<'_>) -> bool {
    let is_known = owner.deliveries().all(|(_, unit)| unit.is_some_and(|unit| !unit.failed));
    !is_known || !owner.objects().any(|object| ACTIVE.contains(&object.kind()))
}
