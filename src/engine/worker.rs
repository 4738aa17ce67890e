//! What one core asks policies with, and which of them it asks about an object.
//!
//! Must not know how an answer becomes a finding.

use std::collections::BTreeMap;

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use crate::finding::RuleId;
use crate::graph::OwnerKind;
use crate::policy::{Said, Target, with_file};
use crate::rego::{Builder, Machine, Stop, Value};

use super::{Policies, PolicyId};

/// A rule that takes part, as it is asked.
pub(super) struct Asked<'p> {
    pub id: RuleId,
    pub policy: PolicyId,
    pub target: &'p Target,
}

/// Which policies are asked about objects of which kinds, so that most objects meet none.
#[derive(Default)]
pub(super) struct Kinds {
    /// Indices of those that are asked about objects of every kind.
    any: Vec<usize>,
    /// Indices of the others, by kind in small letters.
    by_kind: FxHashMap<String, Vec<usize>>,
}

impl Kinds {
    /// Without a graph there are no owners: a file on its own is looked at as it stands, and what would be an owner in a
    /// repository is an object.
    pub fn of(asked: &[Asked<'_>], has_graph: bool) -> Self {
        let mut all = Self::default();
        for (index, asked) in asked.iter().enumerate() {
            let mut add = |kinds: &mut dyn Iterator<Item = &str>| {
                let names: BTreeSet<String> = kinds.map(str::to_ascii_lowercase).collect();
                names.into_iter().for_each(|kind| all.by_kind.entry(kind).or_default().push(index));
            };
            match asked.target {
                Target::Object(kinds) if kinds.is_empty() => all.any.push(index),
                Target::Object(kinds) => add(&mut kinds.iter().map(String::as_str)),
                Target::Owner(_) if !has_graph => {
                    let owners = OwnerKind::ALL.iter().map(|(kind, _)| kind.name());
                    add(&mut owners.filter(|kind| asked.target.is_about_owner(kind)));
                }
                _ => {}
            }
        }
        all
    }

    pub fn about(&self, kind: &str) -> impl Iterator<Item = usize> {
        let of_kind = self.by_kind.get(kind.to_ascii_lowercase().as_str()).into_iter().flatten();
        self.any.iter().chain(of_kind).copied()
    }
}

/// What one core asks with.
pub(super) struct Worker<'p> {
    policies: &'p Policies,
    pub builder: Builder,
    /// What policies of files find beside their own data: `repo`.
    of_files: Value,
    /// The file that these find as `data.conftest.file`.
    file: String,
    input: Value,
    files: Vec<Machine<'p>>,
    pub gatekeeper: Vec<Machine<'p>>,
    /// Those of policies that plimsoll brings, by policy; made when one is asked.
    shipped: Vec<(usize, Machine<'p>)>,
    /// What these find beside their own data: `repo`.
    documents: Option<&'p Value>,
}

impl<'p> Worker<'p> {
    pub fn new(policies: &'p Policies, documents: Option<&'p Value>) -> Self {
        let mut files: Vec<Machine<'p>> = policies.loaded.programs.iter().map(|it| it.machine()).collect();
        let facts = policies.facts.iter().map(|facts| (Value::from("repo"), facts.clone()));
        let of_files = Value::from(facts.collect::<BTreeMap<Value, Value>>());
        if policies.facts.is_some() {
            files.iter_mut().for_each(|machine| machine.set_data(&of_files));
        }
        let gatekeeper = policies.gatekeeper.programs.iter().map(|it| it.machine()).collect();
        let (builder, input) = (Builder::default(), Value::Undefined);
        let (file, shipped) = (String::new(), Vec::new());
        Self { policies, builder, of_files, file, input, files, gatekeeper, shipped, documents }
    }

    /// Which file the next question is about, for policies that look at `data.conftest.file`.
    pub fn set_file(&mut self, path: &str) {
        if self.policies.loaded.wants_file && self.file != path {
            let documents = with_file(&self.of_files, path);
            self.files.iter_mut().for_each(|machine| machine.set_data(&documents));
            self.file = path.to_owned();
        }
    }

    /// What the next questions are about, except those of Gatekeeper.
    pub fn set_input(&mut self, input: &Value) {
        let shipped = self.shipped.iter_mut().map(|(_, machine)| machine);
        self.files.iter_mut().chain(shipped).for_each(|machine| machine.set_input(input.clone()));
        self.input = input.clone();
    }

    /// Asks a policy of a file, or one that plimsoll brings.
    pub fn ask(&mut self, asked: &Asked<'p>) -> Option<Result<Said, Stop>> {
        match asked.policy {
            PolicyId::File(index) => {
                let rule = self.policies.loaded.rules.get(index)?;
                Some(rule.ask(self.files.get_mut(rule.program)?))
            }
            PolicyId::Shipped(shipped) => {
                let (rule, program) = shipped.ready()?;
                let known = self.shipped.iter().position(|(policy, _)| *policy == shipped.declared.policy);
                let at = known.unwrap_or_else(|| {
                    let mut machine = program.machine();
                    if let Some(documents) = self.documents {
                        machine.set_data(documents);
                    }
                    machine.set_input(self.input.clone());
                    self.shipped.push((shipped.declared.policy, machine));
                    self.shipped.len() - 1
                });
                Some(rule.ask(&mut self.shipped.get_mut(at)?.1))
            }
            PolicyId::Gatekeeper(_) => None,
        }
    }
}
