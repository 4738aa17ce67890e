//! Which jobs check manifests, as far as that can be told.
//!
//! Must not report anything.

use crate::ci::{Dialect, Job, Step};
use crate::shell::{Command, Word};

use super::command::{program, subcommands};
use super::ephemeral;

/// Programs, actions and images that check manifests, by a word of their name.
const TOOLS: [&str; 37] = [
    "kubeconform",
    "kubeval",
    "kubelinter",
    "kube-linter",
    "kubescore",
    "kube-score",
    "kubesec",
    "kubescape",
    "kubeaudit",
    "polaris",
    "datree",
    "conftest",
    "kyverno",
    "checkov",
    "trivy",
    "kics",
    "terrascan",
    "snyk",
    "semgrep",
    "pluto",
    "kubent",
    "flate",
    "konflate",
    "flux-local",
    "flux-schema",
    "argocd-diff-preview",
    "kubechecks",
    "plimsoll",
    "helmfile",
    "chart-testing",
    "gator",
    "opa",
    "pre-commit",
    "super-linter",
    "megalinter",
    "kubepug",
    "istioctl",
];

/// Programs that run what the repository defines: nobody can tell from here what that is.
const RUNNERS: [&str; 25] = [
    "make",
    "task",
    "just",
    "mise",
    "npm",
    "npx",
    "yarn",
    "pnpm",
    "bun",
    "tox",
    "nox",
    "pytest",
    "python",
    "python3",
    "poetry",
    "uv",
    "uvx",
    "nix",
    "earthly",
    "dagger",
    "go",
    "cargo",
    "bazel",
    "ansible-playbook",
    "devbox",
];

/// Words in names of jobs and steps that look at changes, with whatever program.
const VERBS: [&str; 8] = ["valid", "lint", "verif", "analy", "diff", "render", "manifest", "policy"];

/// What a job does about manifests.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Checks {
    /// Nothing that is known.
    No,
    /// It runs something that may do it.
    Perhaps,
    /// It runs a tool that does.
    Yes,
}

/// What a job does about manifests.
pub(super) fn of_job(job: &Job) -> Checks {
    let steps = job.steps.iter().map(|step| {
        let commands = step.commands().map(of_command).max().unwrap_or(Checks::No);
        of_action(step).max(commands)
    });
    let known = steps.max().unwrap_or(Checks::No);
    let names = job.steps.iter().filter_map(|step| step.name.as_deref()).chain([job.name.as_str()]);
    let says_so =
        || names.map(str::to_ascii_lowercase).any(|name| VERBS.iter().any(|verb| name.contains(verb)));
    match known == Checks::No && (says_so() || ephemeral::makes_cluster(job)) {
        true => Checks::Perhaps,
        false => known,
    }
}

/// Whether a change is seen by a job before it is merged.
pub(super) fn sees_changes(job: &Job) -> bool {
    match job.dialect {
        Dialect::GitHubWorkflow => job.triggers.iter().any(|trigger| match trigger.event.as_str() {
            "pull_request" | "pull_request_target" | "merge_group" | "workflow_call" => true,
            // A push to whatever branch, the one of a pull request too.
            "push" => trigger.branches.is_empty() || trigger.branches.iter().any(|it| it.text.contains('*')),
            _ => false,
        }),
        // What runs in a cluster is started by something else.
        Dialect::ArgoWorkflows | Dialect::Tekton => false,
        // An action is used by others, and other dialects build every branch unless they are told not to.
        _ => !job.is_manual(),
    }
}

fn of_action(step: &Step) -> Checks {
    let Some(action) = step.action() else { return Checks::No };
    if names_tool(&action) {
        return Checks::Yes;
    }
    const WORDS: [&str; 12] = [
        "validat", "lint", "kube", "helm", "kustom", "flux", "argo", "manifest", "k8s", "check", "diff",
        "test",
    ];
    // An action of the repository, a called workflow, or an image.
    let is_opaque =
        action.starts_with("./") || action.contains("/.github/workflows/") || action.starts_with("docker://");
    match is_opaque || WORDS.iter().any(|word| action.contains(word)) && !action.starts_with("actions/") {
        true => Checks::Perhaps,
        false => Checks::No,
    }
}

fn of_command(command: &Command) -> Checks {
    let name = program(command);
    let (first, second) = subcommands(command);
    let known = match (name.as_str(), first.as_ref(), second.as_ref()) {
        ("kustomize", "build", _) | ("kubectl" | "oc", "kustomize" | "diff", _) => true,
        ("kubectl" | "oc", "apply" | "create", _) => {
            command.arguments().iter().any(|word| word.start().starts_with("--dry-run"))
        }
        ("helm", "lint" | "template", _) | ("ct", ..) | ("flux", "build" | "diff", _) => true,
        ("argocd", "app", "diff" | "manifests") => true,
        // Images, not manifests.
        ("trivy", "image" | "i", _) => return Checks::No,
        _ => names_tool(&name),
    };
    let names = |it: &Word| names_tool(&it.start());
    let runs = |it: &[Word]| matches!(it, [tool, verb] if names(tool) && tool.start().contains("trivy") && verb.is("image"));
    if known
        || matches!(name.as_str(), "docker" | "podman")
            && command.arguments().iter().any(names)
            && !command.arguments().windows(2).any(runs)
    {
        return Checks::Yes;
    }
    // A script of the repository, and a program whose name is not known.
    let first = command.words.first();
    let is_script = first.is_some_and(|word| word.start().contains('/') || word.text().is_none())
        || (matches!(name.as_str(), "bash" | "sh" | "source" | ".") && !command.arguments().is_empty())
        || [".sh", ".py", ".rb"].iter().any(|end| name.ends_with(end));
    if is_script || RUNNERS.contains(&name.as_str()) { Checks::Perhaps } else { Checks::No }
}

/// Whether a name has that of a tool as a whole word: `ghcr.io/yannh/kubeconform:v0.6`.
fn names_tool(name: &str) -> bool {
    TOOLS.iter().any(|tool| {
        name.match_indices(tool).any(|(at, _)| {
            let is_end = |c: Option<char>| c.is_none_or(|c| !c.is_ascii_alphanumeric());
            is_end(name[..at].chars().next_back()) && is_end(name[at + tool.len()..].chars().next())
        })
    })
}
