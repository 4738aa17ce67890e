//! `postBuild`: variables in what a Kustomization applies are replaced after the build.
//!
//! Owns which objects and scalars are touched and where their new text comes from. What nothing defines is left as it
//! is written, and said. Source: <https://fluxcd.io/flux/components/kustomize/kustomizations/#post-build-variable-substitution>.

mod expression;
mod variables;

use crate::graph::Context;
use crate::graph::flux::Index;
use crate::model::{Object, ObjectView};
use crate::render::{Built, Event, EventKind, Gap};
use crate::source::{Input, SourceMap, Span, Step, StepId, StepKind};
use crate::yaml::{Cursor, Draft, Flags, Kind, Node, Style};

use expression::{Function, Part, What};
use variables::{Value, Variables};

/// A label or annotation that keeps an object as it is.
const SWITCH: &str = "kustomize.toolkit.fluxcd.io/substitute";
/// Bytes that the scalars of one unit may become together.
const TOTAL: usize = 16 << 20;
/// Bytes that one scalar may become: no cluster takes an object of that size.
const ONE: usize = 2 << 20;
/// Expressions of one text that are reported: Flux ends at the first.
const REFUSED: usize = 10;
/// Characters of an expression that a message shows.
const SHOWN: usize = 40;
/// Defaults in defaults are followed this deep.
const DEPTH: u32 = 8;

/// Replaces the variables in what was built.
pub fn apply(
    context: &Context<'_>,
    index: &Index,
    owner: &ObjectView<'_>,
    spec: Cursor<'_>,
    built: &mut Built,
) {
    let Some(post_build) = spec.get("postBuild").filter(|it| it.is_map()) else { return };
    let variables = Variables::new(context, index, owner, post_build);
    if variables.is_empty() {
        return;
    }
    let name = format!("{}/{}", owner.namespace().unwrap_or_default(), owner.name());
    let mut substitution = Substitution {
        map: context.map,
        variables,
        entry: post_build.key().unwrap_or(post_build).span(),
        owner: name.trim_start_matches('/').to_owned(),
        events: Vec::new(),
        left: TOTAL,
        room: 0,
        too_large: None,
    };
    for object in &mut built.unit.objects {
        substitution.object(object);
    }
    if let Some((at, limit)) = substitution.too_large {
        let limit = limit >> 20;
        let message = format!(
            "the variables of Flux Kustomization `{}` make more than {limit} MiB of text, and are not all replaced",
            substitution.owner
        );
        substitution.events.push(Event::new(EventKind::NotRendered(Gap::Substitution), at, message));
        built.unit.partial = true;
    }
    built.unit.events.append(&mut substitution.events);
}

struct Substitution<'c> {
    map: &'c SourceMap,
    variables: Variables,
    entry: Span,
    owner: String,
    events: Vec<Event>,
    /// Bytes that may still be made.
    left: usize,
    /// Those of the scalar at hand.
    room: usize,
    /// The first place where too much would have been made, and the limit.
    too_large: Option<(Span, usize)>,
}

/// A text under construction: pieces, each with the place it was copied from.
type Pieces = Vec<(String, Option<(Span, StepId)>)>;

impl Substitution<'_> {
    fn object(&mut self, object: &mut Object) {
        let view = ObjectView::new(self.map, None, object);
        let is_off =
            |value: Option<std::borrow::Cow<'_, str>>| value.is_some_and(|value| value == "disabled");
        if is_off(view.annotation(SWITCH)) || is_off(view.label(SWITCH)) {
            return;
        }
        // Most objects have no variables, and stay shared.
        let has_any = object.tree.nodes().iter().any(|node| {
            let text = self.map.slice(node.span);
            node.kind == Kind::Scalar && (text.contains("${") || text.contains("$$"))
        });
        if has_any {
            let mut draft = Draft::new(&object.tree);
            if self.walk(&mut draft) {
                object.set_tree(self.map, draft.freeze());
            }
        }
    }

    /// Whether anything has changed.
    fn walk(&mut self, value: &mut Draft) -> bool {
        match value.kind() {
            Kind::Scalar => match self.scalar(value) {
                Some(new) => {
                    *value = new;
                    true
                }
                None => false,
            },
            Kind::Seq => {
                let mut changed = false;
                for item in value.items_mut().into_iter().flatten() {
                    changed |= self.walk(item);
                }
                changed
            }
            Kind::Map => {
                let mut changed = false;
                for (key, value) in value.entries_mut().into_iter().flatten() {
                    if let Some(new) = self.scalar(key) {
                        *key = new.into_key(self.map);
                        changed = true;
                    }
                    changed |= self.walk(value);
                }
                changed
            }
            Kind::Alias => false,
        }
    }

    /// The scalar that takes the place of another; `None` when it stays.
    fn scalar(&mut self, value: &Draft) -> Option<Draft> {
        let text = value.scalar(self.map)?;
        let parts = expression::parse(&text);
        let refused: Vec<_> = expression::refused(&text, &parts).take(REFUSED).collect();
        if !refused.is_empty() {
            let tree = value.freeze();
            let cursor = Cursor::new(self.map, &tree);
            for range in refused {
                self.refused(&text[range.clone()], cursor.part(range.start, range.end), cursor.step());
            }
        }
        if parts.iter().all(|part| part.what == What::Text) {
            return None;
        }
        let tree = value.freeze();
        let cursor = Cursor::new(self.map, &tree);
        let mut inputs = vec![Input::value(cursor.span(), cursor.step())];
        let mut pieces: Pieces = Vec::new();
        self.room = self.left.min(ONE);
        let limit = if self.left < ONE { TOTAL } else { ONE };
        let made = self.pieces(cursor, &text, 0, &parts, &mut pieces, &mut inputs, DEPTH);
        // What was made in vain counts as well: it takes time.
        self.left -= self.left.min(ONE) - self.room;
        if made.is_none() {
            let at = self.map.editable(cursor.span(), cursor.step()).unwrap_or(cursor.span());
            self.too_large.get_or_insert((at, limit));
            return None;
        }
        let made: String = pieces.iter().map(|(text, _)| text.as_str()).collect();
        if made == text {
            return None;
        }
        let parts: Vec<(&str, Option<(Span, StepId)>)> =
            pieces.iter().map(|(text, from)| (text.as_str(), *from)).collect();
        let span = self.map.compose(&parts);
        let previous = cursor.step();
        let entry = inputs.get(1).map_or(self.entry, |input| input.span);
        inputs.push(Input::replaced(cursor.span(), cursor.step()));
        let step =
            self.map.record(Step { what: StepKind::Substitution, entry, inputs: inputs.into(), previous });
        // The controller puts values into the text of a manifest and reads that again: `${COUNT}` becomes a number.
        // An empty text would be nothing at all, and a block of text stays text.
        let node = Draft::text(span, step).node();
        let is_text = made.contains('\n') || matches!(cursor.node().style, Style::Literal | Style::Folded);
        let flags = if is_text { node.flags } else { Flags::default() };
        let style = if made.is_empty() { Style::Empty } else { node.style };
        Some(Draft::Scalar(Node { flags, style, ..node }))
    }

    /// Puts together what a text becomes; `None` when that is too much. `offset` is where it begins in the scalar.
    #[allow(clippy::too_many_arguments)]
    fn pieces(
        &mut self,
        scalar: Cursor<'_>,
        text: &str,
        offset: usize,
        parts: &[Part<'_>],
        pieces: &mut Pieces,
        inputs: &mut Vec<Input>,
        depth: u32,
    ) -> Option<()> {
        let Some(depth) = depth.checked_sub(1) else { return Some(()) };
        for part in parts {
            let written = &text[part.range.clone()];
            let span = scalar.part(offset + part.range.start, offset + part.range.end);
            let mut keep = |written: &str| pieces.push((written.to_owned(), Some((span, scalar.step()))));
            let variable = match &part.what {
                What::Text => {
                    keep(written);
                    continue;
                }
                What::Dollar => {
                    keep("$");
                    continue;
                }
                What::Variable(variable) => variable,
            };
            let value = self.variables.get(variable.name);
            let is_empty = |value: Option<&Value>| match value {
                None => true,
                Some(Value::Known { text, .. }) => text.is_empty(),
                Some(Value::Opaque) => false,
            };
            match (&variable.function, value) {
                (Function::Default(at, default), value) if is_empty(value) => {
                    if value.is_none() && self.variables.is_open {
                        keep(written);
                        continue;
                    }
                    let parts = expression::parse(default);
                    self.pieces(scalar, default, offset + at, &parts, pieces, inputs, depth)?;
                }
                (_, None) => {
                    keep(written);
                    self.undefined(variable.name, span, scalar.step());
                }
                (_, Some(Value::Opaque)) => keep(written),
                (function, Some(Value::Known { text, at })) => {
                    let made = match function {
                        Function::Plain | Function::Default(..) => {
                            self.room.checked_sub(text.len())?;
                            Some(text.clone())
                        }
                        Function::Length => Some(text.len().to_string()),
                        Function::Other(operator, argument) => {
                            expression::call(operator, argument, text, self.room)?
                        }
                    };
                    match made {
                        Some(made) => {
                            self.room = self.room.checked_sub(made.len())?;
                            inputs.push(Input::value(at.0, at.1));
                            pieces.push((made, Some(*at)));
                        }
                        None => keep(written),
                    }
                }
            }
        }
        Some(())
    }

    fn refused(&mut self, written: &str, span: Span, step: StepId) {
        let at = self.map.editable(span, step).unwrap_or(span);
        // One that is never closed goes on to the end of its line.
        let end = written.char_indices().nth(SHOWN).map_or(written.len(), |(at, _)| at);
        let (shown, more) = (&written[..end], if end < written.len() { "…" } else { "" });
        let message = format!("Flux cannot read `{shown}{more}`, so Kustomization `{}` fails", self.owner);
        let event = Event::new(EventKind::BadSubstitution, at, message);
        // Without any variable Flux reads nothing of it.
        self.events.push(Event { unverifiable: !self.variables.has_any(), ..event });
    }

    fn undefined(&mut self, name: &str, span: Span, step: StepId) {
        let at = self.map.editable(span, step).unwrap_or(span);
        let message = format!("`${{{name}}}` is defined nowhere for Flux Kustomization `{}`", self.owner);
        let event = Event::new(EventKind::UndefinedVariable, at, message);
        self.events.push(Event { unverifiable: self.variables.is_open, ..event });
    }
}
