//! `ci-cluster-credentials`

use std::collections::BTreeSet;

use crate::ci::{Dialect, Job, Step, Variable};
use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::Level;
use crate::shell::{Command, PartKind, Word};
use crate::source::Span;

use super::cluster_secret::{self, Secrets};
use super::command::{program, subcommands};
use super::deploy;
use super::ephemeral::Ephemeral;

rule! {
    /// Credentials for a cluster in a pipeline.
    ///
    /// ## Why
    ///
    /// Whoever can change the pipeline, or an action that it uses, has the cluster. A reconciler in the cluster pulls, so
    /// nothing outside of it needs credentials.
    ///
    /// Where nothing of the repository is reconciled by Argo CD or Flux, and in tasks of Tekton and templates of Argo
    /// Workflows, which run in a cluster themselves, the finding is a warning.
    ///
    /// ## What passes
    ///
    /// - jobs that make a cluster of their own
    /// - variables that hold a path, or that the job sets itself
    ///
    /// Beside secrets of GitHub these are variables like `KUBE_TOKEN` that no file sets, secrets of Drone, Woodpecker and
    /// CodeBuild, service connections of Azure, the orbs and pipes that write a kubeconfig, and contexts of GitLab's agents.
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: .github/workflows/deploy.yml
    /// on: push
    /// jobs:
    ///   deploy:
    ///     runs-on: ubuntu-latest
    ///     steps:
    ///       - run: echo "${{ secrets.KUBECONFIG }}" > kubeconfig
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: .github/workflows/release.yml
    /// on: push
    /// jobs:
    ///   promote:
    ///     runs-on: ubuntu-latest
    ///     steps:
    ///       - run: gh pr create --fill
    ///         env:
    ///           GH_TOKEN: ${{ secrets.GITOPS_PR_TOKEN }}
    /// ```
    pub static RULE = "ci-cluster-credentials" {
        level: Error,
        security: 8.0,
        precision: High,
        tags: ["ci", "security"],
        aliases: [],
        checks: [Check::Job(check)],
    }
}

fn check(job: &Job, cx: &mut Cx<'_>) {
    let mut found: Vec<(Span, String)> = Vec::new();
    let mut named = BTreeSet::new();
    let secrets = Secrets::of(job);
    let mut given = |what: &str, name: &str, span: Span, found: &mut Vec<(Span, String)>| {
        // One finding for each: a job writes it to a file once and names it often.
        if named.insert(name.to_owned()) {
            found.push((span, format!("is given the {what} `{name}`")));
        }
    };
    for variable in &job.variables {
        for (what, name) in secrets.of_variable(variable) {
            given(what, name, variable.value.span, &mut found);
        }
    }
    found.extend(agent(job));
    for step in &job.steps {
        for variable in step.variables.iter().chain(&step.inputs) {
            for (what, name) in secrets.of_variable(variable) {
                given(what, name, variable.value.span, &mut found);
            }
        }
        for command in step.commands() {
            for (part, span) in
                words(command).flat_map(|word| word.parts.iter().map(|part| (part, word.span)))
            {
                let names = match part.kind {
                    PartKind::Expression => secrets.of_text(&part.text),
                    PartKind::Variable { .. } if part.value().is_none() => {
                        secrets.of_shell(&part.text, command).into_iter().collect()
                    }
                    _ => Vec::new(),
                };
                for (what, name) in names {
                    given(what, name, span, &mut found);
                }
            }
            // What another command has fetched, `kubelogin` converts.
            let is_converted = program(command) == "kubelogin" && !found.is_empty();
            let fetched = fetches(command, job.dialect).filter(|_| !is_converted);
            found.extend(fetched.map(|what| (command.words_span(), what)));
        }
        if let Some((name, span)) = connection(step) {
            given("service connection", name, span, &mut found);
        }
        found.extend(action(step));
    }
    if found.is_empty() || Ephemeral::of(job, cx.world()).has_all(job) {
        return;
    }
    let is_reconciled = !cx.world().graph.owners.is_empty();
    // What runs in a cluster may well have to do with it, or with another.
    let is_inside = matches!(job.dialect, Dialect::Tekton | Dialect::ArgoWorkflows);
    let level = if is_reconciled && !is_inside { cx.level() } else { cx.level().min(Level::Warning) };
    for (span, what) in found {
        let finding = cx.report(
            At::span(span),
            Report {
                message: format!("job `{}` {what}", job.name),
                why: "whoever can change the pipeline, or an action it uses, owns the cluster".into(),
                help: "let a reconciler in the cluster pull, and take the credentials away; they must be replaced"
                    .into(),
            },
        );
        finding.level = level;
    }
}

/// All words of a command, those of its assignments and redirections too.
fn words(command: &Command) -> impl Iterator<Item = &Word> {
    let assigned = command.assignments.iter().filter_map(|assignment| assignment.value.as_ref());
    let redirected = command.redirections.iter().filter_map(|redirection| redirection.target.as_ref());
    command.words.iter().chain(assigned).chain(redirected)
}

/// Commands that fetch credentials.
fn fetches(command: &Command, dialect: Dialect) -> Option<String> {
    let program = program(command);
    let (first, second) = subcommands(command);
    let words: Vec<_> = command.arguments().iter().filter_map(Word::text).collect();
    let has = |word: &str| words.iter().any(|known| known == word);
    let fetches = match program.as_str() {
        "aws" => has("eks") && has("update-kubeconfig"),
        "gcloud" => has("clusters") && has("get-credentials"),
        "az" => first == "aks" && second == "get-credentials",
        "doctl" => has("kubeconfig") && has("save"),
        "kubectl" => first == "config" && second == "set-credentials",
        "oc" => first == "login",
        "kubelogin" => has("convert-kubeconfig"),
        _ => false,
    };
    // The context of an agent of GitLab is named after a project and the agent.
    let names_agent = |word: &Word| word.shown().contains(':') || word.shown_with_marks() == "$KUBE_CONTEXT";
    if dialect == Dialect::GitLab
        && first == "config"
        && second == "use-context"
        && command.words.iter().any(names_agent)
    {
        return Some("is let into a cluster by an agent of GitLab".to_owned());
    }
    fetches.then(|| format!("fetches credentials for a cluster with `{program}`"))
}

/// The context of an agent, which tools of GitLab read from a variable.
fn agent(job: &Job) -> Option<(Span, String)> {
    let mut variables = job.variables.iter().filter(|_| job.dialect == Dialect::GitLab);
    let context =
        variables.find(|variable| variable.name == "KUBE_CONTEXT" && !variable.value.text.is_empty())?;
    Some((context.value.span, "is let into a cluster by an agent of GitLab".to_owned()))
}

/// The service connection that a task of Azure reaches a cluster through.
fn connection(step: &Step) -> Option<(&str, Span)> {
    const INPUTS: &[&str] = &[
        "kubernetesServiceConnection",
        "kubernetesServiceEndpoint",
        "azureSubscriptionConnection",
        "azureSubscriptionEndpoint",
        "azureSubscription",
    ];
    let action = step.action()?;
    let is_login = step.input("command").is_some_and(|command| command.text == "login");
    let is_task = matches!(action.as_str(), "kubernetes" | "kubernetesmanifest" | "helmdeploy");
    if !is_task || (!is_login && deploy::of_action(step).is_none()) {
        return None;
    }
    let value = INPUTS.iter().find_map(|name| step.input(name).filter(|value| !value.text.is_empty()))?;
    Some((value.text.as_str(), value.span))
}

/// Actions, orbs, pipes and tasks that do.
fn action(step: &Step) -> Option<(Span, String)> {
    let action = step.action()?;
    let uses = step.uses.as_ref()?;
    let fetches = match action.as_str() {
        "azure/aks-set-context"
        | "google-github-actions/get-gke-credentials"
        | "digitalocean/action-doctl/kubeconfig"
        | "redhat-actions/oc-login"
        | "atlassian/aws-eks-kubectl-run"
        | "atlassian/google-gke-kubectl-run"
        | "atlassian/azure-aks-deploy"
        | "microsoft/azure-aks-deploy"
        // Steps of Jenkins.
        | "withkubeconfig"
        | "withkubecredentials"
        | "kubernetesdeploy" => true,
        "withcredentials" => step.inputs.iter().any(is_kubeconfig),
        "azure/k8s-set-context" => names_no_secret(step),
        "downloadsecurefile" => {
            step.input("secureFile").is_some_and(|file| cluster_secret::is_file(&file.text))
        }
        _ => {
            let orb = action.strip_prefix("circleci/").and_then(|orb| orb.split_once('/'));
            orb.is_some_and(|(_, command)| {
                let command = command.replace('_', "-");
                command == "install-kubeconfig" || command.starts_with("update-kubeconfig")
            })
        }
    };
    let name = uses.text.split('@').next().unwrap_or_default();
    fetches.then(|| (uses.span, format!("fetches credentials for a cluster with `{name}`")))
}

/// `file(credentialsId: 'kubeconfig-prod', variable: 'KUBECONFIG')`
fn is_kubeconfig(input: &Variable) -> bool {
    let text = input.value.text.to_ascii_lowercase();
    text.contains("kubeconfig") || text.contains("kube-config") || text.contains("kube_config")
}

/// Whether the finding is not made already by the name of a secret.
fn names_no_secret(step: &Step) -> bool {
    !step.inputs.iter().any(|input| cluster_secret::names_secret(&input.value.text))
}
