//! `labels`, `commonLabels` and `commonAnnotations`: pairs put into many maps.

use crate::source::{Input, SourceMap, StepId, StepKind};
use crate::yaml::{Cursor, Draft, Entry, Kind};

use super::error::{BuildError, Result};
use super::facts::FieldSpec;
use super::fields::{Create, reaches, visit};
use super::resource::Resource;
use super::stage::Stage;

/// Puts `pairs` into the maps that `specs` lead to.
pub(in crate::render) fn apply(
    stage: &mut Stage<'_>,
    resources: &mut [Resource],
    pairs: Cursor<'_>,
    specs: &[FieldSpec],
    what: StepKind,
) -> Result<()> {
    let map = stage.map;
    let mut entries = pairs.entries();
    entries.sort_by_key(|entry| entry.key.text().map(|key| key.into_owned()));
    if entries.is_empty() {
        return Ok(());
    }
    for resource in resources {
        let gvk = resource.id.gvk.clone();
        let root = resource.root(map);
        let specs: Vec<&FieldSpec> = specs
            .iter()
            .filter(|spec| spec.selects(&gvk.group, &gvk.version, &gvk.kind))
            .filter(|spec| reaches(root, spec.path(), spec.create))
            .collect();
        if specs.is_empty() {
            continue;
        }
        resource.change(map, |draft| {
            for spec in specs {
                let create = spec.create.then(|| Create {
                    kind: Kind::Map,
                    span: pairs.span(),
                    step: stage.step(what, pairs.span(), &[], StepId::PARSED),
                });
                visit(map, draft, spec.path(), create.as_ref(), &mut |field| set(stage, field, &entries, what))?;
            }
            Ok(())
        })?;
    }
    Ok(())
}

/// A value as the text that labels are: documents of plugins may have numbers and booleans there.
fn text_of(map: &SourceMap, value: Cursor<'_>, step: StepId) -> Draft {
    if value.string().is_some() {
        return Draft::put(&value.tree(), step);
    }
    let text = value.bool().map(|value| value.to_string());
    let text = text.unwrap_or_else(|| value.text().unwrap_or_default().into_owned());
    Draft::text(map.compose(&[(&text, Some((value.span(), value.step())))]), step)
}

fn set(stage: &Stage<'_>, field: &mut Draft, entries: &[Entry<'_>], what: StepKind) -> Result<()> {
    let map = stage.map;
    for entry in entries {
        let (key, value) = (entry.key, entry.value);
        let inputs = [Input::value(value.span(), value.step())];
        let name = key.text().unwrap_or_default();
        let step = match field.get_mut(map, &name) {
            Some(old) => stage.replacing(what, value.span(), &inputs, old),
            None => stage.step(what, value.span(), &inputs, StepId::PARSED),
        };
        if !field.set(map, Draft::put(&key.tree(), step), text_of(map, value, step)) {
            return Err(BuildError::new(field.node().span, "labels and annotations stand in a mapping"));
        }
    }
    Ok(())
}
