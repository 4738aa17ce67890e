//! Rendered objects as `plimsoll render` prints them: YAML like that of `kustomize build`, with or without the origin
//! of every value, or JSON.
//!
//! Owns the form of values and what is hidden of them. Must not know how they were rendered.

mod emit;
mod hide;
mod json;
mod order;
mod origins;
mod scalar;
mod taint;
mod yaml;

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::model::Object;
use crate::render::{Event, EventKind, Unit};
use crate::source::SourceMap;
use crate::yaml::{Cursor, Kind, Style};

use super::escape;
use hide::Secrets;
use origins::Place;
use scalar::Scalar;

/// A unit that is printed.
pub struct Rendered<'a> {
    map: &'a SourceMap,
    unit: &'a Unit,
    /// What the unit met, and values that Kustomize would not print.
    events: Cow<'a, [Event]>,
    /// `None` when secrets are shown.
    secrets: Option<Secrets>,
}

impl<'a> Rendered<'a> {
    /// A unit whose secrets are printed as they are.
    pub fn with_secrets(map: &'a SourceMap, unit: &'a Unit) -> Self {
        let mut refused = Vec::new();
        for object in &unit.objects {
            refuse(Cursor::new(map, &object.tree), true, false, &mut refused);
        }
        let mut events = Cow::Borrowed(unit.events.as_slice());
        if !refused.is_empty() {
            events.to_mut().extend(refused);
        }
        Self { map, unit, events, secrets: None }
    }

    /// A unit whose secrets are hidden.
    pub fn new(map: &'a SourceMap, unit: &'a Unit) -> Self {
        let shown = Self::with_secrets(map, unit);
        Self { secrets: Some(Secrets::of(map, unit, &shown.events)), ..shown }
    }

    /// The same for a chart: Helm prints values that Kustomize would not.
    #[must_use]
    pub fn as_helm(self) -> Self {
        Self { events: Cow::Borrowed(self.unit.events.as_slice()), ..self }
    }

    /// Whether Kustomize would not build the unit either. Then no objects are printed.
    pub fn failed(&self) -> bool {
        self.unit.failed || self.events.iter().any(|event| event.kind.is_error())
    }

    /// Whether a secret is hidden.
    pub fn hides(&self) -> bool {
        self.secrets.as_ref().is_some_and(Secrets::any)
    }

    /// The objects as YAML. A comment for every part that could not be rendered comes first.
    pub fn yaml(&self) -> String {
        self.stream(|_, _| None)
    }

    /// As [`Rendered::yaml`], with a comment behind every value that was not written in its object's own file.
    pub fn yaml_with_origins(&self) -> String {
        self.stream(|object, value| origins::comment(self.map, object, value))
    }

    fn stream(&self, comment: impl Fn(&Object, Cursor<'_>) -> Option<String>) -> String {
        let mut out = String::new();
        for event in self.events.iter().filter(|event| event.kind.is_gap()) {
            let _ = writeln!(out, "# partial: {}", self.line(event));
        }
        for (index, object) in self.objects().iter().enumerate() {
            if index > 0 {
                out.push_str("---\n");
            }
            self.document(&mut out, object, &|value| comment(object, value));
        }
        out
    }

    /// One of the objects as YAML.
    pub fn object(&self, object: &Object) -> String {
        let mut out = String::new();
        self.document(&mut out, object, &|_| None);
        out
    }

    fn document(&self, out: &mut String, object: &Object, comment: &dyn Fn(Cursor<'_>) -> Option<String>) {
        let shown = yaml::Shown {
            key: &|key| self.key(key),
            leaf: &|value, in_flow| self.leaf(value, in_flow),
            comment,
        };
        yaml::document(out, Cursor::new(self.map, &object.tree), shown);
    }

    /// The objects as JSON, with the origin of every value.
    pub fn json(&self) -> String {
        json::print(self)
    }

    /// What rendering met, a line each, for standard error.
    pub fn notes(&self) -> String {
        let mut notes = String::new();
        for event in self.events.iter() {
            let level = if event.kind.is_error() { "error" } else { "warning" };
            let open = if event.unverifiable { " in what could be rendered" } else { "" };
            let _ = writeln!(notes, "{level}: {}{open}", self.line(event));
        }
        notes
    }

    /// `path:line:column: message`
    fn line(&self, event: &Event) -> String {
        let message = self.message(event);
        let message = escape(&message);
        match self.map.in_file(event.span) {
            Some(span) => {
                let Place { file, line, column } = Place::of(self.map, span);
                format!("{}:{line}:{column}: {message}", escape(file))
            }
            None => message.into_owned(),
        }
    }

    /// The message of an event, without secrets.
    fn message(&self, event: &Event) -> String {
        match &self.secrets {
            Some(secrets) => secrets.message(self.map, event),
            None => event.message.clone(),
        }
    }

    /// The objects that are printed.
    fn objects(&self) -> &'a [Object] {
        if self.failed() { &[] } else { &self.unit.objects }
    }

    /// A key, without secrets.
    fn key<'t>(&self, key: Cow<'t, str>) -> Cow<'t, str> {
        match &self.secrets {
            Some(secrets) => secrets.key(key),
            None => key,
        }
    }

    /// The value of a scalar, without secrets.
    fn leaf<'t>(&self, value: Cursor<'t>, in_flow: bool) -> Scalar<'t> {
        // What is refused ends the build before anything is printed.
        let scalar = scalar::scalar(value, in_flow).unwrap_or(Scalar::Null);
        match &self.secrets {
            Some(secrets) => secrets.hide(value, scalar),
            None => scalar,
        }
    }
}

/// Whether two objects, of two revisions, say the same.
pub(super) fn same(a: Cursor<'_>, b: Cursor<'_>) -> bool {
    fn compare(a: Cursor<'_>, b: Cursor<'_>, in_flow: [bool; 2]) -> bool {
        let in_flow = [(a, in_flow[0]), (b, in_flow[1])];
        let in_flow = in_flow.map(|(at, in_flow)| in_flow || at.node().style == Style::Flow);
        if a.is_map() && b.is_map() {
            let entries = a.entries();
            let value = |key: Cursor<'_>| key.text().and_then(|name| b.get(&name));
            return entries.len() == b.entries().len()
                && entries
                    .iter()
                    .all(|it| value(it.key).is_some_and(|other| compare(it.value, other, in_flow)));
        }
        if a.is_seq() && b.is_seq() {
            let (mut a, mut b) = (a.items(), b.items());
            return loop {
                match (a.next(), b.next()) {
                    (None, None) => break true,
                    (Some(a), Some(b)) if compare(a, b, in_flow) => {}
                    _ => break false,
                }
            };
        }
        let is_leaf = |at: Cursor<'_>| !at.is_map() && !at.is_seq();
        is_leaf(a) && is_leaf(b) && scalar::scalar(a, in_flow[0]) == scalar::scalar(b, in_flow[1])
    }
    compare(a, b, [false, false])
}

/// Notes the keys and values below a value that Kustomize does not print. At the top of an object it takes any key.
fn refuse(value: Cursor<'_>, is_top: bool, in_flow: bool, refused: &mut Vec<Event>) {
    let node = value.node();
    let inside = in_flow || node.style == Style::Flow;
    if matches!(node.kind, Kind::Scalar | Kind::Alias) {
        if let Err(reason) = scalar::scalar(value, in_flow) {
            refused.push(Event::new(EventKind::BuildError, value.span(), reason));
        }
        return;
    }
    for entry in value.entries() {
        if let Some(reason) = scalar::key_refused(entry.key, is_top, inside) {
            refused.push(Event::new(EventKind::BuildError, entry.key.span(), reason));
        }
        refuse(entry.value, false, inside, refused);
    }
    value.items().for_each(|item| refuse(item, false, inside, refused));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::Gap;
    use crate::source::{Source, SourceId, SourceKind};
    use crate::yaml::{Limits, parse};

    /// A unit with the objects of some files, each the file's own, and the sources of all of them.
    pub(super) fn unit(files: &[(&str, &str)]) -> (SourceMap, Unit) {
        let sources =
            files.iter().map(|(path, text)| Source::new(*path, SourceKind::File, (*text).to_owned()));
        let map = SourceMap::new(sources.collect());
        let ids = (0..files.len() as u32).map(SourceId);
        let parsed: Vec<_> = ids.map(|id| parse(map.source(id), id, Limits::default())).collect();
        let objects = parsed
            .iter()
            .flat_map(|parsed| parsed.trees().map(|tree| Object::parsed(&map, tree)).collect::<Vec<_>>());
        let unit = Unit {
            directory: "".into(),
            source: SourceId(0),
            objects: objects.collect(),
            events: Vec::new(),
            secrets: Vec::new(),
            charts: Vec::new(),
            layer: std::sync::Arc::default(),
            partial: false,
            is_default: false,
            is_chart: false,
            failed: false,
        };
        (map, unit)
    }

    #[test]
    fn values_that_json_does_not_have_fail() {
        let text = "a: {1: x, .inf: y}\nb: [.nan, !!int x]\n1: {true: x}\nc: {yes: 2001-01-01, '2': x}\n";
        let (map, unit) = unit(&[("a.yaml", text)]);
        let rendered = Rendered::with_secrets(&map, &unit);
        assert!(rendered.failed());
        assert_eq!(rendered.yaml(), "");
        let expected = [
            "error: a.yaml:1:5: the key `1` is no string; quote it",
            "error: a.yaml:1:11: the key `.inf` is no string; quote it",
            "error: a.yaml:2:5: a number that is not finite has no form in JSON",
            "error: a.yaml:2:17: the value is no `!!int`, as its tag says",
            "error: a.yaml:3:5: the key `true` is no string; quote it",
        ];
        assert_eq!(rendered.notes().lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn what_is_missing_is_said_first() {
        let (map, mut unit) = unit(&[("k\u{1b}.yaml", "a: 1\n")]);
        let span = unit.objects[0].tree.nodes()[2].span;
        unit.events.push(Event::new(EventKind::NotRendered(Gap::RemoteBase), span, "remote base\n`x`"));
        unit.partial = true;
        let rendered = Rendered::new(&map, &unit);
        assert_eq!(rendered.yaml(), "# partial: k\\u{1b}.yaml:1:4: remote base\\n`x`\na: 1\n");
        assert_eq!(rendered.notes(), "warning: k\\u{1b}.yaml:1:4: remote base\\n`x`\n");
    }
}
