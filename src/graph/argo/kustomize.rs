//! `kustomize` of a source: what Argo CD writes into the kustomization before it builds it.
//!
//! Argo CD runs `kustomize edit` for each option, so that an option is an entry of the kustomization like any other;
//! here its values keep the places where they are written, in the Application or in an override file.
//!
//! Sources: `util/kustomize/kustomize.go` of Argo CD, `kustomize/commands/edit` of Kustomize.

use camino::Utf8Path;

use crate::graph::Context;
use crate::render::{Built, Event, EventKind, is_remote};
use crate::source::{SourceMap, Span, StepId};
use crate::yaml::{Cursor, Draft, Kind};

use super::environment::Environment;

/// Why an edit fails, and where it is asked for.
type Failure = (Span, String);

/// The unit of a directory with the options of an Application; `None` when they change nothing, or when there is no
/// kustomization that can be read.
pub fn build(
    context: &Context<'_>,
    directory: &Utf8Path,
    options: Cursor<'_>,
    environment: &Environment<'_>,
) -> Option<Built> {
    let tree = context.renderer.kustomization(directory)?;
    let mut edit = Edit { map: context.map, draft: Draft::new(&tree), environment, is_changed: false };
    if let Err((span, message)) = edit.run(context, directory, options) {
        let event = Event::new(EventKind::BuildError, span, message);
        let mut built = Built::plain(directory, span.source, Vec::new(), vec![event]);
        built.unit.failed = true;
        return Some(built);
    }
    edit.is_changed.then(|| context.renderer.build_as(directory, &edit.draft.freeze(), false))
}

struct Edit<'a> {
    map: &'a SourceMap,
    draft: Draft,
    environment: &'a Environment<'a>,
    is_changed: bool,
}

impl Edit<'_> {
    /// All options, in the order in which Argo CD runs `kustomize edit` for them.
    fn run(
        &mut self,
        context: &Context<'_>,
        directory: &Utf8Path,
        options: Cursor<'_>,
    ) -> Result<(), Failure> {
        let flag = |name: &str| options.get(name).and_then(|flag| flag.bool()).unwrap_or(false);
        let items = |name: &str| options.get(name).into_iter().flat_map(|list| list.items());
        for name in ["namePrefix", "nameSuffix"] {
            self.text(options, name);
        }
        let images: Vec<Cursor<'_>> = items("images").collect();
        if !images.is_empty() {
            self.images(&images)?;
        }
        let replicas: Vec<Cursor<'_>> = items("replicas").collect();
        if !replicas.is_empty() {
            self.named(&replicas, "replicas");
        }
        if let Some(labels) = options.get("commonLabels") {
            let templates = flag("labelIncludeTemplates");
            if templates && !flag("labelWithoutSelector") {
                let at = options.get("labelIncludeTemplates").unwrap_or(labels);
                let message = "`labelIncludeTemplates` needs `labelWithoutSelector: true`".to_owned();
                return Err((at.span(), message));
            }
            let place = if flag("labelWithoutSelector") {
                Place::Labels { templates }
            } else {
                Place::Field("commonLabels")
            };
            self.pairs(labels, place, flag("forceCommonLabels"), true)?;
        }
        if let Some(annotations) = options.get("commonAnnotations") {
            let substitutes = flag("commonAnnotationsEnvsubst");
            self.pairs(
                annotations,
                Place::Field("commonAnnotations"),
                flag("forceCommonAnnotations"),
                substitutes,
            )?;
        }
        self.text(options, "namespace");
        for patch in items("patches") {
            self.append("patches", patch);
        }
        for component in items("components") {
            let written = component.text().unwrap_or_default();
            // `kustomize edit add component` passes over what is not there.
            let path = crate::model::normalise(&directory.join(written.as_ref()));
            if is_remote(&written) || context.renderer.has_kustomization(&path) {
                self.append("components", component);
            }
        }
        Ok(())
    }

    fn word(&self, word: &str) -> Draft {
        Draft::word(self.map, word, StepId::PARSED)
    }

    /// Sets a field to the text of an option.
    fn text(&mut self, options: Cursor<'_>, name: &str) {
        let value = options.get(name).filter(|value| value.text().is_some_and(|text| !text.is_empty()));
        if let Some(value) = value {
            self.is_changed |= self.draft.set(self.map, self.word(name), Draft::from(value));
        }
    }

    /// The items of a list field, made when there is none.
    fn list(&mut self, name: &str, span: Span) -> Option<&mut Vec<Draft>> {
        let map = self.map;
        let is_absent = self.draft.get_mut(map, name).is_none_or(|list| list.is_null(map));
        if is_absent {
            self.draft.set(map, self.word(name), Draft::seq(span, StepId::PARSED));
        }
        self.draft.get_mut(map, name)?.items_mut()
    }

    fn append(&mut self, name: &str, item: Cursor<'_>) {
        if let Some(items) = self.list(name, item.span()) {
            items.push(Draft::from(item));
            self.is_changed = true;
        }
    }

    /// Items with a `name`, which replace those of the same name.
    fn named(&mut self, items: &[Cursor<'_>], field: &str) {
        for item in items {
            let Some(name) = item.get("name").and_then(|name| name.text()) else { continue };
            self.put(field, &name, item.span(), Draft::from(*item));
        }
    }

    fn put(&mut self, field: &str, name: &str, span: Span, item: Draft) {
        let map = self.map;
        let Some(items) = self.list(field, span) else { return };
        let known = items.iter_mut().find(|known| is_named(map, known, name));
        match known {
            Some(known) => *known = item,
            None => items.push(item),
        }
        items.sort_by_cached_key(|item| name_of(map, &mut item.clone()));
        self.is_changed = true;
    }

    /// `kustomize edit set image`: `[name=]new[:tag][@digest]`, where `*` keeps what the kustomization says.
    fn images(&mut self, images: &[Cursor<'_>]) -> Result<(), Failure> {
        let map = self.map;
        for &value in images {
            // What is no text is refused before anything is built; the schema says so.
            let Some(written) = value.text() else { continue };
            // What is only known at a sync is no part of what can be looked at.
            let Some(text) = self.environment.substitute(&written) else { continue };
            let (key, rest) =
                text.split_once('=').map_or((None, text.as_ref()), |(key, rest)| (Some(key), rest));
            let (name, tag, digest) = split(rest);
            if key.is_none() && tag.is_none() && digest.is_none() {
                let message = format!("`{text}` is no change of an image: it has no new name, tag or digest");
                return Err((value.span(), message));
            }
            let own = key.unwrap_or(name).to_owned();
            let parts = [("newName", key.map(|_| name)), ("newTag", tag), ("digest", digest)];
            let kept = self
                .list("images", value.span())
                .and_then(|items| items.iter().find(|known| is_named(map, known, &own)).cloned());
            let mut item = Draft::map(value.span(), StepId::PARSED);
            item.set(map, self.word("name"), self.part(value, &text, &written, &own));
            for (field, part) in parts {
                let part = match part {
                    Some("*") => kept.clone().and_then(|mut kept| kept.get_mut(map, field).cloned()),
                    Some(part) => Some(self.part(value, &text, &written, part)),
                    None => None,
                };
                if let Some(part) = part {
                    item.set(map, self.word(field), part);
                }
            }
            self.put("images", &own, value.span(), item);
        }
        Ok(())
    }

    /// A part of a scalar as a text of its own that knows where it is written.
    fn part(&self, value: Cursor<'_>, text: &str, written: &str, part: &str) -> Draft {
        // A part is a slice of `text`; where variables were filled in, the whole scalar stands for it. The name before
        // `=` comes first and the others after it, so the last occurrence is the right one for all but the name.
        let at = if written == text { text.rfind(part) } else { None };
        let from = at.map_or(value.span(), |at| value.part(at, at + part.len()));
        Draft::text(self.map.compose(&[(part, Some((from, value.step())))]), value.step())
    }

    /// Labels or annotations.
    fn pairs(
        &mut self,
        pairs: Cursor<'_>,
        place: Place,
        force: bool,
        substitutes: bool,
    ) -> Result<(), Failure> {
        let map = self.map;
        for entry in pairs.entries() {
            let name = entry.key.text().unwrap_or_default();
            let written = entry.value.text().unwrap_or_default();
            let value = match substitutes.then(|| self.environment.substitute(&written)) {
                None => Draft::from(entry.value),
                Some(None) => continue,
                Some(Some(text)) if text == written => Draft::from(entry.value),
                Some(Some(text)) => {
                    let from = Some((entry.value.span(), entry.value.step()));
                    Draft::text(map.compose(&[(&text, from)]), entry.value.step())
                }
            };
            let Some(to) = self.pairs_of(place, entry.key.span()) else { continue };
            if to.get_mut(map, &name).is_some() && !force {
                let field =
                    if matches!(place, Place::Field("commonAnnotations")) { "annotation" } else { "label" };
                let option = if field == "label" { "forceCommonLabels" } else { "forceCommonAnnotations" };
                let message = format!("the kustomization sets the {field} `{name}` already; see `{option}`");
                return Err((entry.key.span(), message));
            }
            to.set(map, Draft::from(entry.key), value);
            self.is_changed = true;
        }
        Ok(())
    }

    /// The mapping that takes labels or annotations, made when there is none.
    fn pairs_of(&mut self, place: Place, span: Span) -> Option<&mut Draft> {
        let map = self.map;
        let templates = match place {
            Place::Field(name) => return self.draft.map_at(map, name, span, StepId::PARSED),
            Place::Labels { templates } => templates,
        };
        let items = self.list("labels", span)?;
        let fits = |item: &Draft| {
            let tree = item.freeze();
            let item = Cursor::new(map, &tree);
            let flag = |name: &str| item.get(name).and_then(|flag| flag.bool()).unwrap_or(false);
            !flag("includeSelectors") && flag("includeTemplates") == templates
        };
        let at = match items.iter().position(fits) {
            Some(at) => at,
            None => {
                let mut item = Draft::map(span, StepId::PARSED);
                if templates {
                    // A plain word that no file holds: `true` is read as a boolean.
                    let mut node = Draft::text(map.word("true"), StepId::PARSED).node();
                    node.flags = crate::yaml::Flags::default();
                    item.set(map, Draft::word(map, "includeTemplates", StepId::PARSED), Draft::Scalar(node));
                }
                items.push(item);
                items.len() - 1
            }
        };
        items.get_mut(at)?.map_at(map, "pairs", span, StepId::PARSED)
    }
}

/// Where labels and annotations go.
#[derive(Clone, Copy)]
enum Place {
    /// A field of the kustomization.
    Field(&'static str),
    /// An item of `labels` without selectors, with or without templates.
    Labels { templates: bool },
}

fn name_of(map: &SourceMap, item: &mut Draft) -> String {
    let name = item.get_mut(map, "name").and_then(|name| name.scalar(map).map(|text| text.into_owned()));
    name.unwrap_or_default()
}

fn is_named(map: &SourceMap, item: &Draft, name: &str) -> bool {
    item.kind() == Kind::Map && name_of(map, &mut item.clone()) == name
}

/// Name, tag and digest of an image, as Kustomize takes it apart.
fn split(image: &str) -> (&str, Option<&str>, Option<&str>) {
    let (rest, digest) = image.split_once('@').map_or((image, None), |(rest, digest)| (rest, Some(digest)));
    let path = rest.rfind('/').map_or(0, |at| at + 1);
    match rest.get(path..).and_then(|last| last.find(':')) {
        Some(colon) => {
            let (name, tag) = rest.split_at(path + colon);
            (name, tag.get(1..), digest)
        }
        None => (rest, None, digest),
    }
}
