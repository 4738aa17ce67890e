//! Which pipeline files are parts of other pipelines, so that what they say is read there and counts once.

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::model::{DocumentKind, DocumentView, File, FileView, Pipeline, Repository, normalise};
use crate::source::{SourceId, SourceMap};

use super::{azure, gitlab};

/// The files of a repository as pipelines include them.
pub(super) struct Files<'w> {
    /// All of them.
    pub repository: &'w Repository,
    /// Files that another pipeline includes.
    included: FxHashSet<SourceId>,
}

impl<'w> Files<'w> {
    pub fn new(map: &'w SourceMap, repository: &'w Repository) -> Self {
        let of = |pipeline| {
            let is = |file: &&File| {
                let mut documents = file.documents.iter();
                documents.any(|document| document.kind == DocumentKind::Pipeline(pipeline))
            };
            let mut files: Vec<FileView<'w>> =
                repository.files.iter().filter(is).map(|file| FileView { map, file }).collect();
            // The pipeline of the repository lies higher than what it includes.
            files.sort_by_key(|file| file.path().as_str().matches('/').count());
            files
        };
        let mut included = FxHashSet::default();
        add_included(&of(Pipeline::GitLab), |file| gitlab::includes(repository, file), &mut included);
        add_included(&of(Pipeline::Azure), |file| azure::includes(repository, file), &mut included);
        Self { repository, included }
    }

    /// The files that another pipeline includes.
    pub fn into_included(self) -> FxHashSet<SourceId> {
        self.included
    }

    /// Whether another pipeline includes the file of a document.
    pub fn is_included(&self, document: &DocumentView<'_>) -> bool {
        self.included.contains(&document.file.source)
    }
}

/// Adds those of `pipelines` that others include, directly or not. Of files that include each other, the first is the
/// pipeline.
fn add_included<'w>(
    pipelines: &[FileView<'w>],
    includes: impl Fn(&FileView<'w>) -> Vec<FileView<'w>>,
    included: &mut FxHashSet<SourceId>,
) {
    let mut direct: FxHashMap<SourceId, Vec<FileView<'w>>> = FxHashMap::default();
    let mut waiting: Vec<FileView<'w>> = pipelines.to_vec();
    let mut named = FxHashSet::default();
    while let Some(file) = waiting.pop() {
        if direct.contains_key(&file.file.source) {
            continue;
        }
        let others: Vec<FileView<'w>> =
            includes(&file).into_iter().filter(|other| other.file.source != file.file.source).collect();
        named.extend(others.iter().map(|other| other.file.source));
        waiting.extend(&others);
        direct.insert(file.file.source, others);
    }
    // First from files that nobody includes, then from what is left: circles.
    let mut reached: FxHashSet<SourceId> = FxHashSet::default();
    let (circles, roots): (Vec<&FileView<'w>>, Vec<&FileView<'w>>) =
        pipelines.iter().partition(|file| named.contains(&file.file.source));
    for root in roots.into_iter().chain(circles) {
        if reached.contains(&root.file.source) {
            continue;
        }
        let mut waiting = vec![*root];
        while let Some(file) = waiting.pop() {
            for other in direct.get(&file.file.source).into_iter().flatten() {
                if other.file.source != root.file.source && reached.insert(other.file.source) {
                    waiting.push(*other);
                }
            }
        }
    }
    included.extend(reached);
}

/// A path as pipelines write it: from the root of the repository behind a `/`, otherwise from a directory.
pub(super) fn resolve(directory: &Utf8Path, path: &str) -> Utf8PathBuf {
    // People on Windows write `\`, and Azure reads it.
    let path = path.trim().replace('\\', "/");
    match path.strip_prefix('/') {
        Some(path) => normalise(Utf8Path::new(path)),
        None => normalise(&directory.join(path)),
    }
}
