//! Which objects a `target` selects.
//!
//! Owns the selector of patches: anchored regular expressions for what an object is called and was called first, and
//! selectors of labels and annotations. Must not know what is done with what is selected.

mod labels;

use std::borrow::Cow;

use regex::bytes::Regex;

use crate::source::{Input, SourceMap, Span, StepId};
use crate::template::go_regex;
use crate::yaml::Cursor;

use super::error::{BuildError, Result};
use super::resource::{ResId, Resource};
use super::stage::{control, string_field};
pub(in crate::render) use labels::Labels;

/// A `target`. What it does not name, it does not ask for.
#[derive(Debug)]
pub(in crate::render) struct Selector {
    span: Span,
    group: Option<Pattern>,
    version: Option<Pattern>,
    kind: Option<Pattern>,
    name: Option<Pattern>,
    namespace: Option<Pattern>,
    /// Kustomize reads these two only when an object fulfils everything else, so errors wait for one.
    labels: Option<Result<Labels>>,
    annotations: Option<Result<Labels>>,
}

impl Selector {
    /// Reads a `target`.
    pub fn parse(target: Cursor<'_>) -> Result<Self> {
        if !target.is_map() {
            return Err(BuildError::new(target.span(), "a target is a mapping"));
        }
        const FIELDS: [&str; 7] =
            ["group", "version", "kind", "name", "namespace", "labelSelector", "annotationSelector"];
        let unknown = target.entries().into_iter().find_map(|entry| {
            let name = entry.key.text().unwrap_or_default();
            (!FIELDS.contains(&&*name)).then(|| (entry.key.span(), name.into_owned()))
        });
        if let Some((span, name)) = unknown {
            let message = format!("a target has no field `{name}`; it has {}", FIELDS.join(", "));
            return Err(BuildError::new(span, message));
        }
        let pattern = |name: &str| match text(target, name)? {
            Some((scalar, text)) => Pattern::new(&text).map(Some).map_err(|why| {
                BuildError::new(scalar.span(), format!("`{text}` is no regular expression: {why}"))
            }),
            None => Ok(None),
        };
        let labels = |name: &str| {
            Ok(text(target, name)?.map(|(scalar, text)| {
                Labels::parse(&text)
                    .map_err(|why| BuildError::new(scalar.span(), format!("`{text}` is no selector: {why}")))
            }))
        };
        Ok(Self {
            span: target.span(),
            group: pattern("group")?,
            version: pattern("version")?,
            kind: pattern("kind")?,
            name: pattern("name")?,
            namespace: pattern("namespace")?,
            labels: labels("labelSelector")?,
            annotations: labels("annotationSelector")?,
        })
    }

    /// What decided that it selects an object: itself, and the labels and annotations that it looked at.
    pub fn controls(&self, map: &SourceMap, resource: &Resource) -> Vec<Input> {
        let root = resource.root(map);
        let asked = [("labels", self.labels.is_some()), ("annotations", self.annotations.is_some())];
        let fields = asked.into_iter().filter(|(_, is_asked)| *is_asked);
        let labels = fields.flat_map(|(field, _)| looked_at(root, field));
        std::iter::once(Input::control(self.span, StepId::PARSED)).chain(labels).collect()
    }

    /// Where it stands.
    pub fn span(&self) -> Span {
        self.span
    }

    /// Whether it selects an object, by what the object is called now or was called first.
    pub fn selects(&self, map: &SourceMap, resource: &Resource) -> Result<bool> {
        let (now, first) = (&resource.id, resource.original());
        let fits = |pattern: &Option<Pattern>, text: &str| pattern.as_ref().is_none_or(|it| it.matches(text));
        // What tells most objects apart comes first; the order does not matter to the result.
        let called = fits(&self.kind, &now.gvk.kind)
            && (fits(&self.name, &now.name) || fits(&self.name, &first.name))
            && fits(&self.group, &now.gvk.group)
            && fits(&self.version, &now.gvk.version)
            && (self.namespace.is_none()
                || fits(&self.namespace, namespace(now))
                || fits(&self.namespace, namespace(first)));
        Ok(called
            && fulfils(&self.labels, resource.root(map), "labels")?
            && fulfils(&self.annotations, resource.root(map), "annotations")?)
    }
}

/// The `labels` or `annotations` of an object, as what decided that a selector of them fits.
pub(in crate::render) fn looked_at<'a>(
    root: Cursor<'a>,
    field: &str,
) -> impl Iterator<Item = Input> + use<'a> {
    let field = root.path(&["metadata", field]);
    let entries = field.map(|field| field.entries()).unwrap_or_default();
    let values = entries.into_iter().flat_map(|entry| [entry.key, entry.value]);
    field.and_then(|field| field.key()).into_iter().chain(values).map(control)
}

fn text<'a>(target: Cursor<'a>, name: &str) -> Result<Option<(Cursor<'a>, Cow<'a, str>)>> {
    let text = string_field(target, name)?.filter(|text| !text.is_empty());
    Ok(target.get(name).zip(text))
}

fn fulfils(wanted: &Option<Result<Labels>>, root: Cursor<'_>, field: &str) -> Result<bool> {
    let Some(wanted) = wanted else { return Ok(true) };
    let found = root.path(&["metadata", field]);
    // The text of a mapping or a list is empty for Kustomize.
    let value = |name: &str| found.and_then(|it| it.get(name)).map(|value| value.text().unwrap_or_default());
    wanted.as_ref().map(|wanted| wanted.select(value)).map_err(Clone::clone)
}

/// The namespace that a pattern meets: `default` where none is written, and a word that is no namespace for what is in
/// none.
fn namespace(id: &ResId) -> &str {
    if id.is_cluster_scoped() { "_non_namespaceable_" } else { id.effective_namespace() }
}

/// A regular expression that must match all of a text.
#[derive(Debug)]
enum Pattern {
    /// Only letters, digits, `-`, `_`, `/` and `.`, which most patterns are made of. A dot is any character.
    Word(String),
    Regex(Regex),
}

impl Pattern {
    fn new(pattern: &str) -> std::result::Result<Self, String> {
        if pattern.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_/.".contains(&byte)) {
            return Ok(Self::Word(pattern.to_owned()));
        }
        go_regex::compile(&format!("^(?:{pattern})$")).map(Self::Regex)
    }

    fn matches(&self, text: &str) -> bool {
        match self {
            Self::Word(word) => {
                let same = |(pattern, byte)| pattern == byte || pattern == b'.' && byte != b'\n';
                word.len() == text.len() && word.bytes().zip(text.bytes()).all(same)
            }
            Self::Regex(regex) => regex.is_match(text.as_bytes()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::kustomize::testing::{files, place, resources, trees};

    const OBJECTS: &str = "\
{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, labels: {app: web, n: 1}}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: api.v2, namespace: prod, annotations: {a: b, c: ~}}}
---
{apiVersion: v1, kind: Service, metadata: {name: web}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: prod}}
";

    /// The names of the objects that are selected, or the error with its place. The first object was called `old` in
    /// the namespace `past`, and then `older`.
    fn selected(target: &str) -> String {
        let map = files(&[("objects.yaml", OBJECTS), ("target.yaml", target)]);
        let mut objects = resources(&map, 0);
        for (name, namespace) in [("old", "past"), ("older", "")] {
            let id = ResId { name: name.into(), namespace: namespace.into(), ..objects[0].id.clone() };
            objects[0].previous.push(id);
        }
        let root = trees(&map, 1).remove(0);
        let selected = Selector::parse(Cursor::new(&map, &root)).and_then(|selector| {
            let mut names = Vec::new();
            for object in &objects {
                if selector.selects(&map, object)? {
                    names.push(object.id.to_string());
                }
            }
            Ok(names.join(", "))
        });
        selected.unwrap_or_else(|error| format!("{}: {}", place(&map, error.span), error.message))
    }

    #[test]
    fn targets() {
        let cases = [
            ("{}", "Deployment web, Deployment prod/api.v2, Service web, Namespace prod"),
            ("{kind: Deployment}", "Deployment web, Deployment prod/api.v2"),
            ("{kind: Deploy}", ""),
            ("{kind: 'Deploy.*|Service'}", "Deployment web, Deployment prod/api.v2, Service web"),
            ("{group: apps, version: v1}", "Deployment web, Deployment prod/api.v2"),
            ("{group: ''}", "Deployment web, Deployment prod/api.v2, Service web, Namespace prod"),
            ("{name: w.b}", "Deployment web, Service web"),
            ("{name: api.v2}", "Deployment prod/api.v2"),
            (r"{name: 'api\.v\d'}", "Deployment prod/api.v2"),
            ("{name: '[a-v]+'}", "Deployment web, Namespace prod"),
            // The first and the current name count, those between do not.
            ("{name: old}", "Deployment web"),
            ("{name: older}", ""),
            ("{namespace: past}", "Deployment web"),
            // No namespace is `default`, except for what is in none.
            ("{namespace: default}", "Deployment web, Service web"),
            ("{namespace: 'pr.*'}", "Deployment prod/api.v2"),
            ("{labelSelector: 'app, n in (1)'}", "Deployment web"),
            ("{labelSelector: '!app'}", "Deployment prod/api.v2, Service web, Namespace prod"),
            ("{annotationSelector: a=b}", "Deployment prod/api.v2"),
            // Bad selectors of labels go unnoticed when nothing else fits.
            ("{kind: Pod, labelSelector: a b}", ""),
        ];
        for (target, expected) in cases {
            assert_eq!(selected(target), expected, "{target}");
        }
    }

    #[test]
    fn errors() {
        let cases = [
            ("[]", "target.yaml:1:1 []: a target is a mapping"),
            (
                "{kinds: A}",
                "target.yaml:1:2 kinds: a target has no field `kinds`; it has group, version, kind, name, \
                 namespace, labelSelector, annotationSelector",
            ),
            ("{version: 1}", "target.yaml:1:11 1: `version` must be a string"),
            ("{kind: Pod, name: a(}", "target.yaml:1:19 a(: `a(` is no regular expression: unclosed group"),
            (
                "{labelSelector: a b}",
                "target.yaml:1:17 a b: `a b` is no selector: `b` stands where `=`, `==`, `!=`, `in`, `notin`, \
                 `<` or `>` is expected",
            ),
        ];
        for (target, expected) in cases {
            assert_eq!(selected(target), expected, "{target}");
        }
    }
}
