//! A generated object beside those that are there: created, replacing one, or merged into one.
//!
//! Owns what becomes of both (`resWrangler.appendReplaceOrMerge`). The new object takes the place of the old one and
//! keeps of it name, namespace, labels and annotations, and when it is merged also the data; nothing else.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::render::kustomize::error::{BuildError, Result};
use crate::render::kustomize::resource::{Behavior, Resource};
use crate::render::kustomize::stage::Stage;
use crate::source::{Input, InputRole, SourceMap, StepId, StepKind};
use crate::yaml::{Cursor, Draft, Node};

use super::{check_key, string};

/// Adds a generated object.
pub(in crate::render) fn absorb(
    stage: &mut Stage<'_>,
    resources: &mut Vec<Resource>,
    made: Resource,
) -> Result<()> {
    let id = &made.id;
    let matching = |resource: &Resource| resource.ids().any(|known| known.equals(id));
    let found: Vec<usize> =
        resources.iter().enumerate().filter(|(_, resource)| matching(resource)).map(|(at, _)| at).collect();
    let is_merged = match made.behavior {
        Behavior::Merge => Some(true),
        Behavior::Replace => Some(false),
        Behavior::Unspecified | Behavior::Create => None,
    };
    let error = |message: String| Err(BuildError::new(made.origin, message));
    let (at, is_merged) = match (found.as_slice(), is_merged) {
        // What is to be merged may be in a base that could not be rendered; what the entry says is known all the same.
        ([], behavior) if behavior.is_none() || stage.partial => {
            resources.push(made);
            return Ok(());
        }
        ([], _) => return error(format!("there is no {id} to merge with or to replace")),
        ([at], Some(is_merged)) => (*at, is_merged),
        ([_], None) => {
            return error(format!("{id} is there already; say `behavior: merge` or `behavior: replace`"));
        }
        _ => return error(format!("several objects could be meant by {id}")),
    };
    let old = &resources[at];
    if old.id.gvk != id.gvk {
        return error(format!("{id} has become a {} before it is merged or replaced", old.id.gvk.kind));
    }
    resources[at] = replaced(stage, made, old, is_merged)?;
    Ok(())
}

/// The new object in the place of the old one.
fn replaced(stage: &Stage<'_>, made: Resource, old: &Resource, is_merged: bool) -> Result<Resource> {
    let map = stage.map;
    let tree = made.tree.clone();
    let mut new = Resource {
        previous: old.previous.clone(),
        prefixes: old.prefixes.clone(),
        suffixes: old.suffixes.clone(),
        transformers: old.transformers.clone(),
        allow_name_change: old.allow_name_change,
        allow_kind_change: old.allow_kind_change,
        // The first to make the object says what it is; a hash is wanted only where both want it.
        behavior: old.behavior,
        needs_hash: made.needs_hash && old.needs_hash,
        ..made
    };
    let (made, kept) = (Cursor::new(map, &tree), old.root(map));
    let joint = Joint { stage, made };
    let mut draft = Draft::from(made);
    joint.metadata(&mut draft, kept)?;
    if is_merged {
        for field in ["data", "binaryData"] {
            joint.map(&mut draft, made, kept, field)?;
        }
        for field in ["apiVersion", "kind"] {
            take(map, &mut draft, kept, field);
        }
        new.origin = old.origin;
        new.generator.clone_from(&old.generator);
        new.removed.clone_from(&old.removed);
    }
    new.set_tree(map, draft.freeze());
    Ok(new)
}

/// Two objects that become one.
struct Joint<'a, 'w> {
    stage: &'a Stage<'w>,
    /// The new one.
    made: Cursor<'a>,
}

impl Joint<'_, '_> {
    fn metadata(&self, draft: &mut Draft, kept: Cursor<'_>) -> Result<()> {
        let map = self.stage.map;
        let (Some(made), Some(kept)) = (self.made.get("metadata"), kept.get("metadata")) else {
            return Ok(());
        };
        let Some(metadata) = draft.get_mut(map, "metadata") else { return Ok(()) };
        for field in ["labels", "annotations"] {
            self.map(metadata, made, kept, field)?;
        }
        for field in ["name", "namespace"] {
            take(map, metadata, kept, field);
        }
        // What the new entry says about hashes decides about the name, which is the old one's otherwise.
        let said = made.get("name").and_then(|name| map.step(name.step()));
        let said = said.into_iter().flat_map(|step| step.inputs.iter().copied());
        let mut inputs: Vec<Input> = said.filter(|input| input.role == InputRole::Control).collect();
        if let Some(name) = kept.get("name").filter(|_| !inputs.is_empty()) {
            inputs.insert(0, Input::value(name.span(), name.step()));
            let step = self.stage.step(StepKind::Generator, self.made.span(), &inputs, name.step());
            if let Some(taken) = metadata.get_mut(map, "name") {
                *taken = Draft::put(&name.tree(), step);
            }
        }
        Ok(())
    }

    /// The entries of both maps, sorted; the new ones win. All values become strings.
    fn map(&self, to: &mut Draft, made: Cursor<'_>, kept: Cursor<'_>, field: &str) -> Result<()> {
        let map = self.stage.map;
        let mut all: BTreeMap<Cow<'_, str>, (Draft, Draft)> = BTreeMap::new();
        for entry in kept.get(field).map(|kept| kept.entries()).unwrap_or_default() {
            let key = entry.key.text().unwrap_or_default();
            check_key(&key, entry.key.span())?;
            all.insert(key, (Draft::from(entry.key), self.as_text(entry.value)));
        }
        let own = made.get(field);
        for entry in own.map(|own| own.entries()).unwrap_or_default() {
            let key = entry.key.text().unwrap_or_default();
            let old = all.get(&key).map(|(key, old)| (key.node(), old.node()));
            all.insert(key, (Draft::from(entry.key), self.over(entry.value, old)));
        }
        if all.is_empty() {
            to.remove(map, field);
            return Ok(());
        }
        let Some((key, mut joint)) = own
            .or_else(|| kept.get(field))
            .and_then(|joint| Some((Draft::from(joint.key()?), Draft::map(joint.span(), joint.step()))))
        else {
            return Ok(());
        };
        if let Some(entries) = joint.entries_mut() {
            entries.extend(all.into_values());
        }
        to.set(map, key, joint);
        Ok(())
    }

    /// A value of the new object in the place of an old one.
    fn over(&self, value: Cursor<'_>, old: Option<(Node, Node)>) -> Draft {
        let map = self.stage.map;
        // What `generatorOptions` say is the same for both.
        let old = old.filter(|(_, old)| old.span != value.span());
        let (Some((key, old)), Some(step)) = (old, map.step(value.step())) else { return Draft::from(value) };
        let mut inputs = step.inputs.to_vec();
        inputs.push(Input::replaced(old.span, old.step));
        inputs.push(Input::control(key.span, key.step));
        let (what, entry) = (step.what, step.entry);
        Draft::put(&value.tree(), self.stage.step(what, entry, &inputs, old.step))
    }

    /// A value of the old object as Kustomize reads it for a merge: its text, of which a null and a collection have
    /// none.
    fn as_text(&self, value: Cursor<'_>) -> Draft {
        let map = self.stage.map;
        if value.is_null() || value.text().is_none() {
            let old = Draft::from(value);
            let step = self.stage.replacing(StepKind::Generator, self.made.span(), &[], &old);
            return Draft::text(map.word(""), step);
        }
        string(map, value, value.step())
    }
}

/// Takes a field as the old object has it.
fn take(map: &SourceMap, to: &mut Draft, kept: Cursor<'_>, name: &str) {
    match kept.get(name).filter(|value| !value.is_null()) {
        Some(value) => {
            let key = value.key().map_or_else(|| Draft::word(map, name, StepId::PARSED), Draft::from);
            to.set(map, key, Draft::from(value));
        }
        None => {
            to.remove(map, name);
        }
    }
}
