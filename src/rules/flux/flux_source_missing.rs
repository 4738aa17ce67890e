//! `flux-source-missing`

use crate::config::suggestion;
use crate::engine::{At, Check, Cx, Report, rule};
use crate::graph::{OwnerKind, OwnerView, Reference};
use crate::model::{KindName, ObjectView};

use super::lookup::{self, Found};

rule! {
    /// A Kustomization or HelmRelease whose source is not there.
    ///
    /// ## Why
    ///
    /// Without the source nothing is fetched: the object never becomes ready and applies nothing.
    ///
    /// ## What passes
    ///
    /// - `flux-system/flux-system`, which `flux bootstrap` and the Flux Operator make, and what a FluxInstance syncs
    /// - an ExternalArtifact that an ArtifactGenerator makes
    /// - clusters to which other repositories are applied as well: the source may come from there
    /// - repositories without any source of the kind, and what no owner applies, unless the name looks like a typing
    ///   error
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata:
    ///   name: apps
    ///   namespace: flux-system
    /// spec:
    ///   interval: 10m
    ///   path: ./apps
    ///   prune: true
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: flux-sytem
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata:
    ///   name: apps
    ///   namespace: flux-system
    /// spec:
    ///   interval: 10m
    ///   path: ./apps
    ///   prune: true
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: flux-system
    /// ```
    ///
    /// ## References
    ///
    /// - <https://fluxcd.io/flux/components/kustomize/kustomizations/#source-reference>
    pub static RULE = "flux-source-missing" {
        level: Error,
        precision: High,
        tags: ["flux", "reference"],
        aliases: [],
        checks: [Check::Owner(KINDS, check)],
    }
}

const KINDS: &[OwnerKind] = &[OwnerKind::Kustomization, OwnerKind::HelmRelease];

const GROUP: &str = "source.toolkit.fluxcd.io";
const SOURCES: [KindName; 6] = [
    KindName { group: GROUP, kind: "GitRepository" },
    KindName { group: GROUP, kind: "OCIRepository" },
    KindName { group: GROUP, kind: "Bucket" },
    KindName { group: GROUP, kind: "HelmRepository" },
    KindName { group: GROUP, kind: "HelmChart" },
    KindName { group: GROUP, kind: "ExternalArtifact" },
];
const GENERATOR: KindName = KindName { group: "source.extensions.fluxcd.io", kind: "ArtifactGenerator" };

fn check(owner: &OwnerView<'_>, cx: &mut Cx<'_>) {
    let Some(spec) = owner.spec() else { return };
    // A release that no owner applies is a part of something else.
    if owner.owner.kind == OwnerKind::HelmRelease && owner.owner.parent.is_none() {
        return;
    }
    let places = [&["sourceRef"][..], &["chartRef"], &["chart", "spec", "sourceRef"]];
    for at in places.into_iter().filter_map(|path| spec.path(path)) {
        let Some(reference) = lookup::reference(owner, at, "GitRepository") else { continue };
        let Some(&kind) = SOURCES.iter().find(|source| source.kind == reference.kind) else { continue };
        let cluster = owner.owner.key.cluster;
        let found = lookup::find_source(owner.view, cluster, kind, &reference.namespace, &reference.name);
        if found == Found::No && !is_made(owner, &reference) {
            report(owner, kind, &reference, cx);
        }
    }
}

/// Whether the source is one that no file holds: those of the bootstrap, of a FluxInstance and of an ArtifactGenerator.
fn is_made(owner: &OwnerView<'_>, reference: &Reference<'_>) -> bool {
    if reference.is_bootstrap_source() {
        return true;
    }
    let names = |object: &ObjectView<'_>, path: &[&str]| {
        object.root.path(path).and_then(|name| name.text()).is_some_and(|name| name == reference.name)
    };
    let files = owner.view.repository.files.iter();
    let mut objects = files.flat_map(|file| {
        file.objects.iter().map(move |object| ObjectView::new(owner.view.map, Some(file), object))
    });
    let artifact = |generator: &ObjectView<'_>| {
        let artifacts = generator.root.path(&["spec", "artifacts"]).into_iter().flat_map(|list| list.items());
        let mut names = artifacts.into_iter().filter_map(|artifact| artifact.get("name")?.text());
        names.any(|name| name == reference.name || name.contains("<<") || name.contains("${"))
    };
    objects.any(|object| match object.kind() {
        "ArtifactGenerator" if object.is(GENERATOR) => {
            reference.kind == "ExternalArtifact" && artifact(&object)
        }
        "FluxInstance" => names(&object, &["spec", "sync", "name"]),
        // The chart of the Flux Operator makes a FluxInstance.
        "HelmRelease" => names(&object, &["spec", "values", "instance", "sync", "name"]),
        _ => false,
    })
}

fn report(owner: &OwnerView<'_>, kind: KindName, reference: &Reference<'_>, cx: &mut Cx<'_>) {
    let mut names = lookup::names(owner.view, owner.owner.key.cluster, kind, &reference.namespace);
    names.push("flux-system".to_owned());
    let elsewhere = lookup::placed(owner.view, owner.owner.key.cluster, kind)
        .find(|(_, object)| object.name() == reference.name)
        .map(|(namespace, _)| {
            format!("it is in the namespace `{namespace}`: set `namespace` in the reference")
        });
    let known = elsewhere.or_else(|| suggestion(&reference.name, names.iter().map(String::as_str)));
    // A repository that holds no source of the kind gets them from whoever set the cluster up, and so do parts of a
    // repository that others include.
    let has_any = owner.view.graph.objects.iter().any(|placed| placed.key.kind == kind.kind);
    if known.is_none() && (!has_any || owner.owner.parent.is_none()) {
        return;
    }
    let help = known.unwrap_or_else(|| format!("add the {}, or name one that is there", reference.kind));
    cx.report(
        At::value(reference.name_at),
        Report {
            message: format!("{} `{}` is not in the repository", reference.kind, reference.display()),
            why: format!("{} fetches nothing without it and never becomes ready", owner.display()).into(),
            help: help.into(),
        },
    );
}
