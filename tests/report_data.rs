//! The reports for programs, JSON and SARIF: they fit their schemas, and what they say is true of the files.
//!
//! Files are written with their findings marked in the text: `⟦name|text⟧` is the primary place of a finding,
//! `⟦name+|text⟧` a related place of it, `⟦name!|text⟧` the comment that suppresses it, and `⟪text⟫` is secret.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::borrow::Cow::Borrowed;
use std::collections::BTreeMap;
use std::sync::Arc;

use plimsoll::discover::{Coverage, FileKind, Skip, SkipReason};
use plimsoll::engine::{ActiveRule, Mask, Notice, Outcome, RuleSet, World};
use plimsoll::finding::{
    Disposition, Finding, Level, ObjectName, Precision, Profile, Related, Rule, RuleId, RuleRef, SuppressedBy,
};
use plimsoll::model::Repository;
use plimsoll::report::{self, Format, Options};
use plimsoll::source::{Source, SourceId, SourceKind, SourceMap, Span};
use plimsoll::yaml::Limits;
use serde_json::Value;
use support::generated;

const SECRET: &str = "hunter2-correct-horse";

/// Paths and marked texts. The name of a finding says what is tried.
const FILES: &[(&str, &str)] = &[
    ("apps/dir with space/größe#1 [x](y)?.yaml", "name: ⟦path|web⟧\n"),
    ("bom.yaml", "\u{feff}⟦bom|kind⟧: Pod\nname: ⟦after-bom|x⟧\n"),
    ("config.yaml", "a: ⟦config-suppressed|b⟧\n"),
    ("control.yaml", "a: ⟦control|\"\u{1b}[31m \u{202e}gnp \u{7f}\u{9b}\"⟧\n# \u{1b}]0;title\u{7}\n"),
    ("crlf.yaml", "a: 1\r\nb: ⟦crlf|two⟧\r\n⟦crlf-lines|c:\r\n  d: 3⟧\r\n"),
    ("empty.yaml", "a:⟦nothing|⟧\n"),
    ("lines.yaml", "x: 1\n⟦lines|spec:\n\tpaths:\n    - ⟦lines+|/etc⟧⟧\n⟦lines+|y: *a⟧\n"),
    (
        "secret.yaml",
        "data:\n  user: ⟦beside|root⟧\n  pass: ⟦masked|\"⟪hunter2-correct-horse⟫\"⟧\n⟦far|z⟧: 1\n",
    ),
    (
        "suppressed.yaml",
        "⟦source-suppressed!|# plimsoll: ignore[hygiene] why not\u{1b}⟧\na: ⟦source-suppressed|b⟧\n",
    ),
    ("wide.yaml", "# 📦 größe\nimage: \"📦𝒳é\" # ⟦wide|📦 x⟧ ⟦after-wide|y⟧ end\n"),
];

static SECURITY: Rule = Rule {
    name: Borrowed("host-thing"),
    docs: Borrowed(
        " A thing of the host.\n\n ## Why\n\n It is\n dangerous.\n\n And more.\n\n ## Bad\n\n ```yaml\n a: b\n ```\n",
    ),
    level: Level::Error,
    profile: Profile::Default,
    by_tier: false,
    security_severity: Some(8.0),
    precision: Precision::VeryHigh,
    tags: Borrowed(&[Borrowed("pod")]),
    aliases: Borrowed(&[]),
};
static HYGIENE: Rule = Rule {
    name: Borrowed("hygiene"),
    docs: Borrowed(" Something untidy.\n"),
    level: Level::Note,
    profile: Profile::Pedantic,
    by_tier: false,
    security_severity: None,
    precision: Precision::Medium,
    tags: Borrowed(&[Borrowed("style")]),
    aliases: Borrowed(&[]),
};

/// A text without its marks: the places by name, in order, and the secret places.
struct Marked {
    text: String,
    places: Vec<(String, u32, u32)>,
    secrets: Vec<(u32, u32)>,
}

fn unmark(marked: &str) -> Marked {
    let (mut text, mut places, mut secrets) = (String::new(), Vec::new(), Vec::new());
    let (mut open, mut secret) = (Vec::new(), 0);
    let mut rest = marked;
    while let Some(at) = rest.find(['⟦', '⟧', '⟪', '⟫']) {
        text.push_str(&rest[..at]);
        let here = text.len() as u32;
        let mark = rest[at..].chars().next().unwrap();
        rest = &rest[at + mark.len_utf8()..];
        match mark {
            '⟦' => {
                let (name, after) = rest.split_once('|').unwrap();
                open.push((name.to_owned(), here));
                rest = after;
            }
            '⟧' => {
                let (name, start) = open.pop().unwrap();
                places.push((name, start, here));
            }
            '⟪' => secret = here,
            _ => secrets.push((secret, here)),
        }
    }
    text.push_str(rest);
    Marked { text, places, secrets }
}

fn outcome_of(files: &[(&str, &str)]) -> Outcome {
    let marked: Vec<Marked> = files.iter().map(|(_, text)| unmark(text)).collect();
    let sources = files.iter().zip(&marked);
    let sources = sources.map(|((path, _), file)| Source::new(*path, SourceKind::File, file.text.clone()));
    let map = SourceMap::new(sources.collect());
    let kinds = vec![FileKind::Yaml; files.len()];
    let repository = Repository::build(&map, &kinds, Limits::default());
    let mut findings = Vec::new();
    let mut mask = Vec::new();
    for (index, file) in marked.iter().enumerate() {
        let span = |start, end| Span::new(SourceId(index as u32), start, end);
        mask.extend(file.secrets.iter().map(|&(start, end)| span(start, end)));
        for (name, start, end) in file.places.iter().filter(|(name, ..)| !name.ends_with(['+', '!'])) {
            let others = |suffix: &str| {
                let wanted = format!("{name}{suffix}");
                let places = file.places.iter().filter(move |(other, ..)| *other == wanted);
                places.map(|(_, start, end)| span(*start, *end)).collect::<Vec<_>>()
            };
            let by = match others("!").first() {
                Some(comment) => Some(SuppressedBy::InSource(*comment)),
                None => name.starts_with("config").then_some(SuppressedBy::Config),
            };
            let security = findings.len() % 2 == 0;
            findings.push(Finding {
                rule: RuleId(if security { 0 } else { 2 }),
                level: Level::ALL[findings.len() % 3],
                message: format!("finding `{name}` [a](https://example.org) \u{1b}\u{202e}"),
                why: "this is why".into(),
                help: "do it otherwise".into(),
                primary: span(*start, *end),
                related: others("+")
                    .into_iter()
                    .map(|span| Related { span, message: "base value here".into() })
                    .collect(),
                object: Some(ObjectName {
                    kind: "Deployment".to_owned(),
                    namespace: security.then(|| "shop".to_owned()),
                    name: "web\u{1b}".to_owned(),
                }),
                path: Some("spec.containers[0]".to_owned()),
                units: if security {
                    ["overlays/dev".into(), "overlays/\u{1b}prod".into()].into()
                } else {
                    [].into()
                },
                disposition: by.map_or(Disposition::Active, |by| Disposition::Suppressed {
                    by,
                    reason: Some("agreed\u{1b}".to_owned()),
                }),
            });
        }
    }
    // As a policy declares it, with texts of its own.
    let silent = Rule { name: Borrowed("never-found"), level: Level::Warning, ..HYGIENE.clone() };
    let rules = [RuleRef::Native(&SECURITY), RuleRef::Policy(Arc::new(silent)), RuleRef::Native(&HYGIENE)];
    let rules = rules.map(|rule| ActiveRule { rule, checks: &[], policy: None, level: Level::Warning });
    let skip = |path: &str, reason| Skip { path: path.into(), reason };
    Outcome {
        world: World { map, repository, ..World::default() },
        rules: RuleSet::new(rules.to_vec(), None),
        findings,
        has_baseline: false,
        notices: vec![
            Notice {
                path: Some("bom.yaml".into()),
                span: None,
                message: "rule `hygiene` panicked\u{1b}".to_owned(),
                failed: true,
            },
            Notice { path: None, span: None, message: "for your information".to_owned(), failed: false },
        ],
        coverage: Coverage {
            seen: files.len() + 3,
            analysed: files.len(),
            objects: 1,
            units: 2,
            charts: 0,
            not_rendered: BTreeMap::from([("remote base", 1)]),
            skipped: vec![
                skip("README.md", SkipReason::NotConfiguration),
                skip("big.yaml", SkipReason::TooLarge(10)),
                skip("latin 1\u{1b}.yaml", SkipReason::NotUtf8(3)),
            ],
            partial: 3,
            not_followed: BTreeMap::from([("its path is a secret\u{1b}".to_owned(), 2)]),
            unread_pipelines: BTreeMap::from([("parts from elsewhere", 4)]),
            not_linted: BTreeMap::from([("patches", 2)]),
            not_verified: 5,
        },
        mask: Mask::new((0..files.len() as u32).map(SourceId), mask),
        fail_on: None,
    }
}

fn outcome() -> Outcome {
    outcome_of(FILES)
}

fn render(format: Format, outcome: &Outcome) -> (String, Value) {
    let text = report::render(format, outcome, &Options { show_suppressed: true, ..Options::default() });
    let value = serde_json::from_str(&text).unwrap();
    (text, value)
}

fn sarif() -> Value {
    render(Format::Sarif, &outcome()).1
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn number(value: &Value) -> usize {
    value.as_u64().unwrap() as usize
}

/// The name of a finding, which its message has in it.
fn name(message: &Value) -> String {
    message.as_str().unwrap().split('`').nth(1).unwrap().to_owned()
}

/// The marked text of the primary place of every finding, by name, and the text of its file.
fn expected() -> BTreeMap<String, (String, &'static str, String)> {
    let mut expected = BTreeMap::new();
    for (path, marked) in FILES {
        let Marked { text, places, .. } = unmark(marked);
        for (name, start, end) in places {
            let slice = text[start as usize..end as usize].to_owned();
            expected.insert(name, (slice, *path, text.clone()));
        }
    }
    expected
}

/// A region cut out of a text by lines and columns, for one way of counting characters.
fn cut<T: Clone>(text: &str, split: impl Fn(&str) -> Vec<T>, from: [usize; 2], to: [usize; 2]) -> Vec<T> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines: Vec<Vec<T>> = text.split_inclusive('\n').map(split).collect();
    let offset =
        |[line, column]: [usize; 2]| lines[..line - 1].iter().map(Vec::len).sum::<usize>() + column - 1;
    lines.concat()[offset(from)..offset(to)].to_vec()
}

fn valid(schema: &Value, value: &Value) {
    let validator = jsonschema::options().should_validate_formats(true).build(schema).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert_eq!(errors, Vec::<String>::new());
}

#[test]
fn sarif_fits_the_official_schema() {
    let schema = include_str!("../schemas/third-party/sarif-2.1.0.schema.json");
    // A bracket that closes nothing: ECMAScript takes it as it stands, the validator's "regex" format does not.
    let schema = schema.replace("{2}]?$", r"{2}\\]?$");
    let schema: Value = serde_json::from_str(&schema).unwrap();
    valid(&schema, &sarif());
    valid(&schema, &render(Format::Sarif, &outcome_of(&[])).1);
    let mut broken = sarif();
    broken["runs"][0]["results"][0]["message"] = Value::Null;
    let validator = jsonschema::validator_for(&schema).unwrap();
    assert!(!validator.is_valid(&broken), "the schema accepts anything");
}

#[test]
fn json_fits_its_schema_which_is_committed() {
    let schema = report::schema();
    valid(&schema, &render(Format::Json, &outcome()).1);
    valid(&schema, &render(Format::Json, &outcome_of(&[])).1);
    let mut broken = render(Format::Json, &outcome()).1;
    broken["findings"][0]["start"]["line"] = 0.into();
    assert!(!jsonschema::validator_for(&schema).unwrap().is_valid(&broken), "the schema accepts anything");
    let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
    let file = ("schemas/plimsoll-output-v1.schema.json".to_owned(), text);
    generated::check(&BTreeMap::from([file]), None);
}

#[test]
fn sarif_regions_are_what_the_snippets_say() {
    let expected = expected();
    let sarif = sarif();
    let results = list(&sarif["runs"][0]["results"]);
    assert_eq!(results.len(), 15);
    for result in results {
        let name = name(&result["message"]["text"]);
        let (slice, path, text) = &expected[&name];
        let physical = &result["locations"][0]["physicalLocation"];
        let units = |region: &Value| {
            let at = |line: &str, column: &str| [number(&region[line]), number(&region[column])];
            let (from, to) = (at("startLine", "startColumn"), at("endLine", "endColumn"));
            String::from_utf16(&cut(text, |line| line.encode_utf16().collect(), from, to)).unwrap()
        };
        assert_eq!(units(&physical["region"]), *slice, "{name}");
        let context = units(&physical["contextRegion"]);
        assert!(context.contains(slice.as_str()), "{name}");
        let snippet = &physical["region"]["snippet"]["text"];
        match name.as_str() {
            "nothing" => assert_eq!(*snippet, Value::Null),
            "masked" => assert_eq!(*snippet, "\"***\""),
            "control" => assert_eq!(*snippet, "\"\\u{1b}[31m \\u{202e}gnp \\u{7f}\\u{9b}\""),
            _ => {
                assert_eq!(*snippet, *slice, "{name}");
                let context = context.replace(SECRET, "***").replace('\u{1b}', "\\u{1b}");
                assert_eq!(physical["contextRegion"]["snippet"]["text"], context, "{name}");
            }
        }
        let artifact = &physical["artifactLocation"];
        let uri = artifact["uri"].as_str().unwrap();
        assert!(uri.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~/%".contains(&b)), "{uri}");
        assert_eq!(decode(uri), *path);
        assert_eq!(artifact["uriBaseId"], "%SRCROOT%");
    }
}

fn decode(uri: &str) -> String {
    let mut bytes = Vec::new();
    let mut parts = uri.split('%');
    bytes.extend(parts.next().unwrap().bytes());
    for part in parts {
        bytes.push(u8::from_str_radix(&part[..2], 16).unwrap());
        bytes.extend(part[2..].bytes());
    }
    String::from_utf8(bytes).unwrap()
}

#[test]
fn json_places_are_what_is_marked() {
    let expected = expected();
    let (_, json) = render(Format::Json, &outcome());
    assert_eq!(list(&json["findings"]).len(), 15);
    for finding in list(&json["findings"]) {
        let name = name(&finding["message"]);
        let (slice, path, text) = &expected[&name];
        let at = |end: &str| [number(&finding[end]["line"]), number(&finding[end]["column"])];
        let found: String = cut(text, |line| line.chars().collect(), at("start"), at("end")).iter().collect();
        assert_eq!(found, *slice, "{name}");
        let offset = |end: &str| number(&finding[end]["offset"]);
        assert_eq!(text[offset("start")..offset("end")], *slice, "{name}");
        assert_eq!(finding["file"], *path);
    }
}

#[test]
fn no_secret_and_nothing_that_acts_on_a_screen() {
    for format in [Format::Json, Format::Sarif] {
        let (text, _) = render(format, &outcome());
        assert!(text.ends_with("}\n"));
        assert!(!text.contains(SECRET) && !text.contains("hunter2"), "{format:?}");
        let bad = text.chars().find(|&c| {
            (c.is_control() && c != '\n')
                || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
        });
        assert_eq!(bad, None, "{format:?}");
    }
}

#[test]
fn json_names_reach_programs_as_they_are() {
    let (_, json) = render(Format::Json, &outcome());
    assert_eq!(json["findings"][0]["object"]["name"], "web\u{1b}");
    assert_eq!(json["coverage"]["skipped"][2]["path"], "latin 1\u{1b}.yaml");
    assert!(json["findings"][0]["message"].as_str().unwrap().ends_with("\\u{1b}\\u{202e}"));
}

#[test]
fn lines_whose_hash_would_hold_a_secret_have_none() {
    let sarif = sarif();
    for result in list(&sarif["runs"][0]["results"]) {
        let name = name(&result["message"]["text"]);
        let fingerprints = &result["partialFingerprints"];
        let hash = &fingerprints["primaryLocationLineHash"];
        assert_eq!(hash.is_null(), ["beside", "masked"].contains(&name.as_str()), "{name}: {hash}");
        assert!(fingerprints["plimsoll/v1"].is_string(), "{name}");
    }
}

#[test]
fn rules_are_complete_and_results_refer_to_them() {
    let sarif = sarif();
    let run = &sarif["runs"][0];
    let rules = list(&run["tool"]["driver"]["rules"]);
    let ids: Vec<&Value> = rules.iter().map(|rule| &rule["id"]).collect();
    assert_eq!(ids, ["host-thing", "never-found", "hygiene"]);
    for result in list(&run["results"]) {
        assert_eq!(rules[number(&result["ruleIndex"])]["id"], result["ruleId"]);
    }
    let security = &rules[0];
    assert_eq!(security["name"], "HostThing");
    assert_eq!(security["shortDescription"]["text"], "A thing of the host.");
    assert_eq!(security["fullDescription"]["text"], "A thing of the host. It is dangerous.");
    assert!(security["help"]["markdown"].as_str().unwrap().contains("\n## Bad\n\n```yaml\na: b\n```\n"));
    assert_eq!(security["defaultConfiguration"]["level"], "error");
    assert_eq!(security["properties"]["security-severity"], "8.0");
    assert_eq!(security["properties"]["precision"], "very-high");
    assert_eq!(security["properties"]["tags"], serde_json::json!(["security", "pod"]));
    assert_eq!(security["properties"]["problem.severity"], Value::Null);
    let hygiene = &rules[2];
    assert_eq!(hygiene["properties"]["security-severity"], Value::Null);
    assert_eq!(hygiene["properties"]["problem.severity"], "recommendation");
    assert_eq!(hygiene["properties"]["tags"], serde_json::json!(["style"]));
    for rule in rules {
        let page = format!("/docs/rules/{}.md", rule["id"].as_str().unwrap());
        assert!(rule["helpUri"].as_str().unwrap().ends_with(&page));
    }
}

fn result_named<'a>(sarif: &'a Value, wanted: &str) -> &'a Value {
    let results = list(&sarif["runs"][0]["results"]);
    results.iter().find(|result| name(&result["message"]["text"]) == wanted).unwrap()
}

#[test]
fn messages_link_to_related_places_and_to_nothing_else() {
    let sarif = sarif();
    let result = result_named(&sarif, "lines");
    let text = result["message"]["text"].as_str().unwrap();
    assert!(text.contains("This is why. Do it otherwise. Found in overlays/dev, overlays/\\u{1b}prod. Base value here: [lines.yaml:4](1); base value here: [lines.yaml:5](2)."), "{text}");
    assert!(!text.contains("](http"), "{text}");
    let related = list(&result["relatedLocations"]);
    let ids: Vec<&Value> = related.iter().map(|location| &location["id"]).collect();
    assert_eq!(ids, [1, 2]);
    let snippet = |location: &Value| location["physicalLocation"]["region"]["snippet"]["text"].clone();
    assert_eq!(related.iter().map(snippet).collect::<Vec<_>>(), ["/etc", "y: *a"]);
    let logical = |index: usize| &result["locations"][0]["logicalLocations"][index]["fullyQualifiedName"];
    assert!(logical(0).as_str().unwrap().starts_with("Deployment/"));
    assert!(logical(1).as_str().unwrap().ends_with("/spec.containers[0]"));
}

#[test]
fn suppressed_findings_say_by_what_and_why() {
    let sarif = sarif();
    let by_source = &result_named(&sarif, "source-suppressed")["suppressions"][0];
    assert_eq!(by_source["kind"], "inSource");
    assert_eq!(by_source["justification"], "agreed\\u{1b}");
    assert_eq!(by_source["location"]["physicalLocation"]["region"]["startLine"], 1);
    assert_eq!(result_named(&sarif, "config-suppressed")["suppressions"][0]["kind"], "external");
    assert_eq!(result_named(&sarif, "path")["suppressions"], Value::Null);

    let (_, json) = render(Format::Json, &outcome());
    let suppressed = |wanted: &str| {
        let mut findings = list(&json["findings"]).iter();
        findings.find(|finding| name(&finding["message"]) == wanted).unwrap()["suppressed"].clone()
    };
    assert_eq!(suppressed("source-suppressed")["by"], "source");
    assert_eq!(suppressed("source-suppressed")["at"]["start"]["line"], 1);
    assert_eq!(
        suppressed("config-suppressed"),
        serde_json::json!({ "by": "config", "reason": "agreed\\u{1b}" })
    );
    assert_eq!(suppressed("path"), Value::Null);
    assert_eq!(json["summary"]["suppressed"], 2);
    let counted: usize =
        ["errors", "warnings", "notes"].iter().map(|level| number(&json["summary"][level])).sum();
    assert_eq!(counted, 13);
}

#[test]
fn what_was_not_looked_at_is_said() {
    let sarif = sarif();
    let run = &sarif["runs"][0];
    let invocation = &run["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    let about = |notification: &Value| {
        let index = number(&notification["descriptor"]["index"]);
        assert_eq!(run["tool"]["driver"]["notifications"][index]["id"], notification["descriptor"]["id"]);
        let uri = &notification["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
        let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        [text(&notification["level"]), text(uri), text(&notification["message"]["text"])].join(" | ")
    };
    let said: Vec<String> = list(&invocation["toolExecutionNotifications"]).iter().map(about).collect();
    let expected = [
        "error | bom.yaml | Rule `hygiene` panicked\\u{1b}.",
        "warning | - | For your information.",
        "warning | big.yaml | big.yaml was not analysed: larger than 10 bytes (limits.file-size).",
        "warning | latin%201%1B.yaml | latin 1\\u{1b}.yaml was not analysed: not UTF-8 (byte 3).",
        "note | - | 13 files: 10 analysed, 1 larger than 10 bytes (limits.file-size), 1 not UTF-8, 1 not \
         configuration; 2 overlays rendered; not rendered: 1 remote base; 3 objects in overlays or charts rendered in part; not \
         followed: its path is a secret\\u{1b} ×2; not read of pipelines: parts from elsewhere ×4; not linted as deployed: 2 \
         patches; 5 demands of definitions not verified (see `schema-not-verified`).",
    ];
    assert_eq!(said, expected);

    let mut whole = outcome();
    whole.notices.clear();
    let (_, whole) = render(Format::Sarif, &whole);
    assert_eq!(whole["runs"][0]["invocations"][0]["executionSuccessful"], true);

    let (_, json) = render(Format::Json, &outcome());
    assert_eq!(json["coverage"]["notLinted"]["patches"], 2);
    assert_eq!(list(&json["coverage"]["skipped"]).len(), 3);
    assert_eq!(json["notices"][0]["failed"], true);
}

#[test]
fn more_results_than_github_shows_come_worst_first_and_say_so() {
    let mut outcome = outcome();
    let few = outcome.findings.clone();
    while outcome.findings.len() <= 5_000 {
        outcome.findings.extend(few.iter().cloned());
    }
    let (_, sarif) = render(Format::Sarif, &outcome);
    let run = &sarif["runs"][0];
    let rank = |result: &Value| {
        let level = ["error", "warning", "note"].iter().position(|level| result["level"] == *level);
        (result["suppressions"].is_array(), level.unwrap())
    };
    assert!(list(&run["results"]).iter().map(rank).is_sorted());
    let said = list(&run["invocations"][0]["toolExecutionNotifications"]).last().unwrap();
    assert_eq!(said["descriptor"]["id"], "many-results");
}

#[test]
fn a_long_line_is_not_quoted_again_and_again() {
    let text = format!("a: \"{}\" # ⟦short|x⟧\n", "b".repeat(10_000));
    let (text, sarif) = render(Format::Sarif, &outcome_of(&[("long.yaml", &text)]));
    let physical = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(physical["region"]["snippet"]["text"], "x");
    assert_eq!(physical["contextRegion"], Value::Null);
    assert!(!text.contains("bbbb"));
}

#[test]
fn suppressed_findings_are_in_sarif_only_when_asked_for() {
    let outcome = outcome();
    let suppressed = outcome.findings.iter().filter(|finding| !finding.is_active()).count();
    assert!(suppressed > 0);
    let results = |show_suppressed| {
        let options = Options { show_suppressed, ..Options::default() };
        let text = report::render(Format::Sarif, &outcome, &options);
        let sarif: Value = serde_json::from_str(&text).unwrap();
        sarif["runs"][0]["results"].as_array().unwrap().len()
    };
    assert_eq!(results(true), outcome.findings.len());
    assert_eq!(results(false), outcome.findings.len() - suppressed);
}
