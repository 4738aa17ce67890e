//! `argo-sync-validation-disabled`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::ObjectView;

use super::annotation::sync_options;

rule! {
    /// Manifests that Argo CD applies without validating them.
    ///
    /// ## Why
    ///
    /// With `Validate=false`, a misspelt field is dropped in silence instead of failing the sync. The option is for the
    /// few kinds whose schema kubectl cannot check.
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: shop
    /// spec:
    ///   syncPolicy:
    ///     syncOptions: [Validate=false]
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
    ///   syncPolicy:
    ///     syncOptions: [CreateNamespace=true]
    /// ```
    ///
    /// ## References
    ///
    /// - <https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/#disable-kubectl-validation>
    pub static RULE = "argo-sync-validation-disabled" {
        level: Warning,
        precision: High,
        tags: ["argo-cd"],
        aliases: [],
        checks: [Check::Object(&[], check)],
    }
}

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    for option in sync_options(object).iter().filter(|option| option.text == "Validate=false") {
        cx.report(
            option.at(),
            Report {
                message: format!("{} `{}` is synced without validation", object.kind(), object.name()),
                why: "a misspelt field is then dropped in silence instead of failing the sync".into(),
                help: "remove `Validate=false`, or set it on the one object that needs it".into(),
            },
        );
    }
}
