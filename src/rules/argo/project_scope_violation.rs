//! `project-scope-violation`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::Related;
use crate::graph::{GraphView, OwnerKind, OwnerView, Permission, Project, normalize_git_url};
use crate::render::is_cluster_scoped;
use crate::source::Span;
use crate::yaml::Cursor;

use super::application::is_templated;
use super::{installation, projects};

rule! {
    /// An Argo CD Application that its AppProject does not permit.
    ///
    /// ## Why
    ///
    /// Argo CD refuses an Application whose source or destination is not in the lists of its project, and fails the sync
    /// of one that holds a kind which is not. Nothing of this can be seen before the merge.
    ///
    /// Addresses are compared as Argo CD does it: `https://…` and `git@…` of one repository are two addresses.
    ///
    /// ## What passes
    ///
    /// - destinations that depend on the address of a cluster that is only known by name
    /// - projects that are declared twice, or extended by global projects
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: AppProject
    /// metadata:
    ///   name: shop
    /// spec:
    ///   sourceRepos: [https://github.com/acme/shop]
    ///   destinations:
    ///     - {server: https://kubernetes.default.svc, namespace: shop}
    /// ---
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: shop
    /// spec:
    ///   project: shop
    ///   source:
    ///     repoURL: git@github.com:acme/shop.git
    ///     path: .
    ///   destination: {server: https://kubernetes.default.svc, namespace: shop}
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: AppProject
    /// metadata:
    ///   name: shop
    /// spec:
    ///   sourceRepos: [https://github.com/acme/shop]
    ///   destinations:
    ///     - {server: https://kubernetes.default.svc, namespace: shop}
    /// ---
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: shop
    /// spec:
    ///   project: shop
    ///   source:
    ///     repoURL: https://github.com/acme/shop.git
    ///     path: .
    ///   destination: {server: https://kubernetes.default.svc, namespace: shop}
    /// ```
    ///
    /// ## References
    ///
    /// - <https://argo-cd.readthedocs.io/en/stable/user-guide/projects/>
    pub static RULE = "project-scope-violation" {
        level: Error,
        precision: High,
        tags: ["argo-cd", "tenancy", "reference"],
        aliases: [],
        checks: [Check::Graph(check)],
    }
}

const REFUSED: &str = "Argo CD refuses the Application, and nothing of it is synced";

fn check(graph: &GraphView<'_>, cx: &mut Cx<'_>) {
    let settings = installation::settings(cx.world(), "argocd-cm");
    if settings.iter().any(|(_, data)| data.get("globalProjects").is_some()) {
        return;
    }
    let declared: Vec<Project<'_>> = projects::all(cx.world()).collect();
    for owner in graph.owners().filter(|owner| owner.owner.kind == OwnerKind::Application) {
        let Some(spec) = owner.spec() else { continue };
        let name = spec.get("project").and_then(|project| project.text()).unwrap_or_default();
        let mut found = declared.iter().filter(|project| project.object.name() == name);
        let Some(project) = found.next().filter(|_| !name.is_empty() && !is_templated(&name)) else {
            continue;
        };
        if found.next().is_none() {
            sources(&owner, spec, project, cx);
            destination(&owner, spec, project, cx);
            kinds(&owner, spec, project, cx);
        }
    }
}

/// The place of a list of a project, or of its name.
fn place(project: &Project<'_>, field: &str) -> Option<Span> {
    let list = project.object.root.path(&["spec", field]);
    let value =
        list.and_then(|list| list.key()).or_else(|| project.object.root.path(&["metadata", "name"]))?;
    project.object.map.editable(value.span(), value.step())
}

fn report(
    owner: &OwnerView<'_>,
    cx: &mut Cx<'_>,
    at: At,
    report: Report,
    project: &Project<'_>,
    field: &'static str,
) {
    let finding = projects::report_on(owner, cx, at, report);
    let message = format!("what AppProject `{}` permits", project.object.name());
    finding.related.extend(place(project, field).map(|span| Related { span, message: message.into() }));
}

fn sources(owner: &OwnerView<'_>, spec: Cursor<'_>, project: &Project<'_>, cx: &mut Cx<'_>) {
    let listed = spec.get("sources").into_iter().flat_map(|list| list.items());
    let mut sources: Vec<Cursor<'_>> = listed.collect();
    if sources.is_empty() {
        sources.extend(spec.path(&["sourceHydrator", "drySource"]).or_else(|| spec.get("source")));
    }
    for address in sources.iter().filter_map(|source| source.get("repoURL")) {
        let text = address.text().unwrap_or_default();
        if text.is_empty() || is_templated(&text) || project.permits_source(&text) {
            continue;
        }
        // The same repository under its other kind of address is the commonest slip.
        let bare = |url: &str| {
            let url = normalize_git_url(url);
            let rest = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
            rest.split_once('@').map_or(rest, |(_, rest)| rest).to_owned()
        };
        let permitted = project.list("sourceRepos").into_iter().filter_map(|item| item.text());
        let other = permitted.into_iter().find(|known| bare(known) == bare(&text));
        let help = match other {
            Some(other) => format!("write `{other}`: for Argo CD the two are different addresses"),
            None => format!(
                "add the address to `sourceRepos` of `{}`, or use another project",
                project.object.name()
            ),
        };
        let message = format!(
            "{} reads `{}`, which its project does not permit",
            owner.display(),
            crate::render::shown(&text)
        );
        let about = Report { message, why: REFUSED.into(), help: help.into() };
        report(owner, cx, At::value(address), about, project, "sourceRepos");
    }
}

fn destination(owner: &OwnerView<'_>, spec: Cursor<'_>, project: &Project<'_>, cx: &mut Cx<'_>) {
    let Some(destination) = spec.get("destination") else { return };
    let text = |field: &str| {
        destination
            .get(field)
            .and_then(|value| value.text())
            .filter(|text| !text.is_empty())
            .map(|text| text.into_owned())
    };
    let (name, server, namespace) = (text("name"), text("server"), text("namespace").unwrap_or_default());
    let is_open = [&name, &server].into_iter().flatten().chain([&namespace]).any(|text| is_templated(text));
    if is_open || (name.is_none() && server.is_none()) {
        return;
    }
    if project.permits_destination(name.as_deref(), server.as_deref(), &namespace) != Permission::Denied {
        return;
    }
    let cluster = name.or(server).unwrap_or_default();
    let at = destination.get("namespace").map_or(At::key(destination), At::value);
    let message = format!(
        "{} deploys to `{namespace}` of `{cluster}`, which its project does not permit",
        owner.display()
    );
    let help = format!("add it to `destinations` of `{}`, or use another project", project.object.name());
    let about = Report { message, why: REFUSED.into(), help: help.into() };
    report(owner, cx, at, about, project, "destinations");
}

/// Groups of Kubernetes itself, of which it is known what is cluster-scoped.
const BUILT_IN: [&str; 9] = [
    "",
    "apps",
    "batch",
    "autoscaling",
    "policy",
    "networking.k8s.io",
    "rbac.authorization.k8s.io",
    "storage.k8s.io",
    "apiextensions.k8s.io",
];

fn kinds(owner: &OwnerView<'_>, spec: Cursor<'_>, project: &Project<'_>, cx: &mut Cx<'_>) {
    let mut refused: Vec<(String, Option<Span>)> = Vec::new();
    for object in owner.objects() {
        let (group, kind) = (object.group(), object.kind());
        let is_cluster = is_cluster_scoped(group, kind);
        if !is_cluster && !BUILT_IN.contains(&group) {
            continue;
        }
        let is_known = refused.iter().any(|(known, _)| *known == kind);
        if !is_known && !project.permits_kind(group, kind, &object.name(), !is_cluster) {
            let at = object.root.get("kind").and_then(|kind| object.map.editable(kind.span(), kind.step()));
            refused.push((kind.to_owned(), at));
        }
    }
    let Some(value) = spec.get("project").filter(|_| !refused.is_empty()) else { return };
    refused.sort();
    let names: Vec<&str> = refused.iter().map(|(kind, _)| kind.as_str()).collect();
    let message =
        format!("{} holds kinds that its project does not permit: {}", owner.display(), names.join(", "));
    let help = format!(
        "allow them in `clusterResourceWhitelist` or `namespaceResourceWhitelist` of `{}`, or move them to an Application of administrators",
        project.object.name()
    );
    let why = "Argo CD fails the sync of the whole Application";
    let about = Report { message, why: why.into(), help: help.into() };
    let finding = projects::report_on(owner, cx, At::value(value), about);
    let places = refused.into_iter().filter_map(|(kind, span)| Some((kind, span?)));
    finding.related.extend(places.map(|(kind, span)| Related { span, message: format!("a {kind}").into() }));
}
