//! What the schema of a CustomResourceDefinition asks of a value besides its shape: `oneOf`, `anyOf`, `allOf`, `not`,
//! counts, formats, sets, and rules in CEL.
//!
//! Must not know whether a value keeps to it.

use std::hash::{Hash, Hasher};

use regex::Regex;

use crate::yaml::{Cursor, Schema, Tree, Typed};

use super::cel::Expression;
use super::crd::{flag, number};
use super::format::{Format, Formatted};
use super::pattern::pattern;
use super::shape::{Name, Shape};

/// A shape, and what is asked of its values besides.
#[derive(Debug)]
pub struct Asked {
    /// The shape.
    pub shape: Shape,
    /// What is asked.
    pub demand: Demand,
    /// Rules in CEL.
    pub rules: Box<[Expression]>,
    /// The schema itself, from which rules in CEL take types and defaults.
    pub schema: Tree,
}

/// What is asked of a value. Nothing that is empty restricts it.
#[derive(Debug, Default)]
pub struct Demand {
    /// Fields that must be set. Those with a default always are, and are left out.
    pub required: Box<[Name]>,
    /// What is asked of fields that are there.
    pub fields: Box<[DemandedField]>,
    /// What is asked of each item.
    pub items: Option<Box<Demand>>,
    /// What is asked of each value under a key that no schema names.
    pub values: Option<Box<Demand>>,
    /// The type it must have, as JSON Schema calls it.
    pub kind: Option<Name>,
    /// The values it may be.
    pub allowed: Option<Box<[Literal]>>,
    /// What a text must match.
    pub pattern: Option<Regex>,
    /// What a text must be, as the API server reads it.
    pub format: Option<&'static Format>,
    /// Fewest and most characters of a text.
    pub length: Limits,
    /// Whether no item of a list may be there twice.
    pub is_set: bool,
    /// Fewest and most items of a list.
    pub items_count: Limits,
    /// Fewest and most fields of a mapping.
    pub fields_count: Limits,
    /// Least and greatest number, and whether the number itself is left out.
    pub least: Option<(f64, bool)>,
    /// The greatest.
    pub most: Option<(f64, bool)>,
    /// What a number must be a multiple of.
    pub multiple_of: Option<f64>,
    /// All of these hold.
    pub all: Box<[Demand]>,
    /// One of these holds, or several do.
    pub any: Box<[Demand]>,
    /// Exactly one of these holds.
    pub one: Box<[Demand]>,
    /// This does not hold.
    pub not: Option<Box<Demand>>,
    /// Whether it says more than is read here.
    pub is_partial: bool,
}

/// Fewest and most.
pub type Limits = (Option<u64>, Option<u64>);

/// What is asked of a field when it is there.
#[derive(Debug)]
pub struct DemandedField {
    /// Its name.
    pub name: Name,
    /// Whether the API server sets it when nobody does.
    pub has_default: bool,
    /// What is asked.
    pub demand: Demand,
}

/// A value that is written out in a schema.
#[derive(Clone, PartialEq, Debug)]
pub enum Literal {
    /// Text.
    Text(Name),
    /// A number.
    Number(f64),
    /// `true` or `false`.
    Boolean(bool),
}

/// JSON has no number that is not equal to itself.
impl Eq for Literal {}

impl Hash for Literal {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Self::Text(text) => text.hash(state),
            // Zero has two signs and is equal to itself.
            Self::Number(number) => (number + 0.0).to_bits().hash(state),
            Self::Boolean(value) => value.hash(state),
        }
    }
}

impl Literal {
    /// A scalar as a reader has it; nothing for collections and nothing.
    pub fn of(value: Cursor<'_>, reader: Schema) -> Option<Self> {
        value.typed_as(reader, |typed| match typed {
            Typed::Null => None,
            Typed::Bool(value) => Some(Self::Boolean(value)),
            Typed::Int(value) => Some(Self::Number(value as f64)),
            Typed::Uint(value) => Some(Self::Number(value as f64)),
            Typed::Float(value) => Some(Self::Number(value)),
            Typed::Str(text) => Some(Self::Text(Name::Owned(text.to_owned()))),
        })?
    }
}

/// What a schema asks besides what its shape says.
pub fn beside(schema: Cursor<'_>, depth: u32) -> Demand {
    let exclusive = |bound: &str, flag: &str| bounded(schema, bound, flag).filter(|(_, is_out)| *is_out);
    let kind = schema.get("type").and_then(|kind| kind.text());
    let is_text = kind.as_deref() == Some("string");
    // The pattern of a value that may be a number holds where it is text.
    let is_either = flag(schema, "x-kubernetes-int-or-string");
    let junctions = junctions(schema, schema, depth);
    let format = formatted(schema);
    Demand {
        format: format.format(),
        is_partial: matches!(format, Formatted::Unread),
        is_set: texted(schema, "x-kubernetes-list-type").is_some_and(|kind| kind == "set"),
        multiple_of: number(schema, "multipleOf"),
        // There it says no more than that.
        any: if is_either { Box::default() } else { junctions.any },
        allowed: if is_text { None } else { allowed(schema) },
        pattern: if is_either { texted(schema, "pattern").and_then(|text| pattern(&text)) } else { None },
        items_count: limits(schema, "minItems", "maxItems"),
        fields_count: limits(schema, "minProperties", "maxProperties"),
        least: exclusive("minimum", "exclusiveMinimum"),
        most: exclusive("maximum", "exclusiveMaximum"),
        ..junctions
    }
}

impl Demand {
    /// Whether it asks nothing.
    pub fn is_empty(&self) -> bool {
        let has_counts = [self.length, self.items_count, self.fields_count] != [(None, None); 3];
        let has_texts = self.pattern.is_some() || self.format.is_some();
        let has_values = self.kind.is_some() || self.allowed.is_some() || has_texts || self.is_set;
        let has_bounds = self.least.is_some() || self.most.is_some() || self.multiple_of.is_some();
        let has_parts = !(self.required.is_empty() && self.fields.is_empty())
            || self.items.is_some()
            || self.values.is_some();
        let has_junctions = !(self.all.is_empty() && self.any.is_empty() && self.one.is_empty());
        !(has_counts || has_values || has_bounds || has_parts || has_junctions)
            && self.not.is_none()
            && !self.is_partial
    }

    /// Whether a part of it says more than is read.
    pub fn is_partly_read(&self) -> bool {
        let fields = self.fields.iter().map(|field| &field.demand);
        let single = [&self.items, &self.values, &self.not].into_iter().flatten().map(|demand| &**demand);
        let parts = self.all.iter().chain(&self.any).chain(&self.one).chain(fields).chain(single);
        self.is_partial || parts.into_iter().any(Self::is_partly_read)
    }

    /// The fields that it wants set, when that is all it asks.
    pub fn only_required(&self) -> Option<&[Name]> {
        let asks_more = self.fields.iter().any(|field| !field.demand.is_empty())
            || !(self.all.is_empty() && self.any.is_empty() && self.one.is_empty())
            || self.not.is_some()
            || self.kind.as_deref().is_some_and(|kind| kind != "object")
            || self.allowed.is_some()
            || self.items.is_some()
            || self.values.is_some()
            || self.fields_count != (None, None)
            || self.is_partial;
        (!self.required.is_empty() && !asks_more).then_some(&self.required)
    }
}

/// All that is asked inside of a junction. `structure` is the schema of the same value outside of it.
fn inside(schema: Cursor<'_>, structure: Option<Cursor<'_>>, depth: u32) -> Demand {
    /// Words that restrict nothing, or are read here.
    const KNOWN: [&str; 27] = [
        "allOf",
        "anyOf",
        "oneOf",
        "not",
        "required",
        "properties",
        "items",
        "additionalProperties",
        "type",
        "enum",
        "pattern",
        "format",
        "multipleOf",
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
        "minProperties",
        "maxProperties",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "description",
        "title",
        "default",
        "nullable",
    ];
    let Some(depth) = depth.checked_sub(1).filter(|_| schema.is_map()) else {
        return Demand { is_partial: true, ..Demand::default() };
    };
    let at = |name: &str| structure.and_then(|structure| structure.get(name));
    let property = |name: &str| at("properties").and_then(|properties| properties.get(name));
    let has_default = |name: &str| property(name).is_some_and(|field| field.get("default").is_some());
    let required = schema.get("required").into_iter().flat_map(|required| required.items());
    let required = required.filter_map(|name| Some(name.text()?.into_owned()));
    let fields = schema.get("properties").into_iter().flat_map(|properties| properties.entries());
    let fields = fields.filter_map(|field| {
        let name = field.key.text()?.into_owned();
        let demand = inside(field.value, property(&name), depth);
        Some(DemandedField { has_default: has_default(&name), name: name.into(), demand })
    });
    let nested = |name: &str| {
        let found = schema.get(name).filter(|found| found.is_map())?;
        Some(Box::new(inside(found, at(name), depth)))
    };
    let format = formatted(schema);
    let expression = texted(schema, "pattern");
    let pattern = expression.as_deref().and_then(pattern);
    let has_more = schema.entries().iter().any(|entry| {
        let name = entry.key.text().unwrap_or_default();
        let is_closed = name == "additionalProperties" && entry.value.bool() == Some(false);
        is_closed || !KNOWN.contains(&&*name)
    });
    Demand {
        required: required.filter(|name| !has_default(name)).map(Name::Owned).collect(),
        fields: fields.collect(),
        items: nested("items"),
        values: nested("additionalProperties"),
        kind: texted(schema, "type").map(Name::Owned),
        allowed: allowed(schema),
        is_partial: has_more
            || (expression.is_some() && pattern.is_none())
            || matches!(format, Formatted::Unread),
        pattern,
        format: format.format(),
        multiple_of: number(schema, "multipleOf"),
        length: limits(schema, "minLength", "maxLength"),
        items_count: limits(schema, "minItems", "maxItems"),
        fields_count: limits(schema, "minProperties", "maxProperties"),
        least: bounded(schema, "minimum", "exclusiveMinimum"),
        most: bounded(schema, "maximum", "exclusiveMaximum"),
        ..junctions(schema, structure.unwrap_or(schema), depth)
    }
}

fn junctions(schema: Cursor<'_>, structure: Cursor<'_>, depth: u32) -> Demand {
    let several = |name: &str| {
        let parts = schema.get(name).into_iter().flat_map(|parts| parts.items());
        parts.map(|part| inside(part, Some(structure), depth)).collect()
    };
    let not = schema.get("not").map(|not| Box::new(inside(not, Some(structure), depth)));
    Demand { all: several("allOf"), any: several("anyOf"), one: several("oneOf"), not, ..Demand::default() }
}

fn texted(schema: Cursor<'_>, name: &str) -> Option<String> {
    Some(schema.get(name)?.text()?.into_owned())
}

fn formatted(schema: Cursor<'_>) -> Formatted {
    texted(schema, "format").map_or(Formatted::Free, |name| Formatted::named(&name))
}

fn limits(schema: Cursor<'_>, least: &str, most: &str) -> Limits {
    let count = |name: &str| number(schema, name).map(|count| count as u64);
    (count(least), count(most))
}

fn bounded(schema: Cursor<'_>, bound: &str, exclusive: &str) -> Option<(f64, bool)> {
    number(schema, bound).map(|number| (number, flag(schema, exclusive)))
}

fn allowed(schema: Cursor<'_>) -> Option<Box<[Literal]>> {
    let words = schema.get("enum")?.items();
    Some(words.filter_map(|word| Literal::of(word, Schema::GoYamlV2)).collect())
}
