//! `crds:`: files of OpenAPI definitions whose properties say which fields are names, labels and annotations.
//!
//! Owns reading such a file into a configuration. A CustomResourceDefinition is no such file: Kustomize refuses it, and
//! so does this.

use std::borrow::Cow;

use crate::yaml::{Cursor, Entry};

use super::error::{BuildError, Result};
use super::facts::{FieldSpec, NameReference, TransformerConfig};

/// Properties that are looked at in one file. Definitions that name each other twice over have more than anybody waits
/// for.
const PROPERTIES: u32 = 100_000;

/// What a file adds: `root` holds definitions by the names of their types.
pub(super) fn read(root: Cursor<'_>) -> Result<TransformerConfig> {
    let mut found =
        Found { root, kind: String::new(), config: TransformerConfig::default(), left: PROPERTIES };
    for definition in mapping(root)? {
        let properties = properties(definition.value)?;
        let has =
            |name: &str| properties.iter().any(|property| property.key.text().is_some_and(|key| key == name));
        if !["kind", "apiVersion", "metadata"].into_iter().all(has) {
            continue;
        }
        let name = definition.key.text().unwrap_or_default();
        name.rsplit('.').next().unwrap_or_default().clone_into(&mut found.kind);
        found.collect(&mut vec![name], &mut Vec::new(), definition.value)?;
    }
    Ok(found.config)
}

struct Found<'a> {
    root: Cursor<'a>,
    /// The kind that the fields belong to.
    kind: String,
    config: TransformerConfig,
    left: u32,
}

impl<'a> Found<'a> {
    /// Looks at the properties of a definition. `types` are those that led here, `path` the fields.
    fn collect(
        &mut self,
        types: &mut Vec<Cow<'a, str>>,
        path: &mut Vec<Cow<'a, str>>,
        definition: Cursor<'a>,
    ) -> Result<()> {
        for property in properties(definition)? {
            self.left = self.left.checked_sub(1).ok_or_else(|| {
                BuildError::new(self.root.span(), format!("definitions of more than {PROPERTIES} fields"))
            })?;
            path.push(property.key.text().unwrap_or_default());
            self.property(property.value, path);
            let target =
                property.value.get("$ref").and_then(|target| Some((target.string()?, target.span())));
            if let Some((name, at)) = target
                && let Some(definition) = self.root.get(&name)
            {
                if types.contains(&name) {
                    let message = format!("the definition of `{name}` contains itself; Kustomize never ends");
                    return Err(BuildError::new(at, message));
                }
                types.push(name);
                self.collect(types, path, definition)?;
                types.pop();
            }
            path.pop();
        }
        Ok(())
    }

    fn property(&mut self, property: Cursor<'_>, path: &[Cow<'_, str>]) {
        let text = |name: &str| property.get(name).and_then(|value| value.string());
        let spec = |path: String| FieldSpec { kind: self.kind.clone().into(), path: path.into(), ..NOTHING };
        let config = &mut self.config;
        // What is there already cannot conflict: none of these fields may be created.
        for (name, specs) in [
            ("x-kubernetes-annotation", &mut config.common_annotations),
            ("x-kubernetes-label-selector", &mut config.common_labels),
            ("x-kubernetes-identity", &mut config.name_prefix),
        ] {
            if text(name).is_some() {
                let _ = specs.merge_one(spec(path.join("/")));
            }
        }
        let version = text("x-kubernetes-object-ref-api-version");
        if let (Some(version), Some(kind)) = (version, text("x-kubernetes-object-ref-kind")) {
            let key = text("x-kubernetes-object-ref-name-key").unwrap_or("name".into());
            let _ = config.name_reference.merge_one(NameReference {
                group: "".into(),
                version: version.into_owned().into(),
                kind: kind.into_owned().into(),
                referrers: vec![spec(format!("{}/{key}", path.join("/")))].into(),
            });
        }
    }
}

const NOTHING: FieldSpec = FieldSpec::constant(["", "", ""], "", false);

/// The properties of a definition, whose schema Kustomize finds in any case.
fn properties(definition: Cursor<'_>) -> Result<Vec<Entry<'_>>> {
    let is_schema =
        |entry: &Entry<'_>| entry.key.text().is_some_and(|key| key.eq_ignore_ascii_case("schema"));
    let Some(schema) = mapping(definition)?.into_iter().find(is_schema) else { return Ok(Vec::new()) };
    mapping(schema.value)?;
    schema.value.get("properties").map_or(Ok(Vec::new()), mapping)
}

/// The entries of a mapping. Null is an empty one.
fn mapping(value: Cursor<'_>) -> Result<Vec<Entry<'_>>> {
    if value.is_map() || value.is_null() {
        return Ok(value.entries());
    }
    let message = "`crds` holds OpenAPI definitions by name: a mapping is needed here";
    Err(BuildError::new(value.span(), message))
}
