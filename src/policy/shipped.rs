//! Policies that are part of the program: declared by their headers alone, compiled when one of them is asked.
//!
//! Owns when which of it happens, once in a run. Must not know which policies these are.

use std::borrow::Cow;
use std::fmt;
use std::sync::OnceLock;

use crate::finding::{Level, Rule};
use crate::rego::{Limits, Module, Program};

use super::header::Header;
use super::{Given, Loaded, PolicyRule, Target, Text, load};

/// Policies that are shipped together, each with one rule.
pub struct Shipped {
    sources: &'static [(&'static str, &'static str)],
    declared: OnceLock<Vec<Declared>>,
    loaded: OnceLock<Loaded>,
}

/// What the header of a policy says.
pub struct Declared {
    /// How the rule is listed, selected, explained and reported.
    pub rule: Rule,
    /// What it is asked about.
    pub target: Target,
    /// The file, relative to the crate.
    pub file: &'static str,
    /// Whether it looks at `data.repo`.
    pub wants_facts: bool,
    /// The policy, an index into the sources.
    policy: usize,
}

impl Shipped {
    /// Policies by path and text.
    pub const fn new(sources: &'static [(&'static str, &'static str)]) -> Self {
        Self { sources, declared: OnceLock::new(), loaded: OnceLock::new() }
    }

    /// The rules. Only the headers are read for it.
    pub fn rules(&'static self) -> impl Iterator<Item = ShippedRule> {
        let all = self.declared.get_or_init(|| {
            let sources = self.sources.iter().enumerate();
            sources.filter_map(|(policy, (file, text))| declared(policy, file, text)).collect()
        });
        all.iter().map(move |declared| ShippedRule { of: self, declared })
    }

    /// All of them, compiled together.
    fn loaded(&self) -> &Loaded {
        self.loaded.get_or_init(|| {
            let text = |(path, text): &(&str, &str)| Text { path: (*path).into(), text: (*text).into() };
            let policies = self.sources.iter().map(text).collect();
            let mut loaded = load(&Given { policies, limits: Limits::default(), ..Given::default() });
            loaded.rules.sort_by_key(|rule| rule.policy);
            loaded
        })
    }

    /// What is wrong with them, for the test that says that nothing is: path, line, message.
    pub fn problems(&self) -> Vec<(&'static str, u32, String)> {
        let path = |policy: usize| self.sources.get(policy).map_or("", |(path, _)| path);
        let problems = self.loaded().problems.iter();
        problems.map(|problem| (path(problem.policy), problem.line, problem.message.clone())).collect()
    }
}

/// Reads what stands above the rules.
fn declared(policy: usize, file: &'static str, text: &str) -> Option<Declared> {
    let end = text.find("\npackage ").and_then(|at| Some(at + 1 + text.get(at + 1..)?.find('\n')?));
    let module = Module::read(file, text.get(..end?)?).ok()?;
    let header = Header::of(std::iter::once(&module), &module.package, "");
    let mut rule = header.rule(&module.package, "", Level::Error, "");
    // Which rules are policies is a question of who brings them.
    let tags = rule.tags.iter().filter(|tag| *tag != "policy");
    rule.tags = tags.cloned().collect::<Vec<Cow<'static, str>>>().into();
    let wants_facts = text.contains("data.repo");
    Some(Declared { rule, target: header.target().ok()??, file, wants_facts, policy })
}

/// One of them.
#[derive(Clone, Copy)]
pub struct ShippedRule {
    of: &'static Shipped,
    /// What its header says.
    pub declared: &'static Declared,
}

impl ShippedRule {
    /// The rule as it is asked, with its program. The first to call it waits for the compiler.
    pub fn ready(self) -> Option<(&'static PolicyRule, &'static Program)> {
        let loaded = self.of.loaded();
        let at = loaded.rules.binary_search_by_key(&self.declared.policy, |rule| rule.policy).ok()?;
        let rule = loaded.rules.get(at)?;
        Some((rule, loaded.programs.get(rule.program)?))
    }
}

impl fmt::Debug for ShippedRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.declared.rule.name)
    }
}
