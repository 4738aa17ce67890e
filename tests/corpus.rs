//! Runs every rule on its corpus: `tests/corpus/<rule>/<good|bad>-<case>/` is a small repository, and
//! `# expect: <rule>` or `# expect: <rule>=<level>` stands at the end of every line on which a finding starts.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::path::Path;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use support::generated::files;

fn main() -> ExitCode {
    let corpus = support::generated::root().join("tests/corpus");
    let cases = files(&corpus).into_iter().flat_map(|rule| files(&rule));
    let trials = cases.map(|case| Trial::test(name(&case), move || check(&case))).collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// `rule/case`
fn name(case: &Path) -> String {
    let names: Vec<_> =
        case.components().rev().take(2).map(|part| part.as_os_str().to_string_lossy()).collect();
    format!("{}/{}", names[1], names[0])
}

fn check(case: &Path) -> Result<(), Failed> {
    let name = name(case);
    let (rule_name, case_name) = name.split_once('/').ok_or("a case lies in the directory of its rule")?;
    let rule = support::rule(rule_name).ok_or_else(|| format!("there is no rule `{rule_name}`"))?;
    let mut files = support::read_directory(case);
    let sides = support::is_about_changes(rule).then(|| files.clone());
    files = support::subject(&files, rule);
    let expected = support::take_expectations(&mut files, rule_name);
    match case_name.split_once('-').map(|(verdict, _)| verdict) {
        Some("good") if expected.is_empty() => {}
        Some("bad") if !expected.is_empty() => {}
        Some("good") => return Err("a good case expects no finding".into()),
        Some("bad") => return Err("a bad case expects a finding".into()),
        _ => return Err("a case is named `good-…` or `bad-…`".into()),
    }

    let (world, findings) = support::find(sides.as_ref().unwrap_or(&files), rule);
    let problems = support::yaml_problems(&world);
    // Only rules about YAML itself have cases that are no YAML, and cases that leave something to such a rule.
    if !support::is_about_yaml(rule) && !case_name.contains("yaml") && !problems.is_empty() {
        return Err(problems.join("\n").into());
    }
    let findings = findings?;
    if !support::matches(&world, &findings, &expected) {
        let describe = |expected: &support::Expected| {
            let level = expected.level.as_deref().unwrap_or("any level");
            format!("  {}: {level}\n", expected.place)
        };
        let expected: String = expected.iter().map(describe).collect();
        let found = support::describe(&world, &findings);
        return Err(format!("expected\n{expected}found\n{found}").into());
    }
    Ok(())
}
