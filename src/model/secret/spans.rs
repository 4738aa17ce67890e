//! Every byte of a file that no output may quote.
//!
//! Asked only about files that have findings, so it would rather look twice than miss: by keys, by forms, by
//! kinds of objects, in comments, in text of any format and inside base64.

use crate::source::{SourceMap, Span};
use crate::yaml::{self, Comment, Cursor, ProblemKind};

use super::assignment::{self, Assignment};
use super::base64::{Decoded, decode};
use super::placeholder::{StandIn, stand_in};
use super::sops::Sops;
use super::{credential_key, docker, embedded, format, object, pem, strength};
use crate::model::FileView;

/// Embedded documents are followed this deep.
const DEPTH: u32 = 4;

/// The spans of a file, in any order, that may hold a secret.
pub fn sensitive_spans(file: &FileView<'_>) -> Vec<Span> {
    let mut finder = Finder { map: file.map, spans: Vec::new() };
    finder.text(file);
    for document in file.documents() {
        finder.document(document.root, &file.file.parsed.comments, 0);
    }
    finder.spans.into_iter().filter_map(|span| file.map.in_file(span)).collect()
}

/// The spans of the values of an object, in any order, that may hold a secret. A span may lie in a document inside of
/// a value; it may stand in no file, when a render step made the value.
pub fn sensitive_values(root: Cursor<'_>) -> Vec<Span> {
    let mut finder = Finder { map: root.map(), spans: Vec::new() };
    finder.document(root, &[], 0);
    finder.spans
}

struct Finder<'w> {
    map: &'w SourceMap,
    spans: Vec<Span>,
}

impl Finder<'_> {
    /// What can be seen without a parser: known forms and assignments, in comments and code too.
    fn text(&mut self, file: &FileView<'_>) {
        let source = file.source();
        let text = source.text();
        let id = file.file.source;
        let mut add = |range: std::ops::Range<usize>| {
            self.spans.push(Span::new(id, range.start as u32, range.end as u32));
        };
        format::matches(text).for_each(|found| add(found.range));
        let mut offset = 0;
        while let Some(key) = text.get(offset..).and_then(pem::private_key) {
            add(offset + key.range.start..offset + key.range.end);
            offset += key.range.end;
        }
        let assigned = assignment::anywhere(text).chain(assignment::in_command(text));
        assigned.filter(hides).for_each(|found| add(found.range));
        let is_broken = |problem: &yaml::Problem| problem.kind == ProblemKind::Syntax;
        if file.file.parsed.problems.iter().any(is_broken) && speaks_of_credentials(text) {
            // Without a tree nobody knows which value is the secret one, and this is the file somebody is editing.
            values_by_eye(text).for_each(add);
        }
    }

    fn document(&mut self, root: Cursor<'_>, comments: &[Comment], depth: u32) {
        let (mut secrets, mut manifests) = (Vec::new(), Vec::new());
        object::find(root, &mut secrets, &mut manifests);
        for secret in secrets {
            for data in ["data", "stringData"].iter().filter_map(|name| secret.get(name)) {
                self.below(data);
            }
        }
        if let Some(sops) = Sops::read(root) {
            let clear = sops.clear_leaves(root, comments);
            clear.into_iter().for_each(|leaf| self.value(leaf));
        }
        // Whatever the key of a literal says, somebody meant its value to be a secret.
        let generators = root.get("secretGenerator").into_iter().flat_map(|list| list.items());
        let literals =
            generators.filter_map(|generator| generator.get("literals")).flat_map(|list| list.items());
        for literal in literals {
            if let Some((key, value)) = literal.text().as_deref().and_then(|text| text.split_once('='))
                && is_worth_hiding(value)
            {
                self.spans.push(literal.part(key.len() + 1, key.len() + 1 + value.len()));
            }
        }
        self.node(root, depth);
    }

    /// Every scalar below a value. A scalar behind an alias is hidden where it is written.
    fn below(&mut self, value: Cursor<'_>) {
        if value.is_map() || value.is_seq() {
            let values = value.entries().into_iter().map(|entry| entry.value).chain(value.items());
            // An alias to a collection may lead back to here.
            let inside = values.filter(|value| value.alias().is_none() || value.text().is_some());
            inside.for_each(|value| self.below(value));
        } else if value.text().is_some_and(|text| !text.is_empty()) {
            self.value(value);
        }
    }

    fn value(&mut self, value: Cursor<'_>) {
        self.spans.push(value.span());
    }

    fn node(&mut self, node: Cursor<'_>, depth: u32) {
        if node.alias().is_some() {
            return;
        }
        if node.is_map() {
            let entries = node.entries();
            // `name: DB_PASSWORD, value: …` of environments and parameters; `op: add, path: …/password` of patches.
            let named = ["name", "key", "path"].iter().any(|field| {
                let name = node.get(field).and_then(|name| name.text());
                name.is_some_and(|name| credential_key(&name).is_some() || is_data_path(&name))
            });
            for entry in entries {
                let key = entry.key.text().unwrap_or_default();
                let hidden =
                    (named && key == "value") || credential_key(&key).is_some() || is_hidden_key(&key);
                let text = entry.value.text();
                match text {
                    Some(text) if hidden && is_worth_hiding(&text) => self.value(entry.value),
                    None if named && key == "value" => self.below(entry.value),
                    // `passwords: [a, b]`, `password: {value: a}`
                    None if credential_key(key.trim_end_matches('s')).is_some() => {
                        let inner = entry.value.get("value");
                        let inner = inner.into_iter().chain(entry.value.items());
                        inner.filter(|value| value.text().is_some()).for_each(|value| self.value(value));
                        self.node(entry.value, depth);
                    }
                    _ => self.node(entry.value, depth),
                }
            }
        } else if node.is_seq() {
            let mut flag = false;
            for item in node.items() {
                let text = item.text();
                match &text {
                    Some(text) if flag && !text.starts_with('-') && is_worth_hiding(text) => self.value(item),
                    _ => self.node(item, depth),
                }
                flag = text.is_some_and(|text| {
                    text.starts_with('-') && !text.contains('=') && credential_key(&text).is_some()
                });
            }
        } else {
            self.scalar(node, depth);
        }
    }

    /// A scalar whose key says nothing.
    fn scalar(&mut self, scalar: Cursor<'_>, depth: u32) {
        let Some(text) = scalar.text() else { return };
        // Escapes and folding hide a form from the search in the raw text; base64 hides it altogether.
        let is_coded = text.len() >= 24
            && matches!(decode(&text), Some(Decoded::Text(decoded)) if format::find(&decoded).is_some() || docker::logins(&decoded) == docker::Logins::Credential && decoded.starts_with('{'));
        if is_coded || format::find(&text).is_some_and(|found| !found.format.identifier) {
            self.value(scalar);
            return;
        }
        let found = assignment::anywhere(&text).chain(assignment::in_command(&text)).filter(hides);
        for found in found.collect::<Vec<_>>() {
            self.spans.push(scalar.part(found.range.start, found.range.end));
        }
        if depth < DEPTH
            && (text.contains('\n') || text.starts_with('{'))
            && let Some(parsed) = embedded::parse(scalar)
        {
            for tree in parsed.trees() {
                let root = Cursor::new(self.map, &tree);
                if root.is_map() || root.is_seq() {
                    self.document(root, &parsed.comments, depth + 1);
                }
            }
        }
    }
}

/// Whether a text has a word in it that goes with credentials.
fn speaks_of_credentials(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    [
        "secret",
        "stringdata",
        "passw",
        "pwd",
        "token",
        "_key",
        "-key",
        "apikey",
        "credential",
        "sops",
        "auth",
        "://",
        "-----begin",
    ]
    .iter()
    .any(|word| text.contains(word))
}

/// Whatever could be a value in a text that is no YAML: all of a line but its first word and what announces a value.
fn values_by_eye(text: &str) -> impl Iterator<Item = std::ops::Range<usize>> + '_ {
    let mut at = 0;
    text.split_inclusive('\n').filter_map(move |line| {
        let start = at;
        at += line.len();
        let line = line.trim_end();
        // A short key of plain letters in front of a colon is no secret; everything else may be one.
        let key = line.find(':').filter(|&colon| {
            let key = line[..colon].trim_start_matches([' ', '-', '"', '{']).trim_end_matches('"');
            key.len() <= 40 && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-./".contains(&byte))
        });
        let from = key.map_or(0, |colon| colon + 1);
        let value = line[from..].trim_start_matches([' ', '"', '\'', '-', '[', '{']);
        (!value.is_empty()).then(|| start + line.len() - value.len()..start + line.len())
    })
}

/// JSON pointers into the data of a Secret, as patches of Secrets have.
fn is_data_path(path: &str) -> bool {
    path.starts_with("/data/") || path.starts_with("/stringData/")
}

/// Keys that no naming convention shows to hold a credential.
fn is_hidden_key(key: &str) -> bool {
    matches!(
        key,
        "client-key-data"
            | ".dockerconfigjson"
            | ".dockercfg"
            | "identitytoken"
            | "registrytoken"
            | "key-data"
            | "keyData"
    )
}

fn hides(found: &Assignment<'_>) -> bool {
    credential_key(found.key).is_some() && is_worth_hiding(found.value)
}

/// Anything that could be a secret. Words like `changeme` are hidden as well: some are in use.
fn is_worth_hiding(text: &str) -> bool {
    let is_state =
        strength::is_plain_value(text) && !text.contains("://") && !text.contains(char::is_whitespace);
    !matches!(stand_in(text), Some(StandIn::Empty | StandIn::Reference | StandIn::Encrypted)) && !is_state
}
