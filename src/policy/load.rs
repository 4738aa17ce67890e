//! From texts of policies to rules that can be asked.
//!
//! A pure function; must not know where texts come from.

use std::collections::{BTreeMap, BTreeSet};

use crate::rego::{Module, PolicyError, Program};

use super::doubts::doubts as doubts_of;
use super::header::comment_above;
use super::prepare::{Given, Prepared, Purpose, Reading};
use super::{Dialect, Exception, PolicyRule, Target, conftest, trivy};

/// What was made of policies.
#[derive(Default)]
pub struct Loaded {
    /// The rules.
    pub rules: Vec<PolicyRule>,
    /// The programs that they are asked in.
    pub programs: Vec<Program>,
    /// What is wrong. Indices behind the policies are those of data.
    pub problems: Vec<PolicyError>,
    /// What is written in headers and means nothing. The rules are asked.
    pub doubts: Vec<PolicyError>,
    /// The packages that declare rules, chosen or not.
    pub packages: BTreeSet<String>,
    /// What each policy was read as.
    pub readings: Vec<Reading>,
    /// Whether a policy looks at `data.conftest.file`, which the one who asks sets for each input.
    pub wants_file: bool,
}

/// A rule before it is compiled.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Asked {
    package: Vec<String>,
    name: String,
}

impl Loaded {
    /// The first of the chosen names of packages that none has. Where a policy cannot be read nobody knows.
    pub fn unknown_package<'g>(&self, given: &'g Given) -> Option<&'g str> {
        if self.readings.contains(&Reading::Broken) {
            return None;
        }
        let is_known = |pattern: &String| {
            let pattern = std::slice::from_ref(pattern);
            self.packages.iter().any(|package| conftest::is_chosen(package, pattern))
        };
        given.namespaces.iter().find(|pattern| !is_known(pattern)).map(String::as_str)
    }
}

/// Reads policies and compiles them. What is broken is left out and said; the rest is asked.
pub fn load(given: &Given) -> Loaded {
    let mut prepared = Prepared::new(given, Purpose::Rules);
    let readings: Vec<Reading> = (0..given.policies.len()).map(|policy| prepared.reading(policy)).collect();
    let (mut doubts, mut packages) = (Vec::new(), BTreeSet::new());
    for (index, module) in prepared.given() {
        doubts.extend(doubts_of(index, module, prepared.text(index)));
        if let Some(Reading::Rules(Dialect::Conftest) | Reading::NotChosen) = readings.get(index) {
            packages.insert(module.package.join("."));
        }
    }
    // The first policy that declares a rule, and the line.
    let mut asked: BTreeMap<Asked, (usize, u32, Dialect)> = BTreeMap::new();
    for (index, module) in prepared.given() {
        let Some(Reading::Rules(dialect)) = readings.get(index) else { continue };
        for head in module.heads.iter().filter(|head| conftest::level(&head.name).is_some()) {
            let rule = Asked { package: module.package.clone(), name: head.name.clone() };
            asked.entry(rule).or_insert((index, head.line, *dialect));
        }
    }
    let paths = |modules: &[Module]| {
        let wanted = |name: &str, package: &[String]| {
            let rule = Asked { package: package.to_vec(), name: name.to_owned() };
            asked.contains_key(&rule) || matches!(name, "exception" | "__rego_metadata__" | "__rego_input__")
        };
        let of_module = |module: &Module| {
            let heads =
                module.heads.iter().filter(|head| head.arity == 0 && wanted(&head.name, &module.package));
            heads.map(|head| module.path(&head.name)).collect::<Vec<_>>()
        };
        let mut paths: Vec<String> = modules.iter().flat_map(of_module).collect();
        paths.sort_unstable();
        paths.dedup();
        paths
    };
    let compiled = prepared.compile(paths);
    let mut loaded = Loaded {
        rules: Vec::new(),
        programs: Vec::new(),
        problems: Vec::new(),
        doubts,
        packages,
        readings,
        wants_file: given.policies.iter().any(|policy| policy.text.contains("data.conftest")),
    };
    if let Some((program, paths)) = compiled {
        let entry = |package: &[String], name: &str| {
            let path = format!("data.{}.{name}", package.join("."));
            paths.binary_search(&path).ok()
        };
        let mut machine = program.machine();
        // Where the rules stand that have names which people gave them.
        let mut named: BTreeMap<String, (Vec<String>, String)> = BTreeMap::new();
        for (rule, (policy, line, dialect)) in asked {
            let Some(index) = entry(&rule.package, &rule.name) else { continue };
            let mut header = prepared.header(&rule.package, &rule.name);
            let mut old = |name: &str| machine.ask(entry(&rule.package, name)?).ok()?;
            if let Some(metadata) = old("__rego_metadata__") {
                header.add_old(&metadata);
            }
            let input = old("__rego_input__");
            let selectors =
                input.as_ref().and_then(|input| super::answer::field(input, "selector")?.as_array().ok());
            let selectors = header.selectors().or(selectors.map(|selectors| selectors.as_slice()));
            let target = match (header.target(), dialect) {
                (Ok(Some(target)), _) => target,
                (Ok(None), Dialect::Trivy) => match trivy::target(selectors.unwrap_or_default()) {
                    Ok(target) => target,
                    Err(what) => {
                        if let Some(reading) = loaded.readings.get_mut(policy) {
                            *reading = Reading::Elsewhere(what);
                        }
                        continue;
                    }
                },
                (Ok(None), Dialect::Conftest) if given.combine => Target::Combined,
                (Ok(None), _) => Target::Object(Vec::new()),
                (Err(message), _) => {
                    prepared.problems.push(PolicyError { policy, line, column: 1, message });
                    continue;
                }
            };
            let level = conftest::level(&rule.name).unwrap_or(crate::finding::Level::Error);
            let comment =
                if header.is_empty() { comment_above(prepared.text(policy), line) } else { String::new() };
            let exception = entry(&rule.package, "exception").filter(|_| dialect == Dialect::Conftest);
            let declared = header.rule(&rule.package, &rule.name, level, &comment);
            let file = given.policies.get(policy).map(|text| text.path.clone()).unwrap_or_default();
            if dialect == Dialect::Conftest && header.has_name() {
                let here = || (rule.package.clone(), format!("{file}:{line}"));
                let (package, place) = named.entry(declared.name.to_string()).or_insert_with(here);
                // Metadata of a package names all of its rules, which are told apart below.
                if *package != rule.package {
                    let message = format!(
                        "the rule `{}` is declared in {place} as well; give one of them another `name`",
                        declared.name
                    );
                    prepared.problems.push(PolicyError { policy, line, column: 1, message });
                    continue;
                }
            }
            loaded.rules.push(PolicyRule {
                rule: declared,
                dialect,
                target,
                program: 0,
                entry: index,
                exception: exception
                    .map(|entry| Exception { entry, name: conftest::exception_name(&rule.name).to_owned() }),
                policy,
                file,
                line,
            });
        }
        drop(machine);
        loaded.programs.push(program);
    }
    told_apart(&mut loaded.rules);
    loaded.problems = prepared.problems;
    for problem in &loaded.problems {
        if let Some(reading) = loaded.readings.get_mut(problem.policy).filter(|_| problem.line > 0) {
            *reading = Reading::Broken;
        }
    }
    // The policy can be asked all the same.
    loaded.problems.extend(conftest::missing(&given.policies, &given.files));
    loaded
}

/// No two rules have one name: metadata of a package names all of its rules.
fn told_apart(rules: &mut [PolicyRule]) {
    let mut known = rustc_hash::FxHashSet::default();
    for rule in rules {
        let name = rule.rule.name.clone().into_owned();
        let mut number = 1;
        while !known.insert(rule.rule.name.clone()) {
            number += 1;
            rule.rule.name = format!("{name}-{number}").into();
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::finding::Level;
    use crate::policy::{Outcome, Suite, Text};
    use crate::rego::Value;

    fn given(texts: &[(&str, &str)]) -> Given {
        let (policies, files) = texts
            .iter()
            .map(|(path, text)| Text { path: (*path).to_owned(), text: (*text).to_owned() })
            .partition(|text| text.path.ends_with(".rego"));
        Given { policies, files, ..Given::default() }
    }

    const CONFTEST: &str = "package main\n\n# Tags move.\ndeny_tag[msg] { endswith(input.image, \":latest\"); msg := \"m\" }\n\
        warn[{\"msg\": \"w\", \"path\": [\"image\"]}] { input.image }\nexception[names] { input.old; names := [\"tag\"] }\n";

    #[test]
    fn policies_of_all_dialects() {
        let check = "# METADATA\n# title: T\n# custom:\n#   id: X-1\n#   severity: LOW\n#   input:\n#     selector:\n\
            #     - type: kubernetes\npackage user.x\n\ndeny contains r if { r := result.new(\"t\", input.spec) }\n";
        let loaded = load(&given(&[
            ("a.rego", CONFTEST),
            ("b.rego", check),
            ("c.rego", "package lib\nf(x) := x\n"),
            ("d.rego", "package broken\ndeny contains 1 if {\n"),
            ("e.rego", "package e\ndeny[x] if { x := 1 }\n"),
        ]));
        let names: Vec<_> = loaded.rules.iter().map(|rule| (&*rule.rule.name, rule.rule.level)).collect();
        assert!(
            names.contains(&("main-deny-tag", Level::Error))
                && names.contains(&("main-warn", Level::Warning))
        );
        assert!(names.contains(&("x-1", Level::Note)));
        let shown: Vec<String> = loaded.readings.iter().map(Reading::shown).collect();
        assert_eq!(shown, ["conftest", "trivy-checks", "library", "broken", "broken"]);
        let problems: Vec<_> = loaded.problems.iter().map(|problem| (problem.policy, problem.line)).collect();
        assert_eq!(problems, [(3, 3), (4, 2)]);
        let mut machine = loaded.programs[0].machine();
        let mut ask = |name: &str, input: &str| {
            machine.set_input(Value::from_json_str(input).unwrap());
            let rule = loaded.rules.iter().find(|rule| rule.rule.name == name).unwrap();
            let said = rule.ask(&mut machine).unwrap();
            (said.verdicts.len(), said.exceptions)
        };
        assert_eq!(ask("main-deny-tag", r#"{"image": "a:latest"}"#), (1, 0));
        assert_eq!(ask("main-deny-tag", r#"{"image": "a:latest", "old": true}"#), (0, 1));
        assert_eq!(ask("main-warn", r#"{"image": "a:latest", "old": true}"#), (1, 0));
        assert_eq!(ask("x-1", r#"{"spec": {}}"#), (1, 0));
    }

    #[test]
    fn tests_pass_fail_and_wait() {
        let tests = "package main\nimport rego.v1\n\ntest_yes if { deny_tag[\"m\"] with input as {\"image\": \"a:latest\"} }\n\
            test_no if { 1 == 2 }\ntodo_test_later if { true }\n\
            test_file if { parse_config_file(\"./x.toml\").a == 1; parse_config(\"json\", \"[1]\") == [1] }\n";
        let given = given(&[("p/a.rego", CONFTEST), ("p/a_test.rego", tests), ("p/x.toml", "a = 1\n")]);
        let suite = Suite::new(&given);
        assert_eq!(suite.problems, []);
        let (runs, coverage) = suite.run(|_| true, Vec::new());
        let outcomes: Vec<_> =
            runs.iter().map(|run| (suite.tests[run.test].name.as_str(), run.outcome.clone())).collect();
        let expected = [
            ("test_yes", Outcome::Pass),
            ("test_no", Outcome::Fail),
            ("todo_test_later", Outcome::Skipped),
            ("test_file", Outcome::Pass),
        ];
        assert_eq!(outcomes, expected);
        assert_eq!(coverage.len(), 1);
        assert!(coverage[0].ran.contains(&4), "{coverage:?}");
        let (runs, _) = suite.run(|test| test.name == "test_no", Vec::new());
        assert_eq!(runs.len(), 1);
    }
}
