//! What definitions ask besides shapes: the `jsonschema` crate as an oracle, and the words of findings.

#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};

use crate::source::{Source, SourceKind, SourceMap};
use crate::yaml::{self, Cursor, Limits, Schema, Tree};

use super::catalog::{Catalog, Lookup};
use super::check::check;
use super::problem::{Problem, ProblemKind};
use super::target::Target;

fn parsed(text: &str) -> (SourceMap, Vec<Tree>) {
    let map = SourceMap::new(vec![Source::new("a.yaml", SourceKind::File, text.to_owned())]);
    let id = map.ids()[0];
    let trees = yaml::parse(map.source(id), id, Limits::default()).trees().collect();
    (map, trees)
}

/// What is wrong with an object whose `spec` has this schema. JSON is YAML.
fn problems(schema: &Value, spec: &Value) -> Vec<Problem> {
    let definition = json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "spec": {"group": "example.com", "names": {"kind": "Thing"}, "versions": [{
            "name": "v1",
            "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": schema}}},
        }]},
    });
    let object =
        json!({"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "one"}, "spec": spec});
    let (map, trees) = parsed(&format!("{definition}\n---\n{object}\n"));
    let roots: Vec<Cursor<'_>> = trees.iter().map(|tree| Cursor::new(&map, tree)).collect();
    let catalog = Catalog::new(roots.iter().copied());
    let Lookup::Known(kinds) = catalog.find(&map, "example.com/v1", "Thing") else { panic!("no definition") };
    check(*roots.last().unwrap(), &kinds, Target::new(None), Schema::GoYamlV2)
}

fn said(schema: &Value, spec: &Value) -> Vec<String> {
    let clause = |problem: Problem| match problem.kind {
        ProblemKind::Limit(limit) => limit,
        ProblemKind::Rule { rule, .. } => format!("rule {rule}"),
        ProblemKind::Unverified(what) => format!("unverified {what}"),
        other => format!("{other:?}"),
    };
    problems(schema, spec).into_iter().map(clause).collect()
}

/// Schemas of the sorts that definitions have.
fn schemas() -> Vec<Value> {
    let fields = json!({
        "a": {"type": "string"}, "b": {"type": "integer"}, "c": {"type": "object", "properties": {
            "d": {"type": "string"}, "e": {"type": "array", "items": {"type": "string"}},
        }},
        "kind": {"type": "string", "enum": ["A", "B"]}, "port": {"x-kubernetes-int-or-string": true},
    });
    let with = |more: Value| {
        let mut schema = json!({"type": "object", "properties": fields});
        schema.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        schema
    };
    vec![
        with(json!({"oneOf": [{"required": ["a"]}, {"required": ["b"]}]})),
        with(json!({"anyOf": [{"required": ["a"]}, {"required": ["b", "c"]}]})),
        with(json!({"oneOf": [
            {"not": {"anyOf": [{"required": ["a"]}, {"required": ["b"]}]}}, {"required": ["a"]}, {"required": ["b"]},
        ]})),
        with(json!({"not": {"required": ["a", "b"]}})),
        with(json!({"not": {"anyOf": [{"required": ["a"]}, {"required": ["c"]}]}})),
        with(json!({"oneOf": [
            {"properties": {"kind": {"enum": ["A"]}}, "required": ["a"]},
            {"properties": {"kind": {"enum": ["B"]}}, "required": ["b"]},
        ]})),
        with(
            json!({"allOf": [{"required": ["kind"]}, {"anyOf": [{"required": ["a"]}, {"required": ["c"]}]}]}),
        ),
        with(json!({"anyOf": [
            {"properties": {"a": {"pattern": "^x", "maxLength": 3}}}, {"properties": {"b": {"minimum": 3}}},
        ]})),
        with(json!({"allOf": [{"properties": {"c": {"required": ["d"], "properties": {"e": {
            "minItems": 1, "items": {"pattern": "^[a-z]+$"},
        }}}}}]})),
        with(json!({"minProperties": 2, "maxProperties": 3})),
        with(json!({"properties": {
            "a": {"type": "string", "anyOf": [{"pattern": "^x"}, {"pattern": "y$"}]},
            "b": {"type": "integer", "minimum": 1, "exclusiveMinimum": true, "not": {"enum": [7]}},
            "c": {"type": "array", "minItems": 1, "maxItems": 2, "items": {"type": "string"}},
        }})),
    ]
}

/// The schema as the API server reads it: other fields are refused, and a port is a number or text.
fn strict(schema: &Value) -> Value {
    let mut strict = schema.clone();
    if let Some(Value::Object(properties)) = strict.get_mut("properties") {
        properties.values_mut().for_each(|property| *property = self::strict(property));
        strict["additionalProperties"] = json!(false);
    }
    if strict.get("x-kubernetes-int-or-string").is_some() {
        strict = json!({"type": ["integer", "string"]});
    }
    strict
}

#[test]
fn the_crate_comes_to_the_same_verdicts() {
    let values: [(&str, Vec<Value>); 5] = [
        ("a", vec![json!("x"), json!("wxy"), json!("xyzzy"), json!(1)]),
        ("b", vec![json!(1), json!(7), json!("1"), json!(0)]),
        (
            "c",
            vec![
                json!({"d": "1"}),
                json!({}),
                json!({"e": []}),
                json!({"d": "", "e": ["ab", "B"]}),
                json!(["x"]),
            ],
        ),
        ("kind", vec![json!("A"), json!("B"), json!("C")]),
        ("port", vec![json!(80), json!("http"), json!(true)]),
    ];
    let (mut count, mut wrong) = (0, 0);
    for schema in schemas() {
        let validator = jsonschema::draft4::new(&strict(&schema)).unwrap();
        // Every field is absent, or has one of its values.
        let all: usize = values.iter().map(|(_, values)| values.len() + 1).product();
        for mut number in 0..all {
            let mut spec = serde_json::Map::new();
            for (name, values) in &values {
                let choice = number % (values.len() + 1);
                number /= values.len() + 1;
                if let Some(value) = choice.checked_sub(1).and_then(|choice| values.get(choice)) {
                    spec.insert((*name).to_owned(), value.clone());
                }
            }
            let spec = Value::Object(spec);
            if number % 3 != 0 {
                continue;
            }
            let is_valid = validator.is_valid(&spec);
            let problems = problems(&schema, &spec);
            assert_eq!(problems.is_empty(), is_valid, "{schema}\n{spec}\n{problems:?}");
            count += 1;
            wrong += usize::from(!is_valid);
        }
    }
    println!("{count} values, {wrong} of them wrong");
    assert!(count > 2000 && wrong > 500 && wrong < count);
}

#[test]
fn choices_are_said_by_their_fields() {
    let fields = json!({"a": {"type": "string"}, "b": {"type": "string"}});
    let with = |word: &str, value: Value| json!({"type": "object", "properties": fields, word: value});
    let either = json!([{"required": ["a"]}, {"required": ["b"]}]);
    let none = json!([{"not": {"anyOf": either}}, {"required": ["a"]}, {"required": ["b"]}]);
    let (nothing, both) = (json!({}), json!({"a": "1", "b": "2"}));
    let cases = [
        (with("oneOf", either.clone()), &nothing, "set exactly one of `a` and `b`, and sets none"),
        (with("oneOf", either.clone()), &both, "set exactly one of `a` and `b`"),
        (with("oneOf", none), &both, "set at most one of `a` and `b`"),
        (with("anyOf", either), &nothing, "set `a` or `b`"),
        (with("not", json!({"required": ["a", "b"]})), &both, "not set `a` and `b` together"),
        (with("not", json!({"required": ["a"]})), &both, "not set `a`"),
        (with("minProperties", json!(1)), &nothing, "have at least 1 field"),
    ];
    for (schema, spec, expected) in cases {
        assert_eq!(said(&schema, spec), [expected], "{schema}");
    }
}

#[test]
fn what_is_filled_in_or_has_a_default_is_no_verdict() {
    let schema = json!({
        "type": "object",
        "properties": {"a": {"type": "string", "default": "x"}, "b": {"type": "string"}},
        "oneOf": [{"required": ["b"]}, {"properties": {"a": {"enum": ["y"]}}, "required": ["a"]}],
    });
    assert!(said(&schema, &json!({})).is_empty());
    let schema =
        json!({"type": "object", "properties": {"a": {"type": "string"}}, "anyOf": [{"required": ["a"]}]});
    assert!(said(&schema, &json!({"${A}": "x"})).is_empty());
    let text = json!({"type": "string", "anyOf": [{"pattern": "^x"}]});
    assert!(said(&text, &json!("${A}")).is_empty());
    assert_eq!(said(&text, &json!("a")), ["match `^x`"]);
    let more = json!({"type": "string", "anyOf": [{"format": "isbn10"}, {"format": "isbn13"}]});
    assert_eq!(said(&more, &json!("a")).len(), 1);
    assert!(said(&more, &json!("a"))[0].starts_with("unverified"));
    let read = json!({"type": "string", "anyOf": [{"format": "ipv4"}, {"format": "ipv6"}]});
    assert_eq!(said(&read, &json!("a")), ["be an IPv4 address or an IPv6 address"]);
}

#[test]
fn rules_in_cel_are_evaluated_where_they_can_be() {
    let schema = |rule: &str| {
        json!({"type": "object", "x-kubernetes-validations": [{"rule": rule}], "properties": {
            "a": {"type": "string"}, "n": {"type": "integer"}, "x": {"type": "number"}, "on": {"type": "boolean"},
            "d": {"type": "string", "default": "filled"}, "my-name": {"type": "string"}, "namespace": {"type": "string"},
            "list": {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}}}},
            "set": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
            "at": {"type": "string", "format": "date-time"}, "port": {"x-kubernetes-int-or-string": true},
            "map": {"type": "object", "additionalProperties": {"type": "integer"}},
        }})
    };
    let right = [
        ("has(self.a) != has(self.n)", json!({"a": "x"})),
        ("self.n >= 1 && self.n <= 3", json!({"n": 2})),
        ("self.x > 0.5", json!({"x": 1})),
        ("self.d == 'filled'", json!({})),
        (
            "self.my__dash__name == 'x' && self.__namespace__ == 'y'",
            json!({"my-name": "x", "namespace": "y"}),
        ),
        (
            "self.list.all(x, self.list.exists_one(y, x.name == y.name))",
            json!({"list": [{"name": "a"}, {"name": "b"}]}),
        ),
        ("self.a.matches('^\\\\d+$') && size(self.a) == 2", json!({"a": "12"})),
        ("duration(self.a) >= duration('1ms')", json!({"a": "1m30s"})),
        ("!has(self.a) || self.a in ['x', 'y']", json!({})),
        ("self.map.all(key, self.map[key] > 0)", json!({"map": {"k": 1}})),
        ("type(self.port) == int ? self.port > 0 : true", json!({"port": 0})),
        ("self.a == oldSelf.a", json!({"a": "x"})),
        ("has(self.on) && self.on ? has(self.a) : true", json!({"on": false})),
    ];
    for (rule, spec) in right {
        let found: Vec<String> = said(&schema(rule), &spec);
        assert!(found.iter().all(|text| text.starts_with("unverified type(")), "{rule}: {found:?}");
    }
    let wrong = [
        ("has(self.a) != has(self.n)", json!({"a": "x", "n": 1})),
        ("self.n >= 1 && self.n <= 3", json!({"n": 4})),
        ("self.d != 'filled'", json!({})),
        (
            "self.list.all(x, self.list.exists_one(y, x.name == y.name))",
            json!({"list": [{"name": "a"}, {"name": "a"}]}),
        ),
        ("self.a.matches('^[a-z]+$')", json!({"a": "12"})),
        ("self.a.matches('^(\\\\<|\\\\>)[0-9&&a]+$')", json!({"a": "12"})),
        ("self.list.filter(x, x.name == 'a').size() <= 1", json!({"list": [{"name": "a"}, {"name": "a"}]})),
        ("self.list.map(x, x.name) == ['b']", json!({"list": [{"name": "a"}]})),
        ("duration(self.a) >= duration('1s')", json!({"a": "1ms"})),
    ];
    for (rule, spec) in wrong {
        assert_eq!(said(&schema(rule), &spec), [format!("rule {rule}")]);
    }
    let unknown = [
        ("url(self.a).getScheme() == 'https'", json!({"a": "x"})),
        ("self.at > timestamp('2020-01-01T00:00:00Z')", json!({"at": "2021-01-01T00:00:00Z"})),
        ("self.set == ['b', 'a']", json!({"set": ["a", "b"]})),
        ("self.a == 'x'", json!({"a": "${A}"})),
        ("self.missing.more == 'x'", json!({"a": "x"})),
        // Texts that the interpreter makes otherwise.
        ("string(self.x) == '1'", json!({"x": 1})),
        // What is as long as somebody likes.
        ("[0, 0].all(a, a == 0)", json!({})),
        ("self.a.split('').all(b, b == 'x')", json!({"a": "x"})),
        ("size([self.a].map(a, a + a).map(a, a + a)) == 1", json!({"a": "x"})),
        ("self.a.replace('', self.a) == 'x'", json!({"a": "x"})),
        ("self.list.all(x, x.name + x.name != 'aa')", json!({"list": [{"name": "a"}]})),
        ("self.list.filter(x, true).all(x, x.name == 'b')", json!({"list": [{"name": "a"}]})),
        ("self.list.all(x, x.name.matches(x.name))", json!({"list": [{"name": "a"}]})),
        ("this is no rule", json!({"a": "x"})),
        ("self.n / 0 == 1", json!({"n": 1})),
    ];
    for (rule, spec) in unknown {
        assert_eq!(said(&schema(rule), &spec), [format!("unverified {rule}")]);
    }
}

#[test]
fn many_fields_are_missed_and_misspelt() {
    let names: Vec<String> = (0..200).map(|number| format!("fieldname{number}")).collect();
    let fields: serde_json::Map<String, Value> =
        names.iter().map(|name| (name.clone(), json!({"type": "string"}))).collect();
    let schema = json!({"type": "object", "properties": fields, "required": names});
    let [Problem { kind: ProblemKind::Missing(missing), .. }] = &problems(&schema, &json!({}))[..] else {
        panic!("nothing is missing");
    };
    assert_eq!(missing.len(), 200);
    let spec: serde_json::Map<String, Value> =
        names.iter().map(|name| (format!("{name}x"), json!("a"))).collect();
    let found = problems(&schema, &Value::Object(spec));
    let meant =
        |problem: &&Problem| matches!(&problem.kind, ProblemKind::Unknown(unknown) if unknown.near.is_some());
    assert_eq!((found.len(), found.iter().filter(meant).count()), (201, 10));
}

#[test]
fn rules_that_take_too_many_steps_are_left_alone() {
    let rule = "self.list.all(a, self.list.all(b, self.list.all(c, a + b + c != 'x')))";
    let schema = json!({"type": "object", "x-kubernetes-validations": [{"rule": rule}], "properties": {
        "list": {"type": "array", "items": {"type": "string"}},
    }});
    let items: Vec<String> = (0..500).map(|number| number.to_string()).collect();
    assert_eq!(said(&schema, &json!({"list": items})), [format!("unverified {rule}")]);
    let schema = |rule: &str| {
        json!({"type": "object", "x-kubernetes-validations": [{"rule": rule}], "properties": {
            "list": {"type": "array", "items": {"type": "string"}},
        }})
    };
    let repeated = |start: &str, middle: &str, end: &str, count: usize| {
        format!("{}{middle}{}", start.repeat(count), end.repeat(count))
    };
    let deep = [
        repeated("(", "self.list == []", ")", 3000),
        repeated("(", "self.list == []", ")", 20),
        repeated("!", "(self.list == [])", "", 160),
        repeated("-", "1", " == 1", 60),
        repeated("self.list == [] ? true : ", "false", "", 20),
        repeated("self.list == [] || ", "false", "", 90),
        repeated("1 + ", "1 == 0", "", 150),
        repeated("self.list.all(x, ", "true", ")", 20),
        repeated("[", "1", "]", 22),
        repeated("", "self", ".a", 800),
        repeated("", "self.list", "[0]", 600),
    ];
    for rule in deep {
        assert!(said(&schema(&rule), &json!({"list": ["a"]})).len() <= 1);
    }
}

/// Compared one with another, so many items would take minutes.
#[test]
fn large_sets_are_compared_once() {
    let set = |least: u64| {
        let items = json!({"type": "string"});
        let list =
            json!({"type": "array", "x-kubernetes-list-type": "set", "minItems": least, "items": items});
        json!({"type": "object", "properties": {"set": list}})
    };
    let mut items: Vec<String> = (0..50_000).map(|number| format!("item-{number}")).collect();
    assert_eq!(said(&set(0), &json!({"set": items})), [""; 0]);
    items.push("item-7".to_owned());
    assert_eq!(said(&set(0), &json!({"set": items})), ["not have an item twice"]);
    let numbers = json!({"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "number"}});
    let numbers = json!({"type": "object", "properties": {"set": numbers}});
    assert_eq!(said(&numbers, &json!({"set": [0.0, 1, "${A}", "${A}", -0.0]})), ["not have an item twice"]);
}
