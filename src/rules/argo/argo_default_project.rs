//! `argo-default-project`

use crate::engine::{At, Check, Cx, Report, World, rule};
use crate::finding::{Level, Related};
use crate::model::{KindName, ObjectView};
use crate::source::Span;
use crate::yaml::Cursor;

use super::application::{Application, KINDS, is_templated};

rule! {
    /// An Argo CD Application in the project `default`, or in none.
    ///
    /// ## Why
    ///
    /// The project `default` allows every source, every cluster, every namespace and every kind. An Application in
    /// it may replace anything Argo CD can reach, and project roles cannot tell teams apart.
    ///
    /// Looked at are Applications and the templates of ApplicationSets.
    ///
    /// ## What passes
    ///
    /// - a project that a template fills in: `{{ .project }}`, `${PROJECT}`
    ///
    /// The root of an app of apps, which administrators own, is a note. When the repository itself declares an
    /// AppProject `default` that allows no source, the Application cannot work, and the finding is an error.
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: shop
    ///   namespace: argocd
    /// spec:
    ///   project: default
    ///   source:
    ///     repoURL: https://github.com/acme/gitops
    ///     path: shop/overlays/prod
    ///   destination:
    ///     server: https://kubernetes.default.svc
    ///     namespace: shop
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: shop
    ///   namespace: argocd
    /// spec:
    ///   project: shop
    ///   source:
    ///     repoURL: https://github.com/acme/gitops
    ///     path: shop/overlays/prod
    ///   destination:
    ///     server: https://kubernetes.default.svc
    ///     namespace: shop
    /// ```
    ///
    /// ## References
    ///
    /// - <https://argo-cd.readthedocs.io/en/stable/user-guide/projects/#the-default-project>
    pub static RULE = "argo-default-project" {
        level: Warning,
        security: 5.0,
        precision: VeryHigh,
        tags: ["argo-cd", "security", "tenancy"],
        aliases: [],
        checks: [Check::Around(&Check::Object(KINDS, check))],
    }
}

const PROJECT: KindName = KindName { group: "argoproj.io", kind: "AppProject" };

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let Some(application) = Application::new(object) else { return };
    let project = application.root.path(&["spec", "project"]);
    let text = project.and_then(|project| project.text()).unwrap_or_default();
    if is_templated(&text) || !matches!(text.as_ref(), "" | "default") {
        return;
    }
    let at = match project {
        Some(project) => At::value(project),
        None => At::missing_below(object, application.root, &["spec", "project"]),
    };
    let says = if text.is_empty() { "names no project and falls into" } else { "is in" };
    let closed = ClosedDefault::of(cx.world());
    let finding = cx.report(
        at,
        Report {
            message: format!("{} {says} the project `default`", application.name()),
            why: "that project allows every source, cluster, namespace and kind".into(),
            help: "declare an AppProject with the sources and destinations it needs, and name it in `spec.project`".into(),
        },
    );
    if let Some(closed) = closed {
        finding.message.push_str(", which this repository closes to every source");
        finding.why = "Argo CD refuses to sync an Application that its project does not permit".into();
        finding.level = Level::Error;
        finding.related.push(Related { span: closed, message: "the project is closed here".into() });
    } else if application.is_root() {
        finding.level = Level::Note;
    }
}

/// The `sourceRepos` of an AppProject `default` in this repository that allows no source at all, as the
/// documentation of Argo CD recommends.
struct ClosedDefault(Option<Span>);

impl ClosedDefault {
    fn of(world: &World) -> Option<Span> {
        world.memo.get(|| Self(Self::find(world))).0
    }

    fn find(world: &World) -> Option<Span> {
        let objects = world.repository.files.iter().flat_map(|file| {
            file.objects.iter().map(move |object| ObjectView::new(&world.map, Some(file), object))
        });
        let mut defaults = objects.filter(|object| object.is(PROJECT) && object.name() == "default");
        defaults.find_map(|project| {
            // Applied over the project that Argo CD makes itself, a `spec` without fields takes nothing away.
            let spec = project.root.get("spec").filter(|spec| !spec.entries().is_empty())?;
            let allows =
                |field: &str| spec.get(field).is_some_and(|list: Cursor<'_>| list.items().next().is_some());
            let anchor = spec.get("sourceRepos").or_else(|| project.root.path(&["metadata", "name"]))?;
            (!allows("sourceRepos") && !allows("sourceNamespaces"))
                .then(|| anchor.key().unwrap_or(anchor).span())
        })
    }
}
