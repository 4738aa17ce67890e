//! `image-known-vulnerable`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::Level;
use crate::model::{Container, ImageReference};

rule! {
    /// A component of the cluster in a release with a known takeover.
    ///
    /// ## Why
    ///
    /// These releases have flaws through which whoever reaches the component, or may create a certain object,
    /// gets the secrets or the rights of the whole cluster. Their projects fixed them long ago.
    ///
    /// The controller of ingress-nginx is noted in every other release, since its project is retired.
    ///
    /// ## What passes
    ///
    /// - fixed releases, digests without a tag, and tags that are no version
    /// - components of which nothing is known here: this is no scanner of images
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    /// spec:
    ///   containers:
    ///     - name: web
    ///       image: quay.io/argoproj/argocd:v2.2.3
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    /// spec:
    ///   containers:
    ///     - name: web
    ///       image: quay.io/argoproj/argocd:v2.13.2
    /// ```
    ///
    /// ## References
    ///
    /// - <https://nvd.nist.gov/vuln/detail/CVE-2025-1974>
    /// - <https://nvd.nist.gov/vuln/detail/CVE-2022-24348>
    /// - <https://nvd.nist.gov/vuln/detail/CVE-2022-39328>
    /// - <https://nvd.nist.gov/vuln/detail/CVE-2022-47633>
    pub static RULE = "image-known-vulnerable" {
        level: Warning,
        security: 8.0,
        precision: High,
        tags: ["image", "vulnerability", "nsa-cisa"],
        aliases: [Kubescape "C-0081", Kubescape "C-0090", Kubescape "C-0091", Kubescape "C-0292"],
        checks: [Check::Container(check)],
    }
}

type Version = (u32, u32, u32);

/// The last parts of the repository, the first release of a line that has the flaw, the release that has no more of it,
/// and what it is.
const KNOWN: [(&str, Version, Version, &str); 9] = [
    ("argoproj/argocd", (0, 0, 0), (2, 1, 9), "CVE-2022-24348: a chart reads files of other applications"),
    ("argoproj/argocd", (2, 2, 0), (2, 2, 4), "CVE-2022-24348: a chart reads files of other applications"),
    ("grafana/grafana", (9, 2, 0), (9, 2, 4), "CVE-2022-39328: requests without a login reach any endpoint"),
    ("kyverno/kyverno", (1, 8, 3), (1, 8, 5), "CVE-2022-47633: image signatures are not verified"),
    ("ingress-nginx/controller", (0, 0, 0), (1, 11, 5), "CVE-2025-1974: any pod takes over the controller"),
    ("ingress-nginx/controller", (1, 12, 0), (1, 12, 1), "CVE-2025-1974: any pod takes over the controller"),
    ("nginx-ingress-controller", (0, 0, 0), (1, 0, 0), "CVE-2021-25742: an Ingress reads all secrets"),
    ("longhornio/longhorn-manager", (0, 0, 0), (1, 1, 3), "CVE-2021-36779: any pod runs commands on nodes"),
    ("longhornio/longhorn-manager", (1, 2, 0), (1, 2, 3), "CVE-2021-36779: any pod runs commands on nodes"),
];

/// Its project ended, and left no release that will be mended.
const RETIRED: &str = "ingress-nginx/controller";

fn check(container: &Container<'_>, cx: &mut Cx<'_>) {
    let Some(value) = container.image() else { return };
    let Some(text) = value.text() else { return };
    let Ok(image) = ImageReference::parse(&text) else { return };
    let is_of = |repository: &str, known: &str| {
        repository.strip_suffix(known).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
    };
    let Some(version) = image.tag().and_then(version) else { return };
    let is_known = |(known, first, fixed, _): &&(&str, Version, Version, &str)| {
        is_of(image.repository(), known) && (*first..*fixed).contains(&version)
    };
    let (Some((.., fixed, what)), Some(tag)) = (KNOWN.iter().find(is_known), &image.tag) else {
        if is_of(image.repository(), RETIRED) {
            let report = Report {
                message: format!(
                    "image `{text}` of {} is of ingress-nginx, which is retired",
                    container.describe()
                ),
                why: "since March 2026 nobody mends what is found in it".into(),
                help: "move to a controller that is maintained, or to the Gateway API".into(),
            };
            cx.report(At::part(value, 0, image.name().len()), report).level = Level::Note;
        }
        return;
    };
    let report = Report {
        message: format!("image `{text}` of {} has {what}", container.describe()),
        why: "the flaw is public, and gives away what the component may do in the cluster".into(),
        help: format!("take {}.{}.{} or later", fixed.0, fixed.1, fixed.2).into(),
    };
    cx.report(At::part(value, tag.start, tag.end), report);
}

/// The numbers of `v1.11.5` and `1.11.5-debian`; `None` for what is no release.
fn version(tag: &str) -> Option<Version> {
    let tag = tag.strip_prefix('v').unwrap_or(tag);
    let end = tag.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(tag.len());
    let mut parts = tag.get(..end)?.split('.').map(|part| part.parse().ok());
    Some((parts.next()??, parts.next()??, parts.next()??))
}
