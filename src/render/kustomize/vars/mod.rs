//! `vars`: `$(NAME)` in some fields becomes the value of a field of an object.
//!
//! Owns which object a variable means, its value, and what is put in the place of its name. Must not know which fields
//! are looked at.

#[cfg(test)]
mod tests;

use std::ops::Range;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::source::{Input, SourceMap, Span, StepId, StepKind};
use crate::yaml::{Cursor, Draft, Schema, Tree, Typed};

use super::edits::{self, Edits, refused};
use super::error::{BuildError, Result};
use super::facts::FieldSpec;
use super::field_path::{self, Part};
use super::references::namespace;
use super::resource::{Gvk, ResId, Resource, identity};
use super::scalar::{Reading, Tag, composed, copied};
use super::stage::{Stage, control, field, string_field};

/// A variable of `vars`.
#[derive(Clone, Debug)]
pub(in crate::render) struct Var {
    name: Arc<str>,
    /// The item of `vars`, and the scalar with its name.
    entry: Span,
    place: Span,
    /// What `objref` names.
    wanted: ResId,
    /// The identity of that object when the variable was read: it may be renamed afterwards.
    found: Option<ResId>,
    path: Arc<str>,
}

impl Var {
    fn parse(item: Cursor<'_>) -> Result<Self> {
        let name = string_field(item, "name")?.unwrap_or_default();
        let object = field(item, "objref");
        let text = |name: &str| match object {
            Some(object) => string_field(object, name).map(Option::unwrap_or_default),
            None => Ok("".into()),
        };
        let (group, version) = (text("group")?, text("version")?);
        let api_version = text("apiVersion")?;
        let mut parts = api_version.split('/');
        let (group, version) = match (parts.next().unwrap_or_default(), parts.next(), parts.next()) {
            ("", None, _) => (&*group, &*version),
            (version, None, _) => (&*group, version),
            (group, Some(version), None) => (group, version),
            (_, Some(_), Some(_)) => (&*group, &*version),
        };
        let gvk = Gvk { group: group.into(), version: version.into(), kind: (*text("kind")?).into() };
        let path =
            field(item, "fieldref").map(|field| string_field(field, "fieldPath")).transpose()?.flatten();
        let path = path.filter(|path| !path.is_empty()).unwrap_or("metadata.name".into());
        Ok(Self {
            name: (&*name).into(),
            entry: item.span(),
            place: field(item, "name").unwrap_or(item).span(),
            wanted: ResId { gvk, namespace: (*text("namespace")?).into(), name: (*text("name")?).into() },
            found: None,
            path: (&*path).into(),
        })
    }

    /// Whether `objref` means an object, by any identity it has or had. All parts of its kind must be given; a
    /// namespace need not.
    fn means(&self, resource: &Resource) -> bool {
        let (wanted, now) = (&self.wanted, &resource.id.gvk);
        let in_namespace =
            |id: &ResId| wanted.namespace.is_empty() || namespace(id) == Some(wanted.effective_namespace());
        wanted.gvk.group == now.group
            && wanted.gvk.version == now.version
            && resource
                .ids()
                .any(|id| id.gvk.kind == wanted.gvk.kind && id.name == wanted.name && in_namespace(id))
    }

    /// Whether an object is the one that was found.
    fn is_of(&self, resource: &Resource) -> bool {
        self.found.as_ref().is_some_and(|found| resource.ids().any(|id| id.equals(found)))
    }
}

/// Adds the variables of a kustomization, whose objects these are.
pub(in crate::render) fn merge(
    resources: &[Resource],
    vars: &mut Vec<Var>,
    own: Vec<Cursor<'_>>,
) -> Result<()> {
    let mut read = Vec::with_capacity(own.len());
    for item in own {
        let mut var = Var::parse(item)?;
        let mut meant = resources.iter().filter(|resource| var.means(resource));
        let (first, second) = (meant.next(), meant.next());
        if let (Some(first), Some(second)) = (first, second) {
            let message = format!("the variable `{}` could mean {} or {}", var.name, first.id, second.id);
            return Err(BuildError::new(field(item, "objref").unwrap_or(item).span(), message));
        }
        var.found = first.map(|first| first.id.clone());
        read.push(var);
    }
    absorb(vars, read)
}

/// Adds the variables of a base.
pub(in crate::render) fn absorb(vars: &mut Vec<Var>, more: Vec<Var>) -> Result<()> {
    for var in more {
        if vars.iter().any(|known| known.name == var.name) {
            let message = format!("the variable `{}` is there already", var.name);
            return Err(BuildError::new(var.place, message));
        }
        vars.push(var);
    }
    Ok(())
}

/// Replaces all variables in the fields of `specs`.
pub(in crate::render) fn resolve(
    stage: &mut Stage<'_>,
    resources: &mut [Resource],
    vars: &[Var],
    specs: &[FieldSpec],
) -> Result<()> {
    if vars.is_empty() {
        return Ok(());
    }
    let values = values(stage, resources, vars)?;
    for resource in resources {
        let gvk = &resource.id.gvk;
        let specs = specs.iter().filter(|spec| spec.selects(&gvk.group, &gvk.version, &gvk.kind));
        let mut fields = Fields { stage, values: &values, edits: Edits::default() };
        for spec in specs {
            edits::walk(resource.root(stage.map), spec, &mut |place| fields.visit(spec, place))?;
        }
        if !fields.edits.is_empty() {
            let tree = fields.edits.apply(&resource.tree);
            resource.set_tree(stage.map, tree);
        }
    }
    Ok(())
}

/// What a variable stands for.
struct Value {
    entry: Span,
    tree: Tree,
    text: String,
    reading: Reading,
    inputs: Vec<Input>,
}

/// The values of all variables before any is replaced. Variables that stand for collections have none.
fn values<'v>(
    stage: &Stage<'_>,
    resources: &[Resource],
    vars: &'v [Var],
) -> Result<FxHashMap<&'v str, Value>> {
    let mut values = FxHashMap::default();
    // Kustomize takes them by name, which decides about which of several errors is met.
    let mut sorted: Vec<&Var> = vars.iter().collect();
    sorted.sort_by(|a, b| a.name.cmp(&b.name));
    for var in sorted {
        let Some(object) = resources.iter().find(|resource| var.is_of(resource)) else {
            if stage.partial {
                continue;
            }
            let message = format!("the variable `{}` needs {}, which does not exist", var.name, var.wanted);
            return Err(BuildError::new(var.place, message));
        };
        values.extend(value(stage.map, var, object)?.map(|value| (&*var.name, value)));
    }
    Ok(values)
}

fn value(map: &SourceMap, var: &Var, object: &Resource) -> Result<Option<Value>> {
    let refused = |why: &str| {
        let message =
            format!("the variable `{}` has no value: {why} `{}` of {}", var.name, var.path, object.id);
        BuildError::new(var.place, message)
    };
    let mut inputs: Vec<Input> = identity(object.root(map)).map(control).collect();
    let found = field_path::lookup(object.root(map), &path(&var.path), &mut inputs);
    let found = found.ok().flatten().ok_or_else(|| refused("there is no"))?;
    let Some(written) = found.text() else { return Ok(None) };
    // Go's own functions read what go-yaml has found to be a number, and not all that is one for YAML.
    let (text, reading) = match Tag::of(found) {
        Tag::Int => (written.parse::<i64>().ok().map(|value| value.to_string()), Reading::Plain),
        Tag::Float => (written.parse::<f64>().ok().map(shown), Reading::Plain),
        Tag::Bool => {
            let value = found.typed_as(Schema::GoYamlV3, |it| matches!(it, Typed::Bool(true)));
            (value.map(|value| value.to_string()), Reading::Plain)
        }
        Tag::Text | Tag::Null | Tag::Open => (Some(written.into_owned()), Reading::Text),
    };
    let text = text.ok_or_else(|| refused("no number that Go reads is in"))?;
    inputs.insert(0, Input::value(found.span(), found.step()));
    inputs.push(Input::control(var.entry, StepId::PARSED));
    Ok(Some(Value { entry: var.entry, tree: found.tree(), text, reading, inputs }))
}

/// A number as Go prints it.
fn shown(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 || (1e-4..1e21).contains(&size) {
        return value.to_string();
    }
    let text = format!("{value:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |exponent| ('-', exponent));
    format!("{digits}e{sign}{exponent:0>2}")
}

/// The names of a path, in which `name[0]` is an item of a list.
fn path(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    for part in field_path::parse(text) {
        let indexed = part.name.strip_suffix(']').and_then(|name| name.rsplit_once('['));
        match indexed.filter(|(_, index)| !index.is_empty() && index.bytes().all(|b| b.is_ascii_digit())) {
            Some((name, index)) => {
                parts.extend([name, index].map(|name| Part { name: name.to_owned(), start: None }));
            }
            None => parts.push(part),
        }
    }
    parts
}

/// The fields of one object.
struct Fields<'a, 'w> {
    stage: &'a Stage<'w>,
    values: &'a FxHashMap<&'a str, Value>,
    edits: Edits,
}

impl<'a> Fields<'a, '_> {
    fn visit(&mut self, spec: &FieldSpec, place: Cursor<'_>) -> Result<()> {
        let wrong =
            |at, what: &str| refused(at, format!("variables are replaced in `{}`, and {what}", spec.path));
        if place.is_map() {
            for entry in place.entries() {
                let is_string = match Tag::of(entry.key) {
                    Tag::Open => {
                        entry.key.text().is_some_and(|key| Tag::Open.reads(&key) == Some(Reading::Text))
                    }
                    tag => tag == Tag::Text,
                };
                if !is_string {
                    return Err(wrong(entry.key, "this key is no string"));
                }
                if self.is_text(entry.value) {
                    self.expand(entry.value);
                }
            }
        } else if place.is_seq() {
            for item in place.items() {
                if !self.is_text(item) {
                    return Err(wrong(item, "this item is no string"));
                }
                self.expand(item);
            }
        } else if self.is_text(place) {
            self.expand(place);
        }
        Ok(())
    }

    /// Whether a value is a string by now.
    fn is_text(&self, at: Cursor<'_>) -> bool {
        if at.text().is_none() {
            return false;
        }
        let now = self.edits.value(at).freeze();
        matches!(Tag::of(Cursor::new(at.map(), &now)), Tag::Text | Tag::Open)
    }

    fn expand(&mut self, at: Cursor<'_>) {
        let map = at.map();
        let old = self.edits.value(at);
        let tree = old.freeze();
        let now = Cursor::new(map, &tree);
        let text = now.text().unwrap_or_default();
        let pieces = pieces(&text, self.values);
        if let [Piece::Own(range)] = &*pieces
            && range.len() == text.len()
        {
            return;
        }
        let used = || {
            pieces
                .iter()
                .filter_map(|piece| if let Piece::Value(value) = piece { Some(*value) } else { None })
        };
        let inputs: Vec<Input> = match used().next() {
            Some(_) => used().flat_map(|value| value.inputs.iter().copied()).collect(),
            None => vec![Input::value(now.span(), now.step())],
        };
        let entry = used().next().map_or(now.span(), |value| value.entry);
        let step = self.stage.replacing(StepKind::Variable, entry, &inputs, &old);
        if let [Piece::Value(value)] = &*pieces {
            self.edits.replace(at, value.scalar(map, step));
            return;
        }
        let composed_of: Vec<_> = pieces
            .iter()
            .map(|piece| match piece {
                Piece::Own(range) => {
                    let own = now.part(range.start, range.end);
                    (text.get(range.clone()).unwrap_or_default(), Some((own, now.step())))
                }
                Piece::Value(value) => (&*value.text, value.place(map)),
            })
            .collect();
        self.edits.replace(at, Draft::text(map.compose(&composed_of), step));
    }
}

impl Value {
    /// The value alone, which keeps its type.
    fn scalar(&self, map: &SourceMap, step: StepId) -> Draft {
        let from = Cursor::new(map, &self.tree);
        match from.text().is_some_and(|text| text == self.text) {
            true => copied(map, from, (0, self.text.len()), self.reading, step),
            false => composed(map.compose(&[(&self.text, self.place(map))]), self.reading, step),
        }
    }

    fn place(&self, map: &SourceMap) -> Option<(Span, StepId)> {
        let from = Cursor::new(map, &self.tree);
        Some((from.part(0, from.text()?.len()), from.step()))
    }
}

/// What a text becomes.
enum Piece<'v> {
    /// A part of the text itself.
    Own(Range<usize>),
    /// A variable.
    Value(&'v Value),
}

/// Takes a text apart: `$(NAME)` is a variable if there is one, `$$` is a dollar.
fn pieces<'v>(text: &str, values: &'v FxHashMap<&str, Value>) -> Vec<Piece<'v>> {
    let mut pieces = Vec::new();
    let (mut done, mut at) = (0, 0);
    while let Some(dollar) = text.get(at..).and_then(|rest| rest.find('$')).map(|found| at + found) {
        let rest = text.get(dollar + 1..).unwrap_or_default();
        let name = rest.strip_prefix('(').and_then(|rest| rest.split_once(')')).map(|(name, _)| name);
        // An unknown name is passed over as a whole, whatever it is made of.
        let passed = || 1 + rest.chars().next().map_or(1, char::len_utf8);
        at = dollar + name.map_or_else(passed, |name| name.len() + 3);
        let value = name.and_then(|name| values.get(name));
        if value.is_none() && !rest.starts_with('$') {
            continue;
        }
        if done < dollar {
            pieces.push(Piece::Own(done..dollar));
        }
        pieces.extend(value.map(Piece::Value));
        done = if value.is_some() { at } else { dollar + 1 };
    }
    if done < text.len() {
        pieces.push(Piece::Own(done..text.len()));
    }
    pieces
}
