//! `flux-source-insecure`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::Level;
use crate::model::{KindName, ObjectView};

rule! {
    /// A Flux source that is fetched without transport security, or that hands credentials to other hosts.
    ///
    /// ## Why
    ///
    /// Whoever sits between the cluster and an `http://` address decides what Flux applies with its rights.
    /// `insecure: true` does the same for a registry or bucket. `passCredentials: true` sends the credentials of a
    /// Helm repository to every host its index names.
    ///
    /// ## What passes
    ///
    /// - addresses within the cluster or on the machine itself (`*.svc`, `*.cluster.local`, `localhost`, names
    ///   without a dot): a note
    /// - addresses that a template fills in
    /// - `https://`, `ssh://` and `oci://` without `insecure`
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: source.toolkit.fluxcd.io/v1
    /// kind: HelmRepository
    /// metadata:
    ///   name: web
    ///   namespace: flux-system
    /// spec:
    ///   interval: 10m
    ///   url: http://charts.example.com
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: source.toolkit.fluxcd.io/v1
    /// kind: HelmRepository
    /// metadata:
    ///   name: web
    ///   namespace: flux-system
    /// spec:
    ///   interval: 10m
    ///   url: https://charts.example.com
    /// ```
    ///
    /// ## References
    ///
    /// - <https://fluxcd.io/flux/components/source/helmrepositories/#pass-credentials>
    /// - <https://fluxcd.io/flux/components/source/ocirepositories/#insecure>
    pub static RULE = "flux-source-insecure" {
        level: Error,
        security: 7.5,
        precision: High,
        tags: ["flux", "supply-chain", "security"],
        aliases: [],
        checks: [Check::Object(KINDS, check)],
    }
}

const KINDS: &[KindName] = &[
    KindName { group: "source.toolkit.fluxcd.io", kind: "GitRepository" },
    KindName { group: "source.toolkit.fluxcd.io", kind: "OCIRepository" },
    KindName { group: "source.toolkit.fluxcd.io", kind: "HelmRepository" },
    KindName { group: "source.toolkit.fluxcd.io", kind: "Bucket" },
    KindName { group: "image.toolkit.fluxcd.io", kind: "ImageRepository" },
];

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let Some(spec) = object.root.get("spec") else { return };
    let (kind, name) = (object.kind(), object.name());
    let address = ["url", "endpoint", "image"].iter().find_map(|field| spec.get(field));
    let text = address.and_then(|address| address.text()).unwrap_or_default();
    let is_plain = text.starts_with("http://");
    let is_near = is_in_cluster(&text);
    let mut report = |at, message: String, why: &'static str, help: &'static str| {
        let finding = cx.report(at, Report { message, why: why.into(), help: help.into() });
        if is_near {
            finding.level = Level::Note;
        }
    };
    if let Some(address) = address.filter(|_| is_plain && !text.contains("${")) {
        report(
            At::value(address),
            format!("{kind} `{name}` is fetched over `http`"),
            "whoever sits on the way decides what Flux applies",
            "use an `https` or `ssh` address",
        );
    }
    let insecure = spec.get("insecure").filter(|insecure| insecure.bool() == Some(true) && !is_plain);
    if let Some(insecure) = insecure {
        report(
            At::value(insecure),
            format!("{kind} `{name}` is fetched without transport security"),
            "whoever sits on the way decides what Flux applies",
            "remove `insecure`; give the certificate of a private authority with `certSecretRef`",
        );
    }
    if let Some(passes) = spec.get("passCredentials").filter(|passes| passes.bool() == Some(true)) {
        report(
            At::value(passes),
            format!("{kind} `{name}` sends its credentials to every host that its index names"),
            "an index that somebody changed collects the credentials",
            "remove `passCredentials`, or move the charts to the host of the index",
        );
    }
}

/// Whether an address does not leave the cluster or the machine.
fn is_in_cluster(address: &str) -> bool {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
    let host = rest.split(['/', ':']).next().unwrap_or_default();
    let is_local = !host.contains('.') || host == "127.0.0.1";
    !host.is_empty() && (is_local || host.ends_with(".svc") || host.ends_with(".cluster.local"))
}
