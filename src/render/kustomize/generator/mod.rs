//! `configMapGenerator` and `secretGenerator`: from an entry to an object.
//!
//! Owns what the object looks like and how its options come together. Where the pairs come from is `pairs`, what
//! happens when an object of its name is there is `absorb`.

mod absorb;
mod pairs;

use data_encoding::BASE64;

use crate::source::{Input, SourceMap, Span, StepId, StepKind};
use crate::yaml::{Cursor, Draft};

use super::error::{BuildError, Result};
use super::files::Content;
use super::resource::{Behavior, Resource};
use super::stage::{Stage, string_field};

pub(in crate::render) use absorb::absorb;
use pairs::{Pair, Value};

/// What is generated.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::render) enum Generated {
    ConfigMap,
    Secret,
}

/// Reads a file by its path as written, and where that is written.
pub(in crate::render) type Read<'a> = &'a dyn Fn(&str, Span) -> Result<Content>;

/// The object that an entry asks for. `global` is `generatorOptions` of the kustomization.
pub(in crate::render) fn generate(
    stage: &Stage<'_>,
    what: Generated,
    entry: Cursor<'_>,
    global: Option<Cursor<'_>>,
    read: Read<'_>,
) -> Result<Resource> {
    let map = stage.map;
    let mut pairs = pairs::load(map, entry, read)?;
    pairs.sort_by(|a, b| a.key.cmp(&b.key));
    let maker = Maker { stage, entry, step: stage.step(StepKind::Generator, entry.span(), &[], StepId::PARSED) };
    let options = Options { own: entry.get("options").filter(|options| !options.is_null()), global };

    let mut root = maker.map();
    root.set(map, maker.word("apiVersion"), maker.made("v1"));
    let kind = if what == Generated::ConfigMap { "ConfigMap" } else { "Secret" };
    root.set(map, maker.word("kind"), maker.made(kind));
    root.set(map, maker.word("metadata"), maker.metadata(options)?);
    if what == Generated::Secret {
        let kind = string_field(entry, "type")?.filter(|kind| !kind.is_empty()).and_then(|_| entry.get("type"));
        let kind = kind.map_or_else(|| maker.made("Opaque"), |kind| maker.copy(kind));
        root.set(map, maker.word("type"), kind);
    }
    maker.data(&mut root, what, pairs);
    if let Some(flag) = options.flag("immutable") {
        root.set(map, maker.word("immutable"), maker.copy(flag));
    }

    let mut resource = Resource::new(map, root.freeze(), entry.span());
    resource.needs_hash = options.flag("disableNameSuffixHash").is_none();
    resource.behavior = behavior(entry)?;
    Ok(resource)
}

fn behavior(entry: Cursor<'_>) -> Result<Behavior> {
    Ok(match string_field(entry, "behavior")?.as_deref() {
        Some("create") => Behavior::Create,
        Some("replace") => Behavior::Replace,
        Some("merge") => Behavior::Merge,
        // Kustomize takes anything else for "not said".
        _ => Behavior::Unspecified,
    })
}

/// Options of the entry and of the whole kustomization.
#[derive(Clone, Copy)]
struct Options<'a> {
    own: Option<Cursor<'a>>,
    global: Option<Cursor<'a>>,
}

impl<'a> Options<'a> {
    /// A flag that either sets: what is on for all cannot be turned off for one.
    fn flag(self, name: &str) -> Option<Cursor<'a>> {
        let mut flags = [self.own, self.global].into_iter().flatten().filter_map(|options| options.get(name));
        flags.find(|flag| flag.bool() == Some(true))
    }

    /// Labels or annotations, sorted; the entry's own win.
    fn pairs(self, name: &str) -> Vec<crate::yaml::Entry<'a>> {
        let mut all: Vec<crate::yaml::Entry<'a>> = Vec::new();
        for options in [self.own, self.global].into_iter().flatten() {
            for entry in options.get(name).map(|pairs| pairs.entries()).unwrap_or_default() {
                if !all.iter().any(|known| known.key.text() == entry.key.text()) {
                    all.push(entry);
                }
            }
        }
        all.sort_by_key(|entry| entry.key.text().map(|key| key.into_owned()));
        all
    }
}

/// Makes the nodes of one object.
struct Maker<'a, 'w> {
    stage: &'a Stage<'w>,
    entry: Cursor<'a>,
    step: StepId,
}

impl Maker<'_, '_> {
    fn source_map(&self) -> &SourceMap {
        self.stage.map
    }

    fn map(&self) -> Draft {
        Draft::map(self.entry.span(), self.step)
    }

    fn word(&self, word: &str) -> Draft {
        Draft::word(self.source_map(), word, self.step)
    }

    fn made(&self, text: &str) -> Draft {
        Draft::text(self.source_map().word(text), self.step)
    }

    /// A value of the kustomization as it stands there.
    fn copy(&self, value: Cursor<'_>) -> Draft {
        let inputs = [Input::value(value.span(), value.step())];
        Draft::put(&value.tree(), self.stage.step(StepKind::Generator, self.entry.span(), &inputs, StepId::PARSED))
    }

    /// A field of the entry; a document under `generators:` may have it in its `metadata`.
    fn own(&self, name: &str) -> Result<Option<Cursor<'_>>> {
        for place in std::iter::once(self.entry).chain(self.entry.get("metadata")) {
            if string_field(place, name)?.is_some_and(|text| !text.is_empty()) {
                return Ok(place.get(name));
            }
        }
        Ok(None)
    }

    fn metadata(&self, options: Options<'_>) -> Result<Draft> {
        let map = self.source_map();
        let mut metadata = self.map();
        let name = self.own("name")?;
        let name = name.ok_or_else(|| BuildError::new(self.entry.span(), "a generator needs a `name`"))?;
        metadata.set(map, self.word("name"), self.copy(name));
        if let Some(namespace) = self.own("namespace")? {
            metadata.set(map, self.word("namespace"), self.copy(namespace));
        }
        for field in ["labels", "annotations"] {
            let pairs = options.pairs(field);
            if pairs.is_empty() {
                continue;
            }
            let mut fields = self.map();
            for pair in pairs {
                fields.set(map, Draft::put(&pair.key.tree(), self.step), self.copy(pair.value));
            }
            metadata.set(map, self.word(field), fields);
        }
        Ok(metadata)
    }

    fn data(&self, root: &mut Draft, what: Generated, pairs: Vec<Pair>) {
        let map = self.source_map();
        if what == Generated::Secret {
            // A Secret has its map even when nothing is in it.
            root.map_at(map, "data", self.entry.span(), self.step);
        }
        for pair in pairs {
            let from = pair.value.place();
            let inputs = [Input::value(from, StepId::PARSED)];
            let step = self.stage.step(StepKind::Generator, self.entry.span(), &inputs, StepId::PARSED);
            let (field, value) = match (what, &pair.value) {
                (Generated::ConfigMap, Value::Text(span)) => ("data", Draft::text(*span, step)),
                (Generated::ConfigMap, Value::Bytes(_, bytes)) => {
                    ("binaryData", self.encoded(bytes, from, step))
                }
                (Generated::Secret, Value::Text(span)) => {
                    ("data", self.encoded(map.slice(*span).as_bytes(), from, step))
                }
                (Generated::Secret, Value::Bytes(_, bytes)) => ("data", self.encoded(bytes, from, step)),
            };
            let entry = self.entry.span();
            if let Some(data) = root.map_at(map, field, entry, self.step) {
                data.set(map, Draft::key(map, pair.key_span, step), value);
            }
        }
    }

    fn encoded(&self, bytes: &[u8], from: Span, step: StepId) -> Draft {
        let text = wrapped(&BASE64.encode(bytes));
        Draft::text(self.source_map().compose(&[(&text, Some((from, StepId::PARSED)))]), step)
    }
}

/// Base64 as Kustomize writes it: lines of 70 characters when there is more than one.
fn wrapped(base64: &str) -> String {
    const WIDTH: usize = 70;
    if base64.len() <= WIDTH {
        return base64.to_owned();
    }
    // Base64 is ASCII, so that any chunk is text.
    let lines = base64.as_bytes().chunks(WIDTH).map(|line| std::str::from_utf8(line).unwrap_or_default());
    lines.flat_map(|line| [line, "\n"]).collect()
}
