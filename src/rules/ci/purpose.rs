//! What a script is for, as far as its name and its path say: those for clusters that nobody reconciles pass.

use crate::ci::Job;
use crate::engine::World;

use super::command::{program, subcommands};
use super::ephemeral::Ephemeral;

/// Words in paths and names of scripts that are for something else than a cluster in use: those that make one, those that
/// try something, those that a person needs when nothing else works.
const WORDS: [&str; 44] = [
    "bootstrap",
    "bootstrapping",
    "bootstraps",
    "install",
    "installer",
    "setup",
    "init",
    "initial",
    "seed",
    "crds",
    "crd",
    "test",
    "tests",
    "testing",
    "e2e",
    "integration",
    "smoke",
    "hack",
    "local",
    "localdev",
    "dev",
    "devel",
    "development",
    "sandbox",
    "kind",
    "k3d",
    "minikube",
    "vcluster",
    "example",
    "examples",
    "demo",
    "demos",
    "sample",
    "samples",
    "quickstart",
    "tutorial",
    "workshop",
    "lab",
    "playground",
    "recovery",
    "restore",
    "disaster",
    "emergency",
    "benchmark",
];

/// Contexts of clusters on the machine of a person.
const LOCAL_CONTEXTS: [&str; 7] =
    ["kind", "k3d", "minikube", "docker-desktop", "rancher-desktop", "orbstack", "colima"];

/// Whether what a script changes is none of a reconciler's business.
pub(super) fn is_elsewhere(job: &Job, world: &World) -> bool {
    let path = world.map.source(job.source).path();
    let is_word = |text: &str| {
        let mut words = text.split(|c: char| !c.is_ascii_alphanumeric());
        words.any(|word| WORDS.contains(&word.to_ascii_lowercase().as_str()))
    };
    if is_word(path.as_str()) || is_word(&job.name) || Ephemeral::of(job, world).has_own_cluster() {
        return true;
    }
    // What lies in a chart is packed into it and runs where the chart is installed.
    let mut directories = path.ancestors().skip(1).filter(|directory| !directory.as_str().is_empty());
    directories.any(|directory| world.repository.file(&directory.join("Chart.yaml")).is_some())
        || job.commands().any(|command| {
            let program = program(command);
            let (first, second) = subcommands(command);
            // Whoever stops the reconciler first knows about it.
            let suspends = program == "flux" && matches!(first.as_ref(), "suspend" | "bootstrap" | "install");
            let unsyncs = program == "argocd" && first == "app" && matches!(second.as_ref(), "set" | "patch");
            let mut words = command.arguments().iter().map(|word| word.shown());
            suspends || unsyncs || words.any(|word| is_local(&word))
        })
}

/// Whether a word names a cluster on the machine of a person: `kind-web`, `--context=minikube`.
fn is_local(word: &str) -> bool {
    let word = word.rsplit('=').next().unwrap_or_default();
    LOCAL_CONTEXTS
        .iter()
        .any(|name| word.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('-')))
        && !word.contains('/')
}
