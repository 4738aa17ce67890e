//! What a schema says about a value, read once and shared.

use std::borrow::Cow;
use std::ops::Range;

use regex::Regex;

use super::demand::Asked;
use super::target::Minors;

/// A text that is part of the program, or of a CustomResourceDefinition.
pub type Name = Cow<'static, str>;

/// What a value may be.
#[derive(Debug)]
pub enum Shape {
    /// Anything.
    Any,
    /// Text.
    Text(Box<Text>),
    /// A whole number.
    Integer(Bounds),
    /// A number.
    Number(Bounds),
    /// `true` or `false`.
    Boolean,
    /// Text or a whole number.
    IntOrString,
    /// An amount: `500m`, `1Gi`.
    Quantity,
    /// Items of one shape, and the fields by which Kubernetes tells them apart, if it does.
    List(Box<(Shape, Box<[Key]>)>),
    /// Values of one shape under any keys.
    Map(Box<Shape>),
    /// Named fields.
    Object(Box<Fields>),
    /// A shipped definition.
    Named(u32),
    /// Another shape, of whose values more is asked.
    Asked(Box<Asked>),
}

/// A field by which items are told apart.
#[derive(Debug)]
pub struct Key {
    /// Its name.
    pub name: Name,
    /// What it is when nobody sets it, as the schema says.
    pub default: Option<Name>,
}

/// What a text may be. Nothing that is empty restricts it.
#[derive(Debug, Default)]
pub struct Text {
    /// The words it may be.
    pub allowed: Box<[Name]>,
    /// What it must match.
    pub pattern: Option<Regex>,
    /// Fewest and most characters.
    pub length: (Option<u64>, Option<u64>),
}

/// Least and greatest value.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bounds {
    /// The least.
    pub least: Option<f64>,
    /// The greatest.
    pub most: Option<f64>,
}

/// The fields of an object.
#[derive(Debug)]
pub struct Fields {
    /// Sorted by the hash of the name, then by the name. A field that changed between versions is there once for each.
    pub fields: Box<[Field]>,
    /// Whether others are kept as well.
    pub is_open: bool,
    /// The places of those that some version wants set, and which versions do.
    pub required: Box<[(u32, Minors)]>,
}

/// A field.
#[derive(Debug)]
pub struct Field {
    /// Hash of the name, as keys of a tree have it.
    pub hash: u32,
    /// The name.
    pub name: Name,
    /// The versions of Kubernetes that have it.
    pub minors: Minors,
    /// The versions that want it set.
    pub required: Minors,
    /// Whether nothing is a value that is kept.
    pub is_nullable: bool,
    /// What it may be.
    pub shape: Shape,
}

impl Fields {
    /// These fields, in their order.
    pub fn new(mut fields: Vec<Field>, is_open: bool) -> Self {
        fields.sort_by(|a, b| (a.hash, &a.name).cmp(&(b.hash, &b.name)));
        let required = fields.iter().enumerate().filter(|(_, field)| field.required.0 != 0);
        let required = required.map(|(place, field)| (place as u32, field.required)).collect();
        Self { fields: fields.into(), is_open, required }
    }

    /// The places of the fields of a name, of which there are several when it changed between versions.
    pub fn named(&self, hash: u32, name: &str) -> Range<usize> {
        let is = |field: &Field| field.hash == hash && field.name == name;
        let mut start = self.fields.partition_point(|field| field.hash < hash);
        // Another name may have the same hash.
        while self.fields.get(start).is_some_and(|field| field.hash == hash && !is(field)) {
            start += 1;
        }
        let rest = self.fields.get(start..).unwrap_or_default();
        start..start + rest.iter().take_while(|field| is(field)).count()
    }

    /// The fields at these places.
    pub fn get(&self, places: Range<usize>) -> &[Field] {
        self.fields.get(places).unwrap_or_default()
    }
}
