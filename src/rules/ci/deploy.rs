//! Which commands and actions change what runs in a cluster.

use crate::ci::Step;
use crate::engine::{Cx, World};
use crate::finding::Level;
use crate::graph::OwnerKind;
use crate::model::ObjectView;
use crate::shell::{Command, RedirectionKind, Word};
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
    /// Whether it is in the body of a function, which somebody may call.
    pub in_function: bool,
    /// The files it applies, as far as their names are known.
    files: Vec<String>,
}

impl Deploy {
    /// Whether it is about the reconciler, or applies nothing but what tells one what to apply.
    pub fn is_of_engine(&self, world: &World) -> bool {
        let is_owner = |view: &ObjectView<'_>| OwnerKind::of(view).is_some() || view.kind() == "AppProject";
        self.of_engine || self.applies_only(world, is_owner)
    }

    /// Whether all that it applies are such objects of the repository.
    pub fn applies_only(&self, world: &World, is_one: impl Fn(&ObjectView<'_>) -> bool) -> bool {
        !self.files.is_empty() && self.files.iter().all(|start| hold_only(start, world, &is_one))
    }
}

/// Whether the files whose paths start like this hold such objects, and no others.
fn hold_only(start: &str, world: &World, is_one: impl Fn(&ObjectView<'_>) -> bool) -> bool {
    let start = start.trim_start_matches("./");
    let named = world.repository.files.iter().filter(|file| {
        let path = world.map.source(file.source).path().as_str();
        !start.is_empty() && path.starts_with(start)
    });
    let mut objects = named.flat_map(|file| &file.objects).peekable();
    objects.peek().is_some()
        && objects.all(|object| is_one(&ObjectView::rendered(&world.map, &world.repository, object)))
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
            // A pipeline that lives in a cluster keeps book of itself.
            ("annotate" | "label" | "patch" | "delete", kind) if is_run(kind) => return None,
            ("create", _) if starts_runs(command) => return None,
            ("run", _) if runs_once(command) => return None,
            ("delete", "pod" | "pods" | "po") if !selects_many(command) => return None,
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
        "gke-deploy" if matches!(first, "run" | "apply") => format!("gke-deploy {first}"),
        _ => return None,
    };
    if is_dry(command) || has_option(command, "-h") {
        return None;
    }
    let of_engine = command.arguments().iter().any(names_engine) || applies_owners(command);
    let files = match first {
        "apply" | "create" | "replace" => files(command),
        _ => Vec::new(),
    };
    let in_function = command.context.function;
    Some(Deploy { what, span: command.words_span(), of_engine, in_function, files })
}

/// Whether `kubectl run` starts a pod that asks something and ends: nothing stays of it that git could say.
fn runs_once(command: &Command) -> bool {
    let is_once = |word: &Word| word.is("--rm") || word.is("--rm=true") || word.is("--restart=Never");
    command.arguments().iter().any(is_once)
        || command.arguments().windows(2).any(|pair| pair[0].is("--restart") && pair[1].is("Never"))
}

/// Whether a command is about the objects that a selector names: pods that are deleted so are those of a workload, which
/// starts others with new images or settings.
fn selects_many(command: &Command) -> bool {
    // The label that `kubectl run` gives its pod, with its name.
    let is_of_run = |word: &Word| word.start().trim_start_matches("--selector=").starts_with("run=");
    if command.arguments().iter().any(is_of_run) {
        return false;
    }
    ["-l", "--selector", "--all", "--all-namespaces", "-A"].iter().any(|option| has_option(command, option))
}

/// What stands behind `-f`, up to what is filled in when the pipeline runs.
fn files(command: &Command) -> Vec<String> {
    let mut files = Vec::new();
    let mut words = command.arguments().iter();
    while let Some(word) = words.next() {
        let start = word.start();
        let value = start.strip_prefix("--filename=").or_else(|| start.strip_prefix("-f="));
        if let Some(value) = value {
            files.push(value.to_owned());
        } else if matches!(start.as_ref(), "-f" | "--filename" | "-k" | "--kustomize") {
            files.extend(words.next().map(|word| word.start().into_owned()));
        }
    }
    files
}

/// Commands of Helm that change a cluster.
const HELM: &[&str] = &["upgrade", "install", "uninstall", "rollback", "delete"];

/// What commands and jobs of the orbs of CircleCI end with that change a cluster.
const ORBS: &[&str] = &[
    "create-or-update-resource",
    "delete-resource",
    "update-container-image",
    "rollout-image",
    "publish-and-rollout-image",
    "install-helm-chart",
    "upgrade-helm-chart",
    "delete-helm-chart",
    "upgrade-helm-release",
    "delete-helm-release",
    "rollback",
];

/// What an action, a task, an orb, a pipe or a plugin does to a cluster.
pub(super) fn of_action(step: &Step) -> Option<Deploy> {
    let action = step.action()?;
    let uses = step.uses.as_ref()?;
    let arguments = |name: &str, verbs: &[&str]| {
        let text = &step.input(name)?.text;
        let mut words = text.split_whitespace().filter(|word| *word != "kubectl" && *word != "helm");
        let verb = words.find(|word| !word.starts_with('-'))?;
        (verbs.contains(&verb) && !text.contains("--dry-run")).then_some(())
    };
    // What a task or a plugin does when it is not told.
    let or_else = |name: &str, verbs: &[&str]| match step.input(name) {
        Some(_) => arguments(name, verbs),
        None => Some(()),
    };
    match action.as_str() {
        "azure/k8s-deploy"
        | "deliverybot/helm"
        | "bitovi/github-actions-deploy-helm"
        | "kubernetesdeploy" => {}
        "actions-hub/kubectl" => arguments("args", KUBECTL)?,
        "steebchen/kubectl" => arguments("command", KUBECTL).or_else(|| arguments("args", KUBECTL))?,
        "wyrihaximus/github-action-helm3" => arguments("exec", HELM)?,
        // Tasks of Azure.
        "kubernetes" => or_else("command", KUBECTL).filter(|()| !is_dry_task(step))?,
        "kubernetesmanifest" => {
            let changes = ["deploy", "promote", "reject", "patch", "scale", "delete", "createSecret"];
            or_else("action", &changes).filter(|()| !is_dry_task(step))?;
        }
        "helmdeploy" => arguments("command", HELM).filter(|()| !is_dry_task(step))?,
        // Pipes of Bitbucket.
        "atlassian/kubectl-run"
        | "atlassian/aws-eks-kubectl-run"
        | "atlassian/google-gke-kubectl-run"
        | "atlassian/azure-aks-deploy"
        | "microsoft/azure-aks-deploy" => arguments("KUBECTL_COMMAND", KUBECTL)?,
        "atlassian/azure-aks-helm-deploy" | "microsoft/azure-aks-helm-deploy" => {
            arguments("HELM_COMMAND", HELM)?
        }
        // Plugins of Drone and Woodpecker.
        "pelotech/drone-helm3" => or_else("mode", HELM).and(or_else("helm_command", HELM))?,
        "ipedrazas/drone-helm"
        | "quay.io/ipedrazas/drone-helm"
        | "honestbee/drone-kubernetes"
        | "quay.io/honestbee/drone-kubernetes"
        | "danielgormly/drone-plugin-kube"
        | "nytimes/drone-gke" => {
            let is_dry = |name: &str| step.input(name).is_some_and(|dry| dry.text == "true");
            (!is_dry("dry_run") && !is_dry("dry-run")).then_some(())?;
        }
        _ => {
            let (orb, command) = action.strip_prefix("circleci/")?.split_once('/')?;
            let is_orb = matches!(orb, "kubernetes" | "helm" | "aws-eks" | "gcp-gke" | "azure-aks");
            let is_dry = step.input("dry-run").is_some_and(|dry| dry.text != "none" && dry.text != "false");
            // Newer orbs write `_`.
            (is_orb && ORBS.contains(&command.replace('_', "-").as_str()) && !is_dry).then_some(())?;
        }
    }
    let of_engine = step.inputs.iter().any(|input| is_engine(&input.value.text));
    // Tasks of Azure have names without an owner, and people know them as they are written.
    let written = uses.text.split('@').next().filter(|_| !action.contains('/')).map(str::to_owned);
    let what = written.unwrap_or(action);
    Some(Deploy { what, span: uses.span, of_engine, in_function: false, files: Vec::new() })
}

/// Whether a task of Azure is told in its arguments to change nothing.
fn is_dry_task(step: &Step) -> bool {
    step.input("arguments").is_some_and(|arguments| arguments.text.contains("--dry-run"))
}

/// What each step does to a cluster, in order, with the index of the step.
pub(super) fn of_steps(steps: &[Step]) -> impl Iterator<Item = (usize, Deploy)> {
    steps.iter().enumerate().flat_map(|(index, step)| {
        let commands = step.scripts.iter().flat_map(|script| {
            script.commands.iter().filter_map(|command| {
                let deploy = of_command(command)?;
                let of_engine = deploy.of_engine || is_fed_engine(command, &script.commands);
                Some(Deploy { of_engine, ..deploy })
            })
        });
        of_action(step).into_iter().chain(commands).map(move |deploy| (index, deploy))
    })
}

/// Whether the commands in front of one in its pipeline name a reconciler: `kustomize build argocd | kubectl apply -f -`.
pub(super) fn is_fed_engine(command: &Command, script: &[Command]) -> bool {
    let Some(stage) = command.stage else { return false };
    let mut before = script.iter().filter(|other| {
        other.stage.is_some_and(|one| one.pipeline == stage.pipeline && one.index < stage.index)
    });
    before.any(|other| other.arguments().iter().any(names_engine))
}

/// Whether a kind is that of one run of a pipeline.
fn is_run(kind: &str) -> bool {
    let kind = kind.split(['/', '.']).next().unwrap_or_default().to_ascii_lowercase();
    matches!(kind.trim_end_matches('s'), "taskrun" | "tr" | "pipelinerun" | "pr" | "workflow" | "wf")
}

/// Whether a command creates what its own text says, and that is runs of pipelines.
fn starts_runs(command: &Command) -> bool {
    writes_kinds(command, is_run)
}

/// Whether a command applies what its own text says, and that tells a reconciler what to apply.
fn applies_owners(command: &Command) -> bool {
    // A Kustomization of Flux is not told from one of Kustomize by its kind, but nobody applies one of Kustomize.
    const OWNERS: [&str; 5] = ["Application", "ApplicationSet", "AppProject", "Kustomization", "HelmRelease"];
    writes_kinds(command, |kind| OWNERS.contains(&kind))
}

/// Whether the here-document of a command has objects, and all of them are of such kinds.
fn writes_kinds(command: &Command, is_kind: fn(&str) -> bool) -> bool {
    let texts = command.redirections.iter().filter_map(|redirection| match redirection.kind {
        RedirectionKind::HereDocument | RedirectionKind::HereString => redirection.target.as_ref(),
        _ => None,
    });
    let text: String = texts.map(Word::shown).collect();
    let mut kinds = text.lines().filter_map(|line| line.strip_prefix("kind:")).map(str::trim).peekable();
    kinds.peek().is_some() && kinds.all(is_kind)
}

fn names_engine(word: &Word) -> bool {
    is_engine(&word.shown())
}

/// Whether a text names a reconciler: `argo-apps.yaml`, `setup_argocd.sh`, `installArgoCD`, but not `cargo-app.yaml`.
fn is_engine(text: &str) -> bool {
    const NAMES: [&str; 15] = [
        "argocd",
        "argo-cd",
        "argo-app",
        "argo-apps",
        "argo-application",
        "argo-applications",
        "argo-applicationset",
        "argo-appproject",
        "argo-appset",
        "argo-rollouts",
        "flux-operator",
        "flux-system",
        "flux2",
        "fluxcd",
        "gotk",
    ];
    let lower = text.to_ascii_lowercase();
    // A word ends where the next one begins with a capital, too.
    let is_whole = |start: usize, end: usize| {
        let (before, after) = (text[..start].chars().next_back(), text[end..].chars().next());
        let is_capital = text[start..].starts_with(|c: char| c.is_ascii_uppercase());
        let is_start = before.is_none_or(|c| !c.is_alphanumeric() || is_capital && c.is_lowercase());
        is_start && after.is_none_or(|c| !c.is_alphanumeric() || c.is_uppercase())
    };
    NAMES.iter().any(|name| lower.match_indices(name).any(|(at, _)| is_whole(at, at + name.len())))
}

/// The level of a finding about pushing to a cluster: as configured where a controller reconciles what the repository
/// holds, and a note where pushing is all there is.
pub(super) fn level(cx: &Cx<'_>) -> Level {
    match cx.world().graph.owners.is_empty() {
        true => Level::Note,
        false => cx.level(),
    }
}
