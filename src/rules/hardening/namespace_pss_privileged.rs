//! `namespace-pss-privileged`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::{KindName, ObjectView};

rule! {
    /// A Namespace that allows privileged pods by its label.
    ///
    /// ## Why
    ///
    /// `pod-security.kubernetes.io/enforce: privileged` switches the Pod Security Standards off for the
    /// namespace, also where the cluster's default is stricter. Whoever may create pods there owns the nodes.
    ///
    /// ## What passes
    ///
    /// - `baseline` and `restricted`
    /// - namespaces whose names begin with `kube-`
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata:
    ///   name: shop
    ///   labels:
    ///     pod-security.kubernetes.io/enforce: privileged
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
    ///     pod-security.kubernetes.io/enforce: baseline
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/security/pod-security-admission/>
    pub static RULE = "namespace-pss-privileged" {
        level: Note,
        security: 5.0,
        precision: High,
        tags: ["pod-security", "namespace", "cis"],
        aliases: [Kubescape "C-0192", Kyverno "deny-privileged-profile"],
        checks: [Check::Object(&[NAMESPACE], check)],
    }
}

const NAMESPACE: KindName = KindName { group: "", kind: "Namespace" };
const LABEL: &str = "pod-security.kubernetes.io/enforce";

fn check(namespace: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let labels = namespace.root.path(&["metadata", "labels"]);
    let Some(value) = labels.and_then(|labels| labels.get(LABEL)) else { return };
    if value.text().is_none_or(|level| level != "privileged") || namespace.name().starts_with("kube-") {
        return;
    }
    let report = Report {
        message: format!("Namespace `{}` allows privileged pods", namespace.name()),
        why: "whoever may create pods there owns the nodes they run on".into(),
        help: "enforce `baseline`; keep agents of the node in a namespace with nothing else".into(),
    };
    cx.report(value, report);
}
