//! `root-filesystem-writable`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::Container;
use crate::rules::support::security;

rule! {
    /// A container that can write to its root filesystem.
    ///
    /// ## Why
    ///
    /// Whoever gets into the program can replace it, leave tools, and hide. A read-only root filesystem with an
    /// `emptyDir` for what must be written leaves nothing to change.
    ///
    /// `container-not-hardened` says this together with what else a container lacks. This rule is for profiles
    /// and for those who want one finding for each.
    ///
    /// ## What passes
    ///
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
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/acme/web:1.8.2
    ///       securityContext:
    ///         readOnlyRootFilesystem: true
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/tasks/configure-pod-container/security-context/>
    pub static RULE = "root-filesystem-writable" {
        level: Note,
        profile: Named,
        security: 3.5,
        precision: VeryHigh,
        tags: ["pod-security", "nsa-cisa"],
        aliases: [Checkov "CKV_K8S_22", Gatekeeper "read-only-root-filesystem", Kics "Root Container Not Mounted Read-only", KubeLinter "no-read-only-root-fs", KubeScore "container-security-context-readonlyrootfilesystem", Kubescape "C-0017", Kubesec "ReadOnlyRootFilesystem", Kyverno "require-ro-rootfs", Polaris "notReadOnlyRootFilesystem", Trivy "KSV-0014"],
        checks: [Check::Container(check)],
    }
}

fn check(container: &Container<'_>, cx: &mut Cx<'_>) {
    if !security::is_complete(container) {
        return;
    }
    if security::writes_to_root(container, cx.options()) {
        let report = Report {
            message: format!("{} can write to its root filesystem", container.describe()),
            why: "programs and libraries in it can be replaced while it runs".into(),
            help: "write `readOnlyRootFilesystem: true`, and mount an `emptyDir` where it writes".into(),
        };
        cx.report(
            At::missing_below(
                &container.pod.object,
                container.spec,
                &["securityContext", "readOnlyRootFilesystem"],
            ),
            report,
        );
    }
}
