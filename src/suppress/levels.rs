//! Levels and rules that the configuration sets for some paths.

use rustc_hash::FxHashMap;

use crate::config::Settings;
use crate::engine::{RuleSet, World};
use crate::finding::{Finding, Level};
use crate::source::SourceId;

/// Leaves out findings of rules that do not run where the finding is, and gives the others the level they have
/// there. A rule that lowered or raised its level by what it saw keeps the distance. To be called once, on what the
/// engine found.
// The place decides, not the file of the object: a rule that is off for `legacy/` is off for a line of a patch in
// `legacy/`, whatever overlay the patch ends up in. So this cannot happen before a rule has run.
pub fn relevel(world: &World, rules: &RuleSet, settings: &Settings, findings: Vec<Finding>) -> Vec<Finding> {
    if !settings.has_overrides() {
        return findings;
    }
    let mut levels: FxHashMap<SourceId, Vec<Option<Level>>> = FxHashMap::default();
    let level = |mut finding: Finding| {
        let source = finding.primary.source;
        let here =
            levels.entry(source).or_insert_with(|| settings.levels_on(world.map.source(source).path()));
        let here = here.get(usize::from(finding.rule.0)).copied().flatten()?;
        finding.level = moved(here, rules.get(finding.rule).level, finding.level);
        Some(finding)
    };
    findings.into_iter().filter_map(level).collect()
}

/// `here`, as many steps up or down as `found` is from `usual`.
fn moved(here: Level, usual: Level, found: Level) -> Level {
    let mut level = here;
    let mut from = usual;
    while from != found {
        let up = found > from;
        level = if up { level.raised() } else { level.lowered() };
        from = if up { from.raised() } else { from.lowered() };
    }
    level
}

#[cfg(test)]
mod tests {
    use super::moved;
    use crate::finding::Level::{Error, Note, Warning};

    #[test]
    fn the_distance_to_the_usual_level_is_kept() {
        assert_eq!(moved(Error, Warning, Warning), Error);
        assert_eq!(moved(Error, Warning, Note), Warning);
        assert_eq!(moved(Note, Warning, Error), Warning);
        assert_eq!(moved(Note, Error, Note), Note);
    }
}
