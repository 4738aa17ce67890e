//! Tests of policies: rules called `test_…`, as `opa test` and `conftest verify` run them.
//!
//! Owns results, what was printed, and which lines ran. Must not know how they are shown.

use rayon::prelude::*;

use crate::rego::{Lines, Machine, Module, PolicyError, Program, Value};

use super::conftest;
use super::prepare::{Given, Prepared, Purpose, is_test};

/// Tests, compiled.
pub struct Suite {
    /// The tests, by policy and line.
    pub tests: Vec<Test>,
    /// What is wrong with policies.
    pub problems: Vec<PolicyError>,
    program: Option<Program>,
    policies: Vec<Covered>,
}

/// A policy of which it counts how much ran.
struct Covered {
    name: String,
    /// Lines of the heads of its rules.
    heads: Vec<u32>,
    /// The path of a rule that can be asked, and its entry in the program.
    rule: Option<String>,
    entry: Option<usize>,
}

/// A test.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Test {
    /// Its package.
    pub package: String,
    /// Its rule.
    pub name: String,
    /// The policy it is in, an index into those that were given.
    pub policy: usize,
    /// The line of its first head, from 1.
    pub line: u32,
    entry: Option<usize>,
}

/// What became of a test.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// It is true.
    Pass,
    /// It is undefined, or anything but true.
    Fail,
    /// It has no answer.
    Error(String),
    /// It is called `todo_test_…`.
    Skipped,
}

/// A test that ran.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TestRun {
    /// Which, an index into the tests.
    pub test: usize,
    /// What became of it.
    pub outcome: Outcome,
    /// What it printed, `file:line: text`.
    pub prints: Vec<String>,
}

/// What tests ran of a policy.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Coverage {
    /// The path of the policy.
    pub policy: String,
    /// Lines that ran.
    pub ran: Vec<u32>,
    /// Lines that did not.
    pub not: Vec<u32>,
    /// The heads of rules of which no line ran.
    pub unused: Vec<u32>,
}

impl Suite {
    /// Reads and compiles policies with their tests, those of chosen packages.
    pub fn new(given: &Given) -> Self {
        let mut prepared = Prepared::new(given, Purpose::Tests);
        let chosen = |package: &[String]| conftest::is_chosen(&package.join("."), &given.namespaces);
        let is_named = |name: &str| name.starts_with("test_") || name.starts_with("todo_test_");
        let mut tests: Vec<Test> = Vec::new();
        let mut known = rustc_hash::FxHashSet::default();
        for (policy, module) in prepared.given().filter(|(_, module)| chosen(&module.package)) {
            for head in module.heads.iter().filter(|head| head.arity == 0 && is_named(&head.name)) {
                let package = module.package.join(".");
                if known.insert((package.clone(), head.name.clone())) {
                    let (name, line) = (head.name.clone(), head.line);
                    tests.push(Test { package, name, policy, line, entry: None });
                }
            }
        }
        let lines = |module: &Module| module.heads.iter().map(|head| head.line).collect();
        let rule = |module: &Module| {
            let head = module.heads.iter().find(|head| head.arity == 0 && !head.is_default)?;
            Some(module.path(&head.name))
        };
        let policies = prepared.given().filter(|(_, module)| !is_test(&module.name)).map(|(_, module)| {
            Covered { name: module.name.clone(), heads: lines(module), rule: rule(module), entry: None }
        });
        let mut policies: Vec<Covered> = policies.collect();
        let paths = |modules: &[Module]| {
            let name = |test: &Test| given.policies.get(test.policy).map(|policy| &policy.path);
            let known: rustc_hash::FxHashSet<&String> = modules.iter().map(|module| &module.name).collect();
            let is_known = |test: &&Test| name(test).is_some_and(|name| known.contains(name));
            let runs = tests.iter().filter(is_known).filter(|test| test.name.starts_with("test_"));
            let runs = runs.map(|test| format!("data.{}.{}", test.package, test.name));
            let is_left = |policy: &&Covered| known.contains(&policy.name);
            let rules = policies.iter().filter(is_left).filter_map(|policy| policy.rule.clone());
            let mut paths: Vec<String> = runs.chain(rules).collect();
            paths.sort_unstable();
            paths.dedup();
            paths
        };
        let compiled = prepared.compile(paths);
        let (program, paths) = compiled.map_or((None, Vec::new()), |(program, paths)| (Some(program), paths));
        let entries: rustc_hash::FxHashMap<&str, usize> =
            paths.iter().enumerate().map(|(entry, path)| (path.as_str(), entry)).collect();
        for test in &mut tests {
            test.entry = entries.get(format!("data.{}.{}", test.package, test.name).as_str()).copied();
        }
        for policy in &mut policies {
            policy.entry = policy.rule.as_deref().and_then(|rule| entries.get(rule)).copied();
        }
        Self { tests, problems: prepared.problems, program, policies }
    }

    /// Runs the tests that are wanted, on all cores; in their order, with what they and others (`lines`) ran of policies
    /// that are no tests.
    pub fn run(
        &self,
        wanted: impl Fn(&Test) -> bool,
        mut lines: Vec<Lines>,
    ) -> (Vec<TestRun>, Vec<Coverage>) {
        let wanted: Vec<usize> =
            self.tests.iter().enumerate().filter(|(_, test)| wanted(test)).map(|(index, _)| index).collect();
        let size = wanted.len().div_ceil(rayon::current_num_threads().max(1)).max(1);
        let parts: Vec<(Vec<TestRun>, Vec<Lines>)> =
            wanted.par_chunks(size).map(|part| self.part(part)).collect();
        let mut runs = Vec::new();
        for (part, of_part) in parts {
            runs.extend(part);
            lines.extend(of_part);
        }
        lines.extend(self.unreached(&lines));
        (runs, self.coverage(&lines))
    }

    /// The lines of policies that nothing came by: an interpreter knows those of what it looked at alone.
    fn unreached(&self, lines: &[Lines]) -> Vec<Lines> {
        let is_reached = |policy: &&Covered| lines.iter().any(|lines| lines.policy == policy.name);
        let unreached: Vec<&Covered> = self.policies.iter().filter(|policy| !is_reached(policy)).collect();
        let mut known: Vec<Lines> = Vec::new();
        if let Some(program) = self.program.as_ref().filter(|_| !unreached.is_empty()) {
            let mut machine = program.watched();
            machine.set_input(Value::new_object());
            for entry in unreached.iter().filter_map(|policy| policy.entry) {
                // The answer means nothing.
                let _ = machine.ask(entry);
            }
            known = machine.lines();
        }
        let none_ran = |policy: &&Covered| {
            let mut of_policy = known.iter().filter(|lines| lines.policy == policy.name).peekable();
            let not = match of_policy.peek() {
                Some(_) => of_policy.flat_map(|lines| lines.ran.iter().chain(&lines.not)).copied().collect(),
                // Functions cannot be asked.
                None => policy.heads.clone(),
            };
            Lines { policy: policy.name.clone(), ran: Vec::new(), not }
        };
        unreached.iter().map(none_ran).collect()
    }

    fn part(&self, tests: &[usize]) -> (Vec<TestRun>, Vec<Lines>) {
        let mut machine = self.program.as_ref().map(Program::watched);
        let run = |index: &usize| {
            let test = self.tests.get(*index)?;
            let (outcome, prints) = outcome(test, machine.as_mut());
            Some(TestRun { test: *index, outcome, prints })
        };
        let runs = tests.iter().filter_map(run).collect();
        (runs, machine.as_mut().map(Machine::lines).unwrap_or_default())
    }

    fn coverage(&self, lines: &[Lines]) -> Vec<Coverage> {
        let of_policy = |Covered { name: policy, heads, .. }: &Covered| {
            let reports = || lines.iter().filter(|lines| lines.policy == *policy);
            let gathered = |lines: Vec<u32>| lines.into_iter().collect::<std::collections::BTreeSet<u32>>();
            let ran = gathered(reports().flat_map(|lines| lines.ran.iter().copied()).collect());
            let all = gathered(reports().flat_map(|lines| lines.not.iter().copied()).collect());
            let not: Vec<u32> = all.difference(&ran).copied().collect();
            let bodies = heads.iter().zip(heads.iter().skip(1).chain([&u32::MAX]));
            let is_unused = |(head, next): &(&u32, &u32)| {
                let mut not = not.iter().filter(|line| (**head..**next).contains(line));
                not.next().is_some() && ran.range(**head..(**next).max(**head)).next().is_none()
            };
            let unused = bodies.filter(is_unused).map(|(head, _)| *head).collect();
            Coverage { policy: policy.clone(), ran: ran.into_iter().collect(), not, unused }
        };
        self.policies.iter().map(of_policy).collect()
    }
}

fn outcome(test: &Test, machine: Option<&mut Machine<'_>>) -> (Outcome, Vec<String>) {
    if test.name.starts_with("todo_") {
        return (Outcome::Skipped, Vec::new());
    }
    let (Some(entry), Some(machine)) = (test.entry, machine) else {
        return (Outcome::Error("the policies do not compile".to_owned()), Vec::new());
    };
    let answer = machine.ask(entry);
    let outcome = match answer {
        Ok(Some(Value::Bool(true))) => Outcome::Pass,
        // A test with cases is an object of them.
        Ok(Some(Value::Object(cases)))
            if !cases.is_empty() && cases.values().all(|case| *case == true.into()) =>
        {
            Outcome::Pass
        }
        Ok(_) => Outcome::Fail,
        Err(stop) => Outcome::Error(stop.text().to_owned()),
    };
    (outcome, machine.prints())
}
