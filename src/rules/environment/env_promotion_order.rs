//! `env-promotion-order`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::Related;
use crate::graph::{ArtifactKind, GraphView, Inversion};
use crate::rules::support::components::Components;

rule! {
    /// An image or a chart that is newer in production than in staging.
    ///
    /// ## Why
    ///
    /// A release goes through the environments in order, so that production only gets what ran before it. A version
    /// that is ahead was never tried with the configuration of the environment before it, or somebody promoted to the
    /// wrong folder. The next ordinary promotion takes it back without anybody noticing.
    ///
    /// ## What passes
    ///
    /// - several environments of one tier, such as two regions of production, that differ: they are rolled out one by
    ///   one and compared with the tier before them only
    /// - versions that nobody can order: hashes, moving tags, ranges of chart versions, other schemes, other variants
    ///   of an image
    /// - what does not run in any lower environment
    /// - environments before production, whatever their order: what is tried there comes and goes
    ///
    /// A hotfix that goes to production
    /// first is a case for `# plimsoll: ignore[env-promotion-order]` with a date. Which environment is which can be
    /// declared with `environments` in the configuration.
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: base/kustomization.yaml
    /// resources: [web.yaml]
    /// # file: base/web.yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec:
    ///   template:
    ///     spec:
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web
    /// # file: envs/staging/kustomization.yaml
    /// resources: [../../base]
    /// images:
    ///   - name: ghcr.io/acme/web
    ///     newTag: v1.7.0
    /// # file: envs/prod/kustomization.yaml
    /// resources: [../../base]
    /// images:
    ///   - name: ghcr.io/acme/web
    ///     newTag: v1.8.0
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: base/kustomization.yaml
    /// resources: [web.yaml]
    /// # file: base/web.yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec:
    ///   template:
    ///     spec:
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web
    /// # file: envs/staging/kustomization.yaml
    /// resources: [../../base]
    /// images:
    ///   - name: ghcr.io/acme/web
    ///     newTag: v1.8.0
    /// # file: envs/prod/kustomization.yaml
    /// resources: [../../base]
    /// images:
    ///   - name: ghcr.io/acme/web
    ///     newTag: v1.7.0
    /// ```
    ///
    /// ## References
    ///
    /// - <https://codefresh.io/blog/how-to-model-your-gitops-environments-and-promote-releases-between-them/>
    pub static RULE = "env-promotion-order" {
        level: Warning,
        precision: High,
        tags: ["environment", "promotion"],
        aliases: [],
        checks: [Check::Graph(check)],
    }
}

fn check(_: &GraphView<'_>, cx: &mut Cx<'_>) {
    for component in Components::of(cx).iter() {
        for Inversion { cell, artifact, before: (lower, twin) } in component.inversions() {
            if !cell.environment.evidence.is_strong() || !lower.environment.evidence.is_strong() {
                continue;
            }
            let (here, there) = (&cell.environment.name, &lower.environment.name);
            let [version, known] = [artifact, twin].map(|one| one.version.as_deref().unwrap_or_default());
            let what = match artifact.kind {
                ArtifactKind::Image => "image",
                ArtifactKind::Chart => "chart",
            };
            let name = &artifact.name;
            let report = Report {
                message: format!(
                    "{what} `{name}` is at {version} in {here}, and {there} has only got {known}"
                ),
                why: format!(
                    "{here} runs what {there} has never tried; the next promotion would take it back"
                )
                .into(),
                help: format!("bring {version} to {there} first, or set {here} back to {known}").into(),
            };
            let finding = cx.report(At::span(artifact.at), report);
            finding.object = Some(artifact.object.clone());
            finding.related.push(Related { span: twin.at, message: format!("{known} in {there}").into() });
        }
    }
}
