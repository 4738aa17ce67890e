//! `data.inventory`: the other objects of the cluster, as templates look them up.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use crate::rego::Value;

use super::selector::Labels;
use super::subject::Subject;
use super::value::object;

/// By `apiVersion`, `kind` and `metadata.name`.
type Objects = BTreeMap<String, BTreeMap<String, BTreeMap<String, Value>>>;

/// The objects that are together in a cluster.
#[derive(Default, Debug)]
pub struct Inventory {
    cluster: Objects,
    namespaced: BTreeMap<String, Objects>,
    namespaces: FxHashMap<String, Namespace>,
}

/// What is known about a namespace.
#[derive(Clone, Debug)]
pub struct Namespace {
    /// Its labels.
    pub labels: Labels,
    /// The object.
    pub object: Value,
}

impl Inventory {
    /// Adds an object; a later one of the same name takes the place of an earlier one.
    pub fn add(&mut self, subject: &Subject, value: Value) {
        if subject.is_namespace() {
            let namespace = Namespace { labels: subject.labels.clone(), object: value.clone() };
            self.namespaces.insert(subject.name.clone(), namespace);
        }
        let objects = if subject.namespace.is_empty() {
            &mut self.cluster
        } else {
            self.namespaced.entry(subject.namespace.clone()).or_default()
        };
        let kinds = objects.entry(subject.api_version()).or_default();
        kinds.entry(subject.kind.clone()).or_default().insert(subject.name.clone(), value);
    }

    /// The namespace of this name, when it is one of the objects.
    pub fn namespace(&self, name: &str) -> Option<&Namespace> {
        self.namespaces.get(name)
    }

    /// The data of a program: `{"inventory": …}`.
    pub fn data(&self) -> Value {
        let mut inventory = Vec::new();
        // As Gatekeeper stores it: what holds nothing is undefined.
        if !self.cluster.is_empty() {
            inventory.push(("cluster", objects(&self.cluster)));
        }
        if !self.namespaced.is_empty() {
            let namespaces = self.namespaced.iter().map(|(name, of)| (name.as_str(), objects(of)));
            inventory.push(("namespace", object(namespaces)));
        }
        object([("inventory", object(inventory))])
    }
}

fn objects(of: &Objects) -> Value {
    object(of.iter().map(|(version, kinds)| {
        let kinds = kinds.iter().map(|(kind, named)| {
            (kind.as_str(), object(named.iter().map(|(name, value)| (name.as_str(), value.clone()))))
        });
        (version.as_str(), object(kinds))
    }))
}
