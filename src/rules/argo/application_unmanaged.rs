//! `application-unmanaged`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::graph::{GraphView, OwnerKind, OwnerView, Status};

rule! {
    /// An Argo CD Application that nothing in the repository creates, beside others that an app of apps creates.
    ///
    /// ## Why
    ///
    /// Somebody has to apply it by hand, now and after every change. A new cluster comes up without it.
    ///
    /// ## What passes
    ///
    /// - up to three Applications or ApplicationSets without an owner: those are the roots
    /// - those that create Applications themselves
    /// - a repository without an app of apps, and one where an Application reads something that cannot be followed: what
    ///   creates them may be there
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: root.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata: {name: root}
    /// spec: {source: {repoURL: https://github.com/acme/gitops, path: apps}}
    /// # file: apps/shop.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata: {name: shop}
    /// spec: {project: shop}
    /// # file: more/a.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata: {name: a}
    /// spec: {project: shop}
    /// # file: more/b.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata: {name: b}
    /// spec: {project: shop}
    /// # file: more/c.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata: {name: c}
    /// spec: {project: shop}
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: root.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata: {name: root}
    /// spec: {source: {repoURL: https://github.com/acme/gitops, path: apps}}
    /// # file: apps/shop.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata: {name: shop}
    /// spec: {project: shop}
    /// # file: apps/a.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata: {name: a}
    /// spec: {project: shop}
    /// ```
    ///
    /// ## References
    ///
    /// - <https://argo-cd.readthedocs.io/en/stable/operator-manual/cluster-bootstrapping/>
    pub static RULE = "application-unmanaged" {
        level: Warning,
        precision: Medium,
        tags: ["argo-cd", "ownership"],
        aliases: [],
        checks: [Check::Graph(check)],
    }
}

/// As many roots are normal.
const ROOTS: usize = 3;

fn check(graph: &GraphView<'_>, cx: &mut Cx<'_>) {
    let argo = graph.owners().filter(|owner| !owner.owner.kind.is_flux());
    let (children, alone): (Vec<OwnerView<'_>>, Vec<OwnerView<'_>>) =
        argo.partition(|owner| owner.owner.parent.is_some());
    let has_root = children.iter().any(|child| {
        child
            .parent()
            .is_some_and(|parent| parent.owner.kind == OwnerKind::Application || parent.owner.kind.is_flux())
    });
    if !has_root || alone.len() <= ROOTS {
        return;
    }
    // Applications that could not be followed may create any of the others.
    let is_open = |owner: &OwnerView<'_>| {
        owner.deliveries().any(|(delivery, unit)| {
            matches!(delivery.status, Status::Unverifiable(_))
                || unit.is_some_and(|unit| unit.partial || unit.failed)
        })
    };
    if graph.owners().any(|owner| is_open(&owner)) {
        return;
    }
    let creates = |owner: &OwnerView<'_>| {
        owner.owner.kind == OwnerKind::ApplicationSet
            || children.iter().any(|child| child.owner.parent == Some(owner.id))
    };
    for owner in alone.iter().filter(|owner| !creates(owner)) {
        let Some(name) = owner.object.root.path(&["metadata", "name"]) else { continue };
        let span = graph.map.editable(name.span(), name.step()).unwrap_or(name.span());
        let finding = cx.report(
            At::span(span),
            Report {
                message: format!("nothing in the repository creates {}", owner.display()),
                why: "somebody has to apply it by hand, and again after every change".into(),
                help: "move it to where an app of apps reads, or apply its directory with one".into(),
            },
        );
        finding.object = Some(owner.object.object_name());
    }
}
