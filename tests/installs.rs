//! Who installs charts with what: Argo CD and Flux, as cases in YAML.
//!
//! A file of `tests/installs` has `files` (a repository) and expects `objects` (of each owner, its kinds and names),
//! `values` (the path of a value in an object of an owner, and `value at path:line` where a person edits it) and `events`
//! (each `path:line kind: a part of the message`). `coverage` is a part of the last line of a report.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

mod support;

use std::fmt::Write as _;
use std::path::Path;

use plimsoll::cli;
use plimsoll::engine::World;
use plimsoll::host::{MemHost, Stream};
use plimsoll::source::{Source, SourceId, SourceKind, SourceMap};
use plimsoll::yaml::{Cursor, Limits, parse};

fn objects(world: &World, owner: &str) -> String {
    let view = world.graph();
    let owners = view.owners().filter(|it| it.owner.key.name == owner);
    let objects = owners.flat_map(|it| it.objects().collect::<Vec<_>>());
    objects.map(|object| format!("{}/{}", object.kind(), object.name())).collect::<Vec<_>>().join(", ")
}

/// `web Deployment/web spec/replicas`: an owner, an object, the way to the value.
fn value(world: &World, wanted: &str) -> String {
    let mut words = wanted.splitn(3, ' ');
    let (owner, name, path) = (words.next().unwrap(), words.next().unwrap(), words.next().unwrap());
    let view = world.graph();
    let owners = view.owners().filter(|it| it.owner.key.name == owner);
    let mut objects = owners.flat_map(|it| it.objects().collect::<Vec<_>>());
    let Some(object) = objects.find(|object| format!("{}/{}", object.kind(), object.name()) == name) else {
        return "no object".to_owned();
    };
    let value = path.split('/').try_fold(object.root, |at, step| match step.parse::<usize>() {
        Ok(index) if at.is_seq() => at.items().nth(index),
        _ => at.get(step),
    });
    let Some(value) = value else { return "nothing".to_owned() };
    let place = world.map.editable(value.span(), value.step()).map(|span| support::place(world, span));
    format!("{} at {}", value.text().unwrap_or_default(), place.unwrap_or_default())
}

fn events(world: &World) -> Vec<String> {
    let shown = world.rendering.events.iter().map(|event| {
        let open = if event.unverifiable { " (open)" } else { "" };
        format!("{} {:?}{open}: {}", support::place(world, event.span), event.kind, event.message)
    });
    shown.collect()
}

fn run(root: Cursor<'_>) -> String {
    let files: support::Files = root
        .get("files")
        .unwrap()
        .entries()
        .iter()
        .map(|file| (file.key.text().unwrap().into_owned(), file.value.text().unwrap().into_owned()))
        .collect();
    let world = support::world(&files);
    let mut wrong = String::new();
    let pairs = |name: &str| root.get(name).map(|map| map.entries()).unwrap_or_default();
    for (name, ask) in
        [("objects", objects as fn(&World, &str) -> String), ("values", value as fn(&World, &str) -> String)]
    {
        for pair in pairs(name) {
            let (wanted, expected) = (pair.key.text().unwrap(), pair.value.text().unwrap());
            let found = ask(&world, &wanted);
            if found != expected {
                let _ = writeln!(wrong, "{wanted}: {found}");
            }
        }
    }
    let found = events(&world);
    let expected: Vec<_> = root.get("events").into_iter().flat_map(|list| list.items()).collect();
    let is_met = expected.len() == found.len()
        && expected.iter().zip(&found).all(|(expected, found)| {
            let expected = expected.text().unwrap();
            let (start, part) = expected.split_once(": ").unwrap();
            found.starts_with(&format!("{start}: ")) && found.contains(part)
        });
    if !is_met {
        let _ = writeln!(wrong, "events:\n  {}", found.join("\n  "));
    }
    if let Some(expected) = root.get("coverage").and_then(|text| text.text()) {
        let host = MemHost::new(files.iter().map(|(path, text)| (format!("repo/{path}"), text.as_str())));
        cli::run(&host, ["plimsoll", "check", "/repo", "--exit-zero"].map(Into::into));
        let printed = host.printed(Stream::Stdout);
        if !printed.contains(&*expected) {
            let _ = writeln!(wrong, "coverage: {}", printed.lines().last().unwrap_or_default());
        }
    }
    wrong
}

#[test]
fn charts_get_what_their_owners_give_them() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/installs");
    let mut paths: Vec<_> =
        std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty());
    let mut wrong = String::new();
    for path in paths {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let source = Source::new(name.as_str(), SourceKind::File, std::fs::read_to_string(&path).unwrap());
        let map = SourceMap::new(vec![source]);
        let parsed = parse(map.source(SourceId(0)), SourceId(0), Limits::default());
        assert!(parsed.problems.is_empty(), "{name}: {:?}", parsed.problems);
        for (index, tree) in parsed.trees().enumerate() {
            let found = run(Cursor::new(&map, &tree));
            if !found.is_empty() {
                let _ = writeln!(wrong, "== {name}, document {}:\n{found}", index + 1);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// A HelmRelease with a chart that does to a Secret's values what charts do, and worse.
const RELEASE: &str = "\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web, namespace: shop}
spec:
  chart: {spec: {chart: ./charts/web, sourceRef: {kind: GitRepository, name: flux-system, namespace: flux-system}}}
  valuesFrom:
    - {kind: Secret, name: values}
    - {kind: Secret, name: encoded, valuesKey: more.yaml}
    - {kind: Secret, name: one, valuesKey: key, targetPath: auth.token}
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: flux-system, namespace: flux-system}
spec: {interval: 1m, url: https://git.example.com/acme/fleet.git, ref: {branch: main}}
";

const TEMPLATE: &str = "\
apiVersion: v1
kind: Pod
metadata:
  name: {{ .Values.name }}
  labels: {a: {{ .Values.short | quote }}, b: {{ .Values.auth.token | trunc 9 }}}
  annotations:
    sum: {{ .Values.image | sha256sum }}
    b64: {{ .Values.image | b64enc }}
    up: {{ printf \"%s:%s\" (upper .Values.image) .Values.short | quote }}
    reversed: {{ .Values.image | splitList \"\" | reverse | join \"\" | quote }}
    pin: {{ .Values.pin | quote }}
    {{- range $key, $value := .Values.users }}
    {{ $key }}: {{ $value }}
    {{- end }}
spec:
  containers: [{name: web, image: \"{{ .Values.image }}:latest\", ports: [{containerPort: {{ .Values.pin }}}]}]
---
apiVersion: v1
kind: Secret
metadata: {name: made}
data: {password: {{ .Values.auth.token | b64enc }}}
---
{{ if eq .Values.short \"x\" }}{{ fail .Values.image }}{{ end }}
{{ required .Values.image .Values.nothing }}
";

fn with_secrets(image: &str, user: &str, pin: &str, token: &str) -> Vec<(String, String)> {
    let encoded =
        data_encoding::BASE64.encode(format!("pin: {pin}\nusers: {{{user}: {token}}}\n").as_bytes());
    let secret = |name: &str, field: &str, key: &str, value: &str| {
        let head = "apiVersion: v1\nkind: Secret\nmetadata: {name: ";
        format!(
            "{head}{name}, namespace: shop}}\n{field}:\n  {key}: |\n    {}\n",
            value.replace('\n', "\n    ")
        )
    };
    let values = format!("name: web-{image}\nshort: {}\nimage: {image}\nauth: {{token: b}}", &token[..1]);
    let schema = "{\"properties\": {\"image\": {\"enum\": [\"a\"]}}}";
    let files = [
        ("clusters/prod/release.yaml", RELEASE.to_owned()),
        ("clusters/prod/values.yaml", secret("values", "stringData", "values.yaml", &values)),
        ("clusters/prod/encoded.yaml", secret("encoded", "data", "more.yaml", &encoded)),
        ("clusters/prod/one.yaml", secret("one", "stringData", "key", token)),
        ("charts/web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 0.1.0\n".to_owned()),
        ("charts/web/values.yaml", "name: web\nusers: {}\npin: 80\nauth: {}\n".to_owned()),
        ("charts/web/values.schema.json", schema.to_owned()),
        ("charts/web/templates/pod.yaml", TEMPLATE.to_owned()),
    ];
    files.into_iter().map(|(path, text)| (format!("repo/{path}"), text)).collect()
}

/// What a run prints, without what it says of the files of the Secrets.
fn printed(secrets: &[(String, String)], arguments: &[&str]) -> String {
    let host = MemHost::new(secrets.iter().map(|(path, text)| (path.clone(), text.as_str())));
    cli::run(&host, std::iter::once("plimsoll").chain(arguments.iter().copied()).map(Into::into));
    host.printed(Stream::Stdout) + &host.printed(Stream::Stderr)
}

#[test]
fn nothing_that_is_made_of_a_secret_depends_on_what_it_holds() {
    let one = with_secrets("zumbel/vosk", "plimwick", "8274915", "sqornax99");
    let other = with_secrets("grobel/task", "flanwick", "6153824", "tramoxy77");
    let words = ["zumbel", "vosk", "plimwick", "8274915", "sqorn", "ZUMBEL", "ksov", "enVtYmVs", "c3Fvcm5h"];
    for arguments in [
        &["check", "/repo", "--exit-zero", "--no-config", "--profile", "all"][..],
        &["check", "/repo", "--exit-zero", "--no-config", "--profile", "all", "--format", "json"],
        &["check", "/repo", "--exit-zero", "--no-config", "--profile", "all", "--format", "sarif"],
        &["graph", "/repo", "--format", "json"],
        &["matrix", "/repo"],
    ] {
        let (of_one, of_other) = (printed(&one, arguments), printed(&other, arguments));
        assert!(of_one.contains("web"), "{arguments:?}");
        for word in words {
            // What stands in the Secret itself is for other rules, which hide it.
            let at = of_one
                .find(word)
                .map(|at| of_one[at.saturating_sub(200)..].chars().take(400).collect::<String>());
            assert_eq!(at, None, "{arguments:?}: {word}");
        }
        let differs = of_one.lines().zip(of_other.lines()).find(|(one, other)| one != other);
        assert!(differs.is_none() && of_one.len() == of_other.len(), "{arguments:?}: {differs:?}");
    }
}

#[test]
fn charts_are_rendered_for_the_version_of_kubernetes_that_is_asked_for() {
    let template = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  type: {{ if semverCompare \">=1.29-0\" \
                    .Capabilities.KubeVersion.Version }}LoadBalancer{{ else }}ClusterIP{{ end }}\n";
    let files = [
        ("repo/web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 0.1.0\n"),
        ("repo/web/templates/service.yaml", template),
    ];
    let files = files.map(|(path, text)| (path.to_owned(), text.to_owned()));
    let check = |version: &str, config: &str| {
        let config = [("repo/plimsoll.yaml".to_owned(), config.to_owned())];
        let files: Vec<(String, String)> = files.iter().cloned().chain(config).collect();
        let arguments =
            ["check", "/repo", "--exit-zero", "--select", "service-exposed", "--kubernetes-version"];
        printed(&files, &[&arguments[..], &[version]].concat()).contains("service-exposed")
    };
    assert!(check("1.30", "") && check("1.30", "kubernetes-version: \"1.28\"\n"));
    assert!(!check("1.28", "") && !check("1.28", "kubernetes-version: \"1.30\"\n"));
}
