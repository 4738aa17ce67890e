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
use super::object::Object;
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
    /// Go's `int`, as templates write it.
    Int(i64),
    /// Go's `int64`, as most functions compute it.
    Int64(i64),
    /// A floating point number: every number that was read from YAML or JSON.
    Float(f64),
    /// A string.
    Text(Text),
    /// A list.
    List(List),
    /// A map.
    Map(Map),
    /// A struct of Go, or another value with methods.
    Object(Rc<Object>),
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
    known: BTreeMap<Rc<str>, Slot>,
    /// Why there may be more keys than those that are known.
    open: Option<Rc<str>>,
}

/// An entry of a map: its value, and where its key was written.
#[derive(Clone, Debug)]
pub struct Slot {
    /// Where the key stands; `None` for what a template names.
    pub key: Option<Origin>,
    /// The value.
    pub value: Value,
}

impl Drop for Map {
    fn drop(&mut self) {
        let Some(entries) = Rc::get_mut(&mut self.0) else { return };
        let holds_more = |slot: &Slot| matches!(slot.value.data, Data::List(_) | Data::Map(_));
        if entries.get_mut().known.values().any(holds_more) {
            take_apart(self.take());
        }
    }
}

impl Map {
    /// The values, when nobody else has the map.
    fn take(&mut self) -> Vec<Value> {
        let entries = Rc::get_mut(&mut self.0).map(|entries| std::mem::take(&mut entries.get_mut().known));
        entries.unwrap_or_default().into_values().map(|slot| slot.value).collect()
    }

    /// Shows the known entries to `see`, sorted by key, until it gives `None`. They are not to be changed meanwhile.
    pub(super) fn try_each(&self, mut see: impl FnMut(&str, &Value) -> Option<()>) -> Option<()> {
        self.0.borrow().known.iter().try_for_each(|(key, slot)| see(key, &slot.value))
    }

    /// A map with these entries.
    pub fn new(known: BTreeMap<String, Value>) -> Self {
        known.into_iter().map(|(key, value)| (key.into(), Slot { key: None, value })).collect()
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
        entries.known.get(key).map(|slot| slot.value.clone()).or_else(opaque)
    }

    /// The entry of a key.
    pub fn slot(&self, key: &str) -> Option<Slot> {
        self.0.borrow().known.get(key).cloned()
    }

    /// Sets a key, for everyone who has the map. A key that is there keeps its place.
    pub fn set(&self, key: impl Into<Rc<str>> + AsRef<str>, value: Value) {
        let known = &mut self.0.borrow_mut().known;
        match known.get_mut(key.as_ref()) {
            Some(slot) => slot.value = value,
            None => drop(known.insert(key.into(), Slot { key: None, value })),
        }
    }

    /// Sets an entry, for everyone who has the map.
    pub fn set_slot(&self, key: impl Into<Rc<str>>, slot: Slot) {
        self.0.borrow_mut().known.insert(key.into(), slot);
    }

    /// Takes a key out, for everyone who has the map.
    pub fn remove(&self, key: &str) {
        self.0.borrow_mut().known.remove(key);
    }

    /// The known entries, sorted by key.
    pub fn entries(&self) -> Vec<(String, Value)> {
        self.0.borrow().known.iter().map(|(key, slot)| (key.to_string(), slot.value.clone())).collect()
    }

    /// The known entries, sorted by key, with where the keys stand.
    pub fn slots(&self) -> Vec<(Rc<str>, Slot)> {
        self.0.borrow().known.iter().map(|(key, slot)| (key.clone(), slot.clone())).collect()
    }

    /// Whether both are one map, not two with the same entries.
    pub fn is(&self, other: &Map) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
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
        for (key, slot) in other.slots() {
            let known = merged.0.borrow().known.get(&key).cloned();
            let value = match (known.map(|known| known.value.data), &slot.value.data) {
                (Some(Data::Map(known)), Data::Map(other)) if depth > 0 => {
                    Data::Map(known.merged_within(other, depth - 1)).into()
                }
                _ => slot.value,
            };
            merged.set_slot(key, Slot { key: slot.key, value });
        }
        merged
    }
}

impl FromIterator<(Rc<str>, Slot)> for Map {
    fn from_iter<I: IntoIterator<Item = (Rc<str>, Slot)>>(entries: I) -> Self {
        let known = entries.into_iter().collect();
        Self(Rc::new(RefCell::new(Entries { known, open: None })))
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

    /// A word of a place that is known, such as the key of a map.
    pub(super) fn word(text: &str, origin: Option<Origin>) -> Self {
        Text::with(text.to_owned(), origin).into()
    }

    /// A value that is only known when the template runs for real.
    pub fn opaque(why: &str) -> Self {
        Data::Opaque(why.into()).into()
    }

    /// A value of YAML as `sigs.k8s.io/yaml` reads it into an `interface{}`: every number is a float.
    /// Keys are text too: `yes` is `true`.
    pub fn read(cursor: Cursor<'_>) -> Self {
        Self::read_within(cursor, key_text, DEPTH)
    }

    /// The same with keys as they are written.
    pub fn read_with_written_keys(cursor: Cursor<'_>) -> Self {
        Self::read_within(cursor, |key| key.text().unwrap_or_default().into(), DEPTH)
    }

    fn read_within(cursor: Cursor<'_>, name: fn(Cursor<'_>) -> Rc<str>, depth: u32) -> Self {
        if depth == 0 {
            return Value::opaque("it is nested too deeply");
        }
        if cursor.is_map() {
            let entries = cursor.entries().into_iter();
            let known = entries.map(|entry| {
                let key = Some(Origin::value(entry.key.span(), entry.key.step()));
                (name(entry.key), Slot { key, value: Self::read_within(entry.value, name, depth - 1) })
            });
            let origin = Some(Origin::value(cursor.span(), cursor.step()));
            return Value { data: Data::Map(known.collect()), origin };
        }
        if cursor.is_seq() {
            let items: Vec<Value> =
                cursor.items().map(|item| Self::read_within(item, name, depth - 1)).collect();
            return Value::from(items).standing_at(Origin::value(cursor.span(), cursor.step()));
        }
        let data = cursor.typed_as(Schema::GoYamlV2, |typed| match typed {
            Typed::Null => Data::Nil,
            Typed::Bool(value) => Data::Bool(value),
            Typed::Int(value) => Data::Float(value as f64),
            Typed::Uint(value) => Data::Float(value as f64),
            Typed::Float(value) => Data::Float(value),
            Typed::Str(_) => Data::Text(Text::of(cursor)),
        });
        let origin = Some(Origin::value(cursor.span(), cursor.step()));
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
                .or_else(|| map.slots().iter().find_map(|(_, slot)| slot.value.why_opaque_within(depth))),
            _ => None,
        }
    }

    /// Whether Go's templates and sprig take it for false: zero, empty, nil.
    pub fn is_empty(&self) -> bool {
        match &self.data {
            Data::Missing | Data::Nil => true,
            Data::Bool(value) => !value,
            Data::Int(value) | Data::Int64(value) => *value == 0,
            Data::Float(value) => *value == 0.0,
            Data::Text(text) => text.is_empty(),
            Data::List(items) => items.is_empty(),
            Data::Map(map) => map.is_empty() && map.why_open().is_none(),
            Data::Object(object) => object.is_empty(),
            Data::Opaque(_) => false,
        }
    }

    /// Whether it is nil, or not there.
    pub fn is_nil(&self) -> bool {
        matches!(self.data, Data::Missing | Data::Nil)
    }

    /// The same value from another place.
    #[must_use]
    pub fn standing_at(self, origin: Origin) -> Self {
        Value { origin: Some(origin), ..self }
    }

    /// What sprig's `kindOf` says.
    pub fn kind(&self) -> &'static str {
        match &self.data {
            Data::Missing | Data::Nil | Data::Opaque(_) => "invalid",
            Data::Bool(_) => "bool",
            Data::Int(_) => "int",
            Data::Int64(_) => "int64",
            Data::Float(_) => "float64",
            Data::Text(_) => "string",
            Data::List(_) => "slice",
            Data::Map(_) => "map",
            Data::Object(object) => object.kind(),
        }
    }

    /// What Go's `%T` says.
    pub fn type_name(&self) -> &'static str {
        match &self.data {
            Data::Missing | Data::Nil | Data::Opaque(_) => "<nil>",
            Data::List(_) => "[]interface {}",
            Data::Map(_) => "map[string]interface {}",
            Data::Object(object) => object.type_name(),
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
            Data::Int(value) | Data::Int64(value) => to.push_from(&value.to_string(), self.origin),
            Data::Float(value) => to.push_from(&go::print(*value), self.origin),
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
                for (index, (key, slot)) in map.slots().iter().enumerate() {
                    to.push_str(if index > 0 { " " } else { "" });
                    to.push_from(key, slot.key);
                    to.push_str(":");
                    slot.value.print("<nil>", to, depth);
                }
                to.push_str("]");
            }
            Data::Object(object) => object.print(to),
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
                let (a, b) = (a.slots(), b.slots());
                let mut pairs = a.iter().zip(&b);
                let same = |x: &Slot, y: &Slot| x.value.deep_equal_within(&y.value, depth);
                a.len() == b.len() && pairs.all(|((a, x), (b, y))| a == b && same(x, y))
            }
            _ => self.order(other) == Ok(Some(Ordering::Equal)),
        }
    }

    /// How two values of the same basic kind compare; `None` for booleans that differ and numbers that do not compare.
    ///
    /// # Errors
    /// Says why Go refuses to compare them: their kinds differ, or have no order.
    pub fn order(&self, other: &Value) -> Result<Option<Ordering>, String> {
        match (&self.data, &other.data) {
            (Data::Bool(a), Data::Bool(b)) => Ok((a == b).then_some(Ordering::Equal)),
            (Data::Int(a) | Data::Int64(a), Data::Int(b) | Data::Int64(b)) => Ok(Some(a.cmp(b))),
            (Data::Float(a), Data::Float(b)) => Ok(a.partial_cmp(b)),
            (Data::Text(a), Data::Text(b)) => Ok(Some(a.as_str().cmp(b.as_str()))),
            (Data::List(_) | Data::Map(_), _) | (_, Data::List(_) | Data::Map(_)) => {
                Err("non-comparable type".to_owned())
            }
            _ => {
                let (one, two) = (self.type_name(), other.type_name());
                Err(format!("incompatible types for comparison: {one} and {two}"))
            }
        }
    }
}

/// The key of a map as JSON has it: `sigs.k8s.io/yaml` makes text of every key.
/// A key as Go reads it: `y` and `on` are booleans, and what is no text is printed.
pub fn key_text(key: Cursor<'_>) -> Rc<str> {
    let typed = key.typed_as(Schema::GoYamlV2, |typed| match typed {
        Typed::Str(text) => text.into(),
        Typed::Null => "null".into(),
        Typed::Bool(value) => value.to_string().into(),
        Typed::Int(value) => value.to_string().into(),
        Typed::Uint(value) => value.to_string().into(),
        Typed::Float(value) => go::print(value).into(),
    });
    typed.unwrap_or_else(|| "".into())
}
