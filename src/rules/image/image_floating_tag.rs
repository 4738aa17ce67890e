//! `image-floating-tag`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::{Container, ImageReference};
use crate::rules::support::images;

rule! {
    /// An image with a tag that is pushed again and again.
    ///
    /// ## Why
    ///
    /// `main`, `edge`, `stable` or a bare major version such as `1` is whatever was pushed last. Two nodes may
    /// run different programs, and reverting a commit brings nothing back.
    ///
    /// ## What passes
    ///
    /// - `latest` and no tag, which `image-latest-tag` reports
    /// - images with a digest
    /// - versions with more than one part
    /// - local images and stand-ins that a tool replaces
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    /// spec:
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/acme/web:main
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    /// spec:
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/acme/web:1.8.2
    /// ```
    pub static RULE = "image-floating-tag" {
        level: Note,
        profile: Pedantic,
        security: 2.0,
        precision: High,
        tags: ["image", "reproducibility"],
        aliases: [Kubescape "C-0304", Kyverno "disallow-latest-tag"],
        checks: [Check::Container(check)],
    }
}

/// Tags that projects move, in small letters.
const MOVING: [&str; 24] = [
    "alpha",
    "beta",
    "canary",
    "current",
    "dev",
    "develop",
    "development",
    "devel",
    "edge",
    "head",
    "main",
    "mainline",
    "master",
    "next",
    "nightly",
    "prod",
    "production",
    "release",
    "rolling",
    "snapshot",
    "stable",
    "staging",
    "trunk",
    "unstable",
];

fn check(container: &Container<'_>, cx: &mut Cx<'_>) {
    let Some(value) = container.image() else { return };
    let Some(text) = value.text().filter(|text| !images::is_templated(text)) else { return };
    let Ok(image) = ImageReference::parse(&text) else { return };
    let (Some(range), Some(tag), None) = (&image.tag, image.tag(), &image.digest) else { return };
    let lower = tag.to_ascii_lowercase();
    let number = lower.strip_prefix('v').unwrap_or(&lower);
    let is_major = (1..=2).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
    let is_moving = is_major
        || MOVING.contains(&&*lower)
        || cx.options().images.floating_tags.iter().any(|known| known.eq_ignore_ascii_case(tag));
    if !is_moving || images::is_stand_in(&image) {
        return;
    }
    let report = Report {
        message: format!("tag `{tag}` of {} is pushed again and again", container.describe()),
        why: "nodes run what the registry served last: a restart may deploy, a revert brings nothing back"
            .into(),
        help: "name a version that is never pushed again, or a digest".into(),
    };
    cx.report(At::part(value, range.start, range.end), report);
}
