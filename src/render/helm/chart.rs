//! A chart as it was loaded, before anybody gave it values.
//!
//! Owns the parts of a chart. All of it is immutable, and shared by all that render it.

use std::sync::{Arc, OnceLock};

use camino::Utf8PathBuf;
use rustc_hash::FxHashMap;

use crate::render::Event;
use crate::source::{SourceId, Span};
use crate::template::Reads;
use crate::yaml::Tree;

use super::metadata::Metadata;

/// A chart with the charts in it.
#[derive(Clone, Debug)]
pub struct Chart {
    /// What `Chart.yaml` says.
    pub metadata: Metadata,
    /// `Chart.yaml`.
    pub source: SourceId,
    /// Where it lies: a directory, or an archive and the directory in it.
    pub directory: Utf8PathBuf,
    /// The documents of `values.yaml`, each a map; later ones are laid over earlier ones.
    pub values: Vec<Tree>,
    /// `values.yaml`, when there is one.
    pub values_source: Option<SourceId>,
    /// `values.schema.json`.
    pub schema: Option<SourceId>,
    /// The files below `templates/`, by their paths in the chart.
    pub templates: Vec<ChartTemplate>,
    /// All other files, by their paths in the chart: what `.Files` has, and `crds/`.
    pub files: Vec<OtherFile>,
    /// The charts in it, sorted by where they lie.
    pub dependencies: Vec<Arc<Chart>>,
    /// Which of [`Metadata::dependencies`] could not be found anywhere.
    pub missing: Vec<usize>,
    /// How many charts it is rendered as: itself and those in it, each as often as it is asked for.
    pub size: u64,
    /// What was noticed in it while it was loaded; not what was noticed in the charts in it.
    pub events: Vec<Event>,
    /// Which values its templates and those of the charts in it read, once somebody has asked; `None` when one of them
    /// is no template.
    pub(super) reads: OnceLock<Option<Arc<Reads>>>,
}

/// A file below `templates/`.
#[derive(Clone, Debug)]
pub struct ChartTemplate {
    /// Its path in the chart.
    pub name: String,
    /// Its text.
    pub source: SourceId,
}

/// A file that is no template.
#[derive(Clone, Debug)]
pub struct OtherFile {
    /// Its path in the chart.
    pub name: String,
    /// What is in it.
    pub content: OtherContent,
}

/// What is in a file that is no template.
#[derive(Clone, Debug)]
pub enum OtherContent {
    /// A file of the repository, which is read when a template asks for it.
    File(Utf8PathBuf),
    /// A text from an archive.
    Text(SourceId),
    /// Bytes from an archive.
    Bytes(Arc<[u8]>),
}

impl Chart {
    /// The place of `Chart.yaml` as a whole.
    pub fn span(&self) -> Span {
        self.metadata.name.span.unwrap_or(Span::new(self.source, 0, 0))
    }

    /// Counts the charts in it, whose own are counted already.
    pub(super) fn count(&mut self) {
        let mut asked: FxHashMap<&str, u64> = FxHashMap::default();
        for dependency in &self.metadata.dependencies {
            *asked.entry(&dependency.name.text).or_default() += 1;
        }
        let times = |inner: &Chart| asked.get(&*inner.metadata.name.text).copied().unwrap_or(1);
        let sizes = self.dependencies.iter().map(|inner| inner.size.saturating_mul(times(inner)));
        self.size = sizes.fold(1, u64::saturating_add);
    }

    /// The charts in it and in those, this one first.
    pub fn all(self: &Arc<Self>) -> Vec<&Arc<Self>> {
        let mut all = vec![self];
        let mut next = 0;
        while let Some(chart) = all.get(next).copied() {
            all.extend(&chart.dependencies);
            next += 1;
        }
        all
    }
}
