//! `image-pull-policy-stale`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::Container;
use crate::rules::support::{controllers, images};

rule! {
    /// A moving image that nodes do not pull again.
    ///
    /// ## Why
    ///
    /// The tag is `latest` or missing, so the image changes; and with `IfNotPresent` every node keeps the one
    /// that it happened to pull first. Which program a pod runs depends on the node.
    ///
    /// ## What passes
    ///
    /// - `Never`: somebody puts the image on the nodes
    /// - images with a digest or another tag
    /// - local images and stand-ins that a tool replaces
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
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/acme/web:latest
    ///       imagePullPolicy: IfNotPresent
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
    ///       image: ghcr.io/acme/web:latest
    ///       imagePullPolicy: Always
    /// ```
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
    ///       imagePullPolicy: IfNotPresent
    /// ```
    pub static RULE = "image-pull-policy-stale" {
        level: Note,
        security: 3.0,
        precision: VeryHigh,
        tags: ["image", "reproducibility"],
        aliases: [Kubescape "C-0075"],
        checks: [Check::Container(check)],
    }
}

fn check(container: &Container<'_>, cx: &mut Cx<'_>) {
    let Some(policy) = container.spec.get("imagePullPolicy") else { return };
    if policy.text().is_none_or(|policy| policy != "IfNotPresent") {
        return;
    }
    let Some(text) = container.image().and_then(|image| image.text()) else { return };
    let Some(image) = images::known(&text) else { return };
    let is_moving = image.digest.is_none() && matches!(image.tag(), None | Some("latest"));
    if !is_moving || controllers::is_generated(&container.pod.object) {
        return;
    }
    let report = Report {
        message: format!("nodes keep the `latest` image of {} that they pulled first", container.describe()),
        why: "which program a pod runs depends on the node it lands on".into(),
        help: "name a version or a digest; `imagePullPolicy: Always` at least makes the nodes agree".into(),
    };
    cx.report(policy, report);
}
