//! Invariant 1: the same input gives the same bytes, whatever the number of threads. Invariant 2: no file is lost.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use std::path::Path;

use clap::ValueEnum;
use plimsoll::cli::{self, Exit};
use plimsoll::host::{MemHost, Stream};
use plimsoll::report::Format;

/// The whole corpus as one repository: every rule, every kind of file, a few thousand lines of report.
fn corpus() -> support::Files {
    support::read_directory(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus"))
}

fn check(files: &support::Files, threads: usize, options: &[&str]) -> (Exit, String) {
    let host = MemHost::new(files.iter().map(|(path, text)| (format!("repo/{path}"), text.as_str())));
    let arguments = ["plimsoll", "check", "/repo", "--profile", "all", "--exclude", "!**"];
    let arguments = arguments.iter().chain(options).map(Into::into);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let exit = pool.install(|| cli::run(&host, arguments));
    assert_eq!(host.printed(Stream::Stderr), "");
    (exit, host.printed(Stream::Stdout))
}

#[test]
fn reports_do_not_depend_on_the_number_of_threads() {
    let files = corpus();
    assert!(files.len() > 200, "the corpus is there");
    for format in Format::value_variants() {
        let name = format.to_possible_value().unwrap().get_name().to_owned();
        let options = ["--format", &name, "--statistics", "--show-suppressed"];
        let (exit, alone) = check(&files, 1, &options);
        assert_eq!(exit, Exit::Found, "{name}");
        assert!(alone.len() > 10_000, "{name} reports on the corpus: {alone}");
        for threads in [2, 8] {
            assert!(
                check(&files, threads, &options) == (exit, alone.clone()),
                "{name} with {threads} threads"
            );
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
    let (exit, listed) = check(&files, 2, &["--show-files"]);
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
