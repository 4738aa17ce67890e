//! `$patch`: what a patch asks for beside its values.
//!
//! Owns where the directive is looked for. `$setElementOrder`, `$deleteFromPrimitiveList` and `$retainKeys` are plain
//! keys for Kustomize, and stay in the object.

use crate::source::{SourceMap, Span};
use crate::yaml::{Cursor, Draft};

use super::super::error::{BuildError, Result};

const KEY: &str = "$patch";

/// What is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Directive {
    /// Nothing: there is no directive.
    Absent,
    /// What would happen anyway.
    Merge,
    /// The patch's value takes the place of the object's.
    Replace,
    /// The object's value goes away.
    Delete,
}

impl Directive {
    /// The directive in a mapping of a patch.
    pub fn of(patch: Cursor<'_>) -> Result<Self> {
        patch.get(KEY).map_or(Ok(Directive::Absent), Self::read)
    }

    /// The directive for a list of a patch, from the first item that has one; and the items that are left. An item
    /// with other fields speaks of the item of the object that it matches.
    pub fn of_items<'c>(patch: Cursor<'c>) -> Result<(Self, Vec<Cursor<'c>>)> {
        let first = patch.items().find_map(|item| Some((item, item.get(KEY)?)));
        let Some((_, value)) = first.filter(|(item, _)| item.node().aux <= 2) else {
            return Ok((Directive::Absent, patch.items().collect()));
        };
        let directive = Self::read(value)?;
        let text = value.text();
        let left = patch.items().filter(|item| {
            let same = item.get(KEY).is_some_and(|other| other.text() == text);
            !(same || item.is_null() || item.is_map() && item.node().aux == 0)
        });
        Ok((directive, left.collect()))
    }

    /// The directive of an item that was merged before: kyaml has taken it out.
    pub fn unless(self, spent: bool) -> Self {
        if spent && self != Directive::Absent { Directive::Merge } else { self }
    }

    /// Whether a field of the patch is the directive, and no value.
    pub fn owns(self, name: &str) -> bool {
        self != Directive::Absent && name == KEY
    }

    fn read(value: Cursor<'_>) -> Result<Self> {
        match value.text().as_deref() {
            Some("merge") => Ok(Directive::Merge),
            Some("replace") => Ok(Directive::Replace),
            Some("delete") => Ok(Directive::Delete),
            text => {
                let text = text.unwrap_or_default();
                let message =
                    format!("unknown patch strategy `{text}`: `$patch` is delete, replace or merge");
                Err(BuildError::new(whole(value), message))
            }
        }
    }
}

/// The bytes of the directive in a mapping of a patch.
pub(super) fn span(patch: Cursor<'_>) -> Span {
    patch.get(KEY).map_or(patch.span(), whole)
}

/// The bytes of the directive for a list of a patch.
pub(super) fn span_in_items(patch: Cursor<'_>) -> Span {
    patch.items().find_map(|item| item.get(KEY)).map_or(patch.span(), whole)
}

/// The bytes of a value together with its key: an absent value has none of its own.
pub(super) fn whole(value: Cursor<'_>) -> Span {
    let span = value.span();
    match value.key() {
        Some(key) if key.span().source == span.source => Span::new(span.source, key.span().start, span.end()),
        _ => span,
    }
}

/// The mapping's fields without the directive.
pub(super) fn without(map: &SourceMap, mut value: Draft) -> Draft {
    value.remove(map, KEY);
    value
}
