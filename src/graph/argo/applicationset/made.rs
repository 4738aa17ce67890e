//! From an element to an Application.
//!
//! Owns the object: which template goes into it, what is filled in, and what is noticed on the way. A value that
//! depends on something opaque stays as the template writes it, braces and all; in the old language only the braces do.
//! Source:
//! `applicationset/controllers/template/template.go` and `applicationset/utils/utils.go`.

use std::collections::{BTreeMap, BTreeSet};

use crate::graph::owner::{Remark, RemarkKind};
use crate::model::{Object, ObjectView};
use crate::source::{Input, SourceMap, Span, Step, StepId, StepKind};
use crate::template::{Failure, FailureKind, Text};
use crate::yaml::{Cursor, Draft, Kind, Tree, inflate};

use super::element::Element;
use super::language::Language;
use super::{Run, patch};

/// What is wrong at one place of a template, for how many elements.
struct Wrong {
    kind: RemarkKind,
    message: String,
    elements: usize,
}

/// Makes the Applications of one ApplicationSet.
pub struct Maker<'w> {
    map: &'w SourceMap,
    language: Language,
    set: ObjectView<'w>,
    template: Option<Tree>,
    patch: Option<Cursor<'w>>,
    wrong: BTreeMap<Span, Wrong>,
    /// Templates that were too large for one element, and are not tried for the others.
    too_large: BTreeSet<Span>,
}

/// A value on its way.
struct Filling<'e> {
    element: &'e Element,
    /// Whether all that was filled in is known, and nothing failed.
    is_known: bool,
    /// The fields that lead to the value.
    way: Vec<String>,
}

impl<'w> Maker<'w> {
    /// The maker for a set.
    pub fn new(run: &Run<'_, 'w>, set: &ObjectView<'w>, spec: Cursor<'w>) -> Self {
        let template = spec.get("template").filter(|template| template.is_map());
        Self {
            map: run.context.map,
            language: run.language,
            set: *set,
            template: template.and_then(|template| inflate(run.context.map, &template.tree())),
            patch: spec.get("templatePatch"),
            wrong: BTreeMap::new(),
            too_large: BTreeSet::new(),
        }
    }

    /// The Application of an element, and whether it is one of which everything is known. `None` without a template.
    pub fn make(&mut self, element: &Element) -> Option<(Object, bool)> {
        let base = match (&element.template, &self.template) {
            (Some(own), Some(base)) => patch::over(self.map, own, base),
            (Some(template), None) | (None, Some(template)) => template.clone(),
            (None, None) => return None,
        };
        let map = self.map;
        let root = Cursor::new(map, &base);
        let mut filling = Filling { element, is_known: element.symbolic.is_none(), way: Vec::new() };
        let asked = root.span();
        let step = map.record(Step {
            what: StepKind::ApplicationSet,
            entry: asked,
            inputs: Box::new([Input::value(asked, root.step())]),
            previous: StepId::PARSED,
        });
        let mut made = Draft::map(asked, step);
        let word = |word: &str| Draft::text(map.word(word), step);
        let version =
            self.set.root.get("apiVersion").map_or_else(|| word("argoproj.io/v1alpha1"), Draft::from);
        made.set(map, Draft::word(map, "apiVersion", step), version);
        made.set(map, Draft::word(map, "kind", step), word("Application"));
        for name in ["metadata", "spec"] {
            let Some(value) = root.get(name) else { continue };
            filling.way.push(name.to_owned());
            let filled = self.fill(value, &mut filling).unwrap_or_else(|| Draft::from(value));
            filling.way.pop();
            let key = value.key().map_or_else(|| Draft::word(map, name, step), Draft::from);
            made.set(map, key.into_key(map), filled);
        }
        // Applications live where their ApplicationSet does.
        if let Some(namespace) = self.set.root.path(&["metadata", "namespace"])
            && let Some(metadata) = made.map_at(map, "metadata", asked, step)
        {
            metadata.set(map, Draft::word(map, "namespace", step), Draft::from(namespace));
        }
        if let Some(written) = self.patch {
            self.patch(written, &mut made, &mut filling);
        }
        let object = Object::new(map, made.freeze(), self.set.object.source);
        Some((object, filling.is_known))
    }

    /// The value with parameters filled in; `None` when there are none in it.
    fn fill(&mut self, value: Cursor<'_>, filling: &mut Filling<'_>) -> Option<Draft> {
        match value.node().kind {
            Kind::Map => {
                let entries = value.entries();
                let mut filled = Vec::with_capacity(entries.len());
                for entry in &entries {
                    let name = entry.key.text().unwrap_or_default().into_owned();
                    let key = self.scalar(entry.key, filling).map(|key| key.into_key(self.map));
                    filling.way.push(name);
                    filled.push((key, self.fill(entry.value, filling)));
                    filling.way.pop();
                }
                if filled.iter().all(|(key, value)| key.is_none() && value.is_none()) {
                    return None;
                }
                let with =
                    |(entry, (key, value)): (&crate::yaml::Entry<'_>, (Option<Draft>, Option<Draft>))| {
                        let key = key.unwrap_or_else(|| Draft::from(entry.key).into_key(self.map));
                        (key, value.unwrap_or_else(|| Draft::from(entry.value)))
                    };
                Some(Draft::Map(*value.node(), entries.iter().zip(filled).map(with).collect()))
            }
            Kind::Seq => {
                let items: Vec<Cursor<'_>> = value.items().collect();
                let filled: Vec<Option<Draft>> = items.iter().map(|item| self.fill(*item, filling)).collect();
                if filled.iter().all(Option::is_none) {
                    return None;
                }
                let with = |(item, filled): (&Cursor<'_>, Option<Draft>)| {
                    filled.unwrap_or_else(|| Draft::from(*item))
                };
                Some(Draft::Seq(*value.node(), items.iter().zip(filled).map(with).collect()))
            }
            Kind::Scalar | Kind::Alias => self.scalar(value, filling),
        }
    }

    fn scalar(&mut self, value: Cursor<'_>, filling: &mut Filling<'_>) -> Option<Draft> {
        if !value.string().is_some_and(|text| text.contains("{{")) {
            return None;
        }
        let text = self.text(value, filling)?;
        let span = value.span();
        let mut inputs = vec![Input::value(span, value.step())];
        for (_, origin) in text.parts() {
            if let Some(origin) = origin.filter(|origin| !span.contains(origin.span)) {
                inputs.push(Input::value(origin.span, origin.step));
            }
        }
        inputs.dedup();
        let step = self.map.record(Step {
            what: StepKind::ApplicationSet,
            entry: span,
            inputs: inputs.into(),
            previous: value.step(),
        });
        Some(Draft::text(text.compose(self.map), step))
    }

    /// The text of a value with parameters filled in; `None`, and a remark when it is one, when it cannot be known.
    fn text(&mut self, value: Cursor<'_>, filling: &mut Filling<'_>) -> Option<Text> {
        if self.too_large.contains(&value.span()) {
            filling.is_known = false;
            return None;
        }
        match self.language.fill(&Text::of(value), &filling.element.params) {
            Ok(filled) => {
                filling.is_known &= filled.opaque.is_none();
                // In the old language braces that name no parameter are left alone, and some are for somebody else.
                let counts = self.language.is_go || is_own(&filling.way);
                if let Some(name) = filled.absent.first().filter(|_| counts) {
                    filling.is_known = false;
                    self.absent(value, filling.element, name);
                }
                Some(filled.text)
            }
            Err(failure) => {
                filling.is_known = false;
                self.failed(value, filling.element, failure);
                None
            }
        }
    }

    fn absent(&mut self, value: Cursor<'_>, element: &Element, name: &str) {
        let known: Vec<String> = element.params.map.entries().into_iter().map(|(key, _)| key).collect();
        let message = match name.starts_with('.') && !self.language.is_go {
            true => format!("`{{{{{name}}}}}` is a Go template, and `goTemplate: true` is not set"),
            false => format!("no generator provides `{{{{{name}}}}}`{}", provided(&known)),
        };
        self.note(value.span(), RemarkKind::UnresolvedParameter, message);
    }

    fn failed(&mut self, value: Cursor<'_>, element: &Element, failure: Failure) {
        let at = failure.at.unwrap_or(value.span());
        match failure.kind {
            FailureKind::Opaque => {}
            FailureKind::Limit => {
                self.too_large.insert(value.span());
            }
            FailureKind::MissingKey { key, known } => {
                let root =
                    element.params.map.entries().iter().map(|(key, _)| key.clone()).collect::<Vec<_>>();
                let known = if known.is_empty() { root } else { known };
                let message = format!("no generator provides `{key}`{}", provided(&known));
                self.note(at, RemarkKind::UnresolvedParameter, message);
            }
            FailureKind::Syntax | FailureKind::Wrong | FailureKind::Asked => {
                self.note(at, RemarkKind::InvalidTemplate, failure.message);
            }
        }
    }

    fn note(&mut self, at: Span, kind: RemarkKind, message: String) {
        let wrong = self.wrong.entry(at).or_insert(Wrong { kind, message, elements: 0 });
        wrong.elements += 1;
    }

    /// What `templatePatch` makes of an Application: it is filled in as text, and what comes out is merged.
    fn patch(&mut self, written: Cursor<'_>, made: &mut Draft, filling: &mut Filling<'_>) {
        filling.way = vec!["templatePatch".to_owned()];
        let Some(text) = self.text(written, filling) else { return };
        // What is left in braces may be more than one value.
        if self.language.fill(&Text::of(written), &filling.element.params).is_ok_and(|it| it.opaque.is_some())
        {
            return;
        }
        match patch::read(self.map, written, &text) {
            Ok(Some(tree)) => patch::apply(self.map, made, Cursor::new(self.map, &tree)),
            Ok(None) => {}
            Err(message) => {
                filling.is_known = false;
                let message = format!("`templatePatch` makes no YAML: {message}");
                self.note(written.span(), RemarkKind::InvalidTemplate, message);
            }
        }
    }

    /// The templates that are not evaluated because what they make on the way is too large.
    pub fn too_large(&self) -> impl Iterator<Item = Span> + '_ {
        self.too_large.iter().copied()
    }

    /// What was noticed, of `all` elements.
    pub fn into_remarks(self, all: usize) -> Vec<Remark> {
        let remark = |(at, wrong): (Span, Wrong)| {
            let mut message = wrong.message;
            if wrong.elements < all {
                message.push_str(&format!(" (for {} of {all} elements)", wrong.elements));
            }
            Remark { kind: wrong.kind, at, message }
        };
        self.wrong.into_iter().map(remark).collect()
    }
}

/// The names that there are, for a message.
fn provided(known: &[String]) -> String {
    const SHOWN: usize = 8;
    if known.is_empty() {
        return String::new();
    }
    let names: Vec<String> = known.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    let more = if known.len() > SHOWN { ", …" } else { "" };
    format!("; there are {}{more}", names.join(", "))
}

/// Whether a value at this place is for Argo CD itself, not for what is deployed.
fn is_own(way: &[String]) -> bool {
    let way: Vec<&str> = way.iter().map(String::as_str).collect();
    match way.as_slice() {
        ["metadata", ..] | ["spec", "project"] | ["spec", "destination", ..] | ["templatePatch"] => true,
        ["spec", "source" | "sources", field] => {
            matches!(*field, "repoURL" | "path" | "targetRevision" | "chart" | "ref")
        }
        _ => false,
    }
}
