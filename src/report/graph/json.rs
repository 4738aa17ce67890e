//! The graph for programs, and its schema.
//!
//! Within a version keys are added but never removed, renamed or given another meaning.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;
use serde_json::{Value, json};

use crate::graph::{Delivery, OwnerView, Status};
use crate::model::ObjectView;
use crate::render::{Unit, shown};
use crate::report::json::{print, visible};

use super::Chart;
use super::focus::{Focus, Use};
use super::words::{kinds, owner_place};

/// The version of the format.
const VERSION: u32 = 1;

/// The graph of `plimsoll graph --format json`.
#[derive(Serialize, JsonSchema)]
struct Output<'a> {
    /// Version of this format. Keys may be added within a version; nothing else changes.
    #[schemars(extend("const" = VERSION))]
    version: u32,
    /// The file or directory that the graph is limited to.
    #[serde(skip_serializing_if = "Option::is_none")]
    focus: Option<&'a str>,
    /// The clusters that owners live in or deliver to.
    clusters: Vec<ClusterItem<'a>>,
    /// Owners, sorted by cluster, kind, namespace and name.
    owners: Vec<OwnerItem<'a>>,
    /// What owners apply, and overlays that nobody applies, sorted by directory.
    units: Vec<UnitItem<'a>>,
    /// Files with objects that neither an owner nor an overlay applies.
    unapplied: Vec<FileItem<'a>>,
}

/// A cluster.
#[derive(Serialize, JsonSchema)]
struct ClusterItem<'a> {
    id: u32,
    /// As the repository calls it; empty for the one where the controllers run, when nothing names it.
    name: Cow<'a, str>,
    /// Whether it stands for clusters that are known only when it runs.
    opaque: bool,
}

/// An object that makes a controller apply others.
#[derive(Serialize, JsonSchema)]
struct OwnerItem<'a> {
    id: u32,
    kind: &'static str,
    namespace: &'a str,
    name: &'a str,
    /// Id of the cluster where the controller runs.
    cluster: u32,
    /// Where its name is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
    /// Id of the owner that applies or makes it; absent for one that a person or a bootstrap command applies.
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<u32>,
    /// Its sources, in their order.
    deliveries: Vec<DeliveryItem<'a>>,
}

/// One source of an owner.
#[derive(Serialize, JsonSchema)]
struct DeliveryItem<'a> {
    /// The directory of this repository that is read (`""` is the root).
    #[serde(skip_serializing_if = "Option::is_none")]
    directory: Option<&'a str>,
    status: StatusName,
    /// What is missing, or why nobody can tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Id of the unit that is applied.
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<usize>,
    /// Id of the cluster it is applied to.
    cluster: u32,
    /// The namespace of objects that name none.
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<&'a str>,
}

/// How far a source could be followed.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum StatusName {
    /// It leads to something in the repository.
    Resolved,
    /// It leads to a place of the repository where there is nothing.
    Missing,
    /// It leads out of the repository.
    External,
    /// Nobody can tell from the repository alone.
    Unverifiable,
}

/// What is applied as one.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct UnitItem<'a> {
    id: usize,
    /// Relative to the root of the repository (`""` is the root).
    directory: &'a str,
    /// Whether an owner applies it.
    applied: bool,
    /// Whether it does not build.
    failed: bool,
    /// Parts that were not rendered.
    not_rendered: usize,
    /// Number of its objects by kind.
    kinds: BTreeMap<&'a str, usize>,
    /// How it uses the file in focus.
    #[serde(skip_serializing_if = "Option::is_none")]
    uses: Option<UseItem<'a>>,
}

/// How a unit uses a file.
#[derive(Serialize, JsonSchema)]
struct UseItem<'a> {
    /// The ways from the unit to the kustomizations that read it, as directories.
    through: Vec<Vec<&'a str>>,
    /// The objects that have values from it.
    changes: Vec<ObjectItem<'a>>,
}

/// A Kubernetes object.
#[derive(Serialize, JsonSchema)]
struct ObjectItem<'a> {
    kind: &'a str,
    /// When it is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<Cow<'a, str>>,
    name: Cow<'a, str>,
}

/// A file whose objects nobody applies.
#[derive(Serialize, JsonSchema)]
struct FileItem<'a> {
    file: &'a str,
    /// Number of its objects by kind.
    kinds: BTreeMap<&'a str, usize>,
}

/// The JSON schema of the format.
pub(super) fn schema() -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut schema = settings.into_generator().into_root_schema_for::<Output<'static>>().to_value();
    schema["title"] = json!("plimsoll graph");
    schema
}

/// The graph.
pub(super) fn render(chart: &Chart<'_>, focus: Option<&Focus<'_>>) -> String {
    let view = chart.view;
    let owners: Vec<OwnerItem<'_>> = chart.owners().map(|owner| owner_item(owner)).collect();
    let mut units: Vec<usize> = owners
        .iter()
        .flat_map(|owner| &owner.deliveries)
        .filter_map(|delivery| delivery.unit)
        .filter(|&unit| focus.is_none_or(|focus| focus.of(unit).is_some()))
        .collect();
    units.extend(&chart.unowned);
    units.sort_unstable();
    units.dedup();
    let units = units.into_iter().filter_map(|id| Some((id, chart.unit(id)?)));
    let clusters = (0..).zip(&view.graph.clusters);
    print(&Output {
        version: VERSION,
        focus: focus.map(|focus| focus.path.as_str()),
        clusters: clusters
            .map(|(id, cluster)| ClusterItem {
                id,
                name: shown(&cluster.name).into(),
                opaque: cluster.is_opaque,
            })
            .collect(),
        units: units.map(|(id, unit)| unit_item(chart, focus, id, unit)).collect(),
        unapplied: chart
            .loose
            .iter()
            .map(|file| FileItem {
                file: view.map.source(file.source).path().as_str(),
                kinds: kinds(chart.objects(file)),
            })
            .collect(),
        owners,
    })
}

fn owner_item(owner: OwnerView<'_>) -> OwnerItem<'_> {
    let key = &owner.owner.key;
    let (file, line) = owner_place(owner).unzip();
    OwnerItem {
        id: owner.id.0,
        kind: owner.owner.kind.name(),
        namespace: &key.namespace,
        name: &key.name,
        cluster: key.cluster.0,
        file: file.map(|file| file.as_str()),
        line,
        parent: owner.owner.parent.map(|parent| parent.0),
        deliveries: owner.owner.deliveries.iter().map(delivery_item).collect(),
    }
}

fn delivery_item(delivery: &Delivery) -> DeliveryItem<'_> {
    let (status, reason) = match &delivery.status {
        Status::Resolved => (StatusName::Resolved, None),
        Status::Missing(what) => (StatusName::Missing, Some(visible(&shown(what)))),
        Status::External => (StatusName::External, None),
        Status::Unverifiable(why) => (StatusName::Unverifiable, Some(visible(why))),
    };
    DeliveryItem {
        directory: delivery.directory.as_ref().map(|directory| directory.as_str()),
        status,
        reason,
        unit: delivery.unit,
        cluster: delivery.cluster.0,
        namespace: delivery.namespace.as_deref(),
    }
}

fn unit_item<'a>(chart: &Chart<'a>, focus: Option<&'a Focus<'a>>, id: usize, unit: &'a Unit) -> UnitItem<'a> {
    let view = chart.view;
    let object = |object| ObjectView::rendered(view.map, view.repository, object);
    let uses = focus.and_then(|focus| focus.of(id)).map(|used: &Use<'_>| UseItem {
        through: used
            .ways
            .iter()
            .map(|way| way.iter().map(|layer| layer.directory.as_str()).collect())
            .collect(),
        changes: used
            .objects
            .iter()
            .filter_map(|&index| unit.objects.get(index))
            .map(object)
            .map(|object| ObjectItem {
                kind: object.kind(),
                namespace: object.namespace(),
                name: object.written_name(),
            })
            .collect(),
    });
    UnitItem {
        id,
        directory: unit.directory.as_str(),
        applied: !chart.unowned.contains(&id),
        failed: unit.failed,
        not_rendered: unit.events.iter().filter(|event| event.kind.is_gap()).count(),
        kinds: kinds(unit.objects.iter().map(object)),
        uses,
    }
}
