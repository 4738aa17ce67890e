//! Shared by the test binaries: builds a world from files in memory or from a directory, runs rules on it, and
//! reads expectations written as comments.
//!
//! Must not know any rule. Paths in a world are relative to the directory it was read from.

// Each test binary compiles this module for itself and uses a part of it.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods)]

pub mod generated;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use camino::Utf8Path;
use plimsoll::config::{CommandLine, Config, RenderOptions, Settings};
use plimsoll::discover::{Exclude, discover};
use plimsoll::engine::{self, ActiveRule, Check, RuleSet, World};
use plimsoll::finding::{Finding, RuleRef};
use plimsoll::graph::{self, Context, Environments, ThisRepository};
use plimsoll::host::{Branch, Commit, Git, History, HistoryEnd, MemHost, OldFile};
use plimsoll::model::Repository;
use plimsoll::render::{ReadLimits, Renderer};
use plimsoll::rules::all::{BuiltIn, all};
use plimsoll::source::{SourceId, SourceMap};
use plimsoll::suppress;
use plimsoll::yaml::Limits;

/// Path and text of the files of a small repository, sorted by path as discovery sorts them.
pub type Files = BTreeMap<String, String>;

/// Sidecar of a corpus case for files that have no comments: lines `path:line: rule, rule`.
const EXPECTED_FILE: &str = "EXPECTED";

/// Sidecar of a corpus case with what git says: a line `remote ADDRESS` for each remote, a line `branches NAME …` with the
/// default branch first and perhaps `NAME@COMMIT`, a line `tags NAME …`, and a line `complete` when these are all there are.
const GIT_FILE: &str = "GIT";

fn git(facts: &str) -> Git {
    let named = |wanted: &'static str| {
        let lines = facts.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        lines.filter(move |words| words.first() == Some(&wanted)).flat_map(|words| words.into_iter().skip(1))
    };
    let addresses = named("remote").map(str::to_owned).collect();
    let branch = |word: &str| {
        let (name, commit) = word.split_once('@').unwrap_or((word, ""));
        Branch { name: name.to_owned(), remote: Some("origin".to_owned()), commit: commit.to_owned() }
    };
    let branches: Vec<Branch> = named("branches").map(branch).collect();
    let first = branches.first().map(|branch| branch.name.clone());
    Git {
        addresses,
        branches,
        head: first.clone(),
        default_branch: first,
        tags: named("tags").map(str::to_owned).collect(),
        is_complete: facts.lines().any(|line| line.trim() == "complete"),
        ..Git::default()
    }
}

/// Sidecar of a corpus case with the history of the branch, the newest first: a line
/// `commit HASH [signed] [merge] | AUTHOR | MESSAGE | PATH …` for each commit, a line `file HASH PATH` for each content that
/// is gone, with its text indented below, and a line `cut` where the clone ends.
const HISTORY_FILE: &str = "HISTORY";

fn history(text: &str) -> History {
    let mut history = History { from: "refs/heads/main".to_owned(), ..History::default() };
    for line in text.lines().map(|line| line.split("# expect:").next().unwrap_or_default()) {
        if let (Some(content), Some(file)) = (line.strip_prefix("    "), history.files.last_mut()) {
            file.content.extend(format!("{content}\n").bytes());
        } else if let Some(commit) = line.strip_prefix("commit ") {
            let fields: Vec<&str> = commit.split('|').map(str::trim).collect();
            let [words, author, message, changed] = fields[..] else { panic!("{line}: not a commit") };
            let is = |flag: &str| words.split_whitespace().any(|word| word == flag);
            history.commits.push(Commit {
                id: words.split_whitespace().next().unwrap_or_default().to_owned(),
                author: author.to_owned(),
                message: message.to_owned(),
                parents: if is("merge") { 2 } else { 1 },
                is_signed: is("signed"),
                changed: changed.split_whitespace().map(Into::into).collect(),
            });
        } else if let Some((commit, path)) = line.strip_prefix("file ").and_then(|file| file.split_once(' '))
        {
            let (commit, path) = (commit.to_owned(), path.trim().into());
            history.files.push(OldFile { path, commit, content: Vec::new() });
        } else if line.trim() == "cut" {
            history.end = HistoryEnd::Cut;
        }
    }
    history
}

/// The settings of a repository: those of its `plimsoll.yaml`, or the defaults.
fn settings(map: &SourceMap) -> Result<Settings, String> {
    let config = map.files().position(|file| file.path() == "plimsoll.yaml");
    let config = config.map(|at| Config::parse(map, SourceId(at as u32)));
    let (config, errors) = config.unwrap_or_default();
    if !errors.is_empty() {
        return Err(format!("{errors:?}"));
    }
    let declared: Vec<RuleRef> = all().iter().map(|rule| RuleRef::Native(rule.rule)).collect();
    Settings::resolve(&config, &CommandLine::default(), &declared).map_err(|errors| format!("{errors:?}"))
}

/// The rule with this name.
pub fn rule(name: &str) -> Option<&'static BuiltIn> {
    all().iter().find(|rule| rule.rule.name == name)
}

/// The text files below a directory, whatever their depth.
pub fn read_directory(directory: &Path) -> Files {
    let mut files = Files::new();
    let walk = ignore::WalkBuilder::new(directory).standard_filters(false).build();
    for entry in walk.map(|entry| entry.expect("a readable directory")) {
        if entry.file_type().is_some_and(|kind| kind.is_file()) {
            let path = entry.path().strip_prefix(directory).expect("below the directory");
            let path = path.to_str().expect("a path in UTF-8").replace('\\', "/");
            files.insert(path, fs::read_to_string(entry.path()).expect("a text file"));
        }
    }
    files
}

/// A world of these files, found and rendered as a run on a repository does it. Nothing is excluded. Their
/// `plimsoll.yaml` and the sidecar of git facts count.
pub fn world(files: &Files) -> World {
    let mut host = MemHost::new(files.iter().map(|(path, text)| (path, text.as_str())));
    if let Some(facts) = files.get(GIT_FILE) {
        host = host.with_git(git(facts));
    }
    let everything = Exclude::new(&["!**".to_owned()], vec!["".into()]).expect("a valid pattern");
    let everything = everything.with_runbooks(true);
    let discovered = discover(&host, Utf8Path::new("/"), &everything, u64::from(u32::MAX));
    let map = SourceMap::new(discovered.sources);
    let mut repository = Repository::build(&map, &discovered.kinds, Limits::default());
    repository.unread = discovered.coverage.not_configuration().map(Utf8Path::to_owned).collect();
    let settings = settings(&map).unwrap_or_else(|error| panic!("plimsoll.yaml: {error}"));
    let limits = ReadLimits { yaml: Limits::default(), file_size: u64::from(u32::MAX) };
    let options = RenderOptions::default();
    let renderer = Renderer::new(&map, &repository, &host, Utf8Path::new("/"), limits, options);
    let roots = renderer.repository(&repository);
    let this = ThisRepository::at(&host, Utf8Path::new("/"), &settings.aliases).expect("a host in memory");
    let this = this.inferred_from(&map, &repository);
    let environments = Environments::new(&settings.environments);
    let context = Context::new(&map, &repository, &renderer, this, environments);
    let (rendering, graph) = graph::build(&context, roots);
    let plimsoll::ci::Pipelines { jobs, scripts, .. } = plimsoll::ci::read(&map, &repository);
    let history = files.get(HISTORY_FILE).map(|text| history(text).into());
    let options = settings.options;
    World { map, repository, jobs, scripts, rendering, graph, options, history, ..World::default() }
}

/// The day on which the examples of the documentation and the corpus are looked at.
const TODAY: &str = "2026-06-15";

/// One rule at its own level.
fn only(rule: &BuiltIn) -> RuleSet {
    RuleSet::new(vec![rule.active()], None)
}

/// What one rule finds in a world. A notice means that the rule panicked.
pub fn run(world: &World, rule: &'static BuiltIn) -> Result<Vec<Finding>, String> {
    if rule.checks.is_empty() && rule.policy.is_none() {
        return run_with_suppressions(world, rule);
    }
    let (findings, notices) = engine::run(world, &only(rule));
    match notices.first() {
        Some(notice) => Err(notice.message.clone()),
        None => Ok(findings),
    }
}

/// What a rule about suppressions finds: all rules run, with the configuration of the repository.
fn run_with_suppressions(world: &World, rule: &'static BuiltIn) -> Result<Vec<Finding>, String> {
    let settings = settings(&world.map)?;
    let active = settings.active().map(|(index, level)| ActiveRule { level, ..all()[index].active() });
    let rules = RuleSet::new(active.collect(), None);
    let (findings, _) = engine::run(world, &rules);
    let today = TODAY.parse()?;
    let findings = suppress::apply(world, &rules, &settings, today, findings);
    let rule = rules.find(&rule.rule.name);
    Ok(findings.into_iter().filter(|finding| Some(finding.rule) == rule).collect())
}

/// Whether a rule is about what a change does. Its files lie in `base/` and `head/`.
pub fn is_about_changes(rule: &BuiltIn) -> bool {
    rule.checks.iter().any(|check| matches!(check, Check::Change(_)))
}

/// The files below a directory, with paths relative to it.
fn below(files: &Files, directory: &str) -> Files {
    let inner =
        |(path, text): (&String, &String)| Some((path.strip_prefix(directory)?.to_owned(), text.clone()));
    files.iter().filter_map(inner).collect()
}

/// The files that findings are in.
pub fn subject(files: &Files, rule: &BuiltIn) -> Files {
    if is_about_changes(rule) { below(files, "head/") } else { files.clone() }
}

/// What one rule finds in these files, and the world that the findings point into.
pub fn find(files: &Files, rule: &'static BuiltIn) -> (World, Result<Vec<Finding>, String>) {
    let head = world(&subject(files, rule));
    if !is_about_changes(rule) {
        let findings = run(&head, rule);
        return (head, findings);
    }
    let base = world(&below(files, "base/"));
    let (findings, notices) = engine::run_changes(&head, &base, &[], &only(rule));
    let findings = notices.first().map_or(Ok(findings), |notice| Err(notice.message.clone()));
    (head, findings)
}

/// Whether a rule reports what is wrong with YAML itself.
pub fn is_about_yaml(rule: &BuiltIn) -> bool {
    rule.rule.has_tag("yaml")
}

/// Documents that could not be read, as `path:line: message`: an example with a typing error proves nothing.
pub fn yaml_problems(world: &World) -> Vec<String> {
    let problems = world.repository.files.iter().flat_map(|file| &file.parsed.problems);
    problems.map(|problem| format!("{}: {}", place(world, problem.span), problem.message)).collect()
}

/// `path:line` of the first byte of a span.
pub fn place(world: &World, span: plimsoll::source::Span) -> String {
    let source = world.map.source(span.source);
    format!("{}:{}", source.path(), source.position(span.start).line)
}

/// A finding that a corpus case expects.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Expected {
    /// `path:line` of the first byte of its primary span.
    pub place: String,
    /// Its level, where the case says.
    pub level: Option<String>,
}

/// What a rule is expected to report, sorted: `# expect: rule, rule=note` or `// expect: …` at the end of a line,
/// once for every finding, and the lines of the sidecar, which is taken out of the files.
pub fn take_expectations(files: &mut Files, rule: &str) -> Vec<Expected> {
    let sidecar = files.remove(EXPECTED_FILE).unwrap_or_default();
    let mut expected = Vec::new();
    for (path, text) in &*files {
        for (number, line) in text.lines().enumerate() {
            let rules = ["# expect:", "// expect:"].iter().find_map(|mark| line.split_once(mark));
            if let Some((_, rules)) = rules {
                expect(&format!("{path}:{}", number + 1), rules, rule, &mut expected);
            }
        }
    }
    for line in sidecar.lines().filter(|line| !line.trim().is_empty()) {
        let (place, rules) = line.split_once(": ").expect("a line `path:line: rule`");
        expect(place, rules, rule, &mut expected);
    }
    expected.sort();
    expected
}

fn expect(place: &str, rules: &str, rule: &str, expected: &mut Vec<Expected>) {
    for item in rules.split(',') {
        let (name, level) = item.split_once('=').map_or((item, None), |(name, level)| (name, Some(level)));
        if name.trim() == rule {
            let level = level.map(|level| level.trim().to_owned());
            expected.push(Expected { place: place.to_owned(), level });
        }
    }
}

/// Whether a rule found what a case expects, no more and no less.
pub fn matches(world: &World, findings: &[Finding], expected: &[Expected]) -> bool {
    let mut found: Vec<_> =
        findings.iter().map(|finding| (place(world, finding.primary), finding.level.name())).collect();
    found.sort();
    found.len() == expected.len()
        && found.iter().zip(expected).all(|((place, level), expected)| {
            *place == expected.place && expected.level.as_ref().is_none_or(|expected| expected == level)
        })
}

/// Findings as a person reads them in the output of a failed test.
pub fn describe(world: &World, findings: &[Finding]) -> String {
    let line = |finding: &Finding| {
        let (place, level) = (place(world, finding.primary), finding.level.name());
        format!("  {place}: {level}: {}\n", finding.message)
    };
    findings.iter().map(line).collect()
}
