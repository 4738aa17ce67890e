//! `script-imperative-deploy`

use crate::ci::Job;
use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::Related;

use super::reconciled::Reconciled;
use super::{deploy, purpose};

rule! {
    /// A script or a target that changes what a controller reconciles.
    ///
    /// ## Why
    ///
    /// What it changes is in no commit. The controller undoes it, or both change the same objects in turns, and the next
    /// person who runs the script undoes what was merged since.
    ///
    /// ## What is reported
    ///
    /// Commands in shell scripts, Makefiles, justfiles, Taskfiles and scripts of `package.json` that no pipeline runs:
    /// `kubectl apply` of a file or a directory that an owner applies, `kubectl patch`, `edit`, `set` and `scale` of an
    /// object that it applies, `helm upgrade` of its release. One finding for each script or target. What a pipeline runs
    /// is for `ci-direct-deploy`.
    ///
    /// ## What passes
    ///
    /// - reading commands and `--dry-run`
    /// - what no owner in the repository applies
    /// - clusters of one's own: kind, k3d, minikube, vcluster
    /// - scripts whose path or name says bootstrap, setup, test, dev, example or recovery
    /// - scripts that suspend the controller first
    /// - namespaces, secrets, definitions and owners, which have to be there before a controller is
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: argocd/shop.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata: {name: shop, namespace: argocd}
    /// spec:
    ///   project: shop
    ///   source: {repoURL: https://git.example.com/acme/gitops, path: apps/shop, targetRevision: main}
    ///   destination: {name: in-cluster, namespace: shop}
    /// # file: apps/shop/config.yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: shop}
    /// # file: GIT
    /// remote https://git.example.com/acme/gitops
    /// # file: deploy.sh
    /// kubectl apply -f apps/shop
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: argocd/shop.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata: {name: shop, namespace: argocd}
    /// spec:
    ///   project: shop
    ///   source: {repoURL: https://git.example.com/acme/gitops, path: apps/shop, targetRevision: main}
    ///   destination: {name: in-cluster, namespace: shop}
    /// # file: apps/shop/config.yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: shop}
    /// # file: GIT
    /// remote https://git.example.com/acme/gitops
    /// # file: deploy.sh
    /// kubectl diff -f apps/shop
    /// ```
    pub static RULE = "script-imperative-deploy" {
        level: Warning,
        precision: High,
        tags: ["ci"],
        aliases: [],
        checks: [Check::Script(check)],
    }
}

fn check(job: &Job, cx: &mut Cx<'_>) {
    if cx.world().graph.owners.is_empty() {
        return;
    }
    let reconciled = Reconciled::of(cx.world());
    let scripts = job.steps.iter().flat_map(|step| &step.scripts);
    let commands = scripts.flat_map(|script| script.commands.iter().map(move |command| (script, command)));
    let mut found = commands.filter_map(|(script, command)| {
        let deploy = deploy::of_command(command).filter(|deploy| !deploy.of_engine)?;
        let change = reconciled.changed(script, command, job, cx.world())?;
        Some((deploy, change))
    });
    let Some((first, change)) = found.next() else { return };
    if purpose::is_elsewhere(job, cx.world()) || reconciled.has_input(job.source) {
        return;
    }
    let others = found.map(|(deploy, change)| Related {
        span: deploy.span,
        message: format!("changes {} with `{}`", change.what, deploy.what).into(),
    });
    let others: Vec<Related> = others.collect();
    let report = Report {
        message: format!(
            "`{}` changes {} with `{}`, which {} applies from git",
            job.name, change.what, first.what, change.owner
        ),
        why: "the controller undoes it, or the script undoes what was merged".into(),
        help: "commit the change and let the controller apply it; `kubectl diff` shows what it would do"
            .into(),
    };
    cx.report(At::span(first.span), report).related.extend(others);
}
