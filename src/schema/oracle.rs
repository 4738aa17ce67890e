//! The `jsonschema` crate as an oracle: over the corpus and changed copies of it, it must come to the same verdicts.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::disallowed_types)]

use serde_json::{Map, Value, json};

use crate::source::{Source, SourceKind, SourceMap};
use crate::yaml::{self, Cursor, Limits, Schema, Tree, Typed};

use super::bundle::{Bundle, shipped};
use super::catalog::{Catalog, Kind, Lookup};
use super::check::check;
use super::problem::ProblemKind;
use super::scalar::is_filled_in;
use super::shape::Shape;
use super::target::Target;

/// A shape as JSON Schema. Nothing is what is not there, so everything may be null but for what is required.
fn schema(shape: &Shape, bundle: &Bundle, definitions: &mut Map<String, Value>) -> Value {
    match shape {
        Shape::Any => json!(true),
        Shape::Asked(asked) => schema(&asked.shape, bundle, definitions),
        Shape::Text(text) if text.allowed.is_empty() => {
            let mut schema = json!({"type": ["string", "null"]});
            if let Some(pattern) = &text.pattern {
                schema["pattern"] = json!(pattern.as_str());
            }
            schema
        }
        Shape::Text(text) => json!({"anyOf": [{"enum": text.allowed}, {"type": "null"}]}),
        Shape::Integer(bounds) | Shape::Number(bounds) => {
            let kind = if matches!(shape, Shape::Integer(_)) { "integer" } else { "number" };
            let mut schema = json!({"type": [kind, "null"]});
            bounds.least.inspect(|least| schema["minimum"] = json!(least));
            bounds.most.inspect(|most| schema["maximum"] = json!(most));
            schema
        }
        Shape::Boolean => json!({"type": ["boolean", "null"]}),
        Shape::IntOrString => json!({"type": ["integer", "string", "null"]}),
        Shape::Quantity => json!({"anyOf": [
            {"type": ["number", "null"]},
            {"type": "string", "pattern": r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+|[numkMGTPE]|[KMGTPE]i)?$"},
        ]}),
        Shape::List(list) => {
            json!({"type": ["array", "null"], "items": schema(&list.0, bundle, definitions)})
        }
        Shape::Map(values) => json!({
            "type": ["object", "null"],
            "additionalProperties": schema(values, bundle, definitions),
        }),
        Shape::Object(fields) => {
            let mut properties: Map<String, Value> = Map::new();
            let target = Target::new(None).minors;
            let mut required = Vec::new();
            for field in fields.fields.iter().filter(|field| field.minors.overlaps(target)) {
                let shape = schema(&field.shape, bundle, definitions);
                // An empty word counts as none, where none need be.
                let shape = match shape["anyOf"][0].get("enum") {
                    Some(_) if !field.required.overlaps(target.newest()) => {
                        json!({"anyOf": [shape, {"const": ""}]})
                    }
                    _ => shape,
                };
                let known = properties.remove(&*field.name);
                let either = known.map_or(shape.clone(), |known| json!({"anyOf": [known, shape]}));
                properties.insert(field.name.to_string(), either);
                if field.required.overlaps(target.newest()) {
                    let set = properties.remove(&*field.name);
                    let set = json!({"allOf": [set, {"not": {"type": "null"}}]});
                    properties.insert(field.name.to_string(), set);
                    required.push(field.name.to_string());
                }
            }
            json!({
                "type": ["object", "null"],
                "properties": properties,
                "required": required,
                "additionalProperties": fields.is_open,
            })
        }
        Shape::Named(at) => {
            let name = at.to_string();
            if !definitions.contains_key(&name) {
                // Before it is read: a definition may name itself.
                definitions.insert(name.clone(), Value::Null);
                let read = schema(bundle.definition(*at), bundle, definitions);
                definitions.insert(name.clone(), read);
            }
            json!({"$ref": format!("#/$defs/{name}")})
        }
    }
}

/// A tree as JSON, as Kubernetes reads it.
fn value(at: Cursor<'_>) -> Value {
    if at.is_map() {
        let entries = at.entries().into_iter();
        return entries
            .map(|entry| (entry.key.text().unwrap_or_default().into_owned(), value(entry.value)))
            .collect();
    }
    let scalar = at.typed_as(Schema::GoYamlV2, |typed| match typed {
        Typed::Null => Value::Null,
        Typed::Bool(value) => value.into(),
        Typed::Int(value) => value.into(),
        Typed::Uint(value) => value.into(),
        Typed::Float(value) => value.into(),
        Typed::Str(text) => text.into(),
    });
    scalar.unwrap_or_else(|| at.items().map(value).collect())
}

/// Copies of an object with one thing wrong, or right: a value of another type, a field that is gone or has another name.
fn changed(object: &Value) -> Vec<Value> {
    fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
        let children: Vec<(String, &Value)> = match value {
            Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), value)).collect(),
            Value::Array(items) => {
                items.iter().enumerate().map(|(at, value)| (at.to_string(), value)).collect()
            }
            _ => Vec::new(),
        };
        for (name, value) in children {
            let name = name.replace('~', "~0").replace('/', "~1");
            let pointer = format!("{at}/{name}");
            pointers(value, &pointer, found);
            found.push(pointer);
        }
    }
    let mut found = Vec::new();
    pointers(object, "", &mut found);
    let others =
        [json!("text"), json!(7), json!(7.5), json!(true), json!(null), json!([]), json!({}), json!("10Mi")];
    let mut copies = Vec::new();
    for (round, pointer) in found.iter().enumerate() {
        let mut copy = object.clone();
        if let Some(place) = copy.pointer_mut(pointer) {
            *place = others[round % others.len()].clone();
            copies.push(copy);
        }
        let (parent, name) = pointer.rsplit_once('/').unwrap_or_default();
        let mut copy = object.clone();
        if let Some(Value::Object(fields)) = copy.pointer_mut(parent)
            && let Some(value) = fields.remove(&name.replace("~1", "/").replace("~0", "~"))
        {
            if round % 2 == 0 {
                fields.insert(format!("{name}y"), value);
            }
            copies.push(copy);
        }
    }
    copies
}

/// Whether something is filled in anywhere: what comes of it is not known.
fn is_filled(value: &Value) -> bool {
    match value {
        Value::Object(fields) => fields.iter().any(|(name, value)| is_filled_in(name) || is_filled(value)),
        Value::Array(items) => items.iter().any(is_filled),
        Value::String(text) => is_filled_in(text),
        _ => false,
    }
}

fn parsed(text: &str) -> (SourceMap, Vec<Tree>) {
    let map = SourceMap::new(vec![Source::new("a.yaml", SourceKind::File, text.to_owned())]);
    let id = map.ids()[0];
    let trees = yaml::parse(map.source(id), id, Limits::default()).trees().collect();
    (map, trees)
}

/// Both verdicts about the fields of an object besides those that every object has.
fn compare(catalog: &Catalog, text: &str, validators: &mut Validators, counts: &mut (usize, usize)) {
    let (map, trees) = parsed(text);
    for tree in trees {
        let root = Cursor::new(&map, &tree);
        let field =
            |name: &str| root.get(name).and_then(|value| value.text()).unwrap_or_default().into_owned();
        let (api_version, kind) = (field("apiVersion"), field("kind"));
        let Lookup::Known(kinds) = catalog.find(&map, &api_version, &kind) else { continue };
        // Of what is not exact, unlike names are left alone; that is no question of schemas.
        // What must be set is read for the newest version, which has dropped a few API versions.
        let newest = Target::new(None).minors.newest();
        let is_comparable = |kind: &&Kind<'_>| kind.is_exact && kind.minors.overlaps(newest);
        let Some(known) = kinds.first().filter(is_comparable) else { continue };
        let validator = validators.0.entry(format!("{api_version}/{kind}")).or_insert_with(|| {
            let bundle = shipped();
            let mut definitions = Map::new();
            let mut root = schema(known.shape, bundle, &mut definitions);
            for name in ["apiVersion", "kind", "metadata", "status", "sops"] {
                root["properties"][name] = json!(true);
            }
            if let Some(required) = root["required"].as_array_mut() {
                required.retain(|name| {
                    !["apiVersion", "kind", "metadata", "status"].contains(&name.as_str().unwrap())
                });
            }
            root["$defs"] = definitions.into();
            jsonschema::validator_for(&root).unwrap()
        });
        let mut object = value(root);
        object["metadata"] = json!({});
        for instance in std::iter::once(object.clone()).chain(changed(&object)) {
            let json = instance.to_string();
            if is_filled(&instance) || instance["metadata"] != json!({}) {
                continue;
            }
            let fits = [&instance["apiVersion"], &instance["kind"]];
            if fits != [&json!(api_version), &json!(kind)] {
                continue;
            }
            let (map, trees) = parsed(&json);
            let root = Cursor::new(&map, &trees[0]);
            let mut problems = check(root, &kinds[..1], Target::new(None), Schema::GoYamlV2);
            // JSON Schema knows no keys of items.
            problems.retain(|problem| !matches!(problem.kind, ProblemKind::Duplicate { .. }));
            let is_valid = validator.is_valid(&instance);
            if problems.is_empty() != is_valid {
                validators.1.push(format!("{is_valid}: {problems:?}\n{json}"));
            }
            counts.0 += 1;
            counts.1 += usize::from(!is_valid);
        }
    }
}

/// By API version and kind; and where the two differ.
#[derive(Default)]
struct Validators(std::collections::HashMap<String, jsonschema::Validator>, Vec<String>);

#[test]
fn the_crate_comes_to_the_same_verdicts() {
    let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut validators = Validators::default();
    let mut counts = (0, 0);
    let catalog = Catalog::default();
    let mut waiting = vec![corpus];
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|extension| extension == "yaml")
            && let Ok(text) = std::fs::read_to_string(&path)
        {
            compare(&catalog, &text, &mut validators, &mut counts);
        }
    }
    println!("{} instances of {} kinds, {} of them wrong", counts.0, validators.0.len(), counts.1);
    let differences = validators.1.iter().take(5).map(String::as_str).collect::<Vec<_>>().join("\n");
    assert!(validators.1.is_empty(), "{} differences\n{differences}", validators.1.len());
    assert!(counts.0 > 5000 && counts.1 > 2000, "{counts:?}");
}
