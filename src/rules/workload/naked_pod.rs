//! `naked-pod`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::{KindName, ObjectView};

rule! {
    /// A Pod that nothing runs again.
    ///
    /// ## Why
    ///
    /// When its node goes or the pod is evicted, it is gone for good. Its image cannot be changed by a rollout.
    ///
    /// ## What passes
    ///
    /// - hooks of Argo CD and Helm, tests, and pods that end by themselves (`restartPolicy: Never` or
    ///   `OnFailure`)
    /// - static pods in `kube-system`
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    /// spec:
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/acme/web:1.8.2
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
    /// - <https://kubernetes.io/docs/concepts/configuration/overview/#naked-pods-vs-replicasets-deployments-and-jobs>
    pub static RULE = "naked-pod" {
        level: Warning,
        precision: High,
        tags: ["workload", "availability"],
        aliases: [
            Kubescape "C-0073",
        ],
        checks: [Check::Object(&[POD], check)],
    }
}

const POD: KindName = KindName { group: "", kind: "Pod" };

fn check(pod: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let hooks = ["argocd.argoproj.io/hook", "helm.sh/hook"];
    let is_hook = hooks.iter().any(|hook| pod.annotation(hook).is_some());
    let policy = pod.root.path(&["spec", "restartPolicy"]).and_then(|policy| policy.text());
    let ends = policy.is_some_and(|policy| policy != "Always");
    let is_static = pod.namespace().is_some_and(|namespace| namespace == "kube-system");
    let Some(name) = pod.root.path(&["metadata", "name"]).filter(|_| !is_hook && !ends && !is_static) else {
        return;
    };
    let report = Report {
        message: format!("nothing runs the Pod `{}` again", pod.name()),
        why: "when its node goes it is gone for good, and no rollout can change it".into(),
        help: "make it a Deployment, or a Job if it ends".into(),
    };
    cx.report(name, report);
}
