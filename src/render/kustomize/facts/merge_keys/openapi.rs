//! A schema from the document that `openapi: {path: …}` names.
//!
//! Owns the reading of OpenAPI v2: `definitions` with the extensions that Kubernetes adds. Must not know files. What
//! it does not understand it leaves out, as Kustomize does as long as it does not crash.

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use crate::yaml::Cursor;

use super::{Field, MergeSchema, Root, Shape, Type};

/// A reference to a reference is followed this often; longer chains, and cycles, lead nowhere.
const REFERENCES: usize = 32;

/// The type of everything without fields: scalars, lists that are replaced, free-form mappings.
const PLAIN: u32 = 0;

impl MergeSchema {
    /// The schema that a document describes, and nothing else: Kustomize drops its own types for it.
    pub fn from_openapi(document: Cursor<'_>) -> Self {
        let mut reader = Reader::new(document);
        let mut roots = Vec::new();
        let definitions = document.get("definitions").map(|it| it.entries()).unwrap_or_default();
        for definition in definitions.into_iter().map(|entry| entry.value).filter(Cursor::is_map) {
            let Some(kinds) = definition.get("x-kubernetes-group-version-kind") else { continue };
            for (api_version, kind) in kinds.items().filter_map(api_version_and_kind) {
                let index = reader.index_of(definition);
                roots.push(Root { api_version: api_version.into(), kind: kind.into(), index });
            }
        }
        // Of several types for one kind the last one counts.
        roots.reverse();
        roots.sort_by(|a, b| (&a.api_version, &a.kind).cmp(&(&b.api_version, &b.kind)));
        roots.dedup_by(|a, b| a.api_version == b.api_version && a.kind == b.kind);
        Self { types: Cow::Owned(reader.types()), roots: Cow::Owned(roots) }
    }
}

/// An item of `x-kubernetes-group-version-kind` as an object writes it.
pub(in crate::render::kustomize::facts) fn api_version_and_kind(of: Cursor<'_>) -> Option<(String, String)> {
    let text = |name: &str| of.get(name).and_then(|value| value.string());
    let version = text("version")?;
    let api_version = match text("group").filter(|group| !group.is_empty()) {
        Some(group) => format!("{group}/{version}"),
        None => version.into_owned(),
    };
    Some((api_version, text("kind")?.into_owned()))
}

/// Turns definitions into types, each once. Types wait in a queue until they are read, so that definitions which
/// contain themselves, or nest without end, are no problem.
struct Reader<'w> {
    definitions: FxHashMap<Cow<'w, str>, Cursor<'w>>,
    /// What each type is read from; the one without fields is read from nothing.
    sources: Vec<Option<Cursor<'w>>>,
    /// Index of a type by that of the node it is read from.
    known: FxHashMap<u32, u32>,
}

impl<'w> Reader<'w> {
    fn new(document: Cursor<'w>) -> Self {
        let definitions = document.get("definitions").map(|it| it.entries()).unwrap_or_default();
        let named = definitions.iter().filter_map(|entry| Some((entry.key.text()?, entry.value)));
        Self { definitions: named.collect(), sources: vec![None], known: FxHashMap::default() }
    }

    /// All types, after reading those that are still waiting.
    fn types(mut self) -> Vec<Type> {
        let mut types = Vec::new();
        while let Some(source) = self.sources.get(types.len()).copied() {
            types.push(self.read(source));
        }
        types
    }

    fn read(&mut self, source: Option<Cursor<'w>>) -> Type {
        let properties =
            source.and_then(|it| it.get("properties")).map(|it| it.entries()).unwrap_or_default();
        let mut fields: Vec<Field> = Vec::with_capacity(properties.len());
        // Of equal keys the last one counts.
        for property in properties.into_iter().rev() {
            let shape = self.resolve(property.value).map(|schema| self.shape(schema));
            if let (Some(name), Some(shape)) = (property.key.text(), shape) {
                fields.push(Field { name: Cow::Owned(name.into_owned()), shape });
            }
        }
        fields.sort_by(|a, b| a.name.cmp(&b.name));
        fields.dedup_by(|a, b| a.name == b.name);
        let others = source.and_then(|it| it.get("additionalProperties")).filter(Cursor::is_map);
        let others = others.and_then(|it| self.resolve(it)).map(|schema| self.shape(schema));
        Type { fields: Cow::Owned(fields), others }
    }

    fn shape(&mut self, schema: Cursor<'w>) -> Shape {
        let text = |name: &str| schema.get(name).and_then(|value| value.string());
        let strategy = text("x-kubernetes-patch-strategy").unwrap_or_default();
        if !strategy.split(',').any(|strategy| strategy == "merge") {
            return Shape::Value(self.index_of(schema));
        }
        let keys = match schema.get("x-kubernetes-list-map-keys") {
            Some(keys) => keys.items().filter_map(|key| Some(key.text()?.into_owned().into())).collect(),
            None => {
                text("x-kubernetes-patch-merge-key").map(|key| key.into_owned().into()).into_iter().collect()
            }
        };
        let items = schema.get("items").filter(|_| is_array(schema)).and_then(|items| self.resolve(items));
        Shape::Merged { keys, items: items.map(|items| self.index_of(items)) }
    }

    /// The index of the type that a schema describes. It is read later.
    fn index_of(&mut self, schema: Cursor<'w>) -> u32 {
        let fields = ["properties", "additionalProperties"].map(|name| schema.get(name));
        if !fields.iter().flatten().any(Cursor::is_map) {
            return PLAIN;
        }
        let next = self.sources.len() as u32;
        let index = *self.known.entry(schema.index()).or_insert(next);
        if index == next {
            self.sources.push(Some(schema));
        }
        index
    }

    /// The schema that a `$ref` names, in whose place nothing else counts that is written next to it; a schema
    /// without one as it is. `None` when the name means nothing.
    fn resolve(&self, schema: Cursor<'w>) -> Option<Cursor<'w>> {
        let mut schema = schema;
        for _ in 0..REFERENCES {
            let Some(reference) = schema.get("$ref").and_then(|value| value.string()) else {
                return schema.is_map().then_some(schema);
            };
            let name = reference.strip_prefix("#/definitions/")?.replace("~1", "/").replace("~0", "~");
            schema = *self.definitions.get(&*name)?;
        }
        None
    }
}

/// Whether a schema is that of lists and nothing else.
fn is_array(schema: Cursor<'_>) -> bool {
    let Some(kind) = schema.get("type") else { return false };
    let mut kinds = kind.items();
    let only = if kind.is_seq() { kinds.next().filter(|_| kinds.next().is_none()) } else { Some(kind) };
    only.and_then(|only| only.text()).is_some_and(|text| text == "array")
}

#[cfg(test)]
mod tests {
    use super::super::super::tests::with_document;
    use super::super::tests::keys_at;
    use super::*;

    const DOCUMENT: &str = r##"
definitions:
  org.example.v1.Thing:
    x-kubernetes-group-version-kind:
    - {group: example.org, version: v1, kind: Thing}
    - {group: "", version: v1, kind: Thing}
    - {kind: NoVersion}
    properties:
      spec: {$ref: "#/definitions/org.example~1Spec"}
      again: {$ref: "#/definitions/Again", x-kubernetes-patch-strategy: merge}
      circle: {$ref: "#/definitions/Circle"}
      nowhere: {$ref: "#/definitions/Nowhere"}
      byLabel:
        additionalProperties:
          properties:
            things: {type: array, x-kubernetes-patch-strategy: merge, x-kubernetes-patch-merge-key: id}
  org.example/Spec:
    properties:
      items:
        type: [array]
        items: {$ref: "#/definitions/Item"}
        x-kubernetes-patch-strategy: merge,retainKeys
        x-kubernetes-patch-merge-key: ignored
        x-kubernetes-list-map-keys: [id, zone]
      keyed: {type: array, x-kubernetes-patch-merge-key: id}
      set: {type: array, x-kubernetes-patch-strategy: merge}
      inner:
        properties:
          deep: {type: array, items: {type: object}, x-kubernetes-patch-strategy: merge, x-kubernetes-patch-merge-key: id}
  Item:
    properties:
      parent: {$ref: "#/definitions/org.example~1Spec"}
      parts: {$ref: "#/definitions/Parts"}
  Parts: {type: array, x-kubernetes-patch-strategy: merge, x-kubernetes-patch-merge-key: part}
  Again: {properties: {metadata: {$ref: "#/definitions/Again"}, list: {$ref: "#/definitions/Parts"}}}
  Circle: {$ref: "#/definitions/Circle"}
  Broken: [1]
  Broken2: {x-kubernetes-group-version-kind: 1, properties: [a]}
"##;

    fn read(text: &str) -> MergeSchema {
        with_document(text, MergeSchema::from_openapi)
    }

    #[test]
    fn lists_of_a_document() {
        let schema = read(DOCUMENT);
        let thing = ("example.org/v1", "Thing");
        for (object, path, expected) in [
            (thing, "spec.items", Some(&["id", "zone"][..])),
            (("v1", "Thing"), "spec.items", Some(&["id", "zone"])),
            (thing, "spec.items.parent.items.parts", Some(&["part"])),
            (thing, "spec.keyed", None),
            (thing, "spec.set", Some(&[])),
            (thing, "spec.inner.deep", Some(&["id"])),
            (thing, "byLabel.any.things", Some(&["id"])),
            (thing, "byLabel.other.things", Some(&["id"])),
            // What is written next to a reference does not count.
            (thing, "again", None),
            (thing, "again.metadata.metadata.list", Some(&["part"])),
            (thing, "circle.list", None),
            (thing, "nowhere.list", None),
            // The types of Kubernetes are gone.
            (("apps/v1", "Deployment"), "spec.template.spec.containers", None),
            (thing, "metadata.finalizers", None),
        ] {
            assert_eq!(keys_at(&schema, object, path).as_deref(), expected, "{object:?} {path}");
        }
    }

    #[test]
    fn documents_that_describe_nothing() {
        for text in ["{}", "[]", "a", "definitions: []", "definitions: {a: 1, b: {$ref: '#/definitions/b'}}"]
        {
            let schema = read(text);
            assert!(schema.roots.is_empty(), "{text}");
        }
    }
}
