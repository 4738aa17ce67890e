//! Strategic merge as kyaml 0.18.1 does it, which is not how the API server does it.
//!
//! Owns what becomes of each value of an object under a patch, and the steps and removals that say so. Must not know
//! which object a patch is for, nor where a patch was written.
//!
//! What differs from the API server, and is kept:
//! - Types are those of [`MergeSchema`]. Lists that it does not know are replaced, `$patch` items and all.
//! - New items come first, before those that the object has.
//! - Absent values of the object (`key:`) are dropped by every merge, wherever mappings and merged lists lead to
//!   them; a written `null` stays until a patch says null too.
//! - A value that takes the place of a quoted one is quoted: over `"80"` a patch with `80` writes `"80"`.
//! - `$patch: replace` at the root, or in an item of a merged list, changes nothing.
//!
//! Kyaml also reads schemas from comments next to fields; nobody writes them for Kustomize, and they are not read here.

mod added;
mod directive;
mod list;
mod removal;
mod rows;
mod selected;
#[cfg(test)]
mod tests;

use crate::model::Removal;
use crate::source::{Input, SourceMap, Span, StepId, StepKind};
use crate::yaml::{Cursor, Draft, Flags, Kind, Schema, Style, Tree, Typed, key_hash, resolve};

use super::error::{BuildError, Result};
use super::facts::{Known, MergeSchema, TypeRef};
use super::resource::{Resource, identity};
use super::stage::{Stage, control, part_of};
use directive::Directive;

pub(in crate::render) use selected::for_selected;

/// What became of the object.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::render) enum Outcome {
    /// It is there, changed or not.
    Kept,
    /// The patch deletes it: it has to be taken out. `target` is as it was.
    Deleted,
}

/// Merges one patch document, a mapping without aliases, into an object. `entry` is the item of the kustomization
/// that asked for it, `controls` is what else decided that it applies to this object.
///
/// Values of the patch get a step each. What it takes away gets a [`Removal`] with the index it has after this merge,
/// or, for an item of a list that is gone itself, had before. Where a patch repeats what an object or an item is
/// called, the object's own node stays: the patch only says where it belongs.
///
/// The rest of Kustomize's `Resource.ApplySmPatch` is the caller's work:
/// - With `options.allowNameChange` or `allowKindChange` of the patch, [`Resource::remember_id`] before.
/// - After, unless the outcome is [`Outcome::Deleted`]: `kind` is put back as it was unless the patch may change
///   kinds, `metadata.name` unless it may change names, and `metadata.namespace` always, also by removing it. The
///   patch may have removed any of them, and `metadata` itself.
/// - A patch with a `target`, and every patch of `patchesStrategicMerge`, is read in another way than one that finds
///   its object by itself: hand over what [`for_selected`] makes of it.
pub(in crate::render) fn merge(
    stage: &Stage<'_>,
    schema: &MergeSchema,
    target: &mut Resource,
    patch: &Tree,
    entry: Span,
    controls: &[Input],
) -> Result<Outcome> {
    let map = stage.map;
    let (root, patch) = (Cursor::new(map, &target.tree), Cursor::new(map, patch));
    let mut inputs = controls.to_vec();
    inputs.extend(identity(patch).map(control));
    let mut merge = Merge {
        stage,
        schema,
        entry,
        object: target,
        patch,
        inputs,
        identity: identity(root).map(|value| value.index()).collect(),
        tidy: is_tidy(root, &target.tree),
        removed: Vec::new(),
    };
    let directive = Directive::of(patch)?;
    let change = match directive {
        Directive::Delete => Change::Clear,
        // Kyaml makes the object that the patch describes, and Kustomize does not look at it.
        Directive::Replace => {
            merge.added_entries(patch, None, StepId::PARSED, directive)?;
            Change::Keep
        }
        Directive::Absent | Directive::Merge => merge.entries(root, Some(patch), None, directive)?,
    };
    let removed = merge.removed;
    match change {
        Change::Keep => Ok(Outcome::Kept),
        Change::Clear => Ok(Outcome::Deleted),
        Change::Set(draft) => {
            let tree = draft.freeze();
            if tree.nodes().len() <= 1 {
                return Ok(Outcome::Deleted);
            }
            target.set_tree(map, tree);
            target.removed.extend(removed);
            Ok(Outcome::Kept)
        }
    }
}

/// Whether an object has neither absent values nor objects inside of it that have a type of their own.
fn is_tidy(root: Cursor<'_>, tree: &Tree) -> bool {
    const API_VERSION: u32 = key_hash(b"apiVersion");
    let own = root.get("apiVersion").and_then(|value| value.key()).map(|key| key.index());
    (tree.root()..)
        .zip(tree.nodes())
        .all(|(index, node)| node.style != Style::Empty && (node.aux != API_VERSION || Some(index) == own))
}

/// What a merge makes of a value.
#[derive(Debug)]
enum Change {
    /// It stays as it is, unopened.
    Keep,
    /// It goes away.
    Clear,
    /// This takes its place.
    Set(Draft),
}

/// One patch on its way through one object.
struct Merge<'a, 's> {
    stage: &'a Stage<'a>,
    schema: &'s MergeSchema,
    /// The item of the kustomization that asked for the patch.
    entry: Span,
    object: &'a Resource,
    patch: Cursor<'a>,
    /// What decided that the patch is for this object, and the keys on the way to where it is now.
    inputs: Vec<Input>,
    /// Nodes of the object that the patch only repeats to say where it belongs.
    identity: Vec<u32>,
    /// In this object, only fields with a type can need tidying up.
    tidy: bool,
    /// What was taken away. Paths start at the value whose function added them; each caller puts its part in front.
    removed: Vec<Removal>,
}

impl<'s> Merge<'_, 's> {
    /// A value of the object, if there is one, under the value of the patch, if there is one.
    fn value(
        &mut self,
        old: Option<Cursor<'_>>,
        patch: Option<Cursor<'_>>,
        known: Option<Known<'s>>,
    ) -> Result<Change> {
        let Some(patch) = patch else {
            return old.map_or(Ok(Change::Keep), |old| self.unpatched(old, known));
        };
        if patch.is_null() {
            if let Some(old) = old.filter(|old| !old.is_null()) {
                self.take_away(old, directive::whole(patch));
            }
            return Ok(Change::Clear);
        }
        let Some(there) = old.filter(|old| !old.is_null()) else { return self.place(patch, old, known) };
        if there.node().kind != patch.node().kind {
            return Err(self.mismatch(there, patch));
        }
        match there.node().kind {
            Kind::Map => self.mapping(there, patch, known),
            Kind::Seq => self.list(there, patch, known),
            Kind::Scalar | Kind::Alias => Ok(self.scalar(there, patch)),
        }
    }

    /// A value that the patch says nothing about. Kyaml walks over all of an object and tidies up.
    fn unpatched(&mut self, old: Cursor<'_>, known: Option<Known<'s>>) -> Result<Change> {
        let typed = match known {
            Some(Known::Value(of)) => of.has_fields(),
            Some(Known::Merged(_)) | None => false,
        };
        match (old.node().kind, known) {
            (Kind::Map, _) if self.tidy && !typed => Ok(Change::Keep),
            (Kind::Map, _) => self.entries(old, None, known, Directive::Absent),
            (Kind::Seq, Some(Known::Merged(list))) => self.unpatched_list(old, list),
            (Kind::Scalar, _) if old.node().style == Style::Empty && old.is_null() => Ok(Change::Clear),
            _ => Ok(Change::Keep),
        }
    }

    fn scalar(&mut self, old: Cursor<'_>, patch: Cursor<'_>) -> Change {
        let as_text = quoted(old) && matches!(patch.node().style, Style::Plain);
        if self.identity.contains(&old.index())
            && old.text() == patch.text()
            && is_string(old) == (as_text || is_string(patch))
        {
            return Change::Keep;
        }
        let step = self.step(patch, Some(old));
        Change::Set(match as_text {
            true => part_of(self.map(), patch, 0, patch.text().map_or(0, |text| text.len()), step),
            false => Draft::put(&patch.tree(), step),
        })
    }

    fn mapping(&mut self, old: Cursor<'_>, patch: Cursor<'_>, known: Option<Known<'s>>) -> Result<Change> {
        let directive = Directive::of(patch)?;
        match directive {
            Directive::Delete => {
                self.take_away(old, directive::span(patch));
                Ok(Change::Clear)
            }
            Directive::Replace => {
                self.take_away_others(old, patch, directive::span(patch));
                let step = self.step(patch, Some(old));
                Ok(self.added_entries(patch, known, step, directive)?.or_put(patch, step))
            }
            Directive::Absent | Directive::Merge => self.entries(old, Some(patch), known, directive),
        }
    }

    /// The fields of a mapping, one by one.
    fn entries(
        &mut self,
        old: Cursor<'_>,
        patch: Option<Cursor<'_>>,
        known: Option<Known<'s>>,
        directive: Directive,
    ) -> Result<Change> {
        let of = self.type_of(known, old, patch);
        let mut changes = Vec::new();
        for (at, entry) in old.entries().into_iter().enumerate() {
            let value = entry.value;
            if patch.is_none() && value.node().kind == Kind::Scalar && value.node().style != Style::Empty {
                continue;
            }
            let name = entry.key.text().unwrap_or_default();
            let new = patch.and_then(|patch| patch.get(&name)).filter(|_| !directive.owns(&name));
            let known = of.and_then(|of| of.field(&name));
            let mark = self.removed.len();
            let change = self.along(new, |this| this.value(Some(value), new, known))?;
            self.below_field(mark, &name);
            if !matches!(change, Change::Keep) {
                changes.push((at, change));
            }
        }
        let mut added = Vec::new();
        for entry in patch.map(|patch| patch.entries()).unwrap_or_default() {
            let name = entry.key.text().unwrap_or_default();
            if directive.owns(&name) || old.get(&name).is_some() {
                continue;
            }
            let known = of.and_then(|of| of.field(&name));
            let change = self.along(Some(entry.value), |this| this.value(None, Some(entry.value), known))?;
            if let Change::Set(draft) = change {
                added.push((Draft::put(&entry.key.tree(), draft.node().step), draft));
            }
        }
        if changes.is_empty() && added.is_empty() {
            return Ok(Change::Keep);
        }
        Ok(Change::Set(with_entries(Draft::from(old), changes, added)))
    }

    /// Does something with a value of the patch, whose key is among the inputs of what comes out of it.
    fn along<R>(&mut self, value: Option<Cursor<'_>>, run: impl FnOnce(&mut Self) -> R) -> R {
        let depth = self.inputs.len();
        if let Some(key) = value.and_then(|value| value.key()) {
            self.inputs.push(control(key));
        }
        let result = run(self);
        self.inputs.truncate(depth);
        result
    }

    /// The type of a mapping: what its field said, else what it says itself, should it be an object.
    fn type_of(
        &self,
        known: Option<Known<'s>>,
        mapping: Cursor<'_>,
        other: Option<Cursor<'_>>,
    ) -> Option<TypeRef<'s>> {
        match known {
            Some(Known::Value(of)) => Some(of),
            Some(Known::Merged(_)) => None,
            None => [Some(mapping), other].into_iter().flatten().find_map(|object| {
                let kind = object.get("kind")?.text()?;
                self.schema.root(&object.get("apiVersion")?.text()?, &kind)
            }),
        }
    }

    /// The step of a value of the patch that takes the place of `old`.
    fn step(&mut self, value: Cursor<'_>, old: Option<Cursor<'_>>) -> StepId {
        let depth = self.inputs.len();
        // Keys inside decide where everything below them is.
        if value.node().kind != Kind::Scalar {
            self.inputs.push(control(value));
        }
        self.inputs.extend(old.map(|old| Input::replaced(old.span(), old.step())));
        let previous = old.map_or(StepId::PARSED, |old| old.step());
        let step = self.stage.step(StepKind::Patch, self.entry, &self.inputs, previous);
        self.inputs.truncate(depth);
        step
    }

    fn mismatch(&self, old: Cursor<'_>, patch: Cursor<'_>) -> BuildError {
        let name = |value: Cursor<'_>| match value.node().kind {
            Kind::Map => "a mapping",
            Kind::Seq => "a list",
            Kind::Scalar | Kind::Alias => "a single value",
        };
        let path = patch.json_path(self.patch.index());
        let (old, new, object) = (name(old), name(patch), &self.object.id);
        BuildError::new(patch.span(), format!("`{path}` is {new} in the patch, but {old} in {object}"))
    }

    fn map(&self) -> &SourceMap {
        self.stage.map
    }
}

/// A collection with changed entries: `changes` by position, in order, `added` at the end.
fn with_entries(mut of: Draft, changes: Vec<(usize, Change)>, added: Vec<(Draft, Draft)>) -> Draft {
    if let Some(entries) = of.entries_mut() {
        for (at, change) in changes.into_iter().rev() {
            match change {
                Change::Keep => {}
                Change::Clear => drop(entries.remove(at)),
                Change::Set(draft) => {
                    if let Some((_, value)) = entries.get_mut(at) {
                        *value = draft;
                    }
                }
            }
        }
        entries.extend(added);
    }
    of
}

/// Whether a scalar is a string, as Kustomize reads it.
fn is_string(value: Cursor<'_>) -> bool {
    value.typed_as(Schema::GoYamlV3, |typed| matches!(typed, Typed::Str(_))).unwrap_or(false)
}

/// Whether Kustomize has the scalar in quotes, which a new value in its place inherits. Strings that a step made are
/// quoted if a reader of YAML 1.1 would take them for something else.
fn quoted(value: Cursor<'_>) -> bool {
    let node = value.node();
    if node.flags.has(Flags::TEXT) {
        let text = value.text().unwrap_or_default();
        return !text.is_empty() && !matches!(resolve(&text, Schema::GoYamlV2), Typed::Str(_));
    }
    !matches!(node.style, Style::Plain | Style::Empty) && value.tag().is_none()
}
