//! A ResourceSet of the Flux Operator: objects from templates, once for every set of inputs.
//!
//! Owns the templates that only name inputs (`<< inputs.tenant >>`, also with `| quote`). Anything else, and inputs of
//! a provider, stay unknown: nothing is guessed. Source: <https://fluxoperator.dev/docs/crd/resourceset/>.

use crate::graph::owner::{Content, Destination, Expansion, Planned};
use crate::graph::{Context, Status, Tool};
use crate::model::{Object, ObjectView};
use crate::render::Built;
use crate::source::{Input, SourceMap, Span, Step, StepId, StepKind};
use crate::yaml::{Cursor, Draft, Flags, Kind, Node, inflate};

/// What the operator makes of a ResourceSet.
pub fn expand(context: &Context<'_>, set: &ObjectView<'_>) -> Expansion {
    let Some(written) = set.root.get("spec") else { return Expansion::default() };
    let Some(tree) = inflate(context.map, &written.tree()) else { return Expansion::default() };
    let spec = Cursor::new(context.map, &tree);
    let at = written.get("resources").unwrap_or(written).span();
    let inputs: Vec<Option<Cursor<'_>>> = match spec.get("inputs").filter(|inputs| inputs.is_seq()) {
        Some(inputs) => inputs.items().map(Some).collect(),
        None => vec![None],
    };
    let open = [
        ("inputsFrom", "its inputs come from a provider"),
        ("inputStrategy", "its inputs are combined by a strategy"),
        ("resourcesTemplate", "its `resourcesTemplate` is not rendered"),
    ];
    let open = open.into_iter().find(|(name, _)| spec.get(name).is_some()).map(|(_, why)| why);
    let is_open = open.is_some();
    let mut objects: Vec<Object> = Vec::new();
    let mut is_complete = !is_open;
    for input in inputs {
        for resource in spec.get("resources").into_iter().flat_map(|list| list.items()) {
            let mut draft = Draft::from(resource);
            let mut template = Template { map: context.map, input, is_known: !is_open };
            template.fill(&mut draft);
            is_complete &= template.is_known;
            if template.is_known {
                objects.push(Object::new(context.map, draft.freeze(), set.object.source));
            }
        }
    }
    let status = match is_complete {
        true => Status::Resolved,
        false => Status::Unverifiable(
            open.unwrap_or("its templates have functions that are not known here").into(),
        ),
    };
    let file = context.map.source(set.object.source).path();
    let directory = file.parent().unwrap_or(file).to_owned();
    let content = match objects.is_empty() {
        true => Content::Nothing,
        false => Content::Own(Box::new(Built::plain(&directory, set.object.source, objects, Vec::new()))),
    };
    let planned = Planned {
        at,
        directory: None,
        tool: Tool::Directory,
        status,
        content,
        destination: Destination::Own,
        namespace: set.namespace().map(|namespace| namespace.into_owned()),
        values: Vec::new(),
    };
    Expansion { deliveries: vec![planned], ..Expansion::default() }
}

/// One set of inputs.
struct Template<'a> {
    map: &'a SourceMap,
    input: Option<Cursor<'a>>,
    /// All expressions so far were understood.
    is_known: bool,
}

impl Template<'_> {
    fn fill(&mut self, value: &mut Draft) {
        match value.kind() {
            Kind::Scalar => {
                if let Some(new) = self.scalar(value) {
                    *value = new;
                }
            }
            Kind::Seq => value.items_mut().into_iter().flatten().for_each(|item| self.fill(item)),
            Kind::Map => {
                for (key, value) in value.entries_mut().into_iter().flatten() {
                    if let Some(new) = self.scalar(key) {
                        *key = new.into_key(self.map);
                    }
                    self.fill(value);
                }
            }
            Kind::Alias => {}
        }
    }

    fn scalar(&mut self, value: &Draft) -> Option<Draft> {
        let text = value.scalar(self.map)?;
        if !text.contains("<<") {
            return None;
        }
        let tree = value.freeze();
        let scalar = Cursor::new(self.map, &tree);
        let mut pieces: Vec<(String, Option<(Span, StepId)>)> = Vec::new();
        let mut inputs = vec![Input::value(scalar.span(), scalar.step())];
        let mut is_quoted = false;
        let mut at = 0;
        while let Some(start) = text[at..].find("<<").map(|start| at + start) {
            let Some(end) = text[start..].find(">>").map(|end| start + end) else { break };
            let literal = scalar.part(at, start);
            pieces.push((text[at..start].to_owned(), Some((literal, scalar.step()))));
            let expression = text[start + 2..end].trim().trim_matches('-').trim();
            let (path, function) = expression.split_once('|').unwrap_or((expression, ""));
            let found = match function.trim() {
                "" => self.value(path.trim()),
                "quote" => {
                    is_quoted = true;
                    self.value(path.trim())
                }
                _ => None,
            };
            let Some((made, from)) = found else {
                self.is_known = false;
                return None;
            };
            inputs.push(Input::value(from.0, from.1));
            pieces.push((made, Some(from)));
            at = end + 2;
        }
        pieces.push((text[at..].to_owned(), Some((scalar.part(at, text.len()), scalar.step()))));
        let parts: Vec<_> = pieces.iter().map(|(text, from)| (text.as_str(), *from)).collect();
        let span = self.map.compose(&parts);
        let entry = inputs.get(1).map_or(scalar.span(), |input| input.span);
        let previous = scalar.step();
        let step =
            self.map.record(Step { what: StepKind::Substitution, entry, inputs: inputs.into(), previous });
        let node = Draft::text(span, step).node();
        let is_text = is_quoted || self.map.slice(span).contains('\n');
        Some(Draft::Scalar(Node { flags: if is_text { node.flags } else { Flags::default() }, ..node }))
    }

    /// The value of `inputs.a.b`, and where it is written.
    fn value(&self, path: &str) -> Option<(String, (Span, StepId))> {
        let mut at = self.input?;
        for name in path.strip_prefix("inputs.")?.split('.') {
            at = at.get(name)?;
        }
        let text = at.text()?.into_owned();
        let span = at.part(0, text.len());
        Some((text, (span, at.step())))
    }
}
