//! `argo-wave-without-app-health`

use std::collections::BTreeMap;

use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::Level;
use crate::graph::{GraphView, OwnerKind, OwnerView};

use super::installation;
use crate::rules::support::mentions;

rule! {
    /// Sync waves on the Applications of an app of apps, where Argo CD does not wait for Applications.
    ///
    /// ## Why
    ///
    /// Since version 1.8, Argo CD has no health check for Applications. All of them are healthy as soon as they exist, so
    /// the waves follow one another at once, and the order that they promise is none.
    ///
    /// ## What passes
    ///
    /// - a repository that brings the health check, as `resource.customizations.health.argoproj.io_Application` of
    ///   `argocd-cm` or in the values of the chart
    ///
    /// Where nothing in the repository configures Argo CD, the health check may be elsewhere, and the finding is a note.
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: root.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: root
    /// spec:
    ///   source:
    ///     repoURL: https://github.com/acme/gitops
    ///     path: apps
    /// # file: apps/cert-manager.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: cert-manager
    ///   annotations:
    ///     argocd.argoproj.io/sync-wave: "-1"
    /// # file: apps/shop.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: shop
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: root.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: root
    /// spec:
    ///   source:
    ///     repoURL: https://github.com/acme/gitops
    ///     path: apps
    /// # file: apps/cert-manager.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: cert-manager
    ///   annotations:
    ///     argocd.argoproj.io/sync-wave: "-1"
    /// # file: apps/shop.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: shop
    /// # file: argocd/argocd-cm.yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: argocd-cm
    /// data:
    ///   resource.customizations.health.argoproj.io_Application: |
    ///     hs = {}
    ///     hs.status = obj.status.health.status
    ///     return hs
    /// ```
    ///
    /// ## References
    ///
    /// - <https://argo-cd.readthedocs.io/en/stable/operator-manual/health/#argocd-app>
    pub static RULE = "argo-wave-without-app-health" {
        level: Warning,
        precision: High,
        tags: ["argo-cd", "ordering"],
        aliases: [],
        checks: [Check::Graph(check)],
    }
}

/// The health check, in `argocd-cm` of today and of old, in values, and in the operator's resource.
const CHECKS: [&str; 4] = [
    "health.argoproj.io_Application",
    "argoproj.io/Application:",
    "group: argoproj.io\n      kind: Application",
    "resourceHealthChecks",
];

fn wave(owner: &OwnerView<'_>) -> Option<i64> {
    owner.object.annotation("argocd.argoproj.io/sync-wave")?.parse().ok()
}

fn check(graph: &GraphView<'_>, cx: &mut Cx<'_>) {
    let mut children: BTreeMap<_, Vec<OwnerView<'_>>> = BTreeMap::new();
    for owner in graph.owners().filter(|owner| owner.owner.kind == OwnerKind::Application && !owner.is_made())
    {
        if let Some(parent) = owner.parent().filter(|parent| parent.owner.kind == OwnerKind::Application) {
            children.entry(parent.id).or_default().push(owner);
        }
    }
    children.retain(|_, children| {
        let waves: Vec<i64> = children.iter().map(|child| wave(child).unwrap_or(0)).collect();
        waves.iter().any(|wave| Some(wave) != waves.first())
    });
    if children.is_empty() || mentions(cx.map(), &CHECKS) {
        return;
    }
    let is_configured = !installation::settings(cx.world(), "argocd-cm").is_empty();
    for (parent, children) in children {
        let waved = children.iter().filter(|child| wave(child).is_some());
        let Some(first) = waved.min_by_key(|child| (wave(child), child.id)) else { continue };
        let annotation = first.object.root.path(&["metadata", "annotations", "argocd.argoproj.io/sync-wave"]);
        let Some(annotation) = annotation else { continue };
        let span = graph.map.editable(annotation.span(), annotation.step()).unwrap_or(annotation.span());
        let parent = graph.owner(parent).display();
        let finding = cx.report(
            At::span(span),
            Report {
                message: format!("the sync waves of the {} Applications of {parent} order nothing", children.len()),
                why: "Argo CD has no health check for Applications: each wave is done as soon as they are created".into(),
                help: "add `resource.customizations.health.argoproj.io_Application` to `argocd-cm`".into(),
            },
        );
        finding.object = Some(first.object.object_name());
        if !is_configured {
            finding.level = finding.level.min(Level::Note);
        }
    }
}
