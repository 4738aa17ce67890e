//! `helm-required-value-missing`

use crate::engine::{Check, Cx, rule};
use crate::render::{Event, EventKind};

use super::event;

rule! {
    /// A release without a value that its chart requires, or with one that it refuses.
    ///
    /// ## Why
    ///
    /// The chart says so itself, with `required` or `fail`: Helm stops there and installs nothing. The controller keeps
    /// what it applied last, and no later change of the release arrives.
    ///
    /// ## What is reported
    ///
    /// The message of the chart, at the value that it speaks of or at the template that asks.
    ///
    /// ## What passes
    ///
    /// - a chart that nothing here installs
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: chart/Chart.yaml
    /// apiVersion: v2
    /// name: web
    /// version: 0.1.0
    /// # file: chart/values.yaml
    /// host: ""
    /// # file: chart/templates/config.yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: {{ .Release.Name }}
    /// data:
    ///   host: {{ required "host is required" .Values.host }}
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
    /// host: ""
    /// # file: chart/templates/config.yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: {{ .Release.Name }}
    /// data:
    ///   host: {{ required "host is required" .Values.host }}
    /// # file: application.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata: {name: web, namespace: argocd}
    /// spec:
    ///   project: web
    ///   destination: {name: in-cluster, namespace: web}
    ///   source:
    ///     repoURL: https://github.com/acme/gitops
    ///     targetRevision: HEAD
    ///     path: chart
    ///     helm: {valuesObject: {host: web.example.com}}
    /// ```
    ///
    /// ## References
    ///
    /// - <https://helm.sh/docs/howto/charts_tips_and_tricks/#using-the-required-function>
    pub static RULE = "helm-required-value-missing" {
        level: Error,
        precision: VeryHigh,
        tags: ["helm", "validity"],
        aliases: [],
        checks: [Check::Event(&[EventKind::ValueRequired], check)],
    }
}

fn check(event: &Event, cx: &mut Cx<'_>) {
    let why = "the chart stops Helm with this message, so that nothing of the release is installed";
    let help = "give the release the value that the chart asks for";
    event::report(event, why, help, cx);
}
