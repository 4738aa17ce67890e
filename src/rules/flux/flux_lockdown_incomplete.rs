//! `flux-lockdown-incomplete`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::{KindName, KustomizationView, ObjectView};

use super::tenants::Tenants;
use crate::rules::support::mentions;

rule! {
    /// A Flux with tenants that is not locked down against them.
    ///
    /// ## Why
    ///
    /// Without `--no-cross-namespace-refs=true` a tenant can use the sources of others, without `--no-remote-bases=true`
    /// its kustomizations can fetch anything, and without `--default-service-account` what forgets to name an account is
    /// applied as cluster administrator.
    ///
    /// ## What passes
    ///
    /// - repositories without tenants: no account with the label `toolkit.fluxcd.io/tenant`, no directory
    ///   `tenants`
    /// - a FluxInstance with `multitenant: true`
    /// - flags that some file of the repository sets
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: clusters/production/flux-system/kustomization.yaml
    /// resources:
    ///   - gotk-components.yaml
    /// # file: clusters/production/flux-system/gotk-components.yaml
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata:
    ///   name: flux-system
    /// # file: tenants/team-a/account.yaml
    /// apiVersion: v1
    /// kind: ServiceAccount
    /// metadata:
    ///   name: team-a
    ///   namespace: team-a
    ///   labels:
    ///     toolkit.fluxcd.io/tenant: team-a
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: clusters/production/flux-system/kustomization.yaml
    /// resources:
    ///   - gotk-components.yaml
    /// patches:
    ///   - target:
    ///       kind: Deployment
    ///       name: (kustomize-controller|helm-controller)
    ///     patch: |
    ///       - op: add
    ///         path: /spec/template/spec/containers/0/args/-
    ///         value: --no-cross-namespace-refs=true
    ///       - op: add
    ///         path: /spec/template/spec/containers/0/args/-
    ///         value: --no-remote-bases=true
    ///       - op: add
    ///         path: /spec/template/spec/containers/0/args/-
    ///         value: --default-service-account=default
    /// # file: clusters/production/flux-system/gotk-components.yaml
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata:
    ///   name: flux-system
    /// # file: tenants/team-a/account.yaml
    /// apiVersion: v1
    /// kind: ServiceAccount
    /// metadata:
    ///   name: team-a
    ///   namespace: team-a
    ///   labels:
    ///     toolkit.fluxcd.io/tenant: team-a
    /// ```
    ///
    /// ## References
    ///
    /// - <https://fluxcd.io/flux/installation/configuration/multitenancy/#how-to-configure-flux-multi-tenancy>
    pub static RULE = "flux-lockdown-incomplete" {
        level: Warning,
        security: 6.0,
        precision: High,
        tags: ["flux", "tenancy"],
        aliases: [],
        checks: [Check::Around(&Check::Kustomization(check)), Check::Around(&Check::Object(INSTANCE, check_instance))],
    }
}

const INSTANCE: &[KindName] = &[KindName { group: "fluxcd.controlplane.io", kind: "FluxInstance" }];
const FLAGS: [&str; 3] =
    ["--no-cross-namespace-refs=true", "--no-remote-bases=true", "--default-service-account"];

fn check(kustomization: &KustomizationView<'_>, cx: &mut Cx<'_>) {
    let document = &kustomization.document;
    let resources = document.root.get("resources");
    let is_flux = |text: &str| text.ends_with("gotk-components.yaml");
    let item = resources
        .into_iter()
        .flat_map(|list| list.items())
        .find(|item| item.text().is_some_and(|text| is_flux(&text)));
    if let Some(item) = item.filter(|_| !Tenants::of(cx.world()).is_empty()) {
        let missing: Vec<String> = FLAGS
            .iter()
            .filter(|flag| !mentions(cx.map(), &[flag]))
            .map(|flag| format!("`{flag}`"))
            .collect();
        if !missing.is_empty() {
            report(At::value(item), &missing.join(", "), "add the patches of the multi-tenancy lockdown", cx);
        }
    }
}

fn check_instance(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let cluster = object.root.path(&["spec", "cluster"]);
    let multitenant = cluster.and_then(|cluster| cluster.get("multitenant"));
    let is_on = multitenant.is_some_and(|value| value.bool() != Some(false));
    if is_on || Tenants::of(cx.world()).is_empty() {
        return;
    }
    let at = multitenant.map_or_else(|| At::missing(object, &["spec", "cluster", "multitenant"]), At::value);
    report(at, "`multitenant: true`", "set `spec.cluster.multitenant`", cx);
}

fn report(at: At, missing: &str, help: &'static str, cx: &mut Cx<'_>) {
    cx.report(
        at,
        Report {
            message: format!("Flux has tenants and is not locked down: {missing} is missing"),
            why: "a tenant can reach the sources of others and act with the rights of Flux".into(),
            help: help.into(),
        },
    );
}
