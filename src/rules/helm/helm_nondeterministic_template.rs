//! `helm-nondeterministic-template`

use std::collections::BTreeMap;

use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::{Level, Related};
use crate::graph::{GraphView, OwnerKind, OwnerView};
use crate::render::helm::Chance;
use crate::source::Span;

rule! {
    /// A template that makes something else of an object every time it is rendered.
    ///
    /// ## Why
    ///
    /// Argo CD renders a chart again and again and compares. A random password, a new certificate or the time of day is a
    /// difference every time: the Application is never in sync, and each sync replaces the password or the certificate
    /// under those who use it. `lookup`, with which charts keep what the cluster has, finds nothing there.
    ///
    /// Flux renders a chart only when the release changes, but then it gets a new value, too: that is a note.
    ///
    /// ## What is reported
    ///
    /// The call, when what it gives is in an object of a release: `randAlphaNum` and its kin, `genCA`,
    /// `genSelfSignedCert`, `genPrivateKey`, `uuidv4`, `now`, `htpasswd`, `bcrypt`.
    ///
    /// ## What passes
    ///
    /// - calls that are not made, because the values give a password or name a Secret
    /// - hooks, which nobody compares
    /// - kinds that the Application has in `ignoreDifferences`
    /// - with Flux, charts that use `lookup`, and annotations
    ///
    /// A difference in an annotation, which often is meant to restart pods, is a note.
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: chart/Chart.yaml
    /// apiVersion: v2
    /// name: web
    /// version: 0.1.0
    /// # file: chart/templates/secret.yaml
    /// apiVersion: v1
    /// kind: Secret
    /// metadata:
    ///   name: {{ .Release.Name }}
    /// data:
    ///   password: {{ randAlphaNum 16 | b64enc }}
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
    /// existingSecret: web-password
    /// # file: chart/templates/secret.yaml
    /// {{- if not .Values.existingSecret }}
    /// apiVersion: v1
    /// kind: Secret
    /// metadata:
    ///   name: {{ .Release.Name }}
    /// data:
    ///   password: {{ randAlphaNum 16 | b64enc }}
    /// {{- end }}
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
    /// - <https://argo-cd.readthedocs.io/en/stable/user-guide/helm/#random-data>
    pub static RULE = "helm-nondeterministic-template" {
        level: Warning,
        precision: High,
        tags: ["helm", "argo-cd", "flux", "drift"],
        aliases: [],
        checks: [Check::Graph(check)],
    }
}

/// A call, with the worst that comes of it.
struct Found<'w> {
    level: Level,
    chance: &'w Chance,
    owner: OwnerView<'w>,
    /// Where the chart is asked for.
    asked: Span,
}

fn check(view: &GraphView<'_>, cx: &mut Cx<'_>) {
    let mut calls: BTreeMap<Span, Found<'_>> = BTreeMap::new();
    for owner in view.owners() {
        for (delivery, unit) in owner.deliveries() {
            for chart in unit.into_iter().flat_map(|unit| &unit.charts) {
                for chance in &chart.chance {
                    let Some(level) = level(&owner, chance, cx) else { continue };
                    // What is in a package can only be avoided where the chart is asked for.
                    let at = if is_packaged(view, chance.call) { delivery.at } else { chance.call };
                    let found = Found { level, chance, owner, asked: delivery.at };
                    let known = calls.entry(at);
                    let worst = known.or_insert_with(|| Found { level, chance, owner, asked: delivery.at });
                    if found.level > worst.level {
                        *worst = found;
                    }
                }
            }
        }
    }
    for (at, Found { level, chance, owner, asked }) in calls {
        let text = view.map.source(chance.call.source).text();
        let call = text.get(chance.call.start as usize..chance.call.end() as usize).unwrap_or_default();
        let name = call.split([' ', '(', '.', '|']).find(|word| !word.is_empty()).unwrap_or("a function");
        let Chance { kind, name: object, path, .. } = chance;
        let is_argo = owner.owner.kind != OwnerKind::HelmRelease;
        let why = match is_argo {
            true => {
                "Argo CD renders the chart again and again: it is never in sync, and each sync replaces the value"
            }
            false => "every change of the release replaces the value",
        };
        let finding = cx.report(
            At::span(at),
            Report {
                message: format!("`{name}` gives {kind} `{object}` another `{path}` each time"),
                why: why.into(),
                help: "name a Secret that something else makes, or take the value from the values".into(),
            },
        );
        finding.level = finding.level.min(level);
        finding
            .related
            .push(Related { span: asked, message: format!("rendered for {}", owner.display()).into() });
    }
}

/// How bad it is for an owner of the release; `None` when it does not matter there.
fn level(owner: &OwnerView<'_>, chance: &Chance, cx: &Cx<'_>) -> Option<Level> {
    let is_annotation = chance.path.contains("annotations");
    if owner.owner.kind == OwnerKind::HelmRelease {
        let chart = cx.map().source(chance.call.source).text();
        let keeps = memchr::memmem::find(chart.as_bytes(), b"lookup").is_some();
        return (!keeps && !is_annotation).then_some(Level::Note);
    }
    let ignored = owner.spec().and_then(|spec| spec.get("ignoreDifferences"));
    let mut ignored = ignored.into_iter().flat_map(|list| list.items());
    let is_ignored = ignored.any(|entry| {
        let kind = entry.get("kind").and_then(|kind| kind.text());
        kind.is_some_and(|kind| kind == chance.kind || kind == "*")
    });
    match (is_ignored, is_annotation) {
        (true, _) => None,
        (false, true) => Some(Level::Note),
        (false, false) => Some(Level::Warning),
    }
}

fn is_packaged(view: &GraphView<'_>, span: Span) -> bool {
    let path = view.map.source(span.source).path();
    path.ancestors().any(|above| above.extension() == Some("tgz"))
}
