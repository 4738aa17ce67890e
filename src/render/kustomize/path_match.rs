//! The fields of an object that a path of dots leads to, for change: every one of them, and on demand those that are
//! not there yet.
//!
//! Owns kyaml's `PathMatcher`: conditions on list items are regular expressions, `*` is every item, and a list grows
//! by an item that meets the condition. Must not know what is written into the fields.

use std::borrow::Cow;

use regex::bytes::Regex;

use crate::source::{Input, SourceMap, Span, Step, StepId};
use crate::template::go_regex;
use crate::yaml::{Cursor, Draft, Kind, Node, Style};

use super::field_path::{self, Part};
use super::scalar::{Reading, composed};

/// A path, ready to be followed in many objects.
pub(super) struct Matcher<'w> {
    /// The scalar the path is written in, for the names of fields that are made.
    written: Option<Cursor<'w>>,
    names: Vec<(Part, Name)>,
}

enum Name {
    Field,
    Index(usize),
    /// `*`
    Every,
    /// `[key=pattern]`; the key is empty for items that are scalars.
    Item {
        key: String,
        value: String,
        pattern: Pattern,
    },
    /// Brackets without a condition, or nothing.
    Wrong(String),
}

/// A regular expression that may match anywhere in a value.
enum Pattern {
    /// Without special characters, as nearly all are.
    Literal,
    Regex(Regex),
    Wrong(String),
}

/// How to make fields that are missing.
#[derive(Clone, Copy)]
pub(super) struct Create {
    /// The kind of the field at the end of the path.
    pub kind: Kind,
    /// The step that makes the fields.
    pub step: StepId,
    /// What asks for them.
    pub entry: Span,
}

/// A field that a path leads to.
pub(super) struct Place<'d> {
    pub value: &'d mut Draft,
    /// The field was made on the way.
    pub made: bool,
    /// The values that chose list items on the way.
    pub decided: &'d [Input],
}

/// What to do with a field; the error is a message.
pub(super) type Visit<'v> = dyn FnMut(Place<'_>) -> Result<(), String> + 'v;

impl<'w> Matcher<'w> {
    /// Reads a path. `written` is its scalar, if it is written anywhere.
    pub fn new(path: &str, written: Option<Cursor<'w>>) -> Self {
        let names = field_path::parse(path).into_iter().map(|part| {
            let name = Name::read(&part.name);
            (part, name)
        });
        Self { written, names: names.collect() }
    }

    /// Calls `visit` with every field the path leads to, and returns their number.
    pub fn visit(
        &self,
        map: &SourceMap,
        root: &mut Draft,
        create: Option<Create>,
        visit: &mut Visit<'_>,
    ) -> Result<usize, String> {
        let mut walk = Walk { map, path: self, create, visit, decided: Vec::new(), found: 0 };
        walk.follow(root, 0, false)?;
        Ok(walk.found)
    }
}

impl Name {
    fn read(name: &str) -> Self {
        // Go's `Atoi` takes a sign, too; only what is below zero is no index.
        if let Some(index) = name.parse::<i64>().ok().and_then(|index| usize::try_from(index).ok()) {
            return Name::Index(index);
        }
        match field_path::condition(name) {
            _ if name == "*" => Name::Every,
            _ if name.is_empty() => Name::Wrong("the path has an empty name in it".to_owned()),
            None => Name::Field,
            Some(Err(message)) => Name::Wrong(message),
            Some(Ok((key, value))) => {
                Name::Item { key: key.to_owned(), value: value.to_owned(), pattern: Pattern::new(value) }
            }
        }
    }
}

impl Pattern {
    fn new(text: &str) -> Self {
        if !text.contains(['\\', '.', '+', '*', '?', '(', ')', '|', '[', ']', '{', '}', '^', '$']) {
            return Pattern::Literal;
        }
        match go_regex::compile(text) {
            Ok(regex) => Pattern::Regex(regex),
            Err(_) => Pattern::Wrong(format!("`{text}` is no regular expression")),
        }
    }

    fn matches(&self, wanted: &str, found: &str) -> Result<bool, String> {
        match self {
            Pattern::Literal => Ok(found.contains(wanted)),
            Pattern::Regex(regex) => Ok(regex.is_match(found.as_bytes())),
            Pattern::Wrong(message) => Err(message.clone()),
        }
    }
}

struct Walk<'a, 'w, 'v> {
    map: &'a SourceMap,
    path: &'a Matcher<'w>,
    create: Option<Create>,
    visit: &'a mut Visit<'v>,
    decided: Vec<Input>,
    found: usize,
}

impl Walk<'_, '_, '_> {
    fn follow(&mut self, at: &mut Draft, depth: usize, made: bool) -> Result<(), String> {
        let path = self.path;
        let Some((part, name)) = path.names.get(depth) else {
            self.found += 1;
            return (self.visit)(Place { value: at, made, decided: &self.decided });
        };
        if let Name::Wrong(message) = name {
            return Err(message.clone());
        }
        if !made && at.kind() == Kind::Scalar && at.is_null(self.map) {
            return self.follow_null(name);
        }
        match name {
            Name::Field => self.field(at, part, depth),
            Name::Index(index) => self.index(at, *index, depth),
            Name::Item { key, value, pattern } => self.item(at, part, (key, value, pattern), depth),
            Name::Every | Name::Wrong(_) => {
                let items = items_of(at, &part.name)?;
                items.iter_mut().try_for_each(|item| self.follow(item, depth + 1, made))
            }
        }
    }

    /// kyaml hangs what it makes below a null, where it is not printed.
    fn follow_null(&mut self, name: &Name) -> Result<(), String> {
        let makes = self.create.is_some() && !matches!(name, Name::Every);
        match name {
            Name::Index(index) if !makes || *index > 0 => Err(out_of_range(*index, 0)),
            _ => {
                self.found += usize::from(makes);
                Ok(())
            }
        }
    }

    fn field(&mut self, at: &mut Draft, part: &Part, depth: usize) -> Result<(), String> {
        let map = self.map;
        if at.kind() != Kind::Map {
            return Err(format!("`{}` is a field, but what should have it is no mapping", part.name));
        }
        if let Some(field) = at.get_mut(map, &part.name) {
            return self.follow(field, depth + 1, false);
        }
        let Some(create) = self.create_here() else { return Ok(()) };
        let mut field = self.made(create, depth + 1);
        self.follow(&mut field, depth + 1, true)?;
        at.set(map, Draft::key(map, self.spelled(&part.name, part.start), create.step), field);
        Ok(())
    }

    fn index(&mut self, at: &mut Draft, index: usize, depth: usize) -> Result<(), String> {
        let items = items_of(at, &index.to_string())?;
        let len = items.len();
        let mut made = false;
        if let Some(create) = self.create_here().filter(|_| index == len) {
            items.push(self.made(create, depth + 1));
            made = true;
        }
        let item = items.get_mut(index).ok_or_else(|| out_of_range(index, len))?;
        self.follow(item, depth + 1, made)
    }

    /// How to make what is missing here, in the list items that were chosen on the way.
    fn create_here(&self) -> Option<Create> {
        let create = self.create?;
        let Some(step) = self.map.step(create.step).filter(|_| !self.decided.is_empty()) else {
            return Some(create);
        };
        let inputs = step.inputs.iter().chain(&self.decided).copied().collect();
        Some(Create { step: self.map.record(Step { inputs, ..step.clone() }), ..create })
    }

    fn item(
        &mut self,
        at: &mut Draft,
        part: &Part,
        (key, value, pattern): (&str, &str, &Pattern),
        depth: usize,
    ) -> Result<(), String> {
        let items = items_of(at, &part.name)?;
        let before = self.found;
        self.matching_items(items, (key, value, pattern), depth)?;
        let Some(create) = self.create_here().filter(|_| self.found == before) else { return Ok(()) };
        if !pattern.matches(value, value)? {
            // kyaml adds items for ever.
            return Err(format!("`{}` does not match the item that is made for it", part.name));
        }
        // `[` + key + `=` comes before the value.
        let start = part.start.map(|start| start + key.len() + 2);
        let value_made = composed(self.spelled(value, start), Reading::Plain, create.step);
        items.push(if key.is_empty() {
            value_made
        } else {
            let mut item = Draft::map(create.entry, create.step);
            let name = self.spelled(key, part.start.map(|start| start + 1));
            item.set(self.map, Draft::key(self.map, name, create.step), value_made);
            item
        });
        self.matching_items(items, (key, value, pattern), depth)
    }

    fn matching_items(
        &mut self,
        items: &mut [Draft],
        (key, value, pattern): (&str, &str, &Pattern),
        depth: usize,
    ) -> Result<(), String> {
        for item in items {
            let Some((text, place)) = as_written(self.map, item, key) else { continue };
            if !pattern.matches(value, text.trim())? {
                continue;
            }
            self.decided.push(place);
            // Of lists of scalars kyaml takes the item itself, whatever the path says after it.
            let next = if key.is_empty() { self.path.names.len() } else { depth + 1 };
            let followed = self.follow(item, next, false);
            self.decided.pop();
            followed?;
        }
        Ok(())
    }

    /// A new value of the kind that the next name needs.
    fn made(&self, create: Create, depth: usize) -> Draft {
        let next = self.path.names.get(depth);
        let kind = match next {
            Some((_, Name::Index(_) | Name::Item { .. } | Name::Wrong(_))) => Kind::Seq,
            Some(_) => Kind::Map,
            None => create.kind,
        };
        match kind {
            Kind::Map => Draft::map(create.entry, create.step),
            Kind::Seq => Draft::seq(create.entry, create.step),
            Kind::Scalar | Kind::Alias => Draft::text(self.map.word(""), create.step),
        }
    }

    /// The place where the path spells out a name.
    fn spelled(&self, name: &str, start: Option<usize>) -> Span {
        let place =
            self.path.written.zip(start).map(|(scalar, start)| scalar.part(start, start + name.len()));
        place.filter(|&place| self.map.slice(place) == name).unwrap_or_else(|| self.map.word(name))
    }
}

fn items_of<'d>(at: &'d mut Draft, name: &str) -> Result<&'d mut Vec<Draft>, String> {
    let message = || format!("`{name}` is an item of a list, but what should have it is no list");
    at.items_mut().ok_or_else(message)
}

fn out_of_range(index: usize, len: usize) -> String {
    format!("there is no item {index} in a list of {len}")
}

/// The field of an item, or the item itself, as kyaml prints it before it matches it: quotes included.
fn as_written<'m>(map: &'m SourceMap, item: &Draft, key: &str) -> Option<(Cow<'m, str>, Input)> {
    let node = if key.is_empty() { item.node() } else { field_node(map, item, key)? };
    let value = Draft::Scalar(node);
    let text = value.scalar(map)?;
    let text = match node.style {
        Style::Single => format!("'{text}'").into(),
        Style::Double => format!("\"{text}\"").into(),
        _ => text,
    };
    Some((text, Input::control(node.span, node.step)))
}

/// The node of a field, without opening the draft.
fn field_node(map: &SourceMap, item: &Draft, key: &str) -> Option<Node> {
    match item {
        Draft::Shared(tree, step) => {
            let field = *Cursor::new(map, tree).get(key)?.node();
            Some(Node { step: step.unwrap_or(field.step), ..field })
        }
        Draft::Map(_, entries) => {
            let entry = entries.iter().find(|(name, _)| name.scalar(map).is_some_and(|name| name == key));
            entry.map(|(_, value)| value.node())
        }
        Draft::Scalar(_) | Draft::Seq(..) => None,
    }
}
