//! `values-image-latest-tag`

use camino::Utf8Path;

use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::Level;
use crate::model::{DocumentView, ImageReference, KindName, ObjectView};
use crate::rules::support::images;
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
            Check::Values(values_file),
            Check::Object(&[HELM_RELEASE], helm_release),
            Check::Object(&[APPLICATION], application),
        ],
    }
}

const HELM_RELEASE: KindName = KindName { group: "helm.toolkit.fluxcd.io", kind: "HelmRelease" };
const APPLICATION: KindName = KindName { group: "argoproj.io", kind: "Application" };

/// Directories in which charts keep values for their tests.
const TEST_DIRECTORIES: [&str; 7] =
    ["ci", "test", "tests", "testdata", "fixtures", "unittest", "__snapshot__"];

/// Fields that name an image beside a `tag`.
const NAMES: [&str; 3] = ["repository", "image", "name"];

fn values_file(document: &DocumentView<'_>, cx: &mut Cx<'_>) {
    let path = document.path();
    let directory = path.parent().unwrap_or(Utf8Path::new(""));
    if directory.components().any(|part| TEST_DIRECTORIES.contains(&part.as_str())) {
        return;
    }
    let chart = directory.join("Chart.yaml");
    let are_defaults = path.file_name() == Some("values.yaml") && cx.world.repository.file(&chart).is_some();
    let level = if are_defaults { Level::Note } else { cx.level() };
    walk(document.root, level, cx);
}

fn helm_release(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let values = object.root.path(&["spec", "values"]);
    values.into_iter().for_each(|values| walk(values, cx.level(), cx));
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

/// Values nest as charts like; the depth is that of the document, which the reader limits.
fn walk(value: Cursor<'_>, level: Level, cx: &mut Cx<'_>) {
    for item in value.items() {
        walk(item, level, cx);
    }
    if !value.is_map() {
        return;
    }
    check_map(value, level, cx);
    for entry in value.entries() {
        let key = entry.key.text().unwrap_or_default();
        if let Some(text) = entry.value.text().filter(|_| names_image(&key)) {
            check_text(entry.value, &text, level, cx);
        }
        // A merged or aliased map is looked at where it is written.
        if entry.value.alias().is_none() {
            walk(entry.value, level, cx);
        }
    }
}

/// `image`, `sidecarImage`
fn names_image(key: &str) -> bool {
    key == "image" || key.ends_with("Image")
}

fn check_text(value: Cursor<'_>, text: &str, level: Level, cx: &mut Cx<'_>) {
    let Ok(image) = ImageReference::parse(text) else { return };
    let Some(tag) = image.tag.clone().filter(|_| image.tag() == Some("latest")) else { return };
    if image.digest.is_some() || images::is_templated(text) || images::is_stand_in(&image) {
        return;
    }
    report(At::part(value, tag.start, tag.end), text, level, cx);
}

fn check_map(map: Cursor<'_>, level: Level, cx: &mut Cx<'_>) {
    let text = |name: &str| map.get(name).and_then(|value| value.text()).unwrap_or_default();
    let is_called_image = map.key().and_then(|key| key.text()).is_some_and(|key| names_image(&key));
    let name = NAMES.iter().map(|name| text(name)).find(|name| !name.is_empty()).unwrap_or_default();
    let registry = text("registry");
    // `name` and `tag` alone may be anything that has versions; in a map called `image` they are not.
    let names = is_called_image || !text("repository").is_empty() || name.contains('/');
    let image_tag = map.get("imageTag");
    let tag = map.get("tag").filter(|_| names).or(image_tag);
    let Some(tag) = tag.filter(|tag| tag.text().is_some_and(|text| text == "latest")) else { return };
    let has_digest = ["digest", "sha", "imageDigest"].iter().any(|name| !text(name).is_empty());
    let whole = if registry.is_empty() { name.into_owned() } else { format!("{registry}/{name}") };
    let is_local = ImageReference::parse(&whole).is_ok_and(|image| images::is_stand_in(&image));
    if has_digest || is_local || whole.contains('@') || images::is_templated(&whole) {
        return;
    }
    report(At::value(tag), &whole, level, cx);
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
