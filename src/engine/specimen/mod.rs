//! Files that show, test or keep something: samples, documentation, tests, what is put off, releases that newer ones have
//! followed, and pipelines that no server reads. What is wrong there breaks nothing that runs, so a finding is a note.
//!
//! Only paths decide, and what an owner delivers is none whatever its path. Must not know what rules look for.

mod beside;
mod deliveries;

use std::cell::OnceCell;
use std::cmp::Ordering;
use std::net::Ipv4Addr;

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::ci;
use crate::finding::Finding;
use crate::graph::{Scheme, compare_versions, is_written};
use crate::model::{is_choice, is_in_place, is_place, says_put_off};
use crate::source::SourceId;

use super::World;

use beside::Beside;
use deliveries::Deliveries;

/// Names of directories whose files are there to be read or tried.
const NAMES: [&str; 17] = [
    "attic",
    "doc",
    "docs",
    "documentation",
    "fixtures",
    "kuttl",
    "mock",
    "mock_certs",
    "mock_files",
    "mocks",
    "scorecard",
    "test-data",
    "testdata",
    "testfiles",
    "test_data",
    "tutorial",
    "tutorials",
];
/// Words that such names end with: `integration-tests`.
const ENDS: [&str; 6] = ["e2e", "example", "examples", "sample", "samples", "tests"];

/// As many releases beside each other are kept, and not run.
const KEPT: usize = 3;

/// Why a file is a specimen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Specimen {
    /// It is there to be read or tried.
    Shown,
    /// It is not in use any more, or not yet.
    PutOff,
    /// It is a release that newer ones have followed.
    Followed,
}

/// A directory that makes specimens of what lies in it.
#[derive(Clone, Copy)]
struct Found<'w> {
    directory: &'w Utf8Path,
    specimen: Specimen,
}

/// The specimens of a repository. Every directory is looked at once, and only when something is found in it.
pub(super) struct Specimens<'w> {
    world: &'w World,
    known: FxHashMap<&'w Utf8Path, Option<Found<'w>>>,
    beside: OnceCell<Beside<'w>>,
    deliveries: OnceCell<Deliveries<'w>>,
    /// The files that pipelines of GitLab include.
    included: OnceCell<FxHashSet<SourceId>>,
    /// The directories of kustomizations that nothing includes.
    roots: OnceCell<FxHashSet<&'w Utf8Path>>,
}

impl<'w> Specimens<'w> {
    pub fn of(world: &'w World) -> Self {
        Self {
            world,
            known: FxHashMap::default(),
            beside: OnceCell::new(),
            deliveries: OnceCell::new(),
            included: OnceCell::new(),
            roots: OnceCell::new(),
        }
    }

    /// What makes a specimen of what a finding is about.
    pub fn judge(&mut self, finding: &Finding) -> Option<Specimen> {
        let source = finding.primary.source;
        let path = self.world.map.source(source).path();
        if self.is_unread_pipeline(path, source) {
            return Some(Specimen::Shown);
        }
        let directory = path.parent()?;
        let found = match self.directory(directory) {
            // Runbooks are documentation, and rules that read them know it.
            Some(_) if path.extension() == Some("md") => return None,
            Some(found) => found,
            None if is_example(path.file_stem().unwrap_or_default()) && !is_in_place(path) => {
                Found { directory: path, specimen: Specimen::Shown }
            }
            None => return None,
        };
        let is_used = self.is_delivered(path, source, found) || self.is_built(&finding.units, found);
        (!is_used).then_some(found.specimen)
    }

    /// The uppermost directory that makes specimens of what lies in a directory.
    fn directory(&mut self, directory: &'w Utf8Path) -> Option<Found<'w>> {
        let mut unknown: Vec<&Utf8Path> = Vec::new();
        let mut found = None;
        for above in directory.ancestors() {
            if let Some(known) = self.known.get(above) {
                found = *known;
                break;
            }
            unknown.push(above);
        }
        while let Some(below) = unknown.pop() {
            found = found.or_else(|| {
                let specimen = self.specimen(below)?;
                Some(Found { directory: below, specimen })
            });
            self.known.insert(below, found);
        }
        found
    }

    fn specimen(&self, directory: &'w Utf8Path) -> Option<Specimen> {
        let (parent, name) = (directory.parent()?, directory.file_name()?);
        // What is left out by its name is here because somebody asked for it.
        if matches!(name, "examples" | "fixtures" | "testdata") {
            return None;
        }
        let plain = name.trim_start_matches(['.', '_']).to_ascii_lowercase();
        if says_put_off(&plain) {
            return Some(Specimen::PutOff);
        }
        if self.is_for_show(directory, parent, &plain) {
            return Some(Specimen::Shown);
        }
        self.is_followed(directory, parent, name).then_some(Specimen::Followed)
    }

    /// Whether the name of a directory says that what is in it is there to be read or tried, and it is no place to deploy
    /// to and lies in none.
    fn is_for_show(&self, directory: &Utf8Path, parent: &Utf8Path, name: &str) -> bool {
        let last = name.rsplit(['-', '_', '.']).next().unwrap_or_default();
        let is_so = match name {
            "test" | "e2e" => !is_for_manifests(parent) && !self.beside().environments.contains(parent),
            // `team-tests` with `prod` in it is somebody's.
            _ if last != name && ENDS.contains(&last) => !self.beside().places.contains(directory),
            _ => NAMES.contains(&name) || ENDS.contains(&name),
        };
        is_so && !is_place(directory) && !is_in_place(directory)
    }

    /// Whether a directory is one release of several, and not the newest. What is called by an address is none, and of
    /// releases that owners deliver several may run.
    fn is_followed(&self, directory: &Utf8Path, parent: &'w Utf8Path, name: &'w str) -> bool {
        if !name.contains('.') || is_place(directory) || is_in_place(directory) {
            return false;
        }
        let Some(scheme) = Scheme::of(name).filter(|_| name.parse::<Ipv4Addr>().is_err()) else {
            return false;
        };
        let Some(releases) = self.beside().releases.get(&(parent, scheme)) else { return false };
        releases.count >= KEPT
            && compare_versions(name, releases.newest) == Some(Ordering::Less)
            && !self.deliveries().releases.contains(parent)
    }

    /// Whether owners deliver a file, or something below the directory that would make a specimen of it.
    fn is_delivered(&self, path: &Utf8Path, source: SourceId, found: Found<'_>) -> bool {
        // What a chart is tested with runs when somebody asks for it.
        if found.directory.ends_with("templates/tests") {
            return false;
        }
        let deliveries = self.deliveries();
        let has_problem =
            || self.world.repository.of(source).is_some_and(|file| !file.parsed.problems.is_empty());
        deliveries.above.contains(found.directory)
            || deliveries.delivered.has(path, source)
            // A file that cannot be read gives no objects, and is read all the same.
            || path.parent().is_some_and(|directory| deliveries.directories.contains(directory)) && has_problem()
    }

    /// Whether a finding holds in a kustomization that is no specimen itself: that is what it includes one for. A whole
    /// directory of samples is included to be shown, too, as Kubebuilder's `config/manifests` does it.
    fn is_built(&mut self, units: &[Utf8PathBuf], found: Found<'_>) -> bool {
        let view = self.world.graph();
        let is_directory = self.known.contains_key(found.directory);
        let proves = |root: &Utf8Path| {
            found.specimen != Specimen::Shown || !is_directory || is_place(root) || is_in_place(root)
        };
        units.iter().any(|unit| {
            let roots = self.roots.get_or_init(|| {
                let written = view.rendering.units.iter().filter(|unit| is_written(view, unit));
                written.map(|unit| unit.directory.as_path()).collect()
            });
            let root = roots.get(unit.as_path()).copied();
            root.is_some_and(|root| proves(root) && self.directory(root).is_none())
        })
    }

    fn beside(&self) -> &Beside<'w> {
        self.beside.get_or_init(|| Beside::of(self.world))
    }

    fn deliveries(&self) -> &Deliveries<'w> {
        self.deliveries.get_or_init(|| Deliveries::of(self.world))
    }

    /// Whether a file is a pipeline that its server does not read: one of GitHub or GitLab that is not where they look,
    /// and that nothing includes.
    fn is_unread_pipeline(&self, path: &Utf8Path, source: SourceId) -> bool {
        const GITHUB: &str = ".github/workflows/";
        let text = path.as_str();
        let is_of_github = text.rfind(GITHUB).is_some_and(|at| at > 0 || text[GITHUB.len()..].contains('/'));
        let is_of_gitlab = path.file_name() == Some(".gitlab-ci.yml") && text.contains('/');
        let included = || {
            let World { map, repository, .. } = self.world;
            self.included.get_or_init(|| ci::included(map, repository))
        };
        is_of_github || is_of_gitlab && !included().contains(&source)
    }
}

/// Whether a directory is one that manifests of environments lie in, one each.
fn is_for_manifests(directory: &Utf8Path) -> bool {
    const NAMES: [&str; 6] = ["deploy", "deployment", "k8", "kubernete", "kustomize", "manifest"];
    directory.file_name().is_some_and(|name| is_choice(name) || NAMES.contains(&name.trim_end_matches('s')))
}

/// Whether a file is called an example: `policy-examples.yaml`.
fn is_example(stem: &str) -> bool {
    let last = stem.rsplit(['-', '_', '.']).next().unwrap_or_default();
    matches!(last, "example" | "examples" | "sample" | "samples")
}
