//! The table, and what in it deserves a second look.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use crate::config::Tier;
use crate::graph::{Artifact, ArtifactKind, Cell, Component, GraphView, components};

use super::moving::is_moving;

/// Environments across, artifacts down.
pub(in crate::report) struct Table {
    /// The environments, from development to production, those that are neither at the end.
    pub environments: Vec<Column>,
    /// Artifacts, those of a component one after the other.
    pub rows: Vec<Row>,
}

/// An environment.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::report) struct Column {
    /// Those without a tier come last.
    is_tierless: bool,
    pub tier: Option<Tier>,
    pub name: String,
}

/// An image of a container, or a chart, in all environments.
pub(in crate::report) struct Row {
    /// What the directories of the component have in common, or the release.
    pub component: String,
    /// Where it runs: `Deployment/web web`.
    pub slot: String,
    pub kind: ArtifactKind,
    /// The image or chart.
    pub name: String,
    /// One for each environment of the table.
    pub entries: Vec<Entry>,
}

/// An artifact in one environment.
#[derive(Default)]
pub(in crate::report) struct Entry {
    /// The versions; several where one environment has several clusters or overlays. None where it does not run.
    pub versions: Vec<Version>,
    /// What is worth a second look, sorted.
    pub marks: BTreeSet<Mark>,
}

/// A version and where it is set.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::report) struct Version {
    /// Tag of an image, or version of a chart.
    pub version: Option<String>,
    /// Digest of an image.
    pub digest: Option<String>,
    /// Name of the image or chart, where it is not the one of the row.
    pub name: Option<String>,
    /// The file that a person would edit.
    pub file: Utf8PathBuf,
    /// Line in it.
    pub line: u32,
    /// The directory of the environment's overlay, when the file lies in it.
    pub directory: Utf8PathBuf,
}

/// What is worth a second look.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::report) enum Mark {
    /// Newer than in the environment before production.
    Ahead,
    /// Environments of one tier run different versions.
    Drift,
    /// Whatever the registry has when a pod starts.
    Floating,
    /// It runs in several environments, but in none of this tier.
    Missing,
}

impl Mark {
    /// The one word for it.
    pub fn name(self) -> &'static str {
        match self {
            Mark::Ahead => "ahead",
            Mark::Drift => "drift",
            Mark::Floating => "floating",
            Mark::Missing => "missing",
        }
    }

    /// What it means.
    pub fn meaning(self) -> &'static str {
        match self {
            Mark::Ahead => "newer than in the environment before production",
            Mark::Drift => "environments of one tier run different versions",
            Mark::Floating => "the registry decides what runs",
            Mark::Missing => "runs in several environments, but in none of this tier",
        }
    }
}

impl Version {
    fn new(view: GraphView<'_>, cell: &Cell, artifact: &Artifact, name: &str) -> Self {
        let span = view.map.in_file(artifact.at).unwrap_or(artifact.at);
        let source = view.map.source(span.source);
        let units = cell.units.iter().filter_map(|&unit| view.rendering.units.get(unit));
        let mut directories = units.map(|unit| &unit.directory);
        Self {
            version: artifact.version.clone(),
            digest: artifact.digest.clone(),
            name: (artifact.name != name).then(|| artifact.name.clone()),
            file: source.path().to_owned(),
            line: source.position(span.start).line,
            directory: directories
                .find(|directory| source.path().starts_with(directory))
                .cloned()
                .unwrap_or_default(),
        }
    }

    /// `2.13.4`, `0.30.1@sha256:7d4f0c1b`, `no tag`
    pub fn words(&self) -> String {
        let digest = self.digest.as_deref().map(|digest| {
            let end = digest.char_indices().nth("sha256:".len() + 8).map_or(digest.len(), |(at, _)| at);
            format!("@{}", &digest[..end])
        });
        let version = self.version.clone().unwrap_or_default() + &digest.unwrap_or_default();
        let version = if version.is_empty() { "no tag".to_owned() } else { version };
        match &self.name {
            Some(name) => format!("{name} {version}"),
            None => version,
        }
    }

    /// `apps/web/overlays/prod/kustomization.yaml:26`
    pub fn place(&self) -> String {
        format!("{}:{}", self.file, self.line)
    }

    /// As [`Version::place`], from the directory of the environment on where the file lies in it.
    pub fn short_place(&self) -> String {
        let file = match self.directory.as_str() {
            "" => &self.file,
            _ => self.file.strip_prefix(&self.directory).unwrap_or(&self.file),
        };
        format!("{file}:{}", self.line)
    }

    fn is_floating(&self) -> bool {
        self.digest.is_none() && self.version.as_deref().is_none_or(is_moving)
    }

    /// What is the same when the same runs.
    fn identity(&self) -> (&Option<String>, &Option<String>, &Option<String>) {
        (&self.name, &self.version, &self.digest)
    }
}

impl Table {
    /// The components of the named paths; all of them if there are none.
    pub fn new(view: GraphView<'_>, named: &[Utf8PathBuf]) -> Self {
        let is_named =
            |path: &Utf8Path| named.is_empty() || named.iter().any(|named| path.starts_with(named));
        let mut components = components(&view);
        components.retain(|component| {
            let files = component.cells.iter().flat_map(|cell| &cell.artifacts);
            let files = files.filter_map(|artifact| view.map.in_file(artifact.at));
            let mut paths = files.map(|span| view.map.source(span.source).path());
            let units = component.cells.iter().flat_map(|cell| &cell.units);
            let mut units = units.filter_map(|&unit| view.rendering.units.get(unit));
            paths.any(is_named) || units.any(|unit| is_named(&unit.directory))
        });
        components.retain(|component| component.cells.iter().any(|cell| !cell.artifacts.is_empty()));
        let environments: BTreeSet<Column> =
            components.iter().flat_map(|component| &component.cells).map(Column::of).collect();
        let environments: Vec<Column> = environments.into_iter().collect();
        let rows = components.iter().flat_map(|component| rows(view, component, &environments)).collect();
        Self { environments, rows }
    }

    /// The marks that are used, each once.
    pub fn marks(&self) -> BTreeSet<Mark> {
        self.rows.iter().flat_map(|row| &row.entries).flat_map(|entry| entry.marks.iter().copied()).collect()
    }
}

impl Column {
    fn of(cell: &Cell) -> Self {
        let environment = &cell.environment;
        Self {
            is_tierless: environment.tier.is_none(),
            tier: environment.tier,
            name: environment.name.clone(),
        }
    }
}

fn rows(view: GraphView<'_>, component: &Component, environments: &[Column]) -> Vec<Row> {
    let mut slots: BTreeMap<(ArtifactKind, &str), &str> = BTreeMap::new();
    for artifact in component.cells.iter().flat_map(|cell| &cell.artifacts) {
        slots.entry((artifact.kind, artifact.slot.as_str())).or_insert(&artifact.name);
    }
    let inversions = component.inversions();
    let row = |((kind, slot), name): ((ArtifactKind, &str), &str)| {
        let mut entries: Vec<Entry> = environments.iter().map(|_| Entry::default()).collect();
        for cell in &component.cells {
            let column = Column::of(cell);
            let Some(at) = environments.iter().position(|environment| *environment == column) else {
                continue;
            };
            let artifacts = cell.artifacts.iter();
            let artifacts = artifacts.filter(|artifact| artifact.kind == kind && artifact.slot == slot);
            let versions: BTreeSet<Version> =
                artifacts.map(|artifact| Version::new(view, cell, artifact, name)).collect();
            entries[at].versions.extend(versions);
            let is_ahead = inversions.iter().any(|inversion| {
                let ahead = inversion.artifact;
                std::ptr::eq(inversion.cell, cell) && ahead.kind == kind && ahead.slot == slot
            });
            if is_ahead {
                entries[at].marks.insert(Mark::Ahead);
            }
        }
        mark(&mut entries, environments);
        Row { component: component.key.clone(), slot: slot.to_owned(), kind, name: name.to_owned(), entries }
    };
    slots.into_iter().map(row).collect()
}

fn mark(entries: &mut [Entry], environments: &[Column]) {
    for entry in entries.iter_mut() {
        if entry.versions.iter().any(Version::is_floating) {
            entry.marks.insert(Mark::Floating);
        }
    }
    // A tool for debugging that runs in one environment is missing nowhere.
    let is_promoted = entries.iter().filter(|entry| !entry.versions.is_empty()).count() > 1;
    for tier in [Tier::Dev, Tier::Test, Tier::Staging, Tier::Production] {
        let is_here = |at: &usize| environments.get(*at).is_some_and(|column| column.tier == Some(tier));
        let here: Vec<usize> = (0..entries.len()).filter(is_here).collect();
        let versions: BTreeSet<_> =
            here.iter().flat_map(|&at| &entries[at].versions).map(Version::identity).collect();
        let found = match versions.len() {
            0 if is_promoted => Mark::Missing,
            0 | 1 => continue,
            _ => Mark::Drift,
        };
        for at in here {
            if found == Mark::Missing || !entries[at].versions.is_empty() {
                entries[at].marks.insert(found);
            }
        }
    }
}
