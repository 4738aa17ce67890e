//! Charts as they lie on a disk: packed ones, links, and charts that are made to take all time or memory.
//!
//! What is found in a packed chart is found where a person can open a file. Every chart that has no end is stopped by a
//! limit that its event names, and nothing outside of the repository is read.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

use std::fs;
use std::io::Write;
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};
use plimsoll::config::RenderOptions;
use plimsoll::discover::{Exclude, discover};
use plimsoll::host::{Host, OsHost};
use plimsoll::model::Repository;
use plimsoll::render::helm::{ChartRef, ReleaseOptions};
use plimsoll::render::{Built, ReadLimits, Renderer};
use plimsoll::source::SourceMap;
use plimsoll::yaml::{Cursor, Limits};

const CHART: &str = "apiVersion: v2\nname: bad\nversion: 1.0.0\n";
const SUB: &str = "apiVersion: v2\nname: sub\nversion: 1.0.0\n";
const NEEDS_SUB: &str =
    "apiVersion: v2\nname: bad\nversion: 1.0.0\ndependencies:\n- name: sub\n  version: 1.0.0\n";
const OBJECT: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: b}\n";
const FILE_SIZE: u64 = 64 << 20;

/// Far more than any of them takes on a machine that has nothing else to do.
const TIME: Duration = Duration::from_secs(60);

enum Content {
    Text(String),
    Bytes(Vec<u8>),
    Link(&'static str),
}

use Content::{Bytes, Link};

fn text(content: impl Into<String>) -> Content {
    Content::Text(content.into())
}

type Files = Vec<(String, Content)>;

/// A chart with one template.
fn template(template: &str, values: &str) -> Files {
    vec![
        ("chart/Chart.yaml".to_owned(), text(CHART)),
        ("chart/values.yaml".to_owned(), text(values)),
        ("chart/templates/a.yaml".to_owned(), text(template)),
    ]
}

/// A chart with other files.
fn with(meta: &str, files: Vec<(&str, Content)>) -> Files {
    let mut all = template(OBJECT, "");
    all[0].1 = text(meta);
    all.extend(files.into_iter().map(|(path, content)| (format!("chart/{path}"), content)));
    all
}

/// An archive, whose names may be what no other program writes.
fn packed(files: &[(&str, &[u8])]) -> Content {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_cksum();
        archive.append(&header, *content).unwrap();
    }
    zipped(&archive.into_inner().unwrap())
}

fn zipped(bytes: &[u8]) -> Content {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(bytes).unwrap();
    Bytes(out.finish().unwrap())
}

/// What rendering says, each as `path:line kind: message`, and where the values of the objects are edited.
fn render(files: &Files) -> (Vec<String>, Vec<String>) {
    let directory = tempfile::tempdir().unwrap();
    let root = Utf8Path::from_path(directory.path()).unwrap();
    for (path, content) in files {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        match content {
            Content::Text(text) => fs::write(path, text).unwrap(),
            Bytes(bytes) => fs::write(path, bytes).unwrap(),
            Link(to) => std::os::unix::fs::symlink(to, path).unwrap(),
        }
    }
    let host = OsHost::new();
    let root = host.canonicalize(root).unwrap();
    let exclude = Exclude::new(&[], vec![Utf8PathBuf::new()]).unwrap();
    let discovered = discover(&host, &root, &exclude, FILE_SIZE);
    let map = SourceMap::new(discovered.sources);
    let repository = Repository::build(&map, &discovered.kinds, Limits::default());
    let limits = ReadLimits { yaml: Limits::default(), file_size: FILE_SIZE };
    let renderer = Renderer::new(&map, &repository, &host, &root, limits, RenderOptions::default());
    let release = renderer.release(&ChartRef { path: "chart".into() }, &[], &ReleaseOptions::default());
    let Built { unit, .. } = Built::release(&map, "chart".into(), &release);
    let line = |span| {
        let span = map.in_file(span).unwrap_or(span);
        let source = map.source(span.source);
        format!("{}:{}", source.path(), source.position(span.start).line)
    };
    let event =
        |event: &plimsoll::render::Event| format!("{} {:?}: {}", line(event.span), event.kind, event.message);
    let events = unit.events.iter().map(event).collect();
    let mut origins = Vec::new();
    for object in &unit.objects {
        for entry in
            Cursor::new(&map, &object.tree).get("data").map(|data| data.entries()).unwrap_or_default()
        {
            let at = map.editable(entry.value.span(), entry.value.step()).map_or("nowhere".to_owned(), line);
            let text = entry.value.text().unwrap_or_default();
            origins.push(format!("{}={text} {at}", entry.key.text().unwrap()));
        }
    }
    (events, origins)
}

/// Renders charts on a stack as threads of the program have it; each has to end with an event that has a text in it, or
/// none for an empty one.
fn stopped(cases: Vec<(Files, &'static str)>) {
    let check = move || {
        for (files, expected) in cases {
            let start = Instant::now();
            let (events, objects) = render(&files);
            let name = match &files[2].1 {
                Content::Text(text) => text.chars().take(200).collect(),
                _ => String::new(),
            };
            let is_met = match expected {
                "" => events.is_empty(),
                expected => events.iter().any(|event| event.contains(expected)),
            };
            assert!(is_met, "{name}: {expected}: {events:#?} {objects:?}");
            assert!(objects.iter().all(|object| !object.contains("root:")), "{name}: {objects:?}");
            assert!(start.elapsed() < TIME, "{name}: {:?}", start.elapsed());
        }
    };
    let thread = std::thread::Builder::new().stack_size(8 << 20).spawn(check).unwrap();
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
}

#[test]
fn what_a_packed_chart_makes_is_found_where_it_is_named() {
    let sub = packed(&[
        ("sub/Chart.yaml", SUB.as_bytes()),
        ("sub/values.yaml", b"here: sub\nthere: sub\n"),
        (
            "sub/templates/a.yaml",
            b"kind: ConfigMap\ndata:\n  a: {{ .Values.there }}\n  b: {{ .Values.here }}\n  c: fixed\n",
        ),
        ("sub/templates/b.yaml", b"\n\n{{ .Values.no.thing }}"),
    ]);
    let mut files = with(NEEDS_SUB, vec![("charts/sub-1.0.0.tgz", sub)]);
    files[1].1 = text("a: 1\nsub:\n  there: up\n");
    files[2].1 = text("");
    let (events, origins) = render(&files);
    // The value of the chart itself, and else the dependency: no editor opens a file in an archive.
    assert_eq!(
        origins,
        ["a=up chart/values.yaml:3", "b=sub chart/Chart.yaml:5", "c=fixed chart/Chart.yaml:5"]
    );
    assert_eq!(events.len(), 1, "{events:?}");
    assert!(events[0].starts_with("chart/Chart.yaml:5 TemplateError: "), "{events:?}");
    assert!(events[0].contains("sub/templates/b.yaml:3"), "{events:?}");
}

#[test]
fn archives_are_not_trusted() {
    let one = |name: &str, content: &[u8]| {
        let archive = packed(&[("sub/Chart.yaml", SUB.as_bytes()), (name, content)]);
        with(NEEDS_SUB, vec![("charts/sub-1.0.0.tgz", archive)])
    };
    let zeros = vec![0; 5 << 20];
    let names: Vec<String> = (0..20).map(|index| format!("sub/{index}")).collect();
    let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), zeros.as_slice())).collect();
    let empty: Vec<(&str, &[u8])> = (0..20_000).map(|_| ("sub/a", b"".as_slice())).collect();
    let mut nested = packed(&[("sub/Chart.yaml", SUB.as_bytes())]);
    for _ in 0..40 {
        let Bytes(inner) = nested else { unreachable!() };
        nested = packed(&[("sub/Chart.yaml", SUB.as_bytes()), ("sub/charts/sub.tgz", &inner)]);
    }
    let archive = |content| with(NEEDS_SUB, vec![("charts/sub-1.0.0.tgz", content)]);
    stopped(vec![
        (one("sub/../../etc/passwd", b"x"), "chart/Chart.yaml:5 ChartError: error unpacking"),
        (one("sub//etc/passwd", b"x"), "is an absolute path"),
        (one("sub/a", &vec![0; 6 << 20]), "chart/Chart.yaml:5 ChartLimit: error unpacking"),
        (archive(packed(&many)), "ChartLimit: error unpacking subchart sub-1.0.0.tgz in bad: "),
        (archive(packed(&empty)), "more than 10000 entries"),
        (archive(nested), "charts lie in each other more than 16 deep"),
        (archive(zipped(&vec![0; 100 << 20])), "ChartError: "),
        (archive(text("no archive")), "it is no archive"),
    ]);
}

#[test]
fn links_do_not_lead_out() {
    stopped(vec![
        (with(CHART, vec![("out", Link("/etc/passwd"))]), "is a link that leads out of the repository"),
        (with(CHART, vec![("out", Link("/etc"))]), "is a link that leads out of the repository"),
        (with(CHART, vec![("templates/b.yaml", Link("/etc/passwd"))]), "leads out of the repository"),
        (with(CHART, vec![("deep/itself", Link(".."))]), ""),
        (with(NEEDS_SUB, vec![("charts/bad", Link(".."))]), "`sub` 1.0.0"),
        (
            template(
                "data: {a: '{{ .Files.Get \"../../../../etc/passwd\" }}{{ .Files.Get \"/etc/passwd\" }}'}",
                "",
            ),
            "",
        ),
        (template("data: {a: '{{ len (.Files.Glob \"**\") }}{{ len (.Files.Glob \"../**\") }}'}", ""), ""),
    ]);
}

#[test]
fn templates_without_an_end_are_stopped() {
    let limit = "chart/templates/a.yaml:1 ChartLimit: ";
    let tower = |unit: &str, operator: &str| {
        format!("{{{{ $s := {unit} }}}}{{{{ range until 60 }}}}{operator}{{{{ end }}}}")
    };
    let deep =
        "{{ $m := dict }}{{ range until 50000 }}{{ $m = dict \"a\" $m }}{{ end }}{{ toYaml $m | len }}";
    stopped(vec![
        (template("{{ define \"a\" }}{{ include \"a\" . }}{{ end }}{{ include \"a\" . }}", ""), limit),
        (
            template("a: {{ tpl .Values.t . }}", "t: '{{ tpl .Values.t . }}{{ tpl .Values.t . }}'"),
            "chart/values.yaml:1 ChartLimit: ",
        ),
        (template("{{ range until 90000 }}{{ range until 90000 }}x{{ end }}{{ end }}", ""), limit),
        (template("{{ until 1000000000 }}", ""), limit),
        (template("{{ seq 1 1000000000 }}", ""), limit),
        (template("{{ repeat 1000000000 \"a\" }}", ""), limit),
        (template(&tower("\"a\"", "{{ $s = print $s $s }}"), ""), limit),
        (template(&tower("\"a\"", "{{ $s = $s | replace \"a\" \"aa\" }}"), ""), limit),
        (template(&tower("\"a\"", "{{ $s = regexReplaceAll \"(a)\" $s \"$1$1\" }}"), ""), limit),
        (template(&tower("list 1", "{{ $s = concat $s $s }}"), ""), limit),
        (
            template(
                &tower("list 1", "{{ $s = list $s $s }}").replace("{{ end }}", "{{ end }}{{ toYaml $s }}"),
                "",
            ),
            limit,
        ),
        (template(deep, ""), "chart/templates/a.yaml:1 "),
        (template("a: {{ fromYaml (print \"a: \" (repeat 500000 \"[\")) | len }}", ""), ""),
        (template("a: {{ fromJson (print \"[\" (repeat 500000 \"[\")) | len }}", ""), ""),
        (template(&format!("{{{{ {}1{} }}}}", "(".repeat(50_000), ")".repeat(50_000)), ""), "TemplateError"),
        // What holds itself is cut there.
        (template("data: {{ $_ := set .Values \"v\" .Values }}{{ toJson .Values | len }}", ""), ""),
    ]);
}

#[test]
fn values_and_schemas_without_an_end_are_stopped() {
    let mut bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
    for (before, name) in "abcdefgh".chars().zip("bcdefghi".chars()) {
        bomb.push_str(&format!("{name}: &{name} [{}*{before}]\n", format!("*{before}, ").repeat(9)));
    }
    let print = "data: {a: '{{ toJson .Values | len }}'}";
    let schema = |schema: &str, values: &str| {
        let mut files = with(CHART, vec![("values.schema.json", text(schema))]);
        files[1].1 = text(values);
        files
    };
    let long = format!("a: {}!\n", "a".repeat(50_000));
    let twice = |level: usize| {
        let below = format!("{{\"$ref\":\"#/$defs/d{}\"}}", level + 1);
        format!("\"d{level}\":{{\"allOf\":[{below},{below}]}},")
    };
    let levels: String = (0..40).map(twice).collect();
    let doubled = format!("{{\"$ref\":\"#/$defs/d0\",\"$defs\":{{{levels}\"d40\":{{}}}}}}");
    stopped(vec![
        (template(print, &bomb), "chart/values.yaml:"),
        (template(print, "a: &a {b: *a}\n"), "chart/values.yaml:"),
        (
            template(print, &format!("a: {}{}\n", "[".repeat(50_000), "]".repeat(50_000))),
            "chart/values.yaml:",
        ),
        (schema("{\"properties\":{\"a\":{\"pattern\":\"^(a+)+$\"}}}", &long), "SchemaViolation"),
        (schema("{\"properties\":{\"a\":{\"pattern\":\"^(a|a)*(?=b)(a+)+$\"}}}", &long), "SchemaViolation"),
        (schema("{\"$ref\":\"https://example.com/x.json\"}", "a: 1\n"), "HelmSchema"),
        (schema("{\"$ref\":\"file:///etc/passwd\"}", "a: 1\n"), "HelmSchema"),
        (schema("{\"$ref\":\"#\"}", "a: 1\n"), "ChartLimit"),
        (schema(&doubled, "a: 1\n"), "ChartLimit"),
        (
            schema(&format!("{}{{}}{}", "{\"not\":".repeat(50_000), "}".repeat(50_000)), "a: 1\n"),
            "SchemaViolation",
        ),
    ]);
}

#[test]
fn dependencies_without_an_end_are_stopped() {
    let sub = || vec![("charts/sub/Chart.yaml", text(SUB)), ("charts/sub/values.yaml", text("a: {b: 1}\n"))];
    let list = |entry: &dyn Fn(usize) -> String, count: usize| {
        format!("{CHART}dependencies:\n{}", (0..count).map(entry).collect::<String>())
    };
    let remote = |at| format!("- {{name: d{at}, version: 1.0.0, repository: 'https://example.com'}}\n");
    let alias = |at| format!("- {{name: sub, version: 1.0.0, alias: d{at}}}\n");
    let imports: String = (0..1_000).map(|at| format!("  - {{child: ., parent: sub.x{at}}}\n")).collect();
    let imports = format!("{CHART}dependencies:\n- name: sub\n  version: 1.0.0\n  import-values:\n{imports}");
    let own = format!("{CHART}dependencies:\n- {{name: bad, version: 1.0.0, repository: 'file://.'}}\n");
    let cyclic = format!(
        "{CHART}dependencies:\n- {{name: sub, version: 1.0.0, alias: b}}\n- {{name: b, version: 1.0.0, alias: sub}}\n"
    );
    let mut doubled = with(
        "apiVersion: v2\nname: c\nversion: 1.0.0\ndependencies:\n- {name: c0, version: 1.0.0, repository: 'file://../c0'}\n",
        Vec::new(),
    );
    for at in 0..14 {
        let next = at + 1;
        let needs = |alias: &str| {
            format!("- {{name: c{next}, version: 1.0.0, alias: {alias}, repository: 'file://../c{next}'}}\n")
        };
        let needs: String = ('a'..='j').map(|alias| needs(&alias.to_string())).collect();
        let meta = format!("apiVersion: v2\nname: c{at}\nversion: 1.0.0\ndependencies:\n{needs}");
        doubled.push((format!("c{at}/Chart.yaml"), text(meta)));
    }
    stopped(vec![
        (with(&own, Vec::new()), "`bad` 1.0.0 that `bad` depends on is not in charts/"),
        (with(&list(&remote, 10_000), Vec::new()), "`d9999` 1.0.0"),
        (with(&list(&alias, 1_000), sub()), ""),
        (with(&list(&alias, 10_000), sub()), "is more than 2000 charts"),
        (with(&cyclic, sub()), "`b` 1.0.0"),
        (with(&imports, sub()), ""),
        (doubled, "chart/Chart.yaml:2 ChartLimit: "),
    ]);
}
