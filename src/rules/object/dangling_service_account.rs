//! `dangling-service-account`

use crate::engine::{Check, Cx, rule};
use crate::graph::GraphView;

use super::reference::{Missing, of_pods};

rule! {
    /// A workload that runs as a ServiceAccount that nothing provides.
    ///
    /// ## Why
    ///
    /// Pods of an account that does not exist are never created; only the events of the ReplicaSet say so.
    ///
    /// ## What passes
    ///
    /// - `default`, which every namespace has, and the accounts that OpenShift gives to every project
    /// - units that hold no ServiceAccount at all, or of which a part is not rendered, and namespaces where a
    ///   chart or an operator makes objects that nobody sees here
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
    ///       serviceAccountName: uploader
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.8.2
    /// ---
    /// apiVersion: v1
    /// kind: ServiceAccount
    /// metadata:
    ///   name: web
    /// ```
    ///
    /// ## Good
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
    ///       serviceAccountName: uploader
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.8.2
    /// ---
    /// apiVersion: v1
    /// kind: ServiceAccount
    /// metadata:
    ///   name: uploader
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/>
    pub static RULE = "dangling-service-account" {
        level: Warning,
        precision: High,
        tags: ["object", "reference"],
        aliases: [
            KubeLinter "non-existent-service-account",
            Kubescape "C-0307",
        ],
        checks: [Check::Graph(check)],
    }
}

/// Accounts that are in every namespace, of Kubernetes and of OpenShift.
const GIVEN: [&str; 4] = ["default", "builder", "deployer", "pipeline"];

const MISSING: Missing = Missing {
    kind: "ServiceAccount",
    why: "its pods are never created, and only events say so",
    help: "add the ServiceAccount to the unit",
};

fn check(_: &GraphView<'_>, cx: &mut Cx<'_>) {
    of_pods(&MISSING, |name| GIVEN.contains(&name), cx);
}
