//! The example repository: plimsoll finds what is planted in it and nothing else.

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

#[test]
fn what_is_planted_is_found_and_nothing_else() {
    let files = shop();
    let host = MemHost::new(files.iter().map(|(path, text)| (format!("shop/{path}"), text.as_str())));
    cli::run(&host, ["plimsoll", "check", "/shop", "--format", "concise"].map(Into::into));
    assert_eq!(host.printed(Stream::Stderr), "");
    let (expected, found) = (expected(&files), found(&host.printed(Stream::Stdout)));
    let missed: Vec<_> = expected.difference(&found).collect();
    let wrong: Vec<_> = found.difference(&expected).collect();
    assert!(missed.is_empty() && wrong.is_empty(), "not found: {missed:#?}\nnot planted: {wrong:#?}");
    assert!(expected.len() >= 20, "{}", expected.len());
}

/// The README's first command: the example lies in a repository that excludes examples, and is named.
#[test]
fn the_example_is_found_from_the_repository_around_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/shop");
    let directory = tempfile::tempdir().unwrap();
    let output = directory.path().join("report.txt");
    let arguments = ["plimsoll", "check", root.to_str().unwrap(), "--format", "concise", "--output"];
    let arguments = arguments.into_iter().chain([output.to_str().unwrap()]);
    let exit = cli::run(&OsHost::new(), arguments.map(Into::into));
    assert_eq!(exit, cli::Exit::Found);
    let report = std::fs::read_to_string(output).unwrap().replace("examples/shop/", "");
    assert_eq!(found(&report), expected(&shop()));
}
