//! Findings and rules as data: what was found, where, why it matters and what to do.
//!
//! Must not know how findings are made or printed.

mod rule;

pub use rule::{Alias, Peer, Precision, Profile, Rule, RuleId, RuleRef};

use std::borrow::Cow;
use std::sync::Arc;

use camino::Utf8PathBuf;

use crate::source::Span;

/// How bad a finding is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Level {
    /// Hygiene, or a point on which authorities disagree.
    Note,
    /// An anti-pattern with a plausible failure.
    Warning,
    /// The merge must stop: outage, leak, takeover, or the controller will refuse it.
    Error,
}

impl Level {
    /// All levels, the worst first.
    pub const ALL: [Level; 3] = [Level::Error, Level::Warning, Level::Note];

    /// The one word used in every output and in the configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Note => "note",
        }
    }

    /// One step less; a note stays a note.
    #[must_use]
    pub const fn lowered(self) -> Level {
        match self {
            Level::Error => Level::Warning,
            Level::Warning | Level::Note => Level::Note,
        }
    }

    /// One step more; an error stays an error.
    #[must_use]
    pub const fn raised(self) -> Level {
        match self {
            Level::Note => Level::Warning,
            Level::Warning | Level::Error => Level::Error,
        }
    }
}

/// A second place that explains a finding.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Related {
    /// Where, in a file.
    pub span: Span,
    /// What stands there: "base value here".
    pub message: Cow<'static, str>,
}

/// The Kubernetes object a finding is about.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ObjectName {
    /// `kind`
    pub kind: String,
    /// `metadata.namespace`, when written
    pub namespace: Option<String>,
    /// `metadata.name`, or `metadata.generateName`
    pub name: String,
}

impl std::fmt::Display for ObjectName {
    /// `Kind/namespace/name`, or `Kind/name` without a namespace.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{}/{namespace}/{}", self.kind, self.name),
            None => write!(f, "{}/{}", self.kind, self.name),
        }
    }
}

/// Why a finding is not counted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SuppressedBy {
    /// A comment or an annotation in a file.
    InSource(Span),
    /// An entry of `ignores:` in the configuration.
    Config,
    /// An entry of the baseline.
    Baseline,
}

/// What became of a finding. Nothing is deleted: a suppressed finding is kept with the reason.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Disposition {
    /// Reported and counted.
    Active,
    /// Suppressed.
    Suppressed {
        /// By what.
        by: SuppressedBy,
        /// The reason its author gave.
        reason: Option<String>,
    },
}

/// One problem at one place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// The rule that found it.
    pub rule: RuleId,
    /// Its level after context and configuration.
    pub level: Level,
    /// What is wrong, one sentence without a full stop, naming the value but never a secret.
    pub message: String,
    /// Why it matters.
    pub why: Cow<'static, str>,
    /// What to do.
    pub help: Cow<'static, str>,
    /// The place a person would edit, in a file.
    pub primary: Span,
    /// Other places, the most telling first.
    pub related: Vec<Related>,
    /// The object it is about.
    pub object: Option<ObjectName>,
    /// The field, as a JSON path from the document's root.
    pub path: Option<String>,
    /// Directories of the units it is found in, sorted; empty when it does not come from a rendered object.
    pub units: Arc<[Utf8PathBuf]>,
    /// Whether it counts.
    pub disposition: Disposition,
}

impl Finding {
    /// Whether the finding is reported and counted.
    pub fn is_active(&self) -> bool {
        self.disposition == Disposition::Active
    }
}
