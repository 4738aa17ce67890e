//! `default-service-account`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::{KindName, ObjectView, PodSpec};
use crate::rules::support::{accounts, controllers};

rule! {
    /// A pod under the service account `default`.
    ///
    /// ## Why
    ///
    /// Whoever gives `default` a right gives it to every pod of the namespace that names no account.
    ///
    /// ## What is reported
    ///
    /// Pods, and a ServiceAccount `default` whose token is not switched off.
    ///
    /// ## What passes
    ///
    /// - pods that switch the token off
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
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    /// spec:
    ///   serviceAccountName: default
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
    ///   serviceAccountName: web
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/acme/web:1.8.2
    /// ```
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
    pub static RULE = "default-service-account" {
        level: Note,
        profile: Pedantic,
        security: 2.5,
        precision: VeryHigh,
        tags: ["pod-security", "rbac", "cis"],
        aliases: [Checkov "CKV_K8S_41", Kics "Default Service Account In Use", Kics "Service Account Name Undefined Or Empty", KubeLinter "default-service-account", Kubescape "C-0189", Kubesec "ServiceAccountName"],
        checks: [Check::Pod(check), Check::Object(&[ACCOUNT], check_account)],
    }
}

fn check(pod: &PodSpec<'_>, cx: &mut Cx<'_>) {
    let token = pod.spec.get("automountServiceAccountToken").and_then(|value| value.bool());
    if !pod.is_whole
        || token == Some(false)
        || accounts::name(pod) != "default"
        || controllers::is_generated(&pod.object)
    {
        return;
    }
    let named = ["serviceAccountName", "serviceAccount"].into_iter().find_map(|name| pod.spec.get(name));
    let missing = || At::missing_below(&pod.object, pod.spec, &["serviceAccountName"]);
    let report = Report {
        message: "the pod runs under the service account `default`".into(),
        why: "a right that `default` is given is a right of every pod that names no account".into(),
        help: "give the workload an account of its own, or write `automountServiceAccountToken: false`"
            .into(),
    };
    cx.report(named.map_or_else(missing, At::value), report);
}

const ACCOUNT: KindName = KindName { group: "", kind: "ServiceAccount" };

fn check_account(account: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let token = account.root.get("automountServiceAccountToken");
    if account.name() != "default" || token.and_then(|value| value.bool()) == Some(false) {
        return;
    }
    let Some(name) = account.root.path(&["metadata", "name"]) else { return };
    let report = Report {
        message: "every pod that names no account gets a token of `default`".into(),
        why: "a right that `default` is given is a right of every pod that names no account".into(),
        help: "write `automountServiceAccountToken: false` into the ServiceAccount".into(),
    };
    cx.report(At::value(token.unwrap_or(name)), report);
}
