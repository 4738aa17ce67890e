//! `env-image-rebuilt`

use crate::config::Tier;
use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::Related;
use crate::graph::{Artifact, ArtifactKind, Cell, Component, GraphView};
use crate::rules::support::components::Components;

rule! {
    /// A container that runs another image in production than in staging.
    ///
    /// ## Why
    ///
    /// Promoting means that the same image goes on. An image that is built again for production, or one tag that stands
    /// for two digests, is not what was tested: another base image, other dependencies, another commit.
    ///
    /// ## What passes
    ///
    /// - other tags of the same image
    /// - the same image from another registry: many companies have a registry for each environment
    /// - what does not run in both
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: envs/staging/kustomization.yaml
    /// resources: [web.yaml]
    /// # file: envs/staging/web.yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec:
    ///   template:
    ///     spec:
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web-staging:1.8.2
    /// # file: envs/prod/kustomization.yaml
    /// resources: [web.yaml]
    /// # file: envs/prod/web.yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec:
    ///   template:
    ///     spec:
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web-prod:1.8.2
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: envs/staging/kustomization.yaml
    /// resources: [web.yaml]
    /// # file: envs/staging/web.yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec:
    ///   template:
    ///     spec:
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.8.2
    /// # file: envs/prod/kustomization.yaml
    /// resources: [web.yaml]
    /// # file: envs/prod/web.yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec:
    ///   template:
    ///     spec:
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.8.2
    /// ```
    ///
    /// ## References
    ///
    /// - <https://12factor.net/build-release-run>
    pub static RULE = "env-image-rebuilt" {
        level: Note,
        precision: Medium,
        tags: ["environment", "image", "promotion"],
        aliases: [],
        checks: [Check::Graph(check)],
    }
}

fn check(_: &GraphView<'_>, cx: &mut Cx<'_>) {
    for component in Components::of(cx).iter() {
        for cell in of_tier(component, Tier::Production) {
            for artifact in cell.artifacts.iter().filter(|artifact| artifact.kind == ArtifactKind::Image) {
                compare(component, cell, artifact, cx);
            }
        }
    }
}

fn of_tier(component: &Component, tier: Tier) -> impl Iterator<Item = &Cell> {
    let is_of =
        move |cell: &&Cell| cell.environment.tier == Some(tier) && cell.environment.evidence.is_strong();
    component.cells.iter().filter(is_of)
}

fn compare(component: &Component, cell: &Cell, artifact: &Artifact, cx: &mut Cx<'_>) {
    let same_slot = |twin: &&Artifact| twin.kind == ArtifactKind::Image && twin.slot == artifact.slot;
    let twins: Vec<(&Cell, &Artifact)> = of_tier(component, Tier::Staging)
        .flat_map(|staging| staging.artifacts.iter().filter(same_slot).map(move |twin| (staging, twin)))
        .collect();
    let [(staging, twin), ..] = twins[..] else { return };
    let (here, there) = (&cell.environment.name, &staging.environment.name);
    let (name, other) = (&artifact.name, &twin.name);
    let is_one_name = twins.iter().any(|(_, twin)| repository(&twin.name) == repository(name));
    let message = if !is_one_name {
        format!("{here} runs the image `{name}`, and {there} runs `{other}`")
    } else if name == other
        && artifact.version.is_some()
        && artifact.version == twin.version
        && matches!((&artifact.digest, &twin.digest), (Some(a), Some(b)) if a != b)
    {
        let tag = artifact.version.as_deref().unwrap_or_default();
        format!("the tag {tag} of image `{name}` is another digest in {here} than in {there}")
    } else {
        return;
    };
    let report = Report {
        message,
        why: format!("what was tested in {there} is not what {here} runs").into(),
        help: "build an image once, and promote its digest from one environment to the next".into(),
    };
    let finding = cx.report(At::span(artifact.at), report);
    finding.object = Some(artifact.object.clone());
    finding.related.push(Related { span: twin.at, message: format!("the image in {there}").into() });
}

/// The last part of the name: a registry, and the folders in it, may be those of an environment.
fn repository(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}
