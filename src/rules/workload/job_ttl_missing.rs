//! `job-ttl-missing`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::{KindName, ObjectView};

rule! {
    /// A Job that stays in the cluster when it is done.
    ///
    /// ## Why
    ///
    /// Finished Jobs and their pods are kept until somebody deletes them.
    ///
    /// ## What passes
    ///
    /// - hooks of Argo CD and Helm, which are deleted by their policy
    /// - Jobs of a CronJob, of which only the last ones are kept
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: batch/v1
    /// kind: Job
    /// metadata:
    ///   name: migrate
    /// spec:
    ///   template: {}
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: batch/v1
    /// kind: Job
    /// metadata:
    ///   name: migrate
    /// spec:
    ///   ttlSecondsAfterFinished: 3600
    ///   template: {}
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/workloads/controllers/ttlafterfinished/>
    pub static RULE = "job-ttl-missing" {
        level: Note,
        profile: Pedantic,
        precision: High,
        tags: ["workload"],
        aliases: [
            KubeLinter "job-ttl-seconds-after-finished",
        ],
        checks: [Check::Object(&[JOB], check)],
    }
}

const JOB: KindName = KindName { group: "batch", kind: "Job" };

fn check(job: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let is_hook =
        ["argocd.argoproj.io/hook", "helm.sh/hook"].iter().any(|hook| job.annotation(hook).is_some());
    if is_hook || job.root.path(&["spec", "ttlSecondsAfterFinished"]).is_some() {
        return;
    }
    let report = Report {
        message: format!("Job `{}` stays when it is done", job.name()),
        why: "it and its pods are kept until somebody deletes them".into(),
        help: "set `ttlSecondsAfterFinished`, unless a controller would then make it anew".into(),
    };
    cx.report(At::missing(job, &["spec", "ttlSecondsAfterFinished"]), report);
}
