//! Jobs that make a cluster or a namespace of their own: whatever they do to it is a test.

use crate::ci::Job;
use crate::engine::World;
use crate::shell::{Command, Word};

use super::command::{operands, subcommands};

/// Words in names of actions, programs and targets that make a cluster for the time of a job.
const TOOLS: &[&str] = &[
    "kind",
    "k3d",
    "k3s",
    "minikube",
    "microk8s",
    "kwok",
    "kwokctl",
    "vcluster",
    "envtest",
    "chainsaw",
    "kuttl",
    "k0s",
    "talosctl",
    "ctlptl",
    "e2e",
    "ephemeral",
];

/// Programs whose arguments name targets.
const RUNNERS: &[&str] = &["make", "task", "just", "mise", "npm", "yarn", "pnpm", "earthly", "dagger", "go"];

/// Whether what a job does to a cluster is a test: it makes the cluster, or jobs of its file make one, or a namespace, and
/// take it away.
pub(super) fn is_ephemeral(job: &Job, world: &World) -> bool {
    if makes_cluster(job) {
        return true;
    }
    let mut made = false;
    let mut removed = false;
    let (mut namespaces, mut removed_namespaces) = (Vec::new(), Vec::new());
    for other in world.jobs.iter().filter(|other| other.source == job.source) {
        made = made || has_lifecycle(other, CREATE) || makes_cluster(other);
        removed = removed || has_lifecycle(other, DELETE);
        namespaces.extend(other.commands().filter_map(made_namespace));
        removed_namespaces.extend(other.commands().filter_map(removed_namespace));
    }
    made && removed || namespaces.iter().any(|name| removed_namespaces.contains(name))
}

/// The namespace that a command makes, as it is written: `kubectl create namespace drill-$ID`, or what a release of Helm
/// is put into.
fn made_namespace(command: &Command) -> Option<String> {
    let program = command.program()?;
    let (first, second) = subcommands(command);
    match (&*program, &*first, &*second) {
        ("kubectl" | "oc", "create", "namespace" | "ns") => operand(command, 2),
        ("oc", "new-project", _) => operand(command, 1),
        ("helm", "install" | "upgrade", _) => {
            let words = command.arguments();
            let creates = words.iter().any(|word| word.is("--create-namespace"));
            let joined = words.iter().map(Word::shown_with_marks);
            let joined = joined.filter_map(|word| Some(word.strip_prefix("--namespace=")?.to_owned())).next();
            let apart = words.windows(2).find(|pair| pair[0].is("-n") || pair[0].is("--namespace"));
            let name = joined.or_else(|| apart.map(|pair| pair[1].shown_with_marks()))?;
            creates.then_some(name)
        }
        _ => None,
    }
}

/// The namespace that a command takes away.
fn removed_namespace(command: &Command) -> Option<String> {
    let program = command.program()?;
    let (first, second) = subcommands(command);
    let is_namespace = matches!(&*second, "namespace" | "namespaces" | "ns" | "project");
    (matches!(&*program, "kubectl" | "oc") && first == "delete" && is_namespace)
        .then(|| operand(command, 2))
        .flatten()
}

/// A word that is no option, as it is written.
fn operand(command: &Command, at: usize) -> Option<String> {
    operands(command).nth(at).map(Word::shown_with_marks)
}

/// What the clouds call making a cluster, and taking it away.
const CREATE: &[&str] = &["create", "create-auto"];
const DELETE: &[&str] = &["delete"];

/// Whether a job makes, or takes away, a cluster at a cloud or the group of resources around it.
fn has_lifecycle(job: &Job, verbs: &[&str]) -> bool {
    let commands = job.commands().any(|command| {
        let Some(program) = command.program() else { return false };
        let (first, second) = subcommands(command);
        let is_group = program == "az" && first == "group" && verbs.contains(&second.as_ref());
        is_group || changes_cluster(&program, command, verbs)
    });
    // Orbs of CircleCI do at the clouds, too.
    let action = |action: String| {
        let end = action.rsplit('/').next().unwrap_or_default().replace('_', "-");
        action.contains('/') && verbs.iter().any(|verb| end == format!("{verb}-cluster"))
    };
    commands || job.steps.iter().filter_map(|step| step.action()).any(action)
}

/// Whether the job makes a cluster.
pub(super) fn makes_cluster(job: &Job) -> bool {
    // Orbs of CircleCI make clusters at the clouds.
    let makes = |action: &str| {
        names_tool(action) || action.ends_with("/create-cluster") || action.ends_with("/create_cluster")
    };
    let uses = job.steps.iter().filter_map(|step| step.action()).any(|action| makes(&action));
    let runs = job.commands().any(|command| {
        // `$BIN/kind` is the program whatever the directory.
        let Some(program) = command.words.first().map(|word| word.known_end()) else { return false };
        let program = program.rsplit('/').next().unwrap_or_default();
        // `kind get kubeconfig` and `k3d cluster create` alike; `ct lint` needs no cluster.
        if program == "ct" {
            return command.arguments().iter().any(|word| word.is("install") || word.is("lint-and-install"));
        }
        if changes_cluster(program, command, CREATE) {
            return true;
        }
        // `colima start` alone is a place for containers.
        if program == "colima" {
            let is_on =
                |word: &Word| ["-k", "--kubernetes", "--kubernetes=true"].iter().any(|name| word.is(name));
            return command.arguments().iter().any(is_on);
        }
        let names_targets = RUNNERS.contains(&program);
        names_tool(program)
            || (names_targets && command.arguments().iter().any(|word| names_tool(&word.start())))
    });
    uses || runs || names_tool(&job.name)
}

/// Whether a command makes, or takes away, a cluster at a cloud.
fn changes_cluster(program: &str, command: &Command, verbs: &[&str]) -> bool {
    let (first, second) = subcommands(command);
    match program {
        "eksctl" => verbs.contains(&first.as_ref()) && second == "cluster",
        "az" => first == "aks" && verbs.contains(&second.as_ref()),
        "gcloud" => command.arguments().windows(2).any(|pair| match pair {
            [what, verb] => what.is("clusters") && verbs.iter().any(|known| verb.is(known)),
            _ => false,
        }),
        _ => false,
    }
}

fn names_tool(name: &str) -> bool {
    let mut words = name.split(|c: char| !c.is_ascii_alphanumeric());
    words.any(|word| TOOLS.contains(&word.to_ascii_lowercase().as_str()))
}
