//! What a Kustomization changes in the kustomization before it is built: names, namespace, patches, images,
//! components. Every value keeps the place in the Flux object where it is written.
//!
//! Source: `WriteFile` of <https://github.com/fluxcd/pkg/blob/main/kustomize/kustomize_generator.go>.

use camino::Utf8Path;

use crate::graph::Context;
use crate::source::{SourceMap, Span, StepId};
use crate::yaml::{Cursor, Draft, Tree};

/// The fields that do it.
const FIELDS: [&str; 6] = ["targetNamespace", "namePrefix", "nameSuffix", "patches", "images", "components"];

/// Whether anything is changed at all.
pub fn has_any(spec: Cursor<'_>) -> bool {
    FIELDS.iter().any(|name| {
        spec.get(name).is_some_and(|value| {
            value.items().next().is_some() || value.text().is_some_and(|text| !text.is_empty())
        })
    })
}

/// The entries that are added: patches and images, of which each may concern some Kustomizations only.
pub fn added(spec: Cursor<'_>) -> Vec<Span> {
    let items =
        ["patches", "images"].into_iter().filter_map(|name| spec.get(name)).flat_map(|list| list.items());
    items.map(|item| item.span()).collect()
}

/// A kustomization with the changes that a Kustomization asks for.
pub fn edit(context: &Context<'_>, directory: &Utf8Path, spec: Cursor<'_>, tree: &Tree) -> Tree {
    let map = context.map;
    let mut draft = Draft::new(tree);
    for (field, name) in
        [("targetNamespace", "namespace"), ("namePrefix", "namePrefix"), ("nameSuffix", "nameSuffix")]
    {
        let value = spec.get(field).filter(|value| value.text().is_some_and(|text| !text.is_empty()));
        if let Some(value) = value {
            draft.set(map, Draft::word(map, name, StepId::PARSED), Draft::from(value));
        }
    }
    append(map, &mut draft, "patches", spec.get("patches").into_iter().flat_map(|list| list.items()));
    let ignores_missing = spec.get("ignoreMissingComponents").and_then(|value| value.bool()) == Some(true);
    let components = spec.get("components").into_iter().flat_map(|list| list.items());
    let is_there = |component: &Cursor<'_>| {
        let path = component.text().map(|text| crate::model::normalise(&directory.join(&*text)));
        path.is_some_and(|path| context.renderer.has_kustomization(&path))
    };
    append(
        map,
        &mut draft,
        "components",
        components.filter(|component| !ignores_missing || is_there(component)),
    );
    for image in spec.get("images").into_iter().flat_map(|list| list.items()) {
        set_image(map, &mut draft, image);
    }
    draft.freeze()
}

/// Adds items to a list of the kustomization.
fn append<'a>(map: &SourceMap, draft: &mut Draft, name: &str, items: impl Iterator<Item = Cursor<'a>>) {
    for item in items {
        let absent = draft.get_mut(map, name).is_none_or(|list| list.is_null(map));
        if absent {
            let list = Draft::seq(item.span(), StepId::PARSED);
            draft.set(map, Draft::word(map, name, StepId::PARSED), list);
        }
        if let Some(items) = draft.get_mut(map, name).and_then(Draft::items_mut) {
            items.push(Draft::from(item));
        }
    }
}

/// An image of the Kustomization takes the place of the one with the same name.
fn set_image(map: &SourceMap, draft: &mut Draft, image: Cursor<'_>) {
    let name = image.get("name").and_then(|name| name.text());
    let same = |item: &mut Draft| {
        item.get_mut(map, "name").and_then(|known| known.scalar(map)).as_deref() == name.as_deref()
    };
    let known = draft.get_mut(map, "images").and_then(Draft::items_mut);
    match known.and_then(|items| items.iter_mut().find_map(|item| same(item).then_some(item))) {
        Some(known) => *known = Draft::from(image),
        None => append(map, draft, "images", std::iter::once(image)),
    }
}
