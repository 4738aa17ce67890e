//! `ci-cluster-credentials`

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use crate::ci::{Job, Step, Variable};
use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::Level;
use crate::shell::{Command, PartKind, Word};
use crate::source::Span;

use super::command::{program, subcommands};
use super::ephemeral;

rule! {
    /// Credentials for a cluster in a pipeline.
    ///
    /// ## Why
    ///
    /// Whoever can change the pipeline, or an action that it uses, has the cluster. A reconciler in the cluster pulls, so
    /// nothing outside of it needs credentials.
    ///
    /// Where nothing of the repository is reconciled by Argo CD or Flux, the finding is a warning.
    ///
    /// ## What passes
    ///
    /// - jobs that make a cluster of their own
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

/// Names of secrets that open a cluster.
// A pattern that does not compile matches nothing; the tests of this rule would not pass.
static NAME: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let pattern = r"(?i)\bsecrets\.([A-Za-z0-9_]*(?:kube_?config|kube_?token|kube_?ca|k8s_(?:token|cert|password|secret|sa)|cluster_(?:token|ca)|openshift_token)[A-Za-z0-9_]*)";
    Regex::new(pattern).ok()
});

fn check(job: &Job, cx: &mut Cx<'_>) {
    let mut found: Vec<(Span, String)> = Vec::new();
    let mut named = BTreeSet::new();
    let mut secret = |text: &str, span: Span, found: &mut Vec<(Span, String)>| {
        let Some(pattern) = NAME.as_ref() else { return };
        for name in pattern.captures_iter(text).filter_map(|captures| captures.get(1)) {
            // One finding for each secret: a job writes it to a file once and names it often.
            if named.insert(name.as_str().to_owned()) {
                found.push((span, format!("is given the secret `{}`", name.as_str())));
            }
        }
    };
    let variable = |variable: &Variable| (variable.value.text.clone(), variable.value.span);
    for (text, span) in job.variables.iter().map(variable) {
        secret(&text, span, &mut found);
    }
    for step in &job.steps {
        for (text, span) in step.variables.iter().chain(&step.inputs).map(variable) {
            secret(&text, span, &mut found);
        }
        for command in step.commands() {
            for (text, span) in words(command).flat_map(expressions) {
                secret(text, span, &mut found);
            }
            found.extend(fetches(command).map(|what| (command.words_span(), what)));
        }
        found.extend(action(step));
    }
    if found.is_empty() || ephemeral::is_ephemeral(job) {
        return;
    }
    let is_reconciled = !cx.world.graph.owners.is_empty();
    let level = if is_reconciled { cx.level() } else { cx.level().min(Level::Warning) };
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

fn expressions(word: &Word) -> impl Iterator<Item = (&str, Span)> {
    let parts = word.parts.iter().filter(|part| part.kind == PartKind::Expression);
    parts.map(|part| (part.text.as_str(), word.span))
}

/// Commands that fetch credentials.
fn fetches(command: &Command) -> Option<String> {
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
    fetches.then(|| format!("fetches credentials for a cluster with `{program}`"))
}

/// Actions that do.
fn action(step: &Step) -> Option<(Span, String)> {
    let action = step.action()?;
    let uses = step.uses.as_ref()?;
    let fetches = matches!(
        action.as_str(),
        "azure/aks-set-context"
            | "google-github-actions/get-gke-credentials"
            | "digitalocean/action-doctl/kubeconfig"
            | "redhat-actions/oc-login"
            // Steps of Jenkins.
            | "withkubeconfig"
            | "withkubecredentials"
            | "kubernetesdeploy"
    ) || (action == "withcredentials" && step.inputs.iter().any(is_kubeconfig))
        || (action == "azure/k8s-set-context" && names_no_secret(step));
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
    let named = |input: &Variable| NAME.as_ref().is_some_and(|name| name.is_match(&input.value.text));
    !step.inputs.iter().any(named)
}
