//! `flux-cross-namespace-source`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::graph::{GraphView, OwnerKind, OwnerView};

use super::lookup;
use super::tenants::Tenants;

rule! {
    /// A tenant's Kustomization or HelmRelease that reads a source of another namespace.
    ///
    /// ## Why
    ///
    /// The source of another namespace is another team's: its files and the credentials it is fetched with are open to
    /// the tenant. With `--no-cross-namespace-refs`, as the lockdown of Flux has it, the object is refused.
    ///
    /// ## What passes
    ///
    /// - repositories without tenants: no account with the label `toolkit.fluxcd.io/tenant`, no directory
    ///   `tenants`
    /// - objects in the namespace of Flux
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
    ///   serviceAccountName: team-a
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: shop
    ///     namespace: flux-system
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
    pub static RULE = "flux-cross-namespace-source" {
        level: Warning,
        precision: High,
        tags: ["flux", "tenancy"],
        aliases: [],
        checks: [Check::Graph(check)],
    }
}

const KINDS: &[OwnerKind] = &[OwnerKind::Kustomization, OwnerKind::HelmRelease];

fn check(view: &GraphView<'_>, cx: &mut Cx<'_>) {
    let tenants = Tenants::of(cx.world());
    let owners = view.owners().filter(|owner| KINDS.contains(&owner.owner.kind));
    for owner in owners.filter(|owner| tenants.contains(&owner.owner.key.namespace)) {
        check_owner(&owner, cx);
    }
}

fn check_owner(owner: &OwnerView<'_>, cx: &mut Cx<'_>) {
    let Some(spec) = owner.spec() else { return };
    let places = [&["sourceRef"][..], &["chartRef"], &["chart", "spec", "sourceRef"]];
    for at in places.into_iter().filter_map(|path| spec.path(path)) {
        let Some(namespace) = at.get("namespace") else { continue };
        let Some(reference) = lookup::reference(owner, at, "GitRepository") else { continue };
        if reference.namespace == owner.owner.key.namespace.as_str() {
            continue;
        }
        let finding = cx.report(
            At::value(namespace),
            Report {
                message: format!(
                    "{} of a tenant reads {} `{}`, which is not the tenant's",
                    owner.display(),
                    reference.kind,
                    reference.display()
                ),
                why: "another team's files and credentials are open to the tenant; a locked-down Flux refuses it".into(),
                help: "give the tenant a source of its own, in its own namespace".into(),
            },
        );
        finding.object = Some(owner.object.object_name());
    }
}
