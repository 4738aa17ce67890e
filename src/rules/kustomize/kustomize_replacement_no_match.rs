//! `kustomize-replacement-no-match`

use crate::engine::{Check, Cx, rule};
use crate::finding::Level;
use crate::render::{Event, EventKind};

use super::event::{self, WithoutEffect};

rule! {
    /// A target of a replacement that selects nothing.
    ///
    /// ## Why
    ///
    /// Kustomize copies the value nowhere and exits with success. The field keeps what the base says, often a
    /// placeholder, and the overlay looks as if it had set it.
    ///
    /// ## What passes
    ///
    /// - a component's target that selects something in at least one overlay; one that never does is a warning
    /// - entries where a base, a chart or a plugin is not rendered, which may hold what they are for: the last line of a
    ///   report counts them
    /// - where there is no object at all yet, all entries of a kustomization are one note
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: kustomization.yaml
    /// resources:
    ///   - manifests.yaml
    /// replacements:
    ///   - source:
    ///       kind: ConfigMap
    ///       name: settings
    ///       fieldPath: data.host
    ///     targets:
    ///       - select:
    ///           kind: Ingress
    ///           name: wbe
    ///         fieldPaths:
    ///           - spec.rules.0.host
    /// # file: manifests.yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: settings
    /// data:
    ///   host: web.example.com
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata:
    ///   name: web
    /// spec:
    ///   rules:
    ///     - host: placeholder
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: kustomization.yaml
    /// resources:
    ///   - manifests.yaml
    /// replacements:
    ///   - source:
    ///       kind: ConfigMap
    ///       name: settings
    ///       fieldPath: data.host
    ///     targets:
    ///       - select:
    ///           kind: Ingress
    ///           name: web
    ///         fieldPaths:
    ///           - spec.rules.0.host
    /// # file: manifests.yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: settings
    /// data:
    ///   host: web.example.com
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata:
    ///   name: web
    /// spec:
    ///   rules:
    ///     - host: placeholder
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/replacements/>
    pub static RULE = "kustomize-replacement-no-match" {
        level: Error,
        precision: VeryHigh,
        tags: ["kustomize", "correctness"],
        aliases: [],
        checks: [Check::Event(&[EventKind::ReplacementNoMatch], check)],
    }
}

fn check(event: &Event, cx: &mut Cx<'_>) {
    // A file with replacements is there for several kustomizations, of which some may have nothing to replace.
    let is_shared = !event::is_in_kustomization(event, cx.world());
    let words = WithoutEffect {
        message: event.message.clone(),
        why: "Kustomize copies the value nowhere and exits with success: the field keeps what the base says",
        help: "name an object of this overlay, or delete the target; names are compared as a whole"
            .to_owned(),
        level: if is_shared { Level::Warning } else { Level::Error },
    };
    event::without_effect(event, words, cx);
}
