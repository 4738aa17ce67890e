//! The run: every rule on every target it concerns, in parallel, then one total order.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use camino::Utf8PathBuf;
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::ci::{Family, Job};
use crate::finding::{Finding, Level, Related, RuleId};
use crate::graph::{ChangeView, GraphView, Idle, OwnerView};
use crate::model::{DocumentKind, File, FileView, KustomizationView, Object, ObjectView, Usage};
use crate::render::{Unit, UnitView};
use crate::source::{SourceMap, Span};
use crate::yaml::Place;

use super::cx::Subject;
use super::plan::{Plan, Plans};
use super::specimen::{Specimen, Specimens};
use super::{Cx, Notice, RuleSet, World, policies};

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

/// One rule set on one world.
struct Runner<'w> {
    world: &'w World,
    rules: &'w RuleSet,
    /// The levels of the rules, side by side: every call of a check needs one.
    levels: Vec<Level>,
    plans: Plans,
}

/// Runs the rules over every file of the repository. Findings come sorted and without repetitions.
pub fn run(world: &World, rules: &RuleSet) -> (Vec<Finding>, Vec<Notice>) {
    run_beside(world, None, rules)
}

/// The same, without findings of which it is sure that another revision in the same table has them, too: those of rules
/// that look at one file or object, where that is the same.
pub fn run_beside(world: &World, other: Option<&World>, rules: &RuleSet) -> (Vec<Finding>, Vec<Notice>) {
    let runner = Runner::new(world, rules);
    let files = world.repository.views(&world.map).map(|file| {
        let is_same = other.is_some_and(|other| is_same_file(world, other, file.file));
        runner.file(&file, is_same)
    });
    let mut found: Vec<Found> = files.collect();
    let objects = distinct(&world.rendering.units);
    let others: FxHashSet<Place> = other
        .into_iter()
        .flat_map(|other| &other.rendering.units)
        .flat_map(|unit| &unit.objects)
        .map(|object| object.tree.place())
        .collect();
    found.par_extend(objects.par_iter().with_min_len(16).map(|(object, units)| {
        let mut found = Found::default();
        let view = ObjectView::rendered(&world.map, &world.repository, object);
        let is_same = others.contains(&object.tree.place());
        runner.plans.of(is_same).for_each(|plan| runner.object(&view, plan, &mut found));
        found.of(units)
    }));
    found.par_extend(world.rendering.units.par_iter().map(|unit| runner.unit(unit)));
    let owners: Vec<OwnerView<'_>> = world.graph().owners().collect();
    let mut of_owners: Vec<Found> = owners.par_iter().map(|owner| runner.owner(owner)).collect();
    once_a_place(&mut of_owners);
    found.extend(of_owners);
    found.par_extend(runner.plans.alone.graph.par_iter().map(|&(rule, run)| runner.graph(rule, run)));
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
    let runner = Runner::new(world, rules);
    let view = ChangeView { base: base.graph(), head: world.graph(), messages };
    let check = |&(rule, run): &(RuleId, fn(&ChangeView<'_>, &mut Cx<'_>))| {
        let mut found = Found::default();
        runner.call(rule, None, &mut found, |cx| run(&view, cx));
        found
    };
    runner.finish(runner.plans.alone.changes.par_iter().map(check).collect())
}

/// Whether a file is the same in two revisions, and is used in the same way.
fn is_same_file(world: &World, other: &World, file: &File) -> bool {
    let is_rendered = |world: &World| world.rendering.rendered.contains(&file.source);
    let kinds = |file: &File| file.documents.iter().map(|document| document.kind).collect::<Vec<_>>();
    other.repository.of(file.source).is_some_and(|there| {
        (there.kind, there.usage) == (file.kind, file.usage)
            && kinds(there) == kinds(file)
            && is_rendered(world) == is_rendered(other)
    })
}

/// The objects of all units, those that several units share once, each with the directories of its units.
fn distinct(units: &[Unit]) -> Vec<(&Object, Arc<[Utf8PathBuf]>)> {
    let mut places: FxHashMap<Place, usize> = FxHashMap::default();
    let mut objects: Vec<Standing<'_>> = Vec::new();
    for unit in units {
        // Most objects are in one unit, and share its list with the others there.
        let list: Arc<[Utf8PathBuf]> = [unit.directory.clone()].into();
        for object in &unit.objects {
            let at = *places.entry(object.tree.place()).or_insert(objects.len());
            match objects.get_mut(at) {
                Some(known) => known.others.push(&unit.directory),
                None => objects.push(Standing { object, unit: list.clone(), others: Vec::new() }),
            }
        }
    }
    objects.into_iter().map(|standing| (standing.object, standing.units())).collect()
}

/// An object while its units are collected.
struct Standing<'w> {
    object: &'w Object,
    /// The list of the first one.
    unit: Arc<[Utf8PathBuf]>,
    others: Vec<&'w Utf8PathBuf>,
}

impl Standing<'_> {
    fn units(self) -> Arc<[Utf8PathBuf]> {
        match self.others.is_empty() {
            true => self.unit,
            false => self.unit.iter().chain(self.others).cloned().collect(),
        }
    }
}

/// The units that each of their objects is in.
struct Places(FxHashMap<Place, Arc<[Utf8PathBuf]>>);

/// Findings about an owner with what they hold for: the overlays that its object is in. What is wrong in a template is
/// one finding that names all that is made from it.
pub(super) fn of_owner(found: Found, owner: &OwnerView<'_>, world: &World) -> Found {
    if found.findings.is_empty() {
        return found;
    }
    if owner.is_made() {
        return found.of(&[owner.owner.key.name.as_str().into()].into());
    }
    let places = world.memo.get(|| {
        let objects = distinct(&world.rendering.units).into_iter();
        Places(objects.map(|(object, units)| (object.tree.place(), units)).collect())
    });
    match places.0.get(&owner.owner.object.tree.place()) {
        Some(units) => found.of(units),
        None => found,
    }
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
    fn new(world: &'w World, rules: &'w RuleSet) -> Self {
        let levels = rules.iter().map(|(_, active)| active.level).collect();
        Self { world, rules, levels, plans: Plans::new(rules) }
    }

    fn level(&self, rule: RuleId) -> Level {
        self.levels[rule.0 as usize]
    }

    fn job(&self, job: &Job) -> Found {
        let mut found = Found::default();
        let checks = match job.dialect.family() {
            Family::Pipeline => &self.plans.alone.jobs,
            Family::Script => &self.plans.alone.scripts,
            Family::Runbook => &self.plans.alone.runbooks,
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

    fn file(&self, file: &FileView<'w>, is_same: bool) -> Found {
        let mut found = Found::default();
        for plan in self.plans.of(is_same) {
            self.ask(plan, &plan.files, None, &mut found, |run, cx| run(file, cx));
        }
        for document in file.documents() {
            let tree = &document.document.tree;
            let subject = Some(Subject { object: None, arena: tree.arena(), root: tree.root() });
            for plan in self.plans.of(is_same) {
                self.ask(plan, &plan.documents, subject, &mut found, |run, cx| run(&document, cx));
                match document.kind() {
                    DocumentKind::Kustomization | DocumentKind::Component => {
                        let it = KustomizationView { document };
                        self.ask(plan, &plan.kustomizations, subject, &mut found, |run, cx| run(&it, cx));
                    }
                    DocumentKind::Values => {
                        self.ask(plan, &plan.values, subject, &mut found, |run, cx| run(&document, cx));
                    }
                    _ => {}
                }
            }
        }
        let is_rendered = self.world.rendering.rendered.contains(&file.file.source);
        if file.file.usage == Usage::Deployed && !is_rendered {
            for object in file.objects() {
                self.plans.of(is_same).for_each(|plan| self.object(&object, plan, &mut found));
            }
        }
        found
    }

    fn unit(&self, unit: &'w Unit) -> Found {
        let mut found = Found::default();
        let view = UnitView { map: &self.world.map, repository: &self.world.repository, unit };
        for &(rule, run) in &self.plans.alone.units {
            self.call(rule, None, &mut found, |cx| run(&view, cx));
        }
        found.of(&[unit.directory.clone()].into())
    }

    fn owner(&self, owner: &OwnerView<'w>) -> Found {
        let mut found = Found::default();
        let tree = &owner.owner.object.tree;
        let subject = Subject { object: Some(owner.object), arena: tree.arena(), root: tree.root() };
        for &(rule, (kinds, run)) in &self.plans.alone.owners {
            if kinds.contains(&owner.owner.kind) {
                self.call(rule, Some(subject), &mut found, |cx| run(owner, cx));
            }
        }
        of_owner(found, owner, self.world)
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
            for &(rule, run) in &self.plans.alone.history {
                self.call(rule, None, &mut found, |cx| run(history, cx));
            }
        }
        found
    }

    fn events(&self) -> Found {
        let mut found = Found::default();
        for event in &self.world.rendering.events {
            for &(rule, (kinds, run)) in &self.plans.alone.events {
                if kinds.contains(&event.kind) {
                    self.call(rule, None, &mut found, |cx| run(event, cx));
                }
            }
        }
        found
    }

    fn object(&self, object: &ObjectView<'w>, plan: &Plan, found: &mut Found) {
        let tree = &object.object.tree;
        let subject = Some(Subject { object: Some(*object), arena: tree.arena(), root: tree.root() });
        self.ask(plan, &plan.any_object, subject, found, |run, cx| run(object, cx));
        if let Some(of_kind) = plan.objects.get(object.kind()) {
            let group = object.group();
            let of_group = of_kind.iter().filter(|(_, (wanted, _))| *wanted == group);
            self.ask(plan, of_group, subject, found, |(_, run), cx| run(object, cx));
        }
        if plan.pods.is_empty() && plan.containers.is_empty() {
            return;
        }
        for pod in object.pod_specs_with(&self.world.options.pod_specs) {
            self.ask(plan, &plan.pods, subject, found, |run, cx| run(&pod, cx));
            for container in pod.containers() {
                self.ask(plan, &plan.containers, subject, found, |run, cx| run(&container, cx));
            }
        }
    }

    /// Calls checks of a file or an object. There are hundreds of thousands of these calls, most of which look at a
    /// field and find nothing, so they are guarded together, and one by one only when one of them has panicked.
    fn ask<'p, T: Copy + 'p>(
        &self,
        plan: &Plan,
        checks: impl IntoIterator<Item = &'p (RuleId, T)> + Clone,
        subject: Option<Subject<'w>>,
        found: &mut Found,
        check: impl Fn(T, &mut Cx<'w>),
    ) {
        let mut cx = Cx::new(self.world, RuleId(0), Level::Note, subject).alone(plan.is_alone);
        let together = catch_unwind(AssertUnwindSafe(|| {
            for &(rule, run) in checks.clone() {
                cx.turn_to(rule, self.level(rule));
                check(run, &mut cx);
            }
        }));
        if together.is_ok() {
            found.findings.append(&mut cx.into_findings());
            return;
        }
        for &(rule, run) in checks {
            self.call_with(rule, plan.is_alone, subject, found, |cx| check(run, cx));
        }
    }

    /// Calls a check of what lies between files and objects.
    fn call(
        &self,
        rule: RuleId,
        subject: Option<Subject<'w>>,
        found: &mut Found,
        check: impl Fn(&mut Cx<'w>),
    ) {
        self.call_with(rule, false, subject, found, check);
    }

    /// Calls one check; a panic becomes a notice.
    fn call_with(
        &self,
        rule: RuleId,
        is_alone: bool,
        subject: Option<Subject<'w>>,
        found: &mut Found,
        check: impl Fn(&mut Cx<'w>),
    ) {
        let result = catch_unwind(AssertUnwindSafe(|| {
            let mut cx = Cx::new(self.world, rule, self.level(rule), subject).alone(is_alone);
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
                    self.rules.get(rule).rule.name
                ),
                failed: true,
            }),
        }
    }

    /// What a chart does with values that nobody is known to give it is not what is installed, and a specimen not what
    /// runs.
    fn lower(&self, findings: &mut [Finding]) {
        // What there is nothing to ask for is not worked out.
        if findings.iter().all(|finding| finding.level == Level::Note) {
            return;
        }
        let units = &self.world.rendering.units;
        let of = |is_default: bool| {
            let units = units.iter().filter(move |unit| unit.is_default == is_default);
            units.map(|unit| unit.directory.as_path()).collect::<FxHashSet<_>>()
        };
        let (defaults, installed) = (of(true), of(false));
        let is_default =
            |unit: &Utf8PathBuf| defaults.contains(unit.as_path()) && !installed.contains(unit.as_path());
        for finding in findings.iter_mut() {
            if !finding.units.is_empty() && finding.units.iter().all(is_default) {
                finding.level = finding.level.lowered();
            }
        }
        let mut specimens = Specimens::of(self.world);
        for finding in findings.iter_mut().filter(|finding| finding.level > Level::Note) {
            let stays = match specimens.judge(finding) {
                // A password that was in use once may open something to this day.
                Some(Specimen::PutOff) => self.is_about_secrets(finding.rule),
                Some(Specimen::Shown | Specimen::Followed) => self.is_leak(finding.rule),
                None => continue,
            };
            if !stays {
                finding.level = Level::Note;
                finding.why =
                    format!("{}; a note, since it lies among samples, tests or what is kept", finding.why)
                        .into();
            }
        }
        self.lower_idle(findings);
    }

    /// What nobody applies breaks nothing until somebody does. What is in it can be read all the same.
    fn lower_idle(&self, findings: &mut [Finding]) {
        let world = self.world;
        let stays = |rule: RuleId| self.has_tag(rule, "orphan") || self.is_about_secrets(rule);
        if findings.iter().all(|finding| finding.level == Level::Note) {
            return;
        }
        let idle = world.memo.get(|| Idle::of(world.graph()));
        for finding in findings.iter_mut().filter(|finding| finding.level > Level::Note) {
            let is_idle = match finding.units.is_empty() {
                true => world.map.in_file(finding.primary).is_some_and(|at| idle.has_file(at.source)),
                false => finding.units.iter().all(|unit| idle.has_unit(unit)),
            };
            if is_idle && !stays(finding.rule) {
                finding.level = Level::Note;
                finding.why = format!("{}; a note, since nothing here applies it", finding.why).into();
            }
        }
    }

    fn has_tag(&self, rule: RuleId, tag: &str) -> bool {
        self.rules.get(rule).rule.tags.iter().any(|known| known == tag)
    }

    /// Whether a rule is about credentials, which can be used by whoever reads them.
    fn is_about_secrets(&self, rule: RuleId) -> bool {
        self.has_tag(rule, "secret") && self.has_tag(rule, "security")
    }

    /// Whether a rule is about credentials that are real by their form alone, so that not even a sample shows them. Rules
    /// about others cannot tell a password from one that is made up.
    fn is_leak(&self, rule: RuleId) -> bool {
        let name = &*self.rules.get(rule).rule.name;
        matches!(name, "known-credential-committed" | "secret-in-history")
    }

    fn finish(&self, found: Vec<Found>) -> (Vec<Finding>, Vec<Notice>) {
        let mut findings = Vec::new();
        let mut notices = Vec::new();
        for part in found {
            findings.extend(part.findings);
            notices.extend(part.notices);
        }
        self.lower(&mut findings);
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
