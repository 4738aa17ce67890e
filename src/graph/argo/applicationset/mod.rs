//! ApplicationSets: the Applications that the controller would make.
//!
//! Owns the way from generators over elements to Applications, with every rendered value's place: the template it was
//! written in, and the parameter it was copied from. What asks a cluster or a service stands for any number of elements
//! by one symbolic element, whose parameters are opaque. Must not know what an Application delivers.
//!
//! Source: <https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/> and the controller's code.

mod combine;
mod element;
mod generator;
mod git;
mod glob;
mod globbing;
mod language;
mod made;
mod patch;
mod selector;
#[cfg(test)]
mod tests;

pub(in crate::graph) use globbing::is_new as has_new_globbing;

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use crate::graph::owner::{Content, Destination, Expansion, Planned, Remark, RemarkKind};
use crate::graph::{Context, Status, Tool};
use crate::model::{Object, ObjectView};
use crate::source::Span;
use crate::yaml::Cursor;

use element::Element;
use language::Language;
use made::Maker;

/// Elements of one ApplicationSet that are looked at.
const ELEMENTS: usize = 10_000;

/// Why a template is not evaluated.
const TOO_LARGE: &str = "a template is too large";

/// What the controller makes of an ApplicationSet.
pub fn expand(context: &Context<'_>, set: &ObjectView<'_>) -> Expansion {
    let Some(spec) = set.root.get("spec") else { return Expansion::default() };
    let mut run = Run {
        context,
        language: Language::new(spec),
        edges: Vec::new(),
        known: FxHashMap::default(),
        remarks: Vec::new(),
    };
    let mut elements: Vec<Element> = Vec::new();
    for generator in spec.get("generators").into_iter().flat_map(|list| list.items()) {
        elements.extend(run.generate(generator, None, &[]));
    }
    if elements.len() > ELEMENTS {
        elements.truncate(ELEMENTS);
        let why = format!("it makes more than {ELEMENTS} Applications, and the others are not looked at");
        run.edge(set.root.path(&["metadata", "name"]).unwrap_or(spec), Status::Unverifiable(why.into()));
    }
    let mut maker = Maker::new(&run, set, spec);
    let (mut made, mut symbolic, mut stated) = (Vec::new(), Vec::new(), Vec::new());
    for element in &elements {
        let Some((object, is_known)) = maker.make(element) else { continue };
        stated.extend(element.params.environment().map(|name| (object.clone(), name)));
        if is_known { made.push(object) } else { symbolic.push(object) }
    }
    let too_large = maker.too_large().map(|at| (at, Status::Unverifiable(TOO_LARGE.into())));
    run.edges.extend(too_large);
    let mut remarks = maker.into_remarks(elements.len());
    remarks.append(&mut run.remarks);
    remarks.extend(duplicates(context, spec, &made));
    let deliveries = run.edges.into_iter().map(|(at, status)| Planned {
        at,
        directory: None,
        tool: Tool::Generator,
        status,
        content: Content::Nothing,
        destination: Destination::Own,
        namespace: None,
        values: Vec::new(),
    });
    Expansion { deliveries: deliveries.collect(), made, symbolic, stated, remarks }
}

/// The generators at work.
struct Run<'c, 'w> {
    context: &'c Context<'w>,
    language: Language,
    /// What generators read, and how far it could be followed.
    edges: Vec<(Span, Status)>,
    known: FxHashMap<Span, usize>,
    remarks: Vec<Remark>,
}

impl Run<'_, '_> {
    /// Notes how far a generator could be followed. One that a matrix asks several times is followed as far as ever.
    fn edge(&mut self, at: Cursor<'_>, status: Status) {
        let next = self.edges.len();
        let index = *self.known.entry(at.span()).or_insert(next);
        match self.edges.get_mut(index) {
            Some((_, known)) if status == Status::Resolved => *known = status,
            Some(_) => {}
            None => self.edges.push((at.span(), status)),
        }
    }
}

/// The names that several elements make.
fn duplicates(context: &Context<'_>, spec: Cursor<'_>, made: &[Object]) -> Option<Remark> {
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    for object in made {
        let name = Cursor::new(context.map, &object.tree).path(&["metadata", "name"]);
        let name = name.and_then(|name| name.text()).unwrap_or_default();
        *names.entry(name.into_owned()).or_default() += 1;
    }
    let at = spec.path(&["template", "metadata", "name"])?.span();
    let twice: Vec<&str> =
        names.iter().filter(|(_, count)| **count > 1).map(|(name, _)| name.as_str()).collect();
    let message = twice.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    (!twice.is_empty()).then_some(Remark { kind: RemarkKind::DuplicateName, at, message })
}
