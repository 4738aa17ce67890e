//! `helmCharts`: charts that Kustomize hands to Helm, of which those beside the kustomization are rendered here.
//!
//! Owns where such a chart lies and what values it gets. Source: `HelmChartInflationGenerator.go` of Kustomize 5.8.
//! Must not know how a chart is rendered.

use camino::{Utf8Path, Utf8PathBuf};

use crate::render::helm::{self, ChartRef, Field, Release, ReleaseOptions, ValuesLayer};
use crate::render::{Event, EventKind, Gap};
use crate::source::Span;
use crate::yaml::Cursor;

use super::accumulate::{Accumulation, Build, Log, append, not_rendered};
use super::error::Result;
use super::files::Place;
use super::kustomization::Kustomization;
use super::resource::{Plugin, Resource};

/// Where charts lie, unless `helmGlobals` says otherwise.
const CHART_HOME: &str = "charts";

/// The objects of one entry of `helmCharts`; `by` names it in annotations.
pub(super) fn inflate(
    build: &mut Build<'_, '_>,
    kustomization: &Kustomization,
    chart: Cursor<'_>,
    by: &Plugin,
    to: &mut Accumulation,
    log: &mut Log,
) -> Result<()> {
    let map = build.builder.files.map;
    let text = |name: &str| chart.get(name).and_then(|value| value.text()).unwrap_or_default();
    let name = chart.get("name").or_else(|| chart.get("chartName"));
    let name = name.and_then(|name| name.text()).unwrap_or_default();
    let home = kustomization.field(map, "helmGlobals").or(Some(chart)).and_then(|from| from.get("chartHome"));
    let home = home.and_then(|home| home.text()).unwrap_or(CHART_HOME.into());
    // Several versions of a chart that was fetched lie side by side.
    let home = match (&*text("repo"), &*text("version")) {
        ("", _) | (_, "") => home.into_owned(),
        (_, version) => format!("{home}/{name}-{version}"),
    };
    let place = build.builder.files.place(&kustomization.directory, &format!("{home}/{name}"));
    let Place::Directory(directory) = place else {
        let message = format!("the Helm chart `{name}` is not in the repository, and not rendered");
        not_rendered(to, log, Gap::HelmChart, chart.span(), message);
        return Ok(());
    };
    let layers = layers(build, kustomization, chart, &directory, to, log)?;
    let field = |name: &str| {
        let value = chart.get(name)?;
        let text = value.text().filter(|text| !text.is_empty())?.into_owned();
        Some(Field { text, span: map.editable(value.span(), value.step()) })
    };
    let own = |text: &str| Field { text: text.to_owned(), span: None };
    let is = |name: &str| chart.get(name).and_then(|value| value.bool()).unwrap_or(false);
    let mut options = ReleaseOptions::configured(
        &build.builder.options,
        field("releaseName").unwrap_or_else(|| own(&name)),
        field("namespace").unwrap_or_else(|| own("default")),
    );
    options.includes_crds = is("includeCRDs");
    if let Some(version) = field("kubeVersion") {
        options.kube_version = version.text;
    }
    let versions = chart.get("apiVersions").into_iter().flat_map(|list| list.items());
    options.api_versions.extend(versions.filter_map(|version| Some(version.text()?.into_owned())));
    let builder = build.builder;
    let release =
        helm::release(&builder.files, &builder.charts, &ChartRef { path: directory }, &layers, &options);
    take(build, release, is("skipHooks"), chart.span(), by, to, log)
}

/// Puts what a release makes to the other objects.
fn take(
    build: &mut Build<'_, '_>,
    release: Release,
    skips_hooks: bool,
    at: Span,
    by: &Plugin,
    to: &mut Accumulation,
    log: &mut Log,
) -> Result<()> {
    let map = build.builder.files.map;
    for &file in &release.files {
        build.remember(map.source(file).path());
        log.resources.push(file);
    }
    // Where Helm fails Kustomize does; what can be rendered is looked at all the same.
    to.partial |= release.events.iter().any(|event| event.kind.is_gap() || event.kind.is_error());
    log.events.extend(release.events);
    log.charts.extend(release.notes);
    let wanted = release.manifests.into_iter().filter(|it| !(skips_hooks && it.role == helm::Role::Hook));
    let resources = wanted.flat_map(|manifest| manifest.object.items(map)).map(|object| {
        let mut resource = Resource::new(map, object.tree, Span::new(object.source, 0, 0));
        resource.generator = Some(by.clone());
        resource
    });
    let resources = resources.collect();
    append(map, to, resources, Some(at))
}

/// The values of an entry, in the order in which they win.
fn layers(
    build: &Build<'_, '_>,
    kustomization: &Kustomization,
    chart: Cursor<'_>,
    directory: &Utf8Path,
    to: &mut Accumulation,
    log: &mut Log,
) -> Result<Vec<ValuesLayer>> {
    let map = build.builder.files.map;
    let file = |path: Utf8PathBuf, at: Cursor<'_>| ValuesLayer::File {
        path,
        at: map.editable(at.span(), at.step()),
        is_optional: false,
    };
    let mut named = |scalar: Cursor<'_>| -> Result<Option<ValuesLayer>> {
        match build.file(kustomization, scalar)? {
            Some(path) => Ok(Some(file(path, scalar))),
            None => {
                let message = "a file of values is far away, and not read".to_owned();
                let event = Event::new(EventKind::NotRendered(Gap::HelmValues), scalar.span(), message);
                to.partial = true;
                log.events.push(event);
                Ok(None)
            }
        }
    };
    let own = match chart.get("valuesFile") {
        Some(scalar) => named(scalar)?,
        // Without one the defaults of the chart count, which it has anyway.
        None => None,
    };
    let inline = chart.get("valuesInline").filter(|values| !values.entries().is_empty());
    let inline = inline.map(|values| ValuesLayer::Inline(values.tree()));
    let merge = chart.get("valuesMerge").and_then(|merge| merge.text()).unwrap_or_default();
    let mut layers: Vec<ValuesLayer> = match &*merge {
        "replace" => inline.into_iter().collect(),
        "merge" => {
            let default = directory.join("values.yaml");
            let defaults = (own.is_none() && build.builder.files.has(&default))
                .then_some(ValuesLayer::File { path: default.clone(), at: None, is_optional: true });
            inline.into_iter().chain(own).chain(defaults).collect()
        }
        _ => own.into_iter().chain(inline).collect(),
    };
    for scalar in chart.get("additionalValuesFiles").into_iter().flat_map(|list| list.items()) {
        layers.extend(named(scalar)?);
    }
    Ok(layers)
}
