//! `replicas`: how many pods a workload has, by its name.

use crate::source::{Input, StepId, StepKind};
use crate::yaml::{Cursor, Draft, Kind};

use super::error::{BuildError, Result};
use super::facts::FieldSpec;
use super::fields::{Create, visit};
use super::resource::Resource;
use super::stage::Stage;

/// Applies one entry: `name` and `count`.
pub(in crate::render) fn apply(
    stage: &mut Stage<'_>,
    resources: &mut [Resource],
    entry: Cursor<'_>,
    specs: &[FieldSpec],
) -> Result<()> {
    let map = stage.map;
    let name = entry.get("name").and_then(|name| name.text()).unwrap_or_default();
    let count = entry.get("count").filter(|count| !count.is_null());
    let count = count.ok_or_else(|| BuildError::new(entry.span(), "`count` is needed"))?;
    let mut found = false;
    for spec in specs {
        for resource in resources.iter_mut() {
            let is_meant = resource.ids().any(|id| {
                *id.name == *name && spec.selects(&id.gvk.group, &id.gvk.version, &id.gvk.kind)
            });
            if !is_meant {
                continue;
            }
            found = true;
            let gvk = resource.id.gvk.clone();
            if !spec.selects(&gvk.group, &gvk.version, &gvk.kind) {
                continue;
            }
            resource.change(map, |draft| {
                let create = spec.create.then(|| Create {
                    kind: Kind::Scalar,
                    span: count.span(),
                    step: stage.step(StepKind::Replicas, entry.span(), &[], StepId::PARSED),
                });
                visit(map, draft, spec.path(), create.as_ref(), &mut |field| {
                    let inputs = [Input::value(count.span(), count.step())];
                    let step = match field.is_null(map) {
                        true => stage.step(StepKind::Replicas, entry.span(), &inputs, StepId::PARSED),
                        false => stage.replacing(StepKind::Replicas, entry.span(), &inputs, field),
                    };
                    *field = Draft::put(&count.tree(), step);
                    Ok(())
                })
            })?;
        }
    }
    match found {
        true => Ok(()),
        false => {
            let at = entry.get("name").unwrap_or(entry).span();
            Err(BuildError::new(at, format!("`replicas` names `{name}`, and no workload is called that")))
        }
    }
}
