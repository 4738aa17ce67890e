//! `topology-spread-invalid`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::Level;
use crate::model::PodSpec;
use crate::yaml::Cursor;

rule! {
    /// A topology spread constraint that the API server refuses, or that counts nothing.
    ///
    /// ## Why
    ///
    /// `maxSkew`, `topologyKey` and `whenUnsatisfiable` must be there, and nothing may be less than one. Without a `labelSelector` the constraint
    /// counts no pods and does nothing.
    ///
    /// ## What is reported
    ///
    /// - **error**: a missing field, or a `maxSkew` or `minDomains` below 1
    /// - **warning**: no `labelSelector`
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
    ///       topologySpreadConstraints:
    ///         - maxSkew: 0
    ///           topologyKey: kubernetes.io/hostname
    ///           whenUnsatisfiable: DoNotSchedule
    ///           labelSelector:
    ///             matchLabels:
    ///               app: web
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.8.2
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
    ///       topologySpreadConstraints:
    ///         - maxSkew: 1
    ///           topologyKey: kubernetes.io/hostname
    ///           whenUnsatisfiable: DoNotSchedule
    ///           labelSelector:
    ///             matchLabels:
    ///               app: web
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.8.2
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/>
    pub static RULE = "topology-spread-invalid" {
        level: Error,
        precision: VeryHigh,
        tags: ["workload", "availability"],
        aliases: [
            KubeScore "pod-topology-spread-constraints",
        ],
        checks: [Check::Pod(check)],
    }
}

fn check(pod: &PodSpec<'_>, cx: &mut Cx<'_>) {
    let list = pod.spec.get("topologySpreadConstraints").into_iter().flat_map(|list| list.items());
    for item in list.filter(Cursor::is_map) {
        let refused = "the API server refuses the object";
        let is_low =
            |name: &&str| item.get(name).and_then(|value| value.int()).is_some_and(|value| value < 1);
        if let Some(name) = ["maxSkew", "minDomains"].into_iter().find(is_low)
            && let Some(value) = item.get(name)
        {
            let help = "set it to 1 or more";
            let message = format!("`{name}` is below 1");
            cx.report(value, Report { message, why: refused.into(), help: help.into() });
            continue;
        }
        let missing =
            ["maxSkew", "topologyKey", "whenUnsatisfiable"].into_iter().find(|name| item.get(name).is_none());
        let has_selector = item.get("labelSelector").is_some();
        let (name, level, why) = match missing {
            Some(name) => (name, cx.level(), refused),
            None if !has_selector => {
                ("labelSelector", cx.level().min(Level::Warning), "it counts no pods, and does nothing")
            }
            None => continue,
        };
        let Some(first) = item.entries().first().map(|entry| entry.value) else { continue };
        let report = Report {
            message: format!("the constraint has no `{name}`"),
            why: why.into(),
            help: format!("add `{name}`").into(),
        };
        cx.report(At::key(first), report).level = level;
    }
}
