//! `flux-path-overlap`

use std::collections::BTreeMap;

use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::Related;
use crate::graph::{GraphView, OwnerId, OwnerKind, OwnerView, Placed};
use crate::yaml::Cursor;

rule! {
    /// A Kustomization that applies what another one, with a path below its own, applies as well.
    ///
    /// ## Why
    ///
    /// Two owners write the same objects, each with its own variables and patches, and change them back and forth. When
    /// one of the two goes, it deletes what the other still needs.
    ///
    /// A path without a `kustomization.yaml` stands for everything below it, which is how this happens.
    ///
    /// ## What passes
    ///
    /// - a Kustomization whose manifest lies below the path of its parent, while its own path is somewhere else
    /// - the same files, applied under other names or into another namespace
    /// - two clusters
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: clusters/production/notifications.yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata:
    ///   name: notifications
    ///   namespace: flux-system
    /// spec:
    ///   path: ./notifications
    ///   prune: true
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: flux-system
    /// ---
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata:
    ///   name: notifications-dev
    ///   namespace: flux-system
    /// spec:
    ///   path: ./notifications/dev
    ///   prune: true
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: flux-system
    /// # file: notifications/dev/namespace.yaml
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata:
    ///   name: notifications
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: clusters/production/notifications.yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata:
    ///   name: notifications
    ///   namespace: flux-system
    /// spec:
    ///   path: ./notifications/base
    ///   prune: true
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: flux-system
    /// ---
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata:
    ///   name: notifications-dev
    ///   namespace: flux-system
    /// spec:
    ///   path: ./notifications/dev
    ///   prune: true
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: flux-system
    /// # file: notifications/base/namespace.yaml
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata:
    ///   name: notifications
    /// # file: notifications/dev/namespace.yaml
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata:
    ///   name: notifications-dev
    /// ```
    ///
    /// ## References
    ///
    /// - <https://fluxcd.io/flux/components/kustomize/kustomizations/#path>
    pub static RULE = "flux-path-overlap" {
        level: Error,
        precision: High,
        tags: ["flux", "ownership"],
        aliases: [],
        checks: [Check::Graph(check)],
    }
}

fn check(view: &GraphView<'_>, cx: &mut Cx<'_>) {
    // Objects by the pair of their owners: the one above, the one below.
    let mut pairs: BTreeMap<(OwnerId, OwnerId), Vec<&Placed>> = BTreeMap::new();
    for same in view.graph.objects.chunk_by(|a, b| a.key == b.key).filter(|same| same.len() > 1) {
        for outer in same {
            // The same name from two files is another mistake.
            let source = |placed: &Placed| view.placed(placed).object.source;
            let inner = same.iter().filter(|inner| lies_below(*view, inner.owner, outer.owner));
            for inner in inner.filter(|inner| source(inner) == source(outer)) {
                pairs.entry((outer.owner, inner.owner)).or_default().push(inner);
            }
        }
    }
    for ((outer, inner), objects) in pairs {
        report(*view, outer, inner, &objects, cx);
    }
}

/// Whether the path of a Kustomization lies below that of another.
pub(in crate::rules) fn lies_below(view: GraphView<'_>, inner: OwnerId, outer: OwnerId) -> bool {
    let directory = |id| {
        let owner = view.graph.owner(id);
        let delivery = owner.deliveries.first().filter(|_| owner.kind == OwnerKind::Kustomization)?;
        delivery.directory.as_deref()
    };
    match (directory(inner), directory(outer)) {
        (Some(inner), Some(outer)) => inner != outer && inner.starts_with(outer),
        _ => false,
    }
}

fn report(view: GraphView<'_>, outer: OwnerId, inner: OwnerId, objects: &[&Placed], cx: &mut Cx<'_>) {
    let (outer, inner) = (view.owner(outer), view.owner(inner));
    let Some(first) = objects.first() else { return };
    let more = match objects.len() {
        1 => String::new(),
        count => format!(" and {} more", count - 1),
    };
    let key = &first.key;
    let finding = cx.report(
        At::value(path(&inner)),
        Report {
            message: format!(
                "{} and {} both apply {} `{}`{more}",
                inner.display(),
                outer.display(),
                key.kind,
                key.name
            ),
            why: "two owners change the same objects back and forth, and one that goes deletes what the other needs"
                .into(),
            help: "give the outer one a path or a `kustomization.yaml` that leaves this directory out".into(),
        },
    );
    finding.object = Some(inner.object.object_name());
    let at = path(&outer);
    if let Some(span) = view.map.editable(at.span(), at.step()) {
        finding.related.push(Related { span, message: "this path holds the other".into() });
    }
}

fn path<'w>(owner: &OwnerView<'w>) -> Cursor<'w> {
    owner.spec().and_then(|spec| spec.get("path")).unwrap_or(owner.object.root)
}
