//! All rules that plimsoll brings, those in Rust and those in Rego, as one list.

use std::sync::LazyLock;

use crate::engine::{ActiveRule, Check, PolicyId};
use crate::finding::{Rule, RuleRef};

use super::{NATIVE, REGO};

/// A rule that plimsoll brings.
#[derive(Debug)]
pub struct BuiltIn {
    /// What is known about it.
    pub rule: &'static Rule,
    /// How it checks when it is written in Rust; empty for rules whose findings are made outside the engine.
    pub checks: &'static [Check],
    /// What is asked when it is written in Rego.
    pub policy: Option<PolicyId>,
    /// The file that declares it, relative to the crate.
    pub file: &'static str,
}

impl BuiltIn {
    /// The rule at its own level.
    pub fn active(&self) -> ActiveRule {
        let Self { rule, checks, policy, .. } = *self;
        ActiveRule { rule: RuleRef::Native(rule), checks, policy, level: rule.level }
    }
}

/// The rules, sorted by name.
pub fn all() -> &'static [BuiltIn] {
    static ALL: LazyLock<Vec<BuiltIn>> = LazyLock::new(|| {
        let native = NATIVE.iter().map(|native| BuiltIn {
            rule: &native.rule,
            checks: native.checks,
            policy: None,
            file: native.file,
        });
        let rego = REGO.rules().map(|shipped| BuiltIn {
            rule: &shipped.declared.rule,
            checks: &[],
            policy: Some(PolicyId::Shipped(shipped)),
            file: shipped.declared.file,
        });
        let mut all: Vec<BuiltIn> = native.chain(rego).collect();
        all.sort_by(|a, b| a.rule.name.cmp(&b.rule.name));
        all
    });
    &ALL
}
