//! `argo-application-namespace`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::graph::{Glob, GraphView, OwnerKind};

use super::application::is_templated;
use super::installation;
use crate::rules::support::mentions;

rule! {
    /// An Argo CD Application in a namespace that Argo CD does not look at.
    ///
    /// ## Why
    ///
    /// Without `application.namespaces`, Argo CD sees Applications in its own namespace alone. Others are created, have
    /// no status, and nothing happens.
    ///
    /// Argo CD's own namespace is that of the ConfigMap `argocd-cm`; a repository without one is not judged.
    ///
    /// ## What passes
    ///
    /// - namespaces that `application.namespaces` of `argocd-cmd-params-cm` names
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: argocd-cm
    ///   namespace: argocd
    /// data: {}
    /// ---
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: shop
    ///   namespace: shop
    /// spec:
    ///   project: shop
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: argocd-cm
    ///   namespace: argocd
    /// data: {}
    /// ---
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: shop
    ///   namespace: argocd
    /// spec:
    ///   project: shop
    /// ```
    ///
    /// ## References
    ///
    /// - <https://argo-cd.readthedocs.io/en/stable/operator-manual/app-any-namespace/>
    pub static RULE = "argo-application-namespace" {
        level: Warning,
        precision: High,
        tags: ["argo-cd"],
        aliases: [],
        checks: [Check::Graph(check)],
    }
}

fn check(graph: &GraphView<'_>, cx: &mut Cx<'_>) {
    let world = cx.world();
    let own = installation::settings(world, "argocd-cm");
    let own: Vec<String> = own.iter().filter_map(|(map, _)| Some(map.namespace()?.into_owned())).collect();
    if own.is_empty() || mentions(&world.map, &["--application-namespaces", "sourceNamespaces:"]) {
        return;
    }
    let parameters = installation::settings(world, "argocd-cmd-params-cm");
    let allowed = parameters.iter().filter_map(|(_, data)| data.get("application.namespaces")?.text());
    let allowed: Vec<String> = allowed
        .flat_map(|list| list.split(',').map(|item| item.trim().to_owned()).collect::<Vec<_>>())
        .collect();
    let is_seen = |namespace: &str| {
        own.iter().any(|own| own == namespace)
            || allowed.iter().any(|pattern| {
                match pattern.strip_prefix('/').and_then(|rest| rest.strip_suffix('/')) {
                    // A regular expression: not decided here.
                    Some(_) => true,
                    None => Glob::flat(pattern).is_some_and(|glob| glob.matches(namespace)),
                }
            })
    };
    for owner in graph.owners().filter(|owner| owner.owner.kind == OwnerKind::Application) {
        let Some(value) = owner.object.root.path(&["metadata", "namespace"]) else { continue };
        let namespace = value.text().unwrap_or_default();
        if namespace.is_empty() || is_templated(&namespace) || is_seen(&namespace) {
            continue;
        }
        let finding = cx.report(
            At::span(graph.map.editable(value.span(), value.step()).unwrap_or(value.span())),
            Report {
                message: format!("{} is in a namespace that Argo CD does not look at", owner.display()),
                why: "it is created and has no status, and nothing is ever applied".into(),
                help: format!(
                    "put it into `{}`, or name its namespace in `application.namespaces` of `argocd-cmd-params-cm`",
                    own.first().map_or("argocd", |own| own)
                )
                .into(),
            },
        );
        finding.object = Some(owner.object.object_name());
    }
}
