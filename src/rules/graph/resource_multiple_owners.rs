//! `resource-multiple-owners`

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::FxHashSet;

use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::{Finding, Level, Related};
use crate::graph::{
    GraphView, Idle, ObjectKey, OwnerId, OwnerKind, OwnerView, Placed, differ_in_environment,
    without_environment,
};
use crate::model::{KUSTOMIZATION_NAMES, Object, ObjectView};
use crate::rules::flux::flux_path_overlap::lies_below;
use crate::rules::support::likeness::are_equal;
use crate::rules::support::{NAMED, listed};
use crate::yaml::Cursor;

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
    /// What two owners apply from the same files is one finding for all of it, at the first object, that names the others:
    /// they share a directory.
    ///
    /// ## What passes
    ///
    /// - the same name in two clusters, or in two namespaces
    /// - a Namespace, or a CustomResourceDefinition, is a warning when both say the same: it is often declared by
    ///   everyone who needs it
    /// - roots that make the same Application, or have the same name: they are the bootstraps of different clusters
    /// - roots that are the same of two environments (`bootstrap/prod/apps.yaml` and `bootstrap/uat/apps.yaml`, or
    ///   `apps-prod.yaml` and `apps-uat.yaml`) or of two clusters (`clusters/a/argocd` and `clusters/b/argocd`), each for the
    ///   cluster it is applied to: a note, since both may go to one
    /// - what an owner applies that the kustomization beside it leaves out, so that nothing applies it: a note
    /// - what a Flux Kustomization applies from below the path of another one: `flux-path-overlap` says it once
    /// - an owner that renders the same path twice in a cluster that is only known when it runs
    /// - what Flux leaves alone once it is there, by `kustomize.toolkit.fluxcd.io/ssa: IfNotPresent`
    /// - owners that nothing applies, where a controller applies what lies around them
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

/// The owners of objects from the same files, and why that is a note.
type Overlap = (Vec<String>, Option<&'static str>);

fn check(view: &GraphView<'_>, cx: &mut Cx<'_>) {
    let alternatives = alternatives(view);
    let idle = cx.world().memo.get(|| Idle::of(*view));
    let left_out = left_out(view);
    let applied: Vec<(Vec<Placed>, bool)> = view
        .graph
        .objects
        .chunk_by(|a, b| a.key == b.key)
        .filter(|all| all.len() > 1)
        .map(|all| {
            let applied = all.iter().filter(|placed| !idle.has_owner(view.owner(placed.owner)));
            let applied: Vec<Placed> = applied.cloned().collect();
            // What is left out has no part in what the others do to each other.
            let is_used = |placed: &&Placed| !left_out.contains(&root(view, placed.owner));
            let used: Vec<Placed> = applied.iter().filter(is_used).cloned().collect();
            match used.windows(2).all(|pair| is_one(view, &pair[0], &pair[1])) {
                true => (applied, true),
                false => (used, false),
            }
        })
        .collect();
    let mut overlaps: BTreeMap<Overlap, Vec<&[Placed]>> = BTreeMap::new();
    for (twins, is_left_out) in &applied {
        let [first, .., last] = twins.as_slice() else { continue };
        if twins.iter().all(|placed| is_left_alone(&view.placed(placed))) {
            continue;
        }
        let unknown =
            view.graph.cluster(first.key.cluster).is_opaque || first.key.name.contains(['$', '{', '<']);
        // A value is missing, and what misses it says so.
        let unknown = unknown || first.key.name.is_empty() || first.key.name.starts_with('-');
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
        if twins.windows(2).all(|pair| are_of_one_name(view, roots(&pair[0], &pair[1]))) {
            continue;
        }
        if twins.windows(2).all(|pair| alternatives.contains(&roots(&pair[0], &pair[1]))) {
            continue;
        }
        let is_cluster_open = is_own_cluster(&view.graph.cluster(first.key.cluster).name);
        let are_environments = is_cluster_open
            && twins.windows(2).all(|pair| are_of_environments(view, roots(&pair[0], &pair[1])));
        let note = match (are_environments, *is_left_out) {
            (true, _) => Some(ENVIRONMENTS),
            (_, true) => Some(LEFT_OUT),
            _ => None,
        };
        if is_of_one_file(view, twins) {
            let mut owners: Vec<String> =
                twins.iter().map(|placed| view.owner(placed.owner).display()).collect();
            owners.dedup();
            overlaps.entry((owners, note)).or_default().push(twins);
        } else {
            report_level(view, twins, &[], note, cx);
        }
    }
    for ((_, note), objects) in overlaps {
        // What is only a warning does not speak for the others.
        let is_shared = |twins: &&[Placed]| SHARED.contains(&twins[0].key.kind.as_str());
        let (shared, own): (Vec<&[Placed]>, Vec<&[Placed]>) = objects.into_iter().partition(is_shared);
        for group in [own, shared] {
            let Some((first, more)) = group.split_first() else { continue };
            report_level(view, first, more, note, cx);
        }
    }
}

/// Why what two environments apply is a note.
const ENVIRONMENTS: &str = "both begin where their environment is set up: when that is one cluster for all, each sets it \
                            back to what it knows";
/// Why what an owner applies that a kustomization leaves out is a note.
const LEFT_OUT: &str = "the kustomization beside one of them leaves it out, so that nothing here applies it; when \
                        something does, each sets it back to what it knows";

/// The owners that nothing applies, though a kustomization beside them names other files.
fn left_out(view: &GraphView<'_>) -> FxHashSet<OwnerId> {
    let is_left_out = |owner: &OwnerView<'_>| {
        let source = owner.object.object.source;
        let directory = view.map.source(source).path().parent();
        !view.rendering.rendered.contains(&source)
            && directory.is_some_and(|directory| {
                KUSTOMIZATION_NAMES.iter().any(|name| view.repository.file(&directory.join(name)).is_some())
            })
    };
    let roots = view.owners().filter(|owner| owner.owner.parent.is_none());
    roots.filter(is_left_out).map(|owner| owner.id).collect()
}

/// Whether owners apply an object from the same file: what they share is a directory, and with it all that is in there.
fn is_of_one_file(view: &GraphView<'_>, twins: &[Placed]) -> bool {
    let source = |placed: &Placed| view.placed(placed).object.source;
    twins.windows(2).all(|pair| source(&pair[0]) == source(&pair[1]))
}

fn report_level(
    view: &GraphView<'_>,
    twins: &[Placed],
    more: &[&[Placed]],
    note: Option<&'static str>,
    cx: &mut Cx<'_>,
) {
    if let (Some(finding), Some(why)) = (report(view, twins, more, cx), note) {
        finding.level = Level::Note;
        finding.why = why.into();
    }
}

/// Whether Flux leaves an object as it is once it is there: then nobody undoes anybody's work.
fn is_left_alone(object: &ObjectView<'_>) -> bool {
    let how = object.annotation("kustomize.toolkit.fluxcd.io/ssa");
    how.is_some_and(|how| how.eq_ignore_ascii_case("IfNotPresent") || how.eq_ignore_ascii_case("Ignore"))
}

/// Whether a name of a cluster stands for the one that whoever applies it runs in.
fn is_own_cluster(name: &str) -> bool {
    name.is_empty() || name == "in-cluster" || name.contains("kubernetes.default")
}

/// Whether two owners that nobody applies have one name: in one cluster there is only one of them.
fn are_of_one_name(view: &GraphView<'_>, (one, other): (OwnerId, OwnerId)) -> bool {
    let name = |id| {
        let owner = view.graph.owner(id);
        (owner.kind, owner.key.namespace.as_str(), owner.key.name.as_str())
    };
    let source = |id| view.graph.owner(id).object.source;
    source(one) != source(other) && name(one) == name(other)
}

/// Whether two owners that nobody applies are the same of two environments, by the paths of their files.
fn are_of_environments(view: &GraphView<'_>, (one, other): (OwnerId, OwnerId)) -> bool {
    let path = |id| view.map.source(view.owner(id).object.object.source).path().as_str();
    let (first, second) = (path(one), path(other));
    let are_alike = without_environment(first) == without_environment(second)
        || differ_in_environment(view.owner(one), view.owner(other));
    first != second && are_alike || are_of_clusters(&place(view, one), &place(view, other))
}

/// The kustomization that makes an owner, or else its file.
fn place(view: &GraphView<'_>, id: OwnerId) -> Utf8PathBuf {
    let object = &view.graph.owner(id).object;
    let is_it = |other: &Object| other.tree.shares(&object.tree);
    let unit = view.rendering.units.iter().find(|unit| unit.objects.iter().any(is_it));
    unit.map_or_else(|| view.map.source(object.source).path().to_owned(), |unit| unit.directory.clone())
}

/// Whether two paths are those of the same thing for two clusters: `clusters/a/argocd` and `clusters/b/argocd`.
fn are_of_clusters(one: &Utf8Path, other: &Utf8Path) -> bool {
    const ABOVE: [&str; 6] = ["bootstrap", "cluster", "clusters", "environments", "envs", "overlays"];
    let (one, other): (Vec<&str>, Vec<&str>) = (one.iter().collect(), other.iter().collect());
    let mut different = one.iter().zip(&other).enumerate().filter(|(_, (a, b))| a != b).map(|(at, _)| at);
    let (Some(at), None) = (different.next(), different.next()) else { return false };
    one.len() == other.len() && at.checked_sub(1).is_some_and(|above| ABOVE.contains(&one[above]))
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
        let owner = view.owner(placed.owner);
        let (kind, namespace) = (owner.owner.kind, owner.owner.key.namespace.clone());
        // The Flux Operator makes a Kustomization of an instance, and calls it like its namespace.
        let sync =
            owner.spec().and_then(|spec| spec.path(&["sync", "name"])?.text().map(|name| name.into_owned()));
        match kind {
            OwnerKind::FluxInstance => {
                (OwnerKind::Kustomization, namespace.clone(), sync.unwrap_or(namespace))
            }
            kind => (kind, namespace, owner.owner.key.name.clone()),
        }
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

fn report<'c>(
    view: &GraphView<'_>,
    twins: &[Placed],
    more: &[&[Placed]],
    cx: &'c mut Cx<'_>,
) -> Option<&'c mut Finding> {
    let mut owners: Vec<OwnerView<'_>> = twins.iter().map(|placed| view.owner(placed.owner)).collect();
    owners.dedup_by(|a, b| a.owner.key == b.owner.key);
    let (first, second) = twins.iter().zip(&twins[1..]).find(|(a, b)| !is_one(view, a, b))?;
    let (one, other) = (view.placed(first), view.placed(second));
    let names: Vec<String> = owners.iter().map(|owner| owner.display()).collect();
    let pruning: Vec<&str> =
        owners.iter().zip(&names).filter(|(owner, _)| prunes(owner)).map(|(_, name)| name.as_str()).collect();
    let key = &first.key;
    let shown = shown(key);
    let what = listed(&names, "and");
    let why = match pruning.as_slice() {
        [] => "each sets it back to what it knows, and nobody can say which one wins".to_owned(),
        names => format!(
            "each sets it back to what it knows, and when {} no longer has it, it is deleted for all",
            listed(names, "or")
        ),
    };
    let finding = cx.report(
        At::value(name_of(&other)),
        Report {
            message: match more.len() {
                0 => format!("{shown} is applied by {what}"),
                1 => format!("{shown} and another object are applied by {what}"),
                more => format!("{shown} and {more} other objects are applied by {what}"),
            },
            why: why.into(),
            help: "keep it in one of them, or move it to one that both depend on".into(),
        },
    );
    finding.object = Some(other.object_name());
    if SHARED.contains(&key.kind.as_str()) && are_equal(&one, &other) {
        finding.level = finding.level.min(Level::Warning);
    }
    let place = |object: &ObjectView<'_>| {
        let name = name_of(object);
        view.map.editable(name.span(), name.step())
    };
    if let Some(span) = place(&one).filter(|span| *span != finding.primary) {
        finding.related.push(Related { span, message: "applied from here as well".into() });
    }
    for (owner, name) in owners.iter().zip(names).take(NAMED) {
        let Some(delivery) = owner.owner.deliveries.first() else { continue };
        let Some(span) = view.map.in_file(delivery.at) else { continue };
        finding.related.push(Related { span, message: format!("{name} applies it").into() });
    }
    let others = more.iter().filter_map(|twins| twins.first());
    finding.related.extend(others.filter_map(|placed| {
        let span = place(&view.placed(placed))?;
        Some(Related { span, message: format!("so is {}", self::shown(&placed.key)).into() })
    }));
    Some(finding)
}

/// "Deployment `shop/web`".
fn shown(key: &ObjectKey) -> String {
    match key.namespace.as_str() {
        "" => format!("{} `{}`", key.kind, key.name),
        namespace => format!("{} `{namespace}/{}`", key.kind, key.name),
    }
}

/// The name of an object, as a place.
fn name_of<'w>(object: &ObjectView<'w>) -> Cursor<'w> {
    object.root.path(&["metadata", "name"]).unwrap_or(object.root)
}

fn prunes(owner: &OwnerView<'_>) -> bool {
    let Some(spec) = owner.spec() else { return false };
    let is_on = |path: &[&str]| spec.path(path).is_some_and(|value| value.bool() == Some(true));
    is_on(&["prune"]) || is_on(&["syncPolicy", "automated", "prune"])
}
