//! Jobs that make a cluster or a namespace of their own: what they do to it is a test.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::ci::Job;
use crate::engine::World;
use crate::shell::{Command, Word};
use crate::source::{SourceId, Span};

use super::command::subcommands;
use super::deploy;
use super::namespace::{self, Namespace};

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

/// What a job does that is a test.
pub(super) struct Ephemeral {
    /// Whether the job makes a cluster, or jobs of its file make one and take it away.
    has_own_cluster: bool,
    /// The places of what it does in namespaces that pass with the pipeline.
    places: FxHashSet<Span>,
}

impl Ephemeral {
    /// What is a test in a job of a pipeline.
    pub fn of(job: &Job, world: &World) -> Self {
        let (all, nothing) = (world.memo.get(|| Passing::of(world)), PassingInFile::default());
        let passing = all.of_file.get(&job.source).unwrap_or(&nothing);
        Self {
            has_own_cluster: passing.has_cluster || makes_cluster(job),
            places: namespace::inside(job, &passing.namespaces, world),
        }
    }

    /// Whether everything it does to a cluster is.
    pub fn has_own_cluster(&self) -> bool {
        self.has_own_cluster
    }

    /// Whether what a command or an action does to a cluster is.
    pub fn has(&self, place: Span) -> bool {
        self.has_own_cluster || self.places.contains(&place)
    }

    /// Whether a job changes something, and nothing but what passes.
    pub fn has_all(&self, job: &Job) -> bool {
        let mut deploys = deploy::of_steps(&job.steps).peekable();
        self.has_own_cluster || deploys.peek().is_some() && deploys.all(|(_, deploy)| self.has(deploy.span))
    }
}

/// What passes with the pipelines of each file.
struct Passing {
    of_file: FxHashMap<SourceId, PassingInFile>,
}

#[derive(Default)]
struct PassingInFile {
    has_cluster: bool,
    namespaces: FxHashSet<Namespace>,
}

impl Passing {
    fn of(world: &World) -> Self {
        let files = world.jobs.chunk_by(|one, next| one.source == next.source);
        let of_file = files.filter_map(|jobs| {
            let made = || jobs.iter().any(|job| has_lifecycle(job, CREATE) || makes_cluster(job));
            let has_cluster = jobs.iter().any(|job| has_lifecycle(job, DELETE)) && made();
            Some((
                jobs.first()?.source,
                PassingInFile { has_cluster, namespaces: namespace::passing(jobs.iter()) },
            ))
        });
        Self { of_file: of_file.collect() }
    }
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
