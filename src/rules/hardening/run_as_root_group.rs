//! `run-as-root-group`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::PodSpec;
use crate::rules::support::{controllers, security};

rule! {
    /// A pod in the group of root.
    ///
    /// ## Why
    ///
    /// Files of the image, and of volumes that other pods write, are often open to the group 0. A process in it
    /// may change them.
    ///
    /// ## What passes
    ///
    /// - other groups, and pods that do not say
    /// - the installation manifests of Flux and Argo CD
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    /// spec:
    ///   securityContext:
    ///     runAsUser: 10001
    ///     runAsGroup: 0
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
    ///   securityContext:
    ///     runAsUser: 10001
    ///     runAsGroup: 10001
    ///     fsGroup: 10001
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/acme/web:1.8.2
    /// ```
    pub static RULE = "run-as-root-group" {
        level: Note,
        profile: Pedantic,
        security: 3.0,
        precision: VeryHigh,
        tags: ["pod-security", "cis"],
        aliases: [Gatekeeper "fsgroup", KubeLinter "run-as-non-root", Kubescape "C-0211", Kyverno "check-supplemental-groups", Kyverno "require-non-root-groups", Trivy "KSV-0116"],
        checks: [Check::Pod(check)],
    }
}

fn check(pod: &PodSpec<'_>, cx: &mut Cx<'_>) {
    let mut places = security::places(pod, &["runAsGroup"]);
    places.extend(security::of_pod(pod, &["fsGroup"]).map(|value| ("the pod".to_owned(), value)));
    let more = security::of_pod(pod, &["supplementalGroups"]).into_iter().flat_map(|groups| groups.items());
    places.extend(more.map(|value| ("the pod".to_owned(), value)));
    for (whose, value) in places {
        if value.int() != Some(0) || controllers::is_generated(&pod.object) {
            continue;
        }
        let report = Report {
            message: format!("{whose} is in the group of root"),
            why: "it may change what is open to that group in the image and in volumes".into(),
            help: "take a group of its own".into(),
        };
        cx.report(value, report);
    }
}
