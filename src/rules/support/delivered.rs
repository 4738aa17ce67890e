//! Which files owners deliver, which ones kustomizations read, and which a controller reads as they are written.
//!
//! A guard that goes by the names of files and directories asks here first: what a controller applies is in use, whatever
//! it is called. Must not work out what owners apply: the graph knows. Must not report anything.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::engine::World;
use crate::graph::{self, OwnerView, Tool, Tops};
use crate::model::KUSTOMIZATION_NAMES;
use crate::render::Layer;
use crate::source::SourceId;

/// Files with this are left out by Argo CD.
const SKIPPED: &str = "+argocd:skip-file-rendering";

/// What is read for clusters.
#[derive(Default)]
pub struct Delivered {
    /// Files that an owner applies, or may apply.
    files: FxHashSet<SourceId>,
    /// The directories with files that one is known to apply.
    around: FxHashSet<Utf8PathBuf>,
    /// Files that are read for any kustomization.
    built: FxHashSet<SourceId>,
    /// Directories whose files are read without a kustomization that names them.
    plain: FxHashMap<Utf8PathBuf, Tool>,
}

impl Delivered {
    /// What is delivered in a world, worked out once.
    pub fn of(world: &World) -> Arc<Self> {
        world.memo.get(|| Self::build(world))
    }

    /// Whether an owner applies a file, or what is made of it.
    pub fn has(&self, source: SourceId) -> bool {
        self.files.contains(&source)
    }

    /// Whether a file is among what an owner or a kustomization reads.
    pub fn reaches(&self, source: SourceId, world: &World) -> bool {
        self.built.contains(&source) || self.has(source) || self.plain_above(source, world).is_some()
    }

    /// Whether a controller reads a file of YAML as it is written: no kustomization chooses what it reads. One that lies
    /// deeper counts with a neighbour that is read, since sources leave out directories.
    pub fn reads_as_it_is(&self, source: SourceId, world: &World) -> bool {
        let source_of_file = world.map.source(source);
        let (path, text) = (source_of_file.path(), source_of_file.text());
        let Some((above, tool)) = self.plain_above(source, world) else { return false };
        let parent = path.parent().unwrap_or(Utf8Path::new(""));
        // Argo CD takes no notice of what does not look like a manifest. Source: `getObjsFromYAMLOrJson` of
        // <https://github.com/argoproj/argo-cd/blob/master/reposerver/repository/repository.go>.
        let looks_like_one = || {
            ["apiVersion:", "kind:", "metadata:"].iter().all(|word| text.contains(word))
                && !text.contains(SKIPPED)
        };
        matches!(path.extension(), Some("yaml" | "yml"))
            && (above == parent || self.around.contains(parent))
            && (tool != Tool::Directory || looks_like_one())
    }

    /// The directory above a file that is read without a kustomization on the way.
    fn plain_above<'p>(&self, source: SourceId, world: &'p World) -> Option<(&'p Utf8Path, Tool)> {
        for above in world.map.source(source).path().ancestors().skip(1) {
            if KUSTOMIZATION_NAMES.iter().any(|name| world.repository.file(&above.join(name)).is_some()) {
                return None;
            }
            if let Some(tool) = self.plain.get(above) {
                return Some((above, *tool));
            }
        }
        None
    }

    fn build(world: &World) -> Self {
        let view = world.graph();
        let applied = graph::Delivered::of(view, &Tops::new(view), |_| true);
        let files = world.repository.files.iter().map(|file| file.source);
        let files = files.filter(|file| applied.has(world.map.source(*file).path(), *file)).collect();
        let around = applied.files().iter().filter_map(|file| world.map.source(*file).path().parent());
        let (mut built, mut seen) = (FxHashSet::default(), FxHashSet::default());
        for unit in &world.rendering.units {
            add(&unit.layer, &mut seen, &mut built);
        }
        let mut plain = FxHashMap::default();
        for owner in view.owners() {
            for delivery in &owner.owner.deliveries {
                let Some(directory) = &delivery.directory else { continue };
                let is_named = |name: &&str| world.repository.file(&directory.join(name)).is_some();
                let is_plain = match delivery.tool {
                    Tool::Kustomize => !KUSTOMIZATION_NAMES.iter().any(is_named),
                    Tool::Directory => !chooses(owner),
                    _ => false,
                };
                if is_plain {
                    plain.insert(directory.clone(), delivery.tool);
                }
            }
        }
        Self { files, around: around.map(Utf8Path::to_owned).collect(), built, plain }
    }
}

/// Collects the files of a layer and of those below it, each layer once.
fn add(layer: &Layer, seen: &mut FxHashSet<*const Layer>, to: &mut FxHashSet<SourceId>) {
    if seen.insert(layer) {
        to.extend(&layer.files);
        layer.bases.iter().for_each(|base| add(base, seen, to));
    }
}

/// Whether an Application says which files of its directories are read.
fn chooses(owner: OwnerView<'_>) -> bool {
    owner.object.root.scalars().any(|value| {
        value.key().and_then(|key| key.text()).is_some_and(|key| matches!(&*key, "include" | "exclude"))
    })
}
