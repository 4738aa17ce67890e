//! `helm-schema-violation`

use crate::engine::{Check, Cx, rule};
use crate::render::{Event, EventKind};

use super::event;

rule! {
    /// A value that the `values.schema.json` of its chart does not allow.
    ///
    /// ## Why
    ///
    /// Helm checks the values of a release before it renders anything, and installs nothing when one of them is not
    /// what the chart says it must be.
    ///
    /// ## What passes
    ///
    /// - a chart that nothing here installs: its defaults may lack what whoever installs it must say
    /// - schemas that refer to others elsewhere, which are not fetched
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: chart/Chart.yaml
    /// apiVersion: v2
    /// name: web
    /// version: 0.1.0
    /// # file: chart/values.yaml
    /// replicas: 2
    /// # file: chart/values.schema.json
    /// {"properties": {"replicas": {"type": "integer"}}}
    /// # file: chart/templates/config.yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: {{ .Release.Name }}
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
    ///     helm: {valuesObject: {replicas: three}}
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
    /// replicas: 2
    /// # file: chart/values.schema.json
    /// {"properties": {"replicas": {"type": "integer"}}}
    /// # file: chart/templates/config.yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: {{ .Release.Name }}
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
    ///     helm: {valuesObject: {replicas: 3}}
    /// ```
    ///
    /// ## References
    ///
    /// - <https://helm.sh/docs/topics/charts/#schema-files>
    pub static RULE = "helm-schema-violation" {
        level: Error,
        precision: VeryHigh,
        tags: ["helm", "validity"],
        aliases: [],
        checks: [Check::Event(&[EventKind::SchemaViolation], check)],
    }
}

fn check(event: &Event, cx: &mut Cx<'_>) {
    let why = "Helm installs nothing of a release whose values its chart does not allow";
    let help = "write a value that the chart allows; its `values.schema.json` says which";
    event::report(event, why, help, cx);
}
