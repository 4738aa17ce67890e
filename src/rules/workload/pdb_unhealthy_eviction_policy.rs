//! `pdb-unhealthy-eviction-policy`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::{KindName, ObjectView};

rule! {
    /// A disruption budget that keeps pods which do not work.
    ///
    /// ## Why
    ///
    /// Without `AlwaysAllow`, a pod that never becomes ready is not evicted, and its node is not drained.
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: policy/v1
    /// kind: PodDisruptionBudget
    /// metadata:
    ///   name: web
    /// spec:
    ///   maxUnavailable: 1
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
    ///   maxUnavailable: 1
    ///   unhealthyPodEvictionPolicy: AlwaysAllow
    ///   selector:
    ///     matchLabels:
    ///       app: web
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/tasks/run-application/configure-pdb/#unhealthy-pod-eviction-policy>
    pub static RULE = "pdb-unhealthy-eviction-policy" {
        level: Note,
        profile: Pedantic,
        precision: High,
        tags: ["workload", "availability"],
        aliases: [
            KubeLinter "pdb-unhealthy-pod-eviction-policy",
        ],
        checks: [Check::Object(&[BUDGET], check)],
    }
}

const BUDGET: KindName = KindName { group: "policy", kind: "PodDisruptionBudget" };

fn check(budget: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let policy = budget.root.path(&["spec", "unhealthyPodEvictionPolicy"]);
    if policy.and_then(|policy| policy.text()).is_some_and(|policy| policy == "AlwaysAllow") {
        return;
    }
    let report = Report {
        message: "the budget also keeps pods that are not ready".into(),
        why: "a pod that never becomes ready keeps its node from being drained".into(),
        help: "set `unhealthyPodEvictionPolicy: AlwaysAllow`".into(),
    };
    let at = policy.map_or_else(|| At::missing(budget, &["spec", "unhealthyPodEvictionPolicy"]), At::value);
    cx.report(at, report);
}
