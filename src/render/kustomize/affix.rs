//! `namePrefix` and `nameSuffix`.

use crate::source::{Input, Span, StepId, StepKind};
use crate::yaml::{Cursor, Draft, Kind};

use super::error::Result;
use super::facts::FieldSpec;
use super::fields::{Create, expect, reaches, visit};
use super::resource::Resource;
use super::setter::{part, written_like};
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
    let text = value.text().filter(|text| !text.is_empty());
    let Some(text) = text else { return Ok(()) };
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
            if spec.path == "metadata/name" {
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
        *name = written_like(name, map.compose(&parts), step);
        Ok(())
    }
}
