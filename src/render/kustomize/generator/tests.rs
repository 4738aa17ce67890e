//! Generated objects, and what becomes of those that are there: kustomizations and the objects that Kustomize 5.5.0
//! makes of them.

#![allow(clippy::unwrap_used)]

use crate::render::kustomize::error::{BuildError, Result};
use crate::render::kustomize::files::Content;
use crate::render::kustomize::resource::{Plugin, ResId, Resource};
use crate::render::kustomize::testing::{files, origins, place, resources, shown, stage, trees};
use crate::source::{SourceId, SourceMap, Span};
use crate::yaml::Cursor;

use super::{Generated, Request, absorb, generate};

fn request<'a>(what: Generated, entry: Cursor<'a>, global: Option<Cursor<'a>>) -> Request<'a> {
    Request { what, entry, global, by: Plugin::of_field(entry.span(), what.plugin()) }
}

/// What the generators of the kustomization make of the objects, both by number of their files. Files that end in
/// `.bin` hold two bytes that are no text.
fn run(map: &SourceMap, objects: Option<u32>, kustomization: u32) -> Result<Vec<Resource>> {
    let mut stage = stage(map);
    let mut all = objects.map(|file| resources(map, file)).unwrap_or_default();
    // Objects that a generator has made want a hash; those of these tests want one when they say so.
    for object in &mut all {
        object.needs_hash = object.root(map).path(&["metadata", "annotations", "hash"]).is_some();
    }
    let tree = trees(map, kustomization).remove(0);
    let root = Cursor::new(map, &tree);
    let mut read = |path: &str, at: Span| {
        if path.starts_with("https:") {
            return Ok(None);
        }
        let source = map.files().position(|file| file.path() == path);
        let source = source.ok_or_else(|| BuildError::missing(at, format!("no {path}")))?;
        let bytes = path.ends_with(".bin").then(|| [0xff, 0x00].as_slice().into());
        Ok(Some(Content { source: SourceId(source as u32), bytes }))
    };
    for (field, what) in
        [("configMapGenerator", Generated::ConfigMap), ("secretGenerator", Generated::Secret)]
    {
        for entry in root.get(field).into_iter().flat_map(|list| list.items()) {
            let made = generate(&mut stage, request(what, entry, root.get("generatorOptions")), &mut read)?;
            absorb(&mut stage, &mut all, made)?;
        }
    }
    Ok(all)
}

/// The objects, each on a line; `#` in front of those whose names get a hash.
fn lines(map: &SourceMap, outcome: Result<Vec<Resource>>) -> Vec<String> {
    let line = |object: &Resource| {
        let mark = if object.needs_hash { "#" } else { "" };
        let text = shown(object.root(map));
        let text = text.strip_prefix(r#"{apiVersion: "v1", kind: "#).unwrap_or(&text);
        format!("{mark}{}", text.strip_suffix('}').unwrap_or(text))
    };
    match outcome {
        Ok(objects) => objects.iter().map(line).collect(),
        Err(error) => {
            let (place, text) =
                place(map, error.span).split_once(' ').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
            let line = place.rsplit_once(':').unwrap().0;
            vec![format!("{line} {text}: {}", error.message)]
        }
    }
}

/// What one entry, in flow style, makes.
fn made(entry: &str) -> String {
    let map = files(&[
        ("b.bin", ""),
        ("crlf.env", "\u{feff}A=1\r\n # c\r\n\r\n  B = 2 \nC\n=x\nD==\"q\"\n\u{a0}E=\u{feff}"),
        ("dir/two.txt", "two\nlines\n"),
        ("k.yaml", entry),
        ("one.txt", "one"),
        ("twice.env", "A=1\nB=1\nA=2\n"),
    ]);
    lines(&map, run(&map, None, 3)).join("\n")
}

#[test]
fn pairs_come_from_literals_files_and_lines() {
    for (sources, expected) in [
        ("", r#"{}"#),
        ("literals: [b=1, a=2]", r#"data: {a: "2", b: "1"}"#),
        ("literals: [a=, b==x=]", r#"data: {a: "", b: "=x="}"#),
        (
            r#"literals: ['a="x"', "b='y'", 'c="', "d='z\"", "e=\"\""]"#,
            r#"data: {a: "x", b: "y", c: "\"", d: "'z\"", e: ""}"#,
        ),
        (
            r#"literals: ["a\t=\ty", bad key! =v, ..=dots]"#,
            r#"data: {..: "dots", a	: "\ty", bad key! : "v"}"#,
        ),
        ("files: [one.txt, x=dir/two.txt]", r#"data: {one.txt: "one", x: "two\nlines\n"}"#),
        ("files: [dir/two.txt, b.bin]", r#"data: {two.txt: "two\nlines\n"}, binaryData: {b.bin: "/wA="}"#),
        ("envs: [crlf.env]", r#"data: {A: "1", B : " 2 ", C: "", D: "=\"q\"", E: "\u{feff}"}"#),
        ("env: one.txt", r#"data: {one: ""}"#),
        ("files: [a=https://example.com/a, b=one.txt]", r#"data: {b: "one"}"#),
        // Errors.
        ("literals: [a]", "k.yaml:1 a: a literal is written `key=value`"),
        ("literals: ['=a']", "k.yaml:1 '=a': a literal is written `key=value`"),
        ("literals: [null]", "k.yaml:1 null: an empty item of `literals`"),
        ("literals: [a=1, \"a=2\"]", "k.yaml:1 a: the key `a` is generated twice"),
        ("literals: [B=1], envs: [twice.env]", "twice.env:3 A: the key `A` is generated twice"),
        ("literals: [one.txt=1], files: [one.txt]", "k.yaml:1 one.txt: the key `one.txt` is generated twice"),
        ("files: [none]", "k.yaml:1 none: no none"),
        ("files: [a=b=c]", "k.yaml:1 a=b=c: a key or path must not contain `=`"),
        ("files: ['=c']", "k.yaml:1 '=c': a key is missing in front of `=`"),
        ("files: [c=]", "k.yaml:1 c=: a path is missing behind `=`"),
        ("envs: [b.bin]", "k.yaml:1 b.bin: an env file must be UTF-8 text"),
    ] {
        let entry = format!("configMapGenerator: [{{name: x, {sources}}}]\n");
        let expected = match expected {
            "{}" => r#"#"ConfigMap", metadata: {name: "x"}"#.to_owned(),
            data if data.starts_with("data") => format!(r#"#"ConfigMap", metadata: {{name: "x"}}, {data}"#),
            error => error.to_owned(),
        };
        assert_eq!(made(&entry), expected, "{sources}");
    }
}

#[test]
fn secrets_are_base64() {
    let long = "0123456789".repeat(5) + "1234";
    let wrapped = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkxMj\\nM0\\n";
    for (sources, expected) in [
        ("", r#"type: "Opaque", data: {}"#.to_owned()),
        ("type: a/b, literals: [k=é]", r#"type: "a/b", data: {k: "w6k="}"#.to_owned()),
        ("files: [b.bin], envs: [one.txt]", r#"type: "Opaque", data: {b.bin: "/wA=", one: ""}"#.to_owned()),
        (&format!("literals: [k={long}]"), format!(r#"type: "Opaque", data: {{k: "{wrapped}"}}"#)),
    ] {
        let entry = format!("secretGenerator: [{{name: x, {sources}}}]\n");
        assert_eq!(made(&entry), format!(r#"#"Secret", metadata: {{name: "x"}}, {expected}"#), "{sources}");
    }
}

#[test]
fn options_of_one_entry_and_of_all() {
    for (own, global, expected) in [
        ("labels: {b: y, a: x}", "null", r##"#{name: "x", labels: {a: "x", b: "y"}}"##),
        ("null", "labels: {a: g}", r##"#{name: "x", labels: {a: "g"}}"##),
        ("labels: {b: own}", "labels: {b: g, a: g}", r##"#{name: "x", labels: {a: "g", b: "own"}}"##),
        (
            "annotations: {d: 2001-01-01, n: null}",
            "{}",
            r##"#{name: "x", annotations: {d: "2001-01-01", n: ""}}"##,
        ),
        ("disableNameSuffixHash: true", "null", r#"{name: "x"}"#),
        ("disableNameSuffixHash: false", "disableNameSuffixHash: true", r#"{name: "x"}"#),
        ("disableNameSuffixHash: true", "disableNameSuffixHash: false", r#"{name: "x"}"#),
        ("disableNameSuffixHash: false", "null", r##"#{name: "x"}"##),
        ("immutable: yes", "null", r##"#{name: "x"} true"##),
        ("immutable: false", "immutable: true", r##"#{name: "x"} true"##),
        ("immutable: false", "null", r##"#{name: "x"}"##),
        (
            "labels: {'1': x}",
            "null",
            "Kustomize fails with the key `1`: it writes it without quotes, as no string",
        ),
        ("labels: {a: true}", "null", "`labels.a` must be a string; put it in quotes"),
        ("immutable: 1", "null", "`immutable` must be true or false"),
    ] {
        let field = |options: &str| {
            if options.contains(": ") { format!("{{{options}}}") } else { options.to_owned() }
        };
        let text = format!(
            "configMapGenerator: [{{name: x, options: {}}}]\ngeneratorOptions: {}\n",
            field(own),
            field(global)
        );
        let map = files(&[("k.yaml", &text)]);
        let found = match run(&map, None, 0) {
            Ok(objects) => {
                let root = objects[0].root(&map);
                let mark = if objects[0].needs_hash { "#" } else { "" };
                let immutable =
                    root.get("immutable").map(|flag| format!(" {}", shown(flag))).unwrap_or_default();
                format!("{mark}{}{immutable}", shown(root.get("metadata").unwrap()))
            }
            Err(error) => error.message,
        };
        assert_eq!(found, expected, "{own} / {global}");
    }
}

#[test]
fn keys_that_are_no_strings_without_quotes_end_the_build() {
    for (key, is_key) in [
        ("a", true),
        ("yes", true),
        ("12:30", true),
        ("_1", true),
        ("0o8", true),
        ("1", false),
        ("1.5", false),
        ("0x1f", false),
        ("1_000", false),
        ("true", false),
        ("null", false),
        ("~", false),
        (".inf", false),
        ("<<", false),
        ("2001-01-01", false),
    ] {
        assert_eq!(
            made(&format!("configMapGenerator: [{{name: x, literals: ['{key}=v']}}]")).starts_with('#'),
            is_key,
            "{key}"
        );
    }
}

/// A document under `generators:` has no `generatorOptions`, and fields of its own that mean nothing to the generator.
#[test]
fn documents_are_read_too() {
    for (fields, expected) in [
        ("metadata: {name: m, namespace: n}", r#"{name: "m", namespace: "n"}"#),
        ("metadata: {name: m, namespace: n}, name: own, namespace: o", r#"{name: "own", namespace: "o"}"#),
        ("metadata: {name: m}, env: none, whatever: 1", r#"{name: "m"}"#),
        ("metadata: {name: m}, options: {labels: {a: yes}}", r#"{name: "m", labels: {a: "yes"}}"#),
        ("metadata: {name: m}, literals: a=b", "`literals` must be a list"),
        ("metadata: {name: m}, literals: [1]", "an item of `literals` must be a string"),
        ("metadata: {name: m}, options: {labels: []}", "`labels` must be a mapping"),
        ("metadata: {name: m}, namespace: 1", "`namespace` must be a string"),
        ("metadata: {}", "a generator needs a `name`"),
    ] {
        let text = format!("{{apiVersion: builtin, kind: ConfigMapGenerator, {fields}}}\n");
        let map = files(&[("doc.yaml", &text)]);
        let tree = trees(&map, 0).remove(0);
        let mut read = |_: &str, at: Span| Err(BuildError::new(at, "nothing is read"));
        let request = request(Generated::ConfigMap, Cursor::new(&map, &tree), None);
        let made = generate(&mut stage(&map), request, &mut read);
        let made = made.map(|made| shown(made.root(&map).get("metadata").unwrap()));
        assert_eq!(made.unwrap_or_else(|error| error.message), expected, "{fields}");
    }
}

const OBJECTS: &str = "apiVersion: v1
kind: ConfigMap
metadata:
  name: c
  labels: {n: 1, both: old}
  annotations: {hash: wanted, at: 2001-01-01}
  finalizers: [gone]
immutable: true
data: {i: 1, f: 1.10, d: 2001-01-01, nothing: null, map: {a: b}, q: 'q', both: old}
binaryData: {b: AAAA}
---
apiVersion: v1
kind: Secret
metadata: {name: s, namespace: default}
type: old
data: {a: AAAA}
stringData: {gone: x}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: '1'}
data: {'2': x}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: twice}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: twice, namespace: other}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: other-kind}
";

/// What becomes of `OBJECTS` beside an entry, as far as it changes: lines that are new.
fn absorbed(entry: &str) -> String {
    let map = files(&[("k.yaml", entry), ("o.yaml", OBJECTS)]);
    let before = resources(&map, 1);
    let mut objects = before.clone();
    objects[0].needs_hash = true;
    objects[0].previous.push(ResId { name: "first".into(), ..before[0].id.clone() });
    objects[4].previous.push(before[3].id.clone());
    objects[5].previous.push(before[5].id.clone());
    objects[5].id.gvk.kind = "Other".into();
    let mut stage = stage(&map);
    let tree = trees(&map, 0).remove(0);
    let root = Cursor::new(&map, &tree);
    let what = if root.get("type").is_some() { Generated::Secret } else { Generated::ConfigMap };
    let mut read = |_: &str, at: Span| Err(BuildError::new(at, "nothing is read"));
    let made = generate(&mut stage, request(what, root, None), &mut read).unwrap();
    match absorb(&mut stage, &mut objects, made) {
        Ok(()) => {
            let new =
                objects.into_iter().filter(|object| !before.iter().any(|old| old.tree.shares(&object.tree)));
            lines(&map, Ok(new.collect())).join("\n")
        }
        Err(error) => error.message,
    }
}

#[test]
fn an_object_that_is_there_is_replaced_or_merged() {
    let merged =
        r##"labels: {both: "old", n: "1"}, annotations: {at: "2001-01-01", hash: "wanted"}}, data: {"##;
    let kept = r#"d: "2001-01-01", f: "1.10", i: "1", map: "", "#;
    for (entry, expected) in [
        // Created.
        ("{name: new, literals: [a=b]}", r##"#"ConfigMap", metadata: {name: "new"}, data: {a: "b"}"##.to_owned()),
        ("{name: c, namespace: other}", r##"#"ConfigMap", metadata: {name: "c", namespace: "other"}"##.to_owned()),
        ("{name: new, behavior: what}", r##"#"ConfigMap", metadata: {name: "new"}"##.to_owned()),
        // Merged: all values become strings, and the new object keeps the rest to itself.
        (
            "{name: c, behavior: merge, literals: [both=new]}",
            format!(r##"#"ConfigMap", metadata: {{name: "c", {merged}both: "new", {kept}nothing: "", q: "q"}}, binaryData: {{b: "AAAA"}}"##),
        ),
        (
            "{name: c, behavior: merge, options: {disableNameSuffixHash: true, immutable: true, labels: {both: new}}}",
            format!(
                r##""ConfigMap", metadata: {{name: "c", {}both: "old", {kept}nothing: "", q: "q"}}, binaryData: {{b: "AAAA"}}"##,
                merged.replace(r#"both: "old""#, r#"both: "new""#).replace("data: {", "immutable: true, data: {")
            ),
        ),
        // Found by a name it had before, which it does not get back.
        (
            "{name: first, namespace: default, behavior: replace, literals: [a=b]}",
            format!(r##"#"ConfigMap", metadata: {{name: "c", {merged}a: "b"}}"##),
        ),
        // What was no generated object gets no hash.
        (
            "{name: s, type: new, behavior: merge, literals: [b=1]}",
            r#""Secret", metadata: {name: "s", namespace: "default"}, type: "new", data: {a: "AAAA", b: "MQ=="}"#.to_owned(),
        ),
        (
            "{name: s, type: new, behavior: replace}",
            r#""Secret", metadata: {name: "s", namespace: "default"}, type: "new", data: {}"#.to_owned(),
        ),
        // Errors.
        ("{name: c}", "ConfigMap c is there already; say `behavior: merge` or `behavior: replace`".to_owned()),
        ("{name: new, behavior: merge}", "there is no ConfigMap new to merge with or to replace".to_owned()),
        ("{name: twice, behavior: merge}", "several objects could be meant by ConfigMap twice".to_owned()),
        (
            "{name: '1', behavior: merge}",
            "Kustomize fails with the key `2`: it writes it without quotes, as no string".to_owned(),
        ),
        (
            "{name: other-kind, behavior: replace}",
            "ConfigMap other-kind has become a Other before it is merged or replaced".to_owned(),
        ),
    ] {
        assert_eq!(absorbed(entry), expected, "{entry}");
    }
}

const ORIGINS: &str = "generatorOptions:
  labels: {team: web}
secretGenerator:
- name: s
  type: x/y
  literals:
  - \"k='v'\"
configMapGenerator:
- name: c
  files: [note=one.txt]
  envs: [e.env]
  options:
    disableNameSuffixHash: true
    immutable: yes
- name: c
  behavior: merge
  literals: [A=3]
  options: {disableNameSuffixHash: false}
";

#[test]
fn values_know_where_they_are_written() {
    let map = files(&[("e.env", "\nA=1\n  B=2\n"), ("k.yaml", ORIGINS), ("one.txt", "one\n")]);
    let objects = run(&map, None, 1).unwrap();
    let (first, second, secret) = ("k.yaml:9:3 name: c", "k.yaml:15:3 name: c", "k.yaml:4:3 name: s");
    // The words that every object has are made up by the entry as a whole.
    let words = |kind: &str, entry: &str| {
        [
            format!("apiVersion = v1 from  | generator {entry}"),
            format!("kind = {kind} from  | generator {entry}"),
        ]
    };
    let expected = [
        format!(
            "metadata.name = k.yaml:9:9 c | generator {second}; value k.yaml:9:9 c; control k.yaml:18:36 false \
             | generator {first}; value k.yaml:9:9 c; control k.yaml:13:28 true"
        ),
        format!("metadata.labels.team = k.yaml:2:18 web | generator {second}; value k.yaml:2:18 web"),
        format!(
            "data.A = k.yaml:17:16 3 | generator {second}; value k.yaml:17:16 3; replaced e.env:2:3 1; control e.env:2:1 A \
             | generator {first}; value e.env:2:3 1"
        ),
        format!("data.B = e.env:3:5 2 | generator {first}; value e.env:3:5 2"),
        format!("data.note = one.txt:1:1 one | generator {first}; value one.txt:1:1 one"),
    ];
    let found = origins(&map, &objects[0].tree);
    assert_eq!(found, [words("ConfigMap", first).as_slice(), &expected].concat());

    let expected = [
        format!("metadata.name = k.yaml:4:9 s | generator {secret}; value k.yaml:4:9 s"),
        format!("metadata.labels.team = k.yaml:2:18 web | generator {secret}; value k.yaml:2:18 web"),
        format!("type = k.yaml:5:9 x/y | generator {secret}; value k.yaml:5:9 x/y"),
        format!("data.k = dg== from k.yaml:7:9 v | generator {secret}; value k.yaml:7:9 v"),
    ];
    let found = origins(&map, &objects[1].tree);
    assert_eq!(found, [words("Secret", secret).as_slice(), &expected].concat());
    let key = objects[1].root(&map).path(&["data", "k"]).unwrap().key().unwrap();
    assert_eq!(place(&map, key.span()), "k.yaml:7:6 k");
}

#[test]
fn an_env_file_ends_with_its_first_long_line() {
    for (length, count) in [(65_535, 3), (65_536, 1)] {
        let text = format!("A=1\nB={}\nC=1", "x".repeat(length - 2));
        let map = files(&[("e.env", &text), ("k.yaml", "configMapGenerator: [{name: x, envs: [e.env]}]")]);
        let objects = run(&map, None, 1).unwrap();
        assert_eq!(objects[0].root(&map).get("data").unwrap().entries().len(), count, "{length}");
    }
}
