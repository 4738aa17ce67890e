//! `rollout-manual-pause`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::ObjectView;

use super::strategy::{ROLLOUT, steps};

rule! {
    /// A rollout that waits for a person at the command line.
    ///
    /// ## Why
    ///
    /// `pause: {}` lasts until somebody runs `kubectl argo rollouts promote`. That decision is not in the
    /// repository: nobody can see who made it, and a rollback or a new cluster needs it again.
    ///
    /// ## What passes
    ///
    /// - a `pause` with a duration
    /// - steps with an analysis
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Rollout
    /// metadata:
    ///   name: web
    ///   namespace: shop
    /// spec:
    ///   selector:
    ///     matchLabels:
    ///       app: web
    ///   strategy:
    ///     canary:
    ///       steps:
    ///         - setWeight: 20
    ///         - pause: {}
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Rollout
    /// metadata:
    ///   name: web
    ///   namespace: shop
    /// spec:
    ///   selector:
    ///     matchLabels:
    ///       app: web
    ///   strategy:
    ///     canary:
    ///       analysis:
    ///         templates:
    ///           - templateName: success-rate
    ///       steps:
    ///         - setWeight: 5
    ///         - pause:
    ///             duration: 10m
    ///         - setWeight: 50
    ///         - pause:
    ///             duration: 10m
    /// ```
    ///
    /// ## References
    ///
    /// - <https://argo-rollouts.readthedocs.io/en/stable/features/canary/#pause-duration>
    pub static RULE = "rollout-manual-pause" {
        level: Note,
        profile: Pedantic,
        precision: High,
        tags: ["progressive-delivery"],
        aliases: [],
        checks: [Check::Object(&[ROLLOUT], check)],
    }
}

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let Some(canary) = object.root.path(&["spec", "strategy", "canary"]) else { return };
    let pauses = steps(canary).filter_map(|step| step.get("pause"));
    let Some(pause) = pauses.into_iter().find(|pause| pause.get("duration").is_none()) else { return };
    cx.report(
        At::key(pause),
        Report {
            message: format!("Rollout `{}` waits until somebody promotes it by hand", object.name()),
            why: "the decision is made at a command line and leaves no trace in the repository".into(),
            help: "give the pause a `duration`, and let an analysis decide".into(),
        },
    );
}
