//! `ci-imperative-gitops-cli`

use crate::ci::Job;
use crate::engine::{At, Check, Cx, Report, World, rule};
use crate::finding::Level;
use crate::shell::Command;

use super::command::{is_dry, program, subcommands};
use super::deploy;
use super::ephemeral::Ephemeral;

rule! {
    /// A pipeline that steers Argo CD or Flux by command.
    ///
    /// ## Why
    ///
    /// What `argocd app set` or `flux suspend` change is in no commit: nobody sees who did it, and it is lost, or put
    /// back, when the reconciler reads git the next time.
    ///
    /// Asking for an early reconciliation (`argocd app sync`, `flux reconcile`) and installing the reconciler are notes.
    ///
    /// ## What passes
    ///
    /// - commands that read or wait: `argocd app diff`, `argocd app wait`, `flux get`, `flux diff`
    /// - `flux create … --export`, which only prints
    /// - `flux push artifact`
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
    ///       - run: argocd app set shop --parameter image.tag=$GITHUB_SHA
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: .github/workflows/deploy.yml
    /// on: push
    /// jobs:
    ///   deploy:
    ///     runs-on: ubuntu-latest
    ///     steps:
    ///       - run: argocd app wait shop --health
    /// ```
    ///
    /// ## References
    ///
    /// - <https://argo-cd.readthedocs.io/en/stable/user-guide/ci_automation/>
    pub static RULE = "ci-imperative-gitops-cli" {
        level: Warning,
        precision: High,
        tags: ["ci", "argo-cd", "flux"],
        aliases: [],
        checks: [Check::Job(check)],
    }
}

/// What a command asks of a reconciler.
enum Asks {
    /// A change that no commit holds.
    Change(String),
    /// To look at git now.
    Hurry(String),
    /// To be there.
    Install(String),
}

fn check(job: &Job, cx: &mut Cx<'_>) {
    let found: Vec<_> = job
        .commands()
        .filter_map(|command| asks(command, cx.world()).map(|asks| (command.words_span(), asks)))
        .collect();
    if found.is_empty() {
        return;
    }
    let ephemeral = Ephemeral::of(job, cx.world());
    for (span, asks) in found.into_iter().filter(|(span, _)| !ephemeral.has(*span)) {
        let (message, why, help, level) = match asks {
            Asks::Change(what) => (
                format!("job `{}` changes the reconciler's state with `{what}`", job.name),
                "the change is in no commit, and the next look at git may undo it",
                "change the manifest of the Application, the Kustomization or the source in git",
                cx.level(),
            ),
            Asks::Hurry(what) => (
                format!("job `{}` asks for a reconciliation with `{what}`", job.name),
                "the pipeline needs credentials for the reconciler to save a minute or two",
                "let a webhook tell the reconciler, and let the pipeline wait and read at most",
                cx.level().min(Level::Note),
            ),
            Asks::Install(what) => (
                format!("job `{}` installs or sets up the reconciler with `{what}`", job.name),
                "a cluster is set up once; a pipeline that can do it again owns the reconciler",
                "let the reconciler manage itself from git, and keep what sets it up out of the daily pipelines",
                cx.level().min(Level::Note),
            ),
        };
        let finding = cx.report(At::span(span), Report { message, why: why.into(), help: help.into() });
        finding.level = level;
    }
}

/// What a command asks that has to do with the objects of a reconciler.
fn of_engine(command: &Command, what: String) -> Asks {
    const REQUESTS: [&str; 2] = ["argocd.argoproj.io/refresh", "reconcile.fluxcd.io/requestedAt"];
    let requests = |word: String| REQUESTS.iter().any(|request| word.contains(request));
    if command.arguments().iter().any(|word| requests(word.shown())) {
        return Asks::Hurry(what);
    }
    let verb = what.split(' ').nth(1).unwrap_or_default();
    match matches!(verb, "apply" | "create" | "replace" | "install" | "upgrade" | "sync" | "deploy" | "run") {
        true => Asks::Install(what),
        false => Asks::Change(what),
    }
}

fn asks(command: &Command, world: &World) -> Option<Asks> {
    if is_dry(command) {
        return None;
    }
    if let Some(deploy) = deploy::of_command(command) {
        return deploy.is_of_engine(world).then(|| of_engine(command, deploy.what));
    }
    let program = program(command);
    let (first, second) = subcommands(command);
    let (first, second) = (first.as_ref(), second.as_ref());
    let both = || format!("{program} {first} {second}");
    match (program.as_str(), first, second) {
        (
            "argocd",
            "app" | "appset",
            "set" | "create" | "delete" | "rollback" | "patch" | "unset" | "edit" | "delete-resource"
            | "patch-resource" | "add-source" | "remove-source",
        ) => Some(Asks::Change(both())),
        (
            "argocd",
            "proj",
            "create" | "delete" | "set" | "edit" | "add-destination" | "add-source" | "remove-source"
            | "remove-destination",
        ) => Some(Asks::Change(both())),
        ("argocd", "repo" | "repocreds" | "cluster", "add" | "rm" | "set") => Some(Asks::Change(both())),
        ("argocd", "app", "sync") => Some(Asks::Hurry(both())),
        ("argocd-autopilot", "repo", "bootstrap") => Some(Asks::Install(both())),
        ("argocd-autopilot", "app" | "project", "create" | "delete") => Some(Asks::Change(both())),
        ("flux", "create" | "suspend" | "resume" | "delete", _) if !second.is_empty() => {
            Some(Asks::Change(both()))
        }
        ("flux", "reconcile", _) => Some(Asks::Hurry(format!("flux {first}"))),
        ("flux", "install" | "bootstrap" | "uninstall", _) => Some(Asks::Install(format!("flux {first}"))),
        _ => None,
    }
}
