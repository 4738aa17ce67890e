//! `docs-imperative-deploy`

use crate::ci::Job;
use crate::engine::{At, Check, Cx, Report, rule};
use crate::shell::{Command, Word};

use super::command::{program, subcommands};
use super::{deploy, purpose};

rule! {
    /// A runbook that tells people to change production by hand.
    ///
    /// ## Why
    ///
    /// Somebody follows it at night, and in the morning nobody knows what was changed: the controller has undone it, or
    /// the cluster differs from git.
    ///
    /// ## What is reported
    ///
    /// `kubectl edit`, `patch`, `set`, `scale` and `replace`, and `helm upgrade` and `rollback`, in blocks of shell
    /// commands of Markdown whose path, heading or command names production, where the repository has Applications or
    /// Flux Kustomizations. Markdown is read only when this rule is selected.
    ///
    /// ## What passes
    ///
    /// - reading commands and `--dry-run`
    /// - what the text says to do before there is a controller: bootstrap, setup, tests, local clusters
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: argocd/shop.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata: {name: shop, namespace: argocd}
    /// spec:
    ///   project: shop
    ///   source: {repoURL: https://git.example.com/acme/gitops, path: apps/shop, targetRevision: main}
    ///   destination: {name: in-cluster, namespace: shop}
    /// # file: docs/runbook.md
    /// # Scale production
    ///
    /// ~~~sh
    /// kubectl scale deployment/web --replicas 9
    /// ~~~
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: argocd/shop.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata: {name: shop, namespace: argocd}
    /// spec:
    ///   project: shop
    ///   source: {repoURL: https://git.example.com/acme/gitops, path: apps/shop, targetRevision: main}
    ///   destination: {name: in-cluster, namespace: shop}
    /// # file: docs/runbook.md
    /// # Look at production
    ///
    /// ~~~sh
    /// kubectl get deployment/web
    /// ~~~
    /// ```
    pub static RULE = "docs-imperative-deploy" {
        level: Note,
        profile: Pedantic,
        precision: Medium,
        tags: ["ci"],
        aliases: [],
        checks: [Check::Runbook(check)],
    }
}

fn check(job: &Job, cx: &mut Cx<'_>) {
    if cx.world().graph.owners.is_empty() || purpose::is_elsewhere(job, cx.world()) {
        return;
    }
    let path = cx.map().source(job.source).path();
    let is_about_production = names_production(path.as_str()) || names_production(&job.name);
    for command in job.commands().filter(|command| changes(command)) {
        let says_so = || command.arguments().iter().map(Word::shown).any(|word| names_production(&word));
        let Some(deploy) = deploy::of_command(command).filter(|deploy| !deploy.of_engine) else { continue };
        if !is_about_production && !says_so() {
            continue;
        }
        cx.report(
            At::span(deploy.span),
            Report {
                message: format!("\"{}\" tells people to change production with `{}`", job.name, deploy.what),
                why: "what is changed by hand is in no commit, and a controller undoes it".into(),
                help: "tell them which file to change, and let the controller apply it".into(),
            },
        );
    }
}

/// Whether a command changes something that is there.
fn changes(command: &Command) -> bool {
    let (verb, _) = subcommands(command);
    matches!(
        (program(command).as_str(), verb.as_ref()),
        ("kubectl" | "oc", "edit" | "patch" | "set" | "scale" | "replace") | ("helm", "upgrade" | "rollback")
    )
}

fn names_production(text: &str) -> bool {
    let mut words = text.split(|c: char| !c.is_ascii_alphanumeric());
    words.any(|word| matches!(word.to_ascii_lowercase().as_str(), "prod" | "production" | "prd"))
}
