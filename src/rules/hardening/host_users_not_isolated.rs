//! `host-users-not-isolated`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::PodSpec;
use crate::rules::support::{controllers, security};

rule! {
    /// A pod whose users are those of its node.
    ///
    /// ## Why
    ///
    /// With `hostUsers: false` root in the pod is nobody on the node, which turns most ways out of a container
    /// into nothing. Kubernetes supports it by default from 1.33 on.
    ///
    /// ## What passes
    ///
    /// - `hostUsers` written out
    /// - pods with `hostNetwork`, `hostPID` or `hostIPC`, and privileged containers, which cannot have it
    /// - pods that say that they run on Windows
    /// - the templates of Argo Workflows and the tasks of Tekton, which get their security contexts from
    ///   elsewhere, too
    /// - the installation manifests of Flux and Argo CD
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
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    /// spec:
    ///   hostUsers: false
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/acme/web:1.8.2
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/workloads/pods/user-namespaces/>
    pub static RULE = "host-users-not-isolated" {
        level: Note,
        profile: Pedantic,
        security: 1.0,
        precision: VeryHigh,
        tags: ["pod-security", "isolation"],
        aliases: [Kubesec "HostUsers"],
        checks: [Check::Pod(check)],
    }
}

fn check(pod: &PodSpec<'_>, cx: &mut Cx<'_>) {
    let has = |field: &str| pod.spec.get(field).and_then(|value| value.bool()) == Some(true);
    if !pod.is_whole
        || pod.spec.get("hostUsers").is_some()
        || ["hostNetwork", "hostPID", "hostIPC"].into_iter().any(has)
        || pod.containers().iter().any(security::is_privileged)
        || security::is_windows(pod, cx.options())
        || controllers::is_generated(&pod.object)
    {
        return;
    }
    let report = Report {
        message: "root in the pod is root on the node".into(),
        why: "a flaw of the runtime gives away the node".into(),
        help: "try `hostUsers: false`; it needs Linux 6.3 and a runtime that knows it".into(),
    };
    cx.report(At::missing_below(&pod.object, pod.spec, &["hostUsers"]), report);
}
