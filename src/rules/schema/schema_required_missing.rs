//! `schema-required-missing`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::ObjectView;
use crate::rules::support::{bases, flux_patches};
use crate::schema::ProblemKind;

use super::checked;

rule! {
    /// A field that must be set and is not.
    ///
    /// ## Why
    ///
    /// The API server refuses such an object, and what is applied together with it stays as it was.
    ///
    /// A field counts that the definition of the kind requires and that the API server does insist on: it fills some in
    /// itself, and those are not asked for. One with nothing behind it is not set.
    ///
    /// ## What passes
    ///
    /// - a base that no overlay has taken up yet, where a controller applies other things: overlays add what it lacks
    /// - kinds that nothing is known about, and custom resources that a CustomResourceDefinition of the repository does
    ///   not describe either
    /// - values that something fills in or decrypts first: `${NAME}`, `{{ … }}`, `ENC[…]`
    /// - objects that nothing of the repository applies, where it has kustomizations: they may be patches for others
    /// - patches, which are looked at as part of what they make, and what Flux merges into an object of somebody else
    /// - the status, and the installation manifests of Flux and Argo CD
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec:
    ///   replicas: 3
    ///   template:
    ///     metadata:
    ///       labels:
    ///         app: web
    ///     spec:
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.8.2
    ///           imagePullPolicy: Always
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec:
    ///   replicas: 3
    ///   selector:
    ///     matchLabels:
    ///       app: web
    ///   template:
    ///     metadata:
    ///       labels:
    ///         app: web
    ///     spec:
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.8.2
    ///           imagePullPolicy: Always
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation>
    pub static RULE = "schema-required-missing" {
        level: Error,
        precision: VeryHigh,
        tags: ["schema", "validity"],
        aliases: [KubeLinter "schema-validation"],
        checks: [Check::Around(&Check::Object(&[], check))],
    }
}

/// Names beyond these make no list that anybody reads.
const SHOWN: usize = 10;

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    if checked::is_loose(object, cx.world()) || bases::is_unused(object.object.source, cx.world()) {
        return;
    }
    // Flux merges it into an object that somebody else has made.
    let merged = object.annotation("kustomize.toolkit.fluxcd.io/ssa");
    if merged.is_some_and(|how| how.eq_ignore_ascii_case("merge")) {
        return;
    }
    checked::problems(object, cx, |problem, value, cx| {
        let ProblemKind::Missing(names) = &problem.kind else { return };
        let is_flux = object.kind() == "Kustomization" && object.group() == "kustomize.toolkit.fluxcd.io";
        if is_flux && names.iter().all(|name| flux_patches::gives(cx.world(), name)) {
            return;
        }
        let path = value.json_path(object.object.tree.root());
        let place = match path.is_empty() {
            true => object.kind().to_owned(),
            false => format!("`{path}` of {}", object.kind()),
        };
        let missing = match names.split_at_checked(SHOWN) {
            Some((shown, rest)) if !rest.is_empty() => {
                let shown: Vec<String> = shown.iter().map(|name| format!("`{name}`")).collect();
                format!("{} and {} more", shown.join(", "), rest.len())
            }
            _ => crate::schema::listed(names, "and"),
        };
        let report = Report {
            message: format!("{place} lacks {missing}"),
            why: "the API server refuses the object, and what is applied together with it stays as it was"
                .into(),
            help: format!("set {missing}").into(),
        };
        let names: Vec<&str> = names.iter().take(1).map(|name| &**name).collect();
        cx.report(At::missing_below(object, value, &names), report);
    });
}
