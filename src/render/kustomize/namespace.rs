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
use super::stage::{Stage, control};

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
    let stage_map = stage.map;
    let change = Change {
        namespace,
        setter: Setter::new(stage, StepKind::Namespace, namespace.entry, namespace.value),
        stage,
    };
    // Controllers that set a namespace drop it again where it does not belong.
    let is_written = stage_map.in_file(namespace.entry).is_some();
    for resource in resources.iter_mut() {
        resource.remember_id();
        // What gives it one first is what to change; an overlay that gives it another only follows.
        let has_one = !resource.id.namespace.is_empty();
        let is_set = change.apply(resource)?;
        if is_set && !has_one && is_written && defined.is_cluster_scoped(&resource.id.gvk) {
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
                subjects.push((at, control(field)));
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

#[cfg(test)]
mod tests {
    use super::super::testing::{files, origins, resources, spec, stage, transformed, trees};
    use super::*;

    /// What the document of a transformer makes of objects. Its `specs` are those of Kustomize.
    fn set(objects: &str, document: &str) -> Vec<String> {
        let specs = [
            "+//Namespace metadata/name",
            "apiextensions.k8s.io//CustomResourceDefinition spec/service/namespace",
            "+apiregistration.k8s.io//APIService spec/service/namespace",
            "//RoleBinding subjects/namespace",
            "//Other metadata/namespace",
        ];
        let specs = specs.map(spec);
        transformed(objects, document, |stage, resources, document| {
            let text = |name: &str| document.get(name).and_then(|value| value.text()).unwrap_or_default();
            let namespace = Namespace {
                entry: document.span(),
                value: document.get("to").unwrap_or(document),
                unset_only: text("unset") == "only",
                subjects: match &*text("subjects") {
                    "all" => RoleBindingSubjects::All,
                    "none" => RoleBindingSubjects::None,
                    _ => RoleBindingSubjects::DefaultOnly,
                },
                specs: &specs,
            };
            apply(stage, resources, &namespace)
        })
    }

    #[test]
    fn metadata() {
        for (object, expected) in [
            ("{kind: A, metadata: {name: a}}", &["a metadata.namespace = \"n\" (c:1:5 n)"][..]),
            ("{kind: A, metadata: {name: a, namespace: old}}", &["a metadata.namespace = \"n\" (c:1:5 n)"]),
            ("{kind: Other, metadata: {name: a, namespace: }}", &["a metadata.namespace = \"n\" (c:1:5 n)"]),
            (
                "{apiVersion: v1, kind: Namespace, metadata: {name: a}}",
                &["n metadata.name = \"n\" (c:1:5 n)"],
            ),
            // What other groups call a namespace is an object like any other.
            (
                "{apiVersion: a.org/v1, kind: Namespace, metadata: {name: a}}",
                &["a metadata.namespace = \"n\" (c:1:5 n)"],
            ),
            ("{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: a}}", &[]),
            // Specs lead to more fields, made only where they may be.
            (
                "{apiVersion: apiregistration.k8s.io/v1, kind: APIService, metadata: {name: a}}",
                &["a spec.service.namespace = \"n\" (c:1:5 n)"],
            ),
            (
                "{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: a}, spec: {service: {name: b}}}",
                &[],
            ),
            (
                "{kind: A, metadata: {name: a, namespace: []}}",
                &["error o:1:42 []: a namespace must be a scalar"],
            ),
        ] {
            assert_eq!(set(object, "to: n"), expected, "{object}");
        }
        assert_eq!(set("{kind: A, metadata: {name: a}}", "to: ''"), [""; 0]);
    }

    #[test]
    fn what_is_set_may_stay() {
        let document = "{to: n, unset: only}";
        for (object, expected) in [
            ("{kind: A, metadata: {name: a}}", &["a metadata.namespace = \"n\" (c:1:6 n)"][..]),
            ("{kind: A, metadata: {name: a, namespace: ''}}", &["a metadata.namespace = \"n\" (c:1:6 n)"]),
            ("{kind: A, metadata: {name: a, namespace: }}", &["a metadata.namespace = \"n\" (c:1:6 n)"]),
            ("{kind: A, metadata: {name: a, namespace: ~}}", &[]),
            ("{kind: A, metadata: {name: a, namespace: old}}", &[]),
            (
                "{apiVersion: cert-manager.io/v1, kind: ClusterIssuer, metadata: {name: a, namespace: old}}",
                &[],
            ),
        ] {
            assert_eq!(set(object, document), expected, "{object}");
        }
    }

    #[test]
    fn subjects() {
        let subjects = "\
- {kind: ServiceAccount, name: default}
- {kind: ServiceAccount, name: other, namespace: old}
- {kind: User, name: default}
- {kind: User, name: other}
- {name: ~}
";
        let at = |indices: &[usize]| -> Vec<String> {
            let lines = indices.iter().map(|at| format!("a subjects[{at}].namespace = \"n\" (c:1:6 n)"));
            lines.collect()
        };
        for (document, expected) in [
            ("{to: n}", at(&[0, 2])),
            ("{to: n, subjects: all}", at(&[0, 1])),
            ("{to: n, subjects: all, unset: only}", at(&[0])),
            ("{to: n, subjects: none}", at(&[])),
        ] {
            let object = format!("kind: ClusterRoleBinding\nmetadata: {{name: a}}\nsubjects:\n{subjects}");
            let object = format!("apiVersion: rbac.authorization.k8s.io/v1\n{object}");
            assert_eq!(set(&object, document), expected, "{document}");
        }
        for (subjects, expected) in [
            ("", &[][..]),
            ("{}", &["error o:2:11 {}: `subjects` must be a list"]),
            ("[default]", &["error o:2:12 default: a subject must be a mapping"]),
            ("[{name: []}]", &["error o:2:19 []: the name of a subject must be a scalar"]),
        ] {
            let object =
                "apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {name: a}";
            assert_eq!(set(&format!("{{{object},\nsubjects: {subjects}}}"), "to: n"), expected, "{subjects}");
        }
    }

    #[test]
    fn two_objects_do_not_become_one() {
        let two = |kind: &str, first: &str, second: &str| {
            let object = |rest: &str| format!("{{{kind}, metadata: {{name: {rest}}}}}\n");
            set(&format!("{}---\n{}", object(first), object(second)), "to: n").pop().unwrap_or_default()
        };
        let expected = "error c:1:5 n: two objects become A n/a in this namespace";
        assert_eq!(two("kind: A", "a, namespace: x", "a, namespace: y"), expected);
        assert!(!two("kind: A", "a", "b").starts_with("error"));
        let expected = "error c:1:5 n: two objects become Namespace n in this namespace";
        assert_eq!(two("apiVersion: v1, kind: Namespace", "a", "b"), expected);
    }

    #[test]
    fn kinds_without_a_namespace_are_noted() {
        let issuer = "{apiVersion: cert-manager.io/v1, kind: ClusterIssuer, metadata: {name: a}}";
        let set_namespace = "a metadata.namespace = \"n\" (c:1:5 n)";
        let noted = "ClusterScopedNamespace c:1:5 n: ClusterIssuer a gets a namespace, but its kind is cluster-scoped";
        assert_eq!(set(issuer, "to: n"), [set_namespace, noted]);
        let definition = |group: &str, kind: &str, scope: &str| {
            format!(
                "{{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {{name: d}}, \
                 spec: {{group: {group}, names: {{kind: {kind}}}, scope: {scope}}}}}"
            )
        };
        // Definitions among the objects know better.
        for (object, scope, is_noted) in [
            (issuer, definition("cert-manager.io", "ClusterIssuer", "Namespaced"), false),
            (
                "{apiVersion: a.org/v1, kind: A, metadata: {name: a}}",
                definition("a.org", "A", "Cluster"),
                true,
            ),
            (
                "{apiVersion: b.org/v1, kind: A, metadata: {name: a}}",
                definition("a.org", "A", "Cluster"),
                false,
            ),
        ] {
            let found = set(&format!("{object}\n---\n{scope}"), "to: n");
            assert_eq!(found.len(), 1 + usize::from(is_noted), "{found:?}");
        }
    }

    #[test]
    fn a_subject_names_what_chose_it_and_objects_remember() {
        let object = "{kind: RoleBinding, metadata: {name: a, namespace: b}, subjects: [{name: default}]}";
        let map = files(&[("c", "n"), ("o", object)]);
        let (mut objects, config) = (resources(&map, 1), trees(&map, 0));
        let value = Cursor::new(&map, &config[0]);
        let subjects = RoleBindingSubjects::DefaultOnly;
        let namespace = Namespace { entry: value.span(), value, unset_only: false, subjects, specs: &[] };
        assert_eq!(apply(&mut stage(&map), &mut objects, &namespace), Ok(()));
        let entry = "c:1:1 n | namespace c:1:1 n; value c:1:1 n";
        let expected = [
            format!("metadata.namespace = {entry}; replaced o:1:52 b"),
            format!("subjects[0].namespace = {entry}; control o:1:74 default"),
        ];
        assert_eq!(origins(&map, &objects[0].tree), expected);
        let namespaces: Vec<&str> = objects[0].ids().map(|id| &*id.namespace).collect();
        assert_eq!(namespaces, ["b", "n"]);
    }
}
