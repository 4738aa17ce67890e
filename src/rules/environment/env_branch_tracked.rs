//! `env-branch-tracked`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::graph::{Environment, OwnerKind, OwnerView, Revision, Whose};
use crate::model::{KindName, ObjectView};
use crate::rules::support::hydrated;
use crate::yaml::Cursor;

rule! {
    /// A controller that follows a branch of this repository which stands for an environment.
    ///
    /// ## Why
    ///
    /// With a branch for each environment, promoting is merging: a merge brings along everything that is not yet meant
    /// to go, cherry-picks make the branches drift apart, and nobody can see in one place what runs where. The
    /// settings that differ on purpose end up as conflicts.
    ///
    /// ## What passes
    ///
    /// - branches of other repositories, and `HEAD` or the default branch
    /// - branches whose name is no environment, such as `release/1.2`
    /// - branches that only hold what a source hydrator or GitOps Promoter renders: `sourceHydrator.syncSource`, and the
    ///   branches of a `PromotionStrategy`
    /// - previews of pull requests
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: plimsoll.yaml
    /// repository:
    ///   aliases: [https://git.example.com/acme/gitops]
    /// # file: argocd/shop.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: shop-production
    ///   namespace: argocd
    /// spec:
    ///   project: shop
    ///   source:
    ///     repoURL: https://git.example.com/acme/gitops
    ///     path: shop
    ///     targetRevision: production
    ///   destination:
    ///     server: https://kubernetes.default.svc
    ///     namespace: shop
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: plimsoll.yaml
    /// repository:
    ///   aliases: [https://git.example.com/acme/gitops]
    /// # file: argocd/shop.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: shop-production
    ///   namespace: argocd
    /// spec:
    ///   project: shop
    ///   source:
    ///     repoURL: https://git.example.com/acme/gitops
    ///     path: envs/production/shop
    ///     targetRevision: HEAD
    ///   destination:
    ///     server: https://kubernetes.default.svc
    ///     namespace: shop
    /// ```
    ///
    /// ## References
    ///
    /// - <https://codefresh.io/blog/stop-using-branches-deploying-different-gitops-environments/>
    /// - <https://argo-cd.readthedocs.io/en/stable/user-guide/source-hydrator/>
    pub static RULE = "env-branch-tracked" {
        level: Warning,
        precision: High,
        tags: ["environment", "git"],
        aliases: [],
        checks: [
            Check::Owner(&[OwnerKind::Application], application),
            Check::Owner(&[OwnerKind::ApplicationSet], application_set),
            Check::Owner(&[OwnerKind::FluxInstance], flux_instance),
            Check::Around(&Check::Object(&[GIT_REPOSITORY], git_repository)),
        ],
    }
}

const GIT_REPOSITORY: KindName = KindName { group: "source.toolkit.fluxcd.io", kind: "GitRepository" };

fn application(owner: &OwnerView<'_>, cx: &mut Cx<'_>) {
    if let Some(spec) = owner.spec() {
        sources(spec, cx);
    }
}

fn sources(spec: Cursor<'_>, cx: &mut Cx<'_>) {
    let several = spec.get("sources").into_iter().flat_map(|sources| sources.items());
    for source in several.chain(spec.get("source")) {
        // A chart's `targetRevision` is its version.
        if source.get("chart").is_none() {
            check(source.get("repoURL"), source.get("targetRevision"), cx);
        }
    }
}

fn application_set(owner: &OwnerView<'_>, cx: &mut Cx<'_>) {
    if let Some(spec) = owner.spec() {
        generators(spec, cx);
    }
}

/// The branches that git generators read; those of matrix and merge generators too.
fn generators(spec: Cursor<'_>, cx: &mut Cx<'_>) {
    for generator in spec.get("generators").into_iter().flat_map(|list| list.items()) {
        if let Some(git) = generator.get("git") {
            check(git.get("repoURL"), git.get("revision"), cx);
        }
        let inner = ["matrix", "merge"].into_iter().filter_map(|kind| generator.get(kind));
        inner.for_each(|inner| generators(inner, cx));
    }
}

fn flux_instance(owner: &OwnerView<'_>, cx: &mut Cx<'_>) {
    if let Some(sync) = owner.spec().and_then(|spec| spec.get("sync")) {
        check(sync.get("url"), sync.get("ref"), cx);
    }
}

fn git_repository(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let Some(spec) = object.root.get("spec") else { return };
    let reference = ["name", "branch"].into_iter().find_map(|key| spec.path(&["ref", key]));
    check(spec.get("url"), reference, cx);
}

fn check(address: Option<Cursor<'_>>, revision: Option<Cursor<'_>>, cx: &mut Cx<'_>) {
    let (Some(address), Some(revision)) = (address.and_then(|address| address.text()), revision) else {
        return;
    };
    let Some(text) = revision.text() else { return };
    let Some(environment) = environment(&address, &text, cx) else { return };
    let branch = text.strip_prefix("refs/heads/").unwrap_or(&text);
    let name = &environment.name;
    let report = Report {
        message: format!("`{branch}` is a branch for one environment"),
        why: "promoting by merging brings along what is not meant to go yet, and branches drift apart".into(),
        help: format!("keep {name} in a folder of the default branch, and name that in the path").into(),
    };
    cx.report(At::value(revision), report);
}

/// The environment that a revision of this repository is the branch of.
fn environment(address: &str, revision: &str, cx: &Cx<'_>) -> Option<Environment> {
    let graph = &cx.world().graph;
    if graph.this.whose(address) != Whose::This {
        return None;
    }
    let branch = revision.strip_prefix("refs/heads/").unwrap_or(revision);
    // The branch that is checked out is the work tree, and may stand for an environment none the less.
    let is_branch = match graph.this.revision(Some(revision)) {
        Revision::Branch | Revision::Unknown => true,
        Revision::WorkTree => !matches!(branch, "" | "HEAD") && !graph.this.is_default(branch),
        Revision::Tag | Revision::Commit => false,
    };
    let environment = graph.environments.of_branch(branch).filter(|_| is_branch)?;
    (!hydrated::branches(cx.world()).contains(branch)).then_some(environment)
}
