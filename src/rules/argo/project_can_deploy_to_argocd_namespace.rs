//! `project-can-deploy-to-argocd-namespace`

use crate::engine::{At, Check, Cx, Report, World, rule};
use crate::finding::Level;
use crate::graph::{Permission, Project, Whose};
use crate::model::ObjectView;
use crate::yaml::Cursor;

use super::projects::{control_namespace, is_for_administrators};

rule! {
    /// An AppProject that allows the namespace of Argo CD itself.
    ///
    /// ## Why
    ///
    /// There Argo CD keeps its projects, its permissions and the credentials of all clusters. An Application that may
    /// deploy there can give itself any permission: the documentation calls it admin access.
    ///
    /// The namespace is that of the AppProject, which lives there as well.
    ///
    /// ## What passes
    ///
    /// - a project with a destination that takes the namespace away: `namespace: "!argocd"`
    /// - a project for administrators, by its name: `platform`, `cluster-admin`, `infra`, `bootstrap`, `app-of-apps` …
    /// - a project with no other destination, which is there to make Applications
    /// - a project whose sources are nothing but the repository that it stands in: a note, since whoever can change
    ///   these can change the project
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: AppProject
    /// metadata:
    ///   name: shop
    ///   namespace: argocd
    /// spec:
    ///   destinations:
    ///     - server: https://kubernetes.default.svc
    ///       namespace: "*"
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: AppProject
    /// metadata:
    ///   name: shop
    ///   namespace: argocd
    /// spec:
    ///   destinations:
    ///     - server: https://kubernetes.default.svc
    ///       namespace: "*"
    ///     - server: "*"
    ///       namespace: "!argocd"
    /// ```
    ///
    /// ## References
    ///
    /// - <https://argo-cd.readthedocs.io/en/stable/operator-manual/app-any-namespace/#switch-resource-tracking-method>
    /// - <https://argo-cd.readthedocs.io/en/stable/user-guide/projects/>
    pub static RULE = "project-can-deploy-to-argocd-namespace" {
        level: Error,
        security: 8.0,
        precision: High,
        tags: ["argo-cd", "security", "tenancy"],
        aliases: [],
        checks: [Check::Around(&Check::Object(&[Project::KIND], check))],
    }
}

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let Some(project) = Project::new(*object).filter(|project| !is_for_administrators(project)) else {
        return;
    };
    let namespace = control_namespace(&project);
    let destinations = project.list("destinations");
    let is_of_argo = |item: &Cursor<'_>| {
        item.get("namespace").and_then(|it| it.text()).is_some_and(|it| *it == *namespace)
    };
    // What it makes are Applications: it is the project of an app of apps, whatever it is called.
    if !destinations.is_empty() && destinations.iter().all(is_of_argo) {
        return;
    }
    if project.permits_destination(Some("in-cluster"), None, &namespace) != Permission::Granted {
        return;
    }
    // The one pattern that grants it, or else all of them together.
    let grants = |item: &Cursor<'_>| {
        let text = |field: &str| item.get(field).and_then(|value| value.text()).unwrap_or_default();
        let fits = crate::graph::Glob::flat(&text("namespace")).is_some_and(|glob| glob.matches(&namespace));
        fits && !text("server").starts_with('!') && !text("name").starts_with('!')
    };
    let is_own = is_of_this_repository(&project, cx.world());
    let item = destinations.into_iter().find(grants);
    let at = match item.and_then(|item| item.get("namespace")) {
        Some(value) => At::value(value),
        None => At::missing(object, &["spec", "destinations"]),
    };
    let finding = cx.report(
        at,
        Report {
            message: format!("AppProject `{}` allows `{namespace}`, the namespace of Argo CD", object.name()),
            why: "an Application there can change projects and permissions, and read the credentials of all clusters".into(),
            help: format!("list the namespaces of the project, or take this one away with a destination `namespace: \"!{namespace}\"`").into(),
        },
    );
    if is_own {
        finding.level = Level::Note;
    }
}

/// Whether a project takes what it applies from the repository that it stands in, and from nowhere else.
fn is_of_this_repository(project: &Project<'_>, world: &World) -> bool {
    let sources = project.list("sourceRepos");
    let is_this = |source: &Cursor<'_>| {
        source.text().is_some_and(|address| world.graph.this.whose(&address) == Whose::This)
    };
    !sources.is_empty() && sources.iter().all(is_this)
}
