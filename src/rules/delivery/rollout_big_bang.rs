//! `rollout-big-bang`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::ObjectView;

use super::strategy::{ROLLOUT, steps};

rule! {
    /// A canary rollout that reaches half of the users or more with its first step, or never pauses.
    ///
    /// ## Why
    ///
    /// A canary without steps is a rolling update under another name. One that begins with half of the traffic, or
    /// goes from step to step without a pause, shows a bad version to everybody before anyone or anything can tell.
    ///
    /// ## What passes
    ///
    /// - a first `setWeight` below 50 with a `pause` or an `analysis` behind it
    /// - a canary whose analysis runs in the background
    /// - a first step of 0, to test the canary without traffic, or one made with `setCanaryScale`
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
    ///         - setWeight: 50
    ///         - pause:
    ///             duration: 10m
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
    /// - <https://argo-rollouts.readthedocs.io/en/stable/features/canary/>
    pub static RULE = "rollout-big-bang" {
        level: Warning,
        precision: High,
        tags: ["progressive-delivery"],
        aliases: [],
        checks: [Check::Object(&[ROLLOUT], check)],
    }
}

/// Per cent of the traffic in a first step that is no trial any more.
const HALF: i64 = 50;

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let Some(canary) = object.root.path(&["spec", "strategy", "canary"]) else { return };
    let weights: Vec<_> = steps(canary).filter_map(|step| step.get("setWeight")).collect();
    let stops = |field: &str| steps(canary).any(|step| step.get(field).is_some());
    let (at, what) = match weights.as_slice() {
        [] if steps(canary).next().is_none() => (At::key(canary), "has no steps"),
        [first, ..] if first.int().is_some_and(|weight| weight >= HALF) => {
            (At::value(*first), "begins with half of the traffic or more")
        }
        [first, ..] if !stops("pause") && !stops("analysis") && canary.get("analysis").is_none() => {
            (At::value(*first), "never pauses")
        }
        _ => return,
    };
    cx.report(
        at,
        Report {
            message: format!("the canary of Rollout `{}` {what}", object.name()),
            why: "a bad version reaches most users before anyone or anything can tell".into(),
            help: "begin with a few per cent, and pause or analyse before each larger step".into(),
        },
    );
}
