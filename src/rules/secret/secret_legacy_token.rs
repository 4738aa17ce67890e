//! `secret-legacy-token`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::{KindName, ObjectView};

rule! {
    /// A Secret that makes Kubernetes write a token which never ends.
    ///
    /// ## Why
    ///
    /// A Secret of type `kubernetes.io/service-account-token` holds a token of the account for as long as it
    /// exists. It is bound to no pod, and whoever may read secrets of the namespace has it.
    ///
    /// ## What passes
    ///
    /// - other types
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Secret
    /// metadata:
    ///   name: ci
    ///   annotations:
    ///     kubernetes.io/service-account.name: ci
    /// type: kubernetes.io/service-account-token
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Secret
    /// metadata:
    ///   name: ci
    ///   annotations:
    ///     kubernetes.io/service-account.name: ci
    /// type: Opaque
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/security/service-accounts/#get-a-token>
    pub static RULE = "secret-legacy-token" {
        level: Warning,
        security: 5.0,
        precision: VeryHigh,
        tags: ["secret", "cis"],
        aliases: [Kyverno "deny-secret-service-account-token-type"],
        checks: [Check::Object(&[SECRET], check)],
    }
}

const SECRET: KindName = KindName { group: "", kind: "Secret" };

fn check(secret: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let Some(value) = secret.root.get("type") else { return };
    if value.text().is_none_or(|kind| kind != "kubernetes.io/service-account-token") {
        return;
    }
    let account = secret.annotation("kubernetes.io/service-account.name").unwrap_or_default();
    let report = Report {
        message: format!("the Secret holds a token of service account `{account}` that never ends"),
        why: "it is bound to no pod, and whoever reads secrets of the namespace has it for good".into(),
        help:
            "ask for tokens with an end: a projected volume in pods, `kubectl create token` or OIDC outside"
                .into(),
    };
    cx.report(value, report);
}
