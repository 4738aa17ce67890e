//! `pdb-no-policy`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::Level;
use crate::model::{KindName, ObjectView};

rule! {
    /// A PodDisruptionBudget with neither or both of `minAvailable` and `maxUnavailable`.
    ///
    /// ## Why
    ///
    /// The API server refuses both together. With neither, the budget protects nothing.
    ///
    /// ## What is reported
    ///
    /// - **error**: both
    /// - **warning**: neither
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: policy/v1
    /// kind: PodDisruptionBudget
    /// metadata:
    ///   name: web
    /// spec:
    ///   selector:
    ///     matchLabels:
    ///       app: web
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: policy/v1
    /// kind: PodDisruptionBudget
    /// metadata:
    ///   name: web
    /// spec:
    ///   minAvailable: 1
    ///   selector:
    ///     matchLabels:
    ///       app: web
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/tasks/run-application/configure-pdb/>
    pub static RULE = "pdb-no-policy" {
        level: Error,
        precision: VeryHigh,
        tags: ["workload", "availability"],
        aliases: [
            KubeScore "poddisruptionbudget-has-policy",
        ],
        checks: [Check::Object(&[BUDGET], check)],
    }
}

const BUDGET: KindName = KindName { group: "policy", kind: "PodDisruptionBudget" };

fn check(budget: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let field = |name| budget.root.path(&["spec", name]).filter(|value| !value.is_null());
    let (at, level, message, why) = match (field("minAvailable"), field("maxUnavailable")) {
        (Some(_), Some(most)) => (
            At::key(most),
            cx.level(),
            "the budget has both `minAvailable` and `maxUnavailable`",
            "the API server refuses the object",
        ),
        (None, None) => (
            At::missing(budget, &["spec", "maxUnavailable"]),
            Level::Warning.min(cx.level()),
            "the budget has neither `minAvailable` nor `maxUnavailable`",
            "it protects nothing",
        ),
        _ => return,
    };
    let help = "set `maxUnavailable: 1`, and nothing else";
    cx.report(at, Report { message: message.into(), why: why.into(), help: help.into() }).level = level;
}
