//! Pipelines of CI as one model: jobs, their steps, the commands they run, and the variables those see.
//!
//! Owns what the dialects have in common and a file for each. Must not know what is good or bad.

mod github;
mod gitlab;
mod read;

use rayon::prelude::*;

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
mod tests;
