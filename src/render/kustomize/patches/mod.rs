//! The transformers that patch objects: `patches`, `patchesStrategicMerge` and `patchesJson6902`.
//!
//! Owns which objects a patch is for, and what of their identity it may change. Must not know how a patch changes them.

mod document;

use crate::render::EventKind;
use crate::source::{Input, Span, StepId};
use crate::yaml::{Cursor, Draft, Kind, Tree};

use super::error::{BuildError, Result};
use super::facts::MergeSchema;
use super::json_patch;
use super::links::Links;
use super::merge::{self, Outcome};
use super::resource::{ResId, Resource};
use super::selector::Selector;
use super::stage::Stage;
use document::{Document, Merge};

/// What is said of a patch with nothing but comments.
const EMPTY: &str = "the patch is empty";

/// A patch, as an entry of a kustomization or a transformer's document gives it.
pub(in crate::render) struct PatchEntry<'a> {
    /// The entry.
    pub entry: Span,
    /// The scalar that names the file, or that holds the patch.
    pub at: Span,
    /// What it holds, without aliases and without documents that are empty.
    pub documents: Vec<Tree>,
    /// The `target`, unless it is null.
    pub target: Option<Cursor<'a>>,
    /// The `options`, unless they are null.
    pub options: Option<Cursor<'a>>,
}

/// Applies an entry of `patches`.
pub(in crate::render) fn apply(
    stage: &mut Stage<'_>,
    schema: &MergeSchema,
    resources: &mut Vec<Resource>,
    patch: &PatchEntry<'_>,
) -> Result<()> {
    let options = Options::read(patch.options)?;
    let document = Document::read(stage.map, &patch.documents, patch.at)?;
    let selector = patch.target.map(Selector::parse).transpose()?;
    let mut at_work = AtWork { stage, schema, resources, entry: patch.entry, options };
    match (document, selector) {
        (Document::Merges(merges), None) => {
            for merge in &merges {
                if let Some(named) = at_work.named(merge)? {
                    let content = merge.content(at_work.stage.map, &at_work.options);
                    at_work.merge(&content, &[named])?;
                }
            }
            Ok(())
        }
        (Document::Merges(merges), Some(selector)) => {
            let [merge] = merges.as_slice() else {
                let second = merges.get(1).map_or(patch.at, |merge| merge.place(at_work.stage.map));
                let message = "with a `target` there can be only one strategic merge";
                return Err(BuildError::new(second, message));
            };
            let selected = at_work.selected(&selector)?;
            at_work.merge_copy(merge, &selected, patch.at)
        }
        (Document::Nothing, None) => Err(BuildError::new(patch.at, EMPTY)),
        (_, None) => Err(BuildError::new(patch.at, "a JSON patch needs a `target`")),
        (Document::Operations(operations), Some(selector)) => {
            let operations = Cursor::new(at_work.stage.map, &operations);
            for selected in at_work.selected(&selector)? {
                at_work.operate(&selected, operations, Resource::remember_id)?;
            }
            Ok(())
        }
        (Document::Nothing, Some(_)) => {
            at_work.stage.no_match(EventKind::EmptyPatch, patch.at, EMPTY);
            Ok(())
        }
    }
}

/// Applies an entry of `patchesStrategicMerge`.
pub(in crate::render) fn apply_strategic(
    stage: &mut Stage<'_>,
    schema: &MergeSchema,
    resources: &mut Vec<Resource>,
    patch: &PatchEntry<'_>,
) -> Result<()> {
    let merges = document::merges(stage.map, &patch.documents)?;
    let options = Options::default();
    let mut at_work = AtWork { stage, schema, resources, entry: patch.entry, options };
    for merge in &merges {
        if let Some(named) = at_work.named(merge)? {
            at_work.merge_copy(merge, &[named], patch.at)?;
        }
    }
    Ok(())
}

/// Applies an entry of `patchesJson6902`. Unlike a patch of `patches`, it leaves no trace in the history of an object.
pub(in crate::render) fn apply_json6902(
    stage: &mut Stage<'_>,
    schema: &MergeSchema,
    resources: &mut Vec<Resource>,
    patch: &PatchEntry<'_>,
) -> Result<()> {
    let Some(target) = patch.target else {
        return Err(BuildError::new(patch.entry, "a JSON patch needs a `target`"));
    };
    if target.get("name").and_then(|name| name.text()).is_none_or(|name| name.is_empty()) {
        return Err(BuildError::new(target.span(), "the target of a JSON patch needs a `name` here"));
    }
    let selector = Selector::parse(target)?;
    let Document::Operations(operations) = Document::read(stage.map, &patch.documents, patch.at)? else {
        return Err(BuildError::new(patch.at, "a JSON patch is a list of operations"));
    };
    let operations = Cursor::new(stage.map, &operations);
    let mut at_work = AtWork { stage, schema, resources, entry: patch.entry, options: Options::default() };
    for selected in at_work.selected(&selector)? {
        at_work.operate(&selected, operations, |_| ())?;
    }
    Ok(())
}

/// What a strategic merge may change besides content.
#[derive(Default)]
struct Options {
    allow_name_change: bool,
    allow_kind_change: bool,
    /// The options as what decides about values.
    controls: Vec<Input>,
}

impl Options {
    fn read(options: Option<Cursor<'_>>) -> Result<Self> {
        let Some(options) = options else { return Ok(Self::default()) };
        if !options.is_map() {
            return Err(BuildError::new(options.span(), "`options` is a mapping"));
        }
        let bad = options.entries().into_iter().find(|it| it.value.bool().is_none() && !it.value.is_null());
        if let Some(bad) = bad {
            return Err(BuildError::new(bad.value.span(), "an option of a patch is `true` or `false`"));
        }
        let is_on = |name: &str| options.get(name).and_then(|option| option.bool()).unwrap_or(false);
        Ok(Self {
            allow_name_change: is_on("allowNameChange"),
            allow_kind_change: is_on("allowKindChange"),
            controls: vec![Input::control(options.span(), StepId::PARSED)],
        })
    }

    fn allow_any(&self) -> bool {
        self.allow_name_change || self.allow_kind_change
    }
}

/// An entry at work on the objects of a kustomization.
struct AtWork<'s, 'w> {
    stage: &'s mut Stage<'w>,
    schema: &'s MergeSchema,
    resources: &'s mut Vec<Resource>,
    entry: Span,
    options: Options,
}

/// An object that a patch is for.
struct Selected {
    /// Its place among the others.
    index: usize,
    /// What decided that it is.
    controls: Vec<Input>,
}

impl AtWork<'_, '_> {
    /// The objects that a target selects; nothing is an event.
    fn selected(&mut self, selector: &Selector) -> Result<Vec<Selected>> {
        let map = self.stage.map;
        let mut selected = Vec::new();
        for (index, resource) in self.resources.iter().enumerate() {
            if selector.selects(map, resource)? {
                selected.push(Selected { index, controls: selector.controls(map, resource) });
            }
        }
        if selected.is_empty() {
            let message = "the target of this patch selects no object";
            self.stage.no_match(EventKind::PatchNoMatch, selector.span(), message);
        }
        Ok(selected)
    }

    /// The one object that is or was called what a strategic merge says it is for. None, with an event, when something
    /// that is not rendered may contain it.
    fn named(&mut self, merge: &Merge) -> Result<Option<Selected>> {
        let wanted = &merge.id;
        let matches = |resource: &Resource| is_or_was(resource, wanted);
        let mut found =
            (0..self.resources.len()).filter(|&index| self.resources.get(index).is_some_and(matches));
        let place = merge.place(self.stage.map);
        match (found.next(), found.next()) {
            (Some(index), None) => Ok(Some(Selected { index, controls: merge.controls(self.stage.map) })),
            (Some(_), Some(_)) => {
                let message = format!(
                    "several objects are or were called {}: the patch needs a `target`",
                    full(wanted)
                );
                Err(BuildError::new(place, message))
            }
            (None, _) => {
                let like = self.resources.iter().map(|resource| &resource.id);
                let mut like = like.filter(|id| id.gvk.kind == wanted.gvk.kind && id.name == wanted.name);
                let like = like.next().map(|id| format!(", but {}", full(id))).unwrap_or_default();
                let message = format!("the patch matches no object: there is no {}{like}", full(wanted));
                if !self.stage.partial {
                    return Err(BuildError::new(place, message));
                }
                self.stage.no_match(EventKind::PatchNoMatch, place, message);
                Ok(None)
            }
        }
    }

    /// Merges a copy of a patch into objects, as `patches` with a target and `patchesStrategicMerge` do.
    fn merge_copy(&mut self, merge: &Merge, selected: &[Selected], at: Span) -> Result<()> {
        if selected.is_empty() {
            return Ok(());
        }
        let content = merge.content_for_selected(self.stage.map, &self.options);
        self.merge(&content, selected)?;
        if self.options.allow_any() { self.check_unique(at) } else { Ok(()) }
    }

    /// Merges the content of a patch into objects.
    fn merge(&mut self, content: &Tree, selected: &[Selected]) -> Result<()> {
        let mut deleted = Vec::new();
        for &Selected { index, ref controls } in selected {
            let all = [&controls[..], &self.options.controls].concat();
            let Some(resource) = self.resources.get_mut(index) else { continue };
            if &*resource.id.gvk.kind == "Secret" {
                let content = Cursor::new(self.stage.map, content);
                self.stage.secrets.extend(values_for_secret(content));
            }
            if self.options.allow_any() {
                resource.remember_id();
            }
            let (tree, id) = (resource.tree.clone(), resource.id.clone());
            match merge::merge(self.stage, self.schema, resource, content, self.entry, &all)? {
                Outcome::Deleted => deleted.push(index),
                Outcome::Kept => restore(self.stage, resource, &tree, &id, &self.options),
            }
        }
        for index in deleted.into_iter().rev() {
            self.resources.remove(index);
        }
        Ok(())
    }

    /// Applies operations to an object.
    fn operate(
        &mut self,
        selected: &Selected,
        operations: Cursor<'_>,
        before: impl FnOnce(&mut Resource),
    ) -> Result<()> {
        let Some(resource) = self.resources.get_mut(selected.index) else { return Ok(()) };
        if &*resource.id.gvk.kind == "Secret" {
            self.stage.secrets.extend(values_for_secret(operations));
        }
        before(resource);
        // The object goes through JSON, where every field is one of its own.
        resource.links = Links::default();
        json_patch::apply(self.stage, resource, operations, self.entry, &selected.controls)
    }

    /// An error when two objects are called the same now.
    fn check_unique(&self, at: Span) -> Result<()> {
        let ids = self.resources.iter().map(|resource| &resource.id);
        let twice = ids
            .clone()
            .enumerate()
            .find(|(index, id)| ids.clone().take(*index).any(|other| other.equals(id)));
        match twice {
            Some((_, id)) => {
                let message = format!("with this patch two objects are called {}", full(id));
                Err(BuildError::new(at, message))
            }
            None => Ok(()),
        }
    }
}

/// Where the values stand that a patch puts into a Secret: its data, or that of its operations.
pub(in crate::render) fn values_for_secret(patch: Cursor<'_>) -> impl Iterator<Item = Span> + '_ {
    let is_about_data = |operation: &Cursor<'_>| {
        let path = operation.get("path").and_then(|path| path.text()).unwrap_or_default();
        path.is_empty() || path.starts_with("/data") || path.starts_with("/stringData")
    };
    let operations = patch.items().filter(is_about_data).filter_map(|operation| operation.get("value"));
    let data = ["data", "stringData"].into_iter().filter_map(move |field| patch.get(field));
    data.chain(operations).flat_map(|value| value.scalars()).map(|value| value.span())
}

/// Whether an object has, or had, an identity. Kustomize does not remember a former `apiVersion`.
fn is_or_was(resource: &Resource, wanted: &ResId) -> bool {
    let now = &resource.id.gvk;
    now.group == wanted.gvk.group
        && now.version == wanted.gvk.version
        && resource.ids().any(|known| {
            known.name == wanted.name
                && known.gvk.kind == wanted.gvk.kind
                && known.effective_namespace() == wanted.effective_namespace()
        })
}

/// An identity with its `apiVersion`.
fn full(id: &ResId) -> String {
    format!("{} {id}", id.gvk.api_version()).trim_start().to_owned()
}

/// Gives an object back what a patch must not change, and takes a namespace away that is nothing.
fn restore(stage: &Stage<'_>, resource: &mut Resource, before: &Tree, id: &ResId, options: &Options) {
    let map = stage.map;
    let now = &resource.id;
    let kind = !options.allow_kind_change && now.gvk.kind != id.gvk.kind;
    let name = !options.allow_name_change && now.name != id.name;
    let is_empty = resource.root(map).path(&["metadata", "namespace"]).is_some() && now.namespace.is_empty();
    let namespace = now.namespace != id.namespace || is_empty;
    if !kind && !name && !namespace {
        return;
    }
    let before = Cursor::new(map, before);
    let set = |of: &mut Draft, value: Option<Cursor<'_>>| {
        if let Some((key, value)) = value.and_then(|value| Some((value.key()?, value))) {
            of.set(map, Draft::from(key), Draft::from(value));
        }
    };
    resource.change(map, |draft| {
        if kind {
            set(draft, before.get("kind"));
        }
        let Some(old) = before.get("metadata") else { return };
        if draft.get_mut(map, "metadata").is_none_or(|metadata| metadata.kind() != Kind::Map) {
            let key = old.key().map_or_else(|| Draft::word(map, "metadata", StepId::PARSED), Draft::from);
            draft.set(map, key, Draft::map(old.span(), old.step()));
        }
        let Some(metadata) = draft.get_mut(map, "metadata") else { return };
        if name {
            set(metadata, old.get("name"));
        }
        if namespace {
            metadata.remove(map, "namespace");
            set(metadata, old.get("namespace").filter(|_| !id.namespace.is_empty()));
        }
    });
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
