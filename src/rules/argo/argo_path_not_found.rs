//! `argo-path-not-found`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::Level;
use crate::graph::{OwnerKind, OwnerView, Status};
use crate::rules::support::near;
use crate::source::SourceMap;

rule! {
    /// An Argo CD Application whose path is not in this repository.
    ///
    /// ## Why
    ///
    /// Argo CD cannot build the Application: it shows an error, and nothing that is merged reaches the cluster any more.
    ///
    /// Looked at are sources that lead to this repository, at the revision at hand. Applications that an ApplicationSet
    /// makes are looked at one by one.
    ///
    /// ## What passes
    ///
    /// - other repositories, other revisions, and paths that a template fills in
    /// - files named `example`, `sample` or `template` that nothing applies are a note
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: apps/shop.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: shop
    /// spec:
    ///   source:
    ///     repoURL: https://github.com/acme/gitops
    ///     path: app/shop
    /// # file: apps/shop/service.yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: shop
    /// # file: GIT
    /// remote https://github.com/acme/gitops
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: apps/shop.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: shop
    /// spec:
    ///   source:
    ///     repoURL: https://github.com/acme/gitops
    ///     path: apps/shop
    /// # file: apps/shop/service.yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: shop
    /// # file: GIT
    /// remote https://github.com/acme/gitops
    /// ```
    ///
    /// ## References
    ///
    /// - <https://argo-cd.readthedocs.io/en/stable/user-guide/tool_detection/>
    pub static RULE = "argo-path-not-found" {
        level: Error,
        precision: VeryHigh,
        tags: ["argo-cd", "reference"],
        aliases: [],
        checks: [Check::Owner(&[OwnerKind::Application], check)],
    }
}

fn check(owner: &OwnerView<'_>, cx: &mut Cx<'_>) {
    let Some(spec) = owner.spec() else { return };
    for (source, delivery) in crate::graph::sources(spec).into_iter().zip(&owner.owner.deliveries) {
        let Status::Missing(why) = &delivery.status else { continue };
        let path = source.get("path").unwrap_or(source);
        let written = path.text().unwrap_or_default();
        let similar = near::directory(cx.map(), &written);
        let help = match similar {
            Some(directory) => format!("write `{directory}`, or add the directory"),
            None => "correct the path, or remove the Application".to_owned(),
        };
        let is_sample = is_sample(owner, cx.map());
        let finding = cx.report(
            At::value(path),
            Report {
                message: format!("{}: the path {why}", owner.display()),
                why: "Argo CD cannot build the Application, and no later change reaches the cluster".into(),
                help: help.into(),
            },
        );
        if is_sample {
            finding.level = Level::Note;
            finding.why = "it is there to be copied; as it stands Argo CD cannot build it".into();
        }
    }
}

/// Whether the Application is one to be copied, by the name of its file, and nothing applies it.
fn is_sample(owner: &OwnerView<'_>, map: &SourceMap) -> bool {
    const WORDS: [&str; 4] = ["example", "sample", "template", "skeleton"];
    let path = map.source(owner.object.object.source).path();
    let mut words = path.file_stem().into_iter().flat_map(|stem| stem.split(['-', '_', '.']));
    let is_sample = words.any(|word| WORDS.iter().any(|known| word.eq_ignore_ascii_case(known)));
    owner.owner.parent.is_none() && is_sample
}
