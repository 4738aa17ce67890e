//! Clusters on somebody's machine, such as k3d and kind make, and the directories that hold what is meant for them alone.
//!
//! A home lab may run on kind, too: only a directory whose path says that it is for development or tests counts. Must not
//! report anything.

use camino::{Utf8Path, Utf8PathBuf};

use crate::engine::World;
use crate::model::FileView;
use crate::source::SourceId;

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
    is_local(path) || known.0.iter().any(|directory| path.starts_with(directory))
}

/// Whether a path says that its file is for somebody's machine alone: a directory `local`, `local-k8s` or `minikube`, the
/// container that an editor runs in, the tests of the repository, `docker-compose.test.yml`.
pub fn is_local(path: &Utf8Path) -> bool {
    /// Words that say so, and words that may stand beside them: `local-production` is somebody's production.
    const LOCAL: [&str; 7] = ["local", "localdev", "minikube", "microk8s", "kind", "k3d", "desktop"];
    const BESIDE: [&str; 10] = [
        "k8s",
        "dev",
        "development",
        "env",
        "environment",
        "cluster",
        "docker",
        "rancher",
        "compose",
        "overlay",
    ];
    let is_named = |name: &str| {
        let words: Vec<&str> = name.split(['-', '_']).collect();
        words.iter().any(|word| LOCAL.contains(word))
            && words.iter().all(|word| LOCAL.contains(word) || BESIDE.contains(word))
    };
    let directories = path.parent().unwrap_or(Utf8Path::new(""));
    let name = path.file_name().unwrap_or_default();
    let is_compose = name.starts_with("docker-compose") || name.starts_with("compose");
    directories.components().any(|part| part.as_str() == ".devcontainer" || is_named(part.as_str()))
        || directories.components().next().is_some_and(|first| matches!(first.as_str(), "tests" | "e2e"))
        || is_compose
            && name.split(['-', '_', '.']).any(|word| matches!(word, "test" | "local" | "dev" | "e2e"))
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
