//! What suppressions do, as data. A case of `tests/suppress/*.yaml` is a small repository: `# case: what it shows`
//! starts it and `# file: path` starts each of its files (the first is `manifest.yaml` otherwise). `# expect: rule`
//! stands on every line on which a finding counts, and `# suppressed: rule` where one is kept as suppressed.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

mod support;

use std::fmt::Write as _;

use camino::Utf8Path;
use plimsoll::config::{CommandLine, Config, Date, Settings};
use plimsoll::engine::{self, ActiveRule, RuleSet, World};
use plimsoll::finding::{Disposition, Finding, Level, RuleRef, SuppressedBy};
use plimsoll::rules::all::BuiltIn;
use plimsoll::source::{SourceId, Span};
use plimsoll::suppress;
use support::{Files, generated};

/// The rules that cases meet: few, so that a new rule changes no case.
const RULES: [&str; 9] = [
    "branch-protection-weak",
    "ci-direct-deploy",
    "docs-imperative-deploy",
    "env-file-credential",
    "host-network",
    "image-latest-tag",
    "suppression-expired",
    "suppression-invalid",
    "suppression-unused",
];

const TODAY: &str = "2026-06-15";

fn today() -> Date {
    TODAY.parse().unwrap()
}

fn rules() -> Vec<&'static BuiltIn> {
    RULES.iter().filter_map(|name| support::rule(name)).collect()
}

/// The settings of the repository, whose configuration is one of its files.
fn settings(world: &World) -> (Settings, RuleSet) {
    let built_in = rules();
    let declared: Vec<RuleRef> = built_in.iter().map(|rule| RuleRef::Native(rule.rule)).collect();
    let at = world.map.files().position(|file| file.path() == Utf8Path::new("plimsoll.yaml"));
    let id = at.map(|at| SourceId(at as u32));
    let (config, errors) = id.map_or_else(Default::default, |id| Config::parse(&world.map, id));
    assert_eq!(errors, []);
    let settings = Settings::resolve(&config, &CommandLine::default(), &declared).unwrap();
    let active = settings.active().map(|(index, level)| ActiveRule { level, ..built_in[index].active() });
    let rules = RuleSet::new(active.collect(), None);
    (settings, rules)
}

/// All findings, suppressed ones too.
fn check(world: &World) -> (Vec<Finding>, RuleSet) {
    let (settings, rules) = settings(world);
    let (findings, notices) = engine::run(world, &rules);
    assert_eq!(notices, []);
    let findings = suppress::relevel(world, &rules, &settings, findings);
    let once = suppress::apply(world, &rules, &settings, today(), findings);
    let twice = suppress::apply(world, &rules, &settings, today(), once.clone());
    assert_eq!(once, twice, "applied twice, suppressions give something else");
    (once, rules)
}

/// The files of a case.
fn files(case: &str) -> Files {
    let mut files = Files::new();
    let mut path = "manifest.yaml";
    for line in case.split_inclusive('\n') {
        match line.strip_prefix("# file: ") {
            Some(name) => path = name.trim(),
            None => files.entry(path.to_owned()).or_default().push_str(line),
        }
    }
    files
}

/// `path:line: rule` for every rule named behind a mark.
fn expected(files: &Files, mark: &str) -> Vec<String> {
    let mut expected = Vec::new();
    for (path, text) in files {
        for (at, line) in text.lines().enumerate() {
            let Some((_, names)) = line.split_once(mark) else { continue };
            let names = names.split(" #").next().unwrap_or_default();
            expected.extend(names.split(',').map(|name| format!("{path}:{}: {}", at + 1, name.trim())));
        }
    }
    expected.sort();
    expected
}

fn found(world: &World, rules: &RuleSet, findings: &[Finding], active: bool) -> Vec<String> {
    let of_kind = findings.iter().filter(|finding| finding.is_active() == active);
    let mut found: Vec<String> = of_kind
        .map(|finding| {
            format!("{}: {}", support::place(world, finding.primary), rules.get(finding.rule).rule.name)
        })
        .collect();
    found.sort();
    found
}

#[test]
fn cases() {
    let mut failures = String::new();
    let mut count = 0;
    for file in generated::files(&generated::root().join("tests/suppress")) {
        let text = std::fs::read_to_string(&file).unwrap();
        for case in text.split("# case: ").skip(1) {
            let (name, case) = case.split_once('\n').unwrap();
            // Windows ends its lines differently and means the same.
            for files in [files(case), files(&case.replace('\n', "\r\n"))] {
                let world = support::world(&files);
                let (findings, rules) = check(&world);
                for (mark, active) in [("# expect: ", true), ("# suppressed: ", false)] {
                    let (expected, found) =
                        (expected(&files, mark), found(&world, &rules, &findings, active));
                    if expected != found {
                        let messages = support::describe(&world, &findings);
                        let _ = writeln!(failures, "{name}\n{mark}{expected:?}\nfound {found:?}\n{messages}");
                    }
                }
            }
            count += 1;
        }
    }
    assert!(failures.is_empty(), "{failures}");
    assert!(count > 50, "{count} cases");
}

/// Whatever is missing from a file, nothing panics and applying twice changes nothing (`check` asserts both).
#[test]
fn any_line_may_be_missing() {
    for file in generated::files(&generated::root().join("tests/suppress")) {
        let text = std::fs::read_to_string(&file).unwrap();
        for case in text.split("# case: ").skip(1) {
            let whole = files(case.split_once('\n').unwrap().1);
            for (path, text) in whole.iter().filter(|(path, _)| *path != "plimsoll.yaml") {
                for missing in 0..text.lines().count() {
                    let lines = text.lines().enumerate().filter(|(at, _)| *at != missing);
                    let mut files = whole.clone();
                    files.insert(path.clone(), lines.map(|(_, line)| format!("{line}\n")).collect());
                    check(&support::world(&files));
                }
            }
        }
    }
}

fn pod(comment: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n{comment}spec:\n  containers:\n    - name: web\n      image: web:latest\n"
    )
}

fn one(files: &[(&str, &str)]) -> (World, Finding) {
    let files: Files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    let world = support::world(&files);
    let (findings, rules) = check(&world);
    let latest = rules.find("image-latest-tag").unwrap();
    let mut findings = findings.into_iter().filter(|finding| finding.rule == latest);
    let finding = findings.next().unwrap();
    assert_eq!(findings.next(), None);
    (world, finding)
}

/// By what a finding is suppressed, and the reason.
fn verdict(world: &World, finding: &Finding) -> (String, Option<String>) {
    match &finding.disposition {
        Disposition::Active => ("active".into(), None),
        Disposition::Suppressed { by: SuppressedBy::Config, reason } => ("config".into(), reason.clone()),
        Disposition::Suppressed { by: SuppressedBy::Baseline, .. } => unreachable!("no case has one"),
        Disposition::Suppressed { by: SuppressedBy::InSource(span), reason } => {
            (world.map.slice(*span).to_owned(), reason.clone())
        }
    }
}

#[test]
fn a_suppressed_finding_says_by_what_and_why() {
    let annotation = |annotation: &str| pod(&format!("  annotations:\n    {annotation}\n"));
    let cases = [
        (
            pod("# plimsoll: ignore[image-latest-tag] - not yet # x\n"),
            "# plimsoll: ignore[image-latest-tag] - not yet",
            Some("not yet"),
        ),
        (pod("# plimsoll: ignore[latest-tag]\n"), "# plimsoll: ignore[latest-tag]", None),
        (
            annotation("ignore-check.kube-linter.io/latest-tag: not yet"),
            "ignore-check.kube-linter.io/latest-tag",
            Some("KubeLinter annotation: not yet"),
        ),
        (
            annotation("kube-linter.io/ignore-all: ''"),
            "kube-linter.io/ignore-all",
            Some("KubeLinter annotation"),
        ),
        (
            annotation("checkov.io/skip1: CKV_K8S_14=not=yet"),
            "checkov.io/skip1",
            Some("Checkov annotation: not=yet"),
        ),
        (
            pod("# checkov:skip=CKV_K8S_14:not yet\n"),
            "# checkov:skip=CKV_K8S_14:not yet",
            Some("Checkov comment: not yet"),
        ),
        (
            annotation("kube-score/ignore: container-image-tag"),
            "kube-score/ignore",
            Some("kube-score annotation"),
        ),
        (
            annotation("polaris.fairwinds.com/tagNotSpecified-exempt: 'true'"),
            "polaris.fairwinds.com/tagNotSpecified-exempt",
            Some("Polaris annotation"),
        ),
        (pod("# kics-scan ignore-block\n"), "# kics-scan ignore-block", Some("KICS comment")),
    ];
    for (text, by, reason) in cases {
        let (world, finding) = one(&[("a.yaml", &text)]);
        assert_eq!(verdict(&world, &finding), (by.to_owned(), reason.map(str::to_owned)), "{text}");
    }
}

#[test]
fn the_closest_comment_gives_the_reason_and_comes_before_the_configuration() {
    let config = "ignores: [{rule: image-latest-tag, reason: from the configuration}]";
    let (world, finding) = one(&[("a.yaml", &pod("# kics-scan ignore-block\n")), ("plimsoll.yaml", config)]);
    assert_eq!(verdict(&world, &finding), ("config".into(), Some("from the configuration".into())));
    let text = pod("# plimsoll: ignore[image-latest-tag] far\n")
        .replace(":latest", ":latest # plimsoll: ignore[image-latest-tag] near");
    let (world, finding) = one(&[("a.yaml", &text), ("plimsoll.yaml", config)]);
    assert_eq!(verdict(&world, &finding).1.as_deref(), Some("near"));
}

#[test]
fn an_invalid_suppression_is_an_error_that_names_the_word_and_what_was_meant() {
    let files = Files::from([(
        "a.yaml".to_owned(),
        pod("# plimsoll: ignore[image-latest-tag, imagelatest-tag] x\n# plimsoll: ignore\n"),
    )]);
    let world = support::world(&files);
    let (findings, rules) = check(&world);
    let invalid = rules.find("suppression-invalid").unwrap();
    let said: Vec<_> = findings
        .iter()
        .filter(|finding| finding.rule == invalid)
        .map(|finding| {
            assert_eq!(finding.level, Level::Error);
            (world.map.slice(finding.primary), finding.message.as_str(), finding.help.as_ref())
        })
        .collect();
    assert_eq!(
        said,
        [
            ("imagelatest-tag", "unknown rule `imagelatest-tag`", "did you mean `image-latest-tag`?"),
            (
                "# plimsoll: ignore",
                "`plimsoll: ignore` names no rule",
                "name the rules: `plimsoll: ignore[rule] reason`"
            ),
        ]
    );
}

/// The text of a block scalar has no comments; its key's line does.
#[test]
fn a_comment_on_the_line_of_a_key_covers_its_text() {
    let text = |header: &str, below: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata:\n{below}  run: |{header}\n    one\n    # plimsoll: ignore[image-latest-tag]\n    two\n  other: three\n"
        )
    };
    let mark = "# plimsoll: ignore[image-latest-tag]";
    let cases = [
        (text("", ""), "two", true),
        (text(&format!(" {mark}"), ""), "run", false),
        (text(&format!(" {mark}"), ""), "one", false),
        (text(&format!(" {mark}"), ""), "two", false),
        (text(&format!(" {mark}"), ""), "other", true),
        (text("", &format!("  {mark}\n")), "two", false),
        (text("", &format!("  {mark}\n")), "other", true),
    ];
    for (text, word, active) in cases {
        let world = support::world(&Files::from([("a.yaml".to_owned(), text.clone())]));
        let (settings, rules) = settings(&world);
        let start = text.find(word).unwrap() as u32;
        let (_, mut finding) = one(&[("a.yaml", &pod(""))]);
        finding.primary = Span::new(SourceId(0), start, start + word.len() as u32);
        let judged = suppress::apply(&world, &rules, &settings, today(), vec![finding.clone()]);
        let judged = judged.iter().find(|judged| judged.rule == finding.rule).unwrap();
        assert_eq!(judged.is_active(), active, "{word} in\n{text}");
    }
}

/// A related place, such as the base under a patch, does not suppress: the primary place alone does.
#[test]
fn only_the_primary_place_counts() {
    let base = pod("").replace(":latest", ":latest # plimsoll: ignore[image-latest-tag] in the base");
    let files = Files::from([("a.yaml".to_owned(), base), ("b.yaml".to_owned(), pod(""))]);
    let world = support::world(&files);
    let (settings, rules) = settings(&world);
    let (found, _) = engine::run(&world, &rules);
    let [of_base, of_patch] = <[Finding; 2]>::try_from(found).unwrap();
    let mut finding = of_patch.clone();
    finding
        .related
        .push(plimsoll::finding::Related { span: of_base.primary, message: "base value here".into() });
    let judged = suppress::apply(&world, &rules, &settings, today(), vec![finding]);
    let latest = rules.find("image-latest-tag").unwrap();
    let judged: Vec<_> = judged.iter().filter(|finding| finding.rule == latest).collect();
    assert!(matches!(judged[..], [finding] if finding.is_active()), "{judged:?}");
}

#[test]
fn levels_of_overrides_reach_the_findings() {
    let config = "overrides:\n  - paths: [prod/]\n    severity: {image-latest-tag: error}\n  - paths: [old/]\n    ignore: [image-latest-tag]\n";
    let files: Files = [
        ("prod/a.yaml", pod("")),
        ("old/a.yaml", pod("")),
        ("a.yaml", pod("")),
        ("plimsoll.yaml", config.into()),
    ]
    .map(|(path, text)| (path.to_owned(), text))
    .into();
    let world = support::world(&files);
    let (findings, _) = check(&world);
    let levels: Vec<_> = findings
        .iter()
        .map(|finding| (world.map.source(finding.primary.source).path().as_str(), finding.level))
        .collect();
    assert_eq!(levels, [("a.yaml", Level::Warning), ("prod/a.yaml", Level::Error)]);
}

/// `path: level` of each finding, where the tag of one image is moving in several environments.
fn levels(configuration: &str) -> Vec<String> {
    let overlay = "resources: [../../base]\nimages: [{name: web, newTag: latest}]\n";
    let base =
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: web}]}\n";
    let mut files: Files = [
        ("base/kustomization.yaml", "resources: [pod.yaml]\n"),
        ("base/pod.yaml", base),
        ("plimsoll.yaml", configuration),
    ]
    .map(|(path, text)| (path.to_owned(), text.to_owned()))
    .into();
    for environment in ["dev", "prod-eu", "staging"] {
        files.insert(format!("envs/{environment}/kustomization.yaml"), overlay.to_owned());
    }
    let world = support::world(&files);
    let (findings, _) = check(&world);
    let level =
        |finding: &Finding| format!("{}: {}", support::place(&world, finding.primary), finding.level.name());
    findings.iter().map(level).collect()
}

#[test]
fn production_is_a_step_worse_and_development_a_step_less() {
    let at = |levels: [&str; 3]| {
        let places = ["dev", "prod-eu", "staging"].map(|name| format!("envs/{name}/kustomization.yaml:2"));
        places.iter().zip(levels).map(|(place, level)| format!("{place}: {level}")).collect::<Vec<_>>()
    };
    assert_eq!(levels(""), at(["note", "error", "warning"]));
    let declared = "environments: [{name: eu, tier: test, match: {paths: [envs/prod-eu/]}}]\n";
    assert_eq!(levels(declared), at(["note", "warning", "warning"]));
    // What the configuration says holds everywhere.
    assert_eq!(levels("severity: {image-latest-tag: warning}\n"), at(["warning", "warning", "warning"]));
    let here = "overrides: [{paths: [envs/prod-eu/], severity: {image-latest-tag: note}}]\n";
    assert_eq!(levels(here), at(["note", "note", "warning"]));
}
