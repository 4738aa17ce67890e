//! `appset-missingkey-not-error`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::Level;
use crate::model::ObjectView;
use crate::template::MissingKey;

use super::applicationset::KINDS;

rule! {
    /// An ApplicationSet with Go templates that print `<no value>` for a parameter that is not there.
    ///
    /// ## Why
    ///
    /// Go prints a missing parameter as `<no value>`: the Application gets a wrong name, path or server, and Argo CD
    /// creates it all the same, or deletes those with the right names. With `missingkey=error` nothing is changed until
    /// the template is right.
    ///
    /// An option that Go does not know makes the controller panic, for this ApplicationSet and all others, and is an
    /// error.
    ///
    /// ## What passes
    ///
    /// - an ApplicationSet without Go templates: `appset-fasttemplate` is about those
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: ApplicationSet
    /// metadata:
    ///   name: shop
    /// spec:
    ///   goTemplate: true
    ///   generators:
    ///     - list:
    ///         elements:
    ///           - env: prod
    ///   template:
    ///     metadata:
    ///       name: "shop-{{ .env }}"
    ///     spec:
    ///       project: shop
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: ApplicationSet
    /// metadata:
    ///   name: shop
    /// spec:
    ///   goTemplate: true
    ///   goTemplateOptions: ["missingkey=error"]
    ///   generators:
    ///     - list:
    ///         elements:
    ///           - env: prod
    ///   template:
    ///     metadata:
    ///       name: "shop-{{ .env }}"
    ///     spec:
    ///       project: shop
    /// ```
    ///
    /// ## References
    ///
    /// - <https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/GoTemplate/>
    /// - <https://pkg.go.dev/text/template#Template.Option>
    /// - <https://github.com/argoproj/argo-cd/issues/20935>
    pub static RULE = "appset-missingkey-not-error" {
        level: Warning,
        precision: VeryHigh,
        tags: ["argo-cd", "correctness"],
        aliases: [],
        checks: [Check::Object(KINDS, check)],
    }
}

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let Some(spec) = object.root.get("spec") else { return };
    if spec.get("goTemplate").is_none_or(|go| go.bool() != Some(true)) {
        return;
    }
    let options: Vec<_> = spec.get("goTemplateOptions").into_iter().flat_map(|list| list.items()).collect();
    let unknown = options.iter().find(|option| {
        option.text().is_some_and(|text| !text.contains("{{") && MissingKey::option(&text).is_none())
    });
    if let Some(unknown) = unknown {
        let text = unknown.text().unwrap_or_default();
        let finding = cx.report(
            *unknown,
            Report {
                message: format!("Go templates have no option `{text}`"),
                why: "the ApplicationSet controller panics on it, and stops for all ApplicationSets".into(),
                help: "write `missingkey=error`".into(),
            },
        );
        finding.level = Level::Error;
        return;
    }
    let last = options.iter().rfind(|option| option.text().is_some());
    let option = last.and_then(|option| MissingKey::option(&option.text()?));
    if option == Some(MissingKey::Error) {
        return;
    }
    let at =
        last.map_or_else(|| At::missing(object, &["spec", "goTemplateOptions"]), |last| At::value(*last));
    cx.report(
        at,
        Report {
            message: format!("ApplicationSet `{}` prints `<no value>` for missing parameters", object.name()),
            why: "Argo CD creates Applications with wrong names, paths or servers in place of stopping".into(),
            help: "set `goTemplateOptions: [\"missingkey=error\"]`, and read optional parameters with `dig` or behind `hasKey`".into(),
        },
    );
}
