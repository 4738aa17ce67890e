//! `flux-path-not-found`

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::FxHashMap;

use crate::engine::{At, Check, Cx, Report, World, rule};
use crate::graph::{OwnerKind, OwnerView, Status};
use crate::rules::support::near;

rule! {
    /// A Flux object that reads a directory which is not in its source.
    ///
    /// ## Why
    ///
    /// The Kustomization never becomes ready: nothing below the path is applied, what was applied before is no longer
    /// updated, and everything that depends on it waits.
    ///
    /// The path counts from the root of the source. For an artifact that an ArtifactGenerator copies together, that is
    /// the root of the copy and not of the repository.
    ///
    /// ## What passes
    ///
    /// - sources that are another repository, a registry or a bucket: what is in them cannot be seen from here
    /// - paths with variables that are filled in later
    /// - Kustomizations in a directory such as `deferred` or `archive` that nothing applies
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: clusters/production/apps.yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata:
    ///   name: apps
    ///   namespace: flux-system
    /// spec:
    ///   interval: 10m
    ///   path: ./app/production
    ///   prune: true
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: flux-system
    /// # file: apps/production/namespace.yaml
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata:
    ///   name: shop
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: clusters/production/apps.yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata:
    ///   name: apps
    ///   namespace: flux-system
    /// spec:
    ///   interval: 10m
    ///   path: ./apps/production
    ///   prune: true
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: flux-system
    /// # file: apps/production/namespace.yaml
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata:
    ///   name: shop
    /// ```
    ///
    /// ## References
    ///
    /// - <https://fluxcd.io/flux/components/kustomize/kustomizations/#path>
    pub static RULE = "flux-path-not-found" {
        level: Error,
        precision: High,
        tags: ["flux", "reference"],
        aliases: [],
        checks: [Check::Owner(KINDS, check)],
    }
}

const KINDS: &[OwnerKind] = &[OwnerKind::Kustomization, OwnerKind::FluxInstance, OwnerKind::HelmRelease];

fn check(owner: &OwnerView<'_>, cx: &mut Cx<'_>) {
    let fields: &[&str] = match owner.owner.kind {
        OwnerKind::FluxInstance => &["sync", "path"],
        OwnerKind::HelmRelease => &["chart", "spec", "chart"],
        _ => &["path"],
    };
    let missing = owner.deliveries().any(|(delivery, _)| matches!(delivery.status, Status::Missing(_)));
    let Some(path) = owner.spec().and_then(|spec| spec.path(fields)).filter(|_| missing) else { return };
    let written = path.text().unwrap_or_default();
    let help = nearest(owner, cx.world(), written.trim_matches(['.', '/'])).map_or_else(
        || "name a directory of the source, from its root".to_owned(),
        |suggestion| format!("{suggestion}; the path counts from the root of the source"),
    );
    cx.report(
        At::value(path),
        Report {
            message: format!("{} reads `{written}`, which is not in its source", owner.display()),
            why: "it never becomes ready: nothing below the path is applied, and what depends on it waits"
                .into(),
            help: help.into(),
        },
    );
}

/// The directory that was probably meant.
fn nearest(owner: &OwnerView<'_>, world: &World, written: &str) -> Option<String> {
    // The last name says most: the same below another directory is what was meant.
    let name = written.rsplit('/').next().unwrap_or_default();
    let known = world.memo.get(|| Directories::of(world));
    let meant = match known.0.get(name).map(Vec::as_slice) {
        Some([only]) => Some(only.clone()),
        _ => near::directory(owner.view.map, written),
    };
    meant.map(|directory| format!("did you mean `./{directory}`?"))
}

/// The directories with files in them, by their last names.
struct Directories(FxHashMap<String, Vec<Utf8PathBuf>>);

impl Directories {
    fn of(world: &World) -> Self {
        let files = world.map.files();
        let all: BTreeSet<&Utf8Path> = files.flat_map(|file| file.path().ancestors().skip(1)).collect();
        let mut found: FxHashMap<String, Vec<Utf8PathBuf>> = FxHashMap::default();
        for directory in all {
            let name = directory.file_name().unwrap_or_default();
            found.entry(name.to_owned()).or_default().push(directory.to_owned());
        }
        Self(found)
    }
}
