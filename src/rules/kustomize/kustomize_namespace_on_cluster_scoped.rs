//! `kustomize-namespace-on-cluster-scoped`

use std::collections::BTreeSet;

use crate::engine::{Check, Cx, rule};
use crate::render::{Event, EventKind};

use super::event;

rule! {
    /// A namespace that a kustomization writes into an object without one.
    ///
    /// ## Why
    ///
    /// Kustomize knows which kinds of Kubernetes 1.21 have no namespace, and gives one to all others: also to a
    /// cluster-wide custom resource such as a ClusterIssuer, and to a kind that Kubernetes got later. The API server
    /// drops the field. What is left is an object that looks as if every overlay had its own: two of them overwrite
    /// each other, neither Kustomize nor a reviewer sees the collision, and references from another namespace are no
    /// longer renamed together with it.
    ///
    /// ## What passes
    ///
    /// - kinds that Kustomize knows to have no namespace: it leaves them alone
    /// - kinds that have one
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: kustomization.yaml
    /// namespace: cert-manager
    /// resources:
    ///   - issuer.yaml
    /// # file: issuer.yaml
    /// apiVersion: cert-manager.io/v1
    /// kind: ClusterIssuer
    /// metadata:
    ///   name: letsencrypt
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: kustomization.yaml
    /// resources:
    ///   - issuer.yaml
    /// # file: issuer.yaml
    /// apiVersion: cert-manager.io/v1
    /// kind: ClusterIssuer
    /// metadata:
    ///   name: letsencrypt
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/namespace/>
    pub static RULE = "kustomize-namespace-on-cluster-scoped" {
        level: Note,
        precision: High,
        tags: ["kustomize", "correctness"],
        aliases: [],
        checks: [Check::Event(&[EventKind::ClusterScopedNamespace], check)],
    }
}

/// Objects that a finding names besides its own.
const NAMED: usize = 3;

fn check(event: &Event, cx: &mut Cx<'_>) {
    // One line sets the namespace of all objects, and is reported once. What a controller sets is no namespace of a
    // kustomization: the controller leaves it out where the API has none.
    if event::is_of_controller(event, cx.world()) || event::is_repeated(event, cx.world()) {
        return;
    }
    let all = event::at_one_place(event, cx.world()).map(|other| other.message.as_str());
    let all: BTreeSet<&str> = all.filter_map(|message| message.split(" gets ").next()).collect();
    let others: Vec<&str> = all.into_iter().filter(|object| !event.message.starts_with(object)).collect();
    let finding = event::report(
        event,
        "the API server drops it, so overlays with different namespaces overwrite each other's object",
        "list such objects in a kustomization of their own without `namespace`, or set the namespace by a \
         NamespaceTransformer whose `fieldSpecs` leave them out",
        cx,
    );
    match others.as_slice() {
        [] => {}
        names if names.len() <= NAMED => finding.message += &format!("; so do {}", names.join(", ")),
        names => {
            let (named, more) = names.split_at(NAMED);
            finding.message += &format!("; so do {} and {} more", named.join(", "), more.len());
        }
    }
}
