//! The configuration: what is wrong is found where it stands, what is right means what the documentation says, and
//! the schema and the reference page are those of the declaration.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

mod support;

use std::borrow::Cow::{self, Borrowed};
use std::collections::BTreeMap;
use std::sync::Arc;

use camino::Utf8Path;
use plimsoll::config::{
    CommandLine, Config, ConfigError, FailOn, ProfileName, Settings, documentation, schema,
};
use plimsoll::finding::{Alias, Level, Peer, Precision, Profile, Rule, RuleRef};
use plimsoll::rules::all::all;
use plimsoll::source::{Source, SourceId, SourceKind, SourceMap};
use support::generated;

/// Rules as a policy declares them: their names, texts and tags are their own.
fn rules() -> [RuleRef; 4] {
    let rules = [
        Rule {
            name: Borrowed("argo-prune"),
            tags: vec![Borrowed("argo"), Borrowed("pss-baseline")].into(),
            ..rule()
        },
        Rule {
            name: Borrowed("host-network"),
            level: Level::Error,
            tags: tagged("pss-restricted"),
            aliases: Borrowed(&[Alias { peer: Peer::KubeLinter, id: Borrowed("host-net") }]),
            ..rule()
        },
        Rule {
            name: Borrowed("image-digest"),
            level: Level::Note,
            profile: Profile::Pedantic,
            tags: tagged("image"),
            ..rule()
        },
        Rule {
            name: Borrowed("image-latest"),
            tags: tagged("image"),
            aliases: Borrowed(&[Alias { peer: Peer::Checkov, id: Borrowed("CKV_K8S_14") }]),
            ..rule()
        },
    ];
    rules.map(|rule| RuleRef::Policy(Arc::new(rule)))
}

fn tagged(tag: &'static str) -> Cow<'static, [Cow<'static, str>]> {
    vec![Borrowed(tag)].into()
}

fn rule() -> Rule {
    Rule {
        name: Borrowed(""),
        docs: Borrowed("A rule."),
        level: Level::Warning,
        profile: Profile::Default,
        by_tier: false,
        security_severity: None,
        precision: Precision::High,
        tags: Borrowed(&[]),
        aliases: Borrowed(&[]),
    }
}

fn map(text: &str) -> SourceMap {
    SourceMap::new(vec![Source::new("plimsoll.yaml", SourceKind::File, text.to_owned())])
}

/// Everything that is wrong: what cannot be read, else what means nothing.
fn errors(map: &SourceMap) -> Vec<ConfigError> {
    let (config, errors) = Config::parse(map, SourceId(0));
    if errors.is_empty() {
        Settings::resolve(&config, &CommandLine::default(), &rules()).err().unwrap_or_default()
    } else {
        errors
    }
}

fn settings(text: &str, command_line: &CommandLine) -> Settings {
    let (config, errors) = Config::parse(&map(text), SourceId(0));
    assert_eq!(errors, [], "{text}");
    Settings::resolve(&config, command_line, &rules()).unwrap_or_else(|errors| panic!("{text}\n{errors:?}"))
}

/// Every `# error: …` in `tests/config/*.yaml` is a part of the message and help of one error on its line, in the
/// order of the file, and there are no others. `---8<---` separates configurations.
#[test]
fn errors_stand_where_they_are() {
    let mut wrong = String::new();
    for file in generated::files(&generated::root().join("tests/config")) {
        let text = std::fs::read_to_string(&file).unwrap();
        for text in text.split("---8<---\n") {
            let map = map(text);
            let found: Vec<(u32, String)> = errors(&map)
                .into_iter()
                .map(|error| {
                    let line = error.span.map_or(0, |span| map.source(span.source).position(span.start).line);
                    (line, format!("{} ({})", error.message, error.help.unwrap_or_default()))
                })
                .collect();
            let expected: Vec<(u32, &str)> = text
                .lines()
                .enumerate()
                .flat_map(|(at, line)| {
                    line.split("# error: ").skip(1).map(move |e| (at as u32 + 1, e.trim()))
                })
                .collect();
            let agree = found.len() == expected.len()
                && found.iter().zip(&expected).all(|(f, e)| f.0 == e.0 && f.1.contains(e.1));
            if !agree {
                wrong.push_str(&format!("--- {}\n{text}found: {found:#?}\n", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// The span of an error is the word that is wrong, not its line.
#[test]
fn spans_are_exact() {
    let cases = [
        ("selcet: [a]", "selcet"),
        ("select: [image-latest, imagee-latest]", "imagee-latest"),
        ("severity:\n  image-latest: eror\n", "eror"),
        ("severity:\n  imagelatest: error\n", "imagelatest"),
        ("inline-ignores: 'maybe'", "'maybe'"),
        ("limits: {depth: many}", "many"),
        ("ignores: [{rule: image-latest, until: 2026-02-30}]", "2026-02-30"),
        ("ignores: [{rule: image-latest, objects: [web]}]", "web"),
        ("ignores: [{reason: none}]", "{reason: none}"),
        ("ignores:\n  - reason: none\n", "reason"),
        ("kubernetes-version: new", "new"),
    ];
    for (text, word) in cases {
        let map = map(text);
        let spans: Vec<&str> =
            errors(&map).iter().filter_map(|e| e.span).map(|span| map.slice(span)).collect();
        assert_eq!(spans, [word], "{text}");
    }
}

/// Which rules run, as `name:level` in the order of the catalog.
fn on(settings: &Settings, path: &str) -> String {
    let rules = rules();
    let names: Vec<&str> = settings.active().map(|(index, _)| rules[index].name.as_ref()).collect();
    let levels = settings.levels_on(Utf8Path::new(path));
    let shown =
        names.iter().zip(levels).filter_map(|(name, level)| Some(format!("{name}:{}", level?.name())));
    shown.collect::<Vec<_>>().join(" ")
}

#[test]
fn selection_and_levels() {
    let default = "argo-prune:warning host-network:error image-latest:warning";
    let all = "argo-prune:warning host-network:error image-digest:note image-latest:warning";
    let cases: &[(&str, &str, &str)] = &[
        ("", "a.yaml", default),
        ("# nothing\n", "a.yaml", default),
        ("select:\nignores:\n", "a.yaml", default),
        ("profile: pedantic", "a.yaml", all),
        ("profile: all", "a.yaml", all),
        ("profile: pss-baseline", "a.yaml", "argo-prune:warning"),
        ("profile: pss-restricted", "a.yaml", "argo-prune:warning host-network:error"),
        ("profile: cis\nextend-select: [image-digest]", "a.yaml", "image-digest:note"),
        ("overrides: [{paths: [a.yaml], profile: pss-baseline}]", "a.yaml", "argo-prune:warning"),
        ("select: [tag:image]", "a.yaml", "image-digest:note image-latest:warning"),
        ("select: ['image-*']", "a.yaml", "image-digest:note image-latest:warning"),
        ("select: [ckv_k8s_14, host-net]", "a.yaml", "host-network:error image-latest:warning"),
        ("ignore: [host-net, argo-prune]", "a.yaml", "image-latest:warning"),
        ("extend-select: [image-digest]", "a.yaml", all),
        (
            "extend-select: ['image-*']\nignore: [image-latest]",
            "a.yaml",
            "argo-prune:warning host-network:error image-digest:note",
        ),
        (
            "select: [image-latest]\nseverity: {'image-*': error, image-latest: note}",
            "a.yaml",
            "image-latest:note",
        ),
        ("select: [image-latest]\nseverity: {CKV_K8S_14: error}", "a.yaml", "image-latest:error"),
        // Overrides
        ("overrides: [{paths: [prod/], ignore: ['*']}]", "prod/a/b.yaml", ""),
        ("overrides: [{paths: [prod/], ignore: ['*']}]", "a.yaml", default),
        ("overrides: [{paths: ['**/prod/**'], profile: all}]", "envs/prod/b.yaml", all),
        ("overrides: [{paths: ['/*.yaml'], profile: all}]", "envs/b.yaml", default),
        ("overrides: [{paths: ['*.yaml', '!b.yaml'], profile: all}]", "envs/b.yaml", default),
        ("overrides: [{paths: [prod], select: [image-digest]}]", "prod/b.yaml", "image-digest:note"),
        ("overrides: [{paths: [prod], extend-select: [image-digest]}]", "prod/b.yaml", all),
        (
            "ignore: [host-network]\nprofile: all\noverrides: [{paths: [old], profile: default}]",
            "old/b.yaml",
            "argo-prune:warning image-latest:warning",
        ),
        (
            "overrides: [{paths: [a], ignore: ['*']}, {paths: [a/b], extend-select: [image-latest], severity: {image-latest: error}}]",
            "a/b/c.yaml",
            "image-latest:error",
        ),
        (
            "overrides: [{paths: [a], severity: {image-latest: note}}, {paths: ['*'], severity: {image-latest: error}}]",
            "a/c.yaml",
            "argo-prune:warning host-network:error image-latest:error",
        ),
    ];
    for (text, path, expected) in cases {
        assert_eq!(on(&settings(text, &CommandLine::default()), path), *expected, "{text}");
    }
}

#[test]
fn the_command_line_wins() {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let select = |select: &[&str]| CommandLine { select: words(select), ..CommandLine::default() };
    let text = "ignore: [image-latest]\nseverity: {image-latest: error}\n\
                overrides: [{paths: [old], ignore: [image-latest]}, {paths: [prod], extend-select: [argo-prune]}]";
    let cases = [
        (select(&["image-latest"]), "a.yaml", "image-latest:error"),
        (select(&["image-latest"]), "old/a.yaml", ""),
        (select(&["image-latest"]), "prod/a.yaml", "image-latest:error"),
        (
            CommandLine { ignore: words(&["image-latest"]), ..select(&["tag:image"]) },
            "a.yaml",
            "image-digest:note",
        ),
        (
            CommandLine {
                extend_select: words(&["CKV_K8S_14"]),
                ignore: words(&["host-*"]),
                ..CommandLine::default()
            },
            "old/a.yaml",
            "argo-prune:warning image-latest:error",
        ),
        (
            CommandLine { profile: Some(ProfileName::All), ..CommandLine::default() },
            "a.yaml",
            "argo-prune:warning host-network:error image-digest:note",
        ),
    ];
    for (command_line, path, expected) in cases {
        assert_eq!(on(&settings(text, &command_line), path), expected, "{command_line:?}");
    }
    let profile = CommandLine { profile: Some(ProfileName::Default), ..CommandLine::default() };
    let expected = "argo-prune:warning host-network:error image-latest:warning";
    assert_eq!(on(&settings("select: [image-digest]", &profile), "a.yaml"), expected);
}

#[test]
fn a_rule_that_does_not_exist_on_the_command_line_is_an_error_without_a_place() {
    let command_line = CommandLine { ignore: vec!["image-lastest".into()], ..CommandLine::default() };
    let errors = Settings::resolve(&Config::default(), &command_line, &rules()).unwrap_err();
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].span, None);
    assert_eq!(errors[0].message, "--ignore: unknown rule `image-lastest`");
    assert_eq!(errors[0].help.as_deref(), Some("did you mean `image-latest`?"));
}

#[test]
fn all_else() {
    let text = "
kubernetes-version: 1.30
limits: {file-size: 2MiB, depth: 12}
exclude: [vendor/, '!vendor/ours/']
require-reason: true
inline-ignores: false
compat-ignores: no
fail-on: warning
environments:
  - name: production
    tier: production
    match: {paths: [envs/prod/], labels: {env: prod}, namespaces: [shop], clusters: [eu-1], branches: [main]}
ignores:
  - rule: image-*
    paths: [apps/demo/]
    objects: [Deployment/web-*]
    reason: rebuilt every night
    until: 2026-12-31
";
    let settings = settings(text, &CommandLine::default());
    let version = settings.options.kubernetes_version.unwrap();
    assert_eq!((version.major, version.minor), (1, 30));
    assert_eq!((settings.file_size, settings.limits.depth), (2 << 20, 12));
    assert_eq!(settings.exclude, ["vendor/", "!vendor/ours/"]);
    assert!(settings.require_reason && !settings.inline_ignores && !settings.compat_ignores);
    assert_eq!(settings.fail_on, Some(Level::Warning));
    assert_eq!(settings.environments[0].name, "production");
    let ignore = &settings.ignores[0];
    assert_eq!(ignore.rules.len(), 1, "image-digest does not run");
    assert!(ignore.holds("2026-12-31".parse().unwrap()));
    assert!(!ignore.holds("2027-01-01".parse().unwrap()));
}

#[test]
fn words_of_the_command_line() {
    assert_eq!("pedantic".parse(), Ok(ProfileName::Pedantic));
    assert_eq!("never".parse(), Ok(FailOn::Never));
    let error = "sometimes".parse::<FailOn>().unwrap_err();
    assert!(error.contains("`error`, `warning`, `note`, `never`"), "{error}");
}

fn native() -> Vec<RuleRef> {
    all().iter().map(|rule| RuleRef::Native(rule.rule)).collect()
}

#[test]
fn schema_and_reference_are_current() {
    let schema = schema(&native());
    let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
    let expected = BTreeMap::from([
        ("schemas/plimsoll-config.schema.json".to_owned(), text),
        ("docs/configuration.md".to_owned(), documentation(&schema)),
    ]);
    generated::check(&expected, None);
}

/// The schema accepts what the reader accepts.
#[test]
fn the_schema_agrees_with_the_reader() {
    let schema = schema(&rules());
    let validator = jsonschema::validator_for(&schema).unwrap();
    let good = serde_json::json!({
        "profile": "pedantic",
        "extend-select": ["image-*", "tag:image", "CKV_K8S_14", "argo-prune"],
        "severity": { "image-latest": "error" },
        "overrides": [{ "paths": ["prod/"], "ignore": ["host-net"] }],
        "environments": [{ "name": "a", "tier": "production", "match": { "paths": ["a/"] } }],
        "kubernetes-version": 1.31,
        "limits": { "file-size": "16MiB", "depth": 64 },
        "ignores": [{ "rule": "image-latest", "reason": "none", "until": "2027-01-31" }],
        "fail-on": "never",
    });
    assert!(validator.is_valid(&good), "{:?}", validator.iter_errors(&good).next().map(|e| e.to_string()));
    assert_eq!(errors(&map(&good.to_string())), []);
    let bad = [
        serde_json::json!({ "selcet": [] }),
        serde_json::json!({ "select": ["image-lastest"] }),
        serde_json::json!({ "severity": { "image-lastest": "error" } }),
        serde_json::json!({ "severity": { "image-latest": "bad" } }),
        serde_json::json!({ "fail-on": "sometimes" }),
        serde_json::json!({ "overrides": [{ "ignore": ["image-latest"] }] }),
        serde_json::json!({ "ignores": [{}] }),
        serde_json::json!({ "inline-ignores": "yes" }),
    ];
    for bad in bad {
        assert!(!validator.is_valid(&bad), "the schema accepts {bad}");
        assert_ne!(errors(&map(&bad.to_string())), [], "the reader accepts {bad}");
    }
}
