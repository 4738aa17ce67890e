//! `helm-values-redundant-override`

use std::collections::BTreeMap;

use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::Related;
use crate::graph::GraphView;
use crate::render::helm::Repeated;
use crate::render::{EventKind, Gap};
use crate::source::SourceId;
use crate::yaml::Cursor;

use super::layers::{Layer, layers};

rule! {
    /// Values that repeat what the layers below them give anyway.
    ///
    /// ## Why
    ///
    /// A file for an environment says what is different there. What it repeats hides that, and when the default changes
    /// the copy stays behind, and nobody remembers whether that was meant.
    ///
    /// Reported is one finding for each file whose values repeat the defaults of the chart or the files before it in
    /// every release that takes it: ten of them or more, or half of what it says.
    ///
    /// ## What passes
    ///
    /// - versions, tags and digests, which differ after the next promotion
    /// - values of charts that are not in the repository, or are copies of published ones (`home` or `sources` in
    ///   Chart.yaml): they hold when the chart is upgraded
    /// - files beside a chart that nothing here installs: nobody knows what they are laid over
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: chart/Chart.yaml
    /// apiVersion: v2
    /// name: web
    /// version: 0.1.0
    /// # file: chart/values.yaml
    /// logLevel: info
    /// replicaCount: 1
    /// # file: chart/values-prod.yaml
    /// logLevel: info
    /// replicaCount: 6
    /// # file: chart/templates/config.yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: {{ .Release.Name }}
    /// data: {{ .Values | toJson }}
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
    ///     helm: {valueFiles: [values-prod.yaml]}
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
    /// logLevel: info
    /// replicaCount: 1
    /// # file: chart/values-prod.yaml
    /// replicaCount: 6
    /// # file: chart/templates/config.yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: {{ .Release.Name }}
    /// data: {{ .Values | toJson }}
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
    ///     helm: {valueFiles: [values-prod.yaml]}
    /// ```
    pub static RULE = "helm-values-redundant-override" {
        level: Note,
        precision: High,
        tags: ["helm", "maintainability"],
        aliases: [],
        checks: [Check::Graph(check)],
    }
}

/// From so many on they are reported, whatever else the file says.
const MANY: usize = 10;
/// So many further ones are named.
const SHOWN: usize = 20;

/// What a file says.
#[derive(Default)]
struct Said<'w> {
    leaves: usize,
    repeated: Vec<&'w Repeated>,
}

fn check(view: &GraphView<'_>, cx: &mut Cx<'_>) {
    let mut files: BTreeMap<SourceId, (Said<'_>, Layer<'_>)> = BTreeMap::new();
    for layer in layers(view) {
        let Some((first, rest)) = layer.uses.split_first() else { continue };
        // What lies below is not known to the last.
        let is_open = |event: &crate::render::Event| event.kind == EventKind::NotRendered(Gap::HelmValues);
        let units = || layer.uses.iter().map(|it| it.unit);
        let is_published = |chart: SourceId| {
            let file = view.repository.of(chart).and_then(|file| file.documents.first());
            let root = file.map(|document| Cursor::new(view.map, &document.tree));
            root.is_none_or(|root| ["home", "sources"].iter().any(|field| root.get(field).is_some()))
        };
        if units().any(|unit| unit.is_default || unit.events.iter().any(is_open))
            || layer.uses.iter().any(|it| is_published(it.chart))
        {
            continue;
        }
        let everywhere = |found: &&Repeated| {
            rest.iter().all(|other| other.notes.repeated.iter().any(|other| other.at == found.at))
        };
        let repeated: Vec<&Repeated> =
            first.notes.repeated.iter().filter(everywhere).filter(|found| !is_version(&found.path)).collect();
        let leaves = first.notes.leaves;
        let (said, _) = files.entry(layer.at.source).or_insert_with(|| (Said::default(), layer));
        said.leaves += leaves;
        said.repeated.extend(repeated);
    }
    for (mut said, layer) in files.into_values() {
        said.repeated.sort_by_key(|found| found.at);
        said.repeated.dedup_by_key(|found| found.at);
        let count = said.repeated.len();
        let Some((first, rest)) = said.repeated.split_first() else { continue };
        if count < MANY && count * 2 < said.leaves {
            continue;
        }
        let message = match count {
            1 => format!("`{}` repeats what the values below give anyway", first.path),
            _ => {
                let leaves = said.leaves;
                format!(
                    "{count} of {leaves} values here, `{}` first, repeat what the values below give",
                    first.path
                )
            }
        };
        let finding = cx.report(
            At::span(first.at),
            Report {
                message,
                why: "they hide what is different here, and stay behind when what they repeat changes".into(),
                help: "take them out".into(),
            },
        );
        finding.units = layer.uses.iter().map(|it| it.unit.directory.clone()).collect();
        finding.related.push(Related { span: first.below, message: "the same value below".into() });
        finding.related.extend(
            rest.iter()
                .take(SHOWN)
                .map(|found| Related { span: found.at, message: format!("`{}`, too", found.path).into() }),
        );
    }
}

/// Whether a value is changed by whoever promotes a version.
fn is_version(path: &str) -> bool {
    const WORDS: [&str; 8] = ["tag", "version", "digest", "sha", "revision", "commit", "image", "release"];
    let name = path.rsplit('.').next().unwrap_or(path).to_lowercase();
    WORDS.iter().any(|word| name.ends_with(word))
}
