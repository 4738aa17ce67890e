//! `rollout-without-analysis`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::ObjectView;

use super::strategy::{CANARY, ROLLOUT, steps};

rule! {
    /// A canary or blue-green rollout that nothing judges.
    ///
    /// ## Why
    ///
    /// The point of a gradual rollout is that a bad version is stopped while few people see it. Without an analysis
    /// nothing looks at errors or latency, and the rollout goes on to everybody at the same pace, only later.
    ///
    /// ## What passes
    ///
    /// - `analysis`, `prePromotionAnalysis` or `postPromotionAnalysis`, or a step with `analysis` or `experiment`
    /// - a Canary of Flagger with `metrics` or `webhooks`
    /// - a rollout that stops in a `pause` without duration: a person judges it
    /// - a Rollout without strategy, or one with a strategy that a template fills in
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
    /// - <https://argo-rollouts.readthedocs.io/en/stable/features/analysis/>
    /// - <https://docs.flagger.app/usage/metrics>
    pub static RULE = "rollout-without-analysis" {
        level: Note,
        by_tier: true,
        precision: High,
        tags: ["progressive-delivery"],
        aliases: [],
        checks: [Check::Object(&[ROLLOUT, CANARY], check)],
    }
}

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let Some(spec) = object.root.get("spec") else { return };
    let has = |path: &[&str]| spec.path(path).is_some();
    let (what, at) = if object.is(CANARY) {
        let Some(analysis) = spec.get("analysis").filter(|analysis| analysis.is_map()) else { return };
        if analysis.get("metrics").is_some() || analysis.get("webhooks").is_some() {
            return;
        }
        ("canary", analysis)
    } else if let Some(canary) = spec.path(&["strategy", "canary"]).filter(|canary| canary.is_map()) {
        let judged = |field: &str| steps(canary).any(|step| step.get(field).is_some());
        let waits =
            steps(canary).filter_map(|step| step.get("pause")).any(|pause| pause.get("duration").is_none());
        if canary.get("analysis").is_some() || judged("analysis") || judged("experiment") || waits {
            return;
        }
        ("canary", canary)
    } else if let Some(blue_green) =
        spec.path(&["strategy", "blueGreen"]).filter(|strategy| strategy.is_map())
    {
        let by_hand = blue_green.get("autoPromotionEnabled").is_some_and(|auto| auto.bool() == Some(false));
        let judged = ["prePromotionAnalysis", "postPromotionAnalysis"].iter();
        if by_hand || judged.clone().any(|field| has(&["strategy", "blueGreen", field])) {
            return;
        }
        ("blue-green", blue_green)
    } else {
        return;
    };
    cx.report(
        At::key(at),
        Report {
            message: format!("nothing judges the {what} rollout of {} `{}`", object.kind(), object.name()),
            why: "a bad version goes on to everybody, only later".into(),
            help: match object.is(CANARY) {
                true => "add `metrics`, such as `request-success-rate`, or `webhooks` that test the canary",
                false => "add an `analysis` with an AnalysisTemplate that looks at errors and latency",
            }
            .into(),
        },
    );
}
