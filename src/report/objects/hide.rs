//! Secrets in objects that are printed.
//!
//! Owns which parts of which values are hidden. Must not know what a credential looks like.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::engine::Mask;
use crate::model::{Document, DocumentKind, File, FileView, Object, Usage, secret};
use crate::render::Event;
use crate::source::{SourceKind, SourceMap, Span};
use crate::yaml::{self, Cursor, Limits};

use super::scalar::Scalar;

/// What stands in the place of a secret. It is no base64, so that no cluster takes an object with it in its `data`.
const HIDDEN: &str = "***";

/// The values of some objects that are not printed as they are.
#[derive(Debug, Default)]
pub(super) struct Secrets {
    /// Hidden altogether.
    whole: FxHashSet<Span>,
    /// Hidden in part: the texts that are.
    parts: FxHashMap<Span, Vec<String>>,
}

impl Secrets {
    /// The secrets of these objects.
    pub fn of(map: &SourceMap, objects: &[Object]) -> Self {
        let mut secrets = Self::default();
        for object in objects {
            let root = Cursor::new(map, &object.tree);
            let mut leaves = None;
            for found in secret::sensitive_values(root) {
                // Few objects have any.
                let leaves = leaves.get_or_insert_with(|| {
                    let mut leaves: Vec<Span> = root.scalars().map(|leaf| leaf.span()).collect();
                    leaves.sort_unstable();
                    leaves
                });
                secrets.add(map, leaves, found);
            }
        }
        secrets
    }

    fn add(&mut self, map: &SourceMap, leaves: &[Span], found: Span) {
        let mut span = found;
        loop {
            let before = &leaves
                [..leaves.partition_point(|leaf| (leaf.source, leaf.start) <= (span.source, span.start))];
            let same_source = before.iter().rev().take_while(|leaf| leaf.source == span.source);
            if let Some(&leaf) = same_source.into_iter().find(|leaf| leaf.contains(span)) {
                if leaf == found {
                    self.whole.insert(leaf);
                } else {
                    self.parts.entry(leaf).or_default().push(map.slice(found).to_owned());
                }
                return;
            }
            // A secret in a document inside of a value.
            let SourceKind::Embedded { host, .. } = map.source(span.source).kind() else { return };
            span = *host;
        }
    }

    /// Whether anything is hidden.
    pub fn any(&self) -> bool {
        !self.whole.is_empty() || !self.parts.is_empty()
    }

    /// A value as it may be printed.
    pub fn hide<'t>(&self, at: Cursor<'t>, value: Scalar<'t>) -> Scalar<'t> {
        let span = at.span();
        let hidden = || Scalar::Text(HIDDEN.into());
        match (value, self.parts.get(&span)) {
            (Scalar::Null, _) => Scalar::Null,
            _ if self.whole.contains(&span) => hidden(),
            (Scalar::Text(text), Some(parts)) => {
                // What is written differently from what it says cannot be cut out.
                if parts.iter().any(|part| !text.contains(part)) {
                    return hidden();
                }
                let mut parts: Vec<&String> = parts.iter().collect();
                parts.sort_unstable_by_key(|part| std::cmp::Reverse(part.len()));
                let cut = |text: String, part: &String| text.replace(part.as_str(), HIDDEN);
                Scalar::Text(parts.into_iter().fold(text.into_owned(), cut).into())
            }
            (value, _) => value,
        }
    }
}

/// The message of an event without the secrets of the file that it is about.
pub(super) fn message(map: &SourceMap, event: &Event) -> String {
    let Some(span) = map.in_file(event.span) else { return event.message.clone() };
    let source = map.source(span.source);
    let parsed = yaml::parse(source, span.source, Limits::default());
    let documents = parsed.trees().map(|tree| Document { tree, kind: DocumentKind::Unknown }).collect();
    let file = File {
        source: span.source,
        kind: crate::discover::FileKind::Yaml,
        parsed,
        documents,
        objects: Vec::new(),
        usage: Usage::Input,
    };
    let spans = secret::sensitive_spans(&FileView { map, file: &file });
    Mask::new(spans).knowing(map).scrub(span.source, &event.message)
}
