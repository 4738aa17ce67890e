//! Who reads a file of YAML: whether it is read as it is written, or filled in before.
//!
//! Must not know what is wrong with the file.

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::FxHashSet;

use crate::engine::World;
use crate::model::{DocumentKind, FileView, Usage, normalise};
use crate::render::EventKind;
use crate::rules::support::delivered::Delivered;
use crate::rules::support::is_among_templates;
use crate::source::Span;

/// How a file is read, as far as the repository says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Reading {
    /// Kustomize or a controller reads it as it is written.
    AsItIs,
    /// Kustomize does, in a directory of templates: something makes another directory of it first.
    OfTemplates,
    /// Nobody is known to read it, or only as text.
    Unknown,
}

impl Reading {
    /// How a file is read.
    pub fn of(file: &FileView<'_>, world: &World) -> Self {
        let source = file.file.source;
        let delivered = Delivered::of(world);
        let kustomize = world.memo.get(|| Kustomize::of(world));
        let is_named = matches!(file.file.usage, Usage::Rendered | Usage::Input)
            && !kustomize.data.contains(file.path());
        let is_refused =
            || file.file.parsed.problems.iter().any(|problem| kustomize.refused.contains(&problem.span));
        match is_named || is_refused() {
            true if is_among_templates(file.path()) && !delivered.has(source) => Self::OfTemplates,
            true => Self::AsItIs,
            false if delivered.reads_as_it_is(source, world) => Self::AsItIs,
            false => Self::Unknown,
        }
    }
}

/// What Kustomize says about files.
struct Kustomize {
    /// Files that generators put into ConfigMaps and Secrets: text, which need be no YAML.
    data: FxHashSet<Utf8PathBuf>,
    /// Places at which builds end.
    refused: FxHashSet<Span>,
}

impl Kustomize {
    fn of(world: &World) -> Self {
        let errors = world.rendering.events.iter().filter(|event| event.kind == EventKind::BuildError);
        let refused = errors.map(|event| event.span).collect();
        let mut data = FxHashSet::default();
        for file in &world.repository.files {
            let file = FileView { map: &world.map, file };
            let directory = file.path().parent().unwrap_or(Utf8Path::new(""));
            for document in file.documents() {
                if !matches!(document.kind(), DocumentKind::Kustomization | DocumentKind::Component) {
                    continue;
                }
                let generators = ["configMapGenerator", "secretGenerator"].into_iter();
                let generators = generators.filter_map(|field| document.root.get(field));
                let files = generators.flat_map(|list| list.items()).filter_map(|one| one.get("files"));
                data.extend(files.flat_map(|files| files.items()).filter_map(|entry| {
                    let text = entry.text()?;
                    // `key=path` or `path`
                    let path = text.split_once('=').map_or(text.as_ref(), |(_, path)| path);
                    Some(normalise(&directory.join(path)))
                }));
            }
        }
        Self { data, refused }
    }
}
