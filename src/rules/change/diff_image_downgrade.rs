//! `diff-image-downgrade`

use std::cmp::Ordering;

use crate::config::Tier;
use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::Level;
use crate::graph::{Artifact, ArtifactKind, ChangeView, compare_versions, components};

rule! {
    /// A change that takes an image of production back.
    ///
    /// ## Why
    ///
    /// An older version in production is rarely meant: a merge that took the wrong side, a branch that was never
    /// rebased. Migrations of the newer version may not be undone. A digest that becomes a tag, or another
    /// registry, takes back what was made sure of.
    ///
    /// ## What passes
    ///
    /// - environments before production
    /// - versions that do not compare
    ///
    /// When a commit of the change says `revert` or `rollback`, it is a note.
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: base/overlays/prod/kustomization.yaml
    /// resources: [deployment.yaml]
    /// # file: base/overlays/prod/deployment.yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec:
    ///   selector: {matchLabels: {app: web}}
    ///   template:
    ///     metadata: {labels: {app: web}}
    ///     spec:
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.9.0
    /// # file: head/overlays/prod/kustomization.yaml
    /// resources: [deployment.yaml]
    /// # file: head/overlays/prod/deployment.yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec:
    ///   selector: {matchLabels: {app: web}}
    ///   template:
    ///     metadata: {labels: {app: web}}
    ///     spec:
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.8.0
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: base/overlays/prod/kustomization.yaml
    /// resources: [deployment.yaml]
    /// # file: base/overlays/prod/deployment.yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec:
    ///   selector: {matchLabels: {app: web}}
    ///   template:
    ///     metadata: {labels: {app: web}}
    ///     spec:
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.9.0
    /// # file: head/overlays/prod/kustomization.yaml
    /// resources: [deployment.yaml]
    /// # file: head/overlays/prod/deployment.yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec:
    ///   selector: {matchLabels: {app: web}}
    ///   template:
    ///     metadata: {labels: {app: web}}
    ///     spec:
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.10.0
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/containers/images/>
    pub static RULE = "diff-image-downgrade" {
        level: Warning,
        precision: High,
        tags: ["change", "image"],
        aliases: [],
        checks: [Check::Change(check)],
    }
}

fn check(change: &ChangeView<'_>, cx: &mut Cx<'_>) {
    let before = components(&change.base);
    let is_meant = change.messages.iter().any(|message| {
        let message = message.to_lowercase();
        message.contains("revert") || message.contains("rollback") || message.contains("roll back")
    });
    for component in components(&change.head) {
        let Some(old) = before.iter().find(|old| old.key == component.key) else { continue };
        for cell in component.cells.iter().filter(|cell| cell.environment.tier == Some(Tier::Production)) {
            let Some(old) = old.cells.iter().find(|old| old.environment.name == cell.environment.name) else {
                continue;
            };
            for new in cell.artifacts.iter().filter(|it| it.kind == ArtifactKind::Image) {
                let slot = |list: &[Artifact]| {
                    list.iter().filter(|it| it.slot == new.slot && it.kind == new.kind).count()
                };
                let old_one = old.artifacts.iter().find(|it| it.slot == new.slot && it.kind == new.kind);
                // Two in one slot cannot be told apart.
                let Some(was) = old_one.filter(|_| slot(&old.artifacts) == 1 && slot(&cell.artifacts) == 1)
                else {
                    continue;
                };
                let Some(what) = step_back(was, new) else { continue };
                let level = if is_meant { Level::Note } else { cx.level() };
                let finding = cx.report(
                    At::span(new.at),
                    Report {
                        message: format!("`{}` {what} in {}", new.name, cell.environment.name),
                        why: "production gets less than it has, and what the newer one changed may not be undone".into(),
                        help: "rebase the change; if it is a rollback, say so in the message of the commit".into(),
                    },
                );
                finding.level = level;
                finding.object = Some(new.object.clone());
            }
        }
    }
}

/// What is less about an image than before.
fn step_back(was: &Artifact, new: &Artifact) -> Option<String> {
    if registry(&was.name) != registry(&new.name) {
        return Some(format!("comes from another registry than `{}`", was.name));
    }
    if was.name != new.name {
        return None;
    }
    if let (Some(old), Some(version)) = (&was.version, &new.version)
        && compare_versions(version, old) == Some(Ordering::Less)
    {
        return Some(format!("goes back from {old} to {version}"));
    }
    (was.digest.is_some() && new.digest.is_none()).then(|| "is no longer pinned by its digest".to_owned())
}

/// The registry of an image's name.
fn registry(name: &str) -> &str {
    let first = name.split_once('/').map_or("", |(first, _)| first);
    if first.contains(['.', ':']) || first == "localhost" { first } else { "docker.io" }
}
