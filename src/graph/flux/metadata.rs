//! `commonMetadata`: labels and annotations that are set on everything a Kustomization applies.
//!
//! Source: <https://fluxcd.io/flux/components/kustomize/kustomizations/#common-metadata>.

use crate::graph::Context;
use crate::model::Object;
use crate::source::{Input, Step, StepId, StepKind};
use crate::yaml::{Cursor, Draft};

/// Sets what `commonMetadata` of the spec says.
pub fn apply(context: &Context<'_>, spec: Cursor<'_>, objects: &mut [Object]) {
    let Some(common) = spec.get("commonMetadata") else { return };
    for (field, what) in [("labels", StepKind::Labels), ("annotations", StepKind::Annotations)] {
        let entries = common.get(field).map(|fields| fields.entries()).unwrap_or_default();
        for entry in entries {
            objects.iter_mut().for_each(|object| set(context, object, field, what, entry.key, entry.value));
        }
    }
}

fn set(
    context: &Context<'_>,
    object: &mut Object,
    field: &str,
    what: StepKind,
    key: Cursor<'_>,
    value: Cursor<'_>,
) {
    let map = context.map;
    let name = key.text().unwrap_or_default();
    let old = Cursor::new(map, &object.tree)
        .path(&["metadata", field])
        .and_then(|fields| fields.get(&name))
        .map(|old| (old.text(), old.span(), old.step()));
    if old.as_ref().is_some_and(|(text, ..)| *text == value.text()) {
        return;
    }
    let mut inputs = vec![Input::value(value.span(), value.step())];
    let previous = old.map_or(StepId::PARSED, |(_, span, step)| {
        inputs.push(Input::replaced(span, step));
        step
    });
    let step = map.record(Step { what, entry: value.span(), inputs: inputs.into(), previous });
    let mut draft = Draft::new(&object.tree);
    let fields = draft
        .map_at(map, "metadata", value.span(), step)
        .and_then(|metadata| metadata.map_at(map, field, value.span(), step));
    let set = fields.is_some_and(|fields| {
        fields.set(map, Draft::from(key).into_key(map), Draft::put(&value.tree(), step))
    });
    if set {
        object.set_tree(map, draft.freeze());
    }
}
