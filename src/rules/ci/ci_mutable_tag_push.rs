//! `ci-mutable-tag-push`

use crate::ci::{Job, Step};
use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::Level;
use crate::shell::{Command, Word};
use crate::source::Span;

use super::command::{has_option, operands, program, subcommands};

rule! {
    /// An image that a pipeline pushes under a tag that moves.
    ///
    /// ## Why
    ///
    /// `latest` is another image tomorrow. What runs under it cannot be told from git, and cannot be gone back to.
    ///
    /// A tag that moves beside one that stays, for people who try the image, is a note.
    ///
    /// ## What passes
    ///
    /// - tags with a version, a commit or anything else that is filled in when the pipeline runs
    /// - builds that are not pushed
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: .github/workflows/build.yml
    /// on: push
    /// jobs:
    ///   build:
    ///     runs-on: ubuntu-latest
    ///     steps:
    ///       - run: |
    ///           docker build -t ghcr.io/acme/web:latest .
    ///           docker push ghcr.io/acme/web:latest
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: .github/workflows/build.yml
    /// on: push
    /// jobs:
    ///   build:
    ///     runs-on: ubuntu-latest
    ///     steps:
    ///       - run: |
    ///           docker build -t ghcr.io/acme/web:$GITHUB_SHA .
    ///           docker push ghcr.io/acme/web:$GITHUB_SHA
    /// ```
    pub static RULE = "ci-mutable-tag-push" {
        level: Warning,
        security: 3.0,
        precision: High,
        tags: ["ci", "image"],
        aliases: [],
        checks: [Check::Job(check)],
    }
}

/// Tags that name a branch or an environment, or whatever is newest.
const MOVING: &[&str] = &[
    "latest",
    "main",
    "master",
    "develop",
    "development",
    "dev",
    "test",
    "staging",
    "stage",
    "prod",
    "production",
    "stable",
    "edge",
    "nightly",
    "canary",
];

/// An image that is pushed.
struct Push {
    span: Span,
    /// The tag, when it moves.
    moving: Option<String>,
}

fn check(job: &Job, cx: &mut Cx<'_>) {
    let pushes: Vec<Push> = job.steps.iter().flat_map(pushes).collect();
    let is_beside = pushes.iter().any(|push| push.moving.is_none());
    let level = if is_beside { cx.level().min(Level::Note) } else { cx.level() };
    for push in pushes {
        let Some(tag) = push.moving else { continue };
        let beside = if is_beside { ", beside one that stays" } else { "" };
        let finding = cx.report(
            At::span(push.span),
            Report {
                message: format!("job `{}` pushes an image as `{tag}`, a tag that moves{beside}", job.name),
                why: "the tag names another image tomorrow, so git cannot say what ran, nor go back to it"
                    .into(),
                help: "push a tag with the commit or the version, and let manifests name that one".into(),
            },
        );
        finding.level = level;
    }
}

fn pushes(step: &Step) -> Vec<Push> {
    let mut pushes = Vec::new();
    let action = step.action().unwrap_or_default();
    // `Docker@2` of Azure.
    let is_task = action == "docker"
        && step
            .input("command")
            .is_some_and(|command| matches!(command.text.as_str(), "push" | "buildAndPush"));
    let is_build =
        is_task || matches!(action.as_str(), "docker/build-push-action" | "redhat-actions/push-to-registry");
    let is_pushed = action != "docker/build-push-action"
        || step.input("push").is_some_and(|push| push.text != "false")
        || step.input("outputs").is_some_and(|outputs| outputs.text.contains("push=true"));
    if let Some(tags) = step.input("tags").filter(|_| is_build && is_pushed) {
        for (line, span) in tags.text.split('\n').zip(&tags.lines) {
            let mut at = 0;
            for image in line.split(',') {
                let start = at + (image.len() - image.trim_start().len());
                at += image.len() + 1;
                let image = image.trim();
                if !image.is_empty() {
                    let span = span.part(start, start + image.len());
                    let is_tag = is_task || action == "redhat-actions/push-to-registry";
                    pushes.push(Push { span, moving: if is_tag { moves(image) } else { moving(image) } });
                }
            }
        }
    }
    pushes.extend(step.commands().flat_map(of_command));
    pushes
}

fn of_command(command: &Command) -> Vec<Push> {
    let push = |word: &Word| Push { span: word.span, moving: moving(&word.shown_with_marks()) };
    let program = program(command);
    let (first, second) = subcommands(command);
    match (program.as_str(), first.as_ref(), second.as_ref()) {
        ("docker" | "podman" | "buildah" | "nerdctl", "push", _) if !has_option(command, "--all-tags") => {
            operands(command).nth(1).map(push).into_iter().collect()
        }
        ("docker", "buildx", "build") | ("docker" | "nerdctl", "build", _)
            if has_option(command, "--push") =>
        {
            tags(command).map(push).collect()
        }
        _ => Vec::new(),
    }
}

/// The words behind `-t` and `--tag`.
fn tags(command: &Command) -> impl Iterator<Item = &Word> {
    let words = command.arguments();
    words.windows(2).filter_map(|pair| match pair {
        [option, tag] if option.is("-t") || option.is("--tag") => Some(tag),
        _ => None,
    })
}

/// The tag of an image, when it moves. What is filled in when the pipeline runs is taken to stay.
fn moving(image: &str) -> Option<String> {
    let filled_in = |text: &str| text.contains(['$', '{']);
    if image.contains('@') || image.contains("://") {
        return None;
    }
    let last = image.rsplit('/').next().unwrap_or(image);
    match last.rsplit_once(':') {
        Some((_, tag)) => moves(tag),
        // The name may bring its tag along.
        None if filled_in(image) => None,
        None => Some("latest".to_owned()),
    }
}

fn moves(tag: &str) -> Option<String> {
    MOVING.contains(&tag).then(|| tag.to_owned())
}
