//! `config-change-without-rollout`

use rustc_hash::FxHashSet;

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::{DocumentKind, ObjectView};
use crate::render::UnitView;
use crate::rules::support::rollout;

rule! {
    /// A workload whose pods do not restart when its configuration changes.
    ///
    /// ## Why
    ///
    /// A ConfigMap or Secret with a fixed name changes in the cluster without a new pod. Environment variables keep
    /// their old values until the pod restarts for some other reason, and then the change comes in at a time that
    /// nobody chose.
    ///
    /// Looked at are workloads and the ConfigMaps and Secrets that one kustomization applies together.
    ///
    /// ## What passes
    ///
    /// - generated ConfigMaps and Secrets, whose names change with their content
    /// - a checksum of the configuration in an annotation, and annotations of Reloader or Wave
    /// - `immutable: true`
    /// - Jobs and CronJobs, whose pods read what is there when they start
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: kustomization.yaml
    /// resources:
    ///   - web.yaml
    /// # file: web.yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: web
    /// data:
    ///   colour: blue
    /// ---
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec:
    ///   template:
    ///     spec:
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.8.2
    ///           envFrom:
    ///             - configMapRef:
    ///                 name: web
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: kustomization.yaml
    /// resources:
    ///   - web.yaml
    /// configMapGenerator:
    ///   - name: web
    ///     literals:
    ///       - colour=blue
    /// # file: web.yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec:
    ///   template:
    ///     spec:
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.8.2
    ///           envFrom:
    ///             - configMapRef:
    ///                 name: web
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/configuration/configmap/#mounted-configmaps-are-updated-automatically>
    pub static RULE = "config-change-without-rollout" {
        level: Note,
        profile: Pedantic,
        precision: Medium,
        tags: ["object", "rollout"],
        aliases: [],
        checks: [Check::Unit(check)],
    }
}

fn check(unit: &UnitView<'_>, cx: &mut Cx<'_>) {
    let plain: FxHashSet<(String, String, String)> =
        unit.objects().filter(is_plain).map(|object| key(&object, object.kind(), &object.name())).collect();
    if plain.is_empty() {
        return;
    }
    for workload in unit.objects().filter(rollout::is_long_running) {
        for pod in workload.pod_specs() {
            if rollout::follows_changes(&workload, &pod) {
                continue;
            }
            let mut uses = Vec::new();
            for kind in ["ConfigMap", "Secret"] {
                for name in rollout::references(&pod, kind) {
                    let text = name.text().unwrap_or_default();
                    if plain.contains(&key(&workload, kind, &text)) {
                        uses.push((name, format!("{kind} `{text}`")));
                    }
                }
            }
            let Some((at, _)) = uses.first() else { continue };
            let mut names: Vec<&str> = uses.iter().map(|(_, name)| &**name).collect();
            names.sort_unstable();
            names.dedup();
            let message = format!(
                "{} `{}` does not restart when {} changes",
                workload.kind(),
                workload.name(),
                names.join(" or ")
            );
            let finding = cx.report(
                At::value(*at),
                Report {
                    message,
                    why: "pods keep the values they started with, and take the new ones at a restart that nobody chose"
                        .into(),
                    help: "generate it with a configMapGenerator or secretGenerator, or add a checksum annotation to \
                           the pod template"
                        .into(),
                },
            );
            finding.object = Some(workload.object_name());
        }
    }
}

/// What a workload's reference names: kind, namespace and name.
fn key(object: &ObjectView<'_>, kind: &str, name: &str) -> (String, String, String) {
    (kind.to_owned(), object.namespace().unwrap_or_default().into_owned(), name.to_owned())
}

/// Whether an object is a ConfigMap or Secret that can change under its name.
fn is_plain(object: &ObjectView<'_>) -> bool {
    let is_generated = object.file().is_some_and(|file| {
        let kinds = [DocumentKind::Kustomization, DocumentKind::Component];
        file.documents.iter().any(|document| kinds.contains(&document.kind))
    });
    matches!(object.kind(), "ConfigMap" | "Secret")
        && object.group().is_empty()
        && !is_generated
        && object.root.get("immutable").and_then(|flag| flag.bool()) != Some(true)
}
