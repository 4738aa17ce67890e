//! `image-registry-deprecated`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::Container;
use crate::rules::support::{controllers, images};

rule! {
    /// An image from a registry that is frozen or gone.
    ///
    /// ## Why
    ///
    /// Frozen registries get no new versions, so no fixes, and go away: then a node that does not have the image
    /// cannot start the pod.
    ///
    /// ## What passes
    ///
    /// - their successors: `registry.k8s.io`, `ghcr.io`
    /// - text that a tool fills in first
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
    ///       image: k8s.gcr.io/ingress-nginx/controller:v1.9.4
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
    ///       image: registry.k8s.io/ingress-nginx/controller:v1.12.1
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/blog/2023/02/06/k8s-gcr-io-freeze-announcement/>
    pub static RULE = "image-registry-deprecated" {
        level: Warning,
        security: 4.0,
        precision: VeryHigh,
        tags: ["image", "supply-chain"],
        aliases: [Kubescape "C-0253", Kyverno "restrict-deprecated-registry"],
        checks: [Check::Container(check)],
    }
}

/// Repositories with what lies below them, and what to take instead.
const FROZEN: [(&str, &str); 9] = [
    ("k8s.gcr.io", "`registry.k8s.io`"),
    ("gcr.io/google_containers", "`registry.k8s.io`"),
    ("gcr.io/google-containers", "`registry.k8s.io`"),
    ("us.gcr.io/k8s-artifacts-prod", "`registry.k8s.io`"),
    ("quay.io/kubernetes-ingress-controller", "`registry.k8s.io/ingress-nginx`"),
    ("docker.pkg.github.com", "`ghcr.io`"),
    ("registry.centos.org", "`quay.io/centos`"),
    ("docker.io/bitnamilegacy", "the image of the project itself, or Bitnami's secure images"),
    ("docker.io/weaveworks", "the images of the projects' new owners"),
];

fn check(container: &Container<'_>, cx: &mut Cx<'_>) {
    let Some(value) = container.image() else { return };
    let Some(text) = value.text() else { return };
    let Some(image) = images::known(&text) else { return };
    let name = images::canonical(&image);
    let Some((place, instead)) = FROZEN.iter().find(|(place, _)| images::is_below(&name, place)) else {
        return;
    };
    if controllers::is_generated(&container.pod.object) {
        return;
    }
    let report = Report {
        message: format!("image `{text}` of {} comes from `{place}`, which is frozen", container.describe()),
        why: "no fixes arrive there, and when it goes away a new node cannot start the pod".into(),
        help: format!("take it from {instead}").into(),
    };
    cx.report(At::part(value, 0, image.name().len()), report);
}
