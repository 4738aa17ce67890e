//! The variables of a Kustomization: those it writes down, and those of ConfigMaps and Secrets it names.
//!
//! Owns which value counts. The values of Secrets are never looked at, only their keys.

use std::collections::BTreeMap;

use crate::graph::Context;
use crate::graph::flux::index::{Index, path};
use crate::model::ObjectView;
use crate::model::secret::sops;
use crate::source::{Span, StepId};
use crate::yaml::Cursor;

/// The value of a variable.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Value {
    /// A text, and where it is written.
    Known { text: String, at: (Span, StepId) },
    /// It has one that cannot be read here, or one of several.
    Opaque,
}

/// The variables of a Kustomization.
#[derive(Debug, Default)]
pub struct Variables {
    values: BTreeMap<String, Value>,
    /// Somebody outside of the repository may define more.
    pub is_open: bool,
}

impl Variables {
    /// The variables of `postBuild`.
    pub fn new(context: &Context<'_>, index: &Index, owner: &ObjectView<'_>, post_build: Cursor<'_>) -> Self {
        let mut variables = Self::default();
        let namespace = owner.namespace().unwrap_or_default();
        let near = path(context.map, owner);
        for from in post_build.get("substituteFrom").into_iter().flat_map(|list| list.items()) {
            let text = |name: &str| from.get(name).and_then(|value| value.text()).unwrap_or_default();
            let name = text("name");
            let find = |kind| {
                let found = index.find(context, kind, &namespace, &name, near);
                // What is not here at all is noticed below.
                let is_here = found.is_empty() || index.is_for(context, &found, near);
                (found, is_here)
            };
            match &*text("kind") {
                "ConfigMap" => {
                    let (maps, is_here) = find("ConfigMap");
                    variables.config_map(&maps);
                    variables.is_open |= !is_here;
                }
                "Secret" => {
                    let ((secrets, is_here), (sealed, is_sealed_here)) =
                        (find("Secret"), find("SealedSecret"));
                    variables.secret(&secrets, &sealed);
                    // What else makes a Secret of that name may put more into it.
                    let is_made = !index.find(context, "ExternalSecret", &namespace, &name, near).is_empty();
                    variables.is_open |= !is_here || !is_sealed_here || is_made;
                }
                _ => variables.is_open = true,
            }
        }
        let substitute = post_build.get("substitute").map(|values| values.entries()).unwrap_or_default();
        for entry in substitute {
            let (Some(name), Some(text)) = (entry.key.text(), entry.value.text()) else { continue };
            variables.values.insert(name.into_owned(), known(entry.value, &text));
        }
        variables
    }

    /// Whether there are none: then Flux leaves everything as it is.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty() && !self.is_open
    }

    /// Whether some are known to be there.
    pub fn has_any(&self) -> bool {
        !self.values.is_empty()
    }

    /// The value of a variable.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }

    fn config_map(&mut self, found: &[ObjectView<'_>]) {
        self.is_open |= found.is_empty();
        let mut values: BTreeMap<String, Value> = BTreeMap::new();
        for (number, map) in found.iter().enumerate() {
            let is_encrypted = sops::is_sops(map.root);
            for entry in map.root.get("data").map(|data| data.entries()).unwrap_or_default() {
                let (Some(name), Some(text)) = (entry.key.text(), entry.value.text()) else { continue };
                let value = match is_encrypted || sops::is_encrypted(&text) {
                    true => Value::Opaque,
                    false => known(entry.value, &text),
                };
                let same = |known: &Value| match (known, &value) {
                    (Value::Known { text: a, .. }, Value::Known { text: b, .. }) => a == b,
                    (a, b) => a == b,
                };
                match values.get_mut(&*name) {
                    Some(known) if same(known) => {}
                    Some(known) => *known = Value::Opaque,
                    // A key that only some of several clusters have is not known to be there.
                    None if number > 0 => drop(values.insert(name.into_owned(), Value::Opaque)),
                    None => drop(values.insert(name.into_owned(), value)),
                }
            }
        }
        self.values.extend(values);
    }

    fn secret(&mut self, secrets: &[ObjectView<'_>], sealed: &[ObjectView<'_>]) {
        self.is_open |= secrets.is_empty() && sealed.is_empty();
        let plain =
            secrets.iter().flat_map(|secret| ["data", "stringData"].map(|field| secret.root.get(field)));
        let sealed = sealed.iter().map(|secret| secret.root.path(&["spec", "encryptedData"]));
        for data in plain.chain(sealed).flatten() {
            let names = data.entries().into_iter().filter_map(|entry| entry.key.text());
            self.values.extend(names.map(|name| (name.into_owned(), Value::Opaque)));
        }
    }
}

fn known(value: Cursor<'_>, text: &str) -> Value {
    Value::Known { text: text.to_owned(), at: (value.part(0, text.len()), value.step()) }
}
