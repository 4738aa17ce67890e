//! `argo-inline-values`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::ObjectView;
use crate::yaml::Cursor;

use super::application::{Application, KINDS};

rule! {
    /// Many values of a chart that stand in the Argo CD Application itself.
    ///
    /// ## Why
    ///
    /// Values inside an Application cannot be used with `helm template`, cannot be shared between environments, and as
    /// text under `values` are not even checked as YAML by editors.
    ///
    /// ## What passes
    ///
    /// - up to 20 values
    ///
    /// For charts of others it is the common way, so the rule is pedantic.
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: web
    /// spec:
    ///   source:
    ///     chart: web
    ///     helm:
    ///       valuesObject: {list: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21]}
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
    ///   source:
    ///     chart: web
    ///     helm:
    ///       valueFiles: [$values/web.yaml]
    /// ```
    ///
    /// ## References
    ///
    /// - <https://argo-cd.readthedocs.io/en/stable/user-guide/helm/#values>
    pub static RULE = "argo-inline-values" {
        level: Note,
        profile: Pedantic,
        precision: VeryHigh,
        tags: ["argo-cd", "helm"],
        aliases: [],
        checks: [Check::Object(KINDS, check)],
    }
}

/// More values than these are a values file.
const MOST: usize = 20;

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let Some(application) = Application::new(object) else { return };
    for source in application.sources() {
        let values = ["valuesObject", "values"].iter().filter_map(|field| source.path(&["helm", field]));
        for values in values {
            let count = leaves(values);
            if count > MOST {
                cx.report(
                    At::key(values),
                    Report {
                        message: format!("{} holds {count} values of its chart", application.name()),
                        why: "nobody can render the chart with them but Argo CD, and environments cannot share them".into(),
                        help: "move them into a values file, and name it in `valueFiles`".into(),
                    },
                );
            }
        }
    }
}

/// Values of a mapping; of text, the lines that look like one.
fn leaves(values: Cursor<'_>) -> usize {
    let Some(text) = values.text() else { return values.scalars().count() };
    let is_value = |line: &&str| {
        let line = line.trim();
        !line.is_empty() && !line.starts_with('#') && !line.ends_with(':')
    };
    text.lines().filter(is_value).count()
}
