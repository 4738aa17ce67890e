//! Every byte of a file that no output may quote.
//!
//! Asked only about files that have findings, so it would rather look twice than miss: by keys, by forms, by
//! kinds of objects, in comments, in text of any format and inside base64.

use std::collections::BTreeMap;

use crate::source::{SourceId, SourceMap, Span};
use crate::yaml::{Comment, Cursor, Parsed};

use super::assignment::{self, Assignment};
use super::base64::{Decoded, decode};
use super::object::Value;
use super::placeholder::{StandIn, stand_in};
use super::sops::Sops;
use super::{credential_key, docker, embedded, flow, format, object, pem, strength};

/// Embedded documents are followed this deep.
const DEPTH: u32 = 4;

/// What no output may show.
#[derive(Clone, Default, Debug)]
pub struct Sensitive {
    /// Where it stands, in any order.
    pub spans: Vec<Span>,
    /// What stands there and is a secret by itself, without quotes and escapes: it is one wherever it stands.
    pub words: Vec<String>,
    /// What may be anything: it stands in a text that nobody could read.
    pub guesses: Vec<String>,
}

/// What of a file no output may show. Its spans lie in the file.
pub fn sensitive(map: &SourceMap, source: SourceId, parsed: &Parsed) -> Sensitive {
    let mut finder = Finder { map, found: Sensitive::default(), long: LONG_VALUES };
    finder.text(source, parsed);
    for tree in parsed.trees() {
        finder.document(Cursor::new(map, &tree), &parsed.comments, 0);
    }
    let spans = std::mem::take(&mut finder.found.spans);
    Sensitive { spans: spans.into_iter().filter_map(|span| map.in_file(span)).collect(), ..finder.found }
}

/// What of the values of an object no output may show. A span may lie in a document inside of a value; it may stand in
/// no file, when a render step made the value.
pub fn sensitive_values(root: Cursor<'_>) -> Sensitive {
    let mut finder = Finder { map: root.map(), found: Sensitive::default(), long: LONG_VALUES };
    finder.document(root, &[], 0);
    finder.found
}

struct Finder<'w> {
    map: &'w SourceMap,
    found: Sensitive,
    /// How many more bytes of long assigned values are looked for elsewhere.
    long: usize,
}

/// An assigned value that is longer, in bytes, is most often all of a line with other assignments in it.
const LONG: usize = 512;
/// Of such values that many bytes are looked for elsewhere. On a line of thousands of assignments each value reaches to
/// the end of the line, and all are hidden where they stand; the words in it are secrets of their own.
const LONG_VALUES: usize = 64 << 10;

/// Whether an assigned value is looked for elsewhere.
fn is_word(value: &str, long: &mut usize) -> bool {
    let Some(left) = long.checked_sub(value.len()) else { return value.len() <= LONG };
    if value.len() > LONG {
        *long = left;
    }
    true
}

impl Finder<'_> {
    /// What can be seen without a parser: known forms and assignments, in comments and code too.
    fn text(&mut self, source: SourceId, parsed: &Parsed) {
        let text = self.map.source(source).text();
        let Sensitive { spans, words, guesses } = &mut self.found;
        let mut add = |range: std::ops::Range<usize>, words: &mut Vec<String>| {
            words.extend(text.get(range.clone()).map(str::to_owned));
            spans.push(Span::new(source, range.start as u32, range.end as u32));
        };
        format::matches(text).for_each(|found| add(found.range, words));
        let mut offset = 0;
        while let Some(key) = text.get(offset..).and_then(pem::private_key) {
            add(offset + key.range.start..offset + key.range.end, words);
            offset += key.range.end;
        }
        let is_broken = parsed.problems.iter().any(|problem| problem.kind.loses_document());
        let assigned: Vec<Assignment<'_>> =
            assignment::anywhere(text).chain(assignment::in_command(text)).filter(hides).collect();
        // What follows such a value on its line is hidden as well, unless the tree says that it is something else.
        let ends = match assigned.is_empty() || is_broken {
            true => BTreeMap::new(),
            false => flow::ends(self.map, source, parsed),
        };
        for found in assigned {
            let end = ends.get(&found.range.start).map_or(found.range.end, |end| found.range.end.min(*end));
            let range = found.range.start..end;
            match text.get(range.clone()).is_some_and(|value| is_word(value, &mut self.long)) {
                true => add(range, words),
                false => add(range, &mut Vec::new()),
            }
        }
        users_of_urls(text).for_each(|user| add(user, words));
        if is_broken && speaks_of_credentials(text) {
            // Without a tree nobody knows which value is the secret one, and this is the file somebody is editing.
            values_by_eye(text).for_each(|value| add(value, guesses));
            let parts: Vec<String> = guesses.iter().flat_map(|guess| apart(guess)).collect();
            guesses.extend(parts);
        }
    }

    fn document(&mut self, root: Cursor<'_>, comments: &[Comment], depth: u32) {
        let (mut secrets, mut manifests) = (Vec::new(), Vec::new());
        object::find(root, &mut secrets, &mut manifests);
        for secret in secrets {
            self.data_of(secret);
        }
        for manifest in manifests {
            self.unreadable(manifest);
        }
        if let Some(sops) = Sops::read(root) {
            let clear = sops.clear_leaves(root, comments);
            clear.into_iter().for_each(|leaf| self.value(leaf));
        }
        let of = |list: &str| root.get(list).into_iter().flat_map(|list| list.items()).collect::<Vec<_>>();
        let is_generator =
            root.get("kind").and_then(|kind| kind.text()).is_some_and(|it| it == "SecretGenerator");
        for generator in of("secretGenerator").into_iter().chain(is_generator.then_some(root)) {
            let literals = generator.get("literals").into_iter().flat_map(|list| list.items());
            literals.for_each(|literal| self.literal(literal));
        }
        // A patch of `patchesStrategicMerge`, or a transformer's document, has no target.
        let bare = of("patchesStrategicMerge").into_iter();
        let bare = bare.chain(["patch", "patches", "jsonOp"].iter().filter_map(|field| root.get(field)));
        for inline in bare.filter(|inline| inline.text().is_some_and(|text| speaks_of_credentials(&text))) {
            self.unreadable(inline);
        }
        for patch in of("patches").into_iter().chain(of("patchesJson6902")) {
            let Some(inline) = patch.get("patch") else { continue };
            let is_targeted = patch.get("target").is_some_and(object::is_targeted);
            if is_targeted || inline.text().is_some_and(|text| speaks_of_credentials(&text)) {
                self.unreadable(inline);
            }
            if is_targeted {
                for tree in embedded::parse(inline).iter().flat_map(|parsed| parsed.trees()) {
                    self.patch_of_secret(Cursor::new(self.map, &tree));
                }
            }
        }
        self.node(root, depth);
    }

    /// Whatever the key of a literal says, somebody meant its value to be a secret.
    fn literal(&mut self, literal: Cursor<'_>) {
        let Some(text) = literal.text() else { return };
        match text.split_once('=') {
            Some((key, value)) if is_worth_hiding(value) => {
                let at = key.len() + 1;
                self.part(literal, at..at + value.len());
            }
            Some(_) => {}
            // Somebody forgot the key.
            None => self.value(literal),
        }
    }

    /// A text that should be YAML and is none: nobody knows what in it is secret.
    fn unreadable(&mut self, scalar: Cursor<'_>) {
        let problems = embedded::parse(scalar).map(|parsed| parsed.problems).unwrap_or_default();
        if problems.iter().any(|problem| problem.kind.loses_document()) {
            let text = scalar.text().unwrap_or_default();
            let part = scalar.parts();
            for value in values_by_eye(&text) {
                let guess = text.get(value.clone()).unwrap_or_default();
                self.found.guesses.extend(apart(guess).chain([guess.to_owned()]));
                self.found.spans.push(part(value.start, value.end));
            }
        }
    }

    /// The values of a Secret, also where they should be none. Those that are public are hidden where they stand.
    fn data_of(&mut self, secret: Cursor<'_>) {
        for (field, is_encoded) in [("data", true), ("stringData", false)] {
            let Some(data) = secret.get(field) else { continue };
            for entry in data.entries() {
                match (entry.key.text(), entry.value.text()) {
                    (Some(key), Some(text)) if object::classify(&key, &text, is_encoded) < Value::Secret => {
                        self.found.spans.push(entry.value.span());
                    }
                    _ => self.below(entry.value),
                }
            }
            if !data.is_map() {
                self.below(data);
            }
        }
    }

    /// A patch that is applied to a Secret, whatever it says of itself.
    fn patch_of_secret(&mut self, patch: Cursor<'_>) {
        self.data_of(patch);
        for operation in patch.items() {
            // The path of all of the object is empty.
            let pointer = operation.get("path").and_then(|pointer| pointer.text()).unwrap_or_default();
            if let Some(value) =
                operation.get("value").filter(|_| pointer.is_empty() || is_about_data(operation))
            {
                self.below(value);
            }
        }
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
        self.found.words.extend(value.text().map(|text| text.into_owned()));
        self.found.spans.push(value.span());
    }

    /// The bytes `range` of the text of a scalar.
    fn part(&mut self, scalar: Cursor<'_>, range: std::ops::Range<usize>) {
        let text = scalar.text().unwrap_or_default();
        self.found.words.extend(text.get(range.clone()).map(str::to_owned));
        self.found.spans.push(scalar.part(range.start, range.end));
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
                name.is_some_and(|name| credential_key(&name).is_some())
            });
            // Nobody knows here whether what is patched is a Secret.
            let in_data = is_about_data(node);
            for entry in entries {
                let key = entry.key.text().unwrap_or_default();
                let hidden =
                    (named && key == "value") || credential_key(&key).is_some() || is_hidden_key(&key);
                let text = entry.value.text();
                match text {
                    // Nothing but Secrets has it, so the rest of one is missing here.
                    None if key == "stringData" => self.below(entry.value),
                    Some(text) if hidden && is_worth_hiding(&text) => self.value(entry.value),
                    None if named && key == "value" => self.below(entry.value),
                    _ if in_data && key == "value" => {
                        let values = entry.value.scalars().map(|value| value.span());
                        self.found.spans.extend(values);
                        self.node(entry.value, depth);
                    }
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
        let mut known = format::matches(&text).filter(|found| !found.format.is_identifier()).peekable();
        // A value of one word is a credential with what belongs to it; in a script or a sentence only the credential is.
        if is_coded || known.peek().is_some() && !text.contains(char::is_whitespace) {
            self.value(scalar);
            return;
        }
        if known.peek().is_some() {
            let part = scalar.parts();
            for range in known.map(|found| found.range) {
                self.found.words.extend(text.get(range.clone()).map(str::to_owned));
                self.found.spans.push(part(range.start, range.end));
            }
        }
        let found = assignment::anywhere(&text).chain(assignment::in_command(&text)).filter(hides);
        let mut found = found.peekable();
        if found.peek().is_some() {
            let part = scalar.parts();
            for range in found.map(|found| found.range) {
                let value = text.get(range.clone()).filter(|value| is_word(value, &mut self.long));
                self.found.words.extend(value.map(str::to_owned));
                self.found.spans.push(part(range.start, range.end));
            }
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
        "/data",
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

/// What stands apart in such a value.
fn apart(value: &str) -> impl Iterator<Item = String> + '_ {
    let signs = |c: char| c.is_whitespace() || "\"'`,{}[]".contains(c);
    value.split(signs).filter(|word| !word.is_empty()).map(str::to_owned)
}

/// Whether an operation of a JSON patch is about the data of a Secret, or could be: it has no kind.
fn is_about_data(operation: Cursor<'_>) -> bool {
    let pointer = operation.get("path").and_then(|pointer| pointer.text()).unwrap_or_default();
    let first = pointer.strip_prefix('/').and_then(|pointer| pointer.split('/').next());
    matches!(first, Some("data" | "stringData"))
}

/// What stands for the user in URLs without a password, where it can only be a token: `https://TOKEN@host/path`.
fn users_of_urls(text: &str) -> impl Iterator<Item = std::ops::Range<usize>> + '_ {
    // RFC 3986, section 3.2.1, without the colon.
    let is_in_user = |c: char| c.is_ascii_alphanumeric() || "-._~%!$&'()*+,;=".contains(c);
    memchr::memmem::find_iter(text.as_bytes(), "://").filter_map(move |at| {
        let start = at + "://".len();
        let rest = text.get(start..)?;
        let end = rest.find(|c| !is_in_user(c))?;
        let user = rest.get(..end).filter(|_| rest[end..].starts_with('@'))?;
        strength::looks_random(user).then_some(start..start + end)
    })
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
