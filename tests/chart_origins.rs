//! What depends on a scalar of a chart's values says so: each is changed, the chart is rendered again, and every value that
//! is another one then has the line of the scalar among its origins, or what it depends on.
//!
//! The charts of this repository are held to it. `PLIMSOLL_CHARTS=DIR:DIR cargo test --test chart_origins -- --ignored
//! --nocapture` measures all charts below directories.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use plimsoll::config::RenderOptions;
use plimsoll::host::MemHost;
use plimsoll::model::Repository;
use plimsoll::render::helm::{ChartRef, Field, Release, ReleaseOptions};
use plimsoll::render::{ReadLimits, Renderer};
use plimsoll::source::{Source, SourceId, SourceKind, SourceMap, Span, StepId};
use plimsoll::yaml::{Cursor, Limits, Tree, Typed, parse};

type Files = BTreeMap<String, Vec<u8>>;

/// The lines of a values file.
type Lines = BTreeSet<u32>;

/// A value of what was rendered.
struct Rendered {
    text: String,
    /// The line of the values where a person would edit it.
    first: Option<u32>,
    /// All lines of the values that it depends on.
    depends: Lines,
}

/// By the template, the document in it, and the way to the value.
type Objects = BTreeMap<String, Rendered>;

fn tree_of(map: &SourceMap, id: SourceId) -> Option<Tree> {
    let parsed = parse(map.source(id), id, Limits::default());
    parsed.trees().next().filter(|_| parsed.problems.is_empty())
}

/// What the chart makes; `None` when anything fails.
fn render(files: &Files, only: Option<&BTreeSet<String>>) -> Option<Objects> {
    let host = MemHost::new(files.iter().map(|(path, bytes)| (format!("c/{path}"), bytes.clone())));
    let (map, repository) = (SourceMap::default(), Repository::default());
    let limits = ReadLimits { yaml: Limits::default(), file_size: 8 << 20 };
    let renderer = Renderer::new(&map, &repository, &host, "/".into(), limits, RenderOptions::default());
    let field = |text: &str| Field { text: text.to_owned(), span: None };
    let options =
        ReleaseOptions { name: field("release"), namespace: field("space"), ..ReleaseOptions::default() };
    let release = renderer.release(&ChartRef { path: "c".into() }, &[], &options);
    if release.failed || release.events.iter().any(|event| event.kind.is_error()) {
        return None;
    }
    Some(values(&map, &release, only))
}

/// The values of all objects; only those that are wanted are looked at closely.
fn values(map: &SourceMap, release: &Release, only: Option<&BTreeSet<String>>) -> Objects {
    let mut found = Objects::new();
    for manifest in &release.manifests {
        let Some((made, range)) = &manifest.printed else { continue };
        let (made, trace) = (&release.outputs[*made], release.trace.as_ref().unwrap());
        let ordinal = made.output.text()[..range.start].matches("\n---").count();
        let root = Cursor::new(map, &manifest.object.tree);
        let mut open = vec![(format!("{}#{ordinal}", made.name), root)];
        while let Some((path, at)) = open.pop() {
            if at.is_map() {
                open.extend(at.entries().iter().filter_map(|entry| {
                    Some((format!("{path}/{}", entry.key.text()?.replace('/', "~")), entry.value))
                }));
                continue;
            }
            if at.is_seq() {
                let item = |(index, item)| (format!("{path}/{index}"), item);
                let mut count = 0;
                open.extend(at.items().enumerate().inspect(|_| count += 1).map(item));
                let length = Rendered { text: count.to_string(), first: None, depends: Lines::new() };
                found.insert(format!("{path}/#"), length);
                continue;
            }
            let text = at.text().unwrap_or_default().into_owned();
            let mut rendered = Rendered { text, first: None, depends: Lines::new() };
            if only.is_none_or(|only| only.contains(&path)) {
                let line = |span: Span, step: StepId| {
                    let span = map.editable(span, step)?;
                    let source = map.source(span.source);
                    (source.path() == "c/values.yaml")
                        .then(|| (source.position(span.start).line, source.position(span.end()).line))
                };
                rendered.first = line(at.span(), at.step()).map(|(line, _)| line);
                let key = at.key();
                // Where a value of a document stands in what was printed.
                let in_output = |span: Span| {
                    let shift =
                        if map.source(span.source).text() == made.output.text() { 0 } else { range.start };
                    shift + span.start as usize..shift + span.end() as usize
                };
                for part in [Some(at), key].into_iter().flatten() {
                    let is_there =
                        made.output.text().get(in_output(part.span())) == Some(map.slice(part.span()));
                    if !is_there {
                        continue;
                    }
                    let explanation = trace.explain(&made.output, in_output(part.span()));
                    let conditions = explanation.conditions.iter().flat_map(|condition| &condition.reads);
                    let all = explanation.origins.iter().chain(&explanation.also).chain(conditions);
                    for (from, to) in all.filter_map(|origin| line(origin.span, origin.step)) {
                        rendered.depends.extend(from..=to);
                    }
                }
            }
            found.insert(path, rendered);
        }
    }
    found
}

/// A scalar of the values that can be changed.
struct Scalar {
    line: u32,
    start: usize,
    end: usize,
    text: String,
    new: String,
}

fn scalars(text: &str) -> Vec<Scalar> {
    let map = SourceMap::new(vec![Source::new("values.yaml", SourceKind::File, text.to_owned())]);
    let Some(tree) = tree_of(&map, SourceId(0)) else { return Vec::new() };
    let scalars = Cursor::new(&map, &tree).scalars().filter_map(|scalar| {
        let text = scalar.text()?.into_owned();
        let written = map.slice(scalar.span());
        let is_quoted = written.starts_with(['"', '\'']);
        let new = scalar.typed_as(plimsoll::yaml::Schema::GoYamlV2, |typed| match typed {
            Typed::Bool(value) => Some((!value).to_string()),
            Typed::Int(value) => Some((value + 1).to_string()),
            Typed::Str(text) if !text.contains('\n') && !text.contains("{{") && !text.is_empty() => {
                Some(format!("{text}9z"))
            }
            Typed::Str("") if is_quoted => Some("z9z".to_owned()),
            _ => None,
        })??;
        if !is_quoted && written != text {
            return None;
        }
        let span = scalar.span();
        let line = map.source(SourceId(0)).position(span.start).line;
        Some(Scalar { line, start: span.start as usize, end: span.end() as usize, text, new })
    });
    scalars.collect()
}

#[derive(Default, Debug)]
struct Counts {
    charts: usize,
    scalars: usize,
    /// Values that changed, and those of them that do not say why.
    changed: usize,
    unlisted: Vec<String>,
    /// Values that are the scalar, and those of them that name another line first.
    copied: usize,
    elsewhere: Vec<String>,
}

fn measure(name: &str, files: &Files, most: usize, counts: &mut Counts) {
    let Some(values) = files.get("values.yaml").and_then(|bytes| std::str::from_utf8(bytes).ok()) else {
        return;
    };
    let Some(before) = render(files, None) else { return };
    let all = scalars(values);
    if before.is_empty() || all.is_empty() {
        return;
    }
    counts.charts += 1;
    let every = all.len().div_ceil(most).max(1);
    for scalar in all.iter().step_by(every) {
        let mut files = files.clone();
        let quote = values.as_bytes().get(scalar.start).filter(|byte| matches!(byte, b'"' | b'\''));
        let quote = quote.map(|quote| char::from(*quote).to_string()).unwrap_or_default();
        let text =
            format!("{}{quote}{}{quote}{}", &values[..scalar.start], scalar.new, &values[scalar.end..]);
        files.insert("values.yaml".to_owned(), text.into());
        let Some(plain) = render(&files, Some(&BTreeSet::new())) else { continue };
        counts.scalars += 1;
        let differs =
            |path: &&String| before.get(*path).map(|it| &it.text) != plain.get(*path).map(|it| &it.text);
        let changed: BTreeSet<String> = before.keys().chain(plain.keys()).filter(differs).cloned().collect();
        // Items of a list move when others come and go.
        let lists: Vec<&str> = changed.iter().filter_map(|path| path.strip_suffix('#')).collect();
        let is_moved = |path: &&String| lists.iter().any(|list| path.starts_with(list));
        let changed: BTreeSet<String> = changed.iter().filter(|path| !is_moved(path)).cloned().collect();
        if changed.is_empty() {
            continue;
        }
        let after = render(&files, Some(&changed)).unwrap();
        for path in &changed {
            let (old, new) = (before.get(path), after.get(path));
            counts.changed += 1;
            let lists = |it: Option<&Rendered>| it.is_some_and(|it| it.depends.contains(&scalar.line));
            if !lists(old) && !lists(new) {
                counts.unlisted.push(format!("{name}: values.yaml:{} {path}", scalar.line));
            }
            if let (Some(old), Some(new)) = (old, new)
                && old.text == scalar.text
                && new.text == scalar.new
            {
                counts.copied += 1;
                if new.first != Some(scalar.line) || old.first != Some(scalar.line) {
                    counts
                        .elsewhere
                        .push(format!("{name}: values.yaml:{} {path}: {:?}", scalar.line, old.first));
                }
            }
        }
    }
}

fn read(directory: &Path, below: &str, files: &mut Files) {
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        let (path, name) = (entry.path(), format!("{below}{}", entry.file_name().to_string_lossy()));
        let is_link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
        if path.is_dir() && !is_link {
            read(&path, &format!("{name}/"), files);
        } else if let Ok(bytes) = std::fs::read(&path) {
            files.insert(name, bytes);
        }
    }
}

/// The directories of charts below one that are in no other chart.
fn charts(directory: &Path, found: &mut Vec<std::path::PathBuf>) {
    if directory.join("Chart.yaml").is_file() {
        return found.push(directory.to_owned());
    }
    let mut entries: Vec<_> = std::fs::read_dir(directory).into_iter().flatten().flatten().collect();
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries.iter().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())) {
        charts(&entry.path(), found);
    }
}

#[test]
fn what_depends_on_a_scalar_lists_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut counts = Counts::default();
    let mut directories = Vec::new();
    charts(&root.join("corpus"), &mut directories);
    charts(&root.join("charts"), &mut directories);
    for directory in directories {
        let mut files = Files::new();
        read(&directory, "", &mut files);
        measure(&directory.to_string_lossy(), &files, usize::MAX, &mut counts);
    }
    // Charts that are written into cases.
    for entry in std::fs::read_dir(root.join("charts")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "yaml") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let map = SourceMap::new(vec![Source::new("case.yaml", SourceKind::File, text)]);
        let tree = tree_of(&map, SourceId(0)).unwrap();
        let entries = Cursor::new(&map, &tree).get("files").unwrap().entries();
        let of_chart = entries.iter().filter_map(|entry| {
            let path = entry.key.text()?.strip_prefix("chart/")?.to_owned();
            Some((path, entry.value.text()?.into_owned().into_bytes()))
        });
        measure(&path.to_string_lossy(), &of_chart.collect(), usize::MAX, &mut counts);
    }
    let Counts { unlisted, elsewhere, .. } = &counts;
    assert!(unlisted.is_empty() && elsewhere.is_empty(), "{counts:#?}");
    assert!(counts.charts >= 10 && counts.changed >= 50 && counts.copied >= 20, "{counts:?}");
}

#[test]
#[ignore = "measures charts that are not part of this repository"]
fn figures_of_other_charts() {
    let paths = std::env::var("PLIMSOLL_CHARTS").unwrap();
    let (mut counts, mut directories) = (Counts::default(), Vec::new());
    paths.split(':').for_each(|path| charts(Path::new(path), &mut directories));
    for directory in directories {
        let mut files = Files::new();
        read(&directory, "", &mut files);
        measure(&directory.to_string_lossy(), &files, 24, &mut counts);
    }
    let Counts { charts, scalars, changed, unlisted, copied, elsewhere } = counts;
    for line in unlisted.iter().step_by(unlisted.len().div_ceil(60).max(1)) {
        println!("not listed: {line}");
    }
    for line in elsewhere.iter().step_by(elsewhere.len().div_ceil(60).max(1)) {
        println!("elsewhere first: {line}");
    }
    println!("{charts} charts, {scalars} scalars changed");
    println!("{changed} values are others, {} of them do not say why", unlisted.len());
    println!("{copied} values are a scalar, {} of them name another line first", elsewhere.len());
}
