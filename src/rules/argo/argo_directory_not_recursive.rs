//! `argo-directory-not-recursive`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::Related;
use crate::graph::{OwnerKind, OwnerView, Status, Tool};
use crate::model::Usage;

rule! {
    /// An Argo CD Application that reads a directory whose manifests lie in its subdirectories.
    ///
    /// ## Why
    ///
    /// Unlike Flux, Argo CD does not look into subdirectories unless `directory.recurse` is true. The files below are
    /// never applied, and the Application is green.
    ///
    /// ## What passes
    ///
    /// - a directory that holds manifests itself
    /// - subdirectories with a kustomization or a chart, and files that something else applies
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: app.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: shop
    /// spec:
    ///   source:
    ///     repoURL: https://github.com/acme/gitops
    ///     path: shop
    /// # file: shop/web/service.yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: shop
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: app.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: shop
    /// spec:
    ///   source:
    ///     repoURL: https://github.com/acme/gitops
    ///     path: shop
    ///     directory:
    ///       recurse: true
    /// # file: shop/web/service.yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: shop
    /// ```
    ///
    /// ## References
    ///
    /// - <https://argo-cd.readthedocs.io/en/stable/user-guide/directory/#enabling-recursive-resource-detection>
    pub static RULE = "argo-directory-not-recursive" {
        level: Warning,
        precision: High,
        tags: ["argo-cd", "reference"],
        aliases: [],
        checks: [Check::Owner(&[OwnerKind::Application], check)],
    }
}

fn check(owner: &OwnerView<'_>, cx: &mut Cx<'_>) {
    let Some(spec) = owner.spec() else { return };
    for (source, (delivery, unit)) in crate::graph::sources(spec).into_iter().zip(owner.deliveries()) {
        let is_plain = delivery.tool == Tool::Directory && delivery.status == Status::Resolved;
        let Some(directory) = delivery.directory.as_ref().filter(|_| is_plain) else { continue };
        let holds_something = unit.is_some_and(|unit| !unit.objects.is_empty() || unit.partial);
        if holds_something || directory.as_str().is_empty() {
            continue;
        }
        let recurses =
            source.path(&["directory", "recurse"]).is_some_and(|value| value.bool() != Some(false));
        let narrowed = ["include", "exclude"].iter().find_map(|name| source.path(&["directory", name]));
        let world = cx.world();
        // A file that a unit applies is not lost, and one that lies beside a kustomization or a chart is that one's.
        let lost = world.repository.files.iter().find(|file| {
            let path = world.map.source(file.source).path();
            let has_own = || {
                let parents = path.ancestors().skip(1).take_while(|parent| *parent != directory);
                parents.into_iter().any(|parent| {
                    ["kustomization.yaml", "kustomization.yml", "Kustomization", "Chart.yaml"]
                        .iter()
                        .any(|name| world.repository.file(&parent.join(name)).is_some())
                })
            };
            path.starts_with(directory)
                && !file.objects.is_empty()
                && file.usage == Usage::Deployed
                && !world.rendering.rendered.contains(&file.source)
                && !has_own()
        });
        let Some(lost) = lost else { continue };
        let path = world.map.source(lost.source).path();
        let (at, message, help) = match narrowed {
            Some(pattern) if recurses || path.parent() == Some(directory) => (
                At::value(pattern),
                format!("{}: of the files in `{directory}` the patterns leave none", owner.display()),
                "correct `include` and `exclude`; patterns are matched with the path below the directory",
            ),
            _ if recurses => continue,
            _ => (
                At::value(source.get("path").unwrap_or(source)),
                format!("{} applies nothing: the manifests lie below `{directory}`", owner.display()),
                "set `directory.recurse: true`",
            ),
        };
        let span = crate::source::Span::new(lost.source, 0, 0);
        let report = Report {
            message,
            why: "Argo CD reads no subdirectories unless it is told to, and shows the Application as synced"
                .into(),
            help: help.into(),
        };
        let finding = cx.report(at, report);
        finding.related.push(Related { span, message: "never applied".into() });
    }
}
