//! Policies that are part of the program: declared by their headers alone, each compiled when it is asked.
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
    /// Each by itself: what nobody asks is not compiled.
    loaded: OnceLock<Vec<OnceLock<Loaded>>>,
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
    pub policy: usize,
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

    /// One of them, compiled.
    fn loaded(&self, policy: usize) -> Option<&Loaded> {
        let slots = self.loaded.get_or_init(|| self.sources.iter().map(|_| OnceLock::new()).collect());
        let (path, text) = self.sources.get(policy)?;
        let new = || {
            let policies = vec![Text { path: (*path).into(), text: (*text).into() }];
            load(&Given { policies, limits: Limits::default(), ..Given::default() })
        };
        Some(slots.get(policy)?.get_or_init(new))
    }

    /// What is wrong with them, for the test that says that nothing is: path, line, message.
    pub fn problems(&self) -> Vec<(&'static str, u32, String)> {
        let of = |(policy, (path, _)): (usize, &(&'static str, &str))| {
            let problems = self.loaded(policy).into_iter().flat_map(|loaded| &loaded.problems);
            problems.map(|problem| (*path, problem.line, problem.message.clone())).collect::<Vec<_>>()
        };
        self.sources.iter().enumerate().flat_map(of).collect()
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
        let loaded = self.of.loaded(self.declared.policy)?;
        let rule = loaded.rules.first()?;
        Some((rule, loaded.programs.get(rule.program)?))
    }
}

impl fmt::Debug for ShippedRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.declared.rule.name)
    }
}
