//! `api-deprecated-ecosystem`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::ObjectView;
use crate::schema::{Lookup, ecosystem};

use super::checked;

rule! {
    /// An API version that newer releases of what is installed beside Kubernetes no longer serve.
    ///
    /// ## Why
    ///
    /// After the upgrade of cert-manager, Istio, external-secrets and their like the API server does not know the object
    /// any more, and what is applied together with it stays as it was. Which release is installed is not looked at: that
    /// is why this is a note.
    ///
    /// ## What passes
    ///
    /// - the current API versions
    /// - kinds of which a CustomResourceDefinition of the repository still defines the version
    /// - API versions of Flux, which `flux-deprecated-api` knows
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: cert-manager.io/v1alpha2
    /// kind: Certificate
    /// metadata:
    ///   name: web
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: cert-manager.io/v1
    /// kind: Certificate
    /// metadata:
    ///   name: web
    /// ```
    ///
    /// ## References
    ///
    /// - <https://cert-manager.io/docs/releases/upgrading/remove-deprecated-apis/>
    /// - <https://doc.traefik.io/traefik/migrate/v2-to-v3-details/>
    pub static RULE = "api-deprecated-ecosystem" {
        level: Note,
        precision: High,
        tags: ["api", "deprecation"],
        aliases: [],
        checks: [Check::Around(&Check::Object(&[], check))],
    }
}

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let (api_version, kind) = (object.api_version(), object.kind());
    let Some(life) = ecosystem(api_version, kind) else { return };
    let schemas = checked::Schemas::of(cx.world());
    let is_defined = match schemas.catalog.find(object.map, api_version, kind) {
        Lookup::Known(kinds) => kinds.iter().any(|kind| kind.origin.is_none()),
        Lookup::Opaque => true,
        Lookup::OtherVersion(_) | Lookup::Unknown => false,
    };
    let Some(at) = object.root.get("apiVersion").filter(|_| !is_defined) else { return };
    let product = life.product;
    let message = match (life.removed, life.deprecated) {
        ("", "") => format!("{product}, which `{api_version}` of {kind} is for, is no longer developed"),
        ("", since) => format!("{product} calls `{api_version}` of {kind} deprecated since {since}"),
        (removed, _) => format!("{product} {removed} has removed `{api_version}` of {kind}"),
    };
    let report = Report {
        message,
        why: "after the upgrade the API server does not know the object, and what is applied together with it stays".into(),
        help: format!("use `{}`; some fields may have other names there", life.instead).into(),
    };
    cx.report(At::value(at), report);
}
