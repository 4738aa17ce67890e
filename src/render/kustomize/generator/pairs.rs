//! The keys and values of a generated object: literals, files, and lines of env files.
//!
//! Kustomize checks no more of a key than that it is there once: what Kubernetes thinks of it is seen when the object is
//! applied.

use std::sync::Arc;

use rustc_hash::FxHashSet;

use crate::model::secret::repeat::{Rarity, rarity};
use crate::render::kustomize::error::{BuildError, Result};
use crate::render::kustomize::stage::part_of;
use crate::source::{SourceMap, Span, StepId};
use crate::yaml::Cursor;

use super::{Read, check_key, entry};

/// The longest line of an env file, in bytes. Go's scanner stops at a longer one, and Kustomize does not ask why.
const LINE: usize = 65_535;

/// A key and its value.
pub(super) struct Pair {
    pub key: String,
    /// Where the key is written.
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

/// All pairs of an entry, in the order in which Kustomize reads them. `values` gets the places of what is read, also
/// where there is an error.
pub(super) fn load(
    map: &SourceMap,
    entry: Cursor<'_>,
    read: Read<'_>,
    values: &mut Vec<Span>,
) -> Result<Vec<Pair>> {
    let mut pairs: Vec<Pair> = Vec::new();
    // The old spelling is put behind the new one when a kustomization is read; a document is taken as it is.
    let is_item = entry.get("kind").is_none();
    let old_spelling = if is_item { entry::text(entry, "env")? } else { None };
    for env in entry::texts(entry, "envs")?.into_iter().chain(old_spelling) {
        let Some(content) = read(&env.text().unwrap_or_default(), env.span())? else { continue };
        if content.bytes.is_some() {
            return Err(BuildError::new(env.span(), "an env file must be UTF-8 text"));
        }
        let length = map.source(content.source).text().len() as u32;
        let known = pairs.len();
        env_lines(map, Span::new(content.source, 0, length), &mut pairs);
        for pair in pairs.iter().skip(known) {
            values.push(pair.value.place());
            // A line of a value that is wrapped, say.
            if !is_variable(&pair.key) {
                values.push(pair.key_span);
            }
        }
    }
    for literal in entry::texts(entry, "literals")? {
        let text = literal.text().unwrap_or_default();
        let value = text.find('=').map_or(0, |equals| equals + 1);
        values.push(literal.part(value, text.len()));
        pairs.push(parse_literal(map, literal)?);
    }
    for file in entry::texts(entry, "files")? {
        let pair = parse_file(map, file, read)?;
        values.extend(pair.iter().map(|pair| pair.value.place()));
        pairs.extend(pair);
    }
    let mut known = FxHashSet::default();
    for pair in &pairs {
        let at = map.editable(pair.key_span, StepId::PARSED).unwrap_or(entry.span());
        check_key(&pair.key, at)?;
        if !known.insert(pair.key.as_str()) {
            return Err(BuildError::new(at, format!("the key `{}` is generated twice", pair.key)));
        }
    }
    Ok(pairs)
}

/// Whether a key of an env file could be the name of a variable.
fn is_variable(key: &str) -> bool {
    rarity(key) < Rarity::Random
        && key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
}

fn parse_literal(map: &SourceMap, literal: Cursor<'_>) -> Result<Pair> {
    let text = literal.text().unwrap_or_default();
    let Some((key, value)) = text.split_once('=').filter(|(key, _)| !key.is_empty()) else {
        return Err(BuildError::new(literal.span(), "a literal is written `key=value`"));
    };
    let start = key.len() + 1;
    let is_quoted = |sign: char| value.len() >= 2 && value.starts_with(sign) && value.ends_with(sign);
    let quotes = usize::from(is_quoted('"') || is_quoted('\''));
    let value = part_of(map, literal, start + quotes, text.len() - quotes, StepId::PARSED);
    let key_span = part_of(map, literal, 0, key.len(), StepId::PARSED).node().span;
    Ok(Pair { key: key.to_owned(), key_span, value: Value::Text(value.node().span) })
}

fn parse_file(map: &SourceMap, file: Cursor<'_>, read: Read<'_>) -> Result<Option<Pair>> {
    let text = file.text().unwrap_or_default();
    let wrong = |message: &str| Err(BuildError::new(file.span(), message.to_owned()));
    let (key, path, at) = match text.split_once('=') {
        None => {
            let name = text.trim_end_matches('/');
            let at = name.rfind('/').map_or(0, |slash| slash + 1);
            (&name[at..], &*text, at)
        }
        Some((_, path)) if path.contains('=') => return wrong("a key or path must not contain `=`"),
        Some(("", _)) => return wrong("a key is missing in front of `=`"),
        Some((_, "")) => return wrong("a path is missing behind `=`"),
        Some((key, path)) => (key, path, 0),
    };
    let Some(content) = read(path, file.span())? else { return Ok(None) };
    let whole = Span::new(content.source, 0, map.source(content.source).text().len() as u32);
    let value = match content.bytes {
        None => Value::Text(whole),
        Some(bytes) => Value::Bytes(whole, bytes),
    };
    let key_span = part_of(map, file, at, at + key.len(), StepId::PARSED).node().span;
    Ok(Some(Pair { key: key.to_owned(), key_span, value }))
}

/// The lines of an env file: `KEY=value`, comments, `KEY` alone. A line without a key says nothing.
fn env_lines(map: &SourceMap, file: Span, pairs: &mut Vec<Pair>) {
    let text = map.slice(file);
    let mut next = 0;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let start = next;
        next += line.len();
        let line = line.strip_suffix('\n').unwrap_or(line);
        if line.len() > LINE {
            return;
        }
        let line = line.strip_suffix('\r').unwrap_or(line);
        let content =
            if number == 0 { line.strip_prefix('\u{feff}').unwrap_or(line) } else { line }.trim_start();
        if content.starts_with('#') {
            continue;
        }
        let (key, value) = content.split_once('=').unwrap_or((content, ""));
        if key.is_empty() {
            continue;
        }
        let (at, end) = (start + line.len() - content.len(), start + line.len());
        let value = Value::Text(file.part(end - value.len(), end));
        pairs.push(Pair { key: key.to_owned(), key_span: file.part(at, at + key.len()), value });
    }
}
