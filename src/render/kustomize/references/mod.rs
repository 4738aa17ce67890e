//! Name references: what names an object that was renamed follows it.
//!
//! Owns the choice of the object that is meant. Runs once, at the top, when all names are final: a reference is the
//! name that an object had at any time before. Must not know which fields hold references.

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::cell::OnceCell;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::source::{Input, StepId, StepKind};
use crate::yaml::{Cursor, Draft};

use super::edits::{self, Edits, refused};
use super::error::Result;
use super::facts::{FieldSpec, NameReference};
use super::resource::{ResId, Resource, identity};
use super::scalar::{Tag, copied_like, written_like};
use super::stage::{Stage, control};

/// Updates all references.
pub(in crate::render) fn fix(
    stage: &mut Stage<'_>,
    resources: &mut [Resource],
    references: &[NameReference],
) -> Result<()> {
    let changed = changes(stage, resources, references)?;
    for (index, edits) in changed {
        if let Some(resource) = resources.get_mut(index) {
            let tree = edits.apply(&resource.tree);
            resource.set_tree(stage.map, tree);
        }
    }
    Ok(())
}

/// The objects that change.
fn changes(
    stage: &Stage<'_>,
    resources: &[Resource],
    references: &[NameReference],
) -> Result<Vec<(usize, Edits)>> {
    let mut renamed: FxHashMap<&str, Vec<&Resource>> = FxHashMap::default();
    for resource in resources {
        for id in &resource.previous {
            let known = renamed.entry(&id.name).or_default();
            // An object comes with all its names before the next one does.
            if !known.last().is_some_and(|last| std::ptr::eq(*last, resource)) {
                known.push(resource);
            }
        }
    }
    let known = Known { resources, renamed, by_first_namespace: OnceCell::new() };
    let mut changed = Vec::new();
    for (index, resource) in resources.iter().enumerate() {
        let root = resource.root(stage.map);
        let mut referrer = Referrer {
            stage,
            known: &known,
            resource,
            root,
            namespace: namespace(&resource.id),
            subject_namespaces: subject_namespaces(resource, root)?,
            edits: Edits::default(),
        };
        let (gvk, kind) = (&resource.id.gvk, &resource.original().gvk.kind);
        for reference in references {
            for spec in reference.referrers.iter().filter(|spec| spec.selects(&gvk.group, &gvk.version, kind))
            {
                edits::walk(root, spec, &mut |place| referrer.visit(Field { reference, spec }, place))?;
            }
        }
        if !referrer.edits.is_empty() {
            changed.push((index, referrer.edits));
        }
    }
    Ok(changed)
}

/// The objects that can be named.
struct Known<'a> {
    resources: &'a [Resource],
    /// By the names they had.
    renamed: FxHashMap<&'a str, Vec<&'a Resource>>,
    /// By the namespaces they were in at first. Few builds ask for it.
    by_first_namespace: OnceCell<FxHashMap<&'a str, Vec<&'a Resource>>>,
}

/// A field that names objects.
#[derive(Clone, Copy)]
struct Field<'a> {
    reference: &'a NameReference,
    spec: &'a FieldSpec,
}

/// An object whose references are looked at.
struct Referrer<'a, 'w> {
    stage: &'a Stage<'w>,
    known: &'a Known<'a>,
    resource: &'a Resource,
    root: Cursor<'a>,
    /// `None` for what is in no namespace.
    namespace: Option<&'a str>,
    /// The namespaces of the ServiceAccounts that a RoleBinding names.
    subject_namespaces: Vec<Cow<'a, str>>,
    edits: Edits,
}

impl<'a> Referrer<'a, '_> {
    fn visit(&mut self, field: Field<'a>, place: Cursor<'a>) -> Result<()> {
        if place.is_null() {
            return Ok(());
        }
        if !place.is_seq() {
            return self.visit_one(field, place);
        }
        for item in place.items().filter(|item| !item.is_null()) {
            if item.is_seq() {
                let message = format!("`{}` holds names, and this is a list in a list", field.spec.path);
                return Err(refused(item, message));
            }
            self.visit_one(field, item)?;
        }
        Ok(())
    }

    fn visit_one(&mut self, field: Field<'a>, place: Cursor<'a>) -> Result<()> {
        if place.is_map() { self.visit_mapping(field, place) } else { self.visit_name(field, place) }
    }

    /// A name.
    fn visit_name(&mut self, field: Field<'a>, place: Cursor<'a>) -> Result<()> {
        let Some(old) = self.edits.text(place) else { return Ok(()) };
        let Some(candidates) = self.known.renamed.get(&*old) else { return Ok(()) };
        // Most objects are here because they were put into a namespace.
        if candidates.iter().all(|candidate| *candidate.id.name == *old) {
            return Ok(());
        }
        let candidates = self.candidates(field, candidates, |_| true);
        let target = self.choose(candidates, place, |a, b| a.id.name == b.id.name)?;
        if let Some(target) = target.filter(|target| *target.id.name != *old) {
            let name = self.copy(target, field, "name", &[], Some(&self.edits.value(place)));
            self.edits.replace(place, name);
        }
        Ok(())
    }

    /// A mapping with a name and a namespace: a subject of a role binding, the service of a webhook.
    fn visit_mapping(&mut self, field: Field<'a>, place: Cursor<'a>) -> Result<()> {
        let Some(name) = place.get("name") else {
            return Err(refused(place, format!("`{}` has no `name` here", field.spec.path)));
        };
        let map = self.stage.map;
        let old = self.edits.text(name).unwrap_or_default();
        let Some(candidates) = self.known.renamed.get(&*old) else { return Ok(()) };
        let own = self.edits.field(place, "namespace");
        let wanted = own.as_ref().map(|own| own.scalar(map).unwrap_or_default());
        let candidates = match wanted.as_deref() {
            None => self.candidates(field, candidates, |_| true),
            Some(wanted) if self.is_original_namespace(wanted) => {
                self.candidates(field, candidates, |it| namespace(it.original()) == Some(wanted))
            }
            Some(wanted) => self.candidates(field, candidates, |it| namespace(&it.id) == Some(wanted)),
        };
        let same = |a: &Resource, b: &Resource| a.id.name == b.id.name && a.id.namespace == b.id.namespace;
        let Some(target) = self.choose(candidates, place, same)? else { return Ok(()) };
        let old_name = self.edits.value(name);
        if *target.id.name != *old {
            let controls = own.as_ref().map(decisive);
            let value = self.copy(target, field, "name", controls.as_slice(), Some(&old_name));
            self.edits.replace(name, value);
        }
        if !target.id.namespace.is_empty() {
            let value = self.copy(target, field, "namespace", &[decisive(&old_name)], own.as_ref());
            let key = Draft::word(map, "namespace", value.node().step);
            self.edits.set_field(place, key, value);
        }
        Ok(())
    }

    /// The objects that a name could mean, of those that had it and that `fits`.
    fn candidates(
        &self,
        Field { reference, spec }: Field<'a>,
        renamed: &[&'a Resource],
        fits: impl Fn(&Resource) -> bool,
    ) -> Vec<&'a Resource> {
        let role = self.role(spec);
        let was = |it: &Resource, group: &str, version: &str, kind: &str| {
            let fits = |wanted: &str, found: &str| wanted.is_empty() || wanted == found;
            let now = &it.id.gvk;
            let had_kind = || it.previous.iter().any(|id| fits(kind, &id.gvk.kind));
            fits(group, &now.group) && fits(version, &now.version) && had_kind()
        };
        let mut candidates = Vec::new();
        for &it in renamed {
            if was(it, &reference.group, &reference.version, &reference.kind)
                && role.as_ref().is_none_or(|[group, kind]| was(it, &text(*group), "", &text(*kind)))
                && fits(it)
                && self.can_name(it)
            {
                candidates.push(it);
            }
        }
        candidates
    }

    /// What a role binding says about its role besides the name.
    fn role(&self, spec: &FieldSpec) -> Option<[Cursor<'a>; 2]> {
        let role = self.root.get("roleRef").filter(|_| spec.path.ends_with("roleRef/name"))?;
        Some([role.get("apiGroup")?, role.get("kind")?])
    }

    /// Whether the namespaces of both allow that this object names another.
    fn can_name(&self, other: &Resource) -> bool {
        let (Some(own), Some(others)) = (self.namespace, namespace(&other.id)) else { return true };
        own == others || &*other.id.gvk.kind == "ServiceAccount" && self.names_subjects_of(other)
    }

    /// Whether this is a role binding with a subject in the namespace of another object.
    fn names_subjects_of(&self, other: &Resource) -> bool {
        self.subject_namespaces.iter().any(|namespace| **namespace == *other.id.namespace)
    }

    /// Whether an object that this one may see was in a namespace at first.
    fn is_original_namespace(&self, wanted: &str) -> bool {
        let known = self.known;
        let by_first_namespace = known.by_first_namespace.get_or_init(|| {
            let mut by_first_namespace: FxHashMap<&str, Vec<&Resource>> = FxHashMap::default();
            for it in known.resources {
                let Some(namespace) = namespace(it.original()) else { continue };
                by_first_namespace.entry(namespace).or_default().push(it);
            }
            by_first_namespace
        });
        let mut there = by_first_namespace.get(wanted).into_iter().flatten();
        there.any(|it| match (self.namespace, namespace(&it.id)) {
            (Some(own), Some(others)) => own == others || self.names_subjects_of(it),
            _ => true,
        })
    }

    /// The one object that is meant, or none. `same` tells whether it matters which of two is taken.
    fn choose(
        &self,
        mut candidates: Vec<&'a Resource>,
        place: Cursor<'a>,
        same: impl Fn(&Resource, &Resource) -> bool,
    ) -> Result<Option<&'a Resource>> {
        if candidates.len() > 1 {
            candidates.retain(|it| has_affixes_of(it, self.resource, true));
        }
        if candidates.len() > 1 {
            candidates.retain(|it| has_affixes_of(it, self.resource, false));
        }
        let Some((first, others)) = candidates.split_first() else { return Ok(None) };
        if let Some(other) = others.iter().find(|other| !same(first, other)) {
            let name = text(place.get("name").unwrap_or(place));
            let message = format!("`{name}` could mean {} or {}", first.id, other.id);
            return Err(refused(place, message));
        }
        Ok(Some(first))
    }

    /// The name or namespace of an object, in the place of `old`.
    ///
    /// A name that was extended still has the text of the reference in it, and there a person edits it.
    fn copy(
        &self,
        target: &'a Resource,
        field: Field<'a>,
        part: &str,
        controls: &[Input],
        old: Option<&Draft>,
    ) -> Draft {
        let map = self.stage.map;
        let root = target.root(map);
        let from = root.path(&["metadata", part]).unwrap_or(root);
        let text = text(from);
        let from_target = Input::value(from.span(), from.step());
        let extends =
            |old: &&Draft| old.scalar(map).is_some_and(|old| !old.is_empty() && text.contains(&*old));
        let extended = old.filter(extends).map(Draft::node);
        let mut inputs: Vec<Input> =
            extended.map(|old| Input::value(old.span, old.step)).into_iter().collect();
        inputs.push(from_target);
        inputs.extend_from_slice(controls);
        // What else the object is called decided that it is the one that is meant.
        inputs.extend(identity(root).filter(|it| it.index() != from.index()).map(control));
        let role = self.role(field.spec).into_iter().flatten();
        inputs.extend(role.map(control));
        let entry = edits::place(map, from);
        let what = StepKind::NameReference;
        let step = match (extended, old) {
            (Some(extended), _) => self.stage.step(what, entry, &inputs, extended.step),
            (None, Some(old)) => self.stage.replacing(what, entry, &inputs, old),
            (None, None) => self.stage.step(what, entry, &inputs, StepId::PARSED),
        };
        match extended {
            Some(_) => written_like(map, map.word(&text), old, step),
            None => copied_like(map, from, old, step),
        }
    }
}

/// Whether two objects were given the same last prefixes and suffixes, as far as both have them. With `or_none`, an
/// object without any is like every other.
fn has_affixes_of(one: &Resource, other: &Resource, or_none: bool) -> bool {
    let alike = |one: &[Arc<str>], other: &[Arc<str>]| match one.is_empty() || other.is_empty() {
        true => or_none || one.len() == other.len(),
        false => one.iter().rev().zip(other.iter().rev()).all(|(one, other)| one == other),
    };
    alike(&one.prefixes, &other.prefixes) && alike(&one.suffixes, &other.suffixes)
}

/// The namespaces of the ServiceAccounts that a RoleBinding names.
fn subject_namespaces<'a>(resource: &Resource, root: Cursor<'a>) -> Result<Vec<Cow<'a, str>>> {
    let is_binding = &*resource.id.gvk.kind == "RoleBinding";
    let subjects = root.get("subjects").filter(|_| is_binding);
    let mut namespaces = Vec::new();
    for subject in subjects.into_iter().flat_map(|subjects| subjects.items()) {
        let is_account = subject.get("kind").is_some_and(|kind| text(kind) == "ServiceAccount");
        let Some(namespace) = subject.get("namespace").filter(|_| is_account) else { continue };
        let is_text = Tag::of(namespace) == Tag::Text;
        let Some(namespace_text) = namespace.text().filter(|_| is_text) else {
            let at = namespace.key().unwrap_or(namespace);
            return Err(refused(at, "the namespace of this subject must be a string".to_owned()));
        };
        namespaces.push(namespace_text);
    }
    Ok(namespaces)
}

/// The namespace that an identity is in; `None` for kinds that are in none.
pub(super) fn namespace(id: &ResId) -> Option<&str> {
    (!id.is_cluster_scoped()).then(|| id.effective_namespace())
}

fn text(value: Cursor<'_>) -> Cow<'_, str> {
    value.text().unwrap_or_default()
}

fn decisive(value: &Draft) -> Input {
    Input::control(value.node().span, value.node().step)
}
