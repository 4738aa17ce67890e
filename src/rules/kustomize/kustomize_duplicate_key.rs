//! `kustomize-duplicate-key`

use crate::engine::{Check, Cx, rule};
use crate::render::{Event, EventKind};

use super::event;

rule! {
    /// A key that stands twice in a kustomization.
    ///
    /// ## Why
    ///
    /// Kustomize takes the last one and says nothing. Where `resources` or `patches` stand twice, often after a
    /// merge of two branches, all that the first list names is not applied.
    ///
    /// ## What passes
    ///
    /// - the same key in two items of a list
    /// - other files: there Kustomize refuses a key that stands twice, and `yaml-duplicate-key` reports it
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: kustomization.yaml
    /// resources:
    ///   - service.yaml
    /// namespace: web
    /// resources:
    ///   - deployment.yaml
    /// # file: deployment.yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// # file: service.yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: web
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: kustomization.yaml
    /// namespace: web
    /// resources:
    ///   - deployment.yaml
    ///   - service.yaml
    /// # file: deployment.yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// # file: service.yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: web
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/>
    pub static RULE = "kustomize-duplicate-key" {
        level: Warning,
        precision: VeryHigh,
        tags: ["kustomize", "yaml", "validity"],
        aliases: [],
        checks: [Check::Event(&[EventKind::DuplicateKey], check)],
    }
}

fn check(event: &Event, cx: &mut Cx<'_>) {
    event::report(
        event,
        "Kustomize says nothing and drops what the first one holds",
        "join the two, or delete the one that has no effect",
        cx,
    );
}
