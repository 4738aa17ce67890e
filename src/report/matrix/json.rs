//! The matrix for programs, and its schema.
//!
//! Within a version keys are added but never removed, renamed or given another meaning.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;
use serde_json::{Value, json};

use crate::config::Tier;
use crate::graph::ArtifactKind;
use crate::report::json::print;

use super::table::{Entry, Mark, Table};

/// The version of the format.
const VERSION: u32 = 1;

/// The table of `plimsoll matrix --format json`.
#[derive(Serialize, JsonSchema)]
struct Output<'a> {
    /// Version of this format. Keys may be added within a version; nothing else changes.
    #[schemars(extend("const" = VERSION))]
    version: u32,
    /// From development to production; those that are neither come last.
    environments: Vec<EnvironmentItem<'a>>,
    /// Images and charts, sorted by component.
    rows: Vec<RowItem<'a>>,
}

/// An environment.
#[derive(Serialize, JsonSchema)]
struct EnvironmentItem<'a> {
    name: &'a str,
    /// How far it is from development; absent where its name leaves that open.
    #[serde(skip_serializing_if = "Option::is_none")]
    tier: Option<TierName>,
}

/// How far an environment is from development.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum TierName {
    Dev,
    Test,
    Staging,
    Production,
}

/// An image of a container, or a chart, in all environments.
#[derive(Serialize, JsonSchema)]
struct RowItem<'a> {
    /// What the directories of the component have in common, with `*` for the environment; of a chart the release.
    component: &'a str,
    /// Kind and name of the object without its environment, and the container.
    slot: &'a str,
    kind: KindName,
    /// The image without tag and digest, or the chart.
    name: &'a str,
    /// One for each environment, in their order.
    cells: Vec<CellItem<'a>>,
}

/// What is versioned.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum KindName {
    Image,
    Chart,
}

/// An image or chart in one environment.
#[derive(Serialize, JsonSchema)]
struct CellItem<'a> {
    environment: &'a str,
    /// None where it does not run; several where the environment has several clusters or overlays.
    versions: Vec<VersionItem<'a>>,
    /// What is worth a second look.
    marks: Vec<MarkName>,
}

/// A version and where it is set.
#[derive(Serialize, JsonSchema)]
struct VersionItem<'a> {
    /// Tag of an image, or version of a chart.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<&'a str>,
    /// The image or chart, where it is not the one of the row.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    /// The file that a person would edit, relative to the root.
    file: &'a str,
    line: u32,
}

/// What is worth a second look.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum MarkName {
    /// Newer than in the environment before production.
    Ahead,
    /// Environments of one tier run different versions.
    Drift,
    /// The registry decides what runs.
    Floating,
    /// It runs in several environments, but in none of this tier.
    Missing,
}

/// The JSON schema of the format.
pub(super) fn schema() -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut schema = settings.into_generator().into_root_schema_for::<Output<'static>>().to_value();
    schema["title"] = json!("plimsoll matrix");
    schema
}

/// The table.
pub(super) fn render(table: &Table) -> String {
    let environments = table.environments.iter().map(|environment| EnvironmentItem {
        name: &environment.name,
        tier: environment.tier.map(|tier| match tier {
            Tier::Dev => TierName::Dev,
            Tier::Test => TierName::Test,
            Tier::Staging => TierName::Staging,
            Tier::Production => TierName::Production,
        }),
    });
    let rows = table.rows.iter().map(|row| RowItem {
        component: &row.component,
        slot: &row.slot,
        kind: match row.kind {
            ArtifactKind::Image => KindName::Image,
            ArtifactKind::Chart => KindName::Chart,
        },
        name: &row.name,
        cells: table
            .environments
            .iter()
            .zip(&row.entries)
            .map(|(environment, entry)| cell_item(&environment.name, entry))
            .collect(),
    });
    print(&Output { version: VERSION, environments: environments.collect(), rows: rows.collect() })
}

fn cell_item<'a>(environment: &'a str, entry: &'a Entry) -> CellItem<'a> {
    let versions = entry.versions.iter().map(|version| VersionItem {
        version: version.version.as_deref(),
        digest: version.digest.as_deref(),
        name: version.name.as_deref(),
        file: version.file.as_str(),
        line: version.line,
    });
    let marks = entry.marks.iter().map(|mark| match mark {
        Mark::Ahead => MarkName::Ahead,
        Mark::Drift => MarkName::Drift,
        Mark::Floating => MarkName::Floating,
        Mark::Missing => MarkName::Missing,
    });
    CellItem { environment, versions: versions.collect(), marks: marks.collect() }
}
