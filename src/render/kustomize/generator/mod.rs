//! `configMapGenerator` and `secretGenerator`: from an entry to an object.
//!
//! Owns what the object looks like. What an entry says is read in `entry`, where the pairs come from is `pairs`, what
//! happens when an object of its name is there is `absorb`.

mod absorb;
mod entry;
mod pairs;
#[cfg(test)]
mod tests;

use data_encoding::BASE64;

use crate::source::{Input, SourceMap, Span, StepId, StepKind};
use crate::yaml::{Cursor, Draft, Flags, Node, Schema, Style, Timestamp, Typed, resolve};

use super::error::{BuildError, Result};
use super::files::Content;
use super::resource::{Behavior, Plugin, Resource};
use super::stage::{Stage, control, part_of};

pub(in crate::render) use absorb::absorb;
use entry::Options;
use pairs::{Pair, Value};

/// What is generated.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::render) enum Generated {
    ConfigMap,
    Secret,
}

impl Generated {
    /// The kind of object.
    const fn kind(self) -> &'static str {
        match self {
            Generated::ConfigMap => "ConfigMap",
            Generated::Secret => "Secret",
        }
    }

    /// The plugin that a field of a kustomization stands for.
    pub const fn plugin(self) -> &'static str {
        match self {
            Generated::ConfigMap => "ConfigMapGenerator",
            Generated::Secret => "SecretGenerator",
        }
    }
}

/// An object that somebody asks for.
pub(in crate::render) struct Request<'a> {
    pub what: Generated,
    /// An item of the kustomization, or a document under `generators:`.
    pub entry: Cursor<'a>,
    /// `generatorOptions` of the kustomization.
    pub global: Option<Cursor<'a>>,
    /// Who makes it.
    pub by: Plugin,
}

/// Reads a file by its path as written, and where that is written. `None` when the file cannot be had here, which is
/// noted by whoever reads: its pairs are left out.
pub(in crate::render) type Read<'a> = &'a mut dyn FnMut(&str, Span) -> Result<Option<Content>>;

/// Whether the name gets a hash.
const NO_HASH: &str = "disableNameSuffixHash";

/// Makes the object.
pub(in crate::render) fn generate(
    stage: &mut Stage<'_>,
    request: Request<'_>,
    read: Read<'_>,
) -> Result<Resource> {
    let Request { what, entry, global, by } = request;
    let map = stage.map;
    let mut values = Vec::new();
    let pairs = pairs::load(map, entry, read, &mut values);
    if what == Generated::Secret {
        stage.secrets.append(&mut values);
    }
    let stage = &*stage;
    let options = Options::new(entry, global);
    let maker =
        Maker { stage, entry, step: stage.step(StepKind::Generator, entry.span(), &[], StepId::PARSED) };
    let mut root = vec![
        (maker.word("apiVersion"), maker.made("v1")),
        (maker.word("kind"), maker.made(what.kind())),
        (maker.word("metadata"), maker.metadata(options)?),
    ];
    if what == Generated::Secret {
        let kind = entry::text(entry, "type")?;
        root.push((maker.word("type"), kind.map_or_else(|| maker.made("Opaque"), |kind| maker.copy(kind))));
    }
    let mut pairs = pairs?;
    pairs.sort_by(|a, b| a.key.cmp(&b.key));
    maker.data(&mut root, what, pairs);
    if let Some(flag) = options.flag("immutable")? {
        root.push((maker.word("immutable"), maker.truth(flag)));
    }

    let mut resource = Resource::new(map, maker.map(root).freeze(), entry.span());
    resource.needs_hash = options.flag(NO_HASH)?.is_none();
    resource.behavior = behavior(entry)?;
    resource.generator = Some(by);
    Ok(resource)
}

fn behavior(entry: Cursor<'_>) -> Result<Behavior> {
    Ok(match entry::text(entry, "behavior")?.and_then(|behavior| behavior.text()).as_deref() {
        Some("create") => Behavior::Create,
        Some("replace") => Behavior::Replace,
        Some("merge") => Behavior::Merge,
        // Kustomize takes anything else for "not said".
        _ => Behavior::Unspecified,
    })
}

/// Makes the nodes of one object.
struct Maker<'a, 'w> {
    stage: &'a Stage<'w>,
    entry: Cursor<'a>,
    /// The step of what only the entry as a whole asked for.
    step: StepId,
}

impl Maker<'_, '_> {
    fn source_map(&self) -> &SourceMap {
        self.stage.map
    }

    fn map(&self, fields: Vec<(Draft, Draft)>) -> Draft {
        let mut map = Draft::map(self.entry.span(), self.step);
        if let Some(entries) = map.entries_mut() {
            *entries = fields;
        }
        map
    }

    fn word(&self, word: &str) -> Draft {
        Draft::word(self.source_map(), word, self.step)
    }

    fn made(&self, text: &str) -> Draft {
        Draft::text(self.source_map().word(text), self.step)
    }

    fn step_of(&self, inputs: &[Input]) -> StepId {
        self.stage.step(StepKind::Generator, self.entry.span(), inputs, StepId::PARSED)
    }

    /// A text of the kustomization as it stands there.
    fn copy(&self, value: Cursor<'_>) -> Draft {
        let step = self.step_of(&[Input::value(value.span(), value.step())]);
        match value.is_null() {
            true => Draft::text(self.source_map().word(""), step),
            false => string(self.source_map(), value, step),
        }
    }

    /// `true`, however the flag is written: `yes` means the same in a kustomization, but not in an object.
    fn truth(&self, flag: Cursor<'_>) -> Draft {
        let is_true = flag.typed_as(Schema::GoYamlV3, |typed| typed == Typed::Bool(true)) == Some(true);
        let step = self.step_of(&[match is_true {
            true => Input::value(flag.span(), flag.step()),
            false => control(flag),
        }]);
        if is_true {
            return Draft::put(&flag.tree(), step);
        }
        Draft::Scalar(Node {
            flags: Flags::default(),
            ..Draft::text(self.source_map().word("true"), step).node()
        })
    }

    /// A field of the entry; a document under `generators:` may have it in its `metadata`.
    fn own(&self, name: &str) -> Result<Option<Cursor<'_>>> {
        match entry::text(self.entry, name)? {
            Some(own) => Ok(Some(own)),
            None => self.entry.get("metadata").map_or(Ok(None), |metadata| entry::text(metadata, name)),
        }
    }

    fn metadata(&self, options: Options<'_>) -> Result<Draft> {
        let name = self.own("name")?;
        let name = name.ok_or_else(|| BuildError::new(self.entry.span(), "a generator needs a `name`"))?;
        // What is said about hashes decides about the name, even where it says no more than the default.
        let hash = options.said(NO_HASH).map(control);
        let inputs: Vec<Input> =
            std::iter::once(Input::value(name.span(), name.step())).chain(hash).collect();
        let mut fields = vec![(self.word("name"), string(self.source_map(), name, self.step_of(&inputs)))];
        if let Some(namespace) = self.own("namespace")? {
            fields.push((self.word("namespace"), self.copy(namespace)));
        }
        for field in ["labels", "annotations"] {
            let mut pairs = Vec::new();
            for (name, pair) in options.pairs(field)? {
                check_key(&name, pair.key.span())?;
                pairs.push((Draft::put(&pair.key.tree(), self.step), self.copy(pair.value)));
            }
            if !pairs.is_empty() {
                fields.push((self.word(field), self.map(pairs)));
            }
        }
        Ok(self.map(fields))
    }

    fn data(&self, root: &mut Vec<(Draft, Draft)>, what: Generated, pairs: Vec<Pair>) {
        let map = self.source_map();
        let (mut data, mut binary) = (Vec::new(), Vec::new());
        for pair in pairs {
            let from = pair.value.place();
            let step = self.step_of(&[Input::value(from, StepId::PARSED)]);
            let key = Draft::key(map, pair.key_span, step);
            match (what, pair.value) {
                (Generated::ConfigMap, Value::Text(text)) => data.push((key, Draft::text(text, step))),
                (Generated::ConfigMap, Value::Bytes(_, bytes)) => {
                    binary.push((key, self.encoded(&bytes, from, step)));
                }
                (Generated::Secret, Value::Text(text)) => {
                    data.push((key, self.encoded(map.slice(text).as_bytes(), from, step)));
                }
                (Generated::Secret, Value::Bytes(_, bytes)) => {
                    data.push((key, self.encoded(&bytes, from, step)))
                }
            }
        }
        // A Secret has `data` even when nothing is in it.
        if !data.is_empty() || what == Generated::Secret {
            root.push((self.word("data"), self.map(data)));
        }
        if !binary.is_empty() {
            root.push((self.word("binaryData"), self.map(binary)));
        }
    }

    fn encoded(&self, bytes: &[u8], from: Span, step: StepId) -> Draft {
        let text = wrapped(BASE64.encode(bytes));
        Draft::text(self.source_map().compose(&[(&text, Some((from, StepId::PARSED)))]), step)
    }
}

/// A scalar as a string, whatever it looks like: plain text may be a date or a number where it is put.
fn string(map: &SourceMap, value: Cursor<'_>, step: StepId) -> Draft {
    let node = value.node();
    if (node.style == Style::Plain && !node.flags.has(Flags::TEXT)) || value.tag().is_some() {
        return part_of(map, value, 0, value.text().unwrap_or_default().len(), step);
    }
    Draft::put(&value.tree(), step)
}

/// Base64 as Kustomize writes it: lines of 70 characters when there is more than one.
fn wrapped(base64: String) -> String {
    const WIDTH: usize = 70;
    if base64.len() < WIDTH {
        return base64;
    }
    // Base64 is ASCII, so that any chunk is text.
    let lines = base64.as_bytes().chunks(WIDTH).map(|line| std::str::from_utf8(line).unwrap_or_default());
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// Kustomize writes the keys of what it makes without quotes, whatever they look like, and fails when it reads back
/// anything but a string.
fn check_key(key: &str, at: Span) -> Result<()> {
    let is_string =
        matches!(resolve(key, Schema::GoYamlV3), Typed::Str(_)) && Timestamp::parse(key).is_none();
    if key.is_empty() || (is_string && key != "<<") {
        return Ok(());
    }
    let message = format!("Kustomize fails with the key `{key}`: it writes it without quotes, as no string");
    Err(BuildError::new(at, message))
}
