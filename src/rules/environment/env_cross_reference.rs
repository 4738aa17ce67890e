//! `env-cross-reference`

use camino::{Utf8Path, Utf8PathBuf};

use crate::config::Tier;
use crate::engine::{At, Check, Cx, Report, rule};
use crate::graph::{Environment, OwnerKind, OwnerView};
use crate::model::KustomizationView;
use crate::yaml::Cursor;

rule! {
    /// Something of one environment that reads a path, a values file or a cluster of another one.
    ///
    /// ## Why
    ///
    /// It is what is left when a folder is copied for a new environment and one path is forgotten. Production then runs
    /// with the database of staging, or changes whenever somebody tries something in staging.
    ///
    /// ## What passes
    ///
    /// - bases, and whatever names no environment or one that is shared: `common`, `nonprod`, `dr`
    /// - two environments of one tier: `prod-eu` may be made from `prod-us`
    /// - names that only contain such a word, and evidence that is weak: which environment is which can be declared with
    ///   `environments` in the configuration
    ///
    /// It is a warning between two environments before production, and where one of these takes in what belongs to production.
    ///
    /// ## Bad
    ///
    /// ```yaml
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
    ///     path: charts/shop
    ///     targetRevision: HEAD
    ///     helm:
    ///       valueFiles: [values.yaml, values-staging.yaml]
    ///   destination:
    ///     server: https://kubernetes.default.svc
    ///     namespace: shop
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
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
    ///     path: charts/shop
    ///     targetRevision: HEAD
    ///     helm:
    ///       valueFiles: [values.yaml, values-production.yaml]
    ///   destination:
    ///     server: https://kubernetes.default.svc
    ///     namespace: shop
    /// ```
    ///
    /// ## References
    ///
    /// - <https://codefresh.io/blog/how-to-model-your-gitops-environments-and-promote-releases-between-them/>
    pub static RULE = "env-cross-reference" {
        level: Error,
        precision: High,
        tags: ["environment"],
        aliases: [],
        checks: [
            Check::Around(&Check::Kustomization(kustomization)),
            Check::Owner(&[OwnerKind::Application, OwnerKind::Kustomization], owner),
        ],
    }
}

const GOES_TO: &str = "goes to";

/// Fields of a kustomization that name files and directories to take in.
const LISTS: [&str; 3] = ["resources", "bases", "components"];

fn kustomization(kustomization: &KustomizationView<'_>, cx: &mut Cx<'_>) {
    let path = cx.map().source(kustomization.document.file.source).path();
    let directory = path.parent().unwrap_or(Utf8Path::new(""));
    let Some(own) = strong(cx.world().graph.environments.of_path(directory)) else { return };
    let root = kustomization.document.root;
    let entries = LISTS.iter().filter_map(|list| root.get(list)).flat_map(|list| list.items());
    for entry in entries {
        let Some(text) = entry.text().filter(|text| !text.contains(':')) else { continue };
        let Some(target) = joined(directory, &text) else { continue };
        // What lies in the directory itself belongs to it, whatever it is called.
        if !target.starts_with(directory) {
            let other = strong(cx.world().graph.environments.of_path(&target));
            report(&own, other, entry, &format!("takes in `{text}`"), cx);
        }
    }
}

fn owner(owner: &OwnerView<'_>, cx: &mut Cx<'_>) {
    let environments = &owner.view.graph.environments;
    let file = cx.map().source(owner.owner.object.source).path();
    let name = || environments.of_name(&owner.owner.key.name);
    // The file of an ApplicationSet says nothing about what it makes.
    let file = || environments.of_path(file).filter(|_| !owner.is_made());
    let own = owner.owner.element.clone().or_else(|| environments.of_labels(&owner.object));
    let Some(own) = own.or_else(|| strong(file())).or_else(name) else { return };
    for (delivery, _) in owner.deliveries() {
        let Some(directory) = &delivery.directory else { continue };
        let there = strong(environments.of_path(directory));
        if let Some(path) = owner.spec().and_then(|spec| named(spec, "path", delivery.at)) {
            report(&own, there, path, &format!("applies `{directory}`"), cx);
        }
    }
    if owner.owner.kind == OwnerKind::Application
        && let Some(spec) = owner.spec()
    {
        let several = spec.get("sources").into_iter().flat_map(|sources| sources.items());
        let files =
            several.chain(spec.get("source")).filter_map(|source| source.path(&["helm", "valueFiles"]));
        for file in files.flat_map(|files| files.items()) {
            let Some(text) = file.text().filter(|text| !text.contains("{{")) else { continue };
            let other = strong(environments.of_values_file(Utf8Path::new(text.trim_start_matches('/'))));
            report(&own, other, file, &format!("reads the values `{text}`"), cx);
        }
        if let Some(cluster) = spec.path(&["destination", "name"])
            && let Some(text) = cluster.text()
        {
            report(
                &own,
                environments.of_cluster(&text),
                cluster,
                &format!("{GOES_TO} the cluster `{text}`"),
                cx,
            );
        }
    }
}

/// The value of an owner that stands at a span: its own path, or that of one of its sources.
fn named<'w>(spec: Cursor<'w>, name: &str, at: crate::source::Span) -> Option<Cursor<'w>> {
    let several = spec.get("sources").into_iter().flat_map(|sources| sources.items());
    let mut all = several.chain(spec.get("source")).chain([spec]).filter_map(|source| source.get(name));
    all.find(|value| value.span() == at)
}

fn strong(environment: Option<Environment>) -> Option<Environment> {
    environment.filter(|environment| environment.evidence.is_strong())
}

/// A path seen from a directory; `None` when it leads out of the repository.
fn joined(directory: &Utf8Path, text: &str) -> Option<Utf8PathBuf> {
    let mut path = directory.to_owned();
    for part in text.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                if !path.pop() {
                    return None;
                }
            }
            part => path.push(part),
        }
    }
    Some(path)
}

fn report(own: &Environment, other: Option<Environment>, at: Cursor<'_>, what: &str, cx: &mut Cx<'_>) {
    let Some(other) = other else { return };
    let (Some(tier), Some(other_tier)) = (own.tier, other.tier) else { return };
    if tier == other_tier {
        return;
    }
    let (here, there) = (&own.name, &other.name);
    let report = Report {
        message: format!("this belongs to {here} and {what}, which belongs to {there}"),
        why: format!("whatever is changed for {there} changes {here} as well").into(),
        help: format!("name what belongs to {here}, or move what both need to a base").into(),
    };
    // What production takes in from elsewhere changes production, as does what is sent there from elsewhere. When another
    // environment takes in what belongs to production, nothing that counts changes.
    let level = match if what.starts_with(GOES_TO) { tier.max(other_tier) } else { tier } {
        Tier::Production => cx.level(),
        _ => cx.level().lowered(),
    };
    cx.report(At::value(at), report).level = level;
}
