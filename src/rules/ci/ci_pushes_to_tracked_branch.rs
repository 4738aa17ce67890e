//! `ci-pushes-to-tracked-branch`

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use crate::ci::{Job, Step};
use crate::config::Tier;
use crate::engine::{At, Check, Cx, Report, World, rule};
use crate::finding::Related;
use crate::model::normalise;
use crate::shell::{Command, RedirectionKind, Word};
use crate::source::Span;

use super::command::{program, subcommands};
use super::git_push::{self, To};

rule! {
    /// A pipeline that edits what production applies and pushes it to the branch that production follows.
    ///
    /// ## Why
    ///
    /// The push is the deployment: nobody approved it, no check of a pull request saw it, and whoever can start the
    /// pipeline, or holds its token, deploys.
    ///
    /// ## What passes
    ///
    /// - a pull request, whoever merges it
    /// - files that no production environment applies, and files that are not known
    /// - pushes to other branches and other repositories
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: .github/workflows/release.yml
    /// on: {push: {branches: [main]}}
    /// jobs:
    ///   release:
    ///     runs-on: ubuntu-latest
    ///     steps:
    ///       - uses: actions/checkout@v4
    ///       - run: |
    ///           yq -i '.images[0].newTag = strenv(TAG)' envs/prod/kustomization.yaml
    ///           git commit -am "web $TAG"
    ///           git push origin main
    /// # file: clusters/prod.yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata: {name: prod, namespace: flux-system}
    /// spec:
    ///   interval: 10m
    ///   path: ./envs/prod
    ///   prune: true
    ///   sourceRef: {kind: GitRepository, name: flux-system}
    /// # file: envs/prod/kustomization.yaml
    /// configMapGenerator:
    ///   - name: settings
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: .github/workflows/release.yml
    /// on: {push: {branches: [main]}}
    /// jobs:
    ///   release:
    ///     runs-on: ubuntu-latest
    ///     steps:
    ///       - uses: actions/checkout@v4
    ///       - run: |
    ///           yq -i '.images[0].newTag = strenv(TAG)' envs/prod/kustomization.yaml
    ///           git switch -c "promote-$TAG" && git commit -am "web $TAG"
    ///           git push origin "promote-$TAG" && gh pr create --fill
    /// # file: clusters/prod.yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata: {name: prod, namespace: flux-system}
    /// spec:
    ///   interval: 10m
    ///   path: ./envs/prod
    ///   prune: true
    ///   sourceRef: {kind: GitRepository, name: flux-system}
    /// # file: envs/prod/kustomization.yaml
    /// configMapGenerator:
    ///   - name: settings
    /// ```
    pub static RULE = "ci-pushes-to-tracked-branch" {
        level: Warning,
        precision: High,
        tags: ["ci", "governance"],
        aliases: [],
        checks: [Check::Job(check)],
    }
}

fn check(job: &Job, cx: &mut Cx<'_>) {
    let pushes = git_push::pushes(job);
    let Some(push) = pushes.iter().find(|push| is_default(job, &push.to, cx.world())) else { return };
    if git_push::proposes(job) {
        return;
    }
    let production = production(cx.world());
    if production.is_empty() {
        return;
    }
    let Some((span, path)) = job.steps.iter().find_map(|step| edited(step, &production)) else { return };
    let finding = cx.report(
        At::span(push.span),
        Report {
            message: format!(
                "job `{}` changes `{path}` and pushes it to the branch that production follows",
                job.name
            ),
            why: "the push deploys: nobody approves it, and no check of a pull request sees it".into(),
            help:
                "push a branch of its own and open a pull request; let that be merged by itself where it may"
                    .into(),
        },
    );
    finding.related.push(Related { span, message: "changed here".into() });
}

/// Whether a push reaches the branch that is followed.
fn is_default(job: &Job, to: &To, world: &World) -> bool {
    let this = &world.graph.this;
    match to {
        To::Branch(name) => this.is_default(name),
        To::Current => job.triggers.iter().any(|trigger| match trigger.event.as_str() {
            "push" => {
                trigger.branches.is_empty()
                    || trigger.branches.iter().any(|branch| this.is_default(&branch.text))
            }
            "schedule" | "workflow_dispatch" | "repository_dispatch" | "workflow_run" => true,
            _ => false,
        }),
        To::Elsewhere => false,
    }
}

/// The directories of this repository that production environments apply.
fn production(world: &World) -> BTreeSet<Utf8PathBuf> {
    let is_production = |environment: &crate::graph::Environment| environment.tier == Some(Tier::Production);
    let owners =
        world.graph.owners.iter().filter(|owner| owner.environment.as_ref().is_some_and(is_production));
    let deliveries = owners.flat_map(|owner| &owner.deliveries).filter(|delivery| delivery.unit.is_some());
    let directories = deliveries.filter_map(|delivery| delivery.directory.clone());
    // What is applied from the root is every file.
    directories.filter(|directory| !directory.as_str().is_empty()).collect()
}

/// What a step changes of these directories.
fn edited(step: &Step, directories: &BTreeSet<Utf8PathBuf>) -> Option<(Span, Utf8PathBuf)> {
    let is_below = |path: &Utf8Path| directories.iter().any(|directory| path.starts_with(directory));
    for script in &step.scripts {
        let mut at = Utf8PathBuf::new();
        for command in &script.commands {
            let name = program(command);
            if matches!(name.as_str(), "cd" | "pushd") {
                let to = command.arguments().first().map(known_path).unwrap_or_default();
                at = normalise(&at.join(to));
                continue;
            }
            let found = changed_words(command, &name).into_iter().find_map(|word| {
                // `$GITHUB_OUTPUT` is nowhere near.
                let known = Some(known_path(word)).filter(|known| !known.as_str().is_empty())?;
                let path = normalise(&at.join(known));
                is_below(&path).then_some((word.span, path))
            });
            if found.is_some() {
                return found;
            }
            if name == "kustomize" && subcommands(command).0 == "edit" && is_below(&at) {
                return Some((command.words_span(), at));
            }
        }
    }
    None
}

/// The path that a word names, or the directory of it that is known: `envs/prod/$APP/values.yaml`.
fn known_path(word: &Word) -> Utf8PathBuf {
    let start = word.start();
    match word.text() {
        Some(path) => path.as_ref().into(),
        None => start.rsplit_once('/').map_or("", |(directory, _)| directory).into(),
    }
}

/// The words of a command that name files it writes.
fn changed_words<'c>(command: &'c Command, name: &str) -> Vec<&'c Word> {
    let written = command.redirections.iter().filter(|one| one.kind == RedirectionKind::Write);
    let mut words: Vec<&Word> = written.filter_map(|one| one.target.as_ref()).collect();
    let arguments = command.arguments();
    let in_place = || {
        let starts = |word: &Word| word.start().starts_with("-i") || word.start().starts_with("--in");
        arguments.iter().any(starts)
    };
    match name {
        "sed" | "gsed" | "perl" | "yq" if in_place() => words.extend(arguments),
        "cp" | "mv" | "tee" => words.extend(arguments.last()),
        // What is added to the index is what the commit changes.
        "git" if arguments.first().is_some_and(|word| word.is("add")) => {
            words.extend(arguments.iter().skip(1))
        }
        _ => {}
    }
    words
}
