//! Files that show, test or keep something: samples, documentation, tests, what is put off, releases that newer ones have
//! followed, and pipelines that no server reads. What is wrong there breaks nothing that runs, so a finding is a note.
//!
//! Only paths decide, and what an owner delivers is none whatever its path. Must not know what rules look for.

use std::cmp::Ordering;

use camino::Utf8Path;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::finding::Finding;
use crate::graph::compare_versions;
use crate::model::{environments, is_put_off};

use super::World;

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

/// The directories of a repository, as far as they say what their files are for.
pub(super) struct Specimens<'w> {
    world: &'w World,
    /// The names below each directory.
    children: FxHashMap<&'w Utf8Path, FxHashSet<&'w str>>,
    /// What owners deliver that are no specimens themselves.
    delivered: Vec<&'w Utf8Path>,
}

impl<'w> Specimens<'w> {
    pub fn of(world: &'w World) -> Self {
        let mut children: FxHashMap<&Utf8Path, FxHashSet<&str>> = FxHashMap::default();
        for source in world.map.files() {
            for directory in source.path().ancestors().skip(1) {
                let (Some(parent), Some(name)) = (directory.parent(), directory.file_name()) else { break };
                if !children.entry(parent).or_default().insert(name) {
                    break;
                }
            }
        }
        let mut it = Self { world, children, delivered: Vec::new() };
        let delivered = world.graph().owners().filter(|owner| {
            let path = world.map.source(owner.owner.object.source).path();
            it.directory(path).is_none()
        });
        it.delivered = delivered
            .flat_map(|owner| &owner.owner.deliveries)
            .filter_map(|delivery| delivery.directory.as_deref())
            .collect();
        it
    }

    /// Whether what a finding is about is a specimen.
    pub fn is_one(&self, finding: &Finding) -> bool {
        let path = self.world.map.source(finding.primary.source).path();
        let stem = path.file_stem().unwrap_or_default();
        if self.is_unread_pipeline(path) || is_example(stem) {
            return true;
        }
        let Some((directory, is_release)) = self.directory(path) else { return false };
        // An overlay outside of a release is what it is kept for.
        let is_used = is_release && finding.units.iter().any(|unit| !unit.starts_with(directory));
        // Runbooks are documentation, and rules that read them know it.
        let is_runbook = path.extension() == Some("md");
        !is_used && !is_runbook && !self.delivered.iter().any(|delivered| delivered.starts_with(directory))
    }

    /// The uppermost directory above a file that makes it a specimen, and whether it is one of several releases.
    fn directory<'p>(&self, path: &'p Utf8Path) -> Option<(&'p Utf8Path, bool)> {
        let directories: Vec<&Utf8Path> = path.ancestors().skip(1).collect();
        directories.into_iter().rev().find_map(|directory| {
            let (parent, name) = (directory.parent()?, directory.file_name()?);
            if self.is_for_show(parent, name) {
                return Some((directory, false));
            }
            self.is_followed(parent, name).then_some((directory, true))
        })
    }

    fn is_for_show(&self, parent: &Utf8Path, name: &str) -> bool {
        // What is left out by its name is here because somebody asked for it.
        if matches!(name, "examples" | "fixtures" | "testdata") {
            return false;
        }
        let name = name.trim_start_matches(['.', '_']).to_ascii_lowercase();
        match name.as_str() {
            "test" => !self.is_environment(parent),
            name => NAMES.contains(&name) || ends_so(name) || is_put_off(Utf8Path::new(name)),
        }
    }

    /// Whether a directory has others for environments, so that `test` is one of them.
    fn is_environment(&self, parent: &Utf8Path) -> bool {
        let beside = self.children.get(parent).into_iter().flatten();
        let is_parent = parent.file_name().is_some_and(|name| {
            let name = name.trim_end_matches('s');
            ["overlay", "env", "environment", "cluster", "stage", "value", "variant"].contains(&name)
        });
        is_parent || beside.filter(|name| **name != "test").any(|name| !environments(name).is_empty())
    }

    /// Whether a directory is one release of several, and not the newest.
    fn is_followed(&self, parent: &Utf8Path, name: &str) -> bool {
        if !name.contains('.') {
            return false;
        }
        let beside = self.children.get(parent).into_iter().flatten();
        let compared: Vec<Ordering> = beside.filter_map(|other| compare_versions(name, other)).collect();
        compared.len() >= KEPT && compared.contains(&Ordering::Less)
    }

    /// Whether a file is a pipeline that its server does not read: one of GitHub or GitLab that is not where they look,
    /// and that nothing includes.
    fn is_unread_pipeline(&self, path: &Utf8Path) -> bool {
        const GITHUB: &str = ".github/workflows/";
        let text = path.as_str();
        let is_of_github = text.rfind(GITHUB).is_some_and(|at| at > 0 || text[GITHUB.len()..].contains('/'));
        let is_of_gitlab = path.file_name() == Some(".gitlab-ci.yml") && text.contains('/');
        is_of_github
            || is_of_gitlab && {
                let mut others = self.world.map.files().filter(|other| {
                    let name = other.path().file_name().unwrap_or_default();
                    other.path() != path && (name.ends_with(".yml") || name.ends_with(".yaml"))
                });
                !others.any(|other| other.text().contains(text))
            }
    }
}

/// Whether a name ends with a word for what is there to be read or tried.
fn ends_so(name: &str) -> bool {
    name.rsplit(['-', '_', '.']).next().is_some_and(|last| ENDS.contains(&last))
}

/// Whether a file is called an example: `policy-examples.yaml`.
fn is_example(stem: &str) -> bool {
    let last = stem.rsplit(['-', '_', '.']).next().unwrap_or_default();
    matches!(last, "example" | "examples" | "sample" | "samples")
}
