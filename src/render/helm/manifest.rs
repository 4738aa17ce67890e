//! From what templates printed to objects.
//!
//! Owns how Helm cuts text into documents, which of them it refuses or leaves out, their order, and the origins of
//! their values. Source: `pkg/release/v1/util`.

use std::ops::Range;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::model::Object;
use crate::render::{Event, EventKind};
use crate::source::{Input, SourceId, SourceMap, Span, Step, StepId, StepKind};
use crate::template::{Explanation, HelmVersion, Mark, Origin, Trace, key_text};
use crate::yaml::{self, Arena, Cursor, Flags, Kind, Limits, Node, Style, Tree, inflate, key_hash};

use super::absence;
use super::engine::Made;
use super::layer::no_json;
use super::notes::Chance;

/// What an object is to Helm.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Role {
    /// From `crds/`: applied first, never templated.
    Crd,
    /// Part of the release.
    Manifest,
    /// Applied at a time of its own (`helm.sh/hook`).
    Hook,
}

/// An object of a release.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// The object.
    pub object: Object,
    /// What it is to Helm.
    pub role: Role,
    /// Which of the outputs of the release it was printed in, and where; `None` for what is not templated.
    pub printed: Option<(usize, Range<usize>)>,
}

impl Manifest {
    /// Whether Helm creates it only to test the release.
    pub(super) fn is_test(&self, map: &SourceMap) -> bool {
        let hook = Cursor::new(map, &self.object.tree).path(&["metadata", "annotations", HOOK]);
        let hook = hook.and_then(|hook| hook.text()).unwrap_or_default();
        self.role == Role::Hook && hook.split(',').any(|hook| hook.trim().starts_with("test"))
    }
}

/// The annotation that makes a hook of an object.
const HOOK: &str = "helm.sh/hook";

/// The kinds in the order in which Helm installs them.
const ORDER: [&str; 38] = [
    "PriorityClass",
    "Namespace",
    "NetworkPolicy",
    "ResourceQuota",
    "LimitRange",
    "PodSecurityPolicy",
    "PodDisruptionBudget",
    "ServiceAccount",
    "Secret",
    "SecretList",
    "ConfigMap",
    "StorageClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "CustomResourceDefinition",
    "ClusterRole",
    "ClusterRoleList",
    "ClusterRoleBinding",
    "ClusterRoleBindingList",
    "Role",
    "RoleList",
    "RoleBinding",
    "RoleBindingList",
    "Service",
    "DaemonSet",
    "Pod",
    "ReplicationController",
    "ReplicaSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "StatefulSet",
    "Job",
    "CronJob",
    "IngressClass",
    "Ingress",
    "APIService",
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
];

/// Hooks that Helm knows; it leaves out what has any other.
const HOOKS: [&str; 10] = [
    "pre-install",
    "post-install",
    "pre-delete",
    "post-delete",
    "pre-upgrade",
    "post-upgrade",
    "pre-rollback",
    "post-rollback",
    "test",
    "test-success",
];

/// The objects of what templates printed, in Helm's order.
pub(super) fn manifests(
    map: &SourceMap,
    made: &[Made],
    trace: &Trace,
    version: HelmVersion,
    limits: Limits,
    events: &mut Vec<Event>,
) -> (Vec<Manifest>, Vec<Chance>) {
    let mut found: Vec<(usize, String, Manifest)> = Vec::new();
    let mut chance = Vec::new();
    for (index, made) in made.iter().enumerate() {
        let text = made.output.text();
        let documents = split(text);
        if documents.is_empty() {
            continue;
        }
        let whole = made.output.document(map);
        for range in &documents {
            let document = Document::of(map, whole, text, range.clone(), version, documents.len() == 1);
            match document.read(map, made, trace, limits, &mut chance) {
                Ok(Some((kind, role, object))) => {
                    let place = ORDER.iter().position(|known| *known == kind).unwrap_or(ORDER.len());
                    // Kinds that Helm does not know come last, by name.
                    let name = if place == ORDER.len() { kind } else { String::new() };
                    let printed = Some((index, range.clone()));
                    found.push((place, name, Manifest { object, role, printed }));
                }
                Ok(None) => {}
                Err(event) => events.push(event),
            }
        }
    }
    found.sort_by(|(place, kind, one), (other_place, other_kind, other)| {
        (one.role, place, kind).cmp(&(other.role, other_place, other_kind))
    });
    (found.into_iter().map(|(_, _, manifest)| manifest).collect(), chance)
}

/// The documents of a text: between lines that begin with `---`, without the white space before them.
fn split(text: &str) -> Vec<Range<usize>> {
    let start = text.len() - text.trim_start().len();
    let mut documents = Vec::new();
    let mut from = start;
    let mut add = |from: usize, to: usize| {
        let part = text.get(from..to).unwrap_or_default();
        if !part.trim().is_empty() {
            documents.push(from + part.len() - part.trim_start().len()..to);
        }
    };
    let mut line = start;
    while line < text.len() {
        let rest = text.get(line..).unwrap_or_default();
        if let Some(behind) = rest.strip_prefix("---") {
            add(from, line);
            from = line + 3 + behind.len() - behind.trim_start_matches([' ', '\t']).len();
        }
        line += memchr::memchr(b'\n', rest.as_bytes()).map_or(rest.len(), |end| end + 1);
    }
    add(from, text.len());
    documents
}

/// Whether a text may have a value to which each of its last line breaks belongs.
fn keeps_breaks(text: &str) -> bool {
    let has = |sign: &str| memchr::memmem::find(text.as_bytes(), sign.as_bytes()).is_some();
    has("+\n") || has("|+") || has(">+")
}

/// A document before it is read.
struct Document {
    source: SourceId,
    /// Where the text of the source begins in the output.
    offset: usize,
    range: Range<usize>,
}

impl Document {
    fn of(
        map: &SourceMap,
        whole: SourceId,
        text: &str,
        range: Range<usize>,
        version: HelmVersion,
        is_only: bool,
    ) -> Self {
        let part = text.get(range.clone()).unwrap_or_default();
        let keeps_breaks = keeps_breaks(part);
        // White space before the first key is cut off, and with it an indentation that the next lines may have.
        let is_same = is_only
            && !keeps_breaks
            && text.get(..range.start).is_some_and(|before| before.ends_with('\n') || before.is_empty());
        if is_same && !text.starts_with("---") && text.ends_with('\n') {
            return Self { source: whole, offset: 0, range };
        }
        // Helm ends every document with one more line break, which a text that is its last value keeps.
        let (part, end) = match (keeps_breaks, version) {
            (true, HelmVersion::Three) => (part.trim_end(), "\n"),
            (false, _) if part.ends_with('\n') => (part, ""),
            _ => (part, "\n"),
        };
        let span = Span::new(whole, range.start as u32, (range.start + part.len()) as u32);
        let source = map.compose_document(&[(part, Some((span, StepId::PARSED))), (end, None)]);
        Self { source, offset: range.start, range }
    }

    /// The object, its kind and role; `None` for a document that Helm leaves out.
    fn read(
        &self,
        map: &SourceMap,
        made: &Made,
        trace: &Trace,
        limits: Limits,
        chance: &mut Vec<Chance>,
    ) -> Result<Option<(String, Role, Object)>, Event> {
        let refuse = |span: Span, message: &str| {
            let place = self.place(map, span, made, trace);
            let message = format!("YAML parse error on {}: {message}", made.name);
            Event::new(EventKind::TemplateError, place, message)
        };
        let parsed = yaml::parse(map.source(self.source), self.source, limits);
        if let Some(problem) = parsed.problems.iter().find(|problem| problem.kind.loses_document()) {
            return Err(refuse(problem.span, &problem.message));
        }
        let Some(tree) = parsed.trees().next() else { return Ok(None) };
        let root = Cursor::new(map, &tree);
        if root.is_null() {
            return Ok(None);
        }
        let Some(tree) = inflate(map, &tree) else {
            return Err(refuse(root.span(), "aliases that grow beyond all limits"));
        };
        let root = Cursor::new(map, &tree);
        if let Some(number) = no_json(root) {
            return Err(refuse(number.span(), "a number that is not finite has no form in JSON"));
        }
        let (kind, role) = head(root).map_err(|(span, message)| refuse(span, &message))?;
        let Some(role) = role else { return Ok(None) };
        let mut calls = Vec::new();
        let tree = self.explained(map, &tree, made, trace, &mut calls);
        // What a hook makes belongs to nothing that is compared later, be it one of Helm or of Argo CD.
        let hook = root.path(&["metadata", "annotations", "argocd.argoproj.io/hook"]);
        if role == Role::Manifest && hook.is_none() && !calls.is_empty() {
            let root = Cursor::new(map, &tree);
            let name = root.path(&["metadata", "name"]).and_then(|name| name.text()).unwrap_or_default();
            chance.extend(calls.into_iter().map(|(call, node)| Chance {
                call,
                kind: kind.clone(),
                name: name.clone().into_owned(),
                path: Cursor::at(map, tree.arena(), node).json_path(tree.root()),
            }));
        }
        let object = Object::new(map, tree, made.source);
        Ok(Some((kind, role, object)))
    }

    /// Where a person looks for what stands at a place of the document.
    fn place(&self, map: &SourceMap, span: Span, made: &Made, trace: &Trace) -> Span {
        let range = self.in_output(span);
        let end = made.output.text().len();
        let wide = range.start.saturating_sub(1)..range.end.max(range.start + 1).min(end);
        let origin = |range| trace.explain(&made.output, range).origins.first().copied();
        let found = origin(range).or_else(|| origin(wide)).or_else(|| origin(self.range.clone()));
        let found = found.and_then(|origin| map.editable(origin.span, origin.step));
        found.unwrap_or(Span::new(made.source, 0, 0))
    }

    fn in_output(&self, span: Span) -> Range<usize> {
        self.offset + span.start as usize..self.offset + span.end() as usize
    }

    /// The tree with a step at every value that does not stand in the template as it is.
    /// Which of them chance makes goes to `calls`.
    fn explained(
        &self,
        map: &SourceMap,
        tree: &Tree,
        made: &Made,
        trace: &Trace,
        calls: &mut Vec<(Span, u32)>,
    ) -> Tree {
        let arena = tree.arena();
        let mut nodes = arena.nodes.clone();
        let root = tree.root() as usize;
        let end = root + nodes.get(root).map_or(0, |node| node.skip as usize);
        let objects = objects(Cursor::new(map, tree));
        let mut absent = self.absent(map, tree, made, trace);
        for (index, node) in nodes.iter_mut().enumerate().take(end).skip(root) {
            let is_object = objects.contains(&(index as u32));
            if node.kind == Kind::Scalar && node.aux != 0 && node.style == Style::Plain {
                rename(map, Cursor::at(map, arena, index as u32), node);
            }
            if node.span.source != self.source || node.span.len == 0 {
                continue;
            }
            let is_scalar = node.kind == Kind::Scalar;
            // A collection stands where its first key does, or its first byte.
            let first = arena.nodes.get(index + 1).filter(|first| first.span.start == node.span.start);
            let first = first.filter(|first| node.kind == Kind::Map && first.kind == Kind::Scalar);
            let span = match first {
                Some(first) => first.span,
                None if is_scalar => node.span,
                None => Span { len: 1, ..node.span },
            };
            let explanation = trace.explain(&made.output, self.in_output(span));
            let template = Span::new(made.source, 0, 0);
            let is_chance = |origin: &&Origin| is_scalar && origin.mark == Mark::Chance;
            let call = explanation.origins.iter().find(is_chance);
            calls.extend(call.map(|origin| (origin.span, index as u32)));
            let step = match is_scalar {
                true => scalar_step(&explanation, span, template),
                false => {
                    let absent = absent.remove(&(index as u32)).unwrap_or_default();
                    Some(collection_step(&explanation, is_object, template, absent))
                }
            };
            if let Some(step) = step {
                node.step = map.record(step);
            }
        }
        let arena = Arena { nodes, properties: arena.properties.clone() };
        Tree::new(Arc::new(arena), tree.root())
    }

    /// The fields that mappings lack because of a value.
    fn absent(&self, map: &SourceMap, tree: &Tree, made: &Made, trace: &Trace) -> FxHashMap<u32, Vec<Input>> {
        let text = made.output.text();
        // What stands right before a document or behind it is markers of its ends.
        let markers = trace.markers(&made.output, self.range.clone());
        let place = |span: Span| match span.source == self.source {
            true => Some(self.in_output(span)),
            false => None,
        };
        let document = absence::Document { map, tree, text, end: self.range.end, place: &place };
        let written = |range| trace.written(&made.output, range);
        document.absent(&markers, &written)
    }
}

/// The nodes that are objects: the root, and the items of a list.
fn objects(root: Cursor<'_>) -> Vec<u32> {
    let kind = root.get("kind").and_then(|kind| kind.text());
    let items = root.get("items").filter(|_| kind.is_some_and(|kind| kind.ends_with("List")));
    let items = items.into_iter().flat_map(|items| items.items()).map(|item| item.index());
    std::iter::once(root.index()).chain(items).collect()
}

/// Gives a key the name that Kubernetes reads: `y` is `true`.
fn rename(map: &SourceMap, key: Cursor<'_>, node: &mut Node) {
    let read = key_text(key);
    if key.text().is_some_and(|text| *text == *read) {
        return;
    }
    let inputs = Box::new([Input::value(node.span, node.step)]);
    let step = Step { what: StepKind::Template, entry: node.span, inputs, previous: node.step };
    *node = Node {
        span: map.word(&read),
        step: map.record(step),
        flags: Flags::TEXT,
        aux: key_hash(read.as_bytes()),
        ..*node
    };
}

fn control(origin: &Origin) -> Input {
    Input::control(origin.span, origin.step)
}

/// The step that printed a collection. That of an object knows the conditions that the object depends on.
fn collection_step(explanation: &Explanation, is_object: bool, template: Span, absent: Vec<Input>) -> Step {
    let first = explanation.origins.first();
    let entry = first.map(|origin| origin.span).or(explanation.printed_by).unwrap_or(template);
    let mut inputs = vec![Input::value(entry, first.map_or(StepId::PARSED, |origin| origin.step))];
    let conditions = explanation.conditions.iter().filter(|_| is_object);
    inputs.extend(conditions.flat_map(|condition| &condition.reads).map(control));
    inputs.extend(absent);
    Step { what: StepKind::Template, entry, inputs: inputs.into(), previous: StepId::PARSED }
}

/// The step that printed a scalar; `None` for one that stands in the template.
fn scalar_step(explanation: &Explanation, span: Span, template: Span) -> Option<Step> {
    let origins = &explanation.origins;
    let stands = |origin: &Origin| origin.mark == Mark::Template && origin.span.len == span.len;
    if origins.len() == 1 && origins.iter().all(stands) {
        return None;
    }
    let entry =
        explanation.printed_by.or_else(|| origins.last().map(|origin| origin.span)).unwrap_or(template);
    let mut inputs: Vec<Input> =
        origins.iter().map(|origin| Input::value(origin.span, origin.step)).collect();
    if inputs.is_empty() {
        inputs.push(Input::value(entry, StepId::PARSED));
    }
    inputs.extend(explanation.also.iter().map(control));
    let previous = origins.first().map_or(StepId::PARSED, |origin| origin.step);
    Some(Step { what: StepKind::Template, entry, inputs: inputs.into(), previous })
}

/// What Helm reads of a document before anything else: the kind, and what the object is to it; `None` for hooks that it
/// does not know.
fn head(root: Cursor<'_>) -> Result<(String, Option<Role>), (Span, String)> {
    let wrong =
        |value: Cursor<'_>, what: &str| Err((value.span(), format!("{what} is not what Helm reads there")));
    if !root.is_map() {
        return Err((root.span(), "the document is no object".to_owned()));
    }
    let is_scalar = |value: &Cursor<'_>| !value.is_map() && !value.is_seq();
    for name in ["apiVersion", "kind"] {
        if let Some(value) = root.get(name).filter(|value| !is_scalar(value)) {
            return wrong(value, name);
        }
    }
    let kind = root.get("kind").filter(|kind| !kind.is_null()).and_then(|kind| kind.text());
    let kind = kind.unwrap_or_default().into_owned();
    let Some(metadata) = root.get("metadata").filter(|metadata| !metadata.is_null()) else {
        return Ok((kind, Some(Role::Manifest)));
    };
    if !metadata.is_map() {
        return wrong(metadata, "metadata");
    }
    if let Some(name) = metadata.get("name").filter(|name| !is_scalar(name)) {
        return wrong(name, "metadata.name");
    }
    let Some(annotations) = metadata.get("annotations").filter(|annotations| !annotations.is_null()) else {
        return Ok((kind, Some(Role::Manifest)));
    };
    if !annotations.is_map() {
        return wrong(annotations, "metadata.annotations");
    }
    if let Some(entry) = annotations.entries().iter().find(|entry| !is_scalar(&entry.value)) {
        return wrong(entry.value, "an annotation");
    }
    let Some(hooks) = annotations.get(HOOK).and_then(|hooks| hooks.text()) else {
        return Ok((kind, Some(Role::Manifest)));
    };
    let is_known = |hook: &str| HOOKS.contains(&hook.trim().to_lowercase().as_str());
    Ok((kind, hooks.split(',').all(is_known).then_some(Role::Hook)))
}

#[cfg(test)]
mod tests {
    use super::split;

    fn parts(text: &str) -> Vec<&str> {
        split(text).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn documents_are_what_stands_between_dashes() {
        assert_eq!(
            parts("\n a: 1\n---\n\n---  \nb: 2\n--- # c\nc: 3\n"),
            ["a: 1\n", "b: 2\n", "# c\nc: 3\n"]
        );
        assert_eq!(parts("---\na: |\n  ---\n  x\n----\nb"), ["a: |\n  ---\n  x\n", "-\nb"]);
        assert_eq!(parts(" \n\n"), Vec::<&str>::new());
    }
}
