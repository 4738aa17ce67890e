//! `flux-depends-on-missing`

use crate::config::suggestion;
use crate::engine::{At, Check, Cx, Report, rule};
use crate::graph::{OwnerView, Reference};
use crate::model::KindName;

use super::depends_on;
use super::lookup::{self, Found};

rule! {
    /// A `dependsOn` that names an object which is not there.
    ///
    /// ## Why
    ///
    /// The object waits for something that never comes and is never applied. A Kustomization can depend on
    /// Kustomizations and a HelmRelease on HelmReleases only, of the same cluster; without `namespace` the object's own
    /// namespace is meant.
    ///
    /// ## What passes
    ///
    /// - `flux-system/flux-system`, which `flux bootstrap` and the Flux Operator make
    /// - clusters to which other repositories are applied as well
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
    ///   dependsOn:
    ///     - name: infra
    ///   interval: 10m
    ///   path: ./apps
    ///   prune: true
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: flux-system
    /// # file: apps/namespace.yaml
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata:
    ///   name: shop
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata:
    ///   name: apps
    ///   namespace: flux-system
    /// spec:
    ///   dependsOn:
    ///     - name: infrastructure
    ///   interval: 10m
    ///   path: ./apps
    ///   prune: true
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: flux-system
    /// ---
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata:
    ///   name: infrastructure
    ///   namespace: flux-system
    /// spec:
    ///   interval: 10m
    ///   path: ./infrastructure
    ///   prune: true
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: flux-system
    /// # file: apps/namespace.yaml
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata:
    ///   name: shop
    /// # file: infrastructure/namespace.yaml
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata:
    ///   name: ingress
    /// ```
    ///
    /// ## References
    ///
    /// - <https://fluxcd.io/flux/components/kustomize/kustomizations/#dependencies>
    pub static RULE = "flux-depends-on-missing" {
        level: Error,
        precision: High,
        tags: ["flux", "order", "reference"],
        aliases: [],
        checks: [Check::Owner(depends_on::KINDS, check)],
    }
}

const OTHERS: [KindName; 2] = [
    KindName { group: "kustomize.toolkit.fluxcd.io", kind: "Kustomization" },
    KindName { group: "helm.toolkit.fluxcd.io", kind: "HelmRelease" },
];

fn check(owner: &OwnerView<'_>, cx: &mut Cx<'_>) {
    let kind = depends_on::kind(owner);
    let cluster = owner.owner.key.cluster;
    for reference in depends_on::references(owner) {
        let is_bootstrap = reference.namespace == "flux-system" && reference.name == "flux-system";
        if !is_bootstrap
            && lookup::find(owner.view, cluster, kind, &reference.namespace, &reference.name) == Found::No
        {
            report(owner, &reference, cx);
        }
    }
}

fn report(owner: &OwnerView<'_>, reference: &Reference<'_>, cx: &mut Cx<'_>) {
    let kind = depends_on::kind(owner);
    let cluster = owner.owner.key.cluster;
    let other = OTHERS.into_iter().find(|other| {
        let find = lookup::find(owner.view, cluster, *other, &reference.namespace, &reference.name);
        *other != kind && find == Found::Yes
    });
    let elsewhere = owner
        .view
        .owners()
        .map(|owner| &owner.owner.key)
        .find(|key| key.cluster == cluster && key.kind == kind.kind && key.name == reference.name);
    let names = lookup::names(owner.view, cluster, kind, &reference.namespace);
    let help = match (other, elsewhere) {
        (Some(other), _) => {
            format!(
                "`{}` is a {}: a {} can depend on its own kind only",
                reference.name, other.kind, kind.kind
            )
        }
        (None, Some(key)) => {
            format!("it is in the namespace `{}`: add `namespace` to the entry", key.namespace)
        }
        (None, None) => suggestion(&reference.name, names.iter().map(String::as_str))
            .unwrap_or_else(|| format!("name a {} of the same cluster, or remove the entry", kind.kind)),
    };
    cx.report(
        At::value(reference.name_at),
        Report {
            message: format!("{} depends on `{}`, which is not there", owner.display(), reference.display()),
            why: "it waits for ever and is never applied".into(),
            help: help.into(),
        },
    );
}
