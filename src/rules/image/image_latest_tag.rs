//! `image-latest-tag`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::{Container, ImageReference, KindName, KustomizationView, ObjectView, PodSpec};
use crate::render::{Event, EventKind};
use crate::rules::support::images;
use crate::yaml::Cursor;

rule! {
    /// An image without a tag or digest, or with the tag `latest`.
    ///
    /// ## Why
    ///
    /// Such an image is whatever the registry served when a node last pulled it. Two replicas may run different
    /// programs, a restart may deploy, and reverting a commit brings nothing back.
    ///
    /// Looked at are the containers of every kind that has pods, as kustomizations render them, image volumes, and the
    /// `images` of Flux's Kustomizations, of Argo CD's Applications, and of kustomizations whose objects are not
    /// rendered.
    ///
    /// ## What passes
    ///
    /// - an image with a digest, whatever its tag says
    /// - an image of a base that every overlay sets to a version, and one that a `skaffold.yaml` builds
    /// - objects whose images OpenShift's image triggers write, and names of image streams of the repository with
    ///   `lookupPolicy.local`, or in OpenShift's own registry, where the repository says which version the tag is
    /// - images of local registries: `localhost`, `kind.local`, `ko.local`, `k3d-…`, `ko://…`,
    ///   and the images that OpenShift ships in its namespace `openshift`
    /// - stand-ins that a tool replaces: `controller:latest` of kubebuilder, `auto` of Istio
    /// - text that a tool fills in first, such as `${IMAGE}` or `$(params.image)`
    /// - text that is no image reference: `image-reference-invalid` reports it
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec:
    ///   template:
    ///     spec:
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:latest
    /// ```
    ///
    /// ```yaml
    /// # file: kustomization.yaml
    /// resources:
    ///   - https://github.com/acme/web//deploy?ref=v1.8.2
    /// images:
    ///   - name: ghcr.io/acme/web
    ///     newTag: latest
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
    ///   template:
    ///     spec:
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.8.2
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/containers/images/#image-names>
    pub static RULE = "image-latest-tag" {
        level: Warning,
        by_tier: true,
        security: 3.0,
        precision: VeryHigh,
        tags: ["image", "supply-chain", "reproducibility"],
        aliases: [Checkov "CKV_K8S_14", Gatekeeper "disallowedtags", Kics "Invalid Image Tag", KubeLinter "latest-tag", KubeScore "container-image-tag", Kubescape "C-0304", Kyverno "disallow-latest-tag", Polaris "tagNotSpecified", Trivy "KSV-0013"],
        checks: [
            Check::Around(&Check::Container(container)),
            Check::Around(&Check::Pod(volumes)),
            Check::Around(&Check::Kustomization(kustomization)),
            Check::Around(&Check::Object(&[FLUX_KUSTOMIZATION], flux_kustomization)),
            Check::Around(&Check::Object(&[APPLICATION], application)),
        ],
    }
}

const FLUX_KUSTOMIZATION: KindName = KindName { group: "kustomize.toolkit.fluxcd.io", kind: "Kustomization" };
const APPLICATION: KindName = KindName { group: "argoproj.io", kind: "Application" };

const WHY: &str =
    "nodes run whatever the registry served last: a restart may deploy, a revert brings nothing back";
const HELP: &str = "name a version that is never pushed again, or a digest";

fn container(container: &Container<'_>, cx: &mut Cx<'_>) {
    if let Some(image) = container.image() {
        check(&container.pod.object, image, &container.describe(), cx);
    }
}

fn volumes(pod: &PodSpec<'_>, cx: &mut Cx<'_>) {
    for volume in pod.volumes() {
        if let Some(image) = volume.path(&["image", "reference"]) {
            let name = volume.get("name").and_then(|name| name.text()).unwrap_or_default();
            check(&pod.object, image, &format!("volume `{name}`"), cx);
        }
    }
}

fn check(object: &ObjectView<'_>, value: Cursor<'_>, whose: &str, cx: &mut Cx<'_>) {
    let Some(text) = value.text().filter(|text| !images::is_templated(text)) else { return };
    let Ok(image) = ImageReference::parse(&text) else { return };
    let (at, what) = match (&image.tag, &image.digest) {
        (_, Some(_)) => return,
        (Some(tag), None) if image.tag() == Some("latest") => {
            (At::part(value, tag.start, tag.end), "has the moving tag `latest`")
        }
        (Some(_), None) => return,
        (None, None) => (At::value(value), "has no tag, which means `latest`"),
    };
    let is_replaced = images::is_triggered(object)
        || images::is_local_stream(cx.world(), &image)
        || images::is_built_by_skaffold(cx.world(), object, &image);
    if is_replaced || images::is_stand_in(&image) {
        return;
    }
    let message = format!("image `{text}` of {whose} {what}");
    cx.report(at, Report { message, why: WHY.into(), help: HELP.into() });
}

/// The `images` of a kustomization whose objects are not rendered. What an entry makes of objects that are is found
/// there, at the entry.
fn kustomization(kustomization: &KustomizationView<'_>, cx: &mut Cx<'_>) {
    let world = cx.world();
    let file = kustomization.document.file;
    // What includes a base may still set another tag, so only the units themselves are asked.
    let Some(unit) = world.rendering.units.iter().find(|unit| unit.source == file.source) else { return };
    let may_match = |image: &Cursor<'_>| {
        let is_open = |event: &Event| {
            event.kind == EventKind::ImageNoMatch && event.unverifiable && image.span().contains(event.span)
        };
        unit.failed || unit.events.iter().any(is_open)
    };
    let images = kustomization.document.root.get("images").into_iter().flat_map(|images| images.items());
    images.filter(may_match).for_each(|image| new_tag(image, cx));
}

fn flux_kustomization(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let images = object.root.path(&["spec", "images"]).into_iter().flat_map(|images| images.items());
    images.for_each(|image| new_tag(image, cx));
}

/// An entry of the `images` lists that Kustomize and Flux share.
fn new_tag(image: Cursor<'_>, cx: &mut Cx<'_>) {
    let (name, tag) = (image.get("name").and_then(|name| name.text()), image.get("newTag"));
    if let Some(tag) = tag.filter(|tag| tag.text().is_some_and(|text| text == "latest"))
        && image.get("digest").is_none()
    {
        let message =
            format!("`newTag` sets image `{}` to the moving tag `latest`", name.unwrap_or_default());
        cx.report(tag, Report { message, why: WHY.into(), help: HELP.into() });
    }
}

/// `kustomize.images` of the sources of an Application whose objects are not rendered: `name:tag` or `old=new:tag`. What
/// they make of objects that are is found there.
fn application(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let world = cx.world();
    let mut owners = world.graph.owners.iter().filter(|owner| owner.object.tree.shares(&object.object.tree));
    let is_whole =
        |unit: usize| world.rendering.units.get(unit).is_some_and(|unit| !unit.failed && !unit.partial);
    if owners.any(|owner| owner.deliveries.iter().any(|delivery| delivery.unit.is_some_and(is_whole))) {
        return;
    }
    let one = object.root.path(&["spec", "source"]);
    let several = object.root.path(&["spec", "sources"]).into_iter().flat_map(|sources| sources.items());
    let images = one.into_iter().chain(several).filter_map(|source| source.path(&["kustomize", "images"]));
    for value in images.flat_map(|images| images.items()) {
        let Some(text) = value.text() else { continue };
        let start = text.find('=').map_or(0, |at| at + 1);
        let reference = text.get(start..).unwrap_or_default();
        let Ok(image) = ImageReference::parse(reference) else { continue };
        if let Some(tag) = &image.tag
            && image.tag() == Some("latest")
            && image.digest.is_none()
            && !images::is_stand_in(&image)
        {
            let message = format!("the Application sets image `{reference}` to the moving tag `latest`");
            let at = At::part(value, start + tag.start, start + tag.end);
            cx.report(at, Report { message, why: WHY.into(), help: HELP.into() });
        }
    }
}
