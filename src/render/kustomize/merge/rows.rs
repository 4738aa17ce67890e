//! The items of a merged list as kyaml handles them: found, set and taken out by the texts of their keys.
//!
//! Owns kyaml's `ElementValuesList`, `ElementMatcher` and `ElementSetter` with all that they do to items without keys,
//! which is more than one would think: such items can empty a list. Must not know what is done with an item.

use std::borrow::Cow;
use std::ops::Range;

use crate::source::{SourceMap, StepId};
use crate::yaml::{Cursor, Draft, Kind, Node, decode};

/// An item, of the object or of the patch.
pub(super) struct Item<'c> {
    /// As it was.
    pub at: Cursor<'c>,
    /// As it is, when it was changed.
    pub value: Option<Draft>,
    /// The patch's item was merged; kyaml takes its directive out then.
    pub spent: bool,
    /// Which removals are inside of it.
    pub removed: Range<usize>,
    /// The item of the patch that deletes it.
    pub deleted: Option<usize>,
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
    /// The step that puts the items into the object, when they are new there.
    step: Option<StepId>,
    pub items: Vec<Item<'c>>,
    /// The keys of each item, one after the other.
    fields: Vec<Field<'m>>,
}

/// An item of a kind that such a list cannot have.
pub(super) struct Misfit(pub usize);

impl<'c, 'm, 'k> Rows<'c, 'm, 'k> {
    pub fn new(
        map: &'m SourceMap,
        keys: &'k [Cow<'static, str>],
        step: Option<StepId>,
        items: impl Iterator<Item = Cursor<'c>>,
        count: usize,
    ) -> Self {
        let fields = Vec::with_capacity(count * keys.len().max(1));
        let mut rows = Self { map, keys, step, items: Vec::with_capacity(count), fields };
        items.for_each(|item| rows.push(item));
        rows
    }

    fn push(&mut self, at: Cursor<'c>) {
        if self.keys.is_empty() {
            self.fields.push(Field::of(self.map, at.node(), at.is_null()));
        }
        let field = |key: &Cow<'static, str>| match at.get(key) {
            Some(value) => Field::of(self.map, value.node(), value.is_null()),
            None => Field::Absent,
        };
        self.fields.extend(self.keys.iter().map(field));
        self.items.push(Item { at, value: None, spent: false, removed: 0..0, deleted: None });
    }

    /// Gives an item a new value.
    pub fn update(&mut self, item: usize, value: Draft) {
        let row = item * self.width();
        for (at, key) in self.keys.iter().enumerate() {
            self.fields[row + at] = self.read(&value, key);
        }
        self.items[item].value = Some(value);
    }

    /// An item as it is.
    pub fn value(&self, item: usize) -> Draft {
        let Item { at, value, .. } = &self.items[item];
        value.clone().unwrap_or_else(|| match self.step {
            Some(step) => Draft::put(&at.tree(), step),
            None => Draft::from(*at),
        })
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

    /// Whether kyaml neither moves nor drops anything on its own: every item has all keys that any has, and of the
    /// first `own` items no two are called the same, nor of the others. The keys that they have, if so.
    pub fn regular(&self, own: usize) -> Option<Vec<usize>> {
        let items = 0..self.items.len();
        let keys: Vec<usize> = (0..self.width())
            .filter(|&key| items.clone().any(|item| !self.text(item, key).is_empty()))
            .collect();
        let complete = |item| !keys.is_empty() && keys.iter().all(|&key| !self.text(item, key).is_empty());
        let single =
            |item| !(if item < own { 0 } else { own }..item).any(|other| self.same(item, other, &keys));
        items.clone().all(|item| complete(item) && single(item)).then_some(keys)
    }

    /// Whether two items are called the same.
    pub fn same(&self, item: usize, other: usize, keys: &[usize]) -> bool {
        keys.iter().all(|&key| self.text(item, key) == self.text(other, key))
    }

    fn text(&self, item: usize, key: usize) -> &str {
        match self.field(item, key) {
            Field::Text(text) => text,
            _ => "",
        }
    }

    fn kind(&self, item: usize) -> Kind {
        let Item { at, value, .. } = &self.items[item];
        value.as_ref().map_or(at.node().kind, Draft::kind)
    }

    fn is_map(&self, item: usize) -> bool {
        self.kind(item) == Kind::Map
    }

    fn is_null(&self, item: usize) -> bool {
        let Item { at, value, .. } = &self.items[item];
        match value {
            Some(value) => value.is_null(self.map),
            None => at.node().kind == Kind::Scalar && at.is_null(),
        }
    }

    /// A null or an empty mapping: kyaml drops them wherever it meets them.
    pub fn is_nothing(&self, item: usize) -> bool {
        let Item { at, value, .. } = &self.items[item];
        let empty = match value {
            Some(Draft::Map(_, entries)) => entries.is_empty(),
            Some(value) => is_empty_map(&value.node()),
            None => is_empty_map(at.node()),
        };
        empty || self.is_null(item)
    }
}

fn is_empty_map(node: &Node) -> bool {
    node.kind == Kind::Map && node.aux == 0
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
