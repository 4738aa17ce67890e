//! `helm-chart-forked`

use std::collections::BTreeSet;

use camino::Utf8Path;

use crate::engine::{At, Check, Cx, Report, World, rule};
use crate::finding::Related;
use crate::graph::{GraphView, Tool, Whose};
use crate::yaml::Cursor;

rule! {
    /// A copy of somebody else's chart, with its templates, in this repository.
    ///
    /// ## Why
    ///
    /// Nobody brings its fixes here, and with the first change of a template nobody can any more: the copy is a fork
    /// that has to be merged by hand. What is missing in a chart can be patched from outside: with Kustomize, with
    /// post-renderers, or with a second source of the Application.
    ///
    /// Told are charts that an Application or a HelmRelease applies from this repository and whose `Chart.yaml` names a
    /// repository of charts of somebody else, or was written for Artifact Hub by somebody else.
    ///
    /// ## What passes
    ///
    /// - charts of one's own, also those that only wrap others as dependencies
    /// - charts that nothing here applies: a repository of charts publishes them
    /// - packed charts, and charts in `charts/` of another one
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: GIT
    /// remote https://github.com/acme/gitops
    /// # file: argocd/redis.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: redis
    ///   namespace: argocd
    /// spec:
    ///   project: shop
    ///   source:
    ///     repoURL: https://github.com/acme/gitops
    ///     path: charts/redis
    ///   destination:
    ///     server: https://kubernetes.default.svc
    ///     namespace: shop
    /// # file: charts/redis/Chart.yaml
    /// apiVersion: v2
    /// name: redis
    /// version: 17.3.2
    /// sources:
    ///   - https://github.com/bitnami/charts/tree/main/bitnami/redis
    /// # file: charts/redis/templates/service.yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: redis
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: GIT
    /// remote https://github.com/acme/gitops
    /// # file: argocd/redis.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: redis
    ///   namespace: argocd
    /// spec:
    ///   project: shop
    ///   source:
    ///     repoURL: https://github.com/acme/gitops
    ///     path: charts/redis
    ///   destination:
    ///     server: https://kubernetes.default.svc
    ///     namespace: shop
    /// # file: charts/redis/Chart.yaml
    /// apiVersion: v2
    /// name: redis
    /// version: 1.0.0
    /// dependencies:
    ///   - name: redis
    ///     version: 17.3.2
    ///     repository: https://charts.bitnami.com/bitnami
    /// ```
    ///
    /// ## References
    ///
    /// - <https://helm.sh/docs/topics/advanced/#post-rendering>
    /// - <https://fluxcd.io/flux/components/helm/helmreleases/#post-renderers>
    pub static RULE = "helm-chart-forked" {
        level: Note,
        profile: Pedantic,
        precision: High,
        tags: ["helm", "maintainability"],
        aliases: [],
        checks: [Check::Graph(check)],
    }
}

fn check(view: &GraphView<'_>, cx: &mut Cx<'_>) {
    let world = cx.world();
    let mut told: BTreeSet<&Utf8Path> = BTreeSet::new();
    for owner in view.owners() {
        for delivery in owner.owner.deliveries.iter().filter(|delivery| delivery.tool == Tool::Helm) {
            let Some(directory) = delivery.directory.as_deref() else { continue };
            if !told.insert(directory) || !has_templates(directory, world) {
                continue;
            }
            let chart = world.repository.file(&directory.join("Chart.yaml"));
            let Some(document) = chart.and_then(|chart| chart.documents.first()) else { continue };
            let root = Cursor::new(view.map, &document.tree);
            let Some((at, address)) = origin(root, world) else { continue };
            let name = root.get("name").and_then(|name| name.text()).unwrap_or_default();
            let finding = cx.report(
                At::value(at),
                Report {
                    message: format!("chart `{name}` is a copy of a chart of {address}"),
                    why: "nobody brings its fixes here, and once a template is changed nobody can".into(),
                    help: "depend on the chart where it is published, and patch with Kustomize or a post-renderer what its \
                           values do not cover"
                        .into(),
                },
            );
            finding.related.push(Related {
                span: delivery.at,
                message: format!("applied by {}", owner.display()).into(),
            });
        }
    }
}

/// Whether the chart of a directory makes objects itself.
fn has_templates(directory: &Utf8Path, world: &World) -> bool {
    let templates = directory.join("templates");
    world.repository.directory(&templates).any(|file| {
        let path = world.map.source(file.source).path();
        matches!(path.extension(), Some("yaml" | "yml"))
    })
}

/// Where a chart says that it comes from, when that is somebody else's: host and organisation.
fn origin<'w>(chart: Cursor<'w>, world: &World) -> Option<(Cursor<'w>, String)> {
    let sources = chart.get("sources").into_iter().flat_map(|sources| sources.items());
    let annotations = chart.get("annotations").into_iter().flat_map(|annotations| annotations.entries());
    let keys = annotations.filter_map(|entry| entry.key.text());
    let is_published = keys.into_iter().any(|key| key.starts_with("artifacthub.io/"));
    sources.chain(chart.get("home")).find_map(|at| {
        let text = at.text()?;
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
        let mut parts = rest.split('/').filter(|part| !part.is_empty());
        let (host, organisation, repository) = (parts.next()?, parts.next()?, parts.next()?);
        let words = repository.split(['-', '_', '.']);
        let is_about_charts = words.into_iter().any(|word| matches!(word, "chart" | "charts"));
        let is_foreign =
            is_foreign(&format!("https://{host}/{organisation}/{repository}"), organisation, world);
        ((is_about_charts || is_published) && is_foreign).then(|| (at, format!("{host}/{organisation}")))
    })
}

/// Whether an address is of a repository of another organisation than this one.
fn is_foreign(address: &str, organisation: &str, world: &World) -> bool {
    let this = &world.graph.this;
    let own = this.git().map_or(&[][..], |git| &git.addresses[..]);
    let is_own = |address: &str| {
        address.to_lowercase().split(['/', ':']).any(|part| part == organisation.to_lowercase())
    };
    this.whose(address) == Whose::Foreign
        && !own.iter().any(|address| is_own(address))
        && !this.inferred().is_some_and(is_own)
}
