//! `namePrefix` and `nameSuffix`.

use crate::source::{Input, StepKind};
use crate::yaml::{Cursor, Draft, Kind};

use super::error::{BuildError, Result};
use super::facts::FieldSpec;
use super::fields::{reaches, visit};
use super::resource::Resource;
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

/// Extends the names of all objects by `value`.
pub(in crate::render) fn apply(
    stage: &mut Stage<'_>,
    resources: &mut [Resource],
    value: Cursor<'_>,
    affix: Affix,
    specs: &[FieldSpec],
) -> Result<()> {
    let map = stage.map;
    let text = value.text().unwrap_or_default();
    for resource in resources {
        let original = resource.original().gvk.clone();
        let is_kept = |&(group, kind): &(&str, &str)| {
            *original.kind == *kind && (group.is_empty() || *original.group == *group)
        };
        if KEPT.iter().any(|kept| is_kept(kept)) {
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
                if !text.is_empty() {
                    resource.remember_id();
                }
            }
            let gvk = &resource.id.gvk;
            let applies = spec.selects(&gvk.group, &gvk.version, &gvk.kind);
            if text.is_empty() || !applies || !reaches(resource.root(map), spec.path(), false) {
                continue;
            }
            resource.change(map, |draft| {
                visit(map, draft, spec.path(), None, &mut |name| extend(stage, name, value, &text, affix))
            })?;
        }
    }
    Ok(())
}

fn extend(stage: &Stage<'_>, name: &mut Draft, value: Cursor<'_>, text: &str, affix: Affix) -> Result<()> {
    let node = name.node();
    if node.kind != Kind::Scalar {
        return Err(BuildError::new(node.span, "a name is a text, this is not"));
    }
    let old = name.scalar(stage.map).unwrap_or_default();
    // The name itself is what a person edits; the affix is why it is longer.
    let inputs = [Input::value(node.span, node.step), Input::value(value.span(), value.step())];
    let step = stage.step(StepKind::NameAffix, value.span(), &inputs, node.step);
    let parts = [(text, Some((value.span(), value.step()))), (&*old, Some((node.span, node.step)))];
    let [first, second] = if affix == Affix::Prefix { parts } else { [parts[1], parts[0]] };
    *name = Draft::text(stage.map.compose(&[first, second]), step);
    Ok(())
}
