//! Generators: from one entry of `generators` to its elements.
//!
//! Owns which generators there are, the list, the clusters, and those that ask a service.

use std::rc::Rc;

use crate::graph::Status;
use crate::template::{Data, Map, Text, Value};
use crate::yaml::Cursor;

use super::element::{Element, Params, flatten};
use super::{ELEMENTS, Run, selector};

/// Why the parameters of clusters are not known.
const CLUSTERS: &str = "which clusters there are is known to Argo CD alone";

/// Matrices and merges in each other are followed this deep; Argo CD allows two levels.
const DEPTH: usize = 4;

impl Run<'_, '_> {
    /// The elements of an entry. `outer` are the parameters that a matrix fills in before.
    pub fn generate(
        &mut self,
        entry: Cursor<'_>,
        outer: Option<&Params>,
        above: &[&'static str],
    ) -> Vec<Element> {
        let mut elements = Vec::new();
        if above.len() > DEPTH {
            return elements;
        }
        for field in entry.entries() {
            let (kind, body) = (field.key.text().unwrap_or_default(), field.value);
            if !body.is_map() {
                continue;
            }
            let mut found = match kind.as_ref() {
                "list" => self.list(body, outer),
                "git" => self.git(body, outer),
                "clusters" => vec![self.clusters(body, outer)],
                "matrix" => self.matrix(body, outer, above),
                "merge" => self.merge(body, outer, above),
                "pullRequest" => vec![self.service(body, "the pull requests of a repository")],
                "scmProvider" => vec![self.service(body, "the repositories of an organisation")],
                "plugin" => vec![self.service(body, "a plugin")],
                "clusterDecisionResource" => vec![self.service(body, "a resource of a cluster")],
                _ => continue,
            };
            // Templates inside of a matrix or a merge are not looked at by Argo CD.
            let template = body.get("template").filter(|template| template.is_map() && above.is_empty());
            if let Some(template) = template {
                let tree = template.tree();
                found.iter_mut().for_each(|element| element.template = Some(tree.clone()));
            }
            elements.append(&mut found);
        }
        if let Some(selector) = entry.get("selector") {
            elements.retain(|element| selector::may_match(selector, &element.params));
        }
        // One more than is looked at, so that it is noticed.
        elements.truncate(ELEMENTS + 1);
        elements
    }

    /// The text of a field, with the parameters of a matrix filled in; `Err` says why it is not known.
    pub fn text(&self, value: Cursor<'_>, outer: Option<&Params>) -> Result<Text, Rc<str>> {
        let text = Text::of(value);
        let Some(outer) = outer else { return Ok(text) };
        self.language.known(&text, outer)
    }

    fn list(&mut self, body: Cursor<'_>, outer: Option<&Params>) -> Vec<Element> {
        let items = body.get("elements").into_iter().flat_map(|list| list.items());
        let mut values: Vec<Value> = items.map(Value::read_with_written_keys).collect();
        if let Some(outer) = outer {
            values = values.iter().map(|value| self.language.fill_value(value, outer)).collect();
        }
        if let Some(more) = body.get("elementsYaml") {
            match self.text(more, outer) {
                Ok(text) => values.extend(parsed(self.context.map, &text)),
                Err(why) => {
                    self.edge(more, Status::Unverifiable(why.to_string().into()));
                    let params = Params::opaque(&why);
                    return vec![Element { params, symbolic: Some(why), template: None }];
                }
            }
        }
        values.iter().filter_map(|value| self.listed(value)).collect()
    }

    fn listed(&self, value: &Value) -> Option<Element> {
        let Data::Map(map) = &value.data else { return None };
        if self.language.is_go {
            return Some(Element {
                params: Params { map: map.clone(), open: Vec::new() },
                ..Element::default()
            });
        }
        let params = Params::default();
        for (key, value) in map.entries() {
            match value.data {
                Data::Map(values) if key == "values" => params.set_values(false, values.entries()),
                _ => flatten(&key, &value, &params.map),
            }
        }
        Some(Element { params, ..Element::default() })
    }

    /// One element that stands for any number of clusters. What the selector asks of them is known.
    fn clusters(&mut self, body: Cursor<'_>, outer: Option<&Params>) -> Element {
        self.edge(body.key().unwrap_or(body), Status::Unverifiable(CLUSTERS.into()));
        let opaque = || Value::opaque(CLUSTERS);
        let implied = body.get("selector").map(selector::implied).unwrap_or_default();
        let mut params = Params::default();
        for name in ["name", "nameNormalized", "server", "project"] {
            params.map.set(name, opaque());
        }
        let label =
            |value: &Value| outer.map_or(value.clone(), |outer| self.language.fill_value(value, outer));
        if self.language.is_go {
            let (metadata, labels) = (Map::default(), Map::open(CLUSTERS));
            implied.iter().for_each(|(name, value)| labels.set(name.as_str(), label(value)));
            metadata.set("labels", labels.into());
            metadata.set("annotations", Map::open(CLUSTERS).into());
            params.map.set("metadata", metadata.into());
        } else {
            for prefix in ["metadata.labels.", "metadata.annotations."] {
                params.open.push((prefix.to_owned(), CLUSTERS.into()));
            }
            for (name, value) in &implied {
                params.map.set(format!("metadata.labels.{name}"), label(value));
            }
        }
        self.values(body, outer, &params);
        if body.get("flatList").is_some_and(|flat| flat.bool() == Some(true)) {
            // One element for all clusters, which are a list in it.
            params = Params::default();
            params.map.set("clusters", opaque());
        }
        Element { params, symbolic: Some(CLUSTERS.into()), template: None }
    }

    /// One element that stands for whatever a service answers.
    fn service(&mut self, body: Cursor<'_>, what: &str) -> Element {
        let why = format!("it depends on {what}");
        self.edge(body.key().unwrap_or(body), Status::Unverifiable(why.clone().into()));
        Element { params: Params::opaque(&why), symbolic: Some(why.as_str().into()), template: None }
    }

    /// Sets the `values` of a generator, which may have its parameters in them.
    pub fn values(&self, body: Cursor<'_>, outer: Option<&Params>, params: &Params) {
        let entries = body.get("values").map(|values| values.entries()).unwrap_or_default();
        let value = |value: Cursor<'_>| match self.text(value, outer) {
            Ok(text) => self.language.fill_value(&text.into(), params),
            Err(why) => Value::opaque(&why),
        };
        let values = entries
            .iter()
            .map(|entry| (entry.key.text().unwrap_or_default().into_owned(), value(entry.value)))
            .collect();
        params.set_values(self.language.is_go, values);
    }
}

/// The items of a text that is a list in YAML.
fn parsed(map: &crate::source::SourceMap, text: &Text) -> Vec<Value> {
    let id = text.document(map);
    let parsed = crate::yaml::parse(map.source(id), id, crate::yaml::Limits::default());
    let Some(tree) = parsed.trees().next() else { return Vec::new() };
    Cursor::new(map, &tree).items().map(Value::read_with_written_keys).collect()
}
