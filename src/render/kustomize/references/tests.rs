//! References: objects and what they are called now in, references with their places out.

use super::*;
use crate::render::kustomize::facts::TransformerConfig;
use crate::render::kustomize::testing::{files, origins, place, resources, set_values, stage, trees};
use crate::source::SourceMap;

/// Changes identities by a list of `{of: 0, prefix: p-}`, or `name` or `namespace`.
fn rename(stage: &Stage<'_>, resources: &mut [Resource], changes: Cursor<'_>) {
    let map = stage.map;
    for change in changes.items() {
        let of = change.get("of").and_then(|of| of.int()).unwrap_or_default();
        let resource = &mut resources[of as usize];
        resource.remember_id();
        let tree = resource.tree.clone();
        let Some(old) = Cursor::new(map, &tree).path(&["metadata", "name"]) else { panic!("no name") };
        let old_text = text(old);
        for entry in change.entries().into_iter().skip(1) {
            let what = text(entry.key);
            let value = text(entry.value);
            let mut pieces = vec![(&*value, Some((entry.value.span(), StepId::PARSED)))];
            if what == "prefix" {
                resource.prefixes.push((&*value).into());
                pieces.push((&*old_text, Some((old.span(), old.step()))));
            }
            let field = if what == "namespace" { "namespace" } else { "name" };
            let inputs = [Input::value(entry.value.span(), StepId::PARSED)];
            let step = stage.step(StepKind::NameAffix, entry.value.span(), &inputs, old.step());
            resource.change(map, |draft| {
                let (key, value) = (Draft::word(map, field, step), Draft::text(map.compose(&pieces), step));
                draft.get_mut(map, "metadata").map(|metadata| metadata.set(map, key, value))
            });
        }
    }
}

fn fixed<R>(objects: &str, changes: &str, read: impl FnOnce(&SourceMap, &[Resource], Result<()>) -> R) -> R {
    let map = files(&[("c", changes), ("o", objects)]);
    let mut resources = resources(&map, 1);
    let mut stage = stage(&map);
    rename(&stage, &mut resources, Cursor::new(&map, &trees(&map, 0)[0]));
    let result = fix(&mut stage, &mut resources, &TransformerConfig::builtin().name_reference);
    read(&map, &resources, result)
}

/// The references that were changed, or the error.
fn run(objects: &str, changes: &str) -> Vec<String> {
    fixed(objects, changes, |map, resources, result| match result {
        Err(error) => vec![format!("error {}: {}", place(map, error.span), error.message)],
        Ok(()) => {
            let mut lines = set_values(map, resources);
            lines.retain(|line| !line.contains(" metadata."));
            lines
        }
    })
}

/// Checks cases of objects, changes and expected lines.
fn check(cases: &[(&str, &str, &[&str])]) {
    for (objects, changes, expected) in cases {
        assert_eq!(run(objects, changes), *expected, "\n{objects}\n{changes}");
    }
}

#[test]
fn names_are_followed() {
    let cases = [
        ("cm", "[{of: 0, prefix: p-}]", &["\"p-cm\" (o:7:32 cm)"][..]),
        // All names count that the object ever had.
        ("cm", "[{of: 0, prefix: p-}, {of: 0, prefix: q-}]", &["\"q-p-cm\" (o:7:32 cm)"]),
        ("p-cm", "[{of: 0, prefix: p-}, {of: 0, prefix: q-}]", &["\"q-p-cm\" (o:7:32 p-cm)"]),
        // Nothing is left of the old name.
        ("cm", "[{of: 0, name: new}]", &["\"new\" (c:1:16 new)"]),
        // kyaml keeps quotes; a plain text is what it looks like.
        ("cm", "[{of: 0, name: '12'}]", &["12 (c:1:16 '12')"]),
        ("'cm'", "[{of: 0, name: 12}]", &["\"12\" (c:1:16 12)"]),
        ("other", "[{of: 0, prefix: p-}]", &[]),
        ("~", "[{of: 0, prefix: p-}]", &[]),
        // A name is only followed within a namespace.
        ("cm", "[{of: 0, prefix: p-, namespace: ns}]", &[]),
        ("cm", "[{of: 0, prefix: p-, namespace: default}]", &["\"p-cm\" (o:7:32 cm)"]),
        ("cm", "[{of: 0, namespace: ns}, {of: 1, namespace: ns}]", &[]),
    ];
    for (reference, changes, expected) in cases {
        let objects = format!(
            "{{kind: ConfigMap, apiVersion: v1, metadata: {{name: cm}}}}
---
kind: Pod
apiVersion: v1
metadata: {{name: pod}}
spec:
  volumes: [{{configMap: {{name: {reference}}}}}]
"
        );
        let start = "pod spec.volumes[0].configMap.name = ";
        let expected: Vec<String> = expected.iter().map(|line| format!("{start}{line}")).collect();
        assert_eq!(run(&objects, changes), expected, "{reference} {changes}");
    }
}

#[test]
fn one_of_several_objects_is_meant() {
    const TWO: &str = "\
{kind: ConfigMap, apiVersion: v1, metadata: {name: cm}}
---
{kind: ConfigMap, apiVersion: v1, metadata: {name: cm}}
---
{kind: Role, apiVersion: rbac.authorization.k8s.io/v1, metadata: {name: role}, rules: [{resourceNames: [cm, x]}]}
";
    let name = |name: &str| format!("role rules[0].resourceNames[0] = \"{name}\" (o:5:105 cm)");
    let followed = |prefix: &str| vec![format!("{prefix}{}", name(&format!("{prefix}cm")))];
    for (changes, expected) in [
        // By the prefixes that all of an overlay gets, of which the outermost decide.
        ("[{of: 0, prefix: a-}, {of: 1, prefix: b-}, {of: 2, prefix: b-}]", followed("b-")),
        ("[{of: 0, prefix: a-}, {of: 1, prefix: b-}, {of: 2, prefix: a-}]", followed("a-")),
        ("[{of: 0, prefix: a-}, {of: 1, prefix: b-}, {of: 2, prefix: c-}]", vec![]),
        // Both are called the same.
        ("[{of: 0, prefix: a-}, {of: 1, name: a-cm}]", vec![name("a-cm")]),
        ("[{of: 0, namespace: a}, {of: 1, prefix: b-}]", vec![name("b-cm")]),
        (
            "[{of: 0, name: x}, {of: 1, name: y}]",
            vec!["error o:5:105 cm: `cm` could mean ConfigMap x or ConfigMap y".to_owned()],
        ),
    ] {
        assert_eq!(run(TWO, changes), expected, "{changes}");
    }
}

#[test]
fn bindings_and_webhooks_are_followed() {
    const BINDING: &str = "\
{kind: Role, apiVersion: rbac.authorization.k8s.io/v1, metadata: {name: r}}
---
{kind: ClusterRole, apiVersion: rbac.authorization.k8s.io/v1, metadata: {name: r}}
---
{kind: ServiceAccount, apiVersion: v1, metadata: {name: sa, namespace: old}}
---
kind: RoleBinding
apiVersion: rbac.authorization.k8s.io/v1
metadata: {name: b}
roleRef: {kind: ClusterRole, apiGroup: rbac.authorization.k8s.io, name: r}
subjects:
- {kind: ServiceAccount, name: sa, namespace: old}
- {kind: User, name: somebody}
---
kind: ClusterRoleBinding
apiVersion: rbac.authorization.k8s.io/v1
metadata: {name: c}
roleRef: {kind: ClusterRole, apiGroup: rbac.authorization.k8s.io, name: r}
subjects: [{kind: ServiceAccount, name: sa}]
";
    const WEBHOOK: &str = "\
{kind: Service, apiVersion: v1, metadata: {name: s}}
---
kind: ValidatingWebhookConfiguration
apiVersion: admissionregistration.k8s.io/v1
metadata: {name: w}
webhooks:
- clientConfig: {service: {name: s, namespace: default}}
- clientConfig: {service: {name: s, namespace: elsewhere}}
- clientConfig: {url: 'https://a'}
";
    check(&[
        (BINDING, "[{of: 0, prefix: p-}]", &[]),
        (
            BINDING,
            "[{of: 0, prefix: p-}, {of: 1, prefix: c-}]",
            &["b roleRef.name = \"c-r\" (o:10:73 r)", "c roleRef.name = \"c-r\" (o:18:73 r)"],
        ),
        (BINDING, "[{of: 2, namespace: new}]", &["c subjects[0].namespace = \"new\" (c:1:21 new)"]),
        (
            BINDING,
            "[{of: 2, namespace: new}, {of: 3, namespace: new}]",
            &[
                "b subjects[0].namespace = \"new\" (c:1:21 new)",
                "c subjects[0].namespace = \"new\" (c:1:21 new)",
            ],
        ),
        (
            BINDING,
            "[{of: 2, prefix: p-}]",
            &[
                "b subjects[0].name = \"p-sa\" (o:12:32 sa)",
                "b subjects[0].namespace = \"old\" (o:12:47 old)",
                "c subjects[0].name = \"p-sa\" (o:19:41 sa)",
                "c subjects[0].namespace = \"old\" (o:5:72 old)",
            ],
        ),
        (
            WEBHOOK,
            "[{of: 0, prefix: p-, namespace: new}]",
            &[
                "w webhooks[0].clientConfig.service.name = \"p-s\" (o:7:34 s)",
                "w webhooks[0].clientConfig.service.namespace = \"new\" (c:1:33 new)",
            ],
        ),
        // Without a namespace there is nothing to write.
        (WEBHOOK, "[{of: 0, prefix: p-}]", &["w webhooks[0].clientConfig.service.name = \"p-s\" (o:7:34 s)"]),
    ]);
}

#[test]
fn what_is_no_reference_is_refused() {
    const BINDING: &str =
        "kind: RoleBinding\napiVersion: rbac.authorization.k8s.io/v1\nmetadata: {name: b}\n";
    for (subjects, expected) in [
        ("[{kind: User}]", "error o:4:12 {kind: User}: `subjects` has no `name` here"),
        ("[[]]", "error o:4:12 []: `subjects` holds names, and this is a list in a list"),
        (
            "[{kind: ServiceAccount, name: a, namespace: }]",
            "error o:4:44 namespace: the namespace of this subject must be a string",
        ),
        ("[{kind: User, name: a, namespace: }]", ""),
        ("[~, sa]", ""),
    ] {
        let found = run(&format!("{BINDING}subjects: {subjects}\n"), "[]");
        assert_eq!(found.concat(), expected, "{subjects}");
    }
    let found =
        run("{kind: Pod, apiVersion: v1, metadata: {name: p}, spec: {volumes: [{configMap: x}]}}", "[]");
    assert_eq!(
        found,
        ["error o:1:79 x: `spec/volumes/configMap/name` leads through this value, which is a scalar"]
    );
}

#[test]
fn steps_name_both_names() {
    let objects = "\
{kind: ClusterRole, apiVersion: rbac.authorization.k8s.io/v1, metadata: {name: r}}
---
kind: ClusterRoleBinding
apiVersion: rbac.authorization.k8s.io/v1
metadata: {name: c}
roleRef: {kind: ClusterRole, apiGroup: rbac.authorization.k8s.io, name: r}
";
    let lines = fixed(objects, "[{of: 0, prefix: p-}]", |map, resources, _| origins(map, &resources[1].tree));
    let expected = "roleRef.name = p-r from  | name-reference c:1:18 p-; value o:6:73 r; \
        value p-r from c:1:18 p- and o:1:80 r; control o:1:33 rbac.authorization.k8s.io/v1; \
        control o:1:8 ClusterRole; control o:6:40 rbac.authorization.k8s.io; control o:6:17 ClusterRole";
    assert_eq!(lines, [expected]);
}
