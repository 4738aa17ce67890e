//! `git-env-branches`

use std::collections::BTreeMap;

use camino::Utf8PathBuf;

use crate::config::Tier;
use crate::engine::{At, Check, Cx, Report, World, rule};
use crate::finding::Level;
use crate::graph::{GraphView, OwnerKind, OwnerView, Whose, sources};
use crate::model::{KindName, ObjectView};
use crate::rules::support::{hydrated, listed};
use crate::yaml::Cursor;

rule! {
    /// A repository of manifests with a branch for each environment.
    ///
    /// ## Why
    ///
    /// Branches that live next to each other and are never merged for good drift apart. What differs on purpose and what
    /// was forgotten look the same in a diff, and a merge carries both. Folders show all environments side by side.
    ///
    /// ## What passes
    ///
    /// - the default branch, whatever it is called, and one other branch: two are a habit
    /// - branches whose name is more than an environment, and a region, below `env/` and the like: `fix-staging` is work in progress
    /// - branches that a source hydrator or GitOps Promoter writes
    /// - repositories in which no controller applies anything
    ///
    /// The rule reads the names and commits of local branches and of those that were fetched, and nothing else of the
    /// history: a checkout in CI that has fetched one branch gives no finding. It is a warning when something here follows
    /// a branch for production that is not at the commit of the default branch, and a note otherwise.
    ///
    /// ## Bad
    ///
    /// What git knows stands in `GIT` here.
    ///
    /// ```yaml
    /// # file: GIT
    /// branches main env/staging env/production
    /// # file: argocd.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: web
    ///   namespace: argocd
    /// spec:
    ///   project: shop
    ///   source:
    ///     repoURL: https://git.example.com/acme/gitops
    ///     path: apps/web
    ///     targetRevision: HEAD
    ///   destination:
    ///     server: https://kubernetes.default.svc
    ///     namespace: shop
    /// # file: apps/web/settings.yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: settings
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: GIT
    /// branches main release/1.2
    /// # file: argocd.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: web
    ///   namespace: argocd
    /// spec:
    ///   project: shop
    ///   source:
    ///     repoURL: https://git.example.com/acme/gitops
    ///     path: apps/web
    ///     targetRevision: HEAD
    ///   destination:
    ///     server: https://kubernetes.default.svc
    ///     namespace: shop
    /// # file: apps/web/settings.yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: settings
    /// ```
    ///
    /// ## References
    ///
    /// - <https://codefresh.io/blog/stop-using-branches-deploying-different-gitops-environments/>
    /// - <https://www.thoughtworks.com/radar/techniques/gitops>
    pub static RULE = "git-env-branches" {
        level: Warning,
        precision: Medium,
        tags: ["environment", "git"],
        aliases: [],
        checks: [Check::Graph(check)],
    }
}

const REPOSITORY: KindName = KindName { group: "source.toolkit.fluxcd.io", kind: "GitRepository" };

fn check(view: &GraphView<'_>, cx: &mut Cx<'_>) {
    let graph = view.graph;
    let Some(owner) = reader(view) else { return };
    let branches = graph.this.git().map_or(&[][..], |git| &git.branches[..]);
    let found = of_environments(view, cx.world());
    if !are_several(&found) {
        return;
    }
    let names: Vec<String> = found.keys().map(|name| format!("`{name}`")).collect();
    let followed = followed(view, cx.world(), &found);
    let mut message = format!("the repository has a branch for each environment: {}", listed(&names, "and"));
    let at = match followed.first() {
        Some((_, revision)) => *revision,
        None => {
            message.push_str("; nothing here follows one of them");
            owner.object.root.path(&["metadata", "name"]).unwrap_or(owner.object.root)
        }
    };
    let report = Report {
        message,
        why: "promoting by merging brings along what is not meant to go yet, and branches drift apart".into(),
        help: "keep each environment in a folder of the default branch, and delete what nobody follows"
            .into(),
    };
    let commit = |name: &str| {
        let same = branches.iter().find(|branch| branch.name == name);
        same.map(|branch| branch.commit.as_str()).filter(|commit| !commit.is_empty())
    };
    let default = branches.iter().find(|branch| graph.this.is_default(&branch.name));
    let default = default.and_then(|branch| commit(&branch.name));
    let has_drifted = |name: &str| {
        let environment = graph.environments.of_branch(name);
        environment.is_some_and(|environment| environment.tier == Some(Tier::Production))
            && default.is_some()
            && commit(name).is_some_and(|commit| Some(commit) != default)
    };
    let is_in_use = followed.iter().any(|(name, _)| has_drifted(name));
    let finding = cx.report(At::value(at), report);
    if !is_in_use {
        finding.level = finding.level.min(Level::Note);
    }
}

/// Whether this rule has something to say: another one that sees the same cause stays silent.
pub fn is_reported(view: &GraphView<'_>, world: &World) -> bool {
    reader(view).is_some() && are_several(&of_environments(view, world))
}

/// Some place must be named: the first owner that reads this repository.
fn reader<'w>(view: &GraphView<'w>) -> Option<OwnerView<'w>> {
    view.owners().find(|owner| owner.owner.deliveries.iter().any(|one| one.unit.is_some()))
}

/// The branches that are named as environments, with these.
fn of_environments<'w>(view: &GraphView<'w>, world: &World) -> BTreeMap<&'w str, String> {
    let graph = view.graph;
    let hydrated = hydrated::branches(world);
    let branches = graph.this.git().map_or(&[][..], |git| &git.branches[..]);
    let names = branches.iter().map(|branch| branch.name.as_str());
    let names = names.filter(|name| !graph.this.is_default(name) && !hydrated.contains(*name));
    names.filter_map(|name| Some((name, graph.environments.of_branch(name)?.name))).collect()
}

/// `develop` beside `main` is Git Flow, and two names for one environment are a renamed branch.
fn are_several(branches: &BTreeMap<&str, String>) -> bool {
    let mut environments: Vec<&String> = branches.values().collect();
    environments.sort();
    environments.dedup();
    environments.len() >= 2
}

/// Where something here follows one of the branches, sorted by place, with the branch: the revision of an Application or
/// of a generator, the branch of a GitRepository.
fn followed<'w>(
    view: &GraphView<'w>,
    world: &'w World,
    branches: &BTreeMap<&str, String>,
) -> Vec<(String, Cursor<'w>)> {
    let mut found: Vec<(Utf8PathBuf, String, Cursor<'w>)> = Vec::new();
    let mut add = |address: Option<Cursor<'w>>, revision: Option<Cursor<'w>>| {
        let (Some(address), Some(revision)) = (address.and_then(|it| it.text()), revision) else { return };
        let text = revision.text().unwrap_or_default();
        let name = text.strip_prefix("refs/heads/").unwrap_or(&text);
        let Some(place) = world.map.editable(revision.span(), revision.step()) else { return };
        if branches.contains_key(name) && view.graph.this.whose(&address) == Whose::This {
            found.push((world.map.source(place.source).path().to_owned(), name.to_owned(), revision));
        }
    };
    for owner in view.owners() {
        let Some(spec) = owner.spec() else { continue };
        match owner.owner.kind {
            OwnerKind::Application => {
                for source in sources(spec) {
                    add(source.get("repoURL"), source.get("targetRevision"));
                }
            }
            OwnerKind::ApplicationSet => {
                let generators = spec.get("generators").into_iter().flat_map(|list| list.items());
                for generator in generators {
                    let inner =
                        ["matrix", "merge"].iter().filter_map(|kind| generator.path(&[kind, "generators"]));
                    for one in inner.flat_map(|list| list.items()).chain([generator]) {
                        add(one.path(&["git", "repoURL"]), one.path(&["git", "revision"]));
                    }
                }
            }
            _ => {}
        }
    }
    for source in view.repository.files.iter().flat_map(|file| &file.objects) {
        let source = ObjectView::rendered(view.map, view.repository, source);
        if source.is(REPOSITORY) {
            add(source.root.path(&["spec", "url"]), source.root.path(&["spec", "ref", "branch"]));
        }
    }
    let place = |at: &Cursor<'_>| world.map.editable(at.span(), at.step()).map(|span| span.start);
    found.sort_by(|a, b| (&a.0, place(&a.2)).cmp(&(&b.0, place(&b.2))));
    found.into_iter().map(|(_, name, at)| (name, at)).collect()
}
