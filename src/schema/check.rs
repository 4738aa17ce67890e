//! Whether an object keeps to its schema.
//!
//! A walk over the tree of the object beside that of the shapes. It allocates nothing while nothing is wrong.

use std::borrow::Cow;

use rustc_hash::FxHashSet;

use crate::yaml::{Cursor, Entry, Schema, key_hash};

use super::bundle::{Bundle, shipped};
use super::catalog::{Kind, near};
use super::cel_value::itself;
use super::demand::Asked;
use super::holds::{Answer, holds};
use super::problem::{Problem, ProblemKind, Unknown};
use super::say::{counted, unmet};
use super::scalar::{Json, is_filled_in, is_quantity};
use super::shape::{Bounds, Field, Fields, Key, Name, Shape, Text};
use super::target::{Minors, Target};

/// Deeper values are not looked into.
const DEPTH: u32 = 100;

/// What is wrong with an object of which these schemas are known. One that keeps to any of them is right: which of them
/// its cluster has is not known. `reader` is what reads the file: `yes` is text for Kustomize, which writes it in quotes.
pub fn check(object: Cursor<'_>, kinds: &[Kind<'_>], target: Target, reader: Schema) -> Vec<Problem> {
    let mut fewest: Option<(Vec<Problem>, Vec<Problem>)> = None;
    for kind in kinds {
        let mut check = Check::new(kind, target, reader);
        check.root(object, kind.shape);
        let is_better = |(known, _): &(Vec<Problem>, Vec<Problem>)| check.problems.len() < known.len();
        if fewest.as_ref().is_none_or(is_better) {
            fewest = Some((check.problems, check.unverified));
        }
        if fewest.as_ref().is_some_and(|(problems, _)| problems.is_empty()) {
            break;
        }
    }
    let (mut problems, unverified) = fewest.unwrap_or_default();
    problems.extend(unverified);
    problems
}

struct Check {
    bundle: &'static Bundle,
    minors: Minors,
    /// What has to be set in the newest of them has to be set: the definitions learn what the API server always knew.
    newest: Minors,
    is_exact: bool,
    /// Whether the kind is one of Kubernetes itself.
    is_own: bool,
    reader: Schema,
    problems: Vec<Problem>,
    /// How many names were looked for that may be meant.
    meant: usize,
    /// What could not be looked at.
    unverified: Vec<Problem>,
    depth: u32,
}

/// The value of a field that is named like `.spec.replicas`.
fn below<'w>(value: Cursor<'w>, field: &str) -> Option<Cursor<'w>> {
    field.split('.').filter(|name| !name.is_empty()).try_fold(value, |value, name| value.get(name))
}

/// The places of the fields that are there. Few objects have more than the first number holds.
#[derive(Default)]
struct Found {
    first: u128,
    more: FxHashSet<usize>,
}

impl Found {
    fn bit(place: usize) -> Option<u128> {
        1_u128.checked_shl(u32::try_from(place).ok()?)
    }

    fn add(&mut self, place: usize) {
        match Self::bit(place) {
            Some(bit) => self.first |= bit,
            None => drop(self.more.insert(place)),
        }
    }

    fn has(&self, place: usize) -> bool {
        Self::bit(place).map_or_else(|| self.more.contains(&place), |bit| self.first & bit != 0)
    }
}

/// For more names than this of one object nobody looks for those that may be meant.
const MEANT: usize = 10;

/// What quotes would make right.
const BARE: [&str; 3] = ["labels", "annotations", "env"];

impl Check {
    fn new(kind: &Kind<'_>, target: Target, reader: Schema) -> Self {
        // A kind that the targeted version does not serve is removed, or not there yet: other rules say so.
        let both = Minors(kind.minors.0 & target.minors.0);
        let minors = if both.0 == 0 { kind.minors } else { both };
        let newest = minors.newest();
        let is_exact = kind.is_exact;
        let is_own = is_exact && kind.origin.is_some();
        let (problems, unverified) = (Vec::new(), Vec::new());
        let bundle = shipped();
        Self { bundle, minors, newest, is_exact, is_own, reader, problems, meant: 0, unverified, depth: 0 }
    }

    fn add(&mut self, value: Cursor<'_>, kind: ProblemKind) {
        let key = value.key().map(|key| key.index());
        self.problems.push(Problem { kind, node: value.index(), key });
    }

    fn resolve<'s>(&self, mut shape: &'s Shape) -> &'s Shape {
        // A definition that is another one's name is one step away.
        for _ in 0..8 {
            match shape {
                Shape::Named(at) => shape = self.bundle.definition(*at),
                shape => return shape,
            }
        }
        &Shape::Any
    }

    /// The root has fields that every object has, and a status, which the API server does not take from a file.
    fn root(&mut self, object: Cursor<'_>, shape: &Shape) {
        let (shape, asked) = match self.resolve(shape) {
            Shape::Asked(asked) => (self.resolve(&asked.shape), Some(asked)),
            shape => (shape, None),
        };
        let Shape::Object(fields) = shape else { return };
        let mut found = Found::default();
        object.for_each_entry(|entry| match entry.key.text().as_deref() {
            Some("apiVersion" | "kind" | "status" | "sops") | None => {}
            Some("metadata") => {
                let pods = self.bundle.groups("Pod").first().and_then(|(_, versions)| versions.first());
                if let Some(Shape::Object(fields)) = pods.map(|pod| self.bundle.definition(pod.definition)) {
                    let metadata = fields.named(key_hash(b"metadata"), "metadata");
                    self.field(entry, fields.get(metadata), "metadata");
                }
            }
            Some(name) => self.entry(entry, name, fields, "", &mut found),
        });
        for name in ["apiVersion", "kind", "metadata", "status"] {
            let places = fields.named(key_hash(name.as_bytes()), name);
            places.for_each(|place| found.add(place));
        }
        self.missing(object, fields, &found);
        if let Some(asked) = asked.filter(|_| self.problems.is_empty()) {
            self.asked(object, asked, true);
        }
    }

    /// What is asked of a value that keeps to its shape.
    fn asked(&mut self, value: Cursor<'_>, asked: &Asked, is_object: bool) {
        match holds(value, &asked.demand, self.reader) {
            Answer::Yes => {}
            Answer::No => {
                if let Some(clause) = unmet(value, &asked.demand, self.reader) {
                    self.add(clause.at, ProblemKind::Limit(clause.text));
                }
            }
            Answer::Unknown if asked.demand.is_partly_read() => {
                self.leave(
                    value,
                    "what its definition asks in `allOf`, `anyOf`, `oneOf` or `not`".to_owned(),
                );
            }
            Answer::Unknown => {}
        }
        if asked.rules.is_empty() {
            return;
        }
        let itself = itself(value, Cursor::new(value.map(), &asked.schema), is_object);
        for rule in &asked.rules {
            match itself.as_ref().and_then(|itself| rule.holds(itself)) {
                Some(true) => {}
                Some(false) => {
                    let field = rule.field.as_deref().and_then(|field| below(value, field)).unwrap_or(value);
                    let (rule, message) = (rule.text.clone(), rule.message.clone());
                    self.add(field, ProblemKind::Rule { rule, message });
                }
                None => self.leave(value, rule.text.clone()),
            }
        }
    }

    fn leave(&mut self, value: Cursor<'_>, what: String) {
        let key = value.key().map(|key| key.index());
        self.unverified.push(Problem { kind: ProblemKind::Unverified(what), node: value.index(), key });
    }

    fn value(&mut self, value: Cursor<'_>, shape: &Shape, parent: &str) {
        let shape = self.resolve(shape);
        if matches!(shape, Shape::Any) || self.depth >= DEPTH {
            return;
        }
        if let Shape::Asked(asked) = shape {
            let before = self.problems.len();
            self.value(value, &asked.shape, parent);
            let is_there = Json::of(value, self.reader) != Json::Null;
            // What is wrong inside is one thing, and what comes of it not another.
            if is_there && self.problems.len() == before {
                self.asked(value, asked, false);
            }
            return;
        }
        let json = Json::of(value, self.reader);
        match (shape, json) {
            // Nothing is what is not there.
            (_, Json::Null) => {}
            (Shape::Object(fields), Json::Object) => self.object(value, fields, parent),
            (Shape::Map(shape), Json::Object) => {
                self.depth += 1;
                value.for_each_entry(|entry| self.value(entry.value, shape, parent));
                self.depth -= 1;
            }
            (Shape::List(list), Json::List) => {
                self.depth += 1;
                value.items().for_each(|item| self.value(item, &list.0, parent));
                self.depth -= 1;
                // Rules of their own know more about these.
                if !list.1.is_empty() && !["env", "containers"].contains(&parent) {
                    self.keys(value, &list.1, parent);
                }
            }
            (Shape::Text(text), Json::Text) => self.text(value, text),
            (Shape::Integer(bounds), Json::Integer(number)) => self.bounds(value, *bounds, number),
            (Shape::Number(bounds), Json::Integer(number) | Json::Number(number)) => {
                self.bounds(value, *bounds, number);
            }
            (Shape::Boolean, Json::Boolean) => {}
            (Shape::IntOrString, Json::Text | Json::Integer(_)) => {}
            (Shape::Quantity, Json::Integer(_) | Json::Number(_)) => {}
            (Shape::Quantity, Json::Text) => {
                let text = value.text().unwrap_or_default();
                if !is_quantity(&text) && !is_filled_in(&text) {
                    self.add(value, ProblemKind::Quantity);
                }
            }
            (shape, json) => self.mismatch(value, shape, json, parent),
        }
    }

    /// Items that have the same values under all keys by which Kubernetes tells them apart.
    fn keys(&mut self, list: Cursor<'_>, keys: &[Key], name: &str) {
        let mut known: FxHashSet<Vec<Cow<'_, str>>> = FxHashSet::default();
        if list.items().nth(1).is_none() {
            return;
        }
        for item in list.items() {
            let text = |key: &Key| match item.get(&key.name) {
                // The only key that Kubernetes fills in itself, and with this.
                None if self.is_own => (key.name == "protocol").then_some(Cow::Borrowed("TCP")),
                None => key.default.clone(),
                Some(value) => value.text().filter(|text| !is_filled_in(text)),
            };
            let Some(values) = keys.iter().map(text).collect::<Option<Vec<_>>>() else { continue };
            if !known.insert(values) {
                let at = keys.iter().find_map(|key| item.get(&key.name)).unwrap_or(item);
                let keys = keys.iter().map(|key| key.name.clone()).collect();
                self.add(at, ProblemKind::Duplicate { list: name.to_owned(), keys });
            }
        }
    }

    fn mismatch(&mut self, value: Cursor<'_>, shape: &Shape, found: Json, parent: &str) {
        if value.text().is_some_and(|text| is_filled_in(&text)) {
            return;
        }
        let wanted = match shape {
            Shape::Text(_) => "text",
            Shape::Integer(_) => "a whole number",
            Shape::Number(_) => "a number",
            Shape::Boolean => "a boolean",
            Shape::IntOrString => "text or a whole number",
            Shape::Quantity => "an amount",
            Shape::List(_) => "a list",
            Shape::Map(_) | Shape::Object(_) => "a mapping",
            Shape::Any | Shape::Named(_) | Shape::Asked(_) => return,
        };
        let found_as = found.describe();
        let is_bare = matches!(found, Json::Boolean | Json::Integer(_) | Json::Number(_));
        let kind = match is_bare && wanted == "text" && BARE.contains(&parent) {
            true => ProblemKind::Unquoted { found: found_as },
            false => ProblemKind::Type { wanted, found: found_as },
        };
        self.add(value, kind);
    }

    fn text(&mut self, value: Cursor<'_>, text: &Text) {
        if text.allowed.is_empty() && text.pattern.is_none() && text.length == (None, None) {
            return;
        }
        let written = value.text().unwrap_or_default();
        if !text.allowed.is_empty() {
            if text.allowed.contains(&written) || is_filled_in(&written) {
                return;
            }
            let near = self.meant(&written, text.allowed.iter());
            // Another version of the project may have more words.
            if self.is_exact || near.is_some() {
                self.add(value, ProblemKind::Word { allowed: text.allowed.to_vec(), near });
            }
            return;
        }
        let length = written.chars().count();
        let limit = counted(text.length, length, "character").or_else(|| {
            let pattern = text.pattern.as_ref().filter(|pattern| !pattern.is_match(&written))?;
            Some(format!("match `{pattern}`"))
        });
        if let Some(limit) = limit.filter(|_| !is_filled_in(&written)) {
            self.add(value, ProblemKind::Limit(limit));
        }
    }

    fn bounds(&mut self, value: Cursor<'_>, bounds: Bounds, number: f64) {
        let limit = match bounds {
            Bounds { least: Some(least), .. } if number < least => format!("be at least {least}"),
            Bounds { most: Some(most), .. } if number > most => format!("be at most {most}"),
            _ => return,
        };
        self.add(value, ProblemKind::Limit(limit));
    }

    fn object(&mut self, value: Cursor<'_>, fields: &Fields, parent: &str) {
        self.depth += 1;
        let mut found = Found::default();
        value.for_each_entry(|entry| {
            if let Some(name) = entry.key.text() {
                self.entry(entry, &name, fields, parent, &mut found);
            }
        });
        self.depth -= 1;
        self.missing(value, fields, &found);
    }

    fn entry(&mut self, entry: Entry<'_>, name: &str, fields: &Fields, parent: &str, found: &mut Found) {
        let key = entry.key.node();
        let hash = if key.aux == 0 { key_hash(name.as_bytes()) } else { key.aux };
        let places = fields.named(hash, name);
        let known = fields.get(places.clone());
        if known.is_empty() {
            if !fields.is_open {
                self.unknown(entry.value, name, fields, None);
            }
            return;
        }
        // What has nothing behind it is dropped by the API server, which then misses the field.
        let is_there =
            !self.is_exact || known.iter().any(|field| field.is_nullable) || !entry.value.is_null();
        if is_there {
            places.for_each(|place| found.add(place));
        }
        if !known.iter().any(|field| field.minors.overlaps(self.minors)) {
            let minors = Minors(known.iter().fold(0, |all, field| all | field.minors.0));
            self.unknown(entry.value, name, fields, Some(minors));
            return;
        }
        if self.is_own && entry.value.text().is_some_and(|text| text.is_empty()) && self.is_unset(known) {
            return;
        }
        // The value of a variable is known by the list that the variable is in.
        self.field(entry, known, if (parent, name) == ("env", "value") { parent } else { name });
    }

    /// Whether a field of Kubernetes' own types that holds an empty text counts as one that nobody has set, and gets its
    /// default: where it takes one of some words, and need not be set.
    fn is_unset(&self, known: &[Field]) -> bool {
        let is_word = |shape: &Shape| matches!(shape, Shape::Text(text) if !text.allowed.is_empty());
        known.iter().any(|field| is_word(self.resolve(&field.shape)))
            && !known.iter().any(|field| field.required.overlaps(self.newest))
    }

    /// A field that has several shapes must keep to one of those in the targeted versions.
    fn field(&mut self, entry: Entry<'_>, known: &[Field], name: &str) {
        let before = self.problems.len();
        let minors = self.minors;
        for field in known.iter().rev().filter(|field| field.minors.overlaps(minors)) {
            self.problems.truncate(before);
            self.value(entry.value, &field.shape, name);
            if self.problems.len() == before {
                return;
            }
        }
    }

    fn unknown(&mut self, value: Cursor<'_>, name: &str, fields: &Fields, minors: Option<Minors>) {
        if is_filled_in(name) {
            return;
        }
        let (first, _) = self.bundle.range();
        let elsewhere = minors.filter(|minors| minors.0 != 0).map(|minors| {
            let last = first + minors.0.ilog2() as u16;
            (first + minors.0.trailing_zeros() as u16, last)
        });
        let targeted = self.minors;
        let names = fields.fields.iter().filter(|field| field.minors.overlaps(targeted));
        let near = self.meant(name, names.map(|field| &field.name));
        // Another version of the project may have more fields.
        if self.is_exact || near.is_some() {
            self.add(value, ProblemKind::Unknown(Unknown { near, elsewhere }));
        }
    }

    /// The name that may be meant by one that is none of these. Somebody who has many of them wrong meant something else.
    fn meant<'n>(&mut self, wanted: &str, names: impl Iterator<Item = &'n Name> + Clone) -> Option<Name> {
        self.meant += 1;
        if self.meant > MEANT {
            return None;
        }
        let near = near(wanted, names.clone().map(|name| &**name))?;
        names.into_iter().find(|name| *name == near).cloned()
    }

    fn missing(&mut self, value: Cursor<'_>, fields: &Fields, found: &Found) {
        let mut missing: Vec<Name> = Vec::new();
        for &(place, required) in &fields.required {
            let is_found = found.has(place as usize);
            let field =
                fields.fields.get(place as usize).filter(|_| !is_found && required.overlaps(self.newest));
            missing.extend(field.map(|field| field.name.clone()));
        }
        // What a template makes of a value is not known.
        let is_template = |entry: &Entry<'_>| entry.key.text().is_some_and(|key| is_filled_in(&key));
        if !missing.is_empty() && !value.entries().iter().any(is_template) {
            missing.sort();
            self.add(value, ProblemKind::Missing(missing));
        }
    }
}
