//! `image-policy-open-ended`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::{KindName, ObjectView};
use crate::rules::support::versions::is_everything;
use crate::yaml::Cursor;

rule! {
    /// An image policy that takes whatever was pushed last.
    ///
    /// ## Why
    ///
    /// A range like `*` takes every new major version, and a sort order without a filter takes every tag there is: one of
    /// a branch, a test build, a typing error of the pipeline. It is deployed without anybody having chosen it.
    ///
    /// ## What passes
    ///
    /// - ranges with an end, and open ones that name a version to start from other than 0
    /// - `alphabetical` and `numerical` with `filterTags.pattern`
    /// - the strategies of Argo CD Image Updater with `allow-tags`
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: image.toolkit.fluxcd.io/v1
    /// kind: ImagePolicy
    /// metadata:
    ///   name: web
    /// spec:
    ///   imageRepositoryRef:
    ///     name: web
    ///   policy:
    ///     alphabetical:
    ///       order: asc
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: image.toolkit.fluxcd.io/v1
    /// kind: ImagePolicy
    /// metadata:
    ///   name: web
    /// spec:
    ///   imageRepositoryRef:
    ///     name: web
    ///   filterTags:
    ///     pattern: '^main-[a-f0-9]+-(?P<ts>[0-9]+)$'
    ///     extract: $ts
    ///   policy:
    ///     numerical:
    ///       order: asc
    /// ```
    ///
    /// ## References
    ///
    /// - <https://fluxcd.io/flux/components/image/imagepolicies/#policy>
    pub static RULE = "image-policy-open-ended" {
        level: Warning,
        precision: High,
        tags: ["image", "flux", "argo-cd"],
        aliases: [],
        checks: [Check::Object(KINDS, check)],
    }
}

const KINDS: &[KindName] = &[
    KindName { group: "image.toolkit.fluxcd.io", kind: "ImagePolicy" },
    KindName { group: "argoproj.io", kind: "Application" },
    KindName { group: "argoproj.io", kind: "ApplicationSet" },
];

/// How the annotations of Argo CD Image Updater begin.
const UPDATER: &str = "argocd-image-updater.argoproj.io/";

const WHY: &str = "whatever is pushed next is deployed, without anybody having chosen it";

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    match object.kind() {
        "ImagePolicy" => policy(object, cx),
        "ApplicationSet" => updater(object.root.path(&["spec", "template"]), cx),
        _ => updater(Some(object.root), cx),
    }
}

fn policy(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let Some(spec) = object.root.get("spec") else { return };
    let pattern = spec.path(&["filterTags", "pattern"]).and_then(|pattern| pattern.text());
    // A filter is a choice, whatever the range says.
    if pattern.is_some_and(|pattern| !pattern.is_empty()) {
        return;
    }
    let name = object.name();
    let range = spec.path(&["policy", "semver", "range"]);
    if let Some(range) = range.filter(|range| range.text().is_some_and(|text| is_everything(&text))) {
        let written = range.text().unwrap_or_default();
        cx.report(
            At::value(range),
            Report {
                message: format!("ImagePolicy `{name}` takes any version: `{written}`"),
                why: WHY.into(),
                help: "name the major version that may be deployed, as in `1.x`".into(),
            },
        );
    }
    for order in ["alphabetical", "numerical"] {
        if let Some(sorted) = spec.path(&["policy", order]) {
            cx.report(
                At::key(sorted),
                Report {
                    message: format!("ImagePolicy `{name}` sorts all tags ({order}) and takes the last"),
                    why: WHY.into(),
                    help: "choose the tags with `filterTags.pattern`".into(),
                },
            );
        }
    }
}

fn updater(root: Option<Cursor<'_>>, cx: &mut Cx<'_>) {
    let Some(annotations) = root.and_then(|root| root.path(&["metadata", "annotations"])) else { return };
    for entry in annotations.entries() {
        let Some(key) = entry.key.text() else { continue };
        let alias = key.strip_prefix(UPDATER).and_then(|name| name.strip_suffix(".update-strategy"));
        let strategy = entry.value.text().unwrap_or_default();
        let Some(alias) = alias.filter(|_| matches!(&*strategy, "latest" | "newest-build")) else { continue };
        let filter = annotations.get(&format!("{UPDATER}{alias}.allow-tags"));
        if filter.is_none() && annotations.get(&format!("{UPDATER}allow-tags")).is_none() {
            cx.report(
                At::value(entry.value),
                Report {
                    message: format!("image `{alias}` follows the newest build of any tag"),
                    why: WHY.into(),
                    help: format!("choose the tags with `{UPDATER}{alias}.allow-tags`").into(),
                },
            );
        }
    }
}
