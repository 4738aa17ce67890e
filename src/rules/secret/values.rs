//! Where Helm values and other free configuration stand, and the credentials in them.

use std::ops::Range;

use crate::model::secret::{Certainty, Credential, Match, embedded, format, judge, known, object};
use crate::model::{DocumentKind, DocumentView, ObjectView};
use crate::yaml::{Cursor, Parsed};

use super::support;

/// A mapping of values in a document.
pub enum Root<'w> {
    /// Written as YAML.
    Plain(Cursor<'w>),
    /// A scalar with YAML in it.
    Text(Cursor<'w>),
    /// `name` and `value` in a list.
    Parameters(Cursor<'w>),
}

/// A credential in values.
pub struct Hit<'t> {
    /// The value.
    pub value: Cursor<'t>,
    /// The key that holds it.
    pub key: String,
    /// What was found.
    pub credential: Credential,
}

/// Every place of a document that holds values, with the object that does.
pub fn roots<'w>(document: &DocumentView<'w>) -> Vec<(Root<'w>, Option<ObjectView<'w>>)> {
    let mut roots = Vec::new();
    match document.kind() {
        DocumentKind::Values => roots.push((Root::Plain(document.root), None)),
        DocumentKind::Kustomization | DocumentKind::Component => {
            let charts = document.root.get("helmCharts").into_iter().flat_map(|charts| charts.items());
            let inline = charts.filter_map(|chart| chart.get("valuesInline"));
            roots.extend(inline.map(|values| (Root::Plain(values), None)));
        }
        _ => {}
    }
    for object in document.objects() {
        let (group, kind) = (object.group(), object.kind());
        let mut add = |root: Root<'w>| roots.push((root, Some(object)));
        match (group, kind) {
            ("helm.toolkit.fluxcd.io", "HelmRelease")
            | ("helm.cattle.io", "HelmChart" | "HelmChartConfig") => {
                object.root.path(&["spec", "values"]).map(Root::Plain).into_iter().for_each(&mut add);
                object.root.path(&["spec", "set"]).map(Root::Plain).into_iter().for_each(&mut add);
                object.root.path(&["spec", "valuesContent"]).map(Root::Text).into_iter().for_each(&mut add);
            }
            ("kustomize.toolkit.fluxcd.io", "Kustomization") => {
                object
                    .root
                    .path(&["spec", "postBuild", "substitute"])
                    .map(Root::Plain)
                    .into_iter()
                    .for_each(&mut add);
            }
            ("argoproj.io", "Application" | "ApplicationSet") => {
                let template: &[&str] = if kind == "Application" { &[] } else { &["spec", "template"] };
                let spec = object.root.path(template).and_then(|application| application.get("spec"));
                let source = spec.and_then(|spec| spec.get("source"));
                let sources =
                    spec.and_then(|spec| spec.get("sources")).into_iter().flat_map(|list| list.items());
                for helm in source.into_iter().chain(sources).filter_map(|source| source.get("helm")) {
                    helm.get("valuesObject").map(Root::Plain).into_iter().for_each(&mut add);
                    helm.get("values").map(Root::Text).into_iter().for_each(&mut add);
                    helm.get("parameters").map(Root::Parameters).into_iter().for_each(&mut add);
                }
            }
            _ => {}
        }
    }
    roots
}

impl<'w> Root<'w> {
    /// The node that holds the values.
    pub fn node(&self) -> Cursor<'w> {
        match *self {
            Root::Plain(node) | Root::Text(node) | Root::Parameters(node) => node,
        }
    }

    /// The document inside a text; it must live as long as what [`Root::hits`] returns.
    pub fn parse(&self) -> Option<Parsed> {
        match *self {
            Root::Text(text) => embedded::parse(text),
            Root::Plain(_) | Root::Parameters(_) => None,
        }
    }
}

/// The credentials below a node.
pub fn hits<'t>(node: Cursor<'t>) -> Vec<Hit<'t>> {
    let text = node.map().slice(node.span());
    let forms: Vec<Range<usize>> = format::matches(text).map(|found: Match| found.range).collect();
    let mut walk = Walk { hits: Vec::new(), has_forms: !forms.is_empty() };
    walk.node(node, "");
    walk.hits
}

/// Whether a text is long and has no spaces in its first line: it may be base64, which hides a form.
fn is_compact(text: &str) -> bool {
    text.len() >= 24 && !text.lines().next().unwrap_or_default().contains([' ', ':', '.'])
}

struct Walk<'t> {
    hits: Vec<Hit<'t>>,
    /// Whether a credential of a known form stands anywhere in the text: only then is it looked for in values.
    has_forms: bool,
}

impl<'t> Walk<'t> {
    fn node(&mut self, node: Cursor<'t>, key: &str) {
        // What an alias names is visited where it is written; a Secret among the values has a rule of its own.
        if node.alias().is_some() || (node.is_map() && object::is_secret(node)) {
            return;
        }
        let Some(text) = node.text() else {
            let name = node.get("name").and_then(|name| name.text()).filter(|_| node.get("value").is_some());
            for entry in node.entries() {
                let own = entry.key.text().unwrap_or_default();
                // `- name: DB_PASSWORD` with `value`, and `password: {value: …}`.
                let key = if own == "value" { name.as_deref().unwrap_or(key) } else { own.as_ref() };
                self.node(entry.value, key);
            }
            node.items().for_each(|item| self.node(item, ""));
            return;
        };
        // A number or boolean is no text: `token: 5`.
        if node.string().is_none() {
            return;
        }
        let found = match text.trim_end().contains('\n') {
            true if object::mentions_secret(&text) => None,
            true => {
                let form = known(&text).filter(|_| self.has_forms || is_compact(&text));
                form.map(|credential| (key.to_owned(), credential)).or_else(|| support::assigned(key, &text))
            }
            false if self.has_forms || is_compact(&text) => {
                judge(key, &text).map(|credential| (key.to_owned(), credential))
            }
            false => crate::model::secret::by_key(key, &text).map(|credential| (key.to_owned(), credential)),
        };
        // Values hold more examples than anything else; what is to be filled in is no news there.
        let found =
            found.filter(|(_, credential)| credential.certainty != Certainty::Placeholder || !key.is_empty());
        self.hits.extend(found.map(|(key, credential)| Hit { value: node, key, credential }));
    }
}
