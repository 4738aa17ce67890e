//! `helm-values-file-order`

use camino::Utf8Path;

use crate::engine::{At, Check, Cx, Report, World, rule};
use crate::finding::Related;
use crate::graph::{OwnerKind, OwnerView, Status};
use crate::source::Span;
use crate::yaml::Cursor;

rule! {
    /// A general values file that stands behind a specific one, and overrides it.
    ///
    /// ## Why
    ///
    /// Helm reads values files in their order, and the last one wins. With `values-common.yaml` behind
    /// `values-production.yaml`, production runs with what was meant for everybody.
    ///
    /// Reported is only an order that matters: both files set the same value, and differently.
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
    ///     path: charts/shop
    ///     helm:
    ///       valueFiles: [values-production.yaml, values-common.yaml]
    /// # file: charts/shop/Chart.yaml
    /// apiVersion: v2
    /// name: shop
    /// version: 1.0.0
    /// # file: charts/shop/values-common.yaml
    /// replicas: 1
    /// # file: charts/shop/values-production.yaml
    /// replicas: 3
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
    ///     path: charts/shop
    ///     helm:
    ///       valueFiles: [values-common.yaml, values-production.yaml]
    /// # file: charts/shop/Chart.yaml
    /// apiVersion: v2
    /// name: shop
    /// version: 1.0.0
    /// # file: charts/shop/values-common.yaml
    /// replicas: 1
    /// # file: charts/shop/values-production.yaml
    /// replicas: 3
    /// ```
    ///
    /// ## References
    ///
    /// - <https://argo-cd.readthedocs.io/en/stable/user-guide/helm/#values-files>
    pub static RULE = "helm-values-file-order" {
        level: Warning,
        precision: High,
        tags: ["argo-cd", "helm"],
        aliases: [],
        checks: [Check::Owner(&[OwnerKind::Application], check)],
    }
}

/// Words in the names of files that are for everybody.
const GENERAL: [&str; 6] = ["common", "base", "global", "default", "defaults", "shared"];
/// Words in the names of files that are for one environment.
const ENVIRONMENTS: [&str; 20] = [
    "dev",
    "develop",
    "development",
    "test",
    "testing",
    "qa",
    "uat",
    "int",
    "integration",
    "stage",
    "staging",
    "stg",
    "preprod",
    "preview",
    "sandbox",
    "prod",
    "prd",
    "production",
    "live",
    "dr",
];

/// How specific a values file is, by its name: 0 of the chart, 1 for everybody, 2 for an environment. `None` when the
/// name does not say.
fn specificity(path: &Utf8Path) -> Option<u8> {
    let stem = path.file_stem()?;
    if stem == "values" {
        // In a directory of its own, `values.yaml` is as specific as that.
        let parent = path.parent().and_then(Utf8Path::file_name)?;
        return ENVIRONMENTS.contains(&parent).then_some(2);
    }
    let words: Vec<&str> = stem.split(['-', '_', '.']).collect();
    if words.iter().any(|word| ENVIRONMENTS.contains(word)) {
        Some(2)
    } else {
        words.iter().any(|word| GENERAL.contains(word)).then_some(1)
    }
}

fn check(owner: &OwnerView<'_>, cx: &mut Cx<'_>) {
    for delivery in &owner.owner.deliveries {
        let files = delivery.values.iter().filter(|file| file.status == Status::Resolved);
        let files: Vec<(&Utf8Path, Span)> =
            files.flat_map(|file| file.paths.iter().map(|path| (path.as_path(), file.at))).collect();
        for (at, (general, place)) in files.iter().enumerate() {
            let Some(rank) = specificity(general) else { continue };
            let before =
                files[..at].iter().find(|(path, _)| specificity(path).is_some_and(|other| other > rank));
            let Some((specific, _)) = before else { continue };
            let Some((key, span)) = overridden(cx.world(), specific, general) else { continue };
            let finding = cx.report(
                At::span(*place),
                Report {
                    message: format!("`{general}` overrides `{key}` of `{specific}`, which is read before it"),
                    why: "the last values file wins, so what is meant for everybody replaces what is meant for the environment".into(),
                    help: "put the general file first".into(),
                },
            );
            finding.related.push(Related { span, message: "the value that has no effect".into() });
        }
    }
}

/// A value that both files set differently: its path, and its place in the first one.
fn overridden(world: &World, first: &Utf8Path, second: &Utf8Path) -> Option<(String, Span)> {
    let root = |path: &Utf8Path| {
        let document = world.repository.file(path)?.documents.first()?;
        Some(Cursor::new(&world.map, &document.tree))
    };
    differing(root(first)?, root(second)?, &mut Vec::new())
}

fn differing(first: Cursor<'_>, second: Cursor<'_>, path: &mut Vec<String>) -> Option<(String, Span)> {
    if path.len() > 32 {
        return None;
    }
    if first.is_map() && second.is_map() {
        return first.entries().into_iter().find_map(|entry| {
            let name = entry.key.text()?;
            let other = second.get(&name)?;
            path.push(name.into_owned());
            let found = differing(entry.value, other, path);
            path.pop();
            found
        });
    }
    (first.text()? != second.text()?).then(|| (path.join("."), first.span()))
}
