//! Gatekeeper: ConstraintTemplates in Rego, their constraints, and what they say about objects.
//!
//! Owns everything that Gatekeeper does between an object and a violation. Must not know the engine: which objects are
//! together in a cluster, and where a verdict lies, is decided by those who ask.

mod answer;
mod compile;
mod constraint;
mod inventory;
mod matching;
mod problem;
mod rename;
mod request;
mod rule;
mod schema;
mod selector;
mod subject;
pub mod suite;
mod template;
mod value;

#[cfg(test)]
mod tests;

pub use constraint::{Constraint, Enforcement};
pub use inventory::{Inventory, Namespace};
pub use matching::{Match, Matched};
pub use problem::{Problem, ProblemKind};
pub use request::Request;
pub use selector::{Labels, Selector};
pub use subject::Subject;

use rustc_hash::FxHashMap;

use crate::model::ObjectView;
use crate::rego::{Builder, Limits, Machine, Program, Stop, Value};
use crate::yaml::Cursor;

use super::{PolicyRule, Verdict};
use template::Template;

/// The templates and constraints of a repository, compiled.
#[derive(Default)]
pub struct Gatekeeper {
    /// The programs that the rules are asked of.
    pub programs: Vec<Program>,
    /// A rule for each template that has constraints.
    pub rules: Vec<PolicyRule>,
    /// The constraints that are asked, with the rules they belong to.
    pub constraints: Vec<(usize, Constraint)>,
    /// What is not checked as its author thinks, in the order of the objects.
    pub problems: Vec<Problem>,
}

/// What a constraint says about an object it is about.
#[derive(Clone, PartialEq, Debug)]
pub struct Said {
    /// The constraint, an index into those of [`Gatekeeper`].
    pub constraint: usize,
    /// The violations, or why there is no answer.
    pub answer: Result<Vec<Verdict>, Silence>,
}

/// Why a constraint says nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Silence {
    /// Its `namespaceSelector` needs the labels of this namespace, and nobody knows them.
    Namespace(String),
    /// The policy failed.
    Stop(Stop),
}

/// Whether an object is a template or a constraint.
pub fn is_policy(object: &ObjectView<'_>) -> bool {
    let group = object.group();
    (group == template::GROUP && object.kind() == "ConstraintTemplate") || group == constraint::GROUP
}

impl Gatekeeper {
    /// Finds templates and constraints among objects and compiles them. Objects that say the same twice count once, since
    /// overlays share them.
    pub fn read<'w>(objects: impl IntoIterator<Item = ObjectView<'w>>, limits: Limits) -> Self {
        let roots = objects.into_iter().filter(is_policy).map(|object| object.root);
        Self::of_roots(&roots.collect::<Vec<_>>(), limits)
    }

    /// The same for objects by their roots.
    fn of_roots(roots: &[Cursor<'_>], limits: Limits) -> Self {
        let mut builder = Builder::default();
        let mut problems = Vec::new();
        let is_constraint = |root: &Cursor<'_>| {
            let version = root.get("apiVersion").and_then(|version| version.text()).unwrap_or_default();
            version.rsplit_once('/').is_some_and(|(group, _)| group == constraint::GROUP)
        };
        let (constraints, templates): (Vec<&Cursor<'_>>, Vec<_>) =
            roots.iter().partition(|root| is_constraint(root));

        let mut by_kind: FxHashMap<String, (usize, Value)> = FxHashMap::default();
        let mut known: Vec<Template<'_>> = Vec::new();
        for &root in &templates {
            match Template::read(*root, &mut builder) {
                Ok(template) => {
                    let spec = root.get("spec").map_or(Value::Null, |spec| builder.value(spec));
                    match by_kind.get(&template.kind) {
                        None => {
                            by_kind.insert(template.kind.clone(), (known.len(), spec));
                            known.push(template);
                        }
                        Some((_, first)) if *first == spec => {}
                        Some(_) => {
                            let message = format!(
                                "Another template of `{}` says otherwise, and is the one that counts",
                                template.kind
                            );
                            problems.push(Problem::new(ProblemKind::Template, template.place, message));
                        }
                    }
                }
                Err(problem) => problems.push(problem),
            }
        }
        let compiled = compile::compile(&known, limits);
        problems.extend(compiled.problems);

        let mut of_template: Vec<Vec<Constraint>> = known.iter().map(|_| Vec::new()).collect();
        let mut seen: FxHashMap<(String, String), Vec<Value>> = FxHashMap::default();
        // Templates that were refused are said to be so; that their constraints do nothing follows.
        let refused: Vec<String> = templates.iter().filter_map(|root| kind_of(**root)).collect();
        let mut used: Vec<bool> = known.iter().map(|_| false).collect();
        for &root in &constraints {
            let written = root.get("kind");
            let kind = written.and_then(|kind| kind.text()).unwrap_or_default();
            let Some(&(index, _)) = by_kind.get(&*kind) else {
                if !refused.iter().any(|refused| *refused == kind) {
                    let message = format!(
                        "No ConstraintTemplate defines `{kind}`, so the constraint does nothing here"
                    );
                    problems.push(Problem::new(ProblemKind::NoTemplate, written.unwrap_or(*root), message));
                }
                continue;
            };
            let Some(template) = known.get(index) else { continue };
            if let Some(used) = used.get_mut(index) {
                *used = true;
            }
            match Constraint::read(*root, template, &mut builder) {
                Ok(constraint) => {
                    let spec = root.get("spec").map_or(Value::Null, |spec| builder.value(spec));
                    let specs = seen.entry((constraint.kind.clone(), constraint.name.clone())).or_default();
                    if !specs.contains(&spec) {
                        specs.push(spec);
                        of_template.get_mut(index).into_iter().for_each(|of| of.push(constraint.clone()));
                    }
                }
                Err(found) => problems.extend(found),
            }
        }
        for (template, _) in known.iter().zip(&used).filter(|(_, is_used)| !**is_used) {
            let message = format!("No constraint uses the template `{}`", template.kind);
            problems.push(Problem::new(ProblemKind::NoConstraint, template.place, message));
        }

        let (mut rules, mut all) = (Vec::new(), Vec::new());
        for ((template, constraints), entry) in known.iter().zip(of_template).zip(compiled.entries) {
            let (Some(entry), false) = (entry, constraints.is_empty()) else { continue };
            let constraints: Vec<Constraint> = constraints;
            rules.push(rule::rule(template, &constraints.iter().collect::<Vec<_>>(), entry));
            all.extend(constraints.into_iter().map(|constraint| (rules.len() - 1, constraint)));
        }
        problems.sort_by_key(|problem| problem.span);
        Self { programs: compiled.programs, rules, constraints: all, problems }
    }

    /// What the constraints of a rule say about an object; nothing from those that are not about it. The machine is one of
    /// the rule's program, and has the data of `inventory`.
    pub fn ask(
        &self,
        rule: usize,
        machine: &mut Machine<'_>,
        request: &Request,
        inventory: &Inventory,
    ) -> Vec<Said> {
        let from = self.constraints.partition_point(|(of, _)| *of < rule);
        let of_rule = self.constraints.iter().enumerate().skip(from).take_while(|(_, (of, _))| *of == rule);
        let namespace = inventory.namespace(request.namespace()).map(|namespace| &namespace.labels);
        let mut said = Vec::new();
        for (constraint, (_, Constraint { matching, parameters, enforcement, .. })) in of_rule {
            let answer = match request.matches(matching, namespace) {
                Matched::No => continue,
                Matched::Unknown => Err(Silence::Namespace(request.namespace().to_owned())),
                Matched::Yes => {
                    machine.set_input(request.input(parameters));
                    let answer = machine.ask(self.rules.get(rule).map_or(usize::MAX, |rule| rule.entry));
                    answer
                        .and_then(|answer| answer::verdicts(answer.as_ref(), enforcement.level()))
                        .map_err(Silence::Stop)
                }
            };
            said.push(Said { constraint, answer });
        }
        said
    }
}

/// The kind of a template's constraints, whatever else is wrong with it.
fn kind_of(root: Cursor<'_>) -> Option<String> {
    root.path(&["spec", "crd", "spec", "names", "kind"])?.text().map(|kind| kind.into_owned())
}
