//! `reconciliation-alerts-missing`

use std::collections::BTreeSet;

use crate::engine::{At, Check, Cx, Report, rule};
use crate::graph::GraphView;
use crate::model::ObjectView;
use crate::rules::support::together;

rule! {
    /// A cluster whose owners fail without telling anybody.
    ///
    /// ## Why
    ///
    /// A reconciliation that fails changes nothing that users see at first: the old version runs on. Without an
    /// alert the failure is found when the fix for something else does not arrive.
    ///
    /// ## What passes
    ///
    /// - a Flux Alert that covers Kustomizations or HelmReleases
    /// - notifications of Argo CD: `argocd-notifications-cm`, or a `notifications.argoproj.io/subscribe`
    ///   annotation
    /// - a PrometheusRule about `gotk_`, `flux_` or `argocd_app_info` metrics
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata:
    ///   name: apps
    ///   namespace: flux-system
    /// spec:
    ///   interval: 10m
    ///   path: ./apps
    ///   prune: true
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: flux-system
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata:
    ///   name: apps
    ///   namespace: flux-system
    /// spec:
    ///   interval: 10m
    ///   path: ./apps
    ///   prune: true
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: flux-system
    /// ---
    /// apiVersion: notification.toolkit.fluxcd.io/v1beta3
    /// kind: Alert
    /// metadata:
    ///   name: on-call
    ///   namespace: flux-system
    /// spec:
    ///   eventSeverity: error
    ///   providerRef:
    ///     name: slack
    ///   eventSources:
    ///     - kind: Kustomization
    ///       name: '*'
    /// ```
    ///
    /// ## References
    ///
    /// - <https://fluxcd.io/flux/monitoring/alerts/>
    /// - <https://argo-cd.readthedocs.io/en/stable/operator-manual/notifications/>
    pub static RULE = "reconciliation-alerts-missing" {
        level: Note,
        profile: Pedantic,
        precision: Medium,
        tags: ["graph", "alerts"],
        aliases: [],
        checks: [Check::Graph(check)],
    }
}

fn check(view: &GraphView<'_>, cx: &mut Cx<'_>) {
    // Where alerts are declared, for which cluster is a question of taste: one chart may watch them all.
    if together::groups(view).iter().any(|group| group.objects.iter().any(alerts)) {
        return;
    }
    let mut told = BTreeSet::new();
    for owner in view.owners().filter(|owner| owner.owner.parent.is_none()) {
        let flux = owner.owner.kind.is_flux();
        if !told.insert((owner.owner.key.cluster, flux)) {
            continue;
        }
        let at = owner.object.root.path(&["metadata", "name"]).unwrap_or(owner.object.root);
        let finding = cx.report(
            At::value(at),
            Report {
                message: format!("nobody is told when {}, or what it applies, fails", owner.display()),
                why: "the old version runs on, and the failure is found when the next fix does not arrive"
                    .into(),
                help: match flux {
                    true => "add a Provider and an Alert for Kustomizations and HelmReleases",
                    false => "configure Argo CD's notifications, or alert on `argocd_app_info`",
                }
                .into(),
            },
        );
        finding.object = Some(owner.object.object_name());
    }
}

fn alerts(object: &ObjectView<'_>) -> bool {
    let kind = object.kind();
    let metrics = ["gotk_", "flux_", "argocd_app_info"];
    match kind {
        "Alert" => object.group() == "notification.toolkit.fluxcd.io",
        "PrometheusRule" => {
            let mentions = |text: &str| metrics.iter().any(|metric| text.contains(metric));
            object.root.scalars().any(|scalar| scalar.text().is_some_and(|text| mentions(&text)))
        }
        "ConfigMap" => object.name() == "argocd-notifications-cm",
        _ => {
            let annotations = object.annotations();
            let mut keys = annotations.into_iter().flat_map(|map| map.entries()).map(|entry| entry.key);
            keys.any(|key| {
                key.text().is_some_and(|key| key.starts_with("notifications.argoproj.io/subscribe"))
            })
        }
    }
}
