//! What an Application is: the object itself, or the template of an ApplicationSet.

use crate::model::{KindName, ObjectView};
use crate::yaml::Cursor;

/// The kinds that carry an Application.
pub const KINDS: &[KindName] = &[
    KindName { group: "argoproj.io", kind: "Application" },
    KindName { group: "argoproj.io", kind: "ApplicationSet" },
];

/// An Application, written out or templated.
pub struct Application<'w> {
    /// The object that carries it.
    pub object: ObjectView<'w>,
    /// Its root: that of the object, or `spec.template` of an ApplicationSet.
    pub root: Cursor<'w>,
}

impl<'w> Application<'w> {
    /// The Application of an object of [`KINDS`]; `None` for an ApplicationSet whose template is not there.
    pub fn new(object: &ObjectView<'w>) -> Option<Self> {
        let is_set = object.kind() == "ApplicationSet";
        let root = if is_set { object.root.path(&["spec", "template"])? } else { object.root };
        root.get("spec").is_some().then_some(Self { object: *object, root })
    }

    /// How a report names it: "Application `web`".
    pub fn name(&self) -> String {
        format!("{} `{}`", self.object.kind(), self.object.name())
    }

    /// `spec`.
    pub fn spec(&self) -> Option<Cursor<'w>> {
        self.root.get("spec")
    }

    /// Everything that stands under `source` and `sources`, whichever of them counts.
    pub fn sources(&self) -> Vec<Cursor<'w>> {
        let Some(spec) = self.spec() else { return Vec::new() };
        let listed = spec.get("sources").into_iter().flat_map(|list| list.items());
        spec.get("source").into_iter().chain(listed).collect()
    }

    /// Whether it only creates other Applications: by its own name or by the directory it reads.
    pub fn is_root(&self) -> bool {
        let name = self.object.name();
        let named = ["root", "app-of-apps", "bootstrap"]
            .iter()
            .any(|word| name.split('-').any(|part| part == *word) || name.contains("app-of-apps"));
        let path =
            self.root.path(&["spec", "source", "path"]).and_then(|path| path.text()).unwrap_or_default();
        let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        let is_set = self.object.kind() == "ApplicationSet";
        !is_set && (named || matches!(last, "applications" | "argocd-apps" | "app-of-apps"))
    }
}

/// Whether a tool fills in the value before Argo CD reads it.
pub fn is_templated(text: &str) -> bool {
    text.contains("{{") || text.contains("${")
}
