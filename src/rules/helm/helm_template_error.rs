//! `helm-template-error`

use crate::engine::{Check, Cx, World, rule};
use crate::finding::Level;
use crate::render::{Event, EventKind};

use super::{asked, event};

rule! {
    /// A chart that Helm does not render with the values that it is given.
    ///
    /// ## Why
    ///
    /// Helm stops at the first template that fails and installs nothing. The controller keeps what it applied last, and
    /// no later change of the release arrives either, however unrelated.
    ///
    /// ## What is reported
    ///
    /// - a template that does not parse or fails, at the action that fails, with the message of Helm
    /// - a template that prints what is no YAML or no object
    /// - a chart that cannot be loaded, or that does not allow the version of Kubernetes
    ///
    /// ## What passes
    ///
    /// - a chart that nothing here installs: whoever does may give it the values that it fails without
    /// - templates that include helpers of a chart that is not here
    /// - what fails for what the cluster answers to `lookup` is a note: here nothing answers
    /// - `required` and `fail`, which `helm-required-value-missing` reports, and `values.schema.json`, which is
    ///   `helm-schema-violation`
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: chart/Chart.yaml
    /// apiVersion: v2
    /// name: web
    /// version: 0.1.0
    /// # file: chart/values.yaml
    /// service: {}
    /// # file: chart/templates/service.yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: {{ .Release.Name }}
    /// spec:
    ///   ports:
    ///     - port: {{ .Values.service.http.port }}
    /// # file: application.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata: {name: web, namespace: argocd}
    /// spec:
    ///   project: web
    ///   destination: {name: in-cluster, namespace: web}
    ///   source: {repoURL: "https://github.com/acme/gitops", targetRevision: HEAD, path: chart}
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: chart/Chart.yaml
    /// apiVersion: v2
    /// name: web
    /// version: 0.1.0
    /// # file: chart/values.yaml
    /// service: {http: {port: 8080}}
    /// # file: chart/templates/service.yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: {{ .Release.Name }}
    /// spec:
    ///   ports:
    ///     - port: {{ .Values.service.http.port }}
    /// # file: application.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata: {name: web, namespace: argocd}
    /// spec:
    ///   project: web
    ///   destination: {name: in-cluster, namespace: web}
    ///   source: {repoURL: "https://github.com/acme/gitops", targetRevision: HEAD, path: chart}
    /// ```
    ///
    /// ## References
    ///
    /// - <https://helm.sh/docs/chart_template_guide/>
    pub static RULE = "helm-template-error" {
        level: Error,
        precision: VeryHigh,
        tags: ["helm", "validity"],
        aliases: [],
        checks: [Check::Event(&[EventKind::TemplateError, EventKind::ChartError, EventKind::ChartLimit], check)],
    }
}

fn check(event: &Event, cx: &mut Cx<'_>) {
    if event.kind == EventKind::ChartLimit {
        let why = "charts have limits on steps, text and depth here, and nothing of what is beyond them was looked at";
        event::report(event, why, "let it do less", cx);
        return;
    }
    let why = "Helm installs nothing of a chart that fails, and no later change of the release arrives";
    let help = "correct the template, or give the release the value that it wants";
    let asks = asks_cluster(event, cx.world());
    if let Some(finding) = event::report(event, why, help, cx).filter(|_| asks) {
        finding.level = Level::Note;
        finding.why =
            "it asks the cluster with `lookup`, which knows nothing here and in `helm template`".into();
    }
}

/// Whether the cluster's answer to `lookup` may be what a template fails for. Text that is no template, and a helper that is
/// not there, fail whatever it says.
fn asks_cluster(event: &Event, world: &World) -> bool {
    let message = event.message.as_str();
    let is_certain = message.starts_with("template: ") && !message.contains(": executing ");
    let Some(span) = world.map.in_file(event.span).filter(|_| !is_certain) else { return false };
    !message.contains("no template ")
        && asked::depends(world.map.source(span.source).text(), span.start as usize)
}
