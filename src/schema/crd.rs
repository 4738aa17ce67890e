//! From a CustomResourceDefinition to shapes: structural schemas as the API server reads them.

use rustc_hash::FxHashSet;

use crate::yaml::{Cursor, Tree, key_hash};

use super::bundle::shipped;
use super::cel::Expression;
use super::demand::{Asked, beside};
use super::pattern::pattern;
use super::shape::{Bounds, Field, Fields, Key, Name, Shape, Text};

/// The API server refuses deeper ones as well.
const DEPTH: u32 = 64;

/// What a CustomResourceDefinition defines.
pub struct Names {
    pub group: String,
    pub kind: String,
    /// The versions that are served, with what is said about their fields.
    pub versions: Vec<(String, Tree)>,
}

/// What an object defines, when it is a CustomResourceDefinition that says so.
pub fn names(object: Cursor<'_>) -> Option<Names> {
    let text = |at: Cursor<'_>, path: &[&str]| Some(at.path(path)?.text()?.into_owned());
    if text(object, &["kind"])? != "CustomResourceDefinition" {
        return None;
    }
    let spec = object.get("spec")?;
    let common = spec.path(&["validation", "openAPIV3Schema"]);
    let listed = spec.get("versions");
    let is_served =
        |version: &Cursor<'_>| version.get("served").and_then(|served| served.bool()) != Some(false);
    // Before `v1`, fields that the schema does not know were kept unless the definition said otherwise.
    let is_old = text(object, &["apiVersion"]).is_some_and(|version| version.ends_with("/v1beta1"));
    let is_open = spec.get("preserveUnknownFields").and_then(|keeps| keeps.bool()).unwrap_or(is_old);
    let common = common.filter(|_| !is_open);
    let mut versions: Vec<(String, Tree)> = listed
        .into_iter()
        .flat_map(|versions| versions.items())
        // The API server does not know the others.
        .filter(is_served)
        .filter_map(|version| {
            let name = text(version, &["name"])?;
            // A version without a schema is there all the same: a definition that says nothing of fields.
            let own = version.path(&["schema", "openAPIV3Schema"]).filter(|_| !is_open);
            let schema = own.or(common).or(version.get("name"))?;
            Some((name, schema.tree()))
        })
        .collect();
    // `v1beta1` has a version of its own where there is no list of them.
    if let (true, Some(version)) = (listed.is_none(), spec.get("version")) {
        versions.push((version.text()?.into_owned(), common.unwrap_or(version).tree()));
    }
    Some(Names { group: text(spec, &["group"])?, kind: text(spec, &["names", "kind"])?, versions })
}

/// The shape of the objects of a kind.
pub fn shape(schema: Cursor<'_>) -> Shape {
    read(schema, DEPTH)
}

/// Whether a schema says `true` under a name.
pub fn flag(schema: Cursor<'_>, name: &str) -> bool {
    schema.get(name).and_then(|value| value.bool()) == Some(true)
}

/// The number that a schema has under a name.
pub fn number(schema: Cursor<'_>, name: &str) -> Option<f64> {
    schema.get(name)?.text()?.parse().ok()
}

fn read(schema: Cursor<'_>, depth: u32) -> Shape {
    let Some(depth) = depth.checked_sub(1).filter(|_| schema.is_map()) else { return Shape::Any };
    let shape = plain(schema, depth);
    let (demand, rules) = (beside(schema, depth), Expression::all(schema));
    match demand.is_empty() && rules.is_empty() {
        true => shape,
        false => Shape::Asked(Box::new(Asked { shape, demand, rules, schema: schema.tree() })),
    }
}

fn plain(schema: Cursor<'_>, depth: u32) -> Shape {
    if flag(schema, "x-kubernetes-int-or-string") {
        return Shape::IntOrString;
    }
    let exclusive = |name: &str| flag(schema, name);
    let bounds = || Bounds {
        least: number(schema, "minimum").filter(|_| !exclusive("exclusiveMinimum")),
        most: number(schema, "maximum").filter(|_| !exclusive("exclusiveMaximum")),
    };
    let kind = schema.get("type").and_then(|kind| kind.text());
    match kind.as_deref() {
        Some("string") => Shape::Text(Box::new(text(schema))),
        Some("integer") => Shape::Integer(bounds()),
        Some("number") => Shape::Number(bounds()),
        Some("boolean") => Shape::Boolean,
        Some("array") => {
            let item = schema.get("items").map_or(Shape::Any, |item| read(item, depth));
            let keys = schema.get("x-kubernetes-list-map-keys").into_iter().flat_map(|keys| keys.items());
            let fields = schema.path(&["items", "properties"]);
            let keys = keys.filter_map(|key| {
                let name = key.text()?.into_owned();
                let default = fields.and_then(|fields| fields.get(&name)?.get("default")?.text());
                Some(Key { name: name.into(), default: default.map(|text| Name::Owned(text.into_owned())) })
            });
            Shape::List(Box::new((item, keys.collect())))
        }
        Some("object") => object(schema, depth),
        _ => Shape::Any,
    }
}

fn text(schema: Cursor<'_>) -> Text {
    let allowed = schema.get("enum").into_iter().flat_map(|allowed| allowed.items());
    let allowed = allowed.filter_map(|word| Some(Name::Owned(word.text()?.into_owned())));
    let expression = schema.get("pattern").and_then(|pattern| pattern.text());
    let length = |name: &str| number(schema, name).map(|length| length as u64);
    Text {
        allowed: allowed.collect(),
        // An expression that is none here may be one for Go: nothing is known then.
        pattern: expression.and_then(|text| pattern(&text)),
        length: (length("minLength"), length("maxLength")),
    }
}

fn object(schema: Cursor<'_>, depth: u32) -> Shape {
    let is_open = flag(schema, "x-kubernetes-preserve-unknown-fields");
    let properties = schema.get("properties").filter(|properties| properties.is_map());
    let Some(properties) = properties else {
        // What a schema says nothing about is pruned, and older ones prune nothing.
        let values = schema.get("additionalProperties").filter(|values| values.is_map());
        return values.map_or(Shape::Any, |values| Shape::Map(Box::new(read(values, depth))));
    };
    let every = shipped().every();
    let required: FxHashSet<String> = schema
        .get("required")
        .into_iter()
        .flat_map(|required| required.items())
        .filter_map(|name| Some(name.text()?.into_owned()))
        .collect();
    let none = super::Minors(0);
    let fields = properties.entries().into_iter().filter_map(|entry| {
        let name = entry.key.text()?.into_owned();
        // A field with a default is set by the API server when nobody does.
        let is_required = required.contains(&name) && entry.value.get("default").is_none();
        Some(Field {
            hash: key_hash(name.as_bytes()),
            minors: every,
            required: if is_required { every } else { none },
            is_nullable: flag(entry.value, "nullable"),
            shape: read(entry.value, depth),
            name: name.into(),
        })
    });
    // An object that is kept inside has what every object has, whatever the schema says.
    let is_embedded = flag(schema, "x-kubernetes-embedded-resource");
    Shape::Object(Box::new(Fields::new(fields.collect(), is_open || is_embedded)))
}
