//! `ci-envsubst-apply`

use crate::ci::Job;
use crate::engine::{At, Check, Cx, Report, rule};
use crate::shell::Command;

use super::command::{program, subcommands};
use super::deploy;
use super::ephemeral::Ephemeral;

rule! {
    /// Manifests that a pipeline fills in and applies in one breath.
    ///
    /// ## Why
    ///
    /// What the cluster got exists nowhere: no file holds it, nobody reviewed it, and it cannot be made again without the
    /// variables that the pipeline had that day.
    ///
    /// Where nothing of the repository is reconciled by Argo CD or Flux, the finding is a note.
    ///
    /// ## What passes
    ///
    /// - templates that are rendered into a file, to be committed
    /// - `--dry-run`, and jobs that make a cluster of their own
    /// - installing the reconciler itself
    /// - `kustomize build … | kubectl apply`, which makes the same from the same commit each time; `ci-direct-deploy` speaks
    ///   of that
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
    ///       - run: envsubst < deploy.tpl.yaml | kubectl apply -f -
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
    ///       - run: |
    ///           envsubst < deploy.tpl.yaml > envs/prod/deploy.yaml
    ///           git add envs/prod && git commit -m "render prod" && git push
    /// ```
    pub static RULE = "ci-envsubst-apply" {
        level: Error,
        precision: High,
        tags: ["ci"],
        aliases: [],
        checks: [Check::Job(check)],
    }
}

fn check(job: &Job, cx: &mut Cx<'_>) {
    let mut found = Vec::new();
    for script in job.steps.iter().flat_map(|step| &step.scripts) {
        for command in &script.commands {
            let Some(stage) = command.stage.filter(|stage| stage.index > 0) else { continue };
            let of_engine = deploy::of_command(command).is_none_or(|deploy| deploy.of_engine);
            if of_engine || deploy::is_fed_engine(command, &script.commands) {
                continue;
            }
            let before = script.commands.iter().filter(|other| {
                other.stage.is_some_and(|one| one.pipeline == stage.pipeline && one.index < stage.index)
            });
            if let Some(renderer) = before.filter_map(renderer).next() {
                found.push((command, renderer));
            }
        }
    }
    if found.is_empty() {
        return;
    }
    let ephemeral = Ephemeral::of(job, cx.world());
    found.retain(|(command, _)| !ephemeral.has(command.words_span()));
    let level = deploy::level(cx);
    for (command, renderer) in found {
        let finding = cx.report(
            At::span(command.words_span()),
            Report {
                message: format!("job `{}` applies what `{renderer}` makes, and keeps it nowhere", job.name),
                why: "what the cluster got is in no file, was not reviewed and cannot be made again".into(),
                help: "write it into a file, commit that, and let the reconciler apply it".into(),
            },
        );
        finding.level = level;
    }
}

/// The program that makes manifests.
fn renderer(command: &Command) -> Option<String> {
    let program = program(command);
    let (first, _) = subcommands(command);
    match (program.as_str(), first.as_ref()) {
        ("envsubst" | "gomplate" | "j2" | "jinja2" | "ytt" | "jsonnet" | "sed" | "awk", _) => Some(program),
        ("helm", "template") => Some(format!("{program} {first}")),
        _ => None,
    }
}
