//! `source-verification-missing`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::{KindName, ObjectView};

rule! {
    /// A Flux source that is applied without checking a signature.
    ///
    /// ## Why
    ///
    /// Flux applies what the source holds. Without `verify`, whoever can push to the registry or the Git repository
    /// can deploy; with it, only who holds the signing key.
    ///
    /// ## What passes
    ///
    /// - a source with `verify`
    /// - a HelmRepository, which has no such field
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: source.toolkit.fluxcd.io/v1
    /// kind: OCIRepository
    /// metadata:
    ///   name: web
    ///   namespace: flux-system
    /// spec:
    ///   interval: 10m
    ///   url: oci://ghcr.io/acme/app
    ///   ref:
    ///     semver: 1.8.x
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: source.toolkit.fluxcd.io/v1
    /// kind: OCIRepository
    /// metadata:
    ///   name: web
    ///   namespace: flux-system
    /// spec:
    ///   interval: 10m
    ///   url: oci://ghcr.io/acme/app
    ///   ref:
    ///     semver: 1.8.x
    ///   verify:
    ///     provider: cosign
    /// ```
    ///
    /// ## References
    ///
    /// - <https://fluxcd.io/flux/components/source/ocirepositories/#verification>
    /// - <https://fluxcd.io/flux/components/source/gitrepositories/#verification>
    pub static RULE = "source-verification-missing" {
        level: Note,
        profile: Pedantic,
        precision: High,
        tags: ["flux", "supply-chain"],
        aliases: [],
        checks: [Check::Object(KINDS, check)],
    }
}

const KINDS: &[KindName] = &[
    KindName { group: "source.toolkit.fluxcd.io", kind: "GitRepository" },
    KindName { group: "source.toolkit.fluxcd.io", kind: "OCIRepository" },
];

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let Some(spec) = object.root.get("spec").filter(|spec| spec.get("verify").is_none()) else { return };
    let Some(address) = spec.get("url") else { return };
    let (keys, what) = match object.kind().as_ref() {
        "GitRepository" => ("public keys of the people who commit", "push to the branch"),
        _ => ("`provider: cosign` or `notation`", "push to the registry"),
    };
    cx.report(
        At::value(address),
        Report {
            message: format!(
                "{} `{}` is applied without a check of its signature",
                object.kind(),
                object.name()
            ),
            why: format!("whoever can {what} can deploy").into(),
            help: format!("sign what is published, and set `verify` with {keys}").into(),
        },
    );
}
