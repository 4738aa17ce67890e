//! `app-of-apps-unguarded`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::Related;
use crate::graph::{OwnerKind, OwnerView, Project};

use super::application::is_templated;

rule! {
    /// An app of apps in the same project as the Applications it creates.
    ///
    /// ## Why
    ///
    /// Who may write where an app of apps reads may create Applications with any source, and AppProjects: that is admin
    /// access to Argo CD. The project that allows it must not be the one that teams use for their own Applications, since
    /// each of those could then do the same.
    ///
    /// ## What passes
    ///
    /// - an app of apps in a project of its own, or one that shares it with other apps of apps
    /// - the project `default`: `argo-default-project` is about that
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: root.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata: {name: root}
    /// spec: {project: shop, source: {repoURL: https://github.com/acme/gitops, path: apps}}
    /// # file: apps/shop.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata: {name: shop}
    /// spec: {project: shop}
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: root.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata: {name: root}
    /// spec: {project: platform-admin, source: {repoURL: https://github.com/acme/gitops, path: apps}}
    /// # file: apps/shop.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata: {name: shop}
    /// spec: {project: shop}
    /// ```
    ///
    /// ## References
    ///
    /// - <https://argo-cd.readthedocs.io/en/stable/operator-manual/cluster-bootstrapping/#app-of-apps-pattern>
    pub static RULE = "app-of-apps-unguarded" {
        level: Warning,
        security: 6.0,
        precision: High,
        tags: ["argo-cd", "security", "tenancy"],
        aliases: [],
        checks: [Check::Owner(&[OwnerKind::Application], check)],
    }
}

fn creates(owner: &OwnerView<'_>) -> bool {
    owner
        .objects()
        .any(|object| OwnerKind::of(&object).is_some_and(|kind| !kind.is_flux()) || object.is(Project::KIND))
}

fn check(owner: &OwnerView<'_>, cx: &mut Cx<'_>) {
    fn project<'w>(owner: &OwnerView<'w>) -> Option<crate::yaml::Cursor<'w>> {
        owner.spec()?.get("project")
    }
    let Some(value) = project(owner) else { return };
    let name = value.text().unwrap_or_default();
    if matches!(&*name, "" | "default") || is_templated(&name) || !creates(owner) {
        return;
    }
    let others = owner
        .view
        .owners()
        .filter(|other| other.owner.kind == OwnerKind::Application && other.id != owner.id);
    let mut others = others.filter(|other| {
        project(other).and_then(|project| project.text()).is_some_and(|other| other == name)
            && !creates(other)
    });
    let Some(other) = others.next() else { return };
    let place = project(&other).and_then(|value| owner.view.map.editable(value.span(), value.step()));
    let finding = cx.report(
        At::value(value),
        Report {
            message: format!("{} creates Applications from the project `{name}`, which {} uses too", owner.display(), other.display()),
            why: "whoever may use the project may then create Applications and projects: admin access to Argo CD".into(),
            help: "give the app of apps a project of its own, which only administrators use".into(),
        },
    );
    finding.related.extend(place.map(|span| Related { span, message: "the same project".into() }));
}
