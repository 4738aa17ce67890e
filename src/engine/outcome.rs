//! The result of a run: all that a report may show.

use crate::discover::Coverage;
use crate::finding::{Disposition, Finding, Level, SuppressedBy};

use super::{Mask, Notice, RuleSet, World};

/// What was found, on what, and what could not be looked at.
#[derive(Debug)]
pub struct Outcome {
    /// Sources and files.
    pub world: World,
    /// The rules that ran; findings refer to them by id.
    pub rules: RuleSet,
    /// All findings, suppressed ones too, in their total order.
    pub findings: Vec<Finding>,
    /// Whether findings were compared with a baseline.
    pub has_baseline: bool,
    /// What happened to the run itself.
    pub notices: Vec<Notice>,
    /// What was looked at.
    pub coverage: Coverage,
    /// Bytes that no output may show.
    pub mask: Mask,
    /// Findings of this level and above decide the exit code; `None` means never.
    pub fail_on: Option<Level>,
}

impl Outcome {
    /// The findings that count.
    pub fn active(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.is_active())
    }

    /// The findings that the baseline accepts.
    pub fn accepted(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| {
            matches!(finding.disposition, Disposition::Suppressed { by: SuppressedBy::Baseline, .. })
        })
    }

    /// Number of findings that count, at this level.
    pub fn count(&self, level: Level) -> usize {
        self.active().filter(|finding| finding.level == level).count()
    }
}
