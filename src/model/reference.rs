//! Types files by how kustomizations, charts, Applications and HelmReleases refer to them. What refers to a file knows best what it is: a
//! patch has the `kind` of what it patches, and a base is not what is applied.

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::source::SourceMap;
use crate::yaml::Cursor;

use super::classify::KUSTOMIZATION_NAMES;
use super::{DocumentKind, File, Usage};

/// Fields of a kustomization that name files of patches.
const PATCHES: [&str; 3] = ["patches", "patchesStrategicMerge", "patchesJson6902"];
/// Fields of a kustomization that name inputs which are not applied.
const INPUTS: [&str; 5] = ["configurations", "crds", "generators", "transformers", "validators"];

/// What one kustomization says about other files.
#[derive(Default)]
struct References {
    patches: Vec<Utf8PathBuf>,
    inputs: Vec<Utf8PathBuf>,
    values: Vec<Utf8PathBuf>,
    /// `resources` and the old `bases`: files, or directories with a kustomization.
    resources: Vec<Utf8PathBuf>,
    components: Vec<Utf8PathBuf>,
}

/// Sets the kinds and usages that follow from references between files.
pub(super) fn apply(map: &SourceMap, index: &FxHashMap<&Utf8Path, usize>, files: &mut [File]) {
    let mut kustomizations: FxHashMap<usize, References> = FxHashMap::default();
    for (at, file) in files.iter().enumerate() {
        for document in &file.documents {
            if matches!(document.kind, DocumentKind::Kustomization | DocumentKind::Component) {
                let directory = map.source(file.source).path().parent().unwrap_or(Utf8Path::new(""));
                let references = read(Cursor::new(map, &document.tree), directory);
                kustomizations.insert(at, references);
            }
        }
    }
    let find = |path: &Utf8PathBuf| index.get(path.as_path()).copied();
    let find_directory = |path: &Utf8PathBuf| {
        KUSTOMIZATION_NAMES.iter().find_map(|name| index.get(path.join(name).as_path()).copied())
    };

    // What another kustomization includes is a base, if the way to it begins at one that nothing includes. Those that
    // only include each other, or themselves, are applied by nobody else and are looked at as they stand.
    let includes = |at: usize| {
        let references = kustomizations.get(&at);
        let paths = references.into_iter().flat_map(|it| it.resources.iter().chain(&it.components));
        paths.filter_map(find_directory).filter(move |&included| included != at)
    };
    let included: FxHashSet<usize> = kustomizations.keys().flat_map(|&at| includes(at)).collect();
    let mut open: Vec<usize> = kustomizations.keys().copied().filter(|at| !included.contains(at)).collect();
    let mut bases: FxHashSet<usize> = FxHashSet::default();
    while let Some(at) = open.pop() {
        open.extend(includes(at).filter(|&included| bases.insert(included)));
    }

    let is_component =
        |at: usize| files[at].documents.iter().any(|document| document.kind == DocumentKind::Component);
    // A component that nothing includes is not built.
    let built: Vec<usize> =
        kustomizations.keys().copied().filter(|at| bases.contains(at) || !is_component(*at)).collect();
    for at in built {
        if bases.contains(&at) {
            files[at].usage = Usage::Rendered;
        }
        for resource in kustomizations[&at].resources.iter().filter_map(find) {
            if !kustomizations.contains_key(&resource) {
                files[resource].usage = Usage::Rendered;
            }
        }
    }
    for references in kustomizations.values() {
        let typed = [
            (&references.patches, DocumentKind::Patch, Usage::Input),
            (&references.inputs, DocumentKind::KustomizeInput, Usage::Input),
            (&references.values, DocumentKind::Values, Usage::Deployed),
        ];
        for (paths, kind, usage) in typed {
            for at in paths.iter().filter_map(find) {
                files[at].usage = usage;
                for document in &mut files[at].documents {
                    if matches!(document.kind, DocumentKind::Object | DocumentKind::Unknown) {
                        document.kind = kind;
                    }
                }
            }
        }
    }
    let named: Vec<usize> =
        files.iter().flat_map(|file| value_files(map, file)).filter_map(|path| find(&path)).collect();
    for at in named {
        for document in &mut files[at].documents {
            if document.kind == DocumentKind::Unknown && Cursor::new(map, &document.tree).is_map() {
                document.kind = DocumentKind::Values;
            }
        }
    }
}

/// The files that the objects of a file name as values of a chart, if the repository they name is this one: whether it
/// is, the graph knows.
fn value_files(map: &SourceMap, file: &File) -> Vec<Utf8PathBuf> {
    let mut found = Vec::new();
    for object in &file.objects {
        let root = Cursor::new(map, &object.tree);
        let kind = root.get("kind").and_then(|kind| kind.text()).unwrap_or_default();
        match &*kind {
            "Application" | "ApplicationSet" => {
                let spec = root.path(&["spec", "template", "spec"]).or_else(|| root.get("spec"));
                let Some(spec) = spec else { continue };
                let sources = spec.get("sources").into_iter().flat_map(|sources| sources.items());
                for source in sources.chain(spec.get("source")) {
                    let directory = source.get("path").and_then(|path| path.text()).unwrap_or_default();
                    let names =
                        source.path(&["helm", "valueFiles"]).into_iter().flat_map(|names| names.items());
                    let names = names.filter_map(|name| name.text());
                    // `$name/…` is below the root of another source, `/…` below that of this one.
                    found.extend(names.filter(|name| !name.contains("://")).map(|name| {
                        match name.strip_prefix('$') {
                            Some(name) => {
                                normalise(Utf8Path::new(name.split_once('/').map_or("", |(_, path)| path)))
                            }
                            None if name.starts_with('/') => {
                                normalise(Utf8Path::new(name.trim_start_matches('/')))
                            }
                            None => normalise(&Utf8Path::new(&*directory).join(&*name)),
                        }
                    }));
                }
            }
            "HelmRelease" => {
                let names = root.path(&["spec", "chart", "spec", "valuesFiles"]);
                let names = names.into_iter().flat_map(|names| names.items()).filter_map(|name| name.text());
                found.extend(names.map(|name| normalise(Utf8Path::new(&*name))));
            }
            _ => {}
        }
    }
    found
}

fn read(root: Cursor<'_>, directory: &Utf8Path) -> References {
    let list = |name: &str| root.get(name).into_iter().flat_map(|list| list.items());
    let join = |text: &str| normalise(&directory.join(text));
    let mut references = References::default();
    let file = |item: Cursor<'_>| item.text().map(|text| join(&text));
    references.resources.extend(["resources", "bases"].into_iter().flat_map(list).filter_map(file));
    references.components.extend(list("components").filter_map(file));
    // An item of `patches` is a mapping with `path`; of `patchesStrategicMerge` a path, or the patch itself,
    // which names no file.
    let path = |item: Cursor<'_>| item.get("path").unwrap_or(item).text().map(|text| join(&text));
    references.patches.extend(PATCHES.into_iter().flat_map(list).filter_map(path));
    references.inputs.extend(INPUTS.into_iter().flat_map(list).filter_map(file));
    references.inputs.extend(list("replacements").filter_map(path));
    for generator in ["configMapGenerator", "secretGenerator"].into_iter().flat_map(list) {
        for field in ["files", "envs"] {
            let sources = generator.get(field).into_iter().flat_map(|files| files.items());
            // `key=path` or `path`
            references.inputs.extend(sources.filter_map(|item| {
                let text = item.text()?;
                Some(join(text.split_once('=').map_or(text.as_ref(), |(_, path)| path)))
            }));
        }
    }
    for chart in list("helmCharts") {
        let more = chart.get("additionalValuesFiles").into_iter().flat_map(|files| files.items());
        references.values.extend(chart.get("valuesFile").into_iter().chain(more).filter_map(file));
    }
    references
}

/// Resolves `.` and `..` without looking at the file system. A path that leaves the root names nothing.
pub(crate) fn normalise(path: &Utf8Path) -> Utf8PathBuf {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.components() {
        match part.as_str() {
            "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            other => parts.push(other),
        }
    }
    parts.iter().collect()
}
