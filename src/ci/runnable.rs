//! What a person, or a pipeline, can run by its name: a script, a target, a task. No shell grammar has read it yet.
//!
//! Owns which files have such things. Must not know what their commands do.

use memchr::memmem;
use rayon::prelude::*;

use crate::discover::FileKind;
use crate::model::{DocumentKind, File, FileView, Repository};
use crate::shell::{self, Expressions, Script, Variables};
use crate::source::{SourceId, SourceMap, Span};

use super::{Dialect, Job, Step, just, make, markdown, shell_file, task};

/// Programs that change clusters. A script that names none of them is read only when a pipeline runs it: most scripts of
/// a repository are about something else, and a shell grammar is slow beside a search for words.
const PROGRAMS: [&str; 6] = ["kubectl", "helm", "skaffold", "kapp", "werf", "kubecolor"];
/// Programs whose names are parts of other words.
const SHORT_PROGRAMS: [&str; 2] = ["oc ", "tk "];

/// A script or a target.
#[derive(Debug)]
pub(super) struct Runnable {
    pub dialect: Dialect,
    pub source: SourceId,
    /// Its names; the first is the one that people are told. A script has the name of its file.
    pub names: Vec<String>,
    /// Where its name is written.
    pub span: Span,
    /// What it runs, in order.
    pub bodies: Vec<Body>,
    /// The names of others in the same file that it runs first.
    pub needs: Vec<String>,
}

/// A text that one shell reads.
#[derive(Clone, Copy, Debug)]
pub(super) struct Body {
    pub text: Span,
    pub expressions: Expressions,
}

impl Runnable {
    /// The commands.
    pub fn scripts(&self, map: &SourceMap) -> Vec<Script> {
        let parse = |body: &Body| shell::parse(map, body.text, body.expressions, &mut Variables::default());
        self.bodies.iter().map(parse).collect()
    }

    /// As a job of one step.
    pub fn job(&self, map: &SourceMap) -> Job {
        let step = Step {
            name: None,
            span: self.span,
            uses: None,
            inputs: Vec::new(),
            variables: Vec::new(),
            scripts: self.scripts(map),
        };
        let name = self.names.first().cloned().unwrap_or_default();
        Job { steps: vec![step], source: self.source, ..Job::named(self.dialect, name, self.span) }
    }

    /// Whether it names a program that changes clusters.
    pub fn mentions_clusters(&self, map: &SourceMap) -> bool {
        self.bodies.iter().any(|body| mentions_clusters(map.slice(body.text)))
    }
}

/// Whether a text names a program that changes clusters.
pub(super) fn mentions_clusters(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_start = |at: usize| {
        let before = at.checked_sub(1).and_then(|at| bytes.get(at));
        before.is_none_or(|before| !before.is_ascii_alphanumeric())
    };
    PROGRAMS.iter().any(|program| memmem::find(bytes, program.as_bytes()).is_some())
        || SHORT_PROGRAMS.iter().any(|program| memmem::find_iter(bytes, program.as_bytes()).any(is_start))
}

/// Everything of a repository that can be run by its name, in the order of the files.
pub(super) fn all(map: &SourceMap, repository: &Repository) -> Vec<Runnable> {
    repository.views(map).flat_map_iter(|view| of_file(map, view.file)).collect()
}

fn of_file(map: &SourceMap, file: &File) -> Vec<Runnable> {
    let id = file.source;
    match file.kind {
        FileKind::Shell => shell_file::script(map, id).into_iter().collect(),
        FileKind::Makefile => make::targets(map, id),
        FileKind::Justfile => just::recipes(map, id),
        FileKind::Markdown => markdown::blocks(map, id),
        FileKind::Yaml | FileKind::Json => {
            let documents = FileView { map, file };
            let runnables = documents.documents().flat_map(|document| match document.kind() {
                DocumentKind::Taskfile => task::tasks(document.root),
                DocumentKind::Package => task::scripts(document.root),
                _ => Vec::new(),
            });
            runnables.collect()
        }
        FileKind::Template
        | FileKind::Codeowners
        | FileKind::GitIgnore
        | FileKind::Jenkinsfile
        | FileKind::Terraform
        | FileKind::Text => Vec::new(),
    }
}
