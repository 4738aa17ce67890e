//! Lists that are merged by the keys of their items, and sets of scalars.
//!
//! Owns which item of the patch meets which of the object, and in which order they come out (kyaml's
//! `walk/associative_sequence.go`). Must not know what becomes of an item when two meet.

use crate::source::StepId;
use crate::yaml::{Cursor, Draft, Kind};

use super::super::error::{BuildError, Result};
use super::super::facts::{Known, MergedList};
use super::super::stage::control;
use super::directive::{self, Directive};
use super::rows::{Item, Misfit, Name, Rows, join_names};
use super::{Change, Merge};

/// What a list is merged with.
#[derive(Clone, Copy)]
enum With {
    /// The items of the patch, which come after those of the object in the rows.
    Patch,
    /// Nothing.
    Nothing,
    /// Itself: it is all the patch's, and a step puts it into the object.
    Itself(StepId),
}

impl<'s> Merge<'_, 's> {
    /// A list of the object under a list of the patch.
    pub(super) fn list(
        &mut self,
        old: Cursor<'_>,
        patch: Cursor<'_>,
        known: Option<Known<'s>>,
    ) -> Result<Change> {
        let Some(Known::Merged(list)) = known else {
            let step = self.step(patch, Some(old));
            return Ok(Change::Set(Draft::put(&patch.tree(), step)));
        };
        let (directive, new) = Directive::of_items(patch)?;
        match directive {
            Directive::Delete => {
                self.take_away(old, directive::span_in_items(patch));
                Ok(Change::Clear)
            }
            Directive::Replace => {
                self.take_away_items(old, &new, list, directive::span_in_items(patch));
                let step = self.step(patch, Some(old));
                Ok(self.added_items(patch, new, list, step)?.or_put(patch, step))
            }
            Directive::Absent | Directive::Merge => {
                let own = old.node().aux as usize;
                let count = own + new.len();
                let mut rows = Rows::new(self.stage.map, list.keys, None, old.items().chain(new), count);
                let items = self.items(&mut rows, own, list, With::Patch)?;
                Ok(changed(&rows, items, own, Draft::from(old)))
            }
        }
    }

    /// A merged list of the object that the patch says nothing about.
    pub(super) fn unpatched_list(&mut self, old: Cursor<'_>, list: MergedList<'s>) -> Result<Change> {
        let own = old.node().aux as usize;
        let mut rows = Rows::new(self.stage.map, list.keys, None, old.items(), own);
        let items = self.items(&mut rows, own, list, With::Nothing)?;
        Ok(changed(&rows, items, own, Draft::from(old)))
    }

    /// `items` of a list of the patch, which `step` puts into the object.
    pub(super) fn added_items(
        &mut self,
        patch: Cursor<'_>,
        items: Vec<Cursor<'_>>,
        list: MergedList<'s>,
        step: StepId,
    ) -> Result<Change> {
        let own = items.len();
        let mut rows = Rows::new(self.stage.map, list.keys, Some(step), items.into_iter(), own);
        let items = self.items(&mut rows, own, list, With::Itself(step))?;
        // Items that were taken out before, with a directive, are missing in the rows.
        let all = if own == patch.node().aux as usize { own } else { usize::MAX };
        Ok(changed(&rows, items, all, Draft::put(&patch.tree(), step)))
    }

    /// The items that come out, in order. The first `own` rows are the list itself.
    fn items(
        &mut self,
        rows: &mut Rows<'_, '_, '_>,
        own: usize,
        list: MergedList<'s>,
        with: With,
    ) -> Result<Vec<usize>> {
        let mut dest: Vec<usize> = (0..own).collect();
        if let Some(keys) = rows.regular(own) {
            return self.regular_items(rows, own, &keys, list, with);
        }
        let misfit = |rows: &Rows<'_, '_, '_>, Misfit(item): Misfit| misfit(rows.items[item].at, list);
        let patch: Vec<usize> = (own..rows.items.len()).collect();
        let mut names: Vec<Name<'_>> = Vec::new();
        for &item in patch.iter().chain(&dest) {
            let name = rows.name(item);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        if list.keys.len() > 1 {
            join_names(&mut names);
        }
        let keys = used_keys(&names, rows.width());
        let mut merged = Vec::with_capacity(rows.items.len());
        for name in &names {
            let given: Vec<usize> = keys.iter().copied().filter(|&key| !name[key].is_empty()).collect();
            let given = if given.is_empty() { &keys } else { &given };
            let old = rows.find(&dest, given, name);
            let new = match with {
                With::Patch => rows.find(&patch, given, name),
                With::Nothing => None,
                With::Itself(_) => old,
            };
            let item = self.item(rows, old, new, list, with)?.filter(|&item| !rows.is_nothing(item));
            let texts: Vec<&str> = keys.iter().map(|&key| &*name[key]).collect();
            let to = if item.is_some() { &mut merged } else { &mut dest };
            rows.set(to, item, &keys, &texts).map_err(|it| misfit(rows, it))?;
        }
        if names.is_empty() {
            return Ok(dest);
        }
        self.append(rows, &mut merged, &dest, &keys).map_err(|it| misfit(rows, it))?;
        if !matches!(with, With::Itself(_)) {
            self.account(rows, &merged, own, list);
        }
        Ok(merged)
    }

    /// As [`Merge::items`] for lists in which nothing is odd, as in nearly all that people write.
    fn regular_items(
        &mut self,
        rows: &mut Rows<'_, '_, '_>,
        own: usize,
        keys: &[usize],
        list: MergedList<'s>,
        with: With,
    ) -> Result<Vec<usize>> {
        let mut items = Vec::with_capacity(rows.items.len());
        let mut left = vec![true; own];
        let mut met = vec![false; own];
        for new in own..rows.items.len() {
            let old = (0..own).find(|&old| rows.same(old, new, keys));
            let item = self.item(rows, old, Some(new), list, with)?;
            match old {
                Some(old) => {
                    met[old] = true;
                    left[old] = item.is_some() && keys.len() > 1;
                    // Kyaml puts the object's item there even if the patch's was to replace it.
                    items.extend(item.filter(|_| !left[old]).map(|_| old));
                }
                None => items.extend(item),
            }
        }
        for old in (0..own).filter(|&old| !met[old]) {
            let itself = matches!(with, With::Itself(_)).then_some(old);
            left[old] = self.item(rows, Some(old), itself, list, with)?.is_some();
        }
        items.extend((0..own).filter(|&old| left[old]));
        if matches!(with, With::Patch) {
            self.account(rows, &items, own, list);
        }
        Ok(items)
    }

    /// Adds what is left of the object's items behind the merged ones; those that are among them already stay where
    /// they are, or with several keys move to the end.
    fn append(
        &self,
        rows: &Rows<'_, '_, '_>,
        merged: &mut Vec<usize>,
        dest: &[usize],
        keys: &[usize],
    ) -> std::result::Result<(), Misfit> {
        for &item in dest {
            let mut texts = Vec::with_capacity(keys.len());
            for &key in keys {
                match rows.raw(item, key)? {
                    Some(text) => texts.push(text),
                    None => merged.push(item),
                }
            }
            if keys.len() > 1 {
                rows.set(merged, None, keys, &texts)?;
            }
            rows.set(merged, Some(item), keys, &texts)?;
        }
        Ok(())
    }

    /// Completes the paths of what was removed inside of items, and records the items that are gone.
    fn account(&mut self, rows: &Rows<'_, '_, '_>, merged: &[usize], own: usize, list: MergedList<'_>) {
        let mut gone = Vec::new();
        for (at, item) in rows.items.iter().enumerate().take(own) {
            match merged.iter().position(|&other| other == at) {
                Some(index) => self.below_item_in(item.removed.clone(), index),
                None => gone.push((at, item)),
            }
        }
        // What was removed inside of an item that is gone would be taken for a part of the one at its index.
        gone.sort_by_key(|(_, item)| item.removed.start);
        for (_, item) in gone.iter().rev() {
            self.removed.drain(item.removed.clone());
        }
        // Items of a patch without their keys make others vanish.
        let is_odd =
            |item: &Item<'_>| list.keys.iter().all(|key| item.at.get(key).is_none_or(|it| it.is_null()));
        let mut new = own..rows.items.len();
        let odd = new.find(|&new| !list.keys.is_empty() && is_odd(&rows.items[new]));
        for (at, item) in gone {
            let nothing = item.at.is_null() || item.at.is_map() && item.at.node().aux == 0;
            if nothing {
                continue;
            }
            let (mark, inputs) = (self.removed.len(), self.inputs.len());
            let by = item.deleted.or(odd).and_then(|new| rows.items.get(new)).map(|new| new.at);
            let keys = by.into_iter().flat_map(|by| list.keys.iter().filter_map(move |key| by.get(key)));
            self.inputs.extend(keys.map(control));
            let place = match (item.deleted, by) {
                (Some(_), Some(by)) => directive::span(by),
                (None, Some(by)) => by.span(),
                (_, None) => self.entry,
            };
            self.take_away(item.at, place);
            self.inputs.truncate(inputs);
            self.below_item(mark, at);
        }
    }

    /// What becomes of two items that meet, or of one alone.
    fn item(
        &mut self,
        rows: &mut Rows<'_, '_, '_>,
        old: Option<usize>,
        new: Option<usize>,
        list: MergedList<'s>,
        with: With,
    ) -> Result<Option<usize>> {
        let known = list.items.map(Known::Value);
        match (old, new, with) {
            (None, None, _) => Ok(None),
            (Some(item), _, With::Itself(step)) => self.own_item(rows, item, known, step),
            // Kyaml meets an item twice when two names were joined; what it did the first time is done.
            (Some(old), _, _) if rows.items[old].value.is_some() => Ok(Some(old)),
            (Some(old), None, _) => {
                let change = self.value(Some(rows.items[old].at), None, known)?;
                Ok(take(rows, old, change))
            }
            (None, Some(new), _) => {
                let at = rows.items[new].at;
                let directive = Directive::of(at).unwrap_or(Directive::Absent).unless(rows.items[new].spent);
                rows.items[new].spent = true;
                let change = self.place_with(at, None, known, directive)?;
                Ok(take(rows, new, change))
            }
            (Some(old), Some(new), _) => self.two_items(rows, old, new, list),
        }
    }

    fn two_items(
        &mut self,
        rows: &mut Rows<'_, '_, '_>,
        old: usize,
        new: usize,
        list: MergedList<'s>,
    ) -> Result<Option<usize>> {
        let (at, patch) = (rows.items[old].at, rows.items[new].at);
        if at.node().kind == Kind::Scalar && patch.node().kind == Kind::Scalar {
            return Ok(Some(old));
        }
        if !(at.is_map() && patch.is_map()) {
            return Err(misfit(patch, list));
        }
        let known = list.items.map(Known::Value);
        let directive = Directive::of(patch)?.unless(rows.items[new].spent);
        rows.items[new].spent = true;
        match directive {
            Directive::Delete => {
                rows.items[old].deleted = Some(new);
                Ok(None)
            }
            Directive::Replace => {
                let change = self.place_with(patch, None, known, directive)?;
                Ok(take(rows, new, change))
            }
            Directive::Absent | Directive::Merge => {
                let (inputs, identity) = (self.inputs.len(), self.identity.len());
                for key in list.keys {
                    self.inputs.extend(patch.get(key).map(control));
                    self.identity.extend(at.get(key).map(|it| it.index()));
                }
                let mark = self.removed.len();
                let change = self.entries(at, Some(patch), known, directive);
                rows.items[old].removed = mark..self.removed.len();
                self.inputs.truncate(inputs);
                self.identity.truncate(identity);
                Ok(take(rows, old, change?))
            }
        }
    }

    /// An item of a list that the patch adds.
    fn own_item(
        &mut self,
        rows: &mut Rows<'_, '_, '_>,
        item: usize,
        known: Option<Known<'s>>,
        step: StepId,
    ) -> Result<Option<usize>> {
        if rows.items[item].spent {
            return Ok(Some(item));
        }
        rows.items[item].spent = true;
        let change = self.added(rows.items[item].at, known, step)?;
        if matches!(change, Change::Clear) {
            // Kyaml may find that it cannot take it out, and then it is there without its directive.
            let left = directive::without(self.stage.map, rows.value(item));
            rows.update(item, left);
        }
        Ok(take(rows, item, change))
    }
}

/// The row that a change leaves.
fn take(rows: &mut Rows<'_, '_, '_>, item: usize, change: Change) -> Option<usize> {
    match change {
        Change::Keep => Some(item),
        Change::Clear => None,
        Change::Set(draft) => {
            rows.update(item, draft);
            Some(item)
        }
    }
}

/// The keys that any item has; all of them when none has one.
fn used_keys(names: &[Name<'_>], width: usize) -> Vec<usize> {
    let used: Vec<usize> = (0..width).filter(|&key| names.iter().any(|name| !name[key].is_empty())).collect();
    if used.is_empty() { (0..width).collect() } else { used }
}

/// The list `of` with these items, which are all of it when they are the first `all` rows, unchanged.
fn changed(rows: &Rows<'_, '_, '_>, items: Vec<usize>, all: usize, mut of: Draft) -> Change {
    let same = items.len() == all && items.iter().enumerate().all(|(at, &item)| at == item);
    if same && !items.iter().any(|&item| rows.items[item].value.is_some()) {
        return Change::Keep;
    }
    if let Some(list) = of.items_mut() {
        *list = items.into_iter().map(|item| rows.value(item)).collect();
    }
    Change::Set(of)
}

fn misfit(item: Cursor<'_>, list: MergedList<'_>) -> BuildError {
    let message = match list.keys.first() {
        Some(key) => format!("this list is merged by `{key}`: its items must be mappings"),
        None => "this list is merged as a set: its items must be scalars".to_owned(),
    };
    BuildError::new(item.span(), message)
}
