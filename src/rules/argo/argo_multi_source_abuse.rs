//! `argo-multi-source-abuse`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::ObjectView;

use super::application::{Application, KINDS};

rule! {
    /// An Argo CD Application put together from many sources.
    ///
    /// ## Why
    ///
    /// Several sources are for a chart and its values, or for a chart and a few extra manifests. With more of them one
    /// Application syncs, fails and rolls back things that have nothing to do with each other. The documentation calls
    /// more than two or three sources an abuse, and points to ApplicationSets and apps of apps.
    ///
    /// ## What passes
    ///
    /// - up to three sources, and any number that only lend value files (`ref`)
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: everything
    /// spec:
    ///   sources:
    ///     - {repoURL: https://github.com/acme/gitops, path: a}
    ///     - {repoURL: https://github.com/acme/gitops, path: b}
    ///     - {repoURL: https://github.com/acme/gitops, path: c}
    ///     - {repoURL: https://github.com/acme/gitops, path: d}
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: web
    /// spec:
    ///   sources:
    ///     - repoURL: https://charts.example.com
    ///       chart: web
    ///       targetRevision: 1.2.3
    ///       helm:
    ///         valueFiles: [$values/web.yaml]
    ///     - repoURL: https://github.com/acme/gitops
    ///       ref: values
    /// ```
    ///
    /// ## References
    ///
    /// - <https://argo-cd.readthedocs.io/en/stable/user-guide/multiple_sources/>
    pub static RULE = "argo-multi-source-abuse" {
        level: Note,
        precision: High,
        tags: ["argo-cd"],
        aliases: [],
        checks: [Check::Object(KINDS, check)],
    }
}

/// As many as the documentation thinks reasonable.
const MOST: usize = 3;

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let Some(application) = Application::new(object) else { return };
    let Some(spec) = application.spec() else { return };
    let count = crate::graph::sources(spec).len();
    if let Some(sources) = spec.get("sources").filter(|_| count > MOST) {
        cx.report(
            At::key(sources),
            Report {
                message: format!("{} is made of {count} sources", application.name),
                why: "one Application then syncs, fails and rolls back things that have little to do with each other".into(),
                help: "make an Application of each, with an ApplicationSet or an app of apps".into(),
            },
        );
    }
}
