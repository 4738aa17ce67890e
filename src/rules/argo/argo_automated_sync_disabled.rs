//! `argo-automated-sync-disabled`

use std::sync::Arc;

use rustc_hash::FxHashSet;

use crate::engine::{At, Check, Cx, Report, World, rule};
use crate::finding::Level;
use crate::model::ObjectView;

use super::application::{Application, KINDS, is_templated};

rule! {
    /// An Argo CD Application that waits for somebody to sync it.
    ///
    /// ## Why
    ///
    /// Without automated sync a merge changes nothing until a person or a script asks for it. The repository and the
    /// cluster drift apart, and what the repository says is not what runs.
    ///
    /// ## What passes
    ///
    /// - values that a template, or `templatePatch` of an ApplicationSet, fills in
    /// - an Application whose AppProject in this repository has `syncWindows`: when it syncs is decided there
    /// - an ApplicationSet with a progressive rollout (`strategy`), which triggers the syncs itself
    ///
    /// People who keep a manual gate in front of production leave the rule off, so it is pedantic.
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: shop
    /// spec:
    ///   project: shop
    ///   syncPolicy:
    ///     syncOptions: [CreateNamespace=true]
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: shop
    /// spec:
    ///   project: shop
    ///   syncPolicy:
    ///     automated:
    ///       prune: true
    ///       selfHeal: true
    /// ```
    ///
    /// ## References
    ///
    /// - <https://argo-cd.readthedocs.io/en/stable/user-guide/auto_sync/>
    pub static RULE = "argo-automated-sync-disabled" {
        level: Warning,
        profile: Pedantic,
        precision: High,
        tags: ["argo-cd", "drift"],
        aliases: [],
        checks: [Check::Around(&Check::Object(KINDS, check))],
    }
}

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let Some(application) = Application::new(object) else { return };
    let set = object.root.get("spec").filter(|_| object.kind() == "ApplicationSet");
    if set.is_some_and(|set| set.get("strategy").is_some_and(|strategy| !strategy.is_null())) {
        return;
    }
    let patch = set.and_then(|set| set.get("templatePatch")).and_then(|patch| patch.text());
    if patch.is_some_and(|patch| patch.contains("automated")) {
        return;
    }
    let policy = application.root.path(&["spec", "syncPolicy"]);
    if policy.and_then(|policy| policy.text()).is_some_and(|text| is_templated(&text)) {
        return;
    }
    let automated =
        policy.and_then(|policy| policy.get("automated")).filter(|automated| !automated.is_null());
    let at = match automated {
        None => At::missing_below(object, application.root, &["spec", "syncPolicy", "automated"]),
        Some(automated) => match automated.get("enabled").filter(|enabled| enabled.bool() == Some(false)) {
            Some(enabled) => At::value(enabled),
            None => return,
        },
    };
    let project = application.root.path(&["spec", "project"]).and_then(|project| project.text());
    if project.is_some_and(|name| WithWindows::of(cx.world()).0.contains(&*name)) {
        return;
    }
    let is_root = application.is_root();
    let finding = cx.report(
        at,
        Report {
            message: format!("{} does not sync by itself", application.name()),
            why: "what is merged reaches the cluster only when somebody asks for it".into(),
            help: "set `syncPolicy.automated` with `prune` and `selfHeal`".into(),
        },
    );
    if is_root {
        finding.level = Level::Note;
    }
}

/// The names of the projects that sync at set times.
struct WithWindows(FxHashSet<String>);

impl WithWindows {
    fn of(world: &World) -> Arc<Self> {
        world.memo.get(|| {
            let projects = super::projects::all(world);
            let projects = projects.filter(|project| !project.list("syncWindows").is_empty());
            Self(projects.map(|project| project.object.name().into_owned()).collect())
        })
    }
}
