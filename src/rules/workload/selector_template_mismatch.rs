//! `selector-template-mismatch`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::{KindName, ObjectView};

rule! {
    /// A workload whose selector does not match the labels of its own pods.
    ///
    /// ## Why
    ///
    /// The API server refuses it: "`selector` does not match template `labels`".
    ///
    /// ## What passes
    ///
    /// - labels that a template engine fills in
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec:
    ///   selector:
    ///     matchLabels:
    ///       app: website
    ///   template:
    ///     metadata:
    ///       labels:
    ///         app: web
    ///     spec:
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.8.2
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec:
    ///   selector:
    ///     matchLabels:
    ///       app: web
    ///   template:
    ///     metadata:
    ///       labels:
    ///         app: web
    ///     spec:
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.8.2
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#selector>
    pub static RULE = "selector-template-mismatch" {
        level: Error,
        precision: VeryHigh,
        tags: ["workload", "reference"],
        aliases: [
            KubeLinter "mismatching-selector",
            KubeScore "deployment-pod-selector-labels-match-template-metadata-labels",
            KubeScore "statefulset-pod-selector-labels-match-template-metadata-labels",
            Kubescape "C-0296",
        ],
        checks: [Check::Object(&KINDS, check)],
    }
}

const KINDS: [KindName; 4] = [
    KindName { group: "apps", kind: "Deployment" },
    KindName { group: "apps", kind: "StatefulSet" },
    KindName { group: "apps", kind: "DaemonSet" },
    KindName { group: "apps", kind: "ReplicaSet" },
];

fn check(workload: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let Some(wanted) = workload.root.path(&["spec", "selector", "matchLabels"]) else { return };
    let labels = workload.root.path(&["spec", "template", "metadata", "labels"]);
    for entry in wanted.entries() {
        let (Some(key), Some(value)) = (entry.key.text(), entry.value.text()) else { continue };
        let given = labels.and_then(|labels| labels.get(&key)).and_then(|label| label.text());
        let is_open = |text: &str| text.contains(['$', '{', '<']);
        if given.as_ref() == Some(&value)
            || is_open(&value)
            || is_open(&key)
            || given.as_deref().is_some_and(is_open)
        {
            continue;
        }
        let has = match given {
            Some(given) => format!("its pods have `{key}: {given}`"),
            None => format!("its pods have no label `{key}`"),
        };
        let report = Report {
            message: format!("the {} selects `{key}: {value}`, and {has}", workload.kind()),
            why: "the API server refuses the object".into(),
            help: "give the template every label that the selector names".into(),
        };
        cx.report(entry.value, report);
    }
}
