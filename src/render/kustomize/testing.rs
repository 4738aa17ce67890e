//! What the tests of patches share: objects from text, and objects as text.

use crate::source::{InputRole, Source, SourceId, SourceKind, SourceMap, Span, StepId};
use crate::yaml::{Cursor, Limits, Schema, Tree, Typed, inflate, parse};

use super::error::Result;
use super::facts::FieldSpec;
use super::resource::Resource;
use super::stage::Stage;

/// Files by name, sorted.
pub(super) fn files(files: &[(&str, &str)]) -> SourceMap {
    let sources = files.iter().map(|(path, text)| Source::new(*path, SourceKind::File, (*text).to_owned()));
    SourceMap::new(sources.collect())
}

pub(super) fn stage(map: &SourceMap) -> Stage<'_> {
    Stage { map, events: Vec::new(), secrets: Vec::new(), partial: false }
}

/// The documents of the file with this number.
pub(super) fn trees(map: &SourceMap, file: u32) -> Vec<Tree> {
    let parsed = parse(map.source(SourceId(file)), SourceId(file), Limits::default());
    assert!(parsed.problems.is_empty(), "{:?}", parsed.problems);
    let trees = parsed.trees().filter(|tree| !Cursor::new(map, tree).is_null());
    trees.map(|tree| inflate(map, &tree).unwrap()).collect()
}

/// The objects of the file with this number.
pub(super) fn resources(map: &SourceMap, file: u32) -> Vec<Resource> {
    let trees = trees(map, file).into_iter();
    trees
        .map(|tree| {
            let span = Cursor::new(map, &tree).span();
            Resource::new(map, tree, span)
        })
        .collect()
}

/// A value on one line: strings in quotes, everything else as Kustomize reads it.
pub(super) fn shown(value: Cursor<'_>) -> String {
    if value.is_map() {
        let entries = value.entries().into_iter();
        let entries = entries.map(|it| format!("{}: {}", it.key.text().unwrap_or_default(), shown(it.value)));
        return format!("{{{}}}", entries.collect::<Vec<_>>().join(", "));
    }
    if value.is_seq() {
        return format!("[{}]", value.items().map(shown).collect::<Vec<_>>().join(", "));
    }
    let text = value.typed_as(Schema::GoYamlV3, |typed| match typed {
        Typed::Str(text) => format!("{text:?}"),
        Typed::Null => "null".to_owned(),
        Typed::Bool(value) => value.to_string(),
        Typed::Int(value) => value.to_string(),
        Typed::Uint(value) => value.to_string(),
        Typed::Float(value) => format!("{value:?}"),
    });
    text.unwrap_or_default()
}

/// `file:line:column text` of a place; of text that stands in no file, what it was copied from.
pub(super) fn place(map: &SourceMap, span: Span) -> String {
    let text = map.slice(span).lines().next().unwrap_or_default();
    match map.in_file(span) {
        Some(at) => {
            let source = map.source(at.source);
            let position = source.position(at.start);
            format!("{}:{}:{} {text}", source.path(), position.line, position.column)
        }
        None => {
            let SourceKind::Synthetic(pieces) = map.source(span.source).kind() else {
                return text.to_owned();
            };
            let pieces: Vec<String> = pieces.iter().map(|piece| place(map, piece.from)).collect();
            format!("{text} from {}", pieces.join(" and "))
        }
    }
}

/// One line for every scalar that is not as it was read: where its text stands, and its steps, newest first.
pub(super) fn origins(map: &SourceMap, tree: &Tree) -> Vec<String> {
    let root = Cursor::new(map, tree);
    let scalars = root.scalars().filter(|scalar| scalar.step() != StepId::PARSED);
    let lines = scalars.map(|scalar| {
        let path = scalar.json_path(tree.root());
        format!("{path} = {}{}", place(map, scalar.span()), steps(map, scalar.step()))
    });
    lines.collect()
}

/// A step and those before it: `| kind entry; input; input`.
pub(super) fn steps(map: &SourceMap, step: StepId) -> String {
    let Some(step) = map.step(step) else { return String::new() };
    let mut line = format!(" | {} {}", step.what.name(), place(map, step.entry));
    for input in &step.inputs {
        let role = match input.role {
            InputRole::Value => "value",
            InputRole::Replaced => "replaced",
            InputRole::Control => "control",
            InputRole::LeftOut => "left out",
        };
        line.push_str(&format!("; {role} {}", place(map, input.span)));
    }
    line + &steps(map, step.previous)
}

/// One line for every scalar that a step has set: object, path, value, and where a person edits it.
pub(super) fn set_values(map: &SourceMap, resources: &[Resource]) -> Vec<String> {
    let mut lines = Vec::new();
    for resource in resources {
        let root = resource.root(map);
        for scalar in root.scalars().filter(|scalar| scalar.step() != StepId::PARSED) {
            let path = scalar.json_path(resource.tree.root());
            let at = map.editable(scalar.span(), scalar.step());
            let at = at.map_or_else(|| "nowhere".to_owned(), |at| place(map, at));
            lines.push(format!("{} {path} = {} ({at})", resource.id.name, shown(scalar)));
        }
    }
    lines
}

/// What a transformer with the configuration in file `c` makes of the objects in file `o`: the lines of [`set_values`],
/// then events, then the error.
pub(super) fn transformed(
    objects: &str,
    config: &str,
    transform: impl FnOnce(&mut Stage<'_>, &mut [Resource], Cursor<'_>) -> Result<()>,
) -> Vec<String> {
    let map = files(&[("c", config), ("o", objects)]);
    let (mut resources, configs) = (resources(&map, 1), trees(&map, 0));
    let mut stage = stage(&map);
    let result = transform(&mut stage, &mut resources, Cursor::new(&map, &configs[0]));
    let mut lines = set_values(&map, &resources);
    for event in &stage.events {
        let open = if event.unverifiable { " (unverifiable)" } else { "" };
        lines.push(format!("{:?}{open} {}: {}", event.kind, place(&map, event.span), event.message));
    }
    lines.extend(result.err().map(|error| format!("error {}: {}", place(&map, error.span), error.message)));
    lines
}

/// A spec as `group/version/kind path`, with `+` in front when it may create.
pub(super) fn spec(text: &'static str) -> FieldSpec {
    let create = text.starts_with('+');
    let (gvk, path) = text.trim_start_matches('+').split_once(' ').unwrap_or(("//", text));
    let mut parts = gvk.split('/');
    let mut part = || parts.next().unwrap_or_default();
    FieldSpec::constant([part(), part(), part()], path, create)
}
