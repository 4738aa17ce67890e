//! `helm-values-unknown-key`

use std::collections::BTreeSet;

use crate::config::suggestion;
use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::{Level, Related};
use crate::graph::GraphView;
use crate::source::Span;

use super::layers::layers;

rule! {
    /// A value for a chart that no template of it reads.
    ///
    /// ## Why
    ///
    /// Helm says nothing about a key that nobody reads. A limit, a switch or an address that was set with a slip of the pen
    /// is not set, and the default of the chart runs.
    ///
    /// Looked at are values files, `values` of Applications and HelmReleases, `parameters`, and what a kustomization gives a
    /// chart of this repository. A key is reported where its map is known: neither `values.yaml` nor a template has the
    /// key, in none of the charts that get it, and no branch of any template reads the map as a whole.
    ///
    /// A key that is like one that is there is a warning, any other a note: other programs may read it.
    ///
    /// ## What passes
    ///
    /// - keys below a map that a template prints, goes through or hands to something that cannot be followed
    /// - keys that `values.schema.json`, a comment in `values.yaml` or a text for `tpl` names
    /// - `global`, `tags`, and values of charts that are not in the repository
    /// - keys that hold anchors, or begin with `_`, `.` or `x-`
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: chart/Chart.yaml
    /// apiVersion: v2
    /// name: web
    /// version: 0.1.0
    /// # file: chart/values.yaml
    /// replicaCount: 1
    /// # file: chart/templates/config.yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: {{ .Release.Name }}
    /// data:
    ///   replicas: {{ .Values.replicaCount | quote }}
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
    ///     helm:
    ///       valuesObject:
    ///         replicasCount: 3
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
    /// replicaCount: 1
    /// # file: chart/templates/config.yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: {{ .Release.Name }}
    /// data:
    ///   replicas: {{ .Values.replicaCount | quote }}
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
    ///     helm:
    ///       valuesObject:
    ///         replicaCount: 3
    /// ```
    ///
    /// ## References
    ///
    /// - <https://helm.sh/docs/chart_best_practices/values/>
    pub static RULE = "helm-values-unknown-key" {
        level: Warning,
        precision: High,
        tags: ["helm", "correctness"],
        aliases: [],
        checks: [Check::Graph(check)],
    }
}

fn check(view: &GraphView<'_>, cx: &mut Cx<'_>) {
    let mut told: BTreeSet<Span> = BTreeSet::new();
    for layer in layers(view) {
        let Some((first, rest)) = layer.uses.split_first() else { continue };
        for found in &first.notes.unread {
            let everywhere =
                rest.iter().all(|other| other.notes.unread.iter().any(|other| other.at == found.at));
            if !everywhere || !told.insert(found.at) {
                continue;
            }
            let name = found.path.rsplit('.').next().unwrap_or(&found.path);
            let meant = suggestion(name, found.known.iter().map(String::as_str));
            let is_slip = meant.is_some();
            let help = match meant {
                Some(meant) => meant,
                None => "take it out, or put it where a template of the chart reads it".to_owned(),
            };
            let chart = &first.unit.directory;
            let finding = cx.report(
                At::span(found.at),
                Report {
                    message: format!("nothing in the chart reads `{}`", found.path),
                    why: "Helm says nothing about it, and the chart does what it does without it".into(),
                    help: help.into(),
                },
            );
            // Other programs may read it.
            if !is_slip {
                finding.level = finding.level.min(Level::Note);
            }
            finding.units = layer.uses.iter().map(|it| it.unit.directory.clone()).collect();
            if let Some(chart) = view.repository.file(&chart.join("Chart.yaml")) {
                finding.related.push(Related {
                    span: Span::new(chart.source, 0, 0),
                    message: "the chart that gets it".into(),
                });
            }
        }
    }
}
