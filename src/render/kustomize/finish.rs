//! What only the top of a build does: hashes, references, vars, dropping of local objects, the order of output.
//!
//! Owns the order of these steps. A base that another kustomization includes never gets here.

use std::cmp::Ordering;

use crate::source::SourceMap;
use crate::yaml::Cursor;

use super::accumulate::Accumulation;
use super::error::{BuildError, Result};
use super::facts::{GvkParts, LEGACY_ORDER, LegacyOrder, OrderKey};
use super::kustomization::Kustomization;
use super::resource::Resource;
use super::stage::Stage;
use super::{hash, metadata, normal, references, vars};

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
    blank_subjects(map, resources)?;
    references::fix(stage, resources, &accumulation.config.get().name_reference)?;
    vars::resolve(stage, resources, &accumulation.vars, &accumulation.config.get().var_reference)?;
    let is_local = |resource: &Resource| {
        let annotations = resource.root(map).path(&["metadata", "annotations"]);
        let value =
            annotations.and_then(|annotations| annotations.get(LOCAL_CONFIG)).and_then(|value| value.text());
        value.is_some_and(|value| value != "false")
    };
    resources.retain(|resource| !is_local(resource));
    resources.iter_mut().for_each(|resource| normal::normalise(stage, resource));
    sort(map, kustomization, resources)?;
    metadata::add(stage, kustomization, resources)?;
    Ok(accumulation.resources)
}

/// A subject whose namespace is written and empty: Kustomize cannot read it when it looks for references.
fn blank_subjects(map: &SourceMap, resources: &[Resource]) -> Result<()> {
    for resource in resources.iter().filter(|resource| &*resource.id.gvk.kind == "RoleBinding") {
        let subjects = resource.root(map).get("subjects");
        let accounts = subjects.into_iter().flat_map(|subjects| subjects.items()).filter(|subject| {
            subject.get("kind").and_then(|kind| kind.text()).is_some_and(|kind| kind == "ServiceAccount")
        });
        let mut namespaces = accounts.filter_map(|subject| subject.get("namespace"));
        if let Some(blank) = namespaces.find(Cursor::is_null) {
            let message = "the namespace of this subject is written, but empty";
            return Err(BuildError::new(blank.key().unwrap_or(blank).span(), message));
        }
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
