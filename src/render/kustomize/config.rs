//! `configurations:`: field specs and references that a kustomization adds to the built-in ones.
//!
//! Owns reading such files. How lists are merged is with the facts.

use crate::yaml::Cursor;

use super::error::{BuildError, Result};
use super::facts::{Conflict, FieldSpec, FieldSpecs, NameReference, NameReferences, TransformerConfig};
use super::stage::string_field;

/// The configuration of one kustomization while it is put together. Nearly always the built-in one, which is only
/// borrowed.
#[derive(Clone, Debug, Default)]
pub(in crate::render) struct Configuration {
    /// Something was put into it, if only the built-in one.
    is_set: bool,
    /// The specs where they are not the built-in ones.
    own: Option<Box<TransformerConfig>>,
}

/// The built-in configuration.
static BUILTIN: TransformerConfig = TransformerConfig::builtin();

impl Configuration {
    /// The built-in one.
    pub fn builtin() -> Self {
        Self { is_set: true, own: None }
    }

    /// The specs.
    pub fn get(&self) -> &TransformerConfig {
        self.own.as_deref().unwrap_or(&BUILTIN)
    }

    /// The specs, to be changed.
    pub fn own(&mut self) -> &mut TransformerConfig {
        self.is_set = true;
        self.own.get_or_insert_with(|| Box::new(BUILTIN.clone()))
    }

    /// Adds another configuration. The order counts: a wide spec is dropped beside a narrow one that is there, so what
    /// comes first is merged into nothing, not into the built-in one.
    pub fn absorb(&mut self, other: Configuration) -> std::result::Result<(), Box<Conflict>> {
        if self.own.is_none() && other.own.is_none() {
            self.is_set |= other.is_set;
            return Ok(());
        }
        if !self.is_set {
            *self = Self { is_set: true, own: Some(Box::default()) };
        }
        self.own().merge(other.get().clone()).map_err(|(_, conflict)| conflict)
    }
}

/// What a file of `configurations:` adds, which was checked before.
pub(super) fn read(root: Cursor<'_>) -> Result<TransformerConfig> {
    let mut config = TransformerConfig::default();
    for (name, list) in config.lists() {
        *list = specs(root, name)?;
    }
    let references = root.get("nameReference").into_iter().flat_map(|list| list.items());
    let references = references.map(|item| {
        let text =
            |name: &str| string_field(item, name).map(|text| text.unwrap_or_default().into_owned().into());
        Ok(NameReference {
            group: text("group")?,
            version: text("version")?,
            kind: text("kind")?,
            referrers: specs(item, "fieldSpecs")?,
        })
    });
    config.name_reference = NameReferences::from(references.collect::<Result<Vec<_>>>()?);
    Ok(config)
}

/// Adds what a file says; `at` is the file's root.
pub(super) fn merge(to: &mut TransformerConfig, incoming: TransformerConfig, at: Cursor<'_>) -> Result<()> {
    to.merge(incoming).map_err(|(list, conflict)| {
        let place = at.get(list).and_then(|value| value.key()).unwrap_or(at).span();
        conflicting(&conflict, place)
    })
}

/// Two specs for one field that do not agree.
pub(super) fn conflicting(conflict: &Conflict, place: crate::source::Span) -> BuildError {
    let Conflict { known, incoming } = conflict;
    let message = format!(
        "the field `{}` of {} is configured twice, with `create: {}` and `create: {}`",
        incoming.path,
        if known.kind.is_empty() { "all kinds" } else { &known.kind },
        known.create,
        incoming.create
    );
    BuildError::new(place, message)
}

/// One field spec.
pub(super) fn field_spec(item: Cursor<'_>) -> Result<FieldSpec> {
    let text = |name: &str| string_field(item, name).map(|text| text.unwrap_or_default().into_owned().into());
    Ok(FieldSpec {
        group: text("group")?,
        version: text("version")?,
        kind: text("kind")?,
        path: text("path")?,
        create: item.get("create").and_then(|create| create.bool()).unwrap_or(false),
    })
}

fn specs(of: Cursor<'_>, name: &str) -> Result<FieldSpecs> {
    let items = of.get(name).into_iter().flat_map(|list| list.items());
    items.map(field_spec).collect::<Result<Vec<_>>>().map(FieldSpecs::from)
}
