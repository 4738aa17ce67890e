//! Formats of lines and lists: that GitHub, GitLab and test panels can read them, and invariant 8.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods)]

mod support;

use std::collections::BTreeSet;
use std::path::Path;

use plimsoll::cli;
use plimsoll::host::{MemHost, Stream};
use regex::Regex;
use serde_json::Value;

fn shop() -> support::Files {
    support::read_directory(&Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/shop"))
}

fn report(files: &support::Files, format: &str) -> String {
    let host = MemHost::new(files.iter().map(|(path, text)| (format!("shop/{path}"), text.as_str())));
    cli::run(&host, ["plimsoll", "check", "/shop", "--format", format].map(Into::into));
    assert_eq!(host.printed(Stream::Stderr), "");
    host.printed(Stream::Stdout)
}

/// A repository without findings.
fn clean() -> support::Files {
    [("a.yaml".to_owned(), "a: 1\n".to_owned())].into()
}

fn json(files: &support::Files, format: &str) -> Value {
    serde_json::from_str(&report(files, format)).unwrap()
}

#[test]
fn the_problem_matcher_reads_every_concise_line() {
    let matcher = include_str!("../.github/plimsoll-matcher.json");
    let matcher: Value = serde_json::from_str(matcher).unwrap();
    // GitHub knows no severity "note": the second matcher gives notes another name.
    let patterns: Vec<&Value> = (0..2).map(|index| &matcher["problemMatcher"][index]["pattern"][0]).collect();
    let regexps: Vec<Regex> =
        patterns.iter().map(|pattern| Regex::new(pattern["regexp"].as_str().unwrap()).unwrap()).collect();

    let mut files = shop();
    let note = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {type: NodePort}\n";
    files.insert("platform/note.yaml".into(), note.into());
    let findings = json(&files, "json")["findings"].as_array().unwrap().clone();
    assert!(findings.iter().any(|finding| finding["severity"] == "note"));
    let lines = report(&files, "concise");
    assert_eq!(lines.lines().count(), findings.len());
    for (line, finding) in lines.lines().zip(&findings) {
        // With colours, as a log may have them.
        for line in [line.to_owned(), format!("\u{1b}[1m{line}\u{1b}[0m")] {
            let matching: Vec<usize> = (0..2).filter(|&index| regexps[index].is_match(&line)).collect();
            let is_note = finding["severity"] == "note";
            assert_eq!(matching, [usize::from(is_note)], "{line}");
            let found = regexps[matching[0]].captures(&line).unwrap();
            let group = |name: &str| patterns[matching[0]][name].as_u64().unwrap() as usize;
            assert_eq!(&found[group("file")], finding["file"].as_str().unwrap());
            assert_eq!(found[group("line")], finding["start"]["line"].to_string());
            assert_eq!(found[group("column")], finding["start"]["column"].to_string());
            if !is_note {
                assert_eq!(&found[group("severity")], finding["severity"].as_str().unwrap());
            }
            assert_eq!(&found[group("code")], finding["rule"].as_str().unwrap());
            assert_eq!(&found[group("message")], finding["message"].as_str().unwrap());
        }
    }
}

#[test]
fn github_gets_the_worst_first_and_is_told_what_it_hides() {
    let text = report(&shop(), "github");
    let commands: Vec<&str> = text.lines().map(|line| line.split(' ').next().unwrap()).collect();
    let rank =
        |command: &&str| ["::error", "::warning", "::notice"].iter().position(|known| known == command);
    let ranks: Vec<_> = commands.iter().map(|command| rank(command).unwrap()).collect();
    assert!(ranks.is_sorted(), "{commands:?}");
    let errors = ranks.iter().filter(|rank| **rank == 0).count();
    assert!(errors > 10, "the shop has more than GitHub shows");
    assert!(text.lines().last().unwrap().starts_with("::notice title=plimsoll::"), "{text}");

    let mut nasty = support::Files::new();
    nasty.insert("a,b:c%.yaml".into(), "a: [1\n".into());
    let text = report(&nasty, "github");
    assert!(text.starts_with("::error file=a%2Cb%3Ac%25.yaml,line="), "{text}");
}

#[test]
fn gitlab_fingerprints_are_unique() {
    let issues = json(&shop(), "gitlab");
    let issues = issues.as_array().unwrap();
    let prints: BTreeSet<&str> = issues.iter().map(|issue| issue["fingerprint"].as_str().unwrap()).collect();
    assert_eq!(prints.len(), issues.len());
    for issue in issues {
        let path = issue["location"]["path"].as_str().unwrap();
        assert!(shop().contains_key(path), "{path}");
        assert!(issue["location"]["lines"]["begin"].as_u64().unwrap() > 0);
        assert!(["critical", "major", "info"].contains(&issue["severity"].as_str().unwrap()));
    }
    assert_eq!(report(&clean(), "gitlab"), "[]\n");
}

/// Invariant 8: what moves down a line keeps its identity, and the reports that name lines say the new ones.
#[test]
fn fingerprints_hold_no_line_numbers() {
    let before = shop();
    let moved: support::Files = before
        .iter()
        .map(|(path, text)| {
            let comment = path.ends_with(".yaml") && !text.starts_with("apiVersion: v1\nkind: Config\n");
            let text = if comment { format!("# moved\n\n{text}") } else { text.clone() };
            (path.clone(), text)
        })
        .collect();
    let prints = |files: &support::Files| -> BTreeSet<String> {
        let report = json(files, "json");
        let findings = report["findings"].as_array().unwrap();
        findings.iter().map(|finding| finding["fingerprint"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(prints(&before), prints(&moved));
    assert_ne!(report(&before, "concise"), report(&moved, "concise"));
}

#[test]
fn junit_is_balanced_and_counts() {
    let text = report(&shop(), "junit");
    let count = |what: &str| text.matches(what).count();
    assert_eq!(count("<testcase "), count("</testcase>"));
    assert_eq!(count("<testsuite "), count("</testsuite>"));
    let failures = format!("failures=\"{}\"", count("<failure "));
    assert!(text.lines().nth(1).unwrap().contains(&failures), "{text}");
    let mut nasty = support::Files::new();
    nasty.insert("a&b<\">.yaml".into(), "a: [1\n".into());
    let text = report(&nasty, "junit");
    assert!(text.contains("a&amp;b&lt;&quot;&gt;.yaml"), "{text}");
    assert!(report(&clean(), "junit").contains("tests=\"1\" failures=\"0\""));
}
