//! `namespace-not-declared`

use std::collections::BTreeSet;

use crate::engine::{At, Check, Cx, Report, rule};
use crate::graph::{ClusterId, GraphView, OwnerView};

rule! {
    /// An owner that applies objects to a namespace which nothing in the repository makes.
    ///
    /// ## Why
    ///
    /// On a new cluster the namespace is not there, and the first sync fails until somebody creates it by hand.
    ///
    /// ## What passes
    ///
    /// - `CreateNamespace=true` of an Application, `install.createNamespace` of a HelmRelease
    /// - a Namespace that any owner of the same cluster applies
    /// - `default`, `kube-system`, and the namespaces of the controllers themselves
    /// - clusters that are only known when they run, and an owner of which a part is not rendered
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: app.yaml
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
    /// # file: apps/a/cm.yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: settings
    /// data:
    ///   colour: red
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: app.yaml
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
    /// # file: apps/a/cm.yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: settings
    /// data:
    ///   colour: red
    /// ---
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata:
    ///   name: shop
    /// ```
    ///
    /// ## References
    ///
    /// - <https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/#create-namespace>
    pub static RULE = "namespace-not-declared" {
        level: Note,
        profile: Pedantic,
        precision: Medium,
        tags: ["graph"],
        aliases: [],
        checks: [Check::Graph(check)],
    }
}

/// Namespaces that are there before any owner is.
const GIVEN: [&str; 7] =
    ["", "default", "kube-system", "kube-public", "argocd", "openshift-gitops", "flux-system"];

fn check(view: &GraphView<'_>, cx: &mut Cx<'_>) {
    let objects = &view.graph.objects;
    let made: BTreeSet<(ClusterId, &str)> = objects
        .iter()
        .filter(|placed| placed.key.kind == "Namespace")
        .map(|placed| (placed.key.cluster, placed.key.name.as_str()))
        .collect();
    let mut wanted = BTreeSet::new();
    for placed in objects {
        let (cluster, namespace) = (placed.key.cluster, placed.key.namespace.as_str());
        let is_known = GIVEN.contains(&namespace) || made.contains(&(cluster, namespace));
        if !is_known && !namespace.contains(['$', '{']) && !view.graph.cluster(cluster).is_opaque {
            wanted.insert((placed.owner, namespace));
        }
    }
    for (owner, namespace) in wanted {
        let owner = view.owner(owner);
        let is_partial =
            owner.deliveries().any(|(_, unit)| unit.is_none_or(|unit| unit.partial || unit.failed));
        if !is_partial && !creates(&owner) {
            report(&owner, namespace, cx);
        }
    }
}

fn creates(owner: &OwnerView<'_>) -> bool {
    let Some(spec) = owner.spec() else { return true };
    let options = spec.path(&["syncPolicy", "syncOptions"]).into_iter().flat_map(|options| options.items());
    let by_argo =
        options.into_iter().any(|option| option.text().is_some_and(|text| text == "CreateNamespace=true"));
    by_argo || spec.path(&["install", "createNamespace"]).is_some_and(|create| create.bool() == Some(true))
}

fn report(owner: &OwnerView<'_>, namespace: &str, cx: &mut Cx<'_>) {
    let Some(delivery) = owner.owner.deliveries.first() else { return };
    let finding = cx.report(
        At::span(delivery.at),
        Report {
            message: format!(
                "{} applies objects to the namespace `{namespace}`, which nothing makes",
                owner.display()
            ),
            why: "on a new cluster the first sync fails".into(),
            help: "add a Namespace, or set `CreateNamespace=true` on an Application".into(),
        },
    );
    finding.object = Some(owner.object.object_name());
}
