//! Shared by the test binaries: builds a world from files in memory or from a directory, runs rules on it, and
//! reads expectations written as comments.
//!
//! Must not know any rule. Paths in a world are relative to the directory it was read from.

// Each test binary compiles this module for itself and uses a part of it.
#![allow(dead_code)]

pub mod generated;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use plimsoll::engine::{self, NativeRule, RuleSet, World};
use plimsoll::finding::Finding;
use plimsoll::model::{FileKind, Repository};
use plimsoll::rules::NATIVE;
use plimsoll::source::{Source, SourceKind, SourceMap};
use plimsoll::yaml::Limits;

/// Path and text of the files of a small repository, sorted by path as discovery sorts them.
pub type Files = BTreeMap<String, String>;

/// Sidecar of a corpus case for files that have no comments: lines `path:line: rule, rule`.
const EXPECTED_FILE: &str = "EXPECTED";

/// The rule with this name.
pub fn rule(name: &str) -> Option<&'static NativeRule> {
    NATIVE.iter().copied().find(|native| native.rule.name == name)
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

/// A world of these files.
pub fn world(files: &Files) -> World {
    let kinds: Vec<FileKind> = files.keys().map(|path| kind(path, files)).collect();
    let sources = files.iter().map(|(path, text)| Source::new(path, SourceKind::File, text.clone()));
    let map = SourceMap::new(sources.collect());
    let repository = Repository::build(&map, &kinds, Limits::default());
    World { map, repository }
}

/// What a file is by its name and place.
fn kind(path: &str, files: &Files) -> FileKind {
    let name = path.rsplit('/').next().unwrap_or(path);
    let in_templates = path.match_indices("templates/").any(|(at, _)| {
        let chart = &path[..at];
        (chart.is_empty() || chart.ends_with('/')) && files.contains_key(&format!("{chart}Chart.yaml"))
    });
    match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        _ if in_templates => FileKind::ChartTemplate,
        "yaml" | "yml" => FileKind::Yaml,
        "json" => FileKind::Json,
        _ if name == "CODEOWNERS" => FileKind::Codeowners,
        _ if name == "Jenkinsfile" => FileKind::Jenkinsfile,
        _ if name == "Kustomization" => FileKind::Yaml,
        _ => FileKind::Text,
    }
}

/// What one rule finds in a world. A notice means that the rule panicked.
pub fn run(world: &World, native: &'static NativeRule) -> Result<Vec<Finding>, String> {
    let (findings, notices) = engine::run(world, &RuleSet::native([native]));
    match notices.first() {
        Some(notice) => Err(notice.message.clone()),
        None => Ok(findings),
    }
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

/// The places at which a rule is expected to report, as sorted `path:line` (one for every finding):
/// `# expect: rule, rule` or `// expect: …` at the end of a line, and the lines of the sidecar, which is taken
/// out of the files.
pub fn take_expectations(files: &mut Files, rule: &str) -> Vec<String> {
    let sidecar = files.remove(EXPECTED_FILE).unwrap_or_default();
    let mut places = Vec::new();
    for (path, text) in &*files {
        for (number, line) in text.lines().enumerate() {
            let rules = ["# expect:", "// expect:"].iter().find_map(|mark| line.split_once(mark));
            let count = rules.map_or(0, |(_, rules)| count(rules, rule));
            places.extend(std::iter::repeat_n(format!("{path}:{}", number + 1), count));
        }
    }
    for line in sidecar.lines().filter(|line| !line.trim().is_empty()) {
        let (place, rules) = line.split_once(": ").expect("a line `path:line: rule`");
        places.extend(std::iter::repeat_n(place.to_owned(), count(rules, rule)));
    }
    places.sort();
    places
}

fn count(rules: &str, rule: &str) -> usize {
    rules.split(',').filter(|name| name.trim() == rule).count()
}

/// The places and messages of findings: places to compare, messages to show when they differ.
pub fn places(world: &World, findings: &[Finding]) -> Vec<String> {
    let mut places: Vec<String> = findings.iter().map(|finding| place(world, finding.primary)).collect();
    places.sort();
    places
}

/// Findings as a person reads them in the output of a failed test.
pub fn describe(world: &World, findings: &[Finding]) -> String {
    let line = |finding: &Finding| {
        let (place, level) = (place(world, finding.primary), finding.level.name());
        format!("  {place}: {level}: {}\n", finding.message)
    };
    findings.iter().map(line).collect()
}
