//! `ci-no-manifest-validation`

use camino::Utf8Path;

use crate::ci::{Dialect, Job};
use crate::discover::FileKind;
use crate::engine::{At, Check, Cx, Report, World, rule};
use crate::finding::Level;
use crate::graph::GraphView;

use super::validator::{self, Checks};

rule! {
    /// A repository that deploys, and whose pull requests nothing checks.
    ///
    /// ## Why
    ///
    /// In a GitOps repository a merge is a deployment. What does not render, or is no valid object, is found by the
    /// reconciler then, in the cluster.
    ///
    /// One finding for the repository. Where no pipeline runs on changes it is a note, because checks may run elsewhere, and
    /// without any pipeline nothing is said.
    ///
    /// ## What passes
    ///
    /// - a job on pull requests, or on every push, that runs a tool for manifests: kubeconform, `kustomize build`,
    ///   `helm template`, `flux build`, flate, conftest, Kyverno, plimsoll and many more, or pre-commit
    /// - jobs that run scripts, targets or workflows that are not read, that make a cluster of their own, or that are called
    ///   `validate`, `lint` and the like, since those may do it
    /// - pipelines of systems that are not read, those of Prow among them
    ///
    /// Looking through images (`trivy image`) is no check of manifests.
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: .github/workflows/labels.yml
    /// on: pull_request
    /// jobs:
    ///   labels:
    ///     runs-on: ubuntu-latest
    ///     steps:
    ///       - uses: actions/labeler@v5
    /// # file: clusters/prod/apps.yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata: {name: apps, namespace: flux-system}
    /// spec:
    ///   interval: 10m
    ///   path: ./apps
    ///   prune: true
    ///   sourceRef: {kind: GitRepository, name: flux-system}
    /// # file: apps/settings.yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: settings}
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: .github/workflows/validate.yml
    /// on: pull_request
    /// jobs:
    ///   validate:
    ///     runs-on: ubuntu-latest
    ///     steps:
    ///       - run: kubeconform -strict -ignore-missing-schemas apps
    /// # file: clusters/prod/apps.yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata: {name: apps, namespace: flux-system}
    /// spec:
    ///   interval: 10m
    ///   path: ./apps
    ///   prune: true
    ///   sourceRef: {kind: GitRepository, name: flux-system}
    /// # file: apps/settings.yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: settings}
    /// ```
    pub static RULE = "ci-no-manifest-validation" {
        level: Warning,
        precision: High,
        tags: ["ci", "governance"],
        aliases: [],
        checks: [Check::Graph(check)],
    }
}

fn check(view: &GraphView<'_>, cx: &mut Cx<'_>) {
    if view.graph.owners.is_empty() {
        return;
    }
    let world = cx.world();
    let seen: Vec<&Job> = world.jobs.iter().filter(|job| validator::sees_changes(job)).collect();
    if seen.iter().any(|job| validator::of_job(job) > Checks::No) || has_other_pipelines(world) {
        return;
    }
    // The job beside which the check belongs. Without any pipeline here, what runs elsewhere is not known.
    let after = world.jobs.iter().find(|job| validator::of_job(job) == Checks::Yes);
    let place = after.or(seen.first().copied());
    let Some(job) = place.or(world.jobs.iter().find(|job| is_beside(job))) else { return };
    let finding = cx.report(
        At::span(job.span),
        Report {
            message: "no pipeline checks manifests before they are merged".to_owned(),
            why: "a merge deploys: what does not render or is not valid is found in the cluster".into(),
            help: "render and check what changed in a job on pull requests, with plimsoll, kubeconform or the like"
                .into(),
        },
    );
    if place.is_none() {
        finding.level = finding.level.min(Level::Note);
    }
}

/// Whether a job is one of a service that builds the repository, and not a manifest of what runs in a cluster.
fn is_beside(job: &Job) -> bool {
    !matches!(job.dialect, Dialect::ArgoWorkflows | Dialect::Tekton)
}

/// Whether there are pipelines, or settings of a service that checks, of which nothing is known.
fn has_other_pipelines(world: &World) -> bool {
    const FILES: [&str; 22] = [
        // Prow's jobs are configured elsewhere.
        "OWNERS",
        ".travis.yml",
        ".drone.yml",
        ".woodpecker.yml",
        ".woodpecker.yaml",
        "bitbucket-pipelines.yml",
        "cloudbuild.yaml",
        "cloudbuild.yml",
        "buildspec.yml",
        "appveyor.yml",
        ".appveyor.yml",
        ".cirrus.yml",
        "azure-pipelines.yml",
        "azure-pipelines.yaml",
        ".circleci/config.yml",
        ".pre-commit-config.yaml",
        ".pre-commit-config.yml",
        ".zuul.yaml",
        "zuul.yaml",
        "codefresh.yml",
        ".mergify.yml",
        "atlantis.yaml",
    ];
    const DIRECTORIES: [&str; 7] =
        [".woodpecker", ".tekton", ".buildkite", ".ci-operator", ".semaphore", "zuul.d", ".azuredevops"];
    let is_one = |path: &Utf8Path| {
        let name = path.file_name().unwrap_or_default();
        FILES.contains(&path.as_str())
            || name.starts_with("Jenkinsfile")
            || name.starts_with("azure-pipelines")
            || DIRECTORIES.iter().any(|directory| path.starts_with(directory))
    };
    let read = world.repository.files.iter().map(|file| (world.map.source(file.source).path(), file.kind));
    let mut files = read.chain(world.repository.unread.iter().map(|path| (path.as_path(), FileKind::Text)));
    // What a pipeline of GitLab includes from elsewhere is not read.
    files.any(|(path, kind)| kind == FileKind::Jenkinsfile || is_one(path)) || includes_elsewhere(world)
}

fn includes_elsewhere(world: &World) -> bool {
    let file = world.repository.file(Utf8Path::new(".gitlab-ci.yml"));
    file.is_some_and(|file| {
        let view = crate::model::FileView { map: &world.map, file };
        view.documents().any(|document| document.root.get("include").is_some())
    })
}
