//! Variables: texts, objects and items of `vars` in, values with their places out.

use super::*;
use crate::render::kustomize::testing::{files, origins, place, resources, set_values, stage, trees};

/// `A` is `1`, `B` is `$(A)`, `EMPTY` is nothing.
#[test]
fn names_are_replaced_as_kustomize_replaces_them() {
    let value = |text: &str| {
        let map = files(&[("v", "unused")]);
        let (tree, text) = (trees(&map, 0).remove(0), text.to_owned());
        Value {
            entry: Span::new(crate::source::SourceId(0), 0, 0),
            tree,
            text,
            reading: Reading::Text,
            inputs: vec![],
        }
    };
    let values = [("A", value("1")), ("B", value("$(A)")), ("EMPTY", value(""))];
    let values: FxHashMap<&str, Value> = values.into_iter().collect();
    for (text, expected) in [
        ("$(A)", "1"),
        ("$(A)-$(A)", "1-1"),
        ("_$(A)_", "_1_"),
        ("$(A)$(B)", "1$(A)"),
        ("x$(EMPTY)y", "xy"),
        ("$$(A)_$(A)", "$(A)_1"),
        ("$$$$$$$(A)", "$$$1"),
        ("$$$$$$(A)", "$$$(A)"),
        ("$$x", "$x"),
        (r"\$(A)", r"\1"),
        ("$(A$(B))", "$(A$(B))"),
        ("$(A", "$(A"),
        ("$(A)$(", "1$("),
        ("$(A)x$", "1x$"),
        ("--$($($(A)--", "--$($($(A)--"),
        ("$(no) $A ${A} $? (A)", "$(no) $A ${A} $? (A)"),
        ("$ä$(A)", "$ä1"),
        ("$(a$$b)", "$(a$$b)"),
        ("", ""),
    ] {
        let pieces = pieces(text, &values);
        let found = pieces.iter().map(|piece| match piece {
            Piece::Own(range) => &text[range.clone()],
            Piece::Value(value) => &value.text,
        });
        assert_eq!(found.collect::<String>(), expected, "{text}");
    }
}

const OBJECTS: &str = "\
kind: Source
apiVersion: v1
metadata: {name: src, namespace: ns}
data:
  text: hello
  quoted: \"5\"
  int: 0755
  float: 1.50
  big: 1e30
  small: 0.000015
  bool: True
  hex: 0x1F
  none: ~
  list: [a, b]
  ports: [{port: 80}]
---
kind: Thing
apiVersion: v1
metadata: {name: thing}
";

/// What becomes of `spec` when `A` is the field of `src` at `path`.
fn run(path: &str, spec: &str) -> Vec<String> {
    let vars = format!(
        "- {{name: A, objref: {{kind: Source, apiVersion: v1, name: src}}, fieldref: {{fieldPath: {path}}}}}"
    );
    let specs = [FieldSpec::constant(["", "", "Thing"], "spec/field", false)];
    with_vars(&vars, &format!("{OBJECTS}spec: {spec}\n"), |stage, resources, vars| {
        resolve(stage, resources, vars, &specs)
    })
}

fn with_vars(
    vars: &str,
    objects: &str,
    then: impl FnOnce(&mut Stage<'_>, &mut [Resource], &[Var]) -> Result<()>,
) -> Vec<String> {
    let map = files(&[("k", vars), ("o", objects)]);
    let mut resources = resources(&map, 1);
    let tree = trees(&map, 0).remove(0);
    let mut read = Vec::new();
    let merged = merge(&resources, &mut read, Cursor::new(&map, &tree).items().collect());
    let result = merged.and_then(|()| then(&mut stage(&map), &mut resources, &read));
    match result {
        Err(error) => vec![format!("error {}: {}", place(&map, error.span), error.message)],
        Ok(()) => set_values(&map, &resources),
    }
}

#[test]
fn fields_get_values() {
    for (path, spec, expected) in [
        ("data.text", "{field: $(A)}", &["field = \"hello\" (o:5:9 hello)"][..]),
        ("data.text", "{field: 'x $(A) $$y'}", &["field = \"x hello $y\" (o:5:9 hello)"]),
        ("data.text", "{field: a$$b}", &["field = \"a$b\" (o:20:15 a$$b)"]),
        ("data.text", "[{field: $(A)}, {field: $(B)}]", &["[0].field = \"hello\" (o:5:9 hello)"]),
        ("data.text", "{field: {a: $(A), b: 5, c: {d: $(A)}}}", &["field.a = \"hello\" (o:5:9 hello)"]),
        ("data.text", "{field: [x, $(A)]}", &["field[1] = \"hello\" (o:5:9 hello)"]),
        ("data.text", "{field: 5}", &[]),
        ("data.text", "{field: ~}", &[]),
        // A value that is alone keeps its type, as Go reads it.
        ("data.quoted", "{field: $(A)}", &["field = \"5\" (o:6:11 \"5\")"]),
        ("data.quoted", "{field: x$(A)}", &["field = \"x5\" (o:6:11 \"5\")"]),
        ("data.int", "{field: $(A)}", &["field = 755 (o:7:8 0755)"]),
        ("data.int", "{field: '$(A)'}", &["field = 755 (o:7:8 0755)"]),
        ("data.float", "{field: $(A)}", &["field = 1.5 (o:8:10 1.50)"]),
        ("data.big", "{field: x$(A)}", &["field = \"x1e+30\" (o:9:8 1e30)"]),
        ("data.small", "{field: $(A)}", &["field = 1.5e-5 (o:10:10 0.000015)"]),
        ("data.bool", "{field: $(A)}", &["field = true (o:11:9 True)"]),
        ("data.none", "{field: $(A)}", &["field = \"~\" (o:13:9 ~)"]),
        ("'data.ports[0].port'", "{field: $(A)}", &["field = 80 (o:15:18 80)"]),
        ("data.list", "{field: $(A)}", &[]),
        ("", "{field: $(A)}", &["field = \"src\" (o:3:18 src)"]),
    ] {
        let start = if spec.starts_with('[') { "thing spec" } else { "thing spec." };
        let expected: Vec<String> = expected.iter().map(|line| format!("{start}{line}")).collect();
        assert_eq!(run(path, spec), expected, "{path} {spec}");
    }
}

#[test]
fn what_has_no_value_is_refused() {
    for (path, spec, expected) in [
        (
            "data.no",
            "{}",
            "error k:1:10 A: the variable `A` has no value: there is no `data.no` of Source ns/src",
        ),
        (
            "data.hex",
            "{}",
            "error k:1:10 A: the variable `A` has no value: no number that Go reads is in `data.hex` of Source \
             ns/src",
        ),
        (
            "data.text",
            "{field: [5]}",
            "error o:20:16 5: variables are replaced in `spec/field`, and this item is no string",
        ),
        (
            "data.text",
            "{field: [{a: b}]}",
            "error o:20:16 {a: b}: variables are replaced in `spec/field`, and this item is no string",
        ),
        (
            "data.text",
            "{field: {5: x}}",
            "error o:20:16 5: variables are replaced in `spec/field`, and this key is no string",
        ),
    ] {
        assert_eq!(run(path, spec), [expected], "{path} {spec}");
    }
}

#[test]
fn variables_mean_one_object() {
    let objects =
        format!("{OBJECTS}---\nkind: Source\napiVersion: v1\nmetadata: {{name: src, namespace: other}}\n");
    for (objref, expected) in [
        ("apiVersion: v1, kind: Source, name: src, namespace: ns", ""),
        ("version: v1, kind: Source, name: src, namespace: other", ""),
        (
            "apiVersion: v1, kind: Source, name: src",
            "error k:1:21 {apiVersion: v1, kind: Source, name: src}: the variable `A` could mean Source ns/src or \
             Source other/src",
        ),
        // All parts of the kind are needed.
        (
            "kind: Source, name: src, namespace: ns",
            "error k:1:10 A: the variable `A` needs Source ns/src, which does not exist",
        ),
        (
            "apiVersion: apps/v1, kind: Source, name: src, namespace: ns",
            "error k:1:10 A: the variable `A` needs Source ns/src, which does not exist",
        ),
    ] {
        let vars = format!("- {{name: A, objref: {{{objref}}}}}");
        let found = with_vars(&vars, &objects, |stage, resources, vars| resolve(stage, resources, vars, &[]));
        assert_eq!(found.concat(), expected, "{objref}");
    }
    let twice = "- {name: A, objref: {apiVersion: v1, kind: Thing, name: thing}}\n- {name: A}\n";
    let found = with_vars(twice, OBJECTS, |_, _, _| Ok(()));
    assert_eq!(found, ["error k:2:10 A: the variable `A` is there already"]);
}

#[test]
fn objects_are_found_under_new_names() {
    let vars = "- {name: A, objref: {apiVersion: v1, kind: Thing, name: thing}}";
    let objects = format!("{OBJECTS}spec: {{field: is $(A)}}");
    let found = with_vars(vars, &objects, |stage, resources, vars| {
        let map = stage.map;
        resources[1].remember_id();
        resources[1].change(map, |draft| {
            let name = Draft::text(map.word("new"), StepId::PARSED);
            draft
                .get_mut(map, "metadata")
                .map(|metadata| metadata.set(map, Draft::word(map, "name", StepId::PARSED), name))
        });
        let specs = [FieldSpec::constant(["", "", ""], "spec/field", false)];
        resolve(stage, resources, vars, &specs)?;
        let expected = "spec.field = is new from o:20:15 is  and ";
        let lines = origins(map, &resources[1].tree);
        assert!(lines[0].starts_with(expected), "{lines:?}");
        Ok(())
    });
    assert_eq!(
        found,
        ["new spec.field = \"is new\" (k:1:3 {name: A, objref: {apiVersion: v1, kind: Thing, name: thing}})"]
    );
}
