//! `post-deploy-test-missing`

use std::collections::BTreeSet;

use crate::engine::{At, Check, Cx, Report, rule};
use crate::graph::{Cell, GraphView, OwnerId, OwnerKind, OwnerView};
use crate::model::ObjectView;
use crate::rules::support::components::Components;
use crate::rules::support::{promotion, rollout};

rule! {
    /// Something on its way to production that nothing tests where it is deployed before.
    ///
    /// ## Why
    ///
    /// An Application is healthy when its pods are ready. Whether it does what it should is asked by a test that runs
    /// after the deployment: a smoke test in staging that fails stops the promotion, and nobody has to remember to look.
    ///
    /// Looked at are Applications and HelmReleases of the environment before production, of what also runs in production.
    ///
    /// ## What passes
    ///
    /// - `PostSync` hooks, tests and hooks of charts, analyses of Argo Rollouts, canaries of Flagger, tests of Testkube
    /// - HelmReleases with `test.enable`
    /// - environments that have an application of their own for tests
    /// - what is not rendered; what runs no pods; Flux Kustomizations, which have no hooks
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: clusters/staging/web.yaml
    /// apiVersion: helm.toolkit.fluxcd.io/v2
    /// kind: HelmRelease
    /// metadata:
    ///   name: web-staging
    ///   namespace: shop
    /// spec:
    ///   interval: 1h
    ///   chart:
    ///     spec: {chart: web, version: 1.2.3, sourceRef: {kind: HelmRepository, name: acme}}
    /// # file: clusters/production/web.yaml
    /// apiVersion: helm.toolkit.fluxcd.io/v2
    /// kind: HelmRelease
    /// metadata:
    ///   name: web-production
    ///   namespace: shop
    /// spec:
    ///   interval: 1h
    ///   chart:
    ///     spec: {chart: web, version: 1.2.3, sourceRef: {kind: HelmRepository, name: acme}}
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: clusters/staging/web.yaml
    /// apiVersion: helm.toolkit.fluxcd.io/v2
    /// kind: HelmRelease
    /// metadata:
    ///   name: web-staging
    ///   namespace: shop
    /// spec:
    ///   interval: 1h
    ///   test:
    ///     enable: true
    ///   chart:
    ///     spec: {chart: web, version: 1.2.3, sourceRef: {kind: HelmRepository, name: acme}}
    /// # file: clusters/production/web.yaml
    /// apiVersion: helm.toolkit.fluxcd.io/v2
    /// kind: HelmRelease
    /// metadata:
    ///   name: web-production
    ///   namespace: shop
    /// spec:
    ///   interval: 1h
    ///   chart:
    ///     spec: {chart: web, version: 1.2.3, sourceRef: {kind: HelmRepository, name: acme}}
    /// ```
    ///
    /// ## References
    ///
    /// - <https://argo-cd.readthedocs.io/en/stable/user-guide/sync-waves/>
    /// - <https://fluxcd.io/flux/components/helm/helmreleases/#test-configuration>
    pub static RULE = "post-deploy-test-missing" {
        level: Note,
        profile: Pedantic,
        precision: Medium,
        tags: ["environment", "promotion", "tests"],
        aliases: [],
        checks: [Check::Graph(check)],
    }
}

/// Words in names of what tests an environment.
const TESTS: [&str; 6] = ["smoke", "e2e", "acceptance", "synthetic", "conformance", "testkube"];
/// Kinds of objects that test.
const TESTING: [&str; 6] =
    ["AnalysisRun", "AnalysisTemplate", "Canary", "TestSuite", "TestTrigger", "TestWorkflow"];

fn check(view: &GraphView<'_>, cx: &mut Cx<'_>) {
    let tested = tested(view);
    let mut told: BTreeSet<OwnerId> = BTreeSet::new();
    for component in Components::of(cx).iter() {
        let production = promotion::production(component);
        let before = promotion::before_production(component);
        // One environment of a tier that tests is enough.
        if production.is_empty() || before.iter().any(|cell| tested.contains(&cell.environment.name)) {
            continue;
        }
        let owners: Vec<OwnerView<'_>> = before.iter().flat_map(|cell| untested(view, cell)).collect();
        let all = before.iter().map(|cell| cell.units.len() + cell.owners.len()).sum::<usize>();
        if owners.len() < all {
            continue;
        }
        for owner in owners {
            if told.insert(owner.id) {
                report(&owner, &before[0].environment.name, cx);
            }
        }
    }
}

/// Environments that have something of their own for tests.
fn tested(view: &GraphView<'_>) -> BTreeSet<String> {
    let is_test = |name: &str| TESTS.iter().any(|word| name.contains(word));
    let owners = view.owners().filter(|owner| is_test(&owner.owner.key.name));
    owners.filter_map(|owner| Some(owner.owner.environment.as_ref()?.name.clone())).collect()
}

/// The owners in a cell that deploy without a test; one for each unit and release.
fn untested<'w>(view: &GraphView<'w>, cell: &Cell) -> Vec<OwnerView<'w>> {
    let view = *view;
    let applications = cell.units.iter().filter_map(|&index| {
        let unit = view.rendering.units.get(index).filter(|unit| !unit.partial && !unit.failed)?;
        let objects =
            unit.objects.iter().map(|object| ObjectView::rendered(view.map, view.repository, object));
        let objects: Vec<ObjectView<'_>> = objects.collect();
        let runs = objects.iter().any(rollout::is_long_running);
        let owner = view.graph.owners_of(index).map(|id| view.owner(id)).next()?;
        let is_argo = owner.owner.kind == OwnerKind::Application;
        (is_argo && runs && !objects.iter().any(tests)).then_some(owner)
    });
    let releases = cell.owners.iter().map(|&id| view.owner(id)).filter(|owner| {
        let enable = owner.spec().and_then(|spec| spec.path(&["test", "enable"]));
        owner.owner.kind == OwnerKind::HelmRelease && enable.and_then(|enable| enable.bool()) != Some(true)
    });
    applications.chain(releases).collect()
}

/// Whether an object tests what is deployed beside it.
fn tests(object: &ObjectView<'_>) -> bool {
    let hook = object.annotation("argocd.argoproj.io/hook").unwrap_or_default();
    let name = object.name();
    hook.contains("PostSync")
        || object
            .annotation("helm.sh/hook")
            .is_some_and(|hook| hook.contains("post-") || hook.contains("test"))
        || TESTING.contains(&object.kind())
        || TESTS.iter().any(|word| name.contains(word))
        || object.kind() == "Rollout"
            && object.root.scalars().any(|scalar| {
                scalar.key().and_then(|key| key.text()).is_some_and(|key| key == "templateName")
            })
}

fn report(owner: &OwnerView<'_>, environment: &str, cx: &mut Cx<'_>) {
    let root = owner.object.root;
    let at =
        root.path(&["spec", "test", "enable"]).or_else(|| root.path(&["metadata", "name"])).unwrap_or(root);
    let finding = cx.report(
        At::value(at),
        Report {
            message: format!("nothing tests what {} deploys to {environment}", owner.display()),
            why: "it goes on to production when its pods are ready, whether it works or not".into(),
            help: match owner.owner.kind {
                OwnerKind::HelmRelease => "set `test.enable: true`, and give the chart a test",
                _ => "add a Job with the annotation `argocd.argoproj.io/hook: PostSync` that tries it",
            }
            .into(),
        },
    );
    finding.object = Some(owner.object.object_name());
}
