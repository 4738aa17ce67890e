//! The items of a merged list as kyaml handles them: found, set and taken out by the texts of their keys.
//!
//! Owns kyaml's `ElementValuesList`, `ElementMatcher` and `ElementSetter` with all that they do to items without keys,
//! which is more than one would think: such items can empty a list. Must not know what is done with an item.

use std::borrow::Cow;
use std::ops::Range;

use crate::source::{SourceMap, Span};
use crate::yaml::{Cursor, Draft, Kind, Node, decode};

/// An item, of the object or of the patch.
pub(super) struct Item<'c> {
    /// As it was.
    pub at: Cursor<'c>,
    /// As it is.
    pub value: Draft,
    pub changed: bool,
    /// The patch's item was merged; kyaml takes its directive out then.
    pub spent: bool,
    /// Which removals are inside of it.
    pub removed: Range<usize>,
    /// What deletes it.
    pub deleted: Option<Span>,
}

/// A field that may be a key.
enum Field<'m> {
    Absent,
    Null(Cow<'m, str>),
    Text(Cow<'m, str>),
    Collection,
}

impl<'m> Field<'m> {
    fn of(map: &'m SourceMap, node: &Node, null: bool) -> Self {
        match node.kind {
            Kind::Scalar => {
                let text = decode(map.source(node.span.source).text(), node);
                if null { Field::Null(text) } else { Field::Text(text) }
            }
            _ => Field::Collection,
        }
    }

    /// The text, as go-yaml has it, of whatever is there.
    fn raw(&self) -> Option<&str> {
        match self {
            Field::Absent => None,
            Field::Null(text) | Field::Text(text) => Some(text),
            Field::Collection => Some(""),
        }
    }
}

/// What an item is called: the text of each key, empty where it has none.
pub(super) type Name<'m> = Vec<Cow<'m, str>>;

/// The items of both lists, by index.
pub(super) struct Rows<'c, 'm, 'k> {
    map: &'m SourceMap,
    /// None for a list of scalars, whose items are their own key.
    keys: &'k [Cow<'static, str>],
    pub items: Vec<Item<'c>>,
    /// The keys of each item, one after the other.
    fields: Vec<Field<'m>>,
}

/// An item of a kind that such a list cannot have.
pub(super) struct Misfit(pub usize);

impl<'c, 'm, 'k> Rows<'c, 'm, 'k> {
    pub fn new(map: &'m SourceMap, keys: &'k [Cow<'static, str>]) -> Self {
        Self { map, keys, items: Vec::new(), fields: Vec::new() }
    }

    /// Adds an item.
    pub fn push(&mut self, at: Cursor<'c>, value: Draft) {
        if self.keys.is_empty() {
            self.fields.push(Field::of(self.map, at.node(), at.is_null()));
        }
        let field = |key: &Cow<'static, str>| match at.get(key) {
            Some(value) => Field::of(self.map, value.node(), value.is_null()),
            None => Field::Absent,
        };
        self.fields.extend(self.keys.iter().map(field));
        let item = Item { at, value, changed: false, spent: false, removed: 0..0, deleted: None };
        self.items.push(item);
    }

    /// Gives an item a new value.
    pub fn update(&mut self, item: usize, value: Draft) {
        let row = item * self.width();
        for (at, key) in self.keys.iter().enumerate() {
            self.fields[row + at] = self.read(&value, key);
        }
        self.items[item].value = value;
        self.items[item].changed = true;
    }

    fn read(&self, value: &Draft, key: &str) -> Field<'m> {
        match value {
            Draft::Shared(tree, _) => match Cursor::new(self.map, tree).get(key) {
                Some(value) => Field::of(self.map, value.node(), value.is_null()),
                None => Field::Absent,
            },
            Draft::Map(_, entries) => {
                let found =
                    entries.iter().find(|(name, _)| name.scalar(self.map).is_some_and(|it| it == key));
                found.map_or(Field::Absent, |(_, value)| {
                    Field::of(self.map, &value.node(), value.is_null(self.map))
                })
            }
            Draft::Scalar(_) | Draft::Seq(..) => Field::Absent,
        }
    }

    /// Number of keys of an item.
    pub fn width(&self) -> usize {
        self.keys.len().max(1)
    }

    fn field(&self, item: usize, key: usize) -> &Field<'m> {
        &self.fields[item * self.width() + key]
    }

    /// What an item is called.
    pub fn name(&self, item: usize) -> Name<'m> {
        let text = |key| match self.field(item, key) {
            Field::Text(text) => text.clone(),
            // A set of scalars takes a null for the text that it is.
            Field::Null(text) if self.keys.is_empty() => text.clone(),
            _ => Cow::Borrowed(""),
        };
        (0..self.width()).map(text).collect()
    }

    /// The text of a key as kyaml has it; `None` when an item lacks it. Anything but a mapping that is asked for a
    /// key is a misfit.
    pub fn raw(&self, item: usize, key: usize) -> Result<Option<&str>, Misfit> {
        if !self.keys.is_empty() && !self.is_map(item) && !self.is_null(item) {
            return Err(Misfit(item));
        }
        Ok(self.field(item, key).raw())
    }

    /// The first item with these texts.
    pub fn find(&self, list: &[usize], keys: &[usize], name: &Name<'_>) -> Option<usize> {
        let fits = |item: usize, key: usize| self.field(item, key).raw() == Some(&name[key]);
        list.iter().copied().find(|&item| keys.iter().all(|&key| fits(item, key)))
    }

    /// Puts an item in the place of every one that has these texts, or at the end; without an item, takes them out.
    /// Where a text is empty, any text will do; there may be fewer texts than keys. Nulls and empty mappings are
    /// taken out too.
    pub fn set(
        &self,
        list: &mut Vec<usize>,
        new: Option<usize>,
        keys: &[usize],
        texts: &[&str],
    ) -> Result<(), Misfit> {
        let for_mappings = !self.keys.is_empty() && texts.first().is_some_and(|text| !text.is_empty());
        let mut set = Vec::with_capacity(list.len() + 1);
        let mut replaced = false;
        for &item in list.iter() {
            if self.is_nothing(item) {
                continue;
            }
            if for_mappings && !self.is_map(item) {
                set.push(item);
                continue;
            }
            let mut same = false;
            for (at, &key) in keys.iter().enumerate() {
                // Without a text the answer is that for the key before.
                if let Some(text) = texts.get(at) {
                    same = self.has(item, key, text)?;
                }
                if !same {
                    break;
                }
            }
            match new {
                // Nothing is known to compare with, and kyaml keeps nothing.
                _ if !same && texts.is_empty() => {}
                _ if !same => set.push(item),
                Some(new) => {
                    replaced = true;
                    set.push(new);
                }
                None => {}
            }
        }
        set.extend(new.filter(|&new| !replaced && !self.is_null(new)));
        *list = set;
        Ok(())
    }

    fn has(&self, item: usize, key: usize, text: &str) -> Result<bool, Misfit> {
        if self.keys.is_empty() {
            let scalar = matches!(self.field(item, 0), Field::Text(_) | Field::Null(_));
            return if scalar { Ok(self.field(item, 0).raw() == Some(text)) } else { Err(Misfit(item)) };
        }
        let found = self.raw(item, key)?;
        Ok(found.is_some_and(|found| text.is_empty() || found == text))
    }

    /// Whether every item has all keys that any has, and no two are called the same: then kyaml neither moves nor
    /// drops anything on its own.
    pub fn regular(&self) -> bool {
        let used = |key: &usize| {
            self.items
                .iter()
                .enumerate()
                .any(|(item, _)| matches!(self.field(item, *key), Field::Text(text) if !text.is_empty()))
        };
        let keys: Vec<usize> = (0..self.width()).filter(used).collect();
        let texts = |item: usize| {
            keys.iter().map(move |&key| match self.field(item, key) {
                Field::Text(text) if !text.is_empty() => Some(&**text),
                _ => None,
            })
        };
        (0..self.items.len()).all(|item| {
            !keys.is_empty()
                && texts(item).all(|text| text.is_some())
                && (0..item).all(|other| !texts(item).eq(texts(other)))
        })
    }

    fn is_map(&self, item: usize) -> bool {
        self.items[item].value.kind() == Kind::Map
    }

    fn is_null(&self, item: usize) -> bool {
        self.items[item].value.is_null(self.map)
    }

    /// A null or an empty mapping: kyaml drops them wherever it meets them.
    pub fn is_nothing(&self, item: usize) -> bool {
        let empty = match &self.items[item].value {
            Draft::Shared(tree, _) => {
                tree.nodes().first().is_some_and(|node| node.kind == Kind::Map && node.aux == 0)
            }
            Draft::Map(_, entries) => entries.is_empty(),
            Draft::Scalar(_) | Draft::Seq(..) => false,
        };
        empty || self.is_null(item)
    }
}

/// What is called the same in one key and, where only one of two has another key, gets both: kyaml's way to let a
/// port without protocol be the one with a protocol.
pub(super) fn join_names(names: &mut [Name<'_>]) {
    for at in 0..names.len() {
        let name = names[at].clone();
        for other in 0..names.len() {
            if let Some(joined) = joined(&name, &names[other]) {
                names[at].clone_from(&joined);
                names[other] = joined;
            }
        }
    }
}

fn joined<'m>(a: &Name<'m>, b: &Name<'m>) -> Option<Name<'m>> {
    let mut common = false;
    let mut joined = Vec::with_capacity(a.len());
    for (a, b) in a.iter().zip(b) {
        if a == b {
            common = true;
        } else if !a.is_empty() && !b.is_empty() {
            return None;
        }
        joined.push(if a.is_empty() { b.clone() } else { a.clone() });
    }
    common.then_some(joined)
}
