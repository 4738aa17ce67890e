//! What a patch takes away.
//!
//! Owns the records of it: [`Removal`]s whose paths grow from the value outwards, because the index that an item has
//! after the merge is only known when its list is done.

use crate::model::Removal;
use crate::source::{Input, Span, StepKind};
use crate::yaml::{Cursor, push_name};

use super::super::facts::MergedList;
use super::Merge;

impl Merge<'_, '_> {
    /// Records that a value of the object is gone, because of the bytes `by` of the patch.
    pub(super) fn take_away(&mut self, old: Cursor<'_>, by: Span) {
        let depth = self.inputs.len();
        self.inputs.push(Input::control(self.entry, crate::source::StepId::PARSED));
        self.inputs.push(Input::replaced(old.span(), old.step()));
        let step = self.stage.step(StepKind::Remove, by, &self.inputs, old.step());
        self.inputs.truncate(depth);
        self.removed.push(Removal { path: String::new(), step });
    }

    /// Records the fields of a mapping that are not in the one that takes its place.
    pub(super) fn take_away_others(&mut self, old: Cursor<'_>, new: Cursor<'_>, by: Span) {
        for entry in old.entries() {
            let name = entry.key.text().unwrap_or_default();
            let mark = self.removed.len();
            match new.get(&name).filter(|new| !new.is_null()) {
                Some(new) => self.take_away_others(entry.value, new, by),
                None if entry.value.is_null() => {}
                None => self.take_away(entry.value, by),
            }
            self.below_field(mark, &name);
        }
    }

    /// Records the items of a merged list that are not in the one that takes its place.
    pub(super) fn take_away_items(
        &mut self,
        old: Cursor<'_>,
        new: &[Cursor<'_>],
        list: MergedList<'_>,
        by: Span,
    ) {
        let same = |a: Cursor<'_>, b: Cursor<'_>| match list.keys.first() {
            Some(key) => a.get(key).and_then(|it| it.text()) == b.get(key).and_then(|it| it.text()),
            None => a.text() == b.text(),
        };
        for (at, item) in old.items().enumerate() {
            if !new.iter().any(|new| same(item, *new)) {
                let mark = self.removed.len();
                self.take_away(item, by);
                self.below_item(mark, at);
            }
        }
    }

    /// Puts the name of a field in front of the paths that were recorded since `mark`.
    pub(super) fn below_field(&mut self, mark: usize, name: &str) {
        for removal in self.removed.iter_mut().skip(mark) {
            let mut path = String::new();
            push_name(&mut path, name);
            if !removal.path.is_empty() && !removal.path.starts_with('[') {
                path.push('.');
            }
            path.push_str(&removal.path);
            removal.path = path;
        }
    }

    /// Puts an index in front of the paths that were recorded since `mark`.
    pub(super) fn below_item(&mut self, mark: usize, index: usize) {
        let end = self.removed.len();
        self.below_item_in(mark..end, index);
    }

    /// Puts an index in front of some of the paths.
    pub(super) fn below_item_in(&mut self, which: std::ops::Range<usize>, index: usize) {
        for removal in self.removed.get_mut(which).into_iter().flatten() {
            let dot = if removal.path.is_empty() || removal.path.starts_with('[') { "" } else { "." };
            removal.path = format!("[{index}]{dot}{}", removal.path);
        }
    }
}
