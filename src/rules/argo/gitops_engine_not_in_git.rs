//! `gitops-engine-not-in-git`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::graph::{GraphView, OwnerKind};

use super::installation;

rule! {
    /// Applications in a repository that neither installs nor configures Argo CD.
    ///
    /// ## Why
    ///
    /// Argo CD is then installed and configured by hand, and nobody can see from a repository which version runs, who may
    /// do what, and which clusters it knows. After a loss it is the one thing that cannot be restored from git.
    ///
    /// It may well be in another repository, so the rule is pedantic.
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: shop
    /// spec:
    ///   project: shop
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: argo-cd
    /// spec:
    ///   source:
    ///     repoURL: https://argoproj.github.io/argo-helm
    ///     chart: argo-cd
    ///     targetRevision: 7.8.0
    /// ```
    ///
    /// ## References
    ///
    /// - <https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/#manage-argo-cd-using-argo-cd>
    pub static RULE = "gitops-engine-not-in-git" {
        level: Note,
        profile: Pedantic,
        precision: Medium,
        tags: ["argo-cd"],
        aliases: [],
        checks: [Check::Graph(check)],
    }
}

fn check(graph: &GraphView<'_>, cx: &mut Cx<'_>) {
    let mut owners =
        graph.owners().filter(|owner| owner.owner.kind == OwnerKind::Application && !owner.is_made());
    let Some(first) = owners.next() else { return };
    if installation::is_here(cx.world()) {
        return;
    }
    let Some(name) = first.object.root.path(&["metadata", "name"]) else { return };
    cx.report(
        At::span(graph.map.editable(name.span(), name.step()).unwrap_or(name.span())),
        Report {
            message: "there are Applications here, and nothing that installs or configures Argo CD".into(),
            why: "its version, its permissions and its clusters are then in nobody's repository".into(),
            help: "let Argo CD manage itself: an Application for its chart or manifests, with `argocd-cm` and `argocd-rbac-cm`".into(),
        },
    );
}
