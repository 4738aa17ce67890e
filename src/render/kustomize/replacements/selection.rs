//! Which objects a replacement means.
//!
//! Owns the selectors of sources and targets. Unlike those of patches they are no regular expressions, and every
//! identity that an object ever had counts. Must not know what is copied.

use std::borrow::Cow;

use crate::render::kustomize::error::{BuildError, Result};
use crate::render::kustomize::resource::Resource;
use crate::render::kustomize::selector::Labels;
use crate::render::kustomize::stage::{field, string_field};
use crate::source::Span;
use crate::yaml::Cursor;

/// The parts of an identity that a selector names; what is empty matches anything.
pub(super) struct Wanted<'w> {
    pub at: Cursor<'w>,
    group: Cow<'w, str>,
    version: Cow<'w, str>,
    kind: Cow<'w, str>,
    name: Cow<'w, str>,
    namespace: Cow<'w, str>,
}

impl<'w> Wanted<'w> {
    pub fn parse(at: Cursor<'w>) -> Result<Self> {
        if !at.is_map() {
            return Err(BuildError::new(at.span(), "what selects objects is a mapping"));
        }
        let text = |name: &str| string_field(at, name).map(Option::unwrap_or_default);
        Ok(Self {
            at,
            group: text("group")?,
            version: text("version")?,
            kind: text("kind")?,
            name: text("name")?,
            namespace: text("namespace")?,
        })
    }

    pub fn is_empty(&self) -> bool {
        [&self.group, &self.version, &self.kind, &self.name, &self.namespace]
            .iter()
            .all(|part| part.is_empty())
    }

    /// Whether an object has or had such an identity.
    pub fn selects(&self, resource: &Resource) -> bool {
        let fits = |wanted: &str, found: &str| wanted.is_empty() || wanted == found;
        // Kustomize remembers former kinds, but neither groups nor versions.
        let now = &resource.id.gvk;
        fits(&self.group, &now.group)
            && fits(&self.version, &now.version)
            && resource.ids().any(|id| {
                fits(&self.kind, &id.gvk.kind)
                    && fits(&self.name, &id.name)
                    && fits(&self.namespace, id.effective_namespace())
            })
    }

    /// The scalar that a person would look at when nothing is selected.
    pub fn place(&self) -> Span {
        let written = ["name", "kind"].iter().find_map(|name| field(self.at, name));
        written.unwrap_or(self.at).span()
    }

    pub fn shown(&self) -> String {
        let kind = if self.kind.is_empty() { "object" } else { &self.kind };
        let name = match (&*self.namespace, &*self.name) {
            ("", "") => String::new(),
            ("", name) => format!(" `{name}`"),
            (namespace, "") => format!(" in the namespace `{namespace}`"),
            (namespace, name) => format!(" `{namespace}/{name}`"),
        };
        let group = match (&*self.group, &*self.version) {
            ("", "") => String::new(),
            ("", part) | (part, "") => format!(" of `{part}`"),
            (group, version) => format!(" of `{group}/{version}`"),
        };
        format!("{kind}{name}{group}")
    }
}

/// `select`, or an item of `reject`.
pub(super) struct Choice<'w> {
    pub wanted: Wanted<'w>,
    labels: Option<Labels>,
    annotations: Option<Labels>,
}

impl<'w> Choice<'w> {
    pub fn parse(at: Cursor<'w>) -> Result<Self> {
        let labels = |name: &str| {
            let Some(text) = string_field(at, name)?.filter(|text| !text.is_empty()) else { return Ok(None) };
            let place = field(at, name).unwrap_or(at).span();
            let wrong = |why| BuildError::new(place, format!("`{text}` is no selector: {why}"));
            Labels::parse(&text).map(Some).map_err(wrong)
        };
        Ok(Self {
            wanted: Wanted::parse(at)?,
            labels: labels("labelSelector")?,
            annotations: labels("annotationSelector")?,
        })
    }

    /// The selectors of labels and annotations, with the fields they look at.
    pub fn selectors(&self) -> impl Iterator<Item = (&Labels, &'static str)> {
        let selectors = [(&self.labels, "labels"), (&self.annotations, "annotations")];
        selectors.into_iter().filter_map(|(selector, field)| Some((selector.as_ref()?, field)))
    }

    pub fn matches_labels(&self, root: Cursor<'_>) -> bool {
        self.selectors().all(|(selector, field)| {
            let found = root.path(&["metadata", field]);
            selector.select(|key| found.and_then(|found| found.get(key)).and_then(|value| value.text()))
        })
    }

    pub fn shown(&self) -> String {
        let written = |name: &str| field(self.wanted.at, name).and_then(|text| text.text());
        let mut shown = self.wanted.shown();
        for name in ["labelSelector", "annotationSelector"] {
            if let Some(text) = written(name).filter(|text| !text.is_empty()) {
                shown += &format!(" with `{text}`");
            }
        }
        shown
    }
}
