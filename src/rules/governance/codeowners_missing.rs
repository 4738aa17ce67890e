//! `codeowners-missing`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::graph::GraphView;
use crate::source::Span;

use super::protected;

rule! {
    /// A repository that deploys, and in which nobody in particular has to approve anything.
    ///
    /// ## Why
    ///
    /// In a GitOps repository whoever merges deploys. CODEOWNERS makes the approval of those who answer for a path a
    /// condition; without it any approval counts. A CODEOWNERS file where the forge does not look for one has no effect.
    ///
    /// Runs in the profile `pedantic`, because a repository with one maintainer needs none.
    ///
    /// ## What passes
    ///
    /// - a file where the forge reads it: `.github/`, the root or `docs/` on GitHub, `.gitlab/` on GitLab
    /// - a repository without Argo CD's or Flux's objects
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata:
    ///   name: apps
    ///   namespace: flux-system
    /// spec:
    ///   interval: 10m
    ///   path: ./apps
    ///   prune: true
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: flux-system
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: clusters/prod/apps.yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata:
    ///   name: apps
    ///   namespace: flux-system
    /// spec:
    ///   interval: 10m
    ///   path: ./apps
    ///   prune: true
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: flux-system
    /// # file: .github/CODEOWNERS
    /// * @acme/platform
    /// ```
    ///
    /// ## References
    ///
    /// - <https://docs.github.com/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners>
    /// - <https://docs.gitlab.com/user/project/codeowners/reference/>
    pub static RULE = "codeowners-missing" {
        level: Note,
        profile: Pedantic,
        precision: Medium,
        tags: ["governance"],
        aliases: [],
        checks: [Check::Graph(check)],
    }
}

fn check(view: &GraphView<'_>, cx: &mut Cx<'_>) {
    let Some(owner) = view.owners().find(|owner| owner.owner.parent.is_none()) else { return };
    if protected::codeowners(cx.world()).is_some() {
        return;
    }
    if let Some(file) = protected::misplaced(cx.world()) {
        let places = protected::forge(cx.world()).places().iter().take(3);
        let places: Vec<String> = places.map(|place| format!("`{place}`")).collect();
        cx.report(
            At::span(Span::new(file.file.source, 0, 0)),
            Report {
                message: "this CODEOWNERS file has no effect: it lies where the forge does not look".into(),
                why: "changes are merged with the approval of anybody who may approve".into(),
                help: format!("move it to {}", places.join(", ")).into(),
            },
        );
        return;
    }
    let at = owner.object.root.path(&["metadata", "name"]).unwrap_or(owner.object.root);
    let finding = cx.report(
        At::value(at),
        Report {
            message: format!("{} deploys from here, and there is no CODEOWNERS file", owner.display()),
            why: "changes of production are merged with the approval of anybody who may approve".into(),
            help: "add `.github/CODEOWNERS`, and require the approval of code owners for the branch".into(),
        },
    );
    finding.object = Some(owner.object.object_name());
}
