//! Which commands and actions change what runs in a cluster.

use crate::ci::Step;
use crate::engine::Cx;
use crate::finding::Level;
use crate::shell::{Command, Word};
use crate::source::Span;

use super::command::{has_option, is_dry, program, subcommands};

/// Something that a pipeline does to a cluster.
pub(super) struct Deploy {
    /// `kubectl apply`
    pub what: String,
    /// Where it is written.
    pub span: Span,
    /// Whether it installs the reconciler, or hands something to it.
    pub of_engine: bool,
}

const KUBECTL: &[&str] = &[
    "apply",
    "create",
    "replace",
    "patch",
    "edit",
    "set",
    "scale",
    "autoscale",
    "delete",
    "annotate",
    "label",
    "expose",
    "run",
    "cordon",
    "drain",
    "taint",
];

/// What a command does to a cluster.
pub(super) fn of_command(command: &Command) -> Option<Deploy> {
    let program = program(command);
    let (first, second) = subcommands(command);
    let (first, second) = (first.as_ref(), second.as_ref());
    let what = match program.as_str() {
        "kubectl" | "oc" | "kubecolor" => match (first, second) {
            // A token is read, not written.
            ("create", "token") => return None,
            ("rollout", "restart" | "undo") => format!("{program} {first} {second}"),
            _ if KUBECTL.contains(&first) => format!("{program} {first}"),
            _ => return None,
        },
        "helm" => match (first, second) {
            ("upgrade" | "install" | "uninstall" | "rollback" | "delete", _) => format!("helm {first}"),
            ("secrets", "upgrade" | "install") => format!("helm {first} {second}"),
            _ => return None,
        },
        "helmfile" if matches!(first, "apply" | "sync" | "destroy" | "delete") => format!("helmfile {first}"),
        "skaffold" if matches!(first, "run" | "deploy") => format!("skaffold {first}"),
        "kapp" if first == "deploy" => "kapp deploy".to_owned(),
        "werf" if first == "converge" => "werf converge".to_owned(),
        "tk" if first == "apply" => "tk apply".to_owned(),
        _ => return None,
    };
    if is_dry(command) || has_option(command, "-h") {
        return None;
    }
    let of_engine = command.arguments().iter().any(names_engine);
    Some(Deploy { what, span: command.words_span(), of_engine })
}

/// What an action does to a cluster.
pub(super) fn of_action(step: &Step) -> Option<Deploy> {
    let action = step.action()?;
    let uses = step.uses.as_ref()?;
    let arguments = |name: &str, verbs: &[&str]| {
        let text = &step.input(name)?.text;
        let mut words = text.split_whitespace().filter(|word| *word != "kubectl" && *word != "helm");
        let verb = words.find(|word| !word.starts_with('-'))?;
        (verbs.contains(&verb) && !text.contains("--dry-run")).then_some(())
    };
    match action.as_str() {
        "azure/k8s-deploy"
        | "deliverybot/helm"
        | "bitovi/github-actions-deploy-helm"
        | "kubernetesdeploy" => {}
        "actions-hub/kubectl" => arguments("args", KUBECTL)?,
        "steebchen/kubectl" => arguments("command", KUBECTL).or_else(|| arguments("args", KUBECTL))?,
        "wyrihaximus/github-action-helm3" => {
            arguments("exec", &["upgrade", "install", "uninstall", "rollback"])?
        }
        _ => return None,
    }
    let of_engine = step.inputs.iter().any(|input| is_engine(&input.value.text));
    Some(Deploy { what: action, span: uses.span, of_engine })
}

/// What each step does to a cluster, in order, with the index of the step.
pub(super) fn of_steps(steps: &[Step]) -> impl Iterator<Item = (usize, Deploy)> {
    steps.iter().enumerate().flat_map(|(index, step)| {
        let deploys = of_action(step).into_iter().chain(step.commands().filter_map(of_command));
        deploys.map(move |deploy| (index, deploy))
    })
}

fn names_engine(word: &Word) -> bool {
    is_engine(&word.shown())
}

/// Whether a text names a reconciler.
fn is_engine(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    ["argocd", "argo-cd", "flux-system", "fluxcd", "flux2", "flux-operator", "gotk", "argo-rollouts"]
        .iter()
        .any(|name| text.contains(name))
}

/// The level of a finding about pushing to a cluster: as configured where a controller reconciles what the repository
/// holds, and a note where pushing is all there is.
pub(super) fn level(cx: &Cx<'_>) -> Level {
    match cx.world.graph.owners.is_empty() {
        true => Level::Note,
        false => cx.level(),
    }
}
