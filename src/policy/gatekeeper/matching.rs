//! `spec.match` of a constraint: which objects it is about.
//!
//! Owns the criteria in Gatekeeper's order and with its corner cases. Must not know where objects come from.

use crate::rego::Value;
use crate::yaml::Cursor;

use super::schema::Schema;
use super::selector::{Labels, Selector};
use super::subject::Subject;

/// The part of the constraint's CRD that is the same for all templates.
const SCHEMA: &str = r#"{"type": "object", "properties": {
    "source": {"type": "string", "enum": ["All", "Generated", "Original"]},
    "kinds": {"type": "array", "items": {"type": "object", "properties": {
        "apiGroups": {"type": "array", "items": {"type": "string"}},
        "kinds": {"type": "array", "items": {"type": "string"}}}}},
    "scope": {"type": "string"},
    "namespaces": {"type": "array", "items": {"type": "string", "pattern": "^\\*?[-:a-z0-9]*\\*?$"}},
    "excludedNamespaces": {"type": "array", "items": {"type": "string", "pattern": "^\\*?[-:a-z0-9]*\\*?$"}},
    "labelSelector": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
    "namespaceSelector": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
    "name": {"type": "string", "pattern": "^\\*?[-:a-z0-9]*\\*?$"}}}"#;

/// The criteria of a constraint; those that are absent hold for everything.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Match {
    kinds: Vec<Kinds>,
    scope: Scope,
    namespaces: Vec<String>,
    excluded: Vec<String>,
    labels: Option<Selector>,
    namespace_labels: Option<Selector>,
    name: String,
    /// Only objects that an ExpansionTemplate made: there are none without expansion.
    is_generated: bool,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Kinds {
    groups: Vec<String>,
    kinds: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Scope {
    #[default]
    Any,
    Cluster,
    Namespaced,
}

/// Whether a constraint is about an object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Matched {
    /// It is.
    Yes,
    /// It is not.
    No,
    /// Labels of a namespace decide, and nobody knows them.
    Unknown,
}

impl Match {
    /// What the API server checks of `spec.match`.
    pub fn schema() -> Schema {
        Schema::new(Value::from_json_str(SCHEMA).unwrap_or(Value::Null), false)
    }

    /// Reads `spec.match`, as far as it fits the schema.
    ///
    /// # Errors
    /// The part that Gatekeeper refuses all the same, with the reason.
    pub fn read(at: Cursor<'_>) -> Result<Self, (Cursor<'_>, String)> {
        let texts = |of: Cursor<'_>, name: &str| -> Vec<String> {
            let items = of.get(name).into_iter().flat_map(|list| list.items());
            items.filter_map(|item| item.text()).map(|text| text.into_owned()).collect()
        };
        let text = |name: &str| at.get(name).and_then(|value| value.string());
        let selector = |name: &str| match at.get(name) {
            Some(selector) if !selector.is_null() => Selector::read(selector).map(Some),
            _ => Ok(None),
        };
        let kinds = at.get("kinds").into_iter().flat_map(|list| list.items());
        Ok(Self {
            kinds: kinds
                .map(|at| Kinds { groups: texts(at, "apiGroups"), kinds: texts(at, "kinds") })
                .collect(),
            // As Gatekeeper has it: what is neither is any.
            scope: match text("scope").as_deref() {
                Some("Cluster") => Scope::Cluster,
                Some("Namespaced") => Scope::Namespaced,
                _ => Scope::Any,
            },
            namespaces: texts(at, "namespaces"),
            excluded: texts(at, "excludedNamespaces"),
            labels: selector("labelSelector")?,
            namespace_labels: selector("namespaceSelector")?,
            name: text("name").unwrap_or_default().into_owned(),
            is_generated: text("source").as_deref() == Some("Generated"),
        })
    }

    /// The kinds it can match, whatever their group; `None` for any.
    pub fn kinds(&self) -> Option<Vec<&str>> {
        let any = |kinds: &Kinds| kinds.kinds.is_empty() || kinds.kinds.iter().any(|kind| kind == "*");
        if self.kinds.is_empty() || self.kinds.iter().any(any) {
            return None;
        }
        Some(self.kinds.iter().flat_map(|kinds| &kinds.kinds).map(String::as_str).collect())
    }

    /// Whether the constraint is about an object. `namespace` are the labels of the object's namespace, where they are
    /// known.
    pub fn matches(&self, object: &Subject, namespace: Option<&Labels>) -> Matched {
        let has_namespace = !object.namespace.is_empty() || namespace.is_some();
        let is_namespace = object.is_namespace();
        let lies_in = if is_namespace { &object.name } else { &object.namespace };
        let within = |globs: &[String]| globs.iter().any(|glob| is_like(glob, lies_in));
        let is_placed = is_namespace || has_namespace;
        let holds = self.is_of_kind(object)
            && match self.scope {
                Scope::Any => true,
                Scope::Cluster => is_namespace || !has_namespace,
                Scope::Namespaced => !is_namespace && has_namespace,
            }
            && (self.namespaces.is_empty() || !is_placed || within(&self.namespaces))
            && (self.excluded.is_empty() || !is_placed || !within(&self.excluded))
            && self.labels.as_ref().is_none_or(|selector| selector.selects(&object.labels))
            && (self.name.is_empty()
                || is_like(&self.name, &object.name)
                || is_like_generated(&self.name, &object.generate_name))
            && !self.is_generated;
        match &self.namespace_labels {
            _ if !holds => Matched::No,
            None => Matched::Yes,
            Some(selector) => {
                let labels = if is_namespace { Some(&object.labels) } else { namespace };
                match labels.map(|labels| selector.selects(labels)) {
                    Some(true) => Matched::Yes,
                    Some(false) => Matched::No,
                    None if has_namespace => Matched::Unknown,
                    // Objects of the cluster lie in no namespace that could be the wrong one.
                    None => Matched::Yes,
                }
            }
        }
    }

    fn is_of_kind(&self, object: &Subject) -> bool {
        let has = |list: &[String], name: &str| {
            list.is_empty() || list.iter().any(|entry| entry == "*" || entry == name)
        };
        self.kinds.is_empty()
            || self
                .kinds
                .iter()
                .any(|kinds| has(&kinds.kinds, &object.kind) && has(&kinds.groups, &object.group))
    }
}

/// Whether a name is that of a glob, whose asterisks count only at its ends.
pub fn is_like(glob: &str, name: &str) -> bool {
    match (glob.strip_prefix('*'), glob.strip_suffix('*')) {
        (Some(rest), Some(_)) => name.contains(rest.strip_suffix('*').unwrap_or(rest)),
        (Some(rest), None) => name.ends_with(rest),
        (None, Some(rest)) => name.starts_with(rest),
        (None, None) => name == glob,
    }
}

/// Whether names that start like this may be those of a glob.
fn is_like_generated(glob: &str, start: &str) -> bool {
    glob.ends_with('*') && is_like(glob, start)
}
