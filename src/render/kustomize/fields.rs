//! The walk along a field spec's path, the one way by which transformers reach the fields they set.
//!
//! Owns what Kustomize's `fieldspec` filter does on the way: lists are entered wherever they stand, absent fields are
//! made where the spec may, nulls end the walk. Must not know what is set.

use crate::source::{SourceMap, Span, StepId};
use crate::yaml::{Cursor, Draft, Flags, Kind, Node, Style};

use super::error::{BuildError, Result};
use super::facts::Path;

/// What is made where a path does not exist.
#[derive(Clone, Copy, Debug)]
pub(in crate::render) struct Create {
    /// A map, or an empty scalar that the change fills in. What lies on the way becomes a map.
    pub kind: Kind,
    /// What asks for it.
    pub span: Span,
    pub step: StepId,
}

/// Whether [`visit`] has anything to do: a field is there, or what is absent may be made, or the way is barred, which
/// is an error.
pub(in crate::render) fn reaches(value: Cursor<'_>, path: Path<'_>, create: bool) -> bool {
    leads(value, path, create, &mut |_| true)
}

/// As [`reaches`], but fields that are there count only if `test` holds for them.
pub(in crate::render) fn leads(
    value: Cursor<'_>,
    path: Path<'_>,
    create: bool,
    test: &mut dyn FnMut(Cursor<'_>) -> bool,
) -> bool {
    let Some((segment, rest)) = path.split_first() else { return test(value) };
    if value.is_seq() {
        return value.items().any(|item| leads(item, path, create, test));
    }
    if !value.is_map() {
        return !value.is_null();
    }
    if !is_name(&segment.name) {
        return true;
    }
    match value.get(&segment.name) {
        None => create && !segment.list,
        Some(next) if next.is_null() && !rest.is_end() => create || segment.list,
        Some(next) if next.is_null() && segment.list => true,
        Some(next) => leads(next, rest, create, test),
    }
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
    if draft.kind() != Kind::Map {
        let message = format!("a list or a mapping is expected here, since `{}` is set in it", segment.name);
        return Err(BuildError::new(place(map, draft), message));
    }
    if !is_name(&segment.name) {
        let message =
            format!("a mapping has no field that the path of a field spec calls `{}`", segment.name);
        return Err(BuildError::new(place(map, draft), message));
    }
    let made = create.filter(|_| !segment.list).map(|create| match (rest.is_end(), create.kind) {
        (true, Kind::Scalar) => nothing(create),
        _ => Draft::map(create.span, create.step),
    });
    match (draft.get_mut(map, &segment.name), made) {
        (Some(next), made) => {
            if next.is_null(map) {
                match made {
                    Some(collection @ Draft::Map(..)) => *next = collection,
                    // Kustomize takes the brackets at their word and leaves an empty list behind.
                    _ if segment.list => *next = empty_list(next),
                    _ => {}
                }
            }
            visit(map, next, rest, create, change)
        }
        (None, Some(mut next)) => {
            let step = next.node().step;
            visit(map, &mut next, rest, create, change)?;
            draft.set(map, Draft::word(map, &segment.name, step), next);
            Ok(())
        }
        (None, None) => Ok(()),
    }
}

/// Whether a part of a path is a plain name. In a mapping, kyaml takes anything else for a place in a list.
fn is_name(name: &str) -> bool {
    let is_place = name.starts_with('[') && name.ends_with(']') || matches!(name, "" | "-" | "*");
    !is_place && name.parse::<i64>().is_err()
}

/// A scalar without a value yet.
fn nothing(create: &Create) -> Draft {
    let text = Draft::text(create.span.part(0, 0), create.step).node();
    Draft::Scalar(Node { style: Style::Empty, flags: Flags::default(), ..text })
}

fn empty_list(null: &Draft) -> Draft {
    let node = Node { kind: Kind::Seq, style: Style::Flow, flags: Flags::default(), ..null.node() };
    Draft::Seq(node, Vec::new())
}

/// Where a value can be edited: the place of an error about it.
pub(in crate::render) fn place(map: &SourceMap, value: &Draft) -> Span {
    let Node { span, step, .. } = value.node();
    map.editable(span, step).unwrap_or(span)
}

/// An error unless a value is of a kind, or null. `what` is how a message names it.
pub(in crate::render) fn expect(map: &SourceMap, value: &Draft, kind: Kind, what: &str) -> Result<()> {
    if value.kind() == kind || value.is_null(map) {
        return Ok(());
    }
    let wanted = match kind {
        Kind::Map => "a mapping",
        Kind::Seq => "a list",
        Kind::Scalar | Kind::Alias => "a scalar",
    };
    Err(BuildError::new(place(map, value), format!("{what} must be {wanted}")))
}
