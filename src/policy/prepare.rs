//! Texts of policies, read and merged with their data, so that they can be compiled for rules or for tests.
//!
//! Owns what both have in common, and which dialect a file is read as. Must not know what is asked.

use rustc_hash::FxHashMap;

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
    /// Whether rules of conftest that do not say what they are about are asked about all documents at once.
    pub combine: bool,
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

/// What policies are compiled for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// To be asked about inputs; tests are left out.
    Rules,
    /// To be tested.
    Tests,
}

/// Policies that were read.
pub struct Prepared<'g> {
    given: &'g Given,
    purpose: Purpose,
    /// What could be read.
    pub modules: Vec<Module>,
    /// For each of them the index of its text.
    pub indices: Vec<usize>,
    pub data: Value,
    pub problems: Vec<PolicyError>,
    functions: Vec<Function>,
    /// Indices of modules.
    by_package: FxHashMap<Vec<String>, Vec<usize>>,
}

impl<'g> Prepared<'g> {
    /// Reads everything that is given. Problems of data count on behind the policies.
    pub fn new(given: &'g Given, purpose: Purpose) -> Self {
        let (mut modules, mut indices) = (Vec::new(), Vec::new());
        let mut problems = Vec::new();
        for (index, policy) in given.policies.iter().enumerate() {
            let imported = trivy::with_imports(&policy.text);
            match Module::read(&policy.path, imported.as_deref().unwrap_or(&policy.text)) {
                Ok(module) => {
                    problems.extend(conditional_objects(index, &module, &policy.text));
                    modules.push(module);
                    indices.push(index);
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
        functions.extend(trivy::functions(purpose));
        let by_package = FxHashMap::default();
        let mut new = Self { given, purpose, modules, indices, data, problems, functions, by_package };
        new.index();
        new
    }

    /// The text of a policy.
    pub fn text(&self, policy: usize) -> &'g str {
        self.given.policies.get(policy).map_or("", |text| text.text.as_str())
    }

    /// Compiles modules. `rules` says which paths are asked of those that are left: what does not compile is left out.
    pub fn compile(&mut self, rules: impl Fn(&[Module]) -> Vec<String>) -> Option<(Program, Vec<String>)> {
        if self.purpose == Purpose::Rules {
            let broken: Vec<usize> = self
                .modules
                .iter()
                .enumerate()
                .filter(|(_, module)| is_test(&module.name))
                .map(|(at, _)| at)
                .collect();
            self.leave_out(&broken);
        }
        self.modules.extend(trivy::runtime(self.purpose));
        for _ in 0..ROUNDS {
            let rules = rules(&self.modules);
            let mut errors = self.refused();
            if errors.is_empty() {
                let policies: Vec<Policy> = self.modules.iter().map(Module::policy).collect();
                let data = self.data.clone();
                let limits = match self.purpose {
                    Purpose::Rules => self.given.limits,
                    // Somebody waits for a test and can end it.
                    Purpose::Tests => {
                        Limits { time: self.given.limits.time.saturating_mul(30), ..self.given.limits }
                    }
                };
                errors = match Program::with_functions(&policies, data, &self.functions, &rules, limits) {
                    Ok(program) => return Some((program, rules)),
                    Err(errors) => errors,
                };
            }
            let mut broken: Vec<usize> = Vec::new();
            for error in errors {
                broken.extend(Some(error.policy).filter(|_| error.line > 0));
                let policy = self.indices.get(error.policy).copied().unwrap_or_default();
                self.problems.push(PolicyError { policy, ..error });
            }
            if broken.is_empty() {
                // Nobody knows which one to leave out.
                return None;
            }
            self.leave_out(&broken);
        }
        None
    }

    /// What OPA would refuse, but for functions that are known here.
    fn refused(&self) -> Vec<PolicyError> {
        let mut errors = crate::rego::check(&self.modules);
        let is_known = |error: &PolicyError| {
            let is_about = |function: &Function| {
                let name = function.name;
                error.message == format!("there is no function `{name}`")
                    || error.message.starts_with(&format!("`{name}` is refused"))
            };
            self.functions.iter().any(is_about)
        };
        errors.retain(|error| !is_known(error));
        errors
    }

    fn leave_out(&mut self, broken: &[usize]) {
        let mut at = 0;
        self.modules.retain(|_| {
            at += 1;
            !broken.contains(&(at - 1))
        });
        let mut at = 0;
        self.indices.retain(|_| {
            at += 1;
            !broken.contains(&(at - 1))
        });
        self.index();
    }

    fn index(&mut self) {
        self.by_package.clear();
        for (at, module) in self.modules.iter().enumerate() {
            self.by_package.entry(module.package.clone()).or_default().push(at);
        }
    }

    /// The modules that people gave, with the indices of their texts.
    pub fn given(&self) -> impl Iterator<Item = (usize, &Module)> {
        self.indices.iter().copied().zip(&self.modules)
    }

    /// What a file is read as.
    pub fn reading(&self, policy: usize) -> Reading {
        // Both stand in the order in which they were given.
        let at = self.indices.binary_search(&policy);
        let Some(module) = at.ok().and_then(|at| self.modules.get(at)) else { return Reading::Broken };
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
        let above = (0..=package.len()).filter_map(|length| self.by_package.get(package.get(..length)?));
        let modules = above.flatten().filter_map(|at| self.modules.get(*at));
        Header::of(modules, package, rule)
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
