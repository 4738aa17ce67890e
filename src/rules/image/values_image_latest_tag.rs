//! `values-image-latest-tag`

use camino::Utf8Path;
use rustc_hash::FxHashSet;

use crate::engine::{At, Check, Cx, Report, World, rule};
use crate::finding::Level;
use crate::graph::{OwnerKind, OwnerView};
use crate::model::{
    DocumentView, ImageForm, ImageReference, KindName, ObjectView, values_images, whole_name,
};
use crate::rules::support::images;
use crate::source::SourceId;
use crate::yaml::Cursor;

rule! {
    /// An image with the tag `latest` in the values of a Helm chart.
    ///
    /// ## Why
    ///
    /// The chart writes the tag into its pods, so what runs is whatever the registry served when a node last
    /// pulled it. The chart's own version is pinned for nothing.
    ///
    /// Looked at are values files, `spec.values` of a HelmRelease and `valuesObject` of an Argo CD Application:
    /// `tag` beside `repository`, `image` or `name`, `tag` in a map called `image`, `imageTag`, and references
    /// written as one text under `image` or `…Image`. The defaults that a chart ships (`values.yaml` beside its
    /// `Chart.yaml`) are a note: whoever installs the chart may set another tag.
    ///
    /// ## What passes
    ///
    /// - values of a HelmRelease whose chart is in the repository: the pods that it makes are looked at
    /// - an absent or empty tag: charts fall back to their `appVersion`
    /// - a digest beside the tag or behind it
    /// - values for tests: files under `ci/`, `tests/`, `testdata/`, `fixtures/`
    /// - images of local registries and text that a tool fills in
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: values-prod.yaml
    /// image:
    ///   repository: ghcr.io/acme/web
    ///   tag: latest
    /// ```
    ///
    /// ```yaml
    /// # file: values-prod.yaml
    /// sidecarImage: ghcr.io/acme/proxy:latest
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: values-prod.yaml
    /// image:
    ///   repository: ghcr.io/acme/web
    ///   tag: 1.8.2
    /// worker:
    ///   image:
    ///     repository: ghcr.io/acme/worker
    ///     tag: ""
    /// ```
    pub static RULE = "values-image-latest-tag" {
        level: Warning,
        by_tier: true,
        security: 3.0,
        precision: High,
        tags: ["image", "helm", "supply-chain", "reproducibility"],
        aliases: [],
        checks: [
            Check::Around(&Check::Values(values_file)),
            Check::Around(&Check::Object(&[HELM_RELEASE], helm_release)),
            Check::Around(&Check::Object(&[APPLICATION], application)),
        ],
    }
}

const HELM_RELEASE: KindName = KindName { group: "helm.toolkit.fluxcd.io", kind: "HelmRelease" };
const APPLICATION: KindName = KindName { group: "argoproj.io", kind: "Application" };

/// Directories in which charts keep values for their tests.
const TEST_DIRECTORIES: [&str; 7] =
    ["ci", "test", "tests", "testdata", "fixtures", "unittest", "__snapshot__"];

fn values_file(document: &DocumentView<'_>, cx: &mut Cx<'_>) {
    // What a chart makes of them is looked at.
    if cx.world().rendering.rendered.contains(&document.file.source) {
        return;
    }
    let path = document.path();
    let directory = path.parent().unwrap_or(Utf8Path::new(""));
    if directory.components().any(|part| TEST_DIRECTORIES.contains(&part.as_str())) {
        return;
    }
    let chart = directory.join("Chart.yaml");
    let are_defaults =
        path.file_name() == Some("values.yaml") && cx.world().repository.file(&chart).is_some();
    let level = if are_defaults { Level::Note } else { cx.level() };
    walk(document.root, level, cx);
}

fn helm_release(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let Some(values) = object.root.path(&["spec", "values"]) else { return };
    let has_latest = values.scalars().any(|value| value.text().is_some_and(|text| text.contains("latest")));
    // What a chart makes of them is looked at.
    if has_latest && !is_rendered(object, cx.world()) {
        walk(values, cx.level(), cx);
    }
}

/// The HelmReleases whose charts are here, and were rendered with their values, by file and name.
struct Rendered(FxHashSet<(SourceId, String)>);

fn is_rendered(release: &ObjectView<'_>, world: &World) -> bool {
    let key = |release: &ObjectView<'_>| (release.object.source, release.name().into_owned());
    let rendered = world.memo.get(|| {
        let is_rendered = |owner: &OwnerView<'_>| {
            owner.owner.kind == OwnerKind::HelmRelease
                && owner.deliveries().any(|(_, unit)| unit.is_some_and(|unit| !unit.failed))
        };
        let releases = world.graph().owners().filter(is_rendered);
        Rendered(releases.map(|owner| key(&owner.object)).collect())
    });
    rendered.0.contains(&key(release))
}

fn application(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let one = object.root.path(&["spec", "source"]);
    let several = object.root.path(&["spec", "sources"]).into_iter().flat_map(|sources| sources.items());
    for source in one.into_iter().chain(several) {
        if let Some(values) = source.path(&["helm", "valuesObject"]) {
            walk(values, cx.level(), cx);
        }
    }
}

fn walk(values: Cursor<'_>, level: Level, cx: &mut Cx<'_>) {
    for image in values_images(values) {
        match image.form {
            ImageForm::Text(value) => check_text(value, level, cx),
            ImageForm::Parts { registry, name, tag, digest } => {
                let tag = tag.filter(|tag| tag.text().is_some_and(|text| text == "latest"));
                if let Some(tag) = tag.filter(|_| digest.is_none()) {
                    check_parts(tag, &whole_name(&registry, &name), level, cx);
                }
            }
        }
    }
}

fn check_text(value: Cursor<'_>, level: Level, cx: &mut Cx<'_>) {
    let Some(text) = value.text() else { return };
    let Ok(image) = ImageReference::parse(&text) else { return };
    let Some(tag) = image.tag.clone().filter(|_| image.tag() == Some("latest")) else { return };
    if image.digest.is_some() || images::is_templated(&text) || images::is_stand_in(&image) {
        return;
    }
    report(At::part(value, tag.start, tag.end), &text, level, cx);
}

fn check_parts(tag: Cursor<'_>, name: &str, level: Level, cx: &mut Cx<'_>) {
    let is_local = ImageReference::parse(name).is_ok_and(|image| images::is_stand_in(&image));
    if is_local || name.contains('@') || images::is_templated(name) {
        return;
    }
    report(At::value(tag), name, level, cx);
}

fn report(at: At, image: &str, level: Level, cx: &mut Cx<'_>) {
    let image = image.strip_suffix(":latest").unwrap_or(image);
    let whose = if image.is_empty() { String::new() } else { format!(" of image `{image}`") };
    let report = Report {
        message: format!("the tag{whose} is `latest`, which moves"),
        why:
            "nodes run whatever the registry served last: a restart may deploy, a revert brings nothing back"
                .into(),
        help: "set a version, or leave the tag out if the chart falls back to its `appVersion`".into(),
    };
    cx.report(at, report).level = level;
}
