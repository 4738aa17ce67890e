//! `replicas`: how many pods a workload has, by its name.

use crate::source::{Span, StepKind};
use crate::yaml::{Cursor, Kind};

use super::error::{BuildError, Result};
use super::facts::FieldSpec;
use super::fields::{expect, reaches, visit};
use super::resource::{ResId, Resource};
use super::setter::Setter;
use super::stage::{Stage, string_field};

/// Sets the `count` of the workloads called `name`, as `entry` asks.
pub(in crate::render) fn apply(
    stage: &mut Stage<'_>,
    resources: &mut [Resource],
    entry: Span,
    replica: Cursor<'_>,
    specs: &[FieldSpec],
) -> Result<()> {
    let map = stage.map;
    let name = string_field(replica, "name")?.unwrap_or_default();
    let count = replica.get("count").filter(|count| !count.is_null());
    let number = match count {
        Some(count) => {
            count.int().ok_or_else(|| BuildError::new(count.span(), "`count` must be a whole number"))?
        }
        // Go cannot tell a count that is absent from none at all.
        None => 0,
    };
    let count = count.unwrap_or(replica);
    let setter = Setter::new(stage, StepKind::Replicas, entry, count).spelled(&number.to_string());
    let mut is_found = false;
    for spec in specs {
        let is_meant =
            |id: &ResId| *id.name == *name && spec.selects(&id.gvk.group, &id.gvk.version, &id.gvk.kind);
        for resource in resources.iter_mut().filter(|resource| resource.ids().any(is_meant)) {
            is_found = true;
            let gvk = &resource.id.gvk;
            let applies = spec.selects(&gvk.group, &gvk.version, &gvk.kind);
            if !applies || !reaches(resource.root(map), spec.path(), spec.create) {
                continue;
            }
            let create = setter.create(Kind::Scalar);
            resource.change(map, |draft| {
                visit(map, draft, spec.path(), spec.create.then_some(&create), &mut |field| {
                    expect(map, field, Kind::Scalar, &format!("`{}`", spec.path))?;
                    *field = setter.text_over(field);
                    Ok(())
                })
            })?;
        }
    }
    // What is not rendered may be what is meant.
    if is_found || stage.partial {
        return Ok(());
    }
    let at = replica.get("name").unwrap_or(replica).span();
    Err(BuildError::new(at, format!("`replicas` names `{name}`, and no workload is called that")))
}
