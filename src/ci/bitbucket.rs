//! `bitbucket-pipelines.yml`. Each step runs in a container of its own, so each is a job.

use rustc_hash::FxHashMap;

use crate::shell::Expressions;
use crate::source::Span;
use crate::yaml::{Cursor, Entry};

use super::read::{is, job, known, one_or_more, script, step, text, variables};
use super::{Dialect, Gap, GapKind, Job, Step, Text, Trigger};

/// Steps in stages in parallels are followed this deep.
const DEPTH: u32 = 6;

/// The sections that name a branch or a tag for each pipeline.
const SECTIONS: &[(&str, &str)] =
    &[("branches", "push"), ("pull-requests", "pull_request"), ("tags", "tag"), ("bookmarks", "push")];

struct Reader<'g> {
    jobs: Vec<Job>,
    /// Where each job is named, so that steps which pipelines share through anchors are there once.
    named: FxHashMap<Span, usize>,
    gaps: &'g mut Vec<Gap>,
}

/// The jobs of a file.
pub(super) fn pipelines(root: Cursor<'_>, gaps: &mut Vec<Gap>) -> Vec<Job> {
    let mut reader = Reader { jobs: Vec::new(), named: FxHashMap::default(), gaps };
    let Some(pipelines) = root.get("pipelines") else { return Vec::new() };
    if let Some(default) = pipelines.get("default") {
        reader.pipeline(default, &Trigger::of("push"));
    }
    for (section, event) in SECTIONS {
        for Entry { key, value } in pipelines.get(section).map(|one| one.entries()).unwrap_or_default() {
            let branches = text(key).filter(|_| *section != "tags").into_iter().collect();
            reader.pipeline(value, &Trigger { branches, ..Trigger::of(*event) });
        }
    }
    // A custom pipeline is started by a person or a schedule.
    for Entry { value, .. } in pipelines.get("custom").map(|one| one.entries()).unwrap_or_default() {
        reader.pipeline(value, &Trigger::of("manual"));
    }
    // Pipelines that other repositories import.
    let shared = root.path(&["definitions", "pipelines"]);
    for Entry { value, .. } in shared.map(|shared| shared.entries()).unwrap_or_default() {
        reader.pipeline(value, &Trigger::of("workflow_call"));
    }
    reader.jobs
}

impl Reader<'_> {
    fn pipeline(&mut self, value: Cursor<'_>, trigger: &Trigger) {
        if let Some(import) = value.get("import") {
            self.gaps.push(Gap { span: import.span(), kind: GapKind::Elsewhere });
        }
        self.items(value, trigger, None, DEPTH);
    }

    fn items(&mut self, list: Cursor<'_>, trigger: &Trigger, stage: Option<&Text>, depth: u32) {
        let Some(less) = depth.checked_sub(1) else { return };
        for item in list.items() {
            if let Some(step) = item.get("step") {
                self.step(step, trigger, stage);
            }
            if let Some(parallel) = item.get("parallel") {
                self.items(parallel.get("steps").unwrap_or(parallel), trigger, stage, less);
            }
            if let Some(stage) = item.get("stage") {
                let trigger = started_by(stage, trigger);
                let environment = stage.get("deployment").and_then(text);
                if let Some(steps) = stage.get("steps") {
                    self.items(steps, &trigger, environment.as_ref(), less);
                }
            }
        }
    }

    fn step(&mut self, value: Cursor<'_>, trigger: &Trigger, stage: Option<&Text>) {
        let trigger = started_by(value, trigger);
        let name = value.get("name").unwrap_or(value);
        let at: Span = if name.text().is_some() { name.span() } else { name.span().part(0, 1) };
        if let Some(known) = self.named.get(&at).and_then(|&index| self.jobs.get_mut(index)) {
            known.triggers.push(trigger);
            return;
        }
        self.named.insert(at, self.jobs.len());
        let mut steps = Vec::new();
        let mut seen = known([].iter());
        for part in ["script", "after-script"] {
            for line in one_or_more(value.get(part)) {
                if let Some(pipe) = line.get("pipe").and_then(text) {
                    let inputs = variables(line.get("variables"));
                    steps.push(Step { uses: Some(pipe), inputs, ..Step::at(line.span().part(0, 1)) });
                } else if let Some(script) = script(line, Expressions::NONE, &mut seen) {
                    steps.push(step(part, line, vec![script]));
                }
            }
        }
        self.jobs.push(Job {
            triggers: vec![trigger],
            environment: value.get("deployment").and_then(text).or_else(|| stage.cloned()),
            identity: is(value.get("oidc"), "true"),
            steps,
            ..job(Dialect::Bitbucket, name)
        });
    }
}

/// `trigger: manual`
fn started_by(value: Cursor<'_>, trigger: &Trigger) -> Trigger {
    match is(value.get("trigger"), "manual") {
        true => Trigger { event: "manual".to_owned(), ..trigger.clone() },
        false => trigger.clone(),
    }
}
