//! `argo-revision-not-found`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::graph::{OwnerKind, OwnerView, Revision, Whose};
use crate::host::Git;
use crate::rules::support::hydrated;
use crate::yaml::Cursor;

use super::application::is_templated;

rule! {
    /// An Argo CD revision that names no branch, tag or commit of this repository, or a branch and a tag.
    ///
    /// ## Why
    ///
    /// Argo CD cannot resolve the revision: the Application shows an error, and nothing that is merged reaches the
    /// cluster any more. Often the branch was merged and deleted, or the default branch was renamed. Where a branch and a
    /// tag have one name, which of them is meant changes from one refresh to the next.
    ///
    /// Looked at are `targetRevision` of Applications and `revision` of the git generators of ApplicationSets.
    ///
    /// ## What passes
    ///
    /// - other repositories, charts, templates, ranges of versions, commits
    /// - checkouts that do not hold all branches and tags, as many CI systems make them: shallow clones, clones of one
    ///   branch, clones without tags, those with several remotes. There only a branch and a tag of one name are told
    /// - branches that a source hydrator writes
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: GIT
    /// remote https://git.example.com/acme/gitops
    /// branches main topic
    /// complete
    /// # file: argocd/shop.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: shop
    ///   namespace: argocd
    /// spec:
    ///   project: shop
    ///   source:
    ///     repoURL: https://git.example.com/acme/gitops
    ///     path: apps/shop
    ///     targetRevision: topics
    ///   destination:
    ///     server: https://kubernetes.default.svc
    ///     namespace: shop
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: GIT
    /// remote https://git.example.com/acme/gitops
    /// branches main topic
    /// complete
    /// # file: argocd/shop.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: shop
    ///   namespace: argocd
    /// spec:
    ///   project: shop
    ///   source:
    ///     repoURL: https://git.example.com/acme/gitops
    ///     path: apps/shop
    ///     targetRevision: main
    ///   destination:
    ///     server: https://kubernetes.default.svc
    ///     namespace: shop
    /// ```
    ///
    /// ## References
    ///
    /// - <https://argo-cd.readthedocs.io/en/stable/user-guide/tracking_strategies/>
    pub static RULE = "argo-revision-not-found" {
        level: Warning,
        precision: High,
        tags: ["argo-cd", "reference", "git"],
        aliases: [],
        checks: [
            Check::Owner(&[OwnerKind::Application], application),
            Check::Owner(&[OwnerKind::ApplicationSet], application_set),
        ],
    }
}

/// Names are proposed that are so many letters away.
const NEAR: usize = 2;

fn application(owner: &OwnerView<'_>, cx: &mut Cx<'_>) {
    let Some(spec) = owner.spec() else { return };
    let listed = spec.get("sources").into_iter().flat_map(|list| list.items());
    let dry = spec.path(&["sourceHydrator", "drySource"]);
    for source in listed.chain(spec.get("source")).chain(dry) {
        // A chart's `targetRevision` is its version.
        if source.get("chart").is_none() {
            check(&owner.display(), source.get("repoURL"), source.get("targetRevision"), cx);
        }
    }
}

fn application_set(owner: &OwnerView<'_>, cx: &mut Cx<'_>) {
    if let Some(spec) = owner.spec() {
        generators(&owner.display(), spec, cx);
    }
}

fn generators(who: &str, spec: Cursor<'_>, cx: &mut Cx<'_>) {
    for generator in spec.get("generators").into_iter().flat_map(|list| list.items()) {
        if let Some(git) = generator.get("git") {
            check(who, git.get("repoURL"), git.get("revision"), cx);
        }
        let inner = ["matrix", "merge"].into_iter().filter_map(|kind| generator.get(kind));
        inner.for_each(|inner| generators(who, inner, cx));
    }
}

fn check(who: &str, address: Option<Cursor<'_>>, revision: Option<Cursor<'_>>, cx: &mut Cx<'_>) {
    let this = &cx.world().graph.this;
    let (Some(address), Some(at)) = (address.and_then(|address| address.text()), revision) else { return };
    let Some(git) = this.git().filter(|_| this.whose(&address) == Whose::This) else { return };
    let text = at.text().unwrap_or_default();
    let name = text.trim();
    if is_templated(name) || this.inferred().is_some() {
        return;
    }
    let is_branch = git.branches.iter().any(|branch| branch.name == name);
    if is_branch && git.tags.iter().any(|tag| tag == name) {
        let report = Report {
            message: format!("`{name}` is a branch and a tag"),
            why: format!("which of them {who} reads changes from one refresh to the next").into(),
            help: format!("write `refs/heads/{name}` or `refs/tags/{name}`, and rename one of them").into(),
        };
        cx.report(At::value(at), report);
        return;
    }
    if !this.knows_references() || is_there(name, git, this.revision(Some(name))) {
        return;
    }
    let written = name.trim_start_matches("refs/heads/").trim_start_matches("refs/tags/");
    if hydrated::branches(cx.world()).contains(written) {
        return;
    }
    let help = match alike(written, git) {
        Some(known) => format!("write `{known}`, or push the branch"),
        None => "name a branch or a tag that is there, or `HEAD`".to_owned(),
    };
    let report = Report {
        message: format!("this repository has no branch or tag `{written}`"),
        why: format!("Argo CD cannot resolve what {who} reads, and no later change reaches the cluster")
            .into(),
        help: help.into(),
    };
    cx.report(At::value(at), report);
}

/// Whether a revision stands for something, or may do so.
fn is_there(name: &str, git: &Git, revision: Revision) -> bool {
    let branch = |name: &str| git.branches.iter().any(|branch| branch.name == name);
    if let Some(name) = name.strip_prefix("refs/heads/") {
        return branch(name);
    }
    if let Some(name) = name.strip_prefix("refs/tags/") {
        return git.tags.iter().any(|tag| tag == name);
    }
    // `refs/pull/1/head` and the like are not fetched.
    revision != Revision::Unknown || name.starts_with("refs/") || is_range(name)
}

/// Whether Argo CD may read a revision as a range of versions, which it does before it asks for a branch: `1.x`, `v2`.
fn is_range(name: &str) -> bool {
    let version = name.trim_start_matches('v');
    name.contains(['*', '<', '>', '=', '~', '^', '!', '|', ',', ' '])
        || version.bytes().next().is_some_and(|byte| byte.is_ascii_digit())
            && version.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'x' | b'X'))
            && (version.matches('.').count() < 2 || version.contains(['x', 'X']))
}

/// The branch or tag whose name is most like one.
fn alike(name: &str, git: &Git) -> Option<String> {
    let names = git.branches.iter().map(|branch| &branch.name).chain(&git.tags);
    let near = names.map(|known| (strsim::damerau_levenshtein(name, known), known));
    near.filter(|(distance, _)| *distance <= NEAR).min().map(|(_, known)| known.clone())
}
