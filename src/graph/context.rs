//! What controllers are given to look at: the files, the renderer, and what is known of the repository itself.

use std::sync::OnceLock;

use camino::{Utf8Path, Utf8PathBuf};

use crate::discover::FileKind;
use crate::model::{File, Object, Repository};
use crate::render::Renderer;
use crate::source::SourceMap;

use super::{Environments, Revision, ThisRepository, Whose, argo};

/// The inputs of the graph.
pub struct Context<'w> {
    /// The sources.
    pub map: &'w SourceMap,
    /// The files.
    pub repository: &'w Repository,
    /// Makes units of directories.
    pub renderer: &'w Renderer<'w>,
    /// Which addresses are this repository's.
    pub this: ThisRepository,
    /// Which environments the configuration declares.
    pub environments: Environments,
    /// Whether the ApplicationSet controller matches files segment by segment, once somebody has asked.
    new_globbing: OnceLock<bool>,
}

/// A path of a source: relative to the root of the repository, without `./`, `/` in front, and `..`. `None` when it
/// leads out of the repository.
pub(super) fn source_path(text: &str) -> Option<Utf8PathBuf> {
    let mut path = Utf8PathBuf::new();
    for part in text.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                if !path.pop() {
                    return None;
                }
            }
            part => path.push(part),
        }
    }
    Some(path)
}

/// A path of a source of Flux, which joins it to the root of the source as if there were nothing above: `../apps` is
/// `apps`.
pub(super) fn path_below_root(text: &str) -> Utf8PathBuf {
    let mut path = Utf8PathBuf::new();
    for part in text.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                path.pop();
            }
            part => path.push(part),
        }
    }
    path
}

impl<'w> Context<'w> {
    /// The inputs.
    pub fn new(
        map: &'w SourceMap,
        repository: &'w Repository,
        renderer: &'w Renderer<'w>,
        this: ThisRepository,
        environments: Environments,
    ) -> Self {
        Self { map, repository, renderer, this, environments, new_globbing: OnceLock::new() }
    }

    /// Whether the repository tells the ApplicationSet controller to match files as directories are matched.
    pub(super) fn has_new_globbing(&self) -> bool {
        *self.new_globbing.get_or_init(|| argo::has_new_globbing(self))
    }

    /// Whether a revision of this repository is that of the files at hand.
    pub fn is_at_hand(&self, revision: Option<&str>) -> bool {
        self.this.revision(revision) == Revision::WorkTree
    }

    /// Whose repository an address leads to. One that is not there, or that something fills in, is nobody's.
    pub fn whose(&self, address: &str) -> Whose {
        let is_known = !address.trim().is_empty() && !address.contains('$') && !address.contains("{{");
        if is_known { self.this.whose(address) } else { Whose::Unknown }
    }

    /// Whether files of the repository lie in a directory or below it.
    pub fn is_directory(&self, path: &Utf8Path) -> bool {
        self.below(path).next().is_some()
    }

    /// The analysed files in a directory and below it, sorted by path.
    pub fn below(&self, directory: &Utf8Path) -> impl Iterator<Item = (&'w Utf8Path, &'w File)> + use<'w> {
        let (map, repository) = (self.map, self.repository);
        map.below(directory).filter_map(move |id| Some((map.source(id).path(), repository.of(id)?)))
    }

    /// The objects of manifests, in the order of the files.
    pub fn objects(files: &[&'w File]) -> Vec<Object> {
        let manifests = files.iter().filter(|file| matches!(file.kind, FileKind::Yaml | FileKind::Json));
        manifests.flat_map(|file| file.objects.iter().cloned()).collect()
    }
}
