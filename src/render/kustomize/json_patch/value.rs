//! Values on their way through a JSON patch: what is written in the patch, what moves inside the object, and what
//! happens to the whole object because Kustomize turns it into JSON and back.
//!
//! Owns the readings of scalars. Must not know operations.

use std::borrow::Cow;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::render::kustomize::error::{BuildError, Result};
use crate::render::kustomize::go;
use crate::render::kustomize::stage::Stage;
use crate::source::{Input, SourceKind, Span, StepId, StepKind};
use crate::yaml::{Arena, Cursor, Draft, Flags, Kind, Node, Schema, Style, Tree, Typed, key_hash};

/// How the text of a patch is read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Form {
    /// By Go's JSON decoder.
    Json,
    /// By go-yaml v2, which makes JSON of it: `yes` is true.
    Yaml,
}

impl Form {
    /// The form of a patch with this root: Kustomize looks at the first byte of the text.
    pub fn of(root: Cursor<'_>) -> Self {
        let source = root.map().source(root.span().source);
        let text = match source.kind() {
            SourceKind::File | SourceKind::Packed(_) => source.text(),
            // Kustomize trims patches that stand in the kustomization.
            SourceKind::Embedded { .. } | SourceKind::Synthetic(_) => source.text().trim_start(),
        };
        if text.starts_with('[') { Form::Json } else { Form::Yaml }
    }
}

/// A value of a patch as it arrives in an object.
pub(super) fn of_patch(value: Cursor<'_>, form: Form, step: StepId) -> Result<Tree> {
    let map = value.map();
    let tree = value.tree();
    let nodes = tree.nodes();
    let mut changes = FxHashMap::default();
    let is_plain =
        |node: &Node| node.kind == Kind::Scalar && matches!(node.style, Style::Plain | Style::Empty);
    let plain = nodes.iter().enumerate().filter(|(_, node)| form == Form::Yaml && is_plain(node));
    for (at, node) in plain {
        let scalar = Cursor::at(map, tree.arena(), tree.root() + at as u32);
        let is_key = node.aux != 0;
        let new = if is_key { key_in_yaml(scalar)? } else { value_in_yaml(scalar) };
        changes.extend(new.map(|new| (at, new)));
    }
    Ok(rewritten(&tree, |at, node| *node = Node { step, ..changes.remove(&at).unwrap_or(*node) }))
}

/// A key is a string in JSON, whatever it was.
fn key_in_yaml(key: Cursor<'_>) -> Result<Option<Node>> {
    let word = key.typed_as(Schema::GoYamlV2, |typed| match typed {
        Typed::Str(_) => Some(None),
        Typed::Null => None,
        Typed::Bool(value) => Some(Some(value.to_string())),
        Typed::Int(value) => Some(Some(value.to_string())),
        Typed::Uint(value) => Some(Some(value.to_string())),
        // Keys, and only keys, have 32 bits.
        Typed::Float(value) => Some(Some(go::yaml(f64::from(value as f32)))),
    });
    match word {
        Some(Some(None)) => Ok(None),
        Some(Some(Some(word))) => {
            let aux = key_hash(word.as_bytes());
            Ok(Some(Node { aux, flags: Flags::TEXT, ..scalar(instead_of(key, &word)) }))
        }
        Some(None) | None => {
            Err(BuildError::new(key.span(), "a key of a JSON patch must be text or a number"))
        }
    }
}

/// What go-yaml v2 reads otherwise than v3, written so that v3 reads the same. `None` when both agree.
fn value_in_yaml(value: Cursor<'_>) -> Option<Node> {
    let in_v3 = value.typed_as(Schema::GoYamlV3, |typed| matches!(typed, Typed::Str(_)))?;
    value.typed_as(Schema::GoYamlV2, |typed| match typed {
        Typed::Bool(word) if in_v3 => Some(scalar(instead_of(value, if word { "true" } else { "false" }))),
        // A date is a time for v3, and a string for v2.
        Typed::Str(text)
            if text.starts_with(|c: char| c.is_ascii_digit()) && !value.node().flags.has(Flags::DECODE) =>
        {
            Some(Node { flags: Flags::TEXT, ..scalar(value.span()) })
        }
        _ => None,
    })?
}

/// The same value, put by `step_of(the step that had put it)` where it is now.
pub(super) fn moved(value: &Tree, mut step_of: impl FnMut(StepId) -> StepId) -> Tree {
    rewritten(value, |_, node| node.step = step_of(node.step))
}

/// A null that is written nowhere.
pub(super) fn null(span: Span, step: StepId) -> Draft {
    Draft::Scalar(Node { style: Style::Empty, step, ..scalar(span.part(0, 0)) })
}

/// The object after Kustomize has made JSON of it and back: integers beyond 53 bits have lost digits, and annotations
/// are strings. An empty mapping of annotations is gone, with those of its own that Kustomize writes there.
pub(super) fn settled(stage: &Stage<'_>, tree: Tree, entry: Span, controls: &[Input]) -> Tree {
    let map = stage.map;
    let changed = |value: Cursor<'_>, new: Node| {
        let mut inputs = controls.to_vec();
        inputs.push(Input::value(value.span(), value.step()));
        Node { step: stage.step(StepKind::Patch, entry, &inputs, value.step()), ..new }
    };
    let mut numbers = FxHashMap::default();
    for (at, _) in tree.nodes().iter().enumerate().filter(|(_, node)| may_be_long(node)) {
        let value = Cursor::at(map, tree.arena(), tree.root() + at as u32);
        if let Some(text) = rounded(value) {
            numbers.insert(at, changed(value, scalar(instead_of(value, &text))));
        }
    }
    let tree = match numbers.is_empty() {
        true => tree,
        false => rewritten(&tree, |at, node| *node = numbers.remove(&at).unwrap_or(*node)),
    };
    let root = Cursor::new(map, &tree);
    let Some(annotations) = root.path(&["metadata", "annotations"]) else { return tree };
    let around = [Some(root), root.get("metadata"), Some(annotations)];
    let in_flow = around.iter().flatten().any(|map| map.node().style == Style::Flow);
    if annotations.is_seq() {
        return tree;
    }
    let is_empty = !annotations.is_map() || annotations.node().aux == 0;
    let texts = annotations.entries().into_iter().map(|entry| {
        let text = as_annotation(entry.value, in_flow)?;
        let span = instead_of(entry.value, &text);
        Some(changed(entry.value, Node { flags: Flags::TEXT, ..scalar(span) }))
    });
    let texts: Vec<Option<Node>> = texts.collect();
    if !is_empty && texts.iter().all(Option::is_none) {
        return tree;
    }
    let mut draft = Draft::new(&tree);
    if is_empty {
        draft.get_mut(map, "metadata").and_then(|metadata| metadata.remove(map, "annotations"));
    } else if let Some(annotations) =
        draft.path_mut(map, &["metadata", "annotations"]).and_then(Draft::entries_mut)
    {
        for ((_, value), text) in annotations.iter_mut().zip(texts) {
            if let Some(text) = text {
                *value = Draft::Scalar(text);
            }
        }
    }
    draft.freeze()
}

/// Whether a scalar has the length of a number that 53 bits do not hold.
fn may_be_long(node: &Node) -> bool {
    node.span.len >= 16 && node.kind == Kind::Scalar && node.style == Style::Plain && node.aux == 0
}

fn rounded(value: Cursor<'_>) -> Option<String> {
    value.typed_as(Schema::GoYamlV3, |typed| match typed {
        Typed::Int(integer) if integer as f64 as i128 != i128::from(integer) => {
            Some(go::json(integer as f64))
        }
        Typed::Uint(integer) if integer as f64 as i128 != i128::from(integer) => {
            Some(go::json(integer as f64))
        }
        _ => None,
    })?
}

/// The text of an annotation that is no string.
fn as_annotation(value: Cursor<'_>, in_flow: bool) -> Option<Cow<'static, str>> {
    let text = value.typed_as(Schema::GoYamlV3, |typed| match typed {
        Typed::Str(text) => {
            // JSON has no dates, and go-yaml does not write one as it was written. In braces a time of day has quotes by
            // now.
            let time = go::time(value).filter(|_| !in_flow || !text.contains(':'));
            time.and_then(|time| time.json()).map(Cow::from)
        }
        Typed::Null => Some("null".into()),
        Typed::Bool(word) => Some(if word { "true".into() } else { "false".into() }),
        Typed::Int(integer) => Some(go::yaml(integer as f64).into()),
        Typed::Uint(integer) => Some(go::yaml(integer as f64).into()),
        Typed::Float(float) => Some(go::yaml(float).into()),
    });
    // The text of a mapping or a list is empty for Kustomize.
    text.unwrap_or(Some("".into()))
}

/// Whether a value of the object is what the operation `test` expects there.
pub(super) fn equal(found: Cursor<'_>, expected: Cursor<'_>, form: Form) -> bool {
    if found.is_map() {
        let fields = found.entries();
        let same = |name: &str| expected.get(name);
        return expected.is_map()
            && expected.entries().len() == fields.len()
            && fields.iter().all(|field| {
                let other = field.key.text().and_then(|name| same(&name));
                other.is_some_and(|other| equal(field.value, other, form))
            });
    }
    if found.is_seq() {
        return expected.is_seq()
            && expected.node().aux == found.node().aux
            && found.items().zip(expected.items()).all(|(found, expected)| equal(found, expected, form));
    }
    let Some(found) = json_of(found) else { return false };
    // What is JSON already, Kustomize compares as it is written, escapes and all.
    match form {
        Form::Json => {
            !expected.is_map() && !expected.is_seq() && expected.map().slice(expected.span()) == found
        }
        Form::Yaml => json_of(expected).is_some_and(|expected| expected == found),
    }
}

/// A scalar of an object as JSON.
fn json_of(value: Cursor<'_>) -> Option<String> {
    value.typed_as(Schema::GoYamlV3, |typed| match typed {
        Typed::Null => "null".to_owned(),
        Typed::Bool(word) => word.to_string(),
        Typed::Int(integer) => integer.to_string(),
        Typed::Uint(integer) => integer.to_string(),
        Typed::Float(float) => go::json(float),
        Typed::Str(text) => go::json_string(text),
    })
}

/// Text that takes the place of a scalar; where the scalar is that text already, it stays.
fn instead_of(scalar: Cursor<'_>, text: &str) -> Span {
    let map = scalar.map();
    if scalar.node().kind == Kind::Scalar && map.slice(scalar.span()) == text {
        return scalar.span();
    }
    map.compose(&[(text, Some((scalar.span(), scalar.step())))])
}

/// A plain scalar.
fn scalar(span: Span) -> Node {
    Node {
        span,
        skip: 1,
        aux: 0,
        step: StepId::PARSED,
        kind: Kind::Scalar,
        style: Style::Plain,
        flags: Flags::default(),
        indent: 0,
    }
}

/// A copy of a tree with other nodes, each in the place of one without children. Numbers count from the root.
fn rewritten(tree: &Tree, mut edit: impl FnMut(usize, &mut Node)) -> Tree {
    // A draft with a step is a copy that begins at its root, properties included.
    let copy = Draft::put(tree, StepId::PARSED).freeze();
    let mut nodes = tree.nodes().to_vec();
    nodes.iter_mut().enumerate().for_each(|(at, node)| edit(at, node));
    let properties = copy.arena().properties.clone();
    Tree::new(Arc::new(Arena { nodes: nodes.into(), properties }), 0)
}
