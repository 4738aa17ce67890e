//! `dangling-persistent-volume-claim`

use crate::engine::{Check, Cx, rule};
use crate::graph::GraphView;

use super::reference::{Missing, of_pods};

rule! {
    /// A pod that mounts a claim that nothing provides.
    ///
    /// ## Why
    ///
    /// The pods stay `Pending`: the scheduler waits for the claim.
    ///
    /// ## What passes
    ///
    /// - claims that the volumeClaimTemplates of a StatefulSet or a DataVolume make
    /// - units of which a part is not rendered, and namespaces where a chart or an operator makes objects that
    ///   nobody sees here
    /// - directories of manifests without a kustomization that hold no claim at all
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
    ///       volumes:
    ///         - name: data
    ///           persistentVolumeClaim:
    ///             claimName: uploads
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: kustomization.yaml
    /// resources: [web.yaml, claim.yaml]
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
    ///       volumes:
    ///         - name: data
    ///           persistentVolumeClaim:
    ///             claimName: uploads
    /// # file: claim.yaml
    /// apiVersion: v1
    /// kind: PersistentVolumeClaim
    /// metadata:
    ///   name: uploads
    /// spec:
    ///   accessModes: [ReadWriteOnce]
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/storage/persistent-volumes/#claims-as-volumes>
    pub static RULE = "dangling-persistent-volume-claim" {
        level: Warning,
        precision: High,
        tags: ["object", "reference"],
        aliases: [],
        checks: [Check::Graph(check)],
    }
}

const MISSING: Missing = Missing {
    kind: "PersistentVolumeClaim",
    why: "its pods stay `Pending`",
    help: "add the claim to the unit",
};

fn check(_: &GraphView<'_>, cx: &mut Cx<'_>) {
    of_pods(&MISSING, |_| false, cx);
}
