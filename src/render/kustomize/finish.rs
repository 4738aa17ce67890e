//! What only the top of a build does: hashes, references, vars, dropping of local objects, the order of output.
//!
//! Owns the order of these steps. A base that another kustomization includes never gets here.

use std::cmp::Ordering;

use rustc_hash::FxHashSet;

use crate::source::SourceMap;
use crate::yaml::Cursor;

use super::accumulate::Accumulation;
use super::error::{BuildError, Result};
use super::facts::{GvkParts, LEGACY_ORDER, LegacyOrder, OrderKey};
use super::kustomization::Kustomization;
use super::resource::Resource;
use super::stage::Stage;
use super::{edits, hash, metadata, normal, references, vars};

/// An annotation that keeps an object out of the output.
const LOCAL_CONFIG: &str = "config.kubernetes.io/local-config";

/// Finishes a build.
pub(in crate::render) fn finish(
    stage: &mut Stage<'_>,
    kustomization: &Kustomization,
    mut accumulation: Accumulation,
) -> Result<Vec<Resource>> {
    let map = stage.map;
    let resources = &mut accumulation.resources;
    hash::add_hashes(stage, resources)?;
    references::fix(stage, resources, &accumulation.config.get().name_reference)?;
    vars::resolve(stage, resources, &accumulation.vars, &accumulation.config.get().var_reference)?;
    let is_local = |resource: &Resource| {
        let annotations = resource.root(map).path(&["metadata", "annotations"]);
        let value =
            annotations.and_then(|annotations| annotations.get(LOCAL_CONFIG)).and_then(|value| value.text());
        value.is_some_and(|value| value != "false")
    };
    resources.retain(|resource| !is_local(resource));
    check_identities(map, resources)?;
    resources.iter_mut().for_each(|resource| normal::normalise(stage, resource));
    sort(map, kustomization, resources)?;
    metadata::add(stage, kustomization, resources)?;
    Ok(accumulation.resources)
}

/// Whether what a step has written into names and kinds left each object one of its own.
fn check_identities(map: &SourceMap, resources: &[Resource]) -> Result<()> {
    let mut known = FxHashSet::default();
    for resource in resources {
        let id = &resource.id;
        let field: &[&str] = match (&*id.gvk.kind, &*id.name) {
            ("", _) => &["kind"],
            (kind, "") if !kind.ends_with("List") => &["metadata", "name"],
            _ if known.insert((&id.gvk, references::namespace(id), &id.name)) => continue,
            _ => &["metadata", "name"],
        };
        let value = resource.root(map).path(field);
        let place = value.map_or(resource.origin, |value| edits::place(map, value));
        let message = match (&*id.gvk.kind, &*id.name) {
            ("", _) => "an object has lost its `kind`".to_owned(),
            (kind, "") => format!("{kind} has lost its name"),
            _ => format!("two objects are called {id} in the end"),
        };
        return Err(BuildError::new(place, message));
    }
    Ok(())
}

fn sort(map: &SourceMap, kustomization: &Kustomization, resources: &mut [Resource]) -> Result<()> {
    let Some(options) = kustomization.field(map, "sortOptions") else {
        sort_legacy(&LEGACY_ORDER, resources);
        return Ok(());
    };
    let order = options.get("order").and_then(|order| order.text()).unwrap_or_default();
    let legacy = options.get("legacySortOptions").filter(|legacy| !legacy.is_null());
    match (&*order, legacy) {
        ("fifo", None) => {}
        ("fifo", Some(legacy)) => {
            let message = "`legacySortOptions` goes with `order: legacy`";
            return Err(BuildError::new(legacy.key().unwrap_or(legacy).span(), message));
        }
        ("legacy", None) => sort_legacy(&LEGACY_ORDER, resources),
        ("legacy", Some(legacy)) => {
            let list = |name: &str| -> Vec<String> {
                let items = legacy.get(name).into_iter().flat_map(|list| list.items());
                items.filter_map(|item| Some(item.text()?.into_owned())).collect()
            };
            sort_legacy(&LegacyOrder::new(list("orderFirst"), list("orderLast")), resources);
        }
        (other, _) => {
            let at = options.get("order").unwrap_or(options).span();
            return Err(BuildError::new(at, format!("`{other}` is no order; it is `fifo` or `legacy`")));
        }
    }
    Ok(())
}

fn sort_legacy(order: &LegacyOrder, resources: &mut [Resource]) {
    fn key(resource: &Resource) -> OrderKey<'_> {
        let id = &resource.id;
        let gvk = GvkParts { group: &id.gvk.group, version: &id.gvk.version, kind: &id.gvk.kind };
        OrderKey { gvk, namespace: &id.namespace, name: &id.name }
    }
    let compare = |a: &Resource, b: &Resource| -> Ordering { order.compare(key(a), key(b)) };
    resources.sort_by(compare);
}

/// Whether a list of texts contains a word: `buildMetadata`.
pub(super) fn has_word(list: Cursor<'_>, word: &str) -> bool {
    list.items().any(|item| item.text().is_some_and(|text| text == word))
}
