//! `service-account-token-automount`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::PodSpec;
use crate::rules::support::accounts::{self, Accounts};
use crate::rules::support::controllers;

rule! {
    /// A pod that gets an API token which nothing gives rights.
    ///
    /// ## Why
    ///
    /// Every pod gets a token of its service account. That of `default` is good for nothing but to find out what
    /// the cluster lets everybody do, and whoever gets into the program has it.
    ///
    /// `container-not-hardened` says this together with what else a container lacks. This rule is for profiles
    /// and for those who want one finding for each.
    ///
    /// ## What passes
    ///
    /// - other service accounts that the repository does not hold: somebody named one because the pod asks the API
    /// - accounts that a binding of the repository gives rights
    /// - `automountServiceAccountToken: false`, in the pod, or in the ServiceAccount where the pod says nothing
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
    ///   automountServiceAccountToken: false
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/acme/web:1.8.2
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/>
    pub static RULE = "service-account-token-automount" {
        level: Note,
        profile: Named,
        security: 3.5,
        precision: High,
        tags: ["pod-security", "nsa-cisa", "cis"],
        aliases: [Checkov "CKV_K8S_38", Gatekeeper "automount-serviceaccount-token", Kics "Service Account Token Automount Not Disabled", Kubescape "C-0034", Kubescape "C-0190", Kubescape "C-0261", Kubesec "AutomountServiceAccountToken", Kyverno "restrict-automount-sa-token", Polaris "automountServiceAccountToken", Trivy "KSV-0036"],
        checks: [Check::Around(&Check::Pod(check))],
    }
}

fn check(pod: &PodSpec<'_>, cx: &mut Cx<'_>) {
    if !pod.is_whole || controllers::is_generated(&pod.object) {
        return;
    }
    let written = pod.spec.get("automountServiceAccountToken");
    let (name, accounts) = (accounts::name(pod), Accounts::of(cx));
    let is_mounted = match written {
        Some(value) => value.bool() == Some(true),
        None => !accounts.is_token_off(pod),
    };
    if !is_mounted || accounts.is_bound(pod) || name != "default" && !accounts.is_written(pod) {
        return;
    }
    let report = Report {
        message: format!("the pod gets a token of the service account `{name}`"),
        why: "nothing gives the account rights, and whoever gets into the program has its token".into(),
        help: "write `automountServiceAccountToken: false`".into(),
    };
    let missing = || At::missing_below(&pod.object, pod.spec, &["automountServiceAccountToken"]);
    cx.report(written.map_or_else(missing, At::value), report);
}

/// Whether the pod gets a token of an account that nothing gives rights.
pub(super) fn has_idle_token(pod: &PodSpec<'_>, cx: &Cx<'_>) -> bool {
    if pod.spec.get("automountServiceAccountToken").is_some() || accounts::name(pod) != "default" {
        return false;
    }
    let accounts = Accounts::of(cx);
    !accounts.is_token_off(pod) && !accounts.is_bound(pod)
}
