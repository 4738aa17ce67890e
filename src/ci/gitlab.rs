//! Pipelines of GitLab: `include: local`, `default`, `extends`, `!reference` and hidden jobs.
//!
//! What is included from elsewhere (`project`, `remote`, `template`, `component`) is not in the repository and is not read.

use camino::Utf8Path;

use crate::model::{DocumentView, FileView, Repository};
use crate::shell::Expressions;
use crate::source::Span;
use crate::yaml::Cursor;

use super::read::{known, script, text, texts, variables};
use super::{Dialect, Job, Step, Trigger, Variable};

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
    /// Where the files start that were met, so that each counts once.
    met: Vec<Span>,
}

/// The jobs of a pipeline.
pub(super) fn pipeline(repository: &Repository, document: &DocumentView<'_>) -> Vec<Job> {
    let mut pipeline = Pipeline { roots: Vec::new(), met: Vec::new() };
    pipeline.include(repository, document.root, DEPTH);
    let mut names: Vec<Cursor<'_>> = Vec::new();
    for entry in pipeline.roots.iter().flat_map(|root| root.entries()) {
        let name = entry.key.text().unwrap_or_default();
        let is_job = !name.starts_with('.') && !RESERVED.contains(&name.as_ref()) && entry.value.is_map();
        if is_job && !names.iter().any(|known| known.text().is_some_and(|known| known == name)) {
            names.push(entry.key);
        }
    }
    names.into_iter().filter_map(|key| pipeline.job(key)).collect()
}

impl<'w> Pipeline<'w> {
    fn include(&mut self, repository: &'w Repository, root: Cursor<'w>, depth: u32) {
        let Some(less) = depth.checked_sub(1) else { return };
        self.met.push(root.span());
        let include = root.get("include");
        let items = include.into_iter().flat_map(|include| match include.is_seq() {
            true => include.items().collect(),
            false => vec![include],
        });
        for item in items {
            // A text is a path, or the address of a file that is elsewhere.
            for path in texts(item.get("local").or_else(|| item.text().is_some().then_some(item))) {
                let file = repository.file(Utf8Path::new(path.text.trim_start_matches('/')));
                let views = file.map(|file| FileView { map: root.map(), file });
                for document in views.iter().flat_map(FileView::documents) {
                    if !self.met.contains(&document.root.span()) {
                        self.include(repository, document.root, less);
                    }
                }
            }
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

    fn job(&self, key: Cursor<'w>) -> Option<Job> {
        let name = key.text()?.into_owned();
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
        let mut steps = Vec::new();
        for part in ["before_script", "script", "after_script"] {
            let value = field(part).or_else(|| default(part).filter(|_| part != "script"));
            let Some(value) = value else { continue };
            let mut lines = Vec::new();
            self.lines(value, DEPTH, &mut lines);
            let scripts = lines.into_iter().filter_map(|line| script(line, Expressions::BRACKETS, &mut seen));
            steps.push(Step {
                name: Some(part.to_owned()),
                span: value.span().part(0, 1),
                uses: None,
                inputs: Vec::new(),
                variables: Vec::new(),
                scripts: scripts.collect(),
            });
        }
        let when = field("when").and_then(text).filter(|when| when.text == "manual");
        Some(Job {
            dialect: Dialect::GitLab,
            source: key.span().source,
            name,
            span: key.span(),
            triggers: when
                .into_iter()
                .map(|when| Trigger { event: when.text, branches: Vec::new() })
                .collect(),
            environment: field("environment").and_then(|one| text(one.get("name").unwrap_or(one))),
            variables,
            steps,
        })
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
