//! `app-source-and-manifests-mixed`

use camino::Utf8Path;

use crate::ci::{Dialect, Job, Step};
use crate::discover::FileKind;
use crate::engine::{At, Check, Cx, Report, World, rule};
use crate::finding::Level;
use crate::graph::{GraphView, OwnerView};
use crate::model::FileView;

use super::git_push::{self, To};

rule! {
    /// A repository with the source of an application beside the manifests that deploy it.
    ///
    /// ## Why
    ///
    /// A commit of the pipeline that names the new image starts the pipeline again, which builds an image and commits: a
    /// loop, unless something breaks it. And who may change the source may change production.
    ///
    /// A warning where a pipeline that runs on every push pushes to its own branch with a token that starts pipelines, and
    /// neither its paths nor its message (`[skip ci]`) break the loop. Otherwise a note, as one repository may be what its
    /// owners want: the rule runs in the profile `pedantic`.
    ///
    /// ## What passes
    ///
    /// - a repository from which nothing is deployed by Argo CD or Flux
    /// - images whose source is elsewhere: a Dockerfile alone is none
    /// - Applications and Kustomizations in directories of samples and tests
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: argocd.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata: {name: web, namespace: argocd}
    /// spec:
    ///   project: shop
    ///   source: {repoURL: https://git.example.com/acme/web, path: deploy}
    ///   destination: {server: https://kubernetes.default.svc, namespace: shop}
    /// # file: deploy/settings.yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: settings}
    /// # file: Dockerfile
    /// FROM scratch
    /// # file: go.mod
    /// module example.com/web
    /// # file: GIT
    /// remote https://git.example.com/acme/web
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: argocd.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata: {name: web, namespace: argocd}
    /// spec:
    ///   project: shop
    ///   source: {repoURL: https://git.example.com/acme/gitops, path: deploy}
    ///   destination: {server: https://kubernetes.default.svc, namespace: shop}
    /// # file: deploy/settings.yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: settings}
    /// # file: GIT
    /// remote https://git.example.com/acme/gitops
    /// ```
    ///
    /// ## References
    ///
    /// - <https://argo-cd.readthedocs.io/en/stable/user-guide/best_practices/>
    pub static RULE = "app-source-and-manifests-mixed" {
        level: Warning,
        profile: Pedantic,
        precision: Medium,
        tags: ["ci", "governance"],
        aliases: [],
        checks: [Check::Graph(check)],
    }
}

/// Files that say how a program is built.
const BUILDS: [&str; 11] = [
    "go.mod",
    "package.json",
    "pom.xml",
    "Cargo.toml",
    "build.gradle",
    "build.gradle.kts",
    "pyproject.toml",
    "requirements.txt",
    "composer.json",
    "Gemfile",
    "mix.exs",
];

/// Words in paths of what is shown or tried, and not deployed.
const TRIED: [&str; 9] =
    ["test", "tests", "e2e", "sample", "samples", "example", "examples", "demo", "tutorial"];

fn check(view: &GraphView<'_>, cx: &mut Cx<'_>) {
    let reads_here = |delivery: &crate::graph::Delivery| delivery.unit.is_some();
    let is_tried = |owner: &OwnerView<'_>| {
        let path = cx.map().source(owner.object.object.source).path();
        path.as_str().split(['/', '-']).any(|word| TRIED.contains(&word))
    };
    let mut owners = view.owners();
    let Some(owner) = owners.find(|owner| !is_tried(owner) && owner.owner.deliveries.iter().any(reads_here))
    else {
        return;
    };
    let Some(source) = source(cx.world()) else { return };
    let found = cx.world().jobs.iter().find_map(|job| Some((job, loops(job, cx.world())?)));
    if let Some((job, push)) = found {
        cx.report(
            At::span(push.span),
            Report {
                message: format!("job `{}` pushes to the branch whose pushes start it, beside the source in `{source}`", job.name),
                why: "its own commit starts it again, which builds and commits again".into(),
                help: "leave the paths of the manifests out (`paths-ignore`), write `[skip ci]`, or keep them in a \
                       repository of their own"
                    .into(),
            },
        );
        return;
    }
    let name = owner.object.root.path(&["metadata", "name"]).unwrap_or(owner.object.root);
    let finding = cx.report(
        At::value(name),
        Report {
            message: format!(
                "{} deploys from the repository that holds the source in `{source}`",
                owner.display()
            ),
            why: "who may change the source may change what runs, and each commit is a change of both".into(),
            help: "keep manifests in a repository of their own, or give their paths owners of their own"
                .into(),
        },
    );
    finding.level = finding.level.min(Level::Note);
}

/// The directory of a program that an image is built of: a Dockerfile and a file of a language side by side.
fn source(world: &World) -> Option<String> {
    let read = world.repository.files.iter().filter(|file| file.kind != FileKind::Template);
    let read = read.map(|file| world.map.source(file.source).path());
    let mut found: Vec<&Utf8Path> = Vec::new();
    let paths: Vec<&Utf8Path> =
        read.chain(world.repository.unread.iter().map(|path| path.as_path())).collect();
    let builds: rustc_hash::FxHashSet<&Utf8Path> = paths
        .iter()
        .filter(|path| path.file_name().is_some_and(|name| BUILDS.contains(&name)))
        .filter_map(|path| path.parent())
        .collect();
    for path in &paths {
        let is_dockerfile =
            path.file_name().is_some_and(|name| name == "Dockerfile" || name == "Containerfile");
        let directory = path.parent().unwrap_or(Utf8Path::new(""));
        // Tools of pipelines are built for the pipelines.
        let is_hidden = directory.components().any(|part| part.as_str().starts_with('.'));
        if is_dockerfile && !is_hidden && builds.contains(directory) {
            found.push(directory);
        }
    }
    let first = found.into_iter().min()?;
    Some(if first.as_str().is_empty() { ".".to_owned() } else { first.to_string() })
}

/// The push of a job that starts the job again.
fn loops(job: &Job, world: &World) -> Option<git_push::GitPush> {
    let is_of_push = job.triggers.iter().any(|trigger| trigger.event == "push");
    let push = git_push::pushes(job).into_iter().find(|push| match &push.to {
        To::Current => true,
        To::Branch(name) => world.graph.this.is_default(name),
        To::Elsewhere => false,
    })?;
    let skips = |text: &str| {
        let text = text.to_ascii_lowercase();
        ["[skip ci]", "[ci skip]", "[no ci]", "[skip actions]", "ci.skip", "skip-checks"]
            .iter()
            .any(|it| text.contains(it))
    };
    let says = job.commands().flat_map(|command| &command.words).any(|word| skips(&word.shown()))
        || job.steps.iter().flat_map(|step| &step.inputs).any(|input| skips(&input.value.text));
    (job.dialect == Dialect::GitHubWorkflow
        && is_of_push
        && !says
        && job.steps.iter().any(starts_pipelines)
        && !is_limited(job, world))
    .then_some(push)
}

/// Whether a checkout leaves a token behind whose pushes start workflows: any but the one of the run.
fn starts_pipelines(step: &Step) -> bool {
    let token = step.input("token").is_some_and(|token| {
        !token.text.contains("GITHUB_TOKEN")
            && !token.text.contains("github.token")
            && token.text.contains("${{")
    });
    step.action().as_deref() == Some("actions/checkout") && (token || step.input("ssh-key").is_some())
}

/// Whether the workflow of a job runs for some paths alone.
fn is_limited(job: &Job, world: &World) -> bool {
    let Some(file) = world.repository.files.get(job.source.0 as usize) else { return true };
    let view = FileView { map: &world.map, file };
    let mut pushes = view.documents().filter_map(|document| document.root.path(&["on", "push"]));
    pushes.any(|push| {
        push.get("paths").is_some() || push.get("paths-ignore").is_some() || push.get("tags").is_some()
    })
}
