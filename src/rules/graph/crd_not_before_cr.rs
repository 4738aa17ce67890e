//! `crd-not-before-cr`

use rustc_hash::{FxHashMap, FxHashSet};

use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::Related;
use crate::graph::{ClusterId, GraphView, OwnerId, OwnerKind, OwnerView, Placed};

rule! {
    /// A custom resource that one owner applies without waiting for the owner of its definition.
    ///
    /// ## Why
    ///
    /// The API server refuses an object whose definition it does not know, and Flux then applies nothing of that
    /// Kustomization. A new cluster comes up only after some rounds of errors, or not at all when the two wait for
    /// each other. In the cluster of the author it works, because the definition is there from before.
    ///
    /// ## What passes
    ///
    /// - definition and object in one Kustomization or Application: the controllers apply definitions first
    /// - a Kustomization that depends on the one with the definition, also over others
    /// - owners that apply one another: what makes an owner is there before it
    /// - Applications in a later sync wave than the one with the definition, or with
    ///   `SkipDryRunOnMissingResource=true`
    /// - definitions that the repository does not have
    /// - Flux's own kinds under an owner of Flux, and Argo CD's under an Application: without their definitions there
    ///   is no owner either
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: ks.yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata:
    ///   name: controllers
    ///   namespace: flux-system
    /// spec:
    ///   interval: 10m
    ///   path: ./controllers
    ///   prune: true
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: flux-system
    ///   wait: true
    /// ---
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata:
    ///   name: configs
    ///   namespace: flux-system
    /// spec:
    ///   interval: 10m
    ///   path: ./configs
    ///   prune: true
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: flux-system
    /// # file: controllers/kustomization.yaml
    /// resources: [crd.yaml]
    /// # file: controllers/crd.yaml
    /// apiVersion: apiextensions.k8s.io/v1
    /// kind: CustomResourceDefinition
    /// metadata:
    ///   name: things.example.com
    /// spec:
    ///   group: example.com
    ///   scope: Namespaced
    ///   names:
    ///     kind: Thing
    ///     plural: things
    /// # file: configs/kustomization.yaml
    /// resources: [thing.yaml]
    /// # file: configs/thing.yaml
    /// apiVersion: example.com/v1
    /// kind: Thing
    /// metadata:
    ///   name: one
    ///   namespace: shop
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: ks.yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata:
    ///   name: controllers
    ///   namespace: flux-system
    /// spec:
    ///   interval: 10m
    ///   path: ./controllers
    ///   prune: true
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: flux-system
    ///   wait: true
    /// ---
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata:
    ///   name: configs
    ///   namespace: flux-system
    /// spec:
    ///   interval: 10m
    ///   path: ./configs
    ///   prune: true
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: flux-system
    ///   dependsOn:
    ///     - name: controllers
    /// # file: controllers/kustomization.yaml
    /// resources: [crd.yaml]
    /// # file: controllers/crd.yaml
    /// apiVersion: apiextensions.k8s.io/v1
    /// kind: CustomResourceDefinition
    /// metadata:
    ///   name: things.example.com
    /// spec:
    ///   group: example.com
    ///   scope: Namespaced
    ///   names:
    ///     kind: Thing
    ///     plural: things
    /// # file: configs/kustomization.yaml
    /// resources: [thing.yaml]
    /// # file: configs/thing.yaml
    /// apiVersion: example.com/v1
    /// kind: Thing
    /// metadata:
    ///   name: one
    ///   namespace: shop
    /// ```
    ///
    /// ## References
    ///
    /// - <https://fluxcd.io/flux/components/kustomize/kustomizations/#dependencies>
    /// - <https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/#skip-dry-run-for-new-custom-resources-types>
    pub static RULE = "crd-not-before-cr" {
        level: Warning,
        precision: High,
        tags: ["graph", "ordering"],
        aliases: [],
        checks: [Check::Graph(check)],
    }
}

fn check(view: &GraphView<'_>, cx: &mut Cx<'_>) {
    let mut definitions: FxHashMap<(ClusterId, String, String), Vec<&Placed>> = FxHashMap::default();
    for placed in view.graph.objects.iter().filter(|placed| placed.key.kind == "CustomResourceDefinition") {
        let definition = view.placed(placed).root;
        let text = |path: &[&str]| {
            definition.path(path).and_then(|value| value.text()).map(|text| text.into_owned())
        };
        if let (Some(group), Some(kind)) = (text(&["spec", "group"]), text(&["spec", "names", "kind"])) {
            definitions.entry((placed.key.cluster, group, kind)).or_default().push(placed);
        }
    }
    if definitions.is_empty() {
        return;
    }
    let mut told: FxHashSet<(OwnerId, OwnerId)> = FxHashSet::default();
    for placed in &view.graph.objects {
        let key = &placed.key;
        let of = (key.cluster, key.group.clone(), key.kind.clone());
        let Some(definitions) = definitions.get(&of).filter(|_| !view.graph.cluster(key.cluster).is_opaque)
        else {
            continue;
        };
        let user = view.owner(placed.owner);
        if is_of_engine(&user, &key.group, &key.kind) {
            continue;
        }
        let waits = |definition: &&Placed| comes_first(&view.owner(definition.owner), &user);
        let Some(definition) = definitions.first().filter(|_| !definitions.iter().any(waits)) else {
            continue;
        };
        // One line about two owners, not one for each object.
        if told.insert((user.id, definition.owner)) {
            report(view, placed, definition, cx);
        }
    }
}

/// Whether a kind is one of the engine that runs an owner. Its definitions were there before the owner was, whoever
/// keeps them up to date.
fn is_of_engine(owner: &OwnerView<'_>, group: &str, kind: &str) -> bool {
    match owner.owner.kind {
        OwnerKind::Application | OwnerKind::ApplicationSet => {
            group == "argoproj.io" && matches!(kind, "Application" | "ApplicationSet" | "AppProject")
        }
        _ => group.ends_with(".toolkit.fluxcd.io") || group == "fluxcd.controlplane.io",
    }
}

/// Whether what `first` applies is there before `then` applies anything.
fn comes_first(first: &OwnerView<'_>, then: &OwnerView<'_>) -> bool {
    let is_above = |above: &OwnerView<'_>, below: OwnerView<'_>| {
        std::iter::successors(Some(below), |owner| owner.parent()).any(|owner| owner.id == above.id)
    };
    if is_above(first, *then) {
        return true;
    }
    match (first.owner.kind, then.owner.kind) {
        (OwnerKind::Application, OwnerKind::Application) => skips_dry_run(then) || wave(first) < wave(then),
        // A release or set is applied by a Kustomization, which may be the one that waits.
        _ => {
            std::iter::successors(Some(*then), |owner| owner.parent()).any(|owner| depends(&owner, first, 16))
        }
    }
}

/// Whether an owner names another under `dependsOn`, or one that does, or whoever applies it.
fn depends(owner: &OwnerView<'_>, on: &OwnerView<'_>, depth: usize) -> bool {
    let Some(list) = owner.spec().and_then(|spec| spec.get("dependsOn")).filter(|_| depth > 0) else {
        return false;
    };
    list.items().any(|item| {
        let text = |field: &str| item.get(field).and_then(|value| value.text());
        let namespace = text("namespace").unwrap_or_else(|| owner.owner.key.namespace.clone().into());
        let Some(name) = text("name") else { return false };
        let key = crate::graph::ObjectKey {
            namespace: namespace.into_owned(),
            name: name.into_owned(),
            ..owner.owner.key.clone()
        };
        let named = owner.view.owners().find(|other| other.owner.key == key);
        named.is_some_and(|named| {
            let above = std::iter::successors(Some(*on), |owner| owner.parent());
            above.into_iter().any(|above| above.id == named.id) || depends(&named, on, depth - 1)
        })
    })
}

fn wave(owner: &OwnerView<'_>) -> i64 {
    let wave = owner.object.annotation("argocd.argoproj.io/sync-wave");
    wave.and_then(|wave| wave.trim().parse().ok()).unwrap_or(0)
}

fn skips_dry_run(owner: &OwnerView<'_>) -> bool {
    let options = owner.spec().and_then(|spec| spec.path(&["syncPolicy", "syncOptions"]));
    let mut options = options.into_iter().flat_map(|options| options.items());
    options.any(|option| option.text().is_some_and(|text| text == "SkipDryRunOnMissingResource=true"))
}

fn report(view: &GraphView<'_>, placed: &Placed, definition: &Placed, cx: &mut Cx<'_>) {
    let (user, first) = (view.owner(placed.owner), view.owner(definition.owner));
    let Some(delivery) = user.owner.deliveries.first() else { return };
    let help = match user.owner.kind {
        OwnerKind::Application => "give the Application with the definition an earlier sync wave, or set `SkipDryRunOnMissingResource=true`".to_owned(),
        _ => format!("add `{}` to `dependsOn`, and let it `wait`", first.owner.key.name),
    };
    let message = format!(
        "{} applies {} `{}` without waiting for {}, which defines the kind",
        user.display(),
        placed.key.kind,
        placed.key.name,
        first.display()
    );
    let why = "on a new cluster the API server refuses it, and nothing of this owner is applied";
    let finding = cx.report(At::span(delivery.at), Report { message, why: why.into(), help: help.into() });
    finding.object = Some(user.object.object_name());
    let name = view.placed(definition).root;
    let name = name.path(&["metadata", "name"]).unwrap_or(name);
    let span = view.map.editable(name.span(), name.step());
    finding.related.extend(span.map(|span| Related { span, message: "defined here".into() }));
}
