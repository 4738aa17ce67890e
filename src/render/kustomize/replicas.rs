//! `replicas`: how many pods a workload has, by its name.

use crate::source::{Span, StepKind};
use crate::yaml::{Cursor, Kind};

use super::error::{BuildError, Result};
use super::facts::FieldSpec;
use super::fields::{expect, reaches, visit};
use super::resource::{ResId, Resource};
use super::setter::Setter;
use super::stage::{Stage, field, string_field};

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
    let count = field(replica, "count");
    let number = match count {
        Some(count) => {
            count.int().ok_or_else(|| BuildError::new(count.span(), "`count` must be a whole number"))?
        }
        // Go cannot tell a count that is absent from none at all.
        None => 0,
    };
    let count = count.unwrap_or(replica);
    let setter = Setter::with_text(stage, StepKind::Replicas, entry, count, &number.to_string());
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
    let at = field(replica, "name").unwrap_or(replica).span();
    Err(BuildError::new(at, format!("`replicas` names `{name}`, and no workload is called that")))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{spec, transformed};
    use super::*;

    #[test]
    fn counts_are_set() {
        for (objects, replica, expected) in [
            (
                "{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {replicas: 1}}",
                "{name: a, count: 3}",
                &["a spec.replicas = 3 (c:1:18 3)"][..],
            ),
            (
                "{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}}",
                "{name: a, count: 0x10}",
                &["a spec.replicas = 16 (c:1:18 0x10)"],
            ),
            // What is quoted stays so, which the API server will refuse.
            (
                "{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {replicas: '1'}}",
                "{name: a, count: 3}",
                &["a spec.replicas = \"3\" (c:1:18 3)"],
            ),
            (
                "{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {replicas: }}",
                "{name: a}",
                &["a spec.replicas = 0 (c:1:1 {name: a})"],
            ),
            // Every workload of the name, and nothing else.
            (
                "{kind: ReplicaSet, metadata: {name: a}}\n---\n{kind: Service, metadata: {name: a}}\n---\n\
                 {kind: Deployment, metadata: {name: a, namespace: b}}",
                "{Name: a, count: 2}",
                &["a spec.replicas = 2 (c:1:18 2)", "a spec.replicas = 2 (c:1:18 2)"],
            ),
            (
                "{kind: Service, metadata: {name: a}}",
                "{name: a, count: 1}",
                &["error c:1:8 a: `replicas` names `a`, and no workload is called that"],
            ),
            (
                "{kind: Deployment, metadata: {name: a}, spec: {replicas: {}}}",
                "{name: a, count: 1}",
                &["error o:1:58 {}: `spec/replicas` must be a scalar"],
            ),
            (
                "{kind: Deployment, metadata: {name: a}}",
                "{name: a, count: x}",
                &["error c:1:18 x: `count` must be a whole number"],
            ),
        ] {
            let specs = ["+//Deployment spec/replicas", "+//ReplicaSet spec/replicas"].map(spec);
            let found = transformed(objects, replica, |stage, resources, replica| {
                apply(stage, resources, replica.span(), replica, &specs)
            });
            assert_eq!(found, expected, "{objects} {replica}");
        }
    }

    #[test]
    fn earlier_names_count_and_parts_that_are_not_rendered_may_hold_the_workload() {
        let object = "{kind: Deployment, metadata: {name: now}}";
        let specs = [spec("+//Deployment spec/replicas")];
        let found = transformed(object, "{name: before, count: 1}", |stage, resources, replica| {
            resources[0].previous.push(ResId { name: "before".into(), ..resources[0].id.clone() });
            apply(stage, resources, replica.span(), replica, &specs)
        });
        assert_eq!(found, ["now spec.replicas = 1 (c:1:23 1)"]);
        let found = transformed(object, "{name: other, count: 1}", |stage, resources, replica| {
            stage.partial = true;
            apply(stage, resources, replica.span(), replica, &specs)
        });
        assert_eq!(found, [""; 0]);
    }
}
