//! Values of templates, as Go has them, each with where it was written.
//!
//! Owns reading them from YAML, their truth, their order and how Go prints them. Must not know templates.

use std::cell::RefCell;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::ops::Deref;
use std::rc::Rc;

use crate::yaml::{Cursor, Schema, Typed};

use super::go;
use super::text::{Origin, Text};

/// Maps and lists in maps and lists are followed this deep: a function may put a map into itself.
pub(super) const DEPTH: u32 = 64;

/// A value and where it was written. The origin of text is in the text.
#[derive(Clone, Debug)]
pub struct Value {
    /// The value.
    pub data: Data,
    /// Where it was written; `None` for what a template computes.
    pub origin: Option<Origin>,
}

/// What a value is.
#[derive(Clone, Debug)]
pub enum Data {
    /// Nothing: a key that a map does not have.
    Missing,
    /// Go's nil: a null.
    Nil,
    /// A boolean.
    Bool(bool),
    /// An integer, as templates write and functions compute them.
    Int(i64),
    /// A floating point number: every number that was read from YAML or JSON.
    Float(f64),
    /// A string.
    Text(Text),
    /// A list.
    List(List),
    /// A map.
    Map(Map),
    /// Something that is only known when the template runs for real; says why.
    Opaque(Rc<str>),
}

/// A list. Clones share the items.
#[derive(Clone, Debug)]
pub struct List(Rc<Vec<Value>>);

impl Deref for List {
    type Target = [Value];

    fn deref(&self) -> &[Value] {
        &self.0
    }
}

impl Drop for List {
    fn drop(&mut self) {
        if let Some(items) = Rc::get_mut(&mut self.0) {
            take_apart(std::mem::take(items));
        }
    }
}

/// Drops values without recursion: a template nests them as deeply as it likes.
fn take_apart(mut values: Vec<Value>) {
    while let Some(mut value) = values.pop() {
        match &mut value.data {
            Data::List(list) => {
                if let Some(items) = Rc::get_mut(&mut list.0) {
                    values.append(items);
                }
            }
            Data::Map(map) => values.extend(map.take()),
            _ => {}
        }
    }
}

/// A map. Clones are the same map, as in Go.
#[derive(Clone, Default, Debug)]
pub struct Map(Rc<RefCell<Entries>>);

#[derive(Default, Debug)]
struct Entries {
    known: BTreeMap<String, Value>,
    /// Why there may be more keys than those that are known.
    open: Option<Rc<str>>,
}

impl Drop for Map {
    fn drop(&mut self) {
        take_apart(self.take());
    }
}

impl Map {
    /// The values, when nobody else has the map.
    fn take(&mut self) -> Vec<Value> {
        let entries = Rc::get_mut(&mut self.0).map(|entries| std::mem::take(&mut entries.get_mut().known));
        entries.unwrap_or_default().into_values().collect()
    }

    /// Shows the known entries to `see` until it gives `None`.
    pub(super) fn try_each(&self, mut see: impl FnMut(&str, &Value) -> Option<()>) -> Option<()> {
        self.0.borrow().known.iter().try_for_each(|(key, value)| see(key, value))
    }

    /// A map with these entries.
    pub fn new(known: BTreeMap<String, Value>) -> Self {
        Self(Rc::new(RefCell::new(Entries { known, open: None })))
    }

    /// A map that may have more keys than those it is given later: what is not known in it is opaque.
    pub fn open(why: &str) -> Self {
        Self(Rc::new(RefCell::new(Entries { known: BTreeMap::new(), open: Some(why.into()) })))
    }

    /// Why it may have keys that are not known; `None` when all are.
    pub fn why_open(&self) -> Option<Rc<str>> {
        self.0.borrow().open.clone()
    }

    /// The value of a key: opaque when the key is not known of an open map, `None` when it is not there.
    pub fn get(&self, key: &str) -> Option<Value> {
        let entries = self.0.borrow();
        let opaque = || entries.open.clone().map(|why| Data::Opaque(why).into());
        entries.known.get(key).cloned().or_else(opaque)
    }

    /// Sets a key, for everyone who has the map.
    pub fn set(&self, key: impl Into<String>, value: Value) {
        self.0.borrow_mut().known.insert(key.into(), value);
    }

    /// Takes a key out, for everyone who has the map.
    pub fn remove(&self, key: &str) {
        self.0.borrow_mut().known.remove(key);
    }

    /// The known entries, sorted by key.
    pub fn entries(&self) -> Vec<(String, Value)> {
        self.0.borrow().known.iter().map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    /// Number of known keys.
    pub fn len(&self) -> usize {
        self.0.borrow().known.len()
    }

    /// Whether no key is known.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Another map with the same entries.
    #[must_use]
    pub fn copy(&self) -> Self {
        let entries = self.0.borrow();
        Self(Rc::new(RefCell::new(Entries { known: entries.known.clone(), open: entries.open.clone() })))
    }

    /// A copy with the entries of `other`, which win; maps in both are merged in the same way.
    #[must_use]
    pub fn merged(&self, other: &Map) -> Self {
        self.merged_within(other, DEPTH)
    }

    fn merged_within(&self, other: &Map, depth: u32) -> Self {
        let merged = self.copy();
        if let Some(why) = other.why_open() {
            merged.0.borrow_mut().open = Some(why);
        }
        for (key, value) in other.entries() {
            let known = merged.0.borrow().known.get(&key).cloned();
            let value = match (known.map(|known| known.data), &value.data) {
                (Some(Data::Map(known)), Data::Map(other)) if depth > 0 => {
                    Data::Map(known.merged_within(other, depth - 1)).into()
                }
                _ => value,
            };
            merged.set(key, value);
        }
        merged
    }
}

impl From<Data> for Value {
    fn from(data: Data) -> Self {
        Value { data, origin: None }
    }
}

impl From<Text> for Value {
    fn from(text: Text) -> Self {
        Data::Text(text).into()
    }
}

impl From<Map> for Value {
    fn from(map: Map) -> Self {
        Data::Map(map).into()
    }
}

impl From<Vec<Value>> for Value {
    fn from(list: Vec<Value>) -> Self {
        Data::List(List(Rc::new(list))).into()
    }
}

impl Value {
    /// Text that stands nowhere.
    pub fn made(text: impl Into<String>) -> Self {
        Text::made(text).into()
    }

    /// A value that is only known when the template runs for real.
    pub fn opaque(why: &str) -> Self {
        Data::Opaque(why.into()).into()
    }

    /// A value of YAML as `sigs.k8s.io/yaml` reads it into an `interface{}`: every number is a float.
    pub fn read(cursor: Cursor<'_>) -> Self {
        Self::read_within(cursor, DEPTH)
    }

    fn read_within(cursor: Cursor<'_>, depth: u32) -> Self {
        if depth == 0 {
            return Value::opaque("it is nested too deeply");
        }
        if cursor.is_map() {
            let entries = cursor.entries().into_iter();
            let known = entries.map(|entry| {
                (entry.key.text().unwrap_or_default().into_owned(), Self::read_within(entry.value, depth - 1))
            });
            return Map::new(known.collect()).into();
        }
        if cursor.is_seq() {
            return cursor.items().map(|item| Self::read_within(item, depth - 1)).collect::<Vec<_>>().into();
        }
        let data = cursor.typed_as(Schema::GoYamlV2, |typed| match typed {
            Typed::Null => Data::Nil,
            Typed::Bool(value) => Data::Bool(value),
            Typed::Int(value) => Data::Float(value as f64),
            Typed::Uint(value) => Data::Float(value as f64),
            Typed::Float(value) => Data::Float(value),
            Typed::Str(_) => Data::Text(Text::of(cursor)),
        });
        let origin = Some(Origin { span: cursor.span(), step: cursor.step() });
        Value { data: data.unwrap_or(Data::Nil), origin }
    }

    /// The text of a string.
    pub fn text(&self) -> Option<&Text> {
        match &self.data {
            Data::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Why the value is not known; `None` when it is. Looks into lists and maps.
    pub fn why_opaque(&self) -> Option<Rc<str>> {
        self.why_opaque_within(DEPTH)
    }

    fn why_opaque_within(&self, depth: u32) -> Option<Rc<str>> {
        let depth = depth.checked_sub(1)?;
        match &self.data {
            Data::Opaque(why) => Some(why.clone()),
            Data::List(items) => items.iter().find_map(|item| item.why_opaque_within(depth)),
            Data::Map(map) => map
                .why_open()
                .or_else(|| map.entries().iter().find_map(|(_, value)| value.why_opaque_within(depth))),
            _ => None,
        }
    }

    /// Whether Go's templates and sprig take it for false: zero, empty, nil.
    pub fn is_empty(&self) -> bool {
        match &self.data {
            Data::Missing | Data::Nil => true,
            Data::Bool(value) => !value,
            Data::Int(value) => *value == 0,
            Data::Float(value) => *value == 0.0,
            Data::Text(text) => text.is_empty(),
            Data::List(items) => items.is_empty(),
            Data::Map(map) => map.is_empty() && map.why_open().is_none(),
            Data::Opaque(_) => false,
        }
    }

    /// What sprig's `kindOf` says.
    pub fn kind(&self) -> &'static str {
        match &self.data {
            Data::Missing | Data::Nil | Data::Opaque(_) => "invalid",
            Data::Bool(_) => "bool",
            Data::Int(_) => "int",
            Data::Float(_) => "float64",
            Data::Text(_) => "string",
            Data::List(_) => "slice",
            Data::Map(_) => "map",
        }
    }

    /// What Go's `%T` says.
    pub fn type_name(&self) -> &'static str {
        match &self.data {
            Data::Missing | Data::Nil | Data::Opaque(_) => "<nil>",
            Data::List(_) => "[]interface {}",
            Data::Map(_) => "map[string]interface {}",
            _ => self.kind(),
        }
    }

    /// The text of the value as `%v` prints it, text with its origins. Nil is `nil`.
    pub fn printed(&self, nil: &str) -> Text {
        let mut printed = Text::default();
        self.print(nil, &mut printed, DEPTH);
        printed
    }

    fn print(&self, nil: &str, to: &mut Text, depth: u32) {
        let Some(depth) = depth.checked_sub(1) else { return };
        match &self.data {
            Data::Missing | Data::Nil => to.push_str(nil),
            Data::Bool(value) => to.push_from(&value.to_string(), self.origin),
            Data::Int(value) => to.push_from(&value.to_string(), self.origin),
            Data::Float(value) => to.push_from(&go::yaml(*value), self.origin),
            Data::Text(text) => to.push(text),
            Data::List(items) => {
                to.push_str("[");
                for (index, item) in items.iter().enumerate() {
                    to.push_str(if index > 0 { " " } else { "" });
                    item.print("<nil>", to, depth);
                }
                to.push_str("]");
            }
            Data::Map(map) => {
                to.push_str("map[");
                for (index, (key, value)) in map.entries().iter().enumerate() {
                    to.push_str(if index > 0 { " " } else { "" });
                    to.push_str(key);
                    to.push_str(":");
                    value.print("<nil>", to, depth);
                }
                to.push_str("]");
            }
            Data::Opaque(_) => {}
        }
    }

    /// Whether both are the same value, as Go's `reflect.DeepEqual` has it.
    pub fn deep_equal(&self, other: &Value) -> bool {
        self.deep_equal_within(other, DEPTH)
    }

    fn deep_equal_within(&self, other: &Value, depth: u32) -> bool {
        let Some(depth) = depth.checked_sub(1) else { return false };
        match (&self.data, &other.data) {
            (Data::Missing | Data::Nil, Data::Missing | Data::Nil) => true,
            (Data::List(a), Data::List(b)) => {
                a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| a.deep_equal_within(b, depth))
            }
            (Data::Map(a), Data::Map(b)) => {
                let (a, b) = (a.entries(), b.entries());
                let same = |((a, x), (b, y)): (&(String, Value), &(String, Value))| {
                    a == b && x.deep_equal_within(y, depth)
                };
                a.len() == b.len() && a.iter().zip(&b).all(same)
            }
            _ => self.order(other) == Ok(Some(Ordering::Equal)),
        }
    }

    /// How two values of the same basic kind compare; `None` for booleans that differ and numbers that do not compare.
    ///
    /// # Errors
    /// Says why Go refuses to compare them: their kinds differ, or have no order.
    pub fn order(&self, other: &Value) -> Result<Option<Ordering>, &'static str> {
        match (&self.data, &other.data) {
            (Data::Bool(a), Data::Bool(b)) => Ok((a == b).then_some(Ordering::Equal)),
            (Data::Int(a), Data::Int(b)) => Ok(Some(a.cmp(b))),
            (Data::Float(a), Data::Float(b)) => Ok(a.partial_cmp(b)),
            (Data::Text(a), Data::Text(b)) => Ok(Some(a.as_str().cmp(b.as_str()))),
            (Data::List(_) | Data::Map(_), _) | (_, Data::List(_) | Data::Map(_)) => {
                Err("values of this type have no order")
            }
            _ => Err("values of different types do not compare"),
        }
    }
}
