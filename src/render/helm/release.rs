//! A release: a chart, the values it gets, and what a controller says about it.
//!
//! Owns the order in which Helm goes about it. What fails is an event; whatever can be rendered is.

use std::sync::Arc;

use camino::Utf8PathBuf;

use crate::config::{HelmRelease, RenderOptions};
use crate::model::Object;
use crate::render::kustomize::Files;
use crate::render::{Event, EventKind, Gap};
use crate::source::{SourceId, Span};
use crate::template::{Data, HelmVersion, Map, Trace, Value, allows};
use crate::yaml::Cursor;

use super::capabilities::API_VERSIONS;
use super::chart::{Chart, OtherContent};
use super::coalesce::Coalesce;
use super::context::Context;
use super::engine::{Made, execute};
use super::find::Charts;
use super::layer::{ValuesLayer, combined, trees};
use super::load::{beyond, refused};
use super::manifest::{Manifest, Role, manifests};
use super::maps::DEPTH;
use super::metadata::Field;
use super::notes::{self, ReleaseNotes};
use super::part::Part;
use super::schema;

/// Charts that one chart is, those in it included. Ten that each ask ten times for the next would be endless.
const MAX_CHARTS: u64 = 2_000;

/// Where a chart lies.
#[derive(Clone, Debug)]
pub struct ChartRef {
    /// Its directory or archive, relative to the root.
    pub path: Utf8PathBuf,
}

/// What is said about a release besides its values.
#[derive(Clone, Debug)]
pub struct ReleaseOptions {
    /// Its name.
    pub name: Field,
    /// The namespace it is installed to.
    pub namespace: Field,
    /// The version of Kubernetes, with or without a `v`.
    pub kube_version: String,
    /// API versions that the cluster has besides those that Helm takes for granted.
    pub api_versions: Vec<String>,
    /// As Helm 3 renders it.
    pub helm3: bool,
    /// Whether `crds/` is part of it.
    pub includes_crds: bool,
    /// Whether values must be what `values.schema.json` asks for.
    pub checks_schema: bool,
    /// Whether what Helm runs to test a release is part of it.
    pub includes_tests: bool,
    /// Files that were made the `values.yaml` of the chart when it was packaged, the last on top; `None` for its own.
    pub defaults: Option<Vec<ValuesLayer>>,
}

/// What clusters serve since a minor version, and Helm does not know until it asks one: charts fall back to a version
/// that was removed where it is missing.
const SERVED: [(u32, &str); 6] = [
    (10, "apiregistration.k8s.io/v1"),
    (19, "networking.k8s.io/v1/Ingress"),
    (19, "networking.k8s.io/v1/IngressClass"),
    (21, "batch/v1/CronJob"),
    (21, "policy/v1/PodDisruptionBudget"),
    (23, "autoscaling/v2/HorizontalPodAutoscaler"),
];

impl Default for ReleaseOptions {
    fn default() -> Self {
        let named = |text: &str| Field { text: text.to_owned(), span: None };
        Self {
            name: named("release-name"),
            namespace: named("default"),
            kube_version: "1.34.0".to_owned(),
            api_versions: Vec::new(),
            helm3: false,
            includes_crds: true,
            checks_schema: true,
            includes_tests: true,
            defaults: None,
        }
    }
}

impl ReleaseOptions {
    /// Those of a release as the configuration wants it.
    pub fn configured(options: &RenderOptions, name: Field, namespace: Field) -> Self {
        let default = Self::default();
        let version = options.kubernetes_version;
        // Without a version it is one that serves them all.
        let is_served = move |since: u32| version.is_none_or(|version| u32::from(version.minor) >= since);
        let served =
            SERVED.iter().filter(move |(since, _)| is_served(*since)).map(|(_, name)| (*name).to_owned());
        let version = version.map(|version| format!("{}.{}", version.major, version.minor));
        Self {
            name,
            namespace,
            kube_version: version.unwrap_or(default.kube_version),
            api_versions: served.chain(options.helm.api_versions.clone()).collect(),
            helm3: options.helm.version == HelmRelease::Three,
            ..default
        }
    }

    /// The version of Kubernetes as Helm prints it: `v1.34.0`.
    pub(super) fn kube_version(&self) -> String {
        let version = self.kube_version.trim_start_matches('v');
        let dots = version.split(['-', '+']).next().unwrap_or_default().matches('.').count();
        format!("v{version}{}", if dots == 1 { ".0" } else { "" })
    }

    pub(super) fn all_api_versions(&self) -> Vec<String> {
        let known = API_VERSIONS.iter().map(|version| (*version).to_owned());
        known.chain(self.api_versions.iter().cloned()).collect()
    }
}

/// What came of a release.
#[derive(Debug)]
pub struct Release {
    /// The chart; `None` when it could not be loaded.
    pub chart: Option<Arc<Chart>>,
    /// The objects in Helm's order: those of `crds/`, the manifests, the hooks.
    pub manifests: Vec<Manifest>,
    /// What was noticed.
    pub events: Vec<Event>,
    /// What templates printed, sorted by name.
    pub outputs: Vec<Made>,
    /// How it came to be printed.
    pub trace: Option<Trace>,
    /// The files that it is made of.
    pub files: Vec<SourceId>,
    /// Where secrets stand that nothing at that place shows to be any.
    pub secrets: Vec<Span>,
    /// What is known of it besides its objects; `None` when it could not be rendered.
    pub notes: Option<Arc<ReleaseNotes>>,
    /// Nothing could be rendered.
    pub failed: bool,
}

/// Renders a chart with values, the last layer on top.
pub(in crate::render) fn release(
    files: &Files<'_>,
    charts: &Charts,
    chart: &ChartRef,
    layers: &[ValuesLayer],
    options: &ReleaseOptions,
) -> Release {
    let mut release = Release {
        chart: None,
        manifests: Vec::new(),
        events: Vec::new(),
        outputs: Vec::new(),
        trace: None,
        files: Vec::new(),
        secrets: Vec::new(),
        notes: None,
        failed: true,
    };
    let packaged = |chart: Arc<Chart>| match &options.defaults {
        Some(defaults) => repackaged(files, &chart, defaults).map(Arc::new),
        None => Ok(chart),
    };
    match charts.load(files, &chart.path).and_then(packaged) {
        Ok(chart) if chart.size > MAX_CHARTS => {
            let message =
                format!("{} is more than {MAX_CHARTS} charts with those in it", chart.metadata.name.text);
            release.events.push(beyond(chart.span(), message));
        }
        Ok(chart) => {
            release.chart = Some(Arc::clone(&chart));
            if let Err(event) = release.run(files, charts, &chart, layers, options) {
                let unverifiable = event.unverifiable || is_open(layers);
                release.events.push(Event { unverifiable, ..event });
            }
        }
        Err(event) => release.events.push(event),
    }
    release
}

impl Release {
    fn run(
        &mut self,
        files: &Files<'_>,
        charts: &Charts,
        chart: &Arc<Chart>,
        layers: &[ValuesLayer],
        options: &ReleaseOptions,
    ) -> Result<(), Event> {
        let map = files.map;
        let own = chart.all();
        self.events.extend(own.iter().flat_map(|chart| chart.events.iter().cloned()));
        self.files = own.iter().flat_map(|chart| sources(chart)).collect();
        let wanted = &chart.metadata.kube_version;
        let version = options.kube_version();
        if chart.metadata.is_library() {
            return Err(refused(chart.span(), "library charts are not installable".to_owned()));
        }
        let is_named = |key: &str| {
            let mut texts =
                own.iter().flat_map(|chart| sources(chart)).map(|source| map.source(source).text());
            texts.any(|text| memchr::memmem::find(text.as_bytes(), key.as_bytes()).is_some())
        };
        let (user, given) = combined(files, layers, chart.span(), &is_named)?;
        let asked = self.events.len();
        let named = layers.iter().chain(options.defaults.iter().flatten());
        self.files.extend(named.filter_map(|layer| match layer {
            ValuesLayer::File { path, .. } => files.source(path),
            _ => None,
        }));
        let mut part = Part::of(map, chart);
        let over = notes::layers(files, &part, &given);
        let mismatch = |message| refused(chart.span(), message);
        part.process(options.helm3, &user).map_err(mismatch)?;
        if !wanted.text.is_empty() && !allows(&wanted.text, &version) {
            let message = format!(
                "chart requires kubeVersion: {} which is incompatible with Kubernetes {version}",
                wanted.text
            );
            self.events.push(refused(wanted.span.unwrap_or(chart.span()), message));
        }
        let values = Coalesce { helm3: options.helm3, merges: false, notes: Some(map) };
        let values = values.values(&part, &user).map_err(mismatch)?;
        if options.checks_schema {
            schema::check(map, &charts.compiled, &part, &values, &mut self.events);
        }
        let is_whole = self.missing(&part);
        let wants_files = own.iter().flat_map(|chart| chart.templates.iter()).any(|template| {
            memchr::memmem::find(map.source(template.source).text().as_bytes(), b"Files").is_some()
        }) || mentions_files(&values.clone().into(), DEPTH);
        let tasks = Context::new(files, options, wants_files).tasks(&part, values);
        let version = if options.helm3 { HelmVersion::Three } else { HelmVersion::Four };
        let first = self.events.len();
        let (outputs, trace) = execute(map, &charts.compiled, tasks, version, &mut self.events);
        if options.includes_crds {
            crds(files, &part, &mut self.manifests);
        }
        let limits = files.limits();
        let (manifests, chance) = manifests(map, &outputs, &trace, version, limits, &mut self.events);
        self.manifests.extend(manifests);
        self.notes = Some(Arc::new(ReleaseNotes { chart: chart.source, layers: over, chance }));
        if !options.includes_tests {
            self.manifests.retain(|manifest| !manifest.is_test(map));
        }
        // A helper of a chart that is not there fails whoever includes it.
        let open = self.events.iter_mut().skip(first).filter(|event| event.kind != EventKind::ChartLimit);
        open.for_each(|event| event.unverifiable |= !is_whole);
        // So may who is given something else than what a Secret holds.
        let open = self.events.iter_mut().skip(asked).filter(|event| event.kind != EventKind::ChartLimit);
        open.for_each(|event| event.unverifiable |= is_open(layers));
        (self.outputs, self.trace, self.failed) = (outputs, Some(trace), false);
        Ok(())
    }

    /// Notes dependencies that are switched on and not there; whether all are.
    fn missing(&mut self, part: &Part) -> bool {
        let mut is_whole = true;
        let mut open = vec![part];
        while let Some(part) = open.pop() {
            for wanted in part.wanted.iter().filter(|wanted| part.chart.missing.contains(&wanted.index)) {
                let Some(dependency) = wanted.of(part) else { continue };
                is_whole = false;
                let span = dependency.place().unwrap_or(part.chart.span());
                let message = format!(
                    "the chart `{}` {} that `{}` depends on is not in charts/",
                    dependency.name.text, dependency.version.text, part.chart.metadata.name.text
                );
                self.events.push(Event::new(EventKind::NotRendered(Gap::HelmDependency), span, message));
            }
            open.extend(&part.parts);
        }
        is_whole
    }

    /// The objects alone.
    pub fn objects(&self) -> impl Iterator<Item = &Object> {
        self.manifests.iter().map(|manifest| &manifest.object)
    }
}

/// A chart with other files in the place of its `values.yaml`. Source: `OverwriteChartDefaultValues` of
/// <https://github.com/fluxcd/source-controller/blob/main/internal/helm/chart/builder.go>.
fn repackaged(files: &Files<'_>, chart: &Chart, defaults: &[ValuesLayer]) -> Result<Chart, Event> {
    if chart.values_source.is_none() {
        return Err(refused(chart.span(), "failed to locate values file: values.yaml".to_owned()));
    }
    let mut values = Vec::new();
    for layer in defaults {
        values.extend(trees(files, layer, chart.span())?);
    }
    Ok(Chart { values, ..chart.clone() })
}

/// Whether what a chart makes may be another thing with the values of a Secret.
fn is_open(layers: &[ValuesLayer]) -> bool {
    layers.iter().any(|layer| matches!(layer, ValuesLayer::Secret { .. }))
}

fn sources(chart: &Chart) -> Vec<SourceId> {
    let templates = chart.templates.iter().map(|template| template.source);
    let more = [chart.values_source, chart.schema].into_iter().flatten();
    std::iter::once(chart.source).chain(more).chain(templates).collect()
}

/// Whether a text of values, which `tpl` may execute, asks for files.
fn mentions_files(value: &Value, depth: u32) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return true };
    match &value.data {
        Data::Text(text) => text.as_str().contains("Files"),
        Data::List(items) => items.iter().any(|item| mentions_files(item, depth)),
        Data::Map(map) => Map::entries(map).iter().any(|(_, value)| mentions_files(value, depth)),
        _ => false,
    }
}

/// The objects of `crds/`, of the chart and those in it.
fn crds(files: &Files<'_>, part: &Part, to: &mut Vec<Manifest>) {
    let chart = &part.chart;
    let is_manifest = |name: &str| {
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension).to_ascii_lowercase();
        name.starts_with("crds/") && matches!(extension.as_str(), "yaml" | "yml" | "json")
    };
    for file in chart.files.iter().filter(|file| is_manifest(&file.name)) {
        let documents = match &file.content {
            OtherContent::File(path) => files.documents(path, chart.span()).ok(),
            OtherContent::Text(source) => Some(Arc::new(files.parse(*source))),
            OtherContent::Bytes(_) => None,
        };
        let trees = documents.iter().flat_map(|documents| &documents.trees);
        let objects = trees.filter(|tree| Cursor::new(files.map, tree).is_map());
        to.extend(objects.map(|tree| Manifest {
            object: Object::parsed(files.map, tree.clone()),
            role: Role::Crd,
            printed: None,
        }));
    }
    part.parts.iter().for_each(|part| crds(files, part, to));
}
