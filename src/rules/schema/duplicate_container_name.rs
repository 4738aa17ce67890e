//! `duplicate-container-name`

use rustc_hash::FxHashSet;

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::PodSpec;

rule! {
    /// Two containers of a pod with the same name.
    ///
    /// ## Why
    ///
    /// The API server refuses the pod. Init containers count as well: all names in a pod are different ones.
    ///
    /// ## What passes
    ///
    /// - the same name in different pods
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
    ///     - name: web
    ///       image: ghcr.io/acme/proxy:1.0.0
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
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/acme/web:1.8.2
    ///     - name: proxy
    ///       image: ghcr.io/acme/proxy:1.0.0
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#Container>
    pub static RULE = "duplicate-container-name" {
        level: Error,
        precision: VeryHigh,
        tags: ["validity"],
        aliases: [],
        checks: [Check::Pod(check)],
    }
}

fn check(pod: &PodSpec<'_>, cx: &mut Cx<'_>) {
    let mut known = FxHashSet::default();
    for container in pod.containers() {
        let Some(name) = container.spec.get("name") else { continue };
        let text = container.name();
        if text.is_empty() || known.insert(text.clone()) {
            continue;
        }
        let report = Report {
            message: format!("two containers of {} are called `{text}`", pod.object.kind()),
            why: "the API server refuses the pod: names of containers are different in a pod".into(),
            help: "give one of them another name".into(),
        };
        cx.report(At::value(name), report);
    }
}
