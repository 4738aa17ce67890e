//! `run-as-root`

use crate::engine::{Check, Cx, Report, rule};
use crate::finding::Level;
use crate::model::{ContainerList, PodSpec};
use crate::rules::support::{controllers, node_agents, security};
use crate::yaml::Cursor;

rule! {
    /// A container that is told to run as root.
    ///
    /// ## Why
    ///
    /// Root in the container is root of the node for everything that is mounted from there, and for every flaw of
    /// the kernel or the runtime. The image's own user would do in most cases.
    ///
    /// ## What passes
    ///
    /// - other users, and pods that do not say
    /// - pods with `hostUsers: false`, whose root is nobody on the node
    /// - containers that are privileged: `privileged-container` reports them
    /// - init containers, which prepare volumes as root before the program starts, and well-known agents of a
    ///   node, are a note
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
    ///   securityContext:
    ///     runAsUser: 0
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
    ///   securityContext:
    ///     runAsNonRoot: true
    ///     runAsUser: 10001
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/acme/web:1.8.2
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/security/pod-security-standards/>
    pub static RULE = "run-as-root" {
        level: Warning,
        security: 6.0,
        precision: VeryHigh,
        tags: ["pod-security", "pss-restricted", "nsa-cisa", "cis"],
        aliases: [Checkov "CKV_K8S_23", Gatekeeper "users", Kics "Container Running As Root", KubeScore "container-security-context-user-group-id", Kubescape "C-0013", Kubescape "C-0198", Kyverno "require-run-as-non-root-user", Polaris "runAsRootAllowed", Trivy "KSV-0105"],
        checks: [Check::Pod(check)],
    }
}

fn check(pod: &PodSpec<'_>, cx: &mut Cx<'_>) {
    if security::has_user_namespace(pod, cx.options()) {
        return;
    }
    if let Some(value) = security::of_pod(pod, &["runAsUser"]) {
        report(pod, "the pod", value, false, cx);
    }
    for container in pod.containers().into_iter().filter(|container| !security::is_privileged(container)) {
        if let Some(value) = security::own(&container, &["runAsUser"]) {
            let is_init = container.list == ContainerList::InitContainers;
            report(pod, &container.describe(), value, is_init, cx);
        }
    }
}

fn report(pod: &PodSpec<'_>, whose: &str, value: Cursor<'_>, is_init: bool, cx: &mut Cx<'_>) {
    if value.int() != Some(0) || controllers::is_generated(&pod.object) {
        return;
    }
    let report = Report {
        message: format!("`runAsUser: 0` makes {whose} run as root"),
        why:
            "root in the container is root for whatever it has of the node, and for every flaw of the kernel"
                .into(),
        help: "take the user that the image is built for; `fsGroup` makes volumes writable for it".into(),
    };
    let finding = cx.report(value, report);
    if is_init || node_agents::is_node_agent(pod) {
        finding.level = Level::Note;
    }
}
