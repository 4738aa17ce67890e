//! Jobs that make a cluster of their own: whatever they do to it is a test.

use crate::ci::Job;
use crate::shell::Command;

use super::command::subcommands;

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

/// Whether the job makes a cluster.
pub(super) fn is_ephemeral(job: &Job) -> bool {
    // Orbs of CircleCI make clusters at the clouds.
    let makes = |action: &str| {
        names_tool(action) || action.ends_with("/create-cluster") || action.ends_with("/create_cluster")
    };
    let uses = job.steps.iter().filter_map(|step| step.action()).any(|action| makes(&action));
    let runs = job.commands().any(|command| {
        let Some(program) = command.program() else { return false };
        // `kind get kubeconfig` and `k3d cluster create` alike; `ct lint` needs no cluster.
        if program == "ct" {
            return command.arguments().iter().any(|word| word.is("install") || word.is("lint-and-install"));
        }
        if creates_cluster(&program, command) {
            return true;
        }
        let names_targets = RUNNERS.contains(&program.as_ref());
        names_tool(&program)
            || (names_targets && command.arguments().iter().any(|word| names_tool(&word.start())))
    });
    uses || runs || names_tool(&job.name)
}

/// Whether a command makes a cluster at a cloud.
fn creates_cluster(program: &str, command: &Command) -> bool {
    let (first, second) = subcommands(command);
    match program {
        "eksctl" => first == "create" && second == "cluster",
        "az" => first == "aks" && second == "create",
        "gcloud" => command.arguments().windows(2).any(|pair| match pair {
            [what, verb] => what.is("clusters") && (verb.is("create") || verb.is("create-auto")),
            _ => false,
        }),
        _ => false,
    }
}

fn names_tool(name: &str) -> bool {
    let mut words = name.split(|c: char| !c.is_ascii_alphanumeric());
    words.any(|word| TOOLS.contains(&word.to_ascii_lowercase().as_str()))
}
