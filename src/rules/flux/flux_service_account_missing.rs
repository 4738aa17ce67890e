//! `flux-service-account-missing`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::graph::{GraphView, OwnerKind};

use super::tenants::Tenants;
use crate::rules::support::mentions;

rule! {
    /// A tenant's Kustomization or HelmRelease that is applied with the rights of Flux itself.
    ///
    /// ## Why
    ///
    /// Without `serviceAccountName`, Flux applies the objects as cluster administrator: whoever can write to the tenant's
    /// repository owns the cluster.
    ///
    /// ## What passes
    ///
    /// - repositories without tenants: no account with the label `toolkit.fluxcd.io/tenant`, no directory
    ///   `tenants`
    /// - the namespace of Flux
    /// - controllers with `--default-service-account`, and a FluxInstance with `multitenant: true`
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: ServiceAccount
    /// metadata:
    ///   name: team-a
    ///   namespace: team-a
    ///   labels:
    ///     toolkit.fluxcd.io/tenant: team-a
    /// ---
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata:
    ///   name: shop
    ///   namespace: team-a
    /// spec:
    ///   interval: 10m
    ///   path: ./deploy
    ///   prune: true
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: shop
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: ServiceAccount
    /// metadata:
    ///   name: team-a
    ///   namespace: team-a
    ///   labels:
    ///     toolkit.fluxcd.io/tenant: team-a
    /// ---
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata:
    ///   name: shop
    ///   namespace: team-a
    /// spec:
    ///   interval: 10m
    ///   path: ./deploy
    ///   prune: true
    ///   serviceAccountName: team-a
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: shop
    /// ```
    ///
    /// ## References
    ///
    /// - <https://fluxcd.io/flux/installation/configuration/multitenancy/>
    pub static RULE = "flux-service-account-missing" {
        level: Warning,
        security: 7.0,
        precision: High,
        tags: ["flux", "tenancy"],
        aliases: [],
        checks: [Check::Graph(check)],
    }
}

const KINDS: &[OwnerKind] = &[OwnerKind::Kustomization, OwnerKind::HelmRelease];

fn check(view: &GraphView<'_>, cx: &mut Cx<'_>) {
    let tenants = Tenants::of(cx.world());
    if tenants.is_empty()
        || mentions(cx.map(), &["--default-service-account"])
        || mentions(cx.map(), &["multitenant: true"])
    {
        return;
    }
    for owner in view.owners().filter(|owner| KINDS.contains(&owner.owner.kind)) {
        let has_account = owner.spec().is_none_or(|spec| spec.get("serviceAccountName").is_some());
        if has_account || !tenants.contains(&owner.owner.key.namespace) {
            continue;
        }
        let finding = cx.report(
            At::missing(&owner.object, &["spec", "serviceAccountName"]),
            Report {
                message: format!("{} of a tenant is applied as cluster administrator", owner.display()),
                why: "whoever can write to its source owns the cluster".into(),
                help: "set `serviceAccountName` to an account of the tenant, or `--default-service-account` for Flux"
                    .into(),
            },
        );
        finding.object = Some(owner.object.object_name());
    }
}
