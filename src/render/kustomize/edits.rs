//! Changes that are decided on while a tree is read, and put into it in one go at the end.
//!
//! References and variables are looked for in every object and found in few: the tree is walked as it is, and only
//! one that changes is opened. Owns the walk along the path of a spec without making anything; what makes fields walks
//! in `fields`. Must not know what is changed.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::source::SourceMap;
use crate::yaml::{Cursor, Draft, Tree};

use super::error::{BuildError, Result};
use super::facts::{FieldSpec, Path};

/// The changes of one tree.
#[derive(Debug, Default)]
pub(super) struct Edits {
    /// New values by the index of the node they replace.
    replaced: BTreeMap<u32, Draft>,
    /// New fields by the index of their mapping.
    added: BTreeMap<u32, Vec<(Draft, Draft)>>,
}

impl Edits {
    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.replaced.is_empty() && self.added.is_empty()
    }

    /// A value as it is by now.
    pub fn value(&self, at: Cursor<'_>) -> Draft {
        self.replaced.get(&at.index()).cloned().unwrap_or_else(|| Draft::from(at))
    }

    /// The text of a scalar as it is by now.
    pub fn text<'w>(&self, at: Cursor<'w>) -> Option<Cow<'w, str>> {
        match self.replaced.get(&at.index()) {
            Some(value) => value.scalar(at.map()),
            None => at.text(),
        }
    }

    /// Puts another value in the place of one.
    pub fn replace(&mut self, at: Cursor<'_>, value: Draft) {
        self.replaced.insert(at.index(), value);
    }

    /// A field of a mapping as it is by now.
    pub fn field(&self, mapping: Cursor<'_>, name: &str) -> Option<Draft> {
        let map = mapping.map();
        let added = self.added.get(&mapping.index()).into_iter().flatten();
        let mut added = added.filter(|(key, _)| key.scalar(map).is_some_and(|key| key == name));
        added.next().map(|(_, value)| value.clone()).or_else(|| mapping.get(name).map(|at| self.value(at)))
    }

    /// Sets a field of a mapping; one that is not there is added at the end.
    pub fn set_field(&mut self, mapping: Cursor<'_>, key: Draft, value: Draft) {
        let map = mapping.map();
        let name = key.scalar(map).unwrap_or_default();
        if let Some(at) = mapping.get(&name) {
            return self.replace(at, value);
        }
        let added = self.added.entry(mapping.index()).or_default();
        match added.iter_mut().find(|(known, _)| known.scalar(map).is_some_and(|known| known == name)) {
            Some((_, known)) => *known = value,
            None => added.push((key, value)),
        }
    }

    /// The tree with all changes.
    pub fn apply(mut self, tree: &Tree) -> Tree {
        let mut draft = Draft::new(tree);
        self.put(&mut draft);
        draft.freeze()
    }

    fn put(&mut self, draft: &mut Draft) {
        let Draft::Shared(tree, _) = &*draft else { return };
        let nodes = tree.root()..tree.root() + tree.nodes().len() as u32;
        if let Some(value) = self.replaced.remove(&nodes.start) {
            *draft = value;
            return;
        }
        let added = self.added.remove(&nodes.start);
        let is_touched = self.replaced.range(nodes.clone()).next().is_some()
            || self.added.range(nodes).next().is_some()
            || added.is_some();
        if !is_touched {
            return;
        }
        if let Some(entries) = draft.entries_mut() {
            entries.iter_mut().for_each(|(_, value)| self.put(value));
            entries.extend(added.into_iter().flatten());
        } else if let Some(items) = draft.items_mut() {
            items.iter_mut().for_each(|item| self.put(item));
        }
    }
}

/// Calls `visit` with every value that a spec's path leads to.
pub(super) fn walk<'w>(
    root: Cursor<'w>,
    spec: &FieldSpec,
    visit: &mut dyn FnMut(Cursor<'w>) -> Result<()>,
) -> Result<()> {
    follow(root, spec, spec.path(), visit)
}

fn follow<'w>(
    at: Cursor<'w>,
    spec: &FieldSpec,
    path: Path<'_>,
    visit: &mut dyn FnMut(Cursor<'w>) -> Result<()>,
) -> Result<()> {
    let Some((segment, rest)) = path.split_first() else { return visit(at) };
    if at.is_seq() {
        return at.items().try_for_each(|item| follow(item, spec, path, visit));
    }
    if at.is_map() {
        if segment.name.is_empty() {
            return Err(refused(at, format!("the path `{}` has an empty name in it", spec.path)));
        }
        return at.get(&segment.name).map_or(Ok(()), |next| follow(next, spec, rest, visit));
    }
    match at.is_null() {
        true => Ok(()),
        false => Err(refused(at, format!("`{}` leads through this value, which is a scalar", spec.path))),
    }
}

/// An error at the place where a value can be edited.
pub(super) fn refused(at: Cursor<'_>, message: String) -> BuildError {
    BuildError::new(place(at.map(), at), message)
}

/// Where a value can be edited.
pub(super) fn place(map: &SourceMap, at: Cursor<'_>) -> crate::source::Span {
    map.editable(at.span(), at.step()).unwrap_or(at.span())
}
