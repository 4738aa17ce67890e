//! The walk along a field spec's path, the one way by which transformers reach the fields they set.
//!
//! Owns what Kustomize does on the way: lists are entered wherever they stand, absent fields are made where the
//! spec may, nulls end the walk. Must not know what is set.

use crate::source::{SourceMap, Span, StepId};
use crate::yaml::{Cursor, Draft, Kind, Node, Style};

use super::error::{BuildError, Result};
use super::facts::Path;

/// What is made where a path does not exist.
#[derive(Clone, Copy)]
pub(in crate::render) struct Create {
    /// A map, or an empty scalar that the change fills in.
    pub kind: Kind,
    /// What asks for it.
    pub span: Span,
    pub step: StepId,
}

/// Whether [`visit`] would reach a field: all of the path exists, or what is absent may be made.
pub(in crate::render) fn reaches(value: Cursor<'_>, path: Path<'_>, create: bool) -> bool {
    let Some((segment, rest)) = path.split_first() else { return true };
    if value.is_seq() {
        return value.items().any(|item| reaches(item, path, create));
    }
    if value.is_null() {
        return false;
    }
    match value.get(&segment.name) {
        Some(next) if next.is_null() && !rest.is_end() => create && !segment.list,
        Some(next) => reaches(next, rest, create),
        // What is no mapping is an error, which the visit finds.
        None => !value.is_map() || (create && !segment.list),
    }
}

/// Whether `test` holds for a field at a path below `value`.
pub(in crate::render) fn any(
    value: Cursor<'_>,
    path: Path<'_>,
    test: &mut dyn FnMut(Cursor<'_>) -> bool,
) -> bool {
    let Some((segment, rest)) = path.split_first() else { return test(value) };
    if value.is_seq() {
        return value.items().any(|item| any(item, path, test));
    }
    value.get(&segment.name).is_some_and(|next| any(next, rest, test))
}

/// Calls `change` on every field at a path below `draft`.
pub(in crate::render) fn visit(
    map: &SourceMap,
    draft: &mut Draft,
    path: Path<'_>,
    create: Option<&Create>,
    change: &mut dyn FnMut(&mut Draft) -> Result<()>,
) -> Result<()> {
    let Some((segment, rest)) = path.split_first() else { return change(draft) };
    if draft.is_null(map) {
        return Ok(());
    }
    if let Some(items) = draft.items_mut() {
        return items.iter_mut().try_for_each(|item| visit(map, item, path, create, change));
    }
    let node = draft.node();
    if node.kind != Kind::Map {
        let message = format!("a list or a mapping is expected here, since `{}` is set in it", segment.name);
        return Err(BuildError::new(node.span, message));
    }
    if segment.name.is_empty() {
        return Err(BuildError::new(node.span, "a field spec's path has an empty name"));
    }
    let create = create.filter(|_| !segment.list);
    let made = |create: &Create| match (rest.is_end(), create.kind) {
        (true, Kind::Scalar) => empty(create),
        _ => Draft::map(create.span, create.step),
    };
    match (draft.get_mut(map, &segment.name), create) {
        (Some(next), create) => {
            if let Some(create) = create.filter(|_| next.is_null(map)) {
                let is_scalar = rest.is_end() && create.kind == Kind::Scalar;
                if !is_scalar {
                    *next = made(create);
                }
            }
            visit(map, next, rest, create, change)
        }
        (None, Some(create)) => {
            let mut next = made(create);
            visit(map, &mut next, rest, Some(create), change)?;
            draft.set(map, Draft::word(map, &segment.name, create.step), next);
            Ok(())
        }
        (None, None) => Ok(()),
    }
}

/// A scalar without a value yet.
fn empty(create: &Create) -> Draft {
    let span = Span { len: 0, ..create.span };
    Draft::Scalar(Node {
        span,
        skip: 1,
        aux: 0,
        step: create.step,
        kind: Kind::Scalar,
        style: Style::Empty,
        flags: crate::yaml::Flags::default(),
        indent: 0,
    })
}
