//! `commits-unsigned`

use crate::engine::{Check, Cx, Report, rule};
use crate::host::{Commit, History};

use super::past::{self, short};

rule! {
    /// Commits that carry no signature, on the branch that is deployed.
    ///
    /// ## Why
    ///
    /// The name in a commit is whatever its author typed. A signature is what a controller can verify before it applies
    /// one: `spec.verify` of a GitRepository, signature keys of an AppProject.
    ///
    /// Looked at are the last fifty commits along first parents that change YAML or JSON, of the default branch where it
    /// is known. Whether a signature is there is all that is looked at: nobody verifies it, as that takes keys.
    ///
    /// Runs in the profile `pedantic`, or when it is selected, and says nothing where a clone is cut off earlier.
    ///
    /// ## What passes
    ///
    /// - merges and squash merges that the forge signs
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: HISTORY
    /// commit 5c1f00d | Ada <ada@acme.com> | Raise the limit | apps/web.yaml
    /// # file: clusters/prod.yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata: {name: prod, namespace: flux-system}
    /// spec:
    ///   interval: 10m
    ///   path: ./apps
    ///   prune: true
    ///   sourceRef: {kind: GitRepository, name: flux-system}
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: HISTORY
    /// commit 5c1f00d signed | Ada <ada@acme.com> | Raise the limit | apps/web.yaml
    /// # file: clusters/prod.yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata: {name: prod, namespace: flux-system}
    /// spec:
    ///   interval: 10m
    ///   path: ./apps
    ///   prune: true
    ///   sourceRef: {kind: GitRepository, name: flux-system}
    /// ```
    ///
    /// ## References
    ///
    /// - <https://fluxcd.io/flux/components/source/gitrepositories/#verification>
    /// - <https://argo-cd.readthedocs.io/en/stable/user-guide/gpg-verification/>
    pub static RULE = "commits-unsigned" {
        level: Note,
        profile: Pedantic,
        precision: High,
        tags: ["governance", "git", "supply-chain"],
        aliases: [],
        checks: [Check::History(check)],
    }
}

fn check(history: &History, cx: &mut Cx<'_>) {
    let (Some(commits), Some((at, object))) = (past::commits(history), past::place(cx.world())) else {
        return;
    };
    let unsigned: Vec<&&Commit> = commits.iter().filter(|commit| !commit.is_signed).collect();
    let Some(newest) = unsigned.first() else { return };
    let report = Report {
        message: format!(
            "{} of the last {} commits that change configuration carry no signature, {} is the newest",
            unsigned.len(),
            commits.len(),
            short(newest)
        ),
        why: "the author of a commit is whatever somebody typed, and no controller can tell".into(),
        help: "sign commits, let the forge require it for the branch, and let the controller verify them"
            .into(),
    };
    cx.report(at, report).object = Some(object);
}
