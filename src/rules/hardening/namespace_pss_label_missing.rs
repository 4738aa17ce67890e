//! `namespace-pss-label-missing`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::{KindName, ObjectView};
use crate::rules::support::controllers;

rule! {
    /// A Namespace that enforces no Pod Security level.
    ///
    /// ## Why
    ///
    /// Without `pod-security.kubernetes.io/enforce` the API server admits every pod, privileged ones included,
    /// unless its configuration says otherwise.
    ///
    /// ## What passes
    ///
    /// - any value of the label; `namespace-pss-privileged` reports `privileged`
    /// - namespaces whose names begin with `kube-`
    /// - a Namespace of a base to which an overlay adds the label
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata:
    ///   name: shop
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata:
    ///   name: shop
    ///   labels:
    ///     pod-security.kubernetes.io/enforce: restricted
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/security/pod-security-admission/>
    pub static RULE = "namespace-pss-label-missing" {
        level: Note,
        profile: Pedantic,
        security: 3.0,
        precision: VeryHigh,
        tags: ["pod-security", "namespace", "cis"],
        aliases: [Kubescape "C-0192", Kubescape "C-0193", Kubescape "C-0194", Kubescape "C-0195", Kubescape "C-0196", Kubescape "C-0197", Kubescape "C-0198", Kubescape "C-0199", Kubescape "C-0200", Kubescape "C-0201", Kubescape "C-0202", Kubescape "C-0203", Kubescape "C-0204", Kyverno "add-psa-labels"],
        checks: [Check::Object(&[NAMESPACE], check)],
    }
}

const NAMESPACE: KindName = KindName { group: "", kind: "Namespace" };
const LABEL: &str = "pod-security.kubernetes.io/enforce";

fn check(namespace: &ObjectView<'_>, cx: &mut Cx<'_>) {
    if namespace.label(LABEL).is_some()
        || namespace.name().starts_with("kube-")
        || controllers::is_generated(namespace)
    {
        return;
    }
    let report = Report {
        message: format!("Namespace `{}` enforces no Pod Security level", namespace.name()),
        why: "the API server admits every pod there, privileged ones included".into(),
        help: "add the label `pod-security.kubernetes.io/enforce: baseline`, or `restricted`".into(),
    };
    cx.report(At::missing(namespace, &["metadata", "labels", LABEL]), report);
}
