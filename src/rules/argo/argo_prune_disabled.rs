//! `argo-prune-disabled`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::ObjectView;

use super::application::{Application, KINDS};
use super::sync_policy;

rule! {
    /// An Argo CD Application with automated sync that never deletes.
    ///
    /// ## Why
    ///
    /// Without `prune`, an object that is deleted from the repository keeps running in the cluster, and nobody
    /// sees it in the repository any more.
    ///
    /// ## What passes
    ///
    /// - an Application without `automated`: `argo-automated-sync-disabled` is about those
    /// - objects kept on purpose with the annotation `argocd.argoproj.io/sync-options: Prune=false`
    /// - values that a template fills in
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
    ///   syncPolicy:
    ///     automated: {}
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: shop
    /// spec:
    ///   project: shop
    ///   syncPolicy:
    ///     automated:
    ///       prune: true
    ///       selfHeal: true
    /// ```
    ///
    /// ## References
    ///
    /// - <https://argo-cd.readthedocs.io/en/stable/user-guide/auto_sync/#automatic-pruning>
    pub static RULE = "argo-prune-disabled" {
        level: Warning,
        precision: VeryHigh,
        tags: ["argo-cd", "drift"],
        aliases: [],
        checks: [Check::Object(KINDS, check)],
    }
}

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let Some(application) = Application::new(object) else { return };
    let Some(off) = sync_policy::disabled(&application, "prune") else { return };
    let at = match off {
        Some(value) => At::value(value),
        None => At::missing_below(object, application.root, &["spec", "syncPolicy", "automated", "prune"]),
    };
    cx.report(
        at,
        Report {
            message: format!("{} syncs by itself without `prune`", application.name),
            why: "what is deleted from the repository keeps running in the cluster".into(),
            help: "set `prune: true`; keep single objects with the annotation `argocd.argoproj.io/sync-options: Prune=false`".into(),
        },
    );
}
