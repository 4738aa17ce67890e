//! Overlays through the whole pipeline: a finding stands where a person would edit, once, with the overlays that it is
//! in. The expectations are comments in the files of `tests/overlays`: `# expect: rule in overlay overlay`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods)]

mod support;

use std::collections::BTreeSet;

use plimsoll::cli;
use plimsoll::host::{MemHost, Stream};
use serde_json::Value;

/// Rules that have nothing to do with overlays and would say something about every image or container.
const OTHER_RULES: [&str; 5] = [
    "container-not-hardened",
    "image-not-pinned-by-digest",
    "memory-request-missing",
    "schema-required-missing",
    "host-network-dns-policy",
];

fn repository() -> support::Files {
    support::read_directory(&support::generated::root().join("tests/overlays"))
}

/// The findings of a check of the repository, as its JSON report has them.
fn findings(files: &support::Files) -> Vec<Value> {
    let host = MemHost::new(files.iter().map(|(path, text)| (format!("repo/{path}"), text.as_str())));
    cli::run(&host, ["plimsoll", "check", "/repo", "--format", "json"].map(Into::into));
    assert_eq!(host.printed(Stream::Stderr), "");
    let report: Value = serde_json::from_str(&host.printed(Stream::Stdout)).unwrap();
    let findings = report["findings"].as_array().unwrap().iter();
    findings.filter(|it| !OTHER_RULES.contains(&it["rule"].as_str().unwrap())).cloned().collect()
}

/// `file:line` of a finding or a related place.
fn place(at: &Value) -> String {
    format!("{}:{}", at["file"].as_str().unwrap(), at["start"]["line"])
}

/// The names of the overlays of a finding.
fn units(finding: &Value) -> String {
    let units = finding["units"].as_array().into_iter().flatten();
    let names = units.map(|unit| unit.as_str().unwrap().trim_start_matches("overlays/").to_owned());
    names.collect::<Vec<_>>().join(" ")
}

#[test]
fn findings_stand_where_a_person_would_edit() {
    let files = repository();
    let mut expected = Vec::new();
    for (path, text) in &files {
        for (index, line) in text.lines().enumerate() {
            let expectation = line.split_once("# expect: ").map(|(_, expectation)| expectation);
            expected.extend(expectation.map(|it| format!("{path}:{} {it}", index + 1)));
        }
    }
    let found = findings(&files);
    let found =
        found.iter().map(|it| format!("{} {} in {}", place(it), it["rule"].as_str().unwrap(), units(it)));
    let mut found: Vec<String> = found.collect();
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
}

#[test]
fn earlier_places_are_named() {
    let findings = findings(&repository());
    let related = |rule: &str, units_wanted: &str| -> BTreeSet<String> {
        let mut of_rule = findings.iter().filter(|it| it["rule"] == rule && units(it) == units_wanted);
        let finding = of_rule.next().unwrap();
        assert!(of_rule.next().is_none(), "one finding of {rule} in {units_wanted}");
        let related = finding["related"].as_array().unwrap().iter();
        related.map(|it| format!("{}: {}", place(it), it["message"].as_str().unwrap())).collect()
    };
    for (rule, units, expected) in [
        (
            "image-latest-tag",
            "staging",
            &[
                "base/web.yaml:15: value before this step",
                "overlays/staging/kustomization.yaml:9: image set here",
            ][..],
        ),
        (
            "privileged-container",
            "production",
            &[
                "base/web.yaml:17: value before this step",
                "overlays/production/kustomization.yaml:10: set by this patch",
            ],
        ),
        ("argo-prune-disabled", "staging", &["base/application.yaml:11: value before this step"]),
        ("argo-selfheal-disabled", "production", &["base/application.yaml:12: value before this step"]),
        ("host-network", "canary production staging", &[]),
    ] {
        let expected: BTreeSet<String> = expected.iter().map(|&place| place.to_owned()).collect();
        assert_eq!(related(rule, units), expected, "{rule} in {units}");
    }
}

/// As many scripts as kustomizations with a file that is not there: each script is read once.
#[test]
fn scripts_are_read_once_for_all_that_is_missing() {
    let script = "# nothing is written by this script, however long it is\n".repeat(150);
    let files = (0..1500).flat_map(|number| {
        let of = |name: &str| format!("apps/{number}/{name}");
        let kustomization = "resources: [settings.yaml, missing.yaml]\n".to_owned();
        let settings = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n".to_owned();
        [
            (of("kustomization.yaml"), kustomization),
            (of("settings.yaml"), settings),
            (of("run.sh"), script.clone()),
        ]
    });
    let rule = support::rule("kustomize-missing-file").unwrap();
    let (_, findings) = support::find(&files.collect(), rule);
    assert_eq!(findings.unwrap().len(), 1500);
}

/// Each directory of `tests/render/confirmed` with what `kubectl kustomize` (Kustomize 5.5.0) printed for it.
#[test]
fn what_kustomize_prints_is_printed() {
    let all = support::read_directory(&support::generated::root().join("tests/render/confirmed"));
    let expected = all.iter().filter_map(|(path, text)| Some((path.strip_suffix("/EXPECTED")?, text)));
    let expected: Vec<(&str, &String)> = expected.collect();
    assert!(expected.len() >= 4, "{expected:?}");
    for (directory, expected) in expected {
        let host = MemHost::new(all.iter().map(|(path, text)| (format!("repo/{path}"), text.as_str())));
        cli::run(&host, ["plimsoll", "render", &format!("/repo/{directory}")].map(Into::into));
        assert_eq!(&host.printed(Stream::Stdout), expected, "{directory}");
    }
}
