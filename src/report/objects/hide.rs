//! Secrets in objects that are printed.
//!
//! Owns which parts of which values are hidden. Must not know what a credential looks like.

use std::collections::BTreeSet;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::discover::FileKind;
use crate::engine::Mask;
use crate::model::{Document, DocumentKind, File, FileView, Object, Usage, secret};
use crate::render::Event;
use crate::source::{SourceId, SourceKind, SourceMap, Span};
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
    /// Those of the files that events are about.
    mask: Mask,
}

impl Secrets {
    /// The secrets of these objects, and of the files that these events are about.
    pub fn of(map: &SourceMap, objects: &[Object], events: &[Event]) -> Self {
        let mut secrets = Self { mask: mask(map, events), ..Self::default() };
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

    /// The message of an event without the secrets of the file that it is about.
    pub fn message(&self, map: &SourceMap, event: &Event) -> String {
        match map.in_file(event.span) {
            Some(span) => self.mask.scrub(span.source, &event.message),
            None => event.message.clone(),
        }
    }

    /// Whether a value of an object is hidden.
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

/// What messages about these events must not quote.
fn mask(map: &SourceMap, events: &[Event]) -> Mask {
    let sources: BTreeSet<SourceId> =
        events.iter().filter_map(|event| map.in_file(event.span)).map(|span| span.source).collect();
    let spans = sources.into_iter().flat_map(|source| {
        let parsed = yaml::parse(map.source(source), source, Limits::default());
        let documents = parsed.trees().map(|tree| Document { tree, kind: DocumentKind::Unknown }).collect();
        let (kind, objects, usage) = (FileKind::Yaml, Vec::new(), Usage::Input);
        let file = File { source, kind, parsed, documents, objects, usage };
        secret::sensitive_spans(&FileView { map, file: &file })
    });
    Mask::new(spans.collect::<Vec<_>>()).knowing(map)
}

#[cfg(test)]
mod tests {
    use super::super::Rendered;
    use super::super::tests::unit;
    use crate::render::EventKind;

    use super::*;

    const OBJECTS: &str = "\
apiVersion: v1
kind: Secret
metadata: {name: a}
data: {user: YWRtaW4=, nothing: null}
stringData: {\"pass\\u0077ord\": hunter2, port: 5432}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: hunter2}
data:
  conf: |
    # settings
    password: s3cr3t!x
    user: app
  plain: hunter2
  url: postgres://app:p4ssw0rd@db/app
---
kind: Pod
spec:
  args: [--password=s3cr3t!x, --verbose, --name=hunter2]
  env: [{name: DB_PASSWORD, value: s3cr3t!x}, {name: A, value: b}]
";

    #[test]
    fn secrets_are_hidden_and_nothing_else() {
        let (map, unit) = unit(&[("a.yaml", OBJECTS)]);
        let rendered = Rendered::new(&map, &unit);
        let expected = "\
apiVersion: v1
data:
  nothing: null
  user: '***'
kind: Secret
metadata:
  name: a
stringData:
  password: '***'
  port: '***'
---
apiVersion: v1
data:
  conf: |
    # settings
    password: ***
    user: app
  plain: hunter2
  url: '***'
kind: ConfigMap
metadata:
  name: hunter2
---
kind: Pod
spec:
  args:
  - --password=***
  - --verbose
  - --name=hunter2
  env:
  - name: DB_PASSWORD
    value: '***'
  - name: A
    value: b
";
        assert_eq!(rendered.yaml(), expected);
        assert!(rendered.hides());
        for text in [rendered.yaml_with_origins(), rendered.json()] {
            assert!(
                !text.contains("s3cr3t") && !text.contains("YWRtaW4") && !text.contains("5432"),
                "{text}"
            );
        }
        let shown = Rendered::with_secrets(&map, &unit);
        assert!(shown.yaml().contains("user: YWRtaW4=") && !shown.hides());
    }

    #[test]
    fn messages_do_not_quote_secrets() {
        let text = "secretGenerator:\n- name: a\n  literals: [\"password=s3cr3t!x\"]\n";
        let (map, mut unit) = unit(&[("kustomization.yaml", text)]);
        let span = unit.objects[0].tree.nodes()[0].span;
        unit.events.push(Event::new(EventKind::BuildError, span, "cannot read `password=s3cr3t!x`"));
        let rendered = Rendered::new(&map, &unit);
        assert!(
            rendered.notes().contains("error: kustomization.yaml:1:1: cannot read"),
            "{}",
            rendered.notes()
        );
        assert!(!rendered.notes().contains("s3cr3t"), "{}", rendered.notes());
        assert!(!rendered.json().contains("s3cr3t"));
        assert!(Rendered::with_secrets(&map, &unit).notes().contains("s3cr3t"));
    }
}
