//! Values of a patch that the object does not have, or not any more.
//!
//! Owns the tidying: kyaml merges such a value with itself, so nulls and directives in it are gone, and the items of
//! merged lists are made one by one. A mapping that is empty then stays.

use crate::source::StepId;
use crate::yaml::{Cursor, Draft, Kind};

use super::super::error::Result;
use super::super::facts::Known;
use super::directive::Directive;
use super::{Change, Merge, with_entries};

impl Change {
    /// The change of a value that is the patch's: untouched means put there as it is.
    pub fn or_put(self, patch: Cursor<'_>, step: StepId) -> Change {
        match self {
            Change::Keep => Change::Set(Draft::put(&patch.tree(), step)),
            change => change,
        }
    }
}

impl<'s> Merge<'_, 's> {
    /// A value of the patch, not null, where the object has none or a null.
    pub(super) fn place(
        &mut self,
        patch: Cursor<'_>,
        null: Option<Cursor<'_>>,
        known: Option<Known<'s>>,
    ) -> Result<Change> {
        // There is nothing yet that a directive could be about: one that kyaml does not understand is a plain key,
        // and one in a list an item.
        let directive = Directive::of(patch).unwrap_or(Directive::Absent);
        self.place_with(patch, null, known, directive)
    }

    /// As [`Merge::place`], with a directive that was read before.
    pub(super) fn place_with(
        &mut self,
        patch: Cursor<'_>,
        null: Option<Cursor<'_>>,
        known: Option<Known<'s>>,
        directive: Directive,
    ) -> Result<Change> {
        if directive == Directive::Delete {
            return Ok(Change::Clear);
        }
        let step = self.step(patch, null);
        let change = match (patch.node().kind, known) {
            (Kind::Map, _) => self.added_entries(patch, known, step, directive)?,
            (Kind::Seq, Some(Known::Merged(list))) => {
                self.added_items(patch, patch.items().collect(), list, step)?
            }
            _ => Change::Keep,
        };
        Ok(change.or_put(patch, step))
    }

    /// The fields of a mapping that is put into the object by `step`.
    pub(super) fn added_entries(
        &mut self,
        patch: Cursor<'_>,
        known: Option<Known<'s>>,
        step: StepId,
        directive: Directive,
    ) -> Result<Change> {
        let of = self.type_of(known, patch, None);
        let mut changes = Vec::new();
        for (at, entry) in patch.entries().into_iter().enumerate() {
            let name = entry.key.text().unwrap_or_default();
            let change = match directive.owns(&name) {
                true => Change::Clear,
                false => self.added(entry.value, of.and_then(|of| of.field(&name)), step)?,
            };
            if !matches!(change, Change::Keep) {
                changes.push((at, change));
            }
        }
        if changes.is_empty() {
            return Ok(Change::Keep);
        }
        Ok(Change::Set(with_entries(Draft::put(&patch.tree(), step), changes, Vec::new())))
    }

    /// A value inside of one that is put into the object by `step`. [`Change::Keep`] means as the patch has it.
    pub(super) fn added(
        &mut self,
        patch: Cursor<'_>,
        known: Option<Known<'s>>,
        step: StepId,
    ) -> Result<Change> {
        match (patch.node().kind, known) {
            (Kind::Map, _) => match Directive::of(patch)? {
                Directive::Delete => Ok(Change::Clear),
                directive => self.added_entries(patch, known, step, directive),
            },
            (Kind::Seq, Some(Known::Merged(list))) => match Directive::of_items(patch)? {
                (Directive::Delete, _) => Ok(Change::Clear),
                (_, items) => self.added_items(patch, items, list, step),
            },
            _ if patch.is_null() => Ok(Change::Clear),
            _ => Ok(Change::Keep),
        }
    }
}
