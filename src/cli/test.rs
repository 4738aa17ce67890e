//! `test`: tests of policies, suites of Gatekeeper, and manifests that say what policies find in them.
//!
//! Owns which files are tests. Must not know how they are run.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use camino::{Utf8Path, Utf8PathBuf};

use crate::config::suggestion;
use crate::discover::discover_one;
use crate::engine::{self, Policies, RuleSet, World};
use crate::host::{EntryKind, Host, Stream};
use crate::policy::gatekeeper::suite::{self, verify};
use crate::policy::{Given, Outcome, Suite, Target};
use crate::rego::{Builder, Lines, Machine};
use crate::report::{escape, plural};
use crate::yaml::Limits;

use super::analysis::Timings;
use super::args::{Test, TestFormat};
use super::given::{Gathered, LARGEST, given_at};
use super::policies::{line as unread_line, objects, of_files, problem as problem_line};
use super::{Exit, Failure, pipeline};

/// So much of what a test printed is shown when it failed: lines, and characters of a line.
const PRINTS: usize = 50;
const LONGEST: usize = 1_000;

/// What one test came to.
struct Ran {
    /// The file it is in.
    file: String,
    line: u32,
    name: String,
    verdict: Verdict,
    prints: Vec<String>,
}

enum Verdict {
    Passed,
    Skipped(String),
    Failed(String),
}

/// Runs the tests below a path.
pub(super) fn test(host: &dyn Host, args: &Test) -> Result<Exit, Failure> {
    let is_manifest = matches!(args.path.extension(), Some("yaml" | "yml")) && !host.is_dir(&args.path);
    let Gathered { given, unread } = match is_manifest {
        // A suite names its policies itself.
        true => given_at(host, &[])?,
        false => given_at(host, std::slice::from_ref(&args.path))?,
    };
    let wanted = |name: &str| args.run.as_ref().is_none_or(|part| name.contains(part.as_str()));
    let mut ran = Vec::new();
    let suite = Suite::new(&given);
    let (mut others, mut lines) = (Vec::new(), Vec::new());
    for path in files(host, &args.path)? {
        let Some(text) = read(host, &path) else { continue };
        if text.contains("test.gatekeeper.sh/") && text.contains("kind: Suite") {
            suite_of(host, &path, &text, &wanted, &mut others);
        } else if text.lines().any(|line| expected_on(line).is_some()) && wanted(path.as_str()) {
            if is_manifest {
                return Err(Failure::Usage(alone(&path)));
            }
            others.push(case(host, &given, &path, &text, &mut lines));
        }
    }
    let (runs, coverage) = suite.run(|test| wanted(&format!("{}.{}", test.package, test.name)), lines);
    for run in runs {
        let Some(test) = suite.tests.get(run.test) else { continue };
        let file = given.policies.get(test.policy).map(|text| text.path.clone()).unwrap_or_default();
        let verdict = match run.outcome {
            Outcome::Pass => Verdict::Passed,
            Outcome::Fail => Verdict::Failed("is not true".to_owned()),
            Outcome::Error(error) => Verdict::Failed(error),
            Outcome::Skipped => Verdict::Skipped("it is called todo_".to_owned()),
        };
        let name = format!("{}.{}", test.package, test.name);
        ran.push(Ran { file, line: test.line, name, verdict, prints: run.prints });
    }
    ran.extend(others);
    let mut broken: String = unread.iter().map(unread_line).collect();
    for problem in &suite.problems {
        broken += &problem_line(&given, problem);
    }
    host.print(Stream::Stderr, &broken).map_err(Failure::Io)?;
    if ran.is_empty() && broken.is_empty() {
        let message =
            format!("no tests below {}: rules called test_…, suites, manifests with `# expect:`", args.path);
        return Err(Failure::Usage(message));
    }
    let text = match args.format {
        TestFormat::Text => {
            let lines = coverage
                .iter()
                .fold((0, 0), |(ran, all), it| (ran + it.ran.len(), all + it.ran.len() + it.not.len()));
            shown(&ran, lines)
        }
        TestFormat::Junit => junit(&ran),
    };
    host.print(Stream::Stdout, &text).map_err(Failure::Io)?;
    let has_failed = ran.iter().any(|it| matches!(it.verdict, Verdict::Failed(_)));
    Ok(if has_failed || !broken.is_empty() { Exit::Found } else { Exit::Clean })
}

/// What a manifest needs to be a test.
fn alone(path: &Utf8Path) -> String {
    let directory = path.parent().filter(|parent| !parent.as_str().is_empty()).unwrap_or(Utf8Path::new("."));
    let name = path.file_name().unwrap_or_default();
    format!(
        "{path} says what policies find in it, and none are named: `plimsoll test DIRECTORY --run {name}` with a directory \
         that holds both, such as {directory}"
    )
}

/// The names of rules that a line expects: `# expect: a, b`. None when it expects nothing.
fn expected_on(line: &str) -> Option<&str> {
    let (_, comment) = line.rsplit_once('#')?;
    comment.trim_start().strip_prefix("expect:")
}

/// YAML files below a path, or the file itself.
fn files(host: &dyn Host, path: &Utf8Path) -> Result<Vec<Utf8PathBuf>, Failure> {
    if !host.is_dir(path) {
        return Ok(vec![path.to_owned()]);
    }
    let walk = host.walk(path, &|_, _| true);
    let files = walk.entries.into_iter().filter(|entry| entry.kind == EntryKind::File);
    let yaml = files.filter(|entry| matches!(entry.path.extension(), Some("yaml" | "yml")));
    Ok(yaml.map(|entry| path.join(entry.path)).collect())
}

fn read(host: &dyn Host, path: &Utf8Path) -> Option<String> {
    String::from_utf8(host.read(path, LARGEST, 0).ok()??).ok()
}

fn suite_of(host: &dyn Host, path: &Utf8Path, text: &str, wanted: &dyn Fn(&str) -> bool, ran: &mut Vec<Ran>) {
    let verdict = |outcome: suite::Outcome| match outcome {
        suite::Outcome::Passed => Verdict::Passed,
        suite::Outcome::Skipped => Verdict::Skipped("it asks for that".to_owned()),
        suite::Outcome::Unsupported(why) => Verdict::Skipped(format!("not supported: {why}")),
        suite::Outcome::Failed(why) => Verdict::Failed(why),
    };
    let mut add = |line: u32, name: String, verdict: Verdict| {
        if wanted(&name) || matches!(verdict, Verdict::Failed(_)) && name.is_empty() {
            ran.push(Ran { file: path.to_string(), line, name, verdict, prints: Vec::new() });
        }
    };
    match verify(path, text, &|path| read(host, path), crate::rego::Limits::default()) {
        Err(error) => add(1, String::new(), Verdict::Failed(error)),
        Ok(result) => {
            for test in result.tests {
                if test.outcome != suite::Outcome::Passed {
                    add(test.line, test.name.clone(), verdict(test.outcome));
                }
                for case in test.cases {
                    add(case.line, format!("{}/{}", test.name, case.name), verdict(case.outcome));
                }
            }
        }
    }
}

/// A manifest that says with `# expect: rule` on which lines policies find something, and by that where they do not.
fn case(host: &dyn Host, given: &Given, path: &Utf8Path, text: &str, lines: &mut Vec<Lines>) -> Ran {
    let name = Utf8Path::new(path.file_name().unwrap_or("case.yaml"));
    let mut timings = Timings::default();
    let (world, ..) = pipeline::build_world(
        host,
        discover_one(name, text.as_bytes().to_vec()),
        Limits::default(),
        &mut timings,
    );
    let verdict = match found(given, &world, lines) {
        Err(error) => Verdict::Failed(error),
        Ok((found, known)) => {
            let mut expected = Vec::new();
            for (line, text) in (1_u32..).zip(text.lines()) {
                let names = expected_on(text).unwrap_or_default();
                expected.extend(
                    names
                        .split(',')
                        .map(str::trim)
                        .filter(|it| !it.is_empty())
                        .map(|it| (line, it.to_owned())),
                );
            }
            let missing = expected.iter().filter(|it| !found.contains(it)).map(|(line, rule)| {
                match known.contains(rule) {
                    true => format!("line {line}: {rule} is not found"),
                    false => {
                        let names = known.iter().map(String::as_str);
                        let help =
                            suggestion(rule, names).map(|help| format!("; {help}")).unwrap_or_default();
                        format!("line {line}: no policy here is called {rule}{help}")
                    }
                }
            });
            let extra = found
                .iter()
                .filter(|it| !expected.contains(it))
                .map(|(line, rule)| format!("line {line}: {rule} is not expected"));
            let wrong: Vec<String> = missing.chain(extra).collect();
            if wrong.is_empty() { Verdict::Passed } else { Verdict::Failed(wrong.join("; ")) }
        }
    };
    Ran { file: path.to_string(), line: 1, name: name.to_string(), verdict, prints: Vec::new() }
}

/// What policies find, as lines and names of rules, and the names of all of their rules.
type Finds = (Vec<(u32, String)>, BTreeSet<String>);

/// What the policies find. `lines` gets those of policies that ran for it.
fn found(given: &Given, world: &World, lines: &mut Vec<Lines>) -> Result<Finds, String> {
    let mut policies = of_files(given, world);
    let known = policies.rules().map(|rule| rule.name.to_string()).collect();
    // A manifest is neither a repository nor the files of one.
    policies.loaded.rules.retain(|rule| !matches!(rule.target, Target::Repository | Target::Combined));
    lines.extend(ran_lines(&policies, world));
    if let Some(problem) = policies.loaded.problems.first() {
        return Err(problem.message.clone());
    }
    if let Some(problem) = policies.gatekeeper.problems.iter().find(|problem| problem.kind.is_refused()) {
        return Err(problem.message.clone());
    }
    let rules: RuleSet = pipeline::policy_rules(policies);
    let (findings, notices) = engine::run(world, &rules);
    if let Some(notice) = notices.into_iter().next() {
        return Err(notice.message);
    }
    let place = |finding: &crate::finding::Finding| {
        let line = world.map.source(finding.primary.source).position(finding.primary.start).line;
        (line, rules.get(finding.rule).rule.name.to_string())
    };
    Ok((findings.iter().map(place).collect(), known))
}

/// The lines of policies that run when they are asked about the objects of a world.
fn ran_lines(policies: &Policies, world: &World) -> Vec<Lines> {
    let mut machines: Vec<Machine<'_>> = policies.loaded.programs.iter().map(|it| it.watched()).collect();
    let mut builder = Builder::default();
    for object in objects(world) {
        let input = builder.value(object.root);
        machines.iter_mut().for_each(|machine| machine.set_input(input.clone()));
        let kind = object.kind();
        for rule in &policies.loaded.rules {
            let is_asked = rule.target.is_about(kind)
                || rule.target.is_about_owner(kind)
                || matches!(rule.target, Target::Document(_));
            let machine = machines.get_mut(rule.program).filter(|_| is_asked);
            // What it says was found already.
            let _ = machine.map(|machine| rule.ask(machine));
        }
    }
    machines.iter_mut().flat_map(Machine::lines).collect()
}

/// What failed, then the counts, then how much of the policies ran.
fn shown(ran: &[Ran], (covered, lines): (usize, usize)) -> String {
    let mut text = String::new();
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    for Ran { file, line, name, verdict, prints } in ran {
        match verdict {
            Verdict::Passed => passed += 1,
            Verdict::Skipped(why) => {
                skipped += 1;
                let _ = writeln!(text, "skip {}:{line}: {}: {}", escape(file), escape(name), escape(why));
            }
            Verdict::Failed(why) => {
                failed += 1;
                let _ = writeln!(text, "FAIL {}:{line}: {}: {}", escape(file), escape(name), escape(why));
                for print in prints.iter().take(PRINTS) {
                    let print: String = print.chars().take(LONGEST).collect();
                    let _ = writeln!(text, "     {}", escape(&print));
                }
                if let Some(more) = prints.len().checked_sub(PRINTS).filter(|more| *more > 0) {
                    let _ = writeln!(text, "     and {more} more");
                }
            }
        }
    }
    let skipped = if skipped > 0 { format!(", {skipped} skipped") } else { String::new() };
    let _ = write!(text, "{}: {passed} passed, {failed} failed{skipped}", plural(ran.len(), "test"));
    if let Some(percent) = (100 * covered).checked_div(lines) {
        let _ = write!(text, "; {percent} % of the lines of policies ran");
    }
    text.push('\n');
    text
}

fn junit(ran: &[Ran]) -> String {
    let failures = ran.iter().filter(|it| matches!(it.verdict, Verdict::Failed(_))).count();
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"plimsoll test\" tests=\"{}\" failures=\"{failures}\">\n",
        ran.len()
    );
    for Ran { file, line, name, verdict, .. } in ran {
        let attribute = crate::report::xml_attribute;
        let head = format!(
            "<testcase classname=\"{}\" name=\"{}\" file=\"{}\" line=\"{line}\"",
            attribute(file),
            attribute(name),
            attribute(file)
        );
        let _ = match verdict {
            Verdict::Passed => writeln!(text, "    {head}/>"),
            Verdict::Skipped(why) => {
                writeln!(text, "    {head}><skipped message=\"{}\"/></testcase>", attribute(why))
            }
            Verdict::Failed(why) => {
                writeln!(text, "    {head}><failure message=\"{}\"/></testcase>", attribute(why))
            }
        };
    }
    text.push_str("  </testsuite>\n</testsuites>\n");
    text
}
