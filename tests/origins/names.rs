//! What a rendered value names among its inputs, as places in files.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;

use plimsoll::source::{InputRole, SourceKind, SourceMap, Span, StepKind};

use crate::rendered::Place;

/// The places that a value comes from, with all that had a part in it.
#[derive(Default)]
pub struct Names {
    /// Text of the value was copied from here.
    pub copied: Vec<Span>,
    /// All places, the copied ones too.
    pub all: Vec<Span>,
    /// How many steps of which kind there are.
    pub steps: BTreeMap<&'static str, usize>,
    /// Steps of this kind are not looked into.
    without: Option<StepKind>,
    seen: FxHashSet<(Place, bool)>,
}

impl Names {
    /// What a value names.
    pub fn of(map: &SourceMap, place: Place) -> Self {
        let mut names = Self::default();
        names.add(map, place, true);
        names
    }

    /// What a collection without anything in it names. The bytes it is written as may have had content once.
    pub fn of_empty(map: &SourceMap, place: Place) -> Self {
        let mut names = Self::default();
        names.add(map, place, false);
        names
    }

    /// As [`Names::of`], of what an object is called. Its content had a part in the hash in its name, and is no part
    /// of what it is called.
    pub fn of_identity(map: &SourceMap, places: &[Place]) -> Self {
        let mut names = Self { without: Some(StepKind::Hash), ..Self::default() };
        places.iter().for_each(|place| names.add(map, *place, false));
        names
    }

    /// Adds what another place names, as what decided.
    pub fn add_control(&mut self, map: &SourceMap, place: Place) {
        self.add(map, place, false);
    }

    fn add(&mut self, map: &SourceMap, place: Place, is_copied: bool) {
        if !self.seen.insert((place, is_copied)) {
            return;
        }
        let (span, step) = place;
        self.note(map, span, is_copied);
        if let SourceKind::Synthetic(pieces) = map.source(span.source).kind() {
            for piece in pieces.iter() {
                self.add(map, (piece.from, piece.step), is_copied);
            }
        }
        let mut next = step;
        while let Some(step) = map.step(next) {
            // What an earlier step wrote is gone.
            let is_newest = next == place.1;
            *self.steps.entry(step.what.name()).or_default() += 1;
            if self.without != Some(step.what) {
                self.note(map, step.entry, false);
                for input in &step.inputs {
                    let is_copied = is_copied && is_newest && input.role == InputRole::Value;
                    self.add(map, (input.span, input.step), is_copied);
                }
            }
            next = step.previous;
        }
    }

    fn note(&mut self, map: &SourceMap, span: Span, is_copied: bool) {
        let Some(span) = map.in_file(span) else { return };
        self.all.push(span);
        if is_copied {
            self.copied.push(span);
        }
    }
}
