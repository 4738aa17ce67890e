//! Findings that a team accepts for now: what is written, what counts afterwards, and what is told when it is gone.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used)]

use plimsoll::cli::{self, Exit};
use plimsoll::host::{Host, MemHost, Stream};
use serde_json::Value;

const BASELINE: &str = "/repo/.plimsoll-baseline.json";
const SELECT: &str = "--select image-latest-tag,host-network,secret-plaintext,suppression-unused";

/// A pod with two containers of one name and image.
const TWINS: &str = "apiVersion: v1
kind: Pod
metadata: {name: twins, namespace: shop}
spec:
  containers:
    - {name: a, image: 'a:latest'}
    - {name: b, image: 'b:latest'}
";
const NETWORK: &str = "apiVersion: v1
kind: Pod
metadata: {name: net}
spec: {hostNetwork: true, containers: []}
";

fn host(files: &[(&str, &str)]) -> MemHost {
    MemHost::new(files.iter().map(|(path, text)| (format!("repo/{path}"), *text)))
}

fn run(host: &MemHost, words: &str) -> (String, Exit) {
    let before = host.printed(Stream::Stdout).len();
    let exit = cli::run(host, format!("plimsoll {words}").split_whitespace().map(Into::into));
    (host.printed(Stream::Stdout)[before..].to_owned(), exit)
}

/// `path:line rule` of the findings that count.
fn findings(host: &MemHost, words: &str) -> Vec<String> {
    let (text, _) = run(host, &format!("check /repo {SELECT} --format json {words}"));
    let report: Value = serde_json::from_str(&text).unwrap();
    let findings = report["findings"].as_array().unwrap().iter();
    let active = findings.filter(|finding| finding.get("suppressed").is_none());
    let line = |finding: &Value| {
        let rule = finding["rule"].as_str().unwrap();
        format!("{}:{} {rule}", finding["file"].as_str().unwrap(), finding["start"]["line"])
    };
    active.map(line).collect()
}

fn baseline(host: &MemHost) -> String {
    String::from_utf8(host.read(BASELINE.into(), 1 << 20, 0).unwrap().unwrap()).unwrap()
}

#[test]
fn what_is_accepted_does_not_count_until_it_is_another() {
    let host = host(&[("twins.yaml", TWINS), ("net.yaml", NETWORK)]);
    assert_eq!(findings(&host, "").len(), 3);
    let (text, exit) = run(&host, &format!("baseline create /repo {SELECT}"));
    assert_eq!((text.as_str(), exit), ("wrote .plimsoll-baseline.json: 3 findings accepted\n", Exit::Clean));
    assert_eq!(
        baseline(&host),
        r#"{
  "version": 1,
  "findings": [
    {"file":"net.yaml","rule":"host-network","object":"Pod/net","path":"spec.hostNetwork"},
    {"file":"twins.yaml","rule":"image-latest-tag","object":"Pod/shop/twins","path":"spec.containers[0].image"},
    {"file":"twins.yaml","rule":"image-latest-tag","object":"Pod/shop/twins","path":"spec.containers[1].image"}
  ]
}
"#
    );
    assert_eq!(findings(&host, ""), [""; 0]);
    assert_eq!(findings(&host, "--no-baseline").len(), 3);
    let (text, exit) = run(&host, &format!("check /repo {SELECT} --fail-on note"));
    assert!(text.contains("no findings in 2 objects (3 in the baseline)"), "{text}");
    assert_eq!(exit, Exit::Clean);

    // Lines that move change nothing; another object is another finding.
    host.write("/repo/twins.yaml".into(), format!("# moved\n\n{TWINS}").as_bytes()).unwrap();
    assert_eq!(findings(&host, ""), [""; 0]);
    host.write("/repo/new.yaml".into(), TWINS.replace("twins", "more").as_bytes()).unwrap();
    assert_eq!(findings(&host, ""), ["new.yaml:6 image-latest-tag", "new.yaml:7 image-latest-tag"]);
    let (text, exit) = run(&host, &format!("baseline create /repo {SELECT}"));
    assert_eq!((text.as_str(), exit), ("", Exit::Usage));
}

#[test]
fn what_is_gone_is_told_where_it_is_accepted() {
    let host = host(&[("twins.yaml", TWINS), ("net.yaml", NETWORK)]);
    run(&host, &format!("baseline create /repo {SELECT}"));
    host.write("/repo/twins.yaml".into(), TWINS.replace("b:latest", "b:1.0.0").as_bytes()).unwrap();
    host.write("/repo/new.yaml".into(), TWINS.replace("twins", "more").as_bytes()).unwrap();
    let stale = ".plimsoll-baseline.json:6 suppression-unused";
    let new = ["new.yaml:6 image-latest-tag", "new.yaml:7 image-latest-tag"];
    assert_eq!(findings(&host, ""), [stale, new[0], new[1]]);
    // Who looks at less does not know what is gone elsewhere.
    assert_eq!(findings(&host, "--ignore image-latest-tag"), [""; 0]);
    let (text, _) = run(&host, &format!("check /repo/net.yaml {SELECT}"));
    assert!(!text.contains("suppression-unused"), "{text}");

    let (text, exit) = run(&host, &format!("baseline check /repo {SELECT}"));
    let line = ".plimsoll-baseline.json:6: no longer found: image-latest-tag in twins.yaml Pod/shop/twins\n";
    assert_eq!((text, exit), (format!("{line}2 found again, 1 no longer found, 2 new\n"), Exit::Found));

    let (text, _) = run(&host, &format!("baseline update /repo {SELECT}"));
    assert_eq!(text, "wrote .plimsoll-baseline.json: 1 taken out, 2 new findings left to `plimsoll check`\n");
    assert_eq!(findings(&host, ""), new);
    assert_eq!(baseline(&host).lines().count(), 7);
    let (text, _) = run(&host, &format!("baseline update --accept-new /repo {SELECT}"));
    assert_eq!(text, "wrote .plimsoll-baseline.json: 0 taken out, 2 new findings accepted\n");
    assert_eq!(findings(&host, ""), [""; 0]);
    let (_, exit) = run(&host, &format!("baseline check /repo {SELECT}"));
    assert_eq!(exit, Exit::Clean);

    // Nothing is left of what a run with other rules cannot find.
    run(&host, "baseline update /repo --select host-network");
    assert_eq!(findings(&host, ""), [""; 0]);
}

#[test]
fn what_no_version_finds_is_gone_and_what_another_run_finds_is_not() {
    let entries = r#"{"version": 1, "findings": [
{"file": "net.yaml", "rule": "host-networks"},
{"file": "net.yaml", "rule": "privileged-container"}]}"#;
    let host = host(&[("net.yaml", NETWORK), (".plimsoll-baseline.json", entries)]);
    let (text, exit) = run(&host, &format!("baseline check /repo {SELECT}"));
    assert_eq!(exit, Exit::Found);
    assert!(
        text.contains(":2: no longer found: host-networks in net.yaml") && !text.contains(":3:"),
        "{text}"
    );
}

#[test]
fn sarif_tells_new_findings_from_old_ones() {
    let host = host(&[("twins.yaml", TWINS)]);
    run(&host, &format!("baseline create /repo {SELECT}"));
    host.write("/repo/net.yaml".into(), NETWORK.as_bytes()).unwrap();
    let states = |words: &str| {
        let (text, _) = run(&host, &format!("check /repo {SELECT} --format sarif {words}"));
        let report: Value = serde_json::from_str(&text).unwrap();
        let results = report["runs"][0]["results"].as_array().unwrap().clone();
        results.iter().map(|result| result["baselineState"].as_str().map(str::to_owned)).collect::<Vec<_>>()
    };
    let state = |state: &str| Some(state.to_owned());
    assert_eq!(states(""), [state("new")]);
    assert_eq!(states("--show-suppressed"), [state("new"), state("unchanged"), state("unchanged")]);
    assert_eq!(states("--no-baseline"), [None, None, None]);
}

#[test]
fn a_pull_request_hears_of_what_it_made_stale_and_of_nothing_else() {
    let first = host(&[("twins.yaml", TWINS), ("net.yaml", NETWORK)]);
    run(&first, &format!("baseline create /repo {SELECT}"));
    let accepted = baseline(&first);
    let base = [("twins.yaml", TWINS), ("net.yaml", NETWORK), (".plimsoll-baseline.json", &accepted)];
    let caused = |now: &[(&str, &str)], base: &[(&str, &str)]| {
        let base = base.iter().map(|(path, text)| ((*path).to_owned(), *text));
        let host = host(now).with_revision("main", base);
        findings(&host, "--changed-since main")
    };
    let fixed = TWINS.replace("b:latest", "b:1.0.0");
    let stale = ".plimsoll-baseline.json:6 suppression-unused";
    let head = [("twins.yaml", fixed.as_str()), base[1], base[2]];
    assert_eq!(caused(&head, &base), [stale]);
    // It was stale before.
    let more = [head[0], head[1], head[2], ("README.md", "one\n")];
    assert_eq!(caused(&more, &head), [""; 0]);
    let network = NETWORK.replace("net}", "other}");
    let more = [head[0], head[1], head[2], ("new.yaml", network.as_str())];
    assert_eq!(caused(&more, &head), ["new.yaml:4 host-network"]);
}

#[test]
fn no_secret_is_written_and_no_hash_of_one() {
    let secret = |value: &str| {
        format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: db}}\nstringData: {{password: {value}}}\n")
    };
    let written = ["hunter2hunter2", "an-0ther-pa55word"].map(|value| {
        let host = host(&[("db.yaml", &secret(value))]);
        run(&host, "baseline create /repo");
        let text = baseline(&host);
        assert!(text.contains("secret-plaintext") && !text.contains(value), "{text}");
        text
    });
    assert_eq!(written[0], written[1]);
}

#[test]
fn a_baseline_that_cannot_be_read_hides_nothing() {
    let cases = [
        ("[", "the baseline is no JSON"),
        ("", "the baseline is empty"),
        ("[]", "this is no baseline"),
        (r#"{"version": 2, "findings": []}"#, "this is no baseline"),
        (r#"{"version": 1}"#, "no list of findings"),
        (r#"{"version": 1, "findings": [{"file": "a.yaml"}]}"#, "no entry of a baseline"),
        (
            r#"{"version": 1, "findings": [{"file": "a", "rule": "b", "count": -1}]}"#,
            "no entry of a baseline",
        ),
    ];
    for (text, message) in cases {
        let host = host(&[("net.yaml", NETWORK), (".plimsoll-baseline.json", text)]);
        let (_, exit) = run(&host, "check /repo");
        let error = host.printed(Stream::Stderr);
        assert_eq!(exit, Exit::Usage, "{text}");
        assert!(error.contains(message) && error.contains("plimsoll baseline create"), "{text}: {error}");
        assert_eq!(run(&host, "check /repo --no-baseline").1, Exit::Found);
    }
    // More than anybody counts is no reason to stop.
    let entry = r#"{"file": "net.yaml", "rule": "host-network", "count": 9223372036854775807}"#;
    let many = format!(r#"{{"version": 1, "findings": [{entry}, {entry}, {entry}]}}"#);
    let counted = self::host(&[("net.yaml", NETWORK), (".plimsoll-baseline.json", &many)]);
    assert_eq!(run(&counted, &format!("check /repo {SELECT}")).1, Exit::Found);
    assert_eq!(run(&counted, &format!("baseline update /repo {SELECT}")).1, Exit::Clean);
    assert!(!baseline(&counted).contains("host-network"));
    let host = host(&[("net.yaml", NETWORK)]);
    for words in ["check /repo --baseline /repo/b.json", "baseline update /repo", "baseline check /repo"] {
        assert_eq!(run(&host, words).1, Exit::Usage, "{words}");
    }
    assert_eq!(run(&host, "baseline create /repo --baseline /repo/net.txt").1, Exit::Usage);
    assert_eq!(run(&host, "baseline create /repo --baseline /repo/b.json").1, Exit::Clean);
    assert_eq!(run(&host, "check /repo --baseline /repo/b.json").1, Exit::Clean);
}
