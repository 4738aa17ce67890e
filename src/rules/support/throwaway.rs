//! Clusters that k3d or kind makes on somebody's machine, and the directories that hold what is meant for them alone.
//!
//! A home lab may run on kind, too: only a directory whose path says that it is for development or tests counts. Must not
//! report anything.

use camino::{Utf8Path, Utf8PathBuf};

use crate::engine::World;
use crate::model::FileView;
use crate::source::SourceId;

/// Groups of the configuration of such clusters.
const GROUPS: [&str; 2] = ["k3d.io", "kind.x-k8s.io"];
/// Names of directories that are for a cluster on somebody's machine, whatever lies beside them.
const LOCAL: [&str; 7] =
    ["docker-desktop", "k3d", "local-dev", "localdev", "microk8s", "minikube", "rancher-desktop"];
/// Words of a path that say what a cluster is for.
const WORDS: [&str; 9] = ["ci", "dev", "development", "e2e", "k3d", "kind", "local", "test", "tests"];

/// The directories with the configuration of such a cluster.
struct Throwaway(Vec<Utf8PathBuf>);

/// Whether a file lies in a directory for such a cluster.
pub fn is_meant(source: SourceId, world: &World) -> bool {
    let known = world.memo.get(|| Throwaway::of(world));
    let path = world.map.source(source).path();
    let is_local = |part: camino::Utf8Component<'_>| LOCAL.contains(&part.as_str());
    path.components().any(is_local) || known.0.iter().any(|directory| path.starts_with(directory))
}

impl Throwaway {
    fn of(world: &World) -> Self {
        let files = world.repository.files.iter().map(|file| FileView { map: &world.map, file });
        let makes = |file: &FileView<'_>| {
            file.objects().any(|object| {
                let version = object.api_version();
                version.split_once('/').is_some_and(|(group, _)| GROUPS.contains(&group))
            })
        };
        let directory =
            |file: FileView<'_>| Some(world.map.source(file.file.source).path().parent()?.to_owned());
        Self(files.filter(makes).filter_map(directory).filter(|directory| is_named(directory)).collect())
    }
}

fn is_named(directory: &Utf8Path) -> bool {
    let words = || directory.as_str().split(|c: char| !c.is_ascii_alphanumeric());
    words().any(|word| WORDS.iter().any(|known| word.eq_ignore_ascii_case(known)))
}
