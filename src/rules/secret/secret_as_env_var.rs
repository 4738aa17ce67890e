//! `secret-as-env-var`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::Container;

rule! {
    /// A container that gets secrets through its environment.
    ///
    /// ## Why
    ///
    /// The environment is inherited by every child process, printed by crash reports and debug pages, and never
    /// changes while the process runs. A mounted file is read by who means to, and follows the Secret.
    ///
    /// ## What passes
    ///
    /// - Secrets in volumes
    /// - values of ConfigMaps
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
    ///       env:
    ///         - name: PASSWORD
    ///           valueFrom:
    ///             secretKeyRef:
    ///               name: db
    ///               key: password
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
    ///   volumes:
    ///     - name: db
    ///       secret:
    ///         secretName: db
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/acme/web:1.8.2
    ///       volumeMounts:
    ///         - name: db
    ///           mountPath: /run/secrets/db
    ///           readOnly: true
    /// ```
    pub static RULE = "secret-as-env-var" {
        level: Note,
        profile: Pedantic,
        security: 2.0,
        precision: VeryHigh,
        tags: ["secret", "cis"],
        aliases: [Checkov "CKV_K8S_35", Kics "Secrets As Environment Variables", KubeLinter "read-secret-from-env-var", Kubescape "C-0207", Kubesec "SecretsAsEnvironmentVariables", Kyverno "disallow-secrets-from-env-vars"],
        checks: [Check::Container(check)],
    }
}

fn check(container: &Container<'_>, cx: &mut Cx<'_>) {
    let mut keys = container.env().filter_map(|variable| variable.path(&["valueFrom", "secretKeyRef"]));
    let from = container.spec.get("envFrom").into_iter().flat_map(|from| from.items());
    let mut whole = from.filter_map(|source| source.get("secretRef"));
    let Some(first) = keys.next().or_else(|| whole.next()) else { return };
    let report = Report {
        message: format!("{} gets secrets through its environment", container.describe()),
        why: "child processes inherit it, crash reports print it, and it does not follow the Secret".into(),
        help: "mount the Secret, and let the program read the file".into(),
    };
    cx.report(At::key(first), report);
}
