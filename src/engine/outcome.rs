//! The result of a run: all that a report may show.

use rustc_hash::FxHashMap;

use crate::discover::Coverage;
use crate::finding::{Finding, Level};
use crate::source::{SourceId, Span};

use super::{Notice, RuleSet, World};

/// What was found, on what, and what could not be looked at.
#[derive(Debug)]
pub struct Outcome {
    /// Sources and files.
    pub world: World,
    /// The rules that ran; findings refer to them by id.
    pub rules: RuleSet,
    /// All findings, suppressed ones too, in their total order.
    pub findings: Vec<Finding>,
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

    /// Number of findings that count, at this level.
    pub fn count(&self, level: Level) -> usize {
        self.active().filter(|finding| finding.level == level).count()
    }
}

/// The secret bytes of the files that have findings. Everything that quotes a file goes through it.
#[derive(Clone, Debug, Default)]
pub struct Mask {
    spans: FxHashMap<SourceId, Vec<Span>>,
}

impl Mask {
    /// A mask over these spans of files, in any order.
    pub fn new(spans: impl IntoIterator<Item = Span>) -> Self {
        let mut mask = Self::default();
        for span in spans {
            mask.spans.entry(span.source).or_default().push(span);
        }
        for spans in mask.spans.values_mut() {
            spans.sort_unstable();
        }
        mask
    }

    /// The masked parts of `start..end` of a source, in order, clipped to it.
    pub fn within(&self, source: SourceId, start: u32, end: u32) -> impl Iterator<Item = (u32, u32)> {
        let spans = self.spans.get(&source).map(Vec::as_slice).unwrap_or_default();
        spans
            .iter()
            .filter(move |span| span.start < end && span.end() > start)
            .map(move |span| (span.start.max(start), span.end().min(end)))
    }

    /// The text of `start..end` of a source with every secret replaced by `***`. A secret of several lines
    /// keeps its line breaks, so that line numbers still fit.
    pub fn quote(&self, text: &str, source: SourceId, start: u32, end: u32) -> String {
        let mut quoted = String::new();
        let mut at = start;
        for (from, to) in self.within(source, start, end) {
            let from = from.max(at);
            quoted.push_str(text.get(at as usize..from as usize).unwrap_or_default());
            if to > from {
                let hidden = text.get(from as usize..to as usize).unwrap_or_default();
                quoted.push_str("***");
                quoted.extend(hidden.matches('\n'));
                at = to;
            }
        }
        quoted.push_str(text.get(at as usize..end as usize).unwrap_or_default());
        quoted
    }
}
