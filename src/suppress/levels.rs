//! Levels and rules that the configuration sets for some paths.

use std::collections::BTreeSet;

use camino::Utf8Path;
use rustc_hash::FxHashMap;

use crate::config::{Settings, Tier};
use crate::engine::{RuleSet, World};
use crate::finding::{Finding, Level};
use crate::graph::Environment;
use crate::source::SourceId;

/// Leaves out findings of rules that do not run where the finding is, and gives the others the level they have
/// there. A rule that lowered or raised its level by what it saw keeps the distance. To be called once, on what the
/// engine found.
// The place decides, not the file of the object: a rule that is off for `legacy/` is off for a line of a patch in
// `legacy/`, whatever overlay the patch ends up in. So this cannot happen before a rule has run.
pub fn relevel(
    world: &World,
    rules: &RuleSet,
    settings: &Settings,
    mut findings: Vec<Finding>,
) -> Vec<Finding> {
    by_tier(world, rules, settings, &mut findings);
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

/// What is applied to production is a step worse, what is applied to nothing but development a step less: of rules that
/// say so, and where the configuration does not say a level itself.
fn by_tier(world: &World, rules: &RuleSet, settings: &Settings, findings: &mut [Finding]) {
    let mut tiers: FxHashMap<&Utf8Path, BTreeSet<Option<Tier>>> = FxHashMap::default();
    let environments = world.rendering.units.iter().zip(&world.graph.unit_environments);
    for (unit, environment) in environments {
        tiers.entry(&unit.directory).or_default().insert(tier(environment.as_ref()));
    }
    for finding in findings {
        let path = world.map.source(finding.primary.source).path();
        if !rules.get(finding.rule).rule.by_tier || settings.is_level_set(path, finding.rule) {
            continue;
        }
        let mut here: BTreeSet<Option<Tier>> =
            finding.units.iter().filter_map(|unit| tiers.get(unit.as_path())).flatten().copied().collect();
        if here.is_empty() {
            here.insert(tier(world.graph.environments.of_values_file(path).as_ref()));
        }
        let (level, why) = if here.contains(&Some(Tier::Production)) {
            (finding.level.raised(), "production runs it")
        } else if here.iter().all(|tier| *tier == Some(Tier::Dev)) {
            (finding.level.lowered(), "only development runs it")
        } else {
            continue;
        };
        if level != finding.level {
            finding.why = format!("{}; {} because {why}", finding.why, with_article(level)).into();
            finding.level = level;
        }
    }
}

fn tier(environment: Option<&Environment>) -> Option<Tier> {
    environment.filter(|environment| environment.evidence.is_strong())?.tier
}

fn with_article(level: Level) -> &'static str {
    match level {
        Level::Error => "an error",
        Level::Warning => "a warning",
        Level::Note => "a note",
    }
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
