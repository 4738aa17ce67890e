//! Reads the tree of a configuration file into its declaration, through serde, with the place of every error.
//!
//! Serde stops at the first error. Here the smallest item that is wrong is left out and reading starts again, until
//! the rest can be read: so a file's errors are all reported at once.

use std::fmt;

use rustc_hash::FxHashSet;
use serde::Deserialize;
use serde::de::value::{StrDeserializer, U32Deserializer};
use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, Expected, IntoDeserializer, MapAccess, SeqAccess,
    Unexpected, VariantAccess, Visitor,
};

use crate::source::Span;
use crate::yaml::{Cursor, Entry, Style};

use super::spanned::SPANNED;
use super::{ConfigError, suggestion};

/// Reads a tree. Everything that is wrong goes to `errors`; `None` when nothing can be read for it.
pub(super) fn read<T: for<'de> Deserialize<'de>>(
    root: Cursor<'_>,
    errors: &mut Vec<ConfigError>,
) -> Option<T> {
    let mut left_out = FxHashSet::default();
    loop {
        let error = match T::deserialize(Reader { at: root, left_out: &left_out }) {
            Ok(value) => return Some(value),
            Err(error) => error,
        };
        if !error.consequence {
            let span = error.span.unwrap_or(root.span());
            errors.push(ConfigError::new(span, error.message).help(error.help));
        }
        match error.item {
            // Every round leaves out one node more, so the rounds come to an end.
            Some(item) if left_out.insert(item) => {}
            _ => return None,
        }
    }
}

/// An error on its way out of serde, gathering its place from the innermost reader it passes.
#[derive(Debug)]
struct Error {
    message: String,
    help: Option<String>,
    span: Option<Span>,
    /// The smallest item or entry it stands in.
    item: Option<u32>,
    /// It only follows from something that was left out, and says nothing new.
    consequence: bool,
    /// The field whose absence it is.
    missing: Option<&'static str>,
}

impl Error {
    fn message(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            help: None,
            span: None,
            item: None,
            consequence: false,
            missing: None,
        }
    }

    fn at(mut self, span: Span) -> Self {
        self.span = self.span.or(Some(span));
        self
    }

    fn inside(mut self, item: u32) -> Self {
        self.item = self.item.or(Some(item));
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

fn one_of(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    format!("one of {}", quoted.join(", "))
}

/// What is expected, without the names that Rust has for numbers.
fn spoken(expected: &dyn Expected) -> String {
    match &*expected.to_string() {
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number".to_owned(),
        other => other.to_owned(),
    }
}

impl de::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::message(message.to_string())
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::message(format!("expected {}, found {found}", spoken(expected)))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::message(format!("expected {}, found {found}", spoken(expected)))
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        let help = suggestion(variant, expected.iter().copied());
        let message = format!("unknown value `{variant}`, expected {}", one_of(expected));
        Self { help, ..Self::message(message) }
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        let help = suggestion(field, expected.iter().copied());
        let help = help.unwrap_or_else(|| format!("the keys here are {}", expected.join(", ")));
        Self { help: Some(help), ..Self::message(format!("unknown key `{field}`")) }
    }

    fn missing_field(field: &'static str) -> Self {
        Self { missing: Some(field), ..Self::message(format!("`{field}` is missing")) }
    }
}

/// What a value is, for "found …". The value of a scalar may be quoted: a configuration holds no secrets.
fn describe(at: Cursor<'_>) -> String {
    if at.is_map() {
        "a mapping".to_owned()
    } else if at.is_seq() {
        "a list".to_owned()
    } else if at.is_null() {
        "nothing".to_owned()
    } else {
        format!("`{}`", at.text().unwrap_or_default())
    }
}

/// A deserializer over one value.
#[derive(Clone, Copy)]
struct Reader<'a, 'w> {
    at: Cursor<'w>,
    left_out: &'a FxHashSet<u32>,
}

impl<'a, 'w> Reader<'a, 'w> {
    fn expected(&self, what: &str) -> Error {
        Error::message(format!("expected {what}, found {}", describe(self.at))).at(self.at.span())
    }

    fn list(&self) -> Items<'a, 'w> {
        let items = self.at.items().filter(|item| !self.left_out.contains(&item.index())).collect::<Vec<_>>();
        Items { items: items.into_iter(), left_out: self.left_out }
    }

    fn mapping(&self) -> Fields<'a, 'w> {
        let entries = self.at.entries();
        let text = |entry: &Entry<'w>| entry.key.text();
        let is_left_out = |entry: &Entry<'w>| {
            self.left_out.contains(&entry.key.index()) || self.left_out.contains(&entry.value.index())
        };
        let kept: Vec<_> = entries
            .iter()
            .enumerate()
            // The YAML reader reports equal keys; the last one counts.
            .filter(|(at, entry)| !entries[at + 1..].iter().any(|later| text(later) == text(entry)))
            .filter(|(_, entry)| !is_left_out(entry))
            .map(|(_, entry)| *entry)
            .collect();
        Fields { entries: kept.into_iter(), value: None, left_out: self.left_out }
    }

    /// The bytes a missing field is reported at: the first key of a mapping, not all of it.
    fn anchor(&self) -> Span {
        match self.at.entries().first() {
            Some(first) if self.at.node().style == Style::Block => first.key.span(),
            _ => self.at.span(),
        }
    }
}

impl<'de> Deserializer<'de> for Reader<'_, '_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let result = if self.at.is_map() {
            visitor.visit_map(self.mapping())
        } else if self.at.is_seq() {
            visitor.visit_seq(self.list())
        } else if self.at.is_null() {
            visitor.visit_unit()
        } else if let Some(value) = self.at.bool() {
            visitor.visit_bool(value)
        } else if let Some(value) = self.at.int() {
            visitor.visit_i64(value)
        } else {
            visitor.visit_string(self.at.text().unwrap_or_default().into_owned())
        };
        result.map_err(|error: Error| error.at(self.at.span()))
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let value = self.at.bool().ok_or_else(|| self.expected("`true` or `false`"))?;
        visitor.visit_bool(value)
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let value = self.at.int().ok_or_else(|| self.expected("a whole number"))?;
        visitor.visit_i64(value)
    }

    // Where text is wanted, `1.30` and `2027-01-31` are text, whatever YAML would make of them.
    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let text = self.at.text().filter(|_| !self.at.is_null()).ok_or_else(|| self.expected("text"))?;
        visitor.visit_str(&text).map_err(|error: Error| error.at(self.at.span()))
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_string(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_string(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.at.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        if name == SPANNED {
            visitor.visit_seq(WithPlace { reader: self, part: 0 })
        } else {
            visitor.visit_newtype_struct(self)
        }
    }

    // A key without a value is an empty list or mapping: what it held is commented out.
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if !self.at.is_seq() && !self.at.is_null() {
            let error = self.expected("a list");
            let help = self.at.text().map(|text| format!("write `[{text}]`"));
            return Err(Error { help, ..error });
        }
        visitor.visit_seq(self.list()).map_err(|error: Error| error.at(self.at.span()))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if !self.at.is_map() && !self.at.is_null() {
            return Err(self.expected("a mapping"));
        }
        visitor.visit_map(self.mapping()).map_err(|mut error: Error| {
            let missing = error.missing.take();
            error.consequence |= missing.is_some_and(|field| self.at.get(field).is_some());
            error.at(self.anchor())
        })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let text = self.at.text().filter(|_| !self.at.is_null());
        let text = text.ok_or_else(|| self.expected(&one_of(variants)))?;
        visitor.visit_enum(Word(&text)).map_err(|error: Error| error.at(self.at.span()))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        i8 i16 i32 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf unit unit_struct tuple tuple_struct
    }
}

/// The items of a list.
struct Items<'a, 'w> {
    items: std::vec::IntoIter<Cursor<'w>>,
    left_out: &'a FxHashSet<u32>,
}

impl<'de> SeqAccess<'de> for Items<'_, '_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        let Some(at) = self.items.next() else { return Ok(None) };
        let value = seed.deserialize(Reader { at, left_out: self.left_out });
        value.map(Some).map_err(|error| error.inside(at.index()))
    }
}

/// The entries of a mapping.
struct Fields<'a, 'w> {
    entries: std::vec::IntoIter<Entry<'w>>,
    value: Option<Cursor<'w>>,
    left_out: &'a FxHashSet<u32>,
}

impl<'de> MapAccess<'de> for Fields<'_, '_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let Some(entry) = self.entries.next() else { return Ok(None) };
        self.value = Some(entry.value);
        let key = seed.deserialize(Reader { at: entry.key, left_out: self.left_out });
        key.map(Some).map_err(|error| error.inside(entry.key.index()))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        // Serde asks for a value behind every key and never without one.
        let Some(at) = self.value.take() else { return Err(Error::message("a value without a key")) };
        seed.deserialize(Reader { at, left_out: self.left_out }).map_err(|error| error.inside(at.index()))
    }
}

/// What a [`Spanned`](super::Spanned) asks for: source, start, end, value.
struct WithPlace<'a, 'w> {
    reader: Reader<'a, 'w>,
    part: u8,
}

impl<'de> SeqAccess<'de> for WithPlace<'_, '_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        let span = self.reader.at.span();
        self.part += 1;
        let number: U32Deserializer<Error> = match self.part {
            1 => span.source.0,
            2 => span.start,
            3 => span.end(),
            4 => return seed.deserialize(self.reader).map(Some),
            _ => return Ok(None),
        }
        .into_deserializer();
        seed.deserialize(number).map(Some)
    }
}

/// One of the words of an enumeration.
struct Word<'t>(&'t str);

impl<'de> EnumAccess<'de> for Word<'_> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Error> {
        let word: StrDeserializer<'_, Error> = self.0.into_deserializer();
        Ok((seed.deserialize(word)?, self))
    }
}

impl<'de> VariantAccess<'de> for Word<'_> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, _: T) -> Result<T::Value, Error> {
        Err(Error::message("a word has no value of its own"))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Error> {
        Err(Error::message("a word has no value of its own"))
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], _: V) -> Result<V::Value, Error> {
        Err(Error::message("a word has no value of its own"))
    }
}
