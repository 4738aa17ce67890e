//! Pipelines of CI as one model: jobs, their steps, the commands they run, and the variables those see.
//!
//! Beside them the scripts that people run, which count as a pipeline's when it runs them.
//!
//! Owns what the dialects have in common and a file for each. Must not know what is good or bad.

mod call;
mod decoded;
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

use rayon::prelude::*;

use crate::discover::FileKind;
use crate::model::{DocumentKind, Pipeline, Repository};
use crate::shell::{Command, Script};
use crate::source::{SourceId, SourceMap, Span};

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
    /// Variables that all of its steps see, those of the pipeline too.
    pub variables: Vec<Variable>,
    /// What it does.
    pub steps: Vec<Step>,
}

impl Job {
    /// The commands of all steps, in order.
    pub fn commands(&self) -> impl Iterator<Item = &Command> {
        self.steps.iter().flat_map(Step::commands)
    }

    /// The command of a step that runs the script in which a place lies.
    pub fn caller(&self, place: Span) -> Option<Span> {
        let mut commands = self.commands().filter(|command| command.span.contains(place));
        commands.find_map(|command| command.caller)
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

/// The dialects.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Dialect {
    /// `.github/workflows/*`
    GitHubWorkflow,
    /// `action.yml`
    GitHubAction,
    /// `.gitlab-ci.yml`
    GitLab,
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

/// Everything of a repository that runs commands.
#[derive(Default, Debug)]
pub struct Pipelines {
    /// The jobs of pipelines; what they run of the repository's scripts is among their commands.
    pub jobs: Vec<Job>,
    /// The scripts, the targets and the blocks of Markdown that no job runs, and that name a program that changes
    /// clusters. Others have nothing to say, and no shell grammar reads them.
    pub scripts: Vec<Job>,
}

/// Reads everything that runs commands.
pub fn read(map: &SourceMap, repository: &Repository) -> Pipelines {
    let mut jobs = jobs(map, repository);
    let scripts = repository.files.iter().filter(|file| file.kind == FileKind::Jenkinsfile);
    jobs.extend(scripts.flat_map(|file| jenkins::pipeline(map, file.source)));
    let runnables = runnable::all(map, repository);
    let scripts = call::resolve(map, &mut jobs, &runnables);
    Pipelines { jobs, scripts }
}

/// An event that starts a pipeline.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Trigger {
    /// `push`, `pull_request`, `workflow_dispatch` …
    pub event: String,
    /// The branches it is limited to.
    pub branches: Vec<Text>,
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
}

/// A step.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its name.
    pub name: Option<String>,
    /// Where it starts.
    pub span: Span,
    /// The action or the workflow that it uses.
    pub uses: Option<Text>,
    /// What it gives to that.
    pub inputs: Vec<Variable>,
    /// Variables of the step alone.
    pub variables: Vec<Variable>,
    /// What it runs in a shell.
    pub scripts: Vec<Script>,
}

impl Step {
    /// The commands of the step.
    pub fn commands(&self) -> impl Iterator<Item = &Command> {
        self.scripts.iter().flat_map(|script| &script.commands)
    }

    /// The name of the action, without its version, in small letters: `docker/build-push-action`.
    pub fn action(&self) -> Option<String> {
        let uses = self.uses.as_ref()?.text.to_ascii_lowercase();
        Some(uses.split_once('@').map_or(uses.as_str(), |(action, _)| action).to_owned())
    }

    /// The value of an input.
    pub fn input(&self, name: &str) -> Option<&Text> {
        let mut inputs = self.inputs.iter();
        inputs.find(|input| input.name.eq_ignore_ascii_case(name)).map(|input| &input.value)
    }
}

/// The jobs of all pipelines of a repository, in the order of the files.
pub fn jobs(map: &SourceMap, repository: &Repository) -> Vec<Job> {
    let files = repository.views(map);
    let jobs = files.flat_map_iter(|file| {
        file.documents().flat_map(|document| match document.kind() {
            DocumentKind::Pipeline(Pipeline::GitHubWorkflow) => github::workflow(document.root),
            DocumentKind::Pipeline(Pipeline::GitHubAction) => github::action(document.root),
            DocumentKind::Pipeline(Pipeline::GitLab) => gitlab::pipeline(repository, &document),
            _ => Vec::new(),
        })
    });
    jobs.collect()
}

#[cfg(test)]
mod script_tests;
#[cfg(test)]
mod tests;
