//! Namespaces that Gatekeeper's own configuration leaves alone.

use crate::yaml::Cursor;

use super::matching::is_like;
use super::subject::Subject;

/// The group of `Config`.
pub const GROUP: &str = "config.gatekeeper.sh";

/// What the `Config` of each cluster leaves alone.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Exclusions(Vec<Excluded>);

/// Globs of namespaces, for each of the processes that look at objects.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
struct Excluded {
    audit: Vec<String>,
    webhook: Vec<String>,
}

impl Exclusions {
    /// Adds a `Config`. Gatekeeper reads the one that is called `config`.
    pub fn add(&mut self, root: Cursor<'_>) {
        let texts = |at: Cursor<'_>, name: &str| -> Vec<String> {
            let items = at.get(name).into_iter().flat_map(|list| list.items());
            items.filter_map(|item| item.text()).map(|text| text.into_owned()).collect()
        };
        let name = root.path(&["metadata", "name"]).and_then(|name| name.text());
        if name.as_deref() != Some("config") {
            return;
        }
        let mut excluded = Excluded::default();
        for entry in root.path(&["spec", "match"]).into_iter().flat_map(|list| list.items()) {
            let (globs, processes) = (texts(entry, "excludedNamespaces"), texts(entry, "processes"));
            let has = |name: &str| processes.iter().any(|process| process == "*" || process == name);
            if has("audit") {
                excluded.audit.extend(globs.iter().cloned());
            }
            if has("webhook") {
                excluded.webhook.extend(globs);
            }
        }
        self.0.push(excluded);
    }

    /// Whether nobody looks at an object, in no cluster: neither its admission nor the audit.
    pub fn cover(&self, object: &Subject) -> bool {
        let namespace = if object.is_namespace() { &object.name } else { &object.namespace };
        let within = |globs: &[String]| globs.iter().any(|glob| is_like(glob, namespace));
        !self.0.is_empty() && self.0.iter().all(|one| within(&one.audit) && within(&one.webhook))
    }
}
