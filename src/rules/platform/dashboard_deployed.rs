//! `dashboard-deployed`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::{Container, ImageReference};

rule! {
    /// The Kubernetes dashboard.
    ///
    /// ## Why
    ///
    /// Whoever reaches the dashboard has the rights of the token they bring, or of the dashboard itself where
    /// somebody gave it some. It is a known way into clusters, and its project was archived in 2026.
    ///
    /// ## What passes
    ///
    /// - other dashboards
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    /// spec:
    ///   containers:
    ///     - name: web
    ///       image: docker.io/kubernetesui/dashboard:v2.7.0
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
    ///   containers:
    ///     - name: web
    ///       image: docker.io/grafana/grafana:11.3.0
    /// ```
    pub static RULE = "dashboard-deployed" {
        level: Note,
        profile: Pedantic,
        security: 4.0,
        precision: High,
        tags: ["platform"],
        aliases: [Checkov "CKV_K8S_33", Kics "Dashboard Is Enabled", Kubescape "C-0014"],
        checks: [Check::Container(check)],
    }
}

const REPOSITORIES: [&str; 3] =
    ["kubernetesui/dashboard", "kubernetesui/dashboard-api", "kubernetesui/dashboard-web"];

fn check(container: &Container<'_>, cx: &mut Cx<'_>) {
    let Some(value) = container.image() else { return };
    let Some(text) = value.text() else { return };
    let Ok(image) = ImageReference::parse(&text) else { return };
    let repository = image.repository();
    let last = repository.rsplit('/').next().unwrap_or_default();
    if !REPOSITORIES.iter().any(|known| repository.ends_with(known))
        && !last.starts_with("kubernetes-dashboard")
    {
        return;
    }
    let report = Report {
        message: format!("{} is the Kubernetes dashboard", container.describe()),
        why: "whoever reaches it has the rights of its token".into(),
        help: "remove it where nobody needs it; give its account no rights, and publish it to nobody".into(),
    };
    cx.report(value, report);
}
