//! `cronjob-deadline-missing`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::{KindName, ObjectView};

rule! {
    /// A CronJob that may start late without an end.
    ///
    /// ## Why
    ///
    /// After more than a hundred missed starts, a CronJob without `startingDeadlineSeconds` is not started any
    /// more.
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: batch/v1
    /// kind: CronJob
    /// metadata:
    ///   name: report
    /// spec:
    ///   schedule: "0 4 * * *"
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: batch/v1
    /// kind: CronJob
    /// metadata:
    ///   name: report
    /// spec:
    ///   schedule: "0 4 * * *"
    ///   startingDeadlineSeconds: 600
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#starting-deadline>
    pub static RULE = "cronjob-deadline-missing" {
        level: Note,
        profile: Pedantic,
        precision: High,
        tags: ["workload"],
        aliases: [
            Kics "CronJob Deadline Not Configured",
            KubeScore "cronjob-has-deadline",
        ],
        checks: [Check::Object(&[CRON_JOB], check)],
    }
}

const CRON_JOB: KindName = KindName { group: "batch", kind: "CronJob" };

fn check(job: &ObjectView<'_>, cx: &mut Cx<'_>) {
    if job.root.path(&["spec", "startingDeadlineSeconds"]).is_some() {
        return;
    }
    let report = Report {
        message: format!("CronJob `{}` has no deadline for its start", job.name()),
        why: "after more than a hundred missed starts it is not started any more".into(),
        help: "set `startingDeadlineSeconds`".into(),
    };
    cx.report(At::missing(job, &["spec", "startingDeadlineSeconds"]), report);
}
