//! `workload-mounts-secret`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::ObjectView;
use crate::rules::support::needs;

rule! {
    /// What Secrets, ConfigMaps and claims a workload reads, for those who want a list.
    ///
    /// ## Why
    ///
    /// Who gets into the workload has what it reads. The list is what a review of that begins with.
    ///
    /// ## What passes
    ///
    /// - references that are optional
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    /// spec:
    ///   volumes:
    ///     - name: db
    ///       secret:
    ///         secretName: db
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/acme/web:1.8.2
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    /// spec:
    ///   volumes:
    ///     - name: tmp
    ///       emptyDir: {}
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/acme/web:1.8.2
    /// ```
    pub static RULE = "workload-mounts-secret" {
        level: Note,
        profile: Pedantic,
        precision: VeryHigh,
        tags: ["secret", "inventory"],
        aliases: [Kubescape "C-0255", Kubescape "C-0257", Kubescape "C-0258"],
        checks: [Check::Object(&[], check)],
    }
}

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let read =
        needs::of(object).into_iter().filter(|need| need.kind != "ServiceAccount" && !need.is_optional);
    let mut names: Vec<String> =
        read.filter_map(|need| Some(format!("{} `{}`", need.kind, need.name.text()?))).collect();
    names.sort();
    names.dedup();
    if names.is_empty() {
        return;
    }
    let report = Report {
        message: format!("{} `{}` reads {}", object.kind(), object.written_name(), names.join(", ")),
        why: "whoever gets into the workload has it".into(),
        help: "mount what the program reads, and nothing else".into(),
    };
    let at = object.root.path(&["metadata", "name"]).unwrap_or(object.root);
    cx.report(at, report);
}
