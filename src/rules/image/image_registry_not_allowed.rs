//! `image-registry-not-allowed`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::Container;
use crate::rules::support::images;

rule! {
    /// An image from a registry that the configuration does not allow.
    ///
    /// ## Why
    ///
    /// The images of an organisation come from places that it trusts and can reach. What comes from elsewhere was
    /// scanned by nobody, and may be gone tomorrow.
    ///
    /// ## What passes
    ///
    /// - everything, where `images.allowed` and `images.denied` are empty
    /// - repositories below an allowed one: `ghcr.io/acme` allows `ghcr.io/acme/web`, and not
    ///   `ghcr.io/acme-evil/web`
    /// - images without a registry where `docker.io` is allowed
    /// - text that a tool fills in first, local images and stand-ins
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: plimsoll.yaml
    /// images:
    ///   allowed: [ghcr.io/acme, registry.k8s.io]
    /// # file: web.yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    /// spec:
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/acme-evil/web:1.8.2
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: plimsoll.yaml
    /// images:
    ///   allowed: [ghcr.io/acme, registry.k8s.io]
    /// # file: web.yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    /// spec:
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/acme/web:1.8.2
    /// ```
    pub static RULE = "image-registry-not-allowed" {
        level: Error,
        security: 7.0,
        precision: VeryHigh,
        tags: ["image", "supply-chain"],
        aliases: [Gatekeeper "allowedrepos", Gatekeeper "allowedreposv2", Gatekeeper "disallowedrepos", Kubescape "C-0001", Kubescape "C-0078", Kubescape "C-0304", Kyverno "restrict-image-registries", Trivy "KSV-0032", Trivy "KSV-0033", Trivy "KSV-0034", Trivy "KSV-0035", Trivy "KSV-0125"],
        checks: [Check::Container(check)],
    }
}

fn check(container: &Container<'_>, cx: &mut Cx<'_>) {
    let (allowed, denied) = (&cx.options().images.allowed, &cx.options().images.denied);
    if allowed.is_empty() && denied.is_empty() {
        return;
    }
    let Some(value) = container.image() else { return };
    let Some(text) = value.text() else { return };
    let Some(image) = images::known(&text) else { return };
    let name = images::canonical(&image);
    let is_below = |place: &String| images::is_below(&name, place);
    let why = match denied.iter().find(|place| is_below(place)) {
        Some(place) => format!("the configuration denies `{place}`"),
        None if allowed.is_empty() || allowed.iter().any(is_below) => return,
        None => "the configuration allows other registries only".to_owned(),
    };
    let report = Report {
        message: format!("image `{text}` of {} is not allowed", container.describe()),
        why: why.into(),
        help: "take the image from an allowed registry, or add its repository to `images.allowed`".into(),
    };
    cx.report(At::part(value, 0, image.name().len()), report);
}
