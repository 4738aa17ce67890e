//! `--changed-since` does not ask again about what is the same in both revisions. Asking about everything, which it does
//! where there is a baseline, must give the same.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::path::Path;

use plimsoll::cli;
use plimsoll::host::{MemHost, Stream};
use serde_json::Value;

const EMPTY_BASELINE: (&str, &str) = ("repo/.plimsoll-baseline.json", "{\"version\": 1, \"findings\": []}\n");

/// A number that looks like any other, and is the same on every machine.
fn number(path: &str, round: u64) -> u64 {
    let mut hasher = rustc_hash::FxHasher::default();
    (path, round).hash(&mut hasher);
    hasher.finish() >> 20
}

/// The same files as they may have been before: some were not there, some were shorter, or had another line, and some
/// were deleted since.
fn before(files: &support::Files, round: u64) -> Vec<(String, String)> {
    let mut before = Vec::new();
    for (path, text) in files {
        let mut lines: Vec<&str> = text.lines().collect();
        match number(path, round) % 40 {
            0 => continue,
            1 => lines.truncate(lines.len() / 2),
            2 => lines.insert(0, "# a line"),
            3 if lines.len() > 3 => drop(lines.remove(lines.len() / 3)),
            4 => before.push((format!("{path}.was.yaml"), text.clone())),
            _ => {}
        }
        before.push((path.clone(), lines.join("\n") + "\n"));
    }
    before
}

/// The findings with the overlays they are about, by where and what they are.
fn caused(
    files: &support::Files,
    before: &[(String, String)],
    asks_all: bool,
    words: &str,
) -> BTreeMap<String, Vec<String>> {
    let now = files.iter().map(|(path, text)| (format!("repo/{path}"), text.as_str()));
    let baseline = asks_all.then(|| (EMPTY_BASELINE.0.to_owned(), EMPTY_BASELINE.1));
    let before = before.iter().map(|(path, text)| (path.clone(), text.as_str()));
    let host = MemHost::new(now.chain(baseline)).with_revision("main", before);
    let words = format!(
        "plimsoll check /repo --changed-since main --profile all --exclude !** --format json --quiet {words}"
    );
    cli::run(&host, words.split_whitespace().map(Into::into));
    let printed = host.printed(Stream::Stdout);
    let report: Value = serde_json::from_str(&printed).unwrap_or_else(|_| panic!("{printed}"));
    let findings = report["findings"].as_array().unwrap().iter();
    let findings = findings.filter(|it| !it["file"].as_str().unwrap().contains("baseline"));
    let one = |it: &Value| {
        let units = it["units"].as_array().into_iter().flatten().map(ToString::to_string).collect();
        (format!("{}:{} {} {} {}", it["file"], it["start"], it["rule"], it["level"], it["message"]), units)
    };
    findings.map(one).collect()
}

#[test]
fn nothing_is_lost_by_not_asking_again() {
    let files = support::read_directory(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus"));
    let mut all = 0;
    // A suppression that a change makes useless is known when everything is asked, and then it is.
    for (round, words) in [(0, ""), (1, "--ignore suppression-unused")] {
        let before = before(&files, round);
        let (quick, whole) = (caused(&files, &before, false, words), caused(&files, &before, true, words));
        let lost: Vec<_> = whole.keys().filter(|it| !quick.contains_key(*it)).collect();
        assert!(lost.is_empty(), "round {round}: {lost:#?}");
        let more: Vec<_> = quick.iter().filter(|(it, _)| !whole.contains_key(*it)).collect();
        assert!(more.is_empty(), "round {round}: {more:#?}");
        all += whole.len();
    }
    assert!(all > 150, "{all} findings are compared");
}
