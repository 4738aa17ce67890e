//! Whole repositories, the example and those of `tests/repositories`: plimsoll finds what is planted in them and nothing
//! else.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use std::collections::BTreeSet;
use std::path::Path;

use plimsoll::cli;
use plimsoll::host::{MemHost, OsHost, Stream};

fn shop() -> support::Files {
    support::read_directory(&Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/shop"))
}

/// `path:line rule` of every `# expect:` comment and of every line of `expected.txt`.
fn expected(files: &support::Files) -> BTreeSet<String> {
    let mut expected = BTreeSet::new();
    for (path, text) in files.iter().filter(|(path, _)| !path.ends_with(".md")) {
        if path == "expected.txt" {
            let lines = text.lines().filter(|line| !line.starts_with('#'));
            expected.extend(lines.map(|line| line.replacen(": ", " ", 1)));
            continue;
        }
        for (index, line) in text.lines().enumerate() {
            let rules = line.split_once("# expect:").map_or("", |(_, rules)| rules);
            let rules = rules.split(',').map(str::trim).filter(|rule| !rule.is_empty());
            expected.extend(rules.map(|rule| format!("{path}:{} {rule}", index + 1)));
        }
    }
    expected
}

/// `path:line rule` of every line of a concise report.
fn found(report: &str) -> BTreeSet<String> {
    let parse = |line: &str| {
        let mut words = line.split(' ');
        let (place, rule) = (words.next()?, words.nth(1)?);
        let (place, _column) = place.trim_end_matches(':').rsplit_once(':')?;
        Some(format!("{place} {rule}"))
    };
    report.lines().map(|line| parse(line).expect("file:line:col: level rule message")).collect()
}

/// What a check of a repository reports.
fn checked(files: &support::Files) -> BTreeSet<String> {
    let host = MemHost::new(files.iter().map(|(path, text)| (format!("repo/{path}"), text.as_str())));
    cli::run(&host, ["plimsoll", "check", "/repo", "--format", "concise"].map(Into::into));
    assert_eq!(host.printed(Stream::Stderr), "");
    found(&host.printed(Stream::Stdout))
}

fn assert_as_planted(files: &support::Files, at_least: usize) {
    let (expected, found) = (expected(files), checked(files));
    let missed: Vec<_> = expected.difference(&found).collect();
    let wrong: Vec<_> = found.difference(&expected).collect();
    assert!(missed.is_empty() && wrong.is_empty(), "not found: {missed:#?}\nnot planted: {wrong:#?}");
    assert!(expected.len() >= at_least, "{}", expected.len());
}

#[test]
fn the_example() {
    assert_as_planted(&shop(), 30);
}

fn tutorial() -> support::Files {
    support::read_directory(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/repositories/tutorial"))
}

/// A base that says `latest` is nothing while every overlay says better.
#[test]
fn the_tutorial() {
    assert_as_planted(&tutorial(), 8);
}

#[test]
fn the_tutorial_with_its_base_applied() {
    let mut files = tutorial();
    let before = checked(&files);
    let application = files["argocd/application.yaml"]
        .replace("k8s/overlays/production", "k8s/base")
        .replace("name: mon-app", "name: mon-app-base")
        .replace("namespace: production", "namespace: try-out");
    files.insert("argocd/base.yaml".to_owned(), application);
    let after = checked(&files);
    let more: Vec<&String> = after.difference(&before).collect();
    assert_eq!(
        more,
        [
            "argocd/base.yaml:7 argo-default-project",
            "k8s/base/deployment.yaml:6 spread-missing",
            "k8s/base/kustomization.yaml:11 image-latest-tag"
        ]
    );
}

/// The README's first command: the example lies in a repository that excludes examples, and is named. What git says of
/// the repository around it is not the same everywhere, so it is one that says nothing.
#[test]
fn the_example_is_found_from_the_repository_around_it() {
    let directory = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = directory.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write(".git/HEAD", "ref: refs/heads/main\n");
    shop().iter().for_each(|(path, text)| write(&format!("examples/shop/{path}"), text));
    let (example, output) = (directory.path().join("examples/shop"), directory.path().join("report.txt"));
    let arguments = ["plimsoll", "check", example.to_str().unwrap(), "--format", "concise", "--output"];
    let arguments = arguments.into_iter().chain([output.to_str().unwrap()]);
    let exit = cli::run(&OsHost::new(), arguments.map(Into::into));
    assert_eq!(exit, cli::Exit::Found);
    let report = std::fs::read_to_string(output).unwrap().replace("examples/shop/", "");
    // Nobody knows there that the Applications install the chart of this repository.
    let without_charts = |all: BTreeSet<String>| -> BTreeSet<String> {
        all.into_iter().filter(|line| !line.starts_with("charts/")).collect()
    };
    assert_eq!(without_charts(found(&report)), without_charts(expected(&shop())));
}
