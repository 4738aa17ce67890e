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
        if value.text().is_none() {
            return Err(BuildError::new(value.span(), format!("`{name}` must be a string")));
        }
        // Kustomize writes keys without quotes, and fails on what it then reads.
        if !matches!(resolve(&name, Schema::GoYamlV3), Typed::Str(_)) {
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

#[cfg(test)]
mod tests {
    use super::super::testing::{spec, transformed};
    use super::*;

    const SPECS: &[&str] = &[
        "+// metadata/labels",
        "+//Service spec/selector",
        "+//Deployment spec/template/metadata/labels",
        "//Deployment spec/affinity/terms/matchLabels",
    ];

    #[test]
    fn labels_are_set() {
        let deployment =
            "{kind: Deployment, metadata: {name: d}, spec: {affinity: {terms: [{matchLabels: {a: x}}]}}}";
        for (objects, pairs, expected) in [
            (
                "{kind: Service, metadata: {name: s, labels: {a: old}}}",
                "{a: new, b: c}",
                &[
                    "s metadata.labels.a = \"new\" (c:1:5 new)",
                    "s metadata.labels.b = \"c\" (c:1:13 c)",
                    "s spec.selector.a = \"new\" (c:1:5 new)",
                    "s spec.selector.b = \"c\" (c:1:13 c)",
                ][..],
            ),
            (
                deployment,
                "a: b",
                &[
                    "d metadata.labels.a = \"b\" (c:1:4 b)",
                    "d spec.affinity.terms[0].matchLabels.a = \"b\" (c:1:4 b)",
                    "d spec.template.metadata.labels.a = \"b\" (c:1:4 b)",
                ],
            ),
            // Whatever a value looks like, it becomes a string; nothing is the empty one.
            (
                "{kind: A, metadata: {name: a, labels: }}",
                "a: 2024-01-15\nb: '5'\nc: true\nd: 0x10\ne:\nf: \"\\t\"",
                &[
                    "a metadata.labels.a = \"2024-01-15\" (c:1:4 2024-01-15)",
                    "a metadata.labels.b = \"5\" (c:2:5 5)",
                    "a metadata.labels.c = \"true\" (c:3:4 true)",
                    "a metadata.labels.d = \"16\" (c:4:4 0x10)",
                    "a metadata.labels.e = \"\" (c:5:3 )",
                    "a metadata.labels.f = \"\\t\" (c:6:5 \\t)",
                ],
            ),
            ("{kind: A, metadata: {name: a}}", "{}", &[]),
            ("{kind: A, metadata: {name: a}}", "a: []", &["error c:1:4 []: `a` must be a string"]),
            (
                "{kind: A, metadata: {name: a}}",
                "'1': a",
                &["error c:1:1 '1': `1` cannot be a key: Kustomize would not read it as a string"],
            ),
            (
                "{kind: A, metadata: {name: a, labels: [b]}}",
                "a: b",
                &["error o:1:39 [b]: `metadata/labels` must be a mapping"],
            ),
        ] {
            let specs: Vec<FieldSpec> = SPECS.iter().map(|text| spec(text)).collect();
            let found = transformed(objects, pairs, |stage, resources, pairs| {
                apply(stage, resources, pairs.span(), pairs, &specs, StepKind::Labels)
            });
            assert_eq!(found, expected, "{objects} {pairs}");
        }
    }

    #[test]
    fn a_step_names_the_entry_and_what_it_replaced() {
        use super::super::testing::{files, origins, resources, stage, trees};
        let map = files(&[
            ("c", "{pairs: {a: new, b: c}, includeSelectors: true}"),
            ("o", "{kind: A, metadata: {name: a, labels: {a: old}}}"),
        ]);
        let (mut objects, config) = (resources(&map, 1), trees(&map, 0));
        let item = Cursor::new(&map, &config[0]);
        let pairs = item.get("pairs").unwrap_or(item);
        let specs = [spec("+// metadata/labels")];
        let mut stage = stage(&map);
        let result = apply(&mut stage, &mut objects, item.span(), pairs, &specs, StepKind::Labels);
        assert_eq!(result, Ok(()));
        let entry = "labels c:1:1 {pairs: {a: new, b: c}, includeSelectors: true}";
        let expected = [
            format!("metadata.labels.a = c:1:13 new | {entry}; value c:1:13 new; replaced o:1:43 old"),
            format!("metadata.labels.b = c:1:21 c | {entry}; value c:1:21 c"),
        ];
        assert_eq!(origins(&map, &objects[0].tree), expected);
    }
}
