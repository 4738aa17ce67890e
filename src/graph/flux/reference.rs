//! How Flux objects name others, and whether they wait for what they apply: helpers for rules.

use std::borrow::Cow;

use crate::model::ObjectView;
use crate::yaml::Cursor;

/// The namespace that Flux is installed in.
const FLUX_NAMESPACE: &str = "flux-system";

/// A reference to another object by kind, namespace and name.
#[derive(Clone)]
pub struct Reference<'w> {
    /// The mapping that holds it.
    pub at: Cursor<'w>,
    /// Where the name is written.
    pub name_at: Cursor<'w>,
    /// `kind`, or what stands in for it.
    pub kind: Cow<'w, str>,
    /// Its own namespace, or that of the object that refers; empty when neither is written.
    pub namespace: Cow<'w, str>,
    /// `name`
    pub name: Cow<'w, str>,
}

impl<'w> Reference<'w> {
    /// The reference that a mapping is; `None` without a name, and for one that is filled in later.
    pub fn new(object: &ObjectView<'w>, at: Cursor<'w>, kind: &'static str) -> Option<Self> {
        let text = |name: &str| at.get(name).and_then(|value| value.text()).filter(|text| !text.is_empty());
        let name_at = at.get("name")?;
        let own = || object.namespace().unwrap_or_default();
        let reference = Self {
            at,
            name_at,
            kind: text("kind").unwrap_or(Cow::Borrowed(kind)),
            namespace: text("namespace").unwrap_or_else(own),
            name: text("name")?,
        };
        let is_open = |text: &str| text.contains("${") || text.contains("<<") || text.contains("{{");
        let is_known =
            ![&reference.kind, &reference.namespace, &reference.name].into_iter().any(|it| is_open(it));
        is_known.then_some(reference)
    }

    /// `namespace/name`, or the name alone.
    pub fn display(&self) -> String {
        match &*self.namespace {
            "" => self.name.clone().into_owned(),
            namespace => format!("{namespace}/{}", self.name),
        }
    }

    /// Whether it is the source that `flux bootstrap` and the Flux Operator make: no file has to hold it.
    pub fn is_bootstrap_source(&self) -> bool {
        let is_source = matches!(&*self.kind, "GitRepository" | "OCIRepository" | "Bucket");
        is_source && self.name == FLUX_NAMESPACE && matches!(&*self.namespace, "" | FLUX_NAMESPACE)
    }
}

/// Whether a namespace is the one Flux is installed in.
pub fn flux_namespace(namespace: &str) -> bool {
    namespace == FLUX_NAMESPACE
}

/// What has to be true of the objects before a Kustomization is ready.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Waits {
    /// They were applied.
    No,
    /// Some of them, or all, are healthy.
    Yes,
    /// A template decides.
    Unknown,
}

/// What a Kustomization waits for.
pub fn kustomization_waits(spec: Cursor<'_>) -> Waits {
    let has_items = |name: &str| spec.get(name).is_some_and(|list| list.items().next().is_some());
    match spec.get("wait") {
        Some(wait) if wait.bool() == Some(true) => Waits::Yes,
        Some(wait) if wait.bool().is_none() && !wait.is_null() => Waits::Unknown,
        _ if has_items("healthChecks") || has_items("healthCheckExprs") => Waits::Yes,
        _ => Waits::No,
    }
}
