//! Runs policies as `conftest test`, `conftest verify` and `conftest parse` do, for the scripts in `scripts/conformance`.
//!
//! Not a tool for users: it prints what those scripts compare, and reads what it is told to.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods, clippy::print_stdout)]

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use plimsoll::policy::input::{Format, documents};
use plimsoll::policy::{self, DataText, Given, Loaded, Outcome, PolicyRule, Reading, Said, Suite, Text};
use plimsoll::rego::{Module, Stop, Value};

/// What was typed.
#[derive(Default)]
struct Arguments {
    policies: Vec<PathBuf>,
    data: Vec<PathBuf>,
    namespaces: Vec<String>,
    files: Vec<String>,
    parser: Option<String>,
    all: bool,
    combine: bool,
    fail_on_warn: bool,
    quiet: bool,
    suppress: bool,
    every: bool,
}

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let command = words.next().unwrap_or_default();
    let mut typed = Arguments::default();
    while let Some(word) = words.next() {
        let (flag, value) = match word.split_once('=') {
            Some((flag, value)) if flag.starts_with('-') => (flag.to_owned(), Some(value.to_owned())),
            _ => (word, None),
        };
        let mut value = || value.clone().or_else(|| words.next()).unwrap_or_default();
        match flag.as_str() {
            "-p" | "--policy" => typed.policies.push(value().into()),
            "-d" | "--data" => typed.data.push(value().into()),
            "-n" | "--namespace" => typed.namespaces.push(value()),
            "--parser" => typed.parser = Some(value()),
            "--all-namespaces" => typed.all = true,
            "--combine" => typed.combine = true,
            "--fail-on-warn" => typed.fail_on_warn = true,
            "--quiet" => typed.quiet = true,
            "--suppress-exceptions" => typed.suppress = true,
            "--every" => typed.every = true,
            "--no-color" => {}
            "-" => typed.files.push("-".to_owned()),
            flag if flag.starts_with('-') => {
                println!("Error: unknown flag: {flag}");
                return ExitCode::FAILURE;
            }
            "" => {}
            file => typed.files.push(file.to_owned()),
        }
    }
    if typed.policies.is_empty() {
        typed.policies.push("policy".into());
    }
    let done = match command.as_str() {
        "test" => test(&typed),
        "verify" => verify(&typed),
        "parse" => parse(&typed),
        other => Err(format!("unknown command {other:?}")),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            println!("Error: {message}");
            ExitCode::FAILURE
        }
    }
}

/// The files below a path, in order, with the names of the directories between.
fn below(path: &Path, names: &mut Vec<String>, found: &mut Vec<(PathBuf, Vec<String>)>) {
    if !path.is_dir() {
        found.push((path.to_owned(), names.clone()));
        return;
    }
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    entries.sort();
    for entry in entries {
        let name = entry.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if entry.is_dir() {
            names.push(name);
            below(&entry, names, found);
            names.pop();
        } else {
            found.push((entry, names.clone()));
        }
    }
}

fn files(paths: &[PathBuf]) -> Vec<(String, Vec<String>, String)> {
    let mut found = Vec::new();
    for path in paths {
        below(path, &mut Vec::new(), &mut found);
    }
    let text = |(path, names): (PathBuf, Vec<String>)| {
        let text = std::fs::read_to_string(&path).ok()?;
        let path = path.to_string_lossy().into_owned();
        Some((path.strip_prefix("./").map_or(path.clone(), str::to_owned), names, text))
    };
    found.into_iter().filter_map(text).collect()
}

fn given(typed: &Arguments) -> Given {
    let (policies, others): (Vec<_>, Vec<_>) =
        files(&typed.policies).into_iter().partition(|(path, ..)| path.ends_with(".rego"));
    let text = |(path, _, text)| Text { path, text };
    let is_data = |path: &str| [".yaml", ".yml", ".json"].iter().any(|end| path.ends_with(end));
    let data = files(&typed.data).into_iter().filter(|(path, ..)| is_data(path));
    let namespaces = match (typed.all, typed.namespaces.is_empty()) {
        (true, _) => Vec::new(),
        (_, true) => vec!["main".to_owned()],
        _ => typed.namespaces.clone(),
    };
    Given {
        policies: policies.into_iter().map(text).collect(),
        data: data.map(|(path, below, text)| DataText { path, below, text }).collect(),
        files: others.into_iter().map(text).collect(),
        namespaces,
        ..Given::default()
    }
}

fn read(typed: &Arguments) -> Result<Vec<(String, Value)>, String> {
    let mut inputs = Vec::new();
    for file in &typed.files {
        let named: Vec<(String, String)> = if file == "-" {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).map_err(|error| error.to_string())?;
            vec![("-".to_owned(), text)]
        } else if Path::new(file).is_dir() {
            let all = files(&[file.into()]).into_iter().map(|(path, _, text)| (path, text));
            all.filter(|(path, _)| Format::of(path).is_some()).collect()
        } else {
            vec![(file.clone(), std::fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?)]
        };
        for (path, text) in named {
            let format = match &typed.parser {
                Some(parser) => Format::named(parser),
                None if path == "-" => Some(Format::Yaml),
                None => Format::of(&path),
            };
            let format = format.ok_or_else(|| format!("unknown parser for {path}"))?;
            inputs.push((path.clone(), format.read(&text).map_err(|error| format!("{path}: {error}"))?));
        }
    }
    Ok(inputs)
}

fn parse(typed: &Arguments) -> Result<bool, String> {
    let inputs = read(typed)?;
    let value = match inputs.as_slice() {
        [(_, value)] => value.clone(),
        _ => inputs
            .into_iter()
            .map(|(path, value)| (path.into(), value))
            .collect::<BTreeMap<Value, Value>>()
            .into(),
    };
    println!("{}", value.to_json_str().map_err(|error| error.to_string())?);
    Ok(true)
}

fn problems(given: &Given, problems: &[plimsoll::rego::PolicyError]) -> Result<(), String> {
    let shown = |problem: &plimsoll::rego::PolicyError| {
        let path = given.policies.get(problem.policy).map_or("data", |policy| &policy.path);
        format!("{path}:{}:{}: {}", problem.line, problem.column, problem.message)
    };
    let shown: Vec<String> = problems.iter().map(shown).collect();
    if shown.is_empty() { Ok(()) } else { Err(shown.join("\n")) }
}

/// Results of one file in one namespace.
#[derive(Default)]
struct Counts {
    passed: usize,
    warnings: usize,
    failures: usize,
    exceptions: usize,
}

fn test(typed: &Arguments) -> Result<bool, String> {
    let given = given(typed);
    if given.policies.is_empty() {
        return Err("no policies found".to_owned());
    }
    let loaded = policy::load(&given);
    problems(&given, &loaded.problems)?;
    let mut inputs = read(typed)?;
    if typed.combine {
        inputs = vec![("Combined".to_owned(), vec![policy::combined(inputs)].into())];
    }
    let mut bodies: BTreeMap<&str, usize> = BTreeMap::new();
    let mut packages: Vec<String> = Vec::new();
    let modules: Vec<Module> =
        given.policies.iter().filter_map(|policy| Module::read(&policy.path, &policy.text).ok()).collect();
    for (policy, reading) in loaded.readings.iter().enumerate() {
        if matches!(reading, Reading::Rules(_)) {
            packages.push(modules[policy].package.join("."));
        }
    }
    packages.sort();
    packages.dedup();
    for module in &modules {
        let package = packages.iter().find(|package| **package == module.package.join("."));
        let of_name =
            |name: &str| name.split('_').next().is_some_and(|n| matches!(n, "deny" | "violation" | "warn"));
        let count = module.heads.iter().filter(|head| of_name(&head.name)).count();
        *bodies.entry(package.map_or("", String::as_str)).or_default() += count;
    }
    let (mut total, mut lines) = (Counts::default(), Vec::new());
    for package in &packages {
        for (path, value) in &inputs {
            let all = if typed.combine { vec![value[0].clone()] } else { documents(value.clone()) };
            for document in all {
                let ask =
                    |rule: &PolicyRule| (rule.clone(), asked(&loaded, rule, &document, path, &mut lines));
                let rules =
                    loaded.rules.iter().filter(|rule| modules[rule.policy].package.join(".") == *package);
                let said: Vec<_> = rules.map(ask).collect();
                count(typed, package, path, said, bodies[package.as_str()], &mut total, &mut lines)?;
            }
        }
    }
    lines.sort_by_key(|line| !line.starts_with("PRNT"));
    let failed = total.failures > 0 || (typed.fail_on_warn && total.warnings > 0);
    if !(typed.quiet && total.failures + total.warnings + total.exceptions == 0) {
        lines.iter().for_each(|line| println!("{line}"));
        let all = total.passed + total.warnings + total.failures + total.exceptions;
        let plural =
            |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
        println!(
            "\n{}, {} passed, {}, {}, {}",
            plural(all, "test"),
            total.passed,
            plural(total.warnings, "warning"),
            plural(total.failures, "failure"),
            plural(total.exceptions, "exception")
        );
    }
    Ok(!failed)
}

fn asked(
    loaded: &Loaded,
    rule: &PolicyRule,
    input: &Value,
    path: &str,
    lines: &mut Vec<String>,
) -> Result<Said, Stop> {
    let program = &loaded.programs[rule.program];
    let mut machine = program.watched();
    if loaded.wants_file {
        machine.set_data(&policy::with_file(program.data(), path));
    }
    machine.set_input(input.clone());
    let said = rule.ask(&mut machine);
    lines.extend(machine.prints().iter().map(|text| format!("PRNT   {text}")));
    said
}

fn count(
    typed: &Arguments,
    package: &str,
    path: &str,
    said: Vec<(PolicyRule, Result<Said, Stop>)>,
    bodies: usize,
    total: &mut Counts,
    lines: &mut Vec<String>,
) -> Result<(), String> {
    let mut counts = Counts::default();
    for (rule, said) in said {
        let said = said.map_err(|stop| stop.text().to_owned())?;
        counts.exceptions += said.exceptions;
        if let Some(exception) = rule.exception.as_ref().filter(|_| said.exceptions > 0) {
            if !typed.suppress {
                let query = format!("data.{package}.exception[_][_] == {:?}", exception.name);
                lines.push(format!("EXCP - {path} - {package} - {query}"));
            }
        } else if said.verdicts.is_empty() {
            counts.passed += 1;
        }
        let is_warning = rule.rule.level < plimsoll::finding::Level::Error;
        let word = if is_warning { "WARN" } else { "FAIL" };
        *(if is_warning { &mut counts.warnings } else { &mut counts.failures }) += said.verdicts.len();
        lines.extend(
            said.verdicts.iter().map(|said| format!("{word} - {path} - {package} - {}", said.message)),
        );
    }
    let results = counts.passed + counts.warnings + counts.failures + counts.exceptions;
    total.passed += counts.passed + bodies.saturating_sub(results);
    total.warnings += counts.warnings;
    total.failures += counts.failures;
    total.exceptions += counts.exceptions;
    Ok(())
}

fn verify(typed: &Arguments) -> Result<bool, String> {
    let mut given = given(typed);
    if given.policies.is_empty() {
        return Err("no policies found".to_owned());
    }
    if typed.namespaces.is_empty() {
        given.namespaces.clear();
    }
    let suite = Suite::new(&given);
    if !typed.every {
        problems(&given, &suite.problems)?;
    } else if let Err(message) = problems(&given, &suite.problems) {
        println!("{message}");
    }
    let (runs, coverage) = suite.run(|_| true, Vec::new());
    let mut by_area: BTreeMap<String, [usize; 4]> = BTreeMap::new();
    for run in &runs {
        let test = &suite.tests[run.test];
        let path = &given.policies[test.policy].path;
        let outcome = match &run.outcome {
            Outcome::Pass => 0,
            Outcome::Fail => 1,
            Outcome::Error(_) => 2,
            Outcome::Skipped => 3,
        };
        let area =
            path.split_once("checks/").map_or("lib", |(_, rest)| rest.split('/').next().unwrap_or_default());
        by_area.entry(area.to_owned()).or_default()[outcome] += 1;
        by_area.entry("all".to_owned()).or_default()[outcome] += 1;
        let message = match &run.outcome {
            Outcome::Pass | Outcome::Skipped => continue,
            Outcome::Fail => "false",
            Outcome::Error(message) => message,
        };
        println!(
            "FAIL - {path}:{} - data.{}.{}: {}",
            test.line,
            test.package,
            test.name,
            message.replace('\n', " ")
        );
    }
    if typed.every {
        let ran: usize = coverage.iter().map(|of| of.ran.len()).sum();
        let not: usize = coverage.iter().map(|of| of.not.len()).sum();
        println!("coverage: {ran} of {} lines", ran + not);
        for (area, [pass, fail, error, skipped]) in &by_area {
            println!("{area}: {pass} of {} pass, {fail} fail, {error} errors", pass + fail + error + skipped);
        }
    }
    let [passed, failed, errors, skipped] = by_area.get("all").copied().unwrap_or_default();
    let tests = passed + failed + errors + skipped;
    let plural = |count: usize| if count == 1 { "" } else { "s" };
    println!(
        "\n{tests} test{}, {passed} passed, 0 warnings, {} failure{}, 0 exceptions, {skipped} skipped",
        plural(tests),
        failed + errors,
        plural(failed + errors),
    );
    Ok(failed + errors == 0)
}
