//! Content hashes in the names of generated objects.
//!
//! Owns what is hashed (Kustomize's `api/hasher`): JSON as Go writes it. One byte of difference makes another name.

use sha2::{Digest, Sha256};

use crate::render::{Event, EventKind, Gap};
use crate::source::{Input, SourceMap, StepId, StepKind};
use crate::yaml::{Cursor, Draft, Flags, Schema, Style, Timestamp, Typed};

use super::error::Result;
use super::go;
use super::resource::Resource;
use super::stage::{Stage, control};

/// Appends the hash to the names of the objects that want one.
pub(in crate::render) fn add_hashes(stage: &mut Stage<'_>, resources: &mut [Resource]) -> Result<()> {
    let map = stage.map;
    for resource in resources.iter_mut().filter(|resource| resource.needs_hash) {
        let root = resource.root(map);
        let Some(content) = Content::of(&resource.id.gvk.kind) else {
            stage.events.push(unknown(resource));
            continue;
        };
        let Some(name) = root.path(&["metadata", "name"]) else { continue };
        let suffix = format!("-{}", hash(&content.json(root)));
        let step = stage.step(StepKind::Hash, resource.origin, &inputs(map, resource, name), name.step());
        let text = name.text().unwrap_or_default();
        let text = map.compose(&[(&text, Some((name.span(), name.step()))), (&suffix, None)]);
        resource.remember_id();
        resource.change(map, |draft| {
            if let Some(name) = draft.path_mut(map, &["metadata", "name"]) {
                *name = Draft::text(text, step);
            }
        });
    }
    Ok(())
}

/// Of a generated object whose kind a patch has changed Kustomize hashes its parser's nodes, line numbers and all.
fn unknown(resource: &Resource) -> Event {
    let message = format!("the content hash in the name of {} is not known", resource.id);
    Event::new(EventKind::NotRendered(Gap::ContentHash), resource.origin, message)
}

/// What decides about the hash: everything that is hashed, and what was taken away.
fn inputs(map: &SourceMap, resource: &Resource, name: Cursor<'_>) -> Vec<Input> {
    let root = resource.root(map);
    let mut inputs =
        vec![Input::value(name.span(), name.step()), Input::control(resource.origin, StepId::PARSED)];
    for field in ["data", "binaryData", "stringData", "type"].into_iter().filter_map(|field| root.get(field))
    {
        inputs.push(control(field));
        inputs
            .extend(field.entries().into_iter().flat_map(|entry| [control(entry.key), control(entry.value)]));
        // Values of data are scalars, if all is well.
        let deeper = field.entries().into_iter().filter(|entry| entry.value.text().is_none());
        inputs.extend(deeper.flat_map(|entry| entry.value.scalars().map(control)));
    }
    for removal in &resource.removed {
        inputs.extend(map.step(removal.step).map(|step| Input::control(step.entry, removal.step)));
    }
    inputs
}

/// The fields of a kind that are hashed, in the order of JSON.
struct Content {
    kind: &'static str,
    /// Each with whether it counts only when it is no scalar.
    fields: &'static [(&'static str, bool)],
}

/// Stands for the name. Kustomize asks for it under the single key `metadata/name`, finds none, and hashes an empty
/// one.
const NAME: &str = "metadata/name";

impl Content {
    fn of(kind: &str) -> Option<Self> {
        Some(match kind {
            "ConfigMap" => Self {
                kind: "ConfigMap",
                fields: &[("binaryData", true), ("data", false), ("kind", false), (NAME, false)],
            },
            "Secret" => Self {
                kind: "Secret",
                fields: &[
                    ("data", false),
                    ("kind", false),
                    (NAME, false),
                    ("stringData", true),
                    ("type", false),
                ],
            },
            _ => return None,
        })
    }

    fn json(&self, root: Cursor<'_>) -> String {
        let mut json = String::from("{");
        for &(field, only_collection) in self.fields {
            let value = root.get(field);
            if only_collection && value.is_none_or(|value| value.text().is_some()) {
                continue;
            }
            if json.len() > 1 {
                json.push(',');
            }
            json.push_str(&go::json_string(if field == NAME { "name" } else { field }));
            json.push(':');
            match value {
                _ if field == "kind" => json.push_str(&go::json_string(self.kind)),
                None => json.push_str("\"\""),
                // Only the text of a scalar counts, not its type; only a mapping is decoded from anything else.
                Some(value) if value.is_map() => push_value(&mut json, value),
                Some(value) if value.is_seq() => json.push_str("null"),
                // Only a JSON patch leaves a null, and writes it this way.
                Some(value) if value.is_null() => json.push_str("\"null\""),
                Some(value) => json.push_str(&go::json_string(&value.text().unwrap_or_default())),
            }
        }
        json.push('}');
        json
    }
}

fn push_value(json: &mut String, value: Cursor<'_>) {
    if value.is_map() {
        let mut entries: Vec<_> = value.entries().into_iter().map(|it| (it.key.text(), it.value)).collect();
        entries.sort_by(|(a, _), (b, _)| a.cmp(b));
        for (index, (key, value)) in entries.into_iter().enumerate() {
            json.push(if index == 0 { '{' } else { ',' });
            json.push_str(&go::json_string(&key.unwrap_or_default()));
            json.push(':');
            push_value(json, value);
        }
        json.push_str(if value.node().aux == 0 { "{}" } else { "}" });
    } else if value.is_seq() {
        for (index, item) in value.items().enumerate() {
            json.push(if index == 0 { '[' } else { ',' });
            push_value(json, item);
        }
        json.push_str(if value.node().aux == 0 { "[]" } else { "]" });
    } else {
        json.push_str(&scalar(value));
    }
}

/// A scalar, which has gone through YAML and JSON once. All numbers are floating point by then.
fn scalar(value: Cursor<'_>) -> String {
    let typed = value.typed_as(Schema::GoYamlV3, |typed| match typed {
        Typed::Null => "null".to_owned(),
        Typed::Bool(value) => value.to_string(),
        Typed::Int(value) => go::json(value as f64),
        Typed::Uint(value) => go::json(value as f64),
        Typed::Float(value) => go::json(value),
        Typed::Str(text) => {
            let is_plain = value.node().style == Style::Plain && !value.node().flags.has(Flags::TEXT);
            let time = Timestamp::parse(text).filter(|_| is_plain && value.tag().is_none());
            go::json_string(time.and_then(|time| time.json()).as_deref().unwrap_or(text))
        }
    });
    typed.unwrap_or_default()
}

/// The first ten hexadecimal digits, without those that could make a word.
fn hash(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    let digits = digest.iter().flat_map(|byte| [byte >> 4, byte & 15]).take(10);
    digits.map(|digit| char::from(b"gh2k456789mbcdtf"[usize::from(digit)])).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::render::kustomize::testing::{files, origins, resources, shown, stage};

    fn hash_of(object: &str) -> Option<String> {
        let map = files(&[("a.yaml", object)]);
        let resource = resources(&map, 0).remove(0);
        Some(hash(&Content::of(&resource.id.gvk.kind)?.json(resource.root(&map))))
    }

    /// All of them are what Kustomize 5.5.0 prints for a generated object with this content.
    #[test]
    fn hashes_of_kustomize() {
        for (kind, content, expected) in [
            ("ConfigMap", "x: y", "6ct58987ht"),
            ("ConfigMap", "data: {k: v}", "bdg947hgcc"),
            ("ConfigMap", "data: {k: v}\nimmutable: true", "bdg947hgcc"),
            ("ConfigMap", "data: {}", "42745tchd9"),
            ("ConfigMap", r#"data: {a: "<b> & \"c\"\\"}"#, "k7cbchg9md"),
            ("ConfigMap", "data: {a: b}\nbinaryData: {b: c}", "bc4fttd7d2"),
            ("ConfigMap", "data: {a: b}\nbinaryData: {}", "h477bbfc2m"),
            ("ConfigMap", "data: {a: b}\nbinaryData: []", "7tfgmmmf4f"),
            ("ConfigMap", "data: {a: b}\nbinaryData: foo", "4h2mbtbbt6"),
            ("ConfigMap", "data: {a: b}\nstringData: {b: c}", "4h2mbtbbt6"),
            ("Secret", "data: {}\ntype: Opaque", "46f8b28mk5"),
            ("Secret", "data: {a: Yg==}\ntype: x/y\nstringData: {c: d}", "8bg957t4m7"),
            // What patches can make of it.
            ("ConfigMap", "data: null", "g886t7dd28"),
            ("ConfigMap", "data: [1]", "dk855m5d49"),
            ("ConfigMap", "data: foo", "dbtkmgt2k2"),
            ("ConfigMap", "data: {a: b, x: true}", "7g7866kdmb"),
            ("ConfigMap", "data: {a: b, x: null}", "58tkffcthd"),
            ("ConfigMap", "data: {a: b, x: 0x1F}", "gbthgtf6f8"),
            ("ConfigMap", "data: {a: b, x: 1.10}", "6mckb82t6h"),
            ("ConfigMap", "data: {a: b, x: 1e21}", "2m5cbhtb9t"),
            ("ConfigMap", "data: {a: b, x: 1e-7}", "4f87tbb45t"),
            ("ConfigMap", "data: {a: b, x: -0.0}", "2tfh6h9c9m"),
            ("ConfigMap", "data: {a: b, x: 12345678901234567890}", "mmkt526222"),
            ("ConfigMap", "data: {a: b, x: 2001-01-01}", "fhhthg5dkb"),
            ("ConfigMap", "data: {x: [1, {a: <}], a: b}", "8t2g5bf8kc"),
            ("ConfigMap", "data: {x: {b: 1, a: 2}, a: b}", "mk69fm27f9"),
            ("ConfigMap", "data: {a: b}\n\"metadata/name\": hello", "fbmh2826kk"),
        ] {
            let object = format!("apiVersion: v1\nkind: {kind}\nmetadata: {{name: x}}\n{content}\n");
            assert_eq!(hash_of(&object).as_deref(), Some(expected), "{content}");
        }
    }

    const PATCHED: &str = "apiVersion: v1
kind: ConfigMap
metadata: {name: a}
data: {k: v}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: plain, annotations: {kustomize.config.k8s.io/needs-hash: 'true'}}
---
apiVersion: v1
kind: Other
metadata: {name: b}
";

    #[test]
    fn names_get_hashes_where_they_are_wanted() {
        let map = files(&[("a.yaml", PATCHED)]);
        let mut stage = stage(&map);
        let mut resources = resources(&map, 0);
        resources[0].needs_hash = true;
        resources[2].needs_hash = true;
        for _ in 0..2 {
            // A HashTransformer in front of the one that always runs appends a hash of its own.
            add_hashes(&mut stage, &mut resources).unwrap();
        }
        let names: Vec<&str> = resources.iter().map(|resource| &*resource.id.name).collect();
        assert_eq!(names, ["a-bdg947hgcc-bdg947hgcc", "plain", "b"]);
        let previous: Vec<&str> = resources[0].previous.iter().map(|id| &*id.name).collect();
        assert_eq!(previous, ["a", "a-bdg947hgcc"]);
        let messages: Vec<&str> = stage.events.iter().map(|event| event.message.as_str()).collect();
        assert_eq!(messages, ["the content hash in the name of Other b is not known"; 2]);
        assert!(stage.events.iter().all(|event| event.kind.is_gap()));
    }

    #[test]
    fn a_hash_depends_on_all_that_is_hashed() {
        let map = files(&[("a.yaml", PATCHED)]);
        let mut stage = stage(&map);
        let mut resources = resources(&map, 0);
        resources[0].needs_hash = true;
        add_hashes(&mut stage, &mut resources).unwrap();
        assert_eq!(shown(resources[0].root(&map).get("metadata").unwrap()), r#"{name: "a-bdg947hgcc"}"#);
        let whole = "a.yaml:1:1 apiVersion: v1";
        let expected = format!(
            "metadata.name = a-bdg947hgcc from a.yaml:3:18 a | hash {whole}; value a.yaml:3:18 a; control {whole}; \
             control a.yaml:4:7 {{k: v}}; control a.yaml:4:8 k; control a.yaml:4:11 v"
        );
        assert_eq!(origins(&map, &resources[0].tree), [expected]);
    }
}
