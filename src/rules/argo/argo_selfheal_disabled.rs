//! `argo-selfheal-disabled`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::ObjectView;

use super::application::{Application, KINDS};
use super::sync_policy;

rule! {
    /// An Argo CD Application with automated sync that leaves changes in the cluster alone.
    ///
    /// ## Why
    ///
    /// Without `selfHeal`, Argo CD syncs when the repository changes and only then. What somebody changes in the
    /// cluster stays until the next commit, and the repository does not describe what runs.
    ///
    /// ## What passes
    ///
    /// - an Application without `automated`: `argo-automated-sync-disabled` is about those
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
    ///     automated:
    ///       prune: true
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
    /// - <https://argo-cd.readthedocs.io/en/stable/user-guide/auto_sync/#automatic-self-healing>
    pub static RULE = "argo-selfheal-disabled" {
        level: Warning,
        precision: VeryHigh,
        tags: ["argo-cd", "drift"],
        aliases: [],
        checks: [Check::Object(KINDS, check)],
    }
}

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let Some(application) = Application::new(object) else { return };
    let Some(off) = sync_policy::disabled(&application, "selfHeal") else { return };
    let at = match off {
        Some(value) => At::value(value),
        None => At::missing_below(object, application.root, &["spec", "syncPolicy", "automated", "selfHeal"]),
    };
    cx.report(
        at,
        Report {
            message: format!("{} syncs by itself without `selfHeal`", application.name),
            why: "what somebody changes in the cluster stays until the next commit".into(),
            help: "set `selfHeal: true`; list fields that others own in `ignoreDifferences`".into(),
        },
    );
}
