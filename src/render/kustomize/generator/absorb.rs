//! A generated object beside those that are there: created, replacing one, or merged into one.

use crate::source::SourceMap;
use crate::yaml::{Cursor, Draft, Tree};

use crate::render::kustomize::error::{BuildError, Result};
use crate::render::kustomize::resource::{Behavior, Resource};
use crate::render::kustomize::stage::Stage;

/// Adds a generated object.
pub(in crate::render) fn absorb(
    stage: &mut Stage<'_>,
    resources: &mut Vec<Resource>,
    made: Resource,
) -> Result<()> {
    let map = stage.map;
    let id = made.id.clone();
    let matching = |resource: &Resource| resource.ids().any(|known| known.equals(&id));
    let found: Vec<usize> =
        resources.iter().enumerate().filter(|(_, resource)| matching(resource)).map(|(at, _)| at).collect();
    let at = match found.as_slice() {
        // What it would change may be among the objects that are not rendered; so is what would come of it.
        [] if matches!(made.behavior, Behavior::Merge | Behavior::Replace) && stage.partial => return Ok(()),
        [] if matches!(made.behavior, Behavior::Merge | Behavior::Replace) => {
            return Err(BuildError::new(made.origin, format!("there is no {id} to merge with or to replace")));
        }
        [] => {
            resources.push(made);
            return Ok(());
        }
        [at] => *at,
        _ => return Err(BuildError::new(made.origin, format!("several objects could be meant by {id}"))),
    };
    let old = &resources[at];
    let mut new = Resource { previous: old.previous.clone(), ..made };
    new.prefixes.clone_from(&old.prefixes);
    new.suffixes.clone_from(&old.suffixes);
    new.transformers.clone_from(&old.transformers);
    match new.behavior {
        Behavior::Replace => take(map, &mut new, old, &[]),
        Behavior::Merge => {
            take(map, &mut new, old, &["data", "binaryData"]);
            new.origin = old.origin;
        }
        Behavior::Unspecified | Behavior::Create => {
            let message = format!("{id} is there already; say `behavior: merge` or `behavior: replace`");
            return Err(BuildError::new(new.origin, message));
        }
    }
    // The hash is wanted only where both want it, and the first to make the object says what it is.
    new.needs_hash = new.needs_hash && old.needs_hash;
    new.behavior = old.behavior;
    resources[at] = new;
    Ok(())
}

/// Takes name and namespace of the old object, and what the new one does not set itself in its labels, annotations
/// and the given maps.
fn take(map: &SourceMap, new: &mut Resource, old: &Resource, maps: &[&str]) {
    let old = Cursor::new(map, &old.tree);
    new.change(map, |draft| {
        for field in maps {
            merge_map(map, draft, old, field);
        }
        let Some(old_metadata) = old.get("metadata") else { return };
        let Some(metadata) = draft.get_mut(map, "metadata") else { return };
        for field in ["labels", "annotations"] {
            merge_map(map, metadata, old_metadata, field);
        }
        for field in ["name", "namespace"] {
            match old_metadata.get(field) {
                Some(value) => {
                    metadata.set(map, key_of(map, value, field), Draft::from(value));
                }
                None => {
                    metadata.remove(map, field);
                }
            }
        }
    });
}

/// Puts the entries of the old map in front of those of the new one, which win.
fn merge_map(map: &SourceMap, new: &mut Draft, old: Cursor<'_>, field: &str) {
    let Some(old_map) = old.get(field).filter(|value| value.is_map()) else { return };
    let mut merged = Draft::from(old_map);
    let own = new.get_mut(map, field).and_then(Draft::entries_mut).map(std::mem::take).unwrap_or_default();
    for (key, value) in own {
        merged.set(map, key, value);
    }
    new.set(map, key_of(map, old_map, field), merged);
}

fn key_of(map: &SourceMap, value: Cursor<'_>, name: &str) -> Draft {
    let key: Option<Tree> = value.key().map(|key| key.tree());
    key.map_or_else(|| Draft::word(map, name, value.step()), |key| Draft::new(&key))
}
