//! The checks of a rule set, sorted by what they concern.
//!
//! Must not know what they are called with.

use rustc_hash::FxHashMap;

use crate::ci::Job;
use crate::finding::RuleId;
use crate::graph::{ChangeView, GraphView, OwnerKind, OwnerView};
use crate::host::History;
use crate::model::{Container, DocumentView, FileView, KustomizationView, ObjectView, PodSpec};
use crate::render::{Event, EventKind, UnitView};

use super::{Check, Cx, RuleSet};

/// A rule's check of something of type `T`.
pub(super) type Checks<T> = Vec<(RuleId, T)>;
type ObjectCheck = fn(&ObjectView<'_>, &mut Cx<'_>);
type EventCheck = fn(&Event, &mut Cx<'_>);
type OwnerCheck = fn(&OwnerView<'_>, &mut Cx<'_>);
type JobCheck = fn(&Job, &mut Cx<'_>);
type DocumentCheck = fn(&DocumentView<'_>, &mut Cx<'_>);

/// Checks, by what they concern.
#[derive(Default)]
pub(super) struct Plan {
    /// They look at nothing but the file or object that they are asked about.
    pub is_alone: bool,
    pub any_object: Checks<ObjectCheck>,
    /// By kind, since most objects are of a kind that few rules ask for; the group is compared then.
    pub objects: FxHashMap<&'static str, Checks<(&'static str, ObjectCheck)>>,
    pub pods: Checks<fn(&PodSpec<'_>, &mut Cx<'_>)>,
    pub containers: Checks<fn(&Container<'_>, &mut Cx<'_>)>,
    pub units: Checks<fn(&UnitView<'_>, &mut Cx<'_>)>,
    pub owners: Checks<(&'static [OwnerKind], OwnerCheck)>,
    pub graph: Checks<fn(&GraphView<'_>, &mut Cx<'_>)>,
    pub changes: Checks<fn(&ChangeView<'_>, &mut Cx<'_>)>,
    pub history: Checks<fn(&History, &mut Cx<'_>)>,
    pub events: Checks<(&'static [EventKind], EventCheck)>,
    pub kustomizations: Checks<fn(&KustomizationView<'_>, &mut Cx<'_>)>,
    pub values: Checks<DocumentCheck>,
    pub documents: Checks<DocumentCheck>,
    pub files: Checks<fn(&FileView<'_>, &mut Cx<'_>)>,
    pub jobs: Checks<JobCheck>,
    pub scripts: Checks<JobCheck>,
    pub runbooks: Checks<JobCheck>,
}

impl Plan {
    fn add(&mut self, id: RuleId, check: &Check) {
        match *check {
            Check::Object([], run) => self.any_object.push((id, run)),
            Check::Object(kinds, run) => {
                for name in kinds {
                    self.objects.entry(name.kind).or_default().push((id, (name.group, run)));
                }
            }
            Check::Pod(run) => self.pods.push((id, run)),
            Check::Container(run) => self.containers.push((id, run)),
            Check::Unit(run) => self.units.push((id, run)),
            Check::Owner(kinds, run) => self.owners.push((id, (kinds, run))),
            Check::Change(run) => self.changes.push((id, run)),
            Check::Graph(run) => self.graph.push((id, run)),
            Check::History(run) => self.history.push((id, run)),
            Check::Event(kinds, run) => self.events.push((id, (kinds, run))),
            Check::Kustomization(run) => self.kustomizations.push((id, run)),
            Check::Values(run) => self.values.push((id, run)),
            Check::Document(run) => self.documents.push((id, run)),
            Check::File(run) => self.files.push((id, run)),
            Check::Job(run) => self.jobs.push((id, run)),
            Check::Script(run) => self.scripts.push((id, run)),
            Check::Runbook(run) => self.runbooks.push((id, run)),
            // One of them is not one of these.
            Check::Around(_) => {}
        }
    }
}

/// The checks of a rule set.
pub(super) struct Plans {
    /// Those of files and objects that look at nothing else, and those of what lies between them.
    pub alone: Plan,
    around: Plan,
}

impl Plans {
    /// Those of the rules.
    pub fn new(rules: &RuleSet) -> Self {
        let mut plans = Self { alone: Plan { is_alone: true, ..Plan::default() }, around: Plan::default() };
        for (id, active) in rules.iter() {
            for check in active.checks {
                match check {
                    Check::Around(check) => plans.around.add(id, check),
                    check => plans.alone.add(id, check),
                }
            }
        }
        plans
    }

    /// What is asked about a file or an object. About one that is the same in another revision only those are asked that
    /// may find something else there all the same.
    pub fn of(&self, is_same: bool) -> impl Iterator<Item = &Plan> {
        [Some(&self.around), (!is_same).then_some(&self.alone)].into_iter().flatten()
    }
}
