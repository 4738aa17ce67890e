//! `git-env-branches`

use std::collections::BTreeMap;

use crate::engine::{At, Check, Cx, Report, rule};
use crate::graph::GraphView;
use crate::rules::support::hydrated;

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
    /// The rule reads the names of local branches and of those that were fetched, and nothing else of the history: a
    /// checkout in CI that has fetched one branch gives no finding.
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
        level: Note,
        precision: Medium,
        tags: ["environment", "git"],
        aliases: [],
        checks: [Check::Graph(check)],
    }
}

fn check(view: &GraphView<'_>, cx: &mut Cx<'_>) {
    let graph = view.graph;
    // Some place must be named: the owner that reads this repository, or else the first one.
    let Some(owner) = view.owners().find(|owner| owner.owner.deliveries.iter().any(|one| one.unit.is_some()))
    else {
        return;
    };
    let hydrated = hydrated::branches(cx.world);
    let branches = graph.this.git().map_or(&[][..], |git| &git.branches[..]);
    let mut found: BTreeMap<&str, String> = BTreeMap::new();
    for branch in branches {
        let name = branch.name.as_str();
        if graph.this.is_default(name) || hydrated.contains(name) {
            continue;
        }
        if let Some(environment) = graph.environments.of_branch(name) {
            found.insert(name, environment.name);
        }
    }
    // `develop` beside `main` is Git Flow, and two names for one environment are a renamed branch.
    let mut environments: Vec<&String> = found.values().collect();
    environments.sort();
    environments.dedup();
    if environments.len() < 2 {
        return;
    }
    let names: Vec<String> = found.keys().map(|name| format!("`{name}`")).collect();
    let report = Report {
        message: format!("the repository has a branch for each environment: {}", names.join(", ")),
        why: "promoting by merging brings along what is not meant to go yet, and branches drift apart".into(),
        help: "keep each environment in a folder of the default branch, and delete what nobody follows"
            .into(),
    };
    let at = owner.object.root.path(&["metadata", "name"]).unwrap_or(owner.object.root);
    cx.report(At::value(at), report);
}
