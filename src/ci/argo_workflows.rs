//! Workflows of Argo Workflows, which are Kubernetes objects. A template that runs something is a job.

use crate::shell::Expressions;
use crate::yaml::Cursor;

use super::read::{container, is_for_shell, is_shell, job, known, script, variables};
use super::{Dialect, Job, Step};

/// `{{inputs.parameters.name}}`
const EXPRESSIONS: Expressions = Expressions::BRACES;

/// Workflows in triggers of Sensors are followed this deep.
const DEPTH: u32 = 4;

/// The jobs of an object.
pub(super) fn object(kind: &str, root: Cursor<'_>) -> Vec<Job> {
    of_kind(kind, root, DEPTH)
}

fn of_kind(kind: &str, root: Cursor<'_>, depth: u32) -> Vec<Job> {
    let Some((less, spec)) = depth.checked_sub(1).zip(root.get("spec")) else { return Vec::new() };
    match kind {
        "Workflow" | "WorkflowTemplate" | "ClusterWorkflowTemplate" => templates(spec),
        "CronWorkflow" => spec.get("workflowSpec").map(templates).unwrap_or_default(),
        // A Sensor of Argo Events makes objects; Workflows among them are written inside of it.
        "Sensor" => {
            let triggers = spec.get("triggers").into_iter().flat_map(|triggers| triggers.items());
            let made = triggers.flat_map(|trigger| {
                let template = trigger.get("template");
                ["argoWorkflow", "k8s"]
                    .into_iter()
                    .filter_map(move |kind| template?.path(&[kind, "source", "resource"]))
            });
            made.flat_map(|made| of_kind(&super::kind(made), made, less)).collect()
        }
        _ => Vec::new(),
    }
}

fn templates(spec: Cursor<'_>) -> Vec<Job> {
    let templates = spec.get("templates").into_iter().flat_map(|templates| templates.items());
    templates.filter_map(template).collect()
}

/// A template with one container, or several that share a pod.
fn template(value: Cursor<'_>) -> Option<Job> {
    let one = value.get("container").map(|one| run(one));
    let set = value.path(&["containerSet", "containers"]);
    let set = set.into_iter().flat_map(|set| set.items()).map(run);
    let first = value.get("initContainers").into_iter().flat_map(|list| list.items()).map(run);
    let steps: Vec<Step> = first.chain(one).chain(set).chain(value.get("script").map(source)).collect();
    if steps.is_empty() {
        return None;
    }
    Some(Job { steps, ..job(Dialect::ArgoWorkflows, value.get("name").unwrap_or(value)) })
}

/// `command` and `args`.
fn run(value: Cursor<'_>) -> Step {
    let variables = variables(value.get("env"));
    let mut seen = known(variables.iter());
    let script = container(value.get("command"), value.get("args"), EXPRESSIONS, &mut seen);
    Step { variables, scripts: script.into_iter().collect(), ..Step::at(value.span().part(0, 1)) }
}

/// `source`, which `command` reads.
fn source(value: Cursor<'_>) -> Step {
    let variables = variables(value.get("env"));
    let mut seen = known(variables.iter());
    let command = super::read::texts(value.get("command"));
    let is_read = command.first().is_none_or(|program| is_shell(&program.text));
    let text = value.get("source").filter(|source| source.text().is_some_and(|text| is_for_shell(&text)));
    let script = text.filter(|_| is_read).and_then(|text| script(text, EXPRESSIONS, &mut seen));
    Step { variables, scripts: script.into_iter().collect(), ..Step::at(value.span().part(0, 1)) }
}
