//! `restart-policy-invalid`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::PodSpec;

rule! {
    /// A workload with a restart policy that its kind does not have.
    ///
    /// ## Why
    ///
    /// The API server refuses a Deployment, StatefulSet, DaemonSet, ReplicaSet or
    /// ReplicationController whose pods are not always
    /// restarted, and a Job or CronJob whose pods are, which is what they are when nothing is said.
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: batch/v1
    /// kind: Job
    /// metadata:
    ///   name: migrate
    /// spec:
    ///   template:
    ///     spec:
    ///       containers:
    ///         - name: migrate
    ///           image: ghcr.io/acme/migrate:1.0.0
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: batch/v1
    /// kind: CronJob
    /// metadata:
    ///   name: report
    /// spec:
    ///   schedule: "0 4 * * *"
    ///   jobTemplate:
    ///     spec:
    ///       template:
    ///         spec:
    ///           restartPolicy: Never
    ///           containers:
    ///             - name: report
    ///               image: ghcr.io/acme/report:1.0.0
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy>
    pub static RULE = "restart-policy-invalid" {
        level: Error,
        precision: VeryHigh,
        tags: ["workload", "validity"],
        aliases: [
            KubeLinter "restart-policy",
            KubeScore "cronjob-restartpolicy",
        ],
        checks: [Check::Pod(check)],
    }
}

fn check(pod: &PodSpec<'_>, cx: &mut Cx<'_>) {
    let object = &pod.object;
    let (group, kind) = (object.group(), object.kind());
    let ends = match (group, kind) {
        ("batch", "Job" | "CronJob") => true,
        ("apps", "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet")
        | ("", "ReplicationController") => false,
        _ => return,
    };
    let value = pod.spec.get("restartPolicy").filter(|value| !value.is_null());
    let text = value.and_then(|value| value.text());
    let is_open = text.as_ref().is_some_and(|text| text.contains(['$', '{', '<']));
    let is_wrong = match &text {
        None => ends,
        Some(text) => (text == "Always") == ends,
    };
    if !is_wrong || is_open {
        return;
    }
    let (message, help) = match (ends, &text) {
        (true, None) => (format!("the {kind} has no `restartPolicy`"), "set it to `Never` or `OnFailure`"),
        (true, Some(_)) => {
            (format!("the pods of a {kind} cannot always be restarted"), "use `Never` or `OnFailure`")
        }
        (false, _) => {
            (format!("the pods of a {kind} are always restarted"), "remove it, or set it to `Always`")
        }
    };
    let at = value.map_or_else(|| At::key(pod.spec), At::value);
    cx.report(at, Report { message, why: "the API server refuses the object".into(), help: help.into() });
}
