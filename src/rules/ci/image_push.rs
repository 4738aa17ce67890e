//! Which images a step pushes, and under which tags.
//!
//! Must not report anything.

use crate::ci::Step;
use crate::shell::{Command, Word};
use crate::source::Span;

use super::command::{has_option, operands, program, subcommands};

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
pub(super) struct Push {
    /// Where its tag is written.
    pub span: Span,
    /// The tag, when it moves.
    pub moving: Option<String>,
    /// Whether `docker/metadata-action` says which tag that is.
    pub by_metadata: bool,
}

/// The images that a step pushes.
pub(super) fn pushes(step: &Step) -> Vec<Push> {
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
                    let by_metadata = image.contains("outputs.") || image.contains("DOCKER_METADATA_OUTPUT");
                    let moving = if is_tag { moves(image) } else { moving(image) };
                    pushes.push(Push { span, moving, by_metadata });
                }
            }
        }
    }
    pushes.extend(step.commands().flat_map(of_command));
    pushes
}

fn of_command(command: &Command) -> Vec<Push> {
    let push = |word: &Word| {
        let moving = moving(&word.shown_with_marks());
        Push { span: word.span, moving, by_metadata: false }
    };
    let program = program(command);
    let (first, second) = subcommands(command);
    match (program.as_str(), first.as_ref(), second.as_ref()) {
        ("docker" | "podman" | "buildah" | "nerdctl", "push", _) if !has_option(command, "--all-tags") => {
            // Behind the image there may be where it goes: `buildah push web docker://ghcr.io/acme/web:1.0`.
            operands(command).skip(1).last().map(push).into_iter().collect()
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
    let image = image.strip_prefix("docker://").unwrap_or(image);
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

/// The tag itself, when it moves.
pub(super) fn moves(tag: &str) -> Option<String> {
    MOVING.contains(&tag).then(|| tag.to_owned())
}
