//! `namespace`: what gets one, what is renamed, and whose references follow.
//!
//! Owns Kustomize's special cases, of which there are many. Must not know which kinds are cluster-scoped.

use rustc_hash::FxHashSet;

use crate::render::{Event, EventKind};
use crate::source::{Input, Span, StepKind};
use crate::yaml::{Cursor, Draft, Kind};

use super::error::{BuildError, Result};
use super::facts::{FieldSpec, Path, is_cluster_scoped_custom_kind};
use super::fields::{expect, reaches, visit};
use super::resource::{Gvk, Resource};
use super::setter::Setter;
use super::stage::Stage;

/// Which subjects of role bindings get the namespace.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::render) enum RoleBindingSubjects {
    /// Those called `default`; others follow the service account they name.
    DefaultOnly,
    /// All service accounts.
    All,
    None,
}

/// What to set, and where.
pub(in crate::render) struct Namespace<'a> {
    /// What asks for it: the field of a kustomization, or a transformer's document.
    pub entry: Span,
    /// The scalar that holds the namespace.
    pub value: Cursor<'a>,
    /// Namespaces that are written stay.
    pub unset_only: bool,
    pub subjects: RoleBindingSubjects,
    pub specs: &'a [FieldSpec],
}

const METADATA_NAMESPACE: &str = "metadata/namespace";
const METADATA_NAME: &str = "metadata/name";

/// Sets the namespace of all objects.
pub(in crate::render) fn apply(
    stage: &mut Stage<'_>,
    resources: &mut [Resource],
    namespace: &Namespace<'_>,
) -> Result<()> {
    if namespace.value.text().is_none_or(|text| text.is_empty()) {
        return Ok(());
    }
    let defined = Defined::among(stage, resources);
    let mut misplaced = Vec::new();
    let change = Change {
        namespace,
        setter: Setter::new(stage, StepKind::Namespace, namespace.entry, namespace.value),
        stage,
    };
    for resource in resources.iter_mut() {
        resource.remember_id();
        // What gives it one first is what to change; an overlay that gives it another only follows.
        let has_one = !resource.id.namespace.is_empty();
        let is_set = change.apply(resource)?;
        if is_set && !has_one && defined.is_cluster_scoped(&resource.id.gvk) {
            let (kind, name) = (&resource.id.gvk.kind, &resource.id.name);
            let message = format!("{kind} {name} gets a namespace, but its kind is cluster-scoped");
            misplaced.push(Event::new(EventKind::ClusterScopedNamespace, namespace.value.span(), message));
        }
    }
    stage.events.append(&mut misplaced);
    let mut known = FxHashSet::default();
    for Resource { id, .. } in resources.iter() {
        if !known.insert((&id.gvk, &id.name, id.effective_namespace())) {
            let message = format!("two objects become {id} in this namespace");
            return Err(BuildError::new(namespace.value.span(), message));
        }
    }
    Ok(())
}

struct Change<'a, 'w> {
    stage: &'a Stage<'w>,
    namespace: &'a Namespace<'a>,
    setter: Setter<'a, 'w>,
}

impl Change<'_, '_> {
    /// Changes an object; whether it has the namespace now.
    fn apply(&self, resource: &mut Resource) -> Result<bool> {
        let map = self.stage.map;
        let root = resource.root(map);
        let own = !resource.id.is_cluster_scoped();
        let specs = self.specs(root, &resource.id.gvk);
        let subjects = if is_role_binding(&resource.id.gvk.kind) { self.subjects(root)? } else { Vec::new() };
        if !own && specs.is_empty() && subjects.is_empty() {
            return Ok(false);
        }
        let mut is_set = false;
        resource.change(map, |draft| {
            if own {
                let create = self.setter.create(Kind::Scalar);
                visit(map, draft, Path::new(METADATA_NAMESPACE), Some(&create), &mut |field| {
                    // Kustomize takes even a null that is written out for a value here, and leaves it.
                    let is_kept = field.scalar(map).is_some_and(|text| !text.is_empty());
                    is_set = !(is_kept && self.namespace.unset_only);
                    if is_set { self.set(field, &[]) } else { Ok(()) }
                })?;
            }
            self.set_subjects(draft, &subjects)?;
            let create = self.setter.create(Kind::Scalar);
            specs.iter().try_for_each(|spec| {
                let create = spec.create.then_some(&create);
                visit(map, draft, spec.path(), create, &mut |field| self.set(field, &[]))
            })
        })?;
        Ok(is_set)
    }

    /// The specs to follow in an object, without those of which Kustomize takes care itself.
    fn specs(&self, root: Cursor<'_>, gvk: &Gvk) -> Vec<&FieldSpec> {
        let is_core = gvk.group.is_empty() && &*gvk.version == "v1";
        let is_ours = |spec: &&FieldSpec| match &*spec.path {
            METADATA_NAMESPACE => false,
            // What other groups call a namespace keeps its name.
            METADATA_NAME => is_core,
            "subjects/namespace" => !(is_role_binding(&gvk.kind) && is_role_binding(&spec.kind)),
            _ => true,
        };
        let specs = self.namespace.specs.iter();
        let selected = specs.filter(|spec| spec.selects(&gvk.group, &gvk.version, &gvk.kind));
        selected.filter(is_ours).filter(|spec| reaches(root, spec.path(), spec.create)).collect()
    }

    /// The subjects of a role binding that get the namespace: their places, and what decided it.
    fn subjects(&self, root: Cursor<'_>) -> Result<Vec<(usize, Input)>> {
        let (key, wanted) = match self.namespace.subjects {
            RoleBindingSubjects::DefaultOnly => ("name", "default"),
            RoleBindingSubjects::All => ("kind", "ServiceAccount"),
            RoleBindingSubjects::None => return Ok(Vec::new()),
        };
        let Some(list) = root.get("subjects").filter(|list| !list.is_null()) else { return Ok(Vec::new()) };
        let map = self.stage.map;
        expect(map, &Draft::from(list), Kind::Seq, "`subjects`")?;
        let mut subjects = Vec::new();
        for (at, subject) in list.items().enumerate() {
            expect(map, &Draft::from(subject), Kind::Map, "a subject")?;
            let Some(field) = subject.get(key).filter(|field| !field.is_null()) else { continue };
            expect(map, &Draft::from(field), Kind::Scalar, &format!("the {key} of a subject"))?;
            if field.text().is_some_and(|text| text == wanted) {
                subjects.push((at, Input::control(field.span(), field.step())));
            }
        }
        Ok(subjects)
    }

    fn set_subjects(&self, draft: &mut Draft, subjects: &[(usize, Input)]) -> Result<()> {
        let map = self.stage.map;
        if subjects.is_empty() {
            return Ok(());
        }
        let Some(items) = draft.get_mut(map, "subjects").and_then(Draft::items_mut) else { return Ok(()) };
        for &(at, because) in subjects {
            let Some(subject) = items.get_mut(at) else { continue };
            let create = self.setter.create(Kind::Scalar);
            visit(map, subject, Path::new("namespace"), Some(&create), &mut |field| {
                self.set(field, &[because])
            })?;
        }
        Ok(())
    }

    fn set(&self, field: &mut Draft, because: &[Input]) -> Result<()> {
        let map = self.stage.map;
        expect(map, field, Kind::Scalar, "a namespace")?;
        let is_written = !field.is_null(map) && field.scalar(map).is_some_and(|text| !text.is_empty());
        if !(is_written && self.namespace.unset_only) {
            *field = self.setter.string_over(field, because);
        }
        Ok(())
    }
}

fn is_role_binding(kind: &str) -> bool {
    matches!(kind, "RoleBinding" | "ClusterRoleBinding")
}

/// The kinds of custom resources that are defined among the objects: group, kind, and whether they are cluster-scoped.
struct Defined(Vec<(String, String, bool)>);

impl Defined {
    fn among(stage: &Stage<'_>, resources: &[Resource]) -> Self {
        let definitions = resources.iter().filter(|it| &*it.id.gvk.kind == "CustomResourceDefinition");
        let kind = |definition: &Resource| {
            let spec = definition.root(stage.map).get("spec")?;
            let text = |path: &[&str]| spec.path(path)?.text().map(|text| text.into_owned());
            Some((text(&["group"])?, text(&["names", "kind"])?, text(&["scope"])? == "Cluster"))
        };
        Self(definitions.filter_map(kind).collect())
    }

    /// Whether objects of a kind that Kustomize does not know are cluster-scoped, for certain.
    fn is_cluster_scoped(&self, gvk: &Gvk) -> bool {
        let defined = self.0.iter().find(|(group, kind, _)| *group == *gvk.group && *kind == *gvk.kind);
        let defined = defined.map(|(.., is_cluster_scoped)| *is_cluster_scoped);
        defined.unwrap_or_else(|| is_cluster_scoped_custom_kind(&gvk.group, &gvk.kind))
    }
}
