//! `labels`, `commonLabels` and `commonAnnotations`: pairs put into many maps.

use std::borrow::Cow;

use crate::source::{Span, StepKind};
use crate::yaml::{Cursor, Draft, Kind, Schema, Typed, resolve};

use super::error::{BuildError, Result};
use super::facts::FieldSpec;
use super::fields::{expect, reaches, visit};
use super::resource::Resource;
use super::setter::Setter;
use super::stage::Stage;

/// Puts `pairs` into the maps that `specs` lead to, as `entry` asks.
pub(in crate::render) fn apply(
    stage: &mut Stage<'_>,
    resources: &mut [Resource],
    entry: Span,
    pairs: Cursor<'_>,
    specs: &[FieldSpec],
    what: StepKind,
) -> Result<()> {
    let map = stage.map;
    let entries = pairs.entries().into_iter();
    let pairs =
        entries.map(|it| Pair::new(stage, what, entry, it.key, it.value)).collect::<Result<Vec<_>>>()?;
    let Some(first) = pairs.first() else { return Ok(()) };
    for resource in resources {
        let gvk = &resource.id.gvk;
        let root = resource.root(map);
        let specs: Vec<&FieldSpec> = specs
            .iter()
            .filter(|spec| spec.selects(&gvk.group, &gvk.version, &gvk.kind))
            .filter(|spec| reaches(root, spec.path(), spec.create))
            .collect();
        if specs.is_empty() {
            continue;
        }
        let create = first.setter.create(Kind::Map);
        resource.change(map, |draft| {
            specs.iter().try_for_each(|spec| {
                let create = spec.create.then_some(&create);
                visit(map, draft, spec.path(), create, &mut |field| {
                    expect(map, field, Kind::Map, &format!("`{}`", spec.path))?;
                    pairs.iter().for_each(|pair| pair.put(field));
                    Ok(())
                })
            })
        })?;
    }
    Ok(())
}

/// A key and its value.
struct Pair<'a, 'w> {
    key: Cursor<'a>,
    name: Cow<'a, str>,
    setter: Setter<'a, 'w>,
}

impl<'a, 'w> Pair<'a, 'w> {
    fn new(
        stage: &'a Stage<'w>,
        what: StepKind,
        entry: Span,
        key: Cursor<'a>,
        value: Cursor<'a>,
    ) -> Result<Self> {
        let name = key.text().unwrap_or_default();
        if !value.is_null() && value.string().is_none() {
            return Err(BuildError::new(
                value.span(),
                format!("`{name}` must be a string; put it in quotes"),
            ));
        }
        // Kustomize writes keys without quotes, and fails on what it then reads.
        if key.string().is_none() || !matches!(resolve(&name, Schema::GoYamlV3), Typed::Str(_)) {
            let message = format!("`{name}` cannot be a key: Kustomize would not read it as a string");
            return Err(BuildError::new(key.span(), message));
        }
        Ok(Self { key, name, setter: Setter::new(stage, what, entry, value) })
    }

    fn put(&self, field: &mut Draft) {
        let map = self.key.map();
        match field.get_mut(map, &self.name) {
            Some(old) => *old = self.setter.string_over(old, &[]),
            None => {
                let value = self.setter.string();
                field.set(map, Draft::put(&self.key.tree(), value.node().step), value);
            }
        }
    }
}
