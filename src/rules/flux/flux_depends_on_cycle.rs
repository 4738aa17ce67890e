//! `flux-depends-on-cycle`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::Related;
use crate::graph::{GraphView, OwnerId, OwnerKind, OwnerView, Reference, Waits, kustomization_waits};

use super::depends_on;

rule! {
    /// Flux objects that wait for each other.
    ///
    /// ## Why
    ///
    /// None of them is ever applied. A cycle also stops the controller from reacting to new commits of the source, for
    /// every Kustomization that reads it (fluxcd/kustomize-controller#1712).
    ///
    /// A Kustomization with `wait: true` waits for the Kustomizations that it applies. When one of those depends on it,
    /// both wait for ever: that is a cycle, too.
    ///
    /// ## What passes
    ///
    /// - two clusters with objects of the same names
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata:
    ///   name: infra
    ///   namespace: flux-system
    /// spec:
    ///   dependsOn:
    ///     - name: apps
    ///   path: ./infra
    ///   prune: true
    /// ---
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata:
    ///   name: apps
    ///   namespace: flux-system
    /// spec:
    ///   dependsOn:
    ///     - name: infra
    ///   path: ./apps
    ///   prune: true
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata:
    ///   name: infra
    ///   namespace: flux-system
    /// spec:
    ///   path: ./infra
    ///   prune: true
    ///   wait: true
    /// ---
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata:
    ///   name: apps
    ///   namespace: flux-system
    /// spec:
    ///   dependsOn:
    ///     - name: infra
    ///   path: ./apps
    ///   prune: true
    /// ```
    ///
    /// ## References
    ///
    /// - <https://fluxcd.io/flux/components/kustomize/kustomizations/#dependencies>
    pub static RULE = "flux-depends-on-cycle" {
        level: Error,
        precision: VeryHigh,
        tags: ["flux", "order"],
        aliases: [],
        checks: [Check::Graph(check)],
    }
}

/// What one owner waits for, and where it says so.
struct Edge<'w> {
    to: OwnerId,
    /// The entry of `dependsOn`; `None` for what it applies and waits for.
    entry: Option<Reference<'w>>,
}

fn check(view: &GraphView<'_>, cx: &mut Cx<'_>) {
    let edges: Vec<Vec<Edge<'_>>> = view.owners().map(|owner| edges(*view, &owner)).collect();
    // 0: not seen, 1: on the way, 2: done. Owners are sorted, so the same cycle is found from the same one.
    let mut state = vec![0_u8; edges.len()];
    for start in 0..edges.len() {
        let mut way: Vec<(usize, usize)> = vec![(start, 0)];
        if state[start] != 0 {
            continue;
        }
        state[start] = 1;
        while let Some(top) = way.last_mut() {
            let (at, next) = *top;
            let Some(edge) = edges[at].get(next) else {
                state[at] = 2;
                way.pop();
                continue;
            };
            top.1 += 1;
            let to = edge.to.0 as usize;
            match state[to] {
                0 => {
                    state[to] = 1;
                    way.push((to, 0));
                }
                1 => {
                    let from = way.iter().position(|(at, _)| *at == to).unwrap_or_default();
                    let cycle: Vec<(OwnerId, &Edge<'_>)> = way[from..]
                        .iter()
                        .map(|&(at, next)| (OwnerId(at as u32), &edges[at][next - 1]))
                        .collect();
                    report(*view, &cycle, cx);
                }
                _ => {}
            }
        }
    }
}

fn edges<'w>(view: GraphView<'w>, owner: &OwnerView<'w>) -> Vec<Edge<'w>> {
    if !depends_on::KINDS.contains(&owner.owner.kind) {
        return Vec::new();
    }
    let depends = depends_on::references(owner).into_iter().filter_map(|entry| {
        let target = depends_on::target(owner, &entry)?;
        Some(Edge { to: target.id, entry: Some(entry) })
    });
    let waits = owner.owner.kind == OwnerKind::Kustomization
        && owner.spec().is_some_and(|spec| kustomization_waits(spec) == Waits::Yes)
        && owner.spec().and_then(|spec| spec.get("wait")).and_then(|wait| wait.bool()) == Some(true);
    let children = view
        .owners()
        .filter(|child| waits && child.owner.parent == Some(owner.id) && child.id != owner.id)
        .filter(|child| child.owner.kind == OwnerKind::Kustomization)
        .map(|child| Edge { to: child.id, entry: None });
    depends.chain(children).collect()
}

fn report(view: GraphView<'_>, cycle: &[(OwnerId, &Edge<'_>)], cx: &mut Cx<'_>) {
    // The entry that somebody would remove; a cycle of parents and children alone does not exist.
    let entries: Vec<(OwnerView<'_>, &Reference<'_>)> =
        cycle.iter().filter_map(|(from, edge)| Some((view.owner(*from), edge.entry.as_ref()?))).collect();
    let Some((first, entry)) = entries.first() else { return };
    let is_nested = entries.len() < cycle.len();
    let names: Vec<String> = cycle
        .iter()
        .chain(cycle.first())
        .map(|(id, _)| format!("`{}`", view.graph.owner(*id).key.name))
        .collect();
    let help = match is_nested {
        true => {
            "remove the entry: what a Kustomization applies cannot depend on it while it has `wait: true`"
        }
        false => "remove one of the entries",
    };
    let finding = cx.report(
        At::value(entry.name_at),
        Report {
            message: format!("{}s wait for each other: {}", first.owner.kind.name(), names.join(" → ")),
            why:
                "none of them is ever applied, and their source's other objects stop reacting to new commits"
                    .into(),
            help: help.into(),
        },
    );
    finding.object = Some(first.object.object_name());
    for (_, entry) in entries.iter().skip(1) {
        if let Some(span) = view.map.editable(entry.name_at.span(), entry.name_at.step()) {
            finding.related.push(Related { span, message: "part of the cycle".into() });
        }
    }
}
