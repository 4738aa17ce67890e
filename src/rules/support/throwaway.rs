//! Clusters on somebody's machine, such as k3d and kind make, and the directories that hold what is meant for them alone.
//!
//! A home lab may run on kind, too: only a directory whose path says that it is for development or tests counts. Must not
//! report anything.

use camino::{Utf8Path, Utf8PathBuf};

use crate::engine::World;
use crate::model::FileView;
use crate::source::SourceId;

use super::delivered::Delivered;

/// Groups of the configuration of such clusters.
const GROUPS: [&str; 2] = ["k3d.io", "kind.x-k8s.io"];
/// Words of a path that say what a cluster is for.
const WORDS: [&str; 9] = ["ci", "dev", "development", "e2e", "k3d", "kind", "local", "test", "tests"];

/// The directories with the configuration of such a cluster.
struct Throwaway(Vec<Utf8PathBuf>);

/// Whether a file lies in a directory for such a cluster.
pub fn is_meant(source: SourceId, world: &World) -> bool {
    let known = world.memo.get(|| Throwaway::of(world));
    let path = world.map.source(source).path();
    is_local(source, world) || known.0.iter().any(|directory| path.starts_with(directory))
}

/// Whether the path of a file says that it is for somebody's machine alone: a directory `local`, `local-k8s` or `minikube`,
/// the container that an editor runs in, the tests of the repository, `docker-compose.test.yml`. What a controller applies
/// is in use, unless the path names a program for clusters on laptops: there may be a controller in such a cluster, too.
pub fn is_local(source: SourceId, world: &World) -> bool {
    let path = world.map.source(source).path();
    let directories = path.parent().unwrap_or(Utf8Path::new(""));
    let name = path.file_name().unwrap_or_default();
    let is_compose = name.starts_with("docker-compose") || name.starts_with("compose");
    let is_said = || {
        directories.components().any(|part| part.as_str() == ".devcontainer")
            || directories.components().next().is_some_and(|first| matches!(first.as_str(), "tests" | "e2e"))
            || directories.ancestors().any(is_called_local)
            || is_compose
                && name.split(['-', '_', '.']).any(|word| matches!(word, "test" | "local" | "dev" | "e2e"))
    };
    directories.components().any(|part| is_on_a_laptop(part.as_str()))
        || is_said() && !Delivered::of(world).has(source)
}

/// Words that may stand beside those for a machine: `local-production` is somebody's production.
const BESIDE: [&str; 8] = ["k8s", "dev", "development", "env", "environment", "docker", "compose", "overlay"];

/// Whether a directory is named after a program that makes clusters on laptops, and nothing else.
fn is_on_a_laptop(name: &str) -> bool {
    const PROGRAMS: [&str; 3] = ["k3d", "kind", "minikube"];
    let words = || name.split(['-', '_']);
    let is_fine = |word: &str| {
        PROGRAMS.contains(&word) || BESIDE.contains(&word) || matches!(word, "local" | "cluster")
    };
    matches!(name, "docker-desktop" | "rancher-desktop")
        || words().any(|word| PROGRAMS.contains(&word)) && words().all(is_fine)
}

/// Whether a directory is called `local`, and is not the cluster of this name: Rancher calls the one that it runs in `local`,
/// Open Cluster Management its hub `local-cluster`.
fn is_called_local(directory: &Utf8Path) -> bool {
    const LOCAL: [&str; 2] = ["local", "localdev"];
    let name = directory.file_name().unwrap_or_default();
    let above = directory.parent().and_then(Utf8Path::file_name).unwrap_or_default();
    let words = || name.split(['-', '_']);
    words().any(|word| LOCAL.contains(&word))
        && words().all(|word| LOCAL.contains(&word) || BESIDE.contains(&word))
        && !matches!(above, "cluster" | "clusters")
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
