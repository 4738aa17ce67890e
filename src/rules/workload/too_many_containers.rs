//! `too-many-containers`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::PodSpec;

rule! {
    /// A pod with more containers than the configuration allows.
    ///
    /// ## Why
    ///
    /// They are scheduled, started and stopped together, and scaled together.
    ///
    /// ## What is reported
    ///
    /// Pods with more `containers` than `conventions.max-containers`. Without that the rule reports nothing.
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: plimsoll.yaml
    /// conventions:
    ///   max-containers: 1
    /// # file: web.yaml
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
    ///         - name: api
    ///           image: ghcr.io/acme/api:1.8.2
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: plimsoll.yaml
    /// conventions:
    ///   max-containers: 1
    /// # file: web.yaml
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
    /// - <https://kubernetes.io/docs/concepts/workloads/pods/>
    pub static RULE = "too-many-containers" {
        level: Note,
        profile: Pedantic,
        precision: High,
        tags: ["workload", "configuration"],
        aliases: [],
        checks: [Check::Pod(check)],
    }
}

fn check(pod: &PodSpec<'_>, cx: &mut Cx<'_>) {
    let Some(most) = cx.options().conventions.max_containers else { return };
    let Some(containers) = pod.spec.get("containers") else { return };
    let count = containers.items().count();
    if count <= most as usize {
        return;
    }
    let report = Report {
        message: format!("the pod has {count} containers, and the configuration allows {most}"),
        why: "they are scheduled, started and scaled together".into(),
        help: "run what can be scaled alone in a workload of its own".into(),
    };
    cx.report(At::key(containers), report);
}
