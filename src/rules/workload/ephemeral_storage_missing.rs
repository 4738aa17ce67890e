//! `ephemeral-storage-missing`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::Container;
use crate::rules::support::controllers;

use super::resources;

rule! {
    /// A container that says nothing of the disk of its node that it uses.
    ///
    /// ## Why
    ///
    /// Logs and temporary files fill the disk of the node, and pods that did nothing wrong are evicted.
    ///
    /// ## What passes
    ///
    /// - a limit, a LimitRange in the namespace, `resources` of the pod
    ///
    /// ## Bad
    ///
    /// ```yaml
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
    ///           resources:
    ///             requests:
    ///               memory: 64Mi
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
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
    ///           resources:
    ///             limits:
    ///               ephemeral-storage: 1Gi
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#local-ephemeral-storage>
    pub static RULE = "ephemeral-storage-missing" {
        level: Note,
        profile: Pedantic,
        precision: High,
        tags: ["workload", "resources"],
        aliases: [
            KubeScore "container-ephemeral-storage-request-and-limit",
        ],
        checks: [Check::Around(&Check::Container(check))],
    }
}

fn check(container: &Container<'_>, cx: &mut Cx<'_>) {
    let object = &container.pod.object;
    if !resources::is_asked(container)
        || resources::limit(container, "ephemeral-storage").is_some()
        || resources::is_said_elsewhere(container, cx.world())
        || controllers::is_generated(object)
    {
        return;
    }
    let report = Report {
        message: match resources::request(container, "ephemeral-storage") {
            Some(_) => format!("{} requests ephemeral storage and does not limit it", container.describe()),
            None => format!("{} neither requests nor limits ephemeral storage", container.describe()),
        },
        why: "what it writes may fill the disk of its node".into(),
        help: "set `resources.limits.ephemeral-storage`".into(),
    };
    cx.report(
        At::missing_below(object, container.spec, &["resources", "limits", "ephemeral-storage"]),
        report,
    );
}
