//! `ci-env-branch-trigger`

use std::collections::BTreeMap;

use crate::ci::{Job, Text};
use crate::engine::{At, Check, Cx, Report, World, rule};
use crate::finding::Related;
use crate::graph::GraphView;
use crate::source::Span;

use crate::rules::environment::git_env_branches;

use super::ephemeral::Ephemeral;
use super::{deploy, git_push};

rule! {
    /// Pipelines that deploy from a branch for each environment.
    ///
    /// ## Why
    ///
    /// Promoting is a merge then: it brings along what is not meant to go yet, the branches drift apart, and no commit
    /// shows what differs between two environments. One branch with a folder for each says that at a glance.
    ///
    /// Looked at are pushes to branches that are named as environments, at least two of them, and jobs that change a
    /// cluster or write to git. Where the branches themselves are here, `git-env-branches` speaks of them.
    ///
    /// ## What passes
    ///
    /// - tests on whatever branch, `develop` beside the default branch
    /// - jobs that make a cluster of their own
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: .github/workflows/deploy.yml
    /// on: {push: {branches: [dev, staging, production]}}
    /// jobs:
    ///   deploy:
    ///     runs-on: ubuntu-latest
    ///     steps:
    ///       - run: kubectl apply -f k8s/
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: .github/workflows/deploy.yml
    /// on: {push: {branches: [main], paths: ["envs/**"]}}
    /// jobs:
    ///   deploy:
    ///     runs-on: ubuntu-latest
    ///     steps:
    ///       - run: kubectl apply -f k8s/
    /// ```
    ///
    /// ## References
    ///
    /// - <https://codefresh.io/blog/stop-using-branches-deploying-different-gitops-environments/>
    pub static RULE = "ci-env-branch-trigger" {
        level: Note,
        precision: High,
        tags: ["ci", "environment"],
        aliases: [],
        checks: [Check::Graph(check)],
    }
}

fn check(view: &GraphView<'_>, cx: &mut Cx<'_>) {
    let mut found: BTreeMap<String, Vec<&Text>> = BTreeMap::new();
    for job in cx.world().jobs.iter().filter(|job| delivers(job, cx.world())) {
        for branch in
            job.triggers.iter().filter(|trigger| trigger.event == "push").flat_map(|it| &it.branches)
        {
            if view.graph.this.is_default(&branch.text) {
                continue;
            }
            if let Some(environment) = view.graph.environments.of_branch(&branch.text) {
                found.entry(environment.name).or_default().push(branch);
            }
        }
    }
    if found.len() < 2 || git_env_branches::is_reported(view, cx.world()) {
        return;
    }
    let mut branches: Vec<&Text> = found.into_values().flatten().collect();
    let place = |span: Span| (view.map.source(span.source).path(), span.start);
    branches.sort_by(|a, b| place(a.span).cmp(&place(b.span)));
    branches.dedup_by_key(|branch| branch.span);
    let Some((first, others)) = branches.split_first() else { return };
    let mut names: Vec<String> = branches.iter().map(|branch| format!("`{}`", branch.text)).collect();
    names.sort();
    names.dedup();
    let finding = cx.report(
        At::span(first.span),
        Report {
            message: format!("pipelines deploy from a branch for each environment: {}", names.join(", ")),
            why: "promoting by merging brings along what is not meant to go yet, and branches drift apart"
                .into(),
            help: "keep each environment in a folder of the default branch, and deploy from there".into(),
        },
    );
    let related = others.iter().filter(|other| other.text != first.text);
    let related = related.map(|other| Related { span: other.span, message: "and from this one".into() });
    finding.related.extend(related.take(4));
}

/// Whether a job changes a cluster or writes to git.
fn delivers(job: &Job, world: &World) -> bool {
    let ephemeral = Ephemeral::of(job, world);
    let lasts = deploy::of_steps(&job.steps).any(|(_, deploy)| !ephemeral.has(deploy.span));
    lasts || !ephemeral.has_own_cluster() && !git_push::pushes(job).is_empty()
}
