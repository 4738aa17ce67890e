//! `argo-allow-empty`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::ObjectView;

use super::application::{Application, KINDS};

rule! {
    /// An Argo CD Application that prunes by itself, even when its source renders to nothing.
    ///
    /// ## Why
    ///
    /// With `allowEmpty`, an empty result is applied like any other: a wrong path, a deleted directory or a broken
    /// overlay deletes everything that the Application manages. Without it, Argo CD refuses to sync.
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: shop
    /// spec:
    ///   syncPolicy:
    ///     automated:
    ///       prune: true
    ///       allowEmpty: true
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
    ///   syncPolicy:
    ///     automated:
    ///       prune: true
    /// ```
    ///
    /// ## References
    ///
    /// - <https://argo-cd.readthedocs.io/en/stable/user-guide/auto_sync/#automatic-pruning-with-allow-empty-v18>
    pub static RULE = "argo-allow-empty" {
        level: Warning,
        precision: VeryHigh,
        tags: ["argo-cd", "data-loss"],
        aliases: [],
        checks: [Check::Object(KINDS, check)],
    }
}

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let Some(application) = Application::new(object) else { return };
    let Some(automated) = application.root.path(&["spec", "syncPolicy", "automated"]) else { return };
    let is_on = |name: &str| automated.get(name).and_then(|value| value.bool());
    let allowed = automated.get("allowEmpty").filter(|value| value.bool() == Some(true));
    let Some(allowed) = allowed.filter(|_| is_on("prune") == Some(true) && is_on("enabled") != Some(false))
    else {
        return;
    };
    cx.report(
        At::value(allowed),
        Report {
            message: format!("{} deletes everything when its source renders to nothing", application.name),
            why: "a wrong path or a deleted directory then empties the namespace instead of failing the sync"
                .into(),
            help: "remove `allowEmpty`; delete the Application when all of it has to go".into(),
        },
    );
}
