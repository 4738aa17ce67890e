//! Pipelines of GitLab: `include: local`, `default`, `extends`, `!reference` and hidden jobs.
//!
//! What is included from elsewhere (`project`, `remote`, `template`, `component`) is not in the repository and is not read.

mod include;
mod triggers;

use rustc_hash::FxHashSet;

use crate::model::{DocumentView, FileView, Repository};
use crate::shell::Expressions;
use crate::source::SourceId;
use crate::yaml::Cursor;

use super::read::{job, known, script, step, text, texts, variables};
use super::{Dialect, Gap, GapKind, Job, Step, Variable};

pub(super) use include::includes;

/// Included files and extended jobs are followed this deep; GitLab allows eleven levels of `extends`.
const DEPTH: u32 = 11;

/// Keys of a pipeline that are no jobs.
const RESERVED: &[&str] = &[
    "default",
    "include",
    "stages",
    "variables",
    "workflow",
    "image",
    "services",
    "cache",
    "before_script",
    "after_script",
    "spec",
    "types",
];

/// The files that a pipeline is made of: what is included comes before what includes it, which wins.
struct Pipeline<'w> {
    roots: Vec<Cursor<'w>>,
    /// Where the documents start that were met, so that each counts once.
    met: FxHashSet<(SourceId, u32)>,
}

/// The jobs of a pipeline.
pub(super) fn pipeline(
    repository: &Repository,
    document: &DocumentView<'_>,
    gaps: &mut Vec<Gap>,
) -> Vec<Job> {
    let mut jobs = Vec::new();
    let mut children = vec![document.root];
    let mut started = FxHashSet::default();
    while let Some(root) = children.pop() {
        if !started.insert((root.span().source, root.span().start)) {
            continue;
        }
        let mut pipeline = Pipeline { roots: Vec::new(), met: FxHashSet::default() };
        pipeline.include(repository, root, DEPTH, gaps);
        let mut names = FxHashSet::default();
        for entry in pipeline.roots.iter().flat_map(|root| root.entries()) {
            let Some(name) = entry.key.text() else { continue };
            let is_job = !name.starts_with('.') && !RESERVED.contains(&name.as_ref()) && entry.value.is_map();
            if is_job && names.insert(name) {
                jobs.push(pipeline.job(entry.key));
                // A job may start another pipeline of the repository.
                let child = entry.value.path(&["trigger", "include"]);
                let files = child.map(|child| include::files(repository, child, gaps)).unwrap_or_default();
                children.extend(files.iter().flat_map(FileView::documents).map(|document| document.root));
            }
        }
    }
    // A pipeline that does not lie at the root is one for another repository, whose files it names.
    if document.path().as_str().contains('/') {
        let missing = gaps.iter_mut().filter(|gap| gap.kind == GapKind::Missing);
        missing.for_each(|gap| gap.kind = GapKind::Elsewhere);
    }
    jobs
}

impl<'w> Pipeline<'w> {
    fn include(&mut self, repository: &'w Repository, root: Cursor<'w>, depth: u32, gaps: &mut Vec<Gap>) {
        let Some(less) = depth.checked_sub(1) else { return };
        if !self.met.insert((root.span().source, root.span().start)) {
            return;
        }
        let files = root.get("include").map(|include| include::files(repository, include, gaps));
        for document in files.iter().flatten().flat_map(FileView::documents) {
            self.include(repository, document.root, less, gaps);
        }
        self.roots.push(root);
    }

    /// What is written for a name, in all files, with what that extends: what comes later wins.
    fn layers(&self, name: &str, depth: u32) -> Vec<Cursor<'w>> {
        let Some(less) = depth.checked_sub(1) else { return Vec::new() };
        let own: Vec<Cursor<'w>> =
            self.roots.iter().filter_map(|root| root.get(name)).filter(Cursor::is_map).collect();
        let parents = texts(own.iter().rev().find_map(|layer| layer.get("extends")));
        // Each level is as wide as people write; the product is bounded.
        let mut layers: Vec<Cursor<'w>> =
            parents.iter().take(8).flat_map(|parent| self.layers(&parent.text, less)).take(64).collect();
        layers.extend(own);
        layers
    }

    fn job(&self, key: Cursor<'w>) -> Job {
        let name = key.text().unwrap_or_default();
        let layers = self.layers(&name, DEPTH);
        let field = |name: &str| layers.iter().rev().find_map(|layer| layer.get(name));
        // The newest value of each name counts; those of the pipeline are the oldest.
        let shared = self.roots.iter().filter_map(|root| root.get("variables"));
        let own = layers.iter().filter_map(|layer| layer.get("variables"));
        let variables: Vec<Variable> = shared.chain(own).flat_map(|one| variables(Some(one))).collect();
        let default = |name: &str| {
            let section = |root: &Cursor<'w>| root.path(&["default", name]).or_else(|| root.get(name));
            self.roots.iter().rev().find_map(section)
        };
        let mut seen = known(variables.iter());
        let mut steps: Vec<Step> = Vec::new();
        for part in ["before_script", "script", "after_script"] {
            let value = field(part).or_else(|| default(part).filter(|_| part != "script"));
            let Some(value) = value else { continue };
            let mut lines = Vec::new();
            self.lines(value, DEPTH, &mut lines);
            let scripts = lines.into_iter().filter_map(|line| script(line, Expressions::BRACKETS, &mut seen));
            steps.push(step(part, value, scripts.collect()));
        }
        let workflow = self.roots.iter().rev().find_map(|root| root.path(&["workflow", "rules"]));
        Job {
            triggers: triggers::of_job(field, workflow),
            environment: field("environment").and_then(|one| text(one.get("name").unwrap_or(one))),
            identity: field("id_tokens").or_else(|| default("id_tokens")).is_some(),
            variables,
            steps,
            ..job(Dialect::GitLab, key)
        }
    }

    /// The lines of a script: text, or lists in lists, or `!reference [job, script]`.
    fn lines(&self, value: Cursor<'w>, depth: u32, lines: &mut Vec<Cursor<'w>>) {
        let Some(less) = depth.checked_sub(1).filter(|_| lines.len() < 1000) else { return };
        if value.text().is_some() {
            return lines.push(value);
        }
        if value.tag() != Some("!reference") {
            return value.items().for_each(|item| self.lines(item, less, lines));
        }
        let names = texts(Some(value));
        let Some((job, path)) = names.split_first() else { return };
        let path: Vec<&str> = path.iter().map(|name| name.text.as_str()).collect();
        let layers = self.layers(&job.text, DEPTH);
        if let Some(found) = layers.iter().rev().find_map(|layer| layer.path(&path)) {
            self.lines(found, less, lines);
        }
    }
}
