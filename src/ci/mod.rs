//! Pipelines of CI as one model: jobs, their steps, the commands they run, and the variables those see.
//!
//! Beside them the scripts that people run, which count as a pipeline's when it runs them.
//!
//! Owns what the dialects have in common and a file for each. Must not know what is good or bad.

mod argo_workflows;
mod azure;
mod bitbucket;
mod call;
mod circleci;
mod cloudbuild;
mod codebuild;
mod decoded;
mod drone;
mod files;
mod gap;
mod github;
mod gitlab;
mod groovy;
mod jenkins;
mod just;
mod make;
mod markdown;
mod read;
mod runnable;
mod shell_file;
mod task;
mod tekton;
mod travis;

pub use gap::{Gap, GapKind};

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use crate::discover::FileKind;
use crate::model::{DocumentKind, DocumentView, FileView, Pipeline, Repository};
use crate::shell::{Command, Script};
use crate::source::{SourceId, SourceMap, Span};
use crate::yaml::Cursor;

use files::Files;

/// A job, or what a dialect has in its place: what runs on one machine, in order.
#[derive(Clone, Debug)]
pub struct Job {
    /// How it is written.
    pub dialect: Dialect,
    /// The file.
    pub source: SourceId,
    /// Its name.
    pub name: String,
    /// Where its name is written.
    pub span: Span,
    /// What starts it, as far as the file says.
    pub triggers: Vec<Trigger>,
    /// The deployment environment that it names.
    pub environment: Option<Text>,
    /// Whether it may ask for a token that proves which job it is: `permissions: {id-token: write}`, `id_tokens`.
    pub identity: bool,
    /// Variables that all of its steps see, those of the pipeline too.
    pub variables: Vec<Variable>,
    /// What it does.
    pub steps: Vec<Step>,
}

impl Job {
    /// A job that has a name and nothing else yet.
    fn named(dialect: Dialect, name: String, span: Span) -> Self {
        Self {
            dialect,
            source: span.source,
            name,
            span,
            triggers: Vec::new(),
            environment: None,
            identity: false,
            variables: Vec::new(),
            steps: Vec::new(),
        }
    }

    /// The commands of all steps, in order.
    pub fn commands(&self) -> impl Iterator<Item = &Command> {
        self.steps.iter().flat_map(Step::commands)
    }

    /// Variables and inputs of the job and of all of its steps.
    pub fn variables(&self) -> impl Iterator<Item = &Variable> {
        let of_steps = self.steps.iter().flat_map(|step| step.variables.iter().chain(&step.inputs));
        self.variables.iter().chain(of_steps)
    }

    /// Which commands of its steps run the scripts that it runs.
    pub fn callers(&self) -> Callers {
        let mut callers: Vec<(Span, Span)> =
            self.commands().filter_map(|command| Some((command.span, command.caller?))).collect();
        // Of several that run the same, the first counts.
        callers.sort_by_key(|(span, _)| (span.source, span.start, span.len));
        callers.dedup_by_key(|(span, _)| *span);
        Callers(callers)
    }

    /// Whether nothing but a person starts it.
    pub fn is_manual(&self) -> bool {
        !self.triggers.is_empty()
            && self
                .triggers
                .iter()
                .all(|trigger| matches!(trigger.event.as_str(), "workflow_dispatch" | "manual"))
    }
}

/// Commands of scripts in the order of their places, each with the command of a step that runs it.
#[derive(Debug)]
pub struct Callers(Vec<(Span, Span)>);

impl Callers {
    /// The command of a step that runs the script in which a place lies.
    pub fn of(&self, place: Span) -> Option<Span> {
        let before =
            self.0.partition_point(|(span, _)| (span.source, span.start) <= (place.source, place.start));
        let before = self.0.iter().take(before).rev().take_while(|(span, _)| span.source == place.source);
        before.take(NESTED).find(|(span, _)| span.contains(place)).map(|(_, caller)| *caller)
    }
}

/// How many commands that lie in each other are looked at: `bash -c "bash -c …"`.
const NESTED: usize = 64;

/// The dialects.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Dialect {
    /// `.github/workflows/*`
    GitHubWorkflow,
    /// `action.yml`
    GitHubAction,
    /// `.gitlab-ci.yml`
    GitLab,
    /// `azure-pipelines.yml`
    Azure,
    /// `.circleci/config.yml`
    CircleCi,
    /// `bitbucket-pipelines.yml`
    Bitbucket,
    /// `.drone.yml`
    Drone,
    /// `.woodpecker.yml`
    Woodpecker,
    /// `Task` and `Pipeline` of Tekton
    Tekton,
    /// `Workflow` of Argo Workflows
    ArgoWorkflows,
    /// `.travis.yml`
    Travis,
    /// `buildspec.yml` of AWS CodeBuild
    CodeBuild,
    /// `cloudbuild.yaml` of Google Cloud Build
    CloudBuild,
    /// `Jenkinsfile`
    Jenkins,
    /// `deploy.sh`
    Shell,
    /// `Makefile`
    Make,
    /// `justfile`
    Just,
    /// `Taskfile.yml`
    Task,
    /// `package.json`
    Package,
    /// Blocks of commands in Markdown.
    Markdown,
}

impl Dialect {
    /// Who runs what is written in it.
    pub fn family(self) -> Family {
        match self {
            Self::Shell | Self::Make | Self::Just | Self::Task | Self::Package => Family::Script,
            Self::Markdown => Family::Runbook,
            _ => Family::Pipeline,
        }
    }
}

/// Who runs what a dialect is for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Family {
    /// A service, when something happens.
    Pipeline,
    /// Whoever types the name of the script or of the target.
    Script,
    /// Whoever reads it and types it again.
    Runbook,
}

/// An event that starts a pipeline.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Trigger {
    /// As GitHub calls it, whatever the dialect: `push`, `pull_request`, `schedule` …; `tag` where a tag is pushed, and
    /// `manual` where a person starts the job.
    pub event: String,
    /// The branches it is limited to: names, patterns, or variables like `$CI_DEFAULT_BRANCH`.
    pub branches: Vec<Text>,
    /// The files that it is limited to changes of.
    pub paths: Vec<Text>,
}

impl Trigger {
    /// An event that nothing limits.
    fn of(event: impl Into<String>) -> Self {
        Self { event: event.into(), ..Self::default() }
    }
}

/// Text of a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Text {
    /// Decoded.
    pub text: String,
    /// Where it is written.
    pub span: Span,
    /// Where each line of the text is written.
    pub lines: Vec<Span>,
}

/// A variable, or an input of an action.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value, expressions as they are written.
    pub value: Text,
    /// Whether the value is the name of a secret, which is filled in when the job runs.
    pub is_secret: bool,
}

/// A step.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its name.
    pub name: Option<String>,
    /// Where it starts.
    pub span: Span,
    /// The action, workflow, task, orb, pipe or plugin that it uses.
    pub uses: Option<Text>,
    /// What it gives to that.
    pub inputs: Vec<Variable>,
    /// Variables of the step alone.
    pub variables: Vec<Variable>,
    /// What it runs in a shell.
    pub scripts: Vec<Script>,
}

impl Step {
    /// A step that does nothing yet.
    fn at(span: Span) -> Self {
        Self { name: None, span, uses: None, inputs: Vec::new(), variables: Vec::new(), scripts: Vec::new() }
    }

    /// The commands of the step.
    pub fn commands(&self) -> impl Iterator<Item = &Command> {
        self.scripts.iter().flat_map(|script| &script.commands)
    }

    /// The name of the action, without its version, in small letters: `docker/build-push-action`, `kubernetesmanifest`,
    /// `circleci/helm/install-helm-chart`, `atlassian/kubectl-run`.
    pub fn action(&self) -> Option<String> {
        let uses = self.uses.as_ref()?.text.to_ascii_lowercase();
        let action = uses.split_once('@').map_or(uses.as_str(), |(action, _)| action);
        // Pipes and plugins are images: their version is a tag.
        let name = action.rfind('/').map_or(0, |slash| slash + 1);
        let end =
            action.get(name..).and_then(|name| name.find(':')).map_or(action.len(), |colon| name + colon);
        Some(action.get(..end).unwrap_or(action).to_owned())
    }

    /// The value of an input.
    pub fn input(&self, name: &str) -> Option<&Text> {
        let mut inputs = self.inputs.iter();
        inputs.find(|input| input.name.eq_ignore_ascii_case(name)).map(|input| &input.value)
    }
}

/// Everything of a repository that runs commands, and what of it could not be read.
#[derive(Default, Debug)]
pub struct Pipelines {
    /// The jobs of pipelines, in the order of the files; what they run of the repository's scripts is among their
    /// commands.
    pub jobs: Vec<Job>,
    /// The scripts, the targets and the blocks of Markdown that no job runs, and that name a program that changes
    /// clusters. Others have nothing to say, and no shell grammar reads them.
    pub scripts: Vec<Job>,
    /// What is missing, each place once, in the order of the files.
    pub gaps: Vec<Gap>,
}

/// Reads everything that runs commands.
pub fn read(map: &SourceMap, repository: &Repository) -> Pipelines {
    let files = Files::new(map, repository);
    let read: Vec<(Vec<Job>, Vec<Gap>)> = repository
        .views(map)
        .map(|file| {
            let mut gaps = Vec::new();
            let jobs = file.documents().flat_map(|document| of_document(&files, &document, &mut gaps));
            let mut jobs: Vec<Job> = jobs.collect();
            jobs.extend(of_objects(&file));
            (jobs, gaps)
        })
        .collect();
    let mut pipelines = Pipelines::default();
    for (jobs, gaps) in read {
        pipelines.jobs.extend(jobs);
        pipelines.gaps.extend(gaps);
    }
    let jenkins = repository.files.iter().filter(|file| file.kind == FileKind::Jenkinsfile);
    pipelines.jobs.extend(jenkins.flat_map(|file| jenkins::pipeline(map, file.source)));
    let runnables = runnable::all(map, repository);
    pipelines.scripts = call::resolve(map, &mut pipelines.jobs, &runnables);
    gap::finish(map, &mut pipelines);
    pipelines
}

/// The files of a repository that its pipelines include.
pub fn included(map: &SourceMap, repository: &Repository) -> FxHashSet<SourceId> {
    Files::new(map, repository).into_included()
}

fn of_document(files: &Files<'_>, document: &DocumentView<'_>, gaps: &mut Vec<Gap>) -> Vec<Job> {
    let DocumentKind::Pipeline(pipeline) = document.kind() else { return Vec::new() };
    let root = document.root;
    match pipeline {
        Pipeline::GitHubWorkflow => github::workflow(root),
        Pipeline::GitHubAction => github::action(root),
        Pipeline::GitLab if files.is_included(document) => Vec::new(),
        Pipeline::GitLab => gitlab::pipeline(files.repository, document, gaps),
        Pipeline::Azure if files.is_included(document) => Vec::new(),
        Pipeline::Azure => azure::pipeline(files.repository, document, gaps),
        Pipeline::CircleCi => circleci::config(root, gaps),
        Pipeline::Bitbucket => bitbucket::pipelines(root, gaps),
        Pipeline::Drone => drone::pipeline(root, Dialect::Drone),
        Pipeline::Woodpecker => drone::pipeline(root, Dialect::Woodpecker),
        Pipeline::Travis => travis::config(root),
        Pipeline::CodeBuild => codebuild::buildspec(root),
        Pipeline::CloudBuild => cloudbuild::build(root),
    }
}

/// Pipelines that are Kubernetes objects.
fn of_objects(file: &FileView<'_>) -> Vec<Job> {
    let mut jobs = Vec::new();
    for object in file.objects() {
        match (object.group(), object.kind()) {
            ("tekton.dev", kind) => jobs.extend(tekton::object(kind, object.root)),
            ("triggers.tekton.dev", "TriggerTemplate") => {
                let made = object.root.path(&["spec", "resourcetemplates"]);
                let made = made.into_iter().flat_map(|made| made.items());
                jobs.extend(made.flat_map(|made| tekton::object(&kind(made), made)));
            }
            ("argoproj.io", kind) => jobs.extend(argo_workflows::object(kind, object.root)),
            _ => {}
        }
    }
    jobs
}

fn kind(object: Cursor<'_>) -> String {
    object.get("kind").and_then(|kind| kind.text()).unwrap_or_default().into_owned()
}

#[cfg(test)]
mod dialect_tests;
#[cfg(test)]
mod script_tests;
#[cfg(test)]
mod tests;
