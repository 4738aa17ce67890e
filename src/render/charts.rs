//! Charts that lie in a repository, and the values that stand beside them.
//!
//! Owns what a chart is rendered with when nobody is known to install it. Must not know how it is rendered.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use crate::model::{Repository, Usage, environments};
use crate::source::SourceMap;
use crate::yaml::Cursor;

use super::helm::ValuesLayer;

/// So many files of values beside one chart are looked at.
const MOST: usize = 32;

/// A way to use a chart.
#[derive(Debug)]
pub(super) struct ChartUse {
    /// The directory of the chart, relative to the root.
    pub directory: Utf8PathBuf,
    /// Its name.
    pub name: String,
    /// What is laid over its defaults.
    pub layers: Vec<ValuesLayer>,
}

/// The charts of a repository that are no part of another one: once for each file of values for an environment that
/// lies beside the defaults (`values-prod.yaml`, `values/prod.yaml`), or else once with the defaults.
pub(super) fn uses(map: &SourceMap, repository: &Repository) -> Vec<ChartUse> {
    let mut charts: BTreeMap<&Utf8Path, String> = BTreeMap::new();
    for file in repository.files.iter().filter(|file| file.usage == Usage::Deployed) {
        let path = map.source(file.source).path();
        let (Some("Chart.yaml"), Some(directory)) = (path.file_name(), path.parent()) else { continue };
        let Some(document) = file.documents.first() else { continue };
        let root = Cursor::new(map, &document.tree);
        let text = |field: &str| root.get(field).and_then(|value| value.text()).unwrap_or_default();
        if text("type") != "library" {
            charts.insert(directory, text("name").into_owned());
        }
    }
    let is_inner = |directory: &Utf8Path| {
        let mut above = directory.ancestors().skip(1);
        directory.parent().and_then(Utf8Path::file_name) == Some("charts")
            && above.any(|above| charts.contains_key(above))
    };
    let own = charts.iter().filter(|(directory, _)| !is_inner(directory));
    let uses = own.flat_map(|(directory, name)| {
        let values = values_of_environments(map, repository, directory);
        let layers = match values.is_empty() {
            true => vec![Vec::new()],
            false => values.into_iter().map(|path| vec![file(path)]).collect(),
        };
        layers.into_iter().map(|layers| ChartUse {
            directory: (*directory).to_owned(),
            name: name.clone(),
            layers,
        })
    });
    uses.collect()
}

fn file(path: &Utf8Path) -> ValuesLayer {
    ValuesLayer::File { path: path.to_owned(), at: None, is_optional: false }
}

/// The files of values in the directory of a chart, and in `values` below it, whose names are those of environments.
fn values_of_environments<'w>(
    map: &'w SourceMap,
    repository: &Repository,
    directory: &Utf8Path,
) -> Vec<&'w Utf8Path> {
    let below = directory.join("values");
    let of = |directory: &Utf8Path| -> Vec<&'w Utf8Path> {
        let files = repository.directory(directory).map(|file| map.source(file.source).path());
        files.filter(|path| matches!(path.extension(), Some("yaml" | "yml"))).collect()
    };
    let is_named = |path: &&Utf8Path| path.file_stem().is_some_and(|name| !environments(name).is_empty());
    let beside = of(directory);
    let beside = beside.into_iter().filter(|path| {
        path.file_stem().is_some_and(|name| name.starts_with("values") || name.ends_with("values"))
    });
    beside.chain(of(&below)).filter(is_named).take(MOST).collect()
}
