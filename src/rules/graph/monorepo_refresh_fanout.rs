//! `monorepo-refresh-fanout`

use std::collections::BTreeMap;

use crate::engine::{At, Check, Cx, Report, rule};
use crate::graph::{GraphView, OwnerKind, OwnerView};

rule! {
    /// Many Applications of one repository that all refresh with every commit.
    ///
    /// ## Why
    ///
    /// Argo CD renders every Application of a repository again when anything in it changes, unless an annotation
    /// says which paths concern it. With dozens of Applications each commit keeps the repo server busy for minutes,
    /// and what was changed waits in the queue.
    ///
    /// ## What passes
    ///
    /// - up to twenty Applications of one repository
    /// - `argocd.argoproj.io/manifest-generate-paths` on any of them
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: apps.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: a0
    ///   namespace: argocd
    /// spec:
    ///   project: shop
    ///   source:
    ///     repoURL: https://git.example.com/acme/gitops
    ///     path: apps/a0
    ///     targetRevision: HEAD
    ///   destination:
    ///     server: https://kubernetes.default.svc
    ///     namespace: shop
    /// ---
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: a1
    ///   namespace: argocd
    /// spec:
    ///   project: shop
    ///   source:
    ///     repoURL: https://git.example.com/acme/gitops
    ///     path: apps/a1
    ///     targetRevision: HEAD
    ///   destination:
    ///     server: https://kubernetes.default.svc
    ///     namespace: shop
    /// ---
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: a2
    ///   namespace: argocd
    /// spec:
    ///   project: shop
    ///   source:
    ///     repoURL: https://git.example.com/acme/gitops
    ///     path: apps/a2
    ///     targetRevision: HEAD
    ///   destination:
    ///     server: https://kubernetes.default.svc
    ///     namespace: shop
    /// ---
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: a3
    ///   namespace: argocd
    /// spec:
    ///   project: shop
    ///   source:
    ///     repoURL: https://git.example.com/acme/gitops
    ///     path: apps/a3
    ///     targetRevision: HEAD
    ///   destination:
    ///     server: https://kubernetes.default.svc
    ///     namespace: shop
    /// ---
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: a4
    ///   namespace: argocd
    /// spec:
    ///   project: shop
    ///   source:
    ///     repoURL: https://git.example.com/acme/gitops
    ///     path: apps/a4
    ///     targetRevision: HEAD
    ///   destination:
    ///     server: https://kubernetes.default.svc
    ///     namespace: shop
    /// ---
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: a5
    ///   namespace: argocd
    /// spec:
    ///   project: shop
    ///   source:
    ///     repoURL: https://git.example.com/acme/gitops
    ///     path: apps/a5
    ///     targetRevision: HEAD
    ///   destination:
    ///     server: https://kubernetes.default.svc
    ///     namespace: shop
    /// ---
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: a6
    ///   namespace: argocd
    /// spec:
    ///   project: shop
    ///   source:
    ///     repoURL: https://git.example.com/acme/gitops
    ///     path: apps/a6
    ///     targetRevision: HEAD
    ///   destination:
    ///     server: https://kubernetes.default.svc
    ///     namespace: shop
    /// ---
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: a7
    ///   namespace: argocd
    /// spec:
    ///   project: shop
    ///   source:
    ///     repoURL: https://git.example.com/acme/gitops
    ///     path: apps/a7
    ///     targetRevision: HEAD
    ///   destination:
    ///     server: https://kubernetes.default.svc
    ///     namespace: shop
    /// ---
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: a8
    ///   namespace: argocd
    /// spec:
    ///   project: shop
    ///   source:
    ///     repoURL: https://git.example.com/acme/gitops
    ///     path: apps/a8
    ///     targetRevision: HEAD
    ///   destination:
    ///     server: https://kubernetes.default.svc
    ///     namespace: shop
    /// ---
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: a9
    ///   namespace: argocd
    /// spec:
    ///   project: shop
    ///   source:
    ///     repoURL: https://git.example.com/acme/gitops
    ///     path: apps/a9
    ///     targetRevision: HEAD
    ///   destination:
    ///     server: https://kubernetes.default.svc
    ///     namespace: shop
    /// ---
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: a10
    ///   namespace: argocd
    /// spec:
    ///   project: shop
    ///   source:
    ///     repoURL: https://git.example.com/acme/gitops
    ///     path: apps/a10
    ///     targetRevision: HEAD
    ///   destination:
    ///     server: https://kubernetes.default.svc
    ///     namespace: shop
    /// ---
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: a11
    ///   namespace: argocd
    /// spec:
    ///   project: shop
    ///   source:
    ///     repoURL: https://git.example.com/acme/gitops
    ///     path: apps/a11
    ///     targetRevision: HEAD
    ///   destination:
    ///     server: https://kubernetes.default.svc
    ///     namespace: shop
    /// ---
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: a12
    ///   namespace: argocd
    /// spec:
    ///   project: shop
    ///   source:
    ///     repoURL: https://git.example.com/acme/gitops
    ///     path: apps/a12
    ///     targetRevision: HEAD
    ///   destination:
    ///     server: https://kubernetes.default.svc
    ///     namespace: shop
    /// ---
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: a13
    ///   namespace: argocd
    /// spec:
    ///   project: shop
    ///   source:
    ///     repoURL: https://git.example.com/acme/gitops
    ///     path: apps/a13
    ///     targetRevision: HEAD
    ///   destination:
    ///     server: https://kubernetes.default.svc
    ///     namespace: shop
    /// ---
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: a14
    ///   namespace: argocd
    /// spec:
    ///   project: shop
    ///   source:
    ///     repoURL: https://git.example.com/acme/gitops
    ///     path: apps/a14
    ///     targetRevision: HEAD
    ///   destination:
    ///     server: https://kubernetes.default.svc
    ///     namespace: shop
    /// ---
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: a15
    ///   namespace: argocd
    /// spec:
    ///   project: shop
    ///   source:
    ///     repoURL: https://git.example.com/acme/gitops
    ///     path: apps/a15
    ///     targetRevision: HEAD
    ///   destination:
    ///     server: https://kubernetes.default.svc
    ///     namespace: shop
    /// ---
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: a16
    ///   namespace: argocd
    /// spec:
    ///   project: shop
    ///   source:
    ///     repoURL: https://git.example.com/acme/gitops
    ///     path: apps/a16
    ///     targetRevision: HEAD
    ///   destination:
    ///     server: https://kubernetes.default.svc
    ///     namespace: shop
    /// ---
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: a17
    ///   namespace: argocd
    /// spec:
    ///   project: shop
    ///   source:
    ///     repoURL: https://git.example.com/acme/gitops
    ///     path: apps/a17
    ///     targetRevision: HEAD
    ///   destination:
    ///     server: https://kubernetes.default.svc
    ///     namespace: shop
    /// ---
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: a18
    ///   namespace: argocd
    /// spec:
    ///   project: shop
    ///   source:
    ///     repoURL: https://git.example.com/acme/gitops
    ///     path: apps/a18
    ///     targetRevision: HEAD
    ///   destination:
    ///     server: https://kubernetes.default.svc
    ///     namespace: shop
    /// ---
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: a19
    ///   namespace: argocd
    /// spec:
    ///   project: shop
    ///   source:
    ///     repoURL: https://git.example.com/acme/gitops
    ///     path: apps/a19
    ///     targetRevision: HEAD
    ///   destination:
    ///     server: https://kubernetes.default.svc
    ///     namespace: shop
    /// ---
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: a20
    ///   namespace: argocd
    /// spec:
    ///   project: shop
    ///   source:
    ///     repoURL: https://git.example.com/acme/gitops
    ///     path: apps/a20
    ///     targetRevision: HEAD
    ///   destination:
    ///     server: https://kubernetes.default.svc
    ///     namespace: shop
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: apps.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: a
    ///   namespace: argocd
    /// spec:
    ///   project: shop
    ///   source:
    ///     repoURL: https://git.example.com/acme/gitops
    ///     path: apps/a
    ///     targetRevision: HEAD
    ///   destination:
    ///     server: https://kubernetes.default.svc
    ///     namespace: shop
    /// ```
    ///
    /// ## References
    ///
    /// - <https://argo-cd.readthedocs.io/en/stable/operator-manual/high_availability/#manifest-paths-annotation>
    pub static RULE = "monorepo-refresh-fanout" {
        level: Note,
        profile: Pedantic,
        precision: High,
        tags: ["graph", "performance"],
        aliases: [],
        checks: [Check::Graph(check)],
    }
}

/// Applications of one repository that nobody waits for.
const FEW: usize = 20;
const PATHS: &str = "argocd.argoproj.io/manifest-generate-paths";

fn check(view: &GraphView<'_>, cx: &mut Cx<'_>) {
    let mut by_address: BTreeMap<String, Vec<OwnerView<'_>>> = BTreeMap::new();
    for owner in view.owners().filter(|owner| owner.owner.kind == OwnerKind::Application) {
        let source =
            owner.spec().and_then(|spec| spec.get("source")).filter(|source| source.get("path").is_some());
        let address = source.and_then(|source| source.get("repoURL")).and_then(|address| address.text());
        if let Some(address) = address.filter(|address| !address.contains(['$', '{'])) {
            by_address.entry(address.into_owned()).or_default().push(owner);
        }
    }
    for (_, owners) in by_address {
        let has_paths = owners.iter().any(|owner| owner.object.annotation(PATHS).is_some());
        let Some(first) = owners.first().filter(|_| owners.len() > FEW && !has_paths) else { continue };
        let Some(at) = first.object.root.path(&["spec", "source", "repoURL"]) else { continue };
        let finding = cx.report(
            At::value(at),
            Report {
                message: format!(
                    "every commit refreshes all {} Applications of this repository",
                    owners.len()
                ),
                why: "the repo server renders each of them again, and changes wait in the queue".into(),
                help: format!("set the annotation `{PATHS}` on them, for example to `.`").into(),
            },
        );
        finding.object = Some(first.object.object_name());
    }
}
