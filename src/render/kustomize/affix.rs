//! `namePrefix` and `nameSuffix`.

use crate::source::{Input, Span, StepId, StepKind};
use crate::yaml::{Cursor, Draft, Kind};

use super::error::Result;
use super::facts::FieldSpec;
use super::fields::{Create, expect, reaches, visit};
use super::go;
use super::resource::Resource;
use super::setter::{in_style_of, part};
use super::stage::Stage;

/// Which end of a name is extended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::render) enum Affix {
    Prefix,
    Suffix,
}

/// Kinds whose names mean something to others, with their groups where they matter: Kustomize's own list.
const KEPT: [(&str, &str); 3] =
    [("", "CustomResourceDefinition"), ("apiregistration.k8s.io", "APIService"), ("", "Namespace")];

/// Extends the names of all objects by `value`, as `entry` asks.
pub(in crate::render) fn apply(
    stage: &mut Stage<'_>,
    resources: &mut [Resource],
    entry: Span,
    value: Cursor<'_>,
    affix: Affix,
    specs: &[FieldSpec],
) -> Result<()> {
    let map = stage.map;
    let text = go::text(value).unwrap_or_default();
    let extension = Extension { stage, entry, value, text: &text, affix };
    for resource in resources {
        // What an object is at first decides, not what patches have made of it.
        let original = resource.original().gvk.clone();
        let is_kept = |&(group, kind): &(&str, &str)| {
            *original.kind == *kind && (group.is_empty() || *original.group == *group)
        };
        if KEPT.iter().any(is_kept) {
            continue;
        }
        for spec in specs {
            if !spec.selects(&original.group, &original.version, &original.kind) {
                continue;
            }
            if spec.path == "metadata/name" && !text.is_empty() {
                let affixes = match affix {
                    Affix::Prefix => &mut resource.prefixes,
                    Affix::Suffix => &mut resource.suffixes,
                };
                affixes.push((&*text).into());
                resource.remember_id();
            }
            let gvk = &resource.id.gvk;
            let applies = spec.selects(&gvk.group, &gvk.version, &gvk.kind);
            if !applies || !reaches(resource.root(map), spec.path(), spec.create) {
                continue;
            }
            let create = spec.create.then(|| extension.create());
            resource.change(map, |draft| {
                visit(map, draft, spec.path(), create.as_ref(), &mut |name| extension.extend(name))
            })?;
        }
    }
    Ok(())
}

struct Extension<'a, 'w> {
    stage: &'a Stage<'w>,
    entry: Span,
    value: Cursor<'a>,
    text: &'a str,
    affix: Affix,
}

impl Extension<'_, '_> {
    fn create(&self) -> Create {
        let step = self.stage.step(StepKind::NameAffix, self.entry, &[], StepId::PARSED);
        Create { kind: Kind::Scalar, span: self.entry, step }
    }

    fn extend(&self, name: &mut Draft) -> Result<()> {
        let map = self.stage.map;
        expect(map, name, Kind::Scalar, "a name")?;
        let node = name.node();
        let old = name.scalar(map).unwrap_or_default();
        // The name itself is what a person edits; the affix is why it is longer.
        let inputs = [Input::value(node.span, node.step), Input::value(self.value.span(), self.value.step())];
        let step = self.stage.step(StepKind::NameAffix, self.entry, &inputs, node.step);
        let added = (self.text, Some((self.value.part(0, self.text.len()), self.value.step())));
        let kept = (&*old, Some((part(map, name, 0, old.len()), node.step)));
        let parts = match self.affix {
            Affix::Prefix => [added, kept],
            Affix::Suffix => [kept, added],
        };
        *name = in_style_of(map, name, map.compose(&parts), step);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{files, origins, resources, spec, stage, transformed, trees};
    use super::*;

    #[test]
    fn names_are_extended() {
        let text = "prefix: p-";
        for (objects, affix, expected) in [
            (
                "{kind: A, metadata: {name: a}}",
                Affix::Prefix,
                &["p-a metadata.name = \"p-a\" (o:1:28 a)"][..],
            ),
            (
                "{kind: A, metadata: {name: 'a'}}",
                Affix::Suffix,
                &["ap- metadata.name = \"ap-\" (o:1:28 'a')"],
            ),
            ("{kind: CustomResourceDefinition, metadata: {name: a}}", Affix::Prefix, &[]),
            (
                "{apiVersion: apiregistration.k8s.io/v1, kind: APIService, metadata: {name: a}}",
                Affix::Prefix,
                &[],
            ),
            (
                "{apiVersion: v1, kind: APIService, metadata: {name: a}}",
                Affix::Prefix,
                &["p-a metadata.name = \"p-a\" (o:1:53 a)"],
            ),
            ("{apiVersion: a/v1, kind: Namespace, metadata: {name: a}}", Affix::Prefix, &[]),
            (
                "{kind: B, metadata: {name: a}}",
                Affix::Prefix,
                &["p-a metadata.name = \"p-a\" (o:1:28 a)", "p-a spec.name = \"p-\" (c:1:9 p-)"],
            ),
            ("{kind: A, metadata: {name: {}}}", Affix::Prefix, &["error o:1:28 {}: a name must be a scalar"]),
        ] {
            let specs = ["// metadata/name", "+//B spec/name"].map(spec);
            let found = transformed(objects, text, |stage, resources, config| {
                let value = config.get("prefix").unwrap_or(config);
                apply(stage, resources, value.span(), value, affix, &specs)
            });
            assert_eq!(found, expected, "{objects}");
        }
    }

    #[test]
    fn what_looks_like_a_number_is_one() {
        let found = transformed("{kind: A, metadata: {name: 2}}", "'1'", |stage, resources, value| {
            apply(stage, resources, value.span(), value, Affix::Prefix, &[spec("// metadata/name")])
        });
        assert_eq!(found, ["12 metadata.name = 12 (o:1:28 2)"]);
    }

    #[test]
    fn the_object_remembers() {
        let map = files(&[("c", "'p-'"), ("o", "{kind: A, metadata: {name: a}}")]);
        let (mut objects, config) = (resources(&map, 1), trees(&map, 0));
        let value = Cursor::new(&map, &config[0]);
        let mut stage = stage(&map);
        for affix in [Affix::Prefix, Affix::Suffix] {
            let specs = [spec("// metadata/name")];
            assert_eq!(apply(&mut stage, &mut objects, value.span(), value, affix, &specs), Ok(()));
        }
        let [object] = objects.as_slice() else { panic!("{objects:?}") };
        let names: Vec<&str> = object.ids().map(|id| &*id.name).collect();
        assert_eq!(names, ["a", "p-a", "p-ap-"]);
        assert_eq!(
            (object.prefixes.as_slice(), object.suffixes.as_slice()),
            (&["p-".into()][..], &["p-".into()][..])
        );
        let name = "p-a from c:1:2 p- and o:1:28 a";
        let expected = format!(
            "metadata.name = p-ap- from {name} and c:1:2 p- \
             | name-affix c:1:1 'p-'; value {name}; value c:1:1 'p-' \
             | name-affix c:1:1 'p-'; value o:1:28 a; value c:1:1 'p-'"
        );
        assert_eq!(origins(&map, &object.tree), [expected]);
    }
}
