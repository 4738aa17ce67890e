//! `helm-deprecated-api-version`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::Level;
use crate::model::{DocumentKind, DocumentView};

rule! {
    /// A chart in the format of Helm 2.
    ///
    /// ## Why
    ///
    /// `apiVersion: v1` in Chart.yaml is the format of Helm 2, whose support ended in 2020. Its dependencies stand in
    /// `requirements.yaml`, and `helm lint` refuses the fields `dependencies` and `type` in it: that is a warning, as a
    /// tool may leave them out.
    ///
    /// ## What passes
    ///
    /// - charts in `charts/` of another chart: somebody else keeps them
    /// - API versions of the objects that a chart makes, which `api-removed` and `api-deprecated` are about
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: chart/Chart.yaml
    /// apiVersion: v1
    /// name: shop
    /// version: 0.1.0
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: chart/Chart.yaml
    /// apiVersion: v2
    /// name: shop
    /// version: 0.1.0
    /// ```
    ///
    /// ## References
    ///
    /// - <https://helm.sh/docs/topics/charts/#the-apiversion-field>
    pub static RULE = "helm-deprecated-api-version" {
        level: Warning,
        precision: VeryHigh,
        tags: ["helm", "deprecation"],
        aliases: [],
        checks: [Check::Document(check)],
    }
}

fn check(document: &DocumentView<'_>, cx: &mut Cx<'_>) {
    let root = document.root;
    let Some(version) = root.get("apiVersion").filter(|_| document.kind() == DocumentKind::Chart) else {
        return;
    };
    let is_inner = document.path().components().any(|part| part.as_str() == "charts")
        && document
            .path()
            .ancestors()
            .skip(3)
            .any(|above| cx.map().find(&above.join("Chart.yaml")).is_some());
    if version.text().is_none_or(|version| version != "v1") || is_inner {
        return;
    }
    let newer = ["dependencies", "type"].into_iter().find_map(|field| Some((field, root.get(field)?)));
    let (at, message) = match newer {
        Some((field, value)) => {
            (At::key(value), format!("`{field}` has no meaning in a chart with `apiVersion: v1`"))
        }
        None => (At::value(version), "`apiVersion: v1` is the format of Helm 2".to_owned()),
    };
    let finding = cx.report(
        at,
        Report {
            message,
            why: "support for Helm 2 ended in 2020, and its format keeps dependencies in a file of its own"
                .into(),
            help: "write `apiVersion: v2`, and move `requirements.yaml` to `dependencies`".into(),
        },
    );
    if newer.is_none() {
        finding.level = finding.level.min(Level::Note);
    }
}
