//! `no-reconciler`

use crate::ci::{Dialect, Job};
use crate::engine::{At, Check, Cx, Report, World, rule};
use crate::graph::GraphView;
use crate::model::Usage;

use super::command::program;
use super::deploy;
use super::ephemeral::Ephemeral;

rule! {
    /// Manifests that only pipelines apply.
    ///
    /// ## Why
    ///
    /// Pushing works for one cluster and few people. It also means that nothing notices when somebody changes the cluster
    /// by hand, that what was deleted in git stays in the cluster, that a pipeline holds the cluster's credentials, and
    /// that a new cluster needs every pipeline to run again.
    ///
    /// Runs in the profile `pedantic`: a repository without Argo CD and Flux may be all that its owners need, and
    /// `ci-direct-deploy` notes each command anyway.
    ///
    /// ## What passes
    ///
    /// - a repository with any object of Argo CD or Flux, or with a pipeline that speaks to one of them
    /// - jobs that make a cluster of their own, and what runs in a cluster: tasks of Tekton, Argo Workflows
    /// - commands that only tend a cluster, such as `kubectl delete` and `kubectl rollout restart`
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: .github/workflows/deploy.yml
    /// on: {push: {branches: [main]}}
    /// jobs:
    ///   deploy:
    ///     runs-on: ubuntu-latest
    ///     steps:
    ///       - run: kubectl apply -f k8s/
    /// # file: k8s/settings.yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: settings}
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: k8s/settings.yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: settings}
    /// # file: argocd.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata: {name: web, namespace: argocd}
    /// spec:
    ///   project: shop
    ///   source: {repoURL: https://git.example.com/acme/gitops, path: k8s}
    ///   destination: {server: https://kubernetes.default.svc, namespace: shop}
    /// ```
    ///
    /// ## References
    ///
    /// - <https://opengitops.dev/>
    pub static RULE = "no-reconciler" {
        level: Note,
        profile: Pedantic,
        precision: Medium,
        tags: ["ci", "graph"],
        aliases: [],
        checks: [Check::Graph(check)],
    }
}

fn check(view: &GraphView<'_>, cx: &mut Cx<'_>) {
    let world = cx.world();
    if !view.graph.owners.is_empty() || names_reconciler(world) || !has_manifests(world) {
        return;
    }
    // What runs in a cluster may be a part of what is deployed.
    let is_inside = |job: &Job| matches!(job.dialect, Dialect::Tekton | Dialect::ArgoWorkflows);
    let jobs = world.jobs.iter().filter(|job| !is_inside(job));
    let lasting = |job| {
        let ephemeral = Ephemeral::of(job, world);
        let deploys = deploy::of_steps(&job.steps).map(|(_, deploy)| deploy);
        deploys.filter(move |deploy| !ephemeral.has(deploy.span))
    };
    let deploys: Vec<_> = jobs.flat_map(lasting).collect();
    if deploys.iter().any(|deploy| deploy.of_engine) {
        return;
    }
    let Some(first) = deploys.iter().find(|deploy| applies(&deploy.what)) else { return };
    cx.report(
        At::span(first.span),
        Report {
            message: format!("only pipelines apply what is here (`{}`), and nothing keeps it so", first.what),
            why: "changes by hand stay unnoticed, deleted manifests stay in the cluster, and a pipeline holds its keys".into(),
            help: "where more than one cluster or team is concerned, let Argo CD or Flux apply the repository".into(),
        },
    );
}

/// Whether a command brings something into a cluster, and does not only tend what is there.
fn applies(what: &str) -> bool {
    const TENDS: [&str; 16] = [
        "delete",
        "destroy",
        "uninstall",
        "rollback",
        "rollout",
        "patch",
        "edit",
        "set",
        "scale",
        "autoscale",
        "annotate",
        "label",
        "expose",
        "cordon",
        "drain",
        "taint",
    ];
    !what.split([' ', '/', '-', '_']).any(|word| TENDS.contains(&word))
}

/// Whether anything here belongs to a reconciler, which then has its own place for what it applies.
fn names_reconciler(world: &World) -> bool {
    const GROUPS: [&str; 4] =
        ["argoproj.io/", "toolkit.fluxcd.io/", "fluxcd.controlplane.io/", "fleet.cattle.io/"];
    let objects = world.repository.files.iter().flat_map(|file| &file.objects);
    let rendered = world.rendering.units.iter().flat_map(|unit| &unit.objects);
    let mut versions = objects.chain(rendered).map(|object| {
        let view = crate::model::ObjectView::rendered(&world.map, &world.repository, object);
        view.api_version().to_owned()
    });
    let is_one = |version: String| GROUPS.iter().any(|group| version.contains(group));
    let speaks = || {
        let mut programs = world.jobs.iter().flat_map(|job| job.commands()).map(program);
        programs.any(|program| matches!(program.as_str(), "argocd" | "argocd-autopilot" | "flux"))
    };
    versions.any(is_one) || speaks()
}

fn has_manifests(world: &World) -> bool {
    let as_they_stand =
        world.repository.files.iter().any(|file| file.usage == Usage::Deployed && !file.objects.is_empty());
    as_they_stand || world.rendering.units.iter().any(|unit| !unit.objects.is_empty())
}
