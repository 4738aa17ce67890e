//! The run: every rule on every target it concerns, in parallel, then one total order.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use camino::Utf8PathBuf;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::ci::{Family, Job};
use crate::finding::{Finding, Related, RuleId};
use crate::graph::{ChangeView, GraphView, OwnerKind, OwnerView};
use crate::host::History;
use crate::model::{
    Container, DocumentKind, DocumentView, FileView, KustomizationView, Object, ObjectView, PodSpec, Usage,
};
use crate::render::{Event, EventKind, Unit, UnitView};
use crate::source::{SourceMap, Span};
use crate::yaml::Arena;

use super::cx::Subject;
use super::{Check, Cx, Notice, RuleSet, World, policies};

/// Findings of one target, and what went wrong while looking for them.
#[derive(Default)]
pub(super) struct Found {
    pub findings: Vec<Finding>,
    pub notices: Vec<Notice>,
}

impl Found {
    /// The same with the units that it was found in.
    pub fn of(mut self, units: &Arc<[Utf8PathBuf]>) -> Self {
        self.findings.iter_mut().for_each(|finding| finding.units = Arc::clone(units));
        self
    }
}

/// A rule's check of something of type `T`.
type Checks<T> = Vec<(RuleId, T)>;
type ObjectCheck = fn(&ObjectView<'_>, &mut Cx<'_>);
type EventCheck = fn(&Event, &mut Cx<'_>);
type OwnerCheck = fn(&OwnerView<'_>, &mut Cx<'_>);
type JobCheck = fn(&Job, &mut Cx<'_>);
type DocumentCheck = fn(&DocumentView<'_>, &mut Cx<'_>);

/// The checks of a rule set, by what they concern.
#[derive(Default)]
struct Plan {
    any_object: Checks<ObjectCheck>,
    /// By kind, since most objects are of a kind that few rules ask for; the group is compared then.
    objects: FxHashMap<&'static str, Vec<(RuleId, &'static str, ObjectCheck)>>,
    pods: Checks<fn(&PodSpec<'_>, &mut Cx<'_>)>,
    containers: Checks<fn(&Container<'_>, &mut Cx<'_>)>,
    units: Checks<fn(&UnitView<'_>, &mut Cx<'_>)>,
    owners: Checks<(&'static [OwnerKind], OwnerCheck)>,
    graph: Checks<fn(&GraphView<'_>, &mut Cx<'_>)>,
    changes: Checks<fn(&ChangeView<'_>, &mut Cx<'_>)>,
    history: Checks<fn(&History, &mut Cx<'_>)>,
    events: Checks<(&'static [EventKind], EventCheck)>,
    kustomizations: Checks<fn(&KustomizationView<'_>, &mut Cx<'_>)>,
    values: Checks<DocumentCheck>,
    documents: Checks<DocumentCheck>,
    files: Checks<fn(&FileView<'_>, &mut Cx<'_>)>,
    jobs: Checks<JobCheck>,
    scripts: Checks<JobCheck>,
    runbooks: Checks<JobCheck>,
}

impl Plan {
    fn new(rules: &RuleSet) -> Self {
        let mut plan = Plan::default();
        for (id, active) in rules.iter() {
            for check in active.checks {
                match *check {
                    Check::Object([], run) => plan.any_object.push((id, run)),
                    Check::Object(kinds, run) => {
                        for name in kinds {
                            plan.objects.entry(name.kind).or_default().push((id, name.group, run));
                        }
                    }
                    Check::Pod(run) => plan.pods.push((id, run)),
                    Check::Container(run) => plan.containers.push((id, run)),
                    Check::Unit(run) => plan.units.push((id, run)),
                    Check::Owner(kinds, run) => plan.owners.push((id, (kinds, run))),
                    Check::Change(run) => plan.changes.push((id, run)),
                    Check::Graph(run) => plan.graph.push((id, run)),
                    Check::History(run) => plan.history.push((id, run)),
                    Check::Event(kinds, run) => plan.events.push((id, (kinds, run))),
                    Check::Kustomization(run) => plan.kustomizations.push((id, run)),
                    Check::Values(run) => plan.values.push((id, run)),
                    Check::Document(run) => plan.documents.push((id, run)),
                    Check::File(run) => plan.files.push((id, run)),
                    Check::Job(run) => plan.jobs.push((id, run)),
                    Check::Script(run) => plan.scripts.push((id, run)),
                    Check::Runbook(run) => plan.runbooks.push((id, run)),
                }
            }
        }
        plan
    }
}

/// One rule set on one world.
struct Runner<'w> {
    world: &'w World,
    rules: &'w RuleSet,
    plan: Plan,
}

/// Runs the rules over every file of the repository. Findings come sorted and without repetitions.
pub fn run(world: &World, rules: &RuleSet) -> (Vec<Finding>, Vec<Notice>) {
    let runner = Runner { world, rules, plan: Plan::new(rules) };
    let files = world.repository.views(&world.map).map(|file| runner.file(&file));
    let mut found: Vec<Found> = files.collect();
    let objects = distinct(&world.rendering.units);
    found.par_extend(objects.par_iter().with_min_len(16).map(|(object, units)| {
        let mut found = Found::default();
        runner.object(&ObjectView::rendered(&world.map, &world.repository, object), &mut found);
        found.of(units)
    }));
    found.par_extend(world.rendering.units.par_iter().map(|unit| runner.unit(unit)));
    let owners: Vec<OwnerView<'_>> = world.graph().owners().collect();
    let mut of_owners: Vec<Found> = owners.par_iter().map(|owner| runner.owner(owner)).collect();
    once_a_place(&mut of_owners);
    found.extend(of_owners);
    found.par_extend(runner.plan.graph.par_iter().map(|&(rule, run)| runner.graph(rule, run)));
    // Jobs share the scripts that they extend or run.
    let jobs = world.jobs.par_iter().chain(&world.scripts);
    let mut of_jobs: Vec<Found> = jobs.map(|job| runner.job(job)).collect();
    once_a_place(&mut of_jobs);
    found.extend(of_jobs);
    found.push(runner.events());
    found.push(runner.history());
    found.extend(policies::run(world, rules));
    runner.finish(found)
}

/// Runs the rules about changes: on `world`, and on the revision that it is compared with.
pub fn run_changes(
    world: &World,
    base: &World,
    messages: &[String],
    rules: &RuleSet,
) -> (Vec<Finding>, Vec<Notice>) {
    let runner = Runner { world, rules, plan: Plan::new(rules) };
    let view = ChangeView { base: base.graph(), head: world.graph(), messages };
    let check = |&(rule, run): &(RuleId, fn(&ChangeView<'_>, &mut Cx<'_>))| {
        let mut found = Found::default();
        runner.call(rule, None, &mut found, |cx| run(&view, cx));
        found
    };
    runner.finish(runner.plan.changes.par_iter().map(check).collect())
}

/// The objects of all units, those that several units share once, each with the directories of its units.
fn distinct(units: &[Unit]) -> Vec<(&Object, Arc<[Utf8PathBuf]>)> {
    let mut places: FxHashMap<(*const Arena, u32), usize> = FxHashMap::default();
    let mut objects: Vec<(&Object, Vec<Utf8PathBuf>)> = Vec::new();
    for unit in units {
        for object in &unit.objects {
            let key = (Arc::as_ptr(object.tree.arena()), object.tree.root());
            let at = *places.entry(key).or_insert_with(|| {
                objects.push((object, Vec::new()));
                objects.len() - 1
            });
            objects[at].1.push(unit.directory.clone());
        }
    }
    objects.into_iter().map(|(object, units)| (object, units.into())).collect()
}

/// Makes one finding of those that a rule has at one place for several owners. Overlays render the same ApplicationSet
/// with other names and namespaces, and one edit corrects them all. Of the messages the first in order stays.
pub(super) fn once_a_place(found: &mut [Found]) {
    let mut places: FxHashMap<(RuleId, Span), (usize, usize)> = FxHashMap::default();
    for at in 0..found.len() {
        let findings = std::mem::take(&mut found[at].findings);
        let mut kept: Vec<Finding> = Vec::with_capacity(findings.len());
        for mut finding in findings {
            let place = (finding.rule, finding.primary);
            // What one owner is told twice at one place are two things.
            let Some(&(owner, index)) = places.get(&place).filter(|(owner, _)| *owner != at) else {
                places.entry(place).or_insert((at, kept.len()));
                kept.push(finding);
                continue;
            };
            let known = &mut found[owner].findings[index];
            let units: BTreeSet<Utf8PathBuf> =
                known.units.iter().chain(finding.units.iter()).cloned().collect();
            let level = known.level.max(finding.level);
            if finding.message < known.message {
                std::mem::swap(known, &mut finding);
            }
            known.units = units.into_iter().collect();
            known.level = level;
        }
        found[at].findings = kept;
    }
}

impl<'w> Runner<'w> {
    fn job(&self, job: &Job) -> Found {
        let mut found = Found::default();
        let checks = match job.dialect.family() {
            Family::Pipeline => &self.plan.jobs,
            Family::Script => &self.plan.scripts,
            Family::Runbook => &self.plan.runbooks,
        };
        for &(rule, run) in checks {
            self.call(rule, None, &mut found, |cx| run(job, cx));
        }
        // What a script does is found there; that a pipeline does it is why it counts.
        let callers = (!found.findings.is_empty()).then(|| job.callers());
        for finding in &mut found.findings {
            if let Some(span) = callers.as_ref().and_then(|callers| callers.of(finding.primary)) {
                finding.related.push(Related { span, message: "run by this step".into() });
            }
        }
        found
    }

    fn file(&self, file: &FileView<'w>) -> Found {
        let mut found = Found::default();
        for &(rule, run) in &self.plan.files {
            self.call(rule, None, &mut found, |cx| run(file, cx));
        }
        for document in file.documents() {
            let tree = &document.document.tree;
            let subject = Subject { object: None, arena: tree.arena(), root: tree.root() };
            for &(rule, run) in &self.plan.documents {
                self.call(rule, Some(subject), &mut found, |cx| run(&document, cx));
            }
            match document.kind() {
                DocumentKind::Kustomization | DocumentKind::Component => {
                    let kustomization = KustomizationView { document };
                    for &(rule, run) in &self.plan.kustomizations {
                        self.call(rule, Some(subject), &mut found, |cx| run(&kustomization, cx));
                    }
                }
                DocumentKind::Values => {
                    for &(rule, run) in &self.plan.values {
                        self.call(rule, Some(subject), &mut found, |cx| run(&document, cx));
                    }
                }
                _ => {}
            }
        }
        let is_rendered = self.world.rendering.rendered.contains(&file.file.source);
        if file.file.usage == Usage::Deployed && !is_rendered {
            for object in file.objects() {
                self.object(&object, &mut found);
            }
        }
        found
    }

    fn unit(&self, unit: &'w Unit) -> Found {
        let mut found = Found::default();
        let view = UnitView { map: &self.world.map, repository: &self.world.repository, unit };
        for &(rule, run) in &self.plan.units {
            self.call(rule, None, &mut found, |cx| run(&view, cx));
        }
        found.of(&[unit.directory.clone()].into())
    }

    fn owner(&self, owner: &OwnerView<'w>) -> Found {
        let mut found = Found::default();
        let tree = &owner.owner.object.tree;
        let subject = Subject { object: Some(owner.object), arena: tree.arena(), root: tree.root() };
        for &(rule, (kinds, run)) in &self.plan.owners {
            if kinds.contains(&owner.owner.kind) {
                self.call(rule, Some(subject), &mut found, |cx| run(owner, cx));
            }
        }
        // What is wrong in a template is one finding that names all that is made from it.
        let made = owner.is_made().then(|| [owner.owner.key.name.as_str().into()].into());
        if let Some(units) = made { found.of(&units) } else { found }
    }

    fn graph(&self, rule: RuleId, run: fn(&GraphView<'_>, &mut Cx<'_>)) -> Found {
        let mut found = Found::default();
        let view = self.world.graph();
        self.call(rule, None, &mut found, |cx| run(&view, cx));
        found
    }

    fn history(&self) -> Found {
        let mut found = Found::default();
        if let Some(history) = &self.world.history {
            for &(rule, run) in &self.plan.history {
                self.call(rule, None, &mut found, |cx| run(history, cx));
            }
        }
        found
    }

    fn events(&self) -> Found {
        let mut found = Found::default();
        for event in &self.world.rendering.events {
            for &(rule, (kinds, run)) in &self.plan.events {
                if kinds.contains(&event.kind) {
                    self.call(rule, None, &mut found, |cx| run(event, cx));
                }
            }
        }
        found
    }

    fn object(&self, object: &ObjectView<'w>, found: &mut Found) {
        let tree = &object.object.tree;
        let subject = Some(Subject { object: Some(*object), arena: tree.arena(), root: tree.root() });
        for &(rule, run) in &self.plan.any_object {
            self.call(rule, subject, found, |cx| run(object, cx));
        }
        let group = object.group();
        for &(rule, wanted, run) in self.plan.objects.get(&*object.kind()).into_iter().flatten() {
            if wanted == group {
                self.call(rule, subject, found, |cx| run(object, cx));
            }
        }
        for pod in object.pod_specs() {
            for &(rule, run) in &self.plan.pods {
                self.call(rule, subject, found, |cx| run(&pod, cx));
            }
            for container in pod.containers() {
                for &(rule, run) in &self.plan.containers {
                    self.call(rule, subject, found, |cx| run(&container, cx));
                }
            }
        }
    }

    /// Calls one check; a panic becomes a notice.
    fn call(
        &self,
        rule: RuleId,
        subject: Option<Subject<'w>>,
        found: &mut Found,
        check: impl Fn(&mut Cx<'w>),
    ) {
        let active = self.rules.get(rule);
        let result = catch_unwind(AssertUnwindSafe(|| {
            let mut cx = Cx::new(self.world, rule, active.level, subject);
            check(&mut cx);
            cx.into_findings()
        }));
        match result {
            Ok(findings) => found.findings.extend(findings),
            Err(_) => found.notices.push(Notice {
                path: subject
                    .and_then(|subject| subject.arena.nodes.first())
                    .map(|node| self.world.map.source(node.span.source).path().to_owned()),
                span: None,
                message: format!(
                    "rule `{}` panicked and reports nothing here; please report this as a bug",
                    active.rule.name
                ),
                failed: true,
            }),
        }
    }

    fn finish(&self, found: Vec<Found>) -> (Vec<Finding>, Vec<Notice>) {
        let mut findings = Vec::new();
        let mut notices = Vec::new();
        for part in found {
            findings.extend(part.findings);
            notices.extend(part.notices);
        }
        sort(&self.world.map, &mut findings);
        notices.sort();
        notices.dedup();
        (findings, notices)
    }
}

/// The one total order: path, place, rule, message. Findings of several units at one place become one that names
/// the units: those of one rule are paired off unit by unit, since what overlays make of an object may change words.
pub fn sort(map: &SourceMap, findings: &mut Vec<Finding>) {
    let path = |finding: &Finding| map.source(finding.primary.source).path();
    findings.sort_by(|a, b| {
        let place = |finding: &Finding| (finding.primary.start, finding.primary.len, finding.rule);
        (path(a), place(a), &a.message, &a.object, &a.units).cmp(&(
            path(b),
            place(b),
            &b.message,
            &b.object,
            &b.units,
        ))
    });
    let mut merged: Vec<Finding> = Vec::with_capacity(findings.len());
    let mut group = 0;
    for finding in findings.drain(..) {
        if merged
            .get(group)
            .is_some_and(|first| (first.primary, first.rule) != (finding.primary, finding.rule))
        {
            group = merged.len();
        }
        let same = |known: &&mut Finding| {
            known.message == finding.message
                || !finding.units.is_empty()
                    && !known.units.is_empty()
                    && !known.units.iter().any(|unit| finding.units.contains(unit))
        };
        match merged[group..].iter_mut().find(same) {
            Some(known) => {
                let units: BTreeSet<Utf8PathBuf> =
                    known.units.iter().chain(finding.units.iter()).cloned().collect();
                known.units = units.into_iter().collect();
                known.level = known.level.max(finding.level);
            }
            None => merged.push(finding),
        }
    }
    *findings = merged;
}
