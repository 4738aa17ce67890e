//! Templates with what Go makes of them, as tables: template, values in YAML, output.

use super::*;
use crate::source::{Source, SourceId, SourceKind, SourceMap};
use crate::yaml::{self, Cursor, Limits};

/// A map whose file 0 is the values, 1 the template.
fn world(values: &str, template: &str) -> SourceMap {
    let file = |path: &str, text: &str| Source::new(path, SourceKind::File, text.to_owned());
    SourceMap::new(vec![file("values.yaml", values), file("template", template)])
}

fn run(template: &str, values: &str, missing: MissingKey) -> Result<Rendered, Failure> {
    let map = world(values, template);
    run_in(&map, missing)
}

fn run_in(map: &SourceMap, missing: MissingKey) -> Result<Rendered, Failure> {
    let parsed = yaml::parse(map.source(SourceId(0)), SourceId(0), Limits::default());
    let tree = parsed.trees().next();
    let values = tree.map(|tree| Value::read_with_written_keys(Cursor::new(map, &tree)).data);
    let values = if let Some(Data::Map(values)) = values { values } else { Map::default() };
    values.set("secret", Value::opaque("nobody knows"));
    let text = map.source(SourceId(1)).text();
    let span = crate::source::Span::new(SourceId(1), 0, text.len() as u32);
    let mut template = Text::default();
    template.push_from(text, Some(Origin::template(span, crate::source::StepId::PARSED)));
    render(Dialect::ApplicationSet, &template, &values, missing)
}

fn check(cases: &[(&str, &str, &str)]) {
    for &(template, values, expected) in cases {
        let found = match run(template, values, MissingKey::Invalid) {
            Ok(rendered) => rendered.text.as_str().to_owned(),
            Err(failure) => format!("{:?}: {}", failure.kind, failure.message),
        };
        assert_eq!(found, expected, "{template} with {values}");
    }
}

#[test]
fn trimming_as_the_documentation_of_go_has_it() {
    check(&[
        ("{{23 -}} < {{- 45}}", "", "23<45"),
        ("a {{- /* c */ -}} b", "", "ab"),
        ("a {{/* c */}} b", "", "a  b"),
        ("{{-3}}", "", "-3"),
        ("a \n\t{{- 1}}", "", "a1"),
        ("{{1   -}} \n b", "", "1b"),
        ("a {{/* c }} */ }}", "", "Syntax: comment ends before closing delimiter"),
        ("a {{ /* c */ }}", "", "Syntax: unexpected \"/\" in command"),
    ]);
}

#[test]
fn arguments_and_pipelines_as_the_documentation_of_go_has_them() {
    check(&[
        (r#"{{"\"output\""}}"#, "", r#""output""#),
        (r#"{{`"output"`}}"#, "", r#""output""#),
        (r#"{{printf "%q" "output"}}"#, "", r#""output""#),
        (r#"{{"output" | printf "%q"}}"#, "", r#""output""#),
        (r#"{{printf "%q" (print "out" "put")}}"#, "", r#""output""#),
        (r#"{{"put" | printf "%s%s" "out" | printf "%q"}}"#, "", r#""output""#),
        (r#"{{"output" | printf "%s" | printf "%q"}}"#, "", r#""output""#),
        (r#"{{with "output"}}{{printf "%q" .}}{{end}}"#, "", r#""output""#),
        (r#"{{with $x := "output" | printf "%q"}}{{$x}}{{end}}"#, "", r#""output""#),
        (r#"{{with $x := "output"}}{{$x | printf "%q"}}{{end}}"#, "", r#""output""#),
        ("{{ .a | }}", "a: 1", "1"),
        ("{{ 'a' }} {{ 0x1F }} {{ 1_000 }} {{ 1.5e3 }}", "", "97 31 1000 1500"),
        ("{{ (index .l 0).name }}", "l: [{name: x}]", "x"),
        ("{{ $.a.b }}", "a: {b: c}", "c"),
        ("{{ .a.b }}", "a: null", "Wrong: nil pointer evaluating interface {}.b"),
        ("{{ .a.b }}", "a: x", "Wrong: can't evaluate field b in type string"),
    ]);
}

#[test]
fn control() {
    check(&[
        ("{{if .a}}x{{else if .b}}y{{else}}z{{end}}", "b: 1", "y"),
        ("{{if and .a .b}}x{{else}}z{{end}}", "b: 1", "z"),
        ("{{ or .a .b \"c\" }}", "", "c"),
        ("{{ or \"first\" (fail \"no\") }}", "", "first"),
        ("{{range .l}}[{{.}}]{{else}}none{{end}}", "l: [a, b]", "[a][b]"),
        ("{{range .l}}{{else}}none{{end}}", "l: []", "none"),
        ("{{range $i, $x := .l}}{{$i}}{{$x}}{{end}}", "l: [a, b]", "0a1b"),
        ("{{range $k, $v := .m}}{{$k}}={{$v}};{{end}}", "m: {b: 2, a: 1}", "a=1;b=2;"),
        ("{{range .l}}{{if eq . \"b\"}}{{break}}{{end}}{{.}}{{end}}", "l: [a, b, c]", "a"),
        ("{{range .l}}{{if eq . \"b\"}}{{continue}}{{end}}{{.}}{{end}}", "l: [a, b, c]", "ac"),
        ("{{$x := 1}}{{range .l}}{{$x = .}}{{end}}{{$x}}", "l: [a, b]", "b"),
        ("{{$x := 1}}{{if true}}{{$x := 2}}{{end}}{{$x}}", "", "1"),
        ("{{define \"t\"}}<{{.}}>{{end}}{{template \"t\" .a}}{{template \"t\"}}", "a: 1", "<1><<no value>>"),
        ("{{block \"t\" .a}}<{{.}}>{{end}}", "a: 1", "<1>"),
        (
            "{{define \"t\"}}{{template \"t\"}}{{end}}{{template \"t\"}}",
            "",
            "Limit: templates call each other too deeply",
        ),
        ("{{range 90000}}{{range 90000}}{{end}}{{end}}", "", "Limit: it takes too many steps"),
        ("{{if .a}}", "", "Syntax: unexpected EOF"),
        ("{{end}}", "", "Syntax: unexpected {{end}}"),
        ("{{", "", "Syntax: unclosed action"),
        ("{{ $x }}", "", "Syntax: undefined variable \"$x\""),
    ]);
}

#[test]
fn the_missing_key_as_the_documentation_of_go_has_it() {
    let key = |key: &str, known: &[&str]| FailureKind::MissingKey {
        key: key.to_owned(),
        known: known.iter().map(|known| (*known).to_owned()).collect(),
    };
    let text = |template: &str, missing| {
        run(template, "b: {c: null}", missing).map(|rendered| rendered.text.as_str().to_owned())
    };
    let kind = |template: &str, missing| text(template, missing).map_err(|failure| failure.kind);
    assert_eq!(kind("{{.a}}", MissingKey::Invalid), Ok("<no value>".to_owned()));
    assert_eq!(kind("{{.a.x}}", MissingKey::Invalid), Ok("<no value>".to_owned()));
    assert_eq!(kind("{{.a}}", MissingKey::Zero), Ok("<no value>".to_owned()));
    assert_eq!(kind("{{.a.x}}", MissingKey::Zero), Err(FailureKind::Wrong));
    assert_eq!(kind("{{.a}}", MissingKey::Error), Err(key("a", &["b", "secret"])));
    assert_eq!(kind("{{.b.c}}", MissingKey::Error), Ok("<no value>".to_owned()));
    assert_eq!(kind("{{index . \"a\"}}", MissingKey::Error), Ok("<no value>".to_owned()));
    assert_eq!(kind("{{ .a | default \"d\" }}", MissingKey::Invalid), Ok("d".to_owned()));
    assert_eq!(kind("{{ .a | default \"d\" }}", MissingKey::Error), Err(key("a", &["b", "secret"])));
    assert_eq!(
        kind("{{ if hasKey . \"a\" }}{{ .a }}{{ else }}none{{ end }}", MissingKey::Error),
        Ok("none".to_owned())
    );
    for (option, expected) in [
        ("missingkey=default", Some(MissingKey::Invalid)),
        ("missingkey=invalid", Some(MissingKey::Invalid)),
        ("missingkey=zero", Some(MissingKey::Zero)),
        ("missingkey=error", Some(MissingKey::Error)),
        ("missingkey=Error", None),
        ("missingKey=error", None),
    ] {
        assert_eq!(MissingKey::option(option), expected, "{option}");
    }
}

#[test]
fn comparisons() {
    check(&[
        ("{{eq .a 1.0}} {{eq .a 2.0 1.0}} {{ne .a 1.0}}", "a: 1", "true true false"),
        ("{{eq .a 1}}", "a: 1", "Wrong: eq: incompatible types for comparison: float64 and int"),
        (
            "{{eq .a \"x\"}} {{lt 1 2}} {{le 2 2}} {{gt 1 2}} {{ge \"b\" \"a\"}}",
            "a: x",
            "true true true false true",
        ),
        ("{{eq .a nil}} {{eq .b nil}}", "b: 1", "true false"),
        ("{{not .a}} {{not .b}}", "b: 1", "true false"),
        ("{{len .t}} {{len .l}} {{len .m}}", "{t: ab, l: [1], m: {a: 1, b: 2}}", "2 1 2"),
        ("{{index .l 1}} {{index .m \"a\" \"b\"}}", "{l: [1, 2], m: {a: {b: c}}}", "2 c"),
        ("{{index .l 5}}", "l: [1]", "Wrong: index: index out of range: 5"),
        ("{{slice .l 1 2}} {{slice .l 1}}", "l: [a, b, c]", "[b] [b c]"),
    ]);
}

#[test]
fn printing_as_go_prints() {
    check(&[
        ("{{.a}} {{.b}} {{.c}} {{.d}}", "{a: 1000000, b: 0.5, c: true, d: ~}", "1e+06 0.5 true <no value>"),
        ("{{.}}", "{a: [1, x, ~], b: {c: d}, secret: 1}", "Opaque: nobody knows"),
        ("{{.a}} {{.b}}", "{a: [1, x, ~], b: {c: d}}", "[1 x <nil>] map[c:d]"),
        ("{{print 1 2 \"a\" 3}}", "", "1 2a3"),
        (
            "{{printf \"%d-%s-%v-%05d-%5s|%-5s|\" 1 \"a\" .a 42 \"b\" \"c\"}}",
            "a: 2",
            "1-a-2-00042-    b|c    |",
        ),
        ("{{printf \"%d\" .a}}", "a: 42", "%!d(float64=42)"),
        ("{{printf \"%s\" 42}}", "", "%!s(int=42)"),
        ("{{printf \"%s %s\" \"a\"}}", "", "a %!s(MISSING)"),
        ("{{printf \"%s\" \"a\" \"b\"}}", "", "a%!(EXTRA string=b)"),
        ("{{printf \"%.2f %t %x %%\" .a true \"hi\"}}", "a: 1.5", "1.50 true 6869 %"),
    ]);
}

#[test]
fn functions_of_sprig() {
    check(&[
        ("{{.a | default \"b\"}} {{default \"b\" .c}}", "a: ''", "b b"),
        ("{{lower .a}} {{upper .a}} {{title \"ab cd\"}} {{untitle \"AB\"}}", "a: aB", "ab AB Ab Cd aB"),
        (
            "{{trim \" a \"}}|{{trimAll \"-\" \"-a-\"}}|{{trimPrefix \"v\" \"v1\"}}|{{trimSuffix \".yaml\" \"a.yaml\"}}",
            "",
            "a|a|1|a",
        ),
        (
            "{{trunc 2 \"abc\"}} {{trunc -2 \"abc\"}} {{substr 1 2 \"abc\"}} {{repeat 2 \"ab\"}}",
            "",
            "ab bc b abab",
        ),
        ("{{repeat 2000000 \"ab\"}}", "", "Limit: it is too large"),
        ("{{replace \"/\" \"-\" \"a/b/c\"}} {{\"a.b\" | replace \".\" \"\"}}", "", "a-b-c ab"),
        (
            "{{contains \"b\" \"abc\"}} {{hasPrefix \"b\" \"abc\"}} {{hasSuffix \"c\" \"abc\"}}",
            "",
            "true false true",
        ),
        (
            "{{quote \"a\" 1}} {{squote .a}}|{{quote .b}}|{{quote \"a\\\"b\"}}",
            "a: b",
            "\"a\" \"1\" 'b'||\"a\\\"b\"",
        ),
        (
            "{{(split \"-\" \"a-b\")._1}} {{splitList \"/\" \"a/b\"}} {{last (splitList \"/\" \"a/b\")}}",
            "",
            "b [a b] b",
        ),
        ("{{join \"-\" .l}} {{join \",\" (list 1 \"a\")}}", "l: [a, b]", "a-b 1,a"),
        ("{{nindent 2 \"a\\nb\"}}|{{indent 1 \"a\"}}", "", "\n  a\n  b| a"),
        (
            "{{ternary \"a\" \"b\" true}} {{true | ternary \"a\" \"b\"}} {{coalesce .x \"\" \"c\"}}",
            "",
            "a a c",
        ),
        ("{{int \"42\"}} {{int \"010\"}} {{int .a}} {{int \"3.9\"}} {{toString .a}}", "a: 7", "42 8 7 0 7"),
        (
            "{{add 1 2 3}} {{sub 5 2}} {{mul 2 3}} {{div 7 2}} {{mod 7 2}} {{add1 1}} {{max 1 3}} {{min 1 3}}",
            "",
            "6 3 6 3 1 2 3 1",
        ),
        ("{{div 1 0}}", "", "Wrong: div: runtime error: integer divide by zero"),
        ("{{dig \"a\" \"b\" \"none\" .}} {{dig \"a\" \"x\" \"none\" .}}", "a: {b: c}", "c none"),
        (
            "{{get .m \"a\"}}{{get .m \"x\"}} {{hasKey .m \"a\"}} {{keys .m}} {{pick .m \"a\"}} {{omit .m \"a\"}}",
            "m: {a: 1}",
            "1 true [a] map[a:1] map[]",
        ),
        ("{{$d := dict \"a\" 1}}{{$_ := set $d \"b\" 2}}{{$d}}", "", "map[a:1 b:2]"),
        (
            "{{merge (dict \"a\" 1) (dict \"a\" 2 \"b\" 2)}} {{mergeOverwrite (dict \"a\" 1) (dict \"a\" 2)}}",
            "",
            "map[a:1 b:2] map[a:2]",
        ),
        (
            "{{first .l}} {{last .l}} {{rest .l}} {{initial .l}} {{has \"a\" .l}} {{without .l \"a\"}} {{uniq (list 1 1)}}",
            "l: [a, b]",
            "a b [b] [a] true [b] [1]",
        ),
        (
            "{{append .l \"c\"}} {{prepend .l \"c\"}} {{concat .l .l}} {{reverse .l}} {{compact (list \"\" 1)}}",
            "l: [a]",
            "[a c] [c a] [a a] [a] [1]",
        ),
        (
            "{{regexMatch \"^a+$\" \"aa\"}} {{regexReplaceAll \"(a)(b)\" \"abab\" \"${2}$1\"}} {{regexFind \"b+\" \"abbc\"}}",
            "",
            "true baba bb",
        ),
        ("{{b64enc \"a\"}} {{b64dec \"YQ==\"}} {{sha256sum \"\" | trunc 8}}", "", "YQ== a e3b0c442"),
        (
            "{{toJson .m}} {{(fromJson \"{\\\"a\\\": [1]}\").a}}",
            "m: {a: [1, x], b: ~}",
            "{\"a\":[1,\"x\"],\"b\":null} [1]",
        ),
        (
            "{{kindOf .a}} {{kindIs \"map\" .m}} {{typeOf .l}}",
            "{a: 1, m: {}, l: []}",
            "float64 true []interface {}",
        ),
        (
            "{{base \"a/b\"}} {{dir \"a/b\"}} {{dir \"a\"}} {{clean \"a//b/../c\"}} {{ext \"a.yaml\"}}",
            "",
            "b a . a/c .yaml",
        ),
        ("{{until 3}} {{untilStep 4 0 -2}} {{deepEqual .l .l}}", "l: [a]", "[0 1 2] [4 2] true"),
        ("{{mustRegexMatch \"a\" \"a\"}} {{fail \"no\"}}", "", "Wrong: fail: no"),
    ]);
}

#[test]
fn yaml_as_go_writes_it() {
    let values = "m: {b: [1, {c: d, e: ''}], a: 'yes', f: {}, g: [], h: 'a: b', i: \"x\\ny\", j: '-', k: 1000000, l: ~}";
    let expected = "a: \"yes\"\nb:\n- 1\n- c: d\n  e: \"\"\nf: {}\ng: []\nh: 'a: b'\ni: |-\n  x\n  y\n\
                    j: '-'\nk: 1000000\nl: null";
    let found = run("{{ toYaml .m }}", values, MissingKey::Invalid).map(|found| found.text);
    let found = found.map(|found| found.as_str().to_owned());
    assert_eq!(found.as_deref(), Ok(expected));
    check(&[
        ("{{ (fromYaml .t).a.b }}", "t: 'a: {b: c}'", "c"),
        ("{{ index (fromYamlArray .t) 0 }}", "t: '- a'", "a"),
    ]);
}

#[test]
fn functions_of_application_sets() {
    check(&[
        ("{{normalize .a}}", "a: My_App.v1-", "my-app.v1"),
        (
            "{{slugify .a}} {{slugify 7 .a}} {{slugify 7 true .a}}",
            "a: Hello World/again",
            "hello-world-again hello-w hello",
        ),
    ]);
}

#[test]
fn what_is_not_known_is_opaque() {
    for (template, expected) in [
        ("a{{.secret}}", None),
        ("{{.secret.field | default \"a\"}}", None),
        ("{{if .secret}}a{{end}}", None),
        ("{{if .known}}a{{else}}{{.secret}}{{end}}", Some("a")),
        ("{{index (list .secret \"b\") 1}}", Some("b")),
        ("{{(dict \"a\" .secret \"b\" \"c\").b}}", Some("c")),
        ("{{or .known .secret}}", Some("x")),
        ("{{or .secret .known}}", None),
        ("{{now | date \"2006\"}}", None),
        ("{{randAlpha 5}}", None),
        ("{{keys .}}", None),
        ("{{toYaml .}}", None),
    ] {
        let found = run(template, "known: x", MissingKey::Error);
        let found = found.map(|found| found.text.as_str().to_owned());
        match expected {
            Some(expected) => assert_eq!(found.as_deref(), Ok(expected), "{template}"),
            None => assert_eq!(found.map_err(|it| it.kind), Err(FailureKind::Opaque), "{template}"),
        }
    }
}

#[test]
fn every_byte_knows_where_it_was_copied_from() {
    // `<` and `>` stand around what comes from the template, `[` and `]` around what comes from the values.
    for (template, values, expected) in [
        ("apps/{{ .a }}/x", "a: shop", "<apps/>[shop]</x>"),
        ("{{ .a | trimPrefix \"sh\" | upper }}", "a: shop", "[OP]"),
        ("{{ printf \"%s-%s\" .a \"b\" }}", "a: shop", "[shop]<-><b>"),
        ("{{ .a | replace \"o\" \"-\" }}", "a: shop", "[sh]<->[p]"),
        ("{{ index (splitList \"/\" .a) 1 }}", "a: x/y", "[y]"),
        ("{{ .a | default \"d\" }}", "", "<d>"),
        ("{{ toYaml .m }}", "m: {a: b}", "[a]{: }[b]"),
        ("{{ (fromYaml .t).a }}", "t: 'a: b'", "[b]"),
        ("{{ .num }}", "num: 3", "[3]"),
    ] {
        let map = world(values, template);
        let rendered = run_in(&map, MissingKey::Invalid).map(|rendered| rendered.text).unwrap_or_default();
        let mut found = String::new();
        for (part, origin) in rendered.parts() {
            let (open, close) = match origin.map(|origin| origin.span.source.0) {
                Some(0) => ('[', ']'),
                Some(1) => ('<', '>'),
                Some(_) => ('(', ')'),
                None => ('{', '}'),
            };
            found.extend([open].into_iter().chain(part.chars()).chain([close]));
        }
        assert_eq!(found, expected, "{template}");
    }
}

#[test]
fn what_functions_walk_and_make_is_counted() {
    let double = |made: &str| {
        format!(
            "{{{{ $m := dict }}}}{{{{ range until 40 }}}}{{{{ $m = dict \"a\" $m \"b\" $m }}}}{{{{ end }}}}{made}"
        )
    };
    let long = |made: &str| {
        format!("{{{{ $s := repeat 100000 \"a\" }}}}{{{{ range until 90000 }}}}{made}{{{{ end }}}}")
    };
    let templates = [
        "{{ $l := list 1 }}{{ range until 60 }}{{ $l = concat $l $l }}{{ end }}{{ len $l }}".to_owned(),
        double("{{ toYaml $m }}"),
        double("{{ $m }}"),
        double("{{ eq $m $m }}"),
        double("{{ has $m (list $m) }}"),
        double("{{ deepEqual $m (deepCopy $m) }}"),
        double("{{ toJson (mergeOverwrite (dict) $m) }}"),
        long("{{ $x := upper $s }}"),
        long("{{ $x := $s }}"),
        long("{{ $x := splitList \"\" $s }}"),
        long("{{ range splitList \"\" $s }}{{ end }}"),
        "{{ repeat 1000000 \"a\" | splitList \"\" | len }}".to_owned(),
        "{{ until 90000 | join (repeat 90000 \"a\") }}".to_owned(),
        "{{ repeat 90000 \"\\n\" | indent 1000 }}".to_owned(),
        "{{ until 90000 | uniq }}".to_owned(),
        "{{ printf (repeat 90000 \"%999d\") }}".to_owned(),
        "{{ until 200000 }}".to_owned(),
    ];
    let start = std::time::Instant::now();
    for template in templates {
        let failure = run(&template, "", MissingKey::Invalid).err();
        let kind = failure.as_ref().map(|failure| failure.kind.clone());
        assert_eq!(kind, Some(FailureKind::Limit), "{template}: {failure:?}");
        assert!(failure.is_some_and(|failure| failure.message.contains("too")), "{template}");
    }
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}

#[test]
fn what_is_large_but_not_too_large_is_made() {
    check(&[
        ("{{ $l := list 1 }}{{ range until 10 }}{{ $l = concat $l $l }}{{ end }}{{ len $l }}", "", "1024"),
        (
            "{{ $m := dict }}{{ range until 40 }}{{ $m = dict \"a\" $m \"b\" $m }}{{ end }}{{ len $m }}",
            "",
            "2",
        ),
        ("{{ repeat 1000 \"a b\" | splitList \" \" | len }}", "", "1001"),
    ]);
}

/// Values nest as deeply as a template likes, and dropping them must not recurse.
#[test]
fn deep_values_are_dropped() {
    for nest in ["list $v", "dict \"a\" $v", "list (dict \"a\" $v)"] {
        let template =
            format!("{{{{ $v := list }}}}{{{{ range until 8000 }}}}{{{{ $v = {nest} }}}}{{{{ end }}}}x");
        let made = run(&template, "", MissingKey::Invalid).map(|made| made.text.as_str().to_owned());
        assert_eq!(made.as_deref(), Ok("x"), "{nest}");
    }
}
