//! Texts of policies, read and merged with their data, so that they can be compiled for rules or for tests.
//!
//! Owns what both have in common, and which dialect a file is read as. Must not know what is asked.

use crate::rego::{Function, Limits, Module, Policy, PolicyError, Program, RuleKind, Value};

use super::header::Header;
use super::{Dialect, conftest, data, trivy};

/// Policies that do not compile are left out one after the other, this often; each may take others along.
const ROUNDS: usize = 16;

/// A file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Text {
    /// Its path, relative to the root.
    pub path: String,
    /// What is in it.
    pub text: String,
}

/// A file of data.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DataText {
    /// Its path, relative to the root.
    pub path: String,
    /// The directories between the path that was named and the file: the data lies below these names.
    pub below: Vec<String>,
    /// YAML or JSON.
    pub text: String,
}

/// What people bring.
#[derive(Clone, Default, Debug)]
pub struct Given {
    /// Policies, tests among them.
    pub policies: Vec<Text>,
    /// Data for them.
    pub data: Vec<DataText>,
    /// What `parse_config_file` may read: the other files beside policies.
    pub files: Vec<Text>,
    /// The packages whose rules are asked: names or globs; all when empty. trivy-checks are asked whatever is chosen.
    pub namespaces: Vec<String>,
    /// What a question may cost.
    pub limits: Limits,
}

/// What a file was read as.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reading {
    /// Rules of a dialect.
    Rules(Dialect),
    /// What others import.
    Library,
    /// Tests.
    Tests,
    /// Rules of a package that nobody chose.
    NotChosen,
    /// Checks of what is not looked at here: `cloud`, `terraform`.
    Elsewhere(String),
    /// It cannot be read.
    Broken,
}

impl Reading {
    /// What `plimsoll policy check` calls it.
    pub fn shown(&self) -> String {
        match self {
            Reading::Rules(Dialect::Conftest) => "conftest".to_owned(),
            Reading::Rules(Dialect::Gatekeeper) => "Gatekeeper".to_owned(),
            Reading::Rules(Dialect::Trivy) => "trivy-checks".to_owned(),
            Reading::Library => "library".to_owned(),
            Reading::Tests => "tests".to_owned(),
            Reading::NotChosen => "not chosen".to_owned(),
            Reading::Elsewhere(what) => format!("not looked at: checks of {what}"),
            Reading::Broken => "broken".to_owned(),
        }
    }
}

/// Policies that were read.
pub struct Prepared<'g> {
    given: &'g Given,
    /// Each with the index of its text.
    pub modules: Vec<(usize, Module)>,
    pub data: Value,
    pub problems: Vec<PolicyError>,
    functions: Vec<Function>,
}

impl<'g> Prepared<'g> {
    /// Reads everything that is given. Problems of data count on behind the policies.
    pub fn new(given: &'g Given) -> Self {
        let mut modules = Vec::new();
        let mut problems = Vec::new();
        for (index, policy) in given.policies.iter().enumerate() {
            let imported = trivy::with_imports(&policy.text);
            match Module::read(&policy.path, imported.as_deref().unwrap_or(&policy.text)) {
                Ok(module) => {
                    problems.extend(conditional_objects(index, &module, &policy.text));
                    modules.push((index, module));
                }
                Err(error) => problems.push(PolicyError { policy: index, ..error }),
            }
        }
        let (data, wrong) = data::merged(&given.data);
        let count = given.policies.len();
        let error = |(index, message)| PolicyError { policy: count + index, line: 0, column: 0, message };
        problems.extend(wrong.into_iter().map(error));
        let calls = |text: &Text| text.text.contains("parse_co");
        let callers: Vec<&str> =
            given.policies.iter().filter(|text| calls(text)).map(|text| text.path.as_str()).collect();
        let mut functions = conftest::functions(&callers, &given.files);
        functions.extend(trivy::functions());
        Self { given, modules, data, problems, functions }
    }

    /// The text of a policy.
    pub fn text(&self, policy: usize) -> &'g str {
        self.given.policies.get(policy).map_or("", |text| text.text.as_str())
    }

    /// Compiles modules. `rules` says which paths are asked of those that are left: what does not compile is left out.
    pub fn compile(
        &mut self,
        mut chosen: impl FnMut(&Module) -> bool,
        rules: impl Fn(&[(usize, Module)]) -> Vec<String>,
    ) -> Option<(Program, Vec<String>)> {
        self.modules.retain(|(_, module)| chosen(module));
        for _ in 0..ROUNDS {
            let rules = rules(&self.modules);
            let runtime = trivy::runtime().map(|module| module.policy());
            let policies: Vec<Policy> =
                self.modules.iter().map(|(_, module)| module.policy()).chain(runtime).collect();
            let (data, limits) = (self.data.clone(), self.given.limits);
            let errors = match Program::with_functions(&policies, data, &self.functions, &rules, limits) {
                Ok(program) => return Some((program, rules)),
                Err(errors) => errors,
            };
            let mut broken: Vec<usize> = Vec::new();
            for error in errors {
                let policy = self.modules.get(error.policy).map(|(index, _)| *index);
                let is_known = error.line > 0;
                self.problems.push(PolicyError { policy: policy.unwrap_or(0), ..error });
                broken.extend(policy.filter(|_| is_known));
            }
            if broken.is_empty() {
                // Nobody knows which one to leave out.
                return None;
            }
            self.modules.retain(|(index, _)| !broken.contains(index));
        }
        None
    }

    /// What a file is read as.
    pub fn reading(&self, policy: usize) -> Reading {
        let Some((_, module)) = self.modules.iter().find(|(index, _)| *index == policy) else {
            return if is_test(&self.given.policies[policy].path) { Reading::Tests } else { Reading::Broken };
        };
        if is_test(&module.name) {
            return Reading::Tests;
        }
        let asked = module.heads.iter().find(|head| conftest::level(&head.name).is_some());
        let Some(asked) = asked else { return Reading::Library };
        let header = self.header(&module.package, &asked.name);
        if header.is_library() {
            return Reading::Library;
        }
        if header.is_trivy() || trivy::is_check(module, self.text(policy)) {
            return match trivy::target(header.selectors().unwrap_or_default()) {
                Ok(_) => Reading::Rules(Dialect::Trivy),
                Err(what) => Reading::Elsewhere(what),
            };
        }
        if !conftest::is_chosen(&module.package.join("."), &self.given.namespaces) {
            return Reading::NotChosen;
        }
        Reading::Rules(Dialect::Conftest)
    }

    /// What is written about a rule.
    pub fn header(&self, package: &[String], rule: &str) -> Header {
        Header::of(self.modules.iter().map(|(_, module)| module), package, rule)
    }
}

/// Whether a file holds tests, by its name.
pub fn is_test(path: &str) -> bool {
    path.ends_with("_test.rego")
}

/// `deny[msg] if { … }`: since OPA 1.0 that makes an object, and conftest refuses it: people mean a set.
fn conditional_objects(policy: usize, module: &Module, text: &str) -> Vec<PolicyError> {
    let is_one = |head: &&crate::rego::Head| {
        let line = text.lines().nth((head.line as usize).saturating_sub(1)).unwrap_or_default();
        let head_text = line.split('{').next().unwrap_or_default();
        let is_conditional = head_text.contains(" if") && !head_text.contains('=');
        !module.is_v0
            && head.kind == RuleKind::Object
            && conftest::level(&head.name).is_some()
            && is_conditional
    };
    let error = |head: &crate::rego::Head| PolicyError {
        policy,
        line: head.line,
        column: head.column,
        // In conftest's words, which people look up.
        message: format!("`{}` is using 'if' keyword without 'contains' keyword: that is no set", head.name),
    };
    module.heads.iter().filter(is_one).map(error).collect()
}
