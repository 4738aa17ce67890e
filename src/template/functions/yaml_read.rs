//! YAML in text as values. Scalars and keys have the origins of the text that they were read from.

use std::borrow::Cow;
use std::rc::Rc;

use crate::source::{Source, SourceId, SourceKind, SourceMap, Span};
use crate::yaml::{self, Cursor, Limits, Schema, Typed};

use super::super::text::Text;
use super::super::value::{DEPTH, Data, Map, Slot, Value, key_text};

/// The first document of a text, or what is wrong with it as Go says it.
pub(super) fn read(text: &Text) -> Result<Value, String> {
    let id = SourceId(0);
    // A table of its own: what is read here is remembered by nobody.
    let map = SourceMap::new(vec![Source::new("", SourceKind::File, text.as_str().to_owned())]);
    let parsed = yaml::parse(map.source(id), id, Limits::default());
    if let Some(problem) = parsed.problems.iter().find(|problem| problem.kind.loses_document()) {
        let line = map.source(id).position(problem.span.start).line;
        let message = said(&problem.message);
        return Err(match line {
            1 => format!("yaml: {message}"),
            line => format!("yaml: line {line}: {message}"),
        });
    }
    let Some(tree) = parsed.trees().next() else { return Ok(Data::Nil.into()) };
    Ok(value(Cursor::new(&map, &tree), text, DEPTH))
}

/// What go-yaml says of the most frequent mistake.
fn said(message: &str) -> Cow<'_, str> {
    match message.contains("mapping values") || message.contains("`: `") || message.contains("key") {
        true => Cow::Borrowed("mapping values are not allowed in this context"),
        false => Cow::Borrowed(message),
    }
}

fn range(span: Span) -> std::ops::Range<usize> {
    span.start as usize..span.end() as usize
}

fn value(cursor: Cursor<'_>, text: &Text, depth: u32) -> Value {
    let Some(depth) = depth.checked_sub(1) else { return Data::Nil.into() };
    let place = |cursor: Cursor<'_>| text.slice(range(cursor.span())).origin();
    if cursor.is_map() {
        let slots = cursor.entries().into_iter().map(|entry| {
            let slot = Slot { key: place(entry.key), value: value(entry.value, text, depth) };
            (key_text(entry.key), slot)
        });
        return Value { origin: place(cursor), ..slots.collect::<Map>().into() };
    }
    if cursor.is_seq() {
        let items: Vec<Value> = cursor.items().map(|item| value(item, text, depth)).collect();
        return Value { origin: place(cursor), ..items.into() };
    }
    let data = cursor.typed_as(Schema::GoYamlV2, |typed| match typed {
        Typed::Null => Data::Nil,
        Typed::Bool(value) => Data::Bool(value),
        Typed::Int(value) => Data::Float(value as f64),
        Typed::Uint(value) => Data::Float(value as f64),
        Typed::Float(value) => Data::Float(value),
        Typed::Str(_) => Data::Text(scalar(cursor, text)),
    });
    Value { data: data.unwrap_or(Data::Nil), origin: place(cursor) }
}

/// The decoded text of a scalar, a line at a time.
fn scalar(cursor: Cursor<'_>, text: &Text) -> Text {
    let decoded = cursor.text().unwrap_or_default();
    let part = cursor.parts();
    let mut made = Text::default();
    let mut start = 0;
    for line in decoded.split_inclusive('\n') {
        let source = text.slice(range(part(start, start + line.len())));
        match source.as_str() == line {
            true => made.push(&source),
            false => made.push_from(line, source.origin()),
        }
        start += line.len();
    }
    made
}

/// A map with the text of a mistake, which Helm gives in place of failing.
pub(super) fn mistake(message: String) -> Value {
    let map = Map::default();
    map.set(Rc::<str>::from("Error"), Value::made(message));
    map.into()
}
