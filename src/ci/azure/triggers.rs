//! What starts a pipeline of Azure, and which branches a stage or a job is limited to.

use crate::yaml::Cursor;

use super::super::read::{part, texts};
use super::super::{Text, Trigger};
use super::is_none;

/// `trigger`, `pr` and `schedules` of a pipeline. Without a `trigger`, every push starts it.
pub(super) fn of_pipeline(root: Cursor<'_>) -> Vec<Trigger> {
    let is_pipeline =
        ["trigger", "pr", "stages", "jobs", "steps", "extends"].iter().any(|key| root.get(key).is_some());
    // The parameters of a template are filled in by what includes it, which knows when it runs.
    if !is_pipeline || (root.get("parameters").is_some() && root.get("trigger").is_none()) {
        return Vec::new();
    }
    let mut triggers = Vec::new();
    let (trigger, pr) = (root.get("trigger"), root.get("pr"));
    if !is_none(trigger) {
        triggers.push(event("push", trigger));
    }
    if pr.is_some() && !is_none(pr) {
        triggers.push(event("pull_request", pr));
    }
    if root.get("schedules").is_some() {
        triggers.push(Trigger::of("schedule"));
    }
    if root.path(&["resources", "pipelines"]).is_some() {
        triggers.push(Trigger::of("workflow_run"));
    }
    if triggers.is_empty() {
        triggers.push(Trigger::of("manual"));
    }
    triggers
}

/// `[main]`, or `{branches: {include: [main]}, paths: …}`, or `{branches: [main]}`.
fn event(name: &str, value: Option<Cursor<'_>>) -> Trigger {
    let field = |name: &str| value.and_then(|value| value.get(name));
    let list = |value: Option<Cursor<'_>>| texts(value.map(|value| value.get("include").unwrap_or(value)));
    let branches = if value.is_some_and(|value| value.is_map()) { field("branches") } else { value };
    Trigger { branches: list(branches), paths: list(field("paths")), ..Trigger::of(name) }
}

/// The triggers that are left by a `condition`: `eq(variables['Build.SourceBranch'], 'refs/heads/main')`.
pub(super) fn limited(value: Cursor<'_>, triggers: &[Trigger]) -> Vec<Trigger> {
    const BRANCH: &str = "refs/heads/";
    let condition = value.get("condition").and_then(|condition| Some((condition, condition.text()?)));
    let Some((condition, text)) =
        condition.filter(|(_, text)| !text.contains("ne(") && !text.contains("not("))
    else {
        return triggers.to_vec();
    };
    let mut branches: Vec<Text> = Vec::new();
    for (at, _) in text.match_indices(BRANCH) {
        let start = at + BRANCH.len();
        let rest = text.get(start..).unwrap_or_default();
        let end = start + rest.find(['\'', ')', ',']).unwrap_or(rest.len());
        branches.push(part(condition, &text, start..end));
    }
    if branches.is_empty() {
        return triggers.to_vec();
    }
    triggers.iter().map(|trigger| Trigger { branches: branches.clone(), ..trigger.clone() }).collect()
}
