//! Charts of Helm, as cases in YAML: the files, what they are rendered with, and what comes of it.
//!
//! A case in `tests/charts` has `files` and `cases`; a case of those has `values` (texts of values files, in order),
//! `set`, `set-string`, `set-json`, `helm3`, `kube-version`, `api-versions`, `path` (of the chart), and expects `objects`
//! (exact text), `events` (each `path:line kind: a part of the message`) and `origins` (the path of a value in an object,
//! and `path:line` where a person edits it). What is expected was confirmed with Helm 4.3.1 and 3.17.3.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

use std::fmt::Write as _;
use std::path::Path;

use plimsoll::config::RenderOptions;
use plimsoll::host::MemHost;
use plimsoll::model::Repository;
use plimsoll::render::helm::{ChartRef, Field, ReleaseOptions, SetKind, ValuesLayer};
use plimsoll::render::{Built, ReadLimits, Renderer, Unit};
use plimsoll::report::Rendered;
use plimsoll::source::{Source, SourceId, SourceKind, SourceMap};
use plimsoll::yaml::{Cursor, Limits, parse};

fn texts(value: Option<Cursor<'_>>) -> Vec<String> {
    let Some(value) = value else { return Vec::new() };
    match value.text() {
        Some(text) => vec![text.into_owned()],
        None => value.items().map(|item| item.text().unwrap().into_owned()).collect(),
    }
}

/// What differs from what a case expects.
fn run(files: &[(String, String)], case: Cursor<'_>) -> String {
    let values = texts(case.get("values"));
    let named = values.iter().enumerate().map(|(index, text)| (format!("values-{index}.yaml"), text.clone()));
    let mut all = files.to_vec();
    all.extend(named);
    let host = MemHost::new(all);
    let (map, repository) = (SourceMap::default(), Repository::default());
    let limits = ReadLimits { yaml: Limits::default(), file_size: 1 << 20 };
    let renderer = Renderer::new(&map, &repository, &host, "/".into(), limits, RenderOptions::default());
    let text = |name: &str| case.get(name).and_then(|value| value.text()).map(|text| text.into_owned());
    let mut layers: Vec<ValuesLayer> = (0..values.len())
        .map(|index| ValuesLayer::File {
            path: format!("values-{index}.yaml").into(),
            at: None,
            is_optional: false,
        })
        .collect();
    for (name, kind) in [
        ("set-json", SetKind::Json),
        ("set", SetKind::Typed),
        ("set-string", SetKind::Text),
        ("set-file", SetKind::File),
    ] {
        let layer = |text| ValuesLayer::Set { kind, text, at: None };
        layers.extend(texts(case.get(name)).into_iter().map(layer));
    }
    let field = |text: &str| Field { text: text.to_owned(), span: None };
    let options = ReleaseOptions {
        name: field("shop"),
        namespace: field("prod"),
        kube_version: text("kube-version").unwrap_or("1.34.0".to_owned()),
        api_versions: texts(case.get("api-versions")),
        helm3: case.get("helm3").and_then(|value| value.bool()).unwrap_or_default(),
        ..ReleaseOptions::default()
    };
    let path = text("path").unwrap_or("chart".to_owned());
    let chart = ChartRef { path: path.clone().into() };
    let release = renderer.release(&chart, &layers, &options);
    let Built { unit, .. } = Built::release(&map, path.as_str().into(), &release);
    compare(&map, &unit, case)
}

fn compare(map: &SourceMap, unit: &Unit, case: Cursor<'_>) -> String {
    let mut wrong = String::new();
    let rendered = Rendered::with_secrets(map, unit).as_helm();
    if let Some(expected) = case.get("objects").and_then(|objects| objects.text()) {
        let objects: Vec<String> = unit.objects.iter().map(|object| rendered.object(object)).collect();
        let objects = objects.join("---\n");
        if objects != expected {
            let _ = writeln!(wrong, "objects:\n{objects}");
        }
    }
    let line = |span| {
        let span = map.in_file(span).unwrap_or(span);
        let source = map.source(span.source);
        format!("{}:{}", source.path(), source.position(span.start).line)
    };
    let events: Vec<String> = unit
        .events
        .iter()
        .map(|event| format!("{} {:?}: {}", line(event.span), event.kind, event.message))
        .collect();
    let expected = texts(case.get("events"));
    let is_met = expected.len() == events.len()
        && expected.iter().zip(&events).all(|(expected, event)| {
            let (place, message) = expected.split_once(": ").unwrap();
            event.starts_with(&format!("{place}: ")) && event.contains(message)
        });
    if !is_met {
        let _ = writeln!(wrong, "events:\n  {}", events.join("\n  "));
    }
    for origin in case.get("origins").map(|origins| origins.entries()).unwrap_or_default() {
        let (path, expected) = (origin.key.text().unwrap(), origin.value.text().unwrap());
        let names: Vec<&str> = path.split('/').collect();
        let found = unit.objects.iter().find_map(|object| {
            let mut at = Cursor::new(map, &object.tree);
            for name in &names {
                at = match name.parse::<usize>() {
                    Ok(index) if at.is_seq() => at.items().nth(index)?,
                    _ => at.get(name)?,
                };
            }
            Some(map.editable(at.span(), at.step()).map_or("nowhere".to_owned(), line))
        });
        let found = found.unwrap_or("no value".to_owned());
        if found != expected {
            let _ = writeln!(wrong, "origin of {path}: {found}, not {expected}");
        }
    }
    wrong
}

#[test]
fn charts_are_rendered_as_helm_does() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/charts");
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
        let tree = parsed.trees().next().unwrap();
        let root = Cursor::new(&map, &tree);
        let files = root.get("files").unwrap().entries();
        let file = |entry: &plimsoll::yaml::Entry<'_>| {
            (entry.key.text().unwrap().into_owned(), entry.value.text().unwrap().into_owned())
        };
        let files: Vec<(String, String)> = files.iter().map(file).collect();
        for (index, case) in root.get("cases").unwrap().items().enumerate() {
            let found = run(&files, case);
            if !found.is_empty() {
                let _ = writeln!(wrong, "== {name}, case {}:\n{found}", index + 1);
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}
