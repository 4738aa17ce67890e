//! Invariant 1: the same input gives the same bytes, whatever the number of threads. Invariant 2: no file is lost.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use std::collections::BTreeMap;
use std::path::Path;

use clap::ValueEnum;
use plimsoll::cli::{self, Exit};
use plimsoll::host::{Host, MemHost, Stream};
use plimsoll::report::Format;

/// The whole corpus as one repository: every rule, every kind of file, a few thousand lines of report.
fn corpus() -> support::Files {
    support::read_directory(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus"))
}

fn check(files: &support::Files, threads: usize, options: &[&str]) -> (Exit, String, MemHost) {
    let host = MemHost::new(files.iter().map(|(path, text)| (format!("repo/{path}"), text.as_str())));
    let arguments = ["plimsoll", "check", "/repo", "--profile", "all", "--exclude", "!**"];
    let arguments = arguments.iter().chain(options).map(Into::into);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let exit = pool.install(|| cli::run(&host, arguments));
    assert_eq!(host.printed(Stream::Stderr), "");
    (exit, host.printed(Stream::Stdout), host)
}

/// The reports in all formats.
fn reports(files: &support::Files, threads: usize) -> BTreeMap<String, String> {
    let names = Format::value_variants().iter().map(|format| format.to_possible_value().unwrap());
    let names: Vec<String> = names.map(|name| name.get_name().to_owned()).collect();
    let outputs = names.iter().flat_map(|name| {
        ["--format".to_owned(), name.clone(), "--output".to_owned(), format!("/out/{name}")]
    });
    let outputs: Vec<String> = outputs.collect();
    let mut options: Vec<&str> = outputs.iter().map(String::as_str).collect();
    options.extend(["--statistics", "--show-suppressed", "--quiet"]);
    let (exit, _, host) = check(files, threads, &options);
    assert_eq!(exit, Exit::Found);
    let written = |name: &String| host.read(format!("/out/{name}").as_str().into(), u64::MAX, 0);
    let text = |name: &String| String::from_utf8(written(name).unwrap().unwrap()).unwrap();
    names.iter().map(|name| (name.clone(), text(name))).collect()
}

#[test]
fn reports_do_not_depend_on_the_number_of_threads() {
    let files = corpus();
    assert!(files.len() > 200, "the corpus is there");
    let alone = reports(&files, 1);
    for (name, text) in &alone {
        assert!(text.len() > 10_000, "{name} reports on the corpus: {text}");
    }
    for threads in [2, 8] {
        for (name, text) in reports(&files, threads) {
            assert!(alone[&name] == text, "{name} with {threads} threads");
        }
    }
}

#[test]
fn every_file_is_analysed_or_listed_with_a_reason() {
    let mut files = corpus();
    files.insert("broken.yaml".into(), "a: [1".into());
    files.insert("image.png".into(), "not really".into());
    files.insert("chart/Chart.yaml".into(), "name: chart".into());
    files.insert("chart/templates/a.yaml".into(), "a: {{ .Values.a }}".into());
    files.insert("template.yaml".into(), "{% if a %}\na: 1\n{% endif %}".into());
    files.insert("vault.yaml".into(), "$ANSIBLE_VAULT;1.1;AES256".into());
    let (exit, listed, _) = check(&files, 2, &["--show-files"]);
    assert_eq!(exit, Exit::Clean);
    let mut paths: Vec<&str> = listed.lines().map(|line| line.split(": ").next().unwrap()).collect();
    paths.sort_unstable();
    let expected: Vec<&str> = files.keys().map(String::as_str).collect();
    assert_eq!(paths, expected);
    for reason in [
        "broken.yaml: with errors",
        "image.png: not analysed: not configuration",
        "chart/templates/a.yaml: not analysed: template",
        "template.yaml: not analysed: template",
        "vault.yaml: not analysed: encrypted with ansible-vault",
    ] {
        assert!(listed.lines().any(|line| line.starts_with(reason)), "{reason} in\n{listed}");
    }
}
