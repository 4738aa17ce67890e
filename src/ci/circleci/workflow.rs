//! Which jobs the workflows of a file start, and when.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::yaml::{Cursor, Entry};

use super::super::Trigger;
use super::super::read::{is, texts};

/// A job in a workflow.
pub(super) struct Usage<'w> {
    /// The job, as it is named there.
    pub name: Cursor<'w>,
    /// What it is given.
    pub options: Option<Cursor<'w>>,
    /// When it starts.
    pub triggers: Vec<Trigger>,
}

/// The jobs of all workflows, by the name of what they start.
pub(super) fn usages<'w>(root: Cursor<'w>) -> FxHashMap<String, Vec<Usage<'w>>> {
    let mut usages: FxHashMap<String, Vec<Usage<'w>>> = FxHashMap::default();
    for Entry { value: workflow, .. } in root.get("workflows").map(|all| all.entries()).unwrap_or_default() {
        let jobs: Vec<(Cursor<'w>, Option<Cursor<'w>>)> =
            workflow.get("jobs").into_iter().flat_map(|jobs| jobs.items()).filter_map(named).collect();
        let approved = approved(&jobs);
        let is_scheduled = workflow.get("triggers").is_some();
        for (name, options) in jobs {
            let Some(text) = name.text().filter(|_| !is(options.and_then(|one| one.get("type")), "approval"))
            else {
                continue;
            };
            let mut triggers = triggers(options, is_scheduled);
            if approved.contains(&called(name, options)) {
                triggers.iter_mut().for_each(|trigger| trigger.event = "manual".to_owned());
            }
            usages.entry(text.into_owned()).or_default().push(Usage { name, options, triggers });
        }
    }
    usages
}

/// `- deploy`, or `- deploy: {requires: […]}`.
fn named(item: Cursor<'_>) -> Option<(Cursor<'_>, Option<Cursor<'_>>)> {
    match item.is_map() {
        true => item.entries().into_iter().next().map(|Entry { key, value }| (key, Some(value))),
        false => Some((item, None)),
    }
}

/// The name under which others require a job.
fn called(name: Cursor<'_>, options: Option<Cursor<'_>>) -> String {
    let own = options.and_then(|options| options.get("name")).and_then(|name| name.text());
    own.or_else(|| name.text()).unwrap_or_default().into_owned()
}

/// The jobs that start after somebody approved, themselves or what they require.
fn approved(jobs: &[(Cursor<'_>, Option<Cursor<'_>>)]) -> FxHashSet<String> {
    let mut required_by: FxHashMap<String, Vec<String>> = FxHashMap::default();
    let mut approved = FxHashSet::default();
    let mut waiting = Vec::new();
    for (name, options) in jobs {
        let own = called(*name, *options);
        for required in texts(options.and_then(|options| options.get("requires"))) {
            required_by.entry(required.text).or_default().push(own.clone());
        }
        if is(options.and_then(|options| options.get("type")), "approval") {
            waiting.push(own);
        }
    }
    while let Some(name) = waiting.pop() {
        if approved.insert(name.clone()) {
            waiting.extend(required_by.remove(&name).unwrap_or_default());
        }
    }
    approved
}

/// `filters: {branches: {only: main}, tags: {only: /v.*/}}`
fn triggers(options: Option<Cursor<'_>>, is_scheduled: bool) -> Vec<Trigger> {
    let filters = options.and_then(|options| options.get("filters"));
    let only = |what: &str| filters.and_then(|filters| filters.path(&[what, "only"]));
    let ignored = filters.and_then(|filters| filters.path(&["branches", "ignore"]));
    let no_branch =
        texts(ignored).iter().any(|pattern| matches!(pattern.text.as_str(), "/.*/" | "/^.*$/" | "/^.*/"));
    let mut triggers = Vec::new();
    if !no_branch {
        let event = if is_scheduled { "schedule" } else { "push" };
        triggers.push(Trigger { branches: texts(only("branches")), ..Trigger::of(event) });
    }
    if only("tags").is_some() {
        triggers.push(Trigger::of("tag"));
    }
    triggers
}
