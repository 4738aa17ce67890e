//! Where a printed value comes from, as people and programs are told.
//!
//! Owns the words; what happened to a value is known to its steps.

use std::collections::VecDeque;

use rustc_hash::FxHashSet;
use serde::Serialize;

use crate::model::Object;
use crate::report::escape;
use crate::source::{InputRole, SourceMap, Span, StepId, StepKind};
use crate::yaml::Cursor;

/// Steps that are told of one value. A chain is as long as overlays are deep.
const CHAIN: usize = 64;

/// The comment behind a value that was not written in the object's own file: `path:line step`.
pub(super) fn comment(map: &SourceMap, object: &Object, value: Cursor<'_>) -> Option<String> {
    let own = map.source(object.source).path();
    let is_own = |span: Span| map.source(span.source).path() == own;
    if map.in_file(value.span()).is_some_and(is_own) {
        return None;
    }
    let told = |span: Option<Span>, what: Option<StepKind>| {
        let place = Place::of(map, span.filter(|&span| !is_own(span))?);
        let step = what.map(|what| format!(" {}", what.name())).unwrap_or_default();
        Some(format!("{}:{}{step}", escape(place.file), place.line))
    };
    let last = map.step(value.step()).map(|step| step.what);
    if let Some(comment) = told(map.editable(value.span(), value.step()), last) {
        return Some(comment);
    }
    // A text that is put together, a name and its prefix, has a part in its own file; where is the rest from?
    let steps = std::iter::successors(map.step(value.step()), |step| map.step(step.previous));
    steps.take(CHAIN).find_map(|step| {
        let values = step.inputs.iter().filter(|input| input.role == InputRole::Value);
        let mut places = values
            .map(|input| map.editable(input.span, input.step))
            .chain(std::iter::once_with(|| map.in_file(step.entry)));
        places.find_map(|place| told(place, Some(step.what)))
    })
}

/// A place in a file of the repository.
#[derive(Serialize, PartialEq, Eq, Debug)]
pub(super) struct Place<'w> {
    /// Path relative to the root of the repository, with `/`.
    pub file: &'w str,
    /// Line, from 1.
    pub line: u32,
    /// Column in Unicode scalar values, from 1.
    pub column: u32,
}

impl<'w> Place<'w> {
    /// The start of a span of a file.
    pub fn of(map: &'w SourceMap, span: Span) -> Self {
        let source = map.source(span.source);
        let start = source.position(span.start);
        Place { file: source.path().as_str(), line: start.line, column: start.column }
    }

    /// The place where a person edits a value.
    pub fn editable(map: &'w SourceMap, span: Span, step: StepId) -> Option<Self> {
        Some(Self::of(map, map.editable(span, step)?))
    }
}

/// One step that a value went through.
#[derive(Serialize)]
pub(super) struct Link<'w> {
    /// What was done: `images`, `patch`, `name-affix` …
    step: &'static str,
    /// What asked for it: the entry of the kustomization, the patch.
    #[serde(flatten)]
    place: Option<Place<'w>>,
    /// What was read.
    inputs: Vec<Read<'w>>,
}

/// A place that a step read.
#[derive(Serialize)]
struct Read<'w> {
    role: Role,
    #[serde(flatten)]
    place: Option<Place<'w>>,
}

/// What an input was to the step.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Role {
    /// The text of the value, or a part of it, is written there.
    Value,
    /// The value before the step.
    Replaced,
    /// It decided that there is a value, or which.
    Control,
}

/// The steps that made a value, the last one first, then those that made what they read.
pub(super) fn chain<'w>(map: &'w SourceMap, step: StepId) -> Vec<Link<'w>> {
    let mut links = Vec::new();
    let mut seen = FxHashSet::default();
    let mut waiting = VecDeque::from([step]);
    while let Some(id) = waiting.pop_front()
        && links.len() < CHAIN
    {
        let Some(step) = map.step(id).filter(|_| seen.insert(id)) else { continue };
        waiting.push_front(step.previous);
        let values = step.inputs.iter().filter(|input| input.role == InputRole::Value);
        waiting.extend(values.map(|input| input.step));
        let inputs = step.inputs.iter().filter_map(|input| {
            let role = match input.role {
                InputRole::Value => Role::Value,
                InputRole::Replaced => Role::Replaced,
                InputRole::Control => Role::Control,
                InputRole::LeftOut => return None,
            };
            Some(Read { role, place: Place::editable(map, input.span, input.step) })
        });
        links.push(Link {
            step: step.what.name(),
            place: map.in_file(step.entry).map(|entry| Place::of(map, entry)),
            inputs: inputs.collect(),
        });
    }
    links
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::Rendered;
    use super::super::tests::unit;
    use super::*;
    use crate::source::{Input, Step};
    use crate::yaml::Draft;

    const WEB: &str = "\
kind: Deployment
metadata:
  name: web
spec:
  replicas: 1
  image: app:1.0
  args:
    - |
      a
      b
";
    const OVERLAY: &str = "\
images:
  - name: app
    newTag: '2.0'
patches:
  - replicas: 3
    args: [\"x\\ny\\n\", {}]
";

    /// The span of the first time that a text stands in a file.
    fn find(map: &SourceMap, file: usize, text: &str) -> Span {
        let source = map.source(crate::source::SourceId(file as u32));
        let at = source.text().find(text).unwrap();
        Span::new(crate::source::SourceId(file as u32), at as u32, (at + text.len()) as u32)
    }

    /// The deployment with the tag of the `images:` entry and what the patch sets.
    fn patched() -> (SourceMap, crate::render::Unit) {
        let (map, mut unit) = unit(&[("base/web.yaml", WEB), ("prod/kustomization.yaml", OVERLAY)]);
        let overlay = unit.objects.pop().unwrap();
        let patch = Cursor::new(&map, &overlay.tree).get("patches").unwrap().items().next().unwrap();
        let mut draft = Draft::new(&unit.objects[0].tree);
        for field in ["replicas", "args"] {
            let old = draft.path_mut(&map, &["spec", field]).unwrap();
            let value = patch.get(field).unwrap();
            let inputs = [
                Input::value(value.span(), StepId::PARSED),
                Input::replaced(old.node().span, old.node().step),
            ];
            let entry = patch.span();
            let step = Step { what: StepKind::Patch, entry, inputs: inputs.into(), previous: StepId::PARSED };
            *old = Draft::put(&value.tree(), map.record(step));
        }
        let old = find(&map, 0, "app:1.0");
        let tag = find(&map, 1, "2.0");
        let inputs = [
            Input::value(tag, StepId::PARSED),
            Input::replaced(old, StepId::PARSED),
            Input::control(find(&map, 1, "app"), StepId::PARSED),
        ];
        let entry = find(&map, 1, "name: app");
        let step = Step { what: StepKind::Images, entry, inputs: inputs.into(), previous: StepId::PARSED };
        let step = map.record(step);
        let text =
            map.compose(&[("app:", Some((old, StepId::PARSED))), ("2.0", Some((tag, StepId::PARSED)))]);
        *draft.path_mut(&map, &["spec", "image"]).unwrap() = Draft::text(text, step);
        unit.objects[0].set_tree(&map, draft.freeze());
        (map, unit)
    }

    #[test]
    fn lines_from_other_files_say_where_they_are_written() {
        let (map, unit) = patched();
        let expected = "\
kind: Deployment
metadata:
  name: web
spec:
  args:
  - |                                           # prod/kustomization.yaml:6 patch
    x
    y
  - {}                                          # prod/kustomization.yaml:6 patch
  image: app:2.0                                # prod/kustomization.yaml:3 images
  replicas: 3                                   # prod/kustomization.yaml:5 patch
";
        assert_eq!(Rendered::new(&map, &unit).yaml_with_origins(), expected);
    }

    #[test]
    fn a_text_in_parts_names_the_part_from_elsewhere() {
        let (map, mut unit) = patched();
        let mut draft = Draft::new(&unit.objects[0].tree);
        let name = draft.path_mut(&map, &["metadata", "name"]).unwrap();
        let old = name.node().span;
        let (prefix, entry) = (find(&map, 1, "app"), find(&map, 1, "name: app"));
        let mut previous = StepId::PARSED;
        // What is added last stands in no file.
        for (what, from) in [(StepKind::NameAffix, Some(prefix)), (StepKind::Hash, None)] {
            let values = std::iter::once(old).chain(from).map(|span| Input::value(span, StepId::PARSED));
            let entry = if from.is_some() { entry } else { old };
            previous = map.record(Step { what, entry, inputs: values.collect(), previous });
        }
        let part = |span| Some((span, StepId::PARSED));
        let text = map.compose(&[("app", part(prefix)), ("web", part(old)), ("-123", None)]);
        *name = Draft::text(text, previous);
        unit.objects[0].set_tree(&map, draft.freeze());
        let printed = Rendered::new(&map, &unit).yaml_with_origins();
        let line = printed.lines().find(|line| line.contains("name:")).unwrap();
        assert_eq!(line.replace("  ", ""), "name: appweb-123# prod/kustomization.yaml:2 name-affix");
    }

    #[test]
    fn a_value_from_another_file_without_a_step_has_a_place_only() {
        let (map, mut unit) = unit(&[("a\n.yaml", "a: 1\n"), ("b.yaml", "")]);
        unit.objects[0].source = crate::source::SourceId(1);
        let expected = format!("{:48}# a\\n.yaml:1\n", "a: 1");
        assert_eq!(Rendered::new(&map, &unit).yaml_with_origins(), expected);
    }

    #[test]
    fn json_has_the_chain_of_every_leaf() {
        let (map, unit) = patched();
        let json: serde_json::Value = serde_json::from_str(&Rendered::new(&map, &unit).json()).unwrap();
        let object = &json["objects"][0];
        assert_eq!(object["object"]["spec"]["image"], "app:2.0");
        assert_eq!((&object["kind"], &object["file"]), (&"Deployment".into(), &"base/web.yaml".into()));
        let origins = object["origins"].as_array().unwrap();
        let at = |path: &str| origins.iter().find(|origin| origin["path"] == path).unwrap();
        assert_eq!(
            *at("/spec/image"),
            serde_json::json!({
                "path": "/spec/image", "value": "app:2.0",
                "file": "prod/kustomization.yaml", "line": 3, "column": 14,
                "chain": [{
                    "step": "images", "file": "prod/kustomization.yaml", "line": 2, "column": 5,
                    "inputs": [
                        {"role": "value", "file": "prod/kustomization.yaml", "line": 3, "column": 14},
                        {"role": "replaced", "file": "base/web.yaml", "line": 6, "column": 10},
                        {"role": "control", "file": "prod/kustomization.yaml", "line": 2, "column": 11},
                    ],
                }],
            })
        );
        let name = serde_json::json!({
            "path": "/metadata/name", "value": "web", "file": "base/web.yaml", "line": 3, "column": 9, "chain": [],
        });
        assert_eq!(*at("/metadata/name"), name);
        assert_eq!((&at("/spec/args/1")["value"], origins.len()), (&serde_json::json!({}), 6));
        for origin in origins {
            let value = object["object"].pointer(origin["path"].as_str().unwrap());
            assert_eq!(value, Some(&origin["value"]));
        }
    }

    #[test]
    fn chains_end() {
        let (map, unit) = unit(&[("a.yaml", "a: 1\n")]);
        let entry = unit.objects[0].tree.nodes()[0].span;
        let mut previous = StepId::PARSED;
        for _ in 0..1000 {
            let inputs = [Input::value(entry, previous)];
            previous = map.record(Step { what: StepKind::Patch, entry, inputs: inputs.into(), previous });
        }
        assert_eq!(chain(&map, previous).len(), CHAIN);
    }
}
