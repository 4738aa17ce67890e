//! What the text of a patch is: strategic merges, or operations.
//!
//! Owns the recognition, which in Kustomize is the attempt to read it as both, and what of a strategic merge reaches an
//! object. Must not know which object.

use std::collections::VecDeque;

use crate::render::kustomize::error::{BuildError, Result};
use crate::render::kustomize::merge::for_selected;
use crate::render::kustomize::resource::ResId;
use crate::render::kustomize::stage::control;
use crate::source::{Input, SourceKind, SourceMap, Span};
use crate::yaml::{Cursor, Draft, Kind, Tree};

use super::Options;

/// The patch of an entry.
pub(super) enum Document {
    /// Strategic merges.
    Merges(Vec<Merge>),
    /// The root of a list of operations.
    Operations(Tree),
    /// Nothing that has an effect.
    Nothing,
}

/// A strategic merge.
pub(super) struct Merge {
    /// The document.
    tree: Tree,
    /// What it says it is for.
    pub id: ResId,
}

impl Document {
    /// Recognises the documents of a text. `at` names the text.
    pub fn read(map: &SourceMap, documents: &[Tree], at: Span) -> Result<Self> {
        let Some(first) = documents.first() else { return Ok(Document::Nothing) };
        let root = Cursor::new(map, first);
        let is_late = empty_documents_before(root);
        if root.is_seq() && !is_late {
            if root.node().aux == 0 {
                return Err(BuildError::new(at, super::EMPTY));
            }
            return operations(root).map(|()| Document::Operations(first.clone()));
        }
        match merges(map, documents) {
            // Kustomize reads the empty document as a JSON patch, and all of them as strategic merges.
            Ok(_) if is_late => {
                let message = "an empty document comes first, so this is a strategic merge and a JSON patch at once; \
                               remove the first `---`";
                Err(BuildError::new(root.span(), message))
            }
            Err(_) if is_late => Ok(Document::Nothing),
            Ok(merges) if merges.is_empty() => Ok(Document::Operations(first.clone())),
            merges => merges.map(Document::Merges),
        }
    }
}

/// Whether the text begins with documents without content, of which only the first counts for a JSON patch.
fn empty_documents_before(root: Cursor<'_>) -> bool {
    let source = root.map().source(root.span().source);
    let before = source.text().get(..root.span().start as usize).unwrap_or_default();
    before.lines().filter(|line| line.starts_with("---")).count() > 1
}

/// An error unless all items can be operations.
pub(super) fn operations(root: Cursor<'_>) -> Result<()> {
    json(root)?;
    match root.items().find(|item| !item.is_map() && !item.is_null()) {
        Some(item) => Err(BuildError::new(item.span(), "an operation of a JSON patch is a mapping")),
        None => Ok(()),
    }
}

/// An error when a text begins like JSON and is none: only text that begins otherwise is read as YAML.
fn json(root: Cursor<'_>) -> Result<()> {
    let id = root.span().source;
    let source = root.map().source(id);
    let text = match source.kind() {
        SourceKind::File | SourceKind::Packed(_) => source.text(),
        SourceKind::Embedded { .. } | SourceKind::Synthetic(_) => source.text().trim(),
    };
    if !text.starts_with('[') {
        return Ok(());
    }
    let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(text) else { return Ok(()) };
    let trimmed = source.text().find('[').unwrap_or(0);
    let lines = text.split_inclusive('\n').take(error.line().saturating_sub(1));
    let start = trimmed + lines.map(str::len).sum::<usize>() + error.column().saturating_sub(1);
    let start =
        (start..=source.text().len()).find(|&at| source.text().is_char_boundary(at)).unwrap_or(0) as u32;
    let message = "a patch that begins with `[` is JSON, and here it is not";
    Err(BuildError::new(Span::new(id, start, start), message))
}

/// The strategic merges that documents hold: their own, or those in lists of objects.
pub(super) fn merges(map: &SourceMap, documents: &[Tree]) -> Result<Vec<Merge>> {
    let mut merges = Vec::with_capacity(documents.len());
    let mut waiting: VecDeque<Tree> = documents.iter().cloned().collect();
    while let Some(tree) = waiting.pop_front() {
        let root = Cursor::new(map, &tree);
        let is_empty = root.is_null() || root.node().kind != Kind::Scalar && root.node().aux == 0;
        if is_empty {
            continue;
        }
        if !root.is_map() {
            let message = match root.is_seq() {
                true => "operations of a JSON patch beside a strategic merge",
                false => "a patch is a mapping, for a strategic merge, or a list of operations",
            };
            return Err(BuildError::new(root.span(), message));
        }
        let id = ResId::of(root);
        if id.gvk.kind.is_empty() {
            return Err(BuildError::new(root.span(), "a strategic merge needs a `kind`"));
        }
        let is_list = id.gvk.kind.ends_with("List");
        match root.get("items").filter(|_| is_list) {
            Some(items) if items.is_seq() => waiting.extend(items.items().map(|item| item.tree())),
            Some(items) if items.is_null() => {}
            Some(items) => {
                let message = format!("`items` of {} must be a list", id.gvk.kind);
                return Err(BuildError::new(items.span(), message));
            }
            None if id.name.is_empty() && !is_list => {
                let message = format!("a strategic merge for {} needs a `metadata.name`", id.gvk.kind);
                return Err(BuildError::new(root.span(), message));
            }
            None => merges.push(Merge { tree, id }),
        }
    }
    Ok(merges)
}

impl Merge {
    /// The root of the document.
    pub fn root<'a>(&'a self, map: &'a SourceMap) -> Cursor<'a> {
        Cursor::new(map, &self.tree)
    }

    /// The place that says which object it is for.
    pub fn place(&self, map: &SourceMap) -> Span {
        let root = self.root(map);
        root.path(&["metadata", "name"]).unwrap_or(root).span()
    }

    /// What decides for which object it is when no target does.
    pub fn controls(&self, map: &SourceMap) -> Vec<Input> {
        let root = self.root(map);
        let paths: [&[&str]; 4] =
            [&["apiVersion"], &["kind"], &["metadata", "name"], &["metadata", "namespace"]];
        let scalars = paths.iter().filter_map(|path| root.path(path));
        scalars.map(control).collect()
    }

    /// What of the document is merged into an object that was found by what the document says: not what Kustomize
    /// restores afterwards.
    pub fn content(&self, map: &SourceMap, options: &Options) -> Tree {
        content(map, &self.tree, options)
    }

    /// The same for objects that were selected otherwise.
    pub fn content_for_selected(&self, map: &SourceMap, options: &Options) -> Tree {
        content(map, &for_selected(map, &self.tree), options)
    }
}

fn content(map: &SourceMap, tree: &Tree, options: &Options) -> Tree {
    let mut content = Draft::new(tree);
    content.remove(map, "apiVersion");
    if !options.allow_kind_change {
        content.remove(map, "kind");
    }
    if let Some(metadata) = content.get_mut(map, "metadata") {
        metadata.remove(map, "namespace");
        if !options.allow_name_change {
            metadata.remove(map, "name");
        }
        drop_empty(map, &mut content, "metadata");
    }
    content.freeze()
}

/// Takes a field away that is no mapping, or an empty one.
fn drop_empty(map: &SourceMap, of: &mut Draft, field: &str) {
    let is_empty = |value: &mut Draft| value.entries_mut().is_none_or(|entries| entries.is_empty());
    if of.get_mut(map, field).is_some_and(is_empty) {
        of.remove(map, field);
    }
}
