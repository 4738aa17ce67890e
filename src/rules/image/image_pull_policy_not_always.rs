//! `image-pull-policy-not-always`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::Container;
use crate::rules::support::images;

rule! {
    /// A container whose image is not pulled on every start.
    ///
    /// ## Why
    ///
    /// A node that has the image starts it without asking the registry: a pod of another team runs a private
    /// image without credentials, and a tag that was pushed again is not noticed.
    ///
    /// ## What passes
    ///
    /// - images with a digest, which cannot change
    /// - `latest` and no tag without a policy, which Kubernetes pulls always
    /// - local images and stand-ins that a tool replaces
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
    ///       image: ghcr.io/acme/web@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
    /// ```
    pub static RULE = "image-pull-policy-not-always" {
        level: Note,
        profile: Pedantic,
        security: 1.0,
        precision: VeryHigh,
        tags: ["image"],
        aliases: [Checkov "CKV_K8S_15", Kics "Image Pull Policy Of The Container Is Not Set To Always", KubeScore "container-image-pull-policy", Kyverno "imagepullpolicy-always", Polaris "pullPolicyNotAlways"],
        checks: [Check::Container(check)],
    }
}

fn check(container: &Container<'_>, cx: &mut Cx<'_>) {
    let Some(text) = container.image().and_then(|image| image.text()) else { return };
    let Some(image) = images::known(&text) else { return };
    let policy = container.spec.get("imagePullPolicy");
    let is_always = match policy {
        Some(policy) => policy.text().is_some_and(|policy| policy == "Always"),
        None => matches!(image.tag(), None | Some("latest")),
    };
    if is_always || image.digest.is_some() {
        return;
    }
    let missing = || At::missing_below(&container.pod.object, container.spec, &["imagePullPolicy"]);
    let report = Report {
        message: format!("the image of {} is not pulled on every start", container.describe()),
        why: "a node that has it asks no registry for credentials, nor for what the tag means now".into(),
        help: "write `imagePullPolicy: Always`, or name a digest".into(),
    };
    cx.report(policy.map_or_else(missing, At::value), report);
}
