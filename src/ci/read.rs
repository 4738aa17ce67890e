//! What all dialects that are YAML are read with.

use crate::shell::{self, Expressions, Script, Variables};
use crate::source::{Source, SourceKind, Span};
use crate::yaml::{Cursor, segments};

use super::{Text, Variable};

/// The text of a scalar.
pub(super) fn text(value: Cursor<'_>) -> Option<Text> {
    let text = value.text()?.into_owned();
    let mut lines = Vec::new();
    let mut at = 0;
    for line in text.split('\n') {
        lines.push(value.part(at, at + line.len()));
        at += line.len() + 1;
    }
    Some(Text { text, span: value.span(), lines })
}

/// A scalar, or the scalars of a list.
pub(super) fn texts(value: Option<Cursor<'_>>) -> Vec<Text> {
    let Some(value) = value else { return Vec::new() };
    match text(value) {
        Some(text) => vec![text],
        None => value.items().filter_map(text).collect(),
    }
}

/// Names and values of a mapping.
pub(super) fn variables(value: Option<Cursor<'_>>) -> Vec<Variable> {
    let entries = value.map(|value| value.entries()).unwrap_or_default();
    let variable = |name: Cursor<'_>, value: Cursor<'_>| {
        // GitLab has a value together with its description.
        let value = if value.is_map() { value.get("value")? } else { value };
        Some(Variable { name: name.text()?.into_owned(), value: text(value)? })
    };
    entries.into_iter().filter_map(|entry| variable(entry.key, entry.value)).collect()
}

/// What a shell knows of variables: values without expressions.
pub(super) fn known<'v>(variables: impl Iterator<Item = &'v Variable>) -> Variables {
    let value = |text: &str| (!text.contains(['$', '{'])).then(|| text.to_owned());
    variables.map(|variable| (variable.name.clone(), value(&variable.value.text))).collect()
}

/// The script that a scalar holds.
pub(super) fn script(
    value: Cursor<'_>,
    expressions: Expressions,
    variables: &mut Variables,
) -> Option<Script> {
    let text = embedded(value)?;
    Some(shell::parse(value.map(), text, expressions, variables))
}

/// The decoded text of a scalar, as a span whose bytes lead back to the file.
pub(super) fn embedded(value: Cursor<'_>) -> Option<Span> {
    let text = value.text()?.into_owned();
    let (map, host) = (value.map(), value.span());
    let outer = map.source(host.source);
    let kind = SourceKind::Embedded { host, segments: segments(outer.text(), value.node()) };
    let length = text.len() as u32;
    let source = map.derive(Source::new(outer.path(), kind, text));
    Some(Span::new(source, 0, length))
}
