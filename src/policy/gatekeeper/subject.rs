//! What constraints select an object by.

use crate::yaml::Cursor;

use super::selector::Labels;

/// The identity of an object.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Subject {
    /// The group of `apiVersion`; empty for the core group.
    pub group: String,
    /// The version of `apiVersion`.
    pub version: String,
    /// `kind`
    pub kind: String,
    /// `metadata.namespace`, or that in which the object is known to end up; empty for neither.
    pub namespace: String,
    /// `metadata.name`
    pub name: String,
    /// `metadata.generateName`
    pub generate_name: String,
    /// `metadata.labels`
    pub labels: Labels,
}

impl Subject {
    /// Reads an object.
    pub fn read(root: Cursor<'_>) -> Self {
        let text = |path: &[&str]| {
            root.path(path).and_then(|value| value.text()).map_or_else(String::new, |text| text.into_owned())
        };
        let api_version = text(&["apiVersion"]);
        let (group, version) = api_version.rsplit_once('/').unwrap_or(("", &api_version));
        let labels = root.path(&["metadata", "labels"]).map(|labels| labels.entries()).unwrap_or_default();
        let label = |entry: crate::yaml::Entry<'_>| {
            Some((entry.key.text()?.into_owned(), entry.value.text()?.into_owned()))
        };
        Self {
            group: group.to_owned(),
            version: version.to_owned(),
            kind: text(&["kind"]),
            namespace: text(&["metadata", "namespace"]),
            name: text(&["metadata", "name"]),
            generate_name: text(&["metadata", "generateName"]),
            labels: labels.into_iter().filter_map(label).collect(),
        }
    }

    /// `apiVersion`
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.clone() } else { format!("{}/{}", self.group, self.version) }
    }

    /// Whether the object is itself a namespace.
    pub fn is_namespace(&self) -> bool {
        self.kind == "Namespace" && self.group.is_empty()
    }
}
