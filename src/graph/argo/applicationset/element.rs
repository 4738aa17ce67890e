//! An element of a generator: the parameters of one Application, or of any number of them.
//!
//! Owns how parameters are named: a tree of them for Go templates, flat names with dots for the old language.

use std::rc::Rc;

use crate::graph::environment::LABELS;
use crate::template::{Data, Map, Text, Value};
use crate::yaml::Tree;

/// Parameters for one Application.
#[derive(Clone, Debug, Default)]
pub struct Element {
    /// The parameters.
    pub params: Params,
    /// Why it stands for any number of Applications; `None` for exactly one.
    pub symbolic: Option<Rc<str>>,
    /// The generator's own `template`, which goes before that of the set.
    pub template: Option<Tree>,
}

/// Parameters by name.
#[derive(Clone, Debug, Default)]
pub struct Params {
    /// The parameters.
    pub map: Map,
    /// Of flat names: any name that begins like this is there, with an opaque value.
    pub open: Vec<(String, Rc<str>)>,
}

impl Params {
    /// Parameters of which nothing is known.
    pub fn opaque(why: &str) -> Self {
        Self { map: Map::open(why), open: Vec::new() }
    }

    /// The value of a flat name.
    pub fn flat(&self, name: &str) -> Option<Value> {
        let open = || self.open.iter().find(|(prefix, _)| name.starts_with(prefix.as_str()));
        self.map.get(name).or_else(|| open().map(|(_, why)| Data::Opaque(why.clone()).into()))
    }

    /// The value of a name with dots, whether flat or a way into the tree.
    pub fn find(&self, name: &str) -> Option<Value> {
        let known = |map: &Map, name: &str| {
            map.entries().into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
        };
        known(&self.map, name).or_else(|| walk(&self.map, name)).or_else(|| self.flat(name))
    }

    /// What a parameter calls the environment of the Application.
    pub fn environment(&self) -> Option<String> {
        let text = |name: &&str| Some(self.map.get(name)?.text()?.as_str().to_owned());
        LABELS.iter().find_map(text)
    }

    /// These with those of `other`, which win.
    #[must_use]
    pub fn merged(&self, other: &Params) -> Self {
        let open = self.open.iter().chain(&other.open).cloned().collect();
        Self { map: self.map.merged(&other.map), open }
    }

    /// Sets `values`, a tree of them or flat.
    pub fn set_values(&self, is_go: bool, values: Vec<(String, Value)>) {
        match is_go {
            true if !values.is_empty() => {
                self.map.set("values", Map::new(values.into_iter().collect()).into());
            }
            true => {}
            false => {
                values.into_iter().for_each(|(name, value)| self.map.set(format!("values.{name}"), value));
            }
        }
    }
}

/// A way into a tree; keys may have dots themselves.
fn walk(map: &Map, name: &str) -> Option<Value> {
    for (at, _) in name.match_indices('.') {
        let (first, rest) = (&name[..at], &name[at + 1..]);
        let inner = map.get(first);
        if let Some(Value { data: Data::Map(inner), .. }) = inner {
            let found = inner.entries().into_iter().find(|(key, _)| key == rest).map(|(_, value)| value);
            if let Some(value) = found.or_else(|| walk(&inner, rest)).or_else(|| inner.get(rest)) {
                return Some(value);
            }
        } else if let Some(opaque @ Value { data: Data::Opaque(_), .. }) = inner {
            return Some(opaque);
        }
    }
    None
}

/// A tree of parameters under flat names, every value as text: what the old language sees.
pub fn flatten(prefix: &str, value: &Value, to: &Map) {
    let name = |key: &str| if prefix.is_empty() { key.to_owned() } else { format!("{prefix}.{key}") };
    match &value.data {
        Data::Map(map) if !map.is_empty() => {
            map.entries().iter().for_each(|(key, value)| flatten(&name(key), value, to));
        }
        Data::List(items) if !items.is_empty() => {
            (0..).zip(items.iter()).for_each(|(index, item): (usize, _)| {
                flatten(&name(&index.to_string()), item, to);
            });
        }
        Data::Opaque(_) => to.set(prefix, value.clone()),
        _ => to.set(prefix, Value::from(Text::clone(&value.printed("<nil>")))),
    }
}
