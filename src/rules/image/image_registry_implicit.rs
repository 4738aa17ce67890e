//! `image-registry-implicit`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::Container;
use crate::rules::support::images;

rule! {
    /// An image that names no registry.
    ///
    /// ## Why
    ///
    /// It comes from Docker Hub today, under its rate limits, and from wherever a mirror in the configuration of
    /// the node says tomorrow.
    ///
    /// ## What passes
    ///
    /// - `docker.io/…` written out
    /// - text that a tool fills in first, local images and stand-ins
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
    ///       image: nginx:1.27.2
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
    ///       image: docker.io/library/nginx:1.27.2
    /// ```
    pub static RULE = "image-registry-implicit" {
        level: Note,
        profile: Pedantic,
        security: 1.0,
        precision: VeryHigh,
        tags: ["image", "supply-chain"],
        aliases: [],
        checks: [Check::Container(check)],
    }
}

fn check(container: &Container<'_>, cx: &mut Cx<'_>) {
    let Some(value) = container.image() else { return };
    let Some(text) = value.text() else { return };
    let Some(image) = images::known(&text).filter(|image| image.registry.is_none()) else { return };
    let report = Report {
        message: format!("image `{text}` of {} names no registry", container.describe()),
        why: "where it comes from is left to the node".into(),
        help: format!("write `{}`", images::canonical(&image)).into(),
    };
    cx.report(At::part(value, 0, image.name().len()), report);
}
