//! `run-as-non-root-not-enforced`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::{Container, PodSpec};
use crate::rules::support::security;
use crate::yaml::Cursor;

rule! {
    /// A container that runs as whatever user its image says, root most of the time.
    ///
    /// ## Why
    ///
    /// `runAsNonRoot: true` makes the kubelet refuse an image that would run as root. Without it, root in the
    /// container is one flaw away from root on the node.
    ///
    /// `container-not-hardened` says this together with what else a container lacks. This rule is for profiles
    /// and for those who want one finding for each.
    ///
    /// ## What passes
    ///
    /// - a `runAsUser` other than 0; `run-as-root` reports 0
    /// - pods with `hostUsers: false`, whose root is nobody on the node, from Kubernetes 1.35 on
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
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/acme/web:1.8.2
    ///       securityContext:
    ///         runAsNonRoot: true
    /// ```
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    /// spec:
    ///   securityContext:
    ///     runAsUser: 10001
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/acme/web:1.8.2
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted>
    pub static RULE = "run-as-non-root-not-enforced" {
        level: Warning,
        profile: Named,
        security: 5.0,
        precision: VeryHigh,
        tags: ["pod-security", "pss-restricted", "nsa-cisa", "cis"],
        aliases: [Checkov "CKV_K8S_23", Gatekeeper "users", Kics "Container Running As Root", KubeLinter "run-as-non-root", Kubescape "C-0013", Kubesec "RunAsNonRoot", Kyverno "require-run-as-nonroot", Polaris "runAsRootAllowed", Trivy "KSV-0012"],
        checks: [Check::Container(check), Check::Pod(of_pod)],
    }
}

fn of_pod(pod: &PodSpec<'_>, cx: &mut Cx<'_>) {
    let denied = security::of_pod(pod, &["runAsNonRoot"]).filter(|value| value.bool() == Some(false));
    if let Some(value) = denied.filter(|_| !security::has_user_namespace(pod, cx.options())) {
        deny("the pod", value, cx);
    }
}

fn deny(whose: &str, value: Cursor<'_>, cx: &mut Cx<'_>) {
    let report = Report {
        message: format!("`runAsNonRoot: false` lets {whose} run as root"),
        why: "namespaces that enforce `restricted` refuse the pod".into(),
        help: "write `runAsNonRoot: true`".into(),
    };
    cx.report(value, report);
}

fn check(container: &Container<'_>, cx: &mut Cx<'_>) {
    if !security::is_complete(container) {
        return;
    }
    let denied = security::own(container, &["runAsNonRoot"]);
    if let Some(value) = denied.filter(|value| value.bool() == Some(false))
        && !security::has_user_namespace(&container.pod, cx.options())
    {
        deny(&container.describe(), value, cx);
        return;
    }
    if security::may_be_root(container, cx.options()) {
        let report = Report {
            message: format!("{} may run as root", container.describe()),
            why: "nothing refuses an image whose user is root, and a flaw of the runtime then gives away the node".into(),
            help: "write `runAsNonRoot: true`, for the pod or the container".into(),
        };
        cx.report(
            At::missing_below(&container.pod.object, container.spec, &["securityContext", "runAsNonRoot"]),
            report,
        );
    }
}
