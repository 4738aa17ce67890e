//! `liveness-probe-missing`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::Container;
use crate::rules::support::{controllers, rollout};

use super::resources;

rule! {
    /// A container that runs on without a liveness probe.
    ///
    /// ## Why
    ///
    /// A program that hangs stays as it is until somebody notices.
    ///
    /// ## What passes
    ///
    /// - Jobs and bare Pods, containers that prepare something, and the installation manifests of Flux and Argo
    ///   CD
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec:
    ///   template:
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
    ///           livenessProbe:
    ///             httpGet:
    ///               path: /live
    ///               port: 8080
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/#liveness-probe>
    pub static RULE = "liveness-probe-missing" {
        level: Note,
        profile: Pedantic,
        precision: High,
        tags: ["workload", "availability"],
        aliases: [
            Checkov "CKV_K8S_8",
            Kics "Liveness Probe Is Not Defined",
            KubeLinter "no-liveness-probe",
            KubeScore "pod-probes",
            Kubescape "C-0056",
            Polaris "livenessProbeMissing",
        ],
        checks: [Check::Container(check)],
    }
}

fn check(container: &Container<'_>, cx: &mut Cx<'_>) {
    let object = &container.pod.object;
    if container.spec.get("livenessProbe").is_some()
        || !resources::is_asked(container)
        || !rollout::runs_on(object)
        || controllers::is_generated(object)
    {
        return;
    }
    let report = Report {
        message: format!("{} has no liveness probe", container.describe()),
        why: "a program that hangs stays so until somebody notices".into(),
        help: "add a `livenessProbe` that fails when only a restart helps".into(),
    };
    cx.report(At::missing_below(object, container.spec, &["livenessProbe"]), report);
}
