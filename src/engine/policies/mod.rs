//! Asks policies about the objects, units, owners, jobs and documents of a world, on all cores.
//!
//! Owns who is asked what; how a verdict becomes a finding is said beside it. Must not know dialects, nor regorus.

mod combined;
mod files;
mod quiet;
mod say;
mod together;

use std::collections::BTreeMap;
use std::sync::Arc;

use camino::Utf8PathBuf;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::ci::Job;
use crate::finding::{RuleId, RuleRef};
use crate::graph::{Environment, OwnerView};
use crate::model::{FileView, ObjectView};
use crate::policy::gatekeeper::{Gatekeeper, Inventory, Request, Silence};
use crate::policy::input::Format;
use crate::policy::{Loaded, PolicyRule, ShippedRule, Target};
use crate::rego::{Stop, Value};
use crate::source::{SourceId, Span};
use crate::yaml::Cursor;

use super::run::{Found, of_owner, once_a_place};
use super::verdict::{command_at, of_unit};
use super::worker::{Asked, Kinds, Worker};
use super::{At, RuleSet, World};

use together::{Namespaces, Together, namespaces};

/// Policies that were loaded for a run, besides those that plimsoll brings.
#[derive(Default)]
pub struct Policies {
    /// Those of files: conftest, trivy-checks, our own.
    pub loaded: Loaded,
    /// Those that are objects.
    pub gatekeeper: Gatekeeper,
    /// Whether a template looks at the other objects of the cluster.
    pub wants_inventory: bool,
    /// `data.repo`, when a policy looks at it.
    pub facts: Option<Value>,
    /// The files that policies are asked about as files.
    pub files: Vec<AskedFile>,
    /// The texts of policies of the repository that are about all of it, by index: what they say may have no other place.
    pub texts: FxHashMap<usize, SourceId>,
}

/// A file that policies are asked about as it is.
#[derive(Clone, Debug)]
pub struct AskedFile {
    /// Its text.
    pub source: SourceId,
    /// What it is read as.
    pub format: Format,
    /// The rules of files that are asked about it.
    pub rules: Vec<usize>,
}

impl Policies {
    /// The declarations, those of files first.
    pub fn rules(&self) -> impl Iterator<Item = RuleRef> {
        let all = self.loaded.rules.iter().chain(&self.gatekeeper.rules);
        all.map(|it| RuleRef::Policy(Arc::new(it.rule.clone())))
    }

    /// The policy of somebody's; none for those that plimsoll brings.
    pub fn rule(&self, policy: PolicyId) -> Option<&PolicyRule> {
        match policy {
            PolicyId::File(index) => self.loaded.rules.get(index),
            PolicyId::Gatekeeper(index) => self.gatekeeper.rules.get(index),
            PolicyId::Shipped(_) => None,
        }
    }

    /// Which policy the declaration at an index is.
    pub fn id(&self, index: usize) -> Option<PolicyId> {
        let files = self.loaded.rules.len();
        let of_objects = || index.checked_sub(files).filter(|index| *index < self.gatekeeper.rules.len());
        if index < files { Some(PolicyId::File(index)) } else { of_objects().map(PolicyId::Gatekeeper) }
    }
}

impl Policies {
    /// What a policy is asked about.
    pub fn target(&self, policy: PolicyId) -> Option<&Target> {
        match policy {
            PolicyId::Shipped(shipped) => Some(&shipped.declared.target),
            policy => self.rule(policy).map(|rule| &rule.target),
        }
    }
}

impl std::fmt::Debug for Policies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Policies").finish_non_exhaustive()
    }
}

/// Which policy a rule is.
#[derive(Clone, Copy, Debug)]
pub enum PolicyId {
    /// An index into the rules of files.
    File(usize),
    /// An index into the rules that are objects.
    Gatekeeper(usize),
    /// One that plimsoll brings.
    Shipped(ShippedRule),
}

/// What a policy gave no answer about.
struct Failure {
    rule: RuleId,
    /// What it was asked about: "Deployment `web`".
    about: String,
    span: Span,
    stop: Stop,
}

/// Asks all policies of a rule set.
pub(super) fn run(world: &World, rules: &RuleSet) -> Vec<Found> {
    let none = Policies::default();
    let policies = rules.policies().unwrap_or(&none);
    let asked = rules.iter().filter_map(|(id, active)| {
        let policy = active.policy?;
        Some(Asked { id, policy, target: policies.target(policy)? })
    });
    let asked: Vec<Asked<'_>> = asked.collect();
    if asked.is_empty() {
        return Vec::new();
    }
    let kinds = Kinds::of(&asked, !world.graph.owners.is_empty());
    let namespaces =
        if policies.gatekeeper.rules.is_empty() { FxHashMap::default() } else { namespaces(world) };
    let run = Run { world, rules, policies, kinds, asked, namespaces };
    let wants_facts = |asked: &Asked<'_>| match asked.policy {
        PolicyId::Shipped(shipped) => shipped.declared.wants_facts,
        PolicyId::File(_) | PolicyId::Gatekeeper(_) => false,
    };
    let facts = run.asked.iter().any(wants_facts).then(|| match &policies.facts {
        Some(facts) => facts.clone(),
        None => crate::policy::facts(world.graph(), &world.jobs).into(),
    });
    let documents = facts.map(|facts| object([("repo", facts)]));
    let new = || Worker::new(policies, documents.as_ref());
    let mut found: Vec<Answers> = Vec::new();
    let together = run.together();
    let objects: Vec<(ObjectView<'_>, Arc<[Utf8PathBuf]>, usize)> = run.objects(&together);
    found.par_extend(objects.par_iter().with_min_len(32).map_init(new, |worker, (object, units, group)| {
        let inventory = together.get(*group).map(|group| &group.inventory);
        let answers = run.object(worker, object, inventory);
        Answers { found: answers.found.of(units), ..answers }
    }));
    let groups = together.par_iter().filter(|group| group.unit.is_some());
    found.par_extend(groups.map_init(new, |worker, group| run.unit(worker, group)).collect::<Vec<_>>());
    let owners: Vec<OwnerView<'_>> = world.graph().owners().collect();
    let owners = owners.par_iter().with_min_len(8).map_init(new, |worker, owner| run.owner(worker, owner));
    let (mut of_owners, failures): (Vec<Found>, Vec<Vec<Failure>>) =
        owners.map(|answers| (answers.found, answers.failures)).unzip();
    once_a_place(&mut of_owners);
    let of_owners = of_owners.into_iter().zip(failures);
    found.extend(of_owners.map(|(found, failures)| Answers { found, failures, ..Answers::default() }));
    found.par_extend(world.jobs.par_iter().with_min_len(8).map_init(new, |worker, job| run.job(worker, job)));
    let files = world.repository.views(&world.map).with_min_len(32);
    found.par_extend(files.map_init(new, |worker, file| run.file(worker, &file)));
    let asked_files = policies.files.par_iter().with_min_len(8);
    found.par_extend(asked_files.map_init(new, |worker, file| run.asked_file(worker, file)));
    found.push(run.combined(&mut new()));
    found.push(run.repository(&mut new()));
    run.finish(found)
}

/// What one thing that was asked about gave.
#[derive(Default)]
struct Answers {
    found: Found,
    failures: Vec<Failure>,
    /// Constraints that could not be asked, with the namespace whose labels nobody knows.
    unknown: Vec<(RuleId, String)>,
}

struct Run<'w> {
    world: &'w World,
    rules: &'w RuleSet,
    policies: &'w Policies,
    asked: Vec<Asked<'w>>,
    kinds: Kinds,
    namespaces: Namespaces<'w>,
}

impl<'w> Run<'w> {
    fn object(
        &self,
        worker: &mut Worker<'w>,
        object: &ObjectView<'w>,
        inventory: Option<&Inventory>,
    ) -> Answers {
        let mut answers = Answers::default();
        let kind = object.kind();
        let mut value = None;
        let mut request = None;
        let mut is_told = false;
        for asked in self.kinds.about(kind).filter_map(|index| self.asked.get(index)) {
            match asked.policy {
                PolicyId::File(_) | PolicyId::Shipped(_) => {
                    let is_new = value.is_none();
                    let value = value.get_or_insert_with(|| worker.builder.value(object.root)).clone();
                    if is_new {
                        worker.set_file(self.path(object.root.span()));
                        worker.set_input(&value);
                    }
                    self.ask(worker, asked, &value, Some(*object), object.root, &mut answers);
                }
                PolicyId::Gatekeeper(index) => {
                    let Some(inventory) = inventory else { continue };
                    let request = request.get_or_insert_with(|| {
                        let value = worker.builder.value(object.root);
                        let subject = self.admitted(object);
                        let namespace = inventory.namespace(&subject.namespace);
                        (Request::of_object(subject, value.clone(), namespace), value)
                    });
                    let program = self.policies.gatekeeper.rules.get(index).map(|rule| rule.program);
                    let machine = program.and_then(|program| worker.gatekeeper.get_mut(program));
                    let Some(machine) = machine else { continue };
                    if self.policies.wants_inventory && !std::mem::replace(&mut is_told, true) {
                        machine.set_data(&inventory.data());
                    }
                    for said in self.policies.gatekeeper.ask(index, machine, &request.0, inventory) {
                        match said.answer {
                            Ok(verdicts) => {
                                let constraint = self.policies.gatekeeper.constraints.get(said.constraint);
                                let place = constraint.map(|(_, constraint)| constraint.place);
                                for verdict in &verdicts {
                                    self.report(
                                        asked,
                                        verdict,
                                        &request.1,
                                        Some(*object),
                                        object.root,
                                        place,
                                        &mut answers.found,
                                    );
                                }
                            }
                            Err(Silence::Stop(stop)) => self.failed(asked, object.root, stop, &mut answers),
                            Err(Silence::Namespace(name)) => answers.unknown.push((asked.id, name)),
                        }
                    }
                }
            }
        }
        answers
    }

    /// The objects that one kustomization applies together.
    fn unit(&self, worker: &mut Worker<'w>, group: &Together<'w>) -> Answers {
        let mut answers = Answers::default();
        let asked = self.asked_about(|target| matches!(target, Target::Unit(_)));
        let unit = group.unit.and_then(|index| Some((index, self.world.rendering.units.get(index)?)));
        let (Some((index, unit)), false) = (unit, asked.is_empty()) else { return answers };
        let view = self.world.graph();
        let environment = view.graph.unit_environments.get(index).and_then(Option::as_ref);
        let owners = view.graph.owners_of(index).map(|id| Value::from(view.owner(id).display()));
        let owners: Value = owners.collect::<Vec<_>>().into();
        let mut known: Vec<Option<Value>> = vec![None; group.objects.len()];
        for asked in asked {
            let Target::Unit(kinds) = asked.target else { continue };
            // Only what the policy is about becomes a value, once for all policies.
            let (mut objects, mut values) = (Vec::new(), Vec::new());
            for (view, known) in group.objects.iter().zip(&mut known) {
                if kinds.is_empty() || kinds.iter().any(|kind| *kind == view.kind()) {
                    objects.push(*view);
                    values.push(known.get_or_insert_with(|| worker.builder.value(view.root)).clone());
                }
            }
            let Some(first) = objects.first() else { continue };
            let input = object([
                ("directory", Value::from(unit.directory.as_str())),
                ("environment", environment.map_or(Value::Null, environment_value)),
                ("owners", owners.clone()),
                ("partial", Value::from(unit.partial)),
                ("objects", values.clone().into()),
            ]);
            worker.set_file(self.path(Span::new(unit.source, 0, 0)));
            worker.set_input(&input);
            let Some(said) = worker.ask(asked) else { continue };
            match said {
                Ok(said) => {
                    for verdict in said.verdicts {
                        let (verdict, at) = of_unit(verdict, &values);
                        let (object, value) = at
                            .and_then(|at| Some((objects.get(at)?, values.get(at)?)))
                            .unwrap_or((first, &input));
                        self.report(
                            asked,
                            &verdict,
                            value,
                            Some(*object),
                            object.root,
                            None,
                            &mut answers.found,
                        );
                    }
                }
                Err(stop) => {
                    self.failed(asked, first.root, stop, &mut answers);
                    let about = answers.failures.last_mut().map(|failure| &mut failure.about);
                    about.into_iter().for_each(|about| *about = format!("unit `{}`", unit.directory));
                }
            }
        }
        Answers { found: answers.found.of(&[unit.directory.clone()].into()), ..answers }
    }

    fn owner(&self, worker: &mut Worker<'w>, owner: &OwnerView<'w>) -> Answers {
        let mut answers = Answers::default();
        let kind = owner.owner.kind.name();
        // Who is asked about the template as well says there what is wrong with it.
        let made_by = owner.is_made().then(|| owner.parent()).flatten().map(|maker| maker.owner.kind.name());
        let asked = self.asked_about(|target| {
            target.is_about_owner(kind) && !made_by.is_some_and(|maker| target.names_owner(maker))
        });
        if asked.is_empty() {
            return answers;
        }
        let value = worker.builder.value(owner.object.root);
        worker.set_file(self.path(owner.object.root.span()));
        worker.set_input(&value);
        for asked in asked {
            self.ask(worker, asked, &value, Some(owner.object), owner.object.root, &mut answers);
        }
        Answers { found: of_owner(answers.found, owner, self.world), ..answers }
    }

    fn job(&self, worker: &mut Worker<'w>, job: &'w Job) -> Answers {
        let mut answers = Answers::default();
        let asked = self.asked_about(|target| *target == Target::Pipeline);
        if asked.is_empty() {
            return answers;
        }
        let input = crate::policy::job(&self.world.map, job);
        worker.set_file(self.path(job.span));
        worker.set_input(&input);
        for asked in asked {
            let Some(said) = worker.ask(asked) else { continue };
            match said {
                Ok(said) => {
                    for verdict in said.verdicts {
                        let span = command_at(&verdict, job).unwrap_or(job.span);
                        self.found(asked, &verdict, At::span(span), None, &mut answers.found);
                    }
                }
                Err(stop) => {
                    let about = format!("job `{}`", job.name);
                    answers.failures.push(Failure { rule: asked.id, about, span: job.span, stop });
                }
            }
        }
        answers
    }

    /// The documents of a file, as they are written.
    fn file(&self, worker: &mut Worker<'w>, file: &FileView<'w>) -> Answers {
        let mut answers = Answers::default();
        let asked = self.asked_about(|target| target.is_about_document(file.path().as_str()));
        if asked.is_empty() {
            return answers;
        }
        worker.set_file(file.path().as_str());
        for document in file.documents() {
            let value = worker.builder.value(document.root);
            worker.set_input(&value);
            let object = document.objects().next();
            for asked in &asked {
                self.ask(worker, asked, &value, object, document.root, &mut answers);
            }
        }
        answers
    }

    /// The repository as a whole.
    fn repository(&self, worker: &mut Worker<'w>) -> Answers {
        let mut answers = Answers::default();
        worker.set_input(&Value::new_object());
        for asked in self.asked_about(|target| *target == Target::Repository) {
            let Some(home) = self.home(asked) else { continue };
            let Some(said) = worker.ask(asked) else { continue };
            match said {
                Ok(said) => {
                    for verdict in said.verdicts {
                        let place = verdict.places.iter().find_map(|place| self.file_place(place));
                        self.found(
                            asked,
                            &verdict,
                            At::span(place.unwrap_or(home)),
                            None,
                            &mut answers.found,
                        );
                    }
                }
                Err(stop) => {
                    let about = "the repository".to_owned();
                    answers.failures.push(Failure { rule: asked.id, about, span: home, stop });
                }
            }
        }
        answers
    }

    fn asked_about(&self, is_about: impl Fn(&Target) -> bool) -> Vec<&Asked<'w>> {
        self.asked.iter().filter(|asked| is_about(asked.target)).collect()
    }

    /// Asks a rule about the input that its machine has.
    fn ask(
        &self,
        worker: &mut Worker<'w>,
        asked: &Asked<'w>,
        input: &Value,
        object: Option<ObjectView<'w>>,
        root: Cursor<'w>,
        answers: &mut Answers,
    ) {
        let Some(said) = worker.ask(asked) else { return };
        match said {
            Ok(said) => {
                for verdict in &said.verdicts {
                    self.report(asked, verdict, input, object, root, None, &mut answers.found);
                }
            }
            Err(stop) => self.failed(asked, root, stop, answers),
        }
    }
}

fn object<'n>(fields: impl IntoIterator<Item = (&'n str, Value)>) -> Value {
    let fields = fields.into_iter().map(|(name, value)| (Value::from(name), value));
    fields.collect::<BTreeMap<Value, Value>>().into()
}

fn environment_value(environment: &Environment) -> Value {
    object([
        ("name", Value::from(environment.name.as_str())),
        ("tier", environment.tier.map_or(Value::Null, |tier| Value::from(tier.name()))),
    ])
}
