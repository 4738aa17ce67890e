//! Templates over templates: a generator's own `template`, and `templatePatch`.
//!
//! Owns merging. Applications have no lists that strategic merge knows, so that a list replaces a list.

use crate::source::{Input, SourceKind, SourceMap, Span, Step, StepId, StepKind};
use crate::template::Text;
use crate::yaml::{self, Cursor, Draft, Kind, Limits, Node, Tree, inflate};

/// A generator's template with what the one of the set has and it has not, or has empty.
pub fn over(map: &SourceMap, own: &Tree, base: &Tree) -> Tree {
    let mut merged = Draft::new(base);
    let Some(own) = inflate(map, own) else { return base.clone() };
    replace(map, &mut merged, Cursor::new(map, &own));
    merged.freeze()
}

/// Sets what `own` has; what is empty in it counts as absent.
fn replace(map: &SourceMap, target: &mut Draft, own: Cursor<'_>) {
    for entry in own.entries() {
        let name = entry.key.text().unwrap_or_default();
        let is_empty = match entry.value.node().kind {
            Kind::Map | Kind::Seq => entry.value.node().aux == 0,
            _ => entry.value.text().is_none_or(|text| text.is_empty()) || entry.value.is_null(),
        };
        match target.get_mut(map, &name) {
            _ if is_empty => {}
            Some(known) if entry.value.is_map() && known.kind() == Kind::Map => {
                replace(map, known, entry.value);
            }
            _ => drop(target.set(map, Draft::from(entry.key).into_key(map), Draft::from(entry.value))),
        }
    }
}

/// The document that a filled-in `templatePatch` is; `None` when it is empty.
///
/// # Errors
/// Says why it is no YAML.
pub fn read(map: &SourceMap, written: Cursor<'_>, text: &Text) -> Result<Option<Tree>, String> {
    let id = text.document(map);
    let parsed = yaml::parse(map.source(id), id, Limits::default());
    if let Some(problem) = parsed.problems.first() {
        return Err(problem.message.to_string());
    }
    let tree = parsed.trees().next().and_then(|tree| inflate(map, &tree));
    Ok(tree.map(|tree| placed(map, written, Cursor::new(map, &tree)).freeze()))
}

/// The same values, each with a step that knows the line it was written on.
fn placed(map: &SourceMap, written: Cursor<'_>, value: Cursor<'_>) -> Draft {
    let node = |of: Cursor<'_>| Node { step: step(map, written, of.span()), ..*of.node() };
    match value.node().kind {
        Kind::Map => {
            let entries = value.entries().into_iter();
            let entry = |entry: yaml::Entry<'_>| {
                let key = Draft::Scalar(node(entry.key)).into_key(map);
                (key, placed(map, written, entry.value))
            };
            Draft::Map(node(value), entries.map(entry).collect())
        }
        Kind::Seq => Draft::Seq(node(value), value.items().map(|item| placed(map, written, item)).collect()),
        Kind::Scalar | Kind::Alias => Draft::Scalar(node(value)),
    }
}

fn step(map: &SourceMap, written: Cursor<'_>, span: Span) -> StepId {
    let SourceKind::Synthetic(pieces) = map.source(span.source).kind() else { return StepId::PARSED };
    let place = pieces.iter().find(|piece| piece.start + piece.len > span.start);
    let place = place
        .map_or(Input::value(written.span(), written.step()), |piece| Input::value(piece.from, piece.step));
    map.record(Step {
        what: StepKind::ApplicationSet,
        entry: written.span(),
        inputs: Box::new([place]),
        previous: StepId::PARSED,
    })
}

/// Merges a patch into an Application: maps are merged, a null removes, anything else replaces.
pub fn apply(map: &SourceMap, target: &mut Draft, patch: Cursor<'_>) {
    for entry in patch.entries() {
        let name = entry.key.text().unwrap_or_default();
        if entry.value.is_null() {
            target.remove(map, &name);
            continue;
        }
        match target.get_mut(map, &name) {
            Some(known) if entry.value.is_map() && known.kind() == Kind::Map => {
                apply(map, known, entry.value);
            }
            _ => drop(target.set(map, Draft::from(entry.key).into_key(map), Draft::from(entry.value))),
        }
    }
}
