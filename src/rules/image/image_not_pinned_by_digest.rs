//! `image-not-pinned-by-digest`

use crate::engine::{Check, Cx, Report, rule};
use crate::finding::Related;
use crate::model::{ImageReference, ObjectView};
use crate::rules::support::images;
use crate::yaml::Cursor;

rule! {
    /// An image that is named by a tag without a digest.
    ///
    /// ## Why
    ///
    /// A tag can be pushed again, by its owner or by whoever took over the account. A digest names one content
    /// for ever, and what was reviewed is what runs.
    ///
    /// Each distinct image of an object is reported once; the other containers that use it are named as further
    /// places. The rule is right about nearly every image there is, so it runs in the profile `pedantic` only.
    ///
    /// ## What passes
    ///
    /// - images without a tag or with `latest`: `image-latest-tag` reports them
    /// - images of local registries, stand-ins of scaffolds, and text that a tool fills in
    /// - an image of a base that every overlay gives a digest, and one that a `skaffold.yaml` builds
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
    ///       image: ghcr.io/acme/web:1.8.2@sha256:3f1c0b6a4d1f2e5b8c7a9d0e1f2a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c
    /// ```
    pub static RULE = "image-not-pinned-by-digest" {
        level: Note,
        profile: Pedantic,
        security: 2.5,
        precision: VeryHigh,
        tags: ["image", "supply-chain", "reproducibility"],
        aliases: [Checkov "CKV_K8S_43", Gatekeeper "imagedigests", Kics "Image Without Digest", Kubescape "C-0306", Kyverno "require-image-checksum"],
        checks: [Check::Around(&Check::Object(&[], check))],
    }
}

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let mut uses: Vec<(String, Vec<Cursor<'_>>)> = Vec::new();
    for container in object.pod_specs().iter().flat_map(|pod| pod.containers()) {
        let Some(value) = container.image() else { continue };
        let Some(text) = value.text().filter(|text| is_floating(object, text, cx)) else { continue };
        match uses.iter_mut().find(|(known, _)| *known == text) {
            Some((_, places)) => places.push(value),
            None => uses.push((text.into_owned(), vec![value])),
        }
    }
    for (text, places) in uses {
        let [first, others @ ..] = places.as_slice() else { continue };
        let report = Report {
            message: format!("image `{text}` has no digest"),
            why: "a tag can be pushed again, so what runs may differ from what was reviewed".into(),
            help: "append `@sha256:…` behind the tag; update tools keep both current".into(),
        };
        let finding = cx.report(*first, report);
        let also = others.iter().filter_map(|place| object.map.in_file(place.span()));
        finding.related.extend(also.map(|span| Related { span, message: "also used here".into() }));
    }
}

fn is_floating(object: &ObjectView<'_>, text: &str, cx: &Cx<'_>) -> bool {
    let Ok(image) = ImageReference::parse(text) else { return false };
    image.digest.is_none()
        && image.tag().is_some_and(|tag| tag != "latest")
        && !images::is_templated(text)
        && !images::is_stand_in(&image)
        && !images::is_built_by_skaffold(cx.world(), object, &image)
}
