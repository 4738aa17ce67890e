//! Entries, and the objects after them. All results and errors are Kustomize's.

use crate::render::kustomize::resource::Gvk;
use crate::render::kustomize::testing::{files, origins, place, resources, shown, stage, trees};
use crate::source::SourceMap;

use super::*;

const OBJECTS: &str = "\
{apiVersion: v1, kind: ConfigMap, metadata: {name: a, labels: {x: y}}, data: {k: v}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: b, namespace: prod}, data: {k: v}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: prod}}
";

type Apply = fn(&mut Stage<'_>, &MergeSchema, &mut Vec<Resource>, &PatchEntry<'_>) -> Result<()>;

/// The objects of [`OBJECTS`] after an entry and its patch.
struct Case<'a> {
    apply: Apply,
    /// The item of `patches` without the patch.
    entry: &'a str,
    patch: &'a str,
    partial: bool,
    /// What happens to the objects before.
    before: fn(&mut Vec<Resource>),
}

struct Patched {
    map: SourceMap,
    resources: Vec<Resource>,
    error: Option<BuildError>,
    events: Vec<crate::render::Event>,
}

impl Case<'_> {
    fn run(&self) -> Patched {
        let map = files(&[("objects.yaml", OBJECTS), ("entry.yaml", self.entry), ("patch.yaml", self.patch)]);
        let mut resources = resources(&map, 0);
        (self.before)(&mut resources);
        let entry = trees(&map, 1).remove(0);
        let item = Cursor::new(&map, &entry);
        let patch = PatchEntry {
            entry: item.span(),
            at: item.get("path").unwrap_or(item).span(),
            documents: trees(&map, 2),
            target: item.get("target").filter(|it| !it.is_null()),
            options: item.get("options").filter(|it| !it.is_null()),
        };
        let mut stage = Stage { partial: self.partial, ..stage(&map) };
        let error = (self.apply)(&mut stage, MergeSchema::builtin(), &mut resources, &patch).err();
        let events = std::mem::take(&mut stage.events);
        Patched { map, resources, error, events }
    }
}

impl Patched {
    /// One object a line, or the error with its place; then the events.
    fn shown(&self) -> String {
        let map = &self.map;
        if let Some(error) = &self.error {
            return format!("{}: {}", place(map, error.span), error.message);
        }
        let objects = self.resources.iter().map(|resource| shown(resource.root(map)));
        let events = self.events.iter().map(|event| {
            let open = if event.unverifiable { " (open)" } else { "" };
            format!("{}: {}{open}", place(map, event.span), event.message)
        });
        // Nothing happens to the namespace.
        let objects =
            objects.filter(|object| !object.contains("kind: \"Namespace\", metadata: {name: \"prod\"}}"));
        objects
            .chain(events)
            .collect::<Vec<_>>()
            .join("\n")
            .replace("apiVersion: \"v1\", kind: \"ConfigMap\", ", "")
    }
}

fn patched(apply: Apply, entry: &str, patch: &str) -> String {
    Case { apply, entry, patch, partial: false, before: |_| () }.run().shown()
}

const A: &str = r#"{metadata: {name: "a", labels: {x: "y"}}, data: {k: "v"}}"#;
const B: &str = r#"{metadata: {name: "b", namespace: "prod"}, data: {k: "v"}}"#;

/// The document of a strategic merge.
fn merge_of(kind: &str, metadata: &str, content: &str) -> String {
    format!("{{apiVersion: v1, kind: {kind}, metadata: {{{metadata}}}{content}}}")
}

#[test]
fn a_merge_without_target_names_its_object() {
    let of = |metadata: &str| merge_of("ConfigMap", metadata, ", data: {n: w}");
    let (a, b) = (A.replace("\"v\"}}", "\"v\", n: \"w\"}}"), B.replace("\"v\"}}", "\"v\", n: \"w\"}}"));
    let several = format!("{}\n---\n{}\n", of("name: a"), of("name: b, namespace: prod"));
    let list = format!("{{kind: List, items: [{}]}}", of("name: a"));
    let cases = [
        (of("name: a"), format!("{a}\n{B}")),
        (of("name: a, namespace: default"), format!("{a}\n{B}")),
        (of("name: a, namespace: ~"), format!("{a}\n{B}")),
        (several, format!("{a}\n{b}")),
        (list, format!("{a}\n{B}")),
        (merge_of("ConfigMap", "name: a", ", $patch: delete"), B.to_owned()),
        // Kustomize 5.5 fails here, and later versions do this.
        (format!("{}\n---\n{}\n", merge_of("ConfigMap", "name: a", ", $patch: delete"), of("name: b, namespace: prod")), b.clone()),
        // Kustomize throws the replacement away.
        (merge_of("ConfigMap", "name: a", ", $patch: replace, data: {n: w}"), format!("{A}\n{B}")),
        // Labels are merged as they are, so that null deletes.
        (merge_of("ConfigMap", "name: a, labels: {x: ~, n: 1}", ""), format!("{}\n{B}", A.replace("x: \"y\"", "n: 1"))),
        // The namespace of what is in none does not matter.
        (merge_of("Namespace", "name: prod, namespace: x", ""), format!("{A}\n{B}")),
        (
            of("name: b"),
            "patch.yaml:1:52 b: the patch matches no object: there is no v1 ConfigMap b, but v1 ConfigMap prod/b".to_owned(),
        ),
        (
            of("name: a").replace("v1", "v2"),
            "patch.yaml:1:52 a: the patch matches no object: there is no v2 ConfigMap a, but v1 ConfigMap a".to_owned(),
        ),
        (
            of("name: c").replace("apiVersion: v1, ", ""),
            "patch.yaml:1:36 c: the patch matches no object: there is no ConfigMap c".to_owned(),
        ),
    ];
    for (patch, expected) in cases {
        assert_eq!(patched(apply, "{path: p}", &patch), expected, "{patch}");
    }
}

#[test]
fn former_names_count() {
    let before = |resources: &mut Vec<Resource>| {
        for (index, name) in [(0, "first"), (0, "second"), (1, "second")] {
            let known = resources[index].id.clone();
            let gvk = Gvk { kind: "Old".into(), ..known.gvk };
            resources[index].previous.push(ResId { gvk, name: name.into(), namespace: "".into() });
        }
    };
    let run = |name: &str, target: &str, partial| {
        let patch = merge_of("Old", &format!("name: {name}"), ", data: {n: w}");
        Case { apply, entry: &format!("{{path: p, target: {target}}}"), patch: &patch, partial, before }
            .run()
            .shown()
    };
    let a = A.replace("\"v\"}}", "\"v\", n: \"w\"}}");
    assert_eq!(run("first", "~", false), format!("{a}\n{B}"));
    assert_eq!(
        run("second", "~", false),
        "patch.yaml:1:46 second: several objects are or were called v1 Old second: the patch needs a `target`"
    );
    // A target knows the first name and the last, and the kind of now.
    assert_eq!(run("x", "{name: first}", false), format!("{a}\n{B}"));
    assert_eq!(
        run("x", "{kind: Old}", false),
        format!("{A}\n{B}\nentry.yaml:1:19 {{kind: Old}}: the target of this patch selects no object")
    );
    // Something that is not rendered may have the object.
    assert_eq!(
        run("third", "~", true),
        format!(
            "{A}\n{B}\npatch.yaml:1:46 third: the patch matches no object: there is no v1 Old third (open)"
        )
    );
}

#[test]
fn a_merge_with_target_keeps_identities() {
    let cases = [
        // (patch, options, objects)
        (merge_of("ConfigMap", "name: x, namespace: y", ", data: {k: w}"), "{}", "k: \"w\"", ""),
        (merge_of("Secret", "name: x", ", data: {k: w}"), "~", "k: \"w\"", ""),
    ];
    for (patch, options, data, _) in cases {
        let entry = format!("{{path: p, target: {{kind: ConfigMap}}, options: {options}}}");
        let expected = format!("{A}\n{B}").replace("k: \"v\"", data);
        assert_eq!(patched(apply, &entry, &patch), expected, "{patch}");
    }
    let one = |options: &str, patch: &str| {
        patched(apply, &format!("{{path: p, target: {{name: a}}, options: {options}}}"), patch)
    };
    let patch = merge_of("Secret", "name: x", "");
    assert_eq!(one("{allowNameChange: true}", &patch), format!("{}\n{B}", A.replace("\"a\"", "\"x\"")));
    assert_eq!(
        one("{allowKindChange: yes}", &patch),
        format!("{}\n{B}", A.replace("{meta", "{apiVersion: \"v1\", kind: \"Secret\", meta"))
    );
    assert_eq!(one("{allowNameChange: true}", &merge_of("ConfigMap", "name: c", ", $patch: delete")), B);
    assert_eq!(
        patched(apply, "{path: p, target: {kind: ConfigMap}, options: {allowNameChange: true}}", &patch),
        format!("{}\n{}", A.replace("\"a\"", "\"x\""), B.replace("\"b\"", "\"x\""))
    );
    assert_eq!(
        patched(
            apply,
            "{path: p, target: {name: a|prod}, options: {allowNameChange: true, allowKindChange: true}}",
            &patch
        ),
        "entry.yaml:1:8 p: with this patch two objects are called v1 Secret x"
    );
    assert_eq!(
        one("{allowNameChange: 'true'}", &patch),
        "entry.yaml:1:57 'true': an option of a patch is `true` or `false`"
    );
}

#[test]
fn identities_are_restored() {
    // (metadata of the patch, of the object that was in the namespace `prod`)
    let cases = [
        ("name: q, namespace: ~", r#"name: "b", namespace: "prod""#),
        ("name: q, namespace: x, labels: {n: m}", r#"name: "b", namespace: "prod", labels: {n: "m"}"#),
        ("$patch: replace, name: q, labels: {n: m}", r#"labels: {n: "m"}, name: "b", namespace: "prod""#),
        ("$patch: delete, name: q", r#"name: "b", namespace: "prod""#),
    ];
    for (patch, expected) in cases {
        let patch = merge_of("ConfigMap", patch, "");
        let case =
            Case { apply, entry: "{target: {name: b}}", patch: &patch, partial: false, before: |_| () };
        let patched = case.run();
        let b = &patched.resources[1];
        let metadata = b.root(&patched.map).get("metadata").unwrap();
        assert_eq!(shown(metadata), format!("{{{expected}}}"), "{patch}");
        let origins = origins(&patched.map, &b.tree);
        let restored = |line: &String| !line.contains(".name") && !line.contains("kind");
        assert!(origins.iter().all(restored), "{origins:?}");
    }
}

#[test]
fn identities_before_a_change_are_remembered() {
    let known = |entry: &str, patch: &str| {
        let patched = Case { apply, entry, patch, partial: false, before: |_| () }.run();
        assert_eq!(patched.error, None);
        patched.resources[0].ids().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    };
    let merge = merge_of("ConfigMap", "name: x", "");
    assert_eq!(known("{target: {name: a}}", &merge), "ConfigMap a");
    assert_eq!(
        known("{target: {name: a}, options: {allowNameChange: true}}", &merge),
        "ConfigMap a, ConfigMap x"
    );
    let operations = "- {op: replace, path: /metadata/name, value: x}\n";
    assert_eq!(known("{target: {name: a}}", operations), "ConfigMap a, ConfigMap x");
}

#[test]
fn labels_become_text_in_copies() {
    let patch = merge_of("ConfigMap", "name: a, labels: {x: ~, e: , n: 1, m: {}}, annotations: {}", "");
    let expected = A.replace("x: \"y\"", r#"x: "~", e: "", n: "1", m: """#);
    assert_eq!(patched(apply, "{target: {name: a}}", &patch), format!("{expected}\n{B}"));
    assert_eq!(patched(apply_strategic, "{}", &patch), format!("{expected}\n{B}"));
}

#[test]
fn operations_need_a_target() {
    let add = "- {op: add, path: /data/n, value: w}\n";
    let (a, b) = (A.replace("\"v\"}}", "\"v\", n: \"w\"}}"), B.replace("\"v\"}}", "\"v\", n: \"w\"}}"));
    let annotate = "- {op: add, path: /metadata/annotations/n, value: w}\n";
    let cases = [
        ("{target: {kind: ConfigMap}}", add, format!("{a}\n{b}")),
        ("{target: {name: a}, options: {allowNameChange: true}}", add, format!("{a}\n{B}")),
        (
            "{target: {name: x}}",
            add,
            format!("{A}\n{B}\nentry.yaml:1:10 {{name: x}}: the target of this patch selects no object"),
        ),
        ("{path: p}", add, "entry.yaml:1:8 p: a JSON patch needs a `target`".to_owned()),
        ("{path: p, target: ~}", add, "entry.yaml:1:8 p: a JSON patch needs a `target`".to_owned()),
        // The history of the object is in its annotations.
        (
            "{target: {name: a}}",
            annotate,
            format!("{}\n{B}", A.replace("\"y\"}", "\"y\"}, annotations: {n: \"w\"}")),
        ),
    ];
    for (entry, patch, expected) in cases {
        assert_eq!(patched(apply, entry, patch), expected, "{entry}");
    }
    assert_eq!(patched(apply_json6902, "{target: {name: a}}", add), format!("{a}\n{B}"));
    assert_eq!(
        patched(apply_json6902, "{target: {name: a}}", annotate),
        "patch.yaml:1:19 /metadata/annotations/n: `/metadata/annotations/n` cannot be added: ConfigMap a has no \
         `/metadata/annotations`"
    );
    assert_eq!(
        patched(apply_json6902, "{target: {kind: ConfigMap}}", add),
        "entry.yaml:1:10 {kind: ConfigMap}: the target of a JSON patch needs a `name` here"
    );
}

#[test]
fn what_a_patch_is() {
    let merge = merge_of("ConfigMap", "name: a", ", data: {n: w}");
    let add = "- {op: add, path: /data/n, value: w}\n";
    let done = format!("{}\n{B}", A.replace("\"v\"}}", "\"v\", n: \"w\"}}"));
    let empty = format!("{A}\n{B}\nentry.yaml:1:8 p: the patch is empty");
    let both = "an empty document comes first, so this is a strategic merge and a JSON patch at once; remove the first `---`";
    let cases = [
        (merge.clone(), done.clone()),
        (format!("# a comment\n---\n{merge}\n---\n# another\n"), done.clone()),
        (format!("---\n---\n{merge}"), format!("patch.yaml:3:1 {merge}: {both}")),
        (add.to_owned(), done.clone()),
        // Only the first document counts.
        (format!("{add}---\n{merge}"), done.clone()),
        (format!("---\n# nothing\n---\n{add}"), empty.clone()),
        (String::new(), empty.clone()),
        (r#"[{"op": "add", "path": "/data/n", "value": "w"}]"#.to_owned(), done.clone()),
        // What begins with white space is YAML.
        (" [{op: add, path: /data/n, value: w}]".to_owned(), done.clone()),
        (
            "[{op: add, path: /data/n, value: w}]".to_owned(),
            "patch.yaml:1:3 : a patch that begins with `[` is JSON, and here it is not".to_owned(),
        ),
        (
            "[\n  {\"op\": \"add\"},\n]".to_owned(),
            "patch.yaml:3:1 : a patch that begins with `[` is JSON, and here it is not".to_owned(),
        ),
        ("[]".to_owned(), "entry.yaml:1:8 p: the patch is empty".to_owned()),
        ("{}".to_owned(), "patch.yaml:1:1 {}: a JSON patch is a list of operations".to_owned()),
        ("- a".to_owned(), "patch.yaml:1:3 a: an operation of a JSON patch is a mapping".to_owned()),
        ("a".to_owned(), "patch.yaml:1:1 a: a patch is a mapping, for a strategic merge, or a list of operations".to_owned()),
        (format!("{merge}\n---\n{add}"), "patch.yaml:3:1 - {op: add, path: /data/n, value: w}: operations of a JSON patch beside a strategic merge".to_owned()),
        (format!("{merge}\n---\n{merge}"), "patch.yaml:3:52 a: with a `target` there can be only one strategic merge".to_owned()),
        ("{metadata: {name: a}}".to_owned(), "patch.yaml:1:1 {metadata: {name: a}}: a strategic merge needs a `kind`".to_owned()),
        ("{kind: A}".to_owned(), "patch.yaml:1:1 {kind: A}: a strategic merge for A needs a `metadata.name`".to_owned()),
        ("{kind: AList, items: {}}".to_owned(), "patch.yaml:1:22 {}: `items` of AList must be a list".to_owned()),
    ];
    for (patch, expected) in cases {
        assert_eq!(patched(apply, "{path: p, target: {name: a}}", &patch), expected, "{patch}");
    }
}

#[test]
fn what_chose_an_object_is_known() {
    let patch = "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {k: w}}";
    let run = |entry| Case { apply, entry, patch, partial: false, before: |_| () }.run();
    let patched = run("{path: p}");
    assert_eq!(
        origins(&patched.map, &patched.resources[0].tree),
        ["data.k = patch.yaml:1:66 w | patch entry.yaml:1:1 {path: p}; control patch.yaml:1:14 v1; \
          control patch.yaml:1:24 ConfigMap; control patch.yaml:1:52 a; control patch.yaml:1:56 data; control patch.yaml:1:63 k; replaced objects.yaml:1:82 v"]
    );
    let patched = run("{target: {name: a}, options: {allowNameChange: true}}");
    assert_eq!(
        origins(&patched.map, &patched.resources[0].tree),
        [
            "data.k = patch.yaml:1:66 w | patch entry.yaml:1:1 {target: {name: a}, options: {allowNameChange: true}}; \
          control entry.yaml:1:10 {name: a}; control entry.yaml:1:30 {allowNameChange: true}; control \
          patch.yaml:1:52 a; control patch.yaml:1:56 data; control patch.yaml:1:63 k; replaced objects.yaml:1:82 v"
        ]
    );
    // What is not changed stays where it was written, and so does what Kustomize restores.
    let patched = run("{target: {name: b}}");
    assert_eq!(origins(&patched.map, &patched.resources[1].tree).len(), 1);
}
