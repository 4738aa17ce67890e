//! `kustomize-deprecated-field`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::KustomizationView;
use crate::yaml::Cursor;

rule! {
    /// A field of a kustomization that Kustomize has deprecated.
    ///
    /// ## Why
    ///
    /// Kustomize warns at every build and will drop these fields. Some behave differently from what replaced them:
    /// `commonLabels` changes selectors, which are immutable in a cluster, and the old patch fields are applied
    /// at another moment than `patches`.
    ///
    /// ## What passes
    ///
    /// - fields of the same name in other kinds of documents
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: kustomization.yaml
    /// bases:
    ///   - ../../base
    /// commonLabels:
    ///   app: web
    /// patchesStrategicMerge:
    ///   - patch.yaml
    /// # file: patch.yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec:
    ///   replicas: 3
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: kustomization.yaml
    /// resources:
    ///   - ../../base
    /// labels:
    ///   - includeSelectors: true
    ///     pairs:
    ///       app: web
    /// patches:
    ///   - path: patch.yaml
    /// # file: patch.yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec:
    ///   replicas: 3
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/>
    pub static RULE = "kustomize-deprecated-field" {
        level: Warning,
        precision: VeryHigh,
        tags: ["kustomize", "deprecation"],
        aliases: [],
        checks: [Check::Kustomization(check)],
    }
}

/// A deprecated field and what to write instead, from Kustomize's own list.
const FIELDS: [(&str, &str); 7] = [
    ("bases", "list the directories in `resources`"),
    ("imageTags", "use `images`"),
    ("patchesJson6902", "use `patches` with `target`"),
    ("patchesStrategicMerge", "use `patches` with `path` or `patch`"),
    ("vars", "use `replacements`"),
    ("commonLabels", "use `labels`, with `includeSelectors: true` to keep the selectors of what is deployed"),
    ("helmChartInflationGenerator", "use `helmCharts`"),
];

fn check(kustomization: &KustomizationView<'_>, cx: &mut Cx<'_>) {
    let root = kustomization.document.root;
    for (field, instead) in FIELDS {
        // Scaffolds leave the key with all its items commented out; Kustomize says nothing about that.
        if let Some(value) = root.get(field).filter(|value| !value.is_null()) {
            report(field, instead, value, cx);
        }
    }
    for generator in ["configMapGenerator", "secretGenerator"] {
        for item in root.get(generator).into_iter().flat_map(|list| list.items()) {
            if let Some(value) = item.get("env") {
                report(&format!("{generator}[].env"), "use `envs`, a list of files", value, cx);
            }
        }
    }
}

fn report(field: &str, instead: &'static str, value: Cursor<'_>, cx: &mut Cx<'_>) {
    cx.report(
        At::key(value),
        Report {
            message: format!("`{field}` is deprecated"),
            why: "Kustomize warns about it at every build and will drop it".into(),
            help: format!("{instead}; `kustomize edit fix` rewrites the file").into(),
        },
    );
}
