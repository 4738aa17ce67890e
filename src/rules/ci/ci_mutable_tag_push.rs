//! `ci-mutable-tag-push`

use crate::ci::Job;
use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::Level;

use super::image_push::{Push, pushes};
use super::metadata_action;

rule! {
    /// An image that a pipeline pushes under a tag that moves.
    ///
    /// ## Why
    ///
    /// `latest` is another image tomorrow. What runs under it cannot be told from git, and cannot be gone back to.
    ///
    /// A tag that moves beside one that stays, for people who try the image, is a note. Of the tags that
    /// `docker/metadata-action` makes, only sets are reported in which nothing stays.
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

fn check(job: &Job, cx: &mut Cx<'_>) {
    let mut pushes: Vec<Push> = job.steps.iter().flat_map(pushes).collect();
    let made = metadata_action::pushes(job, &pushes);
    if !made.is_empty() {
        pushes.retain(|push| !push.by_metadata);
        pushes.extend(made);
    }
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
