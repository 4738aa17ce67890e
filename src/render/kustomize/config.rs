//! `configurations:` and `crds:`: field specs and references that a kustomization adds to the built-in ones.
//!
//! Owns reading such files. How lists are merged is with the facts.

use crate::yaml::Cursor;

use super::error::{BuildError, Result};
use super::facts::{Conflict, FieldSpec, FieldSpecs, NameReference, NameReferences, TransformerConfig};
use super::stage::string_field;

/// References within a definition are followed this deep.
const DEPTH: usize = 32;

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

/// What a file of `configurations:` adds.
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

/// What a file of `crds:` adds: OpenAPI definitions, by name of the type, whose properties carry extensions.
pub(super) fn read_definitions(root: Cursor<'_>) -> TransformerConfig {
    let mut config = TransformerConfig::default();
    for definition in root.entries() {
        let properties = definition.value.path(&["Schema", "properties"]);
        let is_type = |properties: &Cursor<'_>| {
            ["kind", "apiVersion", "metadata"].iter().all(|name| properties.get(name).is_some())
        };
        if !properties.as_ref().is_some_and(is_type) {
            continue;
        }
        let name = definition.key.text().unwrap_or_default().into_owned();
        let kind = name.rsplit('.').next().unwrap_or_default().to_owned();
        let mut found = Found { root, kind, config: &mut config };
        found.collect(&name, &mut Vec::new());
    }
    config
}

struct Found<'a> {
    root: Cursor<'a>,
    /// The kind that the fields belong to.
    kind: String,
    config: &'a mut TransformerConfig,
}

impl Found<'_> {
    fn collect(&mut self, type_name: &str, path: &mut Vec<String>) {
        let Some(properties) = self.root.get(type_name).and_then(|api| api.path(&["Schema", "properties"]))
        else {
            return;
        };
        for property in properties.entries() {
            path.push(property.key.text().unwrap_or_default().into_owned());
            let has = |name: &str| property.value.get(name).is_some();
            let spec = self.spec(path.join("/"));
            // A field that is there already cannot conflict: none of these may be created.
            if has("x-kubernetes-annotation") {
                let _ = self.config.common_annotations.merge_one(spec.clone());
            }
            if has("x-kubernetes-label-selector") {
                let _ = self.config.common_labels.merge_one(spec.clone());
            }
            if has("x-kubernetes-identity") {
                let _ = self.config.name_prefix.merge_one(spec);
            }
            self.reference(property.value, path);
            if let Some(target) = property.value.get("$ref").and_then(|target| target.text())
                && path.len() < DEPTH
            {
                self.collect(&target, path);
            }
            path.pop();
        }
    }

    fn reference(&mut self, property: Cursor<'_>, path: &[String]) {
        let text = |name: &str| property.get(name).and_then(|value| value.text());
        let Some(version) = text("x-kubernetes-object-ref-api-version") else { return };
        let Some(kind) = text("x-kubernetes-object-ref-kind") else { return };
        let key = text("x-kubernetes-object-ref-name-key").unwrap_or("name".into());
        let reference = NameReference {
            group: "".into(),
            version: version.into_owned().into(),
            kind: kind.into_owned().into(),
            referrers: vec![self.spec(format!("{}/{key}", path.join("/")))].into(),
        };
        let _ = self.config.name_reference.merge_one(reference);
    }

    fn spec(&self, path: String) -> FieldSpec {
        FieldSpec {
            group: "".into(),
            version: "".into(),
            kind: self.kind.clone().into(),
            path: path.into(),
            create: false,
        }
    }
}
