//! JSON patches (RFC 6902) as evanphx/json-patch v4 applies them for Kustomize 5.5.0.
//!
//! Owns the six operations and the origin of what they set. Must not know which objects a patch is meant for.
//!
//! What differs from the RFC: `replace` of a field that is absent adds it, an absent `value` is null, `copy` of an
//! absent field copies a null, indices may count from the end.

mod pointer;
mod value;

use std::borrow::Cow;

use crate::model::Removal;
use crate::source::{Input, InputRole, Span, StepId, StepKind};
use crate::yaml::{Cursor, Draft, Tree};

use super::error::{BuildError, Result};
use super::resource::{Behavior, ResId, Resource};
use super::stage::{Stage, control};
use pointer::{Place, Pointer};
use value::Form;

/// Applies a patch to an object. `operations` is the root of the patch, `entry` the item of the kustomization that
/// asks for it, `controls` is what chose the object.
pub(in crate::render) fn apply(
    stage: &Stage<'_>,
    target: &mut Resource,
    operations: Cursor<'_>,
    entry: Span,
    controls: &[Input],
) -> Result<()> {
    if !operations.is_seq() {
        return Err(BuildError::new(operations.span(), "a JSON patch is a list of operations"));
    }
    let form = Form::of(operations);
    let has_hidden_annotations = has_hidden_annotations(target);
    let mut draft = Draft::new(&target.tree);
    let whose = target.id.clone();
    let mut patch = Patch { stage, form, entry, controls, whose, removed: &mut target.removed };
    for operation in operations.items() {
        let operation = Operation::read(operation)?;
        if has_hidden_annotations {
            patch.show_annotations(&mut draft, &operation)?;
        }
        patch.run(&mut draft, &operation)?;
    }
    let tree = value::settled(stage, draft.freeze(), entry, controls);
    target.set_tree(stage.map, tree);
    let annotations = target.root(stage.map).path(&["metadata", "annotations"]);
    match annotations.filter(|annotations| annotations.is_seq()) {
        Some(list) => Err(BuildError::new(list.span(), "annotations are a mapping, and this is a list")),
        None => Ok(()),
    }
}

/// Whether Kustomize has written annotations of its own to the object, which patches find there.
fn has_hidden_annotations(target: &Resource) -> bool {
    let affixes = target.prefixes.len() + target.suffixes.len();
    let generated = target.needs_hash || target.behavior != Behavior::Unspecified;
    !target.previous.is_empty() || affixes > 0 || generated
}

/// An operation of a patch.
struct Operation<'a> {
    /// All of it.
    at: Cursor<'a>,
    op: Cursor<'a>,
    kind: Kind,
    path: Pointer<'a>,
    /// Of `move` and `copy`.
    from: Option<Pointer<'a>>,
    value: Option<Cursor<'a>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Add,
    Remove,
    Replace,
    Move,
    Copy,
    Test,
}

impl<'a> Operation<'a> {
    fn read(at: Cursor<'a>) -> Result<Self> {
        let Some((op, name)) = text(at, "op")? else {
            return Err(BuildError::new(at.span(), "an operation without `op`"));
        };
        let kind = match &*name {
            "add" => Kind::Add,
            "remove" => Kind::Remove,
            "replace" => Kind::Replace,
            "move" => Kind::Move,
            "copy" => Kind::Copy,
            "test" => Kind::Test,
            _ => {
                let message = format!(
                    "`{name}` is no operation; those are `add`, `remove`, `replace`, `move`, `copy` and `test`"
                );
                return Err(BuildError::new(op.span(), message));
            }
        };
        let pointer = |field: &str| match text(at, field)? {
            Some((scalar, text)) => Ok(Pointer::new(scalar, text)),
            None => Err(BuildError::new(op.span(), format!("`{name}` without `{field}`"))),
        };
        let from = if matches!(kind, Kind::Move | Kind::Copy) { Some(pointer("from")?) } else { None };
        Ok(Self { at, op, kind, path: pointer("path")?, from, value: at.get("value") })
    }

    /// What every result of the operation depends on.
    fn inputs(&self, controls: &[Input]) -> Vec<Input> {
        let from = self.from.as_ref().map(|from| from.scalar);
        let own = [Some(self.op), Some(self.path.scalar), from].into_iter().flatten();
        let own = own.map(control);
        controls.iter().copied().chain(own).collect()
    }
}

/// A field of an operation, which must be text.
fn text<'a>(operation: Cursor<'a>, name: &str) -> Result<Option<(Cursor<'a>, Cow<'a, str>)>> {
    let Some(value) = operation.get(name).filter(|value| !value.is_null()) else { return Ok(None) };
    match value.string() {
        Some(text) => Ok(Some((value, text))),
        None => Err(BuildError::new(value.span(), format!("`{name}` must be a string"))),
    }
}

/// A patch at work on one object.
struct Patch<'s, 'w, 'r> {
    stage: &'s Stage<'w>,
    form: Form,
    entry: Span,
    controls: &'s [Input],
    /// The object.
    whose: ResId,
    removed: &'r mut Vec<Removal>,
}

/// What an operation puts somewhere.
enum New<'a> {
    /// A value of the patch; none is null.
    Written(Option<Cursor<'a>>),
    /// A value of the object.
    Moved(Tree),
}

impl Patch<'_, '_, '_> {
    fn run(&mut self, root: &mut Draft, operation: &Operation<'_>) -> Result<()> {
        let path = &operation.path;
        let mut inputs = operation.inputs(self.controls);
        match (operation.kind, &operation.from) {
            (Kind::Test, _) => self.test(root, operation, &mut inputs),
            (Kind::Replace, _) if path.is_root() => self.replace_all(root, operation, &inputs),
            (Kind::Replace, _) => {
                let place = self.place(root, path, &mut inputs, "replaced")?;
                self.replace(place, operation, &inputs)
            }
            (Kind::Remove, _) => {
                let place = self.place(root, path, &mut inputs, "removed")?;
                self.remove(place, path, operation, &inputs, "removed").map(drop)
            }
            (Kind::Add, _) | (_, None) => {
                let place = self.place(root, path, &mut inputs, "added")?;
                self.add(place, operation, &inputs, New::Written(operation.value))
            }
            (Kind::Move, Some(from)) => {
                let place = self.place(root, from, &mut inputs, "moved")?;
                let moved = self.remove(place, from, operation, &inputs, "moved")?;
                let place = self.place(root, path, &mut inputs, "added")?;
                self.add(place, operation, &inputs, New::Moved(moved.freeze()))
            }
            (Kind::Copy, Some(from)) => {
                let copied = self.read(root, from, &mut inputs, "copied")?;
                let new = copied.map_or(New::Written(None), |value| New::Moved(value.freeze()));
                let place = self.place(root, path, &mut inputs, "added")?;
                self.add(place, operation, &inputs, new)
            }
        }
    }

    fn place<'d, 'p>(
        &self,
        root: &'d mut Draft,
        path: &'p Pointer<'_>,
        inputs: &mut Vec<Input>,
        verb: &str,
    ) -> Result<Place<'d, 'p>> {
        path.place(self.stage.map, root, inputs, (verb, &self.whose))
    }

    /// Puts a new item into a list, or a value into a mapping.
    fn add(
        &mut self,
        place: Place<'_, '_>,
        operation: &Operation<'_>,
        inputs: &[Input],
        new: New<'_>,
    ) -> Result<()> {
        let map = self.stage.map;
        let path = &operation.path;
        if place.is_list() {
            let Some(items) = place.container.items_mut() else { return Ok(()) };
            let index = match place.token.text.as_str() {
                "-" => items.len(),
                _ => place.token.index(items.len() + 1).map_err(|why| self.refused(path, "added", &why))?,
            };
            let (value, _) = self.made(operation, inputs, new, None)?;
            items.insert(index, value);
            self.mark(place.container, inputs);
            return Ok(());
        }
        if let Some(old) = place.container.get_mut(map, &place.token.text) {
            *old = self.made(operation, inputs, new, Some(old))?.0;
            return Ok(());
        }
        let (value, step) = self.made(operation, inputs, new, None)?;
        let is_at = place.json_path(None);
        let key = place.token.key(map, path.scalar, step);
        if let Some(entries) = place.container.entries_mut() {
            entries.push((key, value));
        }
        let below = |path: &str| {
            path.strip_prefix(&is_at).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        self.removed.retain(|removal| !below(&removal.path));
        Ok(())
    }

    /// Puts a value into the place of another. Into a mapping it is put in any case.
    fn replace(&mut self, place: Place<'_, '_>, operation: &Operation<'_>, inputs: &[Input]) -> Result<()> {
        let new = New::Written(operation.value);
        if !place.is_list() {
            return self.add(place, operation, inputs, new);
        }
        let path = &operation.path;
        let items = place.container.items_mut().map(Vec::as_mut_slice).unwrap_or_default();
        let index = place.token.index(items.len()).map_err(|why| self.refused(path, "replaced", &why))?;
        if let Some(old) = items.get_mut(index) {
            *old = self.made(operation, inputs, new, Some(old))?.0;
        }
        Ok(())
    }

    /// Puts another object into the place of this one. Kustomize does not mind a value that is none, and goes on with
    /// the old object.
    fn replace_all(&mut self, root: &mut Draft, operation: &Operation<'_>, inputs: &[Input]) -> Result<()> {
        match operation.value {
            Some(value) if value.is_map() => {
                *root = self.made(operation, inputs, New::Written(operation.value), Some(root))?.0;
                Ok(())
            }
            Some(value) if !value.is_seq() => Ok(()),
            _ => Err(operation.path.error("cannot be replaced: an object must stay a mapping")),
        }
    }

    /// Takes a field or an item away.
    fn remove(
        &mut self,
        place: Place<'_, '_>,
        path: &Pointer<'_>,
        operation: &Operation<'_>,
        inputs: &[Input],
        verb: &str,
    ) -> Result<Draft> {
        let (old, index) = if place.is_list() {
            let items = place.container.items_mut();
            let len = items.as_ref().map_or(0, |items| items.len());
            let index = place.token.index(len).map_err(|why| self.refused(path, verb, &why))?;
            (items.map(|items| items.remove(index)), Some(index))
        } else {
            (place.container.remove(self.stage.map, &place.token.text).map(|(_, value)| value), None)
        };
        let Some(old) = old else {
            let why = format!("there is no `{}`", place.token.text);
            return Err(self.refused(path, verb, &why));
        };
        let step = self.stage.replacing(StepKind::Remove, operation.at.span(), inputs, &old);
        self.removed.push(Removal { path: place.json_path(index), step });
        if index.is_some() {
            self.mark(place.container, inputs);
        }
        Ok(old)
    }

    /// The value at a path; none when its mapping does not have it, or it is null.
    fn read(
        &self,
        root: &mut Draft,
        path: &Pointer<'_>,
        inputs: &mut Vec<Input>,
        verb: &str,
    ) -> Result<Option<Draft>> {
        let map = self.stage.map;
        let place = self.place(root, path, inputs, verb)?;
        let value = if place.is_list() {
            let items = place.container.items_mut().map(Vec::as_mut_slice).unwrap_or_default();
            let index = place.token.index(items.len()).map_err(|why| self.refused(path, verb, &why))?;
            items.get_mut(index)
        } else {
            place.container.get_mut(map, &place.token.text)
        };
        Ok(value.filter(|value| !value.is_null(map)).cloned())
    }

    /// An error unless the object has a value where the patch expects it. The message shows neither: they may be
    /// secret.
    fn test(&self, root: &mut Draft, operation: &Operation<'_>, inputs: &mut Vec<Input>) -> Result<()> {
        let map = self.stage.map;
        let path = &operation.path;
        let Some(expected) = operation.value else {
            return Err(BuildError::new(operation.op.span(), "`test` without `value`"));
        };
        let expected = value::of_patch(expected, self.form, StepId::PARSED)?;
        let expected = Cursor::new(map, &expected);
        let found =
            if path.is_root() { Some(root.clone()) } else { self.read(root, path, inputs, "tested")? };
        let Some(found) = found else {
            return match expected.is_null() {
                true => Ok(()),
                false => Err(path.error(format_args!("is tested, and {} has no such value", self.whose))),
            };
        };
        match value::equal(Cursor::new(map, &found.freeze()), expected, self.form) {
            true => Ok(()),
            false => Err(path.error(format_args!("is tested, and {} has another value", self.whose))),
        }
    }

    /// A value with the step that puts it there.
    fn made(
        &self,
        operation: &Operation<'_>,
        inputs: &[Input],
        new: New<'_>,
        old: Option<&Draft>,
    ) -> Result<(Draft, StepId)> {
        let mut inputs = inputs.to_vec();
        let old = old.map(Draft::node);
        inputs.extend(old.map(|old| Input::replaced(old.span, old.step)));
        let step =
            |inputs: &[Input], previous| self.stage.step(StepKind::Patch, self.entry, inputs, previous);
        match new {
            New::Written(written) => {
                let step = step(&inputs, old.map_or(StepId::PARSED, |old| old.step));
                let value = match written {
                    Some(value) => Draft::new(&value::of_patch(value, self.form, step)?),
                    None => value::null(operation.at.span(), step),
                };
                Ok((value, step))
            }
            New::Moved(tree) => {
                // What a value was made from stays known: there are as many new steps as it had.
                let mut known: Vec<(StepId, StepId)> = Vec::new();
                let tree = value::moved(&tree, |before| match known.iter().find(|(old, _)| *old == before) {
                    Some(&(_, now)) => now,
                    None => {
                        let values = self.stage.map.step(before).into_iter().flat_map(|step| &step.inputs);
                        let values = values.filter(|input| input.role == InputRole::Value).copied();
                        let inputs: Vec<Input> = inputs.iter().copied().chain(values).collect();
                        let now = step(&inputs, before);
                        known.push((before, now));
                        now
                    }
                });
                let step = tree.nodes().first().map_or(StepId::PARSED, |root| root.step);
                Ok((Draft::new(&tree), step))
            }
        }
    }

    /// A list whose items have other indices now depends on the operation.
    fn mark(&self, list: &mut Draft, inputs: &[Input]) {
        if let Draft::Seq(node, _) = list {
            node.step = self.stage.step(StepKind::Patch, self.entry, inputs, node.step);
        }
    }

    /// Kustomize keeps the history of an object in annotations while it builds, so that patches find the mapping even
    /// where the object has none. What it keeps there must not get into other fields; Kustomize lets it.
    fn show_annotations(&self, root: &mut Draft, operation: &Operation<'_>) -> Result<()> {
        let map = self.stage.map;
        if let Some(from) = operation.from.as_ref().filter(|from| from.is_around_annotations()) {
            let problem = "cannot be the source: while it builds, Kustomize keeps annotations of its own there, which \
                           would be copied";
            return Err(from.error(problem));
        }
        let paths = std::iter::once(&operation.path).chain(&operation.from);
        let mut below = paths.filter_map(Pointer::below_annotations);
        if !below.any(|names| names > 0 || operation.kind == Kind::Remove) {
            return Ok(());
        }
        let Some(metadata) = root.get_mut(map, "metadata") else { return Ok(()) };
        if metadata.get_mut(map, "annotations").is_none_or(|annotations| annotations.is_null(map)) {
            let inputs = operation.inputs(self.controls);
            let step = self.stage.step(StepKind::Patch, self.entry, &inputs, StepId::PARSED);
            metadata.map_at(map, "annotations", operation.path.scalar.span(), step);
        }
        Ok(())
    }

    fn refused(&self, path: &Pointer<'_>, verb: &str, why: &str) -> BuildError {
        path.error(format_args!("cannot be {verb} in {}: {why}", self.whose))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
