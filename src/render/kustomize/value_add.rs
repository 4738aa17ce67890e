//! The built-in `ValueAddTransformer`: one value put into fields of many objects.

use crate::source::{Input, StepId, StepKind};
use crate::yaml::{Cursor, Draft, Kind};

use super::error::{BuildError, Result};
use super::facts::Path;
use super::resource::Resource;
use super::scalar::{Reading, Tag, composed};
use super::selector::Selector;
use super::stage::{Stage, control, string_field};

/// Applies a transformer's document. `shared` are documents with more targets, `default` is the value where it names none: the name of the directory.
pub(super) fn apply(
    stage: &mut Stage<'_>,
    resources: &mut [Resource],
    plugin: Cursor<'_>,
    shared: Vec<Cursor<'_>>,
    default: &str,
) -> Result<()> {
    let map = stage.map;
    let text = string_field(plugin, "value")?.unwrap_or_default();
    let text = if text.trim().is_empty() { default } else { text.trim() };
    let written = plugin.get("value");
    let lists = std::iter::once(plugin).chain(shared).filter_map(|document| document.get("targets"));
    let targets: Vec<Cursor<'_>> = lists.flat_map(|targets| targets.items()).collect();
    if targets.is_empty() {
        return Err(BuildError::new(plugin.span(), "a ValueAddTransformer needs at least one target"));
    }
    for target in targets {
        let selector = target.get("selector").map(Selector::parse).transpose()?;
        let path = string_field(target, "fieldPath")?.filter(|path| !path.is_empty());
        let Some(path) = path else {
            return Err(BuildError::new(target.span(), "`fieldPath` is needed"));
        };
        let position = target.get("filePathPosition").and_then(|position| position.int()).unwrap_or(0);
        if position < 0 {
            return Err(BuildError::new(target.span(), "`filePathPosition` is a number from 1"));
        }
        for resource in resources.iter_mut() {
            if let Some(selector) = &selector
                && !selector.selects(map, resource)?
            {
                continue;
            }
            let is_name = matches!(&*path, "metadata/name" | "metadata/namespace");
            if is_name {
                resource.remember_id();
            }
            let add = Add { stage, at: target, value: written, text, position: position as usize };
            resource.change(map, |draft| add.visit(draft, Path::new(&path)))?;
        }
    }
    Ok(())
}

struct Add<'a, 'w> {
    stage: &'a Stage<'w>,
    at: Cursor<'a>,
    value: Option<Cursor<'a>>,
    text: &'a str,
    position: usize,
}

impl Add<'_, '_> {
    fn visit(&self, draft: &mut Draft, path: Path<'_>) -> Result<()> {
        let map = self.stage.map;
        let span = self.at.span();
        let Some((segment, rest)) = path.split_first() else {
            if draft.kind() != Kind::Scalar {
                return Err(BuildError::new(draft.node().span, "a value can only be added to a scalar"));
            }
            *draft = self.value(draft);
            return Ok(());
        };
        let step = self.stage.step(StepKind::Transformer, span, &[], StepId::PARSED);
        let not_a_map = || BuildError::new(span, format!("`{}` does not lie in a mapping", segment.name));
        if rest.is_end() && draft.get_mut(map, &segment.name).is_none() {
            let empty = Draft::text(map.word(""), step);
            if !draft.set(map, Draft::word(map, &segment.name, step), empty) {
                return Err(not_a_map());
            }
        }
        let next = match rest.is_end() {
            true => draft.get_mut(map, &segment.name),
            false => draft.map_at(map, &segment.name, span, step),
        };
        self.visit(next.ok_or_else(not_a_map)?, rest)
    }

    /// The new value: the text, or the old path with the text as one of its parts.
    fn value(&self, old: &Draft) -> Draft {
        let map = self.stage.map;
        let is_said = |value: &Cursor<'_>| value.string().is_some_and(|text| !text.trim().is_empty());
        let from = self.value.filter(is_said).map(|value| (value.span(), value.step()));
        let input = from.map(|(span, step)| Input::value(span, step)).or_else(|| self.value.map(control));
        let inputs: Vec<Input> = input.into_iter().collect();
        let step = self.stage.replacing(StepKind::Transformer, self.at.span(), &inputs, old);
        let node = old.node();
        let before = old.scalar(map).unwrap_or_default();
        let rooted = before.strip_prefix('/');
        let mut parts: Vec<(&str, _)> = Vec::new();
        if self.position > 0 && !before.is_empty() {
            let old_parts = rooted.unwrap_or(&before).split('/').filter(|part| !part.is_empty());
            parts.extend(old_parts.map(|part| (part, Some((node.span, node.step)))));
        }
        let at = self.position.saturating_sub(1).min(parts.len());
        parts.insert(at, (self.text, from));
        let mut pieces = Vec::new();
        for (index, part) in parts.into_iter().enumerate() {
            if index > 0 || (rooted.is_some() && self.position > 0) {
                pieces.push(("/", None));
            }
            pieces.push(part);
        }
        // kyaml gives the field no tag, so that the text decides what it is.
        let text = map.compose(&pieces);
        let reading = Tag::Open.reads(map.slice(text)).unwrap_or(Reading::Text);
        composed(text, reading, step)
    }
}
