//! Secrets in objects that are printed.
//!
//! Owns which parts of which values are hidden: by what an object says, and by where its values were copied from. Must
//! not know what a credential looks like.

use std::borrow::Cow;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::engine::{Gather, Mask};
use crate::model::secret;
use crate::render::{Event, Unit};
use crate::source::{SourceKind, SourceMap, Span};
use crate::yaml::Cursor;

use super::scalar::Scalar;
use super::taint::Taint;

/// What stands in the place of a secret. It is no base64, so that no cluster takes an object with it in its `data`.
const HIDDEN: &str = "***";

/// The values of some objects that are not printed as they are.
#[derive(Debug, Default)]
pub(super) struct Secrets {
    /// Hidden altogether.
    whole: FxHashSet<Span>,
    /// Hidden in part: the texts that are.
    parts: FxHashMap<Span, Vec<String>>,
    /// Secrets of the objects, and of the files that events are about.
    mask: Mask,
}

impl Secrets {
    /// The secrets of the objects of a unit, and of the files that these events are about.
    pub fn of(map: &SourceMap, unit: &Unit, events: &[Event]) -> Self {
        let mut secrets = Self { mask: mask(map, unit, events), ..Self::default() };
        let mut taint = Taint::new(map, &unit.secrets);
        for object in &unit.objects {
            let root = Cursor::new(map, &object.tree);
            let mut leaves = None;
            for found in secret::sensitive_values(root).spans {
                // Few objects have any.
                let leaves = leaves.get_or_insert_with(|| {
                    let mut leaves: Vec<Span> = root.scalars().map(|leaf| leaf.span()).collect();
                    leaves.sort_unstable();
                    leaves
                });
                secrets.add(map, leaves, found);
            }
            for leaf in root.scalars() {
                for found in taint.of(leaf.span(), leaf.step()) {
                    secrets.hide_part(map, leaf.span(), found);
                }
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
                self.hide_part(map, leaf, found);
                return;
            }
            // A secret in a document inside of a value.
            let SourceKind::Embedded { host, .. } = map.source(span.source).kind() else { return };
            span = *host;
        }
    }

    fn hide_part(&mut self, map: &SourceMap, leaf: Span, part: Span) {
        if leaf == part {
            self.whole.insert(leaf);
        } else {
            self.parts.entry(leaf).or_default().push(map.slice(part).to_owned());
        }
    }

    /// The message of an event without the secrets of the file that it is about.
    pub fn message(&self, map: &SourceMap, event: &Event) -> String {
        self.mask.scrub(map, map.in_file(event.span).as_slice(), &event.message)
    }

    /// Whether a value of an object is hidden.
    pub fn any(&self) -> bool {
        !self.whole.is_empty() || !self.parts.is_empty()
    }

    /// A key as it may be printed: a line that was broken in an env file is one.
    pub fn key<'t>(&self, key: Cow<'t, str>) -> Cow<'t, str> {
        self.mask.without_secrets(key)
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
                let text = parts.into_iter().fold(text.into_owned(), cut);
                Scalar::Text(self.mask.without_secrets(text.into()))
            }
            (Scalar::Text(text), None) => Scalar::Text(self.mask.without_secrets(text)),
            (_, Some(_)) => hidden(),
            (value, None) => value,
        }
    }
}

/// What neither messages about these events nor other values of the unit must repeat.
fn mask(map: &SourceMap, unit: &Unit, events: &[Event]) -> Mask {
    let mut gather = Gather::new(map);
    for object in &unit.objects {
        gather.named(object);
    }
    for place in events.iter().filter_map(|event| map.in_file(event.span)) {
        gather.file(place.source);
    }
    if !events.is_empty() {
        unit.values(map).for_each(|file| gather.file(file));
    }
    gather.noted(&unit.secrets);
    gather.finish()
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
