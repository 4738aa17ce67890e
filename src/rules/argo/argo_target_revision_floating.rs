//! `argo-target-revision-floating`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::graph::{OwnerKind, OwnerView, Status};

rule! {
    /// An Argo CD Application that follows a branch of somebody else's repository.
    ///
    /// ## Why
    ///
    /// A push to that branch changes this cluster at once, without a commit or a review here, and a rollback here brings
    /// nothing back.
    ///
    /// ## What passes
    ///
    /// - this repository: its branch is what GitOps is about
    /// - tags, commits, and versions of charts
    ///
    /// Which branches are branches cannot be seen without the other repository; looked at are an absent revision, `HEAD`
    /// and the common names.
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: app.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: shop
    /// spec:
    ///   source:
    ///     repoURL: https://github.com/other/manifests
    ///     path: shop
    ///     targetRevision: main
    /// # file: GIT
    /// remote https://github.com/acme/gitops
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: app.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: shop
    /// spec:
    ///   source:
    ///     repoURL: https://github.com/other/manifests
    ///     path: shop
    ///     targetRevision: v1.4.2
    /// # file: GIT
    /// remote https://github.com/acme/gitops
    /// ```
    ///
    /// ## References
    ///
    /// - <https://argo-cd.readthedocs.io/en/stable/user-guide/tracking_strategies/>
    pub static RULE = "argo-target-revision-floating" {
        level: Warning,
        security: 4.0,
        precision: High,
        tags: ["argo-cd", "supply-chain"],
        aliases: [],
        checks: [Check::Owner(&[OwnerKind::Application], check)],
    }
}

/// Names of branches that are nearly never tags.
const BRANCHES: [&str; 9] =
    ["", "HEAD", "main", "master", "develop", "dev", "trunk", "refs/heads/main", "refs/heads/master"];

fn check(owner: &OwnerView<'_>, cx: &mut Cx<'_>) {
    let Some(spec) = owner.spec() else { return };
    for (source, delivery) in crate::graph::sources(spec).into_iter().zip(&owner.owner.deliveries) {
        let address = source.get("repoURL").and_then(|url| url.text()).unwrap_or_default();
        let is_git =
            source.get("chart").is_none() && !address.starts_with("oci://") && !address.contains("{{");
        if delivery.status != Status::External || !is_git || address.is_empty() {
            continue;
        }
        let revision = source.get("targetRevision");
        let text = revision.and_then(|revision| revision.text()).unwrap_or_default();
        if !BRANCHES.contains(&text.trim()) {
            continue;
        }
        let at = match revision {
            Some(revision) => At::value(revision),
            None => At::missing_below(&owner.object, source, &["targetRevision"]),
        };
        let what = if text.is_empty() { "the default branch".to_owned() } else { format!("`{text}`") };
        cx.report(
            at,
            Report {
                message: format!("{} follows {what} of another repository", owner.display()),
                why: "a push there changes this cluster without a review here".into(),
                help: "pin a tag or a commit in `targetRevision`".into(),
            },
        );
    }
}
