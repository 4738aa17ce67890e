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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::render::kustomize::shape;
    use crate::render::kustomize::testing::{files, trees};

    fn configured(text: &str) -> Result<TransformerConfig> {
        let map = files(&[("c.yaml", text)]);
        let tree = shape::configuration(&map, &trees(&map, 0).remove(0))?;
        let root = Cursor::new(&map, &tree);
        let mut config = TransformerConfig::builtin();
        merge(&mut config, read(root)?, root)?;
        Ok(config)
    }

    /// The list, its length, and the fields of kind `Own` in it.
    fn own(name: &str, text: &str) -> String {
        match configured(text) {
            Ok(mut config) => {
                let references = config.name_reference.iter().filter(|it| it.kind == "Own");
                let referrers: Vec<FieldSpec> =
                    references.flat_map(|it| it.referrers.iter()).cloned().collect();
                let found = config.lists().into_iter().find(|(list, _)| *list == name);
                let specs = found.map_or(referrers.clone(), |(_, list)| list.to_vec());
                let specs = specs.iter().filter(|spec| spec.kind == "Own");
                specs.map(|spec| format!("{}:{} ", spec.path, spec.create)).collect()
            }
            Err(error) => error.message,
        }
    }

    #[test]
    fn files_add_fields() {
        for (list, text, expected) in [
            ("namePrefix", "namePrefix: [{kind: Own, path: a/b, create: true}]", "a/b:true "),
            ("nameSuffix", "nameSuffix: [{kind: Own, path: a}, {kind: Own, path: a}]", "a:false "),
            ("images", "IMAGES: [{Kind: Own, Path: a}]", "a:false "),
            ("replicas", "replicas: null", ""),
            ("nameReference", "nameReference: [{kind: Own, fieldSpecs: [{kind: Own, path: r}]}]", "r:false "),
            // Kustomize has a label spec for this path of all Deployments.
            ("commonLabels", "commonLabels: [{path: spec/selector/matchLabels, create: true}]", ""),
            // Errors.
            ("", "namePrefixes: []", "`namePrefixes` is not a field of `configurations`"),
            ("", "images: [{path: a, creates: true}]", "`creates` is not a field of `images[]`"),
            ("", "images: {}", "`images` must be a list"),
            ("", "images: [{kind: 1}]", "`kind` must be a string; put it in quotes"),
            ("", "[]", "`configurations` must be a mapping"),
            (
                "",
                "commonLabels: [{kind: Deployment, path: spec/selector/matchLabels}]",
                "the field `spec/selector/matchLabels` of Deployment is configured twice, with `create: true` \
                 and `create: false`",
            ),
        ] {
            assert_eq!(own(list, text), expected, "{text}");
        }
    }

    #[test]
    fn a_base_counts_before_the_builtin_configuration() {
        let mut config = Configuration::builtin();
        assert!(config.absorb(Configuration::builtin()).is_ok());
        assert!(std::ptr::eq(config.get(), &BUILTIN), "nothing is copied");

        let wide = || FieldSpec::constant(["", "", ""], "spec/selector/matchLabels", true);
        let mut base = Configuration::default();
        assert!(base.own().common_labels.merge_one(wide()).is_ok());
        let count = BUILTIN.common_labels.len();
        assert_eq!(base.get().common_labels.len(), count, "beside narrower ones a wide spec is dropped");

        let mut only_wide = Configuration { is_set: true, own: Some(Box::default()) };
        assert!(only_wide.own().common_labels.merge_one(wide()).is_ok());
        assert!(only_wide.absorb(Configuration::builtin()).is_ok());
        assert_eq!(only_wide.get().common_labels.len(), count + 1);
    }
}
