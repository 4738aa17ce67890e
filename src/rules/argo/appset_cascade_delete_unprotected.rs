//! `appset-cascade-delete-unprotected`

use crate::config::Tier;
use crate::engine::{At, Check, Cx, Report, rule};
use crate::graph::{OwnerKind, OwnerView};

rule! {
    /// An ApplicationSet that deletes what runs in production when one of its elements goes away.
    ///
    /// ## Why
    ///
    /// An Application whose element is gone is deleted, and with it everything it deployed. An element goes away with
    /// a renamed directory, a glob that matches no more, a cluster that lost a label, or the ApplicationSet itself.
    /// Production has gone down like this more than once.
    ///
    /// ## What passes
    ///
    /// - `spec.syncPolicy.preserveResourcesOnDeletion: true`
    /// - `spec.syncPolicy.applicationsSync: create-only` or `create-update`
    /// - an ApplicationSet that makes no Application for production, judging by their clusters, directories,
    ///   labels and names, and by the environments of the configuration
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
    ///   goTemplateOptions: ["missingkey=error"]
    ///   generators:
    ///     - list:
    ///         elements:
    ///           - env: staging
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
    ///   syncPolicy:
    ///     preserveResourcesOnDeletion: true
    ///   generators:
    ///     - list:
    ///         elements:
    ///           - env: staging
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
    /// - <https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Application-Deletion/>
    /// - <https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Controlling-Resource-Modification/>
    /// - <https://github.com/argoproj/argo-cd/issues/9227>
    pub static RULE = "appset-cascade-delete-unprotected" {
        level: Warning,
        precision: High,
        tags: ["argo-cd", "production"],
        aliases: [],
        checks: [Check::Owner(&[OwnerKind::ApplicationSet], check)],
    }
}

fn check(owner: &OwnerView<'_>, cx: &mut Cx<'_>) {
    const PRESERVE: &[&str] = &["spec", "syncPolicy", "preserveResourcesOnDeletion"];
    let policy = |name: &str| owner.object.root.path(&["spec", "syncPolicy", name]);
    let preserve = policy("preserveResourcesOnDeletion");
    let is_kept = preserve.is_some_and(|value| value.bool() != Some(false));
    let mode = policy("applicationsSync").and_then(|mode| mode.text()).unwrap_or_default();
    if is_kept || matches!(mode.as_ref(), "create-only" | "create-update") {
        return;
    }
    let made = owner.view.owners().filter(|made| made.owner.parent == Some(owner.id));
    let Some(example) = made.filter(is_production).map(|made| made.object.name().into_owned()).min() else {
        return;
    };
    let at = preserve.map_or_else(|| At::missing(&owner.object, PRESERVE), At::value);
    let which = if example.contains("{{") { String::new() } else { format!(", such as `{example}`") };
    cx.report(
        at,
        Report {
            message: format!(
                "ApplicationSet `{}` deletes what runs in production with an element that goes away{which}",
                owner.object.name()
            ),
            why: "a renamed directory, a changed glob or a lost label deletes the Application and all it deployed"
                .into(),
            help: "set `syncPolicy.preserveResourcesOnDeletion: true`, or `applicationsSync: create-update`".into(),
        },
    );
}

/// Whether an Application delivers to production.
fn is_production(made: &OwnerView<'_>) -> bool {
    made.owner.environment.as_ref().and_then(|environment| environment.tier) == Some(Tier::Production)
}
