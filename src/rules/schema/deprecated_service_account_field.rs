//! `deprecated-service-account-field`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::PodSpec;

rule! {
    /// `serviceAccount` in a pod, where `serviceAccountName` is meant.
    ///
    /// ## Why
    ///
    /// The field is an alias of old, deprecated since Kubernetes 1.0. Tools and policies that read `serviceAccountName` take
    /// the pod for one of the service account `default`, and a patch of that name wins without anybody noticing.
    ///
    /// ## What passes
    ///
    /// - both fields with the same value, which the API server writes
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    /// spec:
    ///   serviceAccount: web
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
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#PodSpec>
    pub static RULE = "deprecated-service-account-field" {
        level: Note,
        precision: VeryHigh,
        tags: ["deprecation"],
        aliases: [KubeLinter "deprecated-service-account-field", Kubescape "C-0294"],
        checks: [Check::Pod(check)],
    }
}

fn check(pod: &PodSpec<'_>, cx: &mut Cx<'_>) {
    let Some((field, account)) =
        pod.spec.get("serviceAccount").and_then(|field| Some((field, field.string()?)))
    else {
        return;
    };
    let name = pod.spec.get("serviceAccountName").and_then(|name| name.text());
    if name.as_ref() == Some(&account) {
        return;
    }
    let message = match name {
        Some(name) => {
            format!("`serviceAccount` says `{account}`, and `serviceAccountName` says `{name}`, which counts")
        }
        None => "`serviceAccount` is deprecated".to_owned(),
    };
    let report = Report {
        message,
        why: "tools and policies that read `serviceAccountName` take the pod for one of `default`".into(),
        help: "write `serviceAccountName`".into(),
    };
    cx.report(At::key(field), report);
}
