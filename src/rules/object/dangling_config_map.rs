//! `dangling-config-map`

use crate::engine::{Check, Cx, rule};
use crate::graph::GraphView;

use super::reference::{Missing, keys_of_pods, of_pods};

rule! {
    /// A workload that names a ConfigMap, or a key of one, that is not there.
    ///
    /// ## Why
    ///
    /// A pod whose ConfigMap does not exist stays in `CreateContainerConfigError`. The rollout hangs, and the
    /// old pods hide it.
    ///
    /// ## What passes
    ///
    /// - what another unit of the same cluster and namespace, a generator or a trust-manager Bundle provides
    /// - a reference that is `optional: true`, and names that a template fills in
    /// - units of which a part is not rendered, and namespaces where a chart or an operator makes objects that
    ///   nobody sees here
    /// - directories of manifests without a kustomization that hold no ConfigMap at all
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
    ///             - configMapRef:
    ///                 name: web-settings
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: kustomization.yaml
    /// resources: [web.yaml]
    /// configMapGenerator:
    ///   - name: web-settings
    ///     literals: [colour=red]
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
    ///             - configMapRef:
    ///                 name: web-settings
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/configuration/configmap/>
    pub static RULE = "dangling-config-map" {
        level: Warning,
        precision: High,
        tags: ["object", "reference"],
        aliases: [
            KubeLinter "env-value-from",
        ],
        checks: [Check::Graph(check)],
    }
}

/// ConfigMaps that Kubernetes and OpenShift put into every namespace.
const GIVEN: [&str; 3] = ["kube-root-ca.crt", "openshift-service-ca.crt", "istio-ca-root-cert"];

const MISSING: Missing = Missing {
    kind: "ConfigMap",
    why: "its containers do not start: the pods stay in `CreateContainerConfigError`",
    help: "add it to the unit, or say `optional: true`",
};

fn check(_: &GraphView<'_>, cx: &mut Cx<'_>) {
    of_pods(&MISSING, |name| GIVEN.contains(&name), cx);
    keys_of_pods(MISSING.kind, cx);
}
