//! Replacements: objects and an item of `replacements` in, values with their places out.

use super::*;
use crate::render::kustomize::resource::ResId;
use crate::render::kustomize::testing::{files, origins, place, resources, set_values, stage, trees};

const OBJECTS: &str = "\
kind: Source
apiVersion: v1
metadata: {name: src}
data:
  port: '8080'
  host: a.b.c
  n: 5
  list: [x, y]
none: {}
---
kind: Deployment
apiVersion: apps/v1
metadata: {name: web, labels: {tier: front}}
spec:
  port: 80
  name: old
  host: x:y:z
  quoted: \"q\"
  open: ~
  replicas: 1.5
  args: [a, b]
  containers: [{name: one, image: \"i:1\"}, {name: two, image: j}]
---
{kind: Deployment, apiVersion: apps/v1, metadata: {name: api, namespace: prod}, spec: {name: old}}
";

/// What a replacement from `src` writes; the lines of `set_values`, then events, then the error.
fn run(replacement: &str) -> Vec<String> {
    let map = files(&[("k", replacement), ("o", OBJECTS)]);
    let mut resources = resources(&map, 1);
    let first = ResId { name: "first".into(), ..resources[2].id.clone() };
    resources[2].previous.push(first);
    let config = trees(&map, 0).remove(0);
    let mut stage = stage(&map);
    let result = apply(&mut stage, &mut resources, Cursor::new(&map, &config));
    let mut lines = set_values(&map, &resources);
    let event =
        |event: &crate::render::Event| format!("event {}: {}", place(&map, event.span), event.message);
    lines.extend(stage.events.iter().map(event));
    lines.extend(result.err().map(|error| format!("error {}: {}", place(&map, error.span), error.message)));
    lines
}

/// A replacement of a field of `src` by paths of `web`.
fn web(source: &str, target: &str) -> String {
    format!("source: {{name: src, {source}}}\ntargets:\n- {{select: {{name: web}}, {target}}}\n")
}

#[test]
fn values_are_copied() {
    for (source, target, expected) in [
        ("fieldPath: data.host", "fieldPaths: [spec.name]", &["web spec.name = \"a.b.c\" (o:6:9 a.b.c)"][..]),
        ("fieldPath: ''", "fieldPaths: []", &["src metadata.name = \"src\" (o:3:18 src)"]),
        // What is written keeps the type of what was there; what is made has none.
        ("fieldPath: data.port", "fieldPaths: [spec.port]", &["web spec.port = 8080 (o:5:10 8080)"]),
        ("fieldPath: data.port", "fieldPaths: [spec.name]", &["web spec.name = \"8080\" (o:5:9 '8080')"]),
        ("fieldPath: data.n", "fieldPaths: [spec.quoted]", &["web spec.quoted = \"5\" (o:7:6 5)"]),
        ("fieldPath: data.n", "fieldPaths: [spec.replicas]", &["web spec.replicas = 5 (o:7:6 5)"]),
        (
            "fieldPath: data.port",
            "fieldPaths: [spec.new.port], options: {create: true}",
            &["web spec.new.port = 8080 (o:5:10 8080)"],
        ),
        (
            "fieldPath: data.list",
            "fieldPaths: [spec.args]",
            &["web spec.args[0] = \"x\" (o:8:10 x)", "web spec.args[1] = \"y\" (o:8:13 y)"],
        ),
        ("fieldPath: data.list", "fieldPaths: [spec.name]", &["web spec.name = \"\" (o:8:9 [x, y])"]),
        ("fieldPath: data.n", "fieldPaths: [spec.args]", &["web spec.args = 5 (o:7:6 5)"]),
        ("fieldPath: data.list.1", "fieldPaths: [spec.args.0]", &["web spec.args[0] = \"y\" (o:8:13 y)"]),
    ] {
        assert_eq!(run(&web(source, target)), expected, "{source} {target}");
    }
}

#[test]
fn paths_lead_to_fields() {
    for (path, expected) in [
        ("spec.containers.[name=two].image", &["containers[1].image = \"a.b.c\""][..]),
        (
            "spec.containers.[name=o].image",
            &["containers[0].image = \"a.b.c\"", "containers[1].image = \"a.b.c\""],
        ),
        ("spec.containers.[name=^o].image", &["containers[0].image = \"a.b.c\""]),
        ("spec.containers.[image=\"i:1\"].name", &["containers[0].name = \"a.b.c\""]),
        ("spec.containers.*.image", &["containers[0].image = \"a.b.c\"", "containers[1].image = \"a.b.c\""]),
        ("spec.args.[=b].what.ever", &["args[1] = \"a.b.c\""]),
        ("spec.containers.2.name", &["containers[2].name = \"a.b.c\""]),
        (
            "spec.containers.[name=new].image",
            &["containers[2].name = \"new\"", "containers[2].image = \"a.b.c\""],
        ),
        ("spec.x.[name={n}].y", &["x[0].name = \"{n}\"", "x[0].y = \"a.b.c\""]),
        ("spec.x.0.y", &["x[0].y = \"a.b.c\""]),
        ("spec.x.[=v]", &["x[0] = \"a.b.c\""]),
        ("spec.annotations.[a.io/b]", &["annotations[\"a.io/b\"] = \"a.b.c\""]),
        (r"spec.annotations.a\.io/b", &["annotations[\"a.io/b\"] = \"a.b.c\""]),
        // kyaml makes these below a null, where nobody sees them.
        ("spec.open.x", &[]),
        ("spec.open.[name=x].y", &[]),
    ] {
        let target = format!("options: {{create: true}}, fieldPaths: ['{path}']");
        let found = run(&web("fieldPath: data.host", &target));
        let found: Vec<&str> = found
            .iter()
            .map(|line| line.trim_start_matches("web spec.").split(" (").next().unwrap_or_default())
            .collect();
        assert_eq!(found, expected, "{path}");
    }
}

#[test]
fn parts_are_put_together() {
    let host = "o:6:9 a.b.c";
    for (source, target, expected) in [
        ("{delimiter: ., index: 1}", "spec.name], options: {}", ("b", "o:6:11 b")),
        (
            "{delimiter: ., index: 1}",
            "spec.host], options: {delimiter: ':', index: 1}",
            ("x:b:z", "o:6:11 b"),
        ),
        ("{}", "spec.host], options: {delimiter: ':', index: 0}", ("a.b.c:y:z", host)),
        ("{}", "spec.host], options: {delimiter: ':', index: 2}", ("x:y:a.b.c", host)),
        ("{}", "spec.host], options: {delimiter: ':', index: 9}", ("x:y:z:a.b.c", host)),
        ("{}", "spec.host], options: {delimiter: ':', index: -1}", ("a.b.c:x:y:z", host)),
        ("{}", "spec.host], options: {delimiter: '/'}", ("a.b.c", host)),
    ] {
        let source = format!("fieldPath: data.host, options: {source}");
        let target = format!("fieldPaths: [{target}");
        let field = if target.contains("spec.host") { "host" } else { "name" };
        let expected = format!("web spec.{field} = {:?} ({})", expected.0, expected.1);
        assert_eq!(run(&web(&source, &target)), [expected], "{source} {target}");
    }
}

#[test]
fn objects_are_selected() {
    for (select, expected) in [
        ("select: {kind: Deployment}", &["api", "web"][..]),
        ("select: {name: first}", &["api"]),
        ("select: {kind: Deployment, namespace: default}", &["web"]),
        ("select: {group: apps, labelSelector: tier in (front)}", &["web"]),
        ("select: {version: v1, labelSelector: '!tier'}", &["api", "src"]),
        ("select: {kind: Deployment}, reject: [{name: web}]", &["api"]),
        ("select: {kind: Deployment}, reject: [{labelSelector: tier}]", &["api"]),
        ("select: {kind: Deployment}, reject: [{}, {name: first, labelSelector: tier}]", &[]),
        ("select: {}, reject: [{kind: Source}]", &["api", "web"]),
    ] {
        let target = format!("{select}, fieldPaths: [metadata.new], options: {{create: true}}");
        let found = run(&format!("{{source: {{name: src}}, targets: [{{{target}}}]}}"));
        let set = found.iter().filter(|line| line.contains("metadata.new"));
        let mut names: Vec<&str> = set.filter_map(|line| line.split(' ').next()).collect();
        names.sort_unstable();
        assert_eq!(names, expected, "{select}: {found:?}");
    }
}

#[test]
fn what_is_wrong_is_named() {
    for (replacement, expected) in [
        ("{source: {}}", "error k:1:1 {source: {}}: a replacement needs `source` and `targets`"),
        ("{source: {name: 5}, targets: []}", "error k:1:17 5: `name` must be a string"),
        (
            "{source: {kind: Service, name: web}, targets: []}",
            "error k:1:32 web: the source does not exist: there is no Service `web`",
        ),
        (
            "{source: {kind: Deployment}, targets: []}",
            "error k:1:17 Deployment: the source must be one object, and Deployment is both Deployment web and \
             Deployment prod/api",
        ),
        (
            "{source: {name: src, fieldPath: data.no}, targets: []}",
            "error k:1:33 data.no: Source src has no value at `data.no`",
        ),
        (
            "{source: {name: src, fieldPath: none}, targets: []}",
            "error k:1:33 none: Source src has no value at `none`",
        ),
        (
            "{source: {name: src, fieldPath: data.host.x}, targets: []}",
            "error k:1:33 data.host.x: `x` is a field, but what should have it is no mapping",
        ),
        (
            "{source: {name: src, fieldPath: data.host, options: {delimiter: ., index: 3}}, targets: []}",
            "error k:1:75 3: `data.host` of Source src has no part number 3",
        ),
        (
            "{source: {name: src, fieldPath: data.list, options: {delimiter: .}}, targets: []}",
            "error k:1:65 .: `delimiter` parts text, and `data.list` of Source src is none",
        ),
        ("{source: {name: src}, targets: [{}]}", "error k:1:33 {}: a target needs `select`"),
        (
            "{source: {name: src}, targets: [{select: {labelSelector: a b}}]}",
            "error k:1:58 a b: `a b` is no selector: `b` stands where `=`, `==`, `!=`, `in`, `notin`, `<` or `>` \
             is expected",
        ),
        (
            "{source: {name: src}, targets: [{select: {kind: Service, namespace: a}}]}",
            "event k:1:49 Service: nothing is replaced here: there is no Service in the namespace `a`",
        ),
        (
            "{source: {name: src}, targets: [{select: {name: web}, fieldPaths: [spec.no]}]}",
            "error k:1:68 spec.no: Deployment web has no field `spec.no` to write to",
        ),
        (
            "{source: {name: src}, targets: [{select: {name: web}, fieldPaths: [spec.port]}]}",
            "error k:1:68 spec.port: the value cannot be read as an integer, which this field is (in Deployment web)",
        ),
        (
            "{source: {name: src}, targets: [{select: {name: web}, fieldPaths: [spec.open]}]}",
            "error k:1:68 spec.open: the value cannot be read as null, which this field is (in Deployment web)",
        ),
        (
            "{source: {name: src}, targets: [{select: {name: web}, fieldPaths: [spec.args.5]}]}",
            "error k:1:68 spec.args.5: there is no item 5 in a list of 2 (in Deployment web)",
        ),
        (
            "{source: {name: src}, targets: [{select: {name: web}, fieldPaths: [spec.args], \
             options: {delimiter: x}}]}",
            "error k:1:68 spec.args: `delimiter` parts text, and this field is none (in Deployment web)",
        ),
        (
            "{source: {name: src}, targets: [{select: {name: web}, fieldPaths: ['spec.args.[=^x$]'], \
             options: {create: true}}]}",
            "error k:1:68 'spec.args.[=^x$]': `[=^x$]` does not match the item that is made for it (in Deployment \
             web)",
        ),
    ] {
        assert_eq!(run(replacement), [expected]);
    }
}

#[test]
fn steps_name_what_was_read() {
    let text = web("fieldPath: 'data.list.[=y]'", "fieldPaths: ['spec.containers.[name=two].image']");
    let map = files(&[("k", &text), ("o", OBJECTS)]);
    let mut resources = resources(&map, 1);
    let config = trees(&map, 0).remove(0);
    assert!(apply(&mut stage(&map), &mut resources, Cursor::new(&map, &config)).is_ok());
    let expected = "spec.containers[1].image = o:8:13 y | replacement k:3:38 'spec.containers.[name=two].image'; \
        value o:8:13 y; control k:1:9 {name: src, fieldPath: 'data.list.[=y]'}; control o:2:13 v1; \
        control o:1:7 Source; control o:3:18 src; control o:8:13 y; \
        control k:3:3 {select: {name: web}, fieldPaths: ['spec.containers.[name=two].image']}; \
        control o:22:50 two; replaced o:22:62 j";
    assert_eq!(origins(&map, &resources[1].tree), [expected]);
}
