//! `apparmor-unconfined`

use crate::engine::{Check, Cx, Report, rule};
use crate::finding::Level;
use crate::model::PodSpec;
use crate::rules::support::{controllers, node_agents, security};
use crate::yaml::Cursor;

rule! {
    /// A pod that switches off AppArmor.
    ///
    /// ## Why
    ///
    /// On nodes with AppArmor every container runs under the profile of the runtime, which keeps it from mounting
    /// and from writing below `/proc` and `/sys`. A profile other than `RuntimeDefault` or `Localhost`, by field
    /// or by annotation, takes that away.
    ///
    /// ## What passes
    ///
    /// - `RuntimeDefault`, `Localhost`, and their spellings in annotations
    /// - pods that do not say: nodes with AppArmor confine them
    /// - the installation manifests of Flux and Argo CD
    /// - agents of a node, known by the repository of their image or as DaemonSets that put plugins where the kubelet
    ///   looks, are a note
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
    ///       image: ghcr.io/acme/web:1.8.2
    ///       securityContext:
    ///         appArmorProfile:
    ///           type: Unconfined
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
    ///       image: ghcr.io/acme/web:1.8.2
    ///       securityContext:
    ///         appArmorProfile:
    ///           type: RuntimeDefault
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/security/pod-security-standards/>
    pub static RULE = "apparmor-unconfined" {
        level: Warning,
        security: 6.0,
        precision: VeryHigh,
        tags: ["pod-security", "pss-baseline", "nsa-cisa"],
        aliases: [Gatekeeper "apparmor", Kubesec "ApparmorUnconfined", Kyverno "restrict-apparmor-profiles", Trivy "KSV-0002"],
        checks: [Check::Pod(check)],
    }
}

/// The name of a container follows.
const ANNOTATION: &str = "container.apparmor.security.beta.kubernetes.io/";

fn check(pod: &PodSpec<'_>, cx: &mut Cx<'_>) {
    for (whose, value) in security::places(pod, &["appArmorProfile", "type"]) {
        if !value.text().is_some_and(|kind| kind == "RuntimeDefault" || kind == "Localhost") {
            report(pod, &whose, value, cx);
        }
    }
    for annotation in pod.annotations() {
        let (Some(key), Some(profile)) = (annotation.key.text(), annotation.value.text()) else { continue };
        let Some(container) = key.strip_prefix(ANNOTATION) else { continue };
        if !profile.is_empty() && profile != "runtime/default" && !profile.starts_with("localhost/") {
            report(pod, &format!("container `{container}`"), annotation.value, cx);
        }
    }
}

fn report(pod: &PodSpec<'_>, whose: &str, value: Cursor<'_>, cx: &mut Cx<'_>) {
    if controllers::is_generated(&pod.object) {
        return;
    }
    let profile = value.text().unwrap_or_default();
    let report = Report {
        message: format!("the AppArmor profile of {whose} is `{profile}`"),
        why: "the profile of the runtime, which keeps containers from mounting, does not apply".into(),
        help: "write `type: RuntimeDefault`, or a `Localhost` profile with what the program needs".into(),
    };
    let finding = cx.report(value, report);
    if node_agents::is_node_agent(pod) {
        finding.level = Level::Note;
    }
}
