//! `argo-skip-reconcile-committed`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::ObjectView;

use super::annotation::annotation;
use super::application::KINDS;

rule! {
    /// An Argo CD Application that is told not to be reconciled.
    ///
    /// ## Why
    ///
    /// With the annotation `skip-reconcile`, the controller does not look at the Application at all: no sync, no health,
    /// no drift. It is meant for an incident, and in the repository it stays.
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: shop
    ///   annotations:
    ///     argocd.argoproj.io/skip-reconcile: "true"
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: shop
    /// ```
    ///
    /// ## References
    ///
    /// - <https://argo-cd.readthedocs.io/en/stable/user-guide/skip_reconcile/>
    pub static RULE = "argo-skip-reconcile-committed" {
        level: Warning,
        precision: VeryHigh,
        tags: ["argo-cd", "drift"],
        aliases: [],
        checks: [Check::Object(KINDS, check)],
    }
}

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    for value in annotation(object, "argocd.argoproj.io/skip-reconcile") {
        if value.text().is_some_and(|text| text == "true") {
            cx.report(
                At::value(value),
                Report {
                    message: format!("{} `{}` is committed as not reconciled", object.kind(), object.name()),
                    why: "Argo CD does not sync it, and shows neither its health nor its drift".into(),
                    help: "remove the annotation; to pause for a while, set it in the cluster".into(),
                },
            );
        }
    }
}
