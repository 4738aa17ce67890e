//! Tasks and pipelines of Tekton, which are Kubernetes objects. A task is a job: its steps share one pod.

use crate::shell::Expressions;
use crate::yaml::Cursor;

use super::read::{container, is, is_for_shell, job, known, script, variables};
use super::{Dialect, Job, Step};

/// `$(params.name)`, `$(workspaces.source.path)`.
const EXPRESSIONS: Expressions = Expressions::MACRO;

/// The jobs of an object.
pub(super) fn object(kind: &str, root: Cursor<'_>) -> Vec<Job> {
    let Some(spec) = root.get("spec") else { return Vec::new() };
    let name = root.path(&["metadata", "name"]).or_else(|| root.path(&["metadata", "generateName"]));
    match kind {
        "Task" | "ClusterTask" => task(name.unwrap_or(root), spec).into_iter().collect(),
        "TaskRun" => {
            spec.get("taskSpec").and_then(|spec| task(name.unwrap_or(root), spec)).into_iter().collect()
        }
        "Pipeline" => tasks(spec),
        "PipelineRun" => spec.get("pipelineSpec").map(tasks).unwrap_or_default(),
        "StepAction" => {
            let name = name.unwrap_or(root);
            vec![Job { steps: vec![step(spec, None)], ..job(Dialect::Tekton, name) }]
        }
        _ => Vec::new(),
    }
}

/// The tasks that are written inside of a pipeline.
fn tasks(spec: Cursor<'_>) -> Vec<Job> {
    let lists = ["tasks", "finally"].into_iter().filter_map(|list| spec.get(list));
    let tasks = lists.flat_map(|list| list.items());
    tasks
        .filter_map(|one| {
            let name = one.get("name").unwrap_or(one);
            one.get("taskSpec").map_or_else(|| client(name, one), |spec| task(name, spec))
        })
        .collect()
}

/// A call of a task of the catalog that runs the script it is given.
fn client(name: Cursor<'_>, value: Cursor<'_>) -> Option<Job> {
    let called = value.path(&["taskRef", "name"])?.text()?;
    if !matches!(called.as_ref(), "openshift-client" | "kubernetes-actions") {
        return None;
    }
    let mut given = value.get("params")?.items();
    let text = given.find(|param| is(param.get("name"), "script"))?.get("value")?;
    let script = script(text, EXPRESSIONS, &mut known([].iter()))?;
    let steps = vec![Step { scripts: vec![script], ..Step::at(text.span().part(0, 1)) }];
    Some(Job { steps, ..job(Dialect::Tekton, name) })
}

fn task(name: Cursor<'_>, spec: Cursor<'_>) -> Option<Job> {
    let template = spec.get("stepTemplate");
    let steps = spec.get("steps")?.items().map(|one| step(one, template)).collect();
    Some(Job { steps, ..job(Dialect::Tekton, name) })
}

fn step(value: Cursor<'_>, template: Option<Cursor<'_>>) -> Step {
    let shared = template.and_then(|template| template.get("env"));
    let variables: Vec<_> = variables(shared).into_iter().chain(variables(value.get("env"))).collect();
    let mut seen = known(variables.iter());
    let written = value.get("script").filter(|script| script.text().is_some_and(|text| !text.is_empty()));
    let script = match written {
        Some(text) if text.text().is_some_and(|text| is_for_shell(&text)) => {
            script(text, EXPRESSIONS, &mut seen)
        }
        Some(_) => None,
        None => {
            let field = |name| value.get(name).or_else(|| template.and_then(|template| template.get(name)));
            container(field("command"), field("args"), EXPRESSIONS, &mut seen)
        }
    };
    Step {
        name: value.get("name").and_then(|name| name.text()).map(std::borrow::Cow::into_owned),
        variables,
        scripts: script.into_iter().collect(),
        ..Step::at(value.span().part(0, 1))
    }
}
