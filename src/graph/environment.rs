//! Environments: what a path, a cluster, a label or a name says about where something runs.
//!
//! Owns the kinds of evidence and their order. The names themselves are the model's. Must not know what anybody makes of
//! an environment.

use std::ops::Range;

use camino::Utf8Path;

use crate::config::{DeclaredEnvironment, PathSet, Tier};
use crate::model::{EnvironmentName, ObjectView, environments, is_place};

use super::{Delivery, Owner, OwnerView};

/// What tells that something belongs to an environment, the weakest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Evidence {
    /// The branch that a controller follows.
    Branch,
    /// A word of a name or a namespace: `shop-production`.
    Name,
    /// A word of some directory on the way.
    Segment,
    /// The name of a values file: `values-prod.yaml`.
    FileName,
    /// A directory in one that holds environments: `overlays/prod`, `clusters/staging`.
    Directory,
    /// The cluster it is applied to.
    Cluster,
    /// A label or an annotation.
    Label,
    /// The configuration.
    Declared,
}

impl Evidence {
    /// Whether it is enough to judge by.
    pub fn is_strong(self) -> bool {
        self >= Evidence::FileName
    }
}

/// An environment as something belongs to it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Environment {
    /// How far it is from development; `None` where its name leaves that open (`nonprod`, `dr`).
    pub tier: Option<Tier>,
    /// What it is called: `prod-eu`.
    pub name: String,
    /// What its name says besides: a region (`eu`), a number.
    pub qualifier: String,
    /// How that is known.
    pub evidence: Evidence,
}

/// Directories that hold one directory for each environment.
const PARENTS: [&str; 12] = [
    "env",
    "envs",
    "environment",
    "environments",
    "overlay",
    "overlays",
    "clusters",
    "stages",
    "values",
    "deploy",
    "kustomize",
    "variants",
];

/// What environment branches stand below: `env/production`.
const BRANCH_FOLDERS: [&str; 8] =
    ["env", "envs", "environment", "environments", "deploy", "deployment", "stage", "cluster"];

/// Words beside an environment that say where, besides those with digits or of two letters.
const REGIONS: [&str; 8] = ["emea", "apac", "amer", "east", "west", "north", "south", "central"];

/// Labels and annotations that name an environment, with and without a prefix, and parameters of ApplicationSets.
pub(super) const LABELS: [&str; 4] = ["environment", "env", "stage", "tier"];

/// What the configuration says about environments.
#[derive(Clone, Default, Debug)]
pub struct Environments(Vec<DeclaredEnvironment>);

/// The one environment that a word of a path or a name stands for. It stands at the start or the end: in the middle of
/// `migrate-staging-data` it is about something else.
fn named(text: &str, vague_too: bool) -> Option<(Range<usize>, &'static EnvironmentName)> {
    let mut found = environments(text).into_iter();
    let (at, name) = found.next()?;
    // A region may follow: `shop-prod-eu`.
    let is_edge = at.start == 0 || is_region(&text[at.end..]);
    (found.next().is_none() && is_edge && (name.is_plain || vague_too)).then_some((at, name))
}

fn environment(text: &str, at: Range<usize>, name: &EnvironmentName, evidence: Evidence) -> Environment {
    let stem = at.start + name.name.len();
    let rest = [&text[..at.start], &text[stem.min(at.end)..]].concat();
    let tier = name.tier;
    if evidence < Evidence::Directory && !is_region(&rest) {
        return Environment { tier, name: text[at].to_owned(), qualifier: String::new(), evidence };
    }
    let qualifier = rest.trim_matches(|c: char| !c.is_alphanumeric()).to_owned();
    Environment { tier, name: text.to_owned(), qualifier, evidence }
}

/// Whether what stands beside an environment only says where: `-eu`, `us-east-1-`. A name says what: `shop-`.
fn is_region(rest: &str) -> bool {
    rest.split(['-', '_', '.']).all(|word| {
        word.len() <= 2 || word.bytes().any(|byte| byte.is_ascii_digit()) || REGIONS.contains(&word)
    })
}

/// The segment of a path that names its environment: the last one in a directory of environments, else the last one
/// with an unmistakable name.
fn segment(path: &str) -> Option<(Range<usize>, bool)> {
    let mut segments: Vec<Range<usize>> = Vec::new();
    let mut start = 0;
    for part in path.split('/') {
        segments.push(start..start + part.len());
        start += part.len() + 1;
    }
    let text = |at: &Range<usize>| path.get(at.clone()).unwrap_or_default();
    let is_child = |pair: &&[Range<usize>]| matches!(pair, [parent, child] if PARENTS.contains(&text(parent)) && named(text(child), true).is_some());
    if let Some([_, child]) = segments.windows(2).rev().find(is_child) {
        return Some((child.clone(), true));
    }
    let plain = segments.into_iter().rev().find(|at| named(text(at), false).is_some())?;
    Some((plain, false))
}

/// A path without what names its environment: the same for one component in all environments.
pub fn without_environment(path: &str) -> String {
    let Some((at, is_child)) = segment(path) else { return path.to_owned() };
    let (head, name, tail) = (&path[..at.start], &path[at.clone()], &path[at.end..]);
    let word = named(name, true).map_or(0..0, |(word, _)| word);
    let rest = [&name[..word.start], &name[word.end..]].concat();
    // `prod-eu` and `staging` are environments of one thing, `web-prod` and `api-prod` are of two.
    if is_child || is_region(&rest) { format!("{head}*{tail}") } else { format!("{head}{rest}*{tail}") }
}

/// Whether the files of two owners have the same path but for one word, which stands for an environment in both:
/// `apps-prod.yaml` and `apps-test.yaml`. A word that means none elsewhere does so where the configuration or the owner
/// says it: `apps-lab.yaml`, which delivers `overlays/lab`. Of two files beside each other, one may have the word alone:
/// `apps.yaml` and `apps-local.yaml`.
pub fn differ_in_environment(one: OwnerView<'_>, other: OwnerView<'_>) -> bool {
    let (path, other_path) = (path_of(one), path_of(other));
    let words = |path: &Utf8Path| -> Vec<String> {
        path.as_str().split(|c: char| !c.is_alphanumeric()).map(str::to_owned).collect()
    };
    let is_environment = |owner: OwnerView<'_>, word: &str| {
        !environments(word).is_empty()
            || owner.view.graph.environments.declared(|declared| declared.name == word).is_some()
            || owner.owner.deliveries.iter().any(|delivery| is_place_of(owner, delivery, word))
    };
    let (in_one, in_other) = (words(path), words(other_path));
    let is_more = |longer: OwnerView<'_>, more: &[String], less: &[String]| {
        let at = more.iter().zip(less).take_while(|(a, b)| a == b).count();
        more.len() == less.len() + 1 && more[at + 1..] == less[at..] && is_environment(longer, &more[at])
    };
    if path.parent() == other_path.parent()
        && (is_more(one, &in_one, &in_other) || is_more(other, &in_other, &in_one))
    {
        return true;
    }
    let mut differing = in_one.iter().zip(&in_other).filter(|(a, b)| a != b);
    in_one.len() == in_other.len()
        && differing.next().is_some_and(|(a, b)| is_environment(one, a) && is_environment(other, b))
        && differing.next().is_none()
}

/// The path of the file that an owner stands in.
fn path_of<'w>(owner: OwnerView<'w>) -> &'w Utf8Path {
    owner.view.map.source(owner.object.object.source).path()
}

/// Whether what an owner delivers is a place to deploy to that is called so.
fn is_place_of(owner: OwnerView<'_>, delivery: &Delivery, word: &str) -> bool {
    let map = owner.view.map;
    let written = map.in_file(delivery.at).map(|at| map.slice(at).trim_matches(['"', '\'', '/']));
    let directory = delivery.directory.as_deref().or(written.map(Utf8Path::new));
    directory.is_some_and(|directory| {
        let mut above = directory.ancestors();
        above.any(|above| above.file_name() == Some(word) && is_place(above))
    })
}

/// A name without words that stand for environments; all of it where it has no others.
pub fn name_without_environment(name: &str) -> String {
    let mut rest = name.to_owned();
    for (at, _) in environments(name).into_iter().rev() {
        rest.replace_range(at, "");
    }
    let words: Vec<&str> = rest.split(['-', '_', '.']).filter(|word| !word.is_empty()).collect();
    if words.is_empty() { name.to_owned() } else { words.join("-") }
}

impl Environments {
    /// Those that a configuration declares.
    pub fn new(declared: &[DeclaredEnvironment]) -> Self {
        Self(declared.to_vec())
    }

    fn declared(&self, matches: impl Fn(&DeclaredEnvironment) -> bool) -> Option<Environment> {
        let declared = self.0.iter().find(|declared| matches(declared))?;
        let (tier, name) = (Some(declared.tier), declared.name.clone());
        Some(Environment { tier, name, qualifier: String::new(), evidence: Evidence::Declared })
    }

    /// Whether a path leads to an environment that counts: one that its directory or the configuration says, or one for
    /// staging or production.
    pub fn is_live(&self, path: &Utf8Path) -> bool {
        let found = self.of_path(path);
        found.is_some_and(|found| found.evidence.is_strong() || found.tier >= Some(Tier::Staging))
    }

    /// The environment of a file or directory of the repository.
    pub fn of_path(&self, path: &Utf8Path) -> Option<Environment> {
        // A pattern that ends with a slash names what lies below a directory.
        let below = path.join("_");
        let has = |paths: &PathSet| paths.contains(path) || paths.contains(&below);
        self.declared(|declared| has(&declared.paths)).or_else(|| {
            let (at, is_child) = segment(path.as_str())?;
            let text = path.as_str().get(at)?;
            let evidence = if is_child { Evidence::Directory } else { Evidence::Segment };
            let (at, name) = named(text, is_child)?;
            Some(environment(text, at, name, evidence))
        })
    }

    /// The environment that the name of a values file says: `values-prod.yaml`, `prod.values.yaml`.
    pub fn of_values_file(&self, path: &Utf8Path) -> Option<Environment> {
        let declared = self.declared(|declared| declared.paths.contains(path));
        let file = || {
            let stem = path.file_stem().filter(|stem| stem.contains("values"))?;
            let (at, name) = named(stem, true)?;
            Some(environment(stem, at, name, Evidence::FileName))
        };
        declared.or_else(file).or_else(|| self.of_path(path))
    }

    /// The environment of a branch. It is named by the whole of the branch or its last segment: `env/prod` is one,
    /// `fix-staging-ingress` is not.
    pub fn of_branch(&self, branch: &str) -> Option<Environment> {
        let declared = self.declared(|declared| declared.matches.branches.iter().any(|name| name == branch));
        declared.or_else(|| {
            let (folder, last) = branch.rsplit_once('/').unwrap_or(("", branch));
            // `feature/test` is somebody's work.
            if !folder.is_empty() && !BRANCH_FOLDERS.contains(&folder) {
                return None;
            }
            let is_whole = |at: &Range<usize>| at.len() == last.len();
            let (at, name) =
                named(last, false).or_else(|| named(last, true).filter(|(at, _)| is_whole(at)))?;
            let rest = [&last[..at.start], &last[at.end..]].concat();
            is_region(&rest).then(|| environment(last, at, name, Evidence::Branch))
        })
    }

    /// The environment of a cluster, by its name or address.
    pub fn of_cluster(&self, cluster: &str) -> Option<Environment> {
        let declared = self.declared(|declared| declared.matches.clusters.iter().any(|name| name == cluster));
        declared.or_else(|| {
            cluster.split(['/', ':', '.']).find_map(|label| {
                let (at, name) = named(label, false)?;
                Some(environment(label, at, name, Evidence::Cluster))
            })
        })
    }

    /// The environment that labels and annotations of an object name.
    pub fn of_labels(&self, object: &ObjectView<'_>) -> Option<Environment> {
        let declared = self.declared(|declared| {
            let labels = &declared.matches.labels;
            !labels.is_empty()
                && labels.iter().all(|(key, value)| object.label(key).as_deref() == Some(value.as_str()))
        });
        declared.or_else(|| {
            let metadata = object.root.get("metadata")?;
            let maps = ["labels", "annotations"].into_iter().filter_map(|name| metadata.get(name));
            let entries: Vec<_> = maps.flat_map(|map| map.entries()).collect();
            LABELS.iter().find_map(|wanted| {
                let entry = entries.iter().find(|entry| {
                    entry.key.text().is_some_and(|key| key.rsplit('/').next() == Some(*wanted))
                })?;
                self.of_word(&entry.value.text()?)
            })
        })
    }

    /// The environment that a parameter names which is called like [`LABELS`].
    pub(super) fn of_word(&self, text: &str) -> Option<Environment> {
        let (at, name) = named(text, true)?;
        Some(environment(text, at, name, Evidence::Label))
    }

    /// The environment of a namespace.
    pub fn of_namespace(&self, namespace: &str) -> Option<Environment> {
        let declared =
            self.declared(|declared| declared.matches.namespaces.iter().any(|name| name == namespace));
        declared.or_else(|| self.of_name(namespace))
    }

    /// The environment that a name says.
    pub fn of_name(&self, name: &str) -> Option<Environment> {
        let (at, found) = named(name, false)?;
        Some(environment(name, at, found, Evidence::Name))
    }

    /// The environment of an owner, apart from who applies it. `cluster` says where a delivery goes.
    pub(super) fn of_owner<'g>(
        &self,
        owner: &Owner,
        object: &ObjectView<'_>,
        cluster: impl Fn(&Delivery) -> &'g str,
    ) -> Option<Environment> {
        let deliveries = || owner.deliveries.iter();
        let directories = || deliveries().filter_map(|delivery| delivery.directory.as_deref());
        let file = object.file().map(|_| object.map.source(object.object.source).path());
        let named = self
            .of_namespace(&owner.key.namespace)
            .or_else(|| deliveries().find_map(|delivery| self.of_namespace(delivery.namespace.as_deref()?)));
        let all = [
            directories().find_map(|directory| self.of_path(directory)),
            self.of_labels(object),
            owner.element.clone(),
            deliveries().find_map(|delivery| self.of_cluster(cluster(delivery))),
            file.and_then(|file| self.of_path(file)),
            self.of_name(&owner.key.name),
            named,
        ];
        strongest(all.into_iter().flatten())
    }
}

/// The strongest evidence. Where a directory says the same, its name is what people know the environment by.
pub(super) fn strongest(candidates: impl IntoIterator<Item = Environment>) -> Option<Environment> {
    let mut best: Option<Environment> = None;
    for candidate in candidates {
        let is_better = best.as_ref().is_none_or(|best| {
            let agrees = best.evidence == Evidence::Directory && best.tier == candidate.tier;
            candidate.evidence > best.evidence && !(agrees && candidate.evidence < Evidence::Declared)
        });
        if is_better {
            best = Some(candidate);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_path(path: &str) -> Option<(String, String, bool)> {
        let found = Environments::default().of_path(path.into())?;
        Some((found.name, found.qualifier, found.evidence.is_strong()))
    }

    fn found(name: &str, qualifier: &str, is_strong: bool) -> Option<(String, String, bool)> {
        Some((name.to_owned(), qualifier.to_owned(), is_strong))
    }

    #[test]
    fn paths() {
        assert_eq!(of_path("apps/invoices/envs/prod-eu"), found("prod-eu", "eu", true));
        assert_eq!(of_path("apps/web/overlays/staging/patches/dev"), found("staging", "", true));
        assert_eq!(of_path("clusters/eu-west-1-prod2/apps"), found("eu-west-1-prod2", "eu-west-1-2", true));
        assert_eq!(of_path("envs/live"), found("live", "", true));
        assert_eq!(of_path("apps/production/podinfo"), found("production", "", false));
        assert_eq!(of_path("shop-production/web"), found("production", "", false));
        for path in
            ["docs/live", "product/developer", "overlays/aws", "migrate-staging-data", "dev-to-prod", ""]
        {
            assert_eq!(of_path(path), None, "{path}");
        }
    }

    #[test]
    fn components_are_paths_without_the_environment() {
        for (path, component) in [
            ("apps/invoices/envs/prod-eu", "apps/invoices/envs/*"),
            ("apps/staging", "apps/*"),
            ("web-prod/base", "web-*/base"),
            ("apps/eu-prod", "apps/*"),
            ("apps/web", "apps/web"),
        ] {
            assert_eq!(without_environment(path), component);
        }
        assert_eq!(name_without_environment("shop-prod-eu"), "shop-eu");
        assert_eq!(name_without_environment("preview"), "preview");
    }

    #[test]
    fn branches() {
        let of = |branch| Environments::default().of_branch(branch).map(|found| found.name);
        for branch in
            ["production", "env/staging", "environments/dev", "prod-eu", "deploy/qa", "develop", "live"]
        {
            assert!(of(branch).is_some(), "{branch}");
        }
        for branch in [
            "main",
            "release/1.2",
            "fix-staging",
            "dev-tooling",
            "feature/product",
            "feature/test",
            "test-renovate",
        ] {
            assert_eq!(of(branch), None, "{branch}");
        }
    }
}
