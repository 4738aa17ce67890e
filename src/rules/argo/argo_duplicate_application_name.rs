//! `argo-duplicate-application-name`

use std::collections::BTreeMap;

use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::{Level, Related};
use crate::graph::{GraphView, OwnerKind, OwnerView, differ_in_environment};
use crate::source::Span;

use super::application::is_templated;

rule! {
    /// Two Argo CD Applications of one name.
    ///
    /// ## Why
    ///
    /// There can only be one: each sync replaces it with the other, and with it everything that it applies. With pruning,
    /// the objects of the one are deleted when the other takes its place.
    ///
    /// ## What passes
    ///
    /// - Applications that different roots create: they may live in two installations of Argo CD
    /// - files of two environments (`apps-prod.yaml` and `apps-uat.yaml`), each for the cluster it is applied to: a note,
    ///   since one Argo CD may read both
    /// - objects that the API server gave out, with their `uid`
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: apps/shop.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: shop
    /// spec:
    ///   source:
    ///     path: shop
    /// # file: apps/shop-v2.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: shop
    /// spec:
    ///   source:
    ///     path: shop-v2
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: apps/shop.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: shop
    /// spec:
    ///   source:
    ///     path: shop
    /// # file: apps/shop-v2.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: shop-v2
    /// spec:
    ///   source:
    ///     path: shop-v2
    /// ```
    ///
    /// ## References
    ///
    /// - <https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/#applications>
    pub static RULE = "argo-duplicate-application-name" {
        level: Error,
        precision: High,
        tags: ["argo-cd", "ownership"],
        aliases: [],
        checks: [Check::Graph(check)],
    }
}

/// Where an Application comes from: its outermost owner, or else the directory of its file.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Root {
    Owner(u32),
    Directory(String),
}

fn root(owner: OwnerView<'_>) -> Root {
    let mut top = owner;
    for _ in 0..32 {
        match top.parent() {
            Some(parent) => top = parent,
            None => break,
        }
    }
    if top.id != owner.id {
        return Root::Owner(top.id.0);
    }
    let path = owner.view.map.source(owner.owner.object.source).path();
    Root::Directory(path.parent().map(ToString::to_string).unwrap_or_default())
}

fn check(graph: &GraphView<'_>, cx: &mut Cx<'_>) {
    let mut groups: BTreeMap<_, Vec<OwnerView<'_>>> = BTreeMap::new();
    for owner in graph.owners().filter(|owner| owner.owner.kind == OwnerKind::Application) {
        // What the API server gave out is kept to be read.
        let is_live = owner.object.root.path(&["metadata", "uid"]).is_some();
        if !is_live && !is_templated(&owner.owner.key.name) && !owner.owner.key.name.is_empty() {
            groups.entry((&owner.owner.key, root(owner))).or_default().push(owner);
        }
    }
    for owners in groups.values() {
        let mut places: Vec<(Span, OwnerView<'_>)> = owners
            .iter()
            .filter_map(|owner| {
                let name = owner.object.root.path(&["metadata", "name"])?;
                Some((graph.map.editable(name.span(), name.step())?, *owner))
            })
            .collect();
        places.sort_by_key(|(span, _)| *span);
        // One template may make the same Application twice, which is for the rule about generated names.
        places.dedup_by_key(|(span, _)| *span);
        let Some(((first, known), rest)) = places.split_first() else { continue };
        for (span, owner) in rest {
            let finding = cx.report(
                At::span(*span),
                Report {
                    message: format!("{} is declared twice", owner.display()),
                    why: "each sync replaces one with the other, and with pruning deletes what it applied"
                        .into(),
                    help: "give one of them another name".into(),
                },
            );
            finding.object = Some(owner.object.object_name());
            if differ_in_environment(*known, *owner) {
                finding.level = Level::Note;
                finding.why =
                    "each is for the cluster of its environment: where one Argo CD reads both, each sync \
                               replaces one with the other"
                        .into();
            }
            finding.related.push(Related { span: *first, message: "the other one".into() });
        }
    }
}
