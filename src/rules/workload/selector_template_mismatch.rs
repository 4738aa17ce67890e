//! `selector-template-mismatch`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::{KindName, ObjectView};
use crate::rules::support::selector::fulfils;
use crate::yaml::Cursor;

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

const KINDS: [KindName; 6] = [
    KindName { group: "", kind: "ReplicationController" },
    KindName { group: "apps", kind: "DaemonSet" },
    KindName { group: "apps", kind: "Deployment" },
    KindName { group: "apps", kind: "ReplicaSet" },
    KindName { group: "apps", kind: "StatefulSet" },
    KindName { group: "apps.openshift.io", kind: "DeploymentConfig" },
];

fn check(workload: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let Some(selector) = workload.root.path(&["spec", "selector"]) else { return };
    let labels = workload.root.path(&["spec", "template", "metadata", "labels"]);
    let given = |key: &str| labels.and_then(|labels| labels.get(key)).and_then(|label| label.text());
    let is_open = |text: &str| text.contains(['$', '{', '<']);
    // The older kinds select by labels alone, without a name for them.
    let is_plain = matches!(workload.kind(), "ReplicationController" | "DeploymentConfig");
    let wanted = if is_plain { Some(selector) } else { selector.get("matchLabels") };
    for entry in wanted.into_iter().flat_map(|wanted| wanted.entries()) {
        let (Some(key), Some(value)) = (entry.key.text(), entry.value.text()) else { continue };
        let given = given(&key);
        if given.as_ref() == Some(&value)
            || is_open(&value)
            || is_open(&key)
            || given.as_deref().is_some_and(is_open)
        {
            continue;
        }
        let wants = format!("selects `{key}: {value}`");
        report(workload, entry.value, &wants, &key, given.as_deref(), cx);
    }
    let expressions = if is_plain { None } else { selector.get("matchExpressions") };
    for expression in expressions.into_iter().flat_map(|list| list.items()) {
        let text = |name: &str| expression.get(name).and_then(|value| value.text());
        let (Some(key), Some(operator)) = (text("key"), text("operator")) else { continue };
        let given = given(&key);
        let values = expression.get("values").into_iter().flat_map(|values| values.items());
        let is_filled_in = values.filter_map(|value| value.text()).any(|value| is_open(&value));
        let holds = fulfils(expression, |_| given.as_deref());
        if holds || is_filled_in || is_open(&key) || given.as_deref().is_some_and(is_open) {
            continue;
        }
        let wants = format!("selects by `{operator}` of `{key}`");
        report(workload, expression, &wants, &key, given.as_deref(), cx);
    }
}

fn report(
    workload: &ObjectView<'_>,
    at: Cursor<'_>,
    wants: &str,
    key: &str,
    given: Option<&str>,
    cx: &mut Cx<'_>,
) {
    let has = match given {
        Some(given) => format!("its pods have `{key}: {given}`"),
        None => format!("its pods have no label `{key}`"),
    };
    let report = Report {
        message: format!("the {} {wants}, and {has}", workload.kind()),
        why: "the API server refuses the object".into(),
        help: "let the labels of the template fulfil everything that the selector asks for".into(),
    };
    cx.report(at, report);
}
