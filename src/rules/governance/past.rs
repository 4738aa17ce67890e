//! What rules about the history of the branch share: which commits count, and where a finding stands.
//!
//! Must not report anything.

use crate::engine::{At, World};
use crate::finding::ObjectName;
use crate::host::{Commit, History, HistoryEnd};

/// How many commits are looked at.
pub(super) const COMMITS: usize = 50;

/// The newest commits that change configuration. `None` when the clone is cut off before there are enough: a few commits
/// of many prove nothing.
pub(super) fn commits(history: &History) -> Option<Vec<&Commit>> {
    let counted: Vec<&Commit> =
        history.commits.iter().filter(|commit| changes_configuration(commit)).take(COMMITS).collect();
    let is_enough = counted.len() == COMMITS || history.end != HistoryEnd::Cut;
    (is_enough && !counted.is_empty()).then_some(counted)
}

fn changes_configuration(commit: &Commit) -> bool {
    commit.changed.iter().any(|path| {
        let is_pipeline = path.starts_with(".github") || path.starts_with(".gitlab");
        matches!(path.extension(), Some("yaml" | "yml" | "json" | "tpl")) && !is_pipeline
    })
}

/// The first owner that deploys from here: findings about the whole repository stand at its name.
pub(super) fn place(world: &World) -> Option<(At, ObjectName)> {
    let owner = world.graph().owners().find(|owner| owner.owner.parent.is_none())?;
    let at = owner.object.root.path(&["metadata", "name"]).unwrap_or(owner.object.root);
    Some((At::value(at), owner.object.object_name()))
}

/// What people recognise a commit by.
pub(super) fn short(commit: &Commit) -> &str {
    commit.id.get(..12).unwrap_or(&commit.id)
}
