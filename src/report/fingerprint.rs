//! Identity of a finding across commits: stays the same when lines move, and holds no line, no secret and no hash
//! of one.

use rustc_hash::FxHashMap;

use crate::engine::{Outcome, RuleSet};
use crate::finding::Finding;
use crate::source::SourceMap;

/// The fingerprints of an outcome's findings, in their order.
pub(super) fn fingerprints(outcome: &Outcome) -> Vec<String> {
    fingerprints_of(&outcome.world.map, &outcome.rules, &outcome.findings)
}

/// One fingerprint a finding, in their order: the rule, the file, the object and the field; findings that share
/// all of them are numbered. Findings outside any object are told apart by their message.
pub fn fingerprints_of(map: &SourceMap, rules: &RuleSet, findings: &[Finding]) -> Vec<String> {
    let mut seen: FxHashMap<u64, u32> = FxHashMap::default();
    let number = |finding: &Finding| {
        let identity = identity(map, rules, finding);
        let count = seen.entry(identity).or_default();
        *count += 1;
        format!("{identity:016x}:{count}")
    };
    findings.iter().map(number).collect()
}

fn identity(map: &SourceMap, rules: &RuleSet, finding: &Finding) -> u64 {
    let rule = &rules.get(finding.rule).rule;
    let path = map.source(finding.primary.source).path();
    let object = finding.object.as_ref().map(ToString::to_string).unwrap_or_default();
    let field = finding.path.as_deref().unwrap_or(&finding.message);
    let mut hash = 0xcbf2_9ce4_8422_2325;
    for part in [&*rule.name, path.as_str(), &object, field] {
        hash = fnv(hash, part.as_bytes());
        // No text has this byte, so "ab", "c" and "a", "bc" differ.
        hash = fnv(hash, &[0xff]);
    }
    hash
}

/// FNV-1a with 64 bits (RFC 9923): the same on every machine and in every version, which std's hasher is not.
fn fnv(hash: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(hash, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
