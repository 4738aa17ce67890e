//! Everything one run knows. No globals: comparing two revisions takes two worlds.

use std::sync::Arc;

use camino::Utf8PathBuf;

use crate::ci::Job;
use crate::config::RuleOptions;
use crate::finding::{Level, RuleId, RuleRef};
use crate::graph::{Graph, GraphView};
use crate::host::History;
use crate::model::Repository;
use crate::policy::Target;
use crate::render::{Rendered, Rendering};
use crate::source::{SourceMap, Span};

use super::{Check, Memo, Policies, PolicyId};

/// Sources, files, units and the graph of one revision of one repository.
#[derive(Debug, Default)]
pub struct World {
    /// Texts and provenance.
    pub map: SourceMap,
    /// Files and objects.
    pub repository: Repository,
    /// The jobs of its pipelines.
    pub jobs: Vec<Job>,
    /// Scripts, targets and runbooks that none of these run.
    pub scripts: Vec<Job>,
    /// What kustomizations make of them.
    pub rendering: Rendering,
    /// The same for another revision.
    pub rendered: Rendered,
    /// Who applies them where.
    pub graph: Graph,
    /// What rules ask the configuration for.
    pub options: RuleOptions,
    /// The history of the branch, where a rule asks for it and there is one.
    pub history: Option<Arc<History>>,
    /// What checks have worked out of all this.
    pub memo: Memo,
}

impl World {
    /// The graph with everything it is made of.
    pub fn graph(&self) -> GraphView<'_> {
        let Self { map, repository, rendering, graph, .. } = self;
        GraphView { map, repository, rendering, graph }
    }
}

/// A rule that takes part in a run, with the level the configuration gives it.
#[derive(Clone, Debug)]
pub struct ActiveRule {
    /// Its declaration.
    pub rule: RuleRef,
    /// Its checks.
    pub checks: &'static [Check],
    /// The policy that it is, when it is written in Rego.
    pub policy: Option<PolicyId>,
    /// Level of a finding without context.
    pub level: Level,
}

/// The rules of a run. [`RuleId`]s index into it.
#[derive(Clone, Debug, Default)]
pub struct RuleSet {
    rules: Vec<ActiveRule>,
    policies: Option<Arc<Policies>>,
}

impl RuleSet {
    /// A set of rules as a configuration selected them.
    pub fn new(rules: Vec<ActiveRule>, policies: Option<Arc<Policies>>) -> Self {
        Self { rules, policies }
    }

    /// The policies that rules of the set refer to.
    pub fn policies(&self) -> Option<&Policies> {
        self.policies.as_deref()
    }

    /// The same policies for another set of their rules.
    pub fn with_rules(&self, rules: Vec<ActiveRule>) -> Self {
        Self { rules, policies: self.policies.clone() }
    }

    /// The rules with their ids.
    pub fn iter(&self) -> impl Iterator<Item = (RuleId, &ActiveRule)> {
        self.rules.iter().enumerate().map(|(index, rule)| (RuleId(index as u16), rule))
    }

    /// The rule with an id of this set.
    pub fn get(&self, id: RuleId) -> &ActiveRule {
        &self.rules[id.0 as usize]
    }

    /// What a rule is asked about, when it is written in Rego.
    pub fn target(&self, id: RuleId) -> Option<&Target> {
        match self.get(id).policy? {
            PolicyId::Shipped(shipped) => Some(&shipped.declared.target),
            policy => self.policies()?.target(policy),
        }
    }

    /// Whether a rule wants what Markdown tells people to run.
    pub fn reads_runbooks(&self) -> bool {
        self.rules.iter().flat_map(|rule| rule.checks).any(|check| matches!(check, Check::Runbook(_)))
    }

    /// Whether a rule of the set asks for the history of the branch.
    pub fn needs_history(&self) -> bool {
        let mut checks = self.rules.iter().flat_map(|active| active.checks);
        checks.any(|check| matches!(check, Check::History(_)))
    }

    /// The id of a rule by name.
    pub fn find(&self, name: &str) -> Option<RuleId> {
        self.iter().find(|(_, active)| active.rule.name == name).map(|(id, _)| id)
    }
}

/// Something a person should know about the run itself: a file that could not be read, a rule that panicked.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Notice {
    /// The file it is about, relative to the root.
    pub path: Option<Utf8PathBuf>,
    /// Where in it.
    pub span: Option<Span>,
    /// What happened and what it means for the result.
    pub message: String,
    /// Whether the result is incomplete because of it (exit code 3).
    pub failed: bool,
}
