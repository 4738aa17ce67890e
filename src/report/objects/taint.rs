//! Whether a value was copied from a secret, through whatever steps.
//!
//! Must not know what a credential looks like: which bytes of a file are secret is asked of those who know.

use rustc_hash::FxHashMap;

use crate::model::secret::sensitive;
use crate::source::{InputRole, SourceId, SourceKind, SourceMap, Span, StepId, StepKind};
use crate::yaml::{self, Limits};

/// Copies are followed back this far. A value that is copied more often than this is a defect of its overlay.
const CHAIN: u32 = 32;

/// What of the files of a unit is secret, found out when somebody asks.
pub(super) struct Taint<'w> {
    map: &'w SourceMap,
    files: FxHashMap<SourceId, Vec<Span>>,
    /// What rendering noted, by file.
    noted: FxHashMap<SourceId, Vec<Span>>,
}

impl<'w> Taint<'w> {
    /// Nothing is known of any file but what rendering noted.
    pub fn new(map: &'w SourceMap, secrets: &[Span]) -> Self {
        let mut noted: FxHashMap<SourceId, Vec<Span>> = FxHashMap::default();
        for span in secrets.iter().filter_map(|span| map.in_file(*span)) {
            noted.entry(span.source).or_default().push(span);
        }
        Self { map, files: FxHashMap::default(), noted }
    }

    /// The parts of a value that steps copied from a secret; all of it when nobody knows which.
    pub fn of(&mut self, span: Span, step: StepId) -> Vec<Span> {
        if !self.is_copied(step) {
            return Vec::new();
        }
        let map = self.map;
        let mut parts = Vec::new();
        if let SourceKind::Synthetic(pieces) = map.source(span.source).kind() {
            for piece in pieces {
                let part = Span::new(span.source, piece.start, piece.start + piece.len);
                if span.contains(part) && self.is_secret(piece.from, piece.step, CHAIN) {
                    parts.push(part);
                }
            }
        }
        if parts.is_empty() && self.is_secret(span, step, CHAIN) {
            parts.push(span);
        }
        parts
    }

    /// Whether a step on the way of a value took it from elsewhere. Most only change what is there.
    fn is_copied(&self, step: StepId) -> bool {
        let steps = std::iter::successors(self.map.step(step), |step| self.map.step(step.previous));
        steps.take(CHAIN as usize).any(|step| copies(step.what))
    }

    fn is_secret(&mut self, span: Span, step: StepId, chain: u32) -> bool {
        let map = self.map;
        if map.in_file(span).is_some_and(|at| self.is_marked(at)) {
            return true;
        }
        let Some(chain) = chain.checked_sub(1) else { return false };
        if let SourceKind::Synthetic(pieces) = map.source(span.source).kind() {
            let mut pieces = pieces
                .iter()
                .filter(|piece| piece.start < span.end() && span.start < piece.start + piece.len);
            if pieces.any(|piece| self.is_secret(piece.from, piece.step, chain)) {
                return true;
            }
        }
        let Some(step) = map.step(step).filter(|step| copies(step.what)) else { return false };
        let mut values = step.inputs.iter().filter(|input| input.role == InputRole::Value);
        values.any(|input| self.is_secret(input.span, input.step, chain))
    }

    /// Whether a place in a file lies in a secret.
    fn is_marked(&mut self, at: Span) -> bool {
        let map = self.map;
        let in_file = self.files.entry(at.source).or_insert_with(|| {
            let parsed = yaml::parse(map.source(at.source), at.source, Limits::default());
            sensitive(map, at.source, &parsed).spans
        });
        let noted = self.noted.get(&at.source).map(Vec::as_slice).unwrap_or_default();
        at.len > 0 && in_file.iter().chain(noted).any(|secret| secret.contains(at))
    }
}

/// Whether a step puts a value somewhere that stood in a field of another object, in a file, in a patch or in values.
const fn copies(step: StepKind) -> bool {
    matches!(
        step,
        StepKind::Patch
            | StepKind::Generator
            | StepKind::Replacement
            | StepKind::Variable
            | StepKind::Transformer
            | StepKind::Template
    )
}
