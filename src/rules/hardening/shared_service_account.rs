//! `shared-service-account`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::PodSpec;
use crate::rules::support::accounts::{self, Users};
use crate::rules::support::controllers;

rule! {
    /// A service account that several workloads run under.
    ///
    /// ## Why
    ///
    /// What one of them needs, all of them may do, and an audit log does not say which one did it.
    ///
    /// ## What passes
    ///
    /// - `default`, which `default-service-account` reports
    /// - pods that switch the token off
    /// - the jobs and workloads of Argo Workflows and Tekton
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec:
    ///   template:
    ///     spec:
    ///       serviceAccountName: shop
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.8.2
    /// ---
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: worker
    /// spec:
    ///   template:
    ///     spec:
    ///       serviceAccountName: shop
    ///       containers:
    ///         - name: worker
    ///           image: ghcr.io/acme/web:1.8.2
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec:
    ///   template:
    ///     spec:
    ///       serviceAccountName: web
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.8.2
    /// ---
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: worker
    /// spec:
    ///   template:
    ///     spec:
    ///       serviceAccountName: worker
    ///       containers:
    ///         - name: worker
    ///           image: ghcr.io/acme/web:1.8.2
    /// ```
    pub static RULE = "shared-service-account" {
        level: Note,
        profile: Pedantic,
        security: 2.0,
        precision: Medium,
        tags: ["pod-security", "rbac"],
        aliases: [Kics "Shared Service Account"],
        checks: [Check::Around(&Check::Pod(check))],
    }
}

fn check(pod: &PodSpec<'_>, cx: &mut Cx<'_>) {
    let token = pod.spec.get("automountServiceAccountToken").and_then(|value| value.bool());
    let name = accounts::name(pod);
    if !pod.is_whole || token == Some(false) || name == "default" || controllers::is_generated(&pod.object) {
        return;
    }
    let Some(value) = ["serviceAccountName", "serviceAccount"].into_iter().find_map(|it| pod.spec.get(it))
    else {
        return;
    };
    let users = Users::of(cx).count(pod);
    if users < 2 {
        return;
    }
    let report = Report {
        message: format!("{users} workloads run under the service account `{name}`"),
        why: "what one of them needs, all of them may do".into(),
        help: "give each workload that asks the API an account of its own".into(),
    };
    cx.report(value, report);
}
