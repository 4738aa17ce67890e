//! Patches whose object is selected for them.
//!
//! Owns what Kustomize does to a patch on that way (`resWrangler.ApplySmPatch`), and not to one that finds its object
//! by its own name. Must not know how an object is selected.

use crate::source::SourceMap;
use crate::yaml::{Cursor, Draft, Tree};

use super::super::stage::part_of;
use super::is_string;

/// The patch as it is merged when it has a `target`, or stands under `patchesStrategicMerge`.
///
/// It gets the `apiVersion` of its object, so its own is dropped. Labels and annotations are copied as texts: a null,
/// which deletes a label elsewhere, sets it to `"null"` here, and a whole field that is null or empty says nothing.
/// `$patch` in them is a text anyway.
pub(in crate::render) fn for_selected(map: &SourceMap, patch: &Tree) -> Tree {
    let root = Cursor::new(map, patch);
    let mut draft = Draft::new(patch);
    draft.remove(map, "apiVersion");
    for name in ["labels", "annotations"] {
        let Some(field) = root.path(&["metadata", name]) else { continue };
        let Some(metadata) = draft.get_mut(map, "metadata") else { continue };
        let entries = field.entries();
        if entries.is_empty() {
            metadata.remove(map, name);
        }
        let values = entries.into_iter().map(|entry| entry.value).enumerate();
        for (at, value) in values.filter(|(_, value)| !is_string(*value)) {
            let length = value.text().map_or(0, |text| text.len());
            let text = match value.text() {
                Some(_) => part_of(map, value, 0, length, value.step()),
                None => Draft::text(value.span().part(0, 0), value.step()),
            };
            let of = metadata.get_mut(map, name).and_then(Draft::entries_mut);
            if let Some((_, old)) = of.and_then(|entries| entries.get_mut(at)) {
                *old = text;
            }
        }
    }
    draft.freeze()
}
