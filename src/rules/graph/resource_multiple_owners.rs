//! `resource-multiple-owners`

use rustc_hash::FxHashSet;

use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::{Finding, Level, Related};
use crate::graph::{
    GraphView, OwnerId, OwnerKind, OwnerView, Placed, differ_in_environment, without_environment,
};
use crate::rules::flux::flux_path_overlap::lies_below;
use crate::rules::support::likeness::are_equal;
use crate::rules::support::{NAMED, listed};

rule! {
    /// One object of a cluster that two owners apply.
    ///
    /// ## Why
    ///
    /// Two Applications or Kustomizations that apply the same object undo each other's work with every sync. When
    /// one of them goes, or no longer lists the object, its pruning deletes what the other still needs: a namespace
    /// with everything in it was lost in production this way. Flux does not notice, since all its Kustomizations
    /// share one field manager; Argo CD shows a warning that nobody has to look at.
    ///
    /// ## What passes
    ///
    /// - the same name in two clusters, or in two namespaces
    /// - a Namespace, or a CustomResourceDefinition, is a warning when both say the same: it is often declared by
    ///   everyone who needs it
    /// - roots that make the same Application: they are the bootstraps of different clusters
    /// - roots that are the same of two environments (`bootstrap/prod/apps.yaml` and `bootstrap/uat/apps.yaml`, or
    ///   `apps-prod.yaml` and `apps-uat.yaml`), each for the cluster it is applied to: a note, since both may go to one
    /// - what a Flux Kustomization applies from below the path of another one: `flux-path-overlap` says it once
    /// - an owner that renders the same path twice in a cluster that is only known when it runs
    /// - Secrets that one owner only annotates, with `ServerSideApply=true`: a note
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: a.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: a
    ///   namespace: argocd
    /// spec:
    ///   project: shop
    ///   source:
    ///     repoURL: https://git.example.com/acme/gitops
    ///     path: apps/a
    ///     targetRevision: HEAD
    ///   destination:
    ///     server: https://kubernetes.default.svc
    ///     namespace: shop
    /// # file: apps/a/settings.yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: settings
    /// data:
    ///   colour: red
    /// # file: b.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: b
    ///   namespace: argocd
    /// spec:
    ///   project: shop
    ///   source:
    ///     repoURL: https://git.example.com/acme/gitops
    ///     path: apps/b
    ///     targetRevision: HEAD
    ///   destination:
    ///     server: https://kubernetes.default.svc
    ///     namespace: shop
    /// # file: apps/b/settings.yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: settings
    /// data:
    ///   colour: red
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: a.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: a
    ///   namespace: argocd
    /// spec:
    ///   project: shop
    ///   source:
    ///     repoURL: https://git.example.com/acme/gitops
    ///     path: apps/a
    ///     targetRevision: HEAD
    ///   destination:
    ///     server: https://kubernetes.default.svc
    ///     namespace: shop
    /// # file: apps/a/settings.yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: settings
    /// data:
    ///   colour: red
    /// ```
    ///
    /// ## References
    ///
    /// - <https://github.com/fluxcd/kustomize-controller/issues/1724>
    /// - <https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/#fail-the-sync-if-a-shared-resource-is-found>
    pub static RULE = "resource-multiple-owners" {
        level: Error,
        precision: High,
        tags: ["graph", "ownership"],
        aliases: [],
        checks: [Check::Graph(check)],
    }
}

/// Kinds that everyone who needs one declares.
const SHARED: [&str; 2] = ["Namespace", "CustomResourceDefinition"];

fn check(view: &GraphView<'_>, cx: &mut Cx<'_>) {
    let alternatives = alternatives(view);
    for twins in view.graph.objects.chunk_by(|a, b| a.key == b.key) {
        let [first, .., last] = twins else { continue };
        let unknown =
            view.graph.cluster(first.key.cluster).is_opaque || first.key.name.contains(['$', '{', '<']);
        if is_one(view, first, last) || unknown {
            continue;
        }
        if twins
            .windows(2)
            .all(|pair| is_one(view, &pair[0], &pair[1]) || is_in_both(view, &pair[0], &pair[1]))
        {
            continue;
        }
        let roots = |a: &Placed, b: &Placed| (root(view, a.owner), root(view, b.owner));
        if twins.windows(2).all(|pair| alternatives.contains(&roots(&pair[0], &pair[1]))) {
            continue;
        }
        let is_cluster_open = is_own_cluster(&view.graph.cluster(first.key.cluster).name);
        let are_environments = is_cluster_open
            && twins.windows(2).all(|pair| are_of_environments(view, roots(&pair[0], &pair[1])));
        if let Some(finding) = report(view, twins, cx).filter(|_| are_environments) {
            finding.level = Level::Note;
            finding.why = "both begin where their environment is set up: when that is one cluster for all, each sets it \
                           back to what it knows"
                .into();
        }
    }
}

/// Whether a name of a cluster stands for the one that whoever applies it runs in.
fn is_own_cluster(name: &str) -> bool {
    name.is_empty() || name == "in-cluster" || name.contains("kubernetes.default")
}

/// Whether two owners that nobody applies are the same of two environments, by the paths of their files.
fn are_of_environments(view: &GraphView<'_>, (one, other): (OwnerId, OwnerId)) -> bool {
    let path = |id| view.map.source(view.owner(id).object.object.source).path().as_str();
    let (one, other) = (path(one), path(other));
    one != other
        && (without_environment(one) == without_environment(other) || differ_in_environment(one, other))
}

/// Whether one Flux Kustomization applies the directory of another, and with it the same file: `flux-path-overlap` says so
/// once for everything in it.
fn is_in_both(view: &GraphView<'_>, a: &Placed, b: &Placed) -> bool {
    let source = |placed: &Placed| view.placed(placed).object.source;
    let is_below = lies_below(*view, a.owner, b.owner) || lies_below(*view, b.owner, a.owner);
    is_below && source(a) == source(b)
}

/// Whether one owner applies both, even where it is found in two ways: its name is all that a controller knows.
fn is_one(view: &GraphView<'_>, a: &Placed, b: &Placed) -> bool {
    let name = |placed: &Placed| {
        let owner = view.graph.owner(placed.owner);
        (owner.kind, owner.key.namespace.as_str(), owner.key.name.as_str())
    };
    name(a) == name(b)
}

fn root(view: &GraphView<'_>, mut id: OwnerId) -> OwnerId {
    while let Some(parent) = view.graph.owner(id).parent {
        id = parent;
    }
    id
}

/// Pairs of owners that nobody applies and that make the same owner: bootstraps of two clusters, whatever they call
/// them. Applied to one cluster, they would be one another's undoing from the start.
fn alternatives(view: &GraphView<'_>) -> FxHashSet<(OwnerId, OwnerId)> {
    let mut pairs = FxHashSet::default();
    let owners = view.graph.objects.iter().filter(|placed| OwnerKind::of(&view.placed(placed)).is_some());
    let owners: Vec<&Placed> = owners.collect();
    for twins in owners.chunk_by(|a, b| a.key == b.key) {
        let roots: Vec<OwnerId> = twins.iter().map(|placed| root(view, placed.owner)).collect();
        for (index, &one) in roots.iter().enumerate() {
            pairs.extend(
                roots[index + 1..]
                    .iter()
                    .filter(|&&other| other != one)
                    .flat_map(|&other| [(one, other), (other, one)]),
            );
        }
    }
    pairs
}

fn report<'c>(view: &GraphView<'_>, twins: &[Placed], cx: &'c mut Cx<'_>) -> Option<&'c mut Finding> {
    let mut owners: Vec<OwnerView<'_>> = twins.iter().map(|placed| view.owner(placed.owner)).collect();
    owners.dedup_by(|a, b| a.owner.key == b.owner.key);
    let (first, second) = twins.iter().zip(&twins[1..]).find(|(a, b)| !is_one(view, a, b))?;
    let (one, other) = (view.placed(first), view.placed(second));
    let names: Vec<String> = owners.iter().map(|owner| owner.display()).collect();
    let pruning: Vec<&str> =
        owners.iter().zip(&names).filter(|(owner, _)| prunes(owner)).map(|(_, name)| name.as_str()).collect();
    let key = &first.key;
    let shown = match key.namespace.as_str() {
        "" => format!("{} `{}`", key.kind, key.name),
        namespace => format!("{} `{namespace}/{}`", key.kind, key.name),
    };
    let what = listed(&names, "and");
    let why = match pruning.as_slice() {
        [] => "each sets it back to what it knows, and nobody can say which one wins".to_owned(),
        names => format!(
            "each sets it back to what it knows, and when {} no longer has it, it is deleted for all",
            listed(names, "or")
        ),
    };
    let name = other.root.path(&["metadata", "name"]).unwrap_or(other.root);
    let finding = cx.report(
        At::value(name),
        Report {
            message: format!("{shown} is applied by {what}"),
            why: why.into(),
            help: "keep it in one of them, or move it to one that both depend on".into(),
        },
    );
    finding.object = Some(other.object_name());
    if SHARED.contains(&key.kind.as_str()) && are_equal(&one, &other) {
        finding.level = finding.level.min(Level::Warning);
    }
    let place = one.root.path(&["metadata", "name"]).unwrap_or(one.root);
    if let Some(span) = view.map.editable(place.span(), place.step()).filter(|span| *span != finding.primary)
    {
        finding.related.push(Related { span, message: "applied from here as well".into() });
    }
    for (owner, name) in owners.iter().zip(names).take(NAMED) {
        let Some(delivery) = owner.owner.deliveries.first() else { continue };
        let Some(span) = view.map.in_file(delivery.at) else { continue };
        finding.related.push(Related { span, message: format!("{name} applies it").into() });
    }
    Some(finding)
}

fn prunes(owner: &OwnerView<'_>) -> bool {
    let Some(spec) = owner.spec() else { return false };
    let is_on = |path: &[&str]| spec.path(path).is_some_and(|value| value.bool() == Some(true));
    is_on(&["prune"]) || is_on(&["syncPolicy", "automated", "prune"])
}
