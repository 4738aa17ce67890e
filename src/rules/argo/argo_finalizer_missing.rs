//! `argo-finalizer-missing`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::graph::{OwnerKind, OwnerView};

rule! {
    /// An Argo CD Application that leaves everything running when its parent prunes it.
    ///
    /// ## Why
    ///
    /// Removing the Application from the repository makes its parent delete it. Without the finalizer only the
    /// Application goes; its objects stay in the cluster, and nothing manages them any more.
    ///
    /// Some leave the finalizer out on purpose, as a protection, so the rule is pedantic.
    ///
    /// ## What passes
    ///
    /// - Applications that no pruning Application creates, and those of ApplicationSets, which bring the finalizer
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: root.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: root
    /// spec:
    ///   source:
    ///     repoURL: https://github.com/acme/gitops
    ///     path: apps
    ///   syncPolicy:
    ///     automated:
    ///       prune: true
    /// # file: apps/shop.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: shop
    /// spec:
    ///   project: shop
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: root.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: root
    /// spec:
    ///   source:
    ///     repoURL: https://github.com/acme/gitops
    ///     path: apps
    ///   syncPolicy:
    ///     automated:
    ///       prune: true
    /// # file: apps/shop.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: shop
    ///   finalizers: [resources-finalizer.argocd.argoproj.io]
    /// spec:
    ///   project: shop
    /// ```
    ///
    /// ## References
    ///
    /// - <https://argo-cd.readthedocs.io/en/stable/user-guide/app_deletion/>
    pub static RULE = "argo-finalizer-missing" {
        level: Note,
        profile: Pedantic,
        precision: High,
        tags: ["argo-cd"],
        aliases: [],
        checks: [Check::Owner(&[OwnerKind::Application], check)],
    }
}

fn check(owner: &OwnerView<'_>, cx: &mut Cx<'_>) {
    let parent = owner.parent().filter(|parent| parent.owner.kind == OwnerKind::Application);
    let prunes = parent
        .and_then(|parent| parent.spec()?.path(&["syncPolicy", "automated", "prune"])?.bool())
        .unwrap_or(false);
    let finalizers = owner.object.root.path(&["metadata", "finalizers"]);
    let mut finalizers = finalizers.into_iter().flat_map(|list| list.items()).filter_map(|item| item.text());
    if !prunes || finalizers.any(|text| text.starts_with("resources-finalizer.argocd.argoproj.io")) {
        return;
    }
    cx.report(
        At::missing(&owner.object, &["metadata", "finalizers"]),
        Report {
            message: format!("{} leaves its objects behind when it is removed from the repository", owner.display()),
            why: "its parent prunes the Application alone; what it applied keeps running, and nothing manages it".into(),
            help: "add the finalizer `resources-finalizer.argocd.argoproj.io`".into(),
        },
    );
}
