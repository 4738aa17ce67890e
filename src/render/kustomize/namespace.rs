//! `namespace`: what gets one, what is renamed, and whose references follow.

use rustc_hash::FxHashSet;

use crate::render::{Event, EventKind};
use crate::source::{Input, StepId, StepKind};
use crate::yaml::{Cursor, Draft, Kind};

use super::error::{BuildError, Result};
use super::facts::{FieldSpec, Path, is_cluster_scoped_custom_kind};
use super::fields::{Create, reaches, visit};
use super::resource::{ResId, Resource};
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
    /// The scalar that holds the namespace.
    pub value: Cursor<'a>,
    /// Namespaces that are written stay.
    pub unset_only: bool,
    pub subjects: RoleBindingSubjects,
    pub specs: &'a [FieldSpec],
}

const METADATA_NAMESPACE: &str = "metadata/namespace";

/// Sets the namespace of all objects.
pub(in crate::render) fn apply(
    stage: &mut Stage<'_>,
    resources: &mut [Resource],
    namespace: &Namespace<'_>,
) -> Result<()> {
    let definitions = cluster_scoped_definitions(stage, resources);
    for resource in resources.iter_mut() {
        note_cluster_scoped(stage, resource, namespace, &definitions);
        resource.remember_id();
        set(stage, resource, namespace)?;
    }
    let mut known: FxHashSet<(ResId, String)> = FxHashSet::default();
    for resource in resources.iter() {
        let id = &resource.id;
        let place = id.effective_namespace().to_owned();
        if !known.insert((ResId { namespace: "".into(), ..id.clone() }, place)) {
            let message = format!("two objects become {id} in this namespace");
            return Err(BuildError::new(namespace.value.span(), message));
        }
    }
    Ok(())
}

fn set(stage: &Stage<'_>, resource: &mut Resource, namespace: &Namespace<'_>) -> Result<()> {
    let map = stage.map;
    let gvk = resource.id.gvk.clone();
    let is_binding = |kind: &str| matches!(kind, "RoleBinding" | "ClusterRoleBinding");
    // Namespaces are set in metadata by the rule below, and only the core group's objects are renamed.
    let is_core = gvk.group.is_empty() && &*gvk.version == "v1";
    let specs = namespace.specs.iter().filter(|spec| {
        spec.path != METADATA_NAMESPACE
            && (is_core || spec.path != "metadata/name")
            && !(is_binding(&gvk.kind) && is_binding(&spec.kind) && spec.path == "subjects/namespace")
            && spec.selects(&gvk.group, &gvk.version, &gvk.kind)
    });
    let root = resource.root(map);
    let specs: Vec<&FieldSpec> = specs.filter(|spec| reaches(root, spec.path(), spec.create)).collect();
    let own = !resource.id.is_cluster_scoped();
    let has_subjects = is_binding(&gvk.kind) && namespace.subjects != RoleBindingSubjects::None;
    if !own && specs.is_empty() && !has_subjects {
        return Ok(());
    }
    let setter = Setter { stage, namespace };
    resource.change(map, |draft| {
        if own {
            setter.visit(draft, Path::new(METADATA_NAMESPACE), true)?;
        }
        if has_subjects {
            setter.subjects(draft)?;
        }
        specs.iter().try_for_each(|spec| setter.visit(draft, spec.path(), spec.create))
    })
}

struct Setter<'a, 'w> {
    stage: &'a Stage<'w>,
    namespace: &'a Namespace<'a>,
}

impl Setter<'_, '_> {
    fn visit(&self, draft: &mut Draft, path: Path<'_>, create: bool) -> Result<()> {
        let value = self.namespace.value;
        let create = create.then(|| Create {
            kind: Kind::Scalar,
            span: value.span(),
            step: self.stage.step(StepKind::Namespace, value.span(), &[], StepId::PARSED),
        });
        visit(self.stage.map, draft, path, create.as_ref(), &mut |field| self.assign(field))
    }

    fn assign(&self, field: &mut Draft) -> Result<()> {
        let map = self.stage.map;
        if field.kind() != Kind::Scalar {
            return Err(BuildError::new(field.node().span, "a namespace is a text, this is not"));
        }
        let is_empty = field.is_null(map) || field.scalar(map).is_some_and(|text| text.is_empty());
        if self.namespace.unset_only && !is_empty {
            return Ok(());
        }
        let value = self.namespace.value;
        let inputs = [Input::value(value.span(), value.step())];
        let step = match is_empty {
            true => self.stage.step(StepKind::Namespace, value.span(), &inputs, StepId::PARSED),
            false => self.stage.replacing(StepKind::Namespace, value.span(), &inputs, field),
        };
        *field = Draft::put(&value.tree(), step);
        Ok(())
    }

    /// The namespaces of the subjects of a role binding.
    fn subjects(&self, draft: &mut Draft) -> Result<()> {
        let map = self.stage.map;
        let (key, wanted) = match self.namespace.subjects {
            RoleBindingSubjects::DefaultOnly => ("name", "default"),
            RoleBindingSubjects::All => ("kind", "ServiceAccount"),
            RoleBindingSubjects::None => return Ok(()),
        };
        let subjects = draft.get_mut(map, "subjects").and_then(Draft::items_mut);
        for subject in subjects.into_iter().flatten() {
            let is_wanted = subject.get_mut(map, key).and_then(|value| value.scalar(map)).is_some_and(|it| it == wanted);
            if is_wanted {
                self.visit(subject, Path::new("namespace"), true)?;
            }
        }
        Ok(())
    }
}

/// Group and kind of the cluster-scoped custom resources that are defined among the objects.
fn cluster_scoped_definitions(stage: &Stage<'_>, resources: &[Resource]) -> FxHashSet<(String, String)> {
    let definitions = resources.iter().filter(|resource| &*resource.id.gvk.kind == "CustomResourceDefinition");
    definitions
        .filter_map(|resource| {
            let spec = resource.root(stage.map).get("spec")?;
            let text = |value: Option<Cursor<'_>>| value.and_then(|value| value.text()).unwrap_or_default().into_owned();
            let is_cluster = text(spec.get("scope")) == "Cluster";
            is_cluster.then(|| (text(spec.get("group")), text(spec.path(&["names", "kind"]))))
        })
        .collect()
}

/// Kustomize gives a namespace to whatever it does not know, and the API server refuses it on cluster-scoped kinds.
fn note_cluster_scoped(
    stage: &mut Stage<'_>,
    resource: &Resource,
    namespace: &Namespace<'_>,
    definitions: &FxHashSet<(String, String)>,
) {
    let gvk = &resource.id.gvk;
    if resource.id.is_cluster_scoped() {
        return;
    }
    let is_defined = definitions.contains(&(gvk.group.to_string(), gvk.kind.to_string()));
    if is_defined || is_cluster_scoped_custom_kind(&gvk.group, &gvk.kind) {
        let message = format!("{} gets a namespace, but its kind is cluster-scoped", resource.id);
        let span = namespace.value.span();
        stage.events.push(Event::new(EventKind::ClusterScopedNamespace, span, message));
    }
}
