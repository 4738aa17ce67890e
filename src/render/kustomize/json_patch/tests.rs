//! Patches, what becomes of the object, and where its values come from. All results and errors are Kustomize's.

use crate::render::kustomize::testing::{files, origins, place, resources, shown, stage, steps, trees};
use crate::source::SourceMap;
use crate::yaml::Cursor;

use super::*;

const OBJECT: &str = "\
kind: ConfigMap
metadata: {name: a}
data:
  k: v
  l: [1, 2, 3]
  nul: null
  html: a<b
";

/// The object after the patch, its `kind` and `metadata` left out when they are those of [`OBJECT`], or the error
/// with its place.
fn patched(map: &SourceMap, hidden_annotations: bool) -> std::result::Result<Resource, String> {
    let patch = trees(map, 1).remove(0);
    let mut target = resources(map, 0).remove(0);
    if hidden_annotations {
        target.remember_id();
    }
    let operations = Cursor::new(map, &patch);
    let controls = [Input::control(operations.span().part(0, 0), StepId::PARSED)];
    match apply(&stage(map), &mut target, operations, operations.span(), &controls) {
        Ok(()) => Ok(target),
        Err(error) => Err(format!("{}: {}", place(map, error.span), error.message)),
    }
}

fn becomes(object: &str, patch: &str) -> String {
    let map = files(&[("object.yaml", object), ("patch.yaml", patch)]);
    match patched(&map, false) {
        Ok(target) => shown(target.root(&map)),
        Err(error) => error,
    }
}

#[test]
fn operations() {
    // (patch, `data` after it)
    let cases = [
        ("{op: add, path: /data/x, value: 1}", r#"{k: "v", l: [1, 2, 3], nul: null, html: "a<b", x: 1}"#),
        ("{op: add, path: /data/k, value: w}", r#"{k: "w", l: [1, 2, 3], nul: null, html: "a<b"}"#),
        ("{op: add, path: /data/x}", r#"{k: "v", l: [1, 2, 3], nul: null, html: "a<b", x: null}"#),
        ("{op: add, path: /data/, value: w}", r#"{k: "v", l: [1, 2, 3], nul: null, html: "a<b", : "w"}"#),
        (
            "{op: add, path: /data/a~1b~01, value: w}",
            r#"{k: "v", l: [1, 2, 3], nul: null, html: "a<b", a/b~1: "w"}"#,
        ),
        ("{op: add, path: /data/l/0, value: 0}", r#"{k: "v", l: [0, 1, 2, 3], nul: null, html: "a<b"}"#),
        ("{op: add, path: /data/l/3, value: 4}", r#"{k: "v", l: [1, 2, 3, 4], nul: null, html: "a<b"}"#),
        ("{op: add, path: /data/l/-, value: [4]}", r#"{k: "v", l: [1, 2, 3, [4]], nul: null, html: "a<b"}"#),
        ("{op: add, path: /data/l/-1, value: 4}", r#"{k: "v", l: [1, 2, 3, 4], nul: null, html: "a<b"}"#),
        ("{op: add, path: /data/l/+01, value: 4}", r#"{k: "v", l: [1, 4, 2, 3], nul: null, html: "a<b"}"#),
        ("{op: remove, path: /data/k}", r#"{l: [1, 2, 3], nul: null, html: "a<b"}"#),
        ("{op: remove, path: /data/l/-3}", r#"{k: "v", l: [2, 3], nul: null, html: "a<b"}"#),
        ("{op: replace, path: /data/l, value: {a: b}}", r#"{k: "v", l: {a: "b"}, nul: null, html: "a<b"}"#),
        ("{op: replace, path: /data/l/-1, value: 4}", r#"{k: "v", l: [1, 2, 4], nul: null, html: "a<b"}"#),
        ("{op: replace, path: /data/x, value: 4}", r#"{k: "v", l: [1, 2, 3], nul: null, html: "a<b", x: 4}"#),
        ("{op: move, from: /data/k, path: /data/l/1}", r#"{l: [1, "v", 2, 3], nul: null, html: "a<b"}"#),
        ("{op: move, from: /data/l/0, path: /data/k}", r#"{k: 1, l: [2, 3], nul: null, html: "a<b"}"#),
        (
            "{op: copy, from: /data/l, path: /data/k}",
            r#"{k: [1, 2, 3], l: [1, 2, 3], nul: null, html: "a<b"}"#,
        ),
        ("{op: copy, from: /data/x, path: /data/k}", r#"{k: null, l: [1, 2, 3], nul: null, html: "a<b"}"#),
        (
            "{op: test, path: /data/l, value: [1, 2.0, 3]}",
            r#"{k: "v", l: [1, 2, 3], nul: null, html: "a<b"}"#,
        ),
        ("{op: test, path: /data/nul, value: null}", r#"{k: "v", l: [1, 2, 3], nul: null, html: "a<b"}"#),
        ("{op: test, path: /data/x, value: ~}", r#"{k: "v", l: [1, 2, 3], nul: null, html: "a<b"}"#),
        ("{op: test, path: /data/html, value: a<b}", r#"{k: "v", l: [1, 2, 3], nul: null, html: "a<b"}"#),
    ];
    for (operation, data) in cases {
        let object = format!(r#"{{kind: "ConfigMap", metadata: {{name: "a"}}, data: {data}}}"#);
        assert_eq!(becomes(OBJECT, &format!("- {operation}\n")), object, "{operation}");
    }
}

#[test]
fn the_whole_object() {
    let patch = r#"- {op: replace, path: "", value: {kind: B}}"#;
    assert_eq!(becomes(OBJECT, patch), r#"{kind: "B"}"#);
    let patch = r#"- {op: replace, path: "", value: nothing}"#;
    assert_eq!(becomes("kind: A\n", patch), r#"{kind: "A"}"#);
    // What stands before the first slash means nothing.
    let patch = "- {op: add, path: data/x, value: 1}\n- {op: remove, path: metadata/data}";
    assert_eq!(becomes(OBJECT, patch), r#"{kind: "ConfigMap", metadata: {name: "a"}, x: 1}"#);
    let patch = r#"- {op: test, path: "", value: {data: {}}}"#;
    assert_eq!(becomes("data: {}\n", patch), "{data: {}}");
}

#[test]
fn errors() {
    let cases = [
        (
            "{op: add, path: /data/x/y, value: 1}",
            "patch.yaml:1:19 /data/x/y: `/data/x/y` cannot be added: ConfigMap a has no `/data/x`",
        ),
        (
            "{op: add, path: /data/nul/y, value: 1}",
            "patch.yaml:1:19 /data/nul/y: `/data/nul/y` cannot be added: ConfigMap a has no `/data/nul`",
        ),
        (
            "{op: add, path: /data/k/y, value: 1}",
            "patch.yaml:1:19 /data/k/y: `/data/k/y` cannot be added: `/data/k` of ConfigMap a is no mapping or list",
        ),
        (
            "{op: add, path: /data/l/4, value: 1}",
            "patch.yaml:1:19 /data/l/4: `/data/l/4` cannot be added in ConfigMap a: the list has no place 4",
        ),
        (
            "{op: add, path: /data/l/-5, value: 1}",
            "patch.yaml:1:19 /data/l/-5: `/data/l/-5` cannot be added in ConfigMap a: the list has no place -5",
        ),
        (
            "{op: add, path: /data/l/x, value: 1}",
            "patch.yaml:1:19 /data/l/x: `/data/l/x` cannot be added in ConfigMap a: `x` is no index of a list",
        ),
        (
            "{op: add, path: x, value: 1}",
            "patch.yaml:1:19 x: `x` is no path into an object: it must begin with `/`",
        ),
        ("{op: add, value: 1}", "patch.yaml:1:8 add: `add` without `path`"),
        ("{op: add, path: 1, value: 1}", "patch.yaml:1:19 1: `path` must be a string"),
        (
            "{op: replace, path: /data/l/-, value: 1}",
            "patch.yaml:1:23 /data/l/-: `/data/l/-` cannot be replaced in ConfigMap a: `-` is no index of a list",
        ),
        (
            "{op: replace, path: /data/l/3, value: 1}",
            "patch.yaml:1:23 /data/l/3: `/data/l/3` cannot be replaced in ConfigMap a: the list has no place 3",
        ),
        (
            r#"{op: replace, path: "", value: [1]}"#,
            "patch.yaml:1:23 \"\": `` cannot be replaced: an object must stay a mapping",
        ),
        (
            "{op: remove, path: /data/x}",
            "patch.yaml:1:22 /data/x: `/data/x` cannot be removed in ConfigMap a: there is no `x`",
        ),
        ("{op: move, path: /data/x}", "patch.yaml:1:8 move: `move` without `from`"),
        (
            "{op: move, from: /data/x, path: /data/k}",
            "patch.yaml:1:20 /data/x: `/data/x` cannot be moved in ConfigMap a: there is no `x`",
        ),
        (
            "{op: move, from: /data/l, path: /data/l/0}",
            "patch.yaml:1:35 /data/l/0: `/data/l/0` cannot be added: ConfigMap a has no `/data/l`",
        ),
        (
            "{op: test, path: /data/k, value: w}",
            "patch.yaml:1:20 /data/k: `/data/k` is tested, and ConfigMap a has another value",
        ),
        (
            "{op: test, path: /data/k, value: {a: b}}",
            "patch.yaml:1:20 /data/k: `/data/k` is tested, and ConfigMap a has another value",
        ),
        (
            "{op: test, path: /data/x, value: w}",
            "patch.yaml:1:20 /data/x: `/data/x` is tested, and ConfigMap a has no such value",
        ),
        ("{op: test, path: /data/k}", "patch.yaml:1:8 test: `test` without `value`"),
        (
            "{op: Add, path: /data/x, value: 1}",
            "patch.yaml:1:8 Add: `Add` is no operation; those are `add`, `remove`, `replace`, `move`, `copy` and `test`",
        ),
        ("{path: /data/x, value: 1}", "patch.yaml:1:3 {path: /data/x, value: 1}: an operation without `op`"),
        (
            "{op: add, path: /data/x, value: {~: 1}}",
            "patch.yaml:1:36 ~: a key of a JSON patch must be text or a number",
        ),
        ("~", "patch.yaml:1:3 ~: an operation without `op`"),
    ];
    for (operation, error) in cases {
        assert_eq!(becomes(OBJECT, &format!("- {operation}\n")), error, "{operation}");
    }
}

#[test]
fn values_are_yaml_1_1_or_json() {
    let value = "[yes, Off, y, 'no', 0777, 0o17, 1_000, 1.50, 2001-01-01, {yes: 1, 1.50: 2, 3: 4}]";
    let in_yaml = format!("- {{op: add, path: /d, value: {value}}}");
    // Kustomize prints the date as it is written, although go-yaml v3 would read a time.
    let read = r#"[true, false, true, "no", 511, 15, 1000, 1.5, "2001-01-01", {true: 1, 1.5: 2, 3: 4}]"#;
    assert_eq!(becomes("kind: A\n", &in_yaml), format!(r#"{{kind: "A", d: {read}}}"#));
    let in_json = r#"[{"op": "add", "path": "/d", "value": ["yes", 1.0e2, true, null, "\u0041"]}]"#;
    assert_eq!(becomes("kind: A\n", in_json), r#"{kind: "A", d: ["yes", 100.0, true, null, "A"]}"#);
}

#[test]
fn json_is_compared_as_it_is_written() {
    let cases = [
        ("/data/html", r#""a<b""#, false),
        ("/data/html", r#""a\u003cb""#, true),
        ("/data/k", r#""v""#, true),
        ("/data/l", "[1, 2, 3]", true),
        ("/data/l", "[1, 2, 3.0]", false),
        ("/data/nul", "null", true),
    ];
    for (path, value, equal) in cases {
        let patch = format!(r#"[{{"op": "test", "path": "{path}", "value": {value}}}]"#);
        assert_eq!(becomes(OBJECT, &patch).starts_with("{kind"), equal, "{path} {value}");
    }
}

#[test]
fn the_object_goes_through_json() {
    let object =
        "n: 12345678901234567\nm: 9007199254740992\ns: '12345678901234567'\nu: 18446744073709551615\n";
    let patch =
        "- {op: test, path: /n, value: 12345678901234567}\n- {op: add, path: /b, value: -9007199254740993}\n";
    let expected = r#"{n: 12345678901234568, m: 9007199254740992, s: "12345678901234567", u: 1.8446744073709552e19, b: -9007199254740992}"#;
    assert_eq!(becomes(object, patch), expected);
}

#[test]
fn annotations_become_strings() {
    let object = "metadata:\n  annotations: {a: 0777, b: 1.10, c: ~, d: true, e: 10000000, f: '1', g: [1]}\n";
    let patch = "- {op: add, path: /metadata/annotations/h, value: yes}\n";
    let expected = r#"{metadata: {annotations: {a: "511", b: "1.1", c: "null", d: "true", e: "1e+07", f: "1", g: "", h: "true"}}}"#;
    assert_eq!(becomes(object, patch), expected);
    assert_eq!(
        becomes("metadata: {annotations: {}}\n", "- {op: add, path: /a, value: 1}\n"),
        "{metadata: {}, a: 1}"
    );
    let dates =
        "metadata:\n  annotations:\n    a: 2001-1-2\n    b: 2001-12-14 21:59:43\n    c: '2001-01-02'\n";
    let expected = r#"{metadata: {annotations: {a: "2001-01-02T00:00:00Z", b: "2001-12-14T21:59:43Z", c: "2001-01-02"}}, x: 1}"#;
    assert_eq!(becomes(dates, "- {op: add, path: /x, value: 1}\n"), expected);
    let in_flow = "metadata: {annotations: {a: 2001-1-2, b: 2001-12-14 21:59:43}}\n";
    let expected =
        r#"{metadata: {annotations: {a: "2001-01-02T00:00:00Z", b: "2001-12-14 21:59:43"}}, x: 1}"#;
    assert_eq!(becomes(in_flow, "- {op: add, path: /x, value: 1}\n"), expected);
}

#[test]
fn annotations_are_there_when_kustomize_has_written_some() {
    // (operation, without annotations of Kustomize, with them)
    let cases = [
        (
            "{op: add, path: /metadata/annotations/x, value: w}",
            "patch.yaml:1:19 /metadata/annotations/x: `/metadata/annotations/x` cannot be added: ConfigMap a has no `/metadata/annotations`",
            r#"{kind: "ConfigMap", metadata: {name: "a", annotations: {x: "w"}}}"#,
        ),
        (
            "{op: remove, path: /metadata/annotations}",
            "patch.yaml:1:22 /metadata/annotations: `/metadata/annotations` cannot be removed in ConfigMap a: there is no `annotations`",
            r#"{kind: "ConfigMap", metadata: {name: "a"}}"#,
        ),
        (
            "{op: copy, from: /metadata, path: /x}",
            r#"{kind: "ConfigMap", metadata: {name: "a"}, x: {name: "a"}}"#,
            "patch.yaml:1:20 /metadata: `/metadata` cannot be the source: while it builds, Kustomize keeps annotations of its own there, which would be copied",
        ),
        (
            "{op: add, path: /metadata/annotations, value: [a]}",
            "patch.yaml:1:49 [a]: annotations are a mapping, and this is a list",
            "patch.yaml:1:49 [a]: annotations are a mapping, and this is a list",
        ),
        (
            "{op: add, path: /kind, value: B}",
            r#"{kind: "B", metadata: {name: "a"}}"#,
            r#"{kind: "B", metadata: {name: "a"}}"#,
        ),
    ];
    for (operation, without, with) in cases {
        let patch = format!("- {operation}\n");
        let map = files(&[("object.yaml", "kind: ConfigMap\nmetadata: {name: a}\n"), ("patch.yaml", &patch)]);
        let result =
            |hidden| patched(&map, hidden).map_or_else(|error| error, |target| shown(target.root(&map)));
        assert_eq!((result(false).as_str(), result(true).as_str()), (without, with));
    }
}

#[test]
fn values_keep_their_places() {
    let patch = "\
- {op: replace, path: /data/k, value: on}
- {op: add, path: /data/a~1b, value: {x: w}}
- {op: move, from: /data/a~1b/x, path: /data/l/0}
- {op: replace, path: /data/l/0, value: z}
- {op: remove, path: /data/html}
";
    let map = files(&[("object.yaml", OBJECT), ("patch.yaml", patch)]);
    let target = patched(&map, false).unwrap();
    assert_eq!(
        shown(target.root(&map)),
        r#"{kind: "ConfigMap", metadata: {name: "a"}, data: {k: true, l: ["z", 1, 2, 3], nul: null, a/b: {}}}"#
    );
    let entry = "patch.yaml:1:1 - {op: replace, path: /data/k, value: on}";
    let inputs = |op: &str, paths: &[&str]| {
        let paths = paths.iter().map(|path| format!("; control patch.yaml:{path}"));
        format!(
            " | patch {entry}; control patch.yaml:1:1 ; control patch.yaml:{op}{}",
            paths.collect::<String>()
        )
    };
    let replaced = inputs("1:8 replace", &["1:23 /data/k"]);
    let added = inputs("2:8 add", &["2:19 /data/a~1b"]);
    let moved = inputs("3:8 move", &["3:40 /data/l/0", "3:20 /data/a~1b/x"]);
    let again = inputs("4:8 replace", &["4:23 /data/l/0"]);
    assert_eq!(
        origins(&map, &target.tree),
        [
            format!("data.k = true from patch.yaml:1:39 on{replaced}; replaced object.yaml:4:6 v"),
            // What index 0 means depends on the operation that put an item there.
            format!(
                "data.l[0] = patch.yaml:4:41 z{again}; control object.yaml:5:6 [1, 2, 3]; replaced patch.yaml:2:42 w{moved}{added}"
            ),
        ]
    );
    let key = target.root(&map).path(&["data", "a/b"]).and_then(|value| value.key()).unwrap();
    assert_eq!(place(&map, key.span()), "a/b from patch.yaml:2:25 a~1b");
    assert_eq!(steps(&map, key.step()), added);
    let list = target.root(&map).path(&["data", "l"]).unwrap();
    assert_eq!(
        (place(&map, list.span()), steps(&map, list.step())),
        ("object.yaml:5:6 [1, 2, 3]".to_owned(), moved)
    );
    let removed: Vec<String> =
        target.removed.iter().map(|it| format!("{}{}", it.path, steps(&map, it.step))).collect();
    assert_eq!(removed.len(), 2);
    assert!(removed[0].starts_with("data[\"a/b\"].x | remove patch.yaml:3:3 {op: move"), "{}", removed[0]);
    assert!(removed[1].starts_with("data.html | remove patch.yaml:5:3 {op: remove"), "{}", removed[1]);
    assert!(removed[1].ends_with("; replaced object.yaml:7:9 a<b"), "{}", removed[1]);
}

#[test]
fn what_is_added_again_is_not_removed() {
    let patch = "\
- {op: remove, path: /data/k}
- {op: remove, path: /data/l/1}
- {op: remove, path: /data}
- {op: add, path: /data, value: {}}
- {op: add, path: /data/kk, value: {}}
- {op: remove, path: /data/kk}
";
    let map = files(&[("object.yaml", OBJECT), ("patch.yaml", patch)]);
    let target = patched(&map, false).unwrap();
    assert_eq!(target.removed.iter().map(|it| it.path.as_str()).collect::<Vec<_>>(), ["data.kk"]);
}
