//! From the documents of a file to objects: lists are taken apart, and every object has a kind and a name.

use crate::source::SourceMap;
use crate::yaml::{Cursor, Tree};

use super::error::{BuildError, Result};
use super::files::Documents;
use super::resource::Resource;

/// Lists in lists are followed this deep.
const DEPTH: u32 = 16;

/// An error when a text could not be read, or a key of it stands twice.
pub(in crate::render) fn readable(documents: &Documents) -> Result<()> {
    if let Some((span, message)) = &documents.problem {
        return Err(BuildError::new(*span, format!("this is not YAML that Kustomize reads: {message}")));
    }
    match documents.duplicates.first() {
        Some((span, key)) => Err(BuildError::new(*span, format!("the key `{key}` stands twice"))),
        None => Ok(()),
    }
}

/// The objects of a file.
pub(in crate::render) fn resources(map: &SourceMap, documents: &Documents) -> Result<Vec<Resource>> {
    readable(documents)?;
    let mut resources = Vec::with_capacity(documents.trees.len());
    for tree in &documents.trees {
        collect(map, tree, DEPTH, &mut resources)?;
    }
    Ok(resources)
}

fn collect(map: &SourceMap, tree: &Tree, depth: u32, to: &mut Vec<Resource>) -> Result<()> {
    let root = Cursor::new(map, tree);
    if (root.is_map() || root.is_seq()) && root.node().aux == 0 {
        return Ok(());
    }
    if !root.is_map() {
        return Err(BuildError::new(root.span(), "this document is no Kubernetes object"));
    }
    let kind = root.get("kind").and_then(|kind| kind.text()).unwrap_or_default();
    if kind.is_empty() {
        return Err(BuildError::new(root.span(), "an object without `kind`"));
    }
    let is_list = kind.ends_with("List");
    if is_list && let Some(items) = root.get("items") {
        if items.is_null() {
            return Ok(());
        }
        if !items.is_seq() || depth == 0 {
            return Err(BuildError::new(items.span(), format!("`items` of {kind} must be a list")));
        }
        return items.items().try_for_each(|item| collect(map, &item.tree(), depth - 1, to));
    }
    let name = root.path(&["metadata", "name"]).and_then(|name| name.text()).unwrap_or_default();
    if name.is_empty() && !is_list {
        let at =
            root.get("metadata").map_or(root.span(), |metadata| metadata.key().unwrap_or(metadata).span());
        return Err(BuildError::new(at, format!("{kind} without `metadata.name`")));
    }
    to.push(Resource::new(map, tree.clone(), root.span()));
    Ok(())
}
