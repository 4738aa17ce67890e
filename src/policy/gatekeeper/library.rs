//! The templates and constraints of a repository, brought together.
//!
//! Owns which constraint belongs to which template, and what is left over. Must not know what they say about objects.

use std::collections::BTreeSet;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::rego::{Builder, Limits, Value};
use crate::yaml::Cursor;

use super::constraint::{self, Constraint};
use super::exclusion::{self, Exclusions};
use super::matching::Match;
use super::problem::{NOT_EVALUATED, Problem, ProblemKind};
use super::schema::Schema;
use super::template::{self, Template};
use super::{Gatekeeper, compile, rule};

/// Templates and constraints by their roots.
pub fn read(roots: &[Cursor<'_>], limits: Limits) -> Gatekeeper {
    let of = |group: &'static str| {
        let is_of = move |root: &Cursor<'_>| {
            let version = root.get("apiVersion").and_then(|version| version.text()).unwrap_or_default();
            version.rsplit_once('/').is_some_and(|(of, _)| of == group)
        };
        roots.iter().copied().filter(is_of)
    };
    let mut library = Library {
        builder: Builder::default(),
        criteria: Match::schema(),
        exclusions: Exclusions::default(),
        templates: Vec::new(),
        by_kind: FxHashMap::default(),
        refused: FxHashSet::default(),
        problems: Vec::new(),
    };
    of(template::GROUP).for_each(|root| library.template(root));
    of(constraint::GROUP).for_each(|root| library.constraint(root));
    of(exclusion::GROUP).for_each(|root| library.exclusions.add(root));
    NOT_EVALUATED.into_iter().flat_map(of).for_each(|root| library.not_evaluated(root));
    library.compiled(limits)
}

struct Library<'w> {
    builder: Builder,
    criteria: Schema,
    exclusions: Exclusions,
    templates: Vec<Entry<'w>>,
    by_kind: FxHashMap<String, usize>,
    /// Kinds of templates that are refused: that is said once, and not again for each constraint.
    refused: FxHashSet<String>,
    problems: Vec<Problem>,
}

struct Entry<'w> {
    template: Template<'w>,
    /// What it says, to compare with others of its kind.
    spec: Value,
    is_used: bool,
    constraints: Vec<Constraint>,
    /// What the constraints of a name say.
    specs: FxHashMap<String, BTreeSet<Value>>,
}

impl<'w> Library<'w> {
    fn template(&mut self, root: Cursor<'w>) {
        let template = match Template::read(root, &mut self.builder) {
            Ok(template) => template,
            Err(problem) => {
                let kind = root.path(&["spec", "crd", "spec", "names", "kind"]).and_then(|kind| kind.text());
                self.refused.extend(kind.map(|kind| kind.into_owned()));
                return self.problems.push(problem);
            }
        };
        let spec = self.spec(root);
        match self.by_kind.get(&template.kind).and_then(|&index| self.templates.get(index)) {
            Some(first) if first.spec == spec => {}
            Some(_) => {
                let kind = &template.kind;
                let message =
                    format!("Another template of `{kind}` says otherwise, and is the one that counts");
                self.problems.push(Problem::new(ProblemKind::Differs, template.place, message));
            }
            None => {
                self.by_kind.insert(template.kind.clone(), self.templates.len());
                let (constraints, specs) = (Vec::new(), FxHashMap::default());
                self.templates.push(Entry { template, spec, is_used: false, constraints, specs });
            }
        }
    }

    fn constraint(&mut self, root: Cursor<'w>) {
        let spec = self.spec(root);
        let written = root.get("kind").unwrap_or(root);
        let kind = written.text().unwrap_or_default();
        let Some(entry) = self.by_kind.get(&*kind).and_then(|&index| self.templates.get_mut(index)) else {
            if !self.refused.contains(&*kind) {
                let message =
                    format!("No ConstraintTemplate defines `{kind}`, so the constraint does nothing here");
                self.problems.push(Problem::new(ProblemKind::NoTemplate, written, message));
            }
            return;
        };
        entry.is_used = true;
        match Constraint::read(root, &entry.template, &self.criteria, &mut self.builder) {
            Ok(constraint) => {
                let specs = entry.specs.entry(constraint.name.clone()).or_default();
                if specs.insert(spec) {
                    entry.constraints.push(constraint);
                }
            }
            Err(problems) => self.problems.extend(problems),
        }
    }

    fn not_evaluated(&mut self, root: Cursor<'w>) {
        let kind = root.get("kind").unwrap_or(root);
        let text = |at: Option<Cursor<'w>>| at.and_then(|at| at.text()).unwrap_or_default();
        let message = format!(
            "{} `{}` is not evaluated: objects are asked about as they are applied",
            text(Some(kind)),
            text(root.path(&["metadata", "name"]))
        );
        self.problems.push(Problem::new(ProblemKind::NotEvaluated, kind, message));
    }

    fn compiled(self, limits: Limits) -> Gatekeeper {
        let Self { templates, exclusions, mut problems, .. } = self;
        for Entry { template, .. } in templates.iter().filter(|entry| !entry.is_used) {
            let message = format!("No constraint uses the template `{}`", template.kind);
            problems.push(Problem::new(ProblemKind::NoConstraint, template.place, message));
        }
        let compiled = compile::compile(templates.iter().map(|entry| &entry.template), limits);
        problems.extend(compiled.problems);
        problems.sort_by_key(|problem| problem.span);
        let programs = compiled.programs;
        let mut made = Gatekeeper { programs, exclusions, problems, ..Gatekeeper::default() };
        for (Entry { template, constraints, .. }, entry) in templates.into_iter().zip(compiled.entries) {
            let Some(entry) = entry else { continue };
            if constraints.is_empty() {
                made.unused.push(rule::rule(&template, &constraints, entry));
                continue;
            }
            let index = made.rules.len();
            made.rules.push(rule::rule(&template, &constraints, entry));
            made.constraints.extend(constraints.into_iter().map(|constraint| (index, constraint)));
        }
        made
    }

    fn spec(&mut self, root: Cursor<'_>) -> Value {
        root.get("spec").map_or(Value::Null, |spec| self.builder.value(spec))
    }
}
