//! `argo-ignore-without-respect`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::ObjectView;

use super::annotation::policy_options;
use super::application::{Application, KINDS};

rule! {
    /// Ignored differences that a sync overwrites all the same.
    ///
    /// ## Why
    ///
    /// `ignoreDifferences` is about comparing alone: it does not trigger a sync, but when one runs, the value of the
    /// repository is applied and replaces what another controller has set. With `selfHeal` that is at every change.
    ///
    /// ## What passes
    ///
    /// - an Application with the sync option `RespectIgnoreDifferences=true`
    /// - fields under `/status`, which no sync writes
    ///
    /// A field that is absent from the repository is not overwritten either, which this rule does not see: it is pedantic.
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: shop
    /// spec:
    ///   ignoreDifferences:
    ///     - group: apps
    ///       kind: Deployment
    ///       jsonPointers: [/spec/replicas]
    ///   syncPolicy:
    ///     automated:
    ///       selfHeal: true
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
    ///   ignoreDifferences:
    ///     - group: apps
    ///       kind: Deployment
    ///       jsonPointers: [/spec/replicas]
    ///   syncPolicy:
    ///     automated:
    ///       selfHeal: true
    ///     syncOptions: [RespectIgnoreDifferences=true]
    /// ```
    ///
    /// ## References
    ///
    /// - <https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/#respect-ignore-difference-configs>
    pub static RULE = "argo-ignore-without-respect" {
        level: Note,
        profile: Pedantic,
        precision: Medium,
        tags: ["argo-cd", "drift"],
        aliases: [],
        checks: [Check::Object(KINDS, check)],
    }
}

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let Some(application) = Application::new(object) else { return };
    let heals = application.root.path(&["spec", "syncPolicy", "automated", "selfHeal"]);
    if heals.and_then(|heals| heals.bool()) != Some(true)
        || policy_options(object).iter().any(|option| option.text.starts_with("RespectIgnoreDifferences="))
    {
        return;
    }
    let Some(entries) = application.root.path(&["spec", "ignoreDifferences"]) else { return };
    let is_written = entries.items().any(|entry| {
        let list = |name: &str| entry.get(name).into_iter().flat_map(|list| list.items());
        let mut fields = list("jsonPointers").chain(list("jqPathExpressions"));
        fields.any(|field| {
            field.text().is_some_and(|text| !text.starts_with("/status") && !text.starts_with(".status"))
        })
    });
    if is_written {
        cx.report(
            At::key(entries),
            Report {
                message: format!("{} ignores differences that its next sync overwrites", application.name),
                why: "`ignoreDifferences` is about comparing; a sync applies what the repository says all the same".into(),
                help: "add the sync option `RespectIgnoreDifferences=true`, or remove the field from the manifests".into(),
            },
        );
    }
}
