//! `argo-parameter-overrides`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::ObjectView;
use crate::yaml::Cursor;

use super::application::{Application, KINDS, is_templated};

rule! {
    /// Parameters of a chart or a kustomization that stand in the Argo CD Application.
    ///
    /// ## Why
    ///
    /// Overrides in the Application are a second place for configuration. They win over the files in the repository,
    /// which then do not say what runs, and they cannot be rendered without Argo CD.
    ///
    /// ## What passes
    ///
    /// - values that a template fills in, such as the name of the cluster in an ApplicationSet
    /// - `namespace`, `version`, and anything else that says how to build and not what
    ///
    /// The documentation says that many consider it an anti-pattern, and many use it all the same: it is pedantic.
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: shop
    /// spec:
    ///   source:
    ///     path: charts/shop
    ///     helm:
    ///       parameters:
    ///         - name: image.tag
    ///           value: 1.8.2
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
    ///   source:
    ///     path: charts/shop
    ///     helm:
    ///       valueFiles: [values-production.yaml]
    /// ```
    ///
    /// ## References
    ///
    /// - <https://argo-cd.readthedocs.io/en/stable/user-guide/parameters/>
    pub static RULE = "argo-parameter-overrides" {
        level: Warning,
        profile: Pedantic,
        precision: High,
        tags: ["argo-cd", "drift"],
        aliases: [],
        checks: [Check::Object(KINDS, check)],
    }
}

/// Overrides by section.
const OVERRIDES: [(&str, &[&str]); 3] = [
    ("helm", &["parameters"]),
    (
        "kustomize",
        &["images", "namePrefix", "nameSuffix", "commonLabels", "commonAnnotations", "replicas", "patches"],
    ),
    ("plugin", &["env", "parameters"]),
];

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let Some(application) = Application::new(object) else { return };
    for source in application.sources() {
        for (section, fields) in OVERRIDES {
            let found = fields.iter().filter_map(|field| source.path(&[section, field]));
            for value in found.filter(|value| is_literal(*value)) {
                let field = value.key().and_then(|key| key.text()).unwrap_or_default();
                cx.report(
                    At::key(value),
                    Report {
                        message: format!(
                            "{} overrides `{section}.{field}` of what it applies",
                            application.name()
                        ),
                        why: "the files in the repository then do not say what runs".into(),
                        help: "move the values into a values file or an overlay".into(),
                    },
                );
            }
        }
    }
}

/// Whether a value, or any of its parts, is written out.
fn is_literal(value: Cursor<'_>) -> bool {
    let is_written = |text: &str| !text.is_empty() && !is_templated(text) && !text.contains('$');
    if let Some(text) = value.text() {
        return is_written(&text);
    }
    let is_name = |scalar: &Cursor<'_>| {
        scalar.key().and_then(|key| key.text()).is_some_and(|key| matches!(&*key, "name" | "forceString"))
    };
    value
        .scalars()
        .filter(|scalar| !is_name(scalar))
        .any(|scalar| scalar.text().is_some_and(|text| is_written(&text)))
}
