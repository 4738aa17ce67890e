//! `dangling-secret`

use crate::engine::{Check, Cx, rule};
use crate::graph::GraphView;

use super::reference::{Missing, keys_of_pods, of_pods};

rule! {
    /// A workload that names a Secret, or a key of one, that nothing provides.
    ///
    /// ## Why
    ///
    /// A pod whose Secret does not exist stays in `CreateContainerConfigError`. Many Secrets are made by hand
    /// or by a bootstrap on purpose, so this is for repositories that mean to be whole.
    ///
    /// ## What passes
    ///
    /// - what an ExternalSecret, a SealedSecret, a Certificate, a file encrypted with SOPS or a secretGenerator
    ///   provides
    /// - a reference that is `optional: true`, and names that a template fills in
    /// - units of which a part is not rendered, and namespaces where a chart or an operator makes objects that
    ///   nobody sees here
    /// - a name that is one letter off: `dangling-reference` reports it
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: kustomization.yaml
    /// resources: [web.yaml]
    /// # file: web.yaml
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
    ///           envFrom:
    ///             - secretRef:
    ///                 name: web-database
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: kustomization.yaml
    /// resources: [web.yaml, secret.yaml]
    /// # file: web.yaml
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
    ///           envFrom:
    ///             - secretRef:
    ///                 name: web-database
    /// # file: secret.yaml
    /// apiVersion: external-secrets.io/v1
    /// kind: ExternalSecret
    /// metadata:
    ///   name: web-database
    /// spec:
    ///   secretStoreRef:
    ///     name: vault
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/configuration/secret/>
    pub static RULE = "dangling-secret" {
        level: Note,
        profile: Pedantic,
        precision: Medium,
        tags: ["object", "reference"],
        aliases: [
            KubeLinter "env-value-from",
        ],
        checks: [Check::Graph(check)],
    }
}

const MISSING: Missing = Missing {
    kind: "Secret",
    why: "its containers do not start until somebody makes it by hand",
    help: "add an ExternalSecret or a SealedSecret for it, or say `optional: true`",
};

fn check(_: &GraphView<'_>, cx: &mut Cx<'_>) {
    of_pods(&MISSING, |_| false, cx);
    keys_of_pods(MISSING.kind, cx);
}
