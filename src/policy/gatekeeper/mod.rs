//! Gatekeeper: ConstraintTemplates in Rego, their constraints, and what they say about objects.
//!
//! Owns everything that Gatekeeper does between an object and a violation. Must not know the engine: which objects are
//! together in a cluster, and where a verdict lies, is decided by those who ask.

mod answer;
mod compile;
mod constraint;
mod exclusion;
mod inventory;
mod library;
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
pub use exclusion::Exclusions;
pub use inventory::{Inventory, Namespace};
pub use matching::{Match, Matched};
pub use problem::{Problem, ProblemKind};
pub use request::Request;
pub use selector::{Labels, Selector};
pub use subject::Subject;

use crate::rego::{Limits, Machine, Program, Stop};
use crate::yaml::Cursor;

use super::{PolicyRule, Verdict};

/// The templates and constraints of a repository, compiled.
#[derive(Default)]
pub struct Gatekeeper {
    /// The programs that the rules are asked of.
    pub programs: Vec<Program>,
    /// A rule for each template that has constraints.
    pub rules: Vec<PolicyRule>,
    /// Rules of templates without constraints: they are listed, and never asked.
    pub unused: Vec<PolicyRule>,
    /// The constraints that are asked, with the rules they belong to.
    pub constraints: Vec<(usize, Constraint)>,
    /// The namespaces that Gatekeeper leaves alone.
    pub exclusions: Exclusions,
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

/// Whether an object of this `apiVersion` and `kind` is a template, a constraint, Gatekeeper's configuration, or something
/// else that Gatekeeper would do to objects.
pub fn is_policy(api_version: &str, kind: &str) -> bool {
    match api_version.rsplit_once('/').map_or("", |(group, _)| group) {
        constraint::GROUP => true,
        template::GROUP => kind == "ConstraintTemplate",
        exclusion::GROUP => kind == "Config",
        group => problem::NOT_EVALUATED.contains(&group),
    }
}

/// [`is_policy`] of an object by its root.
fn is_policy_root(root: Cursor<'_>) -> bool {
    let text = |name: &str| root.get(name).and_then(|value| value.text()).unwrap_or_default();
    is_policy(&text("apiVersion"), &text("kind"))
}

impl Gatekeeper {
    /// Finds templates and constraints among the roots of objects and compiles them. Objects that say the same twice count
    /// once, since overlays share them.
    pub fn read<'w>(roots: impl IntoIterator<Item = Cursor<'w>>, limits: Limits) -> Self {
        let roots: Vec<Cursor<'w>> = roots.into_iter().filter(|root| is_policy_root(*root)).collect();
        library::read(&roots, limits)
    }

    /// What the constraints of a rule say about an object; nothing from those that are not about it, nor about objects of a
    /// namespace that Gatekeeper leaves alone. The machine is one of
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
        if request.subjects().all(|subject| self.exclusions.cover(subject)) {
            return Vec::new();
        }
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
