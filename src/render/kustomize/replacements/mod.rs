//! `replacements`: the value of a field of one object is written into fields of others.
//!
//! Owns what is read and written, also where it is a part of a text. Must not know how paths are followed.

mod selection;
mod split;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use crate::render::EventKind;
use crate::source::{Input, SourceMap, Span, StepId, StepKind};
use crate::yaml::{Cursor, Draft, Flags, Kind, Node, Tree};

use super::error::{BuildError, Result};
use super::field_path;
use super::path_match::{Create, Matcher, Place};
use super::resource::{Resource, identity};
use super::scalar::{Reading, Tag, composed, copied};
use super::selector::looked_at;
use super::stage::{Stage, control, field, string_field};
use selection::{Choice, Wanted};
use split::{Split, SplitPart};

/// The path of a source or target that names none.
const DEFAULT_PATH: &str = "metadata.name";

/// Runs one item of `replacements`.
pub(in crate::render) fn apply(
    stage: &mut Stage<'_>,
    resources: &mut [Resource],
    replacement: Cursor<'_>,
) -> Result<()> {
    let (Some(source), Some(targets)) = (field(replacement, "source"), field(replacement, "targets")) else {
        return Err(BuildError::new(replacement.span(), "a replacement needs `source` and `targets`"));
    };
    let source = Source::parse(source)?;
    let targets = targets.items().map(Target::parse).collect::<Result<Vec<_>>>()?;
    let map = stage.map;
    let Some(from) = source.find(stage, resources)? else { return Ok(()) };
    let Some(object) = resources.get(from) else { return Ok(()) };
    let mut value = source.value(map, object)?;
    for target in &targets {
        let mut is_selected = false;
        for (index, resource) in resources.iter_mut().enumerate() {
            let Some(labels) = target.selects(map, resource) else { continue };
            is_selected = true;
            target.write(stage, resource, &value, &labels)?;
            // Kustomize copies from the object as it is by then. Where the path leads nowhere any more, it still has the
            // node in hand.
            if index == from
                && source.split.delimiter.is_none()
                && let Ok(again) = source.value(map, resource)
            {
                value = again;
            }
        }
        if !is_selected {
            let message = format!("nothing is replaced here: there is no {}", target.select.shown());
            stage.no_match(EventKind::ReplacementNoMatch, target.select.wanted.place(), message);
        }
    }
    Ok(())
}

/// `source`
struct Source<'w> {
    wanted: Wanted<'w>,
    path: Cow<'w, str>,
    split: Split<'w>,
}

impl<'w> Source<'w> {
    fn parse(at: Cursor<'w>) -> Result<Self> {
        let path = string_field(at, "fieldPath")?.filter(|path| !path.is_empty());
        Ok(Self {
            wanted: Wanted::parse(at)?,
            path: path.unwrap_or(DEFAULT_PATH.into()),
            split: Split::parse(at)?,
        })
    }

    /// The one object it means. `None` when there is none, but could be if everything was rendered.
    fn find(&self, stage: &mut Stage<'_>, resources: &[Resource]) -> Result<Option<usize>> {
        let mut selected = resources.iter().enumerate().filter(|(_, resource)| self.wanted.selects(resource));
        let place = self.wanted.place();
        match (selected.next(), selected.next()) {
            (Some((index, _)), None) => Ok(Some(index)),
            (Some((_, first)), Some((_, second))) => {
                let message = format!(
                    "the source must be one object, and {} is both {} and {}",
                    self.wanted.shown(),
                    first.id,
                    second.id
                );
                Err(BuildError::new(place, message))
            }
            (None, _) => {
                let message = format!("the source does not exist: there is no {}", self.wanted.shown());
                if !stage.partial {
                    return Err(BuildError::new(place, message));
                }
                stage.no_match(EventKind::ReplacementNoMatch, place, message);
                Ok(None)
            }
        }
    }

    /// The value to copy.
    fn value(&self, map: &SourceMap, object: &Resource) -> Result<Value> {
        let at = self.wanted.at;
        let path_at = field(at, "fieldPath").unwrap_or(at).span();
        let root = object.root(map);
        let mut inputs = vec![control(at)];
        inputs.extend(identity(root).map(control));
        let found = field_path::lookup(root, &field_path::parse(&self.path), &mut inputs);
        let found = found.map_err(|message| BuildError::new(path_at, message))?;
        let is_empty = |value: &Cursor<'_>| {
            value.is_null() || (value.is_map() || value.is_seq()) && value.node().aux == 0
        };
        let Some(value) = found.filter(|value| !is_empty(value)) else {
            let message = format!("{} has no value at `{}`", object.id, self.path);
            return Err(BuildError::new(path_at, message));
        };
        let whole = Input::value(value.span(), value.step());
        let Some((delimiter, delimiter_at)) = &self.split.delimiter else {
            inputs.insert(0, whole);
            return Ok(Value { tree: value.tree(), range: None, inputs });
        };
        let Some(text) = value.text() else {
            let message = format!("`delimiter` parts text, and `{}` of {} is none", self.path, object.id);
            return Err(BuildError::new(delimiter_at.span(), message));
        };
        let SplitPart::Within(start, end) = self.split.part(&text, delimiter) else {
            let place = field(at, "options")
                .and_then(|options| field(options, "index"))
                .unwrap_or(*delimiter_at)
                .span();
            // The value may be secret.
            let (path, index) = (&self.path, self.split.index);
            let message = format!("`{path}` of {} has no part number {index}", object.id);
            return Err(BuildError::new(place, message));
        };
        inputs.insert(0, Input::value(value.part(start, end), value.step()));
        inputs.push(control(value));
        Ok(Value { tree: value.tree(), range: Some((start, end)), inputs })
    }
}

/// What is copied.
struct Value {
    tree: Tree,
    /// The part of the text that is meant, if not all of the value.
    range: Option<(usize, usize)>,
    /// What a step has read that copies it.
    inputs: Vec<Input>,
}

impl Value {
    /// The text; collections have none.
    fn text<'m>(&'m self, map: &'m SourceMap) -> Cow<'m, str> {
        let text = Cursor::new(map, &self.tree).text().unwrap_or_default();
        match (self.range, text) {
            (None, text) => text,
            (Some((from, to)), Cow::Borrowed(text)) => text.get(from..to).unwrap_or_default().into(),
            (Some((from, to)), Cow::Owned(text)) => text.get(from..to).unwrap_or_default().to_owned().into(),
        }
    }

    /// Where the text stands.
    fn place(&self, map: &SourceMap) -> Option<(Span, StepId)> {
        let from = Cursor::new(map, &self.tree);
        let (start, end) = self.range.unwrap_or((0, from.text()?.len()));
        Some((from.part(start, end), from.step()))
    }

    /// The text as a scalar.
    fn scalar(&self, map: &SourceMap, reading: Reading, step: StepId) -> Draft {
        let from = Cursor::new(map, &self.tree);
        match from.text() {
            Some(text) => copied(map, from, self.range.unwrap_or((0, text.len())), reading, step),
            None => composed(map.word(""), reading, step),
        }
    }
}

/// An item of `targets`.
struct Target<'w> {
    at: Cursor<'w>,
    select: Choice<'w>,
    reject: Vec<Choice<'w>>,
    /// Paths with the place that asks for each.
    paths: Vec<(Matcher<'w>, Cow<'w, str>, Span)>,
    split: Split<'w>,
}

impl<'w> Target<'w> {
    fn parse(at: Cursor<'w>) -> Result<Self> {
        let Some(select) = field(at, "select") else {
            return Err(BuildError::new(at.span(), "a target needs `select`"));
        };
        let reject = field(at, "reject").into_iter().flat_map(|reject| reject.items());
        let written = field(at, "fieldPaths").into_iter().flat_map(|paths| paths.items());
        let mut paths = written
            .map(|path| match path.string() {
                Some(text) => Ok((Matcher::new(&text, Some(path)), text, path.span())),
                None => Err(BuildError::new(path.span(), "a path must be a string")),
            })
            .collect::<Result<Vec<_>>>()?;
        if paths.is_empty() {
            paths.push((Matcher::new(DEFAULT_PATH, None), DEFAULT_PATH.into(), at.span()));
        }
        Ok(Self {
            at,
            select: Choice::parse(select)?,
            reject: reject.map(Choice::parse).collect::<Result<_>>()?,
            paths,
            split: Split::parse(at)?,
        })
    }

    /// Whether it means an object; with the labels that had a say in it.
    fn selects(&self, map: &SourceMap, resource: &Resource) -> Option<Vec<Input>> {
        if !self.select.wanted.selects(resource) {
            return None;
        }
        let root = resource.root(map);
        let rejects = |reject: &Choice<'_>| {
            !reject.wanted.is_empty() && reject.wanted.selects(resource)
                || reject.selectors().next().is_some() && reject.matches_labels(root)
        };
        if !self.select.matches_labels(root) || self.reject.iter().any(rejects) {
            return None;
        }
        let fields = self.reject.iter().chain([&self.select]).flat_map(|choice| choice.selectors());
        Some(fields.flat_map(|(_, field)| looked_at(root, field)).collect())
    }

    fn write(
        &self,
        stage: &Stage<'_>,
        resource: &mut Resource,
        value: &Value,
        labels: &[Input],
    ) -> Result<()> {
        let map = stage.map;
        let id = resource.id.clone();
        resource.change(map, |draft| {
            for (matcher, path, entry) in &self.paths {
                let mut inputs = value.inputs.clone();
                inputs.push(control(self.at));
                inputs.extend_from_slice(labels);
                let create = self.split.create.then(|| Create {
                    kind: Cursor::new(map, &value.tree).node().kind,
                    step: stage.step(StepKind::Replacement, *entry, &inputs, StepId::PARSED),
                    entry: *entry,
                });
                let mut set = |place: Place<'_>| self.set(stage, place, value, *entry, &inputs);
                match matcher.visit(map, draft, create, &mut set) {
                    Ok(0) => {
                        let message = format!("{id} has no field `{path}` to write to");
                        return Err(BuildError::new(*entry, message));
                    }
                    Ok(_) => {}
                    Err(message) => {
                        return Err(BuildError::new(*entry, format!("{message} (in {id})")));
                    }
                }
            }
            Ok(())
        })
    }

    fn set(
        &self,
        stage: &Stage<'_>,
        place: Place<'_>,
        value: &Value,
        entry: Span,
        inputs: &[Input],
    ) -> std::result::Result<(), String> {
        let map = stage.map;
        let Place { value: field, made, decided } = place;
        let is_scalar = field.kind() == Kind::Scalar;
        let step = |inputs: &[Input], field: &Draft| match made {
            true => stage.step(StepKind::Replacement, entry, inputs, StepId::PARSED),
            false => stage.replacing(StepKind::Replacement, entry, inputs, field),
        };
        let mut inputs = inputs.to_vec();
        inputs.extend_from_slice(decided);
        if !is_scalar && self.split.delimiter.is_some() {
            return Err("`delimiter` parts text, and this field is none".to_owned());
        }
        if !is_scalar && value.range.is_none() {
            let from = Cursor::new(map, &value.tree);
            // What is in a collection keeps its own places.
            if from.text().is_none() {
                inputs[0] = control(from);
            }
            let set_by = step(&inputs, field);
            *field = handed_over(from, set_by, &mut |from| {
                inputs[0] = Input::value(from.span(), from.step());
                step(&inputs, field)
            });
            return Ok(());
        }
        let old = field.freeze();
        let old = Cursor::new(map, &old);
        let tag = match (made, is_scalar) {
            (true, _) => Tag::Open,
            (false, true) => Tag::of(old),
            // A part of a scalar in the place of a collection keeps the type of the scalar.
            (false, false) => Tag::of(Cursor::new(map, &value.tree)),
        };
        let set_by = step(&inputs, field);
        *field = match &self.split.delimiter {
            Some((delimiter, delimiter_at)) => {
                let between = (delimiter_at.part(0, delimiter.len()), delimiter_at.step());
                self.joined(old, value, (delimiter, between), tag, set_by)?
            }
            None => value.scalar(map, fitting(tag, &value.text(map))?, set_by),
        };
        Ok(())
    }

    /// The text of `old` with the value as one of its parts.
    fn joined(
        &self,
        old: Cursor<'_>,
        value: &Value,
        (delimiter, delimiter_at): (&str, (Span, StepId)),
        tag: Tag,
        step: StepId,
    ) -> std::result::Result<Draft, String> {
        let map = old.map();
        let text = value.text(map);
        let old_text = old.text().unwrap_or_default();
        let all = old_text.len();
        let kept = |from: usize, to: usize| {
            (old_text.get(from..to).unwrap_or_default(), Some((old.part(from, to), old.step())))
        };
        let copied = (&*text, value.place(map));
        let between = (delimiter, Some(delimiter_at));
        let pieces = match self.split.part(&old_text, delimiter) {
            SplitPart::Before => [copied, between, kept(0, all)],
            SplitPart::Within(0, end) if end == all => {
                return Ok(value.scalar(map, fitting(tag, &text)?, step));
            }
            SplitPart::Within(start, end) => [kept(0, start), copied, kept(end, all)],
            SplitPart::After => [kept(0, all), between, copied],
        };
        let joined: String = pieces.iter().map(|(text, _)| *text).collect();
        Ok(composed(map.compose(&pieces), fitting(tag, &joined)?, step))
    }
}

/// How a text is read in a field, if it can be. The text may be secret.
fn fitting(tag: Tag, text: &str) -> std::result::Result<Reading, String> {
    let message = || format!("the value cannot be read as {}, which this field is", tag.name());
    tag.reads(text).ok_or_else(message)
}

/// A copy of a value, set by `step`. What a step had put there before is set by a step of its own, which `again` makes.
fn handed_over(value: Cursor<'_>, step: StepId, again: &mut dyn FnMut(Cursor<'_>) -> StepId) -> Draft {
    let tree = value.tree();
    if tree.nodes().iter().all(|node| node.step == StepId::PARSED) {
        return Draft::put(&tree, step);
    }
    let own = Node { step, flags: Flags::default(), ..*value.node() };
    match own.kind {
        Kind::Map => {
            let entries = value.entries().into_iter();
            let entries =
                entries.map(|it| (handed_over(it.key, step, again), handed_over(it.value, step, again)));
            Draft::Map(own, entries.collect())
        }
        Kind::Seq => Draft::Seq(own, value.items().map(|item| handed_over(item, step, again)).collect()),
        Kind::Scalar | Kind::Alias => Draft::put(&tree, again(value)),
    }
}
