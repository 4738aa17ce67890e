//! The keys and values of a generated object: literals, files, and lines of env files.

use std::sync::Arc;

use crate::source::{SourceMap, Span, StepId};
use crate::yaml::Cursor;

use crate::render::kustomize::error::{BuildError, Result};
use crate::render::kustomize::stage::part_of;

use super::Read;

/// A key and its value.
pub(super) struct Pair {
    pub key: String,
    /// Where the key is written, or made-up text.
    pub key_span: Span,
    pub value: Value,
}

/// A value: text is the bytes of a span.
pub(super) enum Value {
    Text(Span),
    /// A file that is no text: its place, and its bytes.
    Bytes(Span, Arc<[u8]>),
}

impl Value {
    /// Where it is written.
    pub fn place(&self) -> Span {
        match self {
            Value::Text(span) | Value::Bytes(span, _) => *span,
        }
    }
}

/// All pairs of an entry, in the order in which Kustomize reads them.
pub(super) fn load(map: &SourceMap, entry: Cursor<'_>, read: Read<'_>) -> Result<Vec<Pair>> {
    let items = |name: &str| entry.get(name).map(|list| list.items().collect::<Vec<_>>()).unwrap_or_default();
    let mut pairs: Vec<Pair> = Vec::new();
    let old_spelling = entry.get("env").filter(|env| env.text().is_some_and(|env| !env.is_empty()));
    for env in items("envs").into_iter().chain(old_spelling) {
        let content = read(&env.text().unwrap_or_default(), env.span())?;
        if content.bytes.is_some() {
            return Err(BuildError::new(env.span(), "an env file must be UTF-8 text"));
        }
        let length = map.source(content.source).text().len() as u32;
        env_lines(map, Span::new(content.source, 0, length), &mut pairs)?;
    }
    for literal in items("literals") {
        pairs.push(parse_literal(map, literal)?);
    }
    for file in items("files") {
        pairs.push(parse_file(map, file, read)?);
    }
    for (at, pair) in pairs.iter().enumerate() {
        if !is_key(&pair.key) {
            let message = format!(
                "`{}` is no key of a ConfigMap or Secret: letters, digits, `-`, `_` and `.` are allowed",
                pair.key
            );
            return Err(BuildError::new(pair.key_span, message).at_if_written(map, entry));
        }
        if pairs[..at].iter().any(|known| known.key == pair.key) {
            let message = format!("the key `{}` is generated twice", pair.key);
            return Err(BuildError::new(pair.key_span, message).at_if_written(map, entry));
        }
    }
    Ok(pairs)
}

impl BuildError {
    /// The same error at the entry, when its own place is text that stands in no file.
    fn at_if_written(self, map: &SourceMap, entry: Cursor<'_>) -> Self {
        let span = map.editable(self.span, StepId::PARSED).unwrap_or(entry.span());
        Self { span, ..self }
    }
}

/// `validation.IsConfigMapKey` of Kubernetes.
fn is_key(key: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (1..=253).contains(&key.len()) && key.bytes().all(allowed) && key != "." && !key.starts_with("..")
}

fn parse_literal(map: &SourceMap, literal: Cursor<'_>) -> Result<Pair> {
    let text = literal.text().unwrap_or_default();
    let Some((key, value)) = text.split_once('=').filter(|(key, _)| !key.is_empty()) else {
        return Err(BuildError::new(literal.span(), "a literal is written `key=value`"));
    };
    let start = key.len() + 1;
    let quoted =
        value.len() >= 2 && ['"', '\''].iter().any(|&sign| value.starts_with(sign) && value.ends_with(sign));
    let quotes = usize::from(quoted);
    let value = part_of(map, literal, start + quotes, text.len() - quotes, StepId::PARSED);
    let key_span = part_of(map, literal, 0, key.len(), StepId::PARSED).node().span;
    Ok(Pair { key: key.to_owned(), key_span, value: Value::Text(value.node().span) })
}

fn parse_file(map: &SourceMap, file: Cursor<'_>, read: Read<'_>) -> Result<Pair> {
    let text = file.text().unwrap_or_default();
    let wrong = |message: &str| Err(BuildError::new(file.span(), message.to_owned()));
    let (key, path, at) = match text.split_once('=') {
        None => {
            let at = text.trim_end_matches('/').rfind('/').map_or(0, |slash| slash + 1);
            (&text[at..], &*text, at)
        }
        Some(("", _)) => return wrong("a key is missing in front of `=`"),
        Some((_, "")) => return wrong("a path is missing behind `=`"),
        Some((_, path)) if path.contains('=') => return wrong("a key or path must not contain `=`"),
        Some((key, path)) => (key, path, 0),
    };
    let content = read(path, file.span())?;
    let whole = Span::new(content.source, 0, map.source(content.source).text().len() as u32);
    let value = match content.bytes {
        None => Value::Text(whole),
        Some(bytes) => Value::Bytes(whole, bytes),
    };
    let key_span = part_of(map, file, at, at + key.len(), StepId::PARSED).node().span;
    Ok(Pair { key: key.to_owned(), key_span, value })
}

/// The lines of an env file: `KEY=value`, comments, `KEY` alone.
fn env_lines(map: &SourceMap, file: Span, pairs: &mut Vec<Pair>) -> Result<()> {
    let text = map.slice(file);
    let mut start = 0;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let from = start;
        start += line.len();
        let line = line.strip_suffix('\n').unwrap_or(line);
        let line = line.strip_suffix('\r').unwrap_or(line);
        let content = if number == 0 { line.trim_start_matches('\u{feff}') } else { line }.trim_start();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        let at = from + (line.len() - content.len());
        let (key, value) = match content.split_once('=') {
            Some((key, value)) => (key, at + content.len() - value.len()..at + content.len()),
            None => (content, at + content.len()..at + content.len()),
        };
        let key_span = file.part(at, at + key.len());
        if !is_env_name(key) {
            return Err(BuildError::new(key_span, format!("`{key}` is no name of an environment variable")));
        }
        let value = Value::Text(file.part(value.start, value.end));
        pairs.push(Pair { key: key.to_owned(), key_span, value });
    }
    Ok(())
}

/// `validation.IsEnvVarName` of Kubernetes.
fn is_env_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let starts = name.bytes().next().is_some_and(|byte| !byte.is_ascii_digit());
    starts && name.bytes().all(allowed) && name != "." && !name.starts_with("..")
}
