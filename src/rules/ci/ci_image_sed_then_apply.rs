//! `ci-image-sed-then-apply`

use crate::ci::{Job, Step};
use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::Related;
use crate::shell::{Command, RedirectionKind};
use crate::source::Span;

use super::command::{has_option, program, subcommands};
use super::deploy;
use super::ephemeral::Ephemeral;

rule! {
    /// An image that a pipeline writes into a manifest, applies, and forgets.
    ///
    /// ## Why
    ///
    /// The repository still names the old image. The next time somebody, or a reconciler, applies what is in git, the
    /// cluster goes back to it.
    ///
    /// ## What passes
    ///
    /// - a change that is committed, pushed or made a pull request before something is applied
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
    ///       - run: 'sed -i "s|image:.*|image: $IMAGE|" k8s/deployment.yaml'
    ///       - run: kubectl apply -f k8s/
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
    ///       - run: yq -i '.images[0].newTag = strenv(TAG)' envs/staging/kustomization.yaml
    ///       - run: git commit -am "staging to $TAG" && gh pr create --fill
    /// ```
    pub static RULE = "ci-image-sed-then-apply" {
        level: Warning,
        precision: High,
        tags: ["ci", "image"],
        aliases: [],
        checks: [Check::Job(check)],
    }
}

/// What of a job matters here, in order.
enum Event {
    /// An image is written into a file, with this program.
    Changed(String, Span),
    /// Changes go to git.
    Kept,
    /// Something is applied.
    Deployed(Span),
}

fn check(job: &Job, cx: &mut Cx<'_>) {
    let mut changed: Option<(String, Span)> = None;
    let mut found = Vec::new();
    for event in job.steps.iter().flat_map(events) {
        match event {
            Event::Changed(program, span) => changed = changed.or(Some((program, span))),
            Event::Kept => changed = None,
            Event::Deployed(deployed) => found.extend(changed.take().map(|change| (change, deployed))),
        }
    }
    if found.is_empty() {
        return;
    }
    let ephemeral = Ephemeral::of(job, cx.world());
    for ((program, span), deployed) in found.into_iter().filter(|(_, deployed)| !ephemeral.has(*deployed)) {
        let finding = cx.report(
            At::span(span),
            Report {
                message: format!(
                    "job `{}` writes an image with `{program}` and applies it without a commit",
                    job.name
                ),
                why: "git still names the old image, and whoever applies what is in git goes back to it"
                    .into(),
                help: "commit the new tag, or open a pull request with it, and let the reconciler apply it"
                    .into(),
            },
        );
        finding.related.insert(0, Related { span: deployed, message: "applied here".into() });
    }
}

fn events(step: &Step) -> Vec<Event> {
    let mut events = Vec::new();
    if let Some(action) = step.action() {
        let keeps =
            ["create-pull-request", "git-auto-commit", "add-and-commit", "github-push", "commit-push"];
        if keeps.iter().any(|word| action.contains(word)) {
            events.push(Event::Kept);
        }
    }
    events.extend(deploy::of_action(step).map(|deploy| Event::Deployed(deploy.span)));
    events.extend(step.commands().filter_map(event));
    events
}

fn event(command: &Command) -> Option<Event> {
    let program = program(command);
    let (first, second) = subcommands(command);
    match (program.as_str(), first.as_ref(), second.as_ref()) {
        ("git", "commit" | "push", _)
        | ("gh", "pr", "create")
        | ("glab", "mr", "create")
        | ("hub", "pull-request", _) => {
            return Some(Event::Kept);
        }
        _ => {}
    }
    if let Some(deploy) = deploy::of_command(command) {
        return (!deploy.of_engine).then_some(Event::Deployed(deploy.span));
    }
    let about_image = || {
        let mut words = command.arguments().iter().map(|word| word.shown().to_ascii_lowercase());
        words.any(|word| word.contains("image") || word.contains("newtag"))
    };
    let writes = || command.redirections.iter().any(|one| one.kind == RedirectionKind::Write);
    let in_place = || {
        command.arguments().iter().any(|word| {
            let start = word.start();
            start.starts_with("-i") || start.starts_with("--in") || start == "-Ei" || start == "-ei"
        })
    };
    let changes = match program.as_str() {
        "sed" | "gsed" | "perl" | "yq" => (in_place() || (program != "yq" && writes())) && about_image(),
        "kustomize" => first == "edit" && second == "set" && about_image(),
        "envsubst" => writes(),
        _ => false,
    };
    let shown = if program == "kustomize" { "kustomize edit set image".to_owned() } else { program };
    changes.then(|| Event::Changed(shown, command.words_span())).filter(|_| !has_option(command, "--help"))
}
