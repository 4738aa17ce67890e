//! `flux-source-ref-floating`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::{KindName, ObjectView};

rule! {
    /// A Flux source that follows whatever is newest without saying so.
    ///
    /// ## Why
    ///
    /// A GitRepository without `ref` follows the branch `master`, whether or not that is the one people work on. An
    /// OCIRepository without `ref`, or with the tag `latest`, applies whatever was pushed last: nobody can say from
    /// the repository what runs, and a rollback rolls nothing back.
    ///
    /// ## What passes
    ///
    /// - a GitRepository with a branch, tag, commit, name or semantic version range
    /// - an OCIRepository with another tag, a digest or a range
    /// - values that a template fills in
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
    ///     tag: latest
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
    /// ```
    ///
    /// ## References
    ///
    /// - <https://fluxcd.io/flux/components/source/gitrepositories/#reference>
    /// - <https://fluxcd.io/flux/components/source/ocirepositories/#reference>
    pub static RULE = "flux-source-ref-floating" {
        level: Warning,
        precision: VeryHigh,
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
    let Some(spec) = object.root.get("spec").filter(|spec| spec.is_map()) else { return };
    let reference = spec.get("ref").filter(|reference| reference.is_map() && reference.node().aux > 0);
    let is_git = object.kind() == "GitRepository";
    let tag = reference.and_then(|reference| reference.get("tag"));
    let names_more =
        reference.is_some_and(|it| ["digest", "semver"].iter().any(|field| it.get(field).is_some()));
    let (at, follows) = match (reference, tag) {
        (None, _) if is_git => {
            (At::missing(object, &["spec", "ref"]), "the branch `master`, which is the default")
        }
        (None, _) => (At::missing(object, &["spec", "ref"]), "the tag `latest`, which is the default"),
        (Some(_), Some(tag)) if !is_git && !names_more && tag.text().is_some_and(|tag| tag == "latest") => {
            (At::value(tag), "the tag `latest`")
        }
        _ => return,
    };
    let (field, why) = if is_git {
        (
            "a `branch`, `tag` or `commit`",
            "many repositories have no such branch any more, and nobody sees which one is followed",
        )
    } else {
        (
            "a `digest`, a version `tag` or a `semver` range",
            "whatever was pushed last is applied, and a revert changes nothing",
        )
    };
    cx.report(
        at,
        Report {
            message: format!("{} `{}` follows {follows}", object.kind(), object.name()),
            why: why.into(),
            help: format!("set {field} under `ref`").into(),
        },
    );
}
