//! `cronjob-concurrency-allow`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::{KindName, ObjectView};

rule! {
    /// A CronJob that starts often and may run beside itself.
    ///
    /// ## Why
    ///
    /// Once a run takes longer than the time between two, they pile up.
    ///
    /// ## What is reported
    ///
    /// CronJobs that start at least every fifteen minutes with `concurrencyPolicy: Allow`, which is the
    /// default.
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: batch/v1
    /// kind: CronJob
    /// metadata:
    ///   name: poll
    /// spec:
    ///   schedule: "*/5 * * * *"
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: batch/v1
    /// kind: CronJob
    /// metadata:
    ///   name: poll
    /// spec:
    ///   schedule: "*/5 * * * *"
    ///   concurrencyPolicy: Forbid
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#concurrency-policy>
    pub static RULE = "cronjob-concurrency-allow" {
        level: Note,
        profile: Pedantic,
        precision: Medium,
        tags: ["workload"],
        aliases: [],
        checks: [Check::Object(&[CRON_JOB], check)],
    }
}

const CRON_JOB: KindName = KindName { group: "batch", kind: "CronJob" };
/// Minutes between two starts that are short.
const SHORT: u32 = 15;

fn check(job: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let policy = job.root.path(&["spec", "concurrencyPolicy"]).and_then(|policy| policy.text());
    let Some(schedule) = job.root.path(&["spec", "schedule"]) else { return };
    let text = schedule.text().unwrap_or_default();
    let minutes = text.split_whitespace().next().unwrap_or_default();
    let step = minutes.strip_prefix("*/").and_then(|step| step.parse::<u32>().ok());
    let is_often = minutes == "*" || step.is_some_and(|step| step <= SHORT);
    if !is_often || policy.is_some_and(|policy| policy != "Allow") {
        return;
    }
    let report = Report {
        message: format!("CronJob `{}` starts often and may run beside itself", job.name()),
        why: "once a run takes longer than the time between two, they pile up".into(),
        help: "set `concurrencyPolicy` to `Forbid` or `Replace`".into(),
    };
    cx.report(schedule, report);
}
