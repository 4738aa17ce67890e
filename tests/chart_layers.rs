//! Charts below other layers: what Kustomize, Argo CD and Flux change on top of what a chart makes, or on the way to its
//! values, keeps where it comes from.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

use plimsoll::cli;
use plimsoll::host::{MemHost, Stream};
use serde_json::Value;

const CHART: [(&str, &str); 3] = [
    ("CHART/Chart.yaml", "apiVersion: v2\nname: web\nversion: 0.1.0\n"),
    ("CHART/values.yaml", "image:\n  repository: ghcr.io/acme/web\n  tag: 1.2.3\nresources: {}\n"),
    (
        "CHART/templates/web.yaml",
        "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: {{ .Release.Namespace }}
spec:
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
        - name: web
          image: {{ .Values.image.repository }}:{{ .Values.image.tag }}
          {{- with .Values.resources }}
          resources: {{- toYaml . | nindent 12 }}
          {{- end }}
",
    ),
];

const SOURCE: &str = "\
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata:
  name: flux-system
  namespace: flux-system
spec:
  url: https://github.com/acme/gitops
";

fn kustomization(more: &str) -> String {
    format!(
        "\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
helmCharts:
  - name: web
    releaseName: web
    valuesInline:
      image:
        tag: 4.5.6
{more}"
    )
}

fn application(more: &str) -> String {
    format!(
        "\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: web
  namespace: argocd
spec:
  project: web
  destination:
    name: in-cluster
    namespace: web
  source:
    repoURL: https://github.com/acme/gitops
    targetRevision: HEAD
    path: overlay
{more}"
    )
}

fn flux(more: &str) -> String {
    format!(
        "\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: apps
  namespace: flux-system
spec:
  interval: 10m
  prune: true
  path: ./apps
  sourceRef:
    kind: GitRepository
    name: flux-system
{more}"
    )
}

/// A release whose values begin on line 14.
fn release(values: &str) -> String {
    format!(
        "\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: web
  namespace: flux-system
spec:
  interval: 10m
  chart:
    spec:
      chart: charts/web
      sourceRef:
        kind: GitRepository
        name: flux-system
  values:
{values}"
    )
}

/// The places of the findings of a rule: where it is, then what else had a part.
fn places(chart: &str, files: &[(&str, String)], rule: &str) -> Vec<Vec<String>> {
    let of_chart = CHART.iter().map(|(path, text)| (path.replace("CHART", chart), (*text).to_owned()));
    let own = files.iter().map(|(path, text)| ((*path).to_owned(), text.clone()));
    let host = MemHost::new(of_chart.chain(own).map(|(path, text)| (format!("repo/{path}"), text)));
    cli::run(&host, ["plimsoll", "check", "/repo", "--format", "json", "--select", rule].map(Into::into));
    assert_eq!(host.printed(Stream::Stderr), "");
    let report: Value = serde_json::from_str(&host.printed(Stream::Stdout)).unwrap();
    let place = |at: &Value| format!("{}:{}", at["file"].as_str().unwrap(), at["start"]["line"]);
    let of = |finding: &Value| {
        let related = finding["related"].as_array().into_iter().flatten();
        std::iter::once(finding).chain(related).map(place).collect()
    };
    report["findings"].as_array().unwrap().iter().map(of).collect()
}

#[test]
fn a_kustomization_on_top_of_a_chart() {
    let patch = "\
patches:
  - patch: |
      apiVersion: apps/v1
      kind: Deployment
      metadata:
        name: web
      spec:
        template:
          spec:
            containers:
              - name: web
                resources:
                  limits:
                    memory: 64Mi
images:
  - name: ghcr.io/acme/web
    newTag: latest
";
    let files = |more: &str| [("overlay/kustomization.yaml", kustomization(more))];
    let found = places("overlay/charts/web", &files(patch), "image-latest-tag");
    assert_eq!(found[0][0], "overlay/kustomization.yaml:25", "{found:?}");
    let found = places("overlay/charts/web", &files(patch), "cpu-request-missing");
    assert!(found[0][0] == "overlay/kustomization.yaml:20", "{found:?}");
    let labels = "labels:\n  - pairs: {team: shop}\n    includeTemplates: true\n";
    let found = places("overlay/charts/web", &files(labels), "memory-request-missing");
    assert_eq!(found[0][0], "overlay/charts/web/values.yaml:4", "{found:?}");
    let found = places("overlay/charts/web", &files(labels), "image-not-pinned-by-digest");
    assert_eq!(found[0][0], "overlay/charts/web/values.yaml:2", "{found:?}");
    assert!(found[0].contains(&"overlay/kustomization.yaml:8".to_owned()), "{found:?}");
}

#[test]
fn an_application_on_top_of_a_kustomization_on_top_of_a_chart() {
    let images = "    kustomize:\n      images:\n        - ghcr.io/acme/web:latest\n";
    let files =
        [("application.yaml", application(images)), ("overlay/kustomization.yaml", kustomization(""))];
    let found = places("overlay/charts/web", &files, "image-latest-tag");
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0][0], "application.yaml:17", "{found:?}");
    assert!(found[0].contains(&"overlay/kustomization.yaml:8".to_owned()), "{found:?}");
    let found = places("overlay/charts/web", &files, "memory-request-missing");
    assert_eq!(found[0][0], "overlay/charts/web/values.yaml:4", "{found:?}");
}

#[test]
fn what_flux_fills_into_the_values_of_a_release() {
    let substitute = "  postBuild:\n    substitute:\n      web_tag: latest\n";
    let values = "    image:\n      tag: ${web_tag}\n    resources: {}\n";
    let files = [
        ("clusters/source.yaml", SOURCE.to_owned()),
        ("clusters/apps.yaml", flux(substitute)),
        ("apps/release.yaml", release(values)),
    ];
    let found = places("charts/web", &files, "image-latest-tag");
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0][0], "clusters/apps.yaml:15", "{found:?}");
    assert!(found[0].contains(&"apps/release.yaml:16".to_owned()), "{found:?}");
    let found = places("charts/web", &files, "memory-request-missing");
    assert_eq!(found[0][0], "apps/release.yaml:17", "{found:?}");
}

#[test]
fn what_flux_patches_in_the_values_of_a_release() {
    let patches = "  \
  patches:
    - target: {kind: HelmRelease}
      patch: |
        - op: replace
          path: /spec/values/image/tag
          value: latest
";
    let files = [
        ("clusters/source.yaml", SOURCE.to_owned()),
        ("clusters/apps.yaml", flux(patches)),
        ("apps/release.yaml", release("    image:\n      tag: 7.8.9\n")),
    ];
    let found = places("charts/web", &files, "image-latest-tag");
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0][0], "clusters/apps.yaml:18", "{found:?}");
    assert!(found[0].contains(&"apps/release.yaml:16".to_owned()), "{found:?}");
}
