//! Names in other objects follow the objects they name.
//!
//! Owns the choice of the object that a name means: by all names it has had, its kind, namespaces, and what was put
//! around names. Runs once, over everything a build made.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::source::{Input, StepKind};
use crate::yaml::{Cursor, Draft, Kind};

use super::error::{BuildError, Result};
use super::facts::{FieldSpec, NameReference};
use super::fields::{any, visit};
use super::resource::Resource;
use super::stage::Stage;

/// Brings all references up to date.
pub(in crate::render) fn fix(
    stage: &Stage<'_>,
    resources: &mut [Resource],
    references: &[NameReference],
) -> Result<()> {
    let targets = Targets::new(resources);
    if targets.by_name.is_empty() {
        return Ok(());
    }
    // By the kind of the referrer, since most specs are about one kind.
    let mut by_kind: FxHashMap<&str, Vec<(usize, &NameReference, &FieldSpec)>> = FxHashMap::default();
    let specs = references.iter().flat_map(|reference| reference.referrers.iter().map(move |spec| (reference, spec)));
    for (order, (reference, spec)) in specs.enumerate() {
        by_kind.entry(&spec.kind).or_default().push((order, reference, spec));
    }
    for resource in resources.iter_mut() {
        let original = resource.original().gvk.clone();
        let of = |kind: &str| by_kind.get(kind).into_iter().flatten();
        let mut specs: Vec<&(usize, &NameReference, &FieldSpec)> = of(&original.kind).chain(of("")).collect();
        specs.sort_by_key(|(order, ..)| *order);
        for (_, reference, spec) in specs {
            let is_referrer = spec.selects(&original.group, &original.version, &original.kind);
            if is_referrer && any(resource.root(stage.map), spec.path(), &mut |field| targets.concern(field)) {
                let referrer = resource.clone();
                let fixer = Fixer { stage, targets: &targets, referrer: &referrer, reference, spec };
                resource.change(stage.map, |draft| {
                    visit(stage.map, draft, spec.path(), None, &mut |field| fixer.field(field))
                })?;
            }
        }
    }
    Ok(())
}

/// An object that others may name, as it is before any reference is changed.
struct Target {
    resource: Resource,
    namespace: String,
    original_namespace: String,
}

/// The objects that had another identity before, by their old names.
struct Targets {
    all: Vec<Target>,
    by_name: FxHashMap<String, Vec<usize>>,
    /// The namespaces that objects, changed or not, had at first.
    original_namespaces: FxHashSet<String>,
}

impl Targets {
    fn new(resources: &[Resource]) -> Self {
        let namespaces = resources.iter().map(|resource| resource.original().effective_namespace().to_owned());
        let original_namespaces = namespaces.collect();
        let mut targets = Targets { all: Vec::new(), by_name: FxHashMap::default(), original_namespaces };
        for resource in resources.iter().filter(|resource| !resource.previous.is_empty()) {
            let at = targets.all.len();
            targets.all.push(Target {
                namespace: resource.id.effective_namespace().to_owned(),
                original_namespace: resource.original().effective_namespace().to_owned(),
                resource: resource.clone(),
            });
            let names: FxHashSet<&str> = resource.previous.iter().map(|id| &*id.name).collect();
            for name in names {
                targets.by_name.entry(name.to_owned()).or_default().push(at);
            }
        }
        targets
    }

    /// Whether a field, a list of names, or a map with a name, names one of them.
    fn concern(&self, field: Cursor<'_>) -> bool {
        let knows = |name: Cursor<'_>| name.text().is_some_and(|name| self.by_name.contains_key(&*name));
        match field.node().kind {
            Kind::Seq => field.items().any(|item| self.concern(item)),
            Kind::Map => field.get("name").is_none_or(knows),
            Kind::Scalar | Kind::Alias => knows(field),
        }
    }
}

/// One field of one object, and what it may name.
struct Fixer<'a, 'w> {
    stage: &'a Stage<'w>,
    targets: &'a Targets,
    referrer: &'a Resource,
    reference: &'a NameReference,
    spec: &'a FieldSpec,
}

impl Fixer<'_, '_> {
    fn field(&self, field: &mut Draft) -> Result<()> {
        let map = self.stage.map;
        if field.is_null(map) {
            return Ok(());
        }
        match field.kind() {
            Kind::Map => self.mapping(field),
            Kind::Seq => field.items_mut().into_iter().flatten().try_for_each(|item| self.field(item)),
            Kind::Scalar | Kind::Alias => {
                let name = field.scalar(map).unwrap_or_default();
                let same = |a: &Target, b: &Target| a.resource.id.name == b.resource.id.name;
                if let Some(target) = self.select(&name, &|_| true, &same, field)? {
                    self.follow(field, &target.resource, "name");
                }
                Ok(())
            }
        }
    }

    /// A map with a name and perhaps a namespace: a subject, a webhook's service.
    fn mapping(&self, field: &mut Draft) -> Result<()> {
        let map = self.stage.map;
        let node = field.node();
        let Some(name) = field.get_mut(map, "name").and_then(|name| name.scalar(map)).map(|name| name.into_owned())
        else {
            let message = format!("`{}` is a reference, but has no `name`", self.spec.path);
            return Err(BuildError::new(node.span, message));
        };
        let namespace = field.get_mut(map, "namespace").and_then(|namespace| namespace.scalar(map));
        let namespace = namespace.map(|namespace| namespace.into_owned());
        let was_there = |target: &Target| Some(&target.original_namespace) == namespace.as_ref();
        let by_original = namespace.as_ref().is_some_and(|it| self.targets.original_namespaces.contains(it));
        let fits = |target: &Target| match &namespace {
            None => true,
            Some(_) if by_original => was_there(target),
            Some(namespace) => target.namespace == *namespace,
        };
        let same = |a: &Target, b: &Target| {
            a.resource.id.name == b.resource.id.name && a.resource.id.namespace == b.resource.id.namespace
        };
        let Some(target) = self.select(&name, &fits, &same, field)? else { return Ok(()) };
        let target = &target.resource;
        if let Some(name) = field.get_mut(map, "name") {
            self.follow(name, target, "name");
        }
        // No namespace is no statement about one.
        if !target.id.namespace.is_empty() {
            if field.get_mut(map, "namespace").is_none() {
                let step = self.stage.step(StepKind::NameReference, node.span, &[], node.step);
                field.set(map, Draft::word(map, "namespace", step), Draft::text(map.word(""), step));
            }
            if let Some(namespace) = field.get_mut(map, "namespace") {
                self.follow(namespace, target, "namespace");
            }
        }
        Ok(())
    }

    /// The object that a name means: exactly one, or several that are called the same now.
    fn select(
        &self,
        name: &str,
        fits: &dyn Fn(&Target) -> bool,
        same: &dyn Fn(&Target, &Target) -> bool,
        field: &Draft,
    ) -> Result<Option<&Target>> {
        let Some(named) = self.targets.by_name.get(name) else { return Ok(None) };
        let role = self.role();
        let mut found: Vec<&Target> = named.iter().filter_map(|&at| self.targets.all.get(at)).collect();
        found.retain(|target| {
            let resource = &target.resource;
            let is = |group: &str, version: &str, kind: &str| self.reference.targets(group, version, kind);
            fits(target)
                && self.could_be(target)
                && resource.previous.iter().any(|id| is(&id.gvk.group, &id.gvk.version, &id.gvk.kind))
                && role.as_ref().is_none_or(|(group, kind)| {
                    let is = |wanted: &str, found: &str| wanted.is_empty() || wanted == found;
                    resource.previous.iter().any(|id| is(group, &id.gvk.group) && is(kind, &id.gvk.kind))
                })
                && self.is_near(target)
        });
        if found.len() > 1 {
            found.retain(|target| affixes_agree(&target.resource, self.referrer, true));
        }
        if found.len() > 1 {
            found.retain(|target| affixes_agree(&target.resource, self.referrer, false));
        }
        match found.as_slice() {
            [] => Ok(None),
            [first, rest @ ..] if rest.iter().all(|other| same(first, other)) => Ok(Some(first)),
            several => {
                let ids: Vec<String> = several.iter().map(|target| target.resource.id.to_string()).collect();
                let span = self.stage.map.editable(field.node().span, field.node().step);
                let message = format!("`{name}` could mean several objects: {}", ids.join(", "));
                Err(BuildError::new(span.unwrap_or(self.referrer.origin), message))
            }
        }
    }

    /// Whether the referrer can see an object at all: same namespace, no namespace, or through its subjects.
    fn could_be(&self, target: &Target) -> bool {
        let referrer = &self.referrer.id;
        referrer.is_cluster_scoped()
            || target.resource.id.is_cluster_scoped()
            || target.namespace == referrer.effective_namespace()
            || self.subject_namespaces().any(|namespace| namespace == *target.resource.id.namespace)
    }

    fn is_near(&self, target: &Target) -> bool {
        let referrer = &self.referrer.id;
        referrer.is_cluster_scoped()
            || target.resource.id.is_cluster_scoped()
            || &*target.resource.id.gvk.kind == "ServiceAccount"
            || target.namespace == referrer.effective_namespace()
    }

    /// The namespaces of the service accounts that a role binding names.
    fn subject_namespaces(&self) -> impl Iterator<Item = String> + '_ {
        let is_binding = &*self.referrer.id.gvk.kind == "RoleBinding";
        let subjects = self.referrer.root(self.stage.map).get("subjects").filter(|_| is_binding);
        subjects.into_iter().flat_map(|subjects| subjects.items()).filter_map(|subject| {
            let is_account = subject.get("kind")?.text()? == "ServiceAccount";
            let namespace = subject.get("namespace").and_then(|namespace| namespace.text())?;
            (is_account && !namespace.is_empty()).then(|| namespace.into_owned())
        })
    }

    /// Group and kind of the role that a binding names, when that is what is looked at.
    fn role(&self) -> Option<(String, String)> {
        if !self.spec.path.ends_with("roleRef/name") {
            return None;
        }
        let role = self.referrer.root(self.stage.map).get("roleRef")?;
        let text = |name: &str| Some(role.get(name)?.text()?.into_owned());
        Some((text("apiGroup")?, text("kind")?))
    }

    /// Writes the current name or namespace of an object into a field that names it.
    fn follow(&self, field: &mut Draft, target: &Resource, what: &str) {
        let map = self.stage.map;
        let Some(now) = target.root(map).path(&["metadata", what]) else { return };
        let text = now.text().unwrap_or_default();
        if field.scalar(map).is_some_and(|old| old == text) {
            return;
        }
        let old = field.node();
        // The referrer's own line is what a person would change; the target's name is why it reads differently.
        let own = (old.span.len > 0).then_some(Input::value(old.span, old.step));
        let inputs: Vec<Input> = own.into_iter().chain([Input::value(now.span(), now.step())]).collect();
        let entry = map.editable(now.span(), now.step()).unwrap_or(target.origin);
        let step = self.stage.step(StepKind::NameReference, entry, &inputs, old.step);
        *field = Draft::text(map.word(&text), step);
    }
}

/// Whether two objects came through the same overlays, as far as those changed names.
fn affixes_agree(a: &Resource, b: &Resource, allow_none: bool) -> bool {
    fn same_end<T: PartialEq>(a: &[T], b: &[T]) -> bool {
        a.is_empty() == b.is_empty() && a.iter().rev().zip(b.iter().rev()).all(|(a, b)| a == b)
    }
    let agree = |a: &[_], b: &[_]| (allow_none && (a.is_empty() || b.is_empty())) || same_end(a, b);
    agree(&a.prefixes, &b.prefixes) && agree(&a.suffixes, &b.suffixes)
}
